//! The buses of a terminal: whoever is connected gets every change, without a subscription.

use buses::BusHandler;
use buses::models::Bus;
use dcrf_runtime::{Notice, Result, RowEvent, Service};

use crate::frames::changed;

/// The application.
#[derive(Debug)]
struct App;

/// Returns the service.
pub fn service() -> Service {
    buses::service(App)
}

impl BusHandler for App {
    async fn model_change_message(&self, event: RowEvent<Bus>) -> Result<Notice> {
        changed(event)
    }
}
