//! What waits to be sent, and what was dropped because too much waited. Bounded.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use crate::feed::codec::CONTROL;

/// How many bytes of messages may wait, whatever their number.
const BYTES: usize = 64 << 20;

/// Of how many channels it is remembered that something for them was dropped; of more, everybody is told.
const CHANNELS: usize = 256;

/// How much is sent at once.
const BATCH: usize = 256;

/// Something to be sent.
#[derive(Debug, Clone)]
pub(crate) struct OutgoingMessage {
    /// Where to: the broker's name of the channel.
    pub(crate) name: String,
    pub(crate) channel: Arc<str>,
    pub(crate) text: String,
}

/// What waits.
#[derive(Default)]
pub(super) struct Outbox {
    parcels: VecDeque<OutgoingMessage>,
    /// How many of the oldest are being sent: these are not dropped.
    flying: usize,
    bytes: usize,
    dropped: HashSet<Arc<str>>,
    everybody: bool,
}

impl Outbox {
    /// Adds one. When more than `limit` wait, the oldest of them are dropped.
    pub(super) fn put(&mut self, parcel: OutgoingMessage, limit: usize) {
        self.bytes += parcel.text.len();
        self.parcels.push_back(parcel);
        while self.parcels.len() - self.flying > limit || self.bytes > BYTES {
            let Some(oldest) = self.parcels.remove(self.flying) else { break };
            self.bytes -= oldest.text.len();
            self.miss(&oldest.channel);
        }
    }

    /// Something for a channel is not sent.
    pub(super) fn miss(&mut self, channel: &Arc<str>) {
        if &**channel == CONTROL {
            // Of whom it told is not known any more.
            self.everybody = true;
        } else if self.dropped.len() < CHANNELS {
            self.dropped.insert(Arc::clone(channel));
        } else {
            self.everybody |= !self.dropped.contains(channel);
        }
    }

    /// The channels for which something was dropped, or that it is more than are known (none inside). It is to be
    /// given back by [`restore`](Self::restore) if they cannot be told.
    pub(super) fn take_dropped(&mut self) -> Option<Option<Vec<Arc<str>>>> {
        let (dropped, everybody) = (std::mem::take(&mut self.dropped), std::mem::take(&mut self.everybody));
        if everybody {
            return Some(None);
        }
        (!dropped.is_empty()).then(|| Some(dropped.into_iter().collect()))
    }

    /// Nobody could be told.
    pub(super) fn restore(&mut self, dropped: Option<Vec<Arc<str>>>) {
        match dropped {
            None => self.everybody = true,
            Some(channels) => channels.iter().for_each(|channel| self.miss(channel)),
        }
    }

    /// The oldest, as many as are sent at once. They stay until they are known to be sent.
    pub(super) fn batch(&mut self) -> Vec<OutgoingMessage> {
        let mut bytes = 0;
        let fits = |parcel: &&OutgoingMessage| {
            let first = bytes == 0;
            bytes += parcel.text.len();
            first || bytes <= 1 << 20
        };
        let batch: Vec<OutgoingMessage> = self.parcels.iter().take(BATCH).take_while(fits).cloned().collect();
        self.flying = batch.len();
        batch
    }

    /// The batch is sent.
    pub(super) fn sent(&mut self) {
        for parcel in self.parcels.drain(..std::mem::take(&mut self.flying)) {
            self.bytes -= parcel.text.len();
        }
    }

    /// It is not known whether the batch is sent: it is sent again.
    pub(super) fn not_sent(&mut self) {
        self.flying = 0;
    }

    /// Whether there is nothing to send.
    pub(super) fn is_empty(&self) -> bool {
        self.parcels.is_empty() && self.dropped.is_empty() && !self.everybody
    }
}
