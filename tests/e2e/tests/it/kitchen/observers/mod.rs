//! Observers, signals and events over real sockets. Nothing waits for time to pass: when a writer has its answer, its
//! event lies with every subscriber, and comes before the answer to whatever the subscriber asks next.

mod app;
mod database;
mod ids;
mod instance;
mod keys;
mod links;
mod messages;
mod models;
mod others;
mod secrets;
mod sight;
mod slow;
mod through;
mod transactions;

use std::time::Duration;

use dcrf_e2e::Database;
use serde_json::{Value, json};

use super::Kitchen;
use super::server::Stream;

/// A kitchen with one board, `first`, whose key is 1.
async fn kitchen(database: Database) -> Kitchen {
    let kitchen = Kitchen::start(database).await;
    kitchen.open("boards").await.create(json!({"name": "first"})).await.data(201);
    kitchen
}

/// What an observer sends.
fn event(action: &str, status: u16, data: Value, request_id: impl Into<Value>) -> Value {
    let request_id: Value = request_id.into();
    json!({"errors": [], "data": data, "action": action, "response_status": status, "request_id": request_id})
}

fn card(id: i64, text: &str) -> Value {
    json!({"id": id, "board": 1, "lane": "todo", "owner": null, "text": text})
}

impl Stream {
    /// Asks under an id of the test's own; gives the status of the answer.
    pub(crate) async fn under(
        &mut self,
        request_id: impl Into<Value>,
        action: &str,
        arguments: Value,
    ) -> u16 {
        let mut frame = json!({"action": action, "request_id": request_id.into()});
        let keys = frame.as_object_mut().expect("an object");
        keys.extend(arguments.as_object().expect("arguments are an object").clone());
        let answer = self.client.request(&frame).await;
        assert_eq!(answer["action"], action, "{answer}");
        u16::try_from(answer["response_status"].as_u64().unwrap_or_default()).expect("a status")
    }

    /// That these events have come, in this order, and nothing else.
    async fn heard(&mut self, events: Vec<Value>) {
        // The answer comes after whatever was there before.
        assert_eq!(self.under("barrier", "no such action", json!({})).await, 405);
        for event in events {
            assert_eq!(self.client.take_early(), Some(event));
        }
        self.client.expect_silence(Duration::ZERO).await;
    }

    /// The same, in whatever order: of several observers.
    async fn heard_in_any_order(&mut self, mut events: Vec<Value>) {
        assert_eq!(self.under("barrier", "no such action", json!({})).await, 405);
        while let Some(event) = self.client.take_early() {
            let place = events.iter().position(|expected| *expected == event);
            events.remove(place.unwrap_or_else(|| panic!("{event} is not among {events:?}")));
        }
        assert!(events.is_empty(), "{events:?}");
    }

    async fn heard_nothing(&mut self) {
        self.heard(Vec::new()).await;
    }
}
