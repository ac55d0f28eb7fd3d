//! The messages to other nodes. A broker that fails or does not answer blocks writers only for a short time. Messages
//! that it did not accept are reported as missed as soon as it accepts messages again.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::registry::Hub;
use crate::feed::broker::{Broker, BrokerMessage};
use crate::feed::codec;
use crate::ground::error::Error;
use crate::ground::failure::{caught, cause};

/// The time within which a broker has to accept messages. Brokers of the runtime put them into a queue at once; a
/// broker of the application may wait for a network.
const TAKES_WITHIN: Duration = Duration::from_millis(if cfg!(test) { 50 } else { 5_000 });

/// The pause after which a broker that did not accept messages is tried again.
const TRIED_AFTER: Duration = Duration::from_millis(if cfg!(test) { 10 } else { 1_000 });

/// The reason why a broker did not accept messages.
enum Untaken {
    /// It returned an error, or panicked.
    Failed(Error),
    /// It took too long.
    TooSlow,
}

impl Hub {
    /// Passes messages to the broker for the other nodes.
    ///
    /// Messages that the broker does not accept are lost. If it took too long, all later messages are lost, too, until
    /// it accepts messages again. The subscribers of the other nodes then receive `resync`, because they may have
    /// missed something.
    pub(super) async fn carry(&self, letters: Vec<BrokerMessage>) {
        let Some(broker) = self.broker() else { return };
        if self.broker_hangs.load(Ordering::Acquire) {
            return;
        }
        match taken(&*broker, letters).await {
            Ok(()) => return,
            Err(Untaken::Failed(error)) => {
                tracing::error!(error = %cause(&error), "the broker did not accept messages");
            }
            Err(Untaken::TooSlow) => {
                self.broker_hangs.store(true, Ordering::Release);
                tracing::error!(within = ?TAKES_WITHIN, "the broker does not accept messages: other nodes miss them");
            }
        }
        self.owe();
    }

    /// Sends the report that something was missed, until the broker accepts it.
    fn owe(&self) {
        if self.owes.swap(true, Ordering::AcqRel) {
            return;
        }
        let hub = self.own.clone();
        tokio::spawn(async move {
            loop {
                sleep(TRIED_AFTER).await;
                let Some(hub) = hub.upgrade() else { return };
                let Some(broker) = hub.broker() else { return };
                // The flags are cleared before the report is sent: later messages are sent after it, or are missed and
                // reported as well.
                hub.broker_hangs.store(false, Ordering::Release);
                hub.owes.store(false, Ordering::Release);
                let untaken = taken(&*broker, vec![codec::missed(hub.node, None)]).await.err();
                let Some(untaken) = untaken else {
                    tracing::info!(
                        "the broker accepts messages again: other nodes are notified that they missed some"
                    );
                    return;
                };
                hub.broker_hangs.store(matches!(untaken, Untaken::TooSlow), Ordering::Release);
                if hub.owes.swap(true, Ordering::AcqRel) {
                    // Another task tries already.
                    return;
                }
            }
        });
    }
}

/// Passes messages to a broker, and limits the time. The application may have implemented the broker: a panic is an
/// error.
async fn taken(broker: &dyn Broker, letters: Vec<BrokerMessage>) -> Result<(), Untaken> {
    match timeout(TAKES_WITHIN, caught(async { broker.send(letters).await })).await {
        Ok(done) => done.flatten().map_err(Untaken::Failed),
        Err(_) => Err(Untaken::TooSlow),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::ground::error::Result;
    use crate::ground::future::BoxFuture;

    /// A broker that accepts nothing while it hangs.
    #[derive(Default)]
    struct Hanging {
        hangs: AtomicBool,
        taken: Mutex<Vec<String>>,
    }

    impl Broker for Arc<Hanging> {
        fn send(&self, letters: Vec<BrokerMessage>) -> BoxFuture<'_, Result<()>> {
            Box::pin(async move {
                if self.hangs.load(Ordering::SeqCst) {
                    std::future::pending::<()>().await;
                }
                let text = |letter: &BrokerMessage| String::from_utf8_lossy(&letter.bytes).into_owned();
                self.taken.lock().expect("no panic").extend(letters.iter().map(text));
                Ok(())
            })
        }
    }

    fn letter(text: &str) -> BrokerMessage {
        BrokerMessage { channel: "g".into(), bytes: text.to_owned().into() }
    }

    #[tokio::test]
    async fn what_a_broker_that_hangs_did_not_take_is_told_as_missed() {
        let (hub, broker) = (Hub::start(), Arc::new(Hanging::default()));
        hub.set_broker(Arc::clone(&broker));
        hub.carry(vec![letter("1")]).await;
        broker.hangs.store(true, Ordering::SeqCst);
        hub.carry(vec![letter("2")]).await;
        // Later messages do not wait for the broker.
        hub.broker_hangs.store(true, Ordering::SeqCst);
        timeout(TAKES_WITHIN / 2, hub.carry(vec![letter("3")])).await.expect("at once");
        broker.hangs.store(false, Ordering::SeqCst);
        let missed = String::from_utf8(codec::missed(hub.node, None).bytes.to_vec()).expect("JSON");
        let all = async {
            while broker.taken.lock().expect("no panic").len() < 2 {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(30), all).await.expect("the broker is tried again");
        hub.carry(vec![letter("4")]).await;
        assert_eq!(*broker.taken.lock().expect("no panic"), ["1", &missed, "4"]);
    }
}
