//! The servers that are measured, as processes.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tempfile::TempDir;

use crate::client::Client;

/// Which program a server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// That of the generated crate.
    Dcrf,
    /// An earlier build of the same, whose path is in `LOAD_BEFORE`.
    Before,
    /// The hand-written one.
    Limit,
    /// Django Channels REST Framework.
    Peer,
}

/// A running server; it is killed when this is dropped.
pub struct Server {
    pub program: Program,
    address: SocketAddr,
    /// Another server of the same database, which hears this one by Redis.
    pub other: Option<Box<Self>>,
    process: Child,
    _directory: Arc<TempDir>,
}

impl Server {
    /// Starts the server over the generated crate or the hand-written one with a new database, and with settings in
    /// its environment.
    pub fn start(program: Program, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::start_in(Arc::new(tempfile::tempdir()?), program, settings)
    }

    /// Starts two servers over the generated crate on one database, which hear each other by the Redis at this port.
    pub fn pair(redis: &str) -> anyhow::Result<Self> {
        let broker = format!("redis://127.0.0.1:{redis}");
        let settings = [("DCRF_BROKER", broker.as_str())];
        let directory = Arc::new(tempfile::tempdir()?);
        let mut first = Self::start_in(Arc::clone(&directory), Program::Dcrf, &settings)?;
        first.other = Some(Box::new(Self::start_in(directory, Program::Dcrf, &settings)?));
        Ok(first)
    }

    fn start_in(
        directory: Arc<TempDir>,
        program: Program,
        settings: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let binary = if program == Program::Limit { "load-limit" } else { "load-server" };
        let path = match program {
            Program::Before => std::env::var_os("LOAD_BEFORE").context("LOAD_BEFORE is a load-server")?.into(),
            _ => std::env::current_exe()?.with_file_name(binary),
        };
        let mut process = Command::new(&path)
            .env("DATABASE_URL", format!("sqlite://{}/load.sqlite3?mode=rwc", directory.path().display()))
            .env_remove("DCRF_BROKER")
            .env("LISTEN", "127.0.0.1:0")
            // All clients are one here, ask as fast as they can, and do not answer while it is another's turn.
            .env(
                "DCRF_LIMITS",
                "connections_per_address=20000, requests_per_second=4000000000, subscriptions=20000, \
                 ping_after=3600s",
            )
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} does not start; build the whole workspace", path.display()))?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().context("stdout is a pipe")?).read_line(&mut line)?;
        let address = line.trim().strip_prefix("listening on http://").context("the server does not listen");
        let address = address.and_then(|address| Ok(address.parse()?));
        match address {
            Ok(address) => Ok(Self { program, address, other: None, process, _directory: directory }),
            Err(error) => {
                process.kill()?;
                process.wait()?;
                Err(error)
            }
        }
    }

    /// Starts the peer under uvicorn, by a Python that has its packages and with the Redis at this port.
    pub fn peer(python: &str, redis: &str) -> anyhow::Result<Self> {
        let directory = Arc::new(tempfile::tempdir()?);
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let log = directory.path().join("log");
        let process = Command::new(python)
            .args(["-m", "uvicorn", "--host", "127.0.0.1", "--port", &address.port().to_string()])
            .args(["--app-dir", concat!(env!("CARGO_MANIFEST_DIR"), "/../peer")])
            .args(["--log-level", "critical", "--no-access-log", "--lifespan", "off"])
            // Connections that wait for their turn are not to be asked whether they are still there.
            .args(["--ws-ping-interval", "3600", "--ws-per-message-deflate", "false"])
            .arg("peer_site:application")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PEER_DATABASE", directory.path().join("peer.sqlite3"))
            .env("PEER_REDIS", redis)
            .stdout(Stdio::null())
            .stderr(File::create(&log)?)
            .spawn()
            .context("the peer does not start")?;
        let mut server =
            Self { program: Program::Peer, address, other: None, process, _directory: directory };
        server.wait_until_open(&log)?;
        Ok(server)
    }

    fn wait_until_open(&mut self, log: &Path) -> anyhow::Result<()> {
        let deadline = Instant::now() + Duration::from_secs(60);
        while std::net::TcpStream::connect(self.address).is_err() {
            if let Some(status) = self.process.try_wait()? {
                bail!("the peer ended: {status}: {}", std::fs::read_to_string(log)?);
            }
            if Instant::now() > deadline {
                bail!("the peer does not listen");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// A connection to one stream.
    pub fn connect(&self, stream: &str) -> anyhow::Result<Client> {
        Client::connect(self.address, &format!("/ws/{stream}/"))
    }

    /// A connection to all streams.
    pub fn connect_to_all(&self) -> anyhow::Result<Client> {
        Client::connect(self.address, "/ws/")
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
