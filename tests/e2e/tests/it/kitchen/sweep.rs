//! Whatever a client sends, to whatever action: what a database or the server cannot take is refused, and never a failure
//! of the server.

use std::collections::BTreeSet;

use dcrf_e2e::{Database, LIMIT};
use dcrf_runtime::Limits;
use dcrf_runtime::test::TestClient;
use serde_json::{Value, json};

use super::Kitchen;
use super::forms::specimen;
use crate::on_both_databases;

on_both_databases!(nothing_that_is_sent_is_a_failure);

/// Frames for each action of each stream, and where the random numbers begin; by hand `DCRF_SWEEP_FRAMES` and
/// `DCRF_SWEEP_SEED` say otherwise.
const FRAMES: u64 = 8;
const SEED: u64 = 7;
/// How often a frame is sent while the answer is 503.
const ATTEMPTS: usize = 5;

/// Actions of the kitchen that fail when they are told to, that wait for the test, or that end the connection.
const ON_PURPOSE: &[&str] =
    &["refuse", "wait", "simmer", "burn", "hold", "add_all", "linger", "quit", "misdraw"];

/// Numbers that look drawn, the same in every run (Knuth's linear congruential generator).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % sides
    }

    fn one<'a>(&mut self, of: &'a [String]) -> &'a str {
        let roll = self.roll(of.len());
        &of[roll]
    }

    /// A text that does not get shorter when it is compressed.
    fn noise(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(b"abcdefghijklmnopqrstuvwxyz0123456789"[self.roll(36)])).collect()
    }

    /// JSON that is too much for somebody: in length, in size, in depth, in its characters.
    fn hostile(&mut self) -> String {
        let length = [200, 2_800, 9_000, 60_000, 300_000][self.roll(5)];
        match self.roll(17) {
            0 => format!("\"{}\"", self.noise(length)),
            1 => format!("\"{}\"", "%_\\\\".repeat(length / 3)),
            2 => format!("\"{}\"", "(".repeat(length)),
            3 => format!("\"{} \"", "ß ".repeat(length / 2)),
            4 => format!("\"{}\"", "\u{10ffff}\u{fffe}\u{202e}".repeat(length / 3)),
            5 => [r#""\u0000""#, r#""a\u0000b""#, r#""\ud800""#, r#"["\ud800"]"#, r#"{"\u0000": "\u0000"}"#]
                [self.roll(5)]
            .into(),
            6 => [
                "9223372036854775807",
                "-9223372036854775809",
                "18446744073709551616",
                "1e400",
                "-1e400",
                "1e-400",
                "0.1e131072",
            ][self.roll(7)]
            .into(),
            7 => "9".repeat(length),
            8 => format!("\"{}.{}\"", "9".repeat(length), "9".repeat(length)),
            9 => format!("{}1{}", "[".repeat(90), "]".repeat(90)),
            10 => format!("{}1{}", "{\"a\":".repeat(90), "}".repeat(90)),
            11 => format!("[{}1]", "1,".repeat(length / 2)),
            12 => format!("[{}\"x\"]", "\"x\",".repeat(length / 4)),
            13 => {
                let moments = [
                    "9999-12-31T23:59:59.999999-14:00",
                    "0001-01-01T00:00:00+14:00",
                    "0000-01-01",
                    "10000-01-01",
                    "9999-12-31",
                    "294277-01-01T00:00:00Z",
                    "24:00:00",
                    "23:59:60",
                    "-999999999 00:00:00",
                    "999999999 23:59:59.999999",
                    "infinity",
                    "-infinity",
                    "NaN",
                    "Infinity",
                    "1e131071",
                    "now",
                    "epoch",
                ];
                format!("\"{}\"", moments[self.roll(moments.len())])
            }
            14 => ["null", "true", "\"\"", "[]", "{}", "0", "-0.0", "\" \"", "[null]", "{\"\": null}"]
                [self.roll(10)]
            .into(),
            15 => {
                let keys: Vec<String> = (0..length / 10).map(|key| format!("\"k{key}\": {key}")).collect();
                format!("{{{}}}", keys.join(","))
            }
            _ => format!("\"{}\"", "A".repeat(length - length % 4)),
        }
    }

    /// Something that may be good, or not.
    fn value(&mut self) -> String {
        match self.roll(6) {
            0 => "1".into(),
            1 => "\"some text\"".into(),
            2 => "\"2024-02-29\"".into(),
            _ => self.hostile(),
        }
    }
}

/// What can be asked of a stream.
struct Known {
    stream: String,
    actions: Vec<String>,
    /// Fields of payloads, and arguments of actions.
    fields: Vec<String>,
    filters: Vec<String>,
    orders: Vec<String>,
}

