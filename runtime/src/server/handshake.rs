//! The HTTP request that becomes a socket: authentication, permissions and the upgrade.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;
use tracing::Instrument;

use super::admission;
use super::client::client;
use super::gate::Gate;
use super::origin::is_allowed;
use super::refusal::{refused, too_many, upgrade_required};
use super::shared::Shared;
use super::{path, subprotocol};
use crate::app::context::{ConnectionInfo, Handshake};
use crate::app::identity::Identity;
use crate::app::sessions::Rights;
use crate::db::{Requester, RequestingConnection};
use crate::ground::error::{Error, Result};
use crate::ground::failure::{self, caught};
use crate::ground::stats::LimitKind;
use crate::ground::stop::Watch;
use crate::socket::close::{FORBIDDEN, SERVER_ERROR};
use crate::socket::connection::Connection;
use crate::socket::connection_counter::{ConnectionPermit, network};
use crate::socket::counting_stream::PeerState;
use crate::socket::session::{Caller, Endpoint, Session};

/// The bytes of the read buffer of a socket, which every connection has for as long as it is open. The default of 128
/// KiB is zeroed at every read, too. The buffer grows for a longer frame once the length of the frame is known.
const READ_BUFFER: usize = 1024;

/// The number of bytes that are written together.
const WRITE_BUFFER: usize = 4096;

/// The name of a handshake in the log.
const HANDSHAKE: &str = "a handshake";

static NEXT_CONNECTION: AtomicU64 = AtomicU64::new(1);

/// Returns a number that no other connection of this process has.
pub(super) fn next_connection() -> u64 {
    NEXT_CONNECTION.fetch_add(1, Ordering::Relaxed)
}

/// Answers the request for a socket.
pub(super) async fn accept(shared: Arc<Shared>, endpoint: Arc<Endpoint>, request: Request<Body>) -> Response {
    let answer = answer(shared, endpoint, request).await;
    let status = answer.status().as_u16().to_string();
    metrics::counter!("dcrf_handshakes_total", "status" => status).increment(1);
    answer
}

async fn answer(shared: Arc<Shared>, endpoint: Arc<Endpoint>, request: Request<Body>) -> Response {
    let (mut parts, _) = request.into_parts();
    let Ok(mut upgrade) = WebSocketUpgrade::from_request_parts(&mut parts, &()).await else {
        return upgrade_required();
    };
    if !is_allowed(&parts, &shared.origins) {
        tracing::debug!(origin = ?parts.headers.get(header::ORIGIN), "a handshake of a foreign origin was refused");
        return (StatusCode::FORBIDDEN, "this origin is not allowed").into_response();
    }
    let permit = match permit(&shared, &parts) {
        Ok(permit) => permit,
        Err(limit) => return too_many(limit),
    };
    let id = next_connection();
    let Some(parameters) = path::parameters(&mut parts, &endpoint.streams).await else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let client = client_of(&shared, &parts);
    let subprotocol = subprotocol::select(&shared, &parts.headers).map(str::to_owned);
    if let Some(selected) = subprotocol.as_ref().and_then(|selected| HeaderValue::from_str(selected).ok()) {
        upgrade.set_selected_protocol(selected);
    }
    let handshake = Arc::new(Handshake::of(&parts, client, subprotocol.as_deref(), parameters));
    // The level of the span is that of failures, so that no filter shows a failure without it.
    let shown = client.map(tracing::field::display);
    let span = tracing::error_span!("connection", id, client = shown, path = parts.uri.path());
    let entrance = match enter(&shared, &endpoint, &parts, id, &handshake).instrument(span.clone()).await {
        Ok(entrance) => entrance,
        Err(error) => return refused(&error),
    };
    // This is the last step before the answer: from here on frames arrive.
    let peer = parts.extensions.get::<Arc<PeerState>>().cloned();
    if peer.as_ref().is_some_and(|peer| !peer.become_socket()) {
        return (StatusCode::BAD_REQUEST, "wait for the answer to the handshake (RFC 6455, 4.1)")
            .into_response();
    }
    open(upgrade, shared, endpoint, Opening { id, handshake, entrance, permit, peer, span })
}

/// Determines how the socket of a request is opened.
///
/// # Errors
/// The reason why the handshake is refused. It is logged already.
async fn enter(
    shared: &Arc<Shared>,
    endpoint: &Endpoint,
    parts: &Parts,
    id: u64,
    handshake: &Arc<Handshake>,
) -> Result<Entrance> {
    let deadline = Instant::now() + shared.bounds.limits.action;
    let authenticated = async {
        let authenticated = caught(authenticate(shared, parts)).await.flatten();
        authenticated.inspect_err(|error| failure::log(error, HANDSHAKE))
    };
    let (user, rights) = in_time(shared, deadline, authenticated).await?;
    let patience = shared.authenticator.first_frame().filter(|_| !user.is_authenticated());
    if let Some(within) = patience {
        return Ok(Entrance::Gate(within));
    }
    let connection = shared.connection(id, user, handshake);
    let closed = in_time(shared, deadline, admission::closed(&shared.db, &connection, endpoint)).await?;
    Ok(Entrance::Known { connection, rights, closed })
}

