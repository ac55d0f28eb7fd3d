//! Plays a scenario and says where the server differs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::compare::{matches, matches_unordered};
use crate::http;
use crate::json::Json;
use crate::scenario::{Outgoing, Scenario, Step, Target, What};
use crate::server::Server;
use crate::socket::{Received, Socket};

/// How long a connection is listened to that has to be silent, after what was asked before is answered for certain: a
/// request that the server refuses is sent after it, and its refusal waited for. Events of what others have been
/// answered for come before that, too; only for what a task of the application may send on its own is there nothing but
/// time, which finds more on a fast machine, and never too much.
const SILENCE: Duration = Duration::from_millis(100);

/// The id of requests that are sent only to be answered after all others.
const BARRIER: &str = "barrier of the replayer";

/// Where the server differs from the recording.
#[derive(Debug)]
pub struct Difference {
    /// The last that was sent before it.
    pub after: Option<String>,
    /// The step.
    pub expected: String,
    /// What happened instead.
    pub got: String,
}

/// Plays a scenario on a server whose tables are its own for that time. `patience` is how long a frame may take.
/// Where the two recorded servers differ, either is right.
///
/// # Errors
/// The first difference.
pub async fn replay(server: &Server, scenario: &Scenario, patience: Duration) -> Result<(), Difference> {
    let fixtures = scenario.fixtures.to_string();
    server.reset(&fixtures).await;
    let difference = match Player::new(server, &scenario.steps, patience).play().await {
        Ok(()) => return Ok(()),
        Err(difference) => difference,
    };
    let Some(variant) = &scenario.variant else { return Err(difference) };
    server.reset(&fixtures).await;
    Player::new(server, variant, patience).play().await.map_err(|_| difference)
}

struct Player<'a> {
    server: &'a Server,
    steps: &'a [Step],
    patience: Duration,
    connections: BTreeMap<&'a str, Connection>,
    /// Those whose name another took.
    old: Vec<Socket>,
    last_sent: Option<&'a Json>,
    /// The status of the last answer to an HTTP request.
    answered: Option<u16>,
}

struct Connection {
    socket: Result<Socket, u16>,
    is_multiplexed: bool,
    /// Streams that were sent to.
    streams: BTreeSet<String>,
    /// Whether its end is a part of the scenario.
    may_end: bool,
}

impl<'a> Player<'a> {
    fn new(server: &'a Server, steps: &'a [Step], patience: Duration) -> Self {
        let connections = BTreeMap::new();
        Self { server, steps, patience, connections, old: Vec::new(), last_sent: None, answered: None }
    }

    async fn play(mut self) -> Result<(), Difference> {
        for (index, step) in self.steps.iter().enumerate() {
            if let Err(got) = self.step(index, step).await {
                return Err(self.difference(step.source.to_string(), got));
            }
        }
        let names: Vec<&str> = self.connections.keys().copied().collect();
        for name in names {
            if let Err(got) = self.nothing_is_left(name).await {
                return Err(self.difference(format!("the end of connection {name}"), got));
            }
        }
        for connection in self.connections.values_mut() {
            if let Ok(socket) = &mut connection.socket {
                socket.close().await;
            }
        }
        Ok(())
    }

    fn difference(&self, expected: String, got: String) -> Difference {
        Difference { after: self.last_sent.map(Json::to_string), expected, got }
    }

