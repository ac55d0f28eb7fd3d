//! The options of a broker, and the errors of choosing one.

use std::time::Duration;

/// How a broker is used.
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
    /// What stands before every channel's name, so that applications can share a broker.
    pub namespace: String,
    /// How long the broker may take for an answer. After that the connection counts as lost.
    pub timeout: Duration,
    /// How often an idle connection is tried.
    pub ping: Duration,
    /// The longest wait between two attempts to connect.
    pub retry: Duration,
    /// How many messages may wait to be sent. When there are more, the oldest are dropped, and their subscribers are
    /// told that they have missed something as soon as the broker is back.
    pub outbox: usize,
    /// How many messages may wait to be delivered. When there are more, they are dropped, and the subscribers of this
    /// node are told that they have missed something.
    pub inbox: usize,
}

impl BrokerOptions {
    /// The usual limits, for an application of this name.
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

/// Why a broker cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BrokerError {
    /// There is no broker for such URLs.
    #[error(
        "a broker URL begins with memory:, redis:, redis+cluster:, postgres: or nats:, or with rediss:, rediss+cluster: \
         or tls: (NATS) where it is encrypted"
    )]
    Scheme,
    /// This application was built without it.
    #[error("this application was built without the feature `{0}` of dcrf-runtime")]
    Feature(&'static str),
    /// It cannot be reached, or refuses.
    #[error("{0}")]
    Unreachable(String),
}
