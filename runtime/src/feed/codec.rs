//! The encoding of messages between nodes: JSON text, with a version.
//!
//! It is JSON and not a binary form, because the content of a message is JSON already and is copied into it unchanged,
//! and because notifications of PostgreSQL are text: a binary form would have to be escaped there, and grow by a third.

use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::change::{Body, Change, ChangeKind, MemberChange, Message, Watched};
use crate::feed::broker::BrokerMessage;
use crate::ground::scalar::{Bytes, DateTime, Duration, Json};
use crate::schema::meta::ModelMeta;
use crate::schema::row::Row;
use crate::schema::value::{Object, Value};

/// The channel on which nodes report what could not be sent. Observers' channels have slashes in their names, so the
/// name is unique.
pub(super) const CONTROL: &str = "control";

/// The version of the encoding. Messages of another version cannot be decoded, which is reported to subscribers.
const VERSION: u8 = 1;

/// The content of a node's message to the others.
#[derive(Debug)]
pub(super) enum Said {
    /// A message to the subscribers of its channel.
    Message(Message),
    /// The subscribers of these channels, or of all channels if `None`, have missed something.
    Missed(Option<Vec<String>>),
}

/// A message with its node and its sequence number.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) node: u64,
    /// The number, from 1; 0 means that it may be delivered more than once.
    pub(super) sequence: u64,
    /// The content; `None` if the node itself has sent it.
    pub(super) said: Option<Said>,
}

/// The reason why a message cannot be decoded.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("it is not of this form: {0}")]
    Form(#[from] serde_json::Error),
    #[error("it is of version {0}, and this node knows {VERSION}")]
    Version(u8),
    #[error("this node has no observed model {0:?} with as many columns")]
    Model(String),
    #[error("one of its values cannot be decoded")]
    Value,
}

#[derive(Deserialize)]
struct Header {
    v: u8,
    node: u64,
}

#[derive(Serialize, Deserialize)]
struct Frame<'a> {
    v: u8,
    node: u64,
    seq: u64,
    #[serde(borrow)]
    said: Content<'a>,
}

#[derive(Serialize, Deserialize)]
enum Content<'a> {
    #[serde(rename = "event", borrow)]
    Event(Event<'a>),
    #[serde(rename = "raw", borrow)]
    Raw(RawFrame<'a>),
    #[serde(rename = "member", borrow)]
    Member(Member<'a>),
    #[serde(rename = "missed")]
    Missed(Option<Vec<String>>),
}

#[derive(Serialize, Deserialize)]
struct Member<'a> {
    channel: String,
    #[serde(borrow)]
    action: &'a RawValue,
    key: String,
    #[serde(borrow)]
    payload: &'a RawValue,
    present: bool,
}

#[derive(Serialize, Deserialize)]
struct Event<'a> {
    channel: String,
    #[serde(borrow)]
    action: &'a RawValue,
    status: u16,
    #[serde(borrow)]
    data: &'a RawValue,
    change: Option<Told>,
}

#[derive(Serialize, Deserialize)]
struct RawFrame<'a> {
    channel: String,
    #[serde(borrow)]
    frame: &'a RawValue,
    /// Whether each subscriber gets it with its own request ids.
    addressed: bool,
    /// The change, for the checks of subscribers.
    change: Option<Told>,
}

/// A change, with which other nodes can check whether their subscribers may see it, and whether their filters match.
#[derive(Serialize, Deserialize)]
struct Told {
    table: String,
    kind: Kind,
    /// The kind of the change for the group.
    told: Kind,
    before: Option<Vec<Cell>>,
    after: Option<Vec<Cell>>,
    last: Option<Vec<Cell>>,
}

#[derive(Serialize, Deserialize, Clone, Copy)]
enum Kind {
    #[serde(rename = "c")]
    Created,
    #[serde(rename = "u")]
    Updated,
    #[serde(rename = "d")]
    Deleted,
    #[serde(rename = "r")]
    Related,
}

/// A value whose type is kept. Scalars with an exact text are encoded as this text, floats as their bits.
#[derive(Serialize, Deserialize)]
enum Cell {
    #[serde(rename = "n")]
    Null,
    #[serde(rename = "b")]
    Boolean(bool),
    #[serde(rename = "i")]
    Integer(i64),
    #[serde(rename = "f")]
    Float(u64),
    #[serde(rename = "t")]
    Text(String),
    #[serde(rename = "d")]
    Decimal(String),
    #[serde(rename = "day")]
    Date(String),
    #[serde(rename = "at")]
    DateTime(i64),
    #[serde(rename = "time")]
    Time(String),
    #[serde(rename = "for")]
    Duration(i128),
    #[serde(rename = "uuid")]
    Uuid(String),
    #[serde(rename = "bytes")]
    Bytes(String),
    #[serde(rename = "json")]
    Json(Box<RawValue>),
    #[serde(rename = "list")]
    List(Vec<Cell>),
    #[serde(rename = "map")]
    Map(Vec<(String, Cell)>),
    #[serde(rename = "object")]
    Object(Vec<Option<Cell>>, Vec<(String, Cell)>),
    #[serde(rename = "form")]
    Variant(usize, Box<Cell>),
    /// A write-only value, which is not sent.
    #[serde(rename = "x")]
    Absent,
}

