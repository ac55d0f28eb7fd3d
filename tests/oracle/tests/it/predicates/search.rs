//! Whether drifts are found: the worlds of a run one after the other, until every drift has failed somewhere.

use std::time::Instant;

use dcrf_oracle::compiled::Compiled;
use dcrf_oracle::databases::{Place, say};
use dcrf_oracle::settings::Settings;

use super::drift::Drift;
use super::failure::{Check, Failure};
use super::run::{world, worlds};
use super::worker::{AllAnswers, Where, Worker, judged};

/// The drifts that the cases of a run do not find.
pub fn missed(settings: &Settings) -> Vec<Drift> {
    Worker::work(settings, async |worker: &mut Worker| {
        let begun = Instant::now();
        // Without packages of the client there is no client that could drift, which was said aloud.
        let can_be_found = |drift: &Drift| drift.of_client().is_none() || worker.has_client();
        let mut missed: Vec<Drift> = Drift::ALL.into_iter().filter(can_be_found).collect();
        for number in 0..worlds(settings) {
            if missed.is_empty() {
                break;
            }
            let world = world(settings, number);
            let compiled = Compiled::of(&world.definition);
            let answers = worker.answers(&world, &compiled, Where::Everywhere, None).await;
            let answers = answers.unwrap_or_else(|failure| panic!("{failure}"));
            let mut left = Vec::new();
            for drift in missed {
                match try_drift(worker, &world, &compiled, &answers, drift).await {
                    Some(failure) => say(&format!(
                        "{drift:?}: found by {:?} in {:x}:{}, in world {number}, after {:.1} s",
                        failure.check,
                        world.seed,
                        failure.case.unwrap_or_default(),
                        begun.elapsed().as_secs_f64(),
                    )),
                    None => left.push(drift),
                }
            }
            missed = left;
        }
        missed
    })
}

/// How a drift fails in a world, if it does.
async fn try_drift(
    worker: &mut Worker,
    world: &super::case::World,
    compiled: &Compiled,
    answers: &AllAnswers,
    drift: Drift,
) -> Option<Failure> {
    if drift.of_client().is_some() {
        return worker.client(world, compiled, Some(drift)).await.into_iter().next();
    }
    if !drift.changes_answers() {
        return judged(world, answers, Some(drift)).into_iter().next();
    }
    match worker.answers(world, compiled, Where::Everywhere, Some(drift)).await {
        // A panic is no judgement.
        Err(_) => None,
        Ok(answers) => judged(world, &answers, None).into_iter().find(|failure| is_of(drift, failure)),
    }
}

/// Whether a failure is what a drift is about.
fn is_of(drift: Drift, failure: &Failure) -> bool {
    match drift {
        // That subscriptions are refused, too, is not its point.
        Drift::TextsByDatabase => (failure.check, failure.place) == (Check::List, Some(Place::PostgresIcu)),
        _ => failure.check != Check::Panic,
    }
}
