//! A definition changes over a database with rows: nothing is lost that nobody gave up, every database holds the same,
//! and its tables are those of a database that is made at once.

mod database;
mod edit;
mod judge;
mod pairs;
mod run;
mod world;

use dcrf_oracle::settings::Settings;

use run::{Plan, run};

/// Pairs of versions in CI.
const PAIRS: usize = 300;
/// Any seed: the same in every run.
const SEED: u64 = 0x16;

#[test]
fn nothing_is_lost_from_version_to_version() {
    let settings = Settings::from_environment(PAIRS, SEED);
    let (_, failures) = run(&Plan { settings, versions: 5, alter: str::to_owned, enough: 3 });
    let texts: Vec<&str> = failures.iter().map(|failure| failure.text.as_str()).collect();
    assert!(failures.is_empty(), "{}", texts.join("\n\n====\n\n"));
}
