//! A broker for several servers: Redis or NATS of the test's own, on a free port, or a database on the PostgreSQL
//! server that `DCRF_TEST_POSTGRES` names.

use std::env;
use std::io::Write as _;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sqlx::{Connection as _, PgConnection};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::{Database, LIMIT};

/// A broker that runs.
#[derive(Debug)]
pub struct Broker(Kind);

#[derive(Debug)]
enum Kind {
    Process { scheme: &'static str, port: u16, command: Command, child: Child },
    Postgres(Database),
}

impl Broker {
    /// A Redis server. Without the program there is none, which is said aloud; in CI that is a failure.
    pub async fn redis() -> Option<Self> {
        Self::start("redis", "redis-server", |port| {
            ["--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
                .map(str::to_owned)
                .into()
        })
        .await
    }

    /// A NATS server; none as of [`redis`](Self::redis).
    pub async fn nats() -> Option<Self> {
        Self::start("nats", "nats-server", |port| ["-a", "127.0.0.1", "-p", port].map(str::to_owned).into())
            .await
    }

    /// A database of its own; none as of [`Database::postgres`].
    pub async fn postgres() -> Option<Self> {
        Some(Self(Kind::Postgres(Database::postgres().await?)))
    }

    async fn start(
        scheme: &'static str,
        program: &str,
        arguments: impl Fn(&str) -> Vec<String>,
    ) -> Option<Self> {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.expect("there is a free port").port();
        let mut command = Command::new(program);
        command.args(arguments(&port.to_string())).stdout(Stdio::null()).stderr(Stdio::null());
        let Ok(child) = command.spawn() else {
            assert!(env::var_os("CI").is_none(), "{program} is missing, and in CI no test may be skipped");
            // Not `eprintln!`, which the test harness keeps to itself when a test passes.
            let _ = writeln!(std::io::stderr(), "NOT TESTED: {program} is missing (`tests/run` installs it)");
            return None;
        };
        let broker = Self(Kind::Process { scheme, port, command, child });
        broker.listens().await;
        Some(broker)
    }

    async fn listens(&self) {
        let Kind::Process { port, .. } = &self.0 else { return };
        let listens = async {
            while TcpStream::connect(("127.0.0.1", *port)).await.is_err() {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(LIMIT, listens).await.unwrap_or_else(|_| panic!("the broker does not listen on {port}"));
    }

    /// Its address, as `--broker` wants it.
    pub fn url(&self) -> String {
        match &self.0 {
            Kind::Process { scheme, port, .. } => format!("{scheme}://127.0.0.1:{port}"),
            Kind::Postgres(database) => database.url(),
        }
    }

    /// Kills it and starts it again; of a database, all connections are ended.
    ///
    /// # Panics
    /// If it does not come back.
    pub async fn restart(&mut self) {
        match &mut self.0 {
            Kind::Process { child, command, .. } => {
                child.kill().expect("it runs");
                child.wait().expect("it ends");
                *child = command.spawn().expect("it has been started before");
            }
            Kind::Postgres(database) => {
                let mut connection =
                    PgConnection::connect(&database.url()).await.expect("the server is there");
                sqlx::query(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE datname = current_database() AND pid <> pg_backend_pid()",
                )
                .execute(&mut connection)
                .await
                .expect("the user may end connections of their own");
            }
        }
        self.listens().await;
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if let Kind::Process { child, .. } = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
