//! The mailbox itself.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use axum::extract::ws::Utf8Bytes;
use futures_util::task::AtomicWaker;

use super::frames::sealed;
use super::queued_frames::{Content, Event, QueuedFrame, QueuedFrames};
use super::recipient::Recipient;
use super::unread::{SharedEventMemory, UnreadBytes};
use crate::change::{Body, Change, ChangeKind, EventAction};
use crate::ground::error::Error;
use crate::ground::limits::Limits;
use crate::ground::memory::Share;
use crate::ground::stats::LimitKind;
use crate::wire::frame::Envelope;

/// A mailbox.
pub(crate) struct Mailbox {
    connection: u64,
    limit: usize,
    most_bytes: usize,
    letters: Mutex<QueuedFrames>,
    unread: Arc<UnreadBytes>,
    waker: AtomicWaker,
}

/// What a connection finds in its mailbox.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum MailboxEvent {
    /// Frames, which are in the outbound queue now.
    Sent,
    /// More waited than may.
    Overflown,
    /// An action wants the connection to be closed, with this code.
    Close(u16),
}

impl Mailbox {
    /// An empty one of a connection.
    pub(crate) fn new(connection: u64, limits: &Limits, memory: Option<Arc<Share>>) -> Self {
        Self {
            connection,
            limit: limits.events,
            most_bytes: limits.event_bytes,
            letters: Mutex::default(),
            unread: Arc::new(UnreadBytes { bytes: AtomicUsize::new(0), memory }),
            waker: AtomicWaker::new(),
        }
    }

    /// The connection's number.
    pub(crate) fn connection(&self) -> u64 {
        self.connection
    }

    /// Puts an event in; `change` is the change that it tells of, as what its subscriber sees it. `told` is the same for
    /// all who are told the same.
    pub(crate) fn event(
        &self,
        body: &Arc<Body>,
        recipient: &Arc<Recipient>,
        change: Option<(Arc<Change>, ChangeKind)>,
        told: &SharedEventMemory,
    ) {
        let rows = || change.as_ref().map_or(0, |(change, _)| change.bytes());
        let common = told.count(recipient, || body.bytes() + rows());
        let event = Event {
            body: Arc::clone(body),
            recipient: Arc::clone(recipient),
            change,
            _counted: (self.unread.count(body.bytes()), common),
        };
        self.push(QueuedFrame { stream: recipient.stream, content: Content::Event(event) });
    }

    /// Says that a subscription has ended, as its owner has no right to it any more.
    pub(crate) fn refusal(&self, recipient: &Recipient, action: EventAction) {
        let action = format!("\"{}\"", action.as_str());
        let request_id = recipient.request_id.text();
        let envelope = Envelope { wrapper: recipient.wrapper(), action: &action, request_id };
        let frame = sealed(envelope.failure(&Error::PermissionDenied));
        self.push(QueuedFrame { stream: recipient.stream, content: Content::Last(frame) });
    }

    fn push(&self, letter: QueuedFrame) {
        let mut letters = self.letters();
        if letters.shut || letters.overflown || letters.close.is_some() {
            return;
        }
        let limit = self.limit_of(&letter, letters.queue.len());
        letters.push(letter, limit);
        drop(letters);
        self.waker.wake();
    }

    /// How many frames there may be, for this one to be added. Its bytes are counted already.
    fn limit_of(&self, letter: &QueuedFrame, waiting: usize) -> usize {
        let Content::Event(event) = &letter.content else { return self.limit };
        let crossed = if waiting >= self.limit {
            LimitKind::Events
        } else if waiting > 0 && self.unread.bytes.load(Ordering::Relaxed) > self.most_bytes {
            LimitKind::EventBytes
        } else {
            return self.limit;
        };
        event.recipient.bounds.stats.cross(crossed);
        waiting
    }

    /// Puts in what a request says while it runs.
    pub(super) fn ready(&self, stream: usize, frame: Utf8Bytes) {
        let held = self.unread.memory.as_ref().map(|memory| memory.left(frame.len()));
        self.push(QueuedFrame { stream, content: Content::Ready(frame, held) });
    }

    /// Asks for the connection to be closed, after what was put in before.
    pub(crate) fn close(&self, code: u16) {
        let mut letters = self.letters();
        letters.close.get_or_insert(code);
        drop(letters);
        self.waker.wake();
    }

    /// Takes nothing more, and forgets what is in it.
    pub(crate) fn shut(&self) {
        *self.letters() = QueuedFrames { shut: true, ..QueuedFrames::default() };
    }

    /// Whether it takes nothing more.
    pub(crate) fn is_shut(&self) -> bool {
        self.letters().shut
    }

    /// Whether an action wants the connection to be closed.
    pub(crate) fn is_closing(&self) -> bool {
        self.letters().close.is_some()
    }

    /// Wakes this task when something is put in.
    pub(crate) fn register(&self, waker: &Waker) {
        self.waker.register(waker);
    }

    /// What is to be done beside sending.
    pub(crate) fn trouble(&self) -> Option<MailboxEvent> {
        let letters = self.letters();
        if letters.overflown {
            return Some(MailboxEvent::Overflown);
        }
        let sent = !letters.queue.iter().any(|letter| matches!(letter.content, Content::Ready(..)));
        letters.close.filter(|_| sent).map(MailboxEvent::Close)
    }

    /// Whether there is a frame for now.
    pub(crate) fn has(&self, is_busy: impl Fn(usize) -> bool) -> bool {
        self.letters().queue.iter().any(|letter| letter.is_due(&is_busy))
    }

    /// Takes the oldest frame whose stream is not busy, and of busy ones what the running request sends itself.
    pub(crate) fn take(&self, is_busy: impl Fn(usize) -> bool) -> Option<Utf8Bytes> {
        loop {
            let letter = {
                let mut letters = self.letters();
                let position = letters.queue.iter().position(|letter| letter.is_due(&is_busy))?;
                let letter = letters.queue.remove(position)?;
                if letters.queue.is_empty() && letters.queue.capacity() > 16 {
                    letters.queue = VecDeque::new();
                }
                letter
            };
            if let Some(frame) = letter.into_frame() {
                return Some(frame);
            }
        }
    }

    fn letters(&self) -> MutexGuard<'_, QueuedFrames> {
        // Every edit leaves it whole.
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
