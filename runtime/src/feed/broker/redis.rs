//! Redis: pub/sub on one connection (RESP3), with pipelines.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _, ProtocolVersion,
    PushInfo, PushKind, Value,
};

use super::options::BrokerError;
use super::remote::{CLOSED, Failure, IncomingQueue, Link, OutgoingMessage};
use crate::ground::reach::listens;
use crate::ground::tls::{Files, warn_of_plain_text};

/// A Redis server.
pub(super) struct Server {
    client: Client,
    namespace: String,
}

impl Server {
    /// Creates the server of a URL.
    pub(super) fn new(url: &str, namespace: &str) -> Result<Self, BrokerError> {
        let unreachable = |error: redis::RedisError| BrokerError::Unreachable(error.to_string());
        let is_tls = url.starts_with("rediss:");
        let (url, files) = Files::take(url, is_tls).map_err(BrokerError::Unreachable)?;
        let info = url.as_str().into_connection_info().map_err(unreachable)?;
        // Only with RESP3 may a connection that subscribes send other commands.
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let info = info.set_redis_settings(settings);
        let client =
            if is_tls { encrypted(info, &files)? } else { Client::open(info).map_err(unreachable)? };
        Ok(Self { client, namespace: namespace.to_owned() })
    }

    /// Tests that the server can be reached, before anything waits for it.
    pub(super) async fn is_there(&self) -> Result<(), BrokerError> {
        match self.client.get_connection_info().addr() {
            ConnectionAddr::Tcp(host, port) => {
                listens(host, *port).await.map_err(BrokerError::Unreachable)?;
                warn_of_plain_text("Redis", host);
                Ok(())
            }
            ConnectionAddr::TcpTls { host, port, .. } => {
                listens(host, *port).await.map_err(BrokerError::Unreachable)
            }
            _ => Ok(()),
        }
    }
}

#[cfg(feature = "tls")]
fn encrypted(info: ConnectionInfo, files: &Files) -> Result<Client, BrokerError> {
    crate::ground::tls::choose_provider();
    let client = Client::build_with_tls(info, certificates(files)?);
    client.map_err(|error| BrokerError::Unreachable(error.to_string()))
}

#[cfg(not(feature = "tls"))]
fn encrypted(_: ConnectionInfo, _: &Files) -> Result<Client, BrokerError> {
    Err(BrokerError::Feature("tls"))
}

/// Returns the certificates that a client uses.
///
/// # Errors
/// A message that names the file which cannot be read.
#[cfg(feature = "tls")]
pub(super) fn certificates(files: &Files) -> Result<redis::TlsCertificates, BrokerError> {
    let read = |path: &std::path::Path| {
        std::fs::read(path)
            .map_err(|error| BrokerError::Unreachable(format!("{} cannot be read: {error}", path.display())))
    };
    let client_tls = match &files.own {
        Some((cert, key)) => {
            Some(redis::ClientTlsConfig { client_cert: read(cert)?, client_key: read(key)? })
        }
        None => None,
    };
    let root_cert = files.authorities.as_deref().map(read).transpose()?;
    Ok(redis::TlsCertificates { client_tls, root_cert })
}

impl super::remote::Server for Server {
    type Link = Connection;

    fn name(&self, channel: &str) -> String {
        format!("{}:{channel}", self.namespace)
    }

    async fn open(&self, incoming_queue: IncomingQueue) -> Result<Connection, Failure> {
        let received = move |push: PushInfo| {
            receive(&incoming_queue, &push);
            Ok::<(), redis::aio::SendError>(())
        };
        let config = AsyncConnectionConfig::new()
            .set_push_sender(received)
            // The driver has its own timeout.
            .set_response_timeout(None::<Duration>)
            .set_connection_timeout(None::<Duration>);
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await;
        connection.map(Connection).map_err(Failure::new)
    }
}

fn receive(incoming_queue: &IncomingQueue, push: &PushInfo) {
    match (&push.kind, push.data.as_slice()) {
        (PushKind::Message, [Value::BulkString(name), Value::BulkString(text)]) => {
            incoming_queue.put(&String::from_utf8_lossy(name), text);
        }
        (PushKind::Disconnection, _) => incoming_queue.lose(CLOSED),
        _ => {}
    }
}

/// A connection to the server.
pub(super) struct Connection(MultiplexedConnection);

impl Link for Connection {
    async fn subscribe(&mut self, names: &[String]) -> Result<(), Failure> {
        self.0.subscribe(names).await.map_err(Failure::new)
    }

    async fn unsubscribe(&mut self, names: &[String]) -> Result<(), Failure> {
        self.0.unsubscribe(names).await.map_err(Failure::new)
    }

    async fn publish(&mut self, parcels: &[OutgoingMessage]) -> Result<(), Failure> {
        let mut pipeline = redis::pipe();
        for parcel in parcels {
            pipeline.publish(&parcel.name, &parcel.text).ignore();
        }
        pipeline.query_async(&mut self.0).await.map_err(Failure::new)
    }

    async fn ping(&mut self) -> Result<(), Failure> {
        redis::cmd("PING").exec_async(&mut self.0).await.map_err(Failure::new)
    }
}
