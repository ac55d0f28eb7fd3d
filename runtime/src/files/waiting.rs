//! Uploaded files that wait for the row that names them.
//!
//! They lie in a folder of the store, so that every server of an application finds them. The name of each is random,
//! and is what the client sends in the place of the file.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use dcrf_scalars::Uuid;
use serde::{Deserialize, Serialize};

use super::store::FileStore;
use crate::ground::error::{Error, Result};

/// The beginning of a text that stands for an upload. No base64 begins like this.
pub(crate) const UPLOAD: &str = "upload:";

/// The folder of uploads. No file of a column has a folder that begins with a point.
const FOLDER: &str = ".uploads";

/// An uploaded file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WaitingFile {
    /// What is known about it.
    pub(crate) about: About,
    /// Its content.
    pub(crate) content: Bytes,
}

/// What is known about an upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct About {
    /// The table and the column for which it was checked: `post.photo`.
    pub(crate) column: String,
    /// The key of the user who has sent it; `None` if nobody was authenticated.
    pub(crate) user: Option<String>,
    /// The name that the client has given to it.
    pub(crate) name: String,
}

/// The place of an upload in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Upload(String);

impl Upload {
    /// Returns the upload for which a text of a client stands; `None` if it can stand for none.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let token = text.strip_prefix(UPLOAD)?;
        let is_token = token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_token.then(|| Self(format!("{FOLDER}/{}", token.to_ascii_lowercase())))
    }
}

impl FileStore {
    /// Stores an upload, and returns the text that stands for it.
    ///
    /// # Errors
    /// [`Error::Internal`] if it cannot be stored.
    pub(crate) async fn wait(&self, file: &WaitingFile) -> Result<String> {
        let token = Uuid::random().into_inner().simple().to_string();
        let mut stored =
            serde_json::to_vec(&file.about).map_err(|error| Error::internal(error.to_string()))?;
        stored.push(b'\n');
        stored.extend_from_slice(&file.content);
        self.add(&format!("{FOLDER}/"), &token, None, stored.into()).await?;
        Ok(format!("{UPLOAD}{token}"))
    }

    /// Returns an upload, if it still waits.
    ///
    /// # Errors
    /// [`Error::Internal`] if it cannot be read.
    pub(crate) async fn waiting(&self, upload: &Upload) -> Result<Option<WaitingFile>> {
        let Some(stored) = self.read(&upload.0).await? else { return Ok(None) };
        // JSON on one line has no line feed.
        let Some(end) = stored.iter().position(|byte| *byte == b'\n') else { return Ok(None) };
        let about =
            serde_json::from_slice(&stored[..end]).map_err(|error| Error::internal(error.to_string()))?;
        Ok(Some(WaitingFile { about, content: stored.slice(end + 1..) }))
    }

    /// Deletes an upload that a row has now.
    pub(super) async fn end(&self, upload: Upload) {
        self.delete(&upload.0).await;
    }

    /// Deletes the uploads that have waited for longer than this.
    pub(crate) async fn forget(&self, longest: Duration) {
        let Some(time) = SystemTime::now().checked_sub(longest) else { return };
        for name in self.older_than(FOLDER, time).await {
            self.delete(&name).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_token_stands_for_an_upload() {
        let token = "upload:0123456789abcdef0123456789ABCDEF";
        assert_eq!(Upload::of(token), Some(Upload(".uploads/0123456789abcdef0123456789abcdef".to_owned())));
        for text in ["", "upload:", "upload:../x", "0123456789abcdef0123456789abcdef", &token[..20]] {
            assert_eq!(Upload::of(text), None, "{text}");
        }
    }

    #[tokio::test]
    async fn an_upload_waits_until_it_is_forgotten() {
        let store = FileStore::at("memory:").expect("memory");
        let about =
            About { column: "post.photo".to_owned(), user: Some("7".to_owned()), name: "a\nb".to_owned() };
        let file = WaitingFile { about, content: Bytes::from_static(b"\n{}\n") };
        let text = store.wait(&file).await.expect("stored");
        let upload = Upload::of(&text).expect("a token");
        assert_eq!(store.waiting(&upload).await.expect("an answer"), Some(file));
        store.forget(Duration::from_secs(60)).await;
        assert!(store.waiting(&upload).await.expect("an answer").is_some());
        store.forget(Duration::ZERO).await;
        assert_eq!(store.waiting(&upload).await.expect("an answer"), None);
    }
}
