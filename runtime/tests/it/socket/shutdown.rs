//! How a server stops.

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
