//! Publishes committed changes to subscribers: compares groups, and encodes each row once for each serializer.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::ends::with_ends;
use super::files::delete_files;
use super::registry::Hub;
use super::served::Observed;
use crate::app::dispatch::Dispatch;
use crate::app::projection::is_flat;
use crate::change::{Body, Change, ChangeKind, Entry, Message, Notice, RowEvent};
use crate::db::Db;
use crate::feed::broker::BrokerMessage;
use crate::feed::codec;
use crate::feed::groups::{diff, groups_of_row};
use crate::feed::visibility::render;
use crate::ground::error::Result;
use crate::ground::failure::{caught, cause};
use crate::ground::scalar::Json;
use crate::schema::meta::{GroupsMeta, SerializerMeta};
use crate::schema::row::Row;
use crate::wire::encode::json;

/// Publishes what was committed, in order. A failure for one observer is logged, and does not affect others.
pub(super) async fn publish(db: &Db, entries: Vec<Entry>) {
    for entry in with_ends(db, entries).await {
        match entry {
            Entry::Message(message) => send(db, vec![message]).await,
            Entry::Then(done) => done(),
            Entry::Change(change) => {
                let change: Arc<Change> = Arc::from(change);
                publish_change(db, Arc::clone(&change)).await;
                delete_files(db, &change);
            }
        }
    }
}

async fn publish_change(db: &Db, change: Arc<Change>) {
    let served = db.hub().served();
    let mut rendered = Rendered::default();
    for observed in served.of(change.model).filter(|observed| observed.meta.latest.is_none()) {
        if !db.listener().is_heard(observed.topic) {
            continue;
        }
        // The application determines groups: if it panics, only this observer does not send an event.
        match caught(messages(db, observed, &change, &mut rendered)).await.flatten() {
            Ok(messages) => send(db, messages).await,
            Err(error) => {
                let (stream, observer) = (observed.topic.stream, observed.topic.name);
                tracing::error!(error = %cause(&error), stream, observer, "an event was not sent");
            }
        }
    }
}

/// Sends messages to the other nodes, and to the subscribers of this node, which do not wait for the broker.
async fn send(db: &Db, messages: Vec<Message>) {
    let hub = db.hub();
    let others = async {
        if hub.broker().is_some() {
            hub.carry(hub.letters(&messages)).await;
        }
    };
    let own = async {
        for message in &messages {
            hub.deliver(message).await;
        }
    };
    tokio::join!(biased; others, own);
}

impl Hub {
    /// Encodes messages for the other nodes, with the next sequence numbers.
    fn letters(&self, messages: &[Message]) -> Vec<BrokerMessage> {
        let letter = |message: &Message| {
            let sequence = self.sequence.fetch_add(1, Ordering::Relaxed) + 1;
            codec::encode(self.node, sequence, message).unwrap_or_else(|error| {
                tracing::error!(%error, channel = &*message.channel, "an event for other nodes is not JSON");
                codec::missed(self.node, Some(std::slice::from_ref(&message.channel)))
            })
        };
        messages.iter().map(letter).collect()
    }
}

/// Returns the messages of one observer about a change: first those to the groups that the row has left, then those to
/// the groups in which it stays, then those to the groups that it has joined.
pub(super) async fn messages(
    db: &Db,
    observed: &Observed,
    change: &Arc<Change>,
    rendered: &mut Rendered,
) -> Result<Vec<Message>> {
    let meta = observed.meta;
    if change.kind == ChangeKind::Related && !meta.many_to_many {
        return Ok(Vec::new());
    }
    let before = match &change.before {
        Some(row) => Some(groups_of_row(observed, row).await?),
        None => None,
    };
    let after = match &change.after {
        Some(row) => Some(groups_of_row(observed, row).await?),
        None => None,
    };
    let told = diff(change.kind, before, after);
    let mut messages = Vec::with_capacity(told.len());
    for (kind, group) in told {
        let Some(body) = rendered.body(db, observed, change, kind).await? else { continue };
        let channel = observed.topic.channel(&group);
        messages.push(Message { channel, body, change: Some((rendered.carried(change), kind)) });
    }
    Ok(messages)
}