impl Known {
    /// All that the definition says.
    fn all() -> Vec<Self> {
        let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../kitchen/kitchen.json"));
        let definition: Value = serde_json::from_str(&text.expect("a file")).expect("JSON");
        let consumers = definition["consumers"].as_object().expect("consumers");
        consumers.values().map(|consumer| Self::of(&definition, consumer)).collect()
    }

    fn of(definition: &Value, consumer: &Value) -> Self {
        let keys = |value: &Value| -> Vec<String> {
            value.as_object().map(|keys| keys.keys().cloned().collect()).unwrap_or_default()
        };
        let texts = |value: &Value| -> Vec<String> {
            let texts = value
                .as_array()
                .map(|all| all.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect());
            texts.unwrap_or_default()
        };
        let stream = consumer["stream"].as_str().expect("a stream").to_owned();
        let serializer = &definition["serializers"][consumer["serializer"].as_str().unwrap_or_default()];
        let model = &definition["models"][serializer["model"].as_str().unwrap_or_default()];
        let mut fields: BTreeSet<String> = keys(&model["properties"]).into_iter().collect();
        fields.extend(texts(&serializer["fields"]));
        fields.extend(keys(&serializer["nested"]));
        fields.insert("id".to_owned());
        let mut actions: BTreeSet<String> = BTreeSet::new();
        for mixin in texts(&consumer["mixins"]) {
            match mixin.as_str() {
                "paginated_list" | "streamed_list" => drop(actions.insert("list".to_owned())),
                "observer_instance" => {
                    actions.extend(["subscribe_instance", "unsubscribe_instance"].map(str::to_owned))
                }
                _ => drop(actions.insert(mixin)),
            }
        }
        for (name, action) in consumer["actions"].as_object().into_iter().flatten() {
            if !ON_PURPOSE.contains(&name.as_str()) {
                actions.insert(name.clone());
                fields.extend(keys(&action["input"]["properties"]));
            }
        }
        for observer in keys(&consumer["observers"]) {
            actions.insert(format!("subscribe_to_{observer}"));
            actions.insert(format!("unsubscribe_from_{observer}"));
        }
        let mut filters = texts(&consumer["filter"]);
        filters.extend(["id", "nothing"].map(str::to_owned));
        let mut orders = texts(&consumer["order_by"]);
        orders.extend(["id", "-id", "nothing"].map(str::to_owned));
        Self {
            stream,
            actions: actions.into_iter().collect(),
            fields: fields.into_iter().collect(),
            filters,
            orders,
        }
    }

    /// The arguments of a request, beside its action.
    fn arguments(&self, action: &str, number: u64, dice: &mut Dice) -> String {
        let mut arguments = Vec::new();
        let by_key = !matches!(action, "list" | "create") && !action.contains("_to_");
        if by_key || dice.roll(8) == 0 {
            let pk = if dice.roll(3) == 0 { dice.value() } else { "1".to_owned() };
            arguments.push(format!("\"pk\": {pk}"));
            arguments.push(format!("\"which\": {pk}, \"name\": {pk}, \"code\": {pk}"));
        }
        if matches!(action, "create" | "update" | "patch") {
            arguments.push(format!("\"data\": {}", self.payload(action, number, dice)));
        } else {
            for _ in 0..dice.roll(3) {
                let (field, value) = (dice.one(&self.fields).to_owned(), dice.value());
                arguments.push(format!("{}: {value}", json!(field)));
            }
        }
        let lists = action == "list" || action.starts_with("subscribe");
        if lists && dice.roll(3) > 0 {
            arguments.push(format!("\"filter\": {}", self.filter(dice)));
        }
        if action == "list" {
            if dice.roll(3) == 0 {
                arguments.push(format!("\"search\": {}", dice.value()));
            }
            if dice.roll(3) == 0 {
                let names: Vec<String> =
                    (0..1 + dice.roll(40)).map(|_| json!(dice.one(&self.orders)).to_string()).collect();
                let order = if dice.roll(4) == 0 { dice.hostile() } else { format!("[{}]", names.join(",")) };
                arguments.push(format!("\"order_by\": {order}"));
            }
            for name in ["limit", "offset", "cursor"] {
                if dice.roll(4) == 0 {
                    arguments.push(format!("\"{name}\": {}", dice.value()));
                }
            }
        }
        arguments.join(", ")
    }

