//! How sockets end.

use std::time::Duration;

use dcrf_runtime::test::{PATIENCE, TestClient};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tungstenite::Message;

use super::Server;
use super::limits::raw;

/// Puts bytes on the line that no client library would.
async fn violate(client: &mut TestClient, bytes: &[u8]) -> u16 {
    client.socket().get_mut().write_all(bytes).await.expect("an open line");
    client.expect_close().await
}

#[tokio::test]
async fn the_client_may_close() {
    let server = Server::start().await;
    let mut client = server.client().await;
    assert_eq!(client.request(&json!({"action": "echo", "request_id": 1})).await["response_status"], 200);
    assert_eq!(client.close().await, 1000);
    server.none_open().await;
}

#[tokio::test]
async fn breaches_of_the_protocol_have_their_codes() {
    let server = Server::start().await;
    for (bytes, code) in [
        // A text frame of two bytes that are no UTF-8, masked with zeros.
        (&[0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe][..], 1007),
        // A frame without mask.
        (&[0x81, 0x02, b'{', b'}'][..], 1002),
        // A reserved opcode.
        (&[0x83, 0x80, 0, 0, 0, 0][..], 1002),
        // A continuation of nothing.
        (&[0x80, 0x80, 0, 0, 0, 0][..], 1002),
        // A reserved bit (compression was not agreed upon).
        (&[0xc1, 0x80, 0, 0, 0, 0][..], 1002),
        // The head of a frame of 1 GiB.
        (&[0x81, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0][..], 1009),
    ] {
        let mut client = server.client().await;
        assert_eq!(violate(&mut client, bytes).await, code, "{bytes:x?}");
    }
    server.none_open().await;
}

#[tokio::test]
async fn oversized_frames_close_with_1009() {
    let server = Server::limited(|limits| limits.frame = 1000).await;
    let mut client = server.client().await;
    let text = |size: usize| json!({"action": "echo", "request_id": 1, "x": "x".repeat(size)}).to_string();
    client.send_text(text(900)).await;
    assert_eq!(client.expect_frame().await["response_status"], 200);
    client.send_text(text(1000)).await;
    assert_eq!(client.expect_close().await, 1009);
}

#[tokio::test]
async fn fragments_are_joined_and_pings_answered() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let (first, second) = (br#"{"action": "ec"#, br#"ho", "request_id": 1}"#);
    let mut bytes = vec![0x01, 0x80 | first.len() as u8, 0, 0, 0, 0];
    bytes.extend_from_slice(first);
    // A ping in between.
    bytes.extend_from_slice(&[0x89, 0x81, 0, 0, 0, 0, b'!']);
    bytes.extend_from_slice(&[0x80, 0x80 | second.len() as u8, 0, 0, 0, 0]);
    bytes.extend_from_slice(second);
    client.socket().get_mut().write_all(&bytes).await.expect("an open line");
    let mut pong = [0; 3];
    client.socket().get_mut().read_exact(&mut pong).await.expect("a pong");
    assert_eq!(pong, [0x8a, 1, b'!']);
    assert_eq!(client.expect_frame().await["response_status"], 200);
}

#[tokio::test]
async fn silent_peers_are_pinged_and_dropped() {
    let server = Server::limited(|limits| {
        limits.ping_after = Duration::from_millis(10);
        limits.pong_within = Duration::from_millis(50);
    })
    .await;
    // A library would answer the ping: the line itself is read. It ends without a close frame.
    let mut line = raw(&server).await;
    let mut bytes = Vec::new();
    let all = line.read_to_end(&mut bytes);
    let _ = tokio::time::timeout(PATIENCE, all).await.expect("the line ends");
    assert_eq!(bytes, [0x89, 0]);
    server.none_open().await;
}

#[tokio::test]
async fn peers_that_answer_pings_stay() {
    use futures_util::StreamExt;
    let server = Server::limited(|limits| {
        limits.ping_after = Duration::from_millis(5);
        limits.pong_within = PATIENCE;
    })
    .await;
    let mut client = server.client().await;
    for _ in 0..10 {
        assert!(matches!(client.socket().next().await, Some(Ok(Message::Ping(_)))));
    }
    assert_eq!(client.request(&json!({"action": "echo", "request_id": 1})).await["response_status"], 200);
}

#[tokio::test]
async fn who_is_still_sending_is_told_1009_too() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let size = 16 * 1024 * 1024_u64;
    let (mut read, mut write) = client.socket().get_mut().split();
    let mut sent = vec![0x81, 0xff];
    sent.extend_from_slice(&size.to_be_bytes());
    sent.resize(sent.len() + 4 + size as usize, 0);
    let mut received = Vec::new();
    // A browser writes and reads at once, too. Whether all is taken does not matter, nor how the line ends.
    let (_, _) = tokio::join!(write.write_all(&sent), read.read_to_end(&mut received));
    assert_eq!(received, [0x88, 2, 0x03, 0xf1]);
    server.none_open().await;
}
