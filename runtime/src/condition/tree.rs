//! The tree of a predicate.

use std::fmt;

use crate::schema::meta::{ModelMeta, PathStep};
use crate::schema::value::Value;

/// A condition on rows of one model: the untyped form of a [`Filter`](crate::condition::Filter), which has an example.
#[derive(Clone)]
#[non_exhaustive]
pub enum Condition {
    /// All of these conditions hold; without conditions, it holds for every row.
    All(Vec<Condition>),
    /// At least one of these conditions holds; without conditions, it holds for no row.
    Any(Vec<Condition>),
    /// The condition does not hold. If it is unknown because of a `null`, the negation is unknown, too.
    Not(Box<Condition>),
    /// The comparison of a column with values.
    Compare {
        /// The model of the rows.
        model: &'static ModelMeta,
        /// The position of the column in the model's columns.
        column: usize,
        /// The kind of comparison.
        lookup: Lookup,
        /// The values: any number for [`Lookup::In`], none for [`Lookup::IsNull`], otherwise one.
        values: Vec<Value>,
    },
    /// The comparison of two columns of the row, which have the same type.
    CompareColumns {
        /// The model of the rows.
        model: &'static ModelMeta,
        /// The position of the column in the model's columns.
        column: usize,
        /// The kind of comparison: one with one value.
        lookup: Lookup,
        /// The position of the other column.
        other: usize,
    },
    /// The row that a foreign key or a one-to-one relation leads to satisfies a condition. If there is no such row, the
    /// condition does not hold.
    Related {
        /// The model of the rows.
        model: &'static ModelMeta,
        /// The foreign key or the relation.
        step: PathStep,
        /// The condition on the other row.
        condition: Box<Condition>,
    },
    /// The same as [`Related`](Self::Related), except that a missing row is treated as if it were a row of `null`s, as in
    /// a `LEFT JOIN`. So the condition can hold for a row without a reference, and an unknown comparison stays unknown.
    Outer {
        /// The model of the rows.
        model: &'static ModelMeta,
        /// The foreign key or the relation.
        step: PathStep,
        /// The condition on the other row.
        condition: Box<Condition>,
    },
    /// At least one row that is related to the row satisfies a condition. Only the database can tell.
    ToMany {
        /// The model of the rows.
        model: &'static ModelMeta,
        /// The model of the related rows.
        target: &'static ModelMeta,
        /// The way in which they are related.
        by: By,
        /// The condition on a related row.
        condition: Box<Condition>,
    },
    /// The condition is not true: it is false, or unknown because of a `null` (Django's `exclude`).
    Untrue(Box<Condition>),
}

/// The way in which several rows are related to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// This column of the related model, by its position, contains the key of the row.
    Column(usize),
    /// A table contains pairs of keys. None of the names is quoted.
    Table {
        /// The name of the table.
        table: &'static str,
        /// The column with the key of the row.
        from: &'static str,
        /// The column with the key of the related row.
        to: &'static str,
    },
}

impl Condition {
    /// Returns the number of values in its comparisons: each is a parameter of a statement.
    pub(crate) fn values(&self) -> usize {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().map(Self::values).sum(),
            Self::Not(part) | Self::Untrue(part) => part.values(),
            Self::Compare { values, .. } => values.len(),
            Self::CompareColumns { .. } => 0,
            Self::Related { condition, .. }
            | Self::Outer { condition, .. }
            | Self::ToMany { condition, .. } => condition.values(),
        }
    }

    /// Returns its approximate bytes.
    pub(crate) fn bytes(&self) -> usize {
        let beside = match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().map(Self::bytes).sum(),
            Self::Not(part) | Self::Untrue(part) => part.bytes(),
            Self::Compare { values, .. } => values.iter().map(Value::bytes).sum(),
            Self::CompareColumns { .. } => 0,
            Self::Related { condition, .. }
            | Self::Outer { condition, .. }
            | Self::ToMany { condition, .. } => condition.bytes(),
        };
        size_of::<Self>() + beside
    }
}

/// Creates the condition that every row satisfies.
impl Default for Condition {
    fn default() -> Self {
        Self::all()
    }
}

/// Writes it without the descriptors of the models.
impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(parts) => f.debug_tuple("All").field(parts).finish(),
            Self::Any(parts) => f.debug_tuple("Any").field(parts).finish(),
            Self::Not(part) => f.debug_tuple("Not").field(part).finish(),
            Self::Compare { model, column, lookup, values } => {
                write!(f, "{}.{} {lookup:?} {values:?}", model.name, model.columns[*column].name)
            }
            Self::CompareColumns { model, column, lookup, other } => {
                let [column, other] = [column, other].map(|index| model.columns[*index].name);
                write!(f, "{}.{column} {lookup:?} {other}", model.name)
            }
            Self::Related { model, step, condition } => {
                write!(f, "{}.{} related({condition:?})", model.name, step.name(model))
            }
            Self::Outer { model, step, condition } => {
                write!(f, "{}.{} outer({condition:?})", model.name, step.name(model))
            }
            Self::ToMany { model, target, by, condition } => {
                write!(f, "{} some {} by {by:?}({condition:?})", model.name, target.name)
            }
            Self::Untrue(part) => f.debug_tuple("Untrue").field(part).finish(),
        }
    }
}

