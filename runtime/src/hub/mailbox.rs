//! What waits for one connection: events, and frames that its actions send beside their answers. Bounded.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Waker;

use axum::extract::ws::Utf8Bytes;
use bytes::Bytes;
use futures_util::task::AtomicWaker;

use super::{Body, Subscription};
use crate::dispatch::Dispatch;
use crate::error::Error;
use crate::frame::{Envelope, Wrapper};
use crate::limits::Limits;
use crate::memory::{Common, Held, Share};
use crate::observer::meta::Overflow;
use crate::observer::{Change, ChangeKind, EventAction};
use crate::stats::Limit;

/// Where the frames of one stream of a connection go.
#[derive(Clone)]
pub(crate) struct Seat {
    /// The connection's mailbox.
    pub(crate) mailbox: Arc<Mailbox>,
    /// The stream's position in the endpoint.
    pub(crate) stream: usize,
    /// The stream's name as JSON text, on a multiplexed socket.
    pub(crate) wrapper: Option<Arc<str>>,
    /// The stream's code.
    pub(crate) dispatch: Arc<dyn Dispatch>,
}

impl Seat {
    /// What stands around its frames.
    pub(crate) fn wrapper(&self) -> Wrapper<'_> {
        self.wrapper.as_deref().map_or(Wrapper::Raw, Wrapper::Stream)
    }

    /// Sends a frame of any shape at once, before the answer of the request that runs. `json` is JSON text.
    pub(crate) fn send_now(&self, json: &[u8]) {
        self.mailbox.ready(self.stream, self.framed(json));
    }

    /// Sends an envelope at once.
    pub(crate) fn reply_now(&self, action: &str, request_id: &str, status: u16, data: &[u8]) {
        let envelope = Envelope { wrapper: self.wrapper(), action, request_id };
        self.mailbox.ready(self.stream, sealed(envelope.reply(status, data)));
    }

    fn framed(&self, json: &[u8]) -> Utf8Bytes {
        let Some(stream) = &self.wrapper else { return sealed(json.to_vec()) };
        let parts: [&[u8]; 5] = [br#"{"stream":"#, stream.as_bytes(), br#","payload":"#, json, b"}"];
        sealed(parts.concat())
    }
}

impl fmt::Debug for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seat").field("stream", &self.dispatch.meta().stream).finish_non_exhaustive()
    }
}

/// An object with one member more.
fn addressed(object: &[u8], request_id: &str) -> Vec<u8> {
    let open = object.strip_suffix(b"}").unwrap_or(object);
    let comma: &[u8] = if open.len() > 1 { b"," } else { b"" };
    [open, comma, br#""request_ids":["#, request_id.as_bytes(), b"]}"].concat()
}

/// JSON is UTF-8; anything else would be a bug of whoever encoded it, and is sent as nothing.
fn sealed(frame: Vec<u8>) -> Utf8Bytes {
    Utf8Bytes::try_from(frame).unwrap_or_default()
}

/// A mailbox.
pub(crate) struct Mailbox {
    connection: u64,
    limit: usize,
    most_bytes: usize,
    letters: Mutex<Letters>,
    unread: Arc<Unread>,
    waker: AtomicWaker,
}

/// Bytes of the events in a mailbox.
struct Unread {
    bytes: AtomicUsize,
    /// Of whose memory they are.
    memory: Option<Arc<Share>>,
}

impl Unread {
    /// Counts an event for as long as it is there.
    fn count(self: &Arc<Self>, bytes: usize) -> Counted {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if let Some(memory) = &self.memory {
            memory.leaves(bytes, 0);
        }
        Counted { unread: Arc::clone(self), bytes }
    }
}

/// Bytes of one event in a mailbox.
struct Counted {
    unread: Arc<Unread>,
    bytes: usize,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.unread.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
        if let Some(memory) = &self.unread.memory {
            memory.leaves(0, self.bytes);
        }
    }
}

/// The memory of what many subscribers are told: it is there once, for as long as one of them has not read it.
#[derive(Default)]
pub(super) struct Told(OnceLock<Arc<Common>>);

impl Told {
    fn count(&self, subscription: &Subscription, bytes: impl FnOnce() -> usize) -> Arc<Common> {
        let budget = &subscription.context.bounds().memory;
        Arc::clone(self.0.get_or_init(|| Arc::new(budget.hold(bytes()))))
    }
}

#[derive(Default)]
struct Letters {
    queue: VecDeque<Letter>,
    overflown: bool,
    shut: bool,
    close: Option<u16>,
}

struct Letter {
    stream: usize,
    content: Content,
}

enum Content {
    /// An event of a subscription. It waits while a request of its stream is answered.
    Event(Event),
    /// So many events of a subscription are left out here. It waits as they would.
    Dropped(u64, Arc<Subscription>),
    /// The last that a subscription is told. It waits as an event does.
    Last(Utf8Bytes),
    /// A frame of a request that runs, and what it makes the process hold.
    Ready(Utf8Bytes, Option<Held>),
}

