//! Django and the generated service on one database: the same requests have the same answers and store the same rows.
//!
//! `tests/twin` has the site of Django, and the definition that says the same.

mod compare;
mod definition;
mod django;
mod faults;
mod json;
mod known;
mod less;
mod payloads;
mod run;
mod service;
mod twins;
mod values;

use dcrf_oracle::settings::Settings;

/// Requests in CI, on each database.
const CASES: usize = 1000;
/// Any seed: the same in every run, so that what CI finds is found again.
const SEED: u64 = 0x15;

#[test]
fn requests_have_the_same_outcome_in_django_and_in_the_service() {
    let Some(python) = django::python() else { return };
    let found = run::everywhere(&Settings::from_environment(CASES, SEED), &python);
    found.iter().for_each(run::Found::tell);
    assert!(found.iter().all(|found| found.failures.is_empty()), "not all outcomes are equal: see above");
}

#[test]
fn every_fault_is_found_within_the_budget_of_ci() {
    let Some(python) = django::python() else { return };
    let missed = faults::missed(&python, SEED);
    assert!(missed.is_empty(), "the requests of CI do not find {missed:?}");
}

/// The list of `tests/twin/differences.md`.
#[test]
fn every_difference_that_is_meant_is_documented() {
    let text = include_str!("../../../../twin/differences.md");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    let named: Vec<&str> = rows.filter(|name| *name != "name" && *name != "---").collect();
    assert_eq!(named, known::NAMES);
}
