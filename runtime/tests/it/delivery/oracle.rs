//! Random writers, viewers and faults, by a seed: after quiet, each viewer has what a list shows it.
//!
//! `DCRF_DELIVERY_RUNS` and `DCRF_DELIVERY_SEED` say how many runs there are, and which is the first.

use std::collections::{BTreeMap, HashMap};
use std::env;
use std::time::{Duration, Instant};

use board::models::{Message, MessageChanges};
use dcrf_runtime::db::Transaction;
use dcrf_runtime::test::TestClient;
use dcrf_runtime::{Db, Model as _};
use serde_json::{Value, json};

use super::{Node, new, on_each};

/// How long a viewer may take until it shows everything.
const LIMIT: Duration = Duration::from_secs(20);
/// Runs on each database in CI.
const RUNS: u64 = 12;
const STEPS: usize = 90;
/// Viewers: four filters, three ways to get rows.
const VIEWERS: usize = 12;
/// Rooms, of which some viewers see one.
const ROOMS: i64 = 3;

pub(super) fn setting(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

/// Numbers that look random, by a seed (SplitMix64).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(sides).expect("few")).expect("few")
    }
}

/// A client that is wrong on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    /// Its position is that of the answer that promises everything, before it was told everything.
    CursorByReply,
    /// It subscribes without its position, and keeps its rows.
    NoReplay,
    /// It reads its rows before it is subscribed.
    RowsFirst,
}

/// How a client gets its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beginning {
    /// It subscribes, and then lists.
    Listing,
    /// It subscribes with the rows.
    Snapshot,
    /// Its subscription is a live list.
    Live,
}

/// A client with one subscription, and the rows that it shows.
struct Viewer {
    beginning: Beginning,
    subscribe: Value,
    /// The filter of the list that shows the same rows.
    filter: Value,
    fault: Fault,
    client: Option<TestClient>,
    cursor: Option<String>,
    rows: BTreeMap<i64, Value>,
    /// Whether the rows have to be read, because something may have been missed.
    stale: bool,
    /// The newest text of each row that an event has told.
    newest: HashMap<i64, String>,
    frames: usize,
    resumed: usize,
}

impl Viewer {
    fn new(number: usize, fault: Fault) -> Self {
        let beginning = match number / 4 {
            _ if fault == Fault::RowsFirst => Beginning::Listing,
            0 => Beginning::Listing,
            1 => Beginning::Snapshot,
            _ => Beginning::Live,
        };
        let (subscribe, filter) = match number % 4 {
            0 => (json!({"action": "subscribe_to_all"}), json!({})),
            1 => (json!({"action": "subscribe_to_all", "filter": {"done": true}}), json!({"done": true})),
            2 => (json!({"action": "subscribe_to_activity", "room": 1}), json!({"room": 1})),
            _ => (
                json!({"action": "subscribe_to_all", "filter": {"room__in": [0, 2]}}),
                json!({"room__in": [0, 2]}),
            ),
        };
        let listed = json!({"action": "list", "filter": filter});
        Self {
            subscribe: if beginning == Beginning::Live { listed } else { subscribe },
            beginning,
            filter,
            fault,
            client: None,
            cursor: None,
            rows: BTreeMap::new(),
            stale: true,
            newest: HashMap::new(),
            frames: 0,
            resumed: 0,
        }
    }

    /// Connects, and subscribes from its position on; reads the rows if it cannot be told what it has missed.
    async fn connect(&mut self, address: &str) -> Result<(), String> {
        let mut client = open(address).await;
        client.request(&json!({"action": "$hello", "request_id": "h", "data": {"protocol": 1}})).await;
        if self.fault == Fault::RowsFirst {
            self.client = Some(client);
            self.read().await?;
            client = self.client.take().ok_or("no connection")?;
        }
        let mut ask = self.subscribe.clone();
        ask["request_id"] = json!(1);
        let mut since = self.cursor.clone();
        // The connection was lost before the rows were read.
        let unread = self.stale && self.beginning != Beginning::Listing;
        if unread || matches!(self.fault, Fault::NoReplay | Fault::RowsFirst) {
            since = None;
        }
        ask["$dcrf"] = match self.beginning {
            Beginning::Listing => json!({"since": since}),
            Beginning::Snapshot => json!({"since": since, "snapshot": true}),
            Beginning::Live => json!({"since": since, "live": true}),
        };
        let answer = client.request(&ask).await;
        let status = if self.beginning == Beginning::Live { 200 } else { 201 };
        if answer["response_status"] != status {
            return Err(format!("{answer}"));
        }
        self.client = Some(client);
        if self.fault == Fault::RowsFirst {
            return Ok(());
        }
        if answer["data"]["resumed"] == true || answer["$dcrf"]["resumed"] == true {
            self.resumed += 1;
            if self.fault == Fault::CursorByReply {
                self.cursor = answer["data"]["head"].as_str().map(str::to_owned);
            }
            // The connection was lost before the rows were read.
            return if self.stale { self.read().await } else { Ok(()) };
        }
        self.cursor = answer["$dcrf"]["pos"].as_str().map(str::to_owned);
        match self.beginning {
            Beginning::Listing => {}
            Beginning::Snapshot => return self.begins_with(&answer["data"]["rows"]),
            Beginning::Live => return self.begins_with(&answer["data"]),
        }
        if self.fault == Fault::NoReplay && !self.rows.is_empty() {
            return Ok(());
        }
        self.read().await
    }

