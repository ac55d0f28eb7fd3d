//! Chooses the broker by its URL.

#[cfg(feature = "nats")]
use super::nats;
use super::options::{BrokerError, BrokerOptions};
#[cfg(feature = "redis")]
use super::redis;
#[cfg(feature = "redis-cluster")]
use super::redis_cluster;
use super::{postgres, remote};
use crate::db::Db;

impl Db {
    /// Carries events to other nodes through the broker of a URL from now on. The application calls this before it
    /// serves clients.
    ///
    /// # Errors
    /// [`BrokerError`], within seconds, if the broker cannot be used; the previous broker stays in use then.
    pub async fn use_broker(&self, url: &str, options: BrokerOptions) -> Result<(), BrokerError> {
        let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
        if !cfg!(feature = "tls") && matches!(scheme, "rediss" | "rediss+cluster" | "tls") {
            return Err(BrokerError::Feature("tls"));
        }
        match scheme {
            "memory" => self.hub().remove_broker(),
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
