//! A row of the table on one of the servers: what is made ready once, and what is measured in each round.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use memchr::memmem::{self, Finder};
use serde_json::{Value, json};

use crate::client::{Client, frame};
use crate::crowd::{Crowd, NUMBER, Template, drive};
use crate::rows::{Logged, Row};
use crate::server::{Program, Server};

/// Connections of the rows that count requests.
const CONNECTIONS: usize = 32;
/// How long those rows count.
const COUNTED: Duration = Duration::from_millis(1_500);
/// How long those at least that tell of updates.
const TOLD: Duration = Duration::from_millis(400);
/// Connections of the rows that weigh memory.
const WEIGHED: usize = 10_000;
/// Clients that come back at once.
const RETURNING: usize = 10_000;
/// Updates under way, and those who hear of them.
const UPDATES: usize = 20;
const SUBSCRIBERS: usize = 1_000;
/// The id that events come under.
const SUBSCRIPTION: usize = 7;
/// When nothing came for so long, nothing more does.
const SILENCE: Duration = Duration::from_secs(5);
/// What comes twice comes within this.
const TWICE: Duration = Duration::from_millis(20);

/// A row and a server, ready to be measured.
pub struct Trial {
    row: Row,
    server: Server,
    crowd: Option<Crowd>,
    templates: Vec<Template>,
    /// The number of the last update: each is another.
    number: usize,
    /// Events that should have come.
    pub expected: usize,
    /// Those of them that did not.
    pub lost: usize,
}

