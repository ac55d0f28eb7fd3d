//! The time before the first frame of a socket whose user is not known yet.
//!
//! Pages in browsers cannot send headers with a handshake, and URLs are written into logs. Such a client sends
//! `{"action": "authenticate", "token": …, "request_id": …}` first. Until it is authenticated, no code of the service
//! runs for it: every other frame is answered with 401.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use futures_util::stream::StreamExt;
use tokio::time::timeout;
use tracing::Instrument;

use super::shared::Shared;
use crate::app::identity::Identity;
use crate::app::sessions::Rights;
use crate::ground::error::{Error, Result};
use crate::ground::failure::{self, caught};
use crate::ground::stats::LimitKind;
use crate::ground::stop::{Phase, Watch};
use crate::socket::close::{NOT_AUTHENTICATED, SERVICE_RESTART, come_back_within, violation};
use crate::wire::frame::{Envelope, Request, Wrapper, string};
use crate::wire::multiplexer;

/// The action of the first frame.
const AUTHENTICATE: &str = "authenticate";

/// The number of wrong tokens after which the socket is closed.
const TRIES: usize = 3;

/// A socket whose user is not known yet.
pub(super) struct Gate<'a> {
    pub(super) shared: &'a Shared,
    /// The stream of the socket; `None` if frames name the stream.
    pub(super) stream: Option<&'static str>,
}

/// The reason why a socket does not authenticate.
enum End {
    /// The connection is broken, or was closed.
    Gone,
    /// The server closes the socket with a code and a reason.
    Close(u16, Cow<'static, str>),
}

impl Gate<'_> {
    /// Waits for a valid token; returns `None` if the socket has ended.
    pub(super) async fn pass(
        &self,
        mut socket: WebSocket,
        watch: &mut Watch,
        within: Duration,
    ) -> Option<(WebSocket, Identity, Rights)> {
        let stopping = std::future::poll_fn(|cx| watch.poll_phase(cx, Phase::Draining));
        let end = tokio::select! {
            passed = timeout(within, self.wait(&mut socket)) => match passed {
                Ok(Ok((identity, rights))) => return Some((socket, identity, rights)),
                Ok(Err(end)) => end,
                Err(_) => End::Close(NOT_AUTHENTICATED, "not authenticated in time".into()),
            },
            () = stopping => {
                End::Close(SERVICE_RESTART, come_back_within(self.shared.bounds.limits.retry_within))
            }
        };
        if let End::Close(code, reason) = end {
            tracing::debug!(code, %reason, "a socket was not authenticated");
            self.close(socket, code, &reason).await;
        }
        None
    }

    /// Closes a socket that did not authenticate.
    pub(super) async fn close(&self, mut socket: WebSocket, code: u16, reason: &str) {
        let farewell = async {
            let frame = CloseFrame { code, reason: reason.into() };
            if socket.send(Message::Close(Some(frame))).await.is_ok() {
                // The connection must not be cut before the peer has read it.
                while let Some(Ok(_)) = socket.next().await {}
            }
        };
        let _ = timeout(self.shared.bounds.limits.close_within, farewell).await;
    }

    async fn wait(&self, socket: &mut WebSocket) -> Result<(Identity, Rights), End> {
        let (mut tries, mut frames) = (0, 0);
        loop {
            let text = match socket.next().await {
                Some(Ok(Message::Text(text))) => text,
                Some(Ok(Message::Binary(_))) => Utf8Bytes::default(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                // Reading on sends the answer to a close frame.
                Some(Ok(Message::Close(_))) => continue,
                Some(Err(error)) => {
                    return Err(violation(error).map_or(End::Gone, |code| End::Close(code, "".into())));
                }
                None => return Err(End::Gone),
            };
            frames += 1;
            if frames > self.shared.bounds.limits.unauthenticated {
                self.shared.bounds.stats.cross(LimitKind::Unauthenticated);
                return Err(End::Close(NOT_AUTHENTICATED, "too many frames before authentication".into()));
            }
            let (answer, passed) = self.answer(&text, &mut tries).await;
            // The answer is made of texts, so that it is UTF-8.
            let answer = Utf8Bytes::try_from(answer).unwrap_or_default();
            socket.send(Message::Text(answer)).await.map_err(|_| End::Gone)?;
            match passed {
                ControlFlow::Break(passed) => return Ok(passed),
                ControlFlow::Continue(()) if tries >= TRIES => {
                    return Err(End::Close(NOT_AUTHENTICATED, "not authenticated".into()));
                }
                ControlFlow::Continue(()) => {}
            }
        }
    }

    /// Returns the answer to a frame, and the identity of a frame that was authenticated.
    async fn answer(&self, text: &str, tries: &mut usize) -> (Vec<u8>, ControlFlow<(Identity, Rights)>) {
        let request = match Request::parse(text) {
            Ok(request) if request.is_named() && request.action() == AUTHENTICATE => request,
            Ok(_) | Err(_) if self.stream.is_none() => {
                return (multiplexer::refuse(text, Error::NotAuthenticated), ControlFlow::Continue(()));
            }
            Ok(request) => {
                let (action, request_id) = (request.action_json(), request.request_id());
                let envelope = Envelope { wrapper: Wrapper::Raw, action, request_id };
                return (envelope.failure(&Error::NotAuthenticated), ControlFlow::Continue(()));
            }
            Err(refusal) => {
                let (action, request_id) = (refusal.action, refusal.request_id);
                let envelope = Envelope { wrapper: Wrapper::Raw, action, request_id };
                return (envelope.failure(&Error::NotAuthenticated), ControlFlow::Continue(()));
            }
        };
        let (action, request_id) = (request.action_json(), request.request_id());
        let envelope = Envelope { wrapper: Wrapper::Raw, action, request_id };
        let span = failure::span(self.stream, AUTHENTICATE, Some(request_id));
        let authenticated = async {
            let authenticated = self.authenticate(&request).await;
            authenticated.inspect_err(|error| failure::log(error, "an authentication"))
        };
        match authenticated.instrument(span).await {
            Ok(passed) => (envelope.reply(200, b"null"), ControlFlow::Break(passed)),
            Err(error) => {
                *tries += 1;
                (envelope.failure(&error), ControlFlow::Continue(()))
            }
        }
    }

    async fn authenticate(&self, request: &Request<'_>) -> Result<(Identity, Rights)> {
        let token = request.argument("token").and_then(|token| string(token.get()));
        let token = token.ok_or_else(|| Error::field("token", "This field is required."))?;
        let ticket = self.shared.sessions.ticket();
        let asked = self.shared.authenticator.authenticate_token(&token, &self.shared.db);
        let identity = caught(asked).await??;
        let rights = self.shared.sessions.enter(&identity, ticket)?;
        Ok((identity, rights))
    }
}
