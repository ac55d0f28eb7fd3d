//! TLS to PostgreSQL, Redis and NATS, whose certificates an authority of the tests has signed. `tests/run` makes them.

use std::future::Future;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dcrf_runtime::Db;
use dcrf_runtime::broker::BrokerOptions;
use dcrf_runtime::test::PATIENCE;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::descriptors::MIGRATIONS;

/// The folder with the certificates: `ca.pem`, `server.pem`, `server.key`, `client.pem`, `client.key`, and `other.pem`, an
/// authority that has signed none of them.
pub fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("DCRF_TEST_TLS").map(PathBuf::from);
    if folder.is_none() {
        assert!(std::env::var_os("CI").is_none(), "DCRF_TEST_TLS is not set");
        eprintln!("\n*** TLS was NOT covered: DCRF_TEST_TLS is not set ***\n");
    }
    folder
}

/// What a URL says of certificates.
pub struct Query(pub PathBuf);

impl Query {
    pub fn file(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    fn authority(&self, name: &str) -> String {
        format!("sslrootcert={}", self.file(name))
    }

    /// The right authority, and a certificate of our own.
    fn own(&self) -> String {
        let (cert, key) = (self.file("client.pem"), self.file("client.key"));
        format!("{}&sslcert={cert}&sslkey={key}", self.authority("ca.pem"))
    }
}

/// A server that the test has started.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    async fn start(program: &str, arguments: impl Fn(u16) -> Vec<String>) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.expect("a free port").port();
        let mut command = Command::new(program);
        command.args(arguments(port)).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().unwrap_or_else(|error| panic!("{program}: {error}"));
        let listens = async {
            loop {
                match TcpStream::connect(("127.0.0.1", port)).await {
                    // A port that nobody listens at yet may have been given to this very connection.
                    Ok(stream) if stream.local_addr().ok() != stream.peer_addr().ok() => return,
                    _ => tokio::time::sleep(Duration::from_millis(10)).await,
                }
            }
        };
        timeout(PATIENCE, listens).await.unwrap_or_else(|_| panic!("{program} does not start"));
        Self { child, port }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a broker says of a URL.
async fn refusal(url: &str) -> Option<String> {
    let db = Db::connect("sqlite::memory:", &MIGRATIONS).await.expect("SQLite in memory");
    let used = db.use_broker(url, BrokerOptions::new("tls")).await;
    db.close().await;
    used.err().map(|error| error.to_string())
}

/// A broker that asks for certificates takes those that show one, and is trusted if the right authority has signed its
/// own.
async fn brokers<F: Future<Output = ()>>(
    schemes: [&str; 2],
    server: impl AsyncFn(&Query) -> Server,
    also: impl Fn(u16) -> F,
) {
    let Some(folder) = folder() else { return };
    let query = Query(folder);
    let server = server(&query).await;
    let [plain, encrypted] = schemes;
    let url = |scheme: &str, host: &str, query: &str| format!("{scheme}://{host}:{}?{query}", server.port);
    assert_eq!(refusal(&url(encrypted, "localhost", &query.own())).await, None);
    let nobody = refusal(&url(encrypted, "localhost", &query.authority("ca.pem"))).await;
    nobody.expect("it asks for a certificate");
    let distrusted = query.own().replace("ca.pem", "other.pem");
    let distrusted = refusal(&url(encrypted, "localhost", &distrusted)).await.expect("nobody trusts it");
    assert!(distrusted.to_lowercase().contains("certificate"), "{distrusted}");
    let elsewhere = refusal(&url(encrypted, "127.0.0.2", &query.own())).await;
    elsewhere.expect("its certificate is for another name");
    let missing = query.own().replace("ca.pem", "nowhere.pem");
    refusal(&url(encrypted, "localhost", &missing)).await.expect("there is no such file");
    let misplaced = refusal(&url(plain, "localhost", &query.own())).await.expect("it is not encrypted");
    assert!(misplaced.contains("is for URLs that ask for TLS"), "{misplaced}");
    also(server.port).await;
}

/// Redis with a certificate of its own, which asks for one.
async fn redis(query: &Query, further: &[&str]) -> Server {
    let files = [query.file("server.pem"), query.file("server.key"), query.file("ca.pem")];
    let arguments = move |port: u16| {
        let [cert, key, authority] = &files;
        let port = port.to_string();
        let all = ["--port", "0", "--tls-port", &port, "--save", "", "--appendonly", "no"];
        let files = ["--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", authority];
        all.into_iter().chain(files).chain(further.iter().copied()).map(str::to_owned).collect()
    };
    Server::start("redis-server", arguments).await
}

#[tokio::test]
async fn redis_is_trusted_by_its_certificate() {
    let plain = async |port: u16| {
        refusal(&format!("redis://127.0.0.1:{port}")).await.expect("it does not speak plainly");
    };
    brokers(["redis", "rediss"], async |query| redis(query, &[]).await, plain).await;
}

#[tokio::test]
async fn a_redis_cluster_is_trusted_by_its_certificate() {
    let folder = tempfile::tempdir().expect("a folder");
    let nodes = folder.path().display().to_string();
    let start = async |query: &Query| {
        let further = ["--tls-cluster", "yes", "--cluster-enabled", "yes", "--dir", &nodes];
        let server = redis(query, &further).await;
        let said = |words: &[&str]| {
            let mut command = Command::new("redis-cli");
            command.args(["--tls", "--cacert", &query.file("ca.pem"), "--cert", &query.file("client.pem")]);
            command.args(["--key", &query.file("client.key"), "-p", &server.port.to_string()]).args(words);
            let done = command.output().expect("redis-cli is there with redis-server");
            String::from_utf8_lossy(&done.stdout).into_owned()
        };
        assert_eq!(said(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]).trim(), "OK");
        let is_together = async {
            while !said(&["CLUSTER", "INFO"]).contains("cluster_state:ok") {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, is_together).await.expect("the node is a cluster");
        server
    };
    brokers(["redis+cluster", "rediss+cluster"], start, async |_| ()).await;
}

#[tokio::test]
async fn nats_is_trusted_by_its_certificate() {
    let start = async |query: &Query| {
        let files = [query.file("server.pem"), query.file("server.key"), query.file("ca.pem")];
        let arguments = move |port: u16| {
            let [cert, key, authority] = files.clone();
            let port = port.to_string();
            let all = ["-a", "0.0.0.0", "-p", &port, "--tlsverify", "--tlscert", &cert, "--tlskey", &key];
            all.into_iter().chain(["--tlscacert", &authority]).map(str::to_owned).collect()
        };
        Server::start("nats-server", arguments).await
    };
    brokers(["nats", "tls"], start, async |_| ()).await;
}

#[tokio::test]
async fn postgres_is_trusted_by_its_certificate() {
    let Some(folder) = folder() else { return };
    let query = Query(folder);
    // `postgres://user@127.0.0.1:port/postgres`; the database `certified` is for those who show a certificate.
    let url = std::env::var("DCRF_TEST_POSTGRES_TLS").expect("it is beside DCRF_TEST_TLS");
    let connect = async |database: &str, parameters: &str| {
        let url = url.replace("127.0.0.1", "localhost").replace("/postgres", &format!("/{database}"));
        let db = Db::connect(
            &format!("{url}?{parameters}"),
            &dcrf_runtime::Migrations { sqlite: &[], postgres: &[] },
        )
        .await?;
        let asked = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        let mut row = db.query(asked, Vec::new()).await?.remove(0);
        db.close().await;
        row.take::<bool>(0)
    };
    let (ca, other, own) = (query.authority("ca.pem"), query.authority("other.pem"), query.own());
    assert!(connect("postgres", &format!("sslmode=verify-full&{ca}")).await.expect("it is trusted"));
    assert!(connect("postgres", "sslmode=require").await.expect("nobody asks whose it is"));
    assert!(!connect("postgres", "sslmode=disable").await.expect("it speaks plainly, too"));
    let distrusted = connect("postgres", &format!("sslmode=verify-full&{other}")).await;
    assert!(distrusted.expect_err("nobody trusts it").to_string().contains("certificate"));
    assert!(connect("certified", &format!("sslmode=verify-full&{own}")).await.expect("we are known"));
    let nobody = connect("certified", &format!("sslmode=verify-full&{ca}")).await;
    assert!(nobody.expect_err("it asks for a certificate").to_string().contains("certificate"));
}
