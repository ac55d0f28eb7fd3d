//! A definition changes over a database with rows: nothing is lost that nobody gave up, every database holds the same,
//! and its tables are those of a database that is made at once.

mod any_type;
mod database;
mod edit;
mod fault;
mod judge;
mod pairs;
mod run;
mod world;

use dcrf_oracle::settings::Settings;

use run::{Plan, run};

/// Pairs of versions in CI.
const PAIRS: usize = 400;
/// Versions of each world, one after the other.
const VERSIONS: usize = 10;
/// Any seed: the same in every run.
const SEED: u64 = 0x16;

#[test]
fn nothing_is_lost_from_version_to_version() {
    let settings = Settings::from_environment(PAIRS, SEED);
    let (_, failures) = run(&Plan { settings, versions: VERSIONS, alter: str::to_owned, enough: 3 });
    assert!(failures.is_empty(), "{}", failures.join("\n\n====\n\n"));
}

/// With the pairs of CI, whatever the environment says.
#[test]
fn every_fault_is_found_within_the_budget_of_ci() {
    let environment = Settings::from_environment(PAIRS, SEED);
    let settings = Settings { cases: PAIRS, seed: SEED, replay: None, time: None, ..environment };
    let is_missed = |alter| {
        let plan = Plan { settings: settings.clone(), versions: VERSIONS, alter, enough: 1 };
        run(&plan).1.is_empty()
    };
    let missed = fault::FAULTS.iter().filter(|(_, alter)| is_missed(*alter));
    let missed: Vec<&str> = missed.map(|(name, _)| *name).collect();
    assert!(missed.is_empty(), "the pairs of CI do not find {missed:?}");
}
