//! What happens to a file of SQLite: locks of others, no more bytes, another place.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use dcrf_e2e::{App, Database, Server};
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
use tokio::time::sleep;

use super::world::World;
use super::{Report, finish, seeded};
use crate::random::Random;

/// Faults of a run.
const FAULTS: usize = 70;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// Another program writes for a moment.
    WriteLock,
    /// Another program has it for itself for a moment.
    ExclusiveLock,
    /// Another program writes for longer than anybody waits.
    LongLock,
    /// The system refuses to write: an error of its own, and no full disk.
    NotWritten,
    /// The file is elsewhere.
    Moved,
    /// Another file is in its place.
    Replaced,
    /// Its directory is elsewhere.
    DirectoryGone,
}

impl Fault {
    fn random(random: &mut Random) -> Self {
        match random.below(10) {
            0..=2 => Self::WriteLock,
            3 | 4 => Self::ExclusiveLock,
            5 | 6 => Self::NotWritten,
            7 => Self::Moved,
            8 => Self::Replaced,
            _ => Self::DirectoryGone,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::WriteLock => "SQLite: locked to write, for a moment",
            Self::ExclusiveLock => "SQLite: locked exclusively, for a moment",
            Self::LongLock => "SQLite: locked for longer than anybody waits",
            Self::NotWritten => "SQLite: an I/O error of every write",
            Self::Moved => "SQLite: the file moved away",
            Self::Replaced => "SQLite: another file in the place",
            Self::DirectoryGone => "SQLite: the directory gone",
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_cannot_be_used_is_told() {
    let mut random = seeded("sqlite");
    let place = Place::new();
    let server =
        Server::start_on(App::Observed, &place.url, &[], "action=20s, rows=1000000, reply=256MiB").await;
    let mut world = World::start(&server, &server).await;
    let mut report = Report::default();
    world.is_back().await;
    for number in 0..FAULTS {
        let fault = if number == FAULTS / 2 { Fault::LongLock } else { Fault::random(&mut random) };
        world.say(fault.name());
        let began = Instant::now();
        inject(fault, &place, &server, &world, &mut random).await;
        report.count(fault.name(), began);
    }
    finish(world, &report, vec![server]).await;
}

/// A file in a directory in one that stays.
pub(super) struct Place {
    outer: tempfile::TempDir,
    directory: PathBuf,
    file: PathBuf,
    pub(super) url: String,
}

impl Place {
    pub(super) fn new() -> Self {
        let outer = tempfile::tempdir().expect("a directory");
        let directory = outer.path().join("data");
        std::fs::create_dir(&directory).expect("a directory");
        let file = directory.join("test.sqlite3");
        let url = format!("sqlite://{}", file.display());
        Self { outer, directory, file, url }
    }
}

/// Injects a fault of the file, which is over in a moment; gives its name.
pub(super) async fn moment(
    place: &Place,
    server: &Server,
    world: &World,
    random: &mut Random,
) -> &'static str {
    let fault = Fault::random(random);
    inject(fault, place, server, world, random).await;
    fault.name()
}

async fn inject(fault: Fault, place: &Place, server: &Server, world: &World, random: &mut Random) {
    match fault {
        Fault::WriteLock | Fault::ExclusiveLock => {
            let begin = if fault == Fault::WriteLock { "BEGIN IMMEDIATE" } else { "BEGIN EXCLUSIVE" };
            let mut other = lock(place, begin).await;
            sleep(Duration::from_millis(random.below(150) as u64)).await;
            sqlx::query("ROLLBACK").execute(&mut other).await.expect("its end");
            other.close().await.expect("it can be closed");
            return;
        }
        Fault::LongLock => {
            let mut other = lock(place, "BEGIN IMMEDIATE").await;
            world.refuses(8).await;
            world.is_not_ready(&["The database is busy."]).await;
            sqlx::query("ROLLBACK").execute(&mut other).await.expect("its end");
            other.close().await.expect("it can be closed");
        }
        Fault::NotWritten => {
            server.limit_files(Some(0));
            world.refuses(2).await;
            if random.below(3) == 0 {
                world.is_not_ready(&["The database cannot use its storage."]).await;
            }
            server.limit_files(None);
        }
        Fault::Moved | Fault::Replaced => {
            let elsewhere = place.directory.join("elsewhere");
            std::fs::rename(&place.file, &elsewhere).expect("it can be moved");
            if fault == Fault::Replaced {
                std::fs::write(&place.file, "something else").expect("another file");
            }
            world.refuses(2).await;
            if random.below(3) == 0 {
                world.is_not_ready(&["The database is not reachable."]).await;
            }
            std::fs::rename(&elsewhere, &place.file).expect("it can be moved back");
        }
        Fault::DirectoryGone => {
            let elsewhere = place.outer.path().join("elsewhere");
            std::fs::rename(&place.directory, &elsewhere).expect("it can be moved");
            world.refuses(2).await;
            if random.below(3) == 0 {
                world.is_not_ready(&["The database is not reachable."]).await;
            }
            std::fs::rename(&elsewhere, &place.directory).expect("it can be moved back");
        }
    }
    if random.below(3) == 0 || fault == Fault::LongLock {
        world.is_back().await;
    }
}

/// Another program that has locked the file.
async fn lock(place: &Place, begin: &'static str) -> SqliteConnection {
    let url = format!("sqlite://{}", place.file.display());
    let mut other = SqliteConnection::connect(&url).await.expect("the file can be opened beside the server");
    sqlx::query("PRAGMA busy_timeout = 60000").execute(&mut other).await.expect("a setting");
    sqlx::query(AssertSqlSafe(begin)).execute(&mut other).await.expect("the server writes only for moments");
    other
}

/// A file that cannot be used when the server starts is a sentence, and the end.
#[tokio::test]
async fn a_start_with_a_file_that_cannot_be_used_is_a_sentence() {
    let database = Database::sqlite();
    let path = database.url().trim_start_matches("sqlite://").to_owned();
    std::fs::write(&path, "no database, and longer than a header is, so that it is looked at: ".repeat(20))
        .expect("a file");
    let directory = tempfile::tempdir().expect("a directory");
    let gone = directory.path().join("gone");
    for (url, sentence) in [
        (database.url(), "it is not an SQLite database".to_owned()),
        (
            format!("sqlite://{}/x.sqlite3", gone.display()),
            format!("the directory {} does not exist", gone.display()),
        ),
        (format!("sqlite://{}", directory.path().display()), "it is a directory".to_owned()),
    ] {
        let output = Server::migrate_on(App::Observed, &url).await;
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(&sentence) && said.lines().count() == 1, "{said}");
    }
}
