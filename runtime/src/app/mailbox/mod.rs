//! What waits for one connection: events, and frames that its actions send beside their answers. Bounded.

mod frames;
mod letters;
mod recipient;
mod seat;
mod unread;
mod waiting;

pub(crate) use recipient::Recipient;
pub(crate) use seat::Seat;
pub(crate) use unread::Told;
pub(crate) use waiting::{Mail, Mailbox};
