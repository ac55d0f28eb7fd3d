//! Who is asking.

/// Who is asking.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Identity {
    /// Nobody is logged in.
    #[default]
    Anonymous,
    /// Somebody is.
    User {
        /// The key of the user, as text.
        id: String,
    },
}
