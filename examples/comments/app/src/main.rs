//! Serves `comments`: the definition says everything, so nothing is left to write.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    dcrf_runtime::run(comments::service()).await
}
