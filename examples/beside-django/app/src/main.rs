//! Serves the sockets of `shop` on the tables of Django: who is asking, what they may see, and what Django does in its
//! own code when a row is stored or deleted.

mod access;
mod orders;
mod products;

use std::process::ExitCode;

/// The pages that may open sockets: those that Django serves on the own machine.
const PAGES: [&str; 2] = ["http://127.0.0.1:8001", "http://localhost:8001"];

/// The part that the definition leaves to the application.
struct App;

#[tokio::main]
async fn main() -> ExitCode {
    let service = shop::service(App).authenticator(access::tokens());
    dcrf_runtime::run(PAGES.into_iter().fold(service, |service, page| service.allow_origin(page))).await
}