    /// A payload of some fields; of a specimen all of them, so that it is the hostile ones that are looked at.
    fn payload(&self, action: &str, number: u64, dice: &mut Dice) -> String {
        if dice.roll(12) == 0 {
            return dice.hostile();
        }
        let mut fields: Vec<(String, String)> = Vec::new();
        if self.stream == "specimens" && action != "patch" {
            let whole = specimen(&format!("s{number}"), json!({}));
            fields.extend(
                whole
                    .as_object()
                    .expect("an object")
                    .iter()
                    .map(|(key, value)| (key.clone(), value.to_string())),
            );
        } else if action != "patch" {
            fields.extend(
                self.fields
                    .iter()
                    .map(|field| (field.clone(), if dice.roll(2) == 0 { "1" } else { "\"ABC\"" }.to_owned())),
            );
        }
        for _ in 0..1 + dice.roll(3) {
            let (field, value) = (dice.one(&self.fields).to_owned(), dice.hostile());
            fields.retain(|(other, _)| *other != field);
            fields.push((field, value));
        }
        let fields: Vec<String> =
            fields.iter().map(|(field, value)| format!("{}: {value}", json!(field))).collect();
        format!("{{{}}}", fields.join(", "))
    }

    fn filter(&self, dice: &mut Dice) -> String {
        const LOOKUPS: [&str; 11] = [
            "",
            "__eq",
            "__in",
            "__lt",
            "__lte",
            "__gt",
            "__gte",
            "__contains",
            "__starts_with",
            "__isnull",
            "__range",
        ];
        let entries: Vec<String> = (0..1 + dice.roll(3))
            .map(|_| {
                let (name, lookup) = (dice.one(&self.filters).to_owned(), LOOKUPS[dice.roll(LOOKUPS.len())]);
                let value = match lookup {
                    "__in" | "__range" if dice.roll(2) == 0 => {
                        format!("[{}, {}]", dice.value(), dice.value())
                    }
                    _ => dice.value(),
                };
                format!("\"{name}{lookup}\": {value}")
            })
            .collect();
        format!("{{{}}}", entries.join(", "))
    }
}

/// The beginning of a long text.
fn short(text: &str) -> String {
    text.chars().take(600).collect()
}

async fn nothing_that_is_sent_is_a_failure(database: Database) {
    let mut limits = Limits::default();
    limits.frame = 8 * 1024 * 1024;
    limits.pending_bytes = 16 * 1024 * 1024;
    limits.requests_per_second = 1_000_000;
    limits.action = LIMIT;
    let kitchen = Kitchen::with_limits(database, limits).await;
    let mut multiplexed = kitchen.multiplexed_as("ann").await;
    let set = |name: &str| std::env::var(name).ok().and_then(|value| value.parse().ok());
    let frames = set("DCRF_SWEEP_FRAMES").unwrap_or(FRAMES);
    let mut dice = Dice(set("DCRF_SWEEP_SEED").unwrap_or(SEED));
    let (mut number, mut answered, mut failures) = (0_u64, [0_usize; 6], Vec::new());
    for known in Known::all() {
        let url = format!("ws://{}/ws/{}/?ann", kitchen.address(), known.stream);
        let mut raw = TestClient::try_connect(&url, &[]).await.ok();
        for action in &known.actions {
            for _ in 0..frames {
                number += 1;
                let arguments = known.arguments(action, number, &mut dice);
                let comma = if arguments.is_empty() { "" } else { ", " };
                let frame =
                    format!(r#"{{"action": "{action}", "request_id": "q{number}"{comma}{arguments}}}"#);
                let id = json!(format!("q{number}"));
                // Every third one goes by the multiplexer, and all of those whose own socket is closed. On a machine that is
                // busy the database may be so at the moment; if the frame is the reason, the server says so again.
                let mut answer = Value::Null;
                for _ in 0..ATTEMPTS {
                    answer = match raw.as_mut().filter(|_| number % 3 != 0) {
                        Some(raw) => {
                            raw.send_text(frame.clone()).await;
                            raw.expect_reply(&id).await
                        }
                        None => {
                            let stream = &known.stream;
                            let framed = format!(r#"{{"stream": "{stream}", "payload": {frame}}}"#);
                            multiplexed.send_text(framed).await;
                            let is_it = |frame: &Value| frame["payload"]["request_id"] == id;
                            multiplexed.expect_event(is_it).await["payload"].clone()
                        }
                    };
                    if answer["response_status"] != 503 {
                        break;
                    }
                }
                let status = answer["response_status"].as_u64().unwrap_or(599);
                answered[usize::try_from(status / 100).expect("small").min(5)] += 1;
                if status >= 500 {
                    failures.push(format!(
                        "{}: {}\n    {}",
                        known.stream,
                        short(&frame),
                        short(&answer.to_string())
                    ));
                }
            }
        }
    }
    println!("of {number} frames {} were done, and {} refused", answered[2], answered[4]);
    assert!(
        failures.is_empty(),
        "{} of {number} frames have failed:\n{}",
        failures.len(),
        failures.join("\n")
    );
    assert!(answered[2] > 100 && answered[4] > 100, "{answered:?}");
}
