//! The text of a migration: SQL, in steps, with tasks of the runtime between the statements.
//!
//! A line `-- dcrf:step "table" What it does.` begins a step; the table may be left out. A line `-- dcrf:do {…}` is a
//! [`Task`], which runs between the SQL before and the SQL after it. Everything else is SQL. A text without such lines
//! is one step.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::ground::error::{Error, Result};
use crate::schema::meta::Kind;

const MARK: &str = "-- dcrf:";

/// A part of a migration that is reported on its own.
#[derive(Debug, Default)]
pub(super) struct Step<'a> {
    /// The table that it changes, if it is known.
    pub(super) table: Option<String>,
    /// A description of the step.
    pub(super) what: Option<&'a str>,
    /// The parts of the step, in order.
    pub(super) parts: Vec<Part<'a>>,
}

impl Step<'_> {
    /// Returns the description, with the table.
    pub(super) fn told(&self) -> Option<String> {
        let what = self.what?;
        Some(self.table.as_ref().map_or_else(|| what.to_owned(), |table| format!("{table}: {what}")))
    }
}

/// A part of a step.
#[derive(Debug)]
pub(super) enum Part<'a> {
    /// Statements.
    Sql(&'a str),
    /// A task of the runtime.
    Task(Task),
}

/// A task that SQL alone cannot do, or not alike on both databases.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Task {
    /// Fills a column with the converted values of another.
    Convert {
        /// The table.
        table: String,
        /// Its key.
        key: Typed,
        /// The column with the values.
        from: Typed,
        /// The column that is filled.
        to: Typed,
    },
    /// Sets a value in rows that have none.
    Fill {
        /// The table.
        table: String,
        /// Its key.
        key: Typed,
        /// The column that is filled.
        column: Typed,
        /// The value.
        with: Filling,
    },
    /// Stops if PostgreSQL does not have the type of a column that is about to be created.
    HasType {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The type, with its arguments.
        #[serde(rename = "type")]
        ty: String,
    },
    /// Stops on this database, because `x-sql` gives no type of a column for it. So does every migration that is
    /// pending together with this one ([`lacking`]).
    Lacks {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// Stops if rows have equal values in columns.
    Unique {
        /// The table.
        table: String,
        /// Its columns.
        columns: Vec<String>,
        /// The condition, in SQL, of the rows that must differ. Without it all rows must.
        #[serde(default, rename = "where")]
        condition: Option<String>,
    },
    /// Stops if rows make a check false.
    Check {
        /// The table.
        table: String,
        /// Its key.
        key: Typed,
        /// The name of the constraint.
        name: String,
        /// The check, in SQL.
        check: String,
    },
    /// Stops if a column has a value that is not among these.
    Among {
        /// The table.
        table: String,
        /// Its key.
        key: Typed,
        /// The column.
        column: Typed,
        /// The values, as JSON.
        values: Vec<Box<RawValue>>,
    },
    /// Drops, until [`Restore`](Self::Restore), what others have created on a SQLite table that is about to be rebuilt;
    /// stops if the table has columns that would be lost.
    Aside {
        /// The table.
        table: String,
        /// The columns that the definition has for it.
        columns: Vec<String>,
    },
    /// Creates again what was dropped.
    Restore {},
}

/// The source of a column's new values.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Filling {
    /// A value, as clients send it.
    Value(Box<RawValue>),
    /// The time of the migration.
    Now {},
    /// A random UUID for each row.
    Uuid {},
}

/// A column and the kind of its values.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Typed {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) holds: Holds,
    /// The expressions that read and write it, if its SQL type is not that of the kind.
    #[serde(default)]
    pub(super) sql: Option<Box<Expressions>>,
}

/// The expressions that read and write a column of any SQL type.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expressions {
    /// The expression that reads `{column}`.
    pub(super) read: String,
    /// The expression that writes `{value}`.
    pub(super) write: String,
}

/// The kinds of values, by their names in `migrations/schema.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Holds {
    Boolean,
    Integer,
    Float,
    Text,
    Uuid,
    Date,
    DateTime,
    Time,
    Duration,
    Decimal { max_digits: u32, decimal_places: u32 },
    Bytes,
    Json,
}

impl Holds {
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Boolean => Kind::Boolean,
            Self::Integer => Kind::Integer,
            Self::Float => Kind::Float,
            Self::Text => Kind::Text,
            Self::Uuid => Kind::Uuid,
            Self::Date => Kind::Date,
            Self::DateTime => Kind::DateTime,
            Self::Time => Kind::Time,
            Self::Duration => Kind::Duration,
            Self::Decimal { max_digits, decimal_places } => Kind::Decimal { max_digits, decimal_places },
            Self::Bytes => Kind::Bytes,
            Self::Json => Kind::Json,
        }
    }
}

