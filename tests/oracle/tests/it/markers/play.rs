//! What happens in a world: the test and the roles write, sometimes at the same time; everybody looks; rights are given
//! and taken away.

use std::collections::BTreeSet;
use std::time::Duration;

use dcrf_oracle::seed::Dice;
use dcrf_runtime::Value;
use futures_util::future::join_all;
use serde_json::{Value as Json, json};

use super::client::{Answer, Ask};
use super::scheme::{Lists, Scheme, Served, Table};
use super::state::State;
use super::world::{ROLES, World, markers_in, written_by};

/// The key of no row.
const ABSENT: i64 = 999_999_999;
/// A key that the judge gives to rows which are made with others: no other row has it.
const MADE: i64 = -1_000;
/// Rounds of a world.
const ROUNDS: usize = 24;
/// Frames that a role sends at once.
const FRAMES: usize = 6;
/// How long a transaction is held open while somebody writes into it, in microseconds, at most: it is no more than a
/// chance that they meet.
const HELD: usize = 12_000;

/// What happens in a world. Gives what was wrong.
///
/// # Errors
/// What was wrong.
pub async fn play(world: &mut World) -> Result<(), String> {
    subscribe(world).await?;
    for _ in 0..ROUNDS {
        match world.dice.roll(10) {
            0 => rights(world).await,
            1 | 2 => outside(world).await,
            3..=6 => write(world).await?,
            _ => race(world).await?,
        }
        told(world)?;
        looks(world).await?;
        told(world)?;
    }
    hear(world).await;
    told(world)
}

/// Nobody was sent what they may not see.
fn told(world: &mut World) -> Result<(), String> {
    world.leak().map_or(Ok(()), Err)
}

/// Everybody subscribes to everything that they can name.
async fn subscribe(world: &mut World) -> Result<(), String> {
    let asks = subscriptions(&world.scheme);
    join_all(world.clients.iter_mut().map(|client| client.ask(&asks))).await;
    told(world)
}

fn subscriptions(scheme: &Scheme) -> Vec<Ask> {
    let mut asks = Vec::new();
    for served in &scheme.consumers {
        let mut add = |frame: Json| asks.push(Ask { stream: served.stream, frame, streamed: false });
        add(json!({ "action": "subscribe_to_changes" }));
        if served.stream == "docs" {
            // Where it is not served, that is what is answered.
            add(json!({ "action": "subscribe_to_heard" }));
        }
        for number in 1..=4 {
            match served.table {
                Table::Doc => add(json!({ "action": "subscribe_to_of_owner", "owner": number })),
                Table::Note => add(json!({ "action": "subscribe_to_of_doc", "doc": number })),
                Table::Person | Table::Label => {}
            }
        }
    }
    asks
}

/// Waits until every node has judged and sent what was told before.
async fn hear(world: &mut World) {
    let name = world.marker(None);
    let node = world.dice.roll(world.nodes.len());
    let db = world.nodes[node].db.clone();
    world.put(&db, Table::Label, &[("name", Value::Text(name.clone()))]).await;
    world.look().await;
    join_all(world.clients.iter_mut().map(|client| client.hear("labels", &name))).await;
}

/// Somebody gets a right, or loses one.
async fn rights(world: &mut World) {
    // What is under way is judged by what holds when it arrives.
    hear(world).await;
    let person = world.person();
    if world.dice.chance(50) {
        world.known.turn_staff(person);
        world.look().await;
        let asks = subscriptions(&world.scheme);
        // Who was refused may subscribe again.
        join_all(world.clients.iter_mut().map(|client| client.ask(&asks))).await;
    } else {
        let team = i64::try_from(world.dice.roll(3)).expect("a small number");
        world.known.put_into_team(person, team);
        let db = world.nodes[0].db.clone();
        let changed = world.change(&db, Table::Person, person, &[("team", Value::Integer(team))]).await;
        changed.unwrap_or_else(|error| panic!("{error}"));
        world.look().await;
    }
}

