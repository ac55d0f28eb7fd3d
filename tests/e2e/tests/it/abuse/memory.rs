//! Clients that want the server's memory: whatever they do, it stays below a bound, and a bystander is answered.
//!
//! The limits are the default ones. What the bystander waits is printed, not judged, as machines differ: docs/limits.md
//! has a table of it. Where it is measured (`DCRF_ABUSE_SECONDS`), the clients with a lot of requests have the lowest
//! priority, so that on a machine of two cores the bystander waits for the server and not for them, which would be on
//! machines of their own. Beside other tests they would get no time at all.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dcrf_e2e::{App, Database, Server};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use super::bystander::Bystander;
use super::{THINGS, frame, upgraded};
use crate::on_both_databases;

on_both_databases!(
    lists_of_large_rows,
    lists_that_nobody_reads,
    lists_that_a_thousand_do_not_read,
    everything_at_once,
    a_list_that_is_too_large_is_the_clients_fault,
);

/// What the server may take at most, in KiB.
const MOST: u64 = 512 * 1024;

/// Says how many seconds an abuse goes on, where it is measured.
const SECONDS: &str = "DCRF_ABUSE_SECONDS";

/// How long an abuse goes on: a second, or as many as are said.
fn long() -> Duration {
    let seconds = std::env::var(SECONDS).ok().map(|text| text.parse().expect("a number of seconds"));
    Duration::from_secs(seconds.unwrap_or(1))
}

/// Rows of 60 KB: first one that is small.
const ROWS_OF_SQLITE: [&str; 2] = [
    "INSERT INTO thing (name, counter) VALUES ('small', 0)",
    "INSERT INTO thing (name, counter) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999) \
     SELECT printf('%060000d', i), i FROM n",
];
const ROWS_OF_POSTGRES: [&str; 2] = [
    "INSERT INTO thing (name, counter) VALUES ('small', 0)",
    "INSERT INTO thing (name, counter) SELECT lpad(i::text, 60000, '0'), i FROM generate_series(1, 999) AS i",
];
/// Of these, so many as make lists of 14 MB.
const FEW_OF_SQLITE: &str = "DELETE FROM thing WHERE counter > 233";

/// A server with a table of large rows, a bystander, and threads for all other clients.
struct Scene {
    name: &'static str,
    database: Database,
    server: Arc<Server>,
    bystander: Bystander,
    others: Runtime,
}

/// Threads for clients; where it is measured, with the lowest priority.
fn threads() -> Runtime {
    let gives_way = std::env::var_os(SECONDS).is_some();
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .on_thread_start(move || {
            if gives_way {
                rustix::process::nice(19).expect("a thread may lower its priority");
            }
        })
        .build()
        .expect("there are threads")
}

impl Scene {
    async fn new(name: &'static str, database: Database, few: bool) -> Self {
        let output = Server::migrate(App::Things, &database).await;
        assert!(output.status.success(), "{output:?}");
        let mut rows = if database.is_sqlite() { ROWS_OF_SQLITE } else { ROWS_OF_POSTGRES }.to_vec();
        if few {
            rows.push(FEW_OF_SQLITE);
        }
        database.transaction(&rows, true).await;
        let server = Arc::new(Server::start(App::Things, &database).await);
        let bystander = Bystander::start(server.url(THINGS), 1).await;
        bystander.tell("alone", &server).await;
        Self { name, database, server, bystander, others: threads() }
    }

    /// Tells how it was, and that it is over.
    async fn end(self, statuses: &Mutex<BTreeMap<u64, u64>>) {
        let [p50, p99, longest, count] = self.bystander.waits().await;
        let (peak, statuses) = (self.server.peak(), statuses.lock().expect("no panic").clone());
        let kind = if self.database.is_sqlite() { "SQLite" } else { "PostgreSQL" };
        println!(
            "| {} | {kind} | {} MiB | {p50:.1} ms | {p99:.1} ms | {longest:.1} ms of {count} | {statuses:?} |",
            self.name,
            peak / 1024
        );
        assert!(peak < MOST, "{} KiB, answers {statuses:?}", peak);
        self.bystander.leave();
        self.others.shutdown_background();
        let errors = self.server.errors();
        assert!(!errors.contains("panicked") && !errors.contains("status=500"), "{errors}");
        Arc::into_inner(self.server).expect("all clients have gone").stop().await;
    }
}

/// Has so many clients at once, until all have ended.
async fn many<F>(scene: &Scene, count: usize, client: impl Fn(Arc<Server>) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut clients = JoinSet::new();
    let on = scene.others.handle();
    (0..count).for_each(|_| drop(clients.spawn_on(client(Arc::clone(&scene.server)), on)));
    while let Some(ended) = clients.join_next().await {
        ended.expect("no panic");
    }
}

/// 60 connections ask for 60 MB each, again and again.
async fn lists_of_large_rows(database: Database) {
    let scene = Scene::new("60 connections ask for 1,000 rows of 60 KB", database, false).await;
    let statuses = Arc::new(Mutex::default());
    many(&scene, 60, |server| lists(server, Arc::clone(&statuses))).await;
    let answers = statuses.lock().expect("no panic").clone();
    assert!(answers.keys().all(|status| [400, 429, 503].contains(status)), "{answers:?}");
    scene.end(&statuses).await;
}

async fn lists(server: Arc<Server>, statuses: Arc<Mutex<BTreeMap<u64, u64>>>) {
    let mut socket = server.connect(THINGS).await;
    let start = Instant::now();
    while start.elapsed() < long() {
        let answer: Value = socket.request(json!({"action": "list", "request_id": 1})).await;
        let status = answer["response_status"].as_u64().expect("a status");
        *statuses.lock().expect("no panic").entry(status).or_insert(0) += 1;
    }
}