struct Event {
    body: Arc<Body>,
    subscription: Arc<Subscription>,
    change: Option<(Arc<Change>, ChangeKind)>,
    /// What is counted for as long as it waits.
    _counted: (Counted, Arc<Common>),
}

/// A row of one subscription: the subscription, the model and the key.
type Row = (usize, usize, Bytes);

impl Event {
    /// Whose row it tells of.
    fn row(&self) -> Option<Row> {
        let (change, _) = self.change.as_ref()?;
        let model = std::ptr::from_ref(change.model()).addr();
        Some((Arc::as_ptr(&self.subscription).addr(), model, change.key_as_data()))
    }

    fn is_of_same_row(&self, other: &Self) -> bool {
        let (Some((change, _)), Some((other_change, _))) = (&self.change, &other.change) else {
            return false;
        };
        Arc::ptr_eq(&self.subscription, &other.subscription) && change.is_of_same_row(other_change)
    }

    /// This event as the only one, where an earlier one of its row was not sent. None: there is nothing to tell.
    fn after(mut self, earlier: Option<ChangeKind>) -> Option<Self> {
        use ChangeKind::{Created, Deleted, Updated};
        let Some((_, kind)) = &mut self.change else { return Some(self) };
        let told = match (earlier, *kind) {
            (None, kind) => kind,
            (Some(Created), Deleted) => return None,
            (Some(Created), _) => Created,
            (Some(Deleted), Created) => Updated,
            (Some(_), kind) => kind,
        };
        if told != *kind {
            *kind = told;
            self.body = self.body.with_action(told.into());
        }
        Some(self)
    }
}

impl Letters {
    /// Takes a letter, or does what its subscription wants when there is no place for it.
    fn push(&mut self, letter: Letter, limit: usize) {
        if self.queue.len() < limit {
            return self.queue.push_back(letter);
        }
        match letter.content {
            Content::Event(event) if event.subscription.overflow == Overflow::Drop => {
                self.drop(letter.stream, &event.subscription);
            }
            Content::Event(event) if event.subscription.overflow == Overflow::Coalesce => {
                self.merge(letter.stream, event, limit);
            }
            _ => self.overflow(),
        }
    }

    fn overflow(&mut self) {
        self.overflown = true;
        self.queue = VecDeque::new();
    }

    /// Makes one of an event and the one of its row that waits, if there is one; else of all others of one row.
    fn merge(&mut self, stream: usize, event: Event, limit: usize) {
        let waits = self.queue.iter().rposition(|letter| match &letter.content {
            Content::Event(other) => other.is_of_same_row(&event),
            _ => false,
        });
        let earlier = waits.and_then(|place| self.queue.remove(place));
        let earlier = earlier.and_then(|letter| match letter.content {
            Content::Event(Event { change, .. }) => change.map(|(_, kind)| kind),
            _ => None,
        });
        let Some(event) = event.after(earlier) else { return };
        if self.queue.len() >= limit {
            coalesce(&mut self.queue);
        }
        if self.queue.len() >= limit {
            return self.overflow();
        }
        self.queue.push_back(Letter { stream, content: Content::Event(event) });
    }

    /// Counts an event that is left out, at the place where it would be: there is one count for a subscription after
    /// its last event that waits, so that there are no more of them than subscriptions.
    fn drop(&mut self, stream: usize, subscription: &Arc<Subscription>) {
        for letter in self.queue.iter_mut().rev() {
            match &mut letter.content {
                Content::Dropped(count, own) if Arc::ptr_eq(own, subscription) => {
                    *count += 1;
                    return;
                }
                Content::Event(event) if Arc::ptr_eq(&event.subscription, subscription) => break,
                _ => {}
            }
        }
        let content = Content::Dropped(1, Arc::clone(subscription));
        self.queue.push_back(Letter { stream, content });
    }
}

