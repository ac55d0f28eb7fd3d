//! A socket as bare as a scenario needs it: any frame can be sent, and everything that comes is kept in order.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::header::{HeaderName, HeaderValue, SEC_WEBSOCKET_PROTOCOL};
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::scenario::{Outgoing, Target};

/// How long a handshake, a pong or the end of a socket may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The code of a socket that ended without a close frame (RFC 6455, 7.1.5).
const ABNORMAL: u16 = 1006;
/// The code of a close frame that has none.
const NO_CODE: u16 = 1005;

/// A frame that came.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Received {
    Text(String),
    Binary(Vec<u8>),
}

enum Incoming {
    Frame(Received),
    Pong(Vec<u8>),
    Closed(u16),
}

/// An open socket, or one that was.
pub(crate) struct Socket {
    sink: SplitSink<WebSocketStream<TcpStream>, Message>,
    incoming: mpsc::UnboundedReceiver<Incoming>,
    early: VecDeque<Received>,
    /// The code with which it was closed.
    pub(crate) closed: Option<u16>,
    /// The subprotocol that the server selected.
    pub(crate) subprotocol: Option<String>,
}

impl Socket {
    /// Opens a socket; else the HTTP status with which that was refused.
    pub(crate) async fn open(address: &str, target: &Target) -> Result<Self, u16> {
        let stream = TcpStream::connect(address).await.expect("the server takes connections");
        stream.set_nodelay(true).expect("TCP_NODELAY");
        let url = format!("ws://{address}{}", target.path);
        let mut request = url.as_str().into_client_request().expect("a path of a scenario");
        for (name, value) in &target.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("the name of a header");
            request.headers_mut().append(name, HeaderValue::from_str(value).expect("the value of a header"));
        }
        let opened =
            timeout(PATIENCE, client_async(request, stream)).await.expect("an answer to the handshake");
        let (socket, response) = match opened {
            Ok(opened) => opened,
            Err(Error::Http(response)) => return Err(response.status().as_u16()),
            Err(error) => panic!("{url}: {error}"),
        };
        let selected = response.headers().get(SEC_WEBSOCKET_PROTOCOL);
        let subprotocol = selected.map(|name| String::from_utf8_lossy(name.as_bytes()).into_owned());
        let (sink, stream) = socket.split();
        let (sender, incoming) = mpsc::unbounded_channel();
        tokio::spawn(read(stream, sender));
        Ok(Self { sink, incoming, early: VecDeque::new(), closed: None, subprotocol })
    }

    /// Sends; to a socket that was just closed, in vain.
    pub(crate) async fn send(&mut self, what: &Outgoing) {
        let frames = match what {
            Outgoing::Text(text) => vec![Message::text(text.clone())],
            Outgoing::Bytes { bytes, as_text } => {
                let opcode = OpCode::Data(if *as_text { Data::Text } else { Data::Binary });
                vec![Message::Frame(Frame::message(Bytes::from(bytes.clone()), opcode, true))]
            }
            Outgoing::Fragments(parts) => fragments(parts),
        };
        for frame in frames {
            self.write(frame).await;
        }
    }

    /// Pings, and waits for the pong; whether it came.
    pub(crate) async fn ping(&mut self, payload: &str) -> bool {
        self.write(Message::Ping(Bytes::from(payload.to_owned()))).await;
        let until = Instant::now() + PATIENCE;
        while self.closed.is_none() {
            match timeout_at(until, self.incoming.recv()).await {
                Ok(Some(Incoming::Pong(bytes))) if bytes == payload.as_bytes() => return true,
                Ok(Some(incoming)) => self.take(incoming),
                Ok(None) => self.closed = Some(ABNORMAL),
                Err(_) => return false,
            }
        }
        false
    }

    /// The next frame; none if nothing comes in time, or the socket was closed.
    pub(crate) async fn next(&mut self, within: Duration) -> Option<Received> {
        let until = Instant::now() + within;
        while self.early.is_empty() && self.closed.is_none() {
            match timeout_at(until, self.incoming.recv()).await {
                Ok(Some(incoming)) => self.take(incoming),
                Ok(None) => self.closed = Some(ABNORMAL),
                Err(_) => return None,
            }
        }
        self.early.pop_front()
    }

    /// Gives back frames that came before their time.
    pub(crate) fn put_back(&mut self, frames: Vec<Received>) {
        for frame in frames.into_iter().rev() {
            self.early.push_front(frame);
        }
    }

    /// Waits for the end; what came before it stays.
    pub(crate) async fn ended(&mut self, within: Duration) -> Option<u16> {
        let until = Instant::now() + within;
        while self.closed.is_none() {
            match timeout_at(until, self.incoming.recv()).await {
                Ok(Some(incoming)) => self.take(incoming),
                Ok(None) => self.closed = Some(ABNORMAL),
                Err(_) => break,
            }
        }
        self.closed
    }

    /// What came and was not asked for, after listening so long.
    pub(crate) async fn left_over(&mut self, within: Duration) -> Vec<Received> {
        self.ended(within).await;
        self.early.drain(..).collect()
    }

    /// Closes it (1000) and waits until the server agrees.
    pub(crate) async fn close(&mut self) {
        if self.closed.is_none() {
            self.write(Message::Close(None)).await;
            self.ended(PATIENCE).await;
        }
        self.early.clear();
    }

    async fn write(&mut self, message: Message) {
        // A server that has closed the socket reads no more, and that is no failure of the scenario.
        let _ = timeout(PATIENCE, self.sink.send(message)).await;
    }

    fn take(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::Frame(frame) => self.early.push_back(frame),
            Incoming::Pong(_) => {}
            Incoming::Closed(code) => self.closed = Some(code),
        }
    }
}

fn fragments(parts: &[String]) -> Vec<Message> {
    let frame = |(index, part): (usize, &String)| {
        let kind = if index == 0 { Data::Text } else { Data::Continue };
        let is_last = index + 1 == parts.len();
        Message::Frame(Frame::message(Bytes::from(part.clone()), OpCode::Data(kind), is_last))
    };
    parts.iter().enumerate().map(frame).collect()
}

async fn read(mut stream: SplitStream<WebSocketStream<TcpStream>>, sender: mpsc::UnboundedSender<Incoming>) {
    let mut code = ABNORMAL;
    while let Some(Ok(message)) = stream.next().await {
        let incoming = match message {
            Message::Text(text) => Incoming::Frame(Received::Text(text.to_string())),
            Message::Binary(bytes) => Incoming::Frame(Received::Binary(bytes.to_vec())),
            Message::Pong(bytes) => Incoming::Pong(bytes.to_vec()),
            Message::Close(frame) => {
                code = frame.map_or(NO_CODE, |frame| frame.code.into());
                continue;
            }
            Message::Ping(_) | Message::Frame(_) => continue,
        };
        // Whoever has dropped the socket does not want to know.
        let _ = sender.send(incoming);
    }
    let _ = sender.send(Incoming::Closed(code));
}
