//! Evaluates a condition in memory, with the same result as the databases: the only place where values are compared.

use std::cmp::Ordering;

use super::tree::{Condition, Lookup};
use crate::schema::meta::ColumnMeta;
use crate::schema::row::Row;
use crate::schema::value::Value;

/// The truth values of SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    False,
    /// Unknown because of a `null`.
    Unknown,
    True,
    /// Only a query can tell.
    Elsewhere,
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl Truth {
    /// Returns the truth value of the negation.
    pub(crate) fn negated(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            other => other,
        }
    }

    /// Returns the truth value of `IS NOT TRUE`.
    pub(crate) fn is_not_true(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False | Self::Unknown => Self::True,
            Self::Elsewhere => Self::Elsewhere,
        }
    }
}

/// The row for a missing row: every column of it is `null`.
static NO_ROW: Row = Row::empty();

impl Condition {
    /// Tells whether a row of the model satisfies the condition; `None` if only a query can tell, because the condition
    /// concerns other rows or an order that only the database knows.
    pub fn matches(&self, row: &Row) -> Option<bool> {
        match self.truth(row) {
            Truth::True => Some(true),
            Truth::False | Truth::Unknown => Some(false),
            Truth::Elsewhere => None,
        }
    }

    /// Tells whether it can be evaluated in memory for every row.
    pub(crate) fn is_of_the_row_alone(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().all(Self::is_of_the_row_alone),
            Self::Not(part) | Self::Untrue(part) => part.is_of_the_row_alone(),
            Self::Compare { model, column, lookup, .. } => {
                !is_compared_elsewhere(&model.columns[*column], *lookup)
            }
            Self::CompareColumns { model, column, lookup, .. } => {
                !is_compared_elsewhere(&model.columns[*column], *lookup)
            }
            Self::Related { .. } | Self::Outer { .. } | Self::ToMany { .. } => {
                self.is_none() || self.is_all()
            }
        }
    }

    /// Evaluates it for a row, as far as that is possible in memory.
    pub(crate) fn truth(&self, row: &Row) -> Truth {
        match self {
            Self::All(parts) => joined(parts.iter().map(|part| part.truth(row)), Truth::True),
            Self::Any(parts) => joined(parts.iter().map(|part| part.truth(row)), Truth::False),
            Self::Not(part) => part.truth(row).negated(),
            Self::Compare { model, column, lookup, values } => {
                let value = row.values().get(*column).unwrap_or(&Value::Null);
                compared(&model.columns[*column], *lookup, value, values)
            }
            Self::CompareColumns { model, column, lookup, other } => {
                let [value, other] = [column, other].map(|index| row.get(*index));
                match other {
                    Value::Absent(_) => Truth::Elsewhere,
                    other => compared(&model.columns[*column], *lookup, value, std::slice::from_ref(other)),
                }
            }
            Self::Related { model, step, condition } => match row.values().get(step.from(model)) {
                None | Some(Value::Null) => Truth::False,
                Some(_) if condition.is_none() => Truth::False,
                Some(_) => Truth::Elsewhere,
            },
            Self::Outer { model, step, condition } => match row.values().get(step.from(model)) {
                None | Some(Value::Null) => condition.truth(&NO_ROW),
                Some(_) if condition.is_all() => Truth::True,
                Some(_) if condition.is_none() => Truth::False,
                Some(_) => Truth::Elsewhere,
            },
            Self::ToMany { model, condition, .. } => match row.values().get(model.key) {
                None | Some(Value::Null) => Truth::False,
                Some(_) if condition.is_none() => Truth::False,
                Some(_) => Truth::Elsewhere,
            },
            Self::Untrue(part) => part.truth(row).is_not_true(),
        }
    }
}

/// Evaluates joined parts: if all parts are `neutral`, so is the result, and the opposite in one of them decides. A
/// part that only a query can tell prevails over unknown ones, because it may decide.
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
    // A query finds that the row does not match.
    if let Value::Absent(_) = value {
        return Truth::Elsewhere;
    }
    match lookup {
        Lookup::IsNull => return (*value == Value::Null).into(),
        // Without values there is no comparison, not even for a `null`.
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

/// Tells whether it depends on an order that only the database knows.
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

/// Compares two values of one column; returns `None` if they cannot be compared.
fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Boolean(a), Value::Boolean(b)) => Some(a.cmp(b)),
        (Value::Integer(a), Value::Integer(b)) => Some(a.cmp(b)),
        // NaN, which only PostgreSQL can store and no filter can contain, is greater than every number there.
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