/// The application writes, by no request.
async fn outside(world: &mut World) {
    let node = world.dice.roll(world.nodes.len());
    let db = world.nodes[node].db.clone();
    let doc = any(&mut world.dice, &world.state, Table::Doc);
    match world.dice.roll(5) {
        0 => {
            let owner = world.person();
            world.put_doc(&db, owner).await;
        }
        1 => {
            let author = world.person();
            if let Some(doc) = doc {
                world.put_note(&db, doc, author).await;
            }
        }
        2 => {
            let (person, name) = (world.person(), world.marker(None));
            let changed = world.change(&db, Table::Person, person, &[("name", Value::Text(name))]).await;
            changed.unwrap_or_else(|error| panic!("{error}"));
        }
        3 => {
            let (text, pin) = (world.marker(None), world.marker(None));
            if let Some(note) = any(&mut world.dice, &world.state, Table::Note) {
                let values = [("text", Value::Text(text)), ("pin", Value::Text(pin))];
                let changed = world.change(&db, Table::Note, note, &values).await;
                changed.unwrap_or_else(|error| panic!("{error}"));
            }
        }
        _ => {
            if let Some(doc) = doc {
                let given = given_away(world);
                let changed = world.change(&db, Table::Doc, doc, &given).await;
                changed.unwrap_or_else(|error| panic!("{error}"));
            }
        }
    }
    world.look().await;
}

