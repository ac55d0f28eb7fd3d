//! Who may do what: permissions are asked before an action, about a row, at the handshake and before an event.
//!
//! A permission is a tree of names (`permission_classes` of the definition). What a name of the application's own
//! says is asked of the consumer; the rest is decided here, by the rules of Django REST Framework 3.15 and of DCRF,
//! without the latter's defects:
//!
//! - A frame is refused with 403 before anything else is looked at but that it is JSON with an action. An error that
//!   a permission gives is the answer instead.
//! - A name holds for a row if it holds for the request and for the row; `and`, `or` and `not` join that.
//!   Lists are not asked about, as in DRF: to narrow them is what a queryset is for.
//! - At the handshake `not` says nothing, so that the negation of something is no reason to refuse one.

mod event;
mod guard;
mod handshake;
mod request;
mod scope;
mod tree;

#[cfg(test)]
mod tests;

pub use event::may_see_event;
pub(crate) use event::{EventPermission, judge_elsewhere, judge_event};
pub(crate) use guard::Guard;
pub(crate) use handshake::check_connect;
pub(crate) use request::{check, check_action, check_row};
pub(crate) use scope::{asks_rows, depends_on_rows, is_own};
