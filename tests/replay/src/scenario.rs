//! A recorded scenario, read from its file: see the README for the format.

use std::path::Path;
use std::time::Duration;

use crate::json::Json;

/// A scenario.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// `crud/list`, `crud/list@mux`.
    pub name: String,
    /// Whether the recorded server was at fault.
    pub is_defect: bool,
    /// What the tables hold at the beginning.
    pub fixtures: Json,
    /// What happens.
    pub steps: Vec<Step>,
    /// What happened on the other recorded server, where that was something else.
    pub variant: Option<Vec<Step>>,
}

/// A step, on a connection.
#[derive(Debug, Clone)]
pub struct Step {
    /// The name of the connection.
    pub conn: String,
    /// What is done or expected.
    pub what: What,
    /// As it stands in the file.
    pub source: Json,
}

/// What is done, or expected to come back.
#[derive(Debug, Clone)]
pub enum What {
    Open(Target),
    /// The subprotocol that was selected, if one was.
    Subprotocol(Option<String>),
    /// An HTTP request with a body in JSON.
    Post {
        path: String,
        body: Json,
    },
    /// The status of the answer to the last HTTP request.
    Answered(u16),
    Send(Outgoing),
    Ping(String),
    Close,
    Pause(Duration),
    Receive(Json),
    ReceiveUnordered(Vec<Json>),
    /// A frame that is no JSON, or only with NaN.
    ReceiveText(String),
    ReceiveBinary(Vec<u8>),
    /// One of these codes.
    Closed(Vec<u16>),
    /// One of these statuses.
    Rejected(Vec<u16>),
    Silent,
}

/// What a connection is opened with.
#[derive(Debug, Clone)]
pub struct Target {
    /// The path, with its query.
    pub path: String,
    /// Further headers of the handshake.
    pub headers: Vec<(String, String)>,
}

/// What is sent.
#[derive(Debug, Clone)]
pub enum Outgoing {
    Text(String),
    /// A frame of these bytes: text, though they may not be UTF-8, or binary.
    Bytes {
        bytes: Vec<u8>,
        as_text: bool,
    },
    /// One message in several frames.
    Fragments(Vec<String>),
}

impl Scenario {
    /// Reads a file.
    pub fn read(path: &Path) -> Self {
        let text =
            std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let document = Json::parse(&text).unwrap_or_else(|| panic!("{} is no JSON", path.display()));
        let name = document.get("name").and_then(Json::text).expect("a scenario has a name");
        let steps = |list: &Json| list.items().iter().map(Step::read).collect();
        Self {
            is_defect: document.get("peer_defect") == Some(&Json::Boolean(true)),
            fixtures: document.get("fixtures").expect("a scenario has fixtures").clone(),
            steps: document.get("steps").map(steps).expect("a scenario has steps"),
            variant: document.get("variants").and_then(|variants| variants.get("uvicorn")).map(steps),
            name,
        }
    }
}

impl Step {
    /// Reads a step of a file.
    pub fn read(step: &Json) -> Self {
        let conn = step.get("conn").and_then(Json::text).expect("a step names its connection");
        let what = What::read(step).unwrap_or_else(|| panic!("there is no step {step}"));
        Self { conn, what, source: step.clone() }
    }
}

impl What {
    fn read(step: &Json) -> Option<Self> {
        let text = |key: &str| step.get(key).and_then(Json::text);
        let codes = |key: &str| -> Option<Vec<u16>> {
            let other = step.get(&format!("{key}_uvicorn")).and_then(Json::number);
            Some([Some(step.get(key)?.number()?), other].into_iter().flatten().collect())
        };
        let sent = Outgoing::read(step).map(Self::Send);
        sent.or_else(|| Target::read(step).map(Self::Open))
            .or_else(|| step.get("subprotocol").map(|name| Self::Subprotocol(name.text())))
            .or_else(|| {
                let body = step.get("body").cloned().unwrap_or(Json::Null);
                text("post").map(|path| Self::Post { path, body })
            })
            .or_else(|| step.get("answered")?.number().map(Self::Answered))
            .or_else(|| text("ping").map(Self::Ping))
            .or_else(|| step.get("close").map(|_| Self::Close))
            .or_else(|| step.get("pause")?.number().map(Duration::from_secs_f64).map(Self::Pause))
            .or_else(|| step.get("recv").cloned().map(Self::Receive))
            .or_else(|| Some(Self::ReceiveUnordered(step.get("recv_unordered")?.items().to_vec())))
            .or_else(|| text("recv_text").map(Self::ReceiveText))
            .or_else(|| text("recv_hex").map(|hex| Self::ReceiveBinary(bytes(&hex))))
            .or_else(|| codes("closed").map(Self::Closed))
            .or_else(|| codes("rejected").map(Self::Rejected))
            .or_else(|| step.get("silent").map(|_| Self::Silent))
    }
}

impl Target {
    fn read(step: &Json) -> Option<Self> {
        let path = step.get("open")?.text()?;
        let mut headers = Vec::new();
        if let Some(Json::Object(entries)) = step.get("headers") {
            let named = |(name, value): &(Vec<u16>, Json)| {
                (String::from_utf16_lossy(name), value.text().unwrap_or_default())
            };
            headers.extend(entries.iter().map(named));
        }
        if let Some(names) = step.get("subprotocols") {
            let names: Vec<String> = names.items().iter().filter_map(Json::text).collect();
            headers.push(("sec-websocket-protocol".to_owned(), names.join(", ")));
        }
        Some(Self { path, headers })
    }
}

impl Outgoing {
    fn read(step: &Json) -> Option<Self> {
        let text = |key: &str| step.get(key).and_then(Json::text);
        if let Some(value) = step.get("send") {
            return Some(Self::Text(value.to_string()));
        }
        if let Some(text) = text("send_text") {
            return Some(Self::Text(text));
        }
        if let Some(hex) = text("send_hex") {
            return Some(Self::Bytes { bytes: bytes(&hex), as_text: text("as").as_deref() == Some("text") });
        }
        if let Some(parts) = step.get("send_fragments") {
            return Some(Self::Fragments(parts.items().iter().filter_map(Json::text).collect()));
        }
        step.get("send_generated").map(|recipe| Self::Text(generated(recipe)))
    }
}

/// The text of a `send_generated` step.
fn generated(recipe: &Json) -> String {
    let text = |key: &str| recipe.get(key).and_then(Json::text).unwrap_or_default();
    let number = |key: &str| recipe.get(key).and_then(Json::number).unwrap_or(0_usize);
    let body = match text("kind").as_str() {
        "repeat" => text("text").repeat(number("times")),
        "nested_array" => "[".repeat(number("depth")) + &"]".repeat(number("depth")),
        "nested_object" => "{\"k\":".repeat(number("depth")) + "null" + &"}".repeat(number("depth")),
        other => panic!("there is no generator {other}"),
    };
    text("prefix") + &body + &text("suffix")
}

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal digits");
    (0..hex.len()).step_by(2).map(digit).collect()
}
