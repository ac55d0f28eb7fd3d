//! A client for tests, which connects to a server over a real socket (feature `test-util`).
//!
//! The messages are those of `tungstenite` 0.29, and the socket is that of `tokio-tungstenite` 0.29: a test of
//! something that this client does not do has to describe the messages on the wire. A later version of these crates
//! requires a later version of this crate.
//!
//! Every method panics with a message if the expected thing does not happen, and waits at most [`PATIENCE`] for it.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
pub use tokio_tungstenite::WebSocketStream;
pub use tungstenite::Message;
use tungstenite::client::IntoClientRequest;
use tungstenite::handshake::client::Request;

/// How long a client waits for something that has to come. The time is long because a machine may be busy; a test waits
/// that long only if something is wrong.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A connection to a server.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use dcrf_runtime::test::TestClient;
/// use serde_json::json;
/// use tokio::net::TcpListener;
///
/// let service = things::service();
/// let db = service.connect("sqlite::memory:").await?;
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let address = listener.local_addr()?;
/// tokio::spawn(service.serve(listener, db, std::future::pending()));
///
/// let mut client = TestClient::connect(format!("ws://{address}/ws/things/")).await;
/// let answer = client.request(&json!({"action": "create", "request_id": 1, "data": {"name": "pen"}})).await;
/// assert_eq!(answer["response_status"], 201);
/// assert_eq!(answer["data"], json!({"pk": 1, "name": "pen", "counter": 0}));
/// assert_eq!(client.close().await, 1000);
/// # Ok(())
/// # }
/// ```
pub struct TestClient {
    socket: WebSocketStream<TcpStream>,
    /// The frames that came while the client waited for another one.
    early: VecDeque<Value>,
}

/// The refusal of a handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The HTTP status.
    pub status: u16,
    /// The body, as text.
    pub body: String,
}

impl TestClient {
    /// Opens a socket, for example `ws://127.0.0.1:8000/ws/`.
    ///
    /// # Panics
    /// Panics if the handshake does not succeed.
    pub async fn connect(url: impl AsRef<str>) -> Self {
        let url = url.as_ref();
        match Self::try_connect(url, &[]).await {
            Ok(client) => client,
            Err(refused) => panic!("{url} refused the handshake: {refused:?}"),
        }
    }

    /// Opens a socket with additional headers.
    ///
    /// # Errors
    /// Returns [`Refused`] if the server answers with another HTTP status.
    ///
    /// # Panics
    /// Panics if the server cannot be reached or does not answer in HTTP.
    pub async fn try_connect(url: &str, headers: &[(&'static str, &str)]) -> Result<Self, Refused> {
        let mut request: Request = url.into_client_request().expect("a good URL");
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().expect("a good header"));
        }
        let host = request.uri().host().expect("a URL with a host");
        let port = request.uri().port_u16().unwrap_or(80);
        let stream = TcpStream::connect((host, port)).await.expect("the server is there");
        stream.set_nodelay(true).expect("TCP_NODELAY");
        match timeout(PATIENCE, tokio_tungstenite::client_async(request, stream)).await {
            Ok(Ok((socket, _))) => Ok(Self { socket, early: VecDeque::new() }),
            Ok(Err(tungstenite::Error::Http(response))) => {
                let status = response.status().as_u16();
                let body = response.into_body().unwrap_or_default();
                Err(Refused { status, body: String::from_utf8_lossy(&body).into_owned() })
            }
            Ok(Err(error)) => panic!("{url}: {error}"),
            Err(_) => panic!("{url}: no answer to the handshake"),
        }
    }

    /// Sends a JSON document.
    pub async fn send(&mut self, document: &Value) {
        self.send_text(document.to_string()).await;
    }

    /// Sends a text unchanged.
    pub async fn send_text(&mut self, text: impl Into<String>) {
        self.send_message(Message::text(text.into())).await;
    }

    /// Sends a binary frame.
    pub async fn send_binary(&mut self, bytes: impl Into<Vec<u8>>) {
        self.send_message(Message::binary(bytes.into())).await;
    }

    /// Sends a message of any kind.
    ///
    /// # Panics
    /// Panics if the socket is closed or the server does not read the message in time.
    pub async fn send_message(&mut self, message: Message) {
        match timeout(PATIENCE, self.socket.send(message)).await {
            Ok(sent) => sent.expect("an open socket"),
            Err(_) => panic!("the server does not read"),
        }
    }

    /// Sends a document and returns the answer to it: see [`expect_reply`](Self::expect_reply). The `request_id` is
    /// taken from the document or, on a multiplexed socket, from its payload.
    pub async fn request(&mut self, document: &Value) -> Value {
        self.send(document).await;
        self.expect_reply(&id(document)).await
    }

