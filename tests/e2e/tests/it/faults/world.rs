//! A live server, and clients that write, read, listen and connect all the time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use dcrf_e2e::{LIMIT, Server, Socket};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::judge::{Tally, Verdict, judge};

/// Sockets that write.
const WRITERS: usize = 4;
/// Between two requests of a client: a machine may be busy with others.
const PAUSE: Duration = Duration::from_millis(15);
/// How soon a probe has to see what has happened, on a machine that may be busy.
const SEEN_WITHIN: Duration = Duration::from_secs(30);
/// How soon everything has to work again.
const BACK_WITHIN: Duration = Duration::from_secs(60);

/// What clients have seen.
#[derive(Default)]
pub(super) struct Seen {
    tally: Mutex<Tally>,
    /// A row that is there.
    pub(super) row: AtomicI64,
    /// How many writes were acknowledged.
    done: watch::Sender<usize>,
    /// How many were refused.
    refused: watch::Sender<usize>,
    stop: AtomicBool,
    /// Between two requests of a client.
    pause: Duration,
}

impl Seen {
    pub(super) fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().expect("invariant: nobody panics while holding it")
    }

    fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Waits until a number has grown by so much.
async fn grows(number: &watch::Sender<usize>, more: usize) {
    let mut number = number.subscribe();
    let wanted = *number.borrow() + more;
    number.wait_for(|number| *number >= wanted).await.expect("its sender is here");
}

/// What a listener has heard.
#[derive(Default)]
struct Heard {
    texts: BTreeMap<String, Instant>,
    resyncs: Vec<Instant>,
}

/// Clients of a server, and of another one that hears of it, if there is one.
pub(super) struct World {
    pub(super) seen: Arc<Seen>,
    address: String,
    writers: JoinSet<()>,
    listener: tokio::task::JoinHandle<()>,
    heard: Arc<watch::Sender<Heard>>,
    /// When writes were acknowledged.
    acknowledged: Arc<Mutex<BTreeMap<String, Instant>>>,
    /// What happened, for whoever reads a failure.
    log: Vec<String>,
}

impl World {
    /// Clients that write to one server and listen at another, or the same.
    pub(super) async fn start(written: &Server, heard_at: &Server) -> Self {
        Self::start_at(written, heard_at, PAUSE).await
    }

