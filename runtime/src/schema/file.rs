//! Columns whose values are the names of stored files.

pub use dcrf_scalars::FileKind;

/// The rules of the files of a column (`x-file`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileMeta {
    /// The folder of new files, with a slash at its end; directives of `strftime` stand for the current date, in UTC.
    pub upload_to: &'static str,
    /// The greatest number of bytes of a file.
    pub max_size: u64,
    /// The kinds of files that are taken, which their content tells; there are none if files of all kinds are taken.
    pub kinds: &'static [FileKind],
    /// The rules of images; `None` if other files are taken, too.
    pub image: Option<ImageMeta>,
    /// What the URL of a file begins with: a path of this server, or the address of another one. It ends with a slash.
    pub url: &'static str,
    /// Whether everyone may read the files. Otherwise only those may who may `retrieve` the row.
    pub public: bool,
}

/// The rules of images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageMeta {
    /// The greatest width in pixels.
    pub max_width: u32,
    /// The greatest height in pixels.
    pub max_height: u32,
}

impl FileMeta {
    /// The greatest number of bytes of a file if the column does not have a limit of its own.
    pub const MAX_SIZE: u64 = 10 * 1024 * 1024;

    /// What the URL of a file begins with if the column does not say it: Django's usual `MEDIA_URL`.
    pub const URL: &'static str = "/media/";

    /// Describes files of all kinds in a folder, which only those may read who may `retrieve` their rows.
    pub const fn new(upload_to: &'static str) -> Self {
        Self { upload_to, max_size: Self::MAX_SIZE, kinds: &[], image: None, url: Self::URL, public: false }
    }

    /// Sets the greatest number of bytes.
    pub const fn max_size(mut self, bytes: u64) -> Self {
        self.max_size = bytes;
        self
    }

    /// Takes only files of these kinds.
    pub const fn kinds(mut self, kinds: &'static [FileKind]) -> Self {
        self.kinds = kinds;
        self
    }

    /// Takes only images, which have at most this width and this height in pixels.
    pub const fn image(mut self, max_width: u32, max_height: u32) -> Self {
        self.image = Some(ImageMeta { max_width, max_height });
        self
    }

    /// Sets what the URL of a file begins with.
    pub const fn url(mut self, url: &'static str) -> Self {
        self.url = url;
        self
    }

    /// Lets everyone read the files.
    pub const fn public(mut self) -> Self {
        self.public = true;
        self
    }

    /// Returns the folder of all files that were ever stored with this setting: that before the first directive.
    pub(crate) fn folder(&self) -> &'static str {
        let fixed = self.upload_to.split('%').next().unwrap_or_default();
        fixed.rfind('/').map_or("", |end| &fixed[..=end])
    }
}

#[cfg(test)]
mod tests {
    use super::FileMeta;

    #[test]
    fn the_folder_is_what_does_not_change() {
        for (upload_to, folder) in
            [("avatars/", "avatars/"), ("a/%Y/%m/", "a/"), ("a/y%Y/", "a/"), ("%Y/", ""), ("", "")]
        {
            assert_eq!(FileMeta::new(upload_to).folder(), folder, "{upload_to}");
        }
    }
}