    /// Returns the next frame with this request id. Other frames that come before it are kept for later.
    pub async fn expect_reply(&mut self, request_id: &Value) -> Value {
        self.expect_event(|frame| id(frame) == *request_id).await
    }

    /// Returns the next frame for which `wanted` is true. Other frames that come before it are kept for later.
    ///
    /// # Panics
    /// Panics if there is no such frame in time.
    pub async fn expect_event(&mut self, mut wanted: impl FnMut(&Value) -> bool) -> Value {
        if let Some(position) = self.early.iter().position(&mut wanted) {
            return self.early.remove(position).unwrap_or_default();
        }
        loop {
            let frame = self.next_frame().await;
            if wanted(&frame) {
                return frame;
            }
            self.early.push_back(frame);
        }
    }

    /// Returns the next frame, of any kind.
    pub async fn expect_frame(&mut self) -> Value {
        match self.early.pop_front() {
            Some(frame) => frame,
            None => self.next_frame().await,
        }
    }

    /// Returns the oldest frame that was kept for later.
    pub fn take_early(&mut self) -> Option<Value> {
        self.early.pop_front()
    }

    /// Checks that the server sends nothing: frames that are caused by anything sent until now come before the answers
    /// to two pings.
    ///
    /// # Panics
    /// Panics if a frame comes, or if one was kept for later.
    pub async fn expect_nothing(&mut self) {
        assert!(self.early.is_empty(), "not silent: {:?}", self.early);
        for round in [[1], [2]] {
            self.send_message(Message::Ping(round.to_vec().into())).await;
            loop {
                match timeout(PATIENCE, self.socket.next()).await {
                    Ok(Some(Ok(Message::Pong(payload)))) if payload == round[..] => break,
                    Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {}
                    other => panic!("not silent: {other:?}"),
                }
            }
        }
    }

    /// Checks that nothing comes for this time; with a time of zero, that nothing has come until now. If a test does
    /// not wait for a later frame, [`expect_nothing`](Self::expect_nothing) checks more, independently of the speed of
    /// the machine.
    ///
    /// # Panics
    /// Panics if a frame comes, or if one was kept for later.
    pub async fn expect_silence(&mut self, time: Duration) {
        assert!(self.early.is_empty(), "not silent: {:?}", self.early);
        if let Ok(message) = timeout(time, self.next_message()).await {
            panic!("not silent: {message:?}");
        }
    }

    /// Waits until the socket ends and returns its close code: 1005 for a close frame without a code, 1006 if there is
    /// no close frame. Frames that come before it are ignored.
    pub async fn expect_close(&mut self) -> u16 {
        loop {
            match timeout(PATIENCE, self.socket.next()).await {
                Ok(Some(Ok(Message::Close(frame)))) => {
                    let code = frame.map_or(1005, |frame| frame.code.into());
                    // The client answers the close, as a browser does.
                    let _ = timeout(PATIENCE, self.socket.next()).await;
                    return code;
                }
                Ok(Some(Ok(_))) => {}
                Ok(Some(Err(_)) | None) => return 1006,
                Err(_) => panic!("the socket was not closed"),
            }
        }
    }

    /// Closes the socket with the code 1000, waits until the server has agreed, and returns the code of the server's
    /// answer.
    pub async fn close(mut self) -> u16 {
        let frame = tungstenite::protocol::CloseFrame { code: 1000.into(), reason: "".into() };
        self.send_message(Message::Close(Some(frame))).await;
        self.expect_close().await
    }

    /// Returns the next message that is not a ping or pong; `None` if the socket has ended.
    ///
    /// # Panics
    /// Panics if the socket breaks.
    pub async fn next_message(&mut self) -> Option<Message> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(message)) => return Some(message),
                Some(Err(error)) => panic!("the socket broke: {error}"),
                None => return None,
            }
        }
    }

    /// Returns the socket itself, for tests of something that this client does not do.
    pub fn socket(&mut self) -> &mut WebSocketStream<TcpStream> {
        &mut self.socket
    }

    async fn next_frame(&mut self) -> Value {
        match timeout(PATIENCE, self.next_message()).await {
            Ok(Some(Message::Text(text))) => {
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("no JSON: {error}: {text}"))
            }
            Ok(other) => panic!("expected a text frame, found {other:?}"),
            Err(_) => panic!("nothing came; kept for later: {:?}", self.early),
        }
    }
}

impl fmt::Debug for TestClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestClient").field("early", &self.early).finish_non_exhaustive()
    }
}

/// Returns the request id of a frame, with or without a wrapper.
fn id(frame: &Value) -> Value {
    let inner = frame.get("payload").filter(|_| frame.get("stream").is_some()).unwrap_or(frame);
    inner.get("request_id").cloned().unwrap_or_default()
}
