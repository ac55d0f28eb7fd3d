//! The streams that a connection enters, and the hooks of the application.
//!
//! A stream whose handshake a permission refused is never entered. A stream whose consumer has the hook `connected` is
//! entered after the hook; until then its requests wait. Every stream that was entered is left exactly once, regardless
//! of how the connection ends and of the other streams.

use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tracing::Instrument;

use super::caller::Caller;
use crate::actions::on_connect;
use crate::app::context::Context;
use crate::app::mailbox::Mailbox;
use crate::ground::error::Result;
use crate::ground::failure::{self, caught};
use crate::ground::future::BoxFuture;

/// The streams of a connection that are refused, or wait for a hook.
#[derive(Default)]
pub(super) struct StreamAdmission {
    /// Streams that are closed to this connection, by their position in the endpoint.
    refused: Vec<usize>,
    arrivals: FuturesUnordered<BoxFuture<'static, (usize, Result<()>)>>,
}

impl StreamAdmission {
    /// Enters every stream except these, and returns those that have to wait for the hook of the application.
    pub(super) fn enter(
        &mut self,
        caller: &Arc<Caller>,
        mailbox: &Arc<Mailbox>,
        refused: Vec<usize>,
    ) -> Vec<usize> {
        self.refused = refused;
        let streams = caller.endpoint.streams.iter().enumerate();
        let told = streams.filter(|(_, stream)| stream.is_entered).map(|(index, _)| index);
        let told: Vec<usize> = told.filter(|stream| !self.is_refused(*stream)).collect();
        for stream in told.iter().copied() {
            let (caller, mailbox) = (Arc::clone(caller), Arc::clone(mailbox));
            self.arrivals.push(Box::pin(async move { (stream, connected(&caller, mailbox, stream).await) }));
        }
        told
    }

    /// Tells whether a stream is closed to this connection.
    pub(super) fn is_refused(&self, stream: usize) -> bool {
        self.refused.contains(&stream)
    }

    /// Returns how many streams are closed to this connection.
    pub(super) fn refused(&self) -> usize {
        self.refused.len()
    }

    /// Resolves whenever the hook of one more stream has run, which may have refused the connection.
    pub(super) fn poll_arrival(&mut self, cx: &mut TaskContext<'_>) -> Poll<usize> {
        let Poll::Ready(Some((stream, told))) = self.arrivals.poll_next_unpin(cx) else {
            return Poll::Pending;
        };
        // A failure (status 500 or more) does not close the stream.
        if told.is_err_and(|error| error.status() < 500) {
            self.refused.push(stream);
        }
        Poll::Ready(stream)
    }

    /// Leaves every stream that was entered. Returns `None` if there is no hook to run.
    pub(super) fn leave(
        &self,
        caller: &Arc<Caller>,
        mailbox: &Arc<Mailbox>,
    ) -> Option<BoxFuture<'static, ()>> {
        let streams = caller.endpoint.streams.iter().enumerate();
        let told =
            streams.filter(|(index, stream)| stream.meta.access.on_disconnect && !self.is_refused(*index));
        let told: Vec<usize> = told.map(|(index, _)| index).collect();
        if told.is_empty() {
            return None;
        }
        let (caller, mailbox) = (Arc::clone(caller), Arc::clone(mailbox));
        Some(Box::pin(async move {
            join_all(told.into_iter().map(|stream| disconnected(&caller, &mailbox, stream))).await;
        }))
    }
}

/// Returns the context of a hook.
pub(crate) fn context(caller: &Caller, stream: usize, action: &'static str) -> Context {
    let stream = caller.endpoint.streams[stream].meta.stream;
    Context::new(caller.db.clone(), Arc::clone(&caller.connection), stream, action, "null")
}

async fn connected(caller: &Caller, mailbox: Arc<Mailbox>, stream: usize) -> Result<()> {
    let context = context(caller, stream, "connect")
        .with_sender(caller.sender(mailbox, stream), &caller.endpoint.streams[stream].dispatch);
    let dispatch = &caller.endpoint.streams[stream].dispatch;
    told(
        &context,
        Box::pin(async {
            on_connect::subscribe(&**dispatch, &context).await?;
            if dispatch.meta().access.on_connect { dispatch.connected(&context).await } else { Ok(()) }
        }),
    )
    .await
}

/// Runs the hook of a stream after the end of the connection. A failure is logged, and does not stop the other hooks.
async fn disconnected(caller: &Caller, mailbox: &Arc<Mailbox>, stream: usize) {
    // Frames that are put into the mailbox are not sent, and no group can be joined any more.
    let context = context(caller, stream, "disconnect")
        .with_sender(caller.sender(Arc::clone(mailbox), stream), &caller.endpoint.streams[stream].dispatch);
    let _ = told(&context, caller.endpoint.streams[stream].dispatch.disconnected(&context)).await;
}

/// Runs a hook of the application. Its error or panic is logged.
async fn told(context: &Context, telling: BoxFuture<'_, Result<()>>) -> Result<()> {
    let span = failure::span(Some(context.stream()), context.action(), None);
    async {
        let told = caught(telling).await.flatten();
        told.inspect_err(|error| failure::log(error, "telling the application of a connection"))
    }
    .instrument(span)
    .await
}
