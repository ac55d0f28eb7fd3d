//! Brokers, which carry events from the node of a write to the nodes of its subscribers.
//!
//! | URL | broker |
//! |---|---|
//! | `memory:` | none: the application is one process |
//! | `redis://…` | Redis pub/sub, with the feature `redis` |
//! | `redis+cluster://…` | the sharded pub/sub of Redis Cluster, with the feature `redis-cluster` |
//! | `postgres://…` | PostgreSQL's LISTEN and NOTIFY |
//! | `nats://…` | NATS, with the feature `nats` |
//!
//! All except memory share the code of `remote`: a node delivers its own messages at once and sends them to other nodes
//! through the broker, keeps them while the broker cannot be reached, and sends `resync` to subscribers that may have
//! missed something.

mod choose;
mod contract;
mod incoming;
#[cfg(feature = "nats")]
mod nats;
mod options;
mod postgres;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "redis-cluster")]
mod redis_cluster;
mod remote;

#[cfg(all(test, feature = "redis", feature = "nats"))]
mod tests;

pub use contract::{Broker, BrokerMessage};
pub use incoming::Incoming;
pub use options::{BrokerError, BrokerOptions};
