//! What is measured, a row of the table each.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::future::{join_all, try_join_all};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Bytes;

use crate::client::Client;
use crate::server::Server;

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// Rows read per second, on 32 connections.
    Retrieve,
    /// Rows made per second, on 32 connections.
    Create,
    /// The same on the PostgreSQL that `LOAD_POSTGRES` names.
    CreatePostgres,
    /// Rows changed per second, on 32 connections, each with a subscriber that hears of it.
    Patch,
    /// Milliseconds from one update until the last of so many subscribers has it.
    Fanout(usize),
    /// Events received per second by 1,000 subscribers, 20 updates in flight.
    Deliveries,
    /// Lists of 100 rows, each with a nested one, per second, on 32 connections.
    List,
    /// The same as `Deliveries`, half of the subscribers on each of two servers, which hear each other by Redis.
    TwoNodes,
    /// KiB resident for one of 10,000 open connections.
    Idle,
    /// KiB resident for one of 10,000 open connections with a subscription.
    Subscribed,
}

/// Connections of the rows that count requests.
const CONNECTIONS: usize = 32;
/// How long those rows count.
const COUNTED: Duration = Duration::from_millis(1_500);
/// Connections of the rows that weigh memory.
const WEIGHED: usize = 10_000;
/// Updates in flight.
const IN_FLIGHT: usize = 20;

impl Row {
    /// Every row.
    pub const ALL: [Self; 11] = [
        Self::Retrieve,
        Self::Create,
        Self::CreatePostgres,
        Self::Patch,
        Self::List,
        Self::Fanout(1_000),
        Self::Fanout(10_000),
        Self::Deliveries,
        Self::TwoNodes,
        Self::Idle,
        Self::Subscribed,
    ];

    /// The row of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|row| row.name() == name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Retrieve => "retrieve",
            Self::Create => "create",
            Self::CreatePostgres => "create-postgres",
            Self::Patch => "patch",
            Self::Fanout(1_000) => "fanout",
            Self::Fanout(_) => "fanout-10k",
            Self::Deliveries => "deliveries",
            Self::List => "list",
            Self::TwoNodes => "two-nodes",
            Self::Idle => "idle",
            Self::Subscribed => "subscribed",
        }
    }

    /// What its figures count.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Fanout(_) => "ms",
            Self::Idle | Self::Subscribed => "KiB",
            _ => "/s",
        }
    }

    /// Whether the peer is measured: its 10,000 connections take minutes, and of many events at once it loses some.
    pub fn has_peer(self) -> bool {
        matches!(self, Self::Retrieve | Self::Create | Self::Patch | Self::List | Self::Fanout(1_000))
    }

    /// A process's memory does not come back, so it is weighed once.
    pub fn rounds(self, rounds: usize) -> usize {
        if matches!(self, Self::Idle | Self::Subscribed) { 1 } else { rounds }
    }

    /// Makes the rows of the database that the measured requests are about: keys 1 to 32.
    pub async fn prepare(self, server: &Server) -> anyhow::Result<()> {
        let rows = match (self, server.name) {
            (Self::List, "dcrf") => return fill_shelves(server).await,
            // It has them from the start.
            (Self::List, "limit") => return Ok(()),
            (Self::List, _) => 100,
            _ => CONNECTIONS,
        };
        let mut client = Client::connect(&server.url).await?;
        for _ in 0..rows {
            client.ask(create(1), 201).await?;
        }
        Ok(())
    }

    /// Measures once.
    pub async fn run(self, server: &Server) -> anyhow::Result<f64> {
        match self {
            Self::Retrieve => {
                requests(&server.url, 200, |key, number| {
                    json!({"action": "retrieve", "request_id": number, "pk": key}).to_string()
                })
                .await
            }
            Self::Create | Self::CreatePostgres => {
                requests(&server.url, 201, |_, number| create(number)).await
            }
            Self::Patch => {
                let mut listeners = Vec::new();
                for key in 1..=CONNECTIONS {
                    listeners.push(subscriber(server, key).await?);
                }
                let listening = listeners.into_iter().map(|mut listener| {
                    tokio::spawn(async move { while listener.receive().await.is_ok() {} })
                });
                let listening: Vec<_> = listening.collect();
                let figure = requests(&server.url, 200, patch).await;
                listening.iter().for_each(|task| task.abort());
                figure
            }
            Self::List => {
                // The peer has nothing nested to list: what it is measured by is less than the work of the others.
                let url = server.at(if server.name == "peer" { "things" } else { "shelved_books" });
                requests(&url, 200, |_, number| json!({"action": "list", "request_id": number}).to_string())
                    .await
            }
            Self::Fanout(subscribers) => {
                fan_out(&[server], subscribers, 1).await.map(|time| time.as_secs_f64() * 1e3)
            }
            Self::Deliveries => {
                let time = fan_out(&[server], 1_000, IN_FLIGHT).await?;
                Ok((1_000 * IN_FLIGHT) as f64 / time.as_secs_f64())
            }
            Self::TwoNodes => {
                let mut servers = vec![server];
                servers.extend(server.other.as_deref());
                let time = fan_out(&servers, 1_000, IN_FLIGHT).await?;
                Ok((1_000 * IN_FLIGHT) as f64 / time.as_secs_f64())
            }
            Self::Idle => weigh(server, false).await,
            Self::Subscribed => weigh(server, true).await,
        }
    }
}

