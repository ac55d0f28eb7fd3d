//! How statements read and write columns: by their names and values, or by the expressions of `x-sql`.
//!
//! If a model has such a column, its constant statements are replaced by statements that are composed here for the
//! database in use. Clients filter, search and order by the value that the expression reads.

use super::compose::Composer;
use super::dialect::Dialect;
use super::dialect::quote;
use crate::schema::meta::{ColumnMeta, Expressions, ModelMeta};
use crate::schema::value::Value;

/// The parts of an `INSERT`: the text up to the values, the values, and the columns that it returns.
pub(crate) struct Insert {
    pub(crate) into: String,
    pub(crate) values: String,
    pub(crate) returning: String,
}

impl Insert {
    /// Composes the parts for every column except an automatic key, in order.
    pub(crate) fn of(
        dialect: Dialect,
        model: &'static ModelMeta,
        columns: impl Iterator<Item = usize>,
    ) -> Self {
        let (mut names, mut values) = (Vec::new(), Vec::new());
        for (position, index) in columns.enumerate() {
            let column = &model.columns[index];
            names.push(quote(column.column));
            values.push(written(dialect, column, &format!("${}", position + 1)));
        }
        Self {
            into: format!("INSERT INTO {} ({})", quote(model.table), names.join(", ")),
            values: values.join(", "),
            returning: all(dialect, model),
        }
    }
}

/// Tells whether the constant statements of a model cannot be used, because a column has expressions.
pub(crate) fn has_expressions(model: &ModelMeta) -> bool {
    model.columns.iter().any(|column| column.sql.is_some())
}

/// Returns the expressions of a column; `None` if it has none, or if the startup has reported that they are missing.
pub(super) fn expressions(dialect: Dialect, column: &ColumnMeta) -> Option<&Expressions> {
    let sql = column.sql.as_ref()?;
    match dialect {
        Dialect::Sqlite => sql.sqlite.as_ref(),
        Dialect::Postgres => sql.postgres.as_ref(),
    }
}

/// Returns the expression that reads a column with this name in the statement.
pub(super) fn read(dialect: Dialect, column: &ColumnMeta, name: String) -> String {
    match expressions(dialect, column) {
        Some(sql) => format!("({})", sql.read.replace("{column}", &name)),
        None => name,
    }
}

/// Returns the expression that stores a parameter.
pub(super) fn written(dialect: Dialect, column: &ColumnMeta, parameter: &str) -> String {
    match expressions(dialect, column) {
        Some(sql) => format!("({})", sql.write.replace("{value}", parameter)),
        None => parameter.to_owned(),
    }
}

/// Returns the list of the expressions that read all columns of a model.
fn all(dialect: Dialect, model: &ModelMeta) -> String {
    let columns = model.columns.iter().map(|column| read(dialect, column, quote(column.column)));
    columns.collect::<Vec<_>>().join(", ")
}

impl Composer {
    /// Appends `SELECT` of every column, up to and including `FROM`.
    pub(crate) fn select(&mut self, model: &'static ModelMeta) -> &mut Self {
        if !has_expressions(model) {
            return self.text(model.sql.select);
        }
        let columns = all(self.dialect(), model);
        self.text("SELECT ").expression(&columns).text(" FROM ").name(model.table)
    }

    /// Appends ` RETURNING ` and every column.
    pub(crate) fn returning(&mut self, model: &'static ModelMeta) -> &mut Self {
        if !has_expressions(model) {
            return self.text(model.sql.returning);
        }
        let columns = all(self.dialect(), model);
        self.text(" RETURNING ").expression(&columns)
    }

    /// Appends the reading of a column of the statement's own table.
    pub(crate) fn column(&mut self, column: &ColumnMeta) -> &mut Self {
        let read = read(self.dialect(), column, quote(column.column));
        self.expression(&read)
    }

    /// Appends the reading of a column of a table.
    pub(crate) fn column_of(&mut self, table: &str, column: &ColumnMeta) -> &mut Self {
        let read = read(self.dialect(), column, format!("{}.{}", quote(table), quote(column.column)));
        self.expression(&read)
    }

    /// Appends the assignment of a value to a column.
    pub(crate) fn assigned(&mut self, column: &'static ColumnMeta, value: Value) -> &mut Self {
        self.name(column.column).text(" = ").stored(column, value)
    }

    /// Appends the stored form of a value.
    pub(crate) fn stored(&mut self, column: &'static ColumnMeta, value: Value) -> &mut Self {
        let parameter = self.parameter(column, value);
        let written = written(self.dialect(), column, &parameter);
        self.expression(&written)
    }
}

#[cfg(test)]
mod tests {
    use super::{Insert, has_expressions};
    use crate::db::{Composer, Dialect};
    use crate::schema::meta::{Auto, ColumnMeta, Kind, ModelMeta, ModelSql, TypeMeta};
    use crate::schema::value::Value;

    const TEXT: TypeMeta = TypeMeta::new(Kind::Text);

    static NOTE: ModelMeta = ModelMeta {
        name: "Note",
        verbose_name: "note",
        table: "note",
        columns: &[
            ColumnMeta::new("id", TypeMeta::new(Kind::Integer)).auto(Auto::Key),
            ColumnMeta::new("mood", TEXT).postgres("mood", "{column}::text", "{value}::mood").sqlite(
                "TEXT",
                "upper({column})",
                "lower({value})",
            ),
        ],
        key: 0,
        constraints: &[],
        ordering: &[],
        relations: &[],
        sql: ModelSql { select: "", get: "", insert: "", delete: "", returning: "" },
    };

    #[test]
    fn statements_are_those_of_the_database() {
        assert!(has_expressions(&NOTE));
        let insert = Insert::of(Dialect::Postgres, &NOTE, std::iter::once(1));
        assert_eq!(insert.into, "INSERT INTO \"note\" (\"mood\")");
        assert_eq!(insert.values, "($1::mood)");
        assert_eq!(insert.returning, "\"id\", (\"mood\"::text)");
        let mut sql = Composer::new(Dialect::Sqlite);
        sql.text("UPDATE ")
            .name("note")
            .text(" SET ")
            .assigned(&NOTE.columns[1], Value::Text("A".to_owned()));
        sql.text(" WHERE ").column_of("note", &NOTE.columns[1]).text(" = 'A'").returning(&NOTE);
        let (sql, args) = sql.finish();
        assert_eq!(
            sql.as_str(),
            "UPDATE \"note\" SET \"mood\" = (lower($1)) WHERE (upper(\"note\".\"mood\")) = 'A' RETURNING \"id\", \
             (upper(\"mood\"))"
        );
        assert_eq!(args.len(), 1);
    }
}
