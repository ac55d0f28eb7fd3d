//! A group of statements that are committed together, each with an outcome of its own.
//!
//! A constraint that one of them violates undoes that statement only. Every other error undoes the group, and its
//! statements run again one by one, unless the group could not even begin, because then no single statement could,
//! either.

use rusqlite::ErrorCode;

use super::local::{self, Local};
use crate::db::fate::DbResult;
use crate::db::statement::{Outcome, Statement, SuppressTrigger};

/// Tells triggers what not to note. No other connection ever sees it, because it is undone before the commit.
pub(super) const MARK: &str = "INSERT OR REPLACE INTO \"_dcrf_told\" (\"id\", \"table\") VALUES (1, $1)";
/// Tells triggers to note everything again.
pub(crate) const UNMARK: &str = "DELETE FROM \"_dcrf_told\"";

/// Runs statements, in as few commits as possible; returns their outcomes in order, and the number of commits.
pub(super) fn run(local: &Local, statements: &[&Statement]) -> (Vec<DbResult<Outcome>>, u64) {
    if let Err(error) = local.location.check() {
        return (refused(statements, &error), 0);
    }
    if statements.len() > 1 {
        if let Err(error) = local.execute("BEGIN IMMEDIATE", None) {
            return (refused(statements, &error), 0);
        }
        match run_together(local, statements) {
            Some(outcomes) => return (outcomes, 1),
            None => roll_back(local),
        }
    }
    let alone = |statement: &&Statement| match statement.told {
        Some(_) => run_told(local, statement),
        None => local.run(statement),
    };
    (statements.iter().map(alone).collect(), statements.len() as u64)
}

/// Gives an error that concerns all statements to each of them, instead of running each: with a locked file each would
/// wait as long as the first.
fn refused(statements: &[&Statement], error: &sqlx::Error) -> Vec<DbResult<Outcome>> {
    statements.iter().map(|_| Err(local::again(error))).collect()
}

/// Runs all statements in the transaction that has begun; returns `None` if there was no commit, and nothing is stored
/// then.
fn run_together(local: &Local, statements: &[&Statement]) -> Option<Vec<DbResult<Outcome>>> {
    let mut outcomes = Vec::with_capacity(statements.len());
    let mut told = None;
    for statement in statements {
        if statement.told != told {
            told = statement.told;
            mark(local, told).ok()?;
        }
        let outcome = local.run(statement);
        if outcome.as_ref().is_err_and(|error| !undoes_one_statement(local, error)) {
            return None;
        }
        outcomes.push(outcome);
    }
    if told.is_some() {
        mark(local, None).ok()?;
    }
    local.execute("COMMIT", None).ok()?;
    Some(outcomes)
}

/// Runs a statement whose changes the runtime publishes itself, with its marks, as a transaction.
fn run_told(local: &Local, statement: &Statement) -> DbResult<Outcome> {
    let marked = || {
        mark(local, statement.told)?;
        let outcome = local.run(statement)?;
        mark(local, None)?;
        local.execute("COMMIT", None)?;
        Ok(outcome)
    };
    local.execute("BEGIN IMMEDIATE", None)?;
    let outcome = marked();
    if outcome.is_err() {
        roll_back(local);
    }
    outcome
}

fn mark(local: &Local, told: SuppressTrigger) -> DbResult<()> {
    match told {
        Some(table) => local.execute(MARK, Some(table)),
        None => local.execute(UNMARK, None),
    }
}

/// Tells whether an error undoes only its statement. A violated constraint does (SQLite's ABORT), unless its table says
/// that it undoes the transaction (`ON CONFLICT ROLLBACK`, `RAISE(ROLLBACK)`); some other errors undo the transaction.
/// Later statements would then be stored one by one.
fn undoes_one_statement(local: &Local, error: &sqlx::Error) -> bool {
    local::code_of(error) == Some(ErrorCode::ConstraintViolation) && !local.connection.is_autocommit()
}

