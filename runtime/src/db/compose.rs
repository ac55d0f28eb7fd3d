//! The only place that composes SQL, and so the only one that asserts that it is safe.
//!
//! The text consists of keywords of this file, quoted names of tables and columns, and expressions that a definition
//! gives for a column. All are `&'static` and come from descriptors, except names that the catalog of the database
//! itself returns (the tables that refer to a table). Every value is bound.

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use super::dialect::{Dialect, Lock, quote};
use super::place::ColumnRef;
use super::sqlite::stored;
use super::statement::Arg;
use crate::ground::scalar::MAX_SCALED_DIGITS;
use crate::schema::meta::{Collation, ColumnMeta, Kind};
use crate::schema::value::Value;

/// A statement that is being composed.
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
    /// Returns the operator with a space on either side.
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

/// The number of values from which a list is one argument on PostgreSQL. Shorter lists get better plans with one
/// argument per value.
const LONG_LIST: usize = 1000;

/// Tells whether all values are of one kind for which PostgreSQL arrays are implemented here: the kinds of keys and
/// identifiers.
fn is_array(values: &[Value]) -> bool {
    let all = |is: fn(&Value) -> bool| values.iter().all(is);
    all(|value| matches!(value, Value::Integer(_)))
        || all(|value| matches!(value, Value::Text(_)))
        || all(|value| matches!(value, Value::Uuid(_)))
}

