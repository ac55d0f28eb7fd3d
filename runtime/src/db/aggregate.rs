//! What a query selects and sorts by, as SQL, and the values of aggregates from what the databases return.

use super::compose::Composer;
use super::dialect::Dialect;
use super::place::ColumnRef;
use super::sum::{NUMBER, Sum, Summation, average, integer, sum_of, total};
use crate::condition::{By, Each, Function};
use crate::ground::error::{Error, Result};
use crate::ground::scalar::MAX_SCALED_DIGITS;
use crate::schema::meta::{ColumnMeta, Kind, ModelMeta};
use crate::schema::value::Value;

/// A column or an aggregate in a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Term {
    pub(crate) place: ColumnRef<'static>,
    pub(crate) function: Function,
    /// The rows of which it is an aggregate, with their model, if these are the rows that are related to each row.
    pub(crate) each: Option<(Each, &'static ModelMeta)>,
}

/// The direction of a part of an order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Direction {
    pub(crate) descending: bool,
    pub(crate) nulls_first: bool,
}

impl Term {
    fn summation(self, dialect: Dialect) -> Summation {
        Summation::of(dialect, self.place.column)
    }

    /// Returns the columns as which the database returns it.
    pub(crate) fn shape(self, dialect: Dialect) -> Vec<&'static ColumnMeta> {
        let column = self.place.column;
        let sum = || match self.summation(dialect) {
            Summation::Direct => vec![column],
            parts => vec![&NUMBER; parts.parts().len()],
        };
        match self.function {
            Function::Value | Function::Least | Function::Greatest => vec![column],
            Function::Rows | Function::Count | Function::CountDistinct => vec![&NUMBER],
            Function::Sum => sum(),
            Function::Average => [sum(), vec![&NUMBER]].concat(),
        }
    }

    /// Takes its value from what the database has returned.
    ///
    /// # Errors
    /// [`Error::Internal`] if a sum is too large for its type.
    pub(crate) fn take(self, dialect: Dialect, values: &mut impl Iterator<Item = Value>) -> Result<Value> {
        let mut next = || values.next().unwrap_or(Value::Null);
        if !matches!(self.function, Function::Sum | Function::Average) {
            return Ok(next());
        }
        let sum = match self.summation(dialect) {
            Summation::Direct => sum_of(next()),
            parts => {
                let found: Vec<Value> = parts.parts().iter().map(|_| next()).collect();
                let numbers: Option<Vec<i64>> = found.iter().map(integer).collect();
                numbers.map_or(Sum::Nothing, |numbers| Sum::Units(parts.whole(&numbers)))
            }
        };
        let value = match self.function {
            Function::Average => average(self.place.column, sum, integer(&next()).unwrap_or(0)),
            _ => total(self.place.column, sum),
        };
        value.ok_or_else(|| {
            Error::internal(format!("a sum of {} is too large for its type", self.place.column.name))
        })
    }
}

impl Composer {
    /// Appends a column or an aggregate, as the columns of [`Term::shape`].
    pub(crate) fn term(&mut self, term: Term) -> &mut Self {
        let count = |sql: &mut Self| {
            sql.each(term, |sql| {
                sql.text("COUNT(").place(term.place).text(")");
            });
        };
        match term.function {
            Function::Value => self.place(term.place),
            Function::Rows => self.text("COUNT(*)"),
            Function::Count => {
                count(self);
                self
            }
            Function::CountDistinct => self.each(term, |sql| {
                sql.text("COUNT(DISTINCT ").place(term.place).text(")");
            }),
            Function::Least => self.each(term, |sql| sql.extreme("MIN(", term.place)),
            Function::Greatest => self.each(term, |sql| sql.extreme("MAX(", term.place)),
            Function::Sum => self.sums(term),
            Function::Average => {
                self.sums(term).text(", ");
                count(self);
                self
            }
        }
    }

