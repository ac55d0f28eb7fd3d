//! An application whose actions take what the groups of the test suite of JSON Schema describe, and do nothing.

mod handlers;

use dcrf_runtime::Service;

/// What the application is.
#[derive(Debug)]
pub struct App;

/// The service.
pub fn service() -> Service {
    schemas::service(App)
}
