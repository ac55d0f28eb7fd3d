//! What a connection does about an event.

use std::ops::ControlFlow;

use axum::Error as SocketError;
use axum::extract::ws::{Message, close_code};
use tokio::time::Instant;

use super::event::Event;
use super::state::{Connection, State};
use crate::app::mailbox::Mail;
use crate::ground::stats::Limit;
use crate::ground::stop::Phase;
use crate::socket::close::{come_back_within, violation};
use crate::socket::session::Overflown;

impl Connection {
    /// Does what an event asks for; a break ends the connection at once.
    pub(super) fn handle(&mut self, event: Event) -> ControlFlow<()> {
        match event {
            Event::Frame(Some(Ok(message))) => {
                self.heard = Instant::now();
                self.pinged = false;
                self.receive(message);
            }
            Event::Frame(Some(Err(error))) => return self.broken(error),
            Event::Frame(None) => self.end(),
            Event::Revoked => self.revoke("revoked"),
            Event::Expired => {
                self.rights.expires = None;
                self.revoke("expired");
            }
            Event::Excess => {
                // What it has not read is forgotten at once: there is no place for a farewell.
                tracing::warn!("the memory of all connections is used up: the slowest reader was dropped");
                return ControlFlow::Break(());
            }
            Event::Shutdown(Phase::Aborting) => return ControlFlow::Break(()),
            Event::Done(sent) => self.check(sent),
            Event::Publish(Mail::Sent) => {}
            Event::Publish(Mail::Overflown) => self.check(Err(Overflown)),
            Event::Publish(Mail::Close(code)) => {
                self.session.hush();
                self.close(code, "");
            }
            Event::Tick => return self.tick(),
            Event::Shutdown(_) if self.state == State::Open => {
                self.farewell.1 = come_back_within(self.limits.retry_within);
                self.state = State::Draining;
            }
            Event::Shutdown(_) => {}
        }
        ControlFlow::Continue(())
    }

    fn receive(&mut self, message: Message) {
        match message {
            // The library has queued its answer: reading on sends it and ends the stream.
            Message::Close(_) => self.give_up(),
            _ if self.state != State::Open => {}
            Message::Text(text) => {
                let sent = self.session.text(&text);
                self.check(sent);
            }
            Message::Binary(_) => {
                let sent = self.session.binary();
                self.check(sent);
            }
            // Pings are answered by the library.
            Message::Ping(_) | Message::Pong(_) => {}
        }
    }

    /// Ends a connection whose reader is so slow that something could not be queued.
    pub(super) fn check(&mut self, sent: Result<(), Overflown>) {
        if sent.is_ok() || matches!(self.state, State::Closing(_)) {
            return;
        }
        self.watch.stats().cross(Limit::Outbound);
        tracing::warn!(waiting = self.session.outbound.len(), "a reader is too slow: closed with 1013");
        self.session.deafen();
        self.close(close_code::AGAIN, "you read too slowly");
    }

    /// The peer broke the protocol or the line. The library sends nothing of its own in the first case.
    fn broken(&mut self, error: SocketError) -> ControlFlow<()> {
        let Some(code) = violation(error) else { return ControlFlow::Break(()) };
        tracing::debug!(code, "a peer broke the protocol");
        match code {
            close_code::SIZE => self.watch.stats().cross(Limit::Frame),
            close_code::POLICY => self.watch.stats().cross(Limit::Fragments),
            _ => {}
        }
        self.ended = true;
        self.session.deafen();
        self.close(code, "");
        ControlFlow::Continue(())
    }
}
