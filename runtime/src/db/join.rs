//! Columns of the rows that foreign keys and one-to-one relations lead to: with a `LEFT JOIN` in lists, and with a
//! subquery of one value in other statements.
//!
//! Either gives `null` if a reference is `null` or names no row. A join finds at most the one row with the key: rows
//! neither multiply nor disappear, and both databases plan it as any other join. The columns of joined tables get names
//! that no table has, so that the statements of the model stay as they are.

use super::compose::Composer;
use super::place::{At, ColumnRef, Joins};
use crate::schema::meta::ColumnMeta;
use crate::schema::step::Step;

impl Composer {
    /// Appends a column, by its name in the statement.
    pub(crate) fn place(&mut self, place: ColumnRef<'_>) -> &mut Self {
        match place.at {
            At::Own => self.column(place.column),
            At::Named(table) => self.column_of(table, place.column),
            At::Joined(join, column) => self.joined(join, Some(column)),
            At::Across(way) => self.across(way, place.column),
        }
    }

    /// Appends the name of a joined table, or of one of its columns. No table or column of an application has such a
    /// name.
    fn joined(&mut self, join: usize, column: Option<usize>) -> &mut Self {
        self.name(&match column {
            None => format!("dcrf.{join}"),
            Some(column) => format!("dcrf.{join}.{column}"),
        })
    }

    /// Appends ` LEFT JOIN …` for the first joins.
    pub(crate) fn left_joins(&mut self, joins: &Joins, count: usize) -> &mut Self {
        for (number, join) in joins.0.iter().take(count).enumerate() {
            let target = join.step.target;
            self.text(" LEFT JOIN (SELECT ");
            for (index, column) in join.columns.iter().enumerate() {
                if index > 0 {
                    self.text(", ");
                }
                self.column(&target.columns[*column]).text(" AS ").joined(number, Some(*column));
            }
            self.text(" FROM ").name(target.table).text(") AS ").joined(number, None);
            self.text(" ON ").joined(number, Some(join.step.to)).text(" = ");
            match join.parent {
                Some(parent) => self.joined(parent, Some(join.step.from)),
                None => self.name(join.step.column_from()),
            };
        }
        self
    }

    /// Appends a subquery for one value: that of the row at the end of a path. Its tables have unique aliases, because
    /// the row itself may be in one of them.
    fn across(&mut self, way: &[Step], column: &'static ColumnMeta) -> &mut Self {
        let table = |number: usize| format!("dcrf.way.{number}");
        let Some((first, further)) = way.split_first() else { return self.column(column) };
        self.text("(SELECT ").column_of(&table(further.len()), column);
        self.text(" FROM ").name(first.target.table).text(" AS ").name(&table(0));
        for (number, step) in further.iter().enumerate() {
            self.text(" JOIN ").name(step.target.table).text(" AS ").name(&table(number + 1));
            self.text(" ON ").qualified(&table(number + 1), step.column_to());
            self.text(" = ").qualified(&table(number), step.column_from());
        }
        self.text(" WHERE ").qualified(&table(0), first.column_to());
        self.text(" = ").qualified(first.model.table, first.column_from()).text(")")
    }
}
