//! Comparisons with values that a column cannot hold, lowered to their results for the values that it can hold. So no
//! database gets a value that it cannot represent, and both databases answer alike.

use super::tree::{Condition, Lookup};
use crate::ground::scalar::{Decimal, MAX_SCALED_DIGITS};
use crate::schema::meta::{Kind, ModelMeta};
use crate::schema::value::Value;

impl Condition {
    /// Compares a column with one value.
    ///
    /// A decimal with more places than the column has lies between two of its values; one that is too large is greater
    /// than all of them; NaN is not equal to anything, and neither less nor greater.
    pub(crate) fn compare(model: &'static ModelMeta, column: usize, lookup: Lookup, value: Value) -> Self {
        match (&model.columns[column].ty.kind, &value) {
            (_, Value::Float(number)) if number.is_nan() => {
                Self::settled(model, column, lookup == Lookup::Ne)
            }
            (Kind::Decimal { max_digits, decimal_places }, Value::Decimal(number)) => {
                let places = Places { most: *max_digits, after_point: *decimal_places };
                Self::compare_decimal(model, column, lookup, *number, places)
            }
            _ => Self::Compare { model, column, lookup, values: vec![value] },
        }
    }

    fn compare_decimal(
        model: &'static ModelMeta,
        column: usize,
        lookup: Lookup,
        number: Decimal,
        places: Places,
    ) -> Self {
        let settled = |holds| Self::settled(model, column, holds);
        if places.has(number) {
            return Self::Compare { model, column, lookup, values: vec![number.into()] };
        }
        let below = number.floor(places.after_point);
        if below != number {
            return match lookup {
                Lookup::Lt | Lookup::Lte => Self::compare_decimal(model, column, Lookup::Lte, below, places),
                Lookup::Gt | Lookup::Gte => Self::compare_decimal(model, column, Lookup::Gt, below, places),
                _ => settled(lookup == Lookup::Ne),
            };
        }
        let above_all = number > Decimal::default();
        settled(match lookup {
            Lookup::Lt | Lookup::Lte => above_all,
            Lookup::Gt | Lookup::Gte => !above_all,
            _ => lookup == Lookup::Ne,
        })
    }

    /// Returns the condition that a column is `null`.
    pub(crate) fn is_null(model: &'static ModelMeta, column: usize) -> Self {
        Self::Compare { model, column, lookup: Lookup::IsNull, values: Vec::new() }
    }

    /// Returns the condition that a column is one of several values.
    pub(crate) fn one_of(model: &'static ModelMeta, column: usize, mut values: Vec<Value>) -> Self {
        let some = !values.is_empty();
        let kind = &model.columns[column].ty.kind;
        values.retain(|value| match (kind, value) {
            (_, Value::Float(number)) => !number.is_nan(),
            (Kind::Decimal { max_digits, decimal_places }, Value::Decimal(number)) => {
                Places { most: *max_digits, after_point: *decimal_places }.has(*number)
            }
            _ => true,
        });
        if some && values.is_empty() {
            return Self::settled(model, column, false);
        }
        Self::Compare { model, column, lookup: Lookup::In, values }
    }

    /// Returns the same comparison without U+0000, which no text of PostgreSQL contains; `None` if it has none.
    pub(crate) fn without_nul(
        model: &'static ModelMeta,
        column: usize,
        lookup: Lookup,
        values: &[Value],
    ) -> Option<Self> {
        let before_nul = |value: &Value| match value {
            Value::Text(text) => text.split_once('\0').map(|(before, _)| before.to_owned()),
            _ => None,
        };
        let before = values.iter().find_map(before_nul)?;
        let compare = |lookup, values| Self::Compare { model, column, lookup, values };
        Some(match lookup {
            Lookup::In => {
                let values: Vec<Value> =
                    values.iter().filter(|value| before_nul(value).is_none()).cloned().collect();
                match values.is_empty() {
                    true => Self::settled(model, column, false),
                    false => compare(Lookup::In, values),
                }
            }
            // No value lies between it and the text before U+0000.
            Lookup::Lt | Lookup::Lte => compare(Lookup::Lte, vec![before.into()]),
            Lookup::Gt | Lookup::Gte => compare(Lookup::Gt, vec![before.into()]),
            _ => Self::settled(model, column, lookup == Lookup::Ne),
        })
    }

    /// Returns the same comparison without texts that are not addresses, if PostgreSQL stores the column as `inet`;
    /// `None` if there are no such texts, or if it compares texts.
    pub(crate) fn without_other_texts(
        model: &'static ModelMeta,
        column: usize,
        lookup: Lookup,
        values: &[Value],
    ) -> Option<Self> {
        let is_other = |value: &Value| model.columns[column].ty.is_no_address(value);
        let of_texts = matches!(lookup, Lookup::Contains | Lookup::StartsWith);
        if of_texts || !values.iter().any(is_other) {
            return None;
        }
        let values: Vec<Value> = values.iter().filter(|value| !is_other(value)).cloned().collect();
        Some(match lookup {
            Lookup::In if !values.is_empty() => Self::Compare { model, column, lookup, values },
            _ => Self::settled(model, column, lookup == Lookup::Ne),
        })
    }

    /// Returns a condition that all values of a column satisfy, or none; for a `null` it stays unknown.
    fn settled(model: &'static ModelMeta, column: usize, holds: bool) -> Self {
        let unknown = Self::Compare { model, column, lookup: Lookup::Eq, values: vec![Value::Null] };
        let never = Self::All(vec![Self::is_null(model, column), unknown]);
        if holds { never.negated() } else { never }
    }
}

/// The digits of a column of decimals.
#[derive(Clone, Copy)]
struct Places {
    most: u32,
    after_point: u32,
}

impl Places {
    /// Tells whether a column can be compared with a number as it is.
    fn has(self, number: Decimal) -> bool {
        match self.most <= MAX_SCALED_DIGITS {
            true => number.scaled(self.after_point).is_some(),
            false => number.with_places(self.after_point).is_some(),
        }
    }
}
