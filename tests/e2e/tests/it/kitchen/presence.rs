//! Who is in a hall: members join and leave, subscribers are told, every server lists the same ones.

use std::time::Duration;

use dcrf_e2e::{Broker, Database};
use dcrf_runtime::{Context, Error, Limits, Presence as _, Result};
use kitchen::HallHandler;
use kitchen::consumers::{DepartInput, VisitorsSignal, WhoInput};
use kitchen::types::Visit;
use serde_json::{Value, json};

use super::Kitchen;
use super::app::App;
use super::server::Stream;
use crate::on_both_databases;

impl HallHandler for App {
    async fn enter(&self, ctx: &Context, input: Visit) -> Result<()> {
        VisitorsSignal(input).join(ctx).await
    }

    async fn enter_safely(&self, ctx: &Context, input: Visit) -> Result<()> {
        let name = input.name.clone();
        VisitorsSignal(input.clone()).join(ctx).await?;
        if name == "gone" {
            VisitorsSignal(input).leave(ctx).await?;
        }
        if ["nobody", "gone"].contains(&&*name) { Err(Error::PermissionDenied) } else { Ok(()) }
    }

    async fn depart(&self, ctx: &Context, input: DepartInput) -> Result<()> {
        VisitorsSignal(Visit { hall: input.hall, name: String::new(), tags: None }).leave(ctx).await
    }

    async fn who(&self, ctx: &Context, input: WhoInput) -> Result<Vec<String>> {
        let hall = VisitorsSignal(Visit { hall: input.hall, name: String::new(), tags: None });
        let members = hall.members(ctx).await?;
        Ok(members.into_iter().map(|member| format!("{}: {}", member.key, member.payload.0.name)).collect())
    }
}

on_both_databases!(
    members_join_and_leave,
    a_user_is_there_once,
    a_transaction_that_is_rolled_back_lets_nobody_in_or_out,
    members_of_a_server_that_was_killed_are_removed,
    a_server_that_was_taken_for_dead_comes_back,
    anonymous_clients_are_told_apart,
);

fn visit(hall: i64, name: &str) -> Value {
    json!({"hall": hall, "name": name})
}

async fn watching(kitchen: &Kitchen, hall: i64) -> (Stream, Value) {
    let mut watcher = kitchen.open("hall").await;
    let present = watcher.ask("subscribe_to_visitors", json!({"hall": hall})).await.data(201);
    (watcher, present)
}

/// The data of the next event.
async fn told(watcher: &mut Stream) -> Value {
    let event = watcher.client.expect_frame().await;
    assert_eq!((&event["action"], &event["response_status"]), (&json!("visitors"), &json!(200)), "{event}");
    event["data"].clone()
}

async fn members_join_and_leave(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let (mut watcher, present) = watching(&kitchen, 1).await;
    assert_eq!(present, json!([]));
    let mut ann = kitchen.open_as("hall", "ann").await;
    ann.ask("enter", json!({"hall": 1, "name": "Ann", "tags": ["a\"b"]})).await.data(200);
    ann.ask("enter", visit(2, "Ann")).await.data(200);
    let here = json!({"hall": 1, "name": "Ann", "tags": ["a\"b"], "key": "ann", "present": true});
    assert_eq!(told(&mut watcher).await, here);
    let mut bob = kitchen.open_as("hall", "bob").await;
    bob.ask("enter", visit(1, "Bob")).await.data(200);
    told(&mut watcher).await;
    bob.ask("who", json!({"hall": 1})).await.is(200, json!(["ann: Ann", "bob: Bob"]));
    let bob_here = json!({"hall": 1, "name": "Bob", "key": "bob", "present": true});
    let (_, present) = watching(&kitchen, 1).await;
    assert_eq!(present, json!([here, bob_here]));
    // Another payload takes the place of the one before; the same one is not told again.
    for _ in 0..2 {
        ann.ask("enter", visit(1, "Anna")).await.data(200);
    }
    assert_eq!(told(&mut watcher).await, json!({"hall": 1, "name": "Anna", "key": "ann", "present": true}));
    ann.ask("depart", json!({"hall": 1})).await.data(200);
    assert_eq!(told(&mut watcher).await, json!({"hall": 1, "name": "Anna", "key": "ann", "present": false}));
    // Whoever was not there does not leave.
    ann.ask("depart", json!({"hall": 1})).await.data(200);
    bob.client.close().await;
    assert_eq!(told(&mut watcher).await, json!({"hall": 1, "name": "Bob", "key": "bob", "present": false}));
    ann.ask("who", json!({"hall": 1})).await.is(200, json!([]));
    ann.ask("who", json!({"hall": 2})).await.is(200, json!(["ann: Ann"]));
    watcher.client.expect_nothing().await;
}

