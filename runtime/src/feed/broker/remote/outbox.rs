//! The bounded queue of messages to send, and the channels for which messages were dropped because the queue was full.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use crate::feed::codec::CONTROL;

/// The greatest number of bytes of all waiting messages.
const BYTES: usize = 64 << 20;

/// The greatest number of channels with dropped messages that are remembered. If there are more, the report is for all
/// channels.
const CHANNELS: usize = 256;

/// The greatest number of messages that are sent at once.
const BATCH: usize = 256;

/// A message to send.
#[derive(Debug, Clone)]
pub(crate) struct OutgoingMessage {
    /// The broker's name of the channel.
    pub(crate) name: String,
    pub(crate) channel: Arc<str>,
    pub(crate) text: String,
}

/// The waiting messages.
#[derive(Default)]
pub(super) struct Outbox {
    parcels: VecDeque<OutgoingMessage>,
    /// The number of the oldest messages that are being sent: these are not dropped.
    flying: usize,
    bytes: usize,
    dropped: HashSet<Arc<str>>,
    everybody: bool,
}

impl Outbox {
    /// Adds a message. If more than `limit` wait, the oldest of them are dropped.
    pub(super) fn put(&mut self, parcel: OutgoingMessage, limit: usize) {
        self.bytes += parcel.text.len();
        self.parcels.push_back(parcel);
        while self.parcels.len() - self.flying > limit || self.bytes > BYTES {
            let Some(oldest) = self.parcels.remove(self.flying) else { break };
            self.bytes -= oldest.text.len();
            self.miss(&oldest.channel);
        }
    }

    /// Records that a message for a channel is not sent.
    pub(super) fn miss(&mut self, channel: &Arc<str>) {
        if &**channel == CONTROL {
            // It is unknown for which channels the lost report was.
            self.everybody = true;
        } else if self.dropped.len() < CHANNELS {
            self.dropped.insert(Arc::clone(channel));
        } else {
            self.everybody |= !self.dropped.contains(channel);
        }
    }

    /// Takes the channels for which messages were dropped, or `Some(None)` if there are more than are remembered. The
    /// caller gives them back with [`restore`](Self::restore) if it cannot report them.
    pub(super) fn take_dropped(&mut self) -> Option<Option<Vec<Arc<str>>>> {
        let (dropped, everybody) = (std::mem::take(&mut self.dropped), std::mem::take(&mut self.everybody));
        if everybody {
            return Some(None);
        }
        (!dropped.is_empty()).then(|| Some(dropped.into_iter().collect()))
    }

    /// Gives back channels that could not be reported.
    pub(super) fn restore(&mut self, dropped: Option<Vec<Arc<str>>>) {
        match dropped {
            None => self.everybody = true,
            Some(channels) => channels.iter().for_each(|channel| self.miss(channel)),
        }
    }

    /// Returns the oldest messages, as many as are sent at once. They stay in the queue until they are known to be
    /// sent.
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

    /// Removes the batch, which is sent.
    pub(super) fn sent(&mut self) {
        for parcel in self.parcels.drain(..std::mem::take(&mut self.flying)) {
            self.bytes -= parcel.text.len();
        }
    }

    /// Keeps the batch, of which it is unknown whether it was sent: it is sent again.
    pub(super) fn not_sent(&mut self) {
        self.flying = 0;
    }

    /// Tells whether there is nothing to send.
    pub(super) fn is_empty(&self) -> bool {
        self.parcels.is_empty() && self.dropped.is_empty() && !self.everybody
    }
}
