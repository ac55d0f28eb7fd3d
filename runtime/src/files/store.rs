//! The place where files are stored: a directory, or a bucket of a cloud.

use std::fmt;
use std::ops::Range;
use std::path::Path as Directory;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use dcrf_scalars::{Civil, DateTime};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    Error as StoreError, GetOptions, GetRange, GetResult, ObjectStore, ObjectStoreExt as _, PutMode,
    PutOptions,
};

use super::name::{alternative, shortened, valid};
use crate::ground::error::{Error, Result};

/// How many names are tried for a new file. Each further name is random.
const ATTEMPTS: usize = 8;

/// The place where the files of columns are stored.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), dcrf_runtime::files::FileStoreError> {
/// use dcrf_runtime::files::FileStore;
///
/// # let directory = std::env::temp_dir().join("dcrf-file-store-example");
/// # let directory = directory.to_str().unwrap_or_default();
/// // The directory is made if it does not exist.
/// let store = FileStore::at(directory)?;
/// // Files in memory, for tests.
/// let memory = FileStore::at("memory:")?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct FileStore {
    pub(super) objects: Arc<dyn ObjectStore>,
}

/// The reason why files cannot be stored at a place.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileStoreError {
    /// The directory cannot be made or used.
    #[error("the directory `{path}` cannot be used: {reason}")]
    Directory {
        /// The directory.
        path: String,
        /// The reason.
        reason: String,
    },
    /// The URL is not one of a place for files.
    #[error("`{0}` is not a place for files: give a directory, or a URL that begins with {known}", known = KNOWN)]
    Url(String),
    /// The bucket cannot be used.
    #[error("the files at `{url}` cannot be used: {reason}")]
    Bucket {
        /// The URL.
        url: String,
        /// The reason.
        reason: String,
    },
}

/// The schemes of URLs that this build knows.
const KNOWN: &str = if cfg!(any(feature = "s3", feature = "gcs", feature = "azure")) {
    "`file:`, `memory:` or the scheme of a cloud for which dcrf-runtime has its feature (`s3://`, `gs://`, `az://`)"
} else {
    "`file:` or `memory:` (clouds need the feature `s3`, `gcs` or `azure` of dcrf-runtime)"
};

/// The part of a file that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The whole file.
    Whole,
    /// The bytes from this one, the first being 0.
    From(u64),
    /// The bytes from one to another, both included.
    Between(u64, u64),
    /// This many bytes at the end.
    Last(u64),
}

/// A file that is read.
pub(crate) struct OpenedFile {
    /// The bytes of the whole file.
    pub(crate) size: u64,
    /// The bytes that are read.
    pub(crate) range: Range<u64>,
    /// A text that changes with the content.
    pub(crate) tag: Option<String>,
    /// The content.
    pub(crate) content: BoxStream<'static, Result<Bytes, StoreError>>,
}

impl FileStore {
    /// Returns the files in a directory (a path, or a URL `file:///path`), in memory (`memory:`), or in a bucket
    /// (`s3://bucket/folder` with the feature `s3`, `gs://…` with `gcs`, `az://…` with `azure`), whose credentials are
    /// in the usual variables of the environment, such as `AWS_ACCESS_KEY_ID`.
    ///
    /// # Errors
    /// [`FileStoreError`] if the directory cannot be made, or if the URL is not one of these.
    pub fn at(url: &str) -> Result<Self, FileStoreError> {
        if url == "memory:" {
            return Ok(Self { objects: Arc::new(InMemory::new()) });
        }
        match url.strip_prefix("file:") {
            Some(path) => Self::in_directory(path.strip_prefix("//").unwrap_or(path)),
            None if url.contains("://") => Self::in_bucket(url),
            None => Self::in_directory(url),
        }
    }

    fn in_directory(path: &str) -> Result<Self, FileStoreError> {
        let failed = |reason: &dyn fmt::Display| FileStoreError::Directory {
            path: path.to_owned(),
            reason: reason.to_string(),
        };
        if path.is_empty() {
            return Err(failed(&"it has no name"));
        }
        std::fs::create_dir_all(Directory::new(path)).map_err(|error| failed(&error))?;
        let directory = LocalFileSystem::new_with_prefix(path).map_err(|error| failed(&error))?;
        // A committed row must not name a file that a crash has removed.
        Ok(Self { objects: Arc::new(directory.with_fsync(true)) })
    }

    #[cfg(any(feature = "s3", feature = "gcs", feature = "azure"))]
    fn in_bucket(url: &str) -> Result<Self, FileStoreError> {
        let parsed = url::Url::parse(url).map_err(|_| FileStoreError::Url(url.to_owned()))?;
        let (objects, folder) = object_store::parse_url_opts(&parsed, std::env::vars())
            .map_err(|error| FileStoreError::Bucket { url: url.to_owned(), reason: error.to_string() })?;
        Ok(Self { objects: Arc::new(object_store::prefix::PrefixStore::new(objects, folder)) })
    }

