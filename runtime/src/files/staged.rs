//! Files that are stored, and that no committed row names yet. They are deleted unless such a row comes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use bytes::Bytes;
use tokio::runtime::Handle;

use super::store::FileStore;
use super::waiting::Upload;
use crate::ground::error::{Error, Result};

/// The files of a database's columns.
#[derive(Debug, Default)]
pub(crate) struct Files {
    store: OnceLock<FileStore>,
    staged: Mutex<HashMap<String, Weak<StagedFile>>>,
}

impl Files {
    /// Sets the place of the files. The first call counts.
    pub(crate) fn store_in(&self, store: FileStore) {
        let _ = self.store.set(store);
    }

    /// Returns the place of the files.
    ///
    /// # Errors
    /// [`Error::Internal`] if there is none, because no service runs.
    pub(crate) fn store(&self) -> Result<&FileStore> {
        self.store.get().ok_or_else(|| Error::internal("no service has said where files are stored"))
    }

    /// Returns the place of the files, if there is one.
    pub(crate) fn place(&self) -> Option<&FileStore> {
        self.store.get()
    }

    /// Stores a file for a row that is about to be written: see [`FileStore::add`]. It is deleted with its last handle,
    /// unless it is [kept](StagedFile::keep). `upload` is the upload from which it is copied.
    ///
    /// # Errors
    /// The errors of [`FileStore::add`].
    pub(crate) async fn stage(
        self: &Arc<Self>,
        upload_to: &str,
        given: &str,
        most: Option<usize>,
        content: Bytes,
        upload: Option<Upload>,
    ) -> Result<Arc<StagedFile>> {
        let name = self.store()?.add(upload_to, given, most, content).await?;
        let files = Arc::clone(self);
        let staged = Arc::new(StagedFile {
            name,
            files,
            kept: AtomicBool::new(false),
            runtime: Handle::current(),
            upload,
        });
        self.staged().insert(staged.name.clone(), Arc::downgrade(&staged));
        Ok(staged)
    }

    /// Returns the staged files among some names.
    pub(crate) fn among<'a>(&self, names: impl Iterator<Item = &'a str>) -> Vec<Arc<StagedFile>> {
        let staged = self.staged();
        if staged.is_empty() {
            return Vec::new();
        }
        names.filter_map(|name| staged.get(name)?.upgrade()).collect()
    }

    fn staged(&self) -> MutexGuard<'_, HashMap<String, Weak<StagedFile>>> {
        // Every edit leaves the map consistent.
        self.staged.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stored file that no committed row names yet.
#[derive(Debug)]
pub(crate) struct StagedFile {
    name: String,
    files: Arc<Files>,
    kept: AtomicBool,
    /// The runtime that deletes the file. The last handle may be dropped by a thread without one.
    runtime: Handle,
    upload: Option<Upload>,
}

impl StagedFile {
    /// Returns its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Keeps the file: a row with its name is committed, or may be.
    pub(crate) fn keep(&self) {
        self.kept.store(true, Ordering::Relaxed);
    }
}

impl Drop for StagedFile {
    fn drop(&mut self) {
        self.files.staged().remove(&self.name);
        let Some(store) = self.files.place().cloned() else { return };
        if !self.kept.load(Ordering::Relaxed) {
            let name = std::mem::take(&mut self.name);
            self.runtime.spawn(async move { store.delete(&name).await });
        } else if let Some(upload) = self.upload.take() {
            self.runtime.spawn(async move { store.end(upload).await });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn staged(files: &Arc<Files>) -> Arc<StagedFile> {
        files.stage("a/", "x.txt", None, Bytes::from_static(b"x"), None).await.expect("staged")
    }

    async fn is_gone(files: &Arc<Files>, name: &str) -> bool {
        files.store().expect("a store").read(name).await.expect("an answer").is_none()
    }

    #[tokio::test]
    async fn a_file_is_deleted_unless_it_is_kept() {
        let files = Arc::new(Files::default());
        files.store_in(FileStore::at("memory:").expect("memory"));
        let kept = staged(&files).await;
        let (name, other) = (kept.name().to_owned(), Arc::clone(&kept));
        drop(kept);
        assert_eq!(files.among([name.as_str(), "b"].into_iter()).len(), 1);
        other.keep();
        drop(other);
        assert!(files.among([name.as_str()].into_iter()).is_empty());
        let lost = staged(&files).await;
        let gone = lost.name().to_owned();
        assert_ne!(gone, name);
        drop(lost);
        while !is_gone(&files, &gone).await {
            tokio::task::yield_now().await;
        }
        assert!(!is_gone(&files, &name).await);
    }

    #[tokio::test]
    async fn without_a_service_there_is_no_place_for_files() {
        let files = Arc::new(Files::default());
        let refused = files.stage("a/", "x", None, Bytes::new(), None).await.expect_err("no place");
        assert_eq!(refused.status(), 500);
    }
}
