//! The order of texts.

use super::ColumnMeta;
use crate::db::is_integer_choice;
use crate::decode::is_text;
use crate::meta::Kind;

/// How the texts of a column are ordered (`x-collation`): what is less, and what comes first. Whether two are equal is
/// no question of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Collation {
    /// By their code points, on both databases and in memory.
    #[default]
    Codepoint,
    /// As the database has it, perhaps by the rules of a language: nobody else knows.
    Database,
}

impl ColumnMeta {
    /// With texts that are ordered so.
    pub const fn collation(mut self, collation: Collation) -> Self {
        self.collation = collation;
        self
    }

    /// Whether it holds texts, a closed set of them included.
    pub(crate) fn is_text(&self) -> bool {
        match self.ty.kind {
            Kind::Choice(choices) => !is_integer_choice(choices),
            ref kind => is_text(kind),
        }
    }

    /// Whether its order is known to the database alone.
    pub(crate) fn is_ordered_by_database(&self) -> bool {
        self.is_text() && (self.collation == Collation::Database || self.ty.is_inet())
    }
}
