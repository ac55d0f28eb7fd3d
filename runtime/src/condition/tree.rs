//! The tree of a predicate.

use std::fmt;

use crate::schema::meta::ModelMeta;
use crate::schema::value::Value;

/// What rows of one model must have: the erased form of a [`Filter`](crate::condition::Filter), which has an example.
#[derive(Clone)]
#[non_exhaustive]
pub enum Condition {
    /// All of these; of none: every row.
    All(Vec<Condition>),
    /// One of these; of none: no row.
    Any(Vec<Condition>),
    /// Not this. What is unknown because of a `null` stays unknown.
    Not(Box<Condition>),
    /// A column compared with values.
    Compare {
        /// Whose rows.
        model: &'static ModelMeta,
        /// Which of the model's columns.
        column: usize,
        /// How it is compared.
        lookup: Lookup,
        /// With what: any number for [`Lookup::In`], none for [`Lookup::IsNull`], else one.
        values: Vec<Value>,
    },
    /// The row that a foreign key names has something; a key that is `null` names none, and so it has not.
    Related {
        /// Whose rows.
        model: &'static ModelMeta,
        /// The foreign key: which of the model's columns.
        column: usize,
        /// What the other row must have.
        condition: Box<Condition>,
    },
    /// As [`Related`](Self::Related), but where a key names no row, one whose columns are all `null` stands for it: what
    /// a `LEFT JOIN` finds. So a row without a reference can have it, and what is unknown stays unknown.
    Outer {
        /// Whose rows.
        model: &'static ModelMeta,
        /// The foreign key: which of the model's columns.
        column: usize,
        /// What the other row must have.
        condition: Box<Condition>,
    },
}

impl Condition {
    /// Returns the number of values in its comparisons: each is a parameter of a statement.
    pub(crate) fn values(&self) -> usize {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().map(Self::values).sum(),
            Self::Not(part) => part.values(),
            Self::Compare { values, .. } => values.len(),
            Self::Related { condition, .. } | Self::Outer { condition, .. } => condition.values(),
        }
    }

    /// Returns its approximate bytes.
    pub(crate) fn bytes(&self) -> usize {
        let beside = match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().map(Self::bytes).sum(),
            Self::Not(part) => part.bytes(),
            Self::Compare { values, .. } => values.iter().map(Value::bytes).sum(),
            Self::Related { condition, .. } | Self::Outer { condition, .. } => condition.bytes(),
        };
        size_of::<Self>() + beside
    }
}

/// What every row has.
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
            Self::Related { model, column, condition } => {
                write!(f, "{}.{} related({condition:?})", model.name, model.columns[*column].name)
            }
            Self::Outer { model, column, condition } => {
                write!(f, "{}.{} outer({condition:?})", model.name, model.columns[*column].name)
            }
        }
    }
}

/// For conditions of the same model: two conditions are equal if they have the same parts in the same order.
impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All(a), Self::All(b)) | (Self::Any(a), Self::Any(b)) => a == b,
            (Self::Not(a), Self::Not(b)) => a == b,
            (
                Self::Compare { model: a, column, lookup, values },
                Self::Compare { model: b, column: other_column, lookup: other_lookup, values: other_values },
            ) => {
                std::ptr::eq(*a, *b) && (column, lookup, values) == (other_column, other_lookup, other_values)
            }
            (
                Self::Related { model: a, column, condition },
                Self::Related { model: b, column: other_column, condition: other_condition },
            )
            | (
                Self::Outer { model: a, column, condition },
                Self::Outer { model: b, column: other_column, condition: other_condition },
            ) => std::ptr::eq(*a, *b) && (column, condition) == (other_column, other_condition),
            _ => false,
        }
    }
}

/// How a column is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lookup {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Equal to one of several.
    In,
    /// Less. Texts by their code points, unless their order is that of the database
    /// ([`Collation`](crate::meta::Collation)).
    Lt,
    /// Less or equal.
    Lte,
    /// Greater.
    Gt,
    /// Greater or equal.
    Gte,
    /// The text is somewhere in it, in the same case.
    Contains,
    /// It begins with the text, in the same case.
    StartsWith,
    /// It is `null`.
    IsNull,
}

impl Condition {
    /// What every row has.
    pub const fn all() -> Self {
        Self::All(Vec::new())
    }

    /// What no row has.
    pub const fn none() -> Self {
        Self::Any(Vec::new())
    }

    /// Tells whether it depends on rows of other tables.
    pub(crate) fn leads_elsewhere(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::leads_elsewhere),
            Self::Not(part) => part.leads_elsewhere(),
            Self::Compare { .. } => false,
            Self::Related { .. } | Self::Outer { .. } => true,
        }
    }

    /// Whether it narrows nothing.
    pub fn is_all(&self) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(Self::is_all),
            Self::Any(parts) => parts.iter().any(Self::is_all),
            Self::Not(part) => part.is_none(),
            Self::Outer { condition, .. } => condition.is_all(),
            Self::Compare { .. } | Self::Related { .. } => false,
        }
    }

    /// Whether it admits nothing, whatever the rows are.
    pub fn is_none(&self) -> bool {
        match self {
            Self::All(parts) => parts.iter().any(Self::is_none),
            Self::Any(parts) => parts.iter().all(Self::is_none),
            Self::Not(part) => part.is_all(),
            Self::Outer { condition, .. } => condition.is_none(),
            Self::Compare { .. } | Self::Related { .. } => false,
        }
    }

    /// Both this and the other.
    pub fn and(self, other: Self) -> Self {
        match self {
            Self::All(mut parts) => {
                parts.push(other);
                Self::All(parts)
            }
            this => Self::All(vec![this, other]),
        }
    }

    /// This or the other.
    pub fn or(self, other: Self) -> Self {
        match self {
            Self::Any(mut parts) => {
                parts.push(other);
                Self::Any(parts)
            }
            this => Self::Any(vec![this, other]),
        }
    }

    /// Not this.
    pub fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }
}
