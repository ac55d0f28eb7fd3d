//! A broker outside of the process.

use std::sync::{Arc, Mutex, Weak};

use tokio::sync::Notify;

use super::driver;
use super::link::Server;
use super::outbox::OutgoingMessage;
use super::shared::{Shared, State};
use crate::db::Db;
use crate::feed::broker::contract::{Broker, BrokerMessage};
use crate::feed::broker::options::{BrokerError, BrokerOptions};
use crate::feed::codec::CONTROL;
use crate::ground::error::{Detail, Error, Result};
use crate::ground::future::BoxFuture;

/// A broker outside of the process.
pub(crate) struct Remote<S: Server> {
    server: Arc<S>,
    shared: Arc<Shared>,
}

/// Connects, and stays connected for as long as the hub exists.
pub(crate) async fn start<S: Server>(
    db: &Db,
    server: S,
    options: BrokerOptions,
) -> Result<Remote<S>, BrokerError> {
    let server = Arc::new(server);
    let control = server.name(CONTROL);
    let shared = Arc::new_cyclic(|shared: &Weak<Shared>| {
        let (mut state, shared) = (State::default(), Weak::clone(shared));
        state.wanted.want(&control, CONTROL, None);
        let channels_of = move |name: &str| {
            shared.upgrade().map_or_else(Vec::new, |shared| shared.state().wanted.channels(name))
        };
        Shared {
            incoming: db.hub().inlet_by(options.inbox, Box::new(channels_of)),
            options,
            state: Mutex::new(state),
            wake: Notify::new(),
            idle: Notify::new(),
        }
    });
    driver::start(Arc::clone(&server), Arc::clone(&shared), control).await?;
    Ok(Remote { server, shared })
}

impl<S: Server> Remote<S> {
    fn name(&self, channel: &str) -> String {
        self.server.name(channel)
    }
}

impl<S: Server> Broker for Remote<S> {
    fn send(&self, letters: Vec<BrokerMessage>) -> BoxFuture<'_, Result<()>> {
        {
            let mut state = self.shared.state();
            for BrokerMessage { channel, bytes } in letters {
                // A message that cannot be decoded counts as dropped.
                let Ok(text) = String::from_utf8(bytes.into()) else {
                    state.outbox.miss(&channel);
                    continue;
                };
                let parcel = OutgoingMessage { name: self.name(&channel), channel, text };
                state.outbox.put(parcel, self.shared.options.outbox);
            }
        }
        self.shared.wake.notify_one();
        Box::pin(std::future::ready(Ok(())))
    }

    fn subscribe<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let name = self.name(channel);
            let (live, waits) = tokio::sync::oneshot::channel();
            if self.shared.state().wanted.want(&name, channel, Some(live)) {
                return Ok(());
            }
            self.shared.wake.notify_one();
            match tokio::time::timeout(self.shared.options.timeout, waits).await {
                Ok(Ok(())) => Ok(()),
                _ => Err(Error::Api { status: 503, detail: Detail::text("The broker does not answer.") }),
            }
        })
    }

    fn unsubscribe(&self, channel: &str) {
        let name = self.name(channel);
        self.shared.state().wanted.doubt(name, channel);
        self.shared.wake.notify_one();
    }

    fn is_connected(&self) -> bool {
        self.shared.state().connected
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let ended = async {
                loop {
                    let idle = self.shared.idle.notified();
                    if self.shared.state().closed {
                        return;
                    }
                    idle.await;
                }
            };
            self.shared.state().closing = true;
            self.shared.wake.notify_one();
            let _ = tokio::time::timeout(self.shared.options.timeout, ended).await;
        })
    }
}

impl<S: Server> Drop for Remote<S> {
    fn drop(&mut self) {
        self.shared.state().closing = true;
        self.shared.wake.notify_one();
    }
}
