//! Worlds, one after the other and several at the same time, until there were enough frames.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use dcrf_oracle::databases::{Database, say};
use dcrf_oracle::panics::words;
use dcrf_oracle::seed::Dice;
use dcrf_oracle::settings::Settings;
use futures_util::FutureExt as _;

use super::fault::Fault;
use super::play::play;
use super::world::World;

/// Longer than any world takes on a busy machine: one that hangs is a failure.
const PATIENCE: Duration = Duration::from_secs(300);

/// What there was.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Frames that were sent.
    pub sent: usize,
    /// Frames that were heard.
    pub heard: usize,
    /// Worlds.
    pub worlds: usize,
    /// What was wrong: where, and what.
    pub failures: Vec<String>,
}

/// Plays worlds until as many frames were sent as the settings say, or something is wrong.
pub fn run(settings: &Settings, fault: Option<Fault>) -> Outcome {
    let (next, outcome, start) = (AtomicUsize::new(0), Mutex::new(Outcome::default()), Instant::now());
    let is_over = |outcome: &Outcome| {
        outcome.sent >= settings.cases
            || !outcome.failures.is_empty()
            || settings.time.is_some_and(|time| start.elapsed() >= time)
            || settings.replay.is_some() && outcome.worlds > 0
    };
    std::thread::scope(|scope| {
        for _ in 0..settings.workers {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.expect("a runtime").block_on(async {
                    let mut databases = Database::all(settings.databases.as_deref()).await;
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let lock = || outcome.lock().unwrap_or_else(PoisonError::into_inner);
                        if is_over(&lock()) {
                            break;
                        }
                        let seed = settings.replay.map_or_else(
                            || Dice::derive(settings.seed, number as u64),
                            |replay| replay.world,
                        );
                        let count = databases.len();
                        let database = &mut databases[number % count];
                        let (sent, heard, wrong) = world(seed, database, fault).await;
                        let is_broken = wrong.is_some();
                        let mut outcome = lock();
                        outcome.sent += sent;
                        outcome.heard += heard;
                        outcome.worlds += 1;
                        outcome.failures.extend(wrong);
                        drop(outcome);
                        if is_broken {
                            break;
                        }
                    }
                    for database in databases {
                        database.remove().await;
                    }
                });
            });
        }
    });
    let outcome = outcome.into_inner().unwrap_or_else(PoisonError::into_inner);
    let Outcome { sent, heard, worlds, .. } = &outcome;
    say(&format!("{worlds} worlds, {sent} frames sent, {heard} heard, in {:?}", start.elapsed()));
    outcome
}

/// One world: the frames sent and heard, and what was wrong.
async fn world(seed: u64, database: &mut Database, fault: Option<Fault>) -> (usize, usize, Option<String>) {
    let place = database.place();
    let wrong = |what: String| format!("world {seed:x} on {place}: {what}");
    let played = AssertUnwindSafe(async {
        let mut world = World::start(seed, database, fault).await;
        let found = play(&mut world).await;
        let sent = world.clients.iter().map(|client| client.sent()).sum();
        let heard = world.clients.iter().map(|client| client.heard).sum();
        let found = found.map_err(|found| format!("{found}\n{}", world.scheme.to_text()));
        world.end().await;
        (sent, heard, found.err())
    });
    match tokio::time::timeout(PATIENCE, played.catch_unwind()).await {
        Ok(Ok((sent, heard, found))) => (sent, heard, found.map(wrong)),
        Ok(Err(panic)) => (0, 0, Some(wrong(words(panic.as_ref())))),
        Err(_) => (0, 0, Some(wrong("it does not end".to_owned()))),
    }
}
