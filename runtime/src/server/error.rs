//! The reasons why a service cannot be served.

/// The reason why a [`Service`](crate::Service) cannot be routed or served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// Two consumers have the same name in the multiplexer.
    #[error("two consumers are called `{0}` in the multiplexer; every stream needs a name of its own")]
    DuplicateStream(&'static str),
    /// Two consumers, or a consumer and the multiplexer, have the same path.
    #[error("two consumers are served at `{0}`; every consumer needs a path of its own")]
    DuplicatePath(String),
    /// A path is not an absolute path of plain segments and of the parameters that its consumers declare.
    #[error(
        "`{0}` is not a path for its consumers: it has to begin with `/`, must not contain any of `:*?#`, and has a segment \
         `{{name}}` for each parameter that they declare, which is of one type in all of them"
    )]
    Path(&'static str),
    /// A further path names a stream that does not exist.
    #[error("there is no stream `{0}`")]
    UnknownStream(&'static str),
    /// Unmanaged tables (`x-managed: false`), or columns of any SQL type (`x-sql`), do not fit their models. There is
    /// one sentence for each problem.
    #[error("tables do not fit their models:\n- {}", .0.join("\n- "))]
    Unmanaged(Vec<String>),
    /// A certificate of the server, or its key, cannot be used. The text is a sentence that names the file.
    #[error("the server cannot encrypt: {0}")]
    Certificate(String),
    /// The files of columns cannot be stored.
    #[error("files cannot be stored: {0}")]
    Files(#[from] crate::files::FileStoreError),
    /// The work before the first request failed.
    #[error("the service could not be prepared: {0}")]
    Prepare(crate::Error),
}
