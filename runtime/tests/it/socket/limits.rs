//! Every limit, crossed: what the client is told, and that it is counted.

use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use dcrf_runtime::test::{PATIENCE, TestClient};
use dcrf_runtime::{LimitKind, Limits};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Server;

/// The head of a request for a socket.
const HANDSHAKE: &str = "GET /ws/probe/ HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
     Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// The usual limits but for one.
pub(super) fn limited(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}

fn echo(id: u32) -> Value {
    json!({"action": "echo", "request_id": id})
}

/// Waits until a limit was crossed so often, as what is dropped is counted after its line was.
pub(super) async fn crossed(server: &Server, limit: LimitKind, times: u64) {
    let reached = async {
        while server.stats.crossed(limit) < times {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, reached).await.unwrap_or_else(|_| panic!("{limit:?} was not counted"));
    assert_eq!(server.stats.crossed(limit), times, "{limit:?}");
}

/// A line whose handshake is done, for frames by hand.
pub(super) async fn raw(server: &Server) -> TcpStream {
    let mut line = TcpStream::connect(server.address).await.expect("the server is there");
    line.write_all(HANDSHAKE.as_bytes()).await.expect("an open line");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(timeout(PATIENCE, line.read_u8()).await.expect("an answer").expect("an open line"));
    }
    assert!(head.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&head));
    line
}

/// A masked frame; the mask is zeros.
pub(super) fn short_frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).expect("a short payload");
    [&[first, 0x80 | length, 0, 0, 0, 0], payload].concat()
}

/// The code of the close frame that comes next.
async fn close_code(line: &mut TcpStream) -> u16 {
    let mut head = [0; 4];
    timeout(PATIENCE, line.read_exact(&mut head)).await.expect("a frame").expect("an open line");
    assert_eq!(head[0], 0x88, "a close frame");
    u16::from_be_bytes([head[2], head[3]])
}

/// The status of the answer to whatever a line is sent.
async fn http_status(server: &Server, request: &str) -> String {
    let mut line = TcpStream::connect(server.address).await.expect("the server is there");
    line.write_all(request.as_bytes()).await.expect("an open line");
    let mut answer = vec![0; 12];
    timeout(PATIENCE, line.read_exact(&mut answer)).await.expect("an answer").expect("an open line");
    String::from_utf8(answer).expect("text").split_off(9)
}

#[tokio::test]
async fn a_frame_that_is_too_large_closes_with_1009() {
    let server = Server::limited(|limits| limits.frame = 100).await;
    let mut client = server.client().await;
    assert_eq!(client.request(&echo(1)).await["response_status"], 200);
    client.send(&json!({"action": "echo", "request_id": 2, "x": "x".repeat(100)})).await;
    assert_eq!(client.expect_close().await, 1009);
    crossed(&server, LimitKind::Frame, 1).await;
}

#[tokio::test]
async fn a_message_in_too_many_frames_closes_with_1008() {
    let server = Server::limited(|limits| limits.fragments = 3).await;
    let mut line = raw(&server).await;
    let request = br#"{"action":"echo","request_id":1}"#;
    let (first, rest) = request.split_at(5);
    // As many as may be, with a ping between.
    let message =
        [short_frame(0x01, first), short_frame(0x00, b""), short_frame(0x89, b""), short_frame(0x80, rest)]
            .concat();
    line.write_all(&message).await.expect("an open line");
    let mut pong = [0; 2];
    timeout(PATIENCE, line.read_exact(&mut pong)).await.expect("a pong").expect("an open line");
    assert_eq!(pong, [0x8a, 0]);
    let mut head = [0; 2];
    timeout(PATIENCE, line.read_exact(&mut head)).await.expect("an answer").expect("an open line");
    assert_eq!(head[0], 0x81);
    let mut answer = vec![0; usize::from(head[1])];
    line.read_exact(&mut answer).await.expect("an open line");
    assert_eq!(server.stats.crossed(LimitKind::Fragments), 0);
    let endless = [short_frame(0x01, b""), short_frame(0x00, b""), short_frame(0x00, b"")].concat();
    line.write_all(&endless).await.expect("an open line");
    assert_eq!(close_code(&mut line).await, 1008);
    crossed(&server, LimitKind::Fragments, 1).await;
}

