//! The files of columns: their names, their place outside of the database, and those that no row has yet.

mod name;
mod staged;
mod store;
mod waiting;

pub(crate) use name::with_extension;
pub(crate) use staged::{Files, StagedFile};
pub use store::{FileStore, FileStoreError};
pub(crate) use store::{OpenedFile, Part};
pub(crate) use waiting::{About, UPLOAD, Upload, WaitingFile};
