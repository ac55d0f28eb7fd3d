//! The one place where SQL is put together, and so the one that asserts that it is safe.
//!
//! What goes into a text: words of this file, and names of tables and columns, quoted. The names are `&'static` from
//! descriptors, but for those that the catalog of the database itself gives (who refers to a table). Every value is
//! bound.

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use super::{Arg, Dialect, stored};
use crate::meta::{ColumnMeta, Kind};
use crate::scalar::MAX_SCALED_DIGITS;
use crate::value::Value;

/// A statement in the making.
#[derive(Debug)]
pub(crate) struct Composer {
    dialect: Dialect,
    sql: String,
    args: Vec<Arg>,
}

/// A column in a statement: one of its table, or of a table that is joined to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) column: &'static ColumnMeta,
    /// Which join, and the position of the column in the joined model; none: the statement's own table.
    join: Option<(usize, usize)>,
}

impl Place {
    /// A column of a joined table.
    pub(crate) fn joined(column: &'static ColumnMeta, join: usize, position: usize) -> Self {
        Self { column, join: Some((join, position)) }
    }

    /// Whether there may be `null` in it. A join that finds no row gives `null`.
    pub(crate) fn is_nullable(self) -> bool {
        self.column.ty.nullable || self.join.is_some()
    }
}

impl From<&'static ColumnMeta> for Place {
    fn from(column: &'static ColumnMeta) -> Self {
        Self { column, join: None }
    }
}

/// How a column is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compare {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Compare {
    /// With a space on either side.
    pub(super) const fn operator(self) -> &'static str {
        match self {
            Self::Equal => " = ",
            Self::NotEqual => " <> ",
            Self::Less => " < ",
            Self::LessOrEqual => " <= ",
            Self::Greater => " > ",
            Self::GreaterOrEqual => " >= ",
        }
    }
}

/// From here on a list of values is one argument on PostgreSQL. Short ones are planned better one by one.
const LONG_LIST: usize = 1000;

/// Whether values are all of one kind of which PostgreSQL has arrays here: those that keys and identifiers are of.
fn is_array(values: &[Value]) -> bool {
    let all = |is: fn(&Value) -> bool| values.iter().all(is);
    all(|value| matches!(value, Value::Integer(_)))
        || all(|value| matches!(value, Value::Text(_)))
        || all(|value| matches!(value, Value::Uuid(_)))
}

