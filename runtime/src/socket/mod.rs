//! One socket: its connection, and the requests on it.

pub(crate) mod close;
pub(crate) mod connection;
pub(crate) mod crowd;
pub(crate) mod large;
pub(crate) mod line;
pub(crate) mod session;
pub(crate) mod stream;
