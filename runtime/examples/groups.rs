//! Groups of connections: a connection that joins a room receives the messages that are sent to it.
//!
//! Run `cargo run -p dcrf-runtime --example groups`, open two sockets at `ws://127.0.0.1:8000/ws/rooms/`, and send on both:
//!
//! ```json
//! {"action": "join", "request_id": 1, "room": "lobby"}
//! ```
//!
//! Then send this on one of them. Both receive the message; the other one receives it without a request of its own:
//!
//! ```json
//! {"action": "say", "request_id": 2, "room": "lobby", "text": "Hello!"}
//! ```

use std::process::ExitCode;

use dcrf_runtime::db::Migrations;
use dcrf_runtime::dispatch::ReplyFuture;
use dcrf_runtime::meta::{AccessMeta, ActionMeta, ConsumerMeta};
use dcrf_runtime::{Context, Dispatch, Error, Reply, Request, Result, Service};
use serde_json::json;

static ROOMS: ConsumerMeta = ConsumerMeta {
    name: "Rooms",
    stream: "rooms",
    path: "/ws/rooms/",
    actions: &[ActionMeta::new("join"), ActionMeta::new("leave"), ActionMeta::new("say")],
    model: None,
    access: AccessMeta::OPEN,
};

struct Rooms;

impl Dispatch for Rooms {
    fn meta(&self) -> &'static ConsumerMeta {
        &ROOMS
    }

    fn call<'a>(&'a self, ctx: &'a Context, request: &'a Request<'a>) -> ReplyFuture<'a> {
        Box::pin(async {
            let room = ctx.group(text(request, "room")?);
            match request.action() {
                "join" => room.join().await?,
                "leave" => room.leave().await?,
                "say" => {
                    let said = text(request, "text")?;
                    // Every connection receives it with `request_ids`: the id under which the connection has joined.
                    room.send_addressed(&json!({"action": "said", "text": said})).await?;
                }
                other => return Err(Error::MethodNotAllowed(other.to_owned())),
            }
            Ok(Reply::empty(200))
        })
    }
}

/// Returns an argument of a frame, which has to be a text.
fn text(request: &Request<'_>, name: &str) -> Result<String> {
    let raw = request.argument(name).ok_or_else(|| Error::field(name, "This field is required."))?;
    serde_json::from_str(raw.get()).map_err(|_| Error::field(name, "Not a valid string."))
}

/// Returns the service, for `main` and for its test.
pub fn service() -> Service {
    Service::new("groups", Migrations { sqlite: &[], postgres: &[] }).consumer(Rooms)
}

#[tokio::main]
async fn main() -> ExitCode {
    dcrf_runtime::run(service()).await
}
