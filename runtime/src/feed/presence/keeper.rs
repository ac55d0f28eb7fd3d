//! The task that stores the members of this node, notes that the node is alive, and removes the members of dead nodes.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, sleep};

use super::members::{Change, Joined, Members};
use super::table::{Stored, Table};
use crate::change::{Body, Entry, MemberChange, Message};
use crate::db::{Db, Listener};
use crate::feed::hub::Hub;
use crate::ground::digest::sha256;
use crate::ground::error::Result;
use crate::ground::failure::cause;

/// The beats after which a node judges others: after an outage of the database all of them note first that they are alive.
const BEATS_BEFORE_JUDGING: u32 = 3;
/// The pause before a change is stored again after an error.
const PAUSE: Duration = Duration::from_millis(500);
/// The shortest time after which a node counts as dead.
const SHORTEST: Duration = Duration::from_millis(100);

/// Starts the keeper of a hub, if it does not run. A node is dead after this time without a note.
pub(super) fn start(db: &Db, hub: &Hub, dead_after: Duration) {
    if !hub.members.needs_keeper() {
        return;
    }
    let keeper = Keeper {
        // The task does not keep the hub, and its own writes are not changes of rows.
        db: db.outside_of_transaction().uncounted().unheard(),
        hub: hub.own.clone(),
        members: Arc::clone(&hub.members),
        node: i64::from_ne_bytes(hub.node.to_ne_bytes()),
        dead_after: dead_after.max(SHORTEST),
    };
    tokio::spawn(keeper.run());
}

struct Keeper {
    db: Db,
    hub: Weak<Hub>,
    members: Arc<Members>,
    node: i64,
    dead_after: Duration,
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.members.stop();
    }
}

