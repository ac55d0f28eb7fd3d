//! One connection of the load generator.

use anyhow::{Context as _, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// An open socket.
pub struct Client(WebSocketStream<TcpStream>);

impl Client {
    /// Connects; small buffers, since there are thousands.
    pub async fn connect(url: &str) -> anyhow::Result<Self> {
        let address = url.trim_start_matches("ws://").split('/').next().context("a URL has a host")?;
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let config = WebSocketConfig::default().read_buffer_size(1024).write_buffer_size(0);
        let (socket, _response) = client_async_with_config(url, stream, Some(config)).await?;
        Ok(Self(socket))
    }

    /// Sends a frame and waits until it is handed to the system.
    pub async fn send(&mut self, text: impl Into<Utf8Bytes>) -> anyhow::Result<()> {
        Ok(self.0.send(Message::Text(text.into())).await?)
    }

    /// The next text.
    pub async fn receive(&mut self) -> anyhow::Result<Bytes> {
        loop {
            match self.0.next().await.context("the server closed the socket")?? {
                Message::Text(text) => return Ok(text.into()),
                Message::Close(frame) => bail!("the server closed the socket: {frame:?}"),
                _ => {}
            }
        }
    }

    /// Asks, and reads the answer, which must have this status.
    pub async fn ask(&mut self, text: impl Into<Utf8Bytes>, status: u16) -> anyhow::Result<Value> {
        self.send(text).await?;
        let answer: Value = serde_json::from_slice(&self.receive().await?)?;
        if answer["response_status"] != status {
            bail!("expected {status}: {answer}");
        }
        Ok(answer["data"].clone())
    }
}
