//! Real servers, and a network between the servers and a node that can be cut and paused.

use std::net::TcpListener as Port;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// A broker that the test has started or may use.
pub(super) struct Server {
    /// The parts of the URL around the address.
    url: (&'static str, String),
    pub(super) address: String,
    process: Option<(Child, Command)>,
}

impl Server {
    /// Returns Redis, NATS and PostgreSQL. A server that is missing is reported; in CI all of them are required.
    pub(super) async fn all() -> Vec<Self> {
        let servers = [Self::redis().await, Self::nats().await, Self::postgres()];
        servers.into_iter().flatten().collect()
    }

    /// Returns the servers that the test may kill.
    pub(super) async fn own() -> Vec<Self> {
        [Self::redis().await, Self::nats().await].into_iter().flatten().collect()
    }

    async fn redis() -> Option<Self> {
        let arguments = |port: u16| format!("--port {port} --bind 127.0.0.1 --save  --appendonly no");
        Self::start("redis://", "redis-server", arguments).await
    }

    async fn nats() -> Option<Self> {
        Self::start("nats://", "nats-server", |port| format!("-a 127.0.0.1 -p {port}")).await
    }

    fn postgres() -> Option<Self> {
        let Ok(url) = std::env::var("DCRF_TEST_POSTGRES") else { return missing("DCRF_TEST_POSTGRES") };
        let (scheme, rest) = url.split_once("://").expect("a URL");
        assert!(scheme.starts_with("postgres"), "a URL of PostgreSQL");
        let (authority, name) = rest.split_once('/').expect("a database");
        let (user, address) = authority.rsplit_once('@').expect("a user");
        let (before, after) = (format!("postgres://{user}@"), format!("/{name}"));
        Some(Self { url: (before.leak(), after), address: address.to_owned(), process: None })
    }

    async fn start(scheme: &'static str, program: &str, arguments: impl Fn(u16) -> String) -> Option<Self> {
        let port = Port::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address").port();
        let mut command = Command::new(program);
        command.args(arguments(port).split(' ')).stdout(Stdio::null()).stderr(Stdio::null());
        let Ok(child) = command.spawn() else { return missing(program) };
        let address = format!("127.0.0.1:{port}");
        let server = Self { url: (scheme, String::new()), address, process: Some((child, command)) };
        server.is_up().await;
        Some(server)
    }

    async fn is_up(&self) {
        let up = async {
            while TcpStream::connect(&self.address).await.is_err() {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(Duration::from_secs(60), up).await.expect("the server listens");
    }

    /// Returns the URL with another address.
    pub(super) fn url_by(&self, address: &str) -> String {
        format!("{}{address}{}", self.url.0, self.url.1)
    }

    /// Returns the URL.
    pub(super) fn url(&self) -> String {
        self.url_by(&self.address)
    }

    pub(super) fn kill(&mut self) {
        let (child, _) = self.process.as_mut().expect("a server of the test's own");
        child.kill().expect("it runs");
        child.wait().expect("it ends");
    }

    pub(super) async fn again(&mut self) {
        let (child, command) = self.process.as_mut().expect("a server of the test's own");
        *child = command.spawn().expect("it has been started before");
        self.is_up().await;
    }

    /// Sends a signal to the server: `STOP` or `CONT`.
    pub(super) fn signal(&self, name: &str) {
        let (child, _) = self.process.as_ref().expect("a server of the test's own");
        let done = Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
        assert!(done.expect("kill").success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some((child, _)) = &mut self.process {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn missing(what: &str) -> Option<Server> {
    assert!(std::env::var_os("CI").is_none(), "{what} is missing");
    eprintln!("\n*** a broker was NOT covered: {what} is missing ***\n");
    None
}

/// The state of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Network {
    /// Data is forwarded.
    Up,
    /// Connections end, and none can be made.
    Cut,
    /// Connections stay, and nothing arrives.
    Paused,
}

/// A network between a node and a broker.
pub(super) struct Proxy {
    pub(super) address: String,
    network: watch::Sender<Network>,
}

impl Proxy {
    pub(super) async fn to(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let (network, state) = watch::channel(Network::Up);
        let target = target.to_owned();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if *state.borrow() == Network::Cut {
                    continue;
                }
                let Ok(far) = TcpStream::connect(&target).await else { continue };
                let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                tokio::spawn(carry(near_in, far_out, state.clone()));
                tokio::spawn(carry(far_in, near_out, state.clone()));
            }
        });
        Self { address, network }
    }

    pub(super) fn set(&self, network: Network) {
        self.network.send_replace(network);
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut state: watch::Receiver<Network>) {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = tokio::select! {
            read = from.read(&mut buffer) => read,
            _ = state.wait_for(|network| *network == Network::Cut) => return,
        };
        let Ok(len @ 1..) = read else { return };
        let Ok(network) = state.wait_for(|network| *network != Network::Paused).await.map(|network| *network)
        else {
            return;
        };
        if network == Network::Cut || to.write_all(&buffer[..len]).await.is_err() {
            return;
        }
    }
}