async fn a_user_is_there_once(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let (mut watcher, _) = watching(&kitchen, 1).await;
    let (mut one, mut other) = (kitchen.open_as("hall", "ann").await, kitchen.open_as("hall", "ann").await);
    one.ask("enter", visit(1, "Ann")).await.data(200);
    other.ask("enter", visit(1, "Ann")).await.data(200);
    assert_eq!(told(&mut watcher).await["present"], true);
    one.ask("who", json!({"hall": 1})).await.is(200, json!(["ann: Ann"]));
    one.client.close().await;
    other.ask("who", json!({"hall": 1})).await.is(200, json!(["ann: Ann"]));
    // The connection that is left is shown as it joined.
    let mut third = kitchen.open_as("hall", "ann").await;
    third.ask("enter", visit(1, "Third")).await.data(200);
    assert_eq!(told(&mut watcher).await["name"], "Third");
    third.client.close().await;
    assert_eq!(told(&mut watcher).await, json!({"hall": 1, "name": "Ann", "key": "ann", "present": true}));
    other.client.close().await;
    assert_eq!(told(&mut watcher).await["present"], false);
}

async fn a_transaction_that_is_rolled_back_lets_nobody_in_or_out(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let (mut watcher, _) = watching(&kitchen, 1).await;
    let mut ann = kitchen.open_as("hall", "ann").await;
    assert_eq!(ann.ask("enter_safely", visit(1, "nobody")).await.status(), 403);
    ann.ask("enter_safely", visit(1, "Ann")).await.data(200);
    assert_eq!(told(&mut watcher).await["name"], "Ann");
    ann.ask("who", json!({"hall": 1})).await.is(200, json!(["ann: Ann"]));
    assert_eq!(ann.ask("enter_safely", visit(1, "gone")).await.status(), 403);
    ann.ask("who", json!({"hall": 1})).await.is(200, json!(["ann: Ann"]));
    watcher.client.expect_nothing().await;
}

/// What servers leave that were killed: their members, and the last sign of life of one of them.
const GHOSTS: [&str; 4] = [
    "INSERT INTO dcrf_member_node (node, seen) VALUES (77, 0)",
    "INSERT INTO dcrf_member (node, connection, channel_hash, channel, action, key, payload, joined) \
     SELECT 78, 1, channel_hash, channel, action, 'ann', payload, 0 FROM dcrf_member WHERE key = 'ann'",
    "INSERT INTO dcrf_member (node, connection, channel_hash, channel, action, key, payload, joined) \
     SELECT 77, 1, channel_hash, channel, action, 'ghost', '{\"hall\":1,\"name\":\"Ghost\"}', 0 \
     FROM dcrf_member WHERE key = 'ann' AND node <> 78",
    "INSERT INTO dcrf_member (node, connection, channel_hash, channel, action, key, payload, joined) \
     SELECT 77, 2, channel_hash, channel, action, 'ann', payload, 0 FROM dcrf_member WHERE key = 'ann' AND node <> 78",
];

fn quick() -> Limits {
    let mut limits = Limits::default();
    limits.presence = Duration::from_millis(300);
    limits
}

