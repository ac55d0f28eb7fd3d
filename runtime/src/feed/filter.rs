//! Filtered subscriptions: which rows match, and the meaning of a change for a subscriber with a filter.

use crate::change::{Change, ChangeKind};
use crate::condition::Condition;
use crate::db::folded;
use crate::schema::row::Row;
use crate::schema::value::Value;

/// The rows of a subscription: those that satisfy a condition and contain the words of a search.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct RowFilter {
    condition: Condition,
    /// The words, of which each is in one of the columns: letters of either case.
    words: Vec<String>,
    columns: Vec<usize>,
}

impl RowFilter {
    /// Adds the words of a search in columns of the row.
    pub(crate) fn searching(mut self, words: &[String], columns: Vec<usize>) -> Self {
        self.words = words.iter().map(|word| folded(word)).collect();
        self.columns = columns;
        self
    }

    /// Returns the condition, which is the whole filter if nothing is searched.
    pub(crate) fn condition(&self) -> &Condition {
        &self.condition
    }

    /// Tells whether every row matches, as far as its form shows.
    fn is_all(&self) -> bool {
        self.words.is_empty() && self.condition.is_all()
    }

    /// Tells whether a row matches. A subscription whose condition cannot be evaluated in memory is refused; an unknown
    /// result never counts as a match.
    pub(crate) fn matches(&self, row: &Row) -> bool {
        if !self.condition.is_all() && self.condition.matches(row) != Some(true) {
            return false;
        }
        if self.words.is_empty() {
            return true;
        }
        let text = |column: &usize| match row.values().get(*column) {
            Some(Value::Text(text)) => Some(folded(text)),
            _ => None,
        };
        let texts: Vec<String> = self.columns.iter().filter_map(text).collect();
        self.words.iter().all(|word| texts.iter().any(|text| text.contains(word)))
    }

    /// Returns its approximate bytes.
    pub(crate) fn bytes(&self) -> usize {
        let words: usize = self.words.iter().map(|word| size_of::<String>() + word.len()).sum();
        self.condition.bytes() + words + self.columns.len() * size_of::<usize>()
    }
}

impl From<Condition> for RowFilter {
    fn from(condition: Condition) -> Self {
        Self { condition, ..Self::default() }
    }
}

/// Returns the meaning of a change, which has the meaning `kind` for a group, for a subscriber with a filter. A row
/// that begins to match is created for the subscriber, and one that stops to match is deleted. `None` means that there
/// is no event.
pub(crate) fn through(filter: &RowFilter, change: &Change, kind: ChangeKind) -> Option<ChangeKind> {
    use ChangeKind::{Created, Deleted, Related, Updated};
    if filter.is_all() {
        return Some(kind);
    }
    let after = change.after.as_ref().map(|row| filter.matches(row));
    let before = change.before.as_ref().map(|row| filter.matches(row));
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
