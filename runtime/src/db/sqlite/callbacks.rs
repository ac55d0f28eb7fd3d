//! The callbacks that SQLite gets from the runtime, with either driver: the order of decimals that are stored as texts,
//! and regular expressions, for searches that `LIKE` cannot do.
//!
//! Both are used only in statements and never in a table definition, so that other programs can open the file. Within
//! transactions `sqlx` has a function of its own for regular expressions, from the same crate.

use std::sync::{Mutex, PoisonError};

use regex::bytes::Regex;
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use sqlx::sqlite::SqliteConnectOptions;

use crate::ground::scalar;

/// The collation of columns with decimals of many digits.
pub(crate) const DECIMALS: &str = "dcrf_decimal";

/// Registers them for connections of `sqlx`.
pub(crate) fn of_options(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options.collation(DECIMALS, scalar::compare_digits).with_regexp()
}

/// Registers them for a connection of `rusqlite`.
pub(crate) fn of_connection(connection: &Connection) -> rusqlite::Result<()> {
    connection.create_collation(DECIMALS, scalar::compare_digits)?;
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("regexp", 2, flags, regexp)
}

/// Implements `text REGEXP pattern`: SQLite passes the pattern first. A statement keeps its compiled pattern.
fn regexp(context: &Context<'_>) -> rusqlite::Result<Option<bool>> {
    let regex = context.get_or_create_aux(0, |pattern| compiled(pattern.as_str()?))?;
    Ok(match context.get_raw(1) {
        ValueRef::Null => None,
        // Texts of other programs need not be UTF-8.
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(regex.is_match(bytes)),
        ValueRef::Integer(number) => Some(regex.is_match(number.to_string().as_bytes())),
        ValueRef::Real(number) => Some(regex.is_match(number.to_string().as_bytes())),
    })
}

/// The number of compiled patterns that are kept: a list is counted and read, and its next page may be requested.
const KEPT: usize = 32;
/// The longest pattern that is kept, in bytes.
const LONGEST: usize = 1024;

static RECENT: Mutex<Vec<(String, Regex)>> = Mutex::new(Vec::new());

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn compiled(pattern: &str) -> Result<Regex, Failure> {
    // A thread that panicked with the lock did so between two calls of a vector, which is therefore consistent.
    let recent = || RECENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, regex)) = recent().iter().find(|(known, _)| known == pattern) {
        return Ok(regex.clone());
    }
    let regex = Regex::new(pattern)?;
    if pattern.len() <= LONGEST {
        let mut recent = recent();
        recent.truncate(KEPT - 1);
        recent.insert(0, (pattern.to_owned(), regex.clone()));
    }
    Ok(regex)
}
