//! The memory that connections make the server hold: who is refused, who is dropped, and who notices nothing.

use dcrf_runtime::LimitKind;
use dcrf_runtime::test::{PATIENCE, TestClient};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Server;
use super::limits::{crossed, limited, pages, raw, short_frame};

const MIB: usize = 1024 * 1024;

fn big(size: usize) -> Value {
    json!({"action": "big", "request_id": 1, "size": size})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reader_who_leaves_most_behind_is_dropped() {
    // More than the buffers of TCP hold.
    let server = Server::limited(|limits| {
        (limits.memory, limits.reply) = (48 * MIB, 64 * MIB);
    })
    .await;
    let mut most = raw(&server).await;
    most.write_all(&short_frame(0x81, big(40 * MIB).to_string().as_bytes())).await.expect("an open line");
    // Once its head has come, the rest waits for the reader: before, the bytes are those of a request.
    let mut head = [0; 10];
    timeout(PATIENCE, most.read_exact(&mut head)).await.expect("an answer").expect("an open line");
    let mut less = server.client().await;
    less.send(&big(12 * MIB)).await;
    crossed(&server, LimitKind::Memory, 1).await;
    let mut left = Vec::new();
    // A reset is an end, too.
    let _ = timeout(PATIENCE, most.read_to_end(&mut left)).await.expect("it ends");
    assert!(left.len() < 40 * MIB, "{}", left.len());
    let answer = less.expect_frame().await;
    assert_eq!(answer["data"].as_str().map(str::len), Some(12 * MIB));
    assert_eq!(less.request(&json!({"action": "echo", "request_id": 2})).await["response_status"], 200);
    drop((most, less));
    server.none_open().await;
    assert_eq!(server.stats.memory(), 0);
}

#[tokio::test]
async fn large_frames_and_small_ones_come_in_their_order() {
    let server = Server::start().await;
    for (mut client, is_raw) in [(server.client().await, true), (server.multiplexed().await, false)] {
        let sizes = [10, 200_000, 5, 3 * MIB, 131_072, 131_000, 1, MIB, 65_535, 65_536];
        for size in sizes {
            let request = big(size);
            let wrapped = json!({"stream": "probe", "payload": request});
            client.send(if is_raw { &request } else { &wrapped }).await;
        }
        for size in sizes {
            let answer = client.expect_frame().await;
            let answer = answer.get("payload").unwrap_or(&answer);
            assert_eq!(answer["data"].as_str().map(str::len), Some(size));
        }
    }
}

#[tokio::test]
async fn events_of_too_many_bytes_meet_their_overflow() {
    let server = Server::limited(|limits| limits.event_bytes = 1).await;
    let mut slow = server.client().await;
    assert_eq!(slow.request(&json!({"action": "join", "request_id": 1})).await["response_status"], 200);
    slow.send(&json!({"action": "wait", "request_id": 2, "gate": "a"})).await;
    server.control.passed("a entered").await;
    let mut other = server.client().await;
    let shout = json!({"action": "shout", "request_id": 1});
    other.request(&shout).await;
    assert_eq!(server.stats.crossed(LimitKind::EventBytes), 0, "one has a place, however large it is");
    other.request(&shout).await;
    crossed(&server, LimitKind::EventBytes, 1).await;
    assert_eq!(slow.expect_close().await, 1013);
}

#[tokio::test]
async fn a_body_that_there_is_no_memory_for_is_refused() {
    let limit = limited(|limits| limits.memory_per_address = MIB);
    let server = Server::with(|service| service.limits(limit).merge(pages())).await;
    let post = async |head: &str, body: usize| {
        let mut line = TcpStream::connect(server.address).await.expect("the server is there");
        line.write_all(format!("POST /login HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n").as_bytes())
            .await
            .expect("an open line");
        line.write_all(&vec![b'x'; body]).await.expect("an open line");
        line
    };
    let status = async |line: &mut TcpStream| {
        let mut answer = vec![0; 12];
        timeout(PATIENCE, line.read_exact(&mut answer)).await.expect("an answer").expect("an open line");
        String::from_utf8(answer).expect("text").split_off(9)
    };
    // Alone it is too large, whether it says so at first or not.
    let mut announced = post("Content-Length: 1500000", 0).await;
    assert_eq!(status(&mut announced).await, "413");
    let mut chunked = post("Transfer-Encoding: chunked", 0).await;
    chunked
        .write_all(format!("{:x}\r\n{}\r\n", 1_500_000, "x".repeat(1_500_000)).as_bytes())
        .await
        .expect("it is read");
    assert_eq!(status(&mut chunked).await, "413");
    // Of two that are small enough alone the second is refused while the first is held.
    let mut first = post("Content-Length: 700000", 1).await;
    let held = async {
        while server.stats.memory() < 700_000 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, held).await.expect("it is counted");
    let mut second = post("Content-Length: 700000", 0).await;
    assert_eq!(status(&mut second).await, "429");
    crossed(&server, LimitKind::MemoryPerAddress, 1).await;
    let mut little = post("Content-Length: 5", 5).await;
    assert_eq!(status(&mut little).await, "200");
    first.write_all(&vec![b'x'; 699_999]).await.expect("an open line");
    assert_eq!(status(&mut first).await, "200");
    let given_back = async {
        while server.stats.memory() > 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, given_back).await.expect("it is given back");
}

#[tokio::test]
async fn subscriptions_that_there_is_no_memory_for_are_refused() {
    let server = Server::limited(|limits| limits.memory_per_connection = 100_000).await;
    let mut client: TestClient = server.client().await;
    let (mut taken, mut refused) = (0, 0);
    for id in 0..100 {
        let answer =
            client.request(&json!({"action": "join", "request_id": id, "room": format!("{id:01000}")})).await;
        match answer["response_status"].as_u64() {
            Some(200) => taken += 1,
            Some(429) => refused += 1,
            other => panic!("{other:?}: {answer}"),
        }
    }
    // Some 2 KB each.
    assert!((30..60).contains(&taken) && refused > 0, "{taken} and {refused}");
    assert_eq!(
        server.client().await.request(&json!({"action": "join", "request_id": 1})).await["response_status"],
        200
    );
}