impl Keeper {
    async fn run(self) {
        let mut beats = interval(self.dead_after / 3);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut successful, mut told, mut entered) = (0_u32, false, false);
        loop {
            let is_beat = tokio::select! {
                () = self.db.closing() => return,
                () = self.members.changed.notified() => false,
                _ = beats.tick() => true,
            };
            if self.members.is_closed() {
                return;
            }
            if !self.members.has_table() && self.logged(&mut told, Table(&self.db).create().await).is_some() {
                self.members.found_table();
            }
            // The others count only nodes among the dead that have given a sign of life.
            if !entered && self.members.has_table() {
                entered = self.logged(&mut told, Table(&self.db).seen(self.node).await).is_some();
            }
            // An error does not keep those from their answers who wait for one.
            let stored = self.store(&mut told).await;
            if !is_beat || !self.members.has_table() {
                continue;
            }
            let beat = if stored { self.beat(successful >= BEATS_BEFORE_JUDGING).await } else { continue };
            successful =
                if self.logged(&mut told, beat).is_some() { successful.saturating_add(1) } else { 0 };
        }
    }

    /// Logs an error, each outage once.
    fn logged<T>(&self, told: &mut bool, result: Result<T>) -> Option<T> {
        match result {
            Ok(value) => {
                *told = false;
                Some(value)
            }
            Err(error) => {
                if !std::mem::replace(told, true) {
                    tracing::warn!(error = %cause(&error), "who is present cannot be stored at the moment");
                }
                None
            }
        }
    }

    /// Stores all changes. Returns `false` if one of them has to be tried again.
    async fn store(&self, told: &mut bool) -> bool {
        while let Some(change) = self.members.next() {
            let stored = match &change {
                // It has left before it was stored.
                Change::Join(joined, _) if !self.members.has(joined) => Ok(()),
                Change::Join(joined, _) => self.join(joined).await,
                Change::Leave(joined) => self.leave(self.node, &stored_of(joined)).await,
                Change::Look(channel, change) => self.look(channel, change).await,
            };
            match (change, stored) {
                (Change::Join(_, Some(waiting)), Ok(())) => drop(waiting.send(Ok(()))),
                (Change::Join(joined, Some(waiting)), Err(error)) => {
                    // Whoever waits is told of the error, and is not a member.
                    self.members.forget(&joined);
                    drop(waiting.send(Err(error)));
                }
                (_, Ok(())) => {}
                (change, Err(error)) => {
                    self.logged::<()>(told, Err(error));
                    self.members.put_back(change);
                    self.members.refuse_waiting();
                    tokio::select! {
                        () = self.db.closing() => {}
                        () = sleep(PAUSE) => self.members.changed.notify_one(),
                    }
                    return false;
                }
            }
        }
        true
    }

    /// Stores that a connection joins a group. Subscribers are told unless they know the member with this payload.
    async fn join(&self, joined: &Joined) -> Result<()> {
        let stored = stored_of(joined);
        let transaction = self.db.begin().await?;
        let table = Table(transaction.db());
        table.lock(&stored.channel_hash).await?;
        let before = table.shown(&stored.channel_hash, &stored.key).await?;
        table.remove(self.node, stored.connection, &stored.channel_hash).await?;
        table.add(self.node, &stored).await?;
        transaction.commit().await?;
        if before.as_deref() != Some(&stored.payload) {
            self.tell(&stored, &stored.payload, true).await;
        }
        Ok(())
    }

    /// Stores that a connection of a node leaves a group. Subscribers are told unless the member has another connection
    /// there, with the same payload.
    async fn leave(&self, node: i64, stored: &Stored) -> Result<()> {
        let transaction = self.db.begin().await?;
        let table = Table(transaction.db());
        table.lock(&stored.channel_hash).await?;
        let before = table.shown(&stored.channel_hash, &stored.key).await?;
        let was = table.remove(node, stored.connection, &stored.channel_hash).await?;
        let after = table.shown(&stored.channel_hash, &stored.key).await?;
        transaction.commit().await?;
        match after {
            None if was => self.tell(stored, &stored.payload, false).await,
            Some(after) if before.as_ref() != Some(&after) => self.tell(stored, &after, true).await,
            _ => {}
        }
        Ok(())
    }

    /// Notes that this node is alive, and removes the members of dead nodes.
    async fn beat(&self, judges: bool) -> Result<()> {
        let table = Table(&self.db);
        if !table.seen(self.node).await? {
            // The others believe this node to be dead.
            self.members.again(self.members.all());
        }
        if !judges {
            return Ok(());
        }
        for node in table.dead(i64::try_from(self.dead_after.as_millis()).unwrap_or(i64::MAX)).await? {
            if node == self.node {
                continue;
            }
            loop {
                let members = table.of_node(node).await?;
                if members.is_empty() {
                    break;
                }
                for stored in members {
                    self.leave(node, &stored).await?;
                }
            }
            table.leave_node(node).await?;
            tracing::info!(node, "the members of a node that has ended were removed");
        }
        Ok(())
    }

    /// Tells the subscribers of this node what a member of a group is now.
    async fn look(&self, channel: &Arc<str>, change: &MemberChange) -> Result<()> {
        let Some(hub) = self.hub.upgrade() else { return Ok(()) };
        let shown = Table(&self.db).shown(&hash(channel), &change.key).await?;
        let present = shown.is_some();
        let payload = shown.unwrap_or_else(|| change.payload.clone());
        hub.deliver_member(channel, &MemberChange { payload, present, ..change.clone() }).await;
        Ok(())
    }

    /// Sends the change of a member to all nodes.
    async fn tell(&self, stored: &Stored, payload: &str, present: bool) {
        let Some(hub) = self.hub.upgrade() else { return };
        let change = MemberChange {
            action: stored.action.clone(),
            key: stored.key.clone(),
            payload: payload.to_owned(),
            present,
        };
        let channel = Arc::from(stored.channel.as_str());
        let message = Message { channel, body: Arc::new(Body::Member(change)), change: None };
        let listener: Arc<dyn Listener> = Arc::clone(&hub) as Arc<dyn Listener>;
        hub.publish(&self.db.clone().heard_by(listener), vec![Entry::Message(message)]).await;
    }
}

fn stored_of(joined: &Joined) -> Stored {
    Stored {
        connection: i64::from_ne_bytes(joined.connection.to_ne_bytes()),
        channel_hash: hash(&joined.channel),
        channel: joined.channel.to_string(),
        action: joined.action.clone(),
        key: joined.key.clone(),
        payload: joined.payload.clone(),
    }
}

/// Returns the name of a group in the table: an index has no entries as long as the names of groups can be.
pub(super) fn hash(channel: &str) -> String {
    sha256(channel)
}
