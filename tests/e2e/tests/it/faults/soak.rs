//! Two servers for a long time, with a fault every ten seconds: what they hold stays as it was, every write that was
//! acknowledged is there, and whoever listens at the other one has heard of it or was told that something is missing.
//!
//! A run of CI takes seconds. `DCRF_SOAK=2h cargo test --release -p dcrf-e2e -- faults::soak --nocapture
//! --test-threads=1` is the real one; with `DCRF_SOAK_PLOT=<directory>` it leaves a plot of each database there.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use dcrf_e2e::{App, Broker, Server};
use tokio::task::JoinHandle;
use tokio::time::{interval, sleep};

use super::cluster::Cluster;
use super::proxy::Proxy;
use super::world::World;
use super::{Report, brokers, finish, postgres, seeded, sqlite};
use crate::random::Random;

/// How long a run takes that nobody has said anything of.
const SHORT: Duration = Duration::from_secs(12);
/// Between two faults of a long run.
const EVERY: Duration = Duration::from_secs(10);
/// Between two requests of a client: all that is written is read again at the end.
const PAUSE: Duration = Duration::from_millis(100);
/// So that it can be read at once.
const LIMITS: &str = "action=20s, rows=10000000, reply=1024MiB, memory=4096MiB, memory_per_address=4096MiB, \
                      memory_per_connection=4096MiB";
/// How much more memory there may be at the end than after the beginning, in KiB, whatever else is allowed.
const SLACK: u64 = 24 * 1024;

fn time() -> Duration {
    let Ok(text) = env::var("DCRF_SOAK") else { return SHORT };
    let (digits, unit) = text.split_at(text.len() - 1);
    let seconds = match unit {
        "h" => 3600,
        "m" => 60,
        "s" => 1,
        other => panic!("DCRF_SOAK ends with h, m or s, not {other}"),
    };
    Duration::from_secs(digits.parse::<u64>().expect("a number of hours, minutes or seconds") * seconds)
}

/// What two servers hold at a moment: memory in KiB, and open files, sockets included.
#[derive(Debug, Clone, Copy)]
struct Sample {
    at: Duration,
    memory: [u64; 2],
    files: [u64; 2],
}

/// Looks once a second what servers hold.
struct Watch {
    task: JoinHandle<Vec<Sample>>,
    stop: tokio::sync::oneshot::Sender<()>,
}

impl Watch {
    fn start(servers: [u32; 2]) -> Self {
        let (stop, mut stopped) = tokio::sync::oneshot::channel();
        let task = tokio::spawn(async move {
            let (began, mut samples, mut every) =
                (Instant::now(), Vec::new(), interval(Duration::from_secs(1)));
            loop {
                tokio::select! {
                    _ = &mut stopped => return samples,
                    _ = every.tick() => samples.push(Sample {
                        at: began.elapsed(),
                        memory: servers.map(dcrf_e2e::resident_of),
                        files: servers.map(dcrf_e2e::files_of),
                    }),
                }
            }
        });
        Self { task, stop }
    }

    async fn end(self) -> Vec<Sample> {
        let _ = self.stop.send(());
        self.task.await.expect("it looks until it is stopped")
    }
}

