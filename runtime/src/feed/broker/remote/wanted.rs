//! The channels that have a subscriber on this node, by the broker's names for them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::sync::oneshot;

/// The channels with subscribers.
#[derive(Default)]
pub(super) struct Wanted {
    names: HashMap<String, Name>,
    /// Channels that a subscriber has left: they may have no subscriber any more.
    doubtful: Vec<(String, Arc<str>)>,
}

#[derive(Default)]
struct Name {
    channels: HashSet<Arc<str>>,
    /// Whether it is subscribed on the present connection.
    live: bool,
    /// Whether it was subscribed on a connection that was lost.
    missed: bool,
    waiting: Vec<oneshot::Sender<()>>,
}

/// The sender that reports that a subscription is live.
type Waiting = Option<oneshot::Sender<()>>;

impl Wanted {
    /// Adds a channel; returns whether it is live already. Otherwise `waiting` is notified when it is.
    pub(super) fn want(&mut self, name: &str, channel: &str, waiting: Waiting) -> bool {
        let own = self.names.entry(name.to_owned()).or_default();
        if !own.channels.contains(channel) {
            own.channels.insert(channel.into());
        }
        if !own.live {
            own.waiting.retain(|waiting| !waiting.is_closed());
            own.waiting.extend(waiting);
        }
        own.live
    }

    /// Records that a subscriber has left a channel.
    pub(super) fn doubt(&mut self, name: String, channel: &str) {
        self.doubtful.push((name, channel.into()));
    }

    /// Removes the channels that were left and have no subscriber; returns the live names without channels.
    pub(super) fn forget(&mut self, wants: impl Fn(&str) -> bool) -> Vec<String> {
        let mut silent = Vec::new();
        for (name, channel) in std::mem::take(&mut self.doubtful) {
            let Some(own) = self.names.get_mut(&name) else { continue };
            if wants(&channel) {
                continue;
            }
            own.channels.remove(&channel);
            if own.channels.is_empty() {
                if own.live {
                    silent.push(name.clone());
                }
                self.names.remove(&name);
            }
        }
        silent
    }

    /// Returns the names that have channels and are not live.
    pub(super) fn fresh(&self) -> Vec<String> {
        self.names.iter().filter(|(_, own)| !own.live).map(|(name, _)| name.clone()).collect()
    }

    /// Marks names as live. Returns their channels that have missed something.
    pub(super) fn are_live(&mut self, names: &[String]) -> Vec<Arc<str>> {
        let mut missed = Vec::new();
        for name in names {
            let Some(own) = self.names.get_mut(name) else { continue };
            own.live = true;
            if std::mem::take(&mut own.missed) {
                missed.extend(own.channels.iter().cloned());
            }
            own.waiting.drain(..).for_each(|waiting| {
                // The caller may have stopped waiting.
                let _ = waiting.send(());
            });
        }
        missed
    }

    /// Records that the connection is lost.
    pub(super) fn are_lost(&mut self) {
        for own in self.names.values_mut() {
            own.missed |= own.live;
            own.live = false;
        }
    }

    /// Tells whether the name has channels.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    /// Returns the channels of a name.
    pub(super) fn channels(&self, name: &str) -> Vec<Arc<str>> {
        self.names.get(name).map(|own| own.channels.iter().cloned().collect()).unwrap_or_default()
    }
}
