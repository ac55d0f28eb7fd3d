//! Columns of files.

use super::shape::{object, words};
use crate::source::Spanned;

object! {
    /// The files whose names a column of texts contains (Django's `FileField` and `ImageField`).
    pub struct FileColumn {
        /// The folder of new files, with a slash at its end: `avatars/`, `photos/%Y/%m/`.
        /// Directives of `strftime` stand for the date of the upload, in UTC; the first part has none.
        "upload_to" required upload_to: String,
        /// The greatest number of bytes of a file. The default is 10 MiB.
        "max_size" optional max_size: u64,
        /// The media types that are taken, which the server recognises by the content: `image/png`,
        /// `application/pdf`.
        /// The default is all files, and beside `image` PNG, JPEG, GIF and WebP.
        "types" optional types: Vec<Spanned<String>>,
        /// The rules of images; `{}` takes all images. Without this key other files are taken, too.
        "image" optional image: ImageRules,
        /// What the URL of a file begins with (Django's `MEDIA_URL`): a path of this server, such as `/files/`, or for
        /// public files that another server serves its address, such as `https://files.example.com/`.
        /// The default is `/media/`.
        "url" optional url: String,
        /// Who may read the files. The default is `retrieve`.
        "access" optional access: FileAccess,
    }
}

object! {
    /// The rules of images.
    pub struct ImageRules {
        /// The greatest width in pixels. The default is 10000.
        "max_width" optional max_width: u64,
        /// The greatest height in pixels. The default is 10000.
        "max_height" optional max_height: u64,
    }
}

object! {
    /// The paths that a field takes.
    pub struct FilePath {
        /// The directory. A path that does not begin with a slash is one below the working directory of the server.
        "path" required path: String,
        /// A pattern of Python that matches somewhere in the name of the file or directory.
        "match" optional pattern: String,
        /// Whether the directories below are included. The default is `false`.
        "recursive" optional recursive: bool,
        /// Whether paths of files are taken. The default is `true`.
        "allow_files" optional allow_files: bool,
        /// Whether paths of directories are taken. The default is `false`.
        "allow_folders" optional allow_folders: bool,
    }
}

words! {
    /// Who may read files.
    pub enum FileAccess {
        /// Everyone who knows the URL.
        Public = "public",
        /// Those who may `retrieve` the row through a consumer that shows the column.
        Retrieve = "retrieve",
    }
}
