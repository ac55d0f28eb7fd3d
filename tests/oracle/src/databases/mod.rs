//! The databases that there are: SQLite in a file, and PostgreSQL on two clusters, one that orders texts by their code
//! points and one that orders them by an ICU collation.
//!
//! A worker has one of each, and empties it between worlds: that is much faster than a new database, and migrations run
//! on what is as good as one.

mod postgres;

use std::fmt;
use std::io::Write as _;

use tempfile::TempDir;

use postgres::Postgres;

/// A sort of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// SQLite.
    Sqlite,
    /// PostgreSQL with the collation `C`.
    PostgresC,
    /// PostgreSQL with an ICU collation.
    PostgresIcu,
}

impl Place {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sqlite, Self::PostgresC, Self::PostgresIcu];

    /// As [`DATABASES`](crate::settings::DATABASES) names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::PostgresC => "c",
            Self::PostgresIcu => "icu",
        }
    }

    /// The variable with the URL of its server.
    const fn variable(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::PostgresC => Some("DCRF_TEST_POSTGRES_C"),
            Self::PostgresIcu => Some("DCRF_TEST_POSTGRES"),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::PostgresC => "PostgreSQL with the collation C",
            Self::PostgresIcu => "PostgreSQL with an ICU collation",
        })
    }
}

/// A database of one worker's own.
#[derive(Debug)]
pub enum Database {
    /// A folder, and how many files were made in it.
    Sqlite(TempDir, usize),
    /// A database on a server.
    Postgres(Place, Postgres),
}

impl Database {
    /// Makes one of each that is wanted and there is. One whose server is not named is left out, aloud; in CI it has to
    /// be named.
    ///
    /// # Panics
    /// If a server cannot be used or, where it matters, is not of the sort that it should be.
    pub async fn all(wanted: Option<&[String]>) -> Vec<Self> {
        let mut found = Vec::new();
        for place in Place::ALL {
            if wanted.is_some_and(|wanted| !wanted.iter().any(|name| name == place.name())) {
                continue;
            }
            let Some(variable) = place.variable() else {
                found.push(Self::Sqlite(tempfile::tempdir().expect("a folder"), 0));
                continue;
            };
            let Ok(server) = std::env::var(variable) else {
                assert!(
                    std::env::var_os("CI").is_none(),
                    "{variable} is not set, and in CI no test may be skipped"
                );
                say(&format!(
                    "NOT TESTED on {place}: {variable} is not set (`tests/run` starts a server and sets it)"
                ));
                continue;
            };
            let database = Postgres::create(&server).await;
            let expected = place == Place::PostgresIcu;
            if database.orders_by_language().await != expected {
                let text = format!(
                    "{variable} is not {place}: `a` is {}less than `B` there",
                    if expected { "not " } else { "" }
                );
                assert!(std::env::var_os("CI").is_none(), "{text}");
                say(&format!("NOT TESTED on {place}: {text}"));
            }
            found.push(Self::Postgres(place, database));
        }
        found
    }

    /// Which it is.
    pub const fn place(&self) -> Place {
        match self {
            Self::Sqlite(..) => Place::Sqlite,
            Self::Postgres(place, _) => *place,
        }
    }

    /// Takes everything out of it, and gives its URL. Nobody may be connected to it.
    ///
    /// # Panics
    /// If that does not succeed.
    pub async fn emptied(&mut self) -> String {
        match self {
            Self::Sqlite(folder, count) => {
                let path = |count: usize| folder.path().join(format!("{count}.sqlite3"));
                for ending in ["", "-wal", "-shm"] {
                    let mut last = path(*count).into_os_string();
                    last.push(ending);
                    // Mostly it is not there.
                    let _ = std::fs::remove_file(last);
                }
                *count += 1;
                format!("sqlite:{}", path(*count).display())
            }
            Self::Postgres(_, postgres) => {
                postgres.empty().await;
                postgres.url().to_owned()
            }
        }
    }

    /// Removes it.
    pub async fn remove(self) {
        if let Self::Postgres(_, postgres) = self {
            postgres.remove().await;
        }
    }
}

/// Says something aloud: the test harness keeps to itself what a test that passes prints.
pub fn say(text: &str) {
    // If nobody listens, there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "{text}");
}
