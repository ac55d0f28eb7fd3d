//! What waits for what.

use std::time::Duration;

use serde_json::json;

use super::Server;

#[tokio::test]
async fn requests_of_a_stream_are_answered_in_order() {
    let server = Server::start().await;
    let mut client = server.client().await;
    client.send(&json!({"action": "wait", "request_id": 1, "gate": "a"})).await;
    client.send(&json!({"action": "wait", "request_id": 2, "gate": "b"})).await;
    client.send(&json!({"action": "nope", "request_id": 3})).await;
    client.send_text("{").await;
    client.send(&json!({"action": "echo", "request_id": 4})).await;
    server.control.passed("a entered").await;
    server.control.set("b");
    client.expect_nothing().await;
    assert!(!server.control.is_set("b entered"));
    server.control.set("a");
    for id in [json!(1), json!(2), json!(3), json!(null), json!(4)] {
        assert_eq!(client.expect_frame().await["request_id"], id);
    }
}

#[tokio::test]
async fn streams_run_side_by_side() {
    let server = Server::start().await;
    let mut client = server.multiplexed().await;
    let frame = |stream: &str, payload| json!({"stream": stream, "payload": payload});
    client.send(&frame("probe", json!({"action": "wait", "request_id": 1, "gate": "a"}))).await;
    client.send(&frame("probe", json!({"action": "echo", "request_id": 2}))).await;
    client.send(&frame("second", json!({"action": "echo", "request_id": 1}))).await;
    let first = client.expect_frame().await;
    assert_eq!((&first["stream"], &first["payload"]["request_id"]), (&json!("second"), &json!(1)));
    server.control.set("a");
    for id in [1, 2] {
        let next = client.expect_frame().await;
        assert_eq!((&next["stream"], &next["payload"]["request_id"]), (&json!("probe"), &json!(id)));
    }
}

#[tokio::test]
async fn connections_do_not_wait_for_each_other() {
    let server = Server::start().await;
    let (mut a, mut b) = (server.client().await, server.client().await);
    a.send(&json!({"action": "wait", "request_id": 1, "gate": "a"})).await;
    server.control.passed("a entered").await;
    assert_eq!(b.request(&json!({"action": "echo", "request_id": 1})).await["response_status"], 200);
    server.control.set("a");
    assert_eq!(a.expect_frame().await["data"], "a");
}

#[tokio::test]
async fn detached_actions_hold_nothing_up() {
    let server = Server::start().await;
    let mut client = server.client().await;
    client.send(&json!({"action": "wait_beside", "request_id": 1, "gate": "a"})).await;
    client.send(&json!({"action": "wait_beside", "request_id": 2, "gate": "b"})).await;
    client.send(&json!({"action": "echo", "request_id": 3})).await;
    assert_eq!(client.expect_frame().await["request_id"], 3);
    server.control.set("b");
    assert_eq!(client.expect_frame().await["request_id"], 2);
    server.control.set("a");
    assert_eq!(client.expect_frame().await["request_id"], 1);
}

#[tokio::test]
async fn detached_actions_take_their_turn() {
    let server = Server::start().await;
    let mut client = server.client().await;
    client.send(&json!({"action": "wait", "request_id": 1, "gate": "a"})).await;
    client.send(&json!({"action": "wait_beside", "request_id": 2, "gate": "b"})).await;
    server.control.passed("a entered").await;
    client.expect_nothing().await;
    assert!(!server.control.is_set("b entered"));
    server.control.set("a");
    server.control.passed("b entered").await;
}

#[tokio::test]
async fn detached_actions_are_cancelled_with_their_connection() {
    let server = Server::start().await;
    let mut client = server.client().await;
    client.send(&json!({"action": "wait_beside", "request_id": 1, "gate": "a"})).await;
    server.control.passed("a entered").await;
    assert_eq!(client.close().await, 1000);
    server.control.passed("a cancelled").await;
    server.none_open().await;
}

#[tokio::test]
async fn other_actions_are_finished_after_their_connection() {
    let server = Server::start().await;
    let mut client = server.client().await;
    client.send(&json!({"action": "wait", "request_id": 1, "gate": "a"})).await;
    client.send(&json!({"action": "wait_beside", "request_id": 2, "gate": "c"})).await;
    client.send(&json!({"action": "wait", "request_id": 3, "gate": "b"})).await;
    server.control.passed("a entered").await;
    // The close comes after all three: whatever was sent before it is done.
    assert_eq!(client.close().await, 1000);
    server.control.set("a");
    server.control.passed("a finished").await;
    server.control.set("b");
    server.control.passed("b finished").await;
    server.none_open().await;
    assert!(!server.control.is_set("c entered"), "nobody would hear of a detached action");
}

#[tokio::test]
async fn what_takes_too_long_after_its_connection_is_cancelled() {
    let server = Server::limited(|limits| limits.linger = Duration::from_millis(10)).await;
    let mut client = server.client().await;
    client.send(&json!({"action": "wait", "request_id": 1, "gate": "a"})).await;
    server.control.passed("a entered").await;
    drop(client);
    server.control.passed("a cancelled").await;
    server.none_open().await;
}