pub fn create(number: usize) -> String {
    json!({"action": "create", "request_id": number, "data": {"name": "a thing", "counter": number}})
        .to_string()
}

pub fn patch(key: usize, number: usize) -> String {
    json!({"action": "patch", "request_id": number, "pk": key, "data": {"counter": number}}).to_string()
}

/// A connection that hears of a row.
async fn subscriber(server: &Server, key: usize) -> anyhow::Result<Client> {
    let mut client = Client::connect(&server.url).await?;
    let request = json!({"action": "subscribe_instance", "request_id": 7, "pk": key});
    client.ask(request.to_string(), 201).await?;
    Ok(client)
}

/// Requests answered per second, one in flight on each connection; `text` is given a key and a number.
async fn requests(url: &str, status: u16, text: impl Fn(usize, usize) -> String) -> anyhow::Result<f64> {
    let clients = (0..CONNECTIONS).map(|_| Client::connect(url));
    let clients = try_join_all(clients).await?;
    let start = Instant::now();
    let needle = format!("\"response_status\":{status}");
    let needle = &needle;
    let counts = clients.into_iter().enumerate().map(|(index, mut client)| {
        let text = &text;
        async move {
            let mut count = 0_usize;
            while start.elapsed() < COUNTED {
                client.send(text(index + 1, count)).await?;
                let answer = client.receive().await?;
                // Not parsed: what the generator spends is taken from the server's processors.
                let answer = String::from_utf8_lossy(&answer).replace(": ", ":");
                anyhow::ensure!(answer.contains(needle.as_str()), "not {status}: {answer}");
                count += 1;
            }
            anyhow::Ok(count)
        }
    });
    let count: usize = try_join_all(counts).await?.iter().sum();
    Ok(count as f64 / start.elapsed().as_secs_f64())
}

/// Ten shelves with ten books each.
pub async fn fill_shelves(server: &Server) -> anyhow::Result<()> {
    let mut shelves = Client::connect(&server.at("shelves")).await?;
    for number in 1..=10 {
        let label = format!("shelf {number}");
        shelves.ask(json!({"action": "create", "data": {"label": label}}).to_string(), 201).await?;
    }
    fill_books(server, 100).await
}

/// So many books.
pub async fn fill_books(server: &Server, count: usize) -> anyhow::Result<()> {
    let mut books = Client::connect(&server.at("books")).await?;
    for number in 0..count {
        let data = json!({"title": "a book", "shelf": 1 + number % 10});
        books.ask(json!({"action": "create", "data": data}).to_string(), 201).await?;
    }
    Ok(())
}

/// The time from sending so many updates of one row until the last subscriber has the last of them. The updates are
/// sent to the first of the servers; subscribers are on all of them.
async fn fan_out(servers: &[&Server], subscribers: usize, updates: usize) -> anyhow::Result<Duration> {
    let mut listeners = Vec::new();
    for number in 0..subscribers {
        listeners.push(subscriber(servers[number % servers.len()], 1).await?);
    }
    let writers = (0..updates).map(|_| Client::connect(&servers[0].url));
    let mut writers = try_join_all(writers).await?;
    let start = Instant::now();
    let asked = writers.iter_mut().enumerate().map(|(number, writer)| writer.ask(patch(1, number), 200));
    let heard = listeners.iter_mut().map(|listener| async move {
        let mut frames = Vec::with_capacity(updates);
        for _ in 0..updates {
            frames.push(listener.receive().await?);
        }
        anyhow::Ok(frames)
    });
    let (asked, heard) = tokio::join!(join_all(asked), try_join_all(heard));
    let time = start.elapsed();
    for frames in heard? {
        require_each(&frames, updates)?;
    }
    asked.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    Ok(time)
}

/// Each update is told once: whatever else came is no delivery. It is looked at once the clock has stopped.
fn require_each(frames: &[Bytes], updates: usize) -> anyhow::Result<()> {
    let mut told = BTreeSet::new();
    for frame in frames {
        let event: Value = serde_json::from_slice(frame)?;
        anyhow::ensure!(event["action"] == "update" && event["request_id"] == 7, "not an event: {event}");
        told.extend(event["data"]["counter"].as_u64());
    }
    anyhow::ensure!(told.len() == updates, "{} updates of {updates} were told: {frames:?}", told.len());
    Ok(())
}

/// KiB for each of many open connections.
async fn weigh(server: &Server, subscribed: bool) -> anyhow::Result<f64> {
    let before = server.resident()?;
    let mut open = Vec::new();
    for _ in 0..WEIGHED {
        open.push(if subscribed {
            subscriber(server, 1).await?
        } else {
            Client::connect(&server.url).await?
        });
    }
    Ok((server.resident()? - before) / WEIGHED as f64)
}
