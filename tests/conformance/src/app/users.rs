//! The streams of users: passwords are stored as hashes.

use conformance::types::{Nap, Slept};
use conformance::{UsersBusyHandler, UsersCrudHandler, UsersGuardedHandler, UsersHandler};
use dcrf_runtime::{Context, Request, Result, password};

use super::App;
use super::custom::nap;

impl UsersHandler for App {
    async fn validate_password(&self, _ctx: &Context, value: String) -> Result<String> {
        password::hash(value).await
    }
}

impl UsersCrudHandler for App {
    async fn validate_password(&self, _ctx: &Context, value: String) -> Result<String> {
        password::hash(value).await
    }
}

impl UsersBusyHandler for App {
    async fn validate_password(&self, _ctx: &Context, value: String) -> Result<String> {
        password::hash(value).await
    }

    async fn slow(&self, _ctx: &Context, input: Nap) -> Result<Slept> {
        nap(input).await
    }
}

impl UsersGuardedHandler for App {
    async fn validate_password(&self, _ctx: &Context, value: String) -> Result<String> {
        password::hash(value).await
    }

    /// Lets a client subscribe but not hear of updates or deletes.
    async fn no_update_events(&self, _ctx: &Context, request: &Request<'_>) -> Result<bool> {
        Ok(!matches!(request.action(), "update" | "delete"))
    }
}
