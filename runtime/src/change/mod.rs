//! Changes and their messages: data that the store makes, the database keeps until the commit, and the feed publishes.

mod buffer;
mod message;
mod notice;
mod position;
mod row_change;
mod watched;

pub(crate) use buffer::Buffer;
pub use message::Message;
pub(crate) use message::{Body, Entry, MemberChange, Topic, entries, member};
pub use notice::{EventAction, Notice, RowEvent};
pub(crate) use position::{Mark, MarkKind, Position};
pub use row_change::{Change, ChangeKind};
pub(crate) use watched::{Edge, Link, Watched};
