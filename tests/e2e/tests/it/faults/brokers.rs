//! What happens to a broker: writers do not notice, and whoever listens elsewhere is told what they may have missed.

use std::time::{Duration, Instant};

use dcrf_e2e::{App, Broker, Database, Server};
use tokio::time::sleep;

use super::proxy::Proxy;
use super::world::World;
use super::{Report, finish, seeded};

/// Faults of a run of each broker.
const FAULTS: usize = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Restarted,
    Stopped,
    Paused,
    Slow,
    Cut,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_that_is_away_is_told() {
    let names = [
        "Redis: restarted",
        "Redis: stopped",
        "Redis: held for a moment",
        "Redis: a slow network",
        "Redis: the network cut",
    ];
    faults_of("redis", Broker::redis().await, names).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nats_that_is_away_is_told() {
    let names = [
        "NATS: restarted",
        "NATS: stopped",
        "NATS: held for a moment",
        "NATS: a slow network",
        "NATS: the network cut",
    ];
    faults_of("nats", Broker::nats().await, names).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notifications_that_are_away_are_told() {
    let names = [
        "NOTIFY: every connection ended",
        "",
        "",
        "NOTIFY: a slow network",
        "NOTIFY: the network cut for a moment",
    ];
    faults_of("notify", Broker::postgres().await, names).await;
}

async fn faults_of(test: &str, broker: Option<Broker>, names: [&'static str; 5]) {
    let Some(mut broker) = broker else { return };
    let mut random = seeded(test);
    let url = broker.url();
    let (before, port, after) = parts(&url);
    let proxy = Proxy::to(port).await;
    let url = format!("{before}{}{after}", proxy.port);
    let database = Database::sqlite();
    let arguments = ["--broker", url.as_str()];
    let on = database.url();
    let start = || Server::start_on(App::Observed, &on, &arguments, "rows=1000000, reply=256MiB");
    let (a, b) = (start().await, start().await);
    let mut world = World::start(&a, &b).await;
    let mut report = Report::default();
    for _ in 0..FAULTS {
        let fault = match random.below(8) {
            0..=2 => Fault::Restarted,
            3 if !names[1].is_empty() => Fault::Stopped,
            4 if !names[2].is_empty() => Fault::Paused,
            5 | 6 => Fault::Slow,
            7 => Fault::Cut,
            _ => Fault::Restarted,
        };
        let name = names[fault as usize];
        world.say(name);
        let began = Instant::now();
        let moment = Duration::from_millis(50 + random.below(250) as u64);
        match fault {
            Fault::Restarted => broker.restart().await,
            Fault::Stopped => {
                broker.stop();
                world.is_not_ready(&["The broker is not connected."]).await;
                broker.restart().await;
            }
            Fault::Paused => {
                broker.pause(true);
                sleep(moment).await;
                broker.pause(false);
            }
            Fault::Slow => proxy.is_slow_for(moment).await,
            Fault::Cut => proxy.is_cut_for(moment).await,
        }
        report.count(name, began);
        if random.below(3) == 0 {
            world.is_back().await;
        }
    }
    finish(world, &report, vec![a, b]).await;
}

/// A URL, around its port.
pub(super) fn parts(url: &str) -> (&str, u16, &str) {
    let start = url.rfind(':').expect("a URL with a port") + 1;
    let length = url[start..].find(|char: char| !char.is_ascii_digit()).unwrap_or(url.len() - start);
    let port = url[start..start + length].parse().expect("a port");
    (&url[..start], port, &url[start + length..])
}
