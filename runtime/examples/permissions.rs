//! Permissions: one action for every client, one for authenticated users, and one for users whom the application
//! permits.
//!
//! Run `cargo run -p dcrf-runtime --example permissions`, open sockets at `ws://127.0.0.1:8000/ws/doors/` without a
//! token, with `?token=guest` and with `?token=owner`, and send on each:
//!
//! ```json
//! {"action": "look", "request_id": 1}
//! {"action": "knock", "request_id": 2}
//! {"action": "open", "request_id": 3}
//! ```
//!
//! An action that is not permitted is answered with 403.

use std::process::ExitCode;

use dcrf_runtime::auth::Token;
use dcrf_runtime::db::Migrations;
use dcrf_runtime::dispatch::{BoxFuture, ReplyFuture};
use dcrf_runtime::meta::{AccessMeta, ActionMeta, ConsumerMeta, PermissionMeta};
use dcrf_runtime::{Context, Db, Dispatch, Identity, Reply, Request, Result, Service};

static DOORS: ConsumerMeta = ConsumerMeta {
    name: "Doors",
    stream: "doors",
    path: "/ws/doors/",
    actions: &[
        ActionMeta::new("look"),
        ActionMeta::new("knock").permissions(&[PermissionMeta::IsAuthenticated]),
        ActionMeta::new("open").permissions(&[PermissionMeta::All(&[
            PermissionMeta::IsAuthenticated,
            PermissionMeta::Named("IsOwner"),
        ])]),
    ],
    model: None,
    access: AccessMeta::OPEN,
};

struct Doors;

impl Dispatch for Doors {
    fn meta(&self) -> &'static ConsumerMeta {
        &DOORS
    }

    fn call<'a>(&'a self, _ctx: &'a Context, request: &'a Request<'a>) -> ReplyFuture<'a> {
        // The permissions have been checked before.
        Box::pin(async { Reply::json(200, request.action()) })
    }

    fn has_permission<'a>(
        &'a self,
        ctx: &'a Context,
        name: &'a str,
        _request: &'a Request<'a>,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move { Ok(name == "IsOwner" && ctx.user().claim("owner").unwrap_or(false)) })
    }
}

/// Returns the service, for `main` and for its test.
pub fn service() -> Service {
    let tokens = Token::new(|token: String, _db: Db| async move {
        Ok(match token.as_str() {
            "guest" => Some(Identity::user("1")),
            "owner" => Some(Identity::user("2").with_claim("owner", true)),
            _ => None,
        })
    });
    Service::new("permissions", Migrations { sqlite: &[], postgres: &[] })
        .consumer(Doors)
        .authenticator(tokens)
}

#[tokio::main]
async fn main() -> ExitCode {
    dcrf_runtime::run(service()).await
}
