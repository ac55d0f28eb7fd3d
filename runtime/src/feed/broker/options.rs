//! The options of a broker, and the errors of choosing one.

use std::time::Duration;

/// The options of a broker.
///
/// ```no_run
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
///
/// use dcrf_runtime::Db;
/// use dcrf_runtime::broker::BrokerOptions;
///
/// let db = Db::connect("sqlite:things.sqlite3", &things::MIGRATIONS).await?;
/// let options = BrokerOptions { timeout: Duration::from_secs(2), ..BrokerOptions::new("things") };
/// db.use_broker("redis://127.0.0.1", options).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct BrokerOptions {
    /// The prefix of the name of every channel, so that applications can share a broker.
    pub namespace: String,
    /// The time within which the broker has to answer. After that the connection counts as lost.
    pub timeout: Duration,
    /// The interval at which the connection is checked.
    pub ping: Duration,
    /// The longest pause between two attempts to connect.
    pub retry: Duration,
    /// The greatest number of messages that wait to be sent. If there are more, the oldest are dropped, and their
    /// subscribers receive `resync` as soon as the broker can be reached again.
    pub outbox: usize,
    /// The greatest number of messages that wait to be delivered. If there are more, they are dropped, and the
    /// subscribers of this node receive `resync`.
    pub inbox: usize,
}

impl BrokerOptions {
    /// Returns the default options of an application with this namespace.
    pub fn new(namespace: impl Into<String>) -> Self {
        Self {
            namespace: namespace.into(),
            timeout: Duration::from_secs(5),
            ping: Duration::from_secs(5),
            retry: Duration::from_secs(5),
            outbox: 16_384,
            inbox: 16_384,
        }
    }
}

/// The reason why a broker cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BrokerError {
    /// The scheme of the URL does not belong to a broker.
    #[error(
        "a broker URL begins with memory:, redis:, redis+cluster:, postgres: or nats:, or with rediss:, rediss+cluster: \
         or tls: (NATS) where it is encrypted"
    )]
    Scheme,
    /// The application was built without the feature that the broker needs.
    #[error("this application was built without the feature `{0}` of dcrf-runtime")]
    Feature(&'static str),
    /// The broker cannot be reached, or refuses the connection.
    #[error("{0}")]
    Unreachable(String),
}
