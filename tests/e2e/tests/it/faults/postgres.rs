//! What happens to PostgreSQL: it is away, slow, full, locked, a standby, or somebody else has all connections.

use std::time::{Duration, Instant};

use dcrf_e2e::{App, Server};
use sqlx::Connection as _;
use tokio::time::sleep;

use super::cluster::Cluster;
use super::proxy::{Line, Proxy};
use super::world::World;
use super::{Report, finish, seeded};
use crate::random::Random;

/// Faults of a run.
const FAULTS: usize = 50;
/// Every so many faults one is of those that take seconds to be seen.
const LONG_EVERY: usize = 15;

const NAME: &str = "faults";
const KILL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Terminated,
    Restarted,
    Stopped,
    Paused,
    LongPaused,
    Full,
    ReadOnly,
    TooMany,
    Locked,
    Slow,
    Cut,
    LongCut,
}

impl Fault {
    fn random(random: &mut Random) -> Self {
        match random.below(20) {
            0..=4 => Self::Terminated,
            5 | 6 => Self::Restarted,
            7 => Self::Stopped,
            8..=10 => Self::Paused,
            11 | 12 => Self::Full,
            13 => Self::ReadOnly,
            14 => Self::TooMany,
            15 | 16 => Self::Locked,
            17 | 18 => Self::Slow,
            _ => Self::Cut,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Terminated => "PostgreSQL: every connection ended",
            Self::Restarted => "PostgreSQL: restarted",
            Self::Stopped => "PostgreSQL: stopped",
            Self::Paused => "PostgreSQL: held for a moment",
            Self::LongPaused => "PostgreSQL: held for as long as that it is noticed",
            Self::Full => "PostgreSQL: the disk full (53100)",
            Self::ReadOnly => "PostgreSQL: only to be read (25006)",
            Self::TooMany => "PostgreSQL: too many connections (53300)",
            Self::Locked => "PostgreSQL: the table locked, every connection waits (57014)",
            Self::Slow => "PostgreSQL: a slow network",
            Self::Cut => "PostgreSQL: the network cut for a moment",
            Self::LongCut => "PostgreSQL: the network cut for as long as that it is noticed",
        }
    }
}

/// Makes the database and whoever uses it.
pub(super) async fn prepare(cluster: &Cluster) {
    let role = "CREATE ROLE app LOGIN; ALTER ROLE app SET statement_timeout = '700ms'";
    cluster.execute("postgres", role).await;
    cluster.execute("postgres", "CREATE DATABASE faults OWNER app").await;
}

/// The database over a network that may be cut.
pub(super) fn url(proxy: &Proxy) -> String {
    format!("postgres://app@127.0.0.1:{}/{NAME}", proxy.port)
}

/// Makes what says that the disk is full, once there are tables.
pub(super) async fn fill(cluster: &Cluster) {
    let full = "CREATE TABLE full_now (); CREATE FUNCTION room() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN RAISE EXCEPTION 'could not extend file \"base/1/2\": No space left on device' USING ERRCODE = '53100'; END $$;
         CREATE TRIGGER room BEFORE INSERT ON comments FOR EACH ROW EXECUTE FUNCTION room();
         ALTER TABLE comments DISABLE TRIGGER room";
    cluster.execute(NAME, full).await;
}

/// Injects a fault that is over in a moment; gives its name.
pub(super) async fn moment(
    cluster: &Cluster,
    proxy: &Proxy,
    world: &World,
    random: &mut Random,
) -> &'static str {
    let fault = Fault::random(random);
    inject(fault, cluster, proxy, world, random).await;
    fault.name()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_away_is_told() {
    let Some(cluster) = Cluster::start() else { return };
    let mut random = seeded("postgres");
    prepare(&cluster).await;
    let proxy = Proxy::to(cluster.port).await;
    let url = url(&proxy);
    let server = Server::start_on(App::Observed, &url, &[], "action=5s, rows=1000000, reply=256MiB").await;
    fill(&cluster).await;
    let mut world = World::start(&server, &server).await;
    let mut report = Report::default();
    world.is_back().await;
    for number in 1..=FAULTS {
        let fault = match number {
            number if number == 2 * LONG_EVERY => Fault::LongPaused,
            number if number == 3 * LONG_EVERY => Fault::LongCut,
            _ => Fault::random(&mut random),
        };
        world.say(fault.name());
        let began = Instant::now();
        inject(fault, &cluster, &proxy, &world, &mut random).await;
        report.count(fault.name(), began);
    }
    finish(world, &report, vec![server]).await;
}

async fn inject(fault: Fault, cluster: &Cluster, proxy: &Proxy, world: &World, random: &mut Random) {
    let moment = Duration::from_millis(50 + random.below(250) as u64);
    let unreachable = ["The database is not reachable.", "The database does not answer in time."];
    let checks = random.below(3) == 0;
    match fault {
        Fault::Terminated => cluster.execute("postgres", KILL).await,
        Fault::Restarted => {
            cluster.stop();
            cluster.resume_after_stop();
        }
        Fault::Stopped => {
            cluster.stop();
            world.refuses(2).await;
            world.is_not_ready(&unreachable).await;
            cluster.resume_after_stop();
        }
        Fault::Paused => {
            cluster.hold(true);
            sleep(moment).await;
            cluster.hold(false);
        }
        Fault::LongPaused => {
            cluster.hold(true);
            world.is_not_ready(&unreachable).await;
            world.refuses(4).await;
            cluster.hold(false);
        }
        Fault::Full => {
            cluster.execute(NAME, "ALTER TABLE comments ENABLE TRIGGER room").await;
            world.refuses(2).await;
            if checks {
                world.is_not_ready(&["The database is full."]).await;
            }
            cluster.execute(NAME, "ALTER TABLE comments DISABLE TRIGGER room").await;
        }
        Fault::ReadOnly => {
            let set = "ALTER DATABASE faults SET default_transaction_read_only = on";
            cluster.execute("postgres", set).await;
            cluster.execute("postgres", KILL).await;
            world.refuses(2).await;
            if checks {
                world.is_not_ready(&["The database can only be read."]).await;
            }
            cluster.execute("postgres", "ALTER DATABASE faults RESET default_transaction_read_only").await;
        }
        Fault::TooMany => {
            cluster.execute("postgres", "ALTER DATABASE faults CONNECTION LIMIT 0").await;
            cluster.execute("postgres", KILL).await;
            world.refuses(1).await;
            if checks {
                world.is_not_ready(&["The database is busy."]).await;
            }
            cluster.execute("postgres", "ALTER DATABASE faults CONNECTION LIMIT -1").await;
        }
        Fault::Locked => {
            let mut other = cluster.admin(NAME).await;
            let lock = "BEGIN; LOCK TABLE comments IN ACCESS EXCLUSIVE MODE";
            sqlx::raw_sql(lock).execute(&mut other).await.expect("a lock");
            world.refuses(2).await;
            other.close().await.expect("its end");
        }
        Fault::Slow => proxy.is_slow_for(moment).await,
        Fault::Cut => proxy.is_cut_for(moment).await,
        Fault::LongCut => {
            proxy.become_(Line::Cut);
            world.is_not_ready(&unreachable).await;
            world.refuses(4).await;
            proxy.become_(Line::Good);
        }
    }
    if checks || matches!(fault, Fault::LongPaused | Fault::LongCut | Fault::Stopped) {
        world.is_back().await;
    }
}