/// What a connection finds in its mailbox.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Mail {
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
            unread: Arc::new(Unread { bytes: AtomicUsize::new(0), memory }),
            waker: AtomicWaker::new(),
        }
    }

    /// The connection's number.
    pub(crate) fn connection(&self) -> u64 {
        self.connection
    }

    /// Puts an event in; `change` is the change that it tells of, as what its subscriber sees it. `told` is the same for
    /// all who are told the same.
    pub(super) fn event(
        &self,
        body: &Arc<Body>,
        subscription: &Arc<Subscription>,
        change: Option<(Arc<Change>, ChangeKind)>,
        told: &Told,
    ) {
        let rows = || change.as_ref().map_or(0, |(change, _)| change.bytes());
        let common = told.count(subscription, || body.bytes() + rows());
        let event = Event {
            body: Arc::clone(body),
            subscription: Arc::clone(subscription),
            change,
            _counted: (self.unread.count(body.bytes()), common),
        };
        self.push(Letter { stream: subscription.seat.stream, content: Content::Event(event) });
    }

    /// Says that a subscription has ended, as its owner has no right to it any more.
    pub(super) fn refusal(&self, subscription: &Subscription, action: EventAction) {
        let action = format!("\"{}\"", action.as_str());
        let request_id = subscription.request_id.text();
        let envelope = Envelope { wrapper: subscription.seat.wrapper(), action: &action, request_id };
        let frame = sealed(envelope.failure(&Error::PermissionDenied));
        self.push(Letter { stream: subscription.seat.stream, content: Content::Last(frame) });
    }

    fn push(&self, letter: Letter) {
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
    fn limit_of(&self, letter: &Letter, waiting: usize) -> usize {
        let Content::Event(event) = &letter.content else { return self.limit };
        let crossed = if waiting >= self.limit {
            Limit::Events
        } else if waiting > 0 && self.unread.bytes.load(Ordering::Relaxed) > self.most_bytes {
            Limit::EventBytes
        } else {
            return self.limit;
        };
        event.subscription.context.bounds().stats.cross(crossed);
        waiting
    }

    /// Puts in what a request says while it runs.
    fn ready(&self, stream: usize, frame: Utf8Bytes) {
        let held = self.unread.memory.as_ref().map(|memory| memory.left(frame.len()));
        self.push(Letter { stream, content: Content::Ready(frame, held) });
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
        *self.letters() = Letters { shut: true, ..Letters::default() };
    }

    /// Whether it takes nothing more.
    pub(super) fn is_shut(&self) -> bool {
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
    pub(crate) fn trouble(&self) -> Option<Mail> {
        let letters = self.letters();
        if letters.overflown {
            return Some(Mail::Overflown);
        }
        let sent = !letters.queue.iter().any(|letter| matches!(letter.content, Content::Ready(..)));
        letters.close.filter(|_| sent).map(Mail::Close)
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

    fn letters(&self) -> MutexGuard<'_, Letters> {
        // Every edit leaves it whole.
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Letter {
    fn is_due(&self, is_busy: &impl Fn(usize) -> bool) -> bool {
        matches!(self.content, Content::Ready(..)) || !is_busy(self.stream)
    }

    /// The frame; none if its subscription is over.
    fn into_frame(self) -> Option<Utf8Bytes> {
        match self.content {
            // The queue that it comes into counts it from now on.
            Content::Ready(frame, _held) => Some(frame),
            Content::Last(frame) => Some(frame),
            Content::Dropped(_, subscription) if subscription.is_over() => None,
            Content::Dropped(count, subscription) => {
                let request_id = subscription.request_id.text();
                let envelope =
                    Envelope { wrapper: subscription.seat.wrapper(), action: "\"dropped\"", request_id };
                Some(sealed(envelope.reply(200, format!("{{\"count\":{count}}}").as_bytes())))
            }
            Content::Event(event) if event.subscription.is_over() => None,
            Content::Event(Event { body, subscription, .. }) => Some(match &*body {
                Body::Raw(json) => subscription.seat.framed(json),
                Body::Addressed(json) => {
                    subscription.seat.framed(&addressed(json, subscription.request_id.text()))
                }
                Body::Event { action, status, data } => {
                    let request_id = subscription.request_id.text();
                    let envelope = Envelope { wrapper: subscription.seat.wrapper(), action, request_id };
                    sealed(envelope.reply(*status, data))
                }
            }),
        }
    }
}

/// Makes one of all events of a row that wait for one subscription, where that is what it wants: at the place of the
/// last.
fn coalesce(queue: &mut VecDeque<Letter>) {
    let mut compact: VecDeque<Letter> = VecDeque::with_capacity(queue.len());
    let mut places: HashMap<Row, usize> = HashMap::new();
    let mut gone = HashSet::new();
    for letter in queue.drain(..) {
        let place = compact.len();
        let Content::Event(event) = letter.content else {
            compact.push_back(letter);
            continue;
        };
        let Some(row) = event.row().filter(|_| event.subscription.overflow == Overflow::Coalesce) else {
            compact.push_back(Letter { stream: letter.stream, content: Content::Event(event) });
            continue;
        };
        let earlier = places.insert(row.clone(), place).filter(|place| gone.insert(*place));
        let earlier = earlier.and_then(|place| match &compact.get(place)?.content {
            Content::Event(earlier) => earlier.change.as_ref().map(|(_, kind)| *kind),
            _ => None,
        });
        match event.after(earlier) {
            Some(event) => {
                compact.push_back(Letter { stream: letter.stream, content: Content::Event(event) });
            }
            None => drop(places.remove(&row)),
        }
    }
    let kept = compact.into_iter().enumerate().filter(|(place, _)| !gone.contains(place));
    *queue = kept.map(|(_, letter)| letter).collect();
}