/// Returns the message of the application for an event.
async fn custom(
    observed: &Observed,
    change: &Change,
    kind: ChangeKind,
    status: u16,
    data: &[u8],
) -> Result<Option<Arc<Body>>> {
    let data = Json::trusted(String::from_utf8_lossy(data));
    let event = RowEvent { action: kind.into(), row: change.row().clone(), data, status };
    let body = match observed.dispatch.notice(observed.meta, event).await? {
        Notice::Event { action, status, data } => {
            let action = String::from_utf8_lossy(&json(&action)?).into_owned();
            Body::Event { action: Cow::Owned(action), status, data: Bytes::from(data.into_string()) }
        }
        Notice::Frame(json) => Body::Raw(Bytes::from(json.into_string())),
        Notice::Addressed(json) => Body::addressed(json.into_string().into())?,
        Notice::Nothing => return Ok(None),
    };
    Ok(Some(Arc::new(body)))
}

/// The encodings of one change: one per serializer, for all observers and groups.
#[derive(Default)]
pub(super) struct Rendered {
    rows: Vec<Shown>,
    key: Option<Bytes>,
    /// The change without write-only values.
    carried: Option<Arc<Change>>,
}

struct Shown {
    serializer: &'static SerializerMeta,
    consumer: Arc<dyn Dispatch>,
    data: Bytes,
}

impl Rendered {
    /// Returns the frame for the subscribers of an observer; `None` if there is no event.
    async fn body(
        &mut self,
        db: &Db,
        observed: &Observed,
        change: &Change,
        kind: ChangeKind,
    ) -> Result<Option<Arc<Body>>> {
        let instance = matches!(observed.meta.groups, GroupsMeta::Instance);
        // Who has lists of rows by their keys needs no more of one that is gone.
        let key_alone = instance || observed.meta.is_list();
        let (action, status) = match kind {
            ChangeKind::Created if instance => return Ok(None),
            ChangeKind::Created => ("\"create\"", 200),
            ChangeKind::Updated | ChangeKind::Related => ("\"update\"", 200),
            ChangeKind::Deleted if instance => ("\"delete\"", 204),
            ChangeKind::Deleted => ("\"delete\"", 200),
        };
        let data = match observed.meta.serializer {
            Some(serializer) if !(key_alone && kind == ChangeKind::Deleted) => {
                self.row(db, observed, serializer, change.row()).await?
            }
            _ => self.key(change),
        };
        if observed.meta.custom_message {
            return custom(observed, change, kind, status, &data).await;
        }
        Ok(Some(Arc::new(Body::Event { action: Cow::Borrowed(action), status, data })))
    }

    async fn row(
        &mut self,
        db: &Db,
        observed: &Observed,
        serializer: &'static SerializerMeta,
        row: &Row,
    ) -> Result<Bytes> {
        // Only method fields depend on the consumer.
        let same = |own: &Shown| {
            std::ptr::eq(own.serializer, serializer)
                && (is_flat(serializer) || Arc::ptr_eq(&own.consumer, &observed.dispatch))
        };
        if let Some(own) = self.rows.iter().find(|own| same(own)) {
            return Ok(own.data.clone());
        }
        let data = render(db, &*observed.dispatch, serializer, row).await?;
        let consumer = Arc::clone(&observed.dispatch);
        self.rows.push(Shown { serializer, consumer, data: data.clone() });
        Ok(data)
    }

    /// Returns the change in the form in which messages carry it.
    fn carried(&mut self, change: &Arc<Change>) -> Arc<Change> {
        Arc::clone(self.carried.get_or_insert_with(|| change.carried()))
    }

    /// Returns `{"pk": …}`.
    fn key(&mut self, change: &Change) -> Bytes {
        self.key.get_or_insert_with(|| change.key_as_data()).clone()
    }
}