/// For conditions of the same model: two conditions are equal if they have the same parts in the same order.
impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All(a), Self::All(b)) | (Self::Any(a), Self::Any(b)) => a == b,
            (Self::Not(a), Self::Not(b)) | (Self::Untrue(a), Self::Untrue(b)) => a == b,
            (
                Self::Compare { model: a, column, lookup, values },
                Self::Compare { model: b, column: other_column, lookup: other_lookup, values: other_values },
            ) => {
                std::ptr::eq(*a, *b) && (column, lookup, values) == (other_column, other_lookup, other_values)
            }
            (
                Self::CompareColumns { model: a, column, lookup, other },
                Self::CompareColumns {
                    model: b,
                    column: other_column,
                    lookup: other_lookup,
                    other: of_other,
                },
            ) => std::ptr::eq(*a, *b) && (column, lookup, other) == (other_column, other_lookup, of_other),
            (
                Self::Related { model: a, step, condition },
                Self::Related { model: b, step: other_step, condition: other_condition },
            )
            | (
                Self::Outer { model: a, step, condition },
                Self::Outer { model: b, step: other_step, condition: other_condition },
            ) => std::ptr::eq(*a, *b) && (step, condition) == (other_step, other_condition),
            (
                Self::ToMany { model: a, target, by, condition },
                Self::ToMany { model: b, target: other, by: other_by, condition: other_condition },
            ) => {
                std::ptr::eq(*a, *b)
                    && std::ptr::eq(*target, *other)
                    && (by, condition) == (other_by, other_condition)
            }
            _ => false,
        }
    }
}

/// The kind of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lookup {
    /// The column is equal to the value.
    Eq,
    /// The column is not equal to the value.
    Ne,
    /// The column is equal to one of the values.
    In,
    /// The column is less than the value. Texts are compared by their code points, unless the database determines their
    /// order ([`Collation`](crate::meta::Collation)).
    Lt,
    /// The column is less than the value or equal to it.
    Lte,
    /// The column is greater than the value.
    Gt,
    /// The column is greater than the value or equal to it.
    Gte,
    /// The column contains the text. Upper and lower case are distinguished.
    Contains,
    /// The column begins with the text. Upper and lower case are distinguished.
    StartsWith,
    /// The column is `null`.
    IsNull,
}

impl Condition {
    /// Creates the condition that every row satisfies.
    pub const fn all() -> Self {
        Self::All(Vec::new())
    }

    /// Creates the condition that no row satisfies.
    pub const fn none() -> Self {
        Self::Any(Vec::new())
    }

    /// Tells whether it depends on rows of other tables.
    pub(crate) fn leads_elsewhere(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::leads_elsewhere),
            Self::Not(part) | Self::Untrue(part) => part.leads_elsewhere(),
            Self::Compare { .. } | Self::CompareColumns { .. } => false,
            Self::Related { .. } | Self::Outer { .. } | Self::ToMany { .. } => true,
        }
    }

    /// Tells whether it depends on rows that are related to the row through their own columns or through a table: they
    /// are lost with the row.
    pub(crate) fn needs_related_rows(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::needs_related_rows),
            Self::Not(part) | Self::Untrue(part) => part.needs_related_rows(),
            Self::Compare { .. } | Self::CompareColumns { .. } => false,
            // A row behind a foreign key stays when this row is deleted, and so do the rows that are related to it.
            Self::Related { .. } | Self::Outer { .. } => false,
            Self::ToMany { condition, .. } => !condition.is_none(),
        }
    }

    /// Tells whether every row satisfies the condition, as far as its form shows.
    pub fn is_all(&self) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(Self::is_all),
            Self::Any(parts) => parts.iter().any(Self::is_all),
            Self::Not(part) | Self::Untrue(part) => part.is_none(),
            Self::Outer { condition, .. } => condition.is_all(),
            Self::Compare { .. }
            | Self::CompareColumns { .. }
            | Self::Related { .. }
            | Self::ToMany { .. } => false,
        }
    }

    /// Tells whether no row satisfies the condition, as far as its form shows.
    pub fn is_none(&self) -> bool {
        match self {
            Self::All(parts) => parts.iter().any(Self::is_none),
            Self::Any(parts) => parts.iter().all(Self::is_none),
            Self::Not(part) | Self::Untrue(part) => part.is_all(),
            Self::Outer { condition, .. } | Self::ToMany { condition, .. } => condition.is_none(),
            Self::Compare { .. } | Self::CompareColumns { .. } | Self::Related { .. } => false,
        }
    }

    /// Creates the condition that both this and the other condition hold.
    pub fn and(self, other: Self) -> Self {
        match self {
            Self::All(mut parts) => {
                parts.push(other);
                Self::All(parts)
            }
            this => Self::All(vec![this, other]),
        }
    }

    /// Creates the condition that this or the other condition holds.
    pub fn or(self, other: Self) -> Self {
        match self {
            Self::Any(mut parts) => {
                parts.push(other);
                Self::Any(parts)
            }
            this => Self::Any(vec![this, other]),
        }
    }

    /// Creates the negation of the condition.
    pub fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }

    /// Creates the condition that this one is not true: false, or unknown because of a `null`.
    pub fn untrue(self) -> Self {
        Self::Untrue(Box::new(self))
    }
}
