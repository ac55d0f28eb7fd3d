//! What only a database knows, and what nobody answers: where the judge has nothing to say, or says that the answer is a
//! refusal.

use dcrf_oracle::definition::{Definition, FieldPath, Model};
use dcrf_oracle::values::Value;

use super::case::{Case, Tree};

/// Words of one search, at most.
const MOST_WORDS: usize = 20;

/// Whether the order of a column is its database's own.
fn is_of_database(definition: &Definition, reach: &FieldPath) -> bool {
    let (model, column) = definition.reached(reach);
    model.columns[column].is_ordered_by_database()
}

impl Case {
    /// Whether the filter asks what is less of texts that are ordered by the database.
    pub fn filter_asks_database(&self, definition: &Definition) -> bool {
        self.filter.iter().any(|term| term.lookup.is_ordering() && is_of_database(definition, &term.reach))
    }

    /// Whether a list of it is refused: no text has a null character, and there are bounds.
    pub fn is_refused(&self) -> bool {
        let search = self.search.as_ref();
        self.is_filter_refused()
            || search
                .is_some_and(|search| search.contains('\0') || search.split_whitespace().count() > MOST_WORDS)
    }

    /// Whether a subscription to it is refused.
    pub fn is_filter_refused(&self) -> bool {
        let has_null = |value: &Value| matches!(value, Value::Text(text) if text.contains('\0'));
        self.filter.iter().any(|term| term.values.iter().any(has_null))
    }
}

/// Whether an order is, somewhere, the database's own.
pub fn order_asks_database(definition: &Definition, order: &[(FieldPath, bool)]) -> bool {
    order.iter().any(|(reach, _)| is_of_database(definition, reach))
}

impl Tree {
    /// Whether it asks what is less of texts that are ordered by the database.
    pub fn asks_database(&self, definition: &Definition, model: &Model) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().any(|part| part.asks_database(definition, model))
            }
            Self::Not(part) => part.asks_database(definition, model),
            Self::Compare { column, lookup, .. } => {
                lookup.is_ordering() && model.columns[*column].is_ordered_by_database()
            }
            Self::Related { column, tree } | Self::Outer { column, tree } => {
                let target = model.columns[*column].kind.target().expect("a foreign key");
                tree.asks_database(definition, definition.model(target))
            }
        }
    }

    /// Whether it is about the row alone.
    pub fn is_own(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().all(Self::is_own),
            Self::Not(part) => part.is_own(),
            Self::Compare { .. } => true,
            Self::Related { .. } | Self::Outer { .. } => false,
        }
    }
}
