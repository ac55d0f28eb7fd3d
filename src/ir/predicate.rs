//! Conditions on the columns of a row.

use serde::{Deserialize, Serialize};

use super::ty::Literal;

/// A condition on the columns of a row, with the meaning that it has in SQL: a comparison with `null` is unknown.
///
/// Columns are positions in the `fields` of the model, or names in the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Predicate<C = usize, V = Literal> {
    /// All of these hold.
    All(Vec<Self>),
    /// At least one of these holds.
    Any(Vec<Self>),
    /// This does not hold.
    Not(Box<Self>),
    /// The column is null.
    IsNull(C),
    /// The column has one of these values, of which there is at least one.
    In {
        /// The column.
        column: C,
        /// The values.
        values: Vec<V>,
    },
    /// The comparison of a column.
    Compare {
        /// The column.
        column: C,
        /// The kind of comparison.
        how: Comparison,
        /// What it is compared with.
        with: Operand<C, V>,
    },
}

/// What a column is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operand<C = usize, V = Literal> {
    /// A value of the column's type, which is not null.
    Value(V),
    /// Another column of the same type.
    Column(C),
}

/// The kind of a comparison with one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// The column is equal to the value.
    Eq,
    /// The column is less than the value.
    Lt,
    /// The column is less than the value or equal to it.
    Lte,
    /// The column is greater than the value.
    Gt,
    /// The column is greater than the value or equal to it.
    Gte,
    /// The column contains the text.
    Contains,
    /// The column begins with the text.
    StartsWith,
}

impl Comparison {
    /// Tells whether it depends on the order of the values.
    pub fn is_of_order(self) -> bool {
        matches!(self, Self::Lt | Self::Lte | Self::Gt | Self::Gte)
    }

    /// Tells whether it searches a text.
    pub fn is_of_texts(self) -> bool {
        matches!(self, Self::Contains | Self::StartsWith)
    }
}

impl<C: PartialEq, V> Predicate<C, V> {
    /// Returns the columns, each once, in the order in which they are named.
    pub fn columns(&self) -> Vec<&C> {
        let mut columns = Vec::new();
        self.visit(&mut |column| {
            if !columns.contains(&column) {
                columns.push(column);
            }
        });
        columns
    }

    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a C)) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.visit(visitor)),
            Self::Not(part) => part.visit(visitor),
            Self::IsNull(column) | Self::In { column, .. } => visitor(column),
            Self::Compare { column, with, .. } => {
                visitor(column);
                if let Operand::Column(other) = with {
                    visitor(other);
                }
            }
        }
    }
}

impl<C, V> Predicate<C, V> {
    /// Returns the same condition with other columns and values.
    pub fn map<D, W>(&self, to_column: &dyn Fn(&C) -> D, to_value: &dyn Fn(&V) -> W) -> Predicate<D, W> {
        let all = |parts: &[Self]| parts.iter().map(|part| part.map(to_column, to_value)).collect();
        match self {
            Self::All(parts) => Predicate::All(all(parts)),
            Self::Any(parts) => Predicate::Any(all(parts)),
            Self::Not(part) => Predicate::Not(Box::new(part.map(to_column, to_value))),
            Self::IsNull(column) => Predicate::IsNull(to_column(column)),
            Self::In { column, values } => {
                Predicate::In { column: to_column(column), values: values.iter().map(to_value).collect() }
            }
            Self::Compare { column, how, with } => Predicate::Compare {
                column: to_column(column),
                how: *how,
                with: match with {
                    Operand::Value(value) => Operand::Value(to_value(value)),
                    Operand::Column(other) => Operand::Column(to_column(other)),
                },
            },
        }
    }
}
