//! Permissions: they are checked before an action, about a row, at the handshake and before an event.
//!
//! A permission is a tree of names (`permission_classes` of the definition). The consumer evaluates the names of the
//! application; the other rules are implemented here, as in Django REST Framework 3.15 and DCRF, without the latter's
//! defects:
//!
//! - A frame is refused with 403 before anything is checked except that it is JSON with an action. An error of a
//!   permission becomes the answer.
//! - A name holds for a row if it holds for the request and for the row; `and`, `or` and `not` combine these results.
//!   Rows of lists are not checked, as in DRF: use a queryset to restrict a list.
//! - At the handshake `not` is ignored, so that the negation of a permission is never a reason to refuse one.

mod event;
mod guard;
mod handshake;
mod request;
mod scope;
mod tree;

#[cfg(test)]
mod tests;

pub use event::may_see_event;
pub(crate) use event::{EventPermission, judge_elsewhere, judge_event, judge_list, judge_write};
pub(crate) use guard::Guard;
pub(crate) use handshake::check_connect;
pub(crate) use request::{check, check_action, check_row};
pub(crate) use scope::{asks_rows, depends_on_rows, is_own};
