//! What waits to be sent, and what was dropped because too much waited. Bounded.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

/// How many bytes of messages may wait, whatever their number.
const BYTES: usize = 64 << 20;

/// Of how many channels it is remembered that something for them was dropped; of more, everybody is told.
const CHANNELS: usize = 256;

/// How much is sent at once.
const BATCH: usize = 256;

/// Something to be sent.
#[derive(Debug, Clone)]
pub(in crate::broker) struct Letter {
    /// Where to: the broker's name of the channel.
    pub(in crate::broker) name: String,
    pub(super) channel: Arc<str>,
    pub(super) sequence: u64,
    pub(in crate::broker) text: String,
}

/// What waits.
#[derive(Default)]
pub(super) struct Outbox {
    letters: VecDeque<Letter>,
    bytes: usize,
    dropped: HashSet<Arc<str>>,
    everybody: bool,
}

impl Outbox {
    /// Adds one. When there are more than `limit`, the oldest are dropped.
    pub(super) fn put(&mut self, letter: Letter, limit: usize) {
        self.bytes += letter.text.len();
        self.letters.push_back(letter);
        while self.letters.len() > limit || self.bytes > BYTES {
            let Some(oldest) = self.letters.pop_front() else { break };
            self.bytes -= oldest.text.len();
            self.miss(&oldest.channel);
        }
    }

    /// Something for a channel is not sent.
    pub(super) fn miss(&mut self, channel: &Arc<str>) {
        if self.dropped.len() < CHANNELS {
            self.dropped.insert(Arc::clone(channel));
        } else {
            self.everybody |= !self.dropped.contains(channel);
        }
    }

    /// The channels for which something was dropped, or that it is more than are known (none inside). It is to be
    /// given back by [`restore`](Self::restore) if they cannot be told.
    pub(super) fn take_dropped(&mut self) -> Option<Option<Vec<String>>> {
        let (dropped, everybody) =
            (std::mem::take(&mut self.dropped), std::mem::take(&mut self.everybody));
        if everybody {
            return Some(None);
        }
        (!dropped.is_empty()).then(|| Some(dropped.iter().map(|channel| channel.to_string()).collect()))
    }

    /// Nobody could be told.
    pub(super) fn restore(&mut self, dropped: Option<Vec<String>>) {
        match dropped {
            None => self.everybody = true,
            Some(channels) => channels.iter().for_each(|channel| self.miss(&channel.as_str().into())),
        }
    }

    /// The oldest, as many as are sent at once. They stay.
    pub(super) fn batch(&self) -> Vec<Letter> {
        let mut bytes = 0;
        let fits = |letter: &&Letter| {
            let first = bytes == 0;
            bytes += letter.text.len();
            first || bytes <= 1 << 20
        };
        self.letters.iter().take(BATCH).take_while(fits).cloned().collect()
    }

    /// What has a number up to this is sent.
    pub(super) fn sent(&mut self, sequence: u64) {
        while self.letters.front().is_some_and(|letter| letter.sequence <= sequence) {
            self.bytes -= self.letters.pop_front().map_or(0, |letter| letter.text.len());
        }
    }

    /// Whether there is nothing to send.
    pub(super) fn is_empty(&self) -> bool {
        self.letters.is_empty() && self.dropped.is_empty() && !self.everybody
    }
}
