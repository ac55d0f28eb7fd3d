//! A connection to SQLite that runs statements on the calling thread.
//!
//! `sqlx` keeps a thread for each connection to SQLite: handing over a statement and its result costs more than most
//! statements. This is `rusqlite` over the same SQLite; errors are converted to those that `sqlx` would give.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, Row, Statement as Prepared};
use sqlx::error::{DatabaseError, ErrorKind};

use super::cell::{Stored, StoredRow};
use super::{callbacks, stored};
use crate::db::fate::{self, DbResult};
use crate::db::reach;
use crate::db::statement::{Outcome, Shape, Statement, too_many_bytes};
use crate::ground::outage::{Outage, Reason};

/// The number of prepared statements of a connection: more than the models of an application need.
const STATEMENTS: usize = 512;
/// The characters that must be escaped in the path of a URI (SQLite, "Uniform Resource Identifiers"); text between two
/// slashes at its beginning and the next slash would be a host.
const IN_PATH: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#').add(b'/');

/// The database to open.
#[derive(Debug, Clone)]
pub(super) struct Location {
    uri: String,
    flags: OpenFlags,
    /// For a file: its path, and the identity of the first file that was opened.
    file: Option<(PathBuf, Arc<OnceLock<Identity>>)>,
}

/// The identity of a file; unknown if the system does not provide it.
#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = ();

fn identity(path: &Path) -> io::Result<Identity> {
    let metadata = std::fs::metadata(path)?;
    #[cfg(unix)]
    return Ok((
        std::os::unix::fs::MetadataExt::dev(&metadata),
        std::os::unix::fs::MetadataExt::ino(&metadata),
    ));
    #[cfg(not(unix))]
    return Ok(drop(metadata));
}

impl Location {
    /// Creates the location of a file. Options in the query of its URL are kept (`vfs`, `immutable`), except two. The
    /// mode is not kept: the file exists, and even readers have to write to the shared memory of its log. The cache is
    /// not kept: connections that share a cache lock each other out.
    pub(super) fn file(path: &Path, query: &str) -> Self {
        let file = Some((reach::path_of(path).to_owned(), Arc::default()));
        let path = path.to_string_lossy();
        if path.starts_with("file:") {
            // The name is a URI already: `sqlx` treats it as one, too.
            return Self { uri: path.into_owned(), flags: OpenFlags::SQLITE_OPEN_READ_WRITE, file };
        }
        let mut uri = format!("file:{}?mode=rw", utf8_percent_encode(&path, IN_PATH));
        let kept = |pair: &&str| pair.starts_with("vfs=") || pair.starts_with("immutable=");
        for pair in query.split('&').filter(kept) {
            uri.push('&');
            uri.push_str(pair);
        }
        Self { uri, flags: OpenFlags::SQLITE_OPEN_READ_WRITE, file }
    }

    /// Creates the location of a database in memory, which another connection of `sqlx` has by this name.
    pub(super) fn memory(name: &Path) -> Self {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_MEMORY
            | OpenFlags::SQLITE_OPEN_SHARED_CACHE;
        Self { uri: name.to_string_lossy().into_owned(), flags, file: None }
    }

    /// Records the identity of the file. There may be none, if its name is a URI of another form.
    pub(super) fn remember(&self) {
        if let Some((path, first)) = &self.file
            && let Ok(now) = identity(path)
        {
            let _ = first.set(now);
        }
    }

    /// Ensures that the file is still there. Writes to a file that was moved, deleted or replaced would be lost, and
    /// the next connection would open another file.
    pub(super) fn check(&self) -> DbResult<()> {
        let Some((path, Some(first))) = self.file.as_ref().map(|(path, first)| (path, first.get())) else {
            return Ok(());
        };
        let cause = match identity(path) {
            Ok(now) if now == *first => return Ok(()),
            Ok(_) => "another file is in the place of the database".to_owned(),
            Err(error) => format!("the file of the database is not in its place: {error}"),
        };
        Err(fate::of_outage(Outage::new(Reason::Unreachable, cause)))
    }
}

/// A connection.
pub(super) struct Local {
    pub(super) connection: Connection,
    pub(super) location: Location,
}

impl Local {
    /// Opens a connection. `busy_timeout` is how long it waits for another program that has locked the file.
    pub(super) fn open(location: &Location, busy_timeout: Duration) -> DbResult<Self> {
        let open = || {
            let flags = location.flags
                | OpenFlags::SQLITE_OPEN_URI
                | OpenFlags::SQLITE_OPEN_NO_MUTEX
                | OpenFlags::SQLITE_OPEN_EXRESCODE;
            let connection = Connection::open_with_flags(&location.uri, flags)?;
            connection.busy_timeout(busy_timeout)?;
            connection.set_prepared_statement_cache_capacity(STATEMENTS);
            // Otherwise a statement with `LIMIT $1` is prepared again each time it runs, for the value of the limit.
            callbacks::of_connection(&connection)?;
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
            Ok(Self { connection, location: location.clone() })
        };
        open().map_err(|error| failure(&error))
    }

    /// Runs a statement.
    pub(super) fn run(&self, statement: &Statement) -> DbResult<Outcome> {
        self.run_up_to(statement, usize::MAX)
    }