    async fn step(&mut self, index: usize, step: &'a Step) -> Result<(), String> {
        let patience = self.patience;
        match &step.what {
            What::Open(target) => return self.open(index, &step.conn, target).await,
            What::Post { path, body } => {
                self.last_sent = Some(&step.source);
                let address = &self.server.address;
                self.answered = http::post(address, path, &body.to_string(), patience).await;
                return self.answered.map(drop).ok_or_else(|| "no answer".to_owned());
            }
            What::Answered(status) if self.answered == Some(*status) => return Ok(()),
            What::Answered(_) => return Err(format!("HTTP {:?}", self.answered)),
            _ => {}
        }
        let connection = self.connections.get_mut(&*step.conn).ok_or("no such connection")?;
        let socket = match (&mut connection.socket, &step.what) {
            (Err(status), What::Rejected(allowed)) if allowed.contains(status) => return Ok(()),
            (Err(status), _) => return Err(format!("the handshake was refused: HTTP {status}")),
            (Ok(_), What::Rejected(_)) => return Err("the handshake was accepted".to_owned()),
            (Ok(socket), _) => socket,
        };
        match &step.what {
            What::Open(_) | What::Rejected(_) | What::Post { .. } | What::Answered(_) => Ok(()),
            What::Subprotocol(expected) if *expected == socket.subprotocol => Ok(()),
            What::Subprotocol(_) => Err(format!("the subprotocol {:?}", socket.subprotocol)),
            What::Send(what) => {
                self.last_sent = Some(&step.source);
                if let Some(stream) = step.source.get("send").and_then(|frame| frame.get("stream")?.text()) {
                    connection.streams.insert(stream);
                }
                socket.send(what).await;
                Ok(())
            }
            What::Ping(payload) => socket.ping(payload).await.then_some(()).ok_or("no pong".to_owned()),
            What::Close => {
                connection.may_end = true;
                socket.close().await;
                Ok(())
            }
            What::Pause(time) => {
                tokio::time::sleep(*time).await;
                Ok(())
            }
            What::Receive(expected) => {
                let frame = next_of_stream(socket, expected, patience).await?;
                matches(expected, &value(&frame)).then_some(()).ok_or_else(|| show(&[frame]))
            }
            What::ReceiveText(expected) => {
                let frame = next(socket, patience).await?;
                let same = match Json::parse(expected) {
                    Some(json) => matches(&json, &value(&frame)),
                    None => frame == Received::Text(expected.clone()),
                };
                same.then_some(()).ok_or_else(|| show(&[frame]))
            }
            What::ReceiveBinary(expected) => {
                let frame = next(socket, patience).await?;
                (frame == Received::Binary(expected.clone())).then_some(()).ok_or_else(|| show(&[frame]))
            }
            What::ReceiveUnordered(expected) => {
                let mut frames = Vec::new();
                for _ in expected {
                    match next(socket, patience).await {
                        Ok(frame) => frames.push(frame),
                        Err(nothing) if frames.is_empty() => return Err(nothing),
                        Err(_) => break,
                    }
                }
                let values: Vec<Json> = frames.iter().map(value).collect();
                matches_unordered(expected, &values).then_some(()).ok_or_else(|| show(&frames))
            }
            What::Closed(allowed) => {
                connection.may_end = true;
                let code = socket.ended(patience).await;
                let frames = socket.left_over(Duration::ZERO).await;
                match code {
                    Some(code) if allowed.contains(&code) && frames.is_empty() => Ok(()),
                    Some(code) => Err(format!("closed with {code} after {}", show(&frames))),
                    None => Err(format!("still open after {}", show(&frames))),
                }
            }
            What::Silent => connection.is_silent(patience).await,
        }
    }

    async fn open(&mut self, index: usize, name: &'a str, target: &Target) -> Result<(), String> {
        let socket = Socket::open(&self.server.address, target).await;
        let refusal_follows = self
            .steps
            .get(index + 1)
            .is_some_and(|next| next.conn == name && matches!(next.what, What::Rejected(_)));
        if let (Err(status), false) = (&socket, refusal_follows) {
            return Err(format!("the handshake was refused: HTTP {status}"));
        }
        let path = target.path.split('?').next().unwrap_or_default();
        let is_multiplexed = (self.server.application.is_multiplexed)(path);
        let mut connection = Connection { socket, is_multiplexed, streams: BTreeSet::new(), may_end: false };
        let streams = self.server.application.waits_for;
        if !streams.is_empty() {
            connection.begin(streams, self.patience).await;
        }
        if let Some(Connection { socket: Ok(old), .. }) = self.connections.insert(name, connection) {
            self.old.push(old);
        }
        Ok(())
    }

    /// Nothing may be left over, and nothing may have been closed unannounced.
    async fn nothing_is_left(&mut self, name: &str) -> Result<(), String> {
        let patience = self.patience;
        let Some(connection) = self.connections.get_mut(name) else { return Ok(()) };
        connection.is_silent(patience).await
    }
}

