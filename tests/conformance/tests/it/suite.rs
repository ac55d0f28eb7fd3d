//! Every scenario, on either database: several servers side by side, each with a database of its own.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dcrf_e2e::{Broker, Database};
use glob::Pattern;

use crate::pending::{self, Pending};
use crate::replay::replay;
use crate::report::{Verdict, report};
use crate::scenario::Scenario;
use crate::server::Server;

/// Servers side by side. Most of the time is spent waiting.
const SERVERS: usize = 12;
/// How long a frame may take that has to come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// How long a frame may take that is not expected: of what is not built, or of a defect.
const NO_PATIENCE: Duration = Duration::from_millis(700);
/// A pattern of names: only these scenarios are played, and no complaint is made of the list.
const ONLY: &str = "DCRF_CONFORMANCE_ONLY";

fn directory() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every scenario, in the order of their names.
fn scenarios() -> Vec<Scenario> {
    let only = env::var(ONLY).ok().map(|pattern| Pattern::new(&pattern).expect("a pattern"));
    let folders = ["scenarios", "better"].map(|whole| list(&directory().join(whole))).concat();
    let mut files: Vec<PathBuf> = folders.iter().flat_map(|folder| list(folder)).collect();
    files.sort();
    let wanted = |scenario: &Scenario| only.as_ref().is_none_or(|only| only.matches(&scenario.name));
    files.iter().map(|file| Scenario::read(file)).filter(wanted).collect()
}

/// One scenario, if there is one of this name.
pub(crate) fn scenario(name: &str) -> Option<Scenario> {
    let path = directory().join("scenarios").join(format!("{name}.json"));
    path.exists().then(|| Scenario::read(&path))
}

fn list(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = path.read_dir() else { return Vec::new() };
    entries.map(|entry| entry.expect("a readable directory").path()).collect()
}

async fn play_all(title: &'static str, all: Vec<Scenario>, databases: Vec<Database>, broker: Option<&str>) {
    let list = Arc::new(pending::read(&directory().join("pending.txt")));
    let names: Vec<String> = all.iter().map(|scenario| scenario.name.clone()).collect();
    // The slowest are those that wait for what does not come; the order of names mixes them well enough.
    let queue = Arc::new(Mutex::new(all.into_iter()));
    let players: Vec<_> = databases
        .into_iter()
        .enumerate()
        .map(|(index, database)| {
            // Servers with other databases are other applications, which share a broker.
            let broker = broker.map(|url| (url.to_owned(), format!("server-{index}")));
            tokio::spawn(play_queue(title, database, broker, Arc::clone(&queue), Arc::clone(&list)))
        })
        .collect();
    let mut results = Vec::new();
    for player in players {
        results.extend(player.await.expect("a player that does not panic"));
    }
    results.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut wrong = report(title, &results);
    if env::var_os(ONLY).is_none() && broker.is_none() {
        for pending in list.iter().filter(|pending| !names.iter().any(|name| pending.concerns(name))) {
            wrong += &format!("pending.txt: there is no scenario {}\n", pending.pattern());
        }
    }
    assert!(wrong.is_empty(), "{title}:\n{wrong}");
}

async fn play_queue(
    title: &'static str,
    database: Database,
    broker: Option<(String, String)>,
    queue: Arc<Mutex<std::vec::IntoIter<Scenario>>>,
    list: Arc<Vec<Pending>>,
) -> Vec<(String, Verdict)> {
    let server = Server::start_with(database, broker).await;
    let mut results = Vec::new();
    loop {
        let Some(scenario) = queue.lock().unwrap_or_else(PoisonError::into_inner).next() else {
            return results;
        };
        let verdict = judge(title, &server, &scenario, &list).await;
        results.push((scenario.name, verdict));
    }
}

async fn judge(title: &str, server: &Server, scenario: &Scenario, list: &[Pending]) -> Verdict {
    if scenario.is_defect {
        return Verdict::Defect { same: replay(server, scenario, NO_PATIENCE).await.is_ok() };
    }
    match pending::reason(list, title, &scenario.name) {
        None => match replay(server, scenario, PATIENCE).await {
            Ok(()) => Verdict::Passed,
            Err(difference) => Verdict::Failed(difference),
        },
        Some(reason) => match replay(server, scenario, NO_PATIENCE).await {
            Ok(()) => Verdict::Unexpected(reason.to_owned()),
            Err(_) => Verdict::Pending,
        },
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn scenarios_on_sqlite() {
    let databases = (0..SERVERS).map(|_| Database::sqlite()).collect();
    play_all("SQLite", scenarios(), databases, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scenarios_on_postgres() {
    let mut databases = Vec::new();
    for _ in 0..SERVERS {
        let Some(database) = Database::postgres().await else { return };
        databases.push(database);
    }
    play_all("PostgreSQL", scenarios(), databases, None).await;
}

/// Whatever is told without being asked for, by a broker.
#[tokio::test(flavor = "multi_thread")]
async fn scenarios_by_redis() {
    const TOLD: [&str; 8] = [
        "activity",
        "observe",
        "rooms",
        "things",
        "things_with_id",
        "better/activity",
        "better/observe",
        "better/rooms",
    ];
    let Some(broker) = Broker::redis().await else { return };
    let is_told = |scenario: &Scenario| {
        let folder = scenario.name.rsplit_once('/').map_or("", |(folder, _)| folder);
        TOLD.contains(&folder)
    };
    let told: Vec<Scenario> = scenarios().into_iter().filter(is_told).collect();
    let databases = (0..SERVERS).map(|_| Database::sqlite()).collect();
    play_all("Redis", told, databases, Some(&broker.url())).await;
}

/// What is better here stands in `better/`, as a scenario, or in `better.rs`.
#[test]
fn every_defect_has_its_better_behaviour() {
    let told = include_str!("better.rs");
    let stated = |name: &str| {
        let raw = name.trim_end_matches("@mux");
        directory().join("better").join(format!("{name}.json")).exists()
            || told.contains(&format!("\"{raw}\""))
    };
    let defects = scenarios().into_iter().filter(|scenario| scenario.is_defect);
    let missing: Vec<String> = defects.map(|scenario| scenario.name).filter(|name| !stated(name)).collect();
    assert!(missing.is_empty(), "what does this server do instead? {missing:#?}");
}
