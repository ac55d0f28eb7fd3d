//! The programs themselves. Their `main` is not called.

#[allow(dead_code, reason = "its `main`")]
#[path = "../../../examples/authentication.rs"]
pub mod authentication;

#[allow(dead_code, reason = "its `main`")]
#[path = "../../../examples/echo.rs"]
pub mod echo;

#[allow(dead_code, reason = "its `main`")]
#[path = "../../../examples/groups.rs"]
pub mod groups;

#[allow(dead_code, reason = "its `main`")]
#[path = "../../../examples/metrics.rs"]
pub mod metrics;

#[allow(dead_code, reason = "its `main`")]
#[path = "../../../examples/observer.rs"]
pub mod observer;

#[allow(dead_code, reason = "its `main`")]
#[path = "../../../examples/own_routes.rs"]
pub mod own_routes;

#[allow(dead_code, reason = "its `main`")]
#[path = "../../../examples/permissions.rs"]
pub mod permissions;

#[allow(dead_code, reason = "its `main`")]
#[path = "../../../examples/signals.rs"]
pub mod signals;
