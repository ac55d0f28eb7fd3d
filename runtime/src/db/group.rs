//! A group of statements that are committed together, each with an outcome of its own.
//!
//! A constraint that one of them breaks undoes that statement only. Whatever else goes wrong undoes the group, and its
//! statements run again one by one; unless the group could not even begin, which none of them could alone.

use rusqlite::ErrorCode;

use super::local::{self, Local};
use super::statement::Told;
use super::{DbResult, Outcome, Statement};

/// Tells triggers what not to note. Nobody else ever sees it: it is undone before the commit.
pub(super) const MARK: &str = "INSERT OR REPLACE INTO \"_dcrf_told\" (\"id\", \"table\") VALUES (1, $1)";
/// Tells them to note everything again.
pub(super) const UNMARK: &str = "DELETE FROM \"_dcrf_told\"";

/// Runs statements, in as few commits as may be; gives their outcomes in order, and the number of commits.
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

/// What nobody can do is said to all, and not found out by each: with a lock that would take each the time that one waits
/// for it.
fn refused(statements: &[&Statement], error: &sqlx::Error) -> Vec<DbResult<Outcome>> {
    statements.iter().map(|_| Err(local::again(error))).collect()
}

/// Runs all in the transaction that has begun; none if it did not come to a commit, and nothing is stored then.
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

/// Runs a statement of whose changes the runtime tells, with its marks, as a transaction.
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

fn mark(local: &Local, told: Told) -> DbResult<()> {
    match told {
        Some(table) => local.execute(MARK, Some(table)),
        None => local.execute(UNMARK, None),
    }
}

/// A broken constraint undoes its statement (SQLite's ABORT), unless its table says that it undoes the transaction
/// (`ON CONFLICT ROLLBACK`, `RAISE(ROLLBACK)`); of other errors some do. What came after that would be stored one by one.
fn undoes_one_statement(local: &Local, error: &sqlx::Error) -> bool {
    local::code_of(error) == Some(ErrorCode::ConstraintViolation) && !local.connection.is_autocommit()
}

/// Stores something that changes nothing, and, if that is asked, finds out whether there is room.
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
    // Without a transaction it is an error, and that is fine: there is nothing to undo.
    let _ = local.execute("ROLLBACK", None);
}
