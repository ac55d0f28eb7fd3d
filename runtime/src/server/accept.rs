//! New connections: HTTP until they become sockets.
//!
//! Like `axum::serve`, but a client has to send its request in time, and the end of the server is told to be.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Bytes of the head of a request, at most: cookies and tokens, not uploads.
const HEAD: usize = 32 * 1024;

/// Accepts connections until `stop` is ready, and then waits for the HTTP requests in flight; sockets are not waited
/// for. Dropping the future ends them all.
///
/// # Errors
/// None: an accept that fails is logged and tried again.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    head_within: Duration,
    stop: impl Future<Output = ()>,
) {
    let (stopped, stopping) = watch::channel(());
    let mut requests = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    requests.spawn(http(stream, router.clone(), head_within, stopping.clone()));
                }
                Err(error) => failed(&error).await,
            },
            Some(_) = requests.join_next() => {}
        }
    }
    drop((listener, stopped));
    while requests.join_next().await.is_some() {}
}

/// One connection, until it is closed or becomes a socket.
async fn http(stream: TcpStream, router: Router, head_within: Duration, mut stopping: watch::Receiver<()>) {
    // Frames are small and answers are waited for: Nagle's algorithm would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_within)
        .max_buf_size(HEAD)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
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
        tracing::debug!(%error, "an HTTP connection broke");
    }
}

/// A connection that broke before it was accepted is of no interest. Anything else (no file descriptors left) may
/// pass by when others end.
async fn failed(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        return;
    }
    tracing::error!(%error, "no connection can be accepted; trying again in a second");
    tokio::time::sleep(Duration::from_secs(1)).await;
}
