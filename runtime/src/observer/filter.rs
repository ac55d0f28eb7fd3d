//! Filtered subscriptions: the language of `list`, evaluated on the row itself.

use std::cmp::Ordering;

use super::ChangeKind;
use super::change::Change;
use crate::crud::{Filter, Lookup};
use crate::model::Row;
use crate::value::Value;

/// What a change that is told to a group as `kind` means to a subscriber of it who wants these rows alone. A row that
/// comes to match is new to them, one that does not any more is gone. None: nothing.
pub(crate) fn through(filters: &[Filter], change: &Change, kind: ChangeKind) -> Option<ChangeKind> {
    use ChangeKind::{Created, Deleted, Related, Updated};
    let after = change.after.as_ref().map(|row| matches(filters, row));
    let before = change.before.as_ref().map(|row| matches(filters, row));
    let (is, was) = (after.or(before)?, before.or(after)?);
    match (kind, was, is) {
        (Created, _, true) => Some(Created),
        (Deleted, true, _) => Some(Deleted),
        (Updated | Related, true, true) => Some(kind),
        (Updated | Related, false, true) => Some(Created),
        (Updated | Related, true, false) => Some(Deleted),
        _ => None,
    }
}

/// Whether a row has everything that is wanted. As in SQL, `null` compares with nothing.
fn matches(filters: &[Filter], row: &Row) -> bool {
    filters.iter().all(|filter| {
        let own = row.values().get(filter.reach.column).unwrap_or(&Value::Null);
        let first = filter.values.first().unwrap_or(&Value::Null);
        let order = |other: &Value| compare(own, other);
        match filter.lookup {
            Lookup::Eq if *first == Value::Null => *own == Value::Null,
            Lookup::Eq => order(first) == Some(Ordering::Equal),
            Lookup::In => filter.values.iter().any(|value| order(value) == Some(Ordering::Equal)),
            Lookup::Lt => order(first).is_some_and(Ordering::is_lt),
            Lookup::Lte => order(first).is_some_and(Ordering::is_le),
            Lookup::Gt => order(first).is_some_and(Ordering::is_gt),
            Lookup::Gte => order(first).is_some_and(Ordering::is_ge),
            Lookup::Range => {
                let last = filter.values.get(1).unwrap_or(&Value::Null);
                order(first).is_some_and(Ordering::is_ge) && order(last).is_some_and(Ordering::is_le)
            }
            Lookup::IsNull => (*own == Value::Null) == (*first == Value::Boolean(true)),
            Lookup::Contains => texts(own, first).is_some_and(|(own, part)| own.contains(part)),
            Lookup::StartsWith => texts(own, first).is_some_and(|(own, part)| own.starts_with(part)),
        }
    })
}

/// The order of two values of one column; none if one of them is `null`.
fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Boolean(a), Value::Boolean(b)) => Some(a.cmp(b)),
        (Value::Integer(a), Value::Integer(b)) => Some(a.cmp(b)),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Decimal(a), Value::Decimal(b)) => Some(a.cmp(b)),
        (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
        (Value::DateTime(a), Value::DateTime(b)) => Some(a.cmp(b)),
        (Value::Time(a), Value::Time(b)) => Some(a.cmp(b)),
        (Value::Duration(a), Value::Duration(b)) => Some(a.cmp(b)),
        (Value::Uuid(a), Value::Uuid(b)) => Some(a.cmp(b)),
        (Value::Bytes(a), Value::Bytes(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

fn texts<'a>(own: &'a Value, part: &'a Value) -> Option<(&'a str, &'a str)> {
    match (own, part) {
        (Value::Text(own), Value::Text(part)) => Some((own, part)),
        _ => None,
    }
}
