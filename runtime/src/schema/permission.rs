//! Who may do something, as the definition says it.

/// Who may do something: see [`permission`](crate::permission).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PermissionMeta {
    /// Everybody.
    AllowAny,
    /// Whoever is logged in.
    IsAuthenticated,
    /// Whom the application lets, by the name in the definition.
    Named(&'static str),
    /// All of these hold.
    All(&'static [PermissionMeta]),
    /// One of these holds.
    Any(&'static [PermissionMeta]),
    /// This does not hold.
    Not(&'static PermissionMeta),
}
