//! NATS: there is one subject per channel, and one subscription to all of them.
//!
//! The client keeps no order between subscriptions, and a row that moves from one group to another causes messages on
//! both channels. So a node receives everything that the others send, and drops messages without a subscriber before
//! decoding them.

use async_nats::{Client, ConnectOptions, Event, ServerAddr, Subscriber};
use futures_util::StreamExt as _;
use sha2::{Digest as _, Sha256};
use tokio::task::JoinHandle;

use super::options::BrokerError;
use super::remote::{CLOSED, Failure, IncomingQueue, Link, OutgoingMessage};
use crate::ground::reach::listens;
use crate::ground::tls::{Files, warn_of_plain_text};

/// A NATS server.
pub(super) struct Server {
    address: ServerAddr,
    /// The prefix of the application's subjects.
    prefix: String,
    /// Whether the scheme is `tls://`.
    is_tls: bool,
    files: Files,
}

impl Server {
    /// Creates the server of a URL.
    pub(super) fn new(url: &str, namespace: &str) -> Result<Self, BrokerError> {
        let is_tls = url.starts_with("tls:");
        let (url, files) = Files::take(url, is_tls).map_err(BrokerError::Unreachable)?;
        #[cfg(feature = "tls")]
        crate::ground::tls::choose_provider();
        let address =
            url.parse().map_err(|error: std::io::Error| BrokerError::Unreachable(error.to_string()))?;
        Ok(Self { address, prefix: format!("dcrf.{}", digest(namespace)), is_tls, files })
    }

    /// Tests that the server can be reached, before anything waits for it.
    pub(super) async fn is_there(&self) -> Result<(), BrokerError> {
        listens(self.address.host(), self.address.port()).await.map_err(BrokerError::Unreachable)?;
        if !self.is_tls {
            warn_of_plain_text("NATS", self.address.host());
        }
        Ok(())
    }
}

/// Returns a part of a subject: names of channels contain spaces, dots and wildcards, which have a meaning in subjects.
fn digest(text: &str) -> String {
    Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

impl super::remote::Server for Server {
    type Link = Connection;

    fn name(&self, channel: &str) -> String {
        format!("{}.{}", self.prefix, digest(channel))
    }

    async fn open(&self, incoming_queue: IncomingQueue) -> Result<Connection, Failure> {
        let events = incoming_queue.clone();
        let mut options = ConnectOptions::new().require_tls(self.is_tls);
        if let Some(authorities) = &self.files.authorities {
            options = options.add_root_certificates(authorities.clone());
        }
        if let Some((cert, key)) = &self.files.own {
            options = options.add_client_certificate(cert.clone(), key.clone());
        }
        let options = options.event_callback(move |event| {
            match event {
                // The client would reconnect by itself, but could not report what it missed meanwhile.
                Event::Disconnected | Event::Closed => events.lose(CLOSED),
                // The client has dropped messages.
                Event::SlowConsumer(_) => events.lose("messages came faster than they were read"),
                _ => {}
            }
            std::future::ready(())
        });
        let client = options.connect(self.address.clone()).await.map_err(Failure::new)?;
        let mut subscriber = client.subscribe(format!("{}.*", self.prefix)).await.map_err(Failure::new)?;
        let reader = tokio::spawn(async move {
            while let Some(message) = subscriber.next().await {
                incoming_queue.put(&message.subject, &message.payload);
            }
        });
        let subject = client.new_inbox();
        let echo = client.subscribe(subject.clone()).await.map_err(Failure::new)?;
        let mut connection = Connection { client, echo, subject, reader };
        connection.ping().await?;
        Ok(connection)
    }
}

/// A connection to the server.
pub(super) struct Connection {
    client: Client,
    /// The subscription to the node's own echo, which shows that the server has read everything before it.
    echo: Subscriber,
    subject: String,
    reader: JoinHandle<()>,
}

impl Link for Connection {
    /// Does nothing, because the one subscription of the connection receives all subjects.
    async fn subscribe(&mut self, _: &[String]) -> Result<(), Failure> {
        Ok(())
    }

    async fn unsubscribe(&mut self, _: &[String]) -> Result<(), Failure> {
        Ok(())
    }

    async fn publish(&mut self, parcels: &[OutgoingMessage]) -> Result<(), Failure> {
        for parcel in parcels {
            let payload = parcel.text.clone().into();
            self.client.publish(parcel.name.clone(), payload).await.map_err(Failure::new)?;
        }
        self.ping().await
    }

    /// Sends a message to the node itself and waits for it: a flush of the client ends when its own buffer is empty,
    /// whether or not the server has read it.
    async fn ping(&mut self) -> Result<(), Failure> {
        self.client.publish(self.subject.clone(), "".into()).await.map_err(Failure::new)?;
        self.echo.next().await.map(|_| ()).ok_or_else(|| Failure::new("it was closed"))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.reader.abort();
    }
}