impl Trial {
    /// Makes the rows of the database that are asked for, and the connections.
    pub fn prepare(row: Row, server: Server) -> anyhow::Result<Self> {
        match (row, server.program) {
            (Row::List, Program::Dcrf | Program::Before) => fill_shelves(&server)?,
            // They have them from the start.
            (Row::List, _) => {}
            _ => {
                let mut client = server.connect("things")?;
                for _ in 0..CONNECTIONS {
                    client.ask(&create(&1), 201)?;
                }
            }
        }
        let mut trial =
            Self { row, server, crowd: None, templates: Vec::new(), number: 0, expected: 0, lost: 0 };
        let text = |key: usize| match row {
            Row::Retrieve(_) => Some(format!(r#"{{"action":"retrieve","request_id":{NUMBER},"pk":{key}}}"#)),
            Row::Create(_) | Row::Logged(Logged::Create(_)) => Some(create(&NUMBER)),
            Row::Patch(_) => Some(patch(key, &NUMBER)),
            Row::List => Some(format!(r#"{{"action":"list","request_id":{NUMBER}}}"#)),
            _ => None,
        };
        trial.templates = (1..=CONNECTIONS).filter_map(text).map(|text| Template::new(&text)).collect();
        let stream = if row == Row::List { "shelved_books" } else { "things" };
        let mut clients = Vec::new();
        for _ in &trial.templates {
            clients.push(trial.server.connect(stream)?);
        }
        if matches!(row, Row::Patch(_)) {
            for key in 1..=CONNECTIONS {
                clients.push(subscriber(&trial.server, key)?);
            }
        }
        trial.crowd = match row {
            Row::Deliveries | Row::TwoNodes => Some(trial.audience(UPDATES, SUBSCRIBERS)?),
            // More than those of one server may be open at once: they come and go with each round.
            Row::Fanout(10_000)
            | Row::Idle
            | Row::Subscribed
            | Row::Logged(Logged::Subscribed)
            | Row::Resume(_) => None,
            Row::Logged(Logged::Fanout(_)) => Some(trial.audience(1, SUBSCRIBERS)?),
            Row::Fanout(subscribers) => Some(trial.audience(1, subscribers)?),
            _ => Some(Crowd::new(clients)?),
        };
        Ok(trial)
    }

    /// Measures once.
    pub fn run(&mut self) -> anyhow::Result<f64> {
        match self.row {
            Row::Retrieve(_) | Row::List => self.requests(200),
            Row::Create(_) | Row::Logged(Logged::Create(_)) => self.requests(201),
            Row::Patch(_) => self.requests(200),
            Row::Fanout(_) | Row::Logged(Logged::Fanout(_)) => {
                let subscribers = if self.row == Row::Fanout(10_000) { 10_000 } else { SUBSCRIBERS };
                let (time, heard, times) = self.fan_out_often(1, subscribers)?;
                ensure!(heard == subscribers * times, "{heard} heard of {times} updates");
                Ok(time.as_secs_f64() * 1e3 / times as f64)
            }
            Row::Deliveries | Row::TwoNodes => {
                let (time, heard, _) = self.fan_out_often(UPDATES, SUBSCRIBERS)?;
                Ok(heard as f64 / time.as_secs_f64())
            }
            Row::Idle => weigh(&self.server, |server| server.connect("things")),
            Row::Subscribed => weigh(&self.server, |server| subscriber(server, 1)),
            // A server without a log does not know the greeting.
            Row::Logged(Logged::Subscribed) => {
                weigh(&self.server, |server| returning(server, None).map(|(client, _)| client))
            }
            Row::Resume(_) => self.resume(),
        }
    }

    /// The seconds that clients need to connect again and to get the update that they have missed.
    fn resume(&mut self) -> anyhow::Result<f64> {
        // All of them have gone at this position.
        let (_, position) = returning(&self.server, None)?;
        let position = position.context("a position")?;
        self.number += 1;
        self.server.connect("things")?.ask(&patch(1, &self.number), 200)?;
        let hello = frame(&hello().to_string());
        let subscribe = frame(&subscription(1, Some(&Value::from(position))).to_string());
        let start = Instant::now();
        let mut clients = Vec::with_capacity(RETURNING);
        for _ in 0..RETURNING {
            let mut client = self.server.connect("things")?;
            client.send(&hello)?;
            client.send(&subscribe)?;
            clients.push(client);
        }
        let mut crowd = Crowd::new(clients)?;
        let (mut live, mut replayed) = (0, 0);
        let expected = format!(r#""counter":{}"#, self.number);
        let missed = Finder::new(&expected);
        while live < RETURNING {
            let came = crowd.read(SILENCE, |_, client| {
                while let Some(range) = client.frame()? {
                    let text = client.text(range);
                    replayed += usize::from(missed.find(text).is_some());
                    live += usize::from(is_position(text));
                }
                client.reuse();
                Ok(())
            })?;
            ensure!(came, "{live} of {RETURNING} clients are live");
        }
        let time = start.elapsed();
        ensure!(replayed == RETURNING && live == RETURNING, "{replayed} events for {live} clients");
        Ok(time.as_secs_f64())
    }

    /// Requests answered per second, and the events of each heard once.
    fn requests(&mut self, status: u16) -> anyhow::Result<f64> {
        let Some(crowd) = &mut self.crowd else { unreachable!("it was made with the templates") };
        let answered = drive(crowd, &mut self.templates, status, |_, time| time < COUNTED)?;
        if matches!(self.row, Row::Patch(_)) {
            // Those that come after the last answer: none is left to come, or one too many.
            let (sent, mut heard) = (answered.sent, answered.events);
            while heard < sent {
                match crowd.forget(Duration::from_secs(1))? {
                    0 => break,
                    more => heard += more,
                }
            }
            heard += crowd.forget(TWICE)?;
            self.expected += sent;
            self.lost += sent.saturating_sub(heard);
            ensure!(heard == sent || self.may_lose(), "{heard} events of {sent} changes");
        }
        Ok(answered.counted as f64 / answered.time.as_secs_f64())
    }

    /// Whoever changes the first row, and whoever hears of it: on every second server every second.
    fn audience(&self, writers: usize, subscribers: usize) -> anyhow::Result<Crowd> {
        let mut clients = Vec::new();
        for _ in 0..writers {
            clients.push(self.server.connect("things")?);
        }
        let servers: Vec<_> =
            [Some(&self.server), self.server.other.as_deref()].into_iter().flatten().collect();
        for number in 0..subscribers {
            let server = servers[number % servers.len()];
            let mut client = match self.row {
                Row::Logged(_) => returning(server, None)?.0,
                _ => subscriber(server, 1)?,
            };
            client.make_room(512.max(writers * 256));
            clients.push(client);
        }
        Crowd::new(clients)
    }

    /// Updates that are told, time and again until it took long enough to be measured well: in how much time of
    /// all, how many events came, and how often.
    fn fan_out_often(
        &mut self,
        updates: usize,
        subscribers: usize,
    ) -> anyhow::Result<(Duration, usize, usize)> {
        let mut crowd = match self.crowd.take() {
            Some(crowd) => crowd,
            None => self.audience(updates, subscribers)?,
        };
        let (mut time, mut heard, mut times) = (Duration::ZERO, 0, 0);
        while time < TOLD && times < 20 {
            let (more, events) = self.fan_out(&mut crowd, updates, subscribers)?;
            (time, heard, times) = (time + more, heard + events, times + 1);
        }
        if self.row != Row::Fanout(10_000) {
            self.crowd = Some(crowd);
        }
        Ok((time, heard, times))
    }

    /// The time from sending so many updates of one row until the last subscriber has the last of those that come, and
    /// how many came. While the clock runs, frames are only counted.
    fn fan_out(
        &mut self,
        crowd: &mut Crowd,
        updates: usize,
        subscribers: usize,
    ) -> anyhow::Result<(Duration, usize)> {
        let may_lose = self.may_lose();
        let before = crowd.forget(TWICE)?;
        ensure!(before == 0 || may_lose, "{before} frames that nobody waits for");
        let frames = (1..=updates).map(|update| frame(&patch(1, &(self.number + update))));
        let frames: Vec<_> = frames.collect();
        let expected = updates * subscribers;
        let (mut heard, mut answers, mut last) = (0, 0, Duration::ZERO);
        let knows_positions = matches!(self.row, Row::Logged(_));
        let start = Instant::now();
        for (writer, frame) in crowd.clients.iter_mut().zip(&frames) {
            writer.send(frame)?;
        }
        while heard < expected || answers < updates {
            let before = heard;
            let came = crowd.read(SILENCE, |index, client| {
                while let Some(range) = client.frame()? {
                    match index < updates {
                        true => answers += 1,
                        false => heard += usize::from(!knows_positions || !is_position(client.text(range))),
                    }
                }
                Ok(())
            })?;
            if heard > before {
                last = start.elapsed();
            }
            if !came {
                break;
            }
        }
        // What would come twice has to be there to be seen.
        if !may_lose {
            while crowd.read(TWICE, |_, client| client.frame().map(drop))? {}
        }
        ensure!(answers == updates, "{answers} answers to {updates} updates");
        for (index, client) in crowd.clients.iter_mut().enumerate() {
            if index >= updates && !may_lose {
                let mut events = client.texts()?;
                events.retain(|text| !knows_positions || !is_position(text));
                require_each(&events, self.number, updates)?;
            } else if index >= updates {
                client.texts()?.into_iter().try_for_each(|text| event(text).map(drop))?;
            }
            client.reuse();
        }
        self.number += updates;
        self.expected += expected;
        self.lost += expected - heard;
        Ok((last, heard))
    }

    /// The peer keeps no more than 100 messages for a consumer, and drops the rest.
    fn may_lose(&self) -> bool {
        self.server.program == Program::Peer
    }
}

pub fn create(number: &dyn std::fmt::Display) -> String {
    format!(r#"{{"action":"create","request_id":{number},"data":{{"name":"a thing","counter":{number}}}}}"#)
}

pub fn patch(key: usize, number: &dyn std::fmt::Display) -> String {
    format!(r#"{{"action":"patch","request_id":{number},"pk":{key},"data":{{"counter":{number}}}}}"#)
}

/// A connection that hears of a row.
fn subscriber(server: &Server, key: usize) -> anyhow::Result<Client> {
    let mut client = server.connect("things")?;
    client.ask(&subscription(key, None).to_string(), 201)?;
    client.reuse();
    Ok(client)
}

/// A subscription to a row, from a position on if there is one.
fn subscription(key: usize, since: Option<&Value>) -> Value {
    let mut request = json!({"action": "subscribe_instance", "request_id": SUBSCRIPTION, "pk": key});
    if let Some(since) = since {
        request["$dcrf"] = json!({"since": since});
    }
    request
}

fn hello() -> Value {
    json!({"action": "$hello", "request_id": "hello", "data": {"protocol": 1}})
}

/// A connection that has greeted and hears of the first row since a position, and the position of the answer to the
/// greeting; of a server without a log, one that does not know positions.
fn returning(server: &Server, since: Option<&Value>) -> anyhow::Result<(Client, Option<String>)> {
    let mut client = server.connect("things")?;
    client.send(&frame(&hello().to_string()))?;
    let answer: Value = serde_json::from_slice(client.receive()?)?;
    let position = answer["$dcrf"]["pos"].as_str().map(str::to_owned);
    client.ask(&subscription(1, since).to_string(), 201)?;
    client.reuse();
    Ok((client, position))
}

/// Whether a text says up to where everything is told.
fn is_position(text: &[u8]) -> bool {
    memmem::find(text, br#""$position""#).is_some()
}

/// The counter that an event tells of.
fn event(text: &[u8]) -> anyhow::Result<Option<usize>> {
    let event: Value = serde_json::from_slice(text)?;
    let right = event["action"] == "update" && event["request_id"] == SUBSCRIPTION;
    ensure!(right, "not an event: {event}");
    Ok(event["data"]["counter"].as_u64().and_then(|counter| counter.try_into().ok()))
}

/// Each update is told once: whatever else came is no delivery.
fn require_each(texts: &[&[u8]], after: usize, updates: usize) -> anyhow::Result<()> {
    let mut told = BTreeSet::new();
    for text in texts {
        told.extend(event(text)?);
    }
    let each = told.into_iter().eq(after + 1..=after + updates);
    ensure!(each && texts.len() == updates, "{} events, and not each of {updates} updates once", texts.len());
    Ok(())
}

/// Ten shelves with ten books each.
pub fn fill_shelves(server: &Server) -> anyhow::Result<()> {
    let mut shelves = server.connect("shelves")?;
    for number in 1..=10 {
        let label = format!("shelf {number}");
        shelves.ask(&json!({"action": "create", "data": {"label": label}}).to_string(), 201)?;
    }
    fill_books(server, 100)
}

/// So many books, on all shelves alike.
pub fn fill_books(server: &Server, count: usize) -> anyhow::Result<()> {
    let (mut clients, mut templates) = (Vec::new(), Vec::new());
    for shelf in 1..=10 {
        clients.push(server.connect("books")?);
        let data = json!({"title": "a book", "shelf": shelf});
        templates.push(Template::new(&json!({"action": "create", "data": data}).to_string()));
    }
    drive(&mut Crowd::new(clients)?, &mut templates, 201, |sent, _| sent < count)?;
    Ok(())
}

/// KiB for each of many open connections.
fn weigh(server: &Server, open_one: impl Fn(&Server) -> anyhow::Result<Client>) -> anyhow::Result<f64> {
    let before = server.resident()?;
    let mut open = Vec::new();
    for _ in 0..WEIGHED {
        open.push(open_one(server)?);
    }
    Ok((server.resident()? - before) / WEIGHED as f64)
}
