//! Serves `chat`: who may come in, who is in which room, and the page.

mod account;
mod page;
mod rooms;
mod seed;

use std::path::Path;
use std::process::ExitCode;

use account::Accounts;

/// What the definition leaves to the application.
struct App;

#[tokio::main]
async fn main() -> ExitCode {
    let accounts = match Accounts::with_key_in(Path::new("chat.key")) {
        Ok(accounts) => accounts,
        Err(sentence) => {
            eprintln!("chat: {sentence}");
            return ExitCode::FAILURE;
        }
    };
    let service = chat::service(App);
    let sessions = service.sessions();
    let service = service
        .authenticator(accounts.cookie())
        .routes(move |db| accounts.routes(db, sessions))
        .merge(page::routes())
        .prepare(seed::prepare);
    dcrf_runtime::run(service).await
}
