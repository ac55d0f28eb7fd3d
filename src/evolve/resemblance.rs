//! Guesses whether something new is a renamed former thing. This cannot be decided, so the user is asked.

use std::collections::BTreeSet;

use super::schema::{Column, ColumnType, Table};
use crate::diag::nearest;

/// A dropped thing or a new one.
#[derive(Debug)]
pub struct Thing<'a> {
    name: &'a str,
    /// The content by which things are compared.
    holds: BTreeSet<String>,
}

impl<'a> Thing<'a> {
    /// Returns a column; its content is its type.
    pub fn of_column(column: &'a Column) -> Self {
        let refers = column.references.as_ref().map(|reference| reference.table.as_str()).unwrap_or_default();
        let ty = match (&column.sql, column.ty) {
            (Some(sql), _) => sql.told(),
            (None, ColumnType::Decimal { .. }) => "Decimal".to_owned(),
            (None, ty) => format!("{ty:?}"),
        };
        Self { name: column.wire(), holds: BTreeSet::from([format!("{ty} {refers}")]) }
    }

    /// Returns a table; its content is its columns, without the key.
    pub fn of_table(table: &'a Table) -> Self {
        let columns = table.columns.iter().filter(|column| !column.key);
        let holds = columns.map(|column| format!("{} {:?}", column.name, column.ty)).collect();
        Self { name: table.wire(), holds }
    }

    /// Tells whether two things have at least half of their content in common.
    fn holds_like(&self, other: &Self) -> bool {
        let same = self.holds.intersection(&other.holds).count();
        same > 0 && 2 * same >= self.holds.len().max(other.holds.len())
    }
}

/// Returns for each dropped thing the position of the new one that it may be: the one with the most similar name, else
/// the first that has the same content.
pub fn pairs(gone: &[Thing<'_>], new: &[Thing<'_>]) -> Vec<Option<usize>> {
    let mut taken = BTreeSet::new();
    let mut pairs: Vec<Option<usize>> = vec![None; gone.len()];
    for (pair, gone) in pairs.iter_mut().zip(gone) {
        let free = new.iter().enumerate().filter(|(at, _)| !taken.contains(at));
        let near = nearest(gone.name, free.map(|(_, new)| new.name));
        *pair = near.and_then(|near| new.iter().position(|new| new.name == near));
        taken.extend(*pair);
    }
    for (pair, gone) in pairs.iter_mut().zip(gone).filter(|(pair, _)| pair.is_none()) {
        *pair = (0..new.len()).find(|at| !taken.contains(at) && gone.holds_like(&new[*at]));
        taken.extend(*pair);
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::{Thing, pairs};

    fn thing<'a>(name: &'a str, holds: &[&str]) -> Thing<'a> {
        Thing { name, holds: holds.iter().map(|text| (*text).to_owned()).collect() }
    }

    #[test]
    fn names_go_before_what_is_held() {
        let gone = [thing("title", &["text"]), thing("stars", &["integer"]), thing("photo", &["bytes"])];
        let new = [thing("headline", &["text"]), thing("titel", &["text"]), thing("rating", &["integer"])];
        assert_eq!(pairs(&gone, &new), [Some(1), Some(2), None]);
    }

    #[test]
    fn tables_are_alike_by_half_of_their_columns() {
        let gone = [thing("Author", &["name text", "born date"])];
        assert_eq!(pairs(&gone, &[thing("Human", &["name text", "x text"])]), [Some(0)]);
        assert_eq!(pairs(&gone, &[thing("Human", &["name text", "x text", "y text", "z text"])]), [None]);
        assert_eq!(pairs(&[thing("Author", &[])], &[thing("Tag", &[])]), [None]);
    }
}