    /// Does the same; the statement is interrupted if its rows have more than `most` bytes.
    pub(super) fn run_up_to(&self, statement: &Statement, most: usize) -> DbResult<Outcome> {
        let failed = |error| failure(&error);
        let mut prepared = self.connection.prepare_cached(statement.sql.as_str()).map_err(failed)?;
        bind(&mut prepared, statement)?;
        let nothing = matches!(statement.shape, Shape::Nothing);
        let mut found = prepared.raw_query();
        let (mut rows, mut bytes) = (Vec::new(), statement.row_bytes());
        while let Some(row) = found.next().map_err(failed)? {
            if !nothing {
                let row = stored::decode(row, &statement.shape)?;
                bytes.add(row.bytes()).map_err(too_many_bytes)?;
                if bytes.bytes() > most {
                    return Err(interrupted());
                }
                rows.push(row);
            }
        }
        drop(found);
        bytes.finish().map_err(too_many_bytes)?;
        let affected = if nothing { self.connection.changes() } else { rows.len() as u64 };
        Ok(Outcome { rows, affected })
    }

    /// Runs a statement of the runtime that returns no rows.
    pub(super) fn execute(&self, sql: &'static str, text: Option<&str>) -> DbResult<()> {
        let run = || {
            let mut prepared = self.connection.prepare_cached(sql)?;
            match text {
                Some(text) => prepared.execute([text]),
                None => prepared.execute([]),
            }
        };
        run().map(drop).map_err(|error| failure(&error))
    }
}

/// Binds the arguments. `$2` is the second one wherever it appears, as on PostgreSQL; to SQLite it is only a name.
fn bind(prepared: &mut Prepared<'_>, statement: &Statement) -> DbResult<()> {
    for position in 1..=prepared.parameter_count() {
        let number = match prepared.parameter_name(position) {
            Some(name) => name.get(1..).and_then(|number| number.parse::<usize>().ok()),
            None => Some(position),
        };
        let arg = number.and_then(|number| statement.args.get(number.checked_sub(1)?));
        let arg = arg.ok_or_else(|| sqlx::Error::Encode("a parameter has no argument".into()))?;
        let stored = stored::of_arg(arg)?;
        let value = match &stored {
            Stored::Null => ValueRef::Null,
            Stored::Integer(number) => ValueRef::Integer(*number),
            Stored::Real(number) => ValueRef::Real(*number),
            Stored::Text(text) => ValueRef::Text(text.as_bytes()),
            Stored::Blob(bytes) => ValueRef::Blob(bytes),
        };
        prepared
            .raw_bind_parameter(position, ToSqlOutput::Borrowed(value))
            .map_err(|error| failure(&error))?;
    }
    Ok(())
}

impl StoredRow for Row<'_> {
    fn len(&self) -> usize {
        self.as_ref().column_count()
    }

    fn stored(&self, index: usize) -> DbResult<Stored<'_>> {
        Ok(match self.get_ref(index).map_err(|error| failure(&error))? {
            ValueRef::Null => Stored::Null,
            ValueRef::Integer(number) => Stored::Integer(number),
            ValueRef::Real(number) => Stored::Real(number),
            ValueRef::Text(text) => {
                let text = std::str::from_utf8(text).map_err(|error| sqlx::Error::Decode(error.into()))?;
                Stored::Text(text.into())
            }
            ValueRef::Blob(bytes) => Stored::Blob(bytes.into()),
        })
    }
}

/// An error of SQLite, in the form of `sqlx`.
#[derive(Debug, thiserror::Error)]
#[error("(code: {code}) {message}")]
struct Refused {
    code: i32,
    message: String,
}

impl DatabaseError for Refused {
    fn message(&self) -> &str {
        &self.message
    }

    /// The extended result code.
    fn code(&self) -> Option<std::borrow::Cow<'_, str>> {
        Some(self.code.to_string().into())
    }

    fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        use rusqlite::ffi;
        match self.code {
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY => ErrorKind::UniqueViolation,
            ffi::SQLITE_CONSTRAINT_FOREIGNKEY => ErrorKind::ForeignKeyViolation,
            ffi::SQLITE_CONSTRAINT_NOTNULL => ErrorKind::NotNullViolation,
            ffi::SQLITE_CONSTRAINT_CHECK => ErrorKind::CheckViolation,
            _ => ErrorKind::Other,
        }
    }
}

pub(super) fn failure(error: &rusqlite::Error) -> sqlx::Error {
    match error.sqlite_error() {
        Some(code) => {
            sqlx::Error::Database(Box::new(Refused { code: code.extended_code, message: error.to_string() }))
        }
        None => sqlx::Error::Protocol(error.to_string()),
    }
}

/// Returns the error of a statement that was interrupted.
fn interrupted() -> sqlx::Error {
    failure(&rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_INTERRUPT), None))
}

/// Copies an error, for other statements that it concerns.
pub(super) fn again(error: &sqlx::Error) -> sqlx::Error {
    let refused = error.as_database_error().and_then(|error| error.try_downcast_ref::<Refused>());
    match refused {
        Some(Refused { code, message }) => {
            sqlx::Error::Database(Box::new(Refused { code: *code, message: message.clone() }))
        }
        None => fate::of_outage(fate::outage(error)),
    }
}

/// Returns SQLite's code, if the error is one of a connection of this kind.
pub(super) fn code_of(error: &sqlx::Error) -> Option<ErrorCode> {
    let refused = error.as_database_error()?.try_downcast_ref::<Refused>()?;
    Some(rusqlite::ffi::Error::new(refused.code).code)
}
