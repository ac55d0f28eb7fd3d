//! An application with the streams of the reference peer, as far as a definition can say them today.
//!
//! What it is given beyond the definition is what recorded scenarios need of a server: `/ws/_reset/` fills the
//! tables (see [`reset`]), and `?user=<username>` says who is asking.

mod app;
mod authenticator;
pub mod reset;

use dcrf_runtime::{Limits, Service};

pub use app::App;

/// Bytes of the largest message: more than any scenario sends that is to be answered.
const FRAME: usize = 1024 * 1024;

/// The service.
pub fn service() -> Service {
    let mut limits = Limits::default();
    limits.frame = FRAME;
    conformance::service(App)
        .multiplexer("/ws/mixed/", &["open", "refused"])
        .multiplexer("/ws/all_refused/", &["refused"])
        .also_at("/ws/my-consumer/", "my_consumer")
        .also_at("/ws/chat/room/", "rooms")
        .also_at("/user/", "user_view")
        .authenticator(authenticator::QueryUser)
        .limits(limits)
}
