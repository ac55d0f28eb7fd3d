//! The mailbox of a connection.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use axum::extract::ws::Utf8Bytes;
use futures_util::task::AtomicWaker;

use super::cursor::Cursor;
use super::frames::sealed;
use super::queued_frames::{Content, Event, QueuedFrame, QueuedFrames};
use super::recipient::Recipient;
use super::unread::{SharedEventMemory, UnreadBytes};
use crate::change::{Body, Change, ChangeKind, EventAction, Mark, Position};
use crate::ground::error::Error;
use crate::ground::limits::Limits;
use crate::ground::memory::Share;
use crate::ground::stats::LimitKind;
use crate::wire::frame::Envelope;

/// The mailbox of a connection, with the limits on its frames and their bytes.
pub(crate) struct Mailbox {
    connection: u64,
    limit: usize,
    most_bytes: usize,
    letters: Mutex<QueuedFrames>,
    unread: Arc<UnreadBytes>,
    waker: AtomicWaker,
}

/// The result of reading a mailbox.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum MailboxEvent {
    /// Frames were moved to the outbound queue.
    Sent,
    /// Too many events are waiting.
    Overflown,
    /// An action closes the connection with this code.
    Close(u16),
}

impl Mailbox {
    /// Creates an empty mailbox of a connection.
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

    /// Returns the connection's number.
    pub(crate) fn connection(&self) -> u64 {
        self.connection
    }

    /// Adds an event; `change` is the change as its subscriber sees it. `told` is shared by all subscribers that
    /// receive the same frame. `others` are further subscriptions of the connection, which get no frame of their own.
    pub(crate) fn event(
        &self,
        body: &Arc<Body>,
        recipient: &Arc<Recipient>,
        others: Vec<Arc<Recipient>>,
        change: Option<(Arc<Change>, ChangeKind)>,
        told: &SharedEventMemory,
    ) {
        self.marked(None, body, recipient, others, change, told);
    }

    /// Adds an event with a position in the log, of which only a client that knows positions is told.
    pub(crate) fn marked(
        &self,
        mark: Option<Mark>,
        body: &Arc<Body>,
        recipient: &Arc<Recipient>,
        others: Vec<Arc<Recipient>>,
        change: Option<(Arc<Change>, ChangeKind)>,
        told: &SharedEventMemory,
    ) {
        let rows = || change.as_ref().map_or(0, |(change, _)| change.bytes());
        let common = told.count(recipient, || body.bytes() + rows());
        let event = Event {
            body: Arc::clone(body),
            recipient: Arc::clone(recipient),
            others: others.into(),
            change,
            mark,
            _counted: (self.unread.count(body.bytes()), common),
        };
        self.push(QueuedFrame { stream: recipient.stream, content: Content::Event(event) });
    }

    /// Adds the last frame of a subscription whose owner has lost the right to it.
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
        if let (Content::Event(Event { mark: Some(mark), .. }), Some(cursor)) =
            (&letter.content, &mut letters.cursor)
        {
            cursor.pass(*mark);
        }
        let limit = self.limit_of(&letter, letters.queue.len());
        letters.push(letter, limit);
        drop(letters);
        self.waker.wake();
    }

    /// Returns how many frames may wait if this one is added. Its bytes are counted already.
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

    /// Tells the client positions from now on, in frames of this stream: it knows them (`$hello`).
    pub(crate) fn greet(&self, wrapper: Option<Arc<str>>) {
        self.letters().cursor.get_or_insert(Cursor::new(wrapper));
    }

    /// Tells whether the client knows positions.
    pub(crate) fn is_greeted(&self) -> bool {
        self.letters().cursor.is_some()
    }

    /// Tells the client, once the frames that wait are sent, that it has got everything up to a position.
    pub(crate) fn position(&self, position: Position) {
        let mut letters = self.letters();
        let Some(cursor) = &mut letters.cursor else { return };
        cursor.set(position);
        drop(letters);
        self.waker.wake();
    }

    /// Notes the position of an answer: no older one is told after it.
    pub(crate) fn pass(&self, mark: Mark) {
        if let Some(cursor) = &mut self.letters().cursor {
            cursor.pass(mark);
        }
    }

    /// Holds positions back while a subscription is told what it has missed.
    pub(crate) fn begin_resuming(&self) {
        if let Some(cursor) = &mut self.letters().cursor {
            cursor.resuming += 1;
        }
    }

    /// Reports that a subscription was told what it has missed.
    pub(crate) fn end_resuming(&self) {
        if let Some(cursor) = &mut self.letters().cursor {
            cursor.resuming = cursor.resuming.saturating_sub(1);
        }
        self.waker.wake();
    }

    /// Adds a frame of a request that runs.
    pub(super) fn ready(&self, stream: usize, frame: Utf8Bytes) {
        let held = self.unread.memory.as_ref().map(|memory| memory.left(frame.len()));
        self.push(QueuedFrame { stream, content: Content::Ready(frame, held) });
    }

    /// Requests that the connection is closed, after the frames that were added before.
    pub(crate) fn close(&self, code: u16) {
        let mut letters = self.letters();
        letters.close.get_or_insert(code);
        drop(letters);
        self.waker.wake();
    }

    /// Shuts the mailbox: it accepts nothing more, and drops its frames.
    pub(crate) fn shut(&self) {
        *self.letters() = QueuedFrames { shut: true, ..QueuedFrames::default() };
    }

    /// Tells whether it is shut.
    pub(crate) fn is_shut(&self) -> bool {
        self.letters().shut
    }

    /// Tells whether an action closes the connection.
    pub(crate) fn is_closing(&self) -> bool {
        self.letters().close.is_some()
    }

    /// Wakes this task when something is added.
    pub(crate) fn register(&self, waker: &Waker) {
        self.waker.register(waker);
    }

    /// Returns an overflow or a request to close.
    pub(crate) fn trouble(&self) -> Option<MailboxEvent> {
        let letters = self.letters();
        if letters.overflown {
            return Some(MailboxEvent::Overflown);
        }
        let sent = !letters.queue.iter().any(|letter| matches!(letter.content, Content::Ready(..)));
        letters.close.filter(|_| sent).map(MailboxEvent::Close)
    }

    /// Tells whether there is a frame that can be sent now.
    pub(crate) fn has(&self, is_busy: impl Fn(usize) -> bool) -> bool {
        let letters = self.letters();
        letters.queue.iter().any(|letter| letter.is_due(&is_busy)) || letters.has_position()
    }

    /// Takes the oldest frame whose stream is not busy, or a frame that the running request of a busy stream sends
    /// itself.
    pub(crate) fn take(&self, is_busy: impl Fn(usize) -> bool) -> Option<Utf8Bytes> {
        loop {
            let (letter, greeted) = {
                let mut letters = self.letters();
                let Some(position) = letters.queue.iter().position(|letter| letter.is_due(&is_busy)) else {
                    return letters.take_position();
                };
                let letter = letters.queue.remove(position)?;
                if letters.queue.is_empty() && letters.queue.capacity() > 16 {
                    letters.queue = VecDeque::new();
                }
                (letter, letters.cursor.is_some())
            };
            if let Some(frame) = letter.into_frame(greeted) {
                return Some(frame);
            }
        }
    }

    fn letters(&self) -> MutexGuard<'_, QueuedFrames> {
        // Every edit leaves the queue consistent.
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