#[tokio::test]
async fn frames_before_the_answer_to_the_handshake_are_refused() {
    let server = Server::start().await;
    let early = format!("{HANDSHAKE}{}", "\u{1}");
    assert_eq!(http_status(&server, &early).await, "400");
}

#[tokio::test]
async fn json_that_is_nested_too_deep_is_answered_with_400() {
    let server = Server::limited(|limits| limits.depth = 5).await;
    let nested = |levels: usize| {
        let value = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        format!(r#"{{"action": "echo", "request_id": 7, "x": {value}}}"#)
    };
    let mut client = server.client().await;
    client.send_text(nested(4)).await;
    assert_eq!(client.expect_frame().await["response_status"], 200);
    client.send_text(nested(5)).await;
    let refused = client.expect_frame().await;
    assert_eq!(refused["errors"], json!(["JSON parse error - nested deeper than 5 levels"]));
    assert_eq!((&refused["response_status"], &refused["request_id"]), (&json!(400), &json!(7)));
    let mut all = server.multiplexed().await;
    all.send_text(format!(r#"{{"stream": "probe", "payload": {}}}"#, nested(4))).await;
    let refused = all.expect_frame().await;
    assert_eq!((&refused["stream"], &refused["payload"]["response_status"]), (&json!("probe"), &json!(400)));
    crossed(&server, LimitKind::Depth, 2).await;
}

#[tokio::test]
async fn too_many_connections_are_refused_with_503() {
    let server = Server::limited(|limits| limits.connections = 2).await;
    let (first, mut second) = (server.client().await, server.client().await);
    let refused = TestClient::try_connect(&server.url("/ws/probe/"), &[]).await.expect_err("it is full");
    assert_eq!((refused.status, refused.body.as_str()), (503, "too many connections"));
    crossed(&server, LimitKind::Connections, 1).await;
    assert_eq!(second.request(&echo(1)).await["response_status"], 200);
    first.close().await;
    let again = async { while TestClient::try_connect(&server.url("/ws/probe/"), &[]).await.is_err() {} };
    timeout(PATIENCE, again).await.expect("there is a place again");
}

#[tokio::test]
async fn too_many_connections_of_one_address_are_refused_with_429() {
    let server = Server::limited(|limits| limits.connections_per_address = 1).await;
    let _first = server.client().await;
    let refused = TestClient::try_connect(&server.url("/ws/probe/"), &[]).await.expect_err("it has one");
    assert_eq!(refused.status, 429);
    crossed(&server, LimitKind::ConnectionsPerAddress, 1).await;
}

#[tokio::test]
async fn behind_a_proxy_the_address_is_what_the_proxy_says() {
    let mut limits = Limits::default();
    limits.connections_per_address = 1;
    let server = Server::with(|service| service.limits(limits).behind_proxy()).await;
    let url = server.url("/ws/probe/");
    let open = async |from: &'static str| TestClient::try_connect(&url, &[("x-forwarded-for", from)]).await;
    let _first = open("10.0.0.1").await.expect("a place");
    // What stands before the last is the client's own claim.
    let _second = open("10.0.0.1, 10.0.0.2").await.expect("another address");
    assert_eq!(open("10.9.9.9, 10.0.0.2").await.expect_err("it has one").status, 429);
    crossed(&server, LimitKind::ConnectionsPerAddress, 1).await;
}

#[tokio::test]
async fn too_many_subscriptions_are_refused_with_429() {
    let server = Server::limited(|limits| limits.subscriptions = 2).await;
    let mut client = server.client().await;
    let join = |id: u32, room: &str| json!({"action": "join", "request_id": id, "room": room});
    assert_eq!(client.request(&join(1, "a")).await["response_status"], 200);
    assert_eq!(client.request(&join(2, "b")).await["response_status"], 200);
    let refused = client.request(&join(3, "c")).await;
    assert_eq!(refused["errors"], json!(["A connection may have 2 subscriptions."]));
    assert_eq!(refused["response_status"], 429);
    crossed(&server, LimitKind::Subscriptions, 1).await;
    assert_eq!(server.client().await.request(&join(1, "c")).await["response_status"], 200);
}

#[tokio::test]
async fn too_many_requests_are_throttled() {
    let server = Server::limited(|limits| limits.requests_per_second = 3).await;
    for mut client in [server.client().await, server.multiplexed().await] {
        // All are sent before an answer is read, so that it does not matter how fast that is.
        for id in 0..100 {
            let request = echo(id);
            let wrapped = json!({"stream": "probe", "payload": request});
            client.send_text(if id % 2 == 0 { request.to_string() } else { wrapped.to_string() }).await;
        }
        let mut throttled = 0;
        for _ in 0..100 {
            let answer = client.expect_frame().await;
            let answer = answer.get("payload").unwrap_or(&answer);
            if answer["response_status"] == 429 {
                throttled += 1;
                let errors = json!(["Request was throttled. Expected available in 1 second."]);
                assert_eq!(answer["errors"], errors);
            }
        }
        // Three at once, and three more for each second that it took.
        assert!((1..=97).contains(&throttled), "{throttled}");
    }
    assert!(server.stats.crossed(LimitKind::RequestsPerSecond) >= 2);
}

#[tokio::test]
async fn an_action_that_takes_too_long_is_given_up() {
    let server = Server::limited(|limits| limits.action = Duration::from_millis(20)).await;
    let mut client = server.client().await;
    let reply = client.request(&json!({"action": "wait", "request_id": 1, "gate": "a"})).await;
    assert_eq!(reply["response_status"], 503);
    assert_eq!(reply["errors"], json!(["This took longer than 20ms and was given up."]));
    server.control.passed("a cancelled").await;
    crossed(&server, LimitKind::Action, 1).await;
    // What is detached may take longer.
    client.send(&json!({"action": "wait_beside", "request_id": 2, "gate": "b"})).await;
    server.control.passed("b entered").await;
    // Another one that has begun after it is given up.
    let reply = server.client().await.request(&json!({"action": "wait", "request_id": 3, "gate": "c"})).await;
    assert_eq!(reply["response_status"], 503);
    crossed(&server, LimitKind::Action, 2).await;
    assert!(!server.control.is_set("b cancelled"));
    server.control.set("b");
    assert_eq!(client.expect_frame().await["response_status"], 200);
    crossed(&server, LimitKind::Action, 2).await;
}

#[tokio::test]
async fn a_reply_that_is_too_large_is_a_failure() {
    let server = Server::limited(|limits| limits.reply = 10).await;
    let mut client = server.client().await;
    let reply = client.request(&json!({"action": "big", "request_id": 1, "size": 20})).await;
    assert_eq!(reply["response_status"], 500);
    crossed(&server, LimitKind::Reply, 1).await;
}

#[tokio::test]
async fn a_socket_with_too_many_waiting_requests_is_not_read() {
    let server = Server::limited(|limits| limits.pending = 2).await;
    let mut client = server.client().await;
    client.send(&json!({"action": "wait", "request_id": 0, "gate": "a"})).await;
    server.control.passed("a entered").await;
    for id in 1..6 {
        client.send(&echo(id)).await;
    }
    crossed(&server, LimitKind::Pending, 1).await;
    server.control.set("a");
    for id in 0..6 {
        assert_eq!(client.expect_frame().await["request_id"], id);
    }
}

#[tokio::test]
async fn a_slow_head_is_cut_and_counted() {
    let server = Server::limited(|limits| limits.head_within = Duration::from_millis(20)).await;
    let mut line = TcpStream::connect(server.address).await.expect("the server is there");
    line.write_all(b"GET /ws/ HTTP/1.1\r\n").await.expect("an open line");
    let mut answer = Vec::new();
    timeout(PATIENCE, line.read_to_end(&mut answer)).await.expect("it ends").expect("an orderly end");
    crossed(&server, LimitKind::HeadWithin, 1).await;
}

/// A page that reads what it is sent, and one that answers more than a line takes.
pub(super) fn pages() -> Router {
    let large = "x".repeat(64 * 1024 * 1024);
    Router::new()
        .route("/login", post(async |body: String| body))
        .route("/large", get(move || std::future::ready(large)))
}

#[tokio::test]
async fn a_slow_body_is_cut_and_counted() {
    let limit = |limits: &mut Limits| limits.body_within = Duration::from_millis(50);
    let server = Server::with(|service| service.limits(limited(limit)).merge(pages())).await;
    for start in ["Content-Length: 100\r\n\r\na", "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n"] {
        let before = server.stats.crossed(LimitKind::BodyWithin);
        let mut line = TcpStream::connect(server.address).await.expect("the server is there");
        let head = format!("POST /login HTTP/1.1\r\nHost: x\r\n{start}");
        line.write_all(head.as_bytes()).await.expect("an open line");
        let mut answer = Vec::new();
        timeout(PATIENCE, line.read_to_end(&mut answer)).await.expect("it ends").expect("an orderly end");
        assert!(answer.starts_with(b"HTTP/1.1 400 "), "{}", String::from_utf8_lossy(&answer));
        crossed(&server, LimitKind::BodyWithin, before + 1).await;
    }
    let whole = "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na";
    assert_eq!(http_status(&server, whole).await, "200");
}

#[tokio::test]
async fn who_takes_nothing_of_an_answer_is_cut_and_counted() {
    let limit = |limits: &mut Limits| limits.write_timeout = Duration::from_millis(50);
    let server = Server::with(|service| service.limits(limited(limit)).merge(pages())).await;
    let mut line = TcpStream::connect(server.address).await.expect("the server is there");
    line.write_all(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("an open line");
    crossed(&server, LimitKind::WriteTimeout, 1).await;
}

#[tokio::test]
async fn who_gives_no_sign_of_life_is_dropped() {
    let server = Server::limited(|limits| {
        limits.ping_after = Duration::from_millis(10);
        limits.pong_within = Duration::from_millis(20);
    })
    .await;
    let mut line = raw(&server).await;
    let mut rest = Vec::new();
    timeout(PATIENCE, line.read_to_end(&mut rest)).await.expect("it ends").expect("an orderly end");
    assert_eq!(rest, [0x89, 0], "a ping");
    crossed(&server, LimitKind::PongWithin, 1).await;
}

#[tokio::test]
async fn who_does_not_agree_to_a_close_is_dropped() {
    let mut server = Server::limited(|limits| limits.close_within = Duration::from_millis(20)).await;
    let mut line = raw(&server).await;
    server.begin_shutdown();
    assert_eq!(close_code(&mut line).await, 1012);
    let mut reason = Vec::new();
    timeout(PATIENCE, line.read_to_end(&mut reason)).await.expect("it ends").expect("an orderly end");
    crossed(&server, LimitKind::CloseWithin, 1).await;
    let reason = String::from_utf8(reason).expect("text");
    let wait =
        reason.strip_prefix("the server restarts; retry in ").and_then(|rest| rest.strip_suffix(" ms"));
    let wait: u64 = wait.and_then(|wait| wait.parse().ok()).unwrap_or_else(|| panic!("{reason}"));
    assert!(wait < 5_000, "{wait}");
    server.ended().await;
}

#[tokio::test]
async fn requests_of_a_client_that_has_gone_end_at_last() {
    let server = Server::limited(|limits| limits.linger = Duration::from_millis(20)).await;
    let mut client = server.client().await;
    client.send(&json!({"action": "wait", "request_id": 1, "gate": "a"})).await;
    server.control.passed("a entered").await;
    client.close().await;
    server.control.passed("a cancelled").await;
    crossed(&server, LimitKind::Linger, 1).await;
}

#[tokio::test]
async fn probes_are_told_whether_the_server_is_well() {
    let server = Server::start().await;
    for path in ["/healthz", "/readyz"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_eq!(http_status(&server, &request).await, "200", "{path}");
    }
}