/// Whoever asks for too much is told how much may be asked for.
async fn a_list_that_is_too_large_is_the_clients_fault(database: Database) {
    assert!(Server::migrate(App::Things, &database).await.status.success());
    let rows = if database.is_sqlite() { ROWS_OF_SQLITE } else { ROWS_OF_POSTGRES };
    database.transaction(&rows, true).await;
    for (limits, sentence) in [
        // Less than is counted together.
        (
            "reply=1KiB, memory_per_connection=100MiB, memory_per_address=100MiB",
            "This answer is larger than 1 KiB: ask for less.",
        ),
        ("memory_per_connection=1MiB", "This takes more than 1 MiB: ask for less."),
        (
            "memory_per_connection=100MiB, memory_per_address=100MiB",
            "This answer is larger than 16 MiB: ask for less.",
        ),
    ] {
        let server = Server::start_limited(App::Things, &database, limits).await;
        let mut socket = server.connect(THINGS).await;
        let answer = socket.request(json!({"action": "list", "request_id": 1})).await;
        assert_eq!((&answer["response_status"], &answer["errors"]), (&json!(400), &json!([sentence])));
        let small = socket.request(json!({"action": "retrieve", "pk": 1, "request_id": 2})).await;
        assert_eq!(small["data"]["name"], "small");
        // Nothing is left over, neither of memory nor on the connection that the rows came by: so many answers of 16 MiB are
        // more than a connection may have.
        for _ in 0..8 {
            let answer = socket.request(json!({"action": "list", "request_id": 1})).await;
            assert_eq!(answer["errors"], json!([sentence]));
        }
        server.stop().await;
    }
}

/// 150 connections ask for three lists of 14 MB and read nothing.
async fn lists_that_nobody_reads(database: Database) {
    let scene = Scene::new("150 connections do not read three lists of 14 MB", database, true).await;
    many(&scene, 150, unread).await;
    scene.end(&Mutex::default()).await;
}

/// The same by as many as one address may have.
async fn lists_that_a_thousand_do_not_read(database: Database) {
    let scene =
        Scene::new("990 connections of one address do not read three lists of 14 MB", database, true).await;
    many(&scene, 990, unread).await;
    scene.end(&Mutex::default()).await;
}

/// Asks for three lists, and reads nothing until it is over.
async fn unread(server: Arc<Server>) {
    let mut line = upgraded(&server).await;
    let list = frame(0x81, br#"{"action": "list", "request_id": 1}"#);
    for _ in 0..3 {
        if line.write_all(&list).await.is_err() {
            return;
        }
    }
    held(line).await;
}

/// Keeps a line open.
async fn held(line: TcpStream) {
    tokio::time::sleep(long()).await;
    drop(line);
}

/// All of it, and floods of what else is bounded.
async fn everything_at_once(database: Database) {
    let scene = Scene::new("all of this, and floods of all limits, by 990 connections", database, true).await;
    let statuses = Arc::new(Mutex::default());
    let mut clients = JoinSet::new();
    let on = scene.others.handle();
    for number in 0..990 {
        let (server, statuses) = (Arc::clone(&scene.server), Arc::clone(&statuses));
        match number % 6 {
            0 => drop(clients.spawn_on(unread(server), on)),
            1 => drop(clients.spawn_on(lists(server, statuses), on)),
            2 => drop(clients.spawn_on(requests(server), on)),
            3 => drop(clients.spawn_on(half_a_frame(server), on)),
            4 => drop(clients.spawn_on(tiny_frames(server), on)),
            _ => drop(clients.spawn_on(body(server), on)),
        }
    }
    while let Some(ended) = clients.join_next().await {
        ended.expect("no panic");
    }
    scene.end(&statuses).await;
}

/// Sends large requests and reads nothing.
async fn requests(server: Arc<Server>) {
    let mut line = upgraded(&server).await;
    let name = "x".repeat(60_000);
    let large = format!(
        r#"{{"action": "create", "data": {{"name": "{name}"}}, "request_id": "{}"}}"#,
        "i".repeat(1_000)
    );
    let large = frame(0x81, large.as_bytes());
    let start = Instant::now();
    while start.elapsed() < long() {
        let sent = tokio::time::timeout(long(), line.write_all(&large)).await;
        if !matches!(sent, Ok(Ok(()))) {
            break;
        }
    }
    held(line).await;
}

/// Begins a frame as large as may be.
async fn half_a_frame(server: Arc<Server>) {
    let mut line = upgraded(&server).await;
    let whole = frame(0x81, &[b' '; 65_000]);
    let _ = line.write_all(&whole[..whole.len() - 1]).await;
    held(line).await;
}

/// Sends frames of one byte, as many as the server takes.
async fn tiny_frames(server: Arc<Server>) {
    let mut line = upgraded(&server).await;
    let many = frame(0x81, b"x").repeat(1_000);
    let start = Instant::now();
    while start.elapsed() < long() {
        let sent = tokio::time::timeout(long(), line.write_all(&many)).await;
        if !matches!(sent, Ok(Ok(()))) {
            return;
        }
    }
}

/// Sends a body that nobody has asked for.
async fn body(server: Arc<Server>) {
    let Ok(mut line) = TcpStream::connect(server.address()).await else { return };
    let head = format!("POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", 64 * 1024 * 1024);
    if line.write_all(head.as_bytes()).await.is_ok() {
        let start = Instant::now();
        while start.elapsed() < long() {
            let sent = tokio::time::timeout(long(), line.write_all(&[b'x'; 64 * 1024])).await;
            if !matches!(sent, Ok(Ok(()))) {
                return;
            }
        }
    }
}
