//! Serves the generated crate that is measured: the definition says everything.
//!
//! `LOAD_STREAMS` asks for more streams than it has: the things again, under other names. `LOAD_LOGGED` asks for the
//! things with a log of changes.

use std::process::ExitCode;

use dcrf_runtime::Dispatch;
use dcrf_runtime::meta::{AccessMeta, ConsumerMeta};

#[tokio::main]
async fn main() -> ExitCode {
    if std::env::var_os("LOAD_LOGGED").is_some() {
        return dcrf_runtime::run(logged::service()).await;
    }
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
