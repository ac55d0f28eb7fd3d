//! What is away, slow, full or locked while clients write and read: everybody is answered, nobody is lied to, probes are
//! told, and afterwards everything works again.
//!
//! Each test injects a number of faults at random into a live server; together they are more than 200, of more than 12
//! kinds. `DCRF_FAULTS_SEED` repeats a run; how many there were of each kind is printed.

mod brokers;
mod cluster;
mod full;
mod judge;
mod lost;
mod postgres;
mod proxy;
mod soak;
mod sqlite;
mod world;

use std::collections::BTreeMap;
use std::env;
use std::io::Write as _;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use dcrf_e2e::Server;

use crate::random::Random;
use judge::{Tally, Verdict};
use world::World;

/// Repeats what a run did that failed.
const SEED: &str = "DCRF_FAULTS_SEED";

/// Returns the random numbers of a test, and prints their seed.
fn seeded(test: &str) -> Random {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970");
    let seed = env::var(SEED).ok().map_or(now.as_nanos() as u64, |seed| seed.parse().expect("a number"));
    // Not `println!`, which the test harness keeps to itself when a test passes.
    let _ = writeln!(std::io::stdout(), "{test}: {SEED}={seed}");
    Random::new(seed)
}

/// Ends a run: everything works again, nobody was lied to, and no request was a failure of the server's own. The first of
/// the servers is the one that was written to.
async fn finish(world: World, report: &Report, servers: Vec<Server>) {
    world.is_back().await;
    let tally = world.end(&servers[0]).await;
    report.print(&tally);
    for server in servers {
        let errors = server.errors();
        let failure = errors.lines().find(|line| line.contains(" status=500") || line.contains("panicked"));
        assert_eq!(failure, None);
        server.stop().await;
    }
}

/// How many faults there were of each kind, and how long the longest took until everything worked again, where that was
/// waited for.
#[derive(Default)]
struct Report(BTreeMap<&'static str, (usize, Duration)>);

impl Report {
    fn count(&mut self, kind: &'static str, began: Instant) {
        let (count, longest) = self.0.entry(kind).or_default();
        *count += 1;
        *longest = began.elapsed().max(*longest);
    }

    fn print(&self, tally: &Tally) {
        let mut text = String::new();
        for (kind, (count, longest)) in &self.0 {
            text.push_str(&format!("{count:>5} x {kind}, {longest:.1?} at most\n"));
        }
        let done = tally.count(|verdict| *verdict == Verdict::Done);
        let unknown = tally.count(|verdict| *verdict == Verdict::Unknown);
        let refused = tally.writes.len() - done - unknown;
        text.push_str(&format!(
            "      {done} writes done, {refused} refused, {unknown} unknown; others: {:?}\n",
            tally.reads
        ));
        let _ = std::io::stdout().write_all(text.as_bytes());
    }
}
