//! Who may do something.

use super::{ActionKind, Consumer, Name};

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

impl Consumer {
    /// The permissions of the application's own that the consumer and its actions name, each once, in the order in
    /// which they are written.
    pub fn own_permissions(&self) -> Vec<OwnPermission<'_>> {
        let mut own = Vec::new();
        collect(&self.permissions, true, &mut own);
        for action in &self.actions {
            if let ActionKind::Custom(custom) = &action.kind {
                collect(&custom.permissions, false, &mut own);
            }
        }
        own
    }
}

fn collect<'a>(permission: &'a PermissionExpr, connect: bool, own: &mut Vec<OwnPermission<'a>>) {
    match permission {
        PermissionExpr::AllowAny | PermissionExpr::IsAuthenticated => {}
        PermissionExpr::Named { name, wire } => match own.iter_mut().find(|known| known.wire == wire) {
            Some(known) => known.connect |= connect,
            None => own.push(OwnPermission { name, wire, connect }),
        },
        PermissionExpr::And(parts) | PermissionExpr::Or(parts) => {
            parts.iter().for_each(|part| collect(part, connect, own));
        }
        PermissionExpr::Not(part) => collect(part, false, own),
    }
}