    /// Reads the rows; events that arrive meanwhile are applied to them.
    async fn read(&mut self) -> Result<(), String> {
        self.stale = true;
        let answer = self.ask(json!({"action": "list", "request_id": 2, "filter": self.filter})).await?;
        answer.map_or(Ok(()), |answer| self.loaded(&answer))
    }

    /// Takes the rows with which its subscription begins: none of them is older than what it was told of it.
    fn begins_with(&mut self, rows: &Value) -> Result<(), String> {
        self.loaded(&json!({"data": rows}))?;
        for (key, row) in &self.rows {
            let text = row["text"].as_str().unwrap_or_default().to_owned();
            let newest = self.newest.entry(*key).or_default();
            if text < *newest {
                return Err(format!("row {key} went back from {newest} with the rows: {row}"));
            }
            *newest = text;
        }
        Ok(())
    }

    /// Takes the rows of a list.
    fn loaded(&mut self, answer: &Value) -> Result<(), String> {
        let rows = answer["data"].as_array().ok_or_else(|| format!("{answer}"))?;
        self.rows = rows.iter().map(|row| (row["id"].as_i64().unwrap_or_default(), row.clone())).collect();
        self.stale = false;
        Ok(())
    }

    /// Sends a request, and takes all frames until its answer.
    async fn ask(&mut self, request: Value) -> Result<Option<Value>, String> {
        let Some(mut client) = self.client.take() else { return Ok(None) };
        client.send(&request).await;
        loop {
            let frame = client.expect_frame().await;
            if frame["request_id"] == request["request_id"] {
                self.client = Some(client);
                return Ok(Some(frame));
            }
            if self.take(&frame)? {
                // It has to read everything anew: its position is that of the gap.
                client.send(&json!({"action": "list", "request_id": 3, "filter": self.filter})).await;
            } else if frame["request_id"] == 3 {
                self.loaded(&frame)?;
            }
        }
    }

    /// Takes everything that was sent up to now.
    async fn pump(&mut self) -> Result<(), String> {
        self.ask(json!({"action": "retrieve", "request_id": 4, "pk": 0})).await.map(drop)
    }

    /// Takes some frames, and loses the connection.
    async fn cut(&mut self, frames: usize) -> Result<(), String> {
        let Some(mut client) = self.client.take() else { return Ok(()) };
        client.send(&json!({"action": "retrieve", "request_id": 4, "pk": 0})).await;
        for _ in 0..frames {
            let frame = client.expect_frame().await;
            if frame["request_id"] == 4 || self.take(&frame)? {
                break;
            }
        }
        Ok(())
    }

    /// Takes a frame. Returns whether the rows have to be read again.
    fn take(&mut self, frame: &Value) -> Result<bool, String> {
        self.frames += 1;
        let pos = frame["$dcrf"]["pos"].as_str().map(str::to_owned);
        let is_event = frame["request_id"] == 1;
        if !is_event && frame["action"] != "$position" {
            return Ok(false);
        }
        match (&pos, &self.cursor) {
            (Some(pos), Some(cursor))
                if pos < cursor && frame["action"] != "resync" && self.fault == Fault::None =>
            {
                return Err(format!("a position went back from {cursor}: {frame}"));
            }
            _ => {}
        }
        if pos > self.cursor || frame["action"] == "resync" {
            self.cursor = pos;
        }
        if frame["action"] == "$position" {
            return Ok(false);
        }
        if frame["action"] == "resync" {
            self.stale = self.fault == Fault::None;
            return Ok(self.stale);
        }
        let data = &frame["data"];
        let key = data["id"].as_i64().or(data["pk"].as_i64()).ok_or_else(|| format!("no key: {frame}"))?;
        if frame["action"] == "delete" {
            self.rows.remove(&key);
            return Ok(false);
        }
        let text = data["text"].as_str().unwrap_or_default().to_owned();
        let is_shown = self.filter.as_object().into_iter().flatten().all(|(name, wanted)| match wanted {
            Value::Array(any) => any.contains(&data[name.trim_end_matches("__in")]),
            wanted => data[name] == *wanted,
        });
        if !is_shown || data.get("secret").is_some() {
            return Err(format!("it may not see {frame}"));
        }
        let newest = self.newest.entry(key).or_default();
        if text < *newest {
            return Err(format!("row {key} went back from {newest}: {frame}"));
        }
        *newest = text;
        self.rows.insert(key, data.clone());
        Ok(false)
    }
}