impl Composer {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self { dialect, sql: String::with_capacity(256), args: Vec::new() }
    }

    /// Composes a part of a statement that has some arguments already.
    pub(crate) fn after(dialect: Dialect, args: Vec<Arg>) -> Self {
        Self { args, ..Self::new(dialect) }
    }

    /// Returns the dialect.
    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Returns the text and its arguments.
    pub(crate) fn finish(self) -> (SqlStr, Vec<Arg>) {
        (AssertSqlSafe(self.sql).into_sql_str(), self.args)
    }

    /// Appends a constant text of the program.
    pub(crate) fn text(&mut self, text: &'static str) -> &mut Self {
        self.sql.push_str(text);
        self
    }

    /// Appends an expression that reads or writes a column: see `expressions`.
    pub(super) fn expression(&mut self, text: &str) -> &mut Self {
        self.sql.push_str(text);
        self
    }

    /// Appends a quoted name.
    pub(crate) fn name(&mut self, name: &str) -> &mut Self {
        self.sql.push_str(&quote(name));
        self
    }

    /// Appends a lock of the query's rows, which lasts until the transaction ends.
    pub(crate) fn locking(&mut self, lock: Lock) -> &mut Self {
        self.text(self.dialect.locking(lock))
    }

    /// Appends ` LIMIT … OFFSET …`, as far as it leaves rows out.
    pub(crate) fn window(&mut self, skip: u64, take: Option<u64>) -> &mut Self {
        let bounded = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        if skip > 0 || take.is_some() {
            self.text(" LIMIT ").value(bounded(take.unwrap_or(u64::MAX)));
        }
        if skip > 0 {
            self.text(" OFFSET ").value(bounded(skip));
        }
        self
    }

    /// Appends a column of a table, both quoted.
    pub(crate) fn qualified(&mut self, table: &str, column: &str) -> &mut Self {
        self.name(table).text(".").name(column)
    }

    /// Appends a list of values of a column, in parentheses. On SQLite the list is one argument, so that the text and
    /// its prepared statement are the same for every length. On PostgreSQL a long list is one argument, because a
    /// statement has at most 65,535 of them.
    pub(crate) fn among(&mut self, column: &'static ColumnMeta, values: Vec<Value>) -> &mut Self {
        // Arrays of addresses are not implemented here.
        let may_be_array = self.dialect.binds_arrays() && !column.ty.is_inet();
        if may_be_array && values.len() > LONG_LIST && is_array(&values) {
            return self.text("(SELECT unnest(").value(Value::List(values)).text("))");
        }
        let args: Vec<Arg> = values.into_iter().map(|value| Arg::column(column, value)).collect();
        let json = if self.dialect.binds_lists_as_json() { stored::json_array(&args) } else { None };
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

    /// Appends a value that does not belong to a column.
    pub(crate) fn value(&mut self, value: impl Into<Value>) -> &mut Self {
        self.bind(Arg::plain(value))
    }

    /// Appends a value of a column.
    pub(crate) fn of(&mut self, column: &'static ColumnMeta, value: Value) -> &mut Self {
        self.bind(Arg::column(column, value))
    }

    fn bind(&mut self, arg: Arg) -> &mut Self {
        self.args.push(arg);
        self.sql.push('$');
        self.sql.push_str(&self.args.len().to_string());
        self
    }

    /// Binds a value of a column; its parameter is still to be written.
    pub(super) fn parameter(&mut self, column: &'static ColumnMeta, value: Value) -> String {
        self.args.push(Arg::column(column, value));
        format!("${}", self.args.len())
    }

    /// Tells whether no row can have a value in a column, so that the database would refuse the comparison itself: a
    /// text that is not an address.
    fn is_impossible(&self, column: &ColumnMeta, value: &Value) -> bool {
        self.dialect.has_addresses() && column.ty.is_no_address(value)
    }

    /// Appends `column <operator> value`; equality with `null` is `IS NULL`.
    pub(crate) fn compare<'a>(
        &mut self,
        place: impl Into<ColumnRef<'a>>,
        how: Compare,
        value: Value,
    ) -> &mut Self {
        let place = place.into();
        match (how, &value) {
            (Compare::Equal, Value::Null) => return self.place(place).text(" IS NULL"),
            (Compare::NotEqual, Value::Null) => return self.place(place).text(" IS NOT NULL"),
            (Compare::Equal, value) if self.is_impossible(place.column, value) => return self.text("1 = 0"),
            (Compare::NotEqual, value) if self.is_impossible(place.column, value) => {
                return self.place(place).text(" IS NOT NULL");
            }
            _ => {}
        }
        if matches!(how, Compare::Equal | Compare::NotEqual) {
            self.place(place).text(how.operator()).of(place.column, value)
        } else {
            self.compare_sorted(place, how, value)
        }
    }

    /// Appends `column <operator> value`, where even equality is that of the order: see [`order_by`](Self::order_by).
    /// The value is not `null`.
    pub(crate) fn compare_sorted(&mut self, place: ColumnRef<'_>, how: Compare, value: Value) -> &mut Self {
        self.sort_key(place).text(how.operator()).of(place.column, value)
    }

    /// Appends the condition that a column still has the value that was read, including `null`. JSON is compared as the
    /// text that was read: PostgreSQL cannot compare it otherwise, and a value to be stored may be spelled otherwise.
    pub(crate) fn is_still(&mut self, column: &'static ColumnMeta, value: Value) -> &mut Self {
        self.name(column.column);
        if column.ty.kind.is_json() {
            let text = if let Value::Json(json) = &value { Value::from(json.as_str()) } else { Value::Null };
            let cast = if self.dialect.compares_json() { "" } else { "::text" };
            return self.text(cast).text(" IS NOT DISTINCT FROM ").value(text).text(cast);
        }
        self.text(" IS NOT DISTINCT FROM ").of(column, value)
    }

    /// Appends the sort key of a column.
    pub(super) fn sort_key(&mut self, place: ColumnRef<'_>) -> &mut Self {
        self.place(place).collated(place.column)
    }

    /// Appends ` COLLATE …` after a column whose order is not that of its stored values: decimals of many digits, which
    /// are texts on SQLite, and texts on PostgreSQL, where the order of the database may be that of a language. An
    /// index of a column that has the collation itself serves the order.
    pub(crate) fn collated(&mut self, column: &ColumnMeta) -> &mut Self {
        if let (Kind::Decimal { max_digits, .. }, Some(collation)) =
            (column.ty.kind, self.dialect.long_decimals())
            && max_digits > MAX_SCALED_DIGITS
        {
            return self.text(" COLLATE ").name(collation);
        }
        if column.is_text() && !column.ty.is_inet() && column.collation == Collation::Codepoint {
            return self.by_code_points();
        }
        self
    }

    /// Makes the preceding expression compare its texts by their code points.
    pub(super) fn by_code_points(&mut self) -> &mut Self {
        self.text(self.dialect.code_points().unwrap_or_default())
    }

    /// Appends `column IN (…)`; with no values, a condition that no row satisfies.
    pub(crate) fn is_in<'a>(&mut self, place: impl Into<ColumnRef<'a>>, mut values: Vec<Value>) -> &mut Self {
        let place = place.into();
        values.retain(|value| !self.is_impossible(place.column, value));
        if values.is_empty() {
            return self.text("1 = 0");
        }
        self.place(place).text(" IN ").among(place.column, values)
    }

    /// Appends a text column as a text.
    pub(super) fn written(&mut self, place: ColumnRef<'_>) -> &mut Self {
        if self.dialect.has_addresses() && place.column.ty.is_inet() {
            self.text("host(").place(place).text(")")
        } else {
            self.place(place)
        }
    }

    /// Appends a text to be searched, compared by bytes, even if its collation treats other texts as equal.
    fn bytewise(&mut self, place: ColumnRef<'_>) -> &mut Self {
        self.written(place).by_code_points()
    }

    /// Appends the condition that the column contains the text exactly.
    pub(crate) fn contains<'a>(&mut self, place: impl Into<ColumnRef<'a>>, text: &str) -> &mut Self {
        self.text(self.dialect.position()).bytewise(place.into()).text(", ").value(text).text(") > 0")
    }

    /// Appends the condition that the column begins with the text exactly.
    pub(crate) fn starts_with<'a>(&mut self, place: impl Into<ColumnRef<'a>>, text: &str) -> &mut Self {
        let place = place.into();
        if self.dialect.has_starts_with() {
            return self.text("starts_with(").bytewise(place).text(", ").value(text).text(")");
        }
        if text.contains('\0') {
            // SQLite's `substr` takes a text to end at its first U+0000.
            return self.text(self.dialect.position()).place(place).text(", ").value(text).text(") = 1");
        }
        let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        self.text("substr(").place(place).text(", 1, ").value(length).text(") = ").value(text)
    }

    /// Appends ` ORDER BY …`. `null` comes first, and last in descending order, on both databases.
    pub(crate) fn order_by<'a, P: Into<ColumnRef<'a>> + Copy>(&mut self, places: &[(P, bool)]) -> &mut Self {
        for (index, (place, descending)) in places.iter().enumerate() {
            let place: ColumnRef<'_> = (*place).into();
            self.text(if index == 0 { " ORDER BY " } else { ", " }).sort_key(place);
            if *descending {
                self.text(" DESC");
            }
            if place.is_nullable() && self.dialect.orders_null_last() {
                self.text(if *descending { " NULLS LAST" } else { " NULLS FIRST" });
            }
        }
        self
    }
}
