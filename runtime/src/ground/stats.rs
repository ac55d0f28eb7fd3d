//! The counters of a server.
//!
//! All of them are also reported to the [`metrics`] facade: an application that installs a recorder before the service
//! begins can export them. Without a recorder, that costs nothing.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};
use tokio::sync::Notify;

/// Declares the limits that are counted, and their names in the metrics.
macro_rules! crossings {
    ($($(#[$doc:meta])* $name:ident = $label:literal,)*) => {
        /// A limit that can be crossed: see [`Limits`](crate::Limits).
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum LimitKind {
            $($(#[$doc])* $name,)*
        }

        impl LimitKind {
            /// All limits.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Returns the name of the limit in the metrics, which is that of the field of [`Limits`](crate::Limits).
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $label),* }
            }
        }
    };
}

crossings! {
    /// A message was too large: 1009.
    Frame = "frame",
    /// A message came in too many frames: 1008.
    Fragments = "fragments",
    /// JSON was nested too deep: 400.
    Depth = "depth",
    /// There were too many connections: 503.
    Connections = "connections",
    /// There were too many connections of one address: 429.
    ConnectionsPerAddress = "connections_per_address",
    /// Connections made the process hold too much memory: 503, or the connection with the most unread bytes was ended.
    Memory = "memory",
    /// Connections of one address made the process hold too much memory: 429.
    MemoryPerAddress = "memory_per_address",
    /// A connection made the process hold too much memory: 429, or 400 if a single request did.
    MemoryPerConnection = "memory_per_connection",
    /// A connection had too many subscriptions: 429.
    Subscriptions = "subscriptions",
    /// A connection sent too many frames: 429.
    RequestsPerSecond = "requests_per_second",
    /// An action took too long: 503.
    Action = "action",
    /// Something waited too long for its turn at the database: 503.
    DatabaseWait = "database_wait",
    /// A client requested a page that is too large, and got a smaller one.
    Page = "page",
    /// A list without pages was too long: 400.
    Rows = "rows",
    /// An answer was too large: 400 if the client decides how much it requests, else 500.
    Reply = "reply",
    /// A connection had the maximal number of waiting requests, or too many bytes of them: it was not read for a while.
    Pending = "pending",
    /// A reader was too slow: 1013.
    Outbound = "outbound",
    /// Too many events waited for a slow reader, and the overflow of their observer was applied.
    Events = "events",
    /// Too many bytes of events waited for a slow reader, and the overflow of their observer was applied.
    EventBytes = "event_bytes",
    /// A client took no data for too long: its connection was dropped.
    WriteTimeout = "write_timeout",
    /// A client took too long to send the head of a request: its connection was dropped.
    HeadWithin = "head_within",
    /// A client took too long to send the body of a request: its connection was dropped.
    BodyWithin = "body_within",
    /// There were too many uploads at the same time: 503.
    Uploads = "uploads",
    /// A socket sent too many frames before it was authenticated: 4401.
    Unauthenticated = "unauthenticated",
    /// A client sent no data after a ping: its connection was dropped.
    PongWithin = "pong_within",
    /// A client did not answer a close in time: its connection was dropped.
    CloseWithin = "close_within",
    /// Requests of a client that had disconnected took too long: they were cancelled.
    Linger = "linger",
    /// Requests in flight took too long when the server shut down: they were cancelled.
    Shutdown = "shutdown",
}

/// The counters of a [`Service`](crate::Service), for its metrics.
#[derive(Debug, Default)]
pub struct Stats {
    connections: AtomicUsize,
    /// The bytes that connections make the process hold.
    pub(crate) memory: AtomicUsize,
    /// The number of connections that have more to do than one turn takes.
    pub(crate) restless: AtomicUsize,
    crossed: [AtomicU64; LimitKind::ALL.len()],
    closed: Notify,
}

impl Stats {
    /// Returns the number of open connections, and of closed ones whose requests are not finished.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Returns the bytes that connections make the process hold, which [`Limits::memory`](crate::Limits::memory)
    /// bounds.
    pub fn memory(&self) -> usize {
        self.memory.load(Ordering::Relaxed)
    }

    /// Returns how often a limit was crossed since the start.
    pub fn crossed(&self, limit: LimitKind) -> u64 {
        self.crossed[limit as usize].load(Ordering::Relaxed)
    }

    /// Waits until no connection is open.
    pub async fn none_open(&self) {
        loop {
            let closed = self.closed.notified();
            if self.connections() == 0 {
                return;
            }
            closed.await;
        }
    }

    pub(crate) fn open(&self) {
        self.connections.fetch_add(1, Ordering::SeqCst);
        gauge!("dcrf_connections").increment(1);
        counter!("dcrf_connections_total").increment(1);
    }

    pub(crate) fn close(&self) {
        gauge!("dcrf_connections").decrement(1);
        if self.connections.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.closed.notify_waiters();
        }
    }

    /// Counts that a limit was crossed.
    pub(crate) fn cross(&self, limit: LimitKind) {
        self.crossed[limit as usize].fetch_add(1, Ordering::Relaxed);
        counter!("dcrf_limit_crossed_total", "limit" => limit.name()).increment(1);
    }
}