/// What has happened in a run.
#[derive(Debug, Default)]
struct Counts {
    writes: usize,
    faults: usize,
    frames: usize,
    resumed: usize,
}

struct World<'a> {
    url: &'a str,
    nodes: Vec<Node>,
    viewers: Vec<Viewer>,
    dice: Dice,
    /// The number of the next write: texts grow with it.
    version: u64,
    /// A transaction that is open for a while; PostgreSQL alone lets others write meanwhile.
    open: Option<Transaction>,
    counts: Counts,
}

impl World<'_> {
    fn node(&mut self) -> Db {
        let number = self.dice.roll(self.nodes.len());
        self.nodes[number].db.clone()
    }

    fn text(&mut self) -> String {
        self.version += 1;
        format!("{:08}", self.version)
    }

    async fn step(&mut self) -> Result<(), String> {
        match self.dice.roll(20) {
            0..=9 => self.write().await,
            10..=12 => {
                let number = self.dice.roll(self.viewers.len());
                self.viewers[number].pump().await?;
            }
            13..=15 => {
                let (number, frames) = (self.dice.roll(self.viewers.len()), self.dice.roll(6));
                self.viewers[number].cut(frames).await?;
                self.counts.faults += 1;
            }
            16 | 17 => {
                let (viewer, node) = (self.dice.roll(self.viewers.len()), self.dice.roll(self.nodes.len()));
                if self.viewers[viewer].client.is_none() {
                    self.connect_beside_writes(viewer, node).await?;
                }
            }
            18 => self.replace_node().await,
            _ => self.open_or_commit().await,
        }
        Ok(())
    }

    /// Connects a viewer while rows are written.
    async fn connect_beside_writes(&mut self, viewer: usize, node: usize) -> Result<(), String> {
        let address = self.nodes[node].address.clone();
        let mut connecting = self.viewers.remove(viewer);
        let writes = async {
            for _ in 0..4 {
                self.write().await;
            }
        };
        let (connected, ()) = tokio::join!(connecting.connect(&address), writes);
        self.viewers.insert(viewer, connecting);
        connected
    }

    async fn write(&mut self) {
        let (db, text, room) =
            (self.node(), self.text(), i64::try_from(self.dice.roll(3)).expect("few") % ROOMS);
        let messages = Message::objects(&db);
        let keys = messages.all().keys().await.expect("keys");
        let any = (!keys.is_empty()).then(|| keys[self.dice.roll(keys.len())]);
        self.counts.writes += 1;
        match (self.dice.roll(10), any) {
            (0 | 1, Some(key)) => {
                let change = [Message::TEXT.set(text), Message::ROOM.set(room)];
                messages.patch(key, change).await.map(drop).or_else(gone).expect("stored");
            }
            (2, Some(key)) => {
                let change = [Message::TEXT.set(text), Message::DONE.set(self.dice.roll(2) == 0)];
                messages.patch(key, change).await.map(drop).or_else(gone).expect("stored");
            }
            (3, Some(key)) => messages.delete(key).await.map(drop).or_else(gone).expect("deleted"),
            (4, _) => {
                let changes = MessageChanges { text: Some(text), ..MessageChanges::default() };
                messages.filter(Message::ROOM.eq(room)).update(changes).await.expect("stored");
            }
            (5, _) => {
                let sql = "UPDATE message SET text = $1, done = NOT done WHERE room = $2";
                let sql = if self.url.starts_with("postgres") {
                    sql
                } else {
                    "UPDATE message SET text = $1, done = 1 - done WHERE room = $2"
                };
                db.execute(sql, vec![text.into(), room.into()]).await.expect("stored");
            }
            (6, Some(key)) => {
                let transaction = db.begin().await.expect("a transaction");
                let messages = Message::objects(transaction.db());
                messages.create(new(room, &text)).await.expect("stored");
                let text = self.text();
                messages.patch(key, [Message::TEXT.set(text)]).await.map(drop).or_else(gone).expect("stored");
                if self.dice.roll(4) > 0 {
                    transaction.commit().await.expect("committed");
                }
            }
            _ => drop(messages.create(new(room, &text)).await.expect("stored")),
        }
    }

    /// Kills a node, which is told nothing, and starts another one.
    async fn replace_node(&mut self) {
        self.open = None;
        self.counts.faults += 1;
        let number = self.dice.roll(self.nodes.len());
        let fresh = Node::start(self.url).await;
        std::mem::replace(&mut self.nodes[number], fresh).kill();
        // Sockets of a node that is killed end with it.
        for viewer in &mut self.viewers {
            viewer.client = None;
        }
    }

    async fn open_or_commit(&mut self) {
        if !self.url.starts_with("postgres") {
            return self.write().await;
        }
        self.counts.faults += 1;
        match self.open.take() {
            Some(open) => open.commit().await.expect("committed"),
            None => {
                let open = self.node().begin().await.expect("a transaction");
                let text = self.text();
                Message::objects(open.db()).create(new(1, &text)).await.expect("stored");
                self.open = Some(open);
            }
        }
    }

    /// Lets everything end, and compares the rows of each viewer with a list.
    async fn compare(&mut self) -> Result<(), String> {
        if let Some(open) = self.open.take() {
            open.commit().await.expect("committed");
        }
        let mut reader = self.nodes[0].open("messages").await;
        for (number, viewer) in self.viewers.iter_mut().enumerate() {
            if viewer.client.is_none() {
                viewer.connect(&self.nodes[number % self.nodes.len()].address).await?;
            }
            let ask = json!({"action": "list", "request_id": 9, "filter": viewer.filter});
            let list = reader.request(&ask).await;
            let begun = Instant::now();
            loop {
                viewer.pump().await?;
                let rows: Vec<Value> = viewer.rows.values().cloned().collect();
                if list["data"] == Value::Array(rows.clone()) {
                    break;
                }
                let patience = if viewer.fault == Fault::None { LIMIT } else { LIMIT / 50 };
                if begun.elapsed() > patience {
                    return Err(format!("viewer {number} shows {rows:?}, not {}", list["data"]));
                }
            }
            self.counts.frames += viewer.frames;
            self.counts.resumed += viewer.resumed;
        }
        Ok(())
    }
}