    /// Appends an aggregate, in a subquery if it is one of the rows that are related to each row. The inner table has a
    /// name of its own, because it may be the outer one.
    fn each(&mut self, term: Term, aggregate: impl FnOnce(&mut Self)) -> &mut Self {
        let Some((Each { by, outer }, model)) = term.each else {
            aggregate(self);
            return self;
        };
        let outer = outer.0;
        self.text("(SELECT ");
        aggregate(self);
        self.text(" FROM ").name(model.table).text(" AS ").name("dcrf.each").text(" WHERE ");
        match by {
            By::Column(column) => self.column(&model.columns[column]),
            By::Table { table, from, to } => {
                self.column(model.key_column()).text(" IN (SELECT ").name(to).text(" FROM ").name(table);
                self.text(" WHERE ").name(from)
            }
        };
        self.text(" = ").column_of(outer.table, outer.key_column());
        self.text(if matches!(by, By::Table { .. }) { "))" } else { ")" })
    }

    /// Appends the least or the greatest value, in the order of [`order_by`](Self::order_by).
    fn extreme(&mut self, function: &'static str, place: ColumnRef<'_>) {
        self.text(function).place(place);
        if self.dialect() == Dialect::Postgres && matches!(place.column.ty.kind, Kind::Uuid) {
            // Its texts have the same order, and older servers have no MIN of UUIDs.
            self.text("::text)");
        } else {
            self.collated(place.column).text(")");
        }
    }

    /// Appends the sums of the parts of a column.
    fn sums(&mut self, term: Term) -> &mut Self {
        for (index, part) in term.summation(self.dialect()).parts().iter().enumerate() {
            self.text(if index == 0 { "" } else { ", " }).sum(term, part);
        }
        self
    }

    /// Appends the sum of a part: an expression with `{}` in the place of the column.
    fn sum(&mut self, term: Term, part: &str) -> &mut Self {
        self.each(term, |sql| {
            sql.text("SUM(");
            for (index, text) in part.split("{}").enumerate() {
                if index > 0 {
                    sql.place(term.place);
                }
                sql.expression(text);
            }
            sql.text(")");
        })
    }

    /// Appends ` ORDER BY …`.
    ///
    /// # Errors
    /// [`Error::Internal`] for aggregates whose order the databases do not know alike.
    pub(crate) fn sorted_by(&mut self, order: &[(Term, Direction)]) -> Result<&mut Self> {
        for (index, (term, direction)) in order.iter().enumerate() {
            self.text(if index == 0 { " ORDER BY " } else { ", " });
            let (place, nullable) =
                (term.place, term.function != Function::Value || term.place.is_nullable());
            match (term.function, term.summation(self.dialect())) {
                (Function::Value, _) => self.sort_key(place).directed(*direction, nullable),
                (Function::Least | Function::Greatest, _) => {
                    self.term(*term).collated(place.column).directed(*direction, nullable)
                }
                (Function::Rows | Function::Count | Function::CountDistinct, _) => {
                    self.term(*term).directed(*direction, nullable)
                }
                (Function::Sum, Summation::Direct) if !is_long(place.column) => {
                    self.term(*term).directed(*direction, nullable)
                }
                (Function::Sum, summation) if !is_long(place.column) => {
                    self.halves(*term, summation, *direction)
                }
                _ => {
                    return Err(Error::internal(format!(
                        "groups cannot be sorted by this aggregate of {}: sort the result",
                        place.column.name
                    )));
                }
            };
        }
        Ok(self)
    }

    /// Appends the order of sums of halves: that of the upper half with what the lower one carries, then that of the
    /// rest.
    fn halves(&mut self, term: Term, summation: Summation, direction: Direction) -> &mut Self {
        let parts = summation.parts();
        let [upper, lower] = parts.as_slice() else { return self };
        self.sum(term, upper).text(" + (").sum(term, lower).text(" >> 32)").directed(direction, true);
        self.text(", ").sum(term, lower).text(" & 4294967295").directed(direction, true)
    }

    /// Appends the direction of a sort key.
    fn directed(&mut self, direction: Direction, nullable: bool) -> &mut Self {
        if direction.descending {
            self.text(" DESC");
        }
        let first_by_default = self.dialect().orders_null_last() == direction.descending;
        if nullable && direction.nulls_first != first_by_default {
            self.text(if direction.nulls_first { " NULLS FIRST" } else { " NULLS LAST" });
        }
        self
    }
}

/// Tells whether a column has decimals that SQLite keeps as texts.
fn is_long(column: &ColumnMeta) -> bool {
    matches!(column.ty.kind, Kind::Decimal { max_digits, .. } if max_digits > MAX_SCALED_DIGITS)
}
