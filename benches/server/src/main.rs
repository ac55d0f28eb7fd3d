//! Serves the generated crate that is measured: the definition says everything.
//!
//! `LOAD_STREAMS` asks for more streams than it has: the things again, under other names.

use std::process::ExitCode;

use dcrf_runtime::meta::{AccessMeta, ConsumerMeta};
use dcrf_runtime::Dispatch;

#[tokio::main]
async fn main() -> ExitCode {
    let streams = std::env::var("LOAD_STREAMS").ok().and_then(|count| count.parse().ok()).unwrap_or(1);
    let service = (1..streams).fold(load::service(), |service, number| service.consumer(Again::new(number)));
    dcrf_runtime::run(service).await
}

/// The things, as another stream.
struct Again(&'static ConsumerMeta);

impl Again {
    fn new(number: usize) -> Self {
        let things = load::consumers::ThingConsumer.meta();
        // A description is static; this one lives as long as the program.
        let (stream, path) = (format!("things{number}").leak(), format!("/ws/things{number}/").leak());
        let (name, actions) = (things.name, things.actions);
        let (model, access) = (things.model, AccessMeta::OPEN);
        Self(Box::leak(Box::new(ConsumerMeta { name, stream, path, actions, model, access })))
    }
}

impl Dispatch for Again {
    fn meta(&self) -> &'static ConsumerMeta {
        self.0
    }
}
