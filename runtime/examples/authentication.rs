//! Authentication with tokens that the application looks up.
//!
//! Run `cargo run -p dcrf-runtime --example authentication`, open a socket at
//! `ws://127.0.0.1:8000/ws/account/?token=open-sesame` (or with the header `Authorization: Bearer open-sesame`), and send:
//!
//! ```json
//! {"action": "whoami", "request_id": 1}
//! ```
//!
//! Without a token, or with a wrong one, the handshake is refused with 401. The following frame ends every connection
//! of the user, with the close code 4401:
//!
//! ```json
//! {"action": "logout", "request_id": 2}
//! ```
//!
//! `dcrf_runtime::auth` also has JSON Web Tokens and session cookies.

use std::process::ExitCode;

use dcrf_runtime::auth::{Token, required};
use dcrf_runtime::db::Migrations;
use dcrf_runtime::dispatch::ReplyFuture;
use dcrf_runtime::meta::{AccessMeta, ActionMeta, ConsumerMeta};
use dcrf_runtime::{Authenticator, Context, Db, Dispatch, Error, Identity, Reply, Request, Service};
use serde_json::json;

static ACCOUNT: ConsumerMeta = ConsumerMeta {
    name: "Account",
    stream: "account",
    path: "/ws/account/",
    actions: &[ActionMeta::new("whoami"), ActionMeta::new("logout")],
    model: None,
    access: AccessMeta::OPEN,
};

struct Account;

impl Dispatch for Account {
    fn meta(&self) -> &'static ConsumerMeta {
        &ACCOUNT
    }

    fn call<'a>(&'a self, ctx: &'a Context, request: &'a Request<'a>) -> ReplyFuture<'a> {
        Box::pin(async {
            let user = ctx.user();
            let id = user.id().ok_or(Error::NotAuthenticated)?;
            match request.action() {
                "whoami" => {
                    let name: Option<String> = user.claim("name");
                    Reply::json(200, &json!({"id": id, "name": name}))
                }
                "logout" => {
                    let ended = ctx.sessions().revoke_user(id);
                    Reply::json(200, &json!({"connections": ended}))
                }
                other => Err(Error::MethodNotAllowed(other.to_owned())),
            }
        })
    }
}

/// Looks up tokens. An application would look up the hash of the token in its database.
fn authenticator() -> impl Authenticator {
    required(Token::new(|token: String, _db: Db| async move {
        let known = token == "open-sesame";
        Ok(known.then(|| Identity::user("7").with_claim("name", "Ali Baba")))
    }))
}

/// Returns the service, for `main` and for its test.
pub fn service() -> Service {
    let migrations = Migrations { sqlite: &[], postgres: &[] };
    Service::new("authentication", migrations).consumer(Account).authenticator(authenticator())
}

#[tokio::main]
async fn main() -> ExitCode {
    dcrf_runtime::run(service()).await
}
