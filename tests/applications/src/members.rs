//! Who is in the workshop: each change is one frame for a connection, with the ids of all its subscriptions.

use dcrf_runtime::{Json, Notice, Result, RowEvent, Service};
use members::LiveHandler;
use members::models::Member;
use serde::Serialize;

use crate::users::tokens;

/// The application.
#[derive(Debug)]
struct App;

/// A change, to which the server adds `request_ids`.
#[derive(Serialize)]
struct Changed {
    body: Json,
    action: &'static str,
}

/// Returns the service.
pub fn service() -> Service {
    members::service(App).authenticator(tokens())
}

impl LiveHandler for App {
    async fn update_activity_message(&self, event: RowEvent<Member>) -> Result<Notice> {
        let changed = Changed { action: event.action.as_str(), body: event.data };
        Ok(Notice::Addressed(Json::new(&changed)?))
    }
}
