//! New connections, which use HTTP until they become sockets.
//!
//! This works like `axum::serve`, but a client has to send its request in time, connections are counted, and
//! connections are notified when the server stops.

use std::convert::Infallible;
use std::error::Error as _;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::ConnectInfo;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tower_service::Service as _;

use super::body::{BodyMemory, BoundedBody};
use super::client::client;
#[cfg(feature = "tls")]
use super::encryption::Encryption;
use super::refusal::{no_memory, too_many};
use crate::ground::bounds::Bounds;
use crate::ground::stats::LimitKind;
use crate::socket::connection_counter::{ConnectionCounter, ConnectionPermit, network};
use crate::socket::counting_stream::{self, CountingStream, PeerState};
use crate::socket::stream::Stream;

/// The greatest number of bytes of the head of a request: enough for cookies and tokens, but not for uploads.
const HEAD: usize = 32 * 1024;

/// The number of connections that are answered at once when there are too many; further ones are closed without an
/// answer.
const REFUSED_AT_ONCE: usize = 64;

/// The time within which a refused connection has to read the answer.
const REFUSED_WITHIN: Duration = Duration::from_secs(1);

/// The objects that every TCP connection needs.
pub(super) struct AcceptContext {
    pub(super) router: Router,
    pub(super) bounds: Arc<Bounds>,
    pub(super) counter: Arc<ConnectionCounter>,
    /// Whether every connection is from a proxy, so that its address is not the client's.
    pub(super) behind_proxy: bool,
    /// The certificate with which connections are encrypted, if they are.
    #[cfg(feature = "tls")]
    pub(super) encryption: Option<Encryption>,
}

/// Accepts connections until `stop` resolves, and then waits for the HTTP requests in flight; it does not wait for
/// sockets. Dropping the future ends them all.
///
/// # Errors
/// There are none: an accept that fails is logged and tried again.
pub(super) async fn serve(listener: TcpListener, accept: AcceptContext, stop: impl Future<Output = ()>) {
    let (stopped, stopping) = watch::channel(());
    let accept = Arc::new(accept);
    let refused = Arc::new(Semaphore::new(REFUSED_AT_ONCE));
    let mut requests = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let address = (!accept.behind_proxy).then_some(peer.ip());
                    let peer = Arc::new(PeerState::new(peer));
                    match accept.counter.enter(address) {
                        Ok(permit) => {
                            requests.spawn(http(stream, Arc::clone(&accept), peer, permit, stopping.clone()));
                        }
                        Err(limit) => {
                            let Ok(permit) = Arc::clone(&refused).try_acquire_owned() else { continue };
                            requests.spawn(async move {
                                let _ = tokio::time::timeout(REFUSED_WITHIN, refuse(stream, limit)).await;
                                drop(permit);
                            });
                        }
                    }
                }
                Err(error) => failed(&error).await,
            },
            Some(_) = requests.join_next() => {}
        }
    }
    drop((listener, stopped));
    while requests.join_next().await.is_some() {}
}

/// Serves one connection, until it is closed or becomes a socket.
async fn http(
    stream: TcpStream,
    accept: Arc<AcceptContext>,
    peer: Arc<PeerState>,
    permit: ConnectionPermit,
    mut stopping: watch::Receiver<()>,
) {
    // Frames are small and clients wait for answers: Nagle's algorithm would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    let Some(stream) = encrypted(stream, &accept).await else { return };
    let line = CountingStream::new(stream, Arc::clone(&peer), &accept.bounds.limits, permit);
    let own = Arc::clone(&accept);
    let service = service_fn(move |request| answer(Arc::clone(&own), Arc::clone(&peer), request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(accept.bounds.limits.head_within)
        .max_buf_size(HEAD)
        .serve_connection(TokioIo::new(line), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let result = tokio::select! {
        result = connection.as_mut() => result,
        // The sender is dropped when the server stops.
        _ = stopping.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        if error.is_timeout() {
            accept.bounds.stats.cross(LimitKind::HeadWithin);
        } else if is_stuck(&error) {
            accept.bounds.stats.cross(LimitKind::WriteTimeout);
        }
        tracing::debug!(%error, "an HTTP connection broke");
    }
}

/// Answers one HTTP request, including one for a socket.
async fn answer(
    accept: Arc<AcceptContext>,
    peer: Arc<PeerState>,
    request: hyper::Request<Incoming>,
) -> Result<Response, Infallible> {
    let AcceptContext { router, bounds, .. } = &*accept;
    let address = client(request.headers(), Some(peer.peer.ip()), accept.behind_proxy).map(network);
    let mut held = None;
    let mut request = if request.body().is_end_stream() {
        request.map(|_| Body::empty())
    } else {
        let memory = BodyMemory::new(bounds, address);
        let announced = request.body().size_hint().exact().unwrap_or(0);
        if let Err(excess) = memory.reach(usize::try_from(announced).unwrap_or(usize::MAX)) {
            return Ok(no_memory(excess));
        }
        let (within, stats) = (bounds.limits.body_within, Arc::clone(&bounds.stats));
        let bounded = |body| Body::new(BoundedBody::new(body, within, stats, Arc::clone(&memory)));
        let request = request.map(bounded);
        held = Some(memory);
        request
    };
    request.extensions_mut().insert(ConnectInfo(peer.peer));
    request.extensions_mut().insert(peer);
    let answer = router.clone().call(request).await;
    // A body that was not read to its end decides the status, regardless of the answer of the page.
    let excess = held.and_then(|memory| memory.excess());
    excess.map_or(answer, |excess| Ok(no_memory(excess)))
}

/// Returns the connection for reading and writing, encrypted if the server itself does that. Returns `None` if the TLS
/// handshake failed or took too long.
#[cfg(feature = "tls")]
async fn encrypted(stream: TcpStream, accept: &AcceptContext) -> Option<Stream> {
    let Some(encryption) = &accept.encryption else { return Some(Stream::Plain(stream)) };
    match tokio::time::timeout(accept.bounds.limits.head_within, encryption.0.accept(stream)).await {
        Ok(Ok(stream)) => Some(Stream::Encrypted(Box::new(stream))),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a connection was not encrypted");
            None
        }
        Err(_) => {
            accept.bounds.stats.cross(LimitKind::HeadWithin);
            None
        }
    }
}

#[cfg(not(feature = "tls"))]
async fn encrypted(stream: TcpStream, _: &AcceptContext) -> Option<Stream> {
    std::future::ready(Some(Stream::Plain(stream))).await
}

/// Tells whether a client did not read an answer for too long.
fn is_stuck(error: &hyper::Error) -> bool {
    let source = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    source.and_then(io::Error::get_ref).is_some_and(|inner| inner.is::<counting_stream::Stuck>())
}

/// Answers one client that there are too many connections.
async fn refuse(stream: TcpStream, limit: LimitKind) {
    tracing::warn!(limit = limit.name(), "a connection was refused: there are too many");
    let service =
        service_fn(move |_: hyper::Request<Incoming>| async move { Ok::<_, Infallible>(too_many(limit)) });
    let connection = http1::Builder::new().keep_alive(false).serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a refused connection broke");
    }
}

/// Handles an accept error. A connection that broke before it was accepted is ignored. Other errors (no file
/// descriptors left) may pass when connections end.
async fn failed(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        return;
    }
    tracing::error!(%error, "connections cannot be accepted; trying again in a second");
    tokio::time::sleep(Duration::from_secs(1)).await;
}
