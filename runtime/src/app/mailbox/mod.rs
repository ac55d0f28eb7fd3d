//! The bounded queue of one connection: events, and frames that its actions send beside their answers.

mod cursor;
mod frames;
mod queued_frames;
mod recipient;
mod sender;
mod unread;
mod waiting;

pub(crate) use recipient::Recipient;
pub(crate) use sender::StreamSender;
pub(crate) use unread::SharedEventMemory;
pub(crate) use waiting::{Mailbox, MailboxEvent};