    /// The same, with so long a pause between two requests of a client.
    pub(super) async fn start_at(written: &Server, heard_at: &Server, pause: Duration) -> Self {
        let user = json!({
            "id": 1, "username": "alice", "email": "a@example.com", "password": "!", "date_joined": "2024-01-01T00:00:00Z"
        });
        let frame = json!({"action": "reset", "request_id": 0, "tables": {"users": [user]}});
        let answer = written.connect("/ws/_reset/").await.request(frame).await;
        assert_eq!(answer["response_status"], 200, "{answer}");
        let seen = Arc::new(Seen { pause, ..Seen::default() });
        let (acknowledged, heard) = (Arc::default(), Arc::<watch::Sender<Heard>>::default());
        let mut socket = heard_at.connect("/ws/comments/").await;
        let frame = json!({"action": "subscribe_to_comment_activity", "request_id": "s"});
        let answer = socket.request(frame).await;
        assert_eq!(answer["response_status"], 201, "{answer}");
        let listener = tokio::spawn(listen(socket, Arc::clone(&heard)));
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let socket = written.connect("/ws/comments/").await;
            writers.spawn(write(socket, writer, Arc::clone(&seen), Arc::clone(&acknowledged)));
        }
        writers.spawn(order(written.connect("/ws/orders/").await, Arc::clone(&seen)));
        writers.spawn(read(written.connect("/ws/comments/").await, Arc::clone(&seen)));
        writers.spawn(enter(written.address().to_owned(), Arc::clone(&seen)));
        let address = written.address().to_owned();
        Self { seen, address, writers, listener, heard, acknowledged, log: Vec::new() }
    }

    /// Notes what is done next.
    pub(super) fn say(&mut self, what: impl Into<String>) {
        self.log.push(what.into());
    }

    /// Waits until so many more requests were refused.
    pub(super) async fn refuses(&self, more: usize) {
        let last = self.log.last();
        let refused = timeout(SEEN_WITHIN, grows(&self.seen.refused, more)).await;
        refused.unwrap_or_else(|_| panic!("{last:?} is seen by nobody"));
    }

    /// Waits until a probe is told this.
    pub(super) async fn is_not_ready(&self, sentences: &[&str]) {
        self.probe(SEEN_WITHIN, |status, body| status == 503 && sentences.contains(&body)).await;
    }

    /// Waits until a probe is told that all is well, and writes are acknowledged.
    pub(super) async fn is_back(&self) {
        let last = self.log.last();
        let done = timeout(BACK_WITHIN, grows(&self.seen.done, WRITERS)).await;
        done.unwrap_or_else(|_| panic!("after {last:?} nobody can write"));
        self.probe(BACK_WITHIN, |status, body| (status, body) == (200, "ok")).await;
    }

    async fn probe(&self, within: Duration, is_it: impl Fn(u16, &str) -> bool) {
        let mut last = (0, String::new());
        let told = async {
            loop {
                let (status, body) = get(&self.address, "/readyz").await;
                if is_it(status, &body) {
                    return;
                }
                last = (status, body);
                sleep(Duration::from_millis(50)).await;
            }
        };
        let told = timeout(within, told).await;
        assert!(told.is_ok(), "{:?}: /readyz says {last:?}", self.log.last());
        assert_eq!(get(&self.address, "/healthz").await, (200, "ok".to_owned()));
    }

    /// Ends the clients that write; gives what is wrong with what the server has stored.
    pub(super) async fn judged(&mut self, server: &Server) -> Vec<String> {
        self.seen.stop.store(true, Ordering::Relaxed);
        while let Some(ended) = self.writers.join_next().await {
            ended.unwrap_or_else(|error| panic!("a client failed: {error}; {:#?}", self.log));
        }
        let stored = stored(server).await;
        self.seen.tally().missed(&stored)
    }

    /// Ends the clients, and judges what they saw.
    pub(super) async fn end(mut self, server: &Server) -> Tally {
        let missed = self.judged(server).await;
        assert!(missed.is_empty(), "{missed:#?}; {:#?}\n{}", self.log, server.errors());
        self.listener_has_heard_all().await;
        self.listener.abort();
        std::mem::take(&mut *self.seen.tally())
    }

    /// Whoever listens has heard of everything that was acknowledged, or has been told since that something is missing.
    async fn listener_has_heard_all(&self) {
        let missing = |heard: &Heard| -> Vec<String> {
            let acknowledged = self.acknowledged.lock().expect("no panic");
            let told = |at: &Instant| heard.resyncs.iter().any(|resync| resync > at);
            let of_all =
                acknowledged.iter().filter(|(text, at)| !heard.texts.contains_key(*text) && !told(at));
            of_all.map(|(text, _)| text.clone()).collect()
        };
        let mut heard = self.heard.subscribe();
        let all = timeout(BACK_WITHIN, heard.wait_for(|heard| missing(heard).is_empty())).await.is_ok();
        assert!(all, "nobody was told of {:?}; {:#?}", missing(&self.heard.borrow()), self.log);
        assert!(!self.listener.is_finished(), "the socket that listens was closed");
    }
}

/// The texts of all comments, and the references of all orders with what is in them.
async fn stored(server: &Server) -> BTreeSet<String> {
    let list = json!({"action": "list", "request_id": 1});
    let comments = server.connect("/ws/comments/").await.request(list.clone()).await;
    let orders = server.connect("/ws/orders/").await.request(list).await;
    let texts = |answer: &Value, field: &str| -> Vec<String> {
        let rows = answer["data"].as_array().unwrap_or_else(|| panic!("{answer} is no list"));
        rows.iter().map(|row| row[field].as_str().unwrap_or_default().to_owned()).collect()
    };
    for order in orders["data"].as_array().expect("a list") {
        assert_eq!(
            order["items"].as_array().map(Vec::len),
            Some(2),
            "half of a transaction is stored: {order}"
        );
    }
    let all = texts(&comments, "text").into_iter().chain(texts(&orders, "reference")).collect::<Vec<_>>();
    let once: BTreeSet<String> = all.iter().cloned().collect();
    assert_eq!(once.len(), all.len(), "something is stored twice");
    once
}