async fn members_of_a_server_that_was_killed_are_removed(database: Database) {
    let kitchen = Kitchen::with_limits(database, quick()).await;
    let mut ann = kitchen.open_as("hall", "ann").await;
    ann.ask("enter", visit(1, "Ann")).await.data(200);
    let (mut watcher, _) = watching(&kitchen, 1).await;
    for statement in GHOSTS {
        kitchen.db.execute(statement, Vec::new()).await.expect("a statement");
    }
    // Ann is there by another connection, and is not told to have left.
    assert_eq!(
        told(&mut watcher).await,
        json!({"hall": 1, "name": "Ghost", "key": "ghost", "present": false})
    );
    ann.ask("who", json!({"hall": 1})).await.is(200, json!(["ann: Ann"]));
    watcher.client.expect_nothing().await;
    ann.client.close().await;
    assert_eq!(told(&mut watcher).await, json!({"hall": 1, "name": "Ann", "key": "ann", "present": false}));
}

async fn a_server_that_was_taken_for_dead_comes_back(database: Database) {
    let kitchen = Kitchen::with_limits(database, quick()).await;
    let mut ann = kitchen.open_as("hall", "ann").await;
    ann.ask("enter", visit(1, "Ann")).await.data(200);
    let (mut watcher, _) = watching(&kitchen, 1).await;
    for statement in ["DELETE FROM dcrf_member", "DELETE FROM dcrf_member_node"] {
        kitchen.db.execute(statement, Vec::new()).await.expect("a statement");
    }
    assert_eq!(told(&mut watcher).await, json!({"hall": 1, "name": "Ann", "key": "ann", "present": true}));
    ann.ask("who", json!({"hall": 1})).await.is(200, json!(["ann: Ann"]));
}

