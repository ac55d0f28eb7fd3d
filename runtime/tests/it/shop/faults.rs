//! Connections to PostgreSQL that are lost.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use dcrf_runtime::broker::BrokerOptions;
use dcrf_runtime::{Db, Model as _};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::goods::{MIGRATIONS, Product};
use super::{Server, product, sold, stock};
use crate::databases::Postgres;

const KILL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                    WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// The server ends every connection that is idle; what is written next is written, once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_connections_that_are_lost_are_nobodys_error() {
    let Some(postgres) = Postgres::create().await else { return };
    let url = format!("{}?pool=34", postgres.url);
    let db = Db::connect(&url, &MIGRATIONS).await.expect("PostgreSQL");
    let other = Db::connect(&postgres.url, &MIGRATIONS).await.expect("PostgreSQL");
    let server = Server::start(&db).await;
    let key = product(&db, 0).await;
    let mut done = 0;
    for _ in 0..5 {
        // As many transactions as there may be of 34 connections.
        let mut open = Vec::new();
        for _ in 0..10 {
            open.push(db.begin().await.expect("a transaction"));
        }
        drop(open);
        other.query(KILL, Vec::new()).await.expect("they are ended");
        let mut sockets = JoinSet::new();
        for number in 0..12 {
            let mut client = server.open("products").await;
            sockets.spawn(async move {
                let action = if number % 2 == 0 { "add" } else { "cross" };
                let frame =
                    json!({"action": action, "request_id": 1, "pk": key, "by": 2, "keys": [key, key]});
                let answer = client.request(&frame).await;
                assert_eq!(answer["response_status"], 200, "{answer}");
            });
            done += 2;
        }
        sockets.join_all().await;
        assert_eq!(stock(&db, key).await, done, "each is done once");
    }
    drop(server);
    db.close().await;
    other.close().await;
    postgres.drop().await;
}

/// When a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// Before the server has heard of it.
    Before,
    /// Before the server's answer has come back.
    After,
}

type Armed = Arc<Mutex<Option<(&'static [u8], Cut)>>>;

/// A network that cuts a connection, once, as soon as something is sent through it.
struct Network {
    address: String,
    armed: Armed,
}

impl Network {
    async fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let armed = Armed::default();
        let cutting = Arc::clone(&armed);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(&target).await else { continue };
                let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                let mute: Arc<AtomicBool> = Arc::default();
                let back = tokio::spawn(carry(far_in, near_out, Arc::clone(&mute)));
                let cutting = Arc::clone(&cutting);
                tokio::spawn(async move {
                    if send(near_in, far_out, cutting, &mute).await == Some(Cut::After) {
                        // The server has answered, and nobody hears it.
                        let _ = back.await;
                    } else {
                        back.abort();
                    }
                });
            }
        });
        Self { address, armed }
    }

    fn cut(&self, at: &'static [u8], when: Cut) {
        *self.armed.lock().expect("no panic") = Some((at, when));
    }

    fn has_cut(&self) -> bool {
        self.armed.lock().expect("no panic").is_none()
    }
}

/// To the server, until it is cut. What the server says to the last of it is not to be heard then.
async fn send(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    armed: Armed,
    mute: &AtomicBool,
) -> Option<Cut> {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(len @ 1..) = from.read(&mut buffer).await {
        let sent = &buffer[..len];
        let cut = {
            let mut armed = armed.lock().expect("no panic");
            armed.take_if(|(at, _)| sent.windows(at.len()).any(|part| part == *at)).map(|(_, when)| when)
        };
        mute.store(cut == Some(Cut::After), Ordering::SeqCst);
        if cut == Some(Cut::Before) || to.write_all(sent).await.is_err() || cut == Some(Cut::After) {
            return cut;
        }
    }
    None
}

/// From the server.
async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mute: Arc<AtomicBool>) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(len @ 1..) = from.read(&mut buffer).await {
        if mute.load(Ordering::SeqCst) || to.write_all(&buffer[..len]).await.is_err() {
            return;
        }
    }
}

/// Nobody knows whether it is stored: the writer is told that, and subscribers, on this node and on another one, that
/// they may have missed something.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_knows_is_told() {
    let Some(postgres) = Postgres::create().await else { return };
    let (start, rest) = postgres.url.split_once('@').expect("a user");
    let (target, name) = rest.split_once('/').expect("a database");
    let network = Network::to(target.to_owned()).await;
    let url = format!("{start}@{}/{name}", network.address);
    // Before there is anybody who could hear of it late.
    let alone = Db::connect(&postgres.url, &MIGRATIONS).await.expect("PostgreSQL");
    let key = product(&alone, 100).await;
    alone.close().await;
    let nodes = [&url, &postgres.url];
    let mut servers = Vec::new();
    for url in nodes {
        let db = Db::connect(url, &MIGRATIONS).await.expect("PostgreSQL");
        db.use_broker(&postgres.url, BrokerOptions::new("shop")).await.expect("the broker");
        servers.push((Server::start(&db).await, db));
    }
    let mut listeners = Vec::new();
    for (server, _) in &servers {
        let mut client = server.open("products").await;
        let subscribed = client.request(&json!({"action": "subscribe", "request_id": "s"})).await;
        assert_eq!(subscribed["response_status"], 201, "{subscribed}");
        listeners.push(client);
    }
    let mut client = servers[0].0.open("products").await;
    let patch = json!({"action": "patch", "request_id": 1, "pk": key, "data": {"name": "a marked name"}});
    let buy = json!({"action": "buy", "request_id": 1, "pk": key});
    // A name as often as it is stored, and sales as often as they are.
    for (frame, at) in [(&patch, b"a marked name".as_slice()), (&buy, b"COMMIT")] {
        for when in [Cut::Before, Cut::After] {
            network.cut(at, when);
            let answer = client.request(frame).await;
            assert!(network.has_cut(), "{frame}");
            assert_eq!(answer["response_status"], 503, "{answer}");
            let text = answer["errors"][0].as_str().expect("a text");
            assert!(text.contains("it is not known whether this was stored"), "{text}");
            for listener in &mut listeners {
                let event = listener.expect_reply(&json!("s")).await;
                assert_eq!((&event["action"], &event["response_status"]), (&json!("resync"), &json!(200)));
            }
        }
    }
    // What is lost before is done again: the transaction, and what reads.
    let (before, begun) = (sold(&servers[1].1).await, &servers[0].0.watch.begun);
    let attempts = begun.load(Ordering::Relaxed);
    network.cut(b"INSERT INTO sale", Cut::After);
    // The statement is prepared under this name on every connection but those that are new.
    let answer = client.request(&buy).await;
    assert_eq!(answer["response_status"], 200, "{answer}");
    assert_eq!(sold(&servers[1].1).await, before + 1, "it is done once");
    let more = begun.load(Ordering::Relaxed) - attempts;
    assert_eq!(more, if network.has_cut() { 2 } else { 1 });
    for listener in &mut listeners {
        let event = listener.expect_reply(&json!("s")).await;
        assert_eq!(event["action"], "update", "{event}");
        listener.expect_nothing().await;
    }
    let left = Product::objects(&servers[1].1).get(key).await.expect("the product").quantity();
    assert_eq!(usize::try_from(100 - left).expect("a number"), sold(&servers[1].1).await);
    for (server, db) in servers {
        drop(server);
        db.close().await;
    }
    postgres.drop().await;
}
