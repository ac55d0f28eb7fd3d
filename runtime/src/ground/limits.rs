//! The limits of a server: docs/limits.md says what happens beyond each.

use std::time::Duration;

/// JSON arrays and objects may be nested this deep; `serde_json` itself gives up at 128.
pub const MAX_DEPTH: usize = 100;

/// Why a text is no setting of limits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LimitError {
    /// It is not `name=value`.
    #[error("`{0}` is not `name=value`")]
    Form(String),
    /// There is no such limit.
    #[error("there is no limit `{0}`; there are: {names}", names = Limits::NAMES.join(", "))]
    Name(String),
    /// Its value is none.
    #[error("`{value}` is not a value of the limit `{name}`: it takes {expected}")]
    Value {
        /// The limit.
        name: &'static str,
        /// What was given.
        value: String,
        /// What is taken.
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
            /// The names that [`configure`](Self::configure) knows: those of the fields.
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
    /// Bytes of one inbound message; larger ones close the connection with 1009. Default: 64 KiB.
    frame: usize = 64 * 1024,
    /// Frames that one inbound message may come in (RFC 6455, 5.4); more close the connection with 1008. Counted by
    /// [`Service::serve`](crate::Service::serve) alone, which owns the TCP connection. Default: 64.
    fragments: u32 = 64,
    /// Levels to which the JSON of a frame may be nested; deeper ones are answered with 400. Default, and most: 100.
    depth: usize = MAX_DEPTH,
    /// TCP connections in all; further ones are answered with 503. Counted by
    /// [`Service::serve`](crate::Service::serve) alone. Default: 20,000.
    connections: usize = 20_000,
    /// TCP connections of one address (IPv6: of one /64), or sockets of one if the service is
    /// [behind a proxy](crate::Service::behind_proxy); further ones are answered with 429. Counted by
    /// [`Service::serve`](crate::Service::serve) alone. Default: 1,000.
    connections_per_address: usize = 1_000,
    /// Bytes that connections may make the process hold: rows and replies in the making, frames, events and requests that
    /// wait, subscriptions. What would exceed it is answered with 503 before it is made; if it is exceeded by what cannot
    /// be refused any more, the connection is ended whose reader leaves most behind. Default: 192 MiB.
    memory: usize = 192 * 1024 * 1024,
    /// The part of [`memory`](Self::memory) for all connections of one address (IPv6: of one /64), as far as it is known;
    /// further requests are answered with 429. Default: 96 MiB.
    memory_per_address: usize = 96 * 1024 * 1024,
    /// The part of [`memory`](Self::memory) for one connection; further requests are answered with 429, and with 400 if one
    /// request alone needs more. Default: 48 MiB.
    memory_per_connection: usize = 48 * 1024 * 1024,
    /// Subscriptions of one connection; further ones are answered with 429. Default: 1,024.
    subscriptions: usize = 1_024,
    /// Frames that one connection may send in a second, with as many again saved up; further ones are answered with
    /// 429. Default: 1,000.
    requests_per_second: u32 = 1_000,
    /// How long one action may take, and so long may be thought about a handshake; then it is given up and answered
    /// with 503. [Detached](crate::meta::ActionMeta::detached) actions may take longer. Default: 30 s.
    action: Duration = Duration::from_secs(30),
    /// How long a read that may take long, a write or a transaction waits for its turn at the database; then it is
    /// answered with 503. Default: 20 s.
    database_wait: Duration = Duration::from_secs(20),
    /// Rows of one page that a client asks for by `limit`, where the definition sets no `max_limit`. Default: 1,000.
    page: u64 = 1_000,
    /// Rows of one list without pages; longer ones are answered with 400. Default: 10,000.
    rows: u64 = 10_000,
    /// Bytes of one reply; larger ones become an error with status 500. Default: 16 MiB.
    reply: usize = 16 * 1024 * 1024,
    /// Requests that may wait in one stream; when one has so many, the socket is not read. Default: 16.
    pending: usize = 16,
    /// Bytes of all waiting requests of a connection; the socket is not read above. Default: 256 KiB.
    pending_bytes: usize = 256 * 1024,
    /// Detached actions that run at once on a connection; further ones wait in their stream. Default: 32; at most
    /// half of [`outbound`](Self::outbound), as each needs a place for its answer.
    detached: usize = 32,
    /// Frames that may wait for a slow reader. No request is begun that would need more; whatever else would
    /// exceed it closes the connection with 1013. Default: 128.
    outbound: usize = 128,
    /// Bytes that may wait for a slow reader before no further request is begun. Default: 1 MiB.
    outbound_bytes: usize = 1024 * 1024,
    /// Bytes of events that may wait for a connection. More meet the observer's [`Overflow`](crate::meta::Overflow).
    /// Default: 4 MiB.
    event_bytes: usize = 4 * 1024 * 1024,
    /// Events that may wait for a connection, beside [`outbound`](Self::outbound): while their stream is busy with a
    /// request, or while the reader is slow. More meet the observer's [`Overflow`](crate::meta::Overflow). Default: 1024.
    events: usize = 1024,
    /// How long a write may be stuck before the connection is dropped, that of an answer over HTTP included. Default:
    /// 20 s.
    write_timeout: Duration = Duration::from_secs(20),
    /// How long a client may take to send the head of its HTTP request, the next one on a connection that is kept
    /// included. Default: 15 s.
    head_within: Duration = Duration::from_secs(15),
    /// How long a client may take to send the body of an HTTP request, from when it is first asked for; then it counts
    /// as broken, and the connection is cut. Counted by [`Service::serve`](crate::Service::serve) alone. Default: 30 s.
    body_within: Duration = Duration::from_secs(30),
    /// Frames that a socket may send before it has proved whose it is, where its authenticator waits for a token in the
    /// first frame; the next one closes it with 4401. Default: 64.
    unauthenticated: usize = 64,
    /// After how long a silence the server pings. Default: 20 s.
    ping_after: Duration = Duration::from_secs(20),
    /// How long after the ping it waits for a sign of life before it drops the connection. Default: 30 s.
    pong_within: Duration = Duration::from_secs(30),
    /// How long a connection that the server closes may take to agree. Default: 5 s.
    close_within: Duration = Duration::from_secs(5),
    /// How long requests of a client that has gone may go on. Default: 10 s, as daphne.
    linger: Duration = Duration::from_secs(10),
    /// How long requests in flight may go on when the server shuts down. Default: 10 s.
    shutdown: Duration = Duration::from_secs(10),
    /// Within how long clients are told to come back when the server shuts down, each at another moment of it.
    /// Default: 5 s.
    retry_within: Duration = Duration::from_secs(5),
    /// How often SQLite is asked whether somebody else has written, where a model asks for that
    /// (`x-observe-database`). PostgreSQL says so itself. Default: 100 ms.
    database_poll: Duration = Duration::from_millis(100),
}

impl Limits {
    /// Sets limits by their names: `frame=1MiB, action=5s`. Numbers may end with `KiB` or `MiB`; times end with `ms`
    /// or `s`.
    ///
    /// # Errors
    /// [`LimitError`]; the limits before the one that is wrong are set then.
    pub fn configure(&mut self, settings: &str) -> Result<(), LimitError> {
        for setting in settings.split(',').map(str::trim).filter(|setting| !setting.is_empty()) {
            let (name, value) =
                setting.split_once('=').ok_or_else(|| LimitError::Form(setting.to_owned()))?;
            self.set(name.trim(), value.trim())?;
        }
        Ok(())
    }

    /// Returns the limits with values under which requests can be answered.
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
