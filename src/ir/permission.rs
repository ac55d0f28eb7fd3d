//! The permissions of consumers and actions.

use super::name::Name;

/// A permission: a name, or permissions joined by `and`, `or` and `not`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PermissionExpr {
    /// Every user.
    AllowAny,
    /// Every authenticated user.
    IsAuthenticated,
    /// The users whom a permission of the application admits.
    Named {
        /// The name as words (`is owner`), which is also that of the handler's method.
        name: Name,
        /// The name as written.
        wire: String,
    },
    /// All of these permissions must hold. An empty list admits every user.
    And(Vec<PermissionExpr>),
    /// At least one of these permissions must hold.
    Or(Vec<PermissionExpr>),
    /// This permission must not hold.
    Not(Box<PermissionExpr>),
}

/// A permission of the application, as its consumer names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnPermission<'a> {
    /// The name as words.
    pub name: &'a Name,
    /// The name as written.
    pub wire: &'a str,
    /// Whether it is checked at the handshake: the consumer itself names it outside of a `not`.
    pub connect: bool,
}

impl PermissionExpr {
    /// Adds the application's permissions that it names, each once. `connect` tells whether they are checked at the
    /// handshake.
    pub(super) fn collect_own<'a>(&'a self, connect: bool, own: &mut Vec<OwnPermission<'a>>) {
        match self {
            Self::AllowAny | Self::IsAuthenticated => {}
            Self::Named { name, wire } => match own.iter_mut().find(|known| known.wire == wire) {
                Some(known) => known.connect |= connect,
                None => own.push(OwnPermission { name, wire, connect }),
            },
            Self::And(parts) | Self::Or(parts) => {
                parts.iter().for_each(|part| part.collect_own(connect, own));
            }
            Self::Not(part) => part.collect_own(false, own),
        }
    }
}