/// The upper bounds of the buckets of durations, in seconds.
#[cfg(feature = "prometheus")]
pub(crate) const BUCKETS: &[f64] = &[0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];

/// Registers the descriptions of the metrics.
#[cfg(feature = "prometheus")]
pub(crate) fn describe() {
    use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
    describe_gauge!(
        "dcrf_connections",
        "Sockets that are open, and closed ones whose requests are not finished"
    );
    describe_gauge!("dcrf_subscriptions", "Subscriptions of this node");
    describe_gauge!("dcrf_memory_bytes", Unit::Bytes, "What connections make the process hold");
    describe_gauge!("dcrf_requests_in_flight", "Requests that are being answered, by stream");
    describe_counter!("dcrf_connections_total", "Sockets that were opened");
    describe_counter!("dcrf_handshakes_total", "Answers to requests for a socket, by HTTP status");
    describe_counter!("dcrf_requests_total", "Requests that were answered, by stream and class of status");
    describe_counter!("dcrf_limit_crossed_total", "How often a limit was crossed, by its name");
    describe_counter!("dcrf_messages_total", "Events and messages that were published on this node");
    describe_counter!("dcrf_deliveries_total", "The same, once for each subscription that received it");
    describe_counter!("dcrf_commits_total", "Commits of the writer of SQLite");
    describe_counter!("dcrf_commit_writes_total", "Writes that these commits were for");
    describe_counter!("dcrf_broker_lost_total", "How often the connection to the broker was lost");
    describe_counter!("dcrf_broker_unreadable_total", "Messages of other nodes that could not be read");
    describe_histogram!(
        "dcrf_request_duration_seconds",
        Unit::Seconds,
        "From the beginning of a request to its (first) answer, by stream"
    );
}

/// Reports gauges that are only computed on demand.
#[cfg(feature = "prometheus")]
pub(crate) fn tell(subscriptions: usize, memory: usize) {
    gauge!("dcrf_subscriptions").set(subscriptions as f64);
    gauge!("dcrf_memory_bytes").set(memory as f64);
}

/// The metrics of a stream's requests. Looking a metric up costs more than counting: this keeps the handles.
#[derive(Clone, Default)]
pub(crate) struct StreamMeter(Option<Box<Handles>>);

#[derive(Clone)]
struct Handles {
    /// The counters by the first digit of the status, beginning with 2.
    requests: [Counter; 4],
    running: Gauge,
    seconds: Histogram,
}

/// A running request, as it is counted. A request that is dropped before it is finished was cancelled.
pub(crate) struct Running<'a>(Option<&'a Handles>);

impl StreamMeter {
    /// Returns the meter of a stream, for the recorder that is installed by now.
    pub(crate) fn of(stream: &'static str) -> Self {
        let requests = ["2xx", "3xx", "4xx", "5xx"];
        Self(Some(Box::new(Handles {
            requests: requests
                .map(|status| counter!("dcrf_requests_total", "stream" => stream, "status" => status)),
            running: gauge!("dcrf_requests_in_flight", "stream" => stream),
            seconds: histogram!("dcrf_request_duration_seconds", "stream" => stream),
        })))
    }

    /// Counts the begin of a request.
    pub(crate) fn begin(&self) -> Running<'_> {
        if let Some(handles) = &self.0 {
            handles.running.increment(1);
        }
        Running(self.0.as_deref())
    }
}

impl Running<'_> {
    /// Counts the answer of the request.
    pub(crate) fn finish(&self, status: u16, time: Duration) {
        let Some(handles) = self.0 else { return };
        if let Some(requests) = handles.requests.get(usize::from(status / 100).saturating_sub(2)) {
            requests.increment(1);
        }
        handles.seconds.record(time);
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if let Some(handles) = self.0 {
            handles.running.decrement(1);
        }
    }
}

impl std::fmt::Debug for StreamMeter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StreamMeter").finish_non_exhaustive()
    }
}
