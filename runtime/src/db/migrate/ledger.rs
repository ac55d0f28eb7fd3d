//! Compares the migrations that a database has applied with those of a program.

use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;

use super::list::Migration;
use crate::db::dialect::Dialect;
use crate::ground::error::{Error, Result};

use super::checksum::is_checksum;
use super::list::Recorded;
use super::script;
use super::squash::{Standing, StandsFor, standing, stands_for};

const APPLIED: &str = "SELECT version, name, checksum, applied_at FROM _dcrf_migrations ORDER BY version";

/// A migration of the program, or of the database alone.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) version: i64,
    /// Its name in the program, or in the database if the program does not know it.
    pub(crate) name: String,
    pub(crate) state: State,
    /// The time at which it was applied; `None` if it was not.
    pub(crate) applied_at: Option<String>,
}

/// The state of a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// The database has applied it.
    Applied,
    /// It is still to be applied.
    Pending,
    /// The database has applied another text, or a migration of another name, in its place.
    Changed {
        /// The name of the migration that was applied.
        name: String,
    },
    /// The database has applied some of the migrations that it replaces.
    Partial {
        /// The last of them that was applied.
        last: String,
        /// The last of them.
        needed: String,
    },
    /// It cannot be applied: `x-sql` gives no type of these columns for the database.
    Lacking {
        /// The columns, after the names of their tables.
        columns: Vec<String>,
        /// The dialect of the database.
        dialect: Dialect,
    },
    /// The program does not know it, because a newer program has applied it.
    Newer,
    /// The program does not know it, although it knows later ones: it comes from another branch.
    Unknown,
}

impl State {
    /// Tells whether this state prevents all migrations.
    pub(crate) fn is_wrong(&self) -> bool {
        matches!(self, Self::Changed { .. } | Self::Partial { .. } | Self::Lacking { .. })
    }

    /// Tells whether this state needs no action.
    pub(crate) fn is_settled(&self) -> bool {
        matches!(self, Self::Applied | Self::Newer)
    }
}

/// Returns every migration of a program and of a database, in order.
pub(crate) fn entries(
    migrations: &[Migration],
    recorded: &[Recorded],
    dialect: Dialect,
) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut stood_for = 0;
    for migration in migrations {
        let list = stands_for(migration)?;
        let own = recorded.iter().find(|record| record.version == migration.version);
        let own = own.filter(|record| list.is_empty() || is_checksum(&record.checksum, migration));
        let (state, applied_at) = match own {
            Some(record) if is_checksum(&record.checksum, migration) => {
                (State::Applied, Some(record.applied_at.clone()))
            }
            Some(record) => (State::Changed { name: record.name.clone() }, Some(record.applied_at.clone())),
            None if list.is_empty() => (State::Pending, None),
            None => of_squash(migration, &list, recorded),
        };
        if !list.is_empty() && state == State::Applied {
            stood_for = migration.version;
        }
        let columns = if state == State::Pending { script::lacking(migration.sql) } else { Vec::new() };
        let state = if columns.is_empty() { state } else { State::Lacking { columns, dialect } };
        let (version, name) = (migration.version, migration.name.to_owned());
        entries.push(Entry { version, name, state, applied_at });
    }
    let last = migrations.last().map_or(0, |migration| migration.version);
    for record in recorded.iter().filter(|record| record.version > stood_for) {
        if !migrations.iter().any(|migration| migration.version == record.version) {
            entries.push(Entry {
                version: record.version,
                name: record.name.clone(),
                state: if record.version > last { State::Newer } else { State::Unknown },
                applied_at: Some(record.applied_at.clone()),
            });
        }
    }
    entries.sort_by_key(|entry| entry.version);
    Ok(entries)
}

/// Returns the state of a squashed migration that is not applied itself.
fn of_squash(migration: &Migration, list: &[StandsFor], recorded: &[Recorded]) -> (State, Option<String>) {
    let before = recorded.iter().rfind(|record| record.version <= migration.version);
    let applied_at = before.map(|record| record.applied_at.clone());
    let state = match standing(list, recorded) {
        Standing::Nothing => State::Pending,
        Standing::All => State::Applied,
        Standing::Some => State::Partial {
            last: before.map(|record| record.name.clone()).unwrap_or_default(),
            needed: list.last().map(|each| each.name.clone()).unwrap_or_default(),
        },
        Standing::Other(version) => {
            let other = recorded.iter().find(|record| record.version == version);
            State::Changed { name: other.map(|record| record.name.clone()).unwrap_or_default() }
        }
    };
    (state, applied_at)
}

/// Returns the migrations to apply. A database that is ahead of this program is accepted: a newer server has migrated
/// it.
///
/// # Errors
/// Returns [`Error::Internal`] if a state prevents migrations.
pub(crate) fn pending(
    migrations: &'static [Migration],
    recorded: &[Recorded],
    dialect: Dialect,
) -> Result<Vec<&'static Migration>> {
    let entries = entries(migrations, recorded, dialect)?;
    if let Some(wrong) = entries.iter().find(|entry| entry.state.is_wrong()) {
        return Err(Error::internal(wrong.sentence()));
    }
    for Entry { version, name, .. } in
        entries.iter().filter(|entry| matches!(entry.state, State::Newer | State::Unknown))
    {
        tracing::warn!(version, name, "the database has a migration that this program does not know");
    }
    Ok(to_apply(migrations, &entries))
}

