//! Serves the generated crate that is measured: the definition says everything.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    dcrf_runtime::run(load::service()).await
}
