//! The servers that are measured, as processes.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

/// A running server; it is killed when this is dropped.
pub struct Server {
    /// What the tables call it.
    pub name: &'static str,
    /// Where its sockets are: `ws://…/ws/things/`.
    pub url: String,
    /// Another server of the same database, which hears this one by Redis.
    pub other: Option<Box<Self>>,
    process: Child,
    _directory: Arc<tempfile::TempDir>,
}

impl Server {
    /// Starts the server over the generated crate (`dcrf`) or the hand-written one (`limit`) with a new database.
    pub fn start(name: &'static str, binary: &str) -> anyhow::Result<Self> {
        Self::start_with(name, binary, &[])
    }

    /// The same, with settings in its environment.
    pub fn start_with(name: &'static str, binary: &str, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::start_in(name, binary, Arc::new(tempfile::tempdir()?), settings)
    }

    /// Starts two servers over the generated crate on one database, which hear each other by the Redis that
    /// `PEER_REDIS` names.
    pub fn pair(name: &'static str, binary: &str) -> anyhow::Result<Self> {
        let redis = std::env::var("PEER_REDIS").context("PEER_REDIS is the address of a Redis")?;
        let broker = format!("redis://{redis}");
        let settings = [("DCRF_BROKER", broker.as_str())];
        let directory = Arc::new(tempfile::tempdir()?);
        let mut first = Self::start_in(name, binary, Arc::clone(&directory), &settings)?;
        first.other = Some(Box::new(Self::start_in(name, binary, directory, &settings)?));
        Ok(first)
    }

    fn start_in(
        name: &'static str,
        binary: &str,
        directory: Arc<tempfile::TempDir>,
        settings: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let path = std::env::current_exe()?.with_file_name(binary);
        let mut process = Command::new(&path)
            .env("DATABASE_URL", format!("sqlite://{}/load.sqlite3?mode=rwc", directory.path().display()))
            .env_remove("DCRF_BROKER")
            .env("LISTEN", "127.0.0.1:0")
            // All clients are one here, and ask as fast as they can.
            .env(
                "DCRF_LIMITS",
                "connections_per_address=20000, requests_per_second=4000000000, subscriptions=20000",
            )
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} does not start; build the whole workspace", path.display()))?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().context("stdout is a pipe")?).read_line(&mut line)?;
        let address =
            line.trim().strip_prefix("listening on http://").context("the server does not listen")?;
        let url = format!("ws://{address}/ws/things/");
        Ok(Self { name, url, other: None, process, _directory: directory })
    }

    /// Starts the peer, DCRF under uvicorn, whose directory `DCRF_PEER` names; none without it.
    /// `PYTHON` is the interpreter that has its packages, `PEER_REDIS` the address of its Redis.
    pub fn peer() -> anyhow::Result<Option<Self>> {
        let Some(root) = std::env::var_os("DCRF_PEER").map(PathBuf::from) else { return Ok(None) };
        let directory = tempfile::tempdir()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut process = Command::new(root.join("start.sh"))
            .args(["uvicorn", &port.to_string()])
            .env("PEER_DB", directory.path().join("peer.sqlite3"))
            .stdout(Stdio::null())
            // It tells at length of every connection that goes while events are on their way.
            .stderr(Stdio::null())
            .spawn()
            .context("the peer does not start")?;
        let deadline = Instant::now() + Duration::from_secs(60);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = process.try_wait()? {
                bail!("the peer ended: {status}");
            }
            if Instant::now() > deadline {
                bail!("the peer does not listen");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let url = format!("ws://127.0.0.1:{port}/ws/things/");
        Ok(Some(Self { name: "peer", url, other: None, process, _directory: Arc::new(directory) }))
    }

    /// The address of another stream.
    pub fn at(&self, stream: &str) -> String {
        self.url.replace("things", stream)
    }

    /// The memory that is resident, in KiB (Linux).
    pub fn resident(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line =
            status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("Linux tells VmRSS")?;
        Ok(line.trim().trim_end_matches("kB").trim().parse()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; there is nothing to do about either failing.
        let _ended = self.process.kill();
        let _reaped = self.process.wait();
    }
}