    #[cfg(not(any(feature = "s3", feature = "gcs", feature = "azure")))]
    fn in_bucket(url: &str) -> Result<Self, FileStoreError> {
        Err(FileStoreError::Url(url.to_owned()))
    }

    /// Stores a new file in a folder, under a name that no other file has, and returns this name with its folder. It
    /// has at most `most` characters. `given` is the name that a client has chosen.
    ///
    /// # Errors
    /// [`Error::Internal`] if it cannot be stored.
    pub(crate) async fn add(
        &self,
        upload_to: &str,
        given: &str,
        most: Option<usize>,
        content: Bytes,
    ) -> Result<String> {
        let folder = folder_now(upload_to);
        let wanted = valid(given);
        let mut name = wanted.clone();
        for _ in 0..ATTEMPTS {
            let room = most.map_or(usize::MAX, |most| most.saturating_sub(folder.chars().count()));
            let Some(fitting) = shortened(&name, room) else {
                let text = format!("the column has no room for a name in the folder `{folder}`");
                return Err(Error::Internal(text));
            };
            let stored = format!("{folder}{fitting}");
            if self.create(&stored, content.clone()).await? {
                return Ok(stored);
            }
            // The random part must not be cut off.
            let root = shortened(&wanted, room.saturating_sub(RANDOM_PART)).unwrap_or_default();
            name = alternative(&root);
        }
        Err(Error::Internal(format!("no name like `{wanted}` is free in the folder `{folder}`")))
    }

    /// Stores a file, unless there is one with this name. Tells whether there was none.
    async fn create(&self, name: &str, content: Bytes) -> Result<bool> {
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        let path = path(name).ok_or_else(|| Error::Internal(format!("`{name}` is not a name of a file")))?;
        match self.objects.put_opts(&path, content.into(), options).await {
            Ok(_) => Ok(true),
            Err(StoreError::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(failed("stored", name, &error)),
        }
    }

    /// Opens a file; returns `None` if there is no file with this name, or if it has no such part.
    ///
    /// # Errors
    /// [`Error::Internal`] if it cannot be read.
    pub(crate) async fn open(&self, name: &str, part: Part) -> Result<Option<OpenedFile>> {
        let Some(path) = path(name) else { return Ok(None) };
        let range = match part {
            Part::Whole => None,
            Part::From(first) => Some(GetRange::Offset(first)),
            Part::Between(first, last) => Some(GetRange::Bounded(first..last.saturating_add(1))),
            Part::Last(count) => Some(GetRange::Suffix(count)),
        };
        let options = GetOptions { range, ..GetOptions::default() };
        match self.objects.get_opts(&path, options).await {
            Ok(found) => Ok(Some(opened(found))),
            Err(StoreError::NotFound { .. }) => Ok(None),
            // A part beyond the end is an error of the store without a kind of its own.
            Err(_) if part != Part::Whole => Ok(None),
            Err(error) => Err(failed("read", name, &error)),
        }
    }

    /// Reads a file; returns `None` if there is no file with this name.
    ///
    /// # Errors
    /// [`Error::Internal`] if it cannot be read.
    pub(crate) async fn read(&self, name: &str) -> Result<Option<Bytes>> {
        let Some(file) = self.open(name, Part::Whole).await? else { return Ok(None) };
        let parts: Vec<Bytes> =
            file.content.try_collect().await.map_err(|error| failed("read", name, &error))?;
        Ok(Some(parts.concat().into()))
    }

    /// Deletes a file, if it exists. A failure is logged: the file then stays without a row.
    pub(crate) async fn delete(&self, name: &str) {
        let Some(path) = path(name) else { return };
        match self.objects.delete(&path).await {
            Ok(()) | Err(StoreError::NotFound { .. }) => {}
            Err(error) => tracing::warn!(%error, name, "a file without a row was not deleted"),
        }
    }

    /// Returns the names in a folder that were stored before this time.
    pub(super) async fn older_than(&self, folder: &str, time: SystemTime) -> Vec<String> {
        let Some(folder) = path(folder) else { return Vec::new() };
        let mut listed = self.objects.list(Some(&folder));
        let mut old = Vec::new();
        while let Some(found) = listed.next().await {
            // What cannot be listed now is found the next time.
            let Ok(found) = found else { continue };
            if SystemTime::from(found.last_modified) < time {
                old.push(found.location.to_string());
            }
        }
        old
    }
}

/// The characters that [`alternative`] adds to a name.
const RANDOM_PART: usize = 8;

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FileStore").field(&format_args!("{}", self.objects)).finish()
    }
}

fn opened(found: GetResult) -> OpenedFile {
    let (size, range, tag) = (found.meta.size, found.range.clone(), found.meta.e_tag.clone());
    OpenedFile { size, range, tag, content: found.into_stream() }
}

