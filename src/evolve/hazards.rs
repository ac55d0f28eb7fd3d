//! Changes that a migration cannot make, or may not be able to make, if there are rows: columns that would have no
//! value, values that cannot be converted, keys that others refer to.

use super::conversion::{self, Conversion};
use super::diff::narrows;
use super::refusals::Refusals;
use super::schema::{Column, Predicate, Table};
use super::wanted::WantedTable;
use crate::diag::{Code, Diagnostic, Severity, quote, quote_all};
use crate::source::Span;

/// A table and the former one that it continues.
struct Continued<'a> {
    wanted: &'a WantedTable,
    from: &'a Table,
    /// For each of its columns the position of the former column in `from`.
    columns: &'a [Option<usize>],
}

impl Continued<'_> {
    /// Returns the new name of a former column; that of a column that is dropped stays.
    fn renamed(&self, name: &String) -> String {
        let columns = self.wanted.table.columns.iter().zip(self.columns);
        let mut columns = columns.filter_map(|(new, from)| Some((new, &self.from.columns[(*from)?])));
        columns.find(|(_, old)| old.name == *name).map_or_else(|| name.clone(), |(new, _)| new.name.clone())
    }
}

impl Refusals<'_> {
    /// Reports the hazards of all tables that continue former ones.
    pub(super) fn hazards(&self, found: &mut Vec<Diagnostic>) {
        for (at, wanted) in self.wanted.tables.iter().enumerate().filter(|(_, wanted)| wanted.managed) {
            let Some(from) = self.lineage.tables[at].map(|from| self.known[from]) else { continue };
            let table = Continued { wanted, from, columns: &self.lineage.columns[at] };
            // The columns of a relation's own table change with the keys of its models.
            if wanted.target.is_none() {
                self.key(&table, found);
                for (column, from_column) in wanted.table.columns.iter().zip(table.columns) {
                    match from_column.map(|at| &from.columns[at]) {
                        None => self.new_column(&table, column, found),
                        Some(old) => self.changed_column(&table, old, column, found),
                    }
                }
                self.uniqueness(&table, found);
                self.checks(&table, found);
            }
        }
    }

    fn place(&self, table: &Continued<'_>, column: &Column) -> Span {
        self.places.property(table.wanted.model, column.wire())
    }

    fn new_column(&self, table: &Continued<'_>, column: &Column, found: &mut Vec<Diagnostic>) {
        // A former name that is invalid is reported elsewhere.
        let filled = column.was.is_some()
            || self.wanted.fillings.of_new(&table.wanted.table.name, &column.name).is_some();
        if column.nullable || column.default.is_some() || column.numbered || filled {
            return;
        }
        let message = format!("existing rows would not have a value for {}", quote(column.wire()));
        found.push(required(self.place(table, column), message).help(
            "or give it a `default`, allow null, or remove it from `required` if the server fills it in",
        ));
    }

    fn changed_column(
        &self,
        table: &Continued<'_>,
        old: &Column,
        column: &Column,
        found: &mut Vec<Diagnostic>,
    ) {
        let span = self.place(table, column);
        let change = format!("{} to {}", conversion::told(old), conversion::told(column));
        let conversion = conversion::of_columns(old, column);
        match conversion {
            Conversion::Kept | Conversion::Exact => {}
            // The hazard is reported for the key.
            _ if self.follows_a_key(column, conversion) => {}
            Conversion::Checked => {
                let message = format!(
                    "{} changes from {change}: not every value can be converted",
                    quote(column.wire())
                );
                let mut warning = Diagnostic::error(Code::CheckedConversion, span, message).help(
                    "if a value cannot be converted, the migration stops, names the row and changes nothing",
                );
                warning.severity = Severity::Warning;
                found.push(warning);
            }
            Conversion::Refused if column.key || old.key => {
                let message = format!("the key {} cannot change from {change}", quote(column.wire()));
                found.push(Diagnostic::error(Code::ChangedKey, span, message).help(
                    "the key identifies the rows: keep it, or move the rows to a new model in a migration of your own",
                ));
                return;
            }
            Conversion::Refused => {
                let message =
                    format!("the values of {} cannot be converted from {change}", quote(column.wire()));
                found.push(
                    Diagnostic::error(Code::RetypeColumn, span, message)
                        .help(format!(
                            "to keep them, convert them with `\"x-backfill\": {{ \"sql\": \"…\" }}`, an expression \
                             over the former row, and run with `--allow {}`",
                            Code::RetypeColumn
                        ))
                        .help("or add a property with another name, and fill it with `x-backfill`")
                        .help(format!("to discard them, run with `--allow {}`", Code::RetypeColumn)),
                );
                // The column counts as a new one.
                return self.new_column(table, column, found);
            }
        }
        let filled = self.wanted.fillings.of_null(&table.wanted.table.name, &column.name).is_some();
        if old.nullable && !column.nullable && !filled {
            let message = format!("{} may be null in existing rows", quote(column.wire()));
            found.push(required(span, message));
        }
        self.values(table, old, column, found);
    }

    /// Tells whether a column holds keys of another model that change in the same way.
    fn follows_a_key(&self, column: &Column, conversion: Conversion) -> bool {
        let Some(reference) = &column.references else { return false };
        let is_target = |wanted: &&WantedTable| wanted.table.name == reference.table;
        let Some(at) = self.wanted.tables.iter().position(|wanted| is_target(&wanted)) else { return false };
        let columns = self.wanted.tables[at].table.columns.iter().zip(&self.lineage.columns[at]);
        let from = self.lineage.tables[at].map(|from| self.known[from]);
        let mut keys = columns.filter(|(column, _)| column.key);
        keys.any(|(key, old)| {
            let old = from.zip(*old).map(|(from, old)| &from.columns[old]);
            old.is_some_and(|old| conversion::of_columns(old, key) == conversion)
        })
    }

    /// Reports enum values that are not allowed any more.
    fn values(&self, table: &Continued<'_>, old: &Column, column: &Column, found: &mut Vec<Diagnostic>) {
        if !narrows(self.old.has_values(), old, column) {
            return;
        }
        let moves = self.wanted.fillings.moves(&table.wanted.table.name, &column.name);
        let now = column.values.as_deref().unwrap_or_default();
        let lost = old.values.iter().flatten().filter(|value| !now.contains(value));
        let left: Vec<&str> =
            lost.filter(|value| !moves.iter().any(|(old, _)| old == *value)).map(String::as_str).collect();
        if left.is_empty() && (old.values.is_some() || !moves.is_empty()) {
            return;
        }
        let message = match old.values {
            Some(_) => {
                format!(
                    "{} loses the values {}, which existing rows may have",
                    quote(column.wire()),
                    quote_all(left, "and")
                )
            }
            None => format!(
                "existing rows may have other values for {} than those of its `enum`",
                quote(column.wire())
            ),
        };
        found.push(
            Diagnostic::error(Code::NarrowedEnum, self.place(table, column), message)
                .help(
                    "replace them with other values: `\"x-backfill\": { \"values\": { \"old\": \"new\" } }`",
                )
                .help(format!(
                    "if there are no such rows, run with `--allow {}`: the migration stops if there is one",
                    Code::NarrowedEnum
                )),
        );
    }

    /// Reports a key that is another column than before, if others refer to it.
    fn key(&self, table: &Continued<'_>, found: &mut Vec<Diagnostic>) {
        let columns = || table.wanted.table.columns.iter().zip(table.columns);
        let Some((key, from_key)) = columns().find(|(column, _)| column.key) else { return };
        let Some(old) = table.from.columns.iter().position(|column| column.key) else { return };
        let refers = |other: &&&Table| {
            let columns = || other.columns.iter().filter_map(|column| column.references.as_ref());
            columns().any(|reference| reference.table == table.from.name)
        };
        if *from_key == Some(old) || self.known.iter().filter(refers).count() == 0 {
            return;
        }
        let message = format!(
            "the key of {} is another column now, and other tables refer to its rows by {}",
            quote(table.wanted.table.wire()),
            quote(table.from.columns[old].wire())
        );
        found.push(
            Diagnostic::error(Code::ChangedKey, self.place(table, key), message)
                .help("keep the key, or move the rows to a new model in a migration of your own"),
        );
    }

    /// Reports unique indexes that existing rows may violate.
    fn uniqueness(&self, table: &Continued<'_>, found: &mut Vec<Diagnostic>) {
        let new = &table.wanted.table;
        for index in new.indexes.values().filter(|index| index.unique) {
            let positions: Vec<usize> = index
                .columns
                .iter()
                .filter_map(|name| new.columns.iter().position(|c| c.name == *name))
                .collect();
            let from: Vec<Option<&str>> = positions
                .iter()
                .map(|at| table.columns[*at].map(|old| table.from.columns[old].name.as_str()))
                .collect();
            let was_unique = table.from.indexes.values().any(|old| {
                let old = old.renamed(&|name| table.renamed(name));
                old.unique
                    && old.columns == index.columns
                    && (old.condition.is_none() || old.condition == index.condition)
            });
            let (Some(first), false) = (positions.first().map(|at| &new.columns[*at]), was_unique) else {
                continue;
            };
            let wires: Vec<&str> = positions.iter().map(|at| new.columns[*at].wire()).collect();
            let is_new = from.iter().any(Option::is_none) && index.condition.is_none();
            let place = match &index.name {
                Some(name) => self.places.constraint(table.wanted.model, name),
                None => self.place(table, first),
            };
            let mut diagnostic = if !is_new {
                let message = format!("existing rows may have equal values for {}", quote_all(wires, "and"));
                Diagnostic::error(Code::UniqueRows, place, message)
                    .help("if there are such rows, the migration stops, names them and changes nothing")
            } else if positions.len() == 1 && self.gets_one_value(&new.name, first) {
                let message = format!(
                    "all existing rows would have the same value for {}, which is unique",
                    quote(first.wire())
                );
                Diagnostic::error(Code::UniqueRows, place, message)
                    .help("fill it with an expression (`\"x-backfill\": { \"sql\": \"…\" }`), or allow null at first")
                    .help(format!("if there is at most one row, run with `--allow {}`", Code::UniqueRows))
            } else {
                continue;
            };
            if !is_new {
                diagnostic.severity = Severity::Warning;
            }
            found.push(diagnostic);
        }
    }

    /// Reports checks that existing rows may violate.
    fn checks(&self, table: &Continued<'_>, found: &mut Vec<Diagnostic>) {
        let same = |check: &Predicate| check.map(&|name| table.renamed(name), &Clone::clone);
        let former: Vec<Predicate> = table.from.checks.values().map(same).collect();
        let new = table.wanted.table.checks.iter().filter(|(_, check)| !former.contains(check));
        for (name, _) in new {
            let message = format!("existing rows may violate the constraint {}", quote(name));
            let place = self.places.constraint(table.wanted.model, name);
            let mut diagnostic = Diagnostic::error(Code::CheckedRows, place, message)
                .help("if there are such rows, the migration stops, names them and changes nothing");
            diagnostic.severity = Severity::Warning;
            found.push(diagnostic);
        }
    }

    fn gets_one_value(&self, table: &str, column: &Column) -> bool {
        use super::filling::Filling;
        match self.wanted.fillings.of_new(table, &column.name) {
            Some(Filling::Value(_) | Filling::Now) => true,
            Some(Filling::Uuid | Filling::Sql { .. }) => false,
            None => column.default.is_some(),
        }
    }
}

fn required(span: Span, message: String) -> Diagnostic {
    Diagnostic::error(Code::RequiredColumn, span, message)
        .help("give these rows a value: `\"x-backfill\": …`, a value or `{ \"sql\": \"…\" }`")
        .help(format!(
            "if there are no such rows, run with `--allow {}`: the migration stops if there is one",
            Code::RequiredColumn
        ))
}
