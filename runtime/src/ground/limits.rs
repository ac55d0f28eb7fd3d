//! The limits of a server: docs/limits.md says what happens beyond each of them.

use std::time::Duration;

/// The levels to which JSON arrays and objects may be nested; `serde_json` itself stops at 128.
pub const MAX_DEPTH: usize = 100;

/// The reason why a text is not a valid setting of limits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LimitError {
    /// The setting is not of the form `name=value`.
    #[error("`{0}` is not `name=value`")]
    Form(String),
    /// There is no limit with this name.
    #[error("there is no limit `{0}`; there are: {names}", names = Limits::NAMES.join(", "))]
    Name(String),
    /// The value is not valid for the limit.
    #[error("`{value}` is not a value of the limit `{name}`: it takes {expected}")]
    Value {
        /// The name of the limit.
        name: &'static str,
        /// The given value.
        value: String,
        /// A description of the values that the limit accepts.
        expected: &'static str,
    },
}

/// A type of limits, parsed from text.
trait Setting: Sized {
    const EXPECTED: &'static str;

    fn read(text: &str) -> Option<Self>;
}

impl Setting for usize {
    const EXPECTED: &'static str = "a number, such as 100, 64KiB or 1MiB";

    fn read(text: &str) -> Option<Self> {
        let (digits, unit) = match text {
            text if text.ends_with("KiB") => (text.trim_end_matches("KiB"), 1024),
            text if text.ends_with("MiB") => (text.trim_end_matches("MiB"), 1024 * 1024),
            text => (text, 1),
        };
        digits.parse::<Self>().ok()?.checked_mul(unit)
    }
}

impl Setting for u64 {
    const EXPECTED: &'static str = "a number, such as 100";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Setting for u32 {
    const EXPECTED: &'static str = "a number, such as 100";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Setting for Duration {
    const EXPECTED: &'static str = "a time, such as 500ms or 15s";

    fn read(text: &str) -> Option<Self> {
        match text.strip_suffix("ms") {
            Some(digits) => digits.parse().ok().map(Self::from_millis),
            None => text.strip_suffix('s')?.parse().ok().map(Self::from_secs),
        }
    }
}

