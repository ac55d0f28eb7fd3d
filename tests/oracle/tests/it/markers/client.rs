//! The sockets of one role: what it asks, and every frame that it is sent.

use std::collections::HashMap;

use dcrf_oracle::wire::Framing;
use dcrf_runtime::test::{PATIENCE, TestClient};
use serde_json::{Value as Json, json};
use tungstenite::Message;

use super::state::Role;

/// What a role asks.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Which stream.
    pub stream: &'static str,
    /// The frame, but for its request id.
    pub frame: Json,
    /// Whether it is answered by a stream of pages.
    pub streamed: bool,
}

/// An answer, or the answers of a stream of pages.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// `response_status`, of the last.
    pub status: u16,
    /// `errors`, of the last.
    pub errors: Json,
    /// `data` of each.
    pub data: Vec<Json>,
}

/// The sockets of a role.
pub struct Client {
    /// Who it is.
    pub role: Role,
    base: String,
    framing: Framing,
    open: HashMap<&'static str, TestClient>,
    /// The next request id.
    next: usize,
    /// The frames that have come, as they were sent.
    pub frames: Vec<String>,
    /// How many have come in all.
    pub heard: usize,
}

impl Client {
    /// Sockets to a server at an address such as `ws://127.0.0.1:8000`, made when they are needed.
    pub fn new(role: Role, base: String, framing: Framing) -> Self {
        Self { role, base, framing, open: HashMap::new(), next: 0, frames: Vec::new(), heard: 0 }
    }

    /// Asks, one after the other, and waits for all answers.
    ///
    /// # Panics
    /// If the server closes the socket, or does not answer.
    pub async fn ask(&mut self, asks: &[Ask]) -> Vec<Answer> {
        let mut under_way: HashMap<String, usize> = HashMap::new();
        for (index, ask) in asks.iter().enumerate() {
            let id = self.next.to_string();
            self.next += 1;
            let mut payload = ask.frame.clone();
            payload["request_id"] = json!(id);
            let frame = match self.framing {
                Framing::Raw => payload,
                Framing::Multiplexed => json!({ "stream": ask.stream, "payload": payload }),
            };
            self.socket(ask.stream).await.send_text(frame.to_string()).await;
            under_way.insert(id, index);
        }
        let mut answers = vec![Answer::default(); asks.len()];
        for (index, ask) in asks.iter().enumerate() {
            while under_way.values().any(|own| *own == index) {
                let payload = self.next_frame(ask.stream).await;
                let id = payload["request_id"].as_str().unwrap_or_default();
                // Events come under the id of what has subscribed, and are called otherwise.
                let asked =
                    under_way.get(id).copied().filter(|own| asks[*own].frame["action"] == payload["action"]);
                let Some(own) = asked else { continue };
                let status =
                    payload["response_status"].as_u64().and_then(|status| u16::try_from(status).ok());
                answers[own].status = status.unwrap_or(0);
                answers[own].errors = payload["errors"].clone();
                answers[own].data.push(payload["data"].clone());
                if !asks[own].streamed || is_last(&answers[own]) {
                    under_way.remove(id);
                }
            }
        }
        answers
    }

    /// How many frames it has sent.
    pub const fn sent(&self) -> usize {
        self.next
    }

    /// Waits for a frame in which a text is found.
    pub async fn hear(&mut self, stream: &'static str, text: &str) {
        while !self.frames.iter().any(|frame| frame.contains(text)) {
            self.next_frame(stream).await;
        }
    }

    /// Closes every socket.
    pub async fn close(self) {
        for client in self.open.into_values() {
            client.close().await;
        }
    }

    async fn next_frame(&mut self, stream: &'static str) -> Json {
        let framing = self.framing;
        let client = self.socket(stream).await;
        let message = tokio::time::timeout(PATIENCE, client.next_message()).await;
        let message = message.unwrap_or_else(|_| panic!("{stream} sends nothing"));
        let Some(Message::Text(text)) = message else { panic!("{stream} sends {message:?}") };
        let frame: Json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        self.frames.push(text.to_string());
        self.heard += 1;
        match framing {
            Framing::Raw => frame,
            Framing::Multiplexed => frame["payload"].clone(),
        }
    }

    async fn socket(&mut self, stream: &'static str) -> &mut TestClient {
        let name = match self.framing {
            Framing::Raw => stream,
            Framing::Multiplexed => "",
        };
        if !self.open.contains_key(name) {
            let path = if name.is_empty() { "/ws/".to_owned() } else { format!("/ws/{name}/") };
            let query = self.role.map(|role| format!("?as={role}")).unwrap_or_default();
            let client = TestClient::connect(format!("{}{path}{query}", self.base)).await;
            self.open.insert(name, client);
        }
        self.open.get_mut(name).expect("it was just put there")
    }
}

/// Whether no page comes after the last one that has come.
fn is_last(answer: &Answer) -> bool {
    let page = answer.data.last().unwrap_or(&Json::Null);
    let number = |name: &str| page[name].as_u64().unwrap_or(0);
    answer.status != 200 || number("offset").saturating_add(number("limit")) >= number("count")
}
