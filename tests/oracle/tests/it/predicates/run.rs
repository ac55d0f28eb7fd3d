//! Worlds one after the other, several at a time: each on every database, its answers compared, what fails made smaller.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use dcrf_oracle::databases::Place;
use dcrf_oracle::seed::Dice;
use dcrf_oracle::settings::{Replay, Settings};
use dcrf_oracle::shrink::smaller;

use super::case::World;
use super::failure::{Check, Failure};
use super::less;
use super::random;
use super::worker::{Where, Worker};

/// Failures that are made smaller and told; more would say the same.
const FAILURES: usize = 5;
/// How long one failure may be made smaller.
const SHRINKING: Duration = Duration::from_secs(40);

/// A run.
#[derive(Debug)]
pub struct Run {
    pub settings: Settings,
    /// What was tried.
    pub cases: usize,
    /// The worlds of them.
    pub worlds: usize,
    /// What has failed, each with its world as small as it was made.
    pub failures: Vec<(World, Failure)>,
    /// Where it was tried.
    pub places: Vec<Place>,
    /// Orders of which the client says that only the server knows.
    pub unknown: usize,
    /// Whether the client was asked.
    pub client: bool,
    /// How long it took.
    pub time: Duration,
}

/// What the workers share.
struct Shared {
    settings: Settings,
    begun: Instant,
    next: AtomicUsize,
    worlds: AtomicUsize,
    cases: AtomicUsize,
    unknown: AtomicUsize,
    enough: AtomicBool,
    failures: Mutex<Vec<(World, Failure)>>,
}

impl Run {
    /// Tries everything.
    pub fn new(settings: Settings) -> Self {
        let shared = Shared {
            settings: settings.clone(),
            begun: Instant::now(),
            next: AtomicUsize::new(0),
            worlds: AtomicUsize::new(0),
            cases: AtomicUsize::new(0),
            unknown: AtomicUsize::new(0),
            enough: AtomicBool::new(false),
            failures: Mutex::default(),
        };
        let workers = if settings.replay.is_some() { 1 } else { settings.workers };
        let found: Vec<(Vec<Place>, bool)> = thread::scope(|scope| {
            let workers: Vec<_> = (0..workers).map(|_| scope.spawn(|| work(&shared))).collect();
            workers.into_iter().map(|worker| worker.join().expect("a worker ends")).collect()
        });
        let (places, client) = found.into_iter().next().unwrap_or_default();
        Self {
            settings,
            cases: shared.cases.into_inner(),
            worlds: shared.worlds.into_inner(),
            failures: shared.failures.into_inner().unwrap_or_else(PoisonError::into_inner),
            places,
            unknown: shared.unknown.into_inner(),
            client,
            time: shared.begun.elapsed(),
        }
    }
}

fn work(shared: &Shared) -> (Vec<Place>, bool) {
    Worker::work(&shared.settings, async |worker: &mut Worker| {
        while let Some(world) = shared.next_world() {
            shared.try_world(worker, world).await;
        }
        shared.unknown.fetch_add(worker.unknown, Ordering::Relaxed);
        (worker.places(), worker.has_client())
    })
}

/// The world of a number, counted from 0, of a run from a seed.
pub fn world(settings: &Settings, number: usize) -> World {
    World::random(Dice::derive(settings.seed, number as u64))
}

/// How many worlds hold the cases of a run.
pub fn worlds(settings: &Settings) -> usize {
    settings.cases.div_ceil(random::CASES)
}

impl Shared {
    /// The next world to be tried; none: it is enough.
    fn next_world(&self) -> Option<World> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        if let Some(Replay { world, case }) = self.settings.replay {
            let world = World::random(world);
            let world = case.map_or(world.clone(), |case| less::alone(&world, Some(case)));
            return (number == 0).then_some(world);
        }
        let late = self.settings.time.is_some_and(|time| self.begun.elapsed() > time);
        let done = late || number >= worlds(&self.settings) || self.enough.load(Ordering::Relaxed);
        (!done).then(|| world(&self.settings, number))
    }

    async fn try_world(&self, worker: &mut Worker, world: World) {
        let failures = worker.judge(&world, Where::Everywhere).await;
        self.worlds.fetch_add(1, Ordering::Relaxed);
        self.cases.fetch_add(world.cases.len(), Ordering::Relaxed);
        let mut told: Vec<Failure> = Vec::new();
        for failure in failures {
            // What is wrong with one case, or in one way, is told once.
            let same = |known: &Failure| {
                known.is_like(&failure) || (known.check, known.case) == (failure.check, failure.case)
            };
            if told.iter().any(same) || !self.is_news(&world, &failure) {
                continue;
            }
            told.push(failure.clone());
            let smaller = smallest(worker, &world, failure).await;
            let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(known) = failures.iter_mut().find(|(_, known)| known.is_like(&smaller.1)) {
                *known = smaller;
            }
        }
    }

    /// Takes a failure up, unless one of its sort is known: others need not look for the same while it is made smaller.
    fn is_news(&self, world: &World, failure: &Failure) -> bool {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.iter().any(|(_, known)| known.is_like(failure)) {
            return false;
        }
        failures.push((less::alone(world, failure.case), failure.clone()));
        if failures.len() >= FAILURES {
            self.enough.store(true, Ordering::Relaxed);
        }
        true
    }
}

/// A world that fails in the same way, with as little in it as can be found.
async fn smallest(worker: &mut Worker, world: &World, failure: Failure) -> (World, Failure) {
    let start = less::alone(world, failure.case);
    let place = match (failure.place, failure.check) {
        (Some(place), _) => Where::At(place),
        (None, Check::Client) => Where::Client,
        (None, _) => Where::Everywhere,
    };
    let mut last = failure.clone();
    let fails = async |world: World| {
        let again = worker.judge(&world, place).await.into_iter().find(|other| other.is_like(&failure));
        let fails = again.is_some();
        last = again.unwrap_or_else(|| last.clone());
        fails
    };
    let world = smaller(start, SHRINKING, less::steps, fails).await;
    (world, last)
}
