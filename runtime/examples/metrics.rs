//! The metrics of a server for Prometheus, with a metric of the application beside them.
//!
//! Run `cargo run -p dcrf-runtime --example metrics --features prometheus -- --metrics 127.0.0.1:9000`, send some of
//! these frames to `ws://127.0.0.1:8000/ws/dice/`, and call `curl http://127.0.0.1:9000/metrics`:
//!
//! ```json
//! {"action": "roll", "request_id": 1, "sides": 6}
//! ```
//!
//! The names of all metrics of the server begin with `dcrf_`; the application chooses the names of its own ones. An
//! application with another recorder than Prometheus installs it before `run`: all metrics use the crate `metrics`.

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

/// The dice. A roll returns the numbers in turn, because the dice of an example do not have to be random.
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

/// Returns the service, for `main` and for its test.
pub fn service() -> Service {
    Service::new("metrics", Migrations { sqlite: &[], postgres: &[] }).consumer(Dice::default())
}

#[tokio::main]
async fn main() -> ExitCode {
    dcrf_runtime::run(service()).await
}
