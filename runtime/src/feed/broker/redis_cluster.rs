//! Redis Cluster: sharded pub/sub (Redis 7), so that a message goes to the one shard of its channel and not to all.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::try_join_all;
use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::cluster_async::ClusterConnection;
use redis::{AsyncCommands as _, ProtocolVersion, PushInfo, PushKind, RedisError, Value};

use super::options::BrokerError;
use super::remote::{Failure, IncomingQueue, Link, OutgoingMessage};
use crate::ground::tls::{Files, warn_of_plain_text};

/// The schemes of URLs, and the schemes of the nodes.
const SCHEMES: [(&str, &str); 2] = [("redis+cluster://", "redis"), ("rediss+cluster://", "rediss")];
/// The number of retries of a command while the cluster moves slots. The driver gives up earlier if that takes too
/// long.
const RETRIES: u32 = 3;

/// The known nodes of a cluster at the start.
pub(super) struct Server {
    nodes: Vec<String>,
    namespace: String,
    files: Files,
}

impl Server {
    /// Creates the cluster of a URL: `redis+cluster://[user:password@]host:port[,host:port…]`, or `rediss+cluster://…`.
    pub(super) fn new(url: &str, namespace: &str) -> Result<Self, BrokerError> {
        let found = SCHEMES.iter().find_map(|(prefix, scheme)| Some((url.strip_prefix(prefix)?, *scheme)));
        let (rest, scheme) = found.ok_or(BrokerError::Scheme)?;
        let (rest, files) = Files::take(rest, scheme == "rediss").map_err(BrokerError::Unreachable)?;
        let rest = rest.as_str();
        let (credentials, hosts) =
            rest.rsplit_once('@').map_or(("", rest), |(_, hosts)| (&rest[..rest.len() - hosts.len()], hosts));
        let nodes = hosts.trim_end_matches('/').split(',');
        let nodes: Vec<String> = nodes.map(|host| format!("{scheme}://{credentials}{host}")).collect();
        ClusterClient::new(nodes.clone()).map_err(|error| BrokerError::Unreachable(error.to_string()))?;
        for host in hosts.split(',').filter(|_| scheme == "redis") {
            let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
            warn_of_plain_text("Redis", name);
        }
        Ok(Self { nodes, namespace: namespace.to_owned(), files })
    }
}

impl Server {
    #[cfg(feature = "tls")]
    fn trusting(&self, builder: ClusterClientBuilder) -> Result<ClusterClientBuilder, BrokerError> {
        if !self.nodes.iter().any(|node| node.starts_with("rediss:")) {
            return Ok(builder);
        }
        crate::ground::tls::choose_provider();
        Ok(builder.certs(super::redis::certificates(&self.files)?))
    }

    /// Returns the builder unchanged, because there are no certificates without TLS.
    #[cfg(not(feature = "tls"))]
    fn trusting(&self, builder: ClusterClientBuilder) -> Result<ClusterClientBuilder, BrokerError> {
        debug_assert_eq!(self.files, Files::default(), "URLs that ask for TLS are refused");
        Ok(builder)
    }
}

impl super::remote::Server for Server {
    type Link = Connection;

    fn name(&self, channel: &str) -> String {
        format!("{}:{channel}", self.namespace)
    }

    async fn open(&self, incoming_queue: IncomingQueue) -> Result<Connection, Failure> {
        let ending = Ending::default();
        let expected = ending.clone();
        let received = move |push: PushInfo| {
            receive(&incoming_queue, &expected, &push);
            Ok::<(), redis::aio::SendError>(())
        };
        let builder = self.trusting(ClusterClient::builder(self.nodes.clone())).map_err(Failure::new)?;
        let client = builder
            .use_protocol(ProtocolVersion::RESP3)
            .retries(RETRIES)
            // The driver has its own timeout, which may be shorter.
            .connection_timeout(Duration::from_secs(30))
            .response_timeout(Duration::from_secs(30))
            .push_sender(received)
            .build()
            .map_err(Failure::new)?;
        let connection = client.get_async_connection().await.map_err(Failure::new)?;
        Ok(Connection { connection, ending })
    }
}

/// The subscriptions that this node is about to end. The cluster itself ends subscriptions when it moves a slot.
#[derive(Clone, Default)]
struct Ending(Arc<Mutex<HashSet<Vec<u8>>>>);

impl Ending {
    fn names(&self) -> MutexGuard<'_, HashSet<Vec<u8>>> {
        // Every edit leaves the set consistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn receive(incoming_queue: &IncomingQueue, ending: &Ending, push: &PushInfo) {
    match (&push.kind, push.data.as_slice()) {
        (PushKind::SMessage, [Value::BulkString(name), Value::BulkString(text)]) => {
            incoming_queue.put(&String::from_utf8_lossy(name), text);
        }
        (PushKind::SUnsubscribe, [Value::BulkString(name), ..]) if ending.names().remove(name) => {}
        // One lost shard is enough to give up the connection: messages of the shard are lost meanwhile.
        (PushKind::Disconnection, _) => incoming_queue.lose("the connection to a shard was closed"),
        (PushKind::SUnsubscribe, _) => incoming_queue.lose("a slot has moved to another shard"),
        _ => {}
    }
}

/// Connections to the shards.
pub(super) struct Connection {
    connection: ClusterConnection,
    ending: Ending,
}

impl Connection {
    /// Runs a command for each name, all at once, because names belong to different shards.
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

    /// Sends messages. Those of one name are sent in their order; different names do not wait for each other.
    async fn publish(&mut self, parcels: &[OutgoingMessage]) -> Result<(), Failure> {
        let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for parcel in parcels {
            by_name.entry(&parcel.name).or_default().push(&parcel.text);
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
