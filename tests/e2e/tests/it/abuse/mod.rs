//! Clients that mean harm: whatever they do, a bystander is answered, and the server's memory stays bounded.
//!
//! What the bystander waits is printed, not judged: machines differ. That it is always answered, and rightly, is.

mod bystander;
mod memory;

use std::sync::Arc;
use std::time::{Duration, Instant};

use dcrf_e2e::{App, Database, LIMIT, Server, Socket};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use bystander::Bystander;

const THINGS: &str = "/ws/things/";

/// The longest that anything may take.
const PATIENCE: Duration = LIMIT;

/// Short times, so that the end of everything is seen, and long enough for those to be heard in time who mean no harm,
/// on a machine that has other things to do; connections of one address are those of all tests here.
const LIMITS: &str = "connections_per_address=20000, head_within=1s, write_timeout=1s, ping_after=1s, \
     pong_within=8s, close_within=1s, subscriptions=100, requests_per_second=2000";

/// Rows that are listed and subscribed to.
const ROWS: u32 = 300;

/// What the server's memory may grow by, in KiB: beside what is asked of it, allocators keep some.
const GROWTH: u64 = 128 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_keeps_others_from_being_served() {
    let database = Database::sqlite();
    let server = Arc::new(Server::start_limited(App::Observed, &database, LIMITS).await);
    let mut socket = server.connect(THINGS).await;
    for number in 0..ROWS {
        let data = json!({"name": format!("{number:060}"), "counter": number});
        let answer = socket.request(json!({"action": "create", "data": data, "request_id": number})).await;
        assert_eq!(answer["response_status"], 201, "{answer}");
    }
    let bystander = Bystander::start(server.url(THINGS), 1).await;
    bystander.tell("alone", &server).await;
    let before = server.resident();
    many(&server, 500, slow_handshake).await;
    bystander.tell("slow handshakes", &server).await;
    many(&server, 50, slow_reader).await;
    bystander.tell("slow readers", &server).await;
    many(&server, 1_000, half_open).await;
    bystander.tell("half-open peers", &server).await;
    let start = Instant::now();
    for _ in 0..100 {
        many(&server, 100, come_and_go).await;
    }
    println!("{:.0} connects a second", 10_000.0 / start.elapsed().as_secs_f64());
    bystander.tell("10,000 connects", &server).await;
    many(&server, 200, giant_frame).await;
    bystander.tell("giant frames", &server).await;
    many(&server, 20, tiny_frames).await;
    bystander.tell("tiny frames", &server).await;
    many(&server, 50, endless_message).await;
    bystander.tell("endless messages", &server).await;
    many(&server, 20, subscriptions).await;
    bystander.tell("subscriptions", &server).await;
    many(&server, 50, deep_json).await;
    bystander.tell("deep JSON", &server).await;
    let grown = server.resident().saturating_sub(before);
    assert!(grown < GROWTH, "the server has grown by {grown} KiB");
    bystander.leave();
    drop(socket);
    assert!(!server.errors().contains("panicked"), "{}", server.errors());
    Arc::into_inner(server).expect("all clients have gone").stop().await;
}

/// Has so many clients at once.
async fn many<F>(server: &Arc<Server>, count: usize, client: impl Fn(Arc<Server>) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut clients = JoinSet::new();
    for _ in 0..count {
        clients.spawn(client(Arc::clone(server)));
    }
    let all = async {
        while let Some(ended) = clients.join_next().await {
            ended.expect("no panic");
        }
    };
    timeout(PATIENCE, all).await.expect("the server comes to an end with everybody");
}

async fn line(server: &Server) -> TcpStream {
    TcpStream::connect(server.address()).await.expect("the server takes connections")
}

/// A line whose handshake is done.
async fn upgraded(server: &Server) -> TcpStream {
    let mut line = line(server).await;
    let handshake = format!(
        "GET {THINGS} HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    line.write_all(handshake.as_bytes()).await.expect("an open line");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(line.read_u8().await.expect("an answer"));
    }
    assert!(head.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&head));
    line
}

