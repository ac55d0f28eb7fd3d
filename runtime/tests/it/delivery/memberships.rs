//! Random letters, memberships and faults, by a seed: after quiet, each viewer has the letters that a list shows it, and
//! no frame has had a letter of a room in which nobody is.
//!
//! `DCRF_DELIVERY_RUNS` and `DCRF_DELIVERY_SEED` say how many runs there are, and which is the first.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use dcrf_runtime::test::TestClient;
use dcrf_runtime::{Error, Model as _};
use letters::models::{Letter, Membership};
use serde_json::{Value, json};

use super::on_each;
use super::oracle::{Dice, setting};
use super::rights::Node;

/// How long a viewer may take until it shows everything, and one that is wrong on purpose.
const LIMIT: Duration = Duration::from_secs(20);
const LIMIT_OF_WRONG: Duration = Duration::from_millis(300);
const RUNS: u64 = 6;
const STEPS: usize = 60;
/// Nobody is a member of the first room.
const ROOMS: usize = 4;

/// A client of a user, with its letters.
struct Viewer {
    user: i64,
    client: Option<TestClient>,
    cursor: Value,
    rows: BTreeMap<i64, Value>,
    stale: bool,
    /// Whether it ignores what it is told of its rights.
    wrong: bool,
    told: usize,
}

impl Viewer {
    fn new(user: i64, wrong: bool) -> Self {
        let rows = BTreeMap::new();
        Self { user, client: None, cursor: Value::Null, rows, stale: true, wrong, told: 0 }
    }

    async fn connect(&mut self, node: &Node) -> Result<(), String> {
        let mut client = node.greeted("letters", &self.user.to_string()).await;
        let ask = json!({"action": "subscribe_to_letters", "request_id": 1, "$dcrf": {"since": self.cursor.clone()}});
        let answer = client.request(&ask).await;
        if answer["response_status"] != 201 {
            return Err(format!("{answer}"));
        }
        self.client = Some(client);
        let reason = &answer["data"]["reason"];
        if answer["data"]["resumed"] != true {
            self.cursor = answer["$dcrf"]["pos"].clone();
            self.told += usize::from(reason == "rights");
            self.stale |= !(reason == "rights" && self.wrong);
        }
        self.read().await
    }

    /// Reads the letters, if they have to be read.
    async fn read(&mut self) -> Result<(), String> {
        while self.stale && self.client.is_some() {
            self.stale = false;
            let answer = self.ask(json!({"action": "list", "request_id": 2})).await?;
            let rows = answer["data"].as_array().ok_or_else(|| format!("{answer}"))?;
            self.rows =
                rows.iter().map(|row| (row["id"].as_i64().unwrap_or_default(), row.clone())).collect();
        }
        Ok(())
    }

    /// Takes everything that was sent up to now.
    async fn pump(&mut self) -> Result<(), String> {
        if self.client.is_some() {
            self.ask(json!({"action": "retrieve", "request_id": 4, "pk": 0})).await?;
            self.read().await?;
        }
        Ok(())
    }

    /// Sends a request, and takes all frames until its answer.
    async fn ask(&mut self, request: Value) -> Result<Value, String> {
        let mut client = self.client.take().ok_or("it is not connected")?;
        client.send(&request).await;
        loop {
            let frame = client.expect_frame().await;
            if frame.to_string().contains("secret") {
                return Err(format!("it may not see {frame}"));
            }
            if frame["request_id"] == request["request_id"] {
                self.client = Some(client);
                return Ok(frame);
            }
            self.take(&frame);
        }
    }

    fn take(&mut self, frame: &Value) {
        let pos = &frame["$dcrf"]["pos"];
        if pos.as_str() > self.cursor.as_str() || frame["action"] == "resync" {
            self.cursor = pos.clone();
        }
        let data = &frame["data"];
        let key = data["id"].as_i64().or(data["pk"].as_i64()).unwrap_or_default();
        match frame["action"].as_str() {
            Some("resync") => {
                self.told += 1;
                self.stale |= !self.wrong;
            }
            Some("delete") => drop(self.rows.remove(&key)),
            Some("create" | "update") => drop(self.rows.insert(key, data.clone())),
            _ => {}
        }
    }
}