async fn open(address: &str) -> TestClient {
    TestClient::connect(format!("ws://{address}/ws/messages/")).await
}

/// A row that somebody else has deleted is no failure.
fn gone(error: dcrf_runtime::Error) -> dcrf_runtime::Result<()> {
    if matches!(error, dcrf_runtime::Error::NotFound) { Ok(()) } else { Err(error) }
}

async fn run(url: &str, seed: u64, fault: Fault) -> Result<Counts, String> {
    let mut dice = Dice(seed);
    let mut nodes = Vec::new();
    for _ in 0..=dice.roll(3) {
        nodes.push(Node::start(url).await);
    }
    let viewers = (0..VIEWERS).map(|number| Viewer::new(number, fault)).collect();
    let counts = Counts::default();
    let mut world = World { url, nodes, viewers, dice, version: seed << 20, open: None, counts };
    let mut outcome = Ok(());
    for step in 0..STEPS {
        outcome = world.step().await.map_err(|wrong| format!("step {step}: {wrong}"));
        if outcome.is_err() {
            break;
        }
    }
    if outcome.is_ok() {
        outcome = world.compare().await;
    }
    world.nodes.into_iter().for_each(Node::kill);
    outcome.map(|()| world.counts).map_err(|wrong| format!("DCRF_DELIVERY_SEED={seed}: {wrong}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn after_quiet_each_viewer_has_what_a_list_shows() {
    let (first, runs) = (setting("DCRF_DELIVERY_SEED", 1), setting("DCRF_DELIVERY_RUNS", RUNS));
    on_each(async |url| {
        let mut all = Counts::default();
        for seed in first..first + runs {
            let counts = run(&url, seed, Fault::None).await.unwrap_or_else(|wrong| panic!("{wrong}"));
            all.writes += counts.writes;
            all.faults += counts.faults;
            all.frames += counts.frames;
            all.resumed += counts.resumed;
        }
        println!("{runs} runs: {all:?}");
        assert!(all.resumed > 0 && all.faults > 0 && all.frames > 0, "{all:?}");
    })
    .await;
}

/// What the oracle does not find, it does not show either.
#[tokio::test(flavor = "multi_thread")]
async fn clients_that_are_wrong_are_found() {
    on_each(async |url| {
        for fault in [Fault::CursorByReply, Fault::NoReplay, Fault::RowsFirst] {
            let mut found = false;
            for seed in 1..=4 * RUNS {
                if let Err(wrong) = run(&url, seed, fault).await {
                    println!("{fault:?}: {wrong}");
                    found = true;
                    break;
                }
            }
            assert!(found, "{fault:?} was not found");
        }
    })
    .await;
}
