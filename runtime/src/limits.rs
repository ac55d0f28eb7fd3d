//! How much one connection may ask of the server.

use std::time::Duration;

/// Bounds of every connection. The defaults suit a public API of small documents.
///
/// ```
/// let mut limits = dcrf_runtime::Limits::default();
/// limits.frame = 1024 * 1024;
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of one inbound message; larger ones close the connection with 1009. Default: 64 KiB.
    pub frame: usize,
    /// Bytes of one reply; larger ones become an error with status 500. Default: 16 MiB.
    pub reply: usize,
    /// Requests that may wait in one stream; when one has so many, the socket is not read. Default: 16.
    pub pending: usize,
    /// Bytes of all waiting requests of a connection; the socket is not read above. Default: 256 KiB.
    pub pending_bytes: usize,
    /// Detached actions that run at once on a connection; further ones wait in their stream. Default: 32; at most
    /// half of [`outbound`](Self::outbound), as each needs a place for its answer.
    pub detached: usize,
    /// Frames that may wait for a slow reader. No request is begun that would need more; whatever else would
    /// exceed it closes the connection with 1013. Default: 128.
    pub outbound: usize,
    /// Bytes that may wait for a slow reader before no further request is begun. Default: 1 MiB.
    pub outbound_bytes: usize,
    /// Events that may wait for a connection, beside [`outbound`](Self::outbound): while their stream is busy with a
    /// request, or while the reader is slow. More meet the observer's [`Overflow`](crate::meta::Overflow). Default: 1024.
    pub events: usize,
    /// How long a write may be stuck before the connection is dropped. Default: 20 s.
    pub write_timeout: Duration,
    /// How long a client may take to send the head of its HTTP request, the next one on a connection that is kept
    /// included. Default: 15 s.
    pub head_within: Duration,
    /// After how long a silence the server pings. Default: 20 s.
    pub ping_after: Duration,
    /// How long after the ping it waits for a sign of life before it drops the connection. Default: 30 s.
    pub pong_within: Duration,
    /// How long a connection that the server closes may take to agree. Default: 5 s.
    pub close_within: Duration,
    /// How long requests of a client that has gone may go on. Default: 10 s, as daphne.
    pub linger: Duration,
    /// How long requests in flight may go on when the server shuts down. Default: 10 s.
    pub shutdown: Duration,
    /// How often SQLite is asked whether somebody else has written, where a model asks for that
    /// (`x-observe-database`). PostgreSQL says so itself. Default: 100 ms.
    pub database_poll: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frame: 64 * 1024,
            reply: 16 * 1024 * 1024,
            pending: 16,
            pending_bytes: 256 * 1024,
            detached: 32,
            outbound: 128,
            outbound_bytes: 1024 * 1024,
            events: 1024,
            write_timeout: Duration::from_secs(20),
            head_within: Duration::from_secs(15),
            ping_after: Duration::from_secs(20),
            pong_within: Duration::from_secs(30),
            close_within: Duration::from_secs(5),
            linger: Duration::from_secs(10),
            shutdown: Duration::from_secs(10),
            database_poll: Duration::from_millis(100),
        }
    }
}

impl Limits {
    /// The same, without values under which nothing could ever be answered.
    pub(crate) fn workable(mut self) -> Self {
        self.outbound = self.outbound.max(2);
        self.outbound_bytes = self.outbound_bytes.max(1);
        self.pending = self.pending.max(1);
        self.database_poll = self.database_poll.max(Duration::from_millis(1));
        self.events = self.events.max(1);
        self.pending_bytes = self.pending_bytes.max(1);
        self.detached = self.detached.clamp(1, self.outbound / 2);
        self
    }
}
