//! Nobody is sent what they may not see: whatever rows, rights and requests there are.
//!
//! Every text that is written is a marker of its own. A world is a random definition with several consumers over one
//! model, querysets by a column or along relations, permissions of requests and of rows, serializers that nest others,
//! write-only columns, observers and groups, on any of the databases, over one node or two. Roles read, write, subscribe
//! and are given and denied rights, and docs change hands while somebody writes them. After each step the judge, which
//! has a model of its own, says who may have come to see which markers: no frame that a role was ever sent holds
//! another. Beside that a list holds exactly the rows that it should, a write changes nothing hidden, and a row that is
//! hidden is answered for as one that is not there.
//!
//! By hand: `DCRF_ORACLE_CASES=1000000 cargo test --release -p dcrf-oracle -- markers`; a world again:
//! `DCRF_ORACLE_REPLAY=<world>`.

mod client;
mod consumer;
mod fault;
mod play;
mod run;
mod scheme;
mod state;
mod world;

use dcrf_oracle::databases::say;
use dcrf_oracle::settings::Settings;

use fault::Fault;
use run::run;

/// Frames in CI.
const FRAMES: usize = 20_000;
/// Any seed: the same in every run.
const SEED: u64 = 0x17;

#[test]
fn no_marker_reaches_who_may_not_see_it() {
    let outcome = run(&Settings::from_environment(FRAMES, SEED), None);
    assert!(outcome.failures.is_empty(), "{}", outcome.failures.join("\n\n====\n\n"));
    assert!(outcome.heard > outcome.sent, "subscribers hear of what is written: {outcome:?}");
}

/// With the frames of CI, whatever the environment says.
#[test]
fn every_fault_is_found_within_the_budget_of_ci() {
    let environment = Settings::from_environment(FRAMES, SEED);
    let settings = Settings { cases: FRAMES, seed: SEED, replay: None, time: None, ..environment };
    let mut missed = Vec::new();
    for fault in Fault::ALL {
        match run(&settings, Some(fault)).failures.first() {
            Some(found) => say(&format!("{fault:?}: {}", found.lines().next().unwrap_or_default())),
            None => missed.push(fault),
        }
    }
    assert!(missed.is_empty(), "{FRAMES} frames do not find {missed:?}");
}
