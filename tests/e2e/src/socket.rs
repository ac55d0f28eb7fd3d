//! A WebSocket client that speaks JSON and loses patience.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::LIMIT;

/// A socket.
#[derive(Debug)]
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Opens one.
    ///
    /// # Panics
    /// If the server refuses.
    pub async fn connect(url: &str) -> Self {
        let opened = timeout(LIMIT, connect_async(url)).await;
        let opened = opened.unwrap_or_else(|_| panic!("{url} does not answer"));
        let (socket, _) = opened.unwrap_or_else(|error| panic!("{url} refuses: {error}"));
        Self(socket)
    }

    /// Sends a frame.
    ///
    /// # Panics
    /// If the socket is closed.
    pub async fn send(&mut self, frame: Value) {
        self.send_text(frame.to_string()).await;
    }

    /// Sends any text.
    ///
    /// # Panics
    /// If the socket is closed.
    pub async fn send_text(&mut self, text: impl Into<String>) {
        self.send_message(Message::text(text.into())).await;
    }

    /// Sends a binary frame.
    ///
    /// # Panics
    /// If the socket is closed.
    pub async fn send_binary(&mut self, bytes: Vec<u8>) {
        self.send_message(Message::binary(bytes)).await;
    }

    /// Sends a frame, unless the socket is closed; tells which.
    pub async fn try_send(&mut self, frame: Value) -> bool {
        matches!(timeout(LIMIT, self.0.send(Message::text(frame.to_string()))).await, Ok(Ok(())))
    }

    /// The next frame.
    ///
    /// # Panics
    /// If the socket closes instead, or nothing comes.
    pub async fn receive(&mut self) -> Value {
        match self.next().await {
            Ok(frame) => frame,
            Err(end) => panic!("a frame was expected, but {end}"),
        }
    }

    /// The next frame; none if the socket is closed instead, in whatever way.
    pub async fn try_receive(&mut self) -> Option<Value> {
        self.next().await.ok()
    }

    /// Sends a frame and gives the next one that comes.
    ///
    /// # Panics
    /// As [`send`](Self::send) and [`receive`](Self::receive).
    pub async fn request(&mut self, frame: Value) -> Value {
        self.send(frame).await;
        self.receive().await
    }

    /// Waits until the server closes the socket; the code it gives, 1006 if there is no close frame (RFC 6455, 7.1.5).
    /// Frames that come before are lost.
    ///
    /// # Panics
    /// If it stays open.
    pub async fn closed(&mut self) -> u16 {
        let mut code = 1006;
        // Pings of the server are no reason to wait longer.
        let limit = Instant::now() + LIMIT;
        loop {
            let message = timeout_at(limit, self.0.next()).await.expect("the server closes the socket");
            match message {
                Some(Ok(Message::Close(frame))) => code = frame.map_or(1005, |frame| frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return code,
            }
        }
    }

    async fn send_message(&mut self, message: Message) {
        let sent = timeout(LIMIT, self.0.send(message)).await.expect("the server reads");
        sent.unwrap_or_else(|error| panic!("a frame could not be sent: {error}"));
    }

    async fn next(&mut self) -> Result<Value, String> {
        let limit = Instant::now() + LIMIT;
        loop {
            let message = timeout_at(limit, self.0.next()).await.expect("a frame or an end comes in time");
            match message {
                Some(Ok(Message::Text(text))) => {
                    return Ok(serde_json::from_str(&text).unwrap_or_else(|error| {
                        panic!("the server sent {text:?}, which is no JSON: {error}")
                    }));
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(frame))) => return Err(format!("the socket was closed: {frame:?}")),
                Some(Ok(other)) => panic!("the server sent {other:?}, which is no text"),
                Some(Err(error)) => return Err(format!("the socket broke: {error}")),
                None => return Err("the socket has ended".to_owned()),
            }
        }
    }
}
