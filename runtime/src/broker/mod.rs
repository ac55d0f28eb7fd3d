//! What carries events from the node where something happened to those where somebody listens.
//!
//! | URL | broker |
//! |---|---|
//! | `memory:` | none: the application is one process |
//! | `redis://…` | Redis pub/sub, with the feature `redis` |
//! | `redis+cluster://…` | the sharded pub/sub of Redis Cluster, with the feature `redis-cluster` |
//! | `postgres://…` | PostgreSQL's LISTEN and NOTIFY |
//! | `nats://…` | NATS, with the feature `nats` |
//!
//! All but memory share what is in `remote`: a node delivers its own messages at once and to the others by the broker,
//! keeps what it says while the broker is away, and tells subscribers when they have missed something.

mod codec;
mod memory;
#[cfg(feature = "nats")]
mod nats;
mod postgres;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "redis-cluster")]
mod redis_cluster;
mod remote;

#[cfg(all(test, feature = "redis", feature = "nats"))]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use crate::db::Db;
use crate::dispatch::BoxFuture;
use crate::error::Result;
use crate::hub::{Hub, Message};

pub use memory::Memory;

/// Carries messages between the nodes of an application.
pub trait Broker: Send + Sync + 'static {
    /// Sends messages to every node, this one included, in this order. A node that gets one calls [`Hub::deliver`].
    ///
    /// # Errors
    /// The messages may be lost then.
    fn publish<'a>(&'a self, hub: &'a Hub, messages: Vec<Message>) -> BoxFuture<'a, Result<()>>;

    /// Makes sure that what any node sends to a channel comes here from now on: a subscription is answered after that.
    ///
    /// # Errors
    /// The subscription is refused with it.
    fn subscribe<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<()>> {
        let _ = channel;
        Box::pin(std::future::ready(Ok(())))
    }

    /// Nobody on this node listens to a channel any more, unless [`Hub::wants`] it again by now.
    fn unsubscribe(&self, channel: &str) {
        let _ = channel;
    }

    /// What was to be said to these channels may be missing: their subscribers are told so, on every node. A name without
    /// its last part (`<stream>/<observer>`) stands for all channels of an observer.
    fn missed(&self, hub: &Hub, channels: &[Arc<str>]) {
        channels.iter().for_each(|channel| hub.resync(Some(channel)));
    }

    /// Whether anybody may hear an observer of a stream, on whatever node: what nobody hears is not encoded.
    fn is_heard(&self, hub: &Hub, stream: &'static str, observer: &'static str) -> bool {
        let _ = (hub, stream, observer);
        true
    }

    /// Whether it can be reached, as far as is known: `/readyz` asks.
    fn is_connected(&self) -> bool {
        true
    }

    /// Sends what waits to be sent, as far as that is possible soon, and ends.
    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// How a broker is used.
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

impl Db {
    /// Carries events by the broker that a URL names, from now on: to be called before anybody is served.
    ///
    /// # Errors
    /// [`BrokerError`], within seconds, if it is not there; the broker in use is kept then.
    pub async fn use_broker(&self, url: &str, options: BrokerOptions) -> Result<(), BrokerError> {
        let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
        if !cfg!(feature = "tls") && matches!(scheme, "rediss" | "rediss+cluster" | "tls") {
            return Err(BrokerError::Feature("tls"));
        }
        match scheme {
            "memory" => self.hub().set_broker(Memory),
            "postgres" | "postgresql" => {
                let server = postgres::Server::new(url, &options.namespace)?;
                server.is_there().await?;
                self.hub().set_broker(remote::start(self, server, options).await?);
            }
            #[cfg(feature = "redis")]
            "redis" | "rediss" => {
                let server = redis::Server::new(url, &options.namespace)?;
                server.is_there().await?;
                self.hub().set_broker(remote::start(self, server, options).await?);
            }
            #[cfg(feature = "redis-cluster")]
            "redis+cluster" | "rediss+cluster" => {
                let server = redis_cluster::Server::new(url, &options.namespace)?;
                self.hub().set_broker(remote::start(self, server, options).await?);
            }
            #[cfg(not(feature = "redis-cluster"))]
            "redis+cluster" | "rediss+cluster" => return Err(BrokerError::Feature("redis-cluster")),
            #[cfg(not(feature = "redis"))]
            "redis" | "rediss" => return Err(BrokerError::Feature("redis")),
            #[cfg(feature = "nats")]
            "nats" | "tls" => {
                let server = nats::Server::new(url, &options.namespace)?;
                server.is_there().await?;
                self.hub().set_broker(remote::start(self, server, options).await?);
            }
            #[cfg(not(feature = "nats"))]
            "nats" | "tls" => return Err(BrokerError::Feature("nats")),
            _ => return Err(BrokerError::Scheme),
        }
        Ok(())
    }
}
