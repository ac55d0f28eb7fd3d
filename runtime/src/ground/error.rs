//! The errors of a request, and their form on the wire.
//!
//! Statuses and texts are those of Django REST Framework's exceptions.

use std::fmt;

pub use crate::ground::database_error::DatabaseError;
use crate::ground::outage::Outage;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The reason why a request was not executed. The client gets its [`status`](Error::status) and
/// [`detail`](Error::detail).
///
/// ```
/// use dcrf_runtime::error::Detail;
/// use dcrf_runtime::{Error, Result};
///
/// /// The validator of a field (DRF's `validate_<field>`).
/// fn validate_name(value: String) -> Result<String> {
///     match value.as_str() {
///         "admin" => Err(Error::field("name", "This name is taken.")),
///         _ => Ok(value),
///     }
/// }
///
/// let refused = validate_name("admin".to_owned()).unwrap_err();
/// assert_eq!(refused.status(), 400);
/// assert_eq!(refused.detail().to_string(), r#"{"name":["This name is taken."]}"#);
///
/// // The application can use any status.
/// let gone = Error::Api { status: 410, detail: Detail::text("This room was closed.") };
/// assert_eq!(gone.status(), 410);
///
/// // A failure is logged. The client does not receive its details.
/// let failed = Error::internal("the mail server has the wrong certificate");
/// assert_eq!((failed.status(), failed.detail()), (500, Detail::text("A server error occurred.")));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The payload is invalid: 400.
    #[error("invalid input: {0}")]
    Validation(Detail),
    /// The frame could not be read: 400.
    #[error("malformed request: {0}")]
    Parse(String),
    /// The request is not authenticated, or the credentials are wrong: 401.
    #[error("not authenticated")]
    NotAuthenticated,
    /// The user has no permission: 403.
    #[error("permission denied")]
    PermissionDenied,
    /// The row does not exist: 404.
    #[error("not found")]
    NotFound,
    /// The consumer has no such action: 405. The value is the action as Python writes it.
    #[error("method {0:?} not allowed")]
    MethodNotAllowed(String),
    /// There were too many requests, or the server is full: 429.
    #[error("throttled")]
    Throttled {
        /// The number of seconds after which the client should try again, if it is known.
        wait: Option<u32>,
    },
    /// Any other error of the application.
    #[error("{status}: {detail}")]
    Api {
        /// The `response_status`, at least 400.
        status: u16,
        /// The `errors` of the answer.
        detail: Detail,
    },
    /// The row cannot be deleted, because other rows refer to it: 409.
    #[error("protected: {0}")]
    Protected(String),
    /// The database refused a statement, or failed: 500. The client gets no details.
    #[error("database: {0}")]
    Database(#[source] DatabaseError),
    /// The database could not execute the request now: 503, with the [kind of reason](crate::Reason). Nothing was
    /// stored, and another attempt may succeed.
    #[error("database: {0}")]
    Unavailable(Outage),
    /// The connection to the database was lost before the database answered: 503. It is unknown whether the request was
    /// stored.
    #[error("database: {0}; it is not known whether something was stored")]
    Unknown(String),
    /// A database does not exist, or cannot be used as it is, for this reason: 500. The client gets no details.
    #[error("{0}")]
    Unreachable(String),
    /// A bug, a panic, or a failure of the application: 500. The client gets no details.
    #[error("internal: {0}")]
    Internal(String),
}

// For `?` in this crate alone: the driver is not part of the public interface.
#[doc(hidden)]
impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(DatabaseError::new(error))
    }
}

impl Error {
    /// Returns 503 for an action that did not end within its time limit. It is unknown whether its writes are done.
    pub(crate) fn too_slow(limit: std::time::Duration) -> Self {
        Self::Api {
            status: 503,
            detail: Detail::Text(format!("This took longer than {limit:?} and was given up.")),
        }
    }

    /// Creates an error that is logged, and of which the client gets only the status 500.
    pub fn internal(text: impl Into<String>) -> Self {
        Self::Internal(text.into())
    }

