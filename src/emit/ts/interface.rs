//! TypeScript interfaces.

use askama::Template;

/// An interface, as it is printed.
#[derive(Template)]
#[template(path = "ts/interface.ts.j2", escape = "none")]
pub(super) struct Interface {
    pub(super) docs: String,
    pub(super) name: String,
    pub(super) members: Vec<Member>,
}

/// A member of an interface.
pub(super) struct Member {
    pub(super) docs: String,
    pub(super) name: String,
    pub(super) optional: bool,
    pub(super) ty: String,
}
