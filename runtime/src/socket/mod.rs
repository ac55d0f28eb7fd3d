//! One socket: its connection, and the requests on it.

pub(crate) mod close;
pub(crate) mod connection;
pub(crate) mod connection_counter;
pub(crate) mod counting_stream;
pub(crate) mod large;
pub(crate) mod session;
pub(crate) mod stream;