/// Writes a value that changes nothing, and, if `room` is set, checks whether there is room.
pub(super) fn try_to_write(local: &Local, room: bool) -> DbResult<()> {
    let write = || {
        if room {
            local.execute("BEGIN IMMEDIATE", None)?;
            local.execute("CREATE TABLE \"_dcrf_room\" (\"room\" BLOB)", None)?;
            local.execute("INSERT INTO \"_dcrf_room\" VALUES (zeroblob(65536))", None)?;
            roll_back(local);
        }
        local.execute("BEGIN IMMEDIATE", None)?;
        let version = local.connection.pragma_query_value(None, "user_version", |row| row.get::<_, i32>(0));
        let version = version.map_err(|error| local::failure(&error))?;
        let same = local.connection.pragma_update(None, "user_version", version);
        same.map_err(|error| local::failure(&error))?;
        local.execute("COMMIT", None)
    };
    local.location.check()?;
    let written = write();
    if written.is_err() {
        roll_back(local);
    }
    written
}

fn roll_back(local: &Local) {
    // Without a transaction this is an error without consequence: there is nothing to roll back.
    let _ = local.execute("ROLLBACK", None);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::local::{Local, Location};
    use super::{run, try_to_write};
    use crate::db::statement::{Shape, Statement};

    fn write(sql: &'static str) -> Statement {
        Statement::write(sql, Vec::new(), Shape::Nothing)
    }

    fn local(directory: &tempfile::TempDir, busy_timeout: Duration) -> Local {
        let path = directory.path().join("test.sqlite3");
        std::fs::OpenOptions::new().append(true).create(true).open(&path).expect("a file");
        let location = Location::file(&path, "");
        location.remember();
        Local::open(&location, busy_timeout).expect("a database")
    }

    fn names(local: &Local) -> i64 {
        let counted = local.connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0));
        counted.expect("a table")
    }

    /// `RAISE(ROLLBACK)` ends the transaction of the group: later statements would be stored at once, and once more
    /// when the statements run again.
    #[test]
    fn what_ends_a_group_has_nothing_done_twice() {
        let directory = tempfile::tempdir().expect("a directory");
        let local = local(&directory, Duration::ZERO);
        let made = local.connection.execute_batch(
            "CREATE TABLE t (name TEXT);
             CREATE TRIGGER bad BEFORE INSERT ON t WHEN new.name = 'bad' BEGIN SELECT RAISE(ROLLBACK, 'no'); END;",
        );
        made.expect("a table");
        let statements =
            ["INSERT INTO t VALUES ('a')", "INSERT INTO t VALUES ('bad')", "INSERT INTO t VALUES ('b')"];
        let statements = statements.map(write);
        let (outcomes, _) = run(&local, &statements.iter().collect::<Vec<_>>());
        assert_eq!(outcomes.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
        assert_eq!(names(&local), 2);
    }

    /// A lock is waited for once, however many statements wait.
    #[test]
    fn a_lock_is_found_out_once() {
        let directory = tempfile::tempdir().expect("a directory");
        let (own, other) = (local(&directory, Duration::from_millis(100)), local(&directory, Duration::ZERO));
        own.connection.execute_batch("CREATE TABLE t (name TEXT)").expect("a table");
        other.connection.execute_batch("BEGIN IMMEDIATE").expect("a lock");
        let statements: Vec<Statement> = (0..64).map(|_| write("INSERT INTO t VALUES ('a')")).collect();
        let began = std::time::Instant::now();
        let (outcomes, commits) = run(&own, &statements.iter().collect::<Vec<_>>());
        assert!(outcomes.iter().all(|outcome| outcome.as_ref().is_err_and(crate::db::fate::is_locked)));
        // One by one they would have waited 64 times 100 ms.
        assert!(commits == 0 && began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        assert!(crate::db::fate::is_locked(&try_to_write(&own, false).expect_err("it is locked")));
        other.connection.execute_batch("ROLLBACK").expect("its end");
        try_to_write(&own, true).expect("it can write");
        assert_eq!(names(&own), 0);
    }
}
