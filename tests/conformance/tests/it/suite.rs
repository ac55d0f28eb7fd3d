//! Every scenario, on either database and by a broker.

use std::path::Path;

use dcrf_conformance::reset::TABLES;
use dcrf_e2e::{Broker, Database};
use dcrf_replay::{Application, Scenario, Server, Suite};

/// Servers side by side. Most of the time is spent waiting.
const SERVERS: usize = 12;

/// The application of the conformance tests.
const APPLICATION: Application = Application {
    service: dcrf_conformance::service,
    tables: &TABLES,
    is_multiplexed: |path| matches!(path, "/ws" | "/ws/" | "/ws/mixed/" | "/ws/all_refused/"),
    waits_for: &[],
};

pub(crate) fn suite() -> Suite {
    Suite { directory: Path::new(env!("CARGO_MANIFEST_DIR")).to_owned(), application: APPLICATION }
}

/// One scenario, if there is one of this name.
pub(crate) fn scenario(name: &str) -> Option<Scenario> {
    suite().scenario(name)
}

/// A server on a fresh SQLite database.
pub(crate) async fn server() -> Server {
    Server::start(APPLICATION, Database::sqlite()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn scenarios_on_sqlite() {
    let databases = (0..SERVERS).map(|_| Database::sqlite()).collect();
    suite().play_all("SQLite", suite().scenarios(), databases, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scenarios_on_postgres() {
    let mut databases = Vec::new();
    for _ in 0..SERVERS {
        let Some(database) = Database::postgres().await else { return };
        databases.push(database);
    }
    suite().play_all("PostgreSQL", suite().scenarios(), databases, None).await;
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
    let told: Vec<Scenario> = suite().scenarios().into_iter().filter(is_told).collect();
    let databases = (0..SERVERS).map(|_| Database::sqlite()).collect();
    suite().play_all("Redis", told, databases, Some(&broker.url())).await;
}

/// What is better here stands in `better/`, as a scenario, or in `better.rs`.
#[test]
fn every_defect_has_its_better_behaviour() {
    let told = include_str!("better.rs");
    let mut missing = suite().defects();
    missing.retain(|name| !told.contains(&format!("\"{}\"", name.trim_end_matches("@mux"))));
    assert!(missing.is_empty(), "what does this server do instead? {missing:#?}");
}