/// What makes a doc somebody else's: all that its owner has written is replaced.
fn given_away(world: &mut World) -> [(&'static str, Value); 4] {
    let open = world.dice.chance(20);
    [
        ("owner", Value::Integer(world.person())),
        ("open", Value::Boolean(open)),
        ("title", Value::Text(world.marker(None))),
        ("body", Value::Text(world.marker(None))),
    ]
}

/// A role writes.
async fn write(world: &mut World) -> Result<(), String> {
    let role = world.dice.roll(ROLES.len());
    let (served, ask, key) = writing(world, role, None);
    let hidden = key.filter(|key| !is_visible(world, &served, role, *key));
    let answer = one(world, role, &ask).await;
    let before = world.look().await;
    let staff = world.known.staff();
    let changed = world.state.changed(&before);
    if answer.status >= 400 && !changed.is_empty() {
        return Err(format!("{} is answered {answer:?}, and has changed {changed:?}", ask.frame));
    }
    // The columns of a doc are written before its notes are replaced: whoever makes it their own sees its notes by then.
    let mut between = before.clone();
    let is_doc = |key: &i64| served.table == Table::Doc && before.rows(Table::Doc).contains_key(key);
    if let Some(doc) = key.filter(is_doc) {
        between.write(doc, &ask.frame["data"]);
    }
    for (table, key) in changed {
        let is_new = !before.rows(table).contains_key(&key);
        let mut states = [&before, &between].into_iter();
        let may = |at: &State| at.may_write(&world.state, &world.scheme, &staff, ROLES[role], (table, key));
        if !is_new && !states.any(may) {
            return Err(format!("{:?} has changed the hidden {table:?} {key} by {}", ROLES[role], ask.frame));
        }
    }
    let author = ask.frame["data"]["author"].as_i64().filter(|_| served.stream == "notes");
    let is_known = |author: i64| before.knows(&world.scheme, &staff, ROLES[role], author);
    if world.scheme.knows_authors && answer.status < 400 && author.is_some_and(|author| !is_known(author)) {
        return Err(format!("{:?} has named somebody whom they do not see: {}", ROLES[role], ask.frame));
    }
    match hidden {
        Some(key) => as_absent(world, role, &served, &ask, key, &answer).await,
        None => Ok(()),
    }
}

/// A write of a role: to a doc, if one is given, or to anything.
fn writing(world: &mut World, role: usize, doc: Option<i64>) -> (Served, Ask, Option<i64>) {
    let writes = |served: &&Served| served.writes && (doc.is_none() || served.table == Table::Doc);
    let served: Vec<Served> = world.scheme.consumers.iter().filter(writes).cloned().collect();
    let served = world.dice.pick(&served).clone();
    let action = match doc {
        Some(_) => "patch",
        None => *world.dice.pick(&["create", "update", "patch", "patch", "patch", "delete"]),
    };
    let key = doc.or_else(|| any(&mut world.dice, &world.state, served.table));
    let mut frame = json!({ "action": action });
    let key = (action != "create").then_some(key.unwrap_or(ABSENT));
    if let Some(key) = key {
        frame["pk"] = json!(key);
    }
    if action != "delete" {
        frame["data"] = payload(world, role, &served, action == "patch");
    }
    (served.clone(), Ask { stream: served.stream, frame, streamed: false }, key)
}

/// A payload: the whole of one, or some of it.
fn payload(world: &mut World, role: usize, served: &Served, is_part: bool) -> Json {
    let mut data = json!({});
    let mut texts: Vec<&str> = match served.table {
        Table::Doc => vec!["title", "body", "pin"],
        _ => vec!["text", "pin"],
    };
    if is_part {
        let count = world.dice.between(1, texts.len());
        texts = world.dice.some_of(&texts, count);
    }
    for column in texts {
        data[column] = json!(world.marker(Some(role)));
    }
    let mut maybe = |percent: usize| world.dice.chance(if is_part { percent } else { 100 });
    match served.table {
        Table::Doc => {
            let (gives, labels, reviews, nests) = (maybe(15), maybe(50), maybe(30), maybe(40));
            if gives {
                let to = if world.dice.chance(70) { ROLES[role].unwrap_or(1) } else { world.person() };
                data["owner"] = json!(to);
            }
            if labels {
                let count = world.dice.roll(4);
                data["labels"] = json!(world.dice.some_of(&[1, 2, 3], count));
            }
            if reviews && world.scheme.reviewer.is_shown() {
                // The key is read-only, as the row may be.
                data["reviewer_key"] = json!(world.person());
                data["reviewer"] = json!({ "name": world.marker(Some(role)) });
            } else if reviews {
                data["reviewer"] = json!(world.person());
            }
            if nests && world.scheme.notes.is_written() {
                let notes: Vec<Json> = (0..world.dice.roll(3))
                    .map(|_| {
                        let (author, text) = (world.person(), world.marker(Some(role)));
                        json!({ "author": author, "text": text, "pin": world.marker(Some(role)) })
                    })
                    .collect();
                data["notes"] = json!(notes);
            }
        }
        _ => {
            let (moves, signs) = (maybe(15), maybe(15));
            if moves {
                let doc = any(&mut world.dice, &world.state, Table::Doc);
                data["doc"] = json!(doc.unwrap_or(1));
            }
            if signs {
                data["author"] = json!(world.person());
            }
        }
    }
    data
}

/// A role writes a doc while it is given to somebody else.
async fn race(world: &mut World) -> Result<(), String> {
    let Some(doc) = any(&mut world.dice, &world.state, Table::Doc) else { return Ok(()) };
    // Of those who can see it, if there are any.
    let seers: Vec<usize> =
        (0..ROLES.len()).filter(|role| is_visible(world, world.scheme.served("docs"), *role, doc)).collect();
    let role = if seers.is_empty() { world.dice.roll(ROLES.len()) } else { *world.dice.pick(&seers) };
    let (served, ask, _) = writing(world, role, Some(doc));
    let given = given_away(world);
    let mut given_state = world.state.clone();
    given.iter().for_each(|(column, value)| given_state.set(Table::Doc, doc, column, value.clone()));
    // Either may come first, and what is stored in between may be told.
    let staff = world.known.staff();
    let sees_given = given_state.is_visible(&served, &staff, ROLES[role], doc);
    for mut between in [world.state.clone(), given_state] {
        world.allow(&between);
        between.write(doc, &ask.frame["data"]);
        world.allow(&between);
    }
    let node = world.dice.roll(world.nodes.len());
    let db = world.nodes[node].db.clone();
    let transaction = db.begin().await.map_err(|error| error.to_string())?;
    let changed = world.change(transaction.db(), Table::Doc, doc, &given).await;
    changed.map_err(|error| error.to_string())?;
    let held = Duration::from_micros(u64::try_from(world.dice.roll(HELD)).expect("a small number"));
    let mut asks = vec![ask.clone()];
    for action in ["retrieve", "subscribe_instance"] {
        if world.dice.chance(40) {
            let frame = json!({ "action": action, "pk": doc });
            asks.push(Ask { stream: served.stream, frame, streamed: false });
            // It may be subscribed to from now on, whoever is first.
            world.subscribed.insert((role, served.stream, doc));
        }
    }
    let answer = {
        let asked = world.clients[role].ask(&asks);
        tokio::pin!(asked);
        let early = tokio::time::timeout(held, &mut asked).await;
        transaction.commit().await.map_err(|error| error.to_string())?;
        let answers = match early {
            Ok(answers) => answers,
            Err(_) => asked.await,
        };
        answers.into_iter().next().unwrap_or_default()
    };
    world.look().await;
    let own: BTreeSet<usize> = markers_in(&ask.frame.to_string()).collect();
    let left = written_by(world, &world.state, role);
    let left: Vec<_> = left.iter().filter(|(marker, _)| own.contains(marker)).collect();
    if answer.status >= 400 && !left.is_empty() {
        return Err(format!("{} is answered {answer:?}, and has left {left:?}", ask.frame));
    }
    // Whoever does not see it any more has written before it was given away: nothing of theirs is in it.
    let in_doc: Vec<_> = left
        .iter()
        .filter(|(marker, at)| **at == (Table::Doc, doc) && !is_pin(&world.state, **marker, doc))
        .collect();
    if answer.status < 400 && !sees_given && !in_doc.is_empty() {
        return Err(format!(
            "{:?} has written {in_doc:?} into a doc that was somebody else's, by {}",
            ROLES[role], ask.frame
        ));
    }
    Ok(())
}

/// Whether a marker is the pin of a doc, which is not replaced when it is given away.
fn is_pin(state: &State, marker: usize, doc: i64) -> bool {
    state.value(Table::Doc, doc, "pin") == Some(&Value::Text(format!("m{marker}x")))
}

/// Everybody reads.
async fn looks(world: &mut World) -> Result<(), String> {
    let asks: Vec<Vec<(Ask, Expected)>> =
        (0..ROLES.len()).map(|role| (0..FRAMES).flat_map(|_| looking(world, role)).collect()).collect();
    let frames: Vec<Vec<Ask>> =
        asks.iter().map(|asks| asks.iter().map(|(ask, _)| ask.clone()).collect()).collect();
    let answers =
        join_all(world.clients.iter_mut().zip(&frames).map(|(client, frames)| client.ask(frames))).await;
    for ((role, asks), answers) in asks.iter().enumerate().zip(answers) {
        for (index, (ask, expected)) in asks.iter().enumerate() {
            let found = expected.judge(ask, &answers[index], answers.get(index + 1));
            found.map_err(|found| format!("{:?} asks {} {}: {found}", ROLES[role], ask.stream, ask.frame))?;
        }
    }
    Ok(())
}

/// What an answer has to be.
#[derive(Debug)]
enum Expected {
    /// Anything, without what may not be seen.
    Anything,
    /// Exactly these rows.
    Rows(BTreeSet<i64>),
    /// None but these rows, each of them counted.
    Among(BTreeSet<i64>),
    /// The same answer as the next.
    AsNext,
    /// A refusal.
    Refused,
}

impl Expected {
    fn judge(&self, ask: &Ask, answer: &Answer, next: Option<&Answer>) -> Result<(), String> {
        let rows = || -> Vec<&Json> {
            let pages = answer.data.iter().map(|page| page.get("results").unwrap_or(page));
            pages.flat_map(|page| page.as_array().into_iter().flatten()).collect()
        };
        let keys = || -> BTreeSet<i64> { rows().iter().filter_map(|row| row["id"].as_i64()).collect() };
        let count = answer.data.first().and_then(|page| page.get("count")).and_then(Json::as_u64);
        let fits = match self {
            Self::Anything => answer.status < 500,
            Self::Refused => answer.status == 403,
            Self::AsNext => {
                let next = next.ok_or("there is no next answer")?;
                answer.status == next.status && answer.errors == next.errors && answer.data == next.data
            }
            Self::Rows(expected) => answer.status == 200 && keys() == *expected,
            Self::Among(expected) => {
                answer.status == 200
                    && keys().is_subset(expected)
                    && count.is_none_or(|count| count <= u64::try_from(expected.len()).unwrap_or(u64::MAX))
            }
        };
        if fits { Ok(()) } else { Err(format!("{answer:?} is not {self:?} ({next:?}) of {}", ask.frame)) }
    }
}

/// A frame that reads, or two of which the first is to be answered as the second.
fn looking(world: &mut World, role: usize) -> Vec<(Ask, Expected)> {
    let served = world.dice.pick(&world.scheme.consumers).clone();
    let ask = |frame: Json| Ask { stream: served.stream, frame, streamed: false };
    let staff = world.known.staff();
    let is_refused = served.staff && !ROLES[role].is_some_and(|role| staff.0.contains(&role));
    if served.lists != Lists::No && world.dice.chance(50) {
        let expected = world.state.listed(&served, &staff, ROLES[role]);
        let mut frame = json!({ "action": "list" });
        let is_narrowed = world.dice.chance(60);
        if is_narrowed {
            narrow(world, &served, &mut frame);
        }
        let whole = matches!(served.lists, Lists::Whole | Lists::Streamed) && !is_narrowed;
        let expected = match (is_refused, whole) {
            (true, _) => Expected::Refused,
            (false, true) => Expected::Rows(expected),
            (false, false) => Expected::Among(expected),
        };
        return vec![(Ask { streamed: served.lists == Lists::Streamed, ..ask(frame) }, expected)];
    }
    let key = any(&mut world.dice, &world.state, served.table).unwrap_or(ABSENT);
    let action = *world.dice.pick(&["retrieve", "retrieve", "subscribe_instance", "unsubscribe_instance"]);
    let is_seen = is_visible(world, &served, role, key);
    let subscription = (role, served.stream, key);
    if action == "subscribe_instance" && is_seen {
        world.subscribed.insert(subscription);
    }
    let frame = |key: i64| ask(json!({ "action": action, "pk": key }));
    let is_known = action == "unsubscribe_instance" && world.subscribed.contains(&subscription);
    if is_refused {
        return vec![(frame(key), Expected::Refused)];
    }
    // A permission about a row says 403, as in DRF; whoever has subscribed knows the row.
    if is_seen || served.own_rows || is_known {
        return vec![(frame(key), Expected::Anything)];
    }
    vec![(frame(key), Expected::AsNext), (frame(ABSENT), Expected::Anything)]
}

/// Asks for less: by a text that may be somebody else's.
fn narrow(world: &mut World, served: &Served, frame: &mut Json) {
    let column = match served.shown {
        "DocSerializer" | "CardSerializer" => "title",
        "NoteSerializer" => "text",
        _ => "name",
    };
    let key = any(&mut world.dice, &world.state, served.table);
    let text = key.and_then(|key| match world.state.value(served.table, key, column) {
        Some(Value::Text(text)) => Some(text.clone()),
        _ => None,
    });
    let text = text.unwrap_or_default();
    match world.dice.roll(4) {
        0 => frame["search"] = json!(text),
        1 => frame["filter"] = json!({ column: text }),
        2 => frame["filter"] = json!({ format!("{column}__contains"): text }),
        _ => frame["filter"] = json!({ format!("{column}__gte"): text }),
    }
    if world.dice.chance(30) && served.lists != Lists::Cursor {
        frame["order_by"] = json!([format!("-{column}")]);
    }
}

/// The answer to a request about a hidden row is that about a row which is not there.
async fn as_absent(
    world: &mut World,
    role: usize,
    served: &Served,
    ask: &Ask,
    key: i64,
    answer: &Answer,
) -> Result<(), String> {
    if served.own_rows {
        return Ok(());
    }
    let mut other = ask.clone();
    other.frame["pk"] = json!(ABSENT);
    let absent = one(world, role, &other).await;
    let is_same = (answer.status, &answer.errors) == (absent.status, &absent.errors);
    if is_same {
        return Ok(());
    }
    let role = ROLES[role];
    Err(format!(
        "{role:?} is told of the hidden {key} {answer:?}, and of a row that is not there {absent:?}: {}",
        ask.frame
    ))
}

async fn one(world: &mut World, role: usize, ask: &Ask) -> Answer {
    let asks = [ask.clone()];
    world.clients[role].ask(&asks).await.into_iter().next().unwrap_or_default()
}

fn is_visible(world: &World, served: &Served, role: usize, key: i64) -> bool {
    world.state.is_visible(served, &world.known.staff(), ROLES[role], key)
}

/// The key of any row of a table.
fn any(dice: &mut Dice, state: &State, table: Table) -> Option<i64> {
    let keys: Vec<i64> = state.rows(table).keys().copied().collect();
    (!keys.is_empty()).then(|| *dice.pick(&keys))
}

impl State {
    /// A doc as a payload changes it, as far as texts are shown of it.
    fn write(&mut self, doc: i64, data: &Json) {
        for column in ["title", "body"] {
            if let Some(text) = data[column].as_str() {
                self.set(Table::Doc, doc, column, Value::Text(text.to_owned()));
            }
        }
        for column in ["owner", "reviewer"] {
            if let Some(key) = data[column].as_i64() {
                self.set(Table::Doc, doc, column, Value::Integer(key));
            }
        }
        let text = |value: &Json| value.as_str().map(|text| Value::Text(text.to_owned()));
        if let Some(name) = text(&data["reviewer"]["name"]) {
            let reviewer = match self.value(Table::Doc, doc, "reviewer") {
                Some(Value::Integer(reviewer)) => *reviewer,
                _ => MADE,
            };
            if reviewer == MADE {
                self.insert(Table::Person, MADE, &[]);
                self.set(Table::Doc, doc, "reviewer", Value::Integer(MADE));
            }
            self.set(Table::Person, reviewer, "name", name);
        }
        for (key, note) in (MADE..).zip(data["notes"].as_array().into_iter().flatten()) {
            let author = note["author"].as_i64().map_or(Value::Null, Value::Integer);
            let values = [
                ("doc", Value::Integer(doc)),
                ("author", author),
                ("text", text(&note["text"]).unwrap_or(Value::Null)),
            ];
            self.insert(Table::Note, key, &values);
        }
    }
}