/// Encodes a message to the other nodes.
///
/// # Errors
/// Its content is not JSON, which is a bug of the code that encoded it.
pub(super) fn encode(
    node: u64,
    sequence: u64,
    message: &Message,
) -> Result<BrokerMessage, serde_json::Error> {
    let channel = message.channel.to_string();
    let change = message.change.as_ref().map(|(change, told)| tell(change, *told)).transpose()?;
    let said = match &*message.body {
        Body::Raw(frame) | Body::Addressed(frame) => {
            let addressed = matches!(&*message.body, Body::Addressed(_));
            Content::Raw(RawFrame { channel, frame: serde_json::from_slice(frame)?, addressed, change })
        }
        Body::Event { action, status, data } => {
            let (action, data) = (serde_json::from_str(action)?, serde_json::from_slice(data)?);
            Content::Event(Event { channel, action, status: *status, data, change })
        }
        Body::Member(MemberChange { action, key, payload, present }) => {
            let (action, payload) = (serde_json::from_str(action)?, serde_json::from_str(payload)?);
            Content::Member(Member { channel, action, key: key.clone(), payload, present: *present })
        }
    };
    let bytes = serde_json::to_vec(&Frame { v: VERSION, node, seq: sequence, said })?.into();
    Ok(BrokerMessage { channel: Arc::clone(&message.channel), bytes })
}

/// Encodes a report that the subscribers of these channels, or of all channels if `None`, have missed something. It may
/// be delivered more than once.
pub(super) fn missed(node: u64, channels: Option<&[Arc<str>]>) -> BrokerMessage {
    let channels = channels.map(|channels| channels.iter().map(|channel| channel.to_string()).collect());
    let frame = Frame { v: VERSION, node, seq: 0, said: Content::Missed(channels) };
    // Texts and numbers can always be written; an empty message could not be decoded, which has the same effect.
    BrokerMessage { channel: CONTROL.into(), bytes: serde_json::to_vec(&frame).unwrap_or_default().into() }
}

/// Decodes a message of `own` or another node.
///
/// # Errors
/// [`Unreadable`] if it is of another version, or of another program.
pub(super) fn decode(text: &str, own: u64, watched: &Watched) -> Result<Heard, Unreadable> {
    // A later version may have any form except for these two fields.
    let header: Header = serde_json::from_str(text)?;
    if header.v != VERSION {
        return Err(Unreadable::Version(header.v));
    }
    if header.node == own {
        return Ok(Heard { node: own, sequence: 0, said: None });
    }
    let Frame { node, seq: sequence, said, .. } = serde_json::from_str(text)?;
    let bytes = |raw: &RawValue| bytes::Bytes::copy_from_slice(raw.get().as_bytes());
    let said = match said {
        Content::Missed(channels) => Said::Missed(channels),
        Content::Raw(RawFrame { channel, frame, addressed, change }) => {
            let change = change.map(|told| hear(told, watched)).transpose()?;
            let frame = bytes(frame);
            let body = if addressed { Body::Addressed(frame) } else { Body::Raw(frame) };
            Said::Message(Message { channel: channel.into(), body: Arc::new(body), change })
        }
        Content::Event(event) => {
            let change = event.change.map(|told| hear(told, watched)).transpose()?;
            let action = Cow::Owned(event.action.get().to_owned());
            let body = Body::Event { action, status: event.status, data: bytes(event.data) };
            Said::Message(Message { channel: event.channel.into(), body: Arc::new(body), change })
        }
        Content::Member(Member { channel, action, key, payload, present }) => {
            let (action, payload) = (action.get().to_owned(), payload.get().to_owned());
            let body = Body::Member(MemberChange { action, key, payload, present });
            Said::Message(Message { channel: channel.into(), body: Arc::new(body), change: None })
        }
    };
    Ok(Heard { node, sequence, said: Some(said) })
}

fn tell(change: &Change, told: ChangeKind) -> Result<Told, serde_json::Error> {
    let cells = |row: Option<&Row>| row.map(|row| row.values().iter().map(cell).collect()).transpose();
    Ok(Told {
        table: change.model.table.to_owned(),
        kind: change.kind.into(),
        told: told.into(),
        before: cells(change.before.as_ref())?,
        after: cells(change.after.as_ref())?,
        last: cells(change.last())?,
    })
}

fn hear(told: Told, watched: &Watched) -> Result<(Arc<Change>, ChangeKind), Unreadable> {
    let Some(model) = watched.model(&told.table) else { return Err(Unreadable::Model(told.table)) };
    let row = |cells: Option<Vec<Cell>>| cells.map(|cells| row(model, cells)).transpose();
    let (before, after, last) = (row(told.before)?, row(told.after)?, row(told.last)?);
    Ok((Arc::new(Change::of_parts(model, told.kind.into(), before, after, last)), told.told.into()))
}

