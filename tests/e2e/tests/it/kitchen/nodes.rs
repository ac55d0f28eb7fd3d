//! Two servers on one database: whatever happens in whatever order, every subscriber hears what a simple model says.

use std::collections::BTreeMap;
use std::env;
use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use dcrf_e2e::{Broker, Database};
use dcrf_runtime::test::TestClient;
use serde_json::{Value, json};

use super::Kitchen;
use super::server::Stream;
use crate::random::Random;

/// Repeats what a run did that failed.
const SEED: &str = "DCRF_MODEL_SEED";
/// Steps of a run.
const STEPS: usize = 400;
const LANES: [&str; 2] = ["todo", "done"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscribers_hear_what_the_model_says() {
    let Some(broker) = Broker::redis().await else { return };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970");
    let seed = env::var(SEED).ok().map_or(now.as_nanos() as u64, |seed| seed.parse().expect("a number"));
    // Not `println!`, which the test harness keeps to itself when a test passes.
    let _ = writeln!(std::io::stdout(), "{SEED}={seed}");
    let nodes = Kitchen::pair(Database::sqlite(), &broker.url()).await;
    nodes[0].open("boards").await.create(json!({"name": "first"})).await.data(201);
    let mut world = World {
        random: Random::new(seed),
        nodes,
        connections: Vec::new(),
        cards: BTreeMap::new(),
        log: Vec::new(),
    };
    for _ in 0..STEPS {
        world.step().await;
    }
    // What should not have been told would come before this.
    for node in 0..2 {
        for lane in 0..LANES.len() {
            world.create(node, lane).await;
        }
    }
    for mut connection in world.connections {
        connection.stream.client.expect_silence(std::time::Duration::ZERO).await;
    }
}

/// The servers, and what should be true of them.
struct World {
    random: Random,
    nodes: [Kitchen; 2],
    connections: Vec<Connection>,
    /// The lane of each card.
    cards: BTreeMap<i64, usize>,
    /// What happened, for whoever reads a failure.
    log: Vec<String>,
}

struct Connection {
    stream: Stream,
    /// By request id: the lane.
    subscriptions: BTreeMap<u64, usize>,
    next: u64,
}

impl World {
    async fn step(&mut self) {
        let node = self.random.below(2);
        let lane = self.random.below(LANES.len());
        match self.random.below(10) {
            0 if self.connections.len() < 6 => self.connect(node).await,
            1 if self.connections.len() > 2 => self.disconnect(),
            0..=3 if !self.connections.is_empty() => self.subscribe(lane).await,
            4 if !self.connections.is_empty() => self.unsubscribe().await,
            5 | 6 => self.create(node, lane).await,
            7 | 8 if !self.cards.is_empty() => self.change(node, lane).await,
            9 if !self.cards.is_empty() => self.delete(node).await,
            _ => self.connect(node).await,
        }
    }

    fn say(&mut self, what: String) {
        self.log.push(what);
    }

    async fn connect(&mut self, node: usize) {
        self.say(format!("connect to {node}"));
        let stream = self.nodes[node].open("cards").await;
        self.connections.push(Connection { stream, subscriptions: BTreeMap::new(), next: 0 });
    }

    /// Without a goodbye.
    fn disconnect(&mut self) {
        let index = self.random.below(self.connections.len());
        self.say(format!("disconnect {index}"));
        self.connections.swap_remove(index);
    }

    async fn subscribe(&mut self, lane: usize) {
        let index = self.random.below(self.connections.len());
        self.say(format!("{index} subscribes to {}", LANES[lane]));
        let connection = &mut self.connections[index];
        connection.next += 1;
        let id = connection.next;
        let arguments = json!({"board": 1, "lane": LANES[lane]});
        assert_eq!(connection.stream.under(id, "subscribe_to_placing", arguments).await, 201);
        connection.subscriptions.insert(id, lane);
    }

    async fn unsubscribe(&mut self) {
        let index = self.random.below(self.connections.len());
        let connection = &mut self.connections[index];
        let Some((id, lane)) = connection.subscriptions.pop_first() else { return };
        let arguments = json!({"board": 1, "lane": LANES[lane]});
        assert_eq!(connection.stream.under(id, "unsubscribe_from_placing", arguments).await, 204);
        self.say(format!("{index} ends {id}"));
    }

    async fn create(&mut self, node: usize, lane: usize) {
        let data = json!({"board": 1, "lane": LANES[lane], "text": "x"});
        let id =
            self.nodes[node].open("cards").await.create(data).await.data(201)["id"].as_i64().expect("a key");
        self.say(format!("create {id} in {} by {node}", LANES[lane]));
        self.cards.insert(id, lane);
        self.heard(id, |own| (own == lane).then_some("create")).await;
    }

    async fn change(&mut self, node: usize, lane: usize) {
        let id = self.any_card();
        let data = json!({"pk": id, "data": {"lane": LANES[lane]}});
        self.nodes[node].open("cards").await.ask("patch", data).await.data(200);
        let before = self.cards.insert(id, lane).expect("it is there");
        self.say(format!("move {id} from {} to {} by {node}", LANES[before], LANES[lane]));
        self.heard(id, |own| match (own == before, own == lane) {
            (true, true) => Some("update"),
            (true, false) => Some("delete"),
            (false, true) => Some("create"),
            (false, false) => None,
        })
        .await;
    }

    async fn delete(&mut self, node: usize) {
        let id = self.any_card();
        self.nodes[node].open("cards").await.ask("delete", json!({"pk": id})).await.data(204);
        let lane = self.cards.remove(&id).expect("it is there");
        self.say(format!("delete {id} by {node}"));
        self.heard(id, |own| (own == lane).then_some("delete")).await;
    }

    fn any_card(&mut self) -> i64 {
        let index = self.random.below(self.cards.len());
        *self.cards.keys().nth(index).expect("it is there")
    }

    /// Every subscription hears what the change is to its lane.
    async fn heard(&mut self, id: i64, means: impl Fn(usize) -> Option<&'static str>) {
        for (index, connection) in self.connections.iter_mut().enumerate() {
            let told = |(request_id, lane): (&u64, &usize)| {
                Some(json!({
                    "errors": [], "data": {"pk": id}, "action": means(*lane)?, "response_status": 200,
                    "request_id": request_id,
                }))
            };
            let mut expected: Vec<String> =
                connection.subscriptions.iter().filter_map(told).map(|event| event.to_string()).collect();
            let mut found = Vec::new();
            for _ in 0..expected.len() {
                found.push(next(&mut connection.stream.client).await.to_string());
            }
            // A row that leaves one group and joins another is told in this order; within a group, as they came.
            expected.sort();
            found.sort();
            assert_eq!(found, expected, "connection {index}, after {:#?}", self.log);
        }
    }
}

async fn next(client: &mut TestClient) -> Value {
    match client.take_early() {
        Some(event) => event,
        None => client.expect_frame().await,
    }
}

/// Rows that are written while everybody listens.
const WRITES: usize = 400;
const WRITERS: usize = 4;
const LISTENERS: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_many_events_come_out_as_go_in() {
    let Some(broker) = Broker::redis().await else { return };
    let nodes = Kitchen::pair(Database::sqlite(), &broker.url()).await;
    nodes[0].open("boards").await.create(json!({"name": "first"})).await.data(201);
    let mut listeners = Vec::new();
    for index in 0..LISTENERS {
        let mut stream = nodes[index % 2].open("cards").await;
        assert_eq!(stream.under("s", "subscribe_to_all", json!({})).await, 201);
        listeners.push(tokio::spawn(async move {
            let mut seen = std::collections::BTreeSet::new();
            for _ in 0..WRITES {
                let event = next(&mut stream.client).await;
                assert_eq!(
                    (&event["action"], &event["request_id"]),
                    (&json!("create"), &json!("s")),
                    "{event}"
                );
                assert!(seen.insert(event["data"]["id"].as_i64()), "twice: {event}");
            }
            (stream, seen.len())
        }));
    }
    let mut writers = Vec::new();
    for index in 0..WRITERS {
        let mut stream = nodes[index % 2].open("cards").await;
        writers.push(tokio::spawn(async move {
            for _ in 0..WRITES / WRITERS {
                stream.create(json!({"board": 1, "text": "x"})).await.data(201);
            }
        }));
    }
    for writer in writers {
        writer.await.expect("every write is answered");
    }
    let mut out = 0;
    let mut heard = Vec::new();
    for listener in listeners {
        let (stream, seen) = listener.await.expect("every event comes once");
        out += seen;
        heard.push(stream);
    }
    // Whatever else one of the nodes has said would come before the last that it says.
    for node in &nodes {
        node.open("cards").await.create(json!({"board": 1, "text": "last"})).await.data(201);
    }
    for mut stream in heard {
        for _ in &nodes {
            let event = next(&mut stream.client).await;
            assert_eq!(event["data"]["text"], "last", "{event}");
        }
    }
    let _ =
        writeln!(std::io::stdout(), "{WRITES} events in, {out} out to {LISTENERS} listeners on two nodes");
    assert_eq!(out, WRITES * LISTENERS);
}
