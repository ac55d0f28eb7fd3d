//! The one place where SQL is put together, and so the one that asserts that it is safe.
//!
//! What goes into a text: words of this file, and names of tables and columns, quoted. The names are `&'static` from
//! descriptors, but for those that the catalog of the database itself gives (who refers to a table). Every value is
//! bound.

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use super::{Arg, Dialect};
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

    /// A list of values of a column, in brackets.
    pub(crate) fn among(&mut self, column: &'static ColumnMeta, values: &[Value]) -> &mut Self {
        self.text("(");
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                self.text(", ");
            }
            self.of(column, value.clone());
        }
        self.text(")")
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
    pub(crate) fn compare(&mut self, column: &'static ColumnMeta, how: Compare, value: Value) -> &mut Self {
        match (how, &value) {
            (Compare::Equal, Value::Null) => return self.name(column.column).text(" IS NULL"),
            (Compare::NotEqual, Value::Null) => return self.name(column.column).text(" IS NOT NULL"),
            _ => {}
        }
        let ordered = !matches!(how, Compare::Equal | Compare::NotEqual) && self.sorts_as_text(column);
        if ordered {
            self.text("CAST(").name(column.column).text(" AS REAL)").text(how.operator());
            self.text("CAST(").of(column, value).text(" AS REAL)")
        } else {
            self.name(column.column).text(how.operator()).of(column, value)
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
    pub(crate) fn is_in(&mut self, column: &'static ColumnMeta, values: Vec<Value>) -> &mut Self {
        if values.is_empty() {
            return self.text("1 = 0");
        }
        self.name(column.column).text(" IN (");
        for (index, value) in values.into_iter().enumerate() {
            if index > 0 {
                self.text(", ");
            }
            self.of(column, value);
        }
        self.text(")")
    }

    /// The text is somewhere in the column, letters of either case.
    pub(crate) fn mentions(&mut self, column: &'static ColumnMeta, text: &str) -> &mut Self {
        let like = if self.dialect == Dialect::Sqlite { " LIKE " } else { " ILIKE " };
        let is_text = crate::decode::is_text(&column.ty.kind);
        if is_text {
            self.name(column.column)
        } else {
            self.text("CAST(").name(column.column).text(" AS TEXT)")
        };
        self.text(like).value(format!("%{}%", escape_like(text))).text(" ESCAPE '\\'")
    }

    /// The text is somewhere in the column, exactly.
    pub(crate) fn contains(&mut self, column: &'static ColumnMeta, text: &str) -> &mut Self {
        let function = if self.dialect == Dialect::Sqlite { "instr(" } else { "strpos(" };
        self.text(function).name(column.column).text(", ").value(text).text(") > 0")
    }

    /// The column begins with the text, exactly.
    pub(crate) fn starts_with(&mut self, column: &'static ColumnMeta, text: &str) -> &mut Self {
        if self.dialect == Dialect::Postgres {
            return self.text("starts_with(").name(column.column).text(", ").value(text).text(")");
        }
        let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        self.text("substr(").name(column.column).text(", 1, ").value(length).text(") = ").value(text)
    }

    /// ` ORDER BY …`. `null` comes first, last in descending order, on both databases.
    pub(crate) fn order_by(&mut self, columns: &[(&'static ColumnMeta, bool)]) -> &mut Self {
        for (index, (column, descending)) in columns.iter().enumerate() {
            self.text(if index == 0 { " ORDER BY " } else { ", " });
            if self.sorts_as_text(column) {
                self.text("CAST(").name(column.column).text(" AS REAL)");
            } else {
                self.name(column.column);
            }
            if *descending {
                self.text(" DESC");
            }
            if column.ty.nullable && self.dialect == Dialect::Postgres {
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
