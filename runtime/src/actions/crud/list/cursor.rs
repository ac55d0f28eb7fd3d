//! Pages by cursor (DRF's `CursorPagination`): an answer has the cursors of the next and the previous page.
//!
//! A cursor is a position in the order, not a row: it holds the values by which the row at the edge of a page is
//! ordered. So it stays valid when rows are created or deleted, including that row. It is base64url of a header and the
//! values as JSON. The header identifies the consumer and the order for which it was made, and a checksum detects
//! changes. It is not signed: a client with a forged cursor gets only rows that it could request anyway, and the values
//! are parsed by the types of their columns, and are parameters of the statement.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::input::ListInput;
use super::page;
use super::position::{Cursor, Position};
use super::query::{ListQuery, Term, Window};
use super::scope::ListScope;
use crate::app::dispatch::Reply;
use crate::app::projection::within_limit;
use crate::ground::error::{Error, Result};
use crate::schema::meta::is_integer_choice;
use crate::schema::meta::{ConsumerMeta, Kind, TypeMeta};
use crate::schema::value::Value;
use crate::wire::decode::{Reading, Shape, accept, items};

/// The first byte, which is the version of the format.
const VERSION: u8 = 1;
/// The number of bytes before the values: version, direction, the mark of the order, the checksum.
const HEAD: usize = 1 + 1 + MARK + MARK;
const MARK: usize = 4;

const BACKWARD: u8 = 1;
const INCLUSIVE: u8 = 2;

/// Answers with a page, and with the cursors of the next and the previous one.
pub(super) async fn answer(scope: ListScope<'_>, input: &ListInput, limit: u64) -> Result<Reply> {
    let (consumer, db) = (scope.consumer.meta(), scope.ctx.db());
    let limit = page::bounded(scope, limit, u64::MAX);
    let query = ListQuery::new(scope.bound, scope.within, input)?;
    let given = input.cursor.as_ref().map(|Cursor(position)| position);
    let window = Window { limit: Some(limit.saturating_add(1)), position: given, marked: true, offset: 0 };
    let mut rows = query.rows(db, window).await?;
    let more = rows.len() as u64 > limit;
    if more {
        rows.pop();
    }
    let backward = given.is_some_and(|position| position.backward);
    if backward {
        rows.reverse();
    }
    // The request had a position, so that there are, or were, rows on its other side.
    let edge = |values: Option<Vec<Value>>, backward: bool| match (values, given) {
        (Some(values), _) => Some(Position { values, backward, inclusive: false }),
        // The page is empty: the way back begins with the row at that position, if the page excluded it.
        (None, Some(given)) => {
            Some(Position { values: given.values.clone(), backward, inclusive: !given.inclusive })
        }
        (None, None) => None,
    };
    let next = (more || backward).then(|| edge(rows.last().map(|row| query.position(row)), false)).flatten();
    let has_previous = if backward { more } else { given.is_some() };
    let previous = has_previous.then(|| edge(rows.first().map(|row| query.position(row)), true)).flatten();
    let mut data = Vec::with_capacity(1024);
    data.extend_from_slice(b"{\"results\":");
    scope.show(&mut data, rows).await?;
    for (name, position) in [("next", next), ("previous", previous)] {
        let cursor = position.map(|position| write(consumer, &query.order, &position));
        // The alphabet of base64url needs no escapes.
        let text = cursor.map_or("null".to_owned(), |cursor| format!("\"{cursor}\""));
        data.extend_from_slice(format!(",\"{name}\":{text}").as_bytes());
    }
    data.push(b'}');
    Ok(Reply::new(200, within_limit(scope.ctx, data)?))
}

/// Parses the argument `cursor`.
///
/// # Errors
/// [`Error::Validation`] on `cursor` if it does not come from this consumer, or was made for another order.
pub(super) fn read(consumer: &'static ConsumerMeta, query: &ListQuery<'_>, raw: &RawValue) -> Result<Cursor> {
    let refused = |text: &str| Error::field("cursor", text);
    let Shape::Text(text) = Shape::of(raw) else { return Err(refused("Invalid cursor.")) };
    match decode(consumer, &query.order, &text) {
        Ok(position) => Ok(Cursor(position)),
        Err(Bad::Broken) => Err(refused("Invalid cursor.")),
        Err(Bad::OtherOrder) => Err(refused("Invalid cursor: it was made for another list or order.")),
    }
}

