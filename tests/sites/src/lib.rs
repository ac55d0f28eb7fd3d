//! Three applications with the streams of the sites in `peer/`, which are modelled on real applications of Django
//! Channels REST Framework.

mod authenticator;
mod boards;
mod chat;
mod orders;

pub use boards::BOARDS;
pub use chat::CHAT;
pub use orders::ORDERS;