    /// Creates the error of one field: `[{field: [message]}]`.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Validation(Detail::Map(vec![(field.into(), Detail::message(message))]))
    }

    /// Creates the error of the whole payload: `[{"non_field_errors": [message]}]`.
    pub fn non_field(message: impl Into<String>) -> Self {
        Self::field("non_field_errors", message)
    }

    /// Creates an error with one text: `[message]` (DRF's `ValidationError(message)`).
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::Validation(Detail::message(message))
    }

    /// Returns the `response_status` of the answer.
    pub fn status(&self) -> u16 {
        match self {
            Self::Validation(_) | Self::Parse(_) => 400,
            Self::NotAuthenticated => 401,
            Self::PermissionDenied => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed(_) => 405,
            Self::Protected(_) => 409,
            Self::Throttled { .. } => 429,
            Self::Api { status, .. } => *status,
            Self::Unavailable(_) | Self::Unknown(_) => 503,
            Self::Database(_) | Self::Unreachable(_) | Self::Internal(_) => 500,
        }
    }

    /// Returns the detail that the client gets.
    pub fn detail(&self) -> Detail {
        match self {
            Self::Validation(detail) | Self::Api { detail, .. } => detail.clone(),
            Self::Parse(text) | Self::Protected(text) => Detail::Text(text.clone()),
            Self::NotAuthenticated => Detail::text("Authentication credentials were not provided."),
            Self::PermissionDenied => Detail::text("You do not have permission to perform this action."),
            Self::NotFound => Detail::text("Not found"),
            Self::MethodNotAllowed(action) => Detail::Text(format!("Method \"{action}\" not allowed.")),
            Self::Throttled { wait: None } => Detail::text("Request was throttled."),
            Self::Throttled { wait: Some(1) } => {
                Detail::text("Request was throttled. Expected available in 1 second.")
            }
            Self::Throttled { wait: Some(wait) } => {
                Detail::Text(format!("Request was throttled. Expected available in {wait} seconds."))
            }
            Self::Unavailable(outage) => {
                Detail::Text(format!("{} Nothing was stored: try again.", outage.reason.sentence()))
            }
            Self::Unknown(_) => Detail::text(
                "The connection to the database was lost: it is not known whether this was stored.",
            ),
            Self::Database(_) | Self::Unreachable(_) | Self::Internal(_) => {
                Detail::text("A server error occurred.")
            }
        }
    }
}

/// The detail of an error: a text, or DRF's lists and objects of details.
///
/// ```
/// use dcrf_runtime::Detail;
///
/// let detail = Detail::Map(vec![("name".to_owned(), Detail::message("This field is required."))]);
/// assert_eq!(detail.to_string(), r#"{"name":["This field is required."]}"#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// A single text.
    Text(String),
    /// A list of details.
    List(Vec<Detail>),
    /// The details by field, in order.
    Map(Vec<(String, Detail)>),
}

impl Detail {
    /// Creates a detail of one text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Creates a list of one text: the detail of a field.
    pub fn message(text: impl Into<String>) -> Self {
        Self::List(vec![Self::text(text)])
    }

    /// Appends the detail as JSON.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        match self {
            Self::Text(text) => crate::wire::encode::text(out, text),
            Self::List(items) => {
                out.push(b'[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    item.write_json(out);
                }
                out.push(b']');
            }
            Self::Map(entries) => {
                out.push(b'{');
                for (index, (key, value)) in entries.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    crate::wire::encode::text(out, key);
                    out.push(b':');
                    value.write_json(out);
                }
                out.push(b'}');
            }
        }
    }

    /// Appends the JSON of `errors`, which is always a list, as in DCRF: a text or an object becomes a list with one
    /// item.
    pub fn write_errors(&self, out: &mut Vec<u8>) {
        match self {
            Self::List(_) => self.write_json(out),
            Self::Text(_) | Self::Map(_) => {
                out.push(b'[');
                self.write_json(out);
                out.push(b']');
            }
        }
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Vec::new();
        self.write_json(&mut out);
        f.write_str(&String::from_utf8_lossy(&out))
    }
}
