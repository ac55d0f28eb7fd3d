//! A broker of the nodes of one process, by the public API of the runtime alone. Nodes can be cut off from it.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dcrf_runtime::broker::{Broker, BrokerMessage, Incoming};
use dcrf_runtime::dispatch::BoxFuture;
use dcrf_runtime::{Db, Detail, Error, Result};

/// Letters that a node keeps while it is cut off.
pub const KEPT: usize = 10;
/// The channel that every node hears.
const CONTROL: &str = "control";

/// Where the nodes meet.
#[derive(Default)]
pub struct Exchange(Mutex<Vec<Member>>);

/// A node, as the exchange knows it.
struct Member {
    inlet: Incoming,
    channels: HashSet<String>,
    is_cut: bool,
    waiting: VecDeque<BrokerMessage>,
    dropped: Vec<Arc<str>>,
}

/// A node's way to it.
struct Way {
    exchange: Arc<Exchange>,
    number: usize,
}

impl Exchange {
    /// Connects a node.
    pub fn join(self: &Arc<Self>, db: &Db) {
        let mut members = self.members();
        let (number, inlet) = (members.len(), db.hub().incoming(1024));
        let channels = HashSet::from([CONTROL.to_owned()]);
        members.push(Member {
            inlet,
            channels,
            is_cut: false,
            waiting: VecDeque::new(),
            dropped: Vec::new(),
        });
        drop(members);
        db.hub().set_broker(Way { exchange: Arc::clone(self), number });
    }

    /// Cuts a node off.
    pub fn cut(&self, number: usize) {
        self.members()[number].is_cut = true;
    }

    /// Lets it come back.
    pub fn mend(&self, number: usize) {
        let mut members = self.members();
        let member = &mut members[number];
        member.is_cut = false;
        // It has not heard what the others said meanwhile.
        let missed = member.channels.iter().filter(|channel| *channel != CONTROL);
        missed.for_each(|channel| member.inlet.missed(channel));
        let dropped = std::mem::take(&mut member.dropped);
        let told = (!dropped.is_empty()).then(|| member.inlet.missed_message(Some(&dropped)));
        let waiting = std::mem::take(&mut member.waiting);
        told.into_iter().chain(waiting).for_each(|letter| spread(&members, &letter));
    }

    fn members(&self) -> MutexGuard<'_, Vec<Member>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives a letter to every node that wants it, the one that sent it included. What is said comes twice, as from a broker
/// that is not sure.
fn spread(members: &[Member], letter: &BrokerMessage) {
    let times = if &*letter.channel == CONTROL { 1 } else { 2 };
    for member in members.iter().filter(|member| !member.is_cut && member.channels.contains(&*letter.channel))
    {
        for _ in 0..times {
            member.inlet.receive(&letter.channel, &letter.bytes);
        }
    }
}

impl Broker for Way {
    fn send(&self, letters: Vec<BrokerMessage>) -> BoxFuture<'_, Result<()>> {
        let mut members = self.exchange.members();
        for letter in letters {
            let member = &mut members[self.number];
            if !member.is_cut {
                spread(&members, &letter);
                continue;
            }
            member.waiting.push_back(letter);
            if member.waiting.len() > KEPT
                && let Some(oldest) = member.waiting.pop_front()
                && !member.dropped.contains(&oldest.channel)
            {
                member.dropped.push(oldest.channel);
            }
        }
        Box::pin(std::future::ready(Ok(())))
    }

    fn subscribe<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<()>> {
        let mut members = self.exchange.members();
        let member = &mut members[self.number];
        let away = || Error::Api { status: 503, detail: Detail::text("The broker does not answer.") };
        let subscribed = if member.is_cut { Err(away()) } else { Ok(()) };
        if subscribed.is_ok() {
            member.channels.insert(channel.to_owned());
        }
        Box::pin(std::future::ready(subscribed))
    }

    fn unsubscribe(&self, channel: &str) {
        let mut members = self.exchange.members();
        let member = &mut members[self.number];
        if !member.inlet.wants(channel) {
            member.channels.remove(channel);
        }
    }

    fn is_connected(&self) -> bool {
        !self.exchange.members()[self.number].is_cut
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.exchange.members()[self.number].channels.clear();
        Box::pin(std::future::ready(()))
    }
}
