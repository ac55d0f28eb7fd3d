//! The queue of one mailbox, and its overflow policies.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use bytes::Bytes;

use super::cursor::Cursor;
use super::frames::{addressed, framed, sealed};
use super::recipient::Recipient;
use super::unread::Counted;
use crate::change::{Body, Change, ChangeKind, Mark};
use crate::ground::memory::{Common, Held};
use crate::schema::meta::Overflow;
use crate::wire::frame::Envelope;

#[derive(Default)]
pub(super) struct QueuedFrames {
    pub(super) queue: VecDeque<QueuedFrame>,
    pub(super) overflown: bool,
    pub(super) shut: bool,
    pub(super) close: Option<u16>,
    /// The position of the client, if it knows positions.
    pub(super) cursor: Option<Cursor>,
}

pub(super) struct QueuedFrame {
    pub(super) stream: usize,
    pub(super) content: Content,
}

pub(super) enum Content {
    /// An event of a subscription. It waits while a request of its stream is being answered.
    Event(Event),
    /// The number of events of a subscription that were dropped here. It waits like an event.
    Dropped(u64, Arc<Recipient>),
    /// The last frame of a subscription. It waits like an event.
    Last(Utf8Bytes),
    /// A frame of a request that runs, and its memory.
    Ready(Utf8Bytes, Option<Held>),
}

pub(super) struct Event {
    pub(super) body: Arc<Body>,
    pub(super) recipient: Arc<Recipient>,
    /// Further subscriptions of the connection to the group, which get the same frame.
    pub(super) others: Box<[Arc<Recipient>]>,
    pub(super) change: Option<(Arc<Change>, ChangeKind)>,
    /// What a client that knows positions is told of its place in the log.
    pub(super) mark: Option<Mark>,
    /// The counters of the frame, for as long as it waits.
    pub(super) _counted: (Counted, Arc<Common>),
}

/// The identity of a row in one subscription: the subscription, the model and the key.
type Row = (usize, usize, Bytes);

impl Event {
    /// Tells whether every subscription of the event has ended.
    fn is_over(&self) -> bool {
        self.recipient.is_over() && self.others.iter().all(|own| own.is_over())
    }

    /// Returns the row of the event.
    fn row(&self) -> Option<Row> {
        let (change, _) = self.change.as_ref()?;
        let model = std::ptr::from_ref(change.model()).addr();
        Some((Arc::as_ptr(&self.recipient).addr(), model, change.key_as_data()))
    }

    fn is_of_same_row(&self, other: &Self) -> bool {
        let (Some((change, _)), Some((other_change, _))) = (&self.change, &other.change) else {
            return false;
        };
        Arc::ptr_eq(&self.recipient, &other.recipient) && change.is_of_same_row(other_change)
    }

    /// Merges this event with an earlier one of its row that was not sent. `None` means that no event is left.
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

impl QueuedFrames {
    /// Tells whether there is a position to tell: everything up to it has left the queue.
    pub(super) fn has_position(&self) -> bool {
        self.queue.is_empty() && self.cursor.as_ref().is_some_and(Cursor::is_due)
    }

    /// Takes the frame of the position, if it may be told now.
    pub(super) fn take_position(&mut self) -> Option<Utf8Bytes> {
        if self.has_position() { self.cursor.as_mut()?.take() } else { None }
    }

    /// Adds a frame. If there is no place for it, applies the policy of its subscription.
    pub(super) fn push(&mut self, letter: QueuedFrame, limit: usize) {
        if self.queue.len() < limit {
            return self.queue.push_back(letter);
        }
        match letter.content {
            Content::Event(event) if event.recipient.overflow == Overflow::Drop => {
                self.drop(letter.stream, &event.recipient);
            }
            Content::Event(event) if event.recipient.overflow == Overflow::Coalesce => {
                self.merge(letter.stream, event, limit);
            }
            _ => self.overflow(),
        }
    }

    fn overflow(&mut self) {
        self.overflown = true;
        self.queue = VecDeque::new();
    }

    /// Merges an event with the waiting event of its row, if there is one. If there is no place for it then, merges the
    /// waiting events of each row.
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
        self.queue.push_back(QueuedFrame { stream, content: Content::Event(event) });
    }

