//! Explains why the database refused a write: which unique values are taken, which keys refer to no row, which rows
//! prevent a deletion or a change of the key.

use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::postgres::PgDatabaseError;

use super::attempt::{Attempt, exists, is_taken};
use super::constraints::{broken_check, explain_fields, explain_rows, not_unique};
use super::naming::Errors;
use super::values::spelled;
use crate::condition::Condition;
use crate::db::{Composer, Db, DbError, Shape, Statement};
use crate::ground::error::{Detail, Error, Result};
use crate::schema::meta::{Auto, ConstraintKind, ConstraintMeta, ModelMeta};
use crate::schema::row::Row;
use crate::schema::value::Value;
use crate::wire::decode::{Refusal, does_not_exist};

/// Tells whether an error says that a unique value is taken, that a row is referred to, or that a referenced row does
/// not exist.
pub(super) fn is_about_other_rows(error: &DbError) -> bool {
    let Some(error) = error.as_database_error() else { return false };
    if matches!(error.kind(), ErrorKind::UniqueViolation | ErrorKind::ForeignKeyViolation) {
        return true;
    }
    match error.code().as_deref() {
        // PostgreSQL's restrict_violation.
        Some("23001") => true,
        // SQLite implements ON DELETE RESTRICT as a trigger.
        Some("1811") => error.message().contains("FOREIGN KEY"),
        // SQLite's SQLITE_CONSTRAINT_ROWID: the key is taken.
        Some("2579") => true,
        _ => false,
    }
}

/// Tells whether a key of another row does not even fit its column, so that there is no such row.
pub(super) fn is_about_a_key(error: &DbError, attempt: &Attempt<'_>) -> bool {
    let error = error.as_database_error().and_then(|error| error.try_downcast_ref::<PgDatabaseError>());
    let suspects = error.and_then(|error| unfit_on_postgres(error, attempt)).map(|(_, suspects)| suspects);
    matches!(suspects.as_deref(), Some([only]) if attempt.meta.columns[*only].references.is_some())
}

/// Returns the database's objection to values that pass every rule: columns and indexes have limits of their own, and
/// the result of an expression may not fit its column.
pub(super) fn unfit(error: &DbError, attempt: &Attempt<'_>) -> Option<Error> {
    if let Some(broken) = broken_check(error, attempt.meta) {
        return Some(broken);
    }
    let error = error.as_database_error()?;
    let (text, suspects) = match error.try_downcast_ref::<PgDatabaseError>() {
        Some(error) => unfit_on_postgres(error, attempt)?,
        None => unfit_on_sqlite(error, attempt)?,
    };
    Some(match suspects.as_slice() {
        [only] => Error::field(attempt.naming.column(*only).0, text),
        _ => Error::non_field(text),
    })
}

/// A message, and the columns that it may concern.
type Unfit = (&'static str, Vec<usize>);

const NULL: &str = "This field may not be null.";
const NO_VALUE: &str = "This is not a value of its column.";
pub(super) const TOO_LARGE: &str = "This number is too large for its column.";
/// The message for a row that breaks a check of another table, or one that the definition does not have.
pub(super) const BROKEN: &str = "This breaks a rule of the table.";

fn unfit_on_sqlite(error: &dyn DatabaseError, attempt: &Attempt<'_>) -> Option<Unfit> {
    match error.code()?.as_ref() {
        // SQLITE_CONSTRAINT_NOTNULL: `NOT NULL constraint failed: table.column`
        "1299" => Some((NULL, attempt.nulls(error.message().rsplit('.').next()))),
        // SQLITE_CONSTRAINT_CHECK
        "275" => Some((BROKEN, Vec::new())),
        // SQLITE_ERROR: the statement itself was tested when the server started.
        "1" => attempt.of_expressions(),
        // SQLITE_CONSTRAINT_DATATYPE, of a STRICT table.
        "3091" => attempt.of_expressions(),
        _ => None,
    }
}

fn unfit_on_postgres(error: &PgDatabaseError, attempt: &Attempt<'_>) -> Option<Unfit> {
    let message = error.message();
    let texts = |longer_than: usize| {
        let long =
            move |value: &Value| matches!(value, Value::Text(text) if text.chars().count() > longer_than);
        attempt.suspects(long)
    };
    Some(match error.code() {
        // program_limit_exceeded
        "54000" => ("This value is too long to be indexed.", attempt.longest_indexed()),
        // string_data_right_truncation
        "22001" => ("This value is too long for its column.", texts(number_in(message))),
        // numeric_value_out_of_range
        "22003" => {
            let most = if message.contains("smallint") { i64::from(i16::MAX) } else { i64::from(i32::MAX) };
            let large = |value: &Value| match value {
                Value::Integer(number) => *number > most || *number < -most - 1,
                Value::Decimal(_) => message.contains("numeric"),
                _ => false,
            };
            (TOO_LARGE, attempt.suspects(large))
        }
        // character_not_in_repertoire, untranslatable_character
        "22021" | "22P05" => ("This text has characters that the database does not store.", Vec::new()),
        // not_null_violation
        "23502" => (NULL, attempt.nulls(error.column())),
        // check_violation, of a domain or of a table; other data exceptions; internal_error, with which PostGIS
        // refuses.
        "23514" if error.data_type().is_some() => return attempt.of_expressions(),
        "23514" => (BROKEN, Vec::new()),
        "XX000" => return attempt.of_expressions(),
        code if code.starts_with("22") => return attempt.of_expressions(),
        _ => return None,
    })
}

/// Returns the first number in a text.
fn number_in(text: &str) -> usize {
    let digits = text.trim_start_matches(|char: char| !char.is_ascii_digit());
    digits.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0)
}

