//! A condition judged in memory, as the databases judge it: the one place where values are compared.

use std::cmp::Ordering;

use super::tree::{Condition, Lookup};
use crate::schema::meta::ColumnMeta;
use crate::schema::row::Row;
use crate::schema::value::Value;

/// The truth of SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    False,
    /// Because of a `null`.
    Unknown,
    True,
    /// It takes a query to tell.
    Elsewhere,
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl Truth {
    /// That of the contrary.
    pub(crate) fn negated(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            other => other,
        }
    }
}

/// What a row has for which there is none: every column of it is `null`.
static NO_ROW: Row = Row::empty();

impl Condition {
    /// Whether a row of the model has it; none if only a query can tell, as it is about other rows, or
    /// about an order that is the database's.
    pub fn matches(&self, row: &Row) -> Option<bool> {
        match self.truth(row) {
            Truth::True => Some(true),
            Truth::False | Truth::Unknown => Some(false),
            Truth::Elsewhere => None,
        }
    }

    /// Whether memory can judge it whatever the row is.
    pub(crate) fn is_of_the_row_alone(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().all(Self::is_of_the_row_alone),
            Self::Not(part) => part.is_of_the_row_alone(),
            Self::Compare { model, column, lookup, .. } => {
                !is_compared_elsewhere(&model.columns[*column], *lookup)
            }
            Self::Related { .. } | Self::Outer { .. } => self.is_none() || self.is_all(),
        }
    }

    /// What it is of a row, as far as memory can tell.
    pub(crate) fn truth(&self, row: &Row) -> Truth {
        match self {
            Self::All(parts) => joined(parts.iter().map(|part| part.truth(row)), Truth::True),
            Self::Any(parts) => joined(parts.iter().map(|part| part.truth(row)), Truth::False),
            Self::Not(part) => part.truth(row).negated(),
            Self::Compare { model, column, lookup, values } => {
                let value = row.values().get(*column).unwrap_or(&Value::Null);
                compared(&model.columns[*column], *lookup, value, values)
            }
            Self::Related { column, condition, .. } => match row.values().get(*column) {
                None | Some(Value::Null) => Truth::False,
                Some(_) if condition.is_none() => Truth::False,
                Some(_) => Truth::Elsewhere,
            },
            Self::Outer { column, condition, .. } => match row.values().get(*column) {
                None | Some(Value::Null) => condition.truth(&NO_ROW),
                Some(_) if condition.is_all() => Truth::True,
                Some(_) if condition.is_none() => Truth::False,
                Some(_) => Truth::Elsewhere,
            },
        }
    }
}

/// The truth of parts that are joined: `neutral` in all of them is the outcome, its contrary in one of them decides.
/// What only a query can tell prevails over what is unknown, as it may decide.
pub(super) fn joined(parts: impl Iterator<Item = Truth>, neutral: Truth) -> Truth {
    let mut outcome = neutral;
    for truth in parts {
        match truth {
            truth if truth == neutral.negated() => return truth,
            Truth::Elsewhere => outcome = Truth::Elsewhere,
            Truth::Unknown if outcome != Truth::Elsewhere => outcome = Truth::Unknown,
            _ => {}
        }
    }
    outcome
}

fn compared(column: &ColumnMeta, lookup: Lookup, value: &Value, with: &[Value]) -> Truth {
    let other = with.first().unwrap_or(&Value::Null);
    // Whoever asks a query learns that the row does not have it.
    if let Value::Absent(_) = value {
        return Truth::Elsewhere;
    }
    match lookup {
        Lookup::IsNull => return (*value == Value::Null).into(),
        // Of no values there is nothing to compare with, not even for a `null`.
        Lookup::In if with.is_empty() => return Truth::False,
        _ if *value == Value::Null => return Truth::Unknown,
        Lookup::In => return is_in(value, with),
        _ if *other == Value::Null => return Truth::Unknown,
        _ => {}
    }
    if is_compared_elsewhere(column, lookup) {
        return Truth::Elsewhere;
    }
    let ordering = || order(value, other);
    match lookup {
        Lookup::Eq => (ordering() == Some(Ordering::Equal)).into(),
        Lookup::Ne => (ordering() != Some(Ordering::Equal)).into(),
        Lookup::Lt => ordering().is_some_and(Ordering::is_lt).into(),
        Lookup::Lte => ordering().is_some_and(Ordering::is_le).into(),
        Lookup::Gt => ordering().is_some_and(Ordering::is_gt).into(),
        Lookup::Gte => ordering().is_some_and(Ordering::is_ge).into(),
        Lookup::Contains | Lookup::StartsWith => match (value, other) {
            (Value::Text(text), Value::Text(part)) if lookup == Lookup::Contains => {
                text.contains(part).into()
            }
            (Value::Text(text), Value::Text(part)) => text.starts_with(part).into(),
            _ => Truth::False,
        },
        Lookup::In | Lookup::IsNull => unreachable!("invariant: answered above"),
    }
}

/// Whether it is about an order that only the database knows.
fn is_compared_elsewhere(column: &ColumnMeta, lookup: Lookup) -> bool {
    let of_order = matches!(lookup, Lookup::Lt | Lookup::Lte | Lookup::Gt | Lookup::Gte);
    of_order && column.is_ordered_by_database()
}

fn is_in(value: &Value, with: &[Value]) -> Truth {
    if with.iter().any(|other| order(value, other) == Some(Ordering::Equal)) {
        return Truth::True;
    }
    if with.contains(&Value::Null) { Truth::Unknown } else { Truth::False }
}

/// The order of two values of one column; none: they cannot be compared.
fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Boolean(a), Value::Boolean(b)) => Some(a.cmp(b)),
        (Value::Integer(a), Value::Integer(b)) => Some(a.cmp(b)),
        // A number that is none, which only PostgreSQL can hold and nobody asks for, is the greatest there.
        (Value::Float(a), Value::Float(b)) => Some(a.partial_cmp(b).unwrap_or(a.is_nan().cmp(&b.is_nan()))),
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
