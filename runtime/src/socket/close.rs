//! Why sockets are closed: codes and reasons.

use std::borrow::Cow;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use axum::Error as SocketError;
use axum::extract::ws::close_code;

use super::counting_stream::TooManyFragments;

/// Close code 1012: the server restarts, come back (IANA's registry of close codes).
pub(crate) const SERVICE_RESTART: u16 = close_code::RESTART;

/// Close code 4401: the rights of the user have ended, or were never proved. 4000 and up are the application's
/// (RFC 6455, 7.4.2); the last digits are those of the status.
pub(crate) const NOT_AUTHENTICATED: u16 = 4401;

/// Close code 1011: the server failed (RFC 6455, 7.4.1).
pub(crate) const SERVER_ERROR: u16 = close_code::ERROR;

/// Close code 4403: a permission refuses the connection of whoever the first frame was from.
pub(crate) const FORBIDDEN: u16 = 4403;

/// What a client is told when the server shuts down: when to come back, each at another moment, so that not all of
/// them come at once. The clients that `dcrf` generates read the number.
pub(crate) fn come_back_within(time: Duration) -> Cow<'static, str> {
    // Keyed by the operating system's randomness; nobody has to be kept from guessing it.
    let random = RandomState::new().hash_one(());
    let milliseconds = (u128::from(random) * time.as_millis()) >> 64;
    Cow::Owned(format!("the server restarts; retry in {milliseconds} ms"))
}

/// The close code for a breach of the protocol (RFC 6455, 7.4.1); none if the line itself broke.
pub(crate) fn violation(error: SocketError) -> Option<u16> {
    use tungstenite::error::{Error, ProtocolError};
    let error = error.into_inner();
    match error.downcast_ref::<Error>()? {
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        Error::Protocol(_) => Some(close_code::PROTOCOL),
        Error::Utf8(_) => Some(close_code::INVALID),
        Error::Capacity(_) => Some(close_code::SIZE),
        Error::Io(error) if error.get_ref()?.is::<TooManyFragments>() => Some(close_code::POLICY),
        _ => None,
    }
}
