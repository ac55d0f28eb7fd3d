//! Redis Cluster: sharded pub/sub (Redis 7), so that a message goes to the one shard of its channel and not to all.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::try_join_all;
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::{AsyncCommands as _, ProtocolVersion, PushInfo, PushKind, RedisError, Value};

use super::BrokerError;
use super::remote::{Failure, Inlet, Letter, Link};

/// What stands before the scheme of the nodes' URLs.
const SCHEME: &str = "redis+cluster://";
/// How often a command is tried again while the cluster moves slots. The driver gives up sooner if that takes too long.
const RETRIES: u32 = 3;

/// The nodes of a cluster, as far as they are known at the start.
pub(super) struct Server {
    nodes: Vec<String>,
    namespace: String,
}

impl Server {
    /// The cluster of a URL: `redis+cluster://[user:password@]host:port[,host:port…]`.
    pub(super) fn new(url: &str, namespace: &str) -> Result<Self, BrokerError> {
        let rest = url.strip_prefix(SCHEME).ok_or(BrokerError::Scheme)?;
        let (credentials, hosts) =
            rest.rsplit_once('@').map_or(("", rest), |(_, hosts)| (&rest[..rest.len() - hosts.len()], hosts));
        let nodes = hosts.trim_end_matches('/').split(',');
        let nodes: Vec<String> = nodes.map(|host| format!("redis://{credentials}{host}")).collect();
        ClusterClient::new(nodes.clone()).map_err(|error| BrokerError::Unreachable(error.to_string()))?;
        Ok(Self { nodes, namespace: namespace.to_owned() })
    }
}

impl super::remote::Server for Server {
    type Link = Connection;

    fn name(&self, channel: &str) -> String {
        format!("{}:{channel}", self.namespace)
    }

    async fn open(&self, inlet: Inlet) -> Result<Connection, Failure> {
        let ending = Ending::default();
        let expected = ending.clone();
        let received = move |push: PushInfo| {
            receive(&inlet, &expected, &push);
            Ok::<(), redis::aio::SendError>(())
        };
        let client = ClusterClient::builder(self.nodes.clone())
            .use_protocol(ProtocolVersion::RESP3)
            .retries(RETRIES)
            // The driver has its own, which is shorter if it is to be.
            .connection_timeout(Duration::from_secs(30))
            .response_timeout(Duration::from_secs(30))
            .push_sender(received)
            .build()
            .map_err(Failure::new)?;
        let connection = client.get_async_connection().await.map_err(Failure::new)?;
        Ok(Connection { connection, ending })
    }
}

/// Subscriptions that this node is about to end: others are ended by the cluster, when it moves a slot.
#[derive(Clone, Default)]
struct Ending(Arc<Mutex<HashSet<Vec<u8>>>>);

impl Ending {
    fn names(&self) -> MutexGuard<'_, HashSet<Vec<u8>>> {
        // Every edit leaves it whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn receive(inlet: &Inlet, ending: &Ending, push: &PushInfo) {
    match (&push.kind, push.data.as_slice()) {
        (PushKind::SMessage, [Value::BulkString(name), Value::BulkString(text)]) => {
            inlet.put(&String::from_utf8_lossy(name), text);
        }
        (PushKind::SUnsubscribe, [Value::BulkString(name), ..]) if ending.names().remove(name) => {}
        // One shard is enough: what it said meanwhile is lost.
        (PushKind::Disconnection, _) => inlet.lose("the connection to a shard was closed"),
        (PushKind::SUnsubscribe, _) => inlet.lose("a slot has moved to another shard"),
        _ => {}
    }
}

/// Connections to the shards.
pub(super) struct Connection {
    connection: ClusterConnection,
    ending: Ending,
}

impl Connection {
    /// Does something for each name, all at once: names are of different shards.
    async fn each<F, T>(&self, names: &[String], mut command: F) -> Result<(), Failure>
    where
        F: FnMut(ClusterConnection, String) -> T,
        T: Future<Output = Result<(), RedisError>>,
    {
        let all = names.iter().map(|name| command(self.connection.clone(), name.clone()));
        try_join_all(all).await.map(drop).map_err(Failure::new)
    }
}

impl Link for Connection {
    async fn subscribe(&mut self, names: &[String]) -> Result<(), Failure> {
        self.each(names, async |mut connection, name| connection.ssubscribe(name).await).await
    }

    async fn unsubscribe(&mut self, names: &[String]) -> Result<(), Failure> {
        self.ending.names().extend(names.iter().map(|name| name.clone().into_bytes()));
        self.each(names, async |mut connection, name| connection.sunsubscribe(name).await).await
    }

    /// In their order for each name; names do not wait for each other.
    async fn publish(&mut self, letters: &[Letter]) -> Result<(), Failure> {
        let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for letter in letters {
            by_name.entry(&letter.name).or_default().push(&letter.text);
        }
        let all = by_name.into_iter().map(|(name, texts)| {
            let mut connection = self.connection.clone();
            async move {
                for text in texts {
                    let _: usize = connection.spublish(name, text).await?;
                }
                Ok::<(), RedisError>(())
            }
        });
        try_join_all(all).await.map(drop).map_err(Failure::new)
    }

    async fn ping(&mut self) -> Result<(), Failure> {
        redis::cmd("PING").exec_async(&mut self.connection).await.map_err(Failure::new)
    }
}