/// Parses the text of a migration.
///
/// # Errors
/// Returns [`Error::Internal`] for tasks that this version of the runtime does not know.
pub(super) fn read(text: &str) -> Result<Vec<Step<'_>>> {
    let mut steps = vec![Step::default()];
    let mut begin = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        if let Some(told) = line.strip_prefix(MARK) {
            sql(&mut steps, &text[begin..at]);
            begin = end;
            let told = told.trim_end();
            match told.split_once(' ') {
                Some(("step", what)) => steps.push(step(what)),
                Some(("do", json)) => {
                    let task =
                        serde_json::from_str(json).map_err(|error| unknown(told, &error.to_string()))?;
                    last(&mut steps).parts.push(Part::Task(task));
                }
                _ => return Err(unknown(told, "it is neither a step nor a task")),
            }
        }
        at = end;
    }
    sql(&mut steps, &text[begin..]);
    // Text before the first step is a comment.
    if steps.len() > 1 && steps[0].parts.is_empty() {
        steps.remove(0);
    }
    Ok(steps)
}

/// Returns the columns for which `x-sql` gives no type on the database of this text: none of it can be applied.
pub(super) fn lacking(text: &str) -> Vec<String> {
    let told = text.lines().filter_map(|line| line.strip_prefix(MARK)?.strip_prefix("do "));
    let tasks = told.filter_map(|json| serde_json::from_str(json).ok());
    let columns = tasks.filter_map(|task| match task {
        Task::Lacks { table, column } => Some(format!("{table}.{column}")),
        _ => None,
    });
    columns.collect()
}

fn step(told: &str) -> Step<'_> {
    let quoted = told.strip_prefix('"').and_then(|rest| rest.split_once("\" "));
    let (table, what) = quoted.map_or((None, told), |(table, what)| (Some(table.to_owned()), what));
    Step { table, what: Some(what), parts: Vec::new() }
}

/// Adds statements to the last step, if there are any.
fn sql<'a>(steps: &mut [Step<'a>], text: &'a str) {
    let is_said = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with("--");
    if text.lines().any(is_said) {
        last(steps).parts.push(Part::Sql(text));
    }
}

fn last<'s, 'a>(steps: &'s mut [Step<'a>]) -> &'s mut Step<'a> {
    steps.last_mut().expect("invariant: there is a first step from the beginning")
}

fn unknown(told: &str, why: &str) -> Error {
    Error::internal(format!(
        "it asks for what this version of dcrf-runtime does not know (`{told}`: {why}); take the version that the \
         generator has"
    ))
}

#[cfg(test)]
mod tests {
    use super::{Filling, Holds, Part, Step, Task, lacking, read};

    /// Returns tables, descriptions and parts.
    fn told(text: &str) -> Vec<String> {
        let part = |part: &Part<'_>| match part {
            Part::Sql(sql) => format!("{sql:?}"),
            Part::Task(Task::Fill { table, key, column, with: Filling::Value(value) }) => {
                format!("{table}.{} by {}: {:?} {value}", column.name, key.name, column.holds)
            }
            Part::Task(task) => format!("{task:?}"),
        };
        let step = |step: Step<'_>| {
            let parts: Vec<String> = step.parts.iter().map(part).collect();
            format!("{:?} {:?} {}", step.table, step.what, parts.join(", "))
        };
        read(text).expect("a migration").into_iter().map(step).collect()
    }

    #[test]
    fn a_text_without_steps_is_one() {
        let text = "-- Generated.\n\nCREATE TABLE a (b);\n\n-- dcrfx\nDROP TABLE c;\n";
        assert_eq!(told(text), [format!("None None {text:?}")]);
    }

    #[test]
    fn steps_have_words_and_tasks_have_a_place() {
        let text = "-- Generated.\r\n\n-- dcrf:step \"item\" The price has 3 places.\nA;\nB;\n\
            -- dcrf:do {\"fill\":{\"table\":\"item\",\"key\":{\"name\":\"id\",\"type\":\"integer\"},\"column\":\
            {\"name\":\"price\",\"type\":{\"decimal\":{\"max_digits\":5,\"decimal_places\":2}}},\"with\":{\"value\":\
            {\"b\": 1.50, \"a\": 2}}}}\nC;\n-- dcrf:step All of it.\n-- dcrf:do {\"restore\":{}}\n";
        let holds = Holds::Decimal { max_digits: 5, decimal_places: 2 };
        let first = format!(
            "Some(\"item\") Some(\"The price has 3 places.\") \"A;\\nB;\\n\", item.price by id: {holds:?} \
             {{\"b\": 1.50, \"a\": 2}}, \"C;\\n\""
        );
        assert_eq!(told(text), [first, "None Some(\"All of it.\") Restore".to_owned()]);
    }

    #[test]
    fn columns_without_a_type_on_this_database_are_told() {
        let text = "-- Generated.\n\n-- dcrf:step \"note\" Creates the table.\n\n-- dcrf:do \
            {\"lacks\":{\"table\":\"note\",\"column\":\"mood\"}}\n\n-- dcrf:do {\"restore\":{}}\nA;\n";
        assert_eq!(lacking(text), ["note.mood"]);
        assert!(lacking("-- dcrf:do {\"restore\":{}}\nA;\n-- lacks\n").is_empty());
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for text in ["-- dcrf:do {\"dance\":{}}", "-- dcrf:do {}", "-- dcrf:later x", "-- dcrf:do"] {
            let error = read(text).expect_err(text).to_string();
            assert!(error.contains("this version of dcrf-runtime does not know"), "{error}");
        }
    }
}