/// The reason why a text is not a valid cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bad {
    /// It is not a cursor, or it was changed.
    Broken,
    /// It was made for another consumer or order.
    OtherOrder,
}

/// Encodes a cursor.
fn write(consumer: &ConsumerMeta, order: &[Term], position: &Position) -> String {
    let mut values = vec![b'['];
    for (index, (term, value)) in order.iter().zip(&position.values).enumerate() {
        if index > 0 {
            values.push(b',');
        }
        crate::wire::encode::value(&mut values, &term.place.column.ty.without_file(), value);
    }
    values.push(b']');
    let direction =
        if position.backward { BACKWARD } else { 0 } | if position.inclusive { INCLUSIVE } else { 0 };
    let mark = mark(consumer, order);
    let mut bytes = vec![VERSION, direction];
    bytes.extend_from_slice(&mark);
    bytes.extend_from_slice(&checksum(direction, mark, &values));
    bytes.extend_from_slice(&values);
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode(consumer: &ConsumerMeta, order: &[Term], text: &str) -> Result<Position, Bad> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Bad::Broken)?;
    let (head, values) = bytes.split_at_checked(HEAD).ok_or(Bad::Broken)?;
    let [VERSION, direction, a, b, c, d, sum @ ..] = head else { return Err(Bad::Broken) };
    let (direction, found) = (*direction, [*a, *b, *c, *d]);
    if checksum(direction, found, values) != sum || direction & !(BACKWARD | INCLUSIVE) != 0 {
        return Err(Bad::Broken);
    }
    if found != mark(consumer, order) {
        return Err(Bad::OtherOrder);
    }
    let raw: &RawValue = serde_json::from_slice(values).map_err(|_| Bad::Broken)?;
    let raws = items(raw).filter(|raws| raws.len() == order.len()).ok_or(Bad::Broken)?;
    let values =
        order.iter().zip(raws).map(|(term, raw)| read_value(term, raw)).collect::<Result<_, Bad>>()?;
    Ok(Position { values, backward: direction & BACKWARD != 0, inclusive: direction & INCLUSIVE != 0 })
}

/// Parses a value of a column without the column's rules, because it was stored.
fn read_value(term: &Term, raw: &RawValue) -> Result<Value, Bad> {
    let kind = match term.place.column.ty.kind {
        Kind::Choice(choices) if is_integer_choice(choices) => Kind::Integer,
        Kind::Choice(_) => Kind::Text,
        kind if kind.is_text() => Kind::Text,
        kind => kind,
    };
    if matches!(Shape::of(raw), Shape::Null) {
        return if term.place.is_nullable() { Ok(Value::Null) } else { Err(Bad::Broken) };
    }
    let value = accept(&TypeMeta::plain(kind), raw, Reading::COERCED).map_err(|_| Bad::Broken)?;
    if value == Value::Null { Err(Bad::Broken) } else { Ok(value) }
}

/// Returns a mark that distinguishes lists and orders.
fn mark(consumer: &ConsumerMeta, order: &[Term]) -> [u8; MARK] {
    let mut hash = Sha256::new();
    hash.update(consumer.name);
    for term in order {
        hash.update(if term.descending { "\0-" } else { "\0" });
        hash.update(format!("{:?}{}\0", term.reach.path, term.reach.column));
        hash.update(term.place.column.name);
    }
    first(&hash.finalize())
}

fn checksum(direction: u8, mark: [u8; MARK], values: &[u8]) -> [u8; MARK] {
    let mut hash = Sha256::new();
    hash.update([VERSION, direction]);
    hash.update(mark);
    hash.update(values);
    first(&hash.finalize())
}

fn first(digest: &[u8]) -> [u8; MARK] {
    let mut bytes = [0; MARK];
    bytes.copy_from_slice(&digest[..MARK]);
    bytes
}