/// What servers hold: what it is, how to find it in a sample, and how much more of it there may be whatever else is
/// allowed.
type Held = (&'static str, fn(&Sample) -> u64, u64);

/// Makes sure that the last quarter is as the second was; the first is the beginning.
fn judge(name: &str, samples: &[Sample]) {
    let quarter = |number: usize, of: fn(&Sample) -> u64| {
        let part = &samples[samples.len() * number / 4..samples.len() * (number + 1) / 4];
        let mut values: Vec<u64> = part.iter().map(of).collect();
        values.sort_unstable();
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    let of: [Held; 4] = [
        ("memory of the first, KiB", |sample| sample.memory[0], SLACK),
        ("memory of the second, KiB", |sample| sample.memory[1], SLACK),
        ("files of the first", |sample| sample.files[0], 20),
        ("files of the second", |sample| sample.files[1], 20),
    ];
    for (what, value, slack) in of {
        let (before, after) = (quarter(1, value), quarter(3, value));
        println!("{name}: {what}: {before} in the second quarter, {after} in the last");
        assert!(after <= before + slack + before / 10, "{name}: {what} grows from {before} to {after}");
    }
}

/// A plot of what the servers held.
fn plot(name: &str, samples: &[Sample]) {
    let Ok(directory) = env::var("DCRF_SOAK_PLOT") else { return };
    let (width, height) = (900.0, 150.0);
    let end = samples.last().map_or(1.0, |sample| sample.at.as_secs_f64());
    let mut svg = String::new();
    let mut draw = |top: f64, title: &str, values: [Vec<u64>; 2]| {
        let most = values.iter().flatten().max().copied().unwrap_or(1).max(1);
        let _ = writeln!(svg, "<text x=\"50\" y=\"{}\">{title}, up to {most}</text>", top - 8.0);
        let _ = writeln!(svg, "<rect x=\"50\" y=\"{top}\" width=\"{width}\" height=\"{height}\"/>");
        for (values, class) in values.iter().zip(["first", "second"]) {
            let _ = write!(svg, "<polyline class=\"{class}\" points=\"");
            for (sample, value) in samples.iter().zip(values) {
                let x = 50.0 + sample.at.as_secs_f64() / end * width;
                let y = top + height - *value as f64 / most as f64 * height;
                let _ = write!(svg, "{x:.1},{y:.1} ");
            }
            let _ = writeln!(svg, "\"/>");
        }
    };
    let of = |value: fn(&Sample) -> [u64; 2]| {
        [0, 1].map(|server| samples.iter().map(|sample| value(sample)[server]).collect::<Vec<u64>>())
    };
    draw(50.0, "Resident memory in MiB", of(|sample| sample.memory.map(|kib| kib / 1024)));
    draw(250.0, "Open files and sockets", of(|sample| sample.files));
    let page = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1000 440\" font-family=\"sans-serif\" font-size=\"14\">\n\
         <style>svg{{background:#fff}}rect{{fill:none;stroke:#999}}polyline{{fill:none;stroke-width:1.5}}\
         .first{{stroke:#1f77b4}}.second{{stroke:#d62728}}</style>\n\
         <text x=\"50\" y=\"20\">{name}: two servers for {:.0} minutes, a fault every ten seconds</text>\n{svg}</svg>\n",
        end / 60.0
    );
    fs::write(Path::new(&directory).join(format!("soak-{name}.svg")), page).expect("a place for the plot");
}

/// The broker of the two servers, and what happens to it.
struct Between {
    broker: Broker,
    proxy: Proxy,
}

impl Between {
    async fn start() -> Option<(Self, String)> {
        let broker = Broker::redis().await?;
        let url = broker.url();
        let (before, port, after) = brokers::parts(&url);
        let proxy = Proxy::to(port).await;
        let url = format!("{before}{}{after}", proxy.port);
        Some((Self { broker, proxy }, url))
    }

    async fn inject(&mut self, random: &mut Random) -> &'static str {
        let moment = Duration::from_millis(50 + random.below(250) as u64);
        match random.below(3) {
            0 => {
                self.broker.restart().await;
                "Redis: restarted"
            }
            1 => {
                self.proxy.is_cut_for(moment).await;
                "Redis: the network cut"
            }
            _ => {
                self.proxy.is_slow_for(moment).await;
                "Redis: a slow network"
            }
        }
    }
}

/// Has a fault every ten seconds until the time is over, every third one of the broker.
async fn soak(
    name: &str,
    servers: [Server; 2],
    mut between: Between,
    mut fault: impl AsyncFnMut(&Server, &World, &mut Random) -> &'static str,
) {
    let mut random = seeded(name);
    let [a, b] = servers;
    let mut world = World::start_at(&a, &b, PAUSE).await;
    world.is_back().await;
    let watch = Watch::start([a.process(), b.process()]);
    let (time, began, mut report) = (time(), Instant::now(), Report::default());
    let every = EVERY.min(time / 6);
    let mut number = 0_u32;
    while began.elapsed() < time {
        number += 1;
        let due = every * number;
        sleep(due.saturating_sub(began.elapsed())).await;
        let start = Instant::now();
        world.say(format!("fault {number}"));
        let kind = if number.is_multiple_of(3) {
            between.inject(&mut random).await
        } else {
            fault(&a, &world, &mut random).await
        };
        world.say(kind);
        world.is_back().await;
        report.count(kind, start);
    }
    let samples = watch.end().await;
    finish(world, &report, vec![a, b]).await;
    plot(name, &samples);
    judge(name, &samples);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_stays_as_it_was() {
    let Some((between, broker)) = Between::start().await else { return };
    let place = sqlite::Place::new();
    let arguments = ["--broker", broker.as_str()];
    let start = || Server::start_on(App::Observed, &place.url, &arguments, LIMITS);
    let servers = [start().await, start().await];
    soak("sqlite", servers, between, async |server: &Server, world: &World, random: &mut Random| {
        sqlite::moment(&place, server, world, random).await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_stays_as_it_was() {
    let Some((between, broker)) = Between::start().await else { return };
    let Some(cluster) = Cluster::start() else { return };
    postgres::prepare(&cluster).await;
    let proxy = Proxy::to(cluster.port).await;
    let url = postgres::url(&proxy);
    let arguments = ["--broker", broker.as_str()];
    let start = || Server::start_on(App::Observed, &url, &arguments, LIMITS);
    let servers = [start().await, start().await];
    postgres::fill(&cluster).await;
    let fault = async |_: &Server, world: &World, random: &mut Random| {
        postgres::moment(&cluster, &proxy, world, random).await
    };
    soak("postgres", servers, between, fault).await;
}