/// Returns the folder for files that are stored now.
fn folder_now(upload_to: &str) -> String {
    if !upload_to.contains('%') {
        return upload_to.to_owned();
    }
    let now = DateTime::now().into_inner();
    let civil = Civil { date: now.date(), time: now.time(), offset: Some(0), zone: Some("UTC".to_owned()) };
    civil.write(upload_to)
}

/// Returns the place of a stored name; `None` if it can be none. A name may come from any program that writes the
/// database, and must not lead out of the store: not by `..`, nor by the separators and drives of Windows.
fn path(name: &str) -> Option<Path> {
    if name.is_empty() || name.starts_with('/') || name.contains(['\\', ':']) {
        return None;
    }
    Path::parse(name).ok()
}

fn failed(done: &str, name: &str, error: &StoreError) -> Error {
    Error::Internal(format!("the file `{name}` could not be {done}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> (tempfile::TempDir, FileStore) {
        let directory = tempfile::tempdir().expect("a directory");
        let store = FileStore::at(directory.path().to_str().expect("a path in UTF-8")).expect("a store");
        (directory, store)
    }

    #[tokio::test]
    async fn no_name_leads_out_of_the_directory() {
        let (directory, store) = directory();
        let outside = directory.path().parent().expect("a parent").join("secret-of-the-test");
        let named = outside.file_name().and_then(|name| name.to_str()).expect("a name");
        for name in [
            format!("../{named}"),
            format!("a/../../{named}"),
            outside.to_str().expect("UTF-8").to_owned(),
            format!("..\\{named}"),
            format!("%2e%2e/{named}"),
            "a\0b".to_owned(),
            "C:\\a".to_owned(),
            "./a".to_owned(),
            "a//b".to_owned(),
            String::new(),
        ] {
            assert!(store.open(&name, Part::Whole).await.expect("an answer").is_none(), "{name:?}");
            let stored = store.add("up/", &name, Some(100), Bytes::from_static(b"x")).await.expect("stored");
            assert!(stored.starts_with("up/") && !stored.contains(".."), "{stored}");
            assert!(directory.path().join(&stored).is_file(), "{stored}");
        }
        assert!(!outside.exists());
    }

    #[tokio::test]
    async fn every_file_has_a_name_of_its_own() {
        for store in [directory().1, FileStore::at("memory:").expect("memory")] {
            let first = store.add("a/", "x.png", Some(20), Bytes::from_static(b"1")).await.expect("stored");
            let second = store.add("a/", "x.png", Some(20), Bytes::from_static(b"2")).await.expect("stored");
            assert_eq!(first, "a/x.png");
            assert!(second.starts_with("a/x_") && second.ends_with(".png") && second.len() <= 20, "{second}");
            assert_eq!(store.read(&first).await.expect("read").as_deref(), Some(&b"1"[..]));
            assert_eq!(store.read(&second).await.expect("read").as_deref(), Some(&b"2"[..]));
            store.delete(&first).await;
            store.delete(&first).await;
            assert_eq!(store.read(&first).await.expect("read"), None);
        }
    }

    #[tokio::test]
    async fn a_name_fits_its_column() {
        let store = FileStore::at("memory:").expect("memory");
        let long = format!("{}.png", "x".repeat(300));
        for _ in 0..3 {
            let stored = store.add("avatars/", &long, Some(30), Bytes::new()).await.expect("stored");
            assert!(stored.chars().count() <= 30 && stored.ends_with(".png"), "{stored}");
        }
        assert!(store.add("avatars/", "x.png", Some(10), Bytes::new()).await.is_err());
    }

    #[tokio::test]
    async fn a_part_of_a_file_is_read() {
        let store = FileStore::at("memory:").expect("memory");
        let name = store.add("", "x", None, Bytes::from_static(b"0123456789")).await.expect("stored");
        for (part, range) in [
            (Part::Whole, Some(0..10)),
            (Part::From(4), Some(4..10)),
            (Part::Between(2, 3), Some(2..4)),
            (Part::Between(8, 99), Some(8..10)),
            (Part::Last(3), Some(7..10)),
            (Part::From(10), None),
        ] {
            let found = store.open(&name, part).await.expect("an answer");
            assert_eq!(found.map(|file| file.range), range, "{part:?}");
        }
    }

    #[test]
    fn a_folder_may_have_the_date() {
        assert_eq!(folder_now("a/"), "a/");
        let dated = folder_now("a/%Y/%m/");
        assert_eq!(dated.len(), "a/2026/12/".len(), "{dated}");
    }

    #[test]
    fn what_is_no_place_for_files_is_said() {
        let refused = FileStore::at("ftp://host/x").expect_err("no place").to_string();
        assert!(
            refused.starts_with("`ftp://host/x` is not a place for files: give a directory"),
            "{refused}"
        );
        assert!(FileStore::at("").is_err());
    }
}
