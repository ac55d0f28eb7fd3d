//! Who may do something.

use super::name::Name;

/// Who may do something: names, joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PermissionExpr {
    /// Everybody.
    AllowAny,
    /// Whoever is logged in.
    IsAuthenticated,
    /// Whom the application lets.
    Named {
        /// Its name as words (`is owner`): the handler's method.
        name: Name,
        /// Its name as written.
        wire: String,
    },
    /// All of these hold; of none: everybody.
    And(Vec<PermissionExpr>),
    /// One of these holds.
    Or(Vec<PermissionExpr>),
    /// This does not hold.
    Not(Box<PermissionExpr>),
}

/// A permission of the application's own, as its consumer names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnPermission<'a> {
    /// Its name as words.
    pub name: &'a Name,
    /// Its name as written.
    pub wire: &'a str,
    /// Whether it is asked at the handshake: it stands with the consumer, outside of a `not`.
    pub connect: bool,
}

impl PermissionExpr {
    /// Adds the permissions of the application's own that it names, each once; `connect` says whether they are asked at
    /// the handshake.
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
