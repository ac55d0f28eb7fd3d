//! A service without generated code, with one consumer that is written by hand.
//!
//! Run `cargo run -p dcrf-runtime --example echo`, then send this to `ws://127.0.0.1:8000/ws/echo/`:
//!
//! ```json
//! {"action": "echo", "request_id": 1, "x": [1, 2]}
//! ```
//!
//! At `ws://127.0.0.1:8000/ws/`, which has all streams of a service, the frame is `{"stream": "echo", "payload": {…}}`.

use std::collections::BTreeMap;
use std::process::ExitCode;

use dcrf_runtime::db::Migrations;
use dcrf_runtime::dispatch::ReplyFuture;
use dcrf_runtime::meta::{AccessMeta, ActionMeta, ConsumerMeta};
use dcrf_runtime::{Context, Dispatch, Reply, Request, Service};

static ECHO: ConsumerMeta = ConsumerMeta {
    name: "Echo",
    stream: "echo",
    path: "/ws/echo/",
    actions: &[ActionMeta::new("echo")],
    model: None,
    access: AccessMeta::OPEN,
};

struct Echo;

impl Dispatch for Echo {
    fn meta(&self) -> &'static ConsumerMeta {
        &ECHO
    }

    fn call<'a>(&'a self, _ctx: &'a Context, request: &'a Request<'a>) -> ReplyFuture<'a> {
        Box::pin(async {
            let arguments: BTreeMap<_, _> =
                request.arguments().iter().map(|(key, value)| (key, value)).collect();
            Reply::json(200, &arguments)
        })
    }
}

/// Returns the service, for `main` and for its test.
pub fn service() -> Service {
    Service::new("echo", Migrations { sqlite: &[], postgres: &[] }).consumer(Echo)
}

#[tokio::main]
async fn main() -> ExitCode {
    dcrf_runtime::run(service()).await
}