/// Declares the limits, each once: documentation, name, type and default.
macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $default:expr,)*) => {
        /// Bounds of the server and of every connection. The defaults suit a public API of small documents.
        ///
        /// ```
        /// let mut limits = dcrf_runtime::Limits::default();
        /// limits.frame = 1024 * 1024;
        /// limits.configure("depth=20, action=5s")?;
        /// # Ok::<(), dcrf_runtime::limits::LimitError>(())
        /// ```
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        pub struct Limits {
            $($(#[$doc])* pub $name: $type,)*
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        impl Limits {
            /// The names that [`configure`](Self::configure) accepts: those of the fields.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// Sets a limit by its name.
            fn set(&mut self, name: &str, value: &str) -> Result<(), LimitError> {
                match name {
                    $(stringify!($name) => {
                        self.$name = <$type as Setting>::read(value).ok_or_else(|| LimitError::Value {
                            name: stringify!($name),
                            value: value.to_owned(),
                            expected: <$type as Setting>::EXPECTED,
                        })?;
                    })*
                    other => return Err(LimitError::Name(other.to_owned())),
                }
                Ok(())
            }
        }
    };
}

limits! {
    /// The bytes of one inbound message; a larger message closes the connection with 1009. Default: 64 KiB.
    frame: usize = 64 * 1024,
    /// The frames of one inbound message (RFC 6455, 5.4); more frames close the connection with 1008. Only
    /// [`Service::serve`](crate::Service::serve), which owns the TCP connection, counts them. Default: 64.
    fragments: u32 = 64,
    /// The levels to which the JSON of a frame may be nested; a deeper frame is answered with 400. Default, and
    /// maximum: 100.
    depth: usize = MAX_DEPTH,
    /// All TCP connections; a further connection is answered with 503. Only [`Service::serve`](crate::Service::serve)
    /// counts them. Default: 20,000.
    connections: usize = 20_000,
    /// The TCP connections of one address (of IPv6: of one /64 network), or the sockets of one address if the service
    /// is [behind a proxy](crate::Service::behind_proxy); a further connection is answered with 429. Only
    /// [`Service::serve`](crate::Service::serve) counts them. Default: 1,000.
    connections_per_address: usize = 1_000,
    /// The bytes that connections may make the process hold: rows and answers while they are made, frames, events and
    /// requests that wait, and subscriptions. A request that would exceed the limit is answered with 503 before its
    /// answer is made; if something that cannot be refused any more exceeds it, the connection with the most unread
    /// bytes is ended. Default: 192 MiB.
    memory: usize = 192 * 1024 * 1024,
    /// The part of [`memory`](Self::memory) for all connections of one address (of IPv6: of one /64 network), if the
    /// address is known; a further request is answered with 429. Default: 96 MiB.
    memory_per_address: usize = 96 * 1024 * 1024,
    /// The part of [`memory`](Self::memory) for one connection; a further request is answered with 429, or with 400 if
    /// the request alone needs more. Default: 48 MiB.
    memory_per_connection: usize = 48 * 1024 * 1024,
    /// The subscriptions of one connection; a further subscription is answered with 429. Default: 1,024.
    subscriptions: usize = 1_024,
    /// The frames that one connection may send per second, with a burst of as many; a further frame is answered with
    /// 429. Default: 1,000.
    requests_per_second: u32 = 1_000,
    /// The time of one action, and of the authentication and permissions of a handshake; after that they are cancelled
    /// and answered with 503. [Detached](crate::meta::ActionMeta::detached) actions may take longer. Default: 30 s.
    action: Duration = Duration::from_secs(30),
    /// The time that a read that may take long, a write or a transaction waits for its turn at the database; after that
    /// it is answered with 503. Default: 20 s.
    database_wait: Duration = Duration::from_secs(20),
    /// The rows of a page that a client requests by `limit`, if the definition sets no `max_limit`. Default: 1,000.
    page: u64 = 1_000,
    /// The rows of a list without pages; a longer list is answered with 400. Default: 10,000.
    rows: u64 = 10_000,
    /// The bytes of one answer; a larger one becomes an error with status 500, or 400 if it is a list. Default: 16 MiB.
    reply: usize = 16 * 1024 * 1024,
    /// The requests that may wait in one stream; while there are as many, the socket is not read. Default: 16.
    pending: usize = 16,
    /// The bytes of all waiting requests of a connection; while there are more, the socket is not read. Default: 256
    /// KiB.
    pending_bytes: usize = 256 * 1024,
    /// The detached actions that run at the same time on a connection; further actions wait in their stream. Default:
    /// 32. The maximum is half of [`outbound`](Self::outbound), because each action needs a place for its answer.
    detached: usize = 32,
    /// The frames that may wait for a slow reader. No request begins that would need more; if anything else exceeds the
    /// limit, the connection is closed with 1013. Default: 128.
    outbound: usize = 128,
    /// The bytes that may wait for a slow reader; while there are more, no further request begins. Default: 1 MiB.
    outbound_bytes: usize = 1024 * 1024,
    /// The bytes of events that may wait for a connection; beyond that the observer's
    /// [`Overflow`](crate::meta::Overflow) applies. Default: 4 MiB.
    event_bytes: usize = 4 * 1024 * 1024,
    /// The events that may wait for a connection, in addition to [`outbound`](Self::outbound), while their stream is
    /// busy with a request or while the reader is slow; beyond that the observer's [`Overflow`](crate::meta::Overflow)
    /// applies. Default: 1,024.
    events: usize = 1024,
    /// The time for which the client may take no data of a write, including an answer over HTTP; after that the
    /// connection is dropped. Default: 20 s.
    write_timeout: Duration = Duration::from_secs(20),
    /// The time in which a client must send the head of its HTTP request, including the next request on a connection
    /// that is kept alive. Default: 15 s.
    head_within: Duration = Duration::from_secs(15),
    /// The time in which a client must send the body of an HTTP request, beginning when the body is first read; after
    /// that the body counts as broken, and the connection is cut. Only [`Service::serve`](crate::Service::serve)
    /// enforces this limit. Default: 30 s.
    body_within: Duration = Duration::from_secs(30),
    /// The uploads that are received at the same time; a further one is answered with 503. Each is held in memory, up to
    /// the size that its field takes. Default: 8.
    uploads: usize = 8,
    /// The time that an uploaded file waits for the row that names it; after that it is deleted. Default: 1 hour.
    upload_within: Duration = Duration::from_secs(3600),
    /// The frames that a socket may send before it is authenticated, if its authenticator waits for a token in the
    /// first frame; the next frame closes the socket with 4401. Default: 64.
    unauthenticated: usize = 64,
    /// The time without data from the client after which the server sends a ping. Default: 20 s.
    ping_after: Duration = Duration::from_secs(20),
    /// The time without data from the client after a ping, after which the server drops the connection. Default: 30 s.
    pong_within: Duration = Duration::from_secs(30),
    /// The time in which the client must answer a close of the server. Default: 5 s.
    close_within: Duration = Duration::from_secs(5),
    /// The time for which requests of a client that has disconnected continue. Default: 10 s, as in daphne.
    linger: Duration = Duration::from_secs(10),
    /// The time without a sign of life after which a server counts as ended, so that the others remove its members from
    /// the groups of [`Presence`](crate::Presence). Each server gives three signs in this time. Default: 10 s.
    presence: Duration = Duration::from_secs(10),
    /// The time for which requests in flight continue when the server shuts down. Default: 10 s.
    shutdown: Duration = Duration::from_secs(10),
    /// The time within which clients are told to reconnect when the server shuts down, each at another moment. Default:
    /// 5 s.
    retry_within: Duration = Duration::from_secs(5),
    /// The interval at which the server checks SQLite for writes of other programs, if a model requires this
    /// (`x-observe-database`). PostgreSQL sends notifications instead. Default: 100 ms.
    database_poll: Duration = Duration::from_millis(100),
}

impl Limits {
    /// Sets limits by their names: `frame=1MiB, action=5s`. Numbers may end with `KiB` or `MiB`; times end with `ms` or
    /// `s`.
    ///
    /// # Errors
    /// Returns [`LimitError`] for the first invalid setting; the settings before it are applied nevertheless.
    pub fn configure(&mut self, settings: &str) -> Result<(), LimitError> {
        for setting in settings.split(',').map(str::trim).filter(|setting| !setting.is_empty()) {
            let (name, value) =
                setting.split_once('=').ok_or_else(|| LimitError::Form(setting.to_owned()))?;
            self.set(name.trim(), value.trim())?;
        }
        Ok(())
    }

    /// Returns the limits, adjusted so that requests can be answered.
    pub(crate) fn workable(mut self) -> Self {
        self.outbound = self.outbound.max(2);
        self.outbound_bytes = self.outbound_bytes.max(1);
        self.pending = self.pending.max(1);
        self.database_poll = self.database_poll.max(Duration::from_millis(1));
        self.events = self.events.max(1);
        self.pending_bytes = self.pending_bytes.max(1);
        self.detached = self.detached.clamp(1, self.outbound / 2);
        self.depth = self.depth.clamp(1, MAX_DEPTH);
        self.page = self.page.max(1);
        self.memory_per_address = self.memory_per_address.min(self.memory);
        self.memory_per_connection = self.memory_per_connection.min(self.memory_per_address);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_from_text() {
        let mut limits = Limits::default();
        limits
            .configure(" frame = 1MiB,depth=7, action=250ms,head_within=3s,page=9,fragments=2, ")
            .expect("good");
        assert_eq!((limits.frame, limits.depth, limits.page, limits.fragments), (1024 * 1024, 7, 9, 2));
        assert_eq!((limits.action, limits.head_within), (Duration::from_millis(250), Duration::from_secs(3)));
        limits.configure("").expect("nothing to set");
    }

    #[test]
    fn what_is_no_limit_is_said() {
        let refused = |text: &str| Limits::default().configure(text).expect_err(text).to_string();
        assert_eq!(refused("frame"), "`frame` is not `name=value`");
        assert!(
            refused("fame=1").starts_with("there is no limit `fame`; there are: frame, fragments, depth, ")
        );
        assert_eq!(
            refused("frame=1GB"),
            "`1GB` is not a value of the limit `frame`: it takes a number, such as 100, 64KiB or 1MiB"
        );
        assert_eq!(
            refused("action=5"),
            "`5` is not a value of the limit `action`: it takes a time, such as 500ms or 15s"
        );
        assert!(refused("frame=99999999999999999MiB").starts_with("`9"));
    }
}
