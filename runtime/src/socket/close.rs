//! The codes and reasons of closed sockets.

use std::borrow::Cow;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use axum::Error as SocketError;
use axum::extract::ws::close_code;

use super::counting_stream::TooManyFragments;

/// Close code 1012: the server restarts, and the client should reconnect (IANA's registry of close codes).
pub(crate) const SERVICE_RESTART: u16 = close_code::RESTART;

/// Close code 4401: the rights of the user have ended, or the user did not authenticate. Codes from 4000 on belong to
/// applications (RFC 6455, 7.4.2); the last three digits are those of the status.
pub(crate) const NOT_AUTHENTICATED: u16 = 4401;

/// Close code 1011: the server failed (RFC 6455, 7.4.1).
pub(crate) const SERVER_ERROR: u16 = close_code::ERROR;

/// Close code 4403: a permission refuses the connection after its first frame.
pub(crate) const FORBIDDEN: u16 = 4403;

/// Returns the reason of a close on shutdown. It contains a random time after which the client has to reconnect, so
/// that not all clients reconnect at once. The clients that `dcrf` generates parse the number.
pub(crate) fn come_back_within(time: Duration) -> Cow<'static, str> {
    // The hasher is keyed by the operating system's randomness; it does not have to be unpredictable.
    let random = RandomState::new().hash_one(());
    let milliseconds = (u128::from(random) * time.as_millis()) >> 64;
    Cow::Owned(format!("the server restarts; retry in {milliseconds} ms"))
}

/// Returns the close code for a breach of the protocol (RFC 6455, 7.4.1); `None` if the connection itself is broken.
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
