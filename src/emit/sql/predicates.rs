//! Conditions of constraints as SQL.

use super::dialect::Dialect;
use super::statements::{list, quoted};
use super::stored;
use crate::escape;
use crate::evolve::{Column, Default, Predicate, Table};
use crate::ir::{Comparison, Operand};

/// Returns a condition on the columns of a table.
pub fn sql(dialect: Dialect, table: &Table, condition: &Predicate) -> String {
    let joined = |parts: &[Predicate], with: &str| {
        let parts: Vec<String> = parts.iter().map(|part| sql(dialect, table, part)).collect();
        format!("({})", parts.join(with))
    };
    match condition {
        Predicate::All(parts) => joined(parts, " AND "),
        Predicate::Any(parts) => joined(parts, " OR "),
        Predicate::Not(part) => match &**part {
            Predicate::IsNull(column) => format!("{} IS NOT NULL", quoted(column)),
            part => format!("NOT ({})", sql(dialect, table, part)),
        },
        Predicate::IsNull(column) => format!("{} IS NULL", quoted(column)),
        Predicate::In { column, values } => {
            let values = list(values.iter().map(|value| literal(dialect, table, column, value)));
            format!("{} IN ({values})", quoted(column))
        }
        Predicate::Compare { column, how, with } => {
            let with = match with {
                Operand::Value(value) => literal(dialect, table, column, value),
                Operand::Column(other) => quoted(other),
            };
            compared(dialect, column, *how, &with)
        }
    }
}

fn compared(dialect: Dialect, column: &str, how: Comparison, with: &str) -> String {
    let name = quoted(column);
    let operator = match how {
        Comparison::Eq => "=",
        Comparison::Lt => "<",
        Comparison::Lte => "<=",
        Comparison::Gt => ">",
        Comparison::Gte => ">=",
        // Texts are compared by bytes, whatever the collation is.
        Comparison::Contains => {
            return match dialect {
                Dialect::Sqlite => format!("instr({name}, {with}) > 0"),
                Dialect::Postgres => format!("strpos({name} COLLATE \"C\", {with}) > 0"),
            };
        }
        Comparison::StartsWith => {
            return match dialect {
                Dialect::Sqlite => format!("substr({name}, 1, length({with})) = {with}"),
                Dialect::Postgres => format!("starts_with({name} COLLATE \"C\", {with})"),
            };
        }
    };
    format!("{name} {operator} {with}")
}

/// Returns a value as a column stores it.
fn literal(dialect: Dialect, table: &Table, column: &str, value: &Default) -> String {
    let stored = |column: &Column| match dialect {
        Dialect::Sqlite => stored::on_sqlite(value, column.ty),
        Dialect::Postgres => stored::on_postgres(value, column.ty),
    };
    // The value was checked against the type of the column.
    let known = table.column(column).and_then(stored);
    known.unwrap_or_else(|| match (dialect, value) {
        (_, Default::Boolean(value)) => value.to_string(),
        (_, Default::Number(number)) => number.clone(),
        (Dialect::Sqlite, Default::Text(text) | Default::Json(text)) => escape::sqlite(text),
        (Dialect::Postgres, Default::Text(text) | Default::Json(text)) => escape::postgres(text),
    })
}