async fn anonymous_clients_are_told_apart(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let (mut one, mut other) = (kitchen.open("hall").await, kitchen.open("hall").await);
    one.ask("enter", visit(1, "x")).await.data(200);
    other.ask("enter", visit(1, "x")).await.data(200);
    let who = one.ask("who", json!({"hall": 1})).await.data(200);
    assert_eq!(who.as_array().map(Vec::len), Some(2), "{who}");
    assert_ne!(who[0], who[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_show_the_same_members() {
    let Some(broker) = Broker::redis().await else { return };
    let [one, two] = Kitchen::pair(Database::sqlite(), &broker.url()).await;
    let (mut watcher, _) = watching(&one, 1).await;
    let (mut here, mut there) = (one.open_as("hall", "ann").await, two.open_as("hall", "ann").await);
    there.ask("enter", visit(1, "Ann")).await.data(200);
    assert_eq!(told(&mut watcher).await["present"], true);
    here.ask("enter", visit(1, "Ann")).await.data(200);
    there.client.close().await;
    let mut bob = two.open_as("hall", "bob").await;
    bob.ask("enter", visit(1, "Bob")).await.data(200);
    // Ann is still at the first server.
    assert_eq!(told(&mut watcher).await["name"], "Bob");
    bob.ask("who", json!({"hall": 1})).await.is(200, json!(["ann: Ann", "bob: Bob"]));
    here.client.close().await;
    assert_eq!(told(&mut watcher).await, json!({"hall": 1, "name": "Ann", "key": "ann", "present": false}));
}

/// Random connections of a few users over two servers come, go and change: whoever watches has in the end the members that
/// the table has, and those are the users that have a connection there.
mod model {
    use std::collections::{BTreeMap, BTreeSet};

    use dcrf_e2e::{Broker, Database};
    use serde_json::{Value, json};

    use super::super::Kitchen;
    use super::super::server::Stream;
    use super::{told, visit, watching};
    use crate::random::Random;

    const USERS: [&str; 3] = ["ann", "bob", "cleo"];
    const STEPS: usize = 80;
    const SEEDS: u64 = 5;

    /// A connection, and the halls that it is in.
    struct Connection {
        user: &'static str,
        stream: Stream,
        halls: BTreeSet<i64>,
    }

    /// Xorshift: the same on every machine.
    /// Plays, and says what differs. With a fault the watchers do not hear who leaves.
    async fn play(nodes: &[Kitchen; 2], seed: u64, faulty: bool) -> Result<(), String> {
        let mut random = Random::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let mut watchers = Vec::new();
        for hall in [1, 2] {
            for node in nodes {
                let (stream, present) = watching(node, hall).await;
                assert_eq!(present, json!([]), "a hall begins empty");
                watchers.push((hall, stream, BTreeMap::<String, Value>::new()));
            }
        }
        let mut connections: Vec<Connection> = Vec::new();
        for step in 0..STEPS {
            let some = (!connections.is_empty()).then(|| random.below(connections.len()));
            let hall = 1 + random.below(2) as i64;
            match (random.below(10), some) {
                (0..=2, _) | (_, None) => {
                    let (user, node) = (USERS[random.below(USERS.len())], random.below(2));
                    let stream = nodes[node].open_as("hall", user).await;
                    connections.push(Connection { user, stream, halls: BTreeSet::new() });
                }
                (3..=6, Some(some)) => {
                    let own = &mut connections[some];
                    let name = format!("{}{}", own.user, step % 3);
                    own.stream.ask("enter", visit(hall, &name)).await.data(200);
                    own.halls.insert(hall);
                }
                (7, Some(some)) => {
                    let own = &mut connections[some];
                    own.stream.ask("depart", json!({"hall": hall})).await.data(200);
                    own.halls.remove(&hall);
                }
                (_, Some(some)) => drop(connections.remove(some).stream.client.close().await),
            }
        }
        // Whatever was said before on a node is heard before this.
        let mut last = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            let mut stream = node.open_as("hall", &format!("last{index}")).await;
            for hall in [1, 2] {
                stream.ask("enter", visit(hall, "last")).await.data(200);
            }
            last.push(stream);
        }
        for (hall, stream, seen) in &mut watchers {
            while !["last0", "last1"].iter().all(|key| seen.contains_key(*key)) {
                let member = told(stream).await;
                let key = member["key"].as_str().expect("a key").to_owned();
                match member["present"] == true {
                    true => drop(seen.insert(key, member)),
                    false if faulty => {}
                    false => drop(seen.remove(&key)),
                }
            }
            let (_, present) = watching(&nodes[0], *hall).await;
            let listed: BTreeMap<String, Value> = present
                .as_array()
                .expect("members")
                .iter()
                .map(|member| (member["key"].as_str().expect("a key").to_owned(), member.clone()))
                .collect();
            let there = connections.iter().filter(|own| own.halls.contains(hall)).map(|own| own.user);
            let there: BTreeSet<&str> = there.chain(["last0", "last1"]).collect();
            if listed.keys().map(String::as_str).ne(there.iter().copied()) {
                return Err(format!("seed {seed}, hall {hall}: {listed:?} are listed, {there:?} are there"));
            }
            if *seen != listed {
                return Err(format!("seed {seed}, hall {hall}: {seen:?} were told, {listed:?} are listed"));
            }
        }
        for mut stream in last.into_iter().chain(connections.into_iter().map(|own| own.stream)) {
            for hall in [1, 2] {
                stream.ask("depart", json!({"hall": hall})).await.data(200);
            }
            stream.client.close().await;
        }
        Ok(())
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn watchers_see_who_is_there() {
        let Some(broker) = Broker::redis().await else { return };
        for seed in 0..SEEDS {
            let nodes = Kitchen::pair(Database::sqlite(), &broker.url()).await;
            play(&nodes, seed, false).await.unwrap_or_else(|wrong| panic!("{wrong}"));
        }
        let nodes = Kitchen::pair(Database::sqlite(), &broker.url()).await;
        let wrong =
            play(&nodes, 1, true).await.expect_err("a watcher that does not hear who leaves is found");
        assert!(wrong.contains("were told"), "{wrong}");
    }
}
