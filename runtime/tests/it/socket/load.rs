//! Many connections, and readers who do not read.

use std::time::Duration;

use dcrf_runtime::LimitKind;
use dcrf_runtime::test::{PATIENCE, TestClient};
use futures_util::FutureExt;
use serde_json::json;
use tokio::time::timeout;
use tungstenite::Message;

use super::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_connections_leave_nothing() {
    let server = Server::start().await;
    for _ in 0..10 {
        let mut clients = Vec::new();
        for number in 0..100 {
            let path = if number % 2 == 0 { "/ws/probe/" } else { "/ws/" };
            clients.push(TestClient::connect(server.url(path)).await);
        }
        for (number, client) in clients.iter_mut().enumerate() {
            client.send(&json!({"action": "echo", "request_id": number})).await;
        }
        assert!(server.stats.connections() >= 100);
        // Some say good-bye, some do not.
        for (number, mut client) in clients.into_iter().enumerate() {
            if number % 3 == 0 {
                client.expect_frame().await;
                assert_eq!(client.close().await, 1000);
            }
        }
        server.none_open().await;
    }
}

/// Sends until the server has stopped to read, and then until nothing more is taken on the way to it; gives how many
/// frames were sent.
async fn stuff(server: &Server, client: &mut TestClient, frame: &serde_json::Value) -> usize {
    use futures_util::SinkExt;
    let text = frame.to_string();
    let (mut sent, mut is_full) = (0, false);
    loop {
        match client.socket().send(Message::text(text.clone())).now_or_never() {
            Some(took) => {
                took.expect("an open socket");
                (sent, is_full) = (sent + 1, false);
                assert!(sent < 100_000, "the server never stops to read");
            }
            None if is_full && server.stats.crossed(LimitKind::Pending) > 0 => return sent,
            // Perhaps somebody makes room.
            None => {
                settled(server).await;
                is_full = true;
            }
        }
    }
}

/// Lets whoever has something to do on this thread do it: every request that is answered here takes several turns of
/// the runtime, and so has everybody else had theirs. On a machine of any speed, what has not happened by then waits
/// for something.
async fn settled(server: &Server) {
    let mut other = server.client().await;
    for id in 0..20 {
        let answer = other.request(&json!({"action": "echo", "request_id": id})).await;
        assert_eq!(answer["response_status"], 200, "others are served meanwhile");
    }
}

/// How many answers were begun until none is begun any more.
async fn all_begun(server: &Server) -> usize {
    let mut begun = 0;
    loop {
        settled(server).await;
        match server.control.taken("big begun") {
            0 => return begun,
            more => begun += more,
        }
    }
}

#[tokio::test]
async fn a_full_stream_is_not_read() {
    let server = Server::start().await;
    let mut client = server.client().await;
    client.send(&json!({"action": "wait", "request_id": 0, "gate": "a"})).await;
    server.control.passed("a entered").await;
    let filler = json!({"action": "echo", "request_id": 1, "x": "x".repeat(10_000)});
    let sent = stuff(&server, &mut client, &filler).await;
    // Others are served meanwhile.
    let mut other = server.client().await;
    assert_eq!(other.request(&json!({"action": "echo", "request_id": 1})).await["response_status"], 200);
    // As soon as there is room again, everything is read and answered, and nothing is lost.
    server.control.set("a");
    assert_eq!(client.expect_frame().await["request_id"], 0);
    for _ in 0..sent {
        assert_eq!(client.expect_frame().await["request_id"], 1);
    }
}

#[tokio::test]
async fn a_slow_reader_holds_nothing_but_its_own_requests() {
    let server = Server::start().await;
    let mut client = server.client().await;
    // 64 MiB of answers are asked for and not read.
    for number in 0..64 {
        client.send(&json!({"action": "big", "request_id": number, "size": 1_048_576})).await;
        if number == 0 {
            server.control.passed("big begun").await;
        }
    }
    let mut other = server.client().await;
    assert_eq!(other.request(&json!({"action": "echo", "request_id": 1})).await["response_status"], 200);
    // No request is begun whose answer would have no place.
    let begun = 1 + all_begun(&server).await;
    assert!(begun < 32, "{begun} answers are queued");
    for number in 0..64 {
        assert_eq!(client.expect_frame().await["request_id"], number);
    }
}

#[tokio::test]
async fn a_slow_reader_is_heard_again_when_it_has_read() {
    let server = Server::limited(|limits| limits.outbound = 2).await;
    let mut client = server.client().await;
    // The first answer is stuck in the socket, so that no other is begun.
    for number in 0..6 {
        let size = if number == 0 { 16_000_000 } else { 1 };
        client.send(&json!({"action": "big", "request_id": number, "size": size})).await;
    }
    server.control.passed("big begun").await;
    assert_eq!(all_begun(&server).await, 0);
    for number in 0..6 {
        assert_eq!(client.expect_frame().await["request_id"], number);
    }
}

#[tokio::test]
async fn a_slow_reader_does_not_keep_a_running_action_from_going_on() {
    let server = Server::start().await;
    let mut client = server.client().await;
    client.send(&json!({"action": "wait_beside", "request_id": "w", "gate": "a"})).await;
    server.control.passed("a entered").await;
    for number in 0..16 {
        client.send(&json!({"action": "big", "request_id": number, "size": 4_194_304})).await;
    }
    // Wait until the server is stuck in a write.
    let begun = all_begun(&server).await;
    assert!(begun < 16, "{begun} answers are queued");
    server.control.set("a");
    server.control.passed("a finished").await;
}

#[tokio::test]
async fn a_dead_reader_is_dropped() {
    let server = Server::limited(|limits| limits.write_timeout = Duration::from_millis(50)).await;
    let mut client = server.client().await;
    for number in 0..16 {
        let frame = json!({"action": "big", "request_id": number, "size": 4_194_304});
        // The server may have dropped the connection already.
        if timeout(PATIENCE, futures_util::SinkExt::send(client.socket(), Message::text(frame.to_string())))
            .map(|sent| sent.expect("taken or refused"))
            .await
            .is_err()
        {
            break;
        }
    }
    server.none_open().await;
}

#[tokio::test]
async fn detached_actions_are_bounded() {
    let server = Server::limited(|limits| limits.detached = 2).await;
    let mut client = server.client().await;
    for gate in ["a", "b", "c"] {
        client.send(&json!({"action": "wait_beside", "request_id": gate, "gate": gate})).await;
    }
    server.control.passed("a entered").await;
    server.control.passed("b entered").await;
    client.expect_nothing().await;
    assert!(!server.control.is_set("c entered"));
    server.control.set("a");
    server.control.passed("c entered").await;
    server.control.set("b");
    server.control.set("c");
    for id in ["a", "b", "c"] {
        client.expect_reply(&json!(id)).await;
    }
}
