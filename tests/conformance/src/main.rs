//! Serves the streams of the reference peer: `LISTEN`, `DATABASE_URL` and the rest are as of any application.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    dcrf_runtime::run(dcrf_conformance::service()).await
}
