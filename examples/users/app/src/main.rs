//! Serves `users`: what the definition leaves to the application, and a page to try it with.

mod page;

use std::process::ExitCode;

use dcrf_runtime::{Context, Result, password};
use users::UserHandler;

/// What the definition of `users` marks as the application's own.
struct App;

impl UserHandler for App {
    /// Stores a hash, in Django's format, and never the password.
    async fn validate_password(&self, _ctx: &Context, value: String) -> Result<String> {
        password::hash(value).await
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    dcrf_runtime::run(users::service(App).merge(page::routes())).await
}
