//! Frames over real sockets, raw and multiplexed: requests go out several at a time, answers and events are told apart.

use std::collections::{HashMap, VecDeque};

use dcrf_runtime::test::{PATIENCE, TestClient};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json, json};
use tungstenite::Message;

/// How frames travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Each stream on a socket of its own.
    Raw,
    /// All streams on one socket, each frame in an envelope.
    Multiplexed,
}

/// Requests that are under way on one socket: fewer than a stream lets wait.
const WINDOW: usize = 12;

/// A request.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Which stream.
    pub stream: String,
    /// Which action.
    pub action: String,
    /// The arguments.
    pub arguments: Map<String, Json>,
    /// Its id.
    pub id: String,
    /// Whether it is answered by a stream of pages.
    pub streamed: bool,
}

impl Call {
    /// A request with arguments, a JSON object.
    pub fn new(stream: impl Into<String>, action: &str, id: impl Into<String>, arguments: Json) -> Self {
        let Json::Object(arguments) = arguments else { panic!("arguments are an object: {arguments}") };
        Self { stream: stream.into(), action: action.to_owned(), arguments, id: id.into(), streamed: false }
    }

    /// The frame.
    pub fn frame(&self, framing: Framing) -> Json {
        let mut payload = json!({ "action": self.action, "request_id": self.id });
        for (name, value) in &self.arguments {
            payload[name.as_str()] = value.clone();
        }
        match framing {
            Framing::Raw => payload,
            Framing::Multiplexed => json!({ "stream": self.stream, "payload": payload }),
        }
    }
}

/// A frame of the server's. What is JSON in it is as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The id of the request, or that of the subscription.
    pub id: String,
    /// The action, or what has happened.
    pub action: String,
    /// `response_status`
    pub status: u16,
    /// `errors`
    pub errors: String,
    /// `data`
    pub data: String,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    payload: &'a RawValue,
}

#[derive(Deserialize)]
struct Payload<'a> {
    action: String,
    request_id: Option<String>,
    response_status: u16,
    #[serde(borrow)]
    errors: &'a RawValue,
    #[serde(borrow)]
    data: &'a RawValue,
}

/// A page of a stream of pages.
#[derive(Deserialize)]
struct Page {
    count: u64,
    limit: u64,
    offset: u64,
}

/// The connections to a server.
#[derive(Debug)]
pub struct Sockets {
    base: String,
    framing: Framing,
    open: HashMap<String, TestClient>,
    events: Vec<Frame>,
}

impl Sockets {
    /// Connections to a server at an address such as `ws://127.0.0.1:8000`, made when they are needed.
    pub fn new(base: String, framing: Framing) -> Self {
        Self { base, framing, open: HashMap::new(), events: Vec::new() }
    }

    /// How frames travel.
    pub const fn framing(&self) -> Framing {
        self.framing
    }

    /// Sends requests and waits for their answers: for each its frame, or its frames where there are several.
    ///
    /// # Panics
    /// If the server closes the socket, or does not answer.
    pub async fn exchange(&mut self, calls: &[Call]) -> Vec<Vec<Frame>> {
        let mut answers = vec![Vec::new(); calls.len()];
        let mut start = 0;
        while start < calls.len() {
            // On raw sockets, as many as there are in a row for one.
            let same =
                |call: &Call| self.framing == Framing::Multiplexed || call.stream == calls[start].stream;
            let count = calls[start..].iter().take_while(|call| same(call)).count();
            let (framing, range) = (self.framing, start..start + count);
            let mut events = std::mem::take(&mut self.events);
            let client = self.client(&calls[start].stream).await;
            converse(client, framing, &calls[range.clone()], &mut answers[range], &mut events).await;
            self.events = events;
            start += count;
        }
        answers
    }

    /// Reads events of a stream until those that have come are enough, together with those of other streams.
    ///
    /// # Panics
    /// As [`exchange`](Self::exchange).
    pub async fn read_until(&mut self, stream: &str, is_enough: impl Fn(&[Frame]) -> bool) {
        let mut events = std::mem::take(&mut self.events);
        let framing = self.framing;
        let client = self.client(stream).await;
        while !is_enough(&events) {
            let expected = format!("an event of {stream}, after {} others,", events.len());
            events.push(next(client, framing, &expected).await);
        }
        self.events = events;
    }

    /// The events that have come.
    pub fn take_events(&mut self) -> Vec<Frame> {
        std::mem::take(&mut self.events)
    }

    /// Closes every socket.
    pub async fn close(self) {
        for client in self.open.into_values() {
            client.close().await;
        }
    }

    async fn client(&mut self, stream: &str) -> &mut TestClient {
        let name = match self.framing {
            Framing::Raw => stream,
            Framing::Multiplexed => "",
        };
        if !self.open.contains_key(name) {
            let path = if name.is_empty() { "/ws/".to_owned() } else { format!("/ws/{name}/") };
            let client = TestClient::connect(format!("{}{path}", self.base)).await;
            self.open.insert(name.to_owned(), client);
        }
        self.open.get_mut(name).expect("it was just put there")
    }
}

async fn converse(
    client: &mut TestClient,
    framing: Framing,
    calls: &[Call],
    answers: &mut [Vec<Frame>],
    events: &mut Vec<Frame>,
) {
    let mut waiting: VecDeque<usize> = (0..calls.len()).collect();
    let mut under_way: HashMap<&str, usize> = HashMap::new();
    while !waiting.is_empty() || !under_way.is_empty() {
        while under_way.len() < WINDOW
            && let Some(index) = waiting.pop_front()
        {
            client.send_text(calls[index].frame(framing).to_string()).await;
            under_way.insert(&calls[index].id, index);
        }
        let frame = next(client, framing, "an answer").await;
        // Events come under the id of their subscription, and are called otherwise than what subscribed.
        let asked =
            under_way.get(frame.id.as_str()).copied().filter(|index| calls[*index].action == frame.action);
        let Some(index) = asked else {
            events.push(frame);
            continue;
        };
        if !calls[index].streamed || is_last_page(&frame) {
            under_way.remove(frame.id.as_str());
        }
        answers[index].push(frame);
    }
}

/// Whether no page comes after this.
fn is_last_page(frame: &Frame) -> bool {
    match serde_json::from_str::<Page>(&frame.data) {
        Ok(page) => page.offset.saturating_add(page.limit) >= page.count,
        // A refusal.
        Err(_) => true,
    }
}

async fn next(client: &mut TestClient, framing: Framing, expected: &str) -> Frame {
    let message = tokio::time::timeout(PATIENCE, client.next_message()).await;
    let message = message.unwrap_or_else(|_| panic!("{expected} does not come"));
    let Some(Message::Text(text)) = message else { panic!("instead of {expected}: {message:?}") };
    read(&text, framing).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn read(text: &str, framing: Framing) -> serde_json::Result<Frame> {
    let payload = match framing {
        Framing::Raw => text,
        Framing::Multiplexed => serde_json::from_str::<Envelope<'_>>(text)?.payload.get(),
    };
    let payload: Payload<'_> = serde_json::from_str(payload)?;
    Ok(Frame {
        id: payload.request_id.unwrap_or_default(),
        action: payload.action,
        status: payload.response_status,
        errors: payload.errors.get().to_owned(),
        data: payload.data.get().to_owned(),
    })
}