/// The parts of an opened socket.
struct Opening {
    id: u64,
    handshake: Arc<Handshake>,
    entrance: Entrance,
    permit: Option<ConnectionPermit>,
    peer: Option<Arc<PeerState>>,
    span: tracing::Span,
}

/// Returns the client's address; `None` if the service does not own its TCP connections.
pub(super) fn client_of(shared: &Shared, parts: &Parts) -> Option<IpAddr> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    client(&parts.headers, peer, shared.behind_proxy)
}

/// Takes a permit for a client behind a proxy, because otherwise only the connection of the proxy is counted.
fn permit(shared: &Shared, parts: &Parts) -> Result<Option<ConnectionPermit>, LimitKind> {
    match client_of(shared, parts).filter(|_| shared.behind_proxy) {
        Some(address) => shared.counter.enter_from(address).map(Some),
        None => Ok(None),
    }
}

/// Limits the time of the checks before a handshake is answered. A timeout is logged.
pub(super) async fn in_time<T>(
    shared: &Shared,
    deadline: Instant,
    thinking: impl Future<Output = Result<T>>,
) -> Result<T> {
    let thought = tokio::time::timeout_at(deadline, thinking).await;
    thought.unwrap_or_else(|_| {
        shared.bounds.stats.cross(LimitKind::Action);
        let error = Error::too_slow(shared.bounds.limits.action);
        failure::log(&error, HANDSHAKE);
        Err(error)
    })
}

/// The way in which a socket is opened.
enum Entrance {
    /// The user is known; these streams are closed to the connection.
    Known { connection: Arc<ConnectionInfo>, rights: Rights, closed: Vec<usize> },
    /// The first frame authenticates the user, within this time. Permissions are checked after it.
    Gate(Duration),
}

/// Authenticates a request.
///
/// # Errors
/// The errors of the authenticator; [`Error::NotAuthenticated`] if its session was revoked meanwhile.
pub(super) async fn authenticate(shared: &Shared, parts: &Parts) -> Result<(Identity, Rights)> {
    // A revocation that is made while the credentials are checked counts.
    let ticket = shared.sessions.ticket();
    let identity = shared.authenticator.authenticate(parts, &shared.db).await?;
    let rights = shared.sessions.enter(&identity, ticket)?;
    Ok((identity, rights))
}

fn open(
    upgrade: WebSocketUpgrade,
    shared: Arc<Shared>,
    endpoint: Arc<Endpoint>,
    opening: Opening,
) -> Response {
    let Opening { id, handshake, entrance, permit, peer, span } = opening;
    let address = handshake.client().map(network);
    let limits = Arc::clone(&shared.bounds.limits);
    // Writing is stopped at `WRITE_BUFFER` bytes and one message, so that the library never holds more than this.
    let most_written = 2 * WRITE_BUFFER + limits.reply + limits.frame;
    let mut watch = Watch::new(Arc::clone(&shared.stop), Arc::clone(&shared.bounds.stats));
    upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(most_written)
        .max_message_size(limits.frame)
        .max_frame_size(limits.frame)
        .on_failed_upgrade(|error| tracing::debug!(%error, "a handshake did not become a WebSocket"))
        .on_upgrade(move |mut socket| {
            let serving = async move {
                let _place = permit;
                let (connection, rights, closed) = match entrance {
                    Entrance::Known { connection, rights, closed } => (connection, rights, closed),
                    Entrance::Gate(within) => {
                        let stream = endpoint.streams.first().filter(|_| !endpoint.multiplexed);
                        let stream = stream.map(|stream| stream.meta.stream);
                        let gate = Gate { shared: &shared, stream };
                        // The future is on the heap, because otherwise every connection would reserve memory that is
                        // needed only at first.
                        let passed = Box::pin(gate.pass(socket, &mut watch, within)).await;
                        let Some((passed, user, rights)) = passed else { return };
                        socket = passed;
                        let connection = shared.connection(id, user, &handshake);
                        let deadline = Instant::now() + limits.action;
                        let closed = admission::closed(&shared.db, &connection, &endpoint);
                        match Box::pin(in_time(&shared, deadline, closed)).await {
                            Ok(closed) => (connection, rights, closed),
                            Err(error) => {
                                let (code, reason) = farewell(&error);
                                return Box::pin(gate.close(socket, code, reason)).await;
                            }
                        }
                    }
                };
                let party = RequestingConnection { id, address, bounds: Arc::clone(&shared.bounds) };
                let db = shared.db.requested_by(Requester::Connection(Arc::new(party)));
                let mut session =
                    Session::new(Caller { db, connection, endpoint, limits: Arc::clone(&limits) });
                session.enter(closed);
                Box::new(Connection::new(socket, session, limits, watch, rights, peer)).run().await;
            };
            serving.instrument(span)
        })
}

/// Returns the close code and the reason for a socket whose user is known and does not have permission, or whose
/// permission cannot be determined.
fn farewell(error: &Error) -> (u16, &'static str) {
    if error.status() >= 500 { (SERVER_ERROR, "a server error occurred") } else { (FORBIDDEN, "not allowed") }
}
