//! What a server counts, for Prometheus, with a number of the application's own beside it.
//!
//! Run `cargo run -p dcrf-runtime --example metrics --features prometheus -- --metrics 127.0.0.1:9000`, send some of these
//! to `ws://127.0.0.1:8000/ws/dice/`, and ask `curl http://127.0.0.1:9000/metrics`:
//!
//! ```json
//! {"action": "roll", "request_id": 1, "sides": 6}
//! ```
//!
//! Everything that the server counts begins with `dcrf_`; what the application counts is called as it likes. Whoever has a
//! recorder of another kind than Prometheus installs it before `run`: all of it goes through the crate `metrics`.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

use dcrf_runtime::db::Migrations;
use dcrf_runtime::dispatch::ReplyFuture;
use dcrf_runtime::meta::{AccessMeta, ActionMeta, ConsumerMeta};
use dcrf_runtime::{Context, Dispatch, Error, Reply, Request, Service};

static DICE: ConsumerMeta = ConsumerMeta {
    name: "Dice",
    stream: "dice",
    path: "/ws/dice/",
    actions: &[ActionMeta::new("roll")],
    model: None,
    access: AccessMeta::OPEN,
};

/// Rolls are numbers in turn: dice of an example need not be good.
#[derive(Default)]
struct Dice {
    rolled: AtomicU64,
}

impl Dispatch for Dice {
    fn meta(&self) -> &'static ConsumerMeta {
        &DICE
    }

    fn call<'a>(&'a self, _ctx: &'a Context, request: &'a Request<'a>) -> ReplyFuture<'a> {
        Box::pin(async {
            let sides = request.argument("sides").and_then(|raw| raw.get().parse::<u64>().ok());
            let sides = sides
                .filter(|sides| *sides > 0)
                .ok_or_else(|| Error::field("sides", "A valid integer is required."))?;
            let number = self.rolled.fetch_add(1, Ordering::Relaxed) % sides + 1;
            metrics::counter!("dice_rolled_total", "sides" => sides.to_string()).increment(1);
            Reply::json(200, &number)
        })
    }
}

/// The service, for `main` and for its test.
pub fn service() -> Service {
    Service::new("metrics", Migrations { sqlite: &[], postgres: &[] }).consumer(Dice::default())
}

#[tokio::main]
async fn main() -> ExitCode {
    dcrf_runtime::run(service()).await
}
