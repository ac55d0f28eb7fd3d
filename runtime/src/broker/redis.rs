//! Redis: pub/sub on one connection (RESP3), pipelined.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, IntoConnectionInfo as _, ProtocolVersion, PushInfo,
    PushKind, Value,
};

use super::BrokerError;
use super::remote::{CLOSED, Failure, Inlet, Letter, Link};
use crate::reach::listens;

/// A Redis server.
pub(super) struct Server {
    client: Client,
    namespace: String,
}

impl Server {
    /// The server of a URL.
    pub(super) fn new(url: &str, namespace: &str) -> Result<Self, BrokerError> {
        let unreachable = |error: redis::RedisError| BrokerError::Unreachable(error.to_string());
        let info = url.into_connection_info().map_err(unreachable)?;
        // Only since RESP3 may a connection that subscribes do something else.
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let client = Client::open(info.set_redis_settings(settings)).map_err(unreachable)?;
        Ok(Self { client, namespace: namespace.to_owned() })
    }

    /// Whether it is there, before anything waits for it.
    pub(super) async fn is_there(&self) -> Result<(), BrokerError> {
        match self.client.get_connection_info().addr() {
            ConnectionAddr::Tcp(host, port) => listens(host, *port).await.map_err(BrokerError::Unreachable),
            _ => Ok(()),
        }
    }
}

impl super::remote::Server for Server {
    type Link = Connection;

    fn name(&self, channel: &str) -> String {
        format!("{}:{channel}", self.namespace)
    }

    async fn open(&self, inlet: Inlet) -> Result<Connection, Failure> {
        let received = move |push: PushInfo| {
            receive(&inlet, &push);
            Ok::<(), redis::aio::SendError>(())
        };
        let config = AsyncConnectionConfig::new()
            .set_push_sender(received)
            // The driver has its own.
            .set_response_timeout(None::<Duration>)
            .set_connection_timeout(None::<Duration>);
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await;
        connection.map(Connection).map_err(Failure::new)
    }
}

fn receive(inlet: &Inlet, push: &PushInfo) {
    match (&push.kind, push.data.as_slice()) {
        (PushKind::Message, [Value::BulkString(name), Value::BulkString(text)]) => {
            inlet.put(&String::from_utf8_lossy(name), text);
        }
        (PushKind::Disconnection, _) => inlet.lose(CLOSED),
        _ => {}
    }
}

/// A connection to it.
pub(super) struct Connection(MultiplexedConnection);

impl Link for Connection {
    async fn subscribe(&mut self, names: &[String]) -> Result<(), Failure> {
        self.0.subscribe(names).await.map_err(Failure::new)
    }

    async fn unsubscribe(&mut self, names: &[String]) -> Result<(), Failure> {
        self.0.unsubscribe(names).await.map_err(Failure::new)
    }

    async fn publish(&mut self, letters: &[Letter]) -> Result<(), Failure> {
        let mut pipeline = redis::pipe();
        for letter in letters {
            pipeline.publish(&letter.name, &letter.text).ignore();
        }
        pipeline.query_async(&mut self.0).await.map_err(Failure::new)
    }

    async fn ping(&mut self) -> Result<(), Failure> {
        redis::cmd("PING").exec_async(&mut self.0).await.map_err(Failure::new)
    }
}
