//! A broker for several servers: Redis or NATS of the test's own, on a free port, or a database on the PostgreSQL
//! server that `DCRF_TEST_POSTGRES` names.

use std::env;
use std::io::Write as _;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::{Database, LIMIT};

/// A broker that runs.
#[derive(Debug)]
pub struct Broker(Kind);

#[derive(Debug)]
enum Kind {
    Process {
        scheme: &'static str,
        port: u16,
        command: Command,
        child: Child,
    },
    /// The nodes of a cluster, and where they keep what they know of it.
    Cluster {
        nodes: Vec<Node>,
        _directory: TempDir,
    },
    Postgres(Database),
}

#[derive(Debug)]
struct Node {
    port: u16,
    command: Command,
    child: Child,
}

/// A port that nobody listens on.
fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    free.expect("there is a free port").port()
}

impl Broker {
    /// A Redis Cluster of two masters; none as of [`redis`](Self::redis).
    ///
    /// # Panics
    /// If the nodes do not come together.
    pub async fn redis_cluster() -> Option<Self> {
        const HALVES: [(&str, &str); 2] = [("0", "8191"), ("8192", "16383")];
        let directory = tempfile::tempdir().expect("a directory");
        let mut nodes: Vec<(Node, u16)> = Vec::new();
        for _ in HALVES {
            let (port, bus) = (free_port(), free_port());
            let mut command = Command::new("redis-server");
            command.args([
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--cluster-enabled",
                "yes",
            ]);
            command.args(["--cluster-config-file", &format!("{port}.conf"), "--port", &port.to_string()]);
            command.args(["--cluster-port", &bus.to_string(), "--dir"]).arg(directory.path());
            let child = spawn("redis-server", &mut command)?;
            listens(port).await;
            nodes.push((Node { port, command, child }, bus));
        }
        for ((node, _), (from, to)) in nodes.iter().zip(HALVES) {
            assert_eq!(say(node.port, &["CLUSTER", "ADDSLOTSRANGE", from, to]).await, "+OK");
        }
        let (other, bus) = (&nodes[1].0.port.to_string(), &nodes[1].1.to_string());
        let meet = ["CLUSTER", "MEET", "127.0.0.1", other, bus];
        assert_eq!(say(nodes[0].0.port, &meet).await, "+OK");
        let nodes = nodes.into_iter().map(|(node, _)| node).collect();
        let broker = Self(Kind::Cluster { nodes, _directory: directory });
        broker.listens().await;
        Some(broker)
    }

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
        let port = free_port();
        let mut command = Command::new(program);
        command.args(arguments(&port.to_string()));
        let child = spawn(program, &mut command)?;
        let broker = Self(Kind::Process { scheme, port, command, child });
        broker.listens().await;
        Some(broker)
    }

    async fn listens(&self) {
        match &self.0 {
            Kind::Process { port, .. } => listens(*port).await,
            Kind::Cluster { nodes, .. } => {
                let together = async {
                    for node in nodes {
                        listens(node.port).await;
                        while !say(node.port, &["CLUSTER", "INFO"]).await.contains("cluster_state:ok") {
                            sleep(Duration::from_millis(10)).await;
                        }
                    }
                };
                timeout(LIMIT, together).await.expect("the nodes come together");
            }
            Kind::Postgres(_) => {}
        }
    }

    /// Its address, as `--broker` wants it.
    pub fn url(&self) -> String {
        match &self.0 {
            Kind::Process { scheme, port, .. } => format!("{scheme}://127.0.0.1:{port}"),
            Kind::Cluster { nodes, .. } => {
                let hosts: Vec<String> =
                    nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)).collect();
                format!("redis+cluster://{}", hosts.join(","))
            }
            Kind::Postgres(database) => database.url(),
        }
    }

    /// Kills it, or of a database nothing; [`restart`](Self::restart) starts it again.
    ///
    /// # Panics
    /// If it has ended by itself.
    pub fn stop(&mut self) {
        if let Kind::Process { child, .. } = &mut self.0 {
            child.kill().expect("it runs");
            child.wait().expect("it ends");
        }
    }

    /// Holds a process, which then answers nothing, or lets it go on.
    ///
    /// # Panics
    /// If it has ended.
    pub fn pause(&self, held: bool) {
        if let Kind::Process { child, .. } = &self.0 {
            let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a process");
            let signal = if held { Signal::STOP } else { Signal::CONT };
            kill_process(pid, signal).expect("it runs");
        }
    }

    /// Kills it and starts it again; of a database, all connections are ended.
    ///
    /// # Panics
    /// If it does not come back.
    pub async fn restart(&mut self) {
        match &mut self.0 {
            Kind::Process { child, command, .. } => {
                // It may have been stopped.
                let _ = child.kill();
                child.wait().expect("it ends");
                *child = command.spawn().expect("it has been started before");
            }
            Kind::Cluster { nodes, .. } => {
                for node in nodes.iter_mut() {
                    node.child.kill().expect("it runs");
                    node.child.wait().expect("it ends");
                }
                for node in nodes.iter_mut() {
                    node.child = node.command.spawn().expect("it has been started before");
                }
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
        let end = |child: &mut Child| {
            let _ = child.kill();
            let _ = child.wait();
        };
        match &mut self.0 {
            Kind::Process { child, .. } => end(child),
            Kind::Cluster { nodes, .. } => nodes.iter_mut().for_each(|node| end(&mut node.child)),
            Kind::Postgres(_) => {}
        }
    }
}

/// Starts a program. One that is missing is said aloud; in CI that is a failure.
fn spawn(program: &str, command: &mut Command) -> Option<Child> {
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok();
    if child.is_none() {
        assert!(env::var_os("CI").is_none(), "{program} is missing, and in CI no test may be skipped");
        // Not `eprintln!`, which the test harness keeps to itself when a test passes.
        let _ = writeln!(std::io::stderr(), "NOT TESTED: {program} is missing (`tests/run` installs it)");
    }
    child
}

async fn listens(port: u16) {
    let listens = async {
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(LIMIT, listens).await.unwrap_or_else(|_| panic!("the broker does not listen on {port}"));
}

/// Sends a command to Redis, and gives the first part of the answer as it comes.
async fn say(port: u16, words: &[&str]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("it listens");
    let words = words.iter().map(|word| format!("${}\r\n{word}\r\n", word.len()));
    let words: Vec<String> = words.collect();
    let text = format!("*{}\r\n{}", words.len(), words.concat());
    stream.write_all(text.as_bytes()).await.expect("it reads");
    let mut answer = vec![0; 4096];
    let length = stream.read(&mut answer).await.expect("it answers");
    String::from_utf8_lossy(&answer[..length]).trim_end().to_owned()
}
