//! The announcements of a contest: anonymous clients get each one as it is written.

use contest::NotificationListHandler;
use contest::models::Notification;
use dcrf_runtime::{Notice, Result, RowEvent, Service};

use crate::frames::changed;

/// The application.
#[derive(Debug)]
struct App;

/// Returns the service.
pub fn service() -> Service {
    contest::service(App)
}

impl NotificationListHandler for App {
    async fn model_change_message(&self, event: RowEvent<Notification>) -> Result<Notice> {
        changed(event)
    }
}