async fn write(
    mut socket: Socket,
    writer: usize,
    seen: Arc<Seen>,
    acknowledged: Arc<Mutex<BTreeMap<String, Instant>>>,
) {
    let mut number = 0;
    while !seen.is_over() {
        number += 1;
        let text = format!("{writer}/{number}");
        let frame = json!({"action": "create", "request_id": number, "data": {"text": text, "user": 1}});
        let answer = socket.request(frame).await;
        assert_eq!(answer["request_id"], number, "{answer}");
        let verdict = judge(&answer);
        match &verdict {
            Verdict::Done => {
                acknowledged.lock().expect("no panic").insert(text.clone(), Instant::now());
                seen.row.store(answer["data"]["id"].as_i64().unwrap_or_default(), Ordering::Relaxed);
                seen.done.send_modify(|done| *done += 1);
            }
            _ => seen.refused.send_modify(|refused| *refused += 1),
        }
        seen.tally().write(text, verdict);
        sleep(seen.pause).await;
    }
}

/// Writes rows in a transaction.
async fn order(mut socket: Socket, seen: Arc<Seen>) {
    let mut number = 0;
    while !seen.is_over() {
        number += 1;
        let reference = format!("O-{number}");
        let items = json!([{"sku": "a", "qty": 1}, {"sku": "b", "qty": 2}]);
        let data = json!({"reference": reference, "address": {"street": "s", "city": "c"}, "items": items});
        let answer = socket.request(json!({"action": "create", "request_id": number, "data": data})).await;
        assert_eq!(answer["request_id"], number, "{answer}");
        seen.tally().write(reference, judge(&answer));
        sleep(seen.pause).await;
    }
}

async fn read(mut socket: Socket, seen: Arc<Seen>) {
    while !seen.is_over() {
        let row = seen.row.load(Ordering::Relaxed);
        if row > 0 {
            let answer = socket.request(json!({"action": "retrieve", "request_id": 1, "pk": row})).await;
            seen.tally().read("a retrieval", &judge(&answer));
        }
        sleep(seen.pause).await;
    }
}

/// Opens sockets as a user whom the database knows.
async fn enter(address: String, seen: Arc<Seen>) {
    while !seen.is_over() {
        let head = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        let answer = ask(&address, "/ws/comments/?user=alice", head, true).await;
        let status = answer.get(9..12).unwrap_or_default();
        let verdict = match status {
            "101" => Verdict::Done,
            "503" if answer.to_lowercase().contains("\r\nretry-after: ") => {
                Verdict::Refused("a handshake".to_owned())
            }
            _ => Verdict::Wrong(answer),
        };
        seen.tally().read("a handshake", &verdict);
        sleep(seen.pause * 4).await;
    }
}

/// An answer over HTTP: its status and its body.
pub(super) async fn get(address: &str, path: &str) -> (u16, String) {
    let answer = ask(address, path, "Connection: close\r\n", false).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    (head.get(9..12).and_then(|status| status.parse().ok()).unwrap_or_default(), body.to_owned())
}

/// The answer to a request over HTTP; of one that may become a socket the beginning.
async fn ask(address: &str, path: &str, head: &str, is_socket: bool) -> String {
    let asked = async {
        let mut stream = TcpStream::connect(address).await.expect("the server takes connections");
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{head}\r\n");
        stream.write_all(request.as_bytes()).await.expect("the server reads");
        let (mut answer, mut part) = (Vec::new(), [0; 1024]);
        while let Ok(len @ 1..) = stream.read(&mut part).await {
            answer.extend_from_slice(&part[..len]);
            if is_socket && answer.windows(4).any(|end| end == b"\r\n\r\n") {
                break;
            }
        }
        String::from_utf8_lossy(&answer).into_owned()
    };
    timeout(LIMIT, asked).await.unwrap_or_else(|_| panic!("{path} is not answered"))
}

async fn listen(mut socket: Socket, heard: Arc<watch::Sender<Heard>>) {
    // The socket gives up if nothing comes for long; faults do not last that long.
    while let Some(event) = socket.try_receive().await {
        if event["action"] == "resync" {
            heard.send_modify(|heard| heard.resyncs.push(Instant::now()));
        } else {
            assert_eq!((&event["action"], &event["request_id"]), (&json!("create"), &json!("s")), "{event}");
            let text = event["data"]["text"].as_str().unwrap_or_default().to_owned();
            heard.send_modify(|heard| {
                heard.texts.insert(text, Instant::now());
            });
        }
    }
}