impl Connection {
    /// Waits until the connection has begun: a request to each of these streams is refused in its turn. What comes
    /// meanwhile is kept.
    async fn begin(&mut self, streams: &[&str], patience: Duration) {
        let Ok(socket) = &mut self.socket else { return };
        let requests = if self.is_multiplexed {
            streams.iter().map(|stream| barrier(Some(stream))).collect()
        } else {
            vec![barrier(None)]
        };
        let frames = answered(socket, requests, patience).await;
        socket.put_back(frames);
    }

    /// That nothing comes and the connection stays: first until a request that is refused in its turn is answered,
    /// then for a while.
    async fn is_silent(&mut self, patience: Duration) -> Result<(), String> {
        let may_end = self.may_end;
        let Ok(socket) = &mut self.socket else { return Ok(()) };
        let mut frames = Vec::new();
        if socket.closed.is_none() {
            let requests = if self.is_multiplexed {
                self.streams.iter().map(|stream| barrier(Some(stream))).collect()
            } else {
                vec![barrier(None)]
            };
            frames = answered(socket, requests, patience).await;
        }
        frames.extend(socket.left_over(SILENCE).await);
        match socket.closed {
            _ if !frames.is_empty() => Err(show(&frames)),
            Some(code) if !may_end => Err(format!("closed with {code}")),
            _ => Ok(()),
        }
    }
}

/// A request that is refused.
fn barrier(stream: Option<&str>) -> String {
    let request = format!("{{\"action\": \"\", \"request_id\": \"{BARRIER}\"}}");
    match stream {
        Some(stream) => format!("{{\"stream\": \"{stream}\", \"payload\": {request}}}"),
        None => request,
    }
}

/// Sends barriers, and returns the frames that come before they are answered.
async fn answered(socket: &mut Socket, requests: Vec<String>, patience: Duration) -> Vec<Received> {
    let mut frames = Vec::new();
    let mut unanswered = requests.len();
    for request in requests {
        socket.send(&Outgoing::Text(request)).await;
    }
    while unanswered > 0 {
        match socket.next(patience).await {
            Some(Received::Text(text)) if text.contains(BARRIER) => unanswered -= 1,
            Some(frame) => frames.push(frame),
            None => break,
        }
    }
    frames
}

/// The next frame of the stream that the expected one is of. Streams run side by side: on a multiplexed socket the order
/// of the frames of two of them means nothing (`multiplex/observe_across_streams`).
async fn next_of_stream(
    socket: &mut Socket,
    expected: &Json,
    patience: Duration,
) -> Result<Received, String> {
    let Some(stream) = expected.get("stream").and_then(Json::text) else {
        return next(socket, patience).await;
    };
    let mut others = Vec::new();
    let found = loop {
        let frame = match next(socket, patience).await {
            Ok(frame) => frame,
            Err(got) if others.is_empty() => break Err(got),
            // Nothing came of this stream: the difference is what came of others.
            Err(_) => break Ok(others.remove(0)),
        };
        let of = value(&frame).get("stream").and_then(Json::text);
        if of.is_none_or(|of| of == stream) {
            break Ok(frame);
        }
        others.push(frame);
    };
    socket.put_back(others);
    found
}

async fn next(socket: &mut Socket, patience: Duration) -> Result<Received, String> {
    match (socket.next(patience).await, socket.closed) {
        (Some(frame), _) => Ok(frame),
        (None, Some(code)) => Err(format!("nothing came: the server closed with {code}")),
        (None, None) => Err("nothing came".to_owned()),
    }
}

/// A frame as a value; a text that is no JSON stands for itself.
fn value(frame: &Received) -> Json {
    match frame {
        Received::Text(text) => {
            Json::parse(text).unwrap_or_else(|| Json::Text(text.encode_utf16().collect()))
        }
        Received::Binary(_) => Json::Null,
    }
}

fn show(frames: &[Received]) -> String {
    let text = |frame: &Received| match frame {
        Received::Text(text) => text.chars().take(1500).collect(),
        Received::Binary(bytes) => format!("{} binary bytes", bytes.len()),
    };
    if frames.is_empty() {
        "nothing".to_owned()
    } else {
        frames.iter().map(text).collect::<Vec<_>>().join("\n")
    }
}