/// Makes one random change.
async fn write(node: &Node, people: &[i64], dice: &mut Dice, number: usize) {
    let (letters, memberships) = (Letter::objects(&node.db), Membership::objects(&node.db));
    let room = i64::try_from(dice.roll(ROOMS)).expect("few");
    let text = if room == 0 { format!("secret {number}") } else { format!("text {number}") };
    let all = letters.all().keys().await.expect("keys");
    let any = (!all.is_empty()).then(|| all[dice.roll(all.len())]);
    let outcome = match (dice.roll(10), any) {
        (0 | 1, Some(key)) => {
            letters.patch(key, [Letter::ROOM.set(room), Letter::TEXT.set(text)]).await.map(drop)
        }
        (2, Some(key)) => letters.delete(key).await.map(drop),
        (3 | 4, _) => {
            let person = people[dice.roll(people.len())];
            node.join(person, room.max(1)).await;
            Ok(())
        }
        (5 | 6, _) => match memberships.all().keys().await.expect("keys").as_slice() {
            [] => Ok(()),
            all => memberships.delete(all[dice.roll(all.len())]).await.map(drop),
        },
        (7, _) => match memberships.all().keys().await.expect("keys").as_slice() {
            [] => Ok(()),
            all => {
                let person = people[dice.roll(people.len())];
                let key = all[dice.roll(all.len())];
                memberships.patch(key, [Membership::MEMBER.set(person)]).await.map(drop)
            }
        },
        _ => {
            node.write(room, &text).await;
            Ok(())
        }
    };
    outcome
        .or_else(|error| if matches!(error, Error::NotFound) { Ok(()) } else { Err(error) })
        .expect("stored");
}

/// Returns how often a viewer was told of its rights.
async fn run(url: &str, seed: u64, wrong: bool) -> Result<usize, String> {
    let mut dice = Dice(seed);
    let nodes = [Node::start(url).await, Node::start(url).await];
    let people = [nodes[0].person().await, nodes[0].person().await, nodes[0].person().await];
    let mut viewers: Vec<Viewer> = people.iter().map(|person| Viewer::new(*person, wrong)).collect();
    let mut outcome = Ok(());
    for step in 0..STEPS {
        let (viewer, node) = (dice.roll(viewers.len()), dice.roll(nodes.len()));
        let viewer = &mut viewers[viewer];
        outcome = match dice.roll(10) {
            0 | 1 => viewer.pump().await,
            2 => {
                viewer.client = None;
                Ok(())
            }
            3 | 4 if viewer.client.is_none() => viewer.connect(&nodes[node]).await,
            _ => {
                write(&nodes[node], &people, &mut dice, step).await;
                Ok(())
            }
        };
        if outcome.is_err() {
            break;
        }
    }
    for viewer in &mut viewers {
        if outcome.is_ok() {
            outcome = compare(viewer, &nodes).await;
        }
    }
    nodes.into_iter().for_each(Node::kill);
    outcome.map_err(|wrong| format!("DCRF_DELIVERY_SEED={seed}: {wrong}"))?;
    Ok(viewers.iter().map(|viewer| viewer.told).sum())
}

async fn compare(viewer: &mut Viewer, nodes: &[Node]) -> Result<(), String> {
    if viewer.client.is_none() {
        viewer.connect(&nodes[0]).await?;
    }
    let mut reader = nodes[1].open("letters", &viewer.user.to_string()).await;
    let list = reader.request(&json!({"action": "list", "request_id": 9})).await;
    let begun = Instant::now();
    loop {
        viewer.pump().await?;
        let rows: Vec<Value> = viewer.rows.values().cloned().collect();
        if list["data"] == Value::Array(rows.clone()) {
            return Ok(());
        }
        if begun.elapsed() > if viewer.wrong { LIMIT_OF_WRONG } else { LIMIT } {
            return Err(format!("user {} shows {rows:?}, not {}", viewer.user, list["data"]));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_quiet_each_user_has_what_a_list_shows() {
    let (first, runs) = (setting("DCRF_DELIVERY_SEED", 1), setting("DCRF_DELIVERY_RUNS", RUNS));
    on_each(async |url| {
        let mut told = 0;
        for seed in first..first + runs {
            told += run(&url, seed, false).await.unwrap_or_else(|wrong| panic!("{wrong}"));
        }
        println!("{runs} runs: rights were told {told} times");
        assert!(told > 0);
    })
    .await;
}

/// Without what tells of rights, viewers would show what they may not see.
#[tokio::test(flavor = "multi_thread")]
async fn changes_of_rights_that_are_ignored_are_found() {
    on_each(async |url| {
        for seed in 1..=4 * RUNS {
            if let Err(wrong) = run(&url, seed, true).await {
                println!("{wrong}");
                return;
            }
        }
        panic!("it was not found");
    })
    .await;
}
