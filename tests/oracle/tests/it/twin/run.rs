//! Worlds of random rows, one after the other, and random requests in each: on several databases side by side.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use dcrf_oracle::databases::{Database, Place, say};
use dcrf_oracle::seed::Dice;
use dcrf_oracle::settings::{REPLAY, Settings};
use dcrf_oracle::shrink::smaller;

use super::compare::{Difference, difference};
use super::definition::targets;
use super::known::name_of;
use super::less;
use super::payloads::Request;
use super::twins::{Outcomes, Twins};

/// Requests in a world.
pub const REQUESTS: usize = 500;
/// Failures that are made smaller and told.
const FAILURES: usize = 40;
/// How long one failure may be made smaller.
const SHRINKING: Duration = Duration::from_secs(3);

/// What a run has found on one database.
#[derive(Debug)]
pub struct Found {
    place: Place,
    /// Requests.
    pub cases: usize,
    /// Requests by what became of them.
    counts: BTreeMap<String, usize>,
    pub failures: Vec<Failure>,
    time: Duration,
}

/// A difference that is not meant.
#[derive(Debug)]
pub struct Failure {
    /// The seed of the world, and the number of the request in it.
    again: (u64, usize),
    request: Request,
    outcomes: Outcomes,
    difference: Difference,
}

/// Tries everything, on each database at the same time.
pub fn everywhere(settings: &Settings, python: &str) -> Vec<Found> {
    let wanted = settings.databases.clone().unwrap_or_else(|| vec!["sqlite".to_owned(), "icu".to_owned()]);
    thread::scope(|scope| {
        let runs: Vec<_> =
            wanted.iter().map(|name| scope.spawn(move || on(settings, python, name))).collect();
        runs.into_iter().filter_map(|run| run.join().expect("a run ends")).collect()
    })
}

fn on(settings: &Settings, python: &str, name: &str) -> Option<Found> {
    with_twins(python, name, async |twins, place| on_twins(settings, twins, place).await)
}

/// Starts both programs on a database, and ends them after `work`; none if there is no such database.
pub fn with_twins<T>(python: &str, name: &str, work: impl AsyncFnOnce(&mut Twins, Place) -> T) -> Option<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut database = Database::all(Some(&[name.to_owned()])).await.pop()?;
        let url = database.emptied().await;
        let mut twins = Twins::start(python, &url, targets()).await;
        let done = work(&mut twins, database.place()).await;
        twins.end().await;
        database.remove().await;
        Some(done)
    })
}

async fn on_twins(settings: &Settings, twins: &mut Twins, place: Place) -> Found {
    let begun = Instant::now();
    let mut found =
        Found { place, cases: 0, counts: BTreeMap::new(), failures: Vec::new(), time: Duration::ZERO };
    let worlds = settings.cases.div_ceil(REQUESTS);
    let is_late = || settings.time.is_some_and(|time| begun.elapsed() > time);
    for number in 0..worlds {
        if is_late() || found.failures.len() >= FAILURES {
            break;
        }
        let world =
            settings.replay.map_or_else(|| Dice::derive(settings.seed, number as u64), |replay| replay.world);
        let only = settings.replay.and_then(|replay| replay.case);
        twins.store(world).await;
        for case in 0..REQUESTS.min(settings.cases) {
            if !is_late() && only.is_none_or(|only| only == case) && found.failures.len() < FAILURES {
                found.try_case(twins, (world, case)).await;
            }
        }
        if settings.replay.is_some() {
            break;
        }
    }
    found.time = begun.elapsed();
    found
}

/// Returns the request of a number, in the world that is stored.
pub fn request(twins: &Twins, (world, case): (u64, usize), serializer: Option<&str>) -> Request {
    let mut dice = Dice::new(Dice::derive(world, case as u64));
    let mut targets = targets();
    targets.retain(|target| serializer.is_none_or(|name| target.serializer == name));
    Request::random(&mut dice, &targets, twins.stored())
}

impl Found {
    async fn try_case(&mut self, twins: &mut Twins, again: (u64, usize)) {
        let request = request(twins, again, None);
        let outcomes = twins.perform(&request, None).await;
        self.cases += 1;
        *self.counts.entry(kind_of(&outcomes)).or_default() += 1;
        let Some(difference) = difference(&outcomes.django, &outcomes.service) else { return };
        if let Some(name) = name_of(&request, &difference) {
            *self.counts.entry(name.to_owned()).or_default() += 1;
            return;
        }
        if self.failures.iter().any(|known| known.is_like(&request, &difference)) {
            return;
        }
        let request = smallest(twins, request, &difference).await;
        let outcomes = twins.perform(&request, None).await;
        let Some(difference) = super::compare::difference(&outcomes.django, &outcomes.service) else {
            return;
        };
        let failure = Failure { again, request, outcomes, difference };
        say(&failure.told(self.place));
        self.failures.push(failure);
    }

    /// Says what was tried and what was found.
    pub fn tell(&self) {
        let seconds = self.time.as_secs_f64();
        let rate = self.cases as f64 / seconds;
        let mut text = format!(
            "{} requests to Django and the service on {}, in {seconds:.1} s ({rate:.0} a second):",
            self.cases, self.place
        );
        for (kind, count) in &self.counts {
            let _ = write!(text, " {kind}: {count};");
        }
        say(&text);
    }
}

fn kind_of(outcomes: &Outcomes) -> String {
    match outcomes.django["raises"].as_str() {
        Some(_) => "raises".to_owned(),
        None => outcomes.django["status"].to_string(),
    }
}

async fn smallest(twins: &mut Twins, request: Request, first: &Difference) -> Request {
    let fails = async |request: Request| {
        let outcomes = twins.perform(&request, None).await;
        let found = difference(&outcomes.django, &outcomes.service);
        found.is_some_and(|found| {
            (found.part == first.part && found.path == first.path) && name_of(&request, &found).is_none()
        })
    };
    smaller(request, SHRINKING, less::steps, fails).await
}

impl Failure {
    fn is_like(&self, request: &Request, difference: &Difference) -> bool {
        self.request.serializer == request.serializer
            && (&self.difference.part, &self.difference.path) == (&difference.part, &difference.path)
    }

    fn told(&self, place: Place) -> String {
        let Difference { part, path, django, service } = &self.difference;
        let Request { serializer, action, key, data, .. } = &self.request;
        let (world, case) = self.again;
        let shown =
            |value: &Option<super::json::Json>| value.as_ref().map(ToString::to_string).unwrap_or_default();
        format!(
            "\n{place}: {serializer}, {action} {} {}\n  {part}{path}\n  Django:  {django}\n  service: {service}\n  all of Django:  {}\n  all of service: {}\n  \
             again: DCRF_ORACLE_DATABASES={} {REPLAY}={world:x}:{case} cargo test -p dcrf-oracle --test it twin::requests",
            shown(key),
            shown(data),
            self.outcomes.django,
            self.outcomes.service,
            place.name(),
        )
    }
}
