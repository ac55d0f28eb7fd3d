//! What goes to the other nodes. A broker that fails or hangs holds nothing up for good, and whatever it did not take is
//! told as missed as soon as it takes something again.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::registry::Hub;
use crate::feed::broker::{Broker, BrokerMessage};
use crate::feed::codec;
use crate::ground::error::{Error, Result};
use crate::ground::failure::{caught, cause};

/// How long a broker may take for letters. Those of the runtime put them into a queue, which takes no time; one of the
/// application's own may wait for a network.
const TAKES_WITHIN: Duration = Duration::from_millis(if cfg!(test) { 50 } else { 5_000 });

/// How long to wait before a broker is tried again that did not take letters.
const TRIED_AFTER: Duration = Duration::from_millis(if cfg!(test) { 10 } else { 1_000 });

impl Hub {
    /// Has the broker carry letters to the other nodes.
    ///
    /// If it fails or takes too long, they are lost, and so is all that comes after them until the broker takes
    /// something again. The subscribers of the other nodes are then told that they may have missed something.
    pub(super) async fn carry(&self, letters: Vec<BrokerMessage>) {
        let Some(broker) = self.broker() else { return };
        if self.owes.load(Ordering::Acquire) {
            return;
        }
        if let Err(error) = taken(&*broker, letters).await {
            tracing::error!(error = %cause(&error), "the broker did not take events: other nodes miss them");
            self.owe();
        }
    }

    /// Tries until the broker takes the letter which says that something was missed.
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
                // Before the letter: what is said from now on is sent after it, or is missed as well.
                hub.owes.store(false, Ordering::Release);
                match taken(&*broker, vec![codec::missed(hub.node, None)]).await {
                    Ok(()) => {
                        tracing::info!(
                            "the broker takes events again: other nodes are told that they missed some"
                        );
                        return;
                    }
                    Err(_) => hub.owes.store(true, Ordering::Release),
                }
            }
        });
    }
}

/// Has a broker take letters, in time. It may be the application's own.
async fn taken(broker: &dyn Broker, letters: Vec<BrokerMessage>) -> Result<()> {
    match timeout(TAKES_WITHIN, caught(async { broker.send(letters).await })).await {
        Ok(done) => done.flatten(),
        Err(_) => Err(Error::internal(format!("it took longer than {TAKES_WITHIN:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::ground::future::BoxFuture;

    /// A broker that takes nothing while it hangs.
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
        // Nobody waits for it a second time.
        hub.owes.store(true, Ordering::SeqCst);
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
