//! How a server stops.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::Server;

#[tokio::test]
async fn what_was_received_is_answered_before_1012() {
    let mut server = Server::start().await;
    let (mut busy, mut idle) = (server.client().await, server.multiplexed().await);
    busy.send(&json!({"action": "wait", "request_id": 1, "gate": "a"})).await;
    server.control.passed("a entered").await;
    busy.send(&json!({"action": "wait_beside", "request_id": 2, "gate": "b"})).await;
    server.begin_shutdown();
    assert_eq!(idle.expect_close().await, 1012);
    assert!(tokio::net::TcpStream::connect(server.address).await.is_err(), "nothing is accepted any more");
    server.control.set("a");
    assert_eq!(busy.expect_frame().await["request_id"], 1);
    assert_eq!(busy.expect_close().await, 1012);
    server.ended().await;
}

#[tokio::test]
async fn the_deadline_ends_what_does_not_end() {
    let mut server = Server::limited(|limits| limits.shutdown = Duration::from_millis(50)).await;
    let control = server.control.clone();
    let mut client = server.client().await;
    client.send(&json!({"action": "wait", "request_id": 1, "gate": "a"})).await;
    control.passed("a entered").await;
    server.begin_shutdown();
    server.ended().await;
    control.passed("a cancelled").await;
    assert_eq!(client.expect_close().await, 1006);
}

#[tokio::test]
async fn requests_of_clients_that_have_gone_are_finished_first() {
    let mut server = Server::start().await;
    let control = server.control.clone();
    let mut client = server.client().await;
    client.send(&json!({"action": "wait", "request_id": 1, "gate": "a"})).await;
    control.passed("a entered").await;
    assert_eq!(client.close().await, 1000);
    server.begin_shutdown();
    control.set("a");
    server.ended().await;
    control.passed("a finished").await;
}

#[tokio::test]
async fn an_idle_server_stops_at_once() {
    let mut server = Server::start().await;
    server.begin_shutdown();
    server.ended().await;
}

#[tokio::test]
async fn http_requests_in_flight_are_answered() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::Notify;
    let (entered, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let pages = {
        let (entered, go) = (Arc::clone(&entered), Arc::clone(&go));
        axum::Router::new().route(
            "/page",
            axum::routing::get(async move || {
                entered.notify_one();
                go.notified().await;
                "the page"
            }),
        )
    };
    let mut server = Server::with(|service| service.merge(pages)).await;
    let mut stream = tokio::net::TcpStream::connect(server.address).await.expect("the server is there");
    // Another one that is kept open and asks for nothing.
    let _idle = tokio::net::TcpStream::connect(server.address).await.expect("the server is there");
    stream.write_all(b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("an open line");
    entered.notified().await;
    server.begin_shutdown();
    go.notify_one();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer, and the end");
    assert!(answer.ends_with("the page"), "{answer}");
    server.ended().await;
}

#[tokio::test]
async fn a_server_that_is_dropped_leaves_nothing() {
    let server = Server::start().await;
    let mut client = server.client().await;
    client.send(&json!({"action": "wait", "request_id": 1, "gate": "a"})).await;
    server.control.passed("a entered").await;
    server.task.abort();
    server.control.passed("a cancelled").await;
    assert_eq!(client.expect_close().await, 1006);
    server.none_open().await;
}