impl Attempt<'_> {
    /// Returns the columns to which a value with this property is written.
    fn suspects(&self, is_one: impl Fn(&Value) -> bool) -> Vec<usize> {
        self.values.iter().filter(|(_, value)| is_one(value)).map(|(index, _)| *index).collect()
    }

    /// Returns the column of this name, if `null` is written to it.
    fn nulls(&self, name: Option<&str>) -> Vec<usize> {
        let is_it = |index: usize| name.is_some_and(|name| self.meta.columns[index].column == name);
        let null = self.values.iter().find(|(index, value)| *value == Value::Null && is_it(*index));
        null.map(|(index, _)| *index).into_iter().collect()
    }

    /// Returns the columns that are written by expressions, with a message; `None` if there are no such columns.
    fn of_expressions(&self) -> Option<Unfit> {
        let written = self.values.iter().map(|(index, _)| *index);
        let suspects: Vec<usize> = written.filter(|index| self.meta.columns[*index].sql.is_some()).collect();
        (!suspects.is_empty()).then_some((NO_VALUE, suspects))
    }

    /// Returns the unique column with the longest text, or, if no unique column has a text, the column with the longest
    /// one.
    fn longest_indexed(&self) -> Vec<usize> {
        let length = |value: &Value| if let Value::Text(text) = value { text.len() } else { 0 };
        let unique = |index: usize| {
            let set = |each: &ConstraintMeta| matches!(each.kind, ConstraintKind::Unique(set) if set.contains(&index));
            self.meta.columns[index].unique || index == self.meta.key || self.meta.constraints.iter().any(set)
        };
        let longest = self
            .values
            .iter()
            .filter(|(_, value)| length(value) > 0)
            .max_by_key(|(index, value)| (unique(*index), length(value)));
        longest.map(|(index, _)| *index).into_iter().collect()
    }
}

/// Determines what is wrong with values that are valid by themselves.
pub(crate) async fn explain(db: &Db, attempt: &Attempt<'_>) -> Result<Errors> {
    let mut errors = taken(db, attempt).await?;
    if errors.is_empty() {
        explain_rows(db, attempt, &mut errors).await?;
    }
    if errors.is_empty() {
        explain_key(db, attempt, &mut errors).await?;
    }
    Ok(errors)
}

/// Determines which values refer to no row, and which unique values are taken.
pub(crate) async fn taken(db: &Db, attempt: &Attempt<'_>) -> Result<Errors> {
    let mut errors = Errors::default();
    for (index, value) in attempt.values {
        let column = &attempt.meta.columns[*index];
        if matches!(value, Value::Null) {
            continue;
        }
        let (name, messages) = attempt.naming.column(*index);
        if let Some(model) = column.references
            && !exists(db, model(), &[(model().key_column(), value.clone())], &Condition::all(), None).await?
        {
            errors.add(name, Refusal::from(does_not_exist(&spelled(value))).detail(messages));
            continue;
        }
        let unique = column.unique || *index == attempt.meta.key;
        if unique
            && column.auto != Auto::Key
            && is_taken(db, attempt, &[(column, value.clone())], &Condition::all()).await?
        {
            let fault = not_unique(attempt.meta, column);
            errors.add(name, Refusal::from(fault).detail(messages));
        }
    }
    explain_fields(db, attempt, &mut errors).await?;
    Ok(errors)
}

