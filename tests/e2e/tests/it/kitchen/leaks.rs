//! Nothing is left of connections, however they end.

use dcrf_e2e::{Database, LIMIT};
use futures_util::future::join_all;
use serde_json::json;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use super::Kitchen;

/// Connections in all, and at once.
const CONNECTIONS: usize = 10_000;
const WAVE: usize = 250;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_of_ten_thousand_connections() {
    let kitchen = Kitchen::start(Database::sqlite()).await;
    kitchen.open("boards").await.create(json!({"name": "first"})).await.data(201);
    kitchen.open("cards").await.create(json!({"board": 1, "text": "x"})).await.data(201);
    for wave in 0..CONNECTIONS / WAVE {
        join_all((0..WAVE).map(|index| come_and_go(&kitchen, wave * WAVE + index))).await;
    }
    timeout(LIMIT, kitchen.stats().none_open()).await.expect("every connection ends");
    assert!(kitchen.db.hub().is_empty(), "{:?}", kitchen.db.hub());
}

/// Subscribes to everything, and ends in one of the ways in which connections end.
async fn come_and_go(kitchen: &Kitchen, number: usize) {
    let mut stream = kitchen.open("cards").await;
    for (action, arguments) in [
        ("subscribe_to_all", json!({})),
        ("subscribe_to_placing", json!({"board": 1, "lane": "todo"})),
        ("subscribe_instance", json!({"pk": 1})),
        ("subscribe_to_bell", json!({})),
        ("join", json!({"room": "a"})),
    ] {
        assert!(stream.under(1, action, arguments).await < 300, "{action}");
    }
    let socket = stream.client.socket();
    match number % 5 {
        // With a goodbye.
        0 => drop(stream.client.close().await),
        // Without one.
        1 => drop(stream),
        // While a frame is on its way, of which the rest never comes: 9 of 200 bytes, masked.
        2 => {
            use tokio::io::AsyncWriteExt as _;
            let half = [0x81, 0xfe, 0, 200, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            socket.get_mut().write_all(&half).await.expect("a socket that is open");
            drop(stream);
        }
        // Against the protocol: the server closes.
        3 => {
            use tokio::io::AsyncWriteExt as _;
            socket.get_mut().write_all(&[0xff, 0x80, 0, 0, 0, 0]).await.expect("a socket that is open");
            assert_eq!(stream.client.expect_close().await, 1002);
        }
        // Too much: the server closes.
        _ => {
            use futures_util::SinkExt as _;
            // It may close before all was sent.
            let _ = socket.send(Message::text("x".repeat(70_000))).await;
            drop(stream);
        }
    }
}