/// Returns the pending migrations, in order.
pub(crate) fn to_apply(migrations: &'static [Migration], entries: &[Entry]) -> Vec<&'static Migration> {
    let is_pending = |migration: &&Migration| {
        entries.iter().any(|entry| entry.version == migration.version && entry.state == State::Pending)
    };
    migrations.iter().filter(is_pending).collect()
}

impl Entry {
    /// Returns what is wrong, and what can be done.
    pub(crate) fn sentence(&self) -> String {
        let Self { version, name, state, .. } = self;
        match state {
            State::Changed { name: other } if other != name => format!(
                "migration {version} ({name}) has changed since it was applied, as {other}: two branches each added \
                 one; `dcrf migrate rebase` puts one after the other, and a database that has applied the one that \
                 moves is made anew"
            ),
            State::Changed { .. } => format!(
                "migration {version} ({name}) has changed since it was applied: restore its text, and have what is \
                 new in another (`dcrf generate`, `dcrf migrate new`)"
            ),
            State::Partial { last, needed } => format!(
                "migration {version} ({name}) stands for those until {needed}, and the database has applied no more \
                 than {last}: run the release before, which has {needed} itself, and then this one"
            ),
            State::Lacking { columns, dialect } => {
                format!("migration {version} ({name}): {}", lacks(columns, *dialect))
            }
            State::Unknown => format!(
                "migration {version} ({name}) was applied, and this program does not know it: it is of another branch"
            ),
            State::Newer => format!("migration {version} ({name}) was applied by a newer program"),
            State::Applied => format!("migration {version} ({name}) is applied"),
            State::Pending => format!("migration {version} ({name}) is to be applied"),
        }
    }
}

/// Returns why nothing is applied if `x-sql` gives no type for columns, and what can be done.
pub(crate) fn lacks(columns: &[String], dialect: Dialect) -> String {
    let (database, key) = match dialect {
        Dialect::Sqlite => ("SQLite", "sqlite"),
        Dialect::Postgres => ("PostgreSQL", "postgres"),
    };
    format!(
        "`x-sql` of {} says nothing for `{key}`, so that {database} cannot be used; if the definition has another answer \
         by now, `dcrf migrate squash` has one migration, with that answer, stand for all",
        columns.join(", ")
    )
}

pub(crate) async fn on_sqlite(connection: &mut SqliteConnection) -> Result<Vec<Recorded>> {
    let rows = sqlx::query(APPLIED).fetch_all(connection).await?;
    rows.iter().map(record).collect()
}

pub(crate) async fn on_postgres(connection: &mut PgConnection) -> Result<Vec<Recorded>> {
    let rows = sqlx::query(APPLIED).fetch_all(connection).await?;
    rows.iter().map(record).collect()
}

fn record<'r, R>(row: &'r R) -> Result<Recorded>
where
    R: sqlx::Row,
    usize: sqlx::ColumnIndex<R>,
    i64: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    String: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    let (version, name, checksum, applied_at) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
    Ok(Recorded { version, name, checksum, applied_at })
}

#[cfg(test)]
mod tests {
    use super::{Dialect, Recorded, State, entries, pending};
    use crate::db::Migration;
    use crate::db::migrate::checksum::checksum;

    static LIST: [Migration; 3] = [
        Migration { version: 1, name: "0001_initial", sql: "a" },
        Migration { version: 2, name: "0002_b", sql: "b" },
        Migration { version: 4, name: "0004_d", sql: "d" },
    ];

    fn record(version: i64, name: &str, checksum: String) -> Recorded {
        Recorded { version, name: name.to_owned(), checksum, applied_at: "then".to_owned() }
    }

    #[test]
    fn every_migration_has_a_state() {
        let recorded = [
            record(1, "0001_initial", checksum(&LIST[0])),
            record(2, "0002_other", "x".to_owned()),
            record(3, "0003_c", "x".to_owned()),
            record(5, "0005_e", "x".to_owned()),
        ];
        let states: Vec<State> = entries(&LIST, &recorded, Dialect::Sqlite)
            .expect("no squash")
            .into_iter()
            .map(|entry| entry.state)
            .collect();
        let changed = State::Changed { name: "0002_other".to_owned() };
        assert_eq!(states, [State::Applied, changed, State::Unknown, State::Pending, State::Newer]);
        let error = pending(&LIST, &recorded, Dialect::Sqlite).expect_err("another branch").to_string();
        assert!(error.contains("`dcrf migrate rebase`"), "{error}");
        let left = pending(&LIST, &recorded[..1], Dialect::Sqlite).expect("nothing is wrong");
        assert_eq!(left.iter().map(|each| each.version).collect::<Vec<_>>(), [2, 4]);
    }
}
