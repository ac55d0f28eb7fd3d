//! The task that holds the connection to a broker: it subscribes, sends, checks the connection, and reconnects.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::failure::Failure;
use super::incoming_queue::IncomingQueue;
use super::link::{Link, Server};
use super::outbox::OutgoingMessage;
use super::shared::Shared;
use crate::feed::broker::options::BrokerError;
use crate::feed::codec::CONTROL;

/// The first pause before another attempt to connect; each pause is twice the one before.
const FIRST_RETRY: Duration = Duration::from_millis(50);

/// The greatest number of names in one subscription command.
const NAMES: usize = 512;

struct Driver<S> {
    server: Arc<S>,
    shared: Arc<Shared>,
    /// The name of the control channel.
    control: String,
}

/// Connects, and continues in a task of its own.
pub(super) async fn start<S: Server>(
    server: Arc<S>,
    shared: Arc<Shared>,
    control: String,
) -> Result<(), BrokerError> {
    let driver = Driver { server, shared, control };
    let first = driver.connect().await.map_err(|failure| BrokerError::Unreachable(failure.to_string()))?;
    tokio::spawn(driver.run(first));
    Ok(())
}

impl<S: Server> Driver<S> {
    async fn run(self, first: (S::Link, IncomingQueue)) {
        let mut connection = Some(first);
        while let Some((mut link, incoming_queue)) = connection {
            self.shared.state().connected = true;
            let served = self.serve(&mut link, &incoming_queue).await;
            self.shared.state().connected = false;
            incoming_queue.lose("it is given up");
            drop(link);
            let Err(failure) = served else { break };
            tracing::warn!(%failure, "the connection to the broker is lost");
            metrics::counter!("dcrf_broker_lost_total").increment(1);
            {
                let mut state = self.shared.state();
                state.wanted.are_lost();
                state.outbox.not_sent();
            }
            connection = self.reconnect().await;
        }
        let mut state = self.shared.state();
        state.closed = true;
        if !state.outbox.is_empty() {
            tracing::error!("the broker is not reachable: messages for other nodes are lost");
        }
        drop(state);
        self.shared.idle.notify_waiters();
    }

    async fn connect(&self) -> Result<(S::Link, IncomingQueue), Failure> {
        let incoming_queue = IncomingQueue::new(&self.shared);
        let link = timeout(self.shared.options.timeout, self.server.open(incoming_queue.clone())).await;
        Ok((link.map_err(|_| Failure::new("it does not answer"))??, incoming_queue))
    }

    /// Tries to connect until it succeeds. Returns `None` if the driver has to end.
    async fn reconnect(&self) -> Option<(S::Link, IncomingQueue)> {
        let (mut wait, mut told) = (FIRST_RETRY.min(self.shared.options.retry), String::new());
        loop {
            let again = sleep(wait.mul_f64(jitter()));
            tokio::pin!(again);
            // Only the request to end interrupts the pause; other wake-ups do not.
            loop {
                if self.shared.state().closing {
                    return None;
                }
                tokio::select! {
                    () = &mut again => break,
                    () = self.shared.wake.notified() => {}
                }
            }
            match self.connect().await {
                Ok(connection) => {
                    tracing::info!("the broker is back");
                    return Some(connection);
                }
                // Each reason is logged once: it may change from "refused" to one that does not pass by itself.
                Err(failure) if failure.to_string() != told => {
                    told = failure.to_string();
                    tracing::warn!(%failure, "the broker is not reachable: trying again");
                }
                Err(failure) => tracing::debug!(%failure, "the broker is still not reachable"),
            }
            wait = (wait * 2).min(self.shared.options.retry);
        }
    }

    /// Works on a connection until it is lost, or everything is sent and the driver has to end.
    async fn serve(&self, link: &mut S::Link, incoming_queue: &IncomingQueue) -> Result<(), Failure> {
        let every = self.shared.options.ping;
        let mut ping = Instant::now() + every;
        loop {
            let worked = self.work(link, incoming_queue).await?;
            if Instant::now() >= ping {
                self.within(incoming_queue, link.ping()).await?;
                ping = Instant::now() + every;
            }
            if worked {
                continue;
            }
            {
                let state = self.shared.state();
                if state.closing && state.outbox.is_empty() {
                    return Ok(());
                }
            }
            tokio::select! {
                () = self.shared.wake.notified() => {}
                lost = incoming_queue.lost() => return Err(lost),
                () = sleep_until(ping) => {}
            }
        }
    }

    /// Does a part of the work. Tells whether there was any.
    async fn work(&self, link: &mut S::Link, incoming_queue: &IncomingQueue) -> Result<bool, Failure> {
        let silent = {
            let wants = |channel: &str| self.shared.incoming.wants(channel);
            self.shared.state().wanted.forget(wants)
        };
        if !silent.is_empty() {
            self.within(incoming_queue, link.unsubscribe(&silent)).await?;
        }
        let fresh = self.shared.state().wanted.fresh();
        for names in fresh.chunks(NAMES) {
            self.within(incoming_queue, link.subscribe(names)).await?;
            let missed = self.shared.state().wanted.are_live(names);
            if !missed.is_empty() {
                tracing::warn!(
                    channels = missed.len(),
                    "subscribers are notified that they may have missed events"
                );
                self.shared.incoming.missed_all(missed);
            }
        }
        self.send_dropped(link, incoming_queue).await?;
        let batch = self.shared.state().outbox.batch();
        if !batch.is_empty() {
            self.within(incoming_queue, link.publish(&batch)).await?;
            self.shared.state().outbox.sent();
        }
        Ok(!(silent.is_empty() && fresh.is_empty() && batch.is_empty()))
    }

    /// Reports to the other nodes the channels for which messages were dropped, or may be missing for another reason.
    async fn send_dropped(&self, link: &mut S::Link, incoming_queue: &IncomingQueue) -> Result<(), Failure> {
        let Some(dropped) = self.shared.state().outbox.take_dropped() else { return Ok(()) };
        tracing::warn!(
            "messages for other nodes were dropped or may be missing: their subscribers are notified"
        );
        let letter = self.shared.incoming.missed_message(dropped.as_deref());
        let text = String::from_utf8_lossy(&letter.bytes).into_owned();
        let parcel = OutgoingMessage { name: self.control.clone(), channel: CONTROL.into(), text };
        let sent = self.within(incoming_queue, link.publish(std::slice::from_ref(&parcel))).await;
        if sent.is_err() {
            self.shared.state().outbox.restore(dropped);
        }
        sent
    }

    /// Limits the time of an answer of the broker.
    async fn within(
        &self,
        incoming_queue: &IncomingQueue,
        work: impl Future<Output = Result<(), Failure>> + Send,
    ) -> Result<(), Failure> {
        tokio::select! {
            done = timeout(self.shared.options.timeout, work) => {
                done.unwrap_or_else(|_| Err(Failure::new("it does not answer")))
            }
            lost = incoming_queue.lost() => Err(lost),
        }
    }
}

/// Returns a factor between a half and one, so that nodes that lost a broker together do not reconnect together.
fn jitter() -> f64 {
    // The hasher is keyed by the operating system's randomness.
    let [first, ..] = RandomState::new().hash_one(()).to_le_bytes();
    0.5 + f64::from(first) / 512.0
}