/// A name, quoted.
pub(crate) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Composer {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self { dialect, sql: String::with_capacity(256), args: Vec::new() }
    }

    /// Which SQL it is.
    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The text and its arguments.
    pub(crate) fn finish(self) -> (SqlStr, Vec<Arg>) {
        (AssertSqlSafe(self.sql).into_sql_str(), self.args)
    }

    /// A text of the program's own.
    pub(crate) fn text(&mut self, text: &'static str) -> &mut Self {
        self.sql.push_str(text);
        self
    }

    /// A name, quoted.
    pub(crate) fn name(&mut self, name: &str) -> &mut Self {
        self.sql.push_str(&quote(name));
        self
    }

    /// A column of a table, both quoted.
    pub(crate) fn qualified(&mut self, table: &str, column: &str) -> &mut Self {
        self.name(table).text(".").name(column)
    }

    /// A list of values of a column, in brackets. On SQLite it is one argument, so that the text, and what is
    /// prepared of it, is the same however many there are. On PostgreSQL a long list is one argument, as a statement
    /// has at most 65,535 of them.
    pub(crate) fn among(&mut self, column: &'static ColumnMeta, values: Vec<Value>) -> &mut Self {
        if self.dialect == Dialect::Postgres && values.len() > LONG_LIST && is_array(&values) {
            return self.text("(SELECT unnest(").value(Value::List(values)).text("))");
        }
        let args: Vec<Arg> = values.into_iter().map(|value| Arg::column(column, value)).collect();
        let json = if self.dialect == Dialect::Sqlite { stored::json_array(&args) } else { None };
        if let Some(json) = json {
            return self.text("(SELECT \"value\" FROM json_each(").value(json).text("))");
        }
        self.text("(");
        for (index, arg) in args.into_iter().enumerate() {
            if index > 0 {
                self.text(", ");
            }
            self.bind(arg);
        }
        self.text(")")
    }

    /// A column, by the name that it has in the statement.
    pub(crate) fn place(&mut self, place: Place) -> &mut Self {
        match place.join {
            None => self.name(place.column.column),
            Some((join, column)) => self.joined(join, Some(column)),
        }
    }

    /// The name of a joined table, or of one of its columns. No table or column of an application is called so.
    pub(crate) fn joined(&mut self, join: usize, column: Option<usize>) -> &mut Self {
        self.name(&match column {
            None => format!("dcrf.{join}"),
            Some(column) => format!("dcrf.{join}.{column}"),
        })
    }

    /// A value of no column.
    pub(crate) fn value(&mut self, value: impl Into<Value>) -> &mut Self {
        self.bind(Arg::plain(value))
    }

    /// A value of a column.
    pub(crate) fn of(&mut self, column: &'static ColumnMeta, value: Value) -> &mut Self {
        self.bind(Arg::column(column, value))
    }

    fn bind(&mut self, arg: Arg) -> &mut Self {
        self.args.push(arg);
        self.sql.push('$');
        self.sql.push_str(&self.args.len().to_string());
        self
    }

    /// `column <operator> value`; equality with `null` is `IS NULL`.
    pub(crate) fn compare(&mut self, place: impl Into<Place>, how: Compare, value: Value) -> &mut Self {
        let place = place.into();
        match (how, &value) {
            (Compare::Equal, Value::Null) => return self.place(place).text(" IS NULL"),
            (Compare::NotEqual, Value::Null) => return self.place(place).text(" IS NOT NULL"),
            _ => {}
        }
        if matches!(how, Compare::Equal | Compare::NotEqual) {
            self.place(place).text(how.operator()).of(place.column, value)
        } else {
            self.compare_sorted(place, how, value)
        }
    }

    /// `column <operator> value`, where even equality is that of the order: see [`order_by`](Self::order_by).
    /// The value is not `null`.
    pub(crate) fn compare_sorted(&mut self, place: Place, how: Compare, value: Value) -> &mut Self {
        self.sorted(place).text(how.operator());
        if self.sorts_as_text(place.column) {
            self.text("CAST(").of(place.column, value).text(" AS REAL)")
        } else {
            self.of(place.column, value)
        }
    }

    /// What a column is ordered by.
    fn sorted(&mut self, place: Place) -> &mut Self {
        if self.sorts_as_text(place.column) {
            self.text("CAST(").place(place).text(" AS REAL)")
        } else {
            self.place(place)
        }
    }

    /// Whether a column's texts do not sort as its values do: decimals of many digits on SQLite. They are compared as
    /// floats, which is exact to 15 digits.
    fn sorts_as_text(&self, column: &ColumnMeta) -> bool {
        let many =
            matches!(column.ty.kind, Kind::Decimal { max_digits, .. } if max_digits > MAX_SCALED_DIGITS);
        many && self.dialect == Dialect::Sqlite
    }

    /// `column IN (…)`; of no values, nothing.
    pub(crate) fn is_in(&mut self, place: impl Into<Place>, values: Vec<Value>) -> &mut Self {
        let place = place.into();
        if values.is_empty() {
            return self.text("1 = 0");
        }
        self.place(place).text(" IN ").among(place.column, values)
    }

    /// The text is somewhere in the column, letters of either case.
    pub(crate) fn mentions(&mut self, place: impl Into<Place>, text: &str) -> &mut Self {
        let place = place.into();
        let like = if self.dialect == Dialect::Sqlite { " LIKE " } else { " ILIKE " };
        let is_text = crate::decode::is_text(&place.column.ty.kind);
        if is_text {
            self.place(place)
        } else {
            self.text("CAST(").place(place).text(" AS TEXT)")
        };
        self.text(like).value(format!("%{}%", escape_like(text))).text(" ESCAPE '\\'")
    }

    /// The text is somewhere in the column, exactly.
    pub(crate) fn contains(&mut self, place: impl Into<Place>, text: &str) -> &mut Self {
        let function = if self.dialect == Dialect::Sqlite { "instr(" } else { "strpos(" };
        self.text(function).place(place.into()).text(", ").value(text).text(") > 0")
    }

    /// The column begins with the text, exactly.
    pub(crate) fn starts_with(&mut self, place: impl Into<Place>, text: &str) -> &mut Self {
        let place = place.into();
        if self.dialect == Dialect::Postgres {
            return self.text("starts_with(").place(place).text(", ").value(text).text(")");
        }
        let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        self.text("substr(").place(place).text(", 1, ").value(length).text(") = ").value(text)
    }

    /// ` ORDER BY …`. `null` comes first, last in descending order, on both databases.
    pub(crate) fn order_by<P: Into<Place> + Copy>(&mut self, places: &[(P, bool)]) -> &mut Self {
        for (index, (place, descending)) in places.iter().enumerate() {
            let place: Place = (*place).into();
            self.text(if index == 0 { " ORDER BY " } else { ", " }).sorted(place);
            if *descending {
                self.text(" DESC");
            }
            if place.is_nullable() && self.dialect == Dialect::Postgres {
                self.text(if *descending { " NULLS LAST" } else { " NULLS FIRST" });
            }
        }
        self
    }
}

/// Takes their meaning from LIKE's wildcards.
fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
