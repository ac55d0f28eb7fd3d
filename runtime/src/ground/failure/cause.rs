//! The cause of a failure or a refusal, as one line.
//!
//! Values of payloads do not belong into a log. Messages of databases that may contain such values are cut; the text of
//! a refusal is left out.

use std::error::Error as StdError;

use sqlx::error::DatabaseError;

use crate::ground::error::{Detail, Error};

/// The maximal characters of a line.
const LONGEST: usize = 2_000;

/// The class of PostgreSQL's errors whose messages quote values ("data exception").
const DATA: &str = "22";

/// Returns the cause of a failure: the error, and its sources.
pub(crate) fn cause(error: &Error) -> String {
    let refused = match error {
        Error::Database(error) => error.driver().as_database_error(),
        _ => None,
    };
    line(&refused.map_or_else(|| chain(error), of_database))
}

/// Returns the cause of a refusal: the fields, without the values.
pub(super) fn refusal(error: &Error) -> String {
    match error {
        Error::Validation(Detail::Map(fields)) => {
            let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
            line(&format!("invalid input: {}", names.join(", ")))
        }
        Error::Validation(_) => "invalid input".to_owned(),
        Error::Parse(_) => "malformed request".to_owned(),
        Error::MethodNotAllowed(_) => "method not allowed".to_owned(),
        Error::Protected(_) => "protected".to_owned(),
        Error::Api { status, .. } => status.to_string(),
        other => line(&other.to_string()),
    }
}

/// Returns a text as one line of limited length: it can never look like two lines.
pub(crate) fn line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for (index, char) in text.trim().chars().enumerate() {
        if index == LONGEST {
            line.push('…');
            break;
        }
        if char.is_control() || matches!(char, '\u{2028}' | '\u{2029}') {
            line.extend(char.escape_default());
        } else {
            line.push(char);
        }
    }
    line
}

/// Returns an error and its sources, except those that its own message contains.
fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let own = error.to_string();
        if !text.contains(&own) {
            text.push_str(": ");
            text.push_str(&own);
        }
        source = error.source();
    }
    text
}

/// Returns the message and the code of a database error.
fn of_database(error: &dyn DatabaseError) -> String {
    let message = error.message();
    match error.code() {
        Some(code) if code.len() == 5 && code.starts_with(DATA) => {
            // The quotation marks depend on the language of the server.
            let end = message.find(['"', '\'', '„', '“', '”', '«', '»', '‘', '’', '「']);
            let shown = end.map_or(message, |end| message[..end].trim_end_matches([' ', ':']));
            let cut = if end.is_some() { " …" } else { "" };
            format!("database: {shown}{cut} ({code})")
        }
        Some(code) => format!("database: {message} ({code})"),
        None => format!("database: {message}"),
    }
}

#[cfg(test)]
mod tests;
