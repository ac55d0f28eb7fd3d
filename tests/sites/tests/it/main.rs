//! What the sites of `peer/` have answered, replayed against the applications of this crate, on either database.

use std::path::Path;

use dcrf_e2e::Database;
use dcrf_replay::{Application, Scenario, Suite};
use dcrf_sites::{BOARDS, CHAT, ORDERS};

/// Servers side by side, for each site. Most of the time is spent waiting.
const SERVERS: usize = 4;

fn suite(application: Application) -> Suite {
    Suite { directory: Path::new(env!("CARGO_MANIFEST_DIR")).to_owned(), application }
}

/// Plays the scenarios of one site.
async fn play(title: &'static str, site: &str, application: Application, databases: Vec<Database>) {
    let suite = suite(application);
    let mut scenarios = suite.scenarios();
    scenarios.retain(|scenario: &Scenario| scenario.name.split('/').any(|folder| folder == site));
    suite.play_all(title, scenarios, databases, None).await;
}

async fn on_sqlite(title: &'static str, site: &str, application: Application) {
    play(title, site, application, (0..SERVERS).map(|_| Database::sqlite()).collect()).await;
}

async fn on_postgres(title: &'static str, site: &str, application: Application) {
    let mut databases = Vec::new();
    for _ in 0..SERVERS {
        let Some(database) = Database::postgres().await else { return };
        databases.push(database);
    }
    play(title, site, application, databases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn boards_on_sqlite() {
    on_sqlite("SQLite", "boards", BOARDS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn boards_on_postgres() {
    on_postgres("PostgreSQL", "boards", BOARDS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chat_on_sqlite() {
    on_sqlite("SQLite", "chat", CHAT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chat_on_postgres() {
    on_postgres("PostgreSQL", "chat", CHAT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_on_sqlite() {
    on_sqlite("SQLite", "orders", ORDERS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_on_postgres() {
    on_postgres("PostgreSQL", "orders", ORDERS).await;
}

/// What is better here stands in `better/`.
#[test]
fn every_defect_has_its_better_behaviour() {
    let missing = suite(BOARDS).defects();
    assert!(missing.is_empty(), "what does this server do instead? {missing:#?}");
}