fn row(model: &'static ModelMeta, cells: Vec<Cell>) -> Result<Row, Unreadable> {
    if cells.len() != model.columns.len() {
        return Err(Unreadable::Model(model.table.to_owned()));
    }
    let row = Row::new(cells.into_iter().map(value).collect::<Result<_, _>>()?);
    // Write-only values are removed again, independently of the sender.
    Ok(row.without_secrets(model))
}

fn cell(value: &Value) -> Result<Cell, serde_json::Error> {
    let entries = |entries: &[(String, Value)]| {
        entries.iter().map(|(key, value)| Ok((key.clone(), cell(value)?))).collect::<Result<Vec<_>, _>>()
    };
    Ok(match value {
        Value::Null => Cell::Null,
        Value::Boolean(value) => Cell::Boolean(*value),
        Value::Integer(value) => Cell::Integer(*value),
        Value::Float(value) => Cell::Float(value.to_bits()),
        Value::Text(value) => Cell::Text(value.clone()),
        Value::Decimal(value) => Cell::Decimal(value.to_string()),
        Value::Date(value) => Cell::Date(value.to_string()),
        Value::DateTime(value) => Cell::DateTime(value.as_micros()),
        Value::Time(value) => Cell::Time(value.to_string()),
        Value::Duration(value) => Cell::Duration(value.as_micros()),
        Value::Uuid(value) => Cell::Uuid(value.to_string()),
        Value::Bytes(value) => Cell::Bytes(BASE64.encode(value.as_slice())),
        Value::Json(value) => Cell::Json(RawValue::from_string(value.as_str().to_owned())?),
        Value::List(items) => Cell::List(items.iter().map(cell).collect::<Result<_, _>>()?),
        Value::Map(own) => Cell::Map(entries(own)?),
        Value::Object(object) => {
            let slots = object.slots().iter().map(|slot| slot.as_ref().map(cell).transpose());
            Cell::Object(slots.collect::<Result<_, _>>()?, entries(object.additional())?)
        }
        Value::Variant(index, value) => Cell::Variant(*index, Box::new(cell(value)?)),
        Value::Absent(_) => Cell::Absent,
    })
}

fn value(cell: Cell) -> Result<Value, Unreadable> {
    let entries = |entries: Vec<(String, Cell)>| {
        entries.into_iter().map(|(key, cell)| Ok((key, value(cell)?))).collect::<Result<Vec<_>, Unreadable>>()
    };
    fn parse<T: std::str::FromStr>(text: &str) -> Result<T, Unreadable> {
        text.parse().map_err(|_| Unreadable::Value)
    }
    Ok(match cell {
        // The column tells which of the two it is.
        Cell::Null | Cell::Absent => Value::Null,
        Cell::Boolean(value) => Value::Boolean(value),
        Cell::Integer(value) => Value::Integer(value),
        Cell::Float(bits) => Value::Float(f64::from_bits(bits)),
        Cell::Text(value) => Value::Text(value),
        Cell::Decimal(text) => Value::Decimal(parse(&text)?),
        Cell::Date(text) => Value::Date(parse(&text)?),
        Cell::DateTime(micros) => Value::DateTime(DateTime::from_micros(micros).ok_or(Unreadable::Value)?),
        Cell::Time(text) => Value::Time(parse(&text)?),
        Cell::Duration(micros) => Value::Duration(Duration::of_micros(micros).ok_or(Unreadable::Value)?),
        Cell::Uuid(text) => Value::Uuid(parse(&text)?),
        Cell::Bytes(text) => Value::Bytes(Bytes::new(BASE64.decode(text).map_err(|_| Unreadable::Value)?)),
        Cell::Json(json) => Value::Json(Json::trusted(Box::<str>::from(json))),
        Cell::List(items) => Value::List(items.into_iter().map(value).collect::<Result<_, _>>()?),
        Cell::Map(own) => Value::Map(entries(own)?),
        Cell::Object(slots, additional) => {
            let mut object = Object::empty(slots.len());
            for (index, slot) in slots.into_iter().enumerate() {
                object.set_some(index, slot.map(value).transpose()?);
            }
            entries(additional)?.into_iter().for_each(|(key, value)| object.add(key, value));
            Value::Object(object)
        }
        Cell::Variant(index, cell) => Value::Variant(index, Box::new(value(*cell)?)),
    })
}

impl From<ChangeKind> for Kind {
    fn from(kind: ChangeKind) -> Self {
        match kind {
            ChangeKind::Created => Self::Created,
            ChangeKind::Updated => Self::Updated,
            ChangeKind::Deleted => Self::Deleted,
            ChangeKind::Related => Self::Related,
        }
    }
}

impl From<Kind> for ChangeKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Created => Self::Created,
            Kind::Updated => Self::Updated,
            Kind::Deleted => Self::Deleted,
            Kind::Related => Self::Related,
        }
    }
}

#[cfg(test)]
mod tests;