/// Determines which rows prevent the deletion of a row.
///
/// Returns `Ok` if no row prevents it any more.
pub(super) async fn protected(db: &Db, meta: &'static ModelMeta, row: &Row) -> Result<()> {
    let found = referrers(db, meta, row, Forbidden::Deletion).await?;
    if found.is_empty() {
        return Ok(());
    }
    let protects = found.iter().any(|referrer| referrer.protects);
    let names: Vec<String> = found.into_iter().map(|referrer| referrer.name).collect();
    let text = protected_text(meta, &names);
    // The model says that nothing is done: this is the database's objection, and not a rule of the model.
    Err(if protects {
        Error::Protected(text)
    } else {
        Error::Api { status: 400, detail: Detail::Text(text) }
    })
}

/// Adds the rows that prevent the change of a row's key, if the write changes it.
async fn explain_key(db: &Db, attempt: &Attempt<'_>, errors: &mut Errors) -> Result<()> {
    let meta = attempt.meta;
    let Some(current) = attempt.current else { return Ok(()) };
    let new = attempt.values.iter().find(|(index, _)| *index == meta.key).map(|(_, value)| value);
    if new.is_none() || new == current.values().get(meta.key) {
        return Ok(());
    }
    let found = referrers(db, meta, current, Forbidden::OtherKey).await?;
    if !found.is_empty() {
        let by = found.into_iter().map(|referrer| referrer.name).collect::<Vec<_>>().join(", ");
        let text = format!("Cannot change the key of this {}: it is referred to by {by}.", meta.verbose_name);
        errors.add(attempt.naming.column(meta.key).0, Detail::message(text));
    }
    Ok(())
}

/// The operations that references prevent on the row to which they refer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Forbidden {
    Deletion,
    OtherKey,
}

/// A column by which another row refers to a row.
struct Referrer {
    /// `table.column`
    name: String,
    /// Whether the reference protects the row, and is not one for which nothing is done (`do-nothing`).
    protects: bool,
}

/// Returns the columns by which other rows refer to a row, if they prevent the operation.
async fn referrers(
    db: &Db,
    meta: &'static ModelMeta,
    row: &Row,
    forbidden: Forbidden,
) -> Result<Vec<Referrer>> {
    let (sql, table) = db.dialect().referrers(meta.table);
    let (mut found, mut defaulted) = (Vec::new(), Vec::new());
    for mut referrer in db.query(sql, vec![table.into()]).await? {
        let (table, from, to): (String, String, Option<String>) =
            (referrer.take(0)?, referrer.take(1)?, referrer.take(2)?);
        let action: String = referrer.take(if forbidden == Forbidden::Deletion { 3 } else { 4 })?;
        let is_own: i64 = referrer.take(5)?;
        let protects = match action.as_str() {
            "RESTRICT" | "r" => true,
            // In other tables it is the default, and Django does in Python what a model says about deletions.
            "NO ACTION" | "a" => is_own == 0,
            "SET DEFAULT" | "d" if forbidden == Forbidden::Deletion => true,
            _ => continue,
        };
        let sets_default = matches!(action.as_str(), "SET DEFAULT" | "d");
        let to = to.as_deref().unwrap_or(meta.key_column().column);
        let Some(index) = meta.columns.iter().position(|column| column.column.eq_ignore_ascii_case(to))
        else {
            continue;
        };
        let value = row.values().get(index).cloned().unwrap_or(Value::Null);
        let mut sql = Composer::new(db.dialect());
        sql.text("SELECT 1 FROM ").name(&table).text(" WHERE ").name(&from).text(" = ");
        sql.of(&meta.columns[index], value).text(" LIMIT 1");
        let (sql, args) = sql.finish();
        if !db.run(Statement::read(sql, args, Shape::Untyped)).await?.rows.is_empty() {
            let list = if sets_default { &mut defaulted } else { &mut found };
            list.push(Referrer { name: format!("{table}.{from}"), protects });
        }
    }
    // These references prevent a deletion only if there is no row with the default as its key.
    Ok(if found.is_empty() { defaulted } else { found })
}

/// Returns `Cannot delete this category: it is referred to by specimen.category.`
pub(super) fn protected_text(meta: &ModelMeta, referrers: &[String]) -> String {
    let by = if referrers.is_empty() { "other rows".to_owned() } else { referrers.join(", ") };
    format!("Cannot delete this {}: it is referred to by {by}.", meta.verbose_name)
}