/// A masked frame; the mask is zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).expect("a short payload").to_be_bytes();
    [&[first, 0xfe, length[0], length[1], 0, 0, 0, 0], payload].concat()
}

/// Waits until the server ends a line.
async fn end_of(line: &mut TcpStream) {
    let mut rest = Vec::new();
    // A reset is an end, too.
    let _ = line.read_to_end(&mut rest).await;
}

/// The code of the close frame with which the server ends a line.
async fn close_code(line: &mut TcpStream) -> u16 {
    let mut rest = Vec::new();
    let _ = line.read_to_end(&mut rest).await;
    let [0x88, _, high, low, ..] = rest[..] else { panic!("no close frame: {rest:?}") };
    u16::from_be_bytes([high, low])
}

/// Sends the head of its request byte by byte, and never the end of it.
async fn slow_handshake(server: Arc<Server>) {
    let mut line = line(&server).await;
    let mut every = tokio::time::interval(Duration::from_millis(20));
    for byte in b"GET /ws/things/ HTTP/1.1\r\nHost: x\r\nX: ".iter().chain(std::iter::repeat(&b'x')) {
        every.tick().await;
        if line.write_all(&[*byte]).await.is_err() {
            return;
        }
    }
}

/// Asks for long lists and reads nothing.
async fn slow_reader(server: Arc<Server>) {
    let mut line = upgraded(&server).await;
    let list = frame(0x81, br#"{"action": "list", "request_id": 1}"#);
    // At first everything is taken; then the server does not read, and at last it has dropped the line.
    while line.write_all(&list).await.is_ok() {}
}

/// Opens a socket and never answers a ping.
async fn half_open(server: Arc<Server>) {
    let mut line = upgraded(&server).await;
    end_of(&mut line).await;
}

async fn come_and_go(server: Arc<Server>) {
    drop(upgraded(&server).await);
}

/// Announces a gigabyte.
async fn giant_frame(server: Arc<Server>) {
    let mut line = upgraded(&server).await;
    let head = [&[0x81, 0xff][..], &(1_u64 << 30).to_be_bytes(), &[0; 4], &[b'x'; 4_096]].concat();
    line.write_all(&head).await.expect("an open line");
    assert_eq!(close_code(&mut line).await, 1009);
}

/// Sends messages of one byte as fast as it can; each is answered.
async fn tiny_frames(server: Arc<Server>) {
    let mut socket = server.connect(THINGS).await;
    for _ in 0..200 {
        for _ in 0..50 {
            socket.send_text("x").await;
        }
        for _ in 0..50 {
            let answer = socket.receive().await;
            assert!(answer["response_status"] == 400 || answer["response_status"] == 429, "{answer}");
        }
    }
}

/// A message of empty frames that has no end.
async fn endless_message(server: Arc<Server>) {
    let mut line = upgraded(&server).await;
    let mut message = vec![0x01, 0x80, 0, 0, 0, 0];
    message.extend([0x00, 0x80, 0, 0, 0, 0].repeat(200));
    line.write_all(&message).await.expect("an open line");
    assert_eq!(close_code(&mut line).await, 1008);
}

/// Subscribes to everything.
async fn subscriptions(server: Arc<Server>) {
    let mut socket = server.connect(THINGS).await;
    let (mut taken, mut refused) = (0, 0);
    for key in 1..=ROWS {
        match subscribe(&mut socket, key).await {
            201 => taken += 1,
            429 => refused += 1,
            status => panic!("{status}"),
        }
    }
    assert_eq!((taken, refused), (100, ROWS - 100));
}

async fn subscribe(socket: &mut Socket, key: u32) -> u64 {
    let answer = socket.request(json!({"action": "subscribe_instance", "pk": key, "request_id": key})).await;
    answer["response_status"].as_u64().expect("a status")
}

/// Sends brackets.
async fn deep_json(server: Arc<Server>) {
    let mut socket = server.connect(THINGS).await;
    for _ in 0..10 {
        for brackets in ["[".repeat(60_000), "{\"a\":".repeat(12_000), "[{\"a\":".repeat(10_000)] {
            socket.send_text(brackets).await;
            assert_eq!(socket.receive().await["response_status"], 400);
        }
    }
}