    /// Counts a dropped event at its place: a subscription has one counter after its last waiting event, so that there
    /// are no more counters than subscriptions.
    fn drop(&mut self, stream: usize, recipient: &Arc<Recipient>) {
        for letter in self.queue.iter_mut().rev() {
            match &mut letter.content {
                Content::Dropped(count, own) if Arc::ptr_eq(own, recipient) => {
                    *count += 1;
                    return;
                }
                Content::Event(event) if Arc::ptr_eq(&event.recipient, recipient) => break,
                _ => {}
            }
        }
        let content = Content::Dropped(1, Arc::clone(recipient));
        self.queue.push_back(QueuedFrame { stream, content });
    }
}

impl QueuedFrame {
    pub(super) fn is_due(&self, is_busy: &impl Fn(usize) -> bool) -> bool {
        matches!(self.content, Content::Ready(..)) || !is_busy(self.stream)
    }

    /// Returns the frame; `None` if its subscription has ended.
    /// `greeted` tells whether the client knows positions.
    pub(super) fn into_frame(self, greeted: bool) -> Option<Utf8Bytes> {
        match self.content {
            // The queue that receives it counts it from now on.
            Content::Ready(frame, _held) => Some(frame),
            Content::Last(frame) => Some(frame),
            Content::Dropped(_, recipient) if recipient.is_over() => None,
            Content::Dropped(count, recipient) => {
                let request_id = recipient.request_id.text();
                let envelope = Envelope { wrapper: recipient.wrapper(), action: "\"dropped\"", request_id };
                Some(sealed(envelope.reply(200, format!("{{\"count\":{count}}}").as_bytes())))
            }
            Content::Event(event) if event.is_over() => None,
            Content::Event(Event { body, recipient, others, mark, .. }) => Some(match &*body {
                Body::Raw(json) => framed(recipient.wrapper.as_deref(), json),
                Body::Addressed(json) => {
                    let all = std::iter::once(&recipient).chain(&others).filter(|own| !own.is_over());
                    framed(recipient.wrapper.as_deref(), &addressed(json, all.map(|own| &own.request_id)))
                }
                Body::Event { action, status, data } => {
                    let request_id = recipient.request_id.text();
                    let envelope = Envelope { wrapper: recipient.wrapper(), action, request_id };
                    match mark.filter(|_| greeted) {
                        Some(mark) => sealed(envelope.marked(*status, data, &mark.to_string())),
                        None => sealed(envelope.reply(*status, data)),
                    }
                }
                Body::Member(change) => {
                    let request_id = recipient.request_id.text();
                    let envelope =
                        Envelope { wrapper: recipient.wrapper(), action: &change.action, request_id };
                    sealed(envelope.reply(200, &change.data()))
                }
            }),
        }
    }
}

/// Merges all waiting events of each row for each subscription with this policy, at the place of the last one.
fn coalesce(queue: &mut VecDeque<QueuedFrame>) {
    let mut compact: VecDeque<QueuedFrame> = VecDeque::with_capacity(queue.len());
    let mut places: HashMap<Row, usize> = HashMap::new();
    let mut gone = HashSet::new();
    for letter in queue.drain(..) {
        let place = compact.len();
        let Content::Event(event) = letter.content else {
            compact.push_back(letter);
            continue;
        };
        let Some(row) = event.row().filter(|_| event.recipient.overflow == Overflow::Coalesce) else {
            compact.push_back(QueuedFrame { stream: letter.stream, content: Content::Event(event) });
            continue;
        };
        let earlier = places.insert(row.clone(), place).filter(|place| gone.insert(*place));
        let earlier = earlier.and_then(|place| match &compact.get(place)?.content {
            Content::Event(earlier) => earlier.change.as_ref().map(|(_, kind)| *kind),
            _ => None,
        });
        match event.after(earlier) {
            Some(event) => {
                compact.push_back(QueuedFrame { stream: letter.stream, content: Content::Event(event) });
            }
            None => drop(places.remove(&row)),
        }
    }
    let kept = compact.into_iter().enumerate().filter(|(place, _)| !gone.contains(place));
    *queue = kept.map(|(_, letter)| letter).collect();
}
