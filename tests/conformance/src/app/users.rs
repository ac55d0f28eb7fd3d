//! The streams of users: passwords are stored as hashes.

use conformance::{UsersCrudHandler, UsersHandler};
use dcrf_runtime::{Context, Result, password};

use super::App;

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
