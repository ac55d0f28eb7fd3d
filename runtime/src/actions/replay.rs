//! What a client has missed: one event for each row that has changed, with what the row is to it now.
//!
//! The log only decides: the images of a row tell whether the client may have seen it. What is sent is read from the
//! tables and judged like a list, so that nothing is sent that a list would not show.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;

use crate::app::dispatch::{Events, MissedEvent};
use crate::app::mailbox::Mailbox;
use crate::change::{Change, ChangeKind, Mark, MarkKind, Position};
use crate::db::Db;
use crate::db::log::{LogSnapshot, LoggedBy};
use crate::feed::groups::groups_of_row;
use crate::feed::hub::{Observed, Subscription, tell_gap};
use crate::feed::log::{ChangeLog, Image, LogEntry, RIGHTS, changes_rights};
use crate::feed::visibility::{Visibility, VisibilityCheck, render};
use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;
use crate::schema::key::Key;
use crate::schema::meta::{GroupsMeta, ObserverMeta};
use crate::schema::row::Row;
use crate::schema::value::Value;
use crate::store::rows_by_key;

/// The number of rows that are read at once.
const CHUNK: usize = 100;
/// The number of times that what was told meanwhile is added before telling waits for it.
const ROUNDS: usize = 10;

/// Why a client is not told what it has missed.
pub(super) type Missed = &'static str;

/// What a client has missed, and the end of telling it.
pub(super) struct Replay {
    db: Db,
    log: Arc<ChangeLog>,
    observer: &'static ObserverMeta,
    mailbox: Arc<Mailbox>,
    subscriptions: Vec<Arc<Subscription>>,
    rows: Vec<Missing>,
    ready: VecDeque<MissedEvent>,
    since: Position,
    /// The position up to which the entries are added.
    upto: Position,
    rounds: usize,
    /// Whether rows were read of which newer entries may not be told yet.
    ahead: bool,
    /// Whether the subscriptions are told of changes as they happen. What they are told waits until this is sent.
    live: bool,
    /// Whether everything is sent.
    over: bool,
}

/// A row that the client may have to be told of.
struct Missing {
    key: Value,
    /// The subscription, by its place.
    of: usize,
    /// The position of its last entry, or an earlier one: a client that has got its event has got everything up to there.
    position: Position,
    /// Whether the client could see it before the first entry.
    was: bool,
}

/// What the images of a row say.
#[derive(Default)]
struct Seen {
    position: Position,
    /// The position before its first entry.
    before: Position,
    was: bool,
    ever: bool,
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay").field("since", &self.since).field("upto", &self.upto).finish_non_exhaustive()
    }
}

impl Replay {
    pub(super) fn new(
        db: &Db,
        log: &Arc<ChangeLog>,
        observer: &'static ObserverMeta,
        mailbox: Arc<Mailbox>,
        subscriptions: Vec<Arc<Subscription>>,
    ) -> Self {
        mailbox.begin_resuming();
        Self {
            db: db.clone(),
            log: Arc::clone(log),
            observer,
            mailbox,
            subscriptions,
            rows: Vec::new(),
            ready: VecDeque::new(),
            since: Position::default(),
            upto: Position::default(),
            rounds: 0,
            ahead: false,
            live: false,
            over: false,
        }
    }

    /// Sets the positions between which the entries are that were added.
    pub(super) fn begin(&mut self, since: Position, upto: Position) {
        (self.since, self.upto) = (since, upto);
    }

    /// Returns the subscriptions.
    pub(super) fn subscriptions(&self) -> &[Arc<Subscription>] {
        &self.subscriptions
    }

    /// Lets the subscriptions begin with what was read in a snapshot. Returns what is left to be told, if there is
    /// something.
    pub(super) async fn begin_after(mut self, snapshot: LogSnapshot) -> Result<Option<Self>> {
        self.rows.clear();
        (self.since, self.upto) = (snapshot.head, snapshot.head);
        self.subscriptions.iter().for_each(|own| own.begin_after(snapshot.clone()));
        self.catch_up().await?;
        if self.live && self.rows.is_empty() {
            self.finish();
            return Ok(None);
        }
        Ok(Some(self))
    }

    /// Adds the rows of entries, in the order of the last entry of each. Tells why that is not possible.
    pub(super) async fn add(&mut self, entries: &[Arc<LogEntry>]) -> Result<std::result::Result<(), Missed>> {
        let most =
            self.observer.latest.map_or(0, |kept| usize::try_from(kept.max_replay).unwrap_or(usize::MAX));
        let observed = self.observed()?;
        for (of, subscription) in self.subscriptions.iter().enumerate() {
            let mut seen: HashMap<Key<'static>, (Value, Seen)> = HashMap::new();
            for entry in entries {
                if changes_rights(self.observer, subscription.concerned(), entry) {
                    return Ok(Err(RIGHTS));
                }
                if !std::ptr::eq(entry.model, self.observer.model) {
                    continue;
                }
                let (before, after) = match &entry.image {
                    Image::Unknown("schema") => return Ok(Err("schema")),
                    Image::Unknown(_) => return Ok(Err("limit")),
                    Image::Row { before, after } => (before.as_ref(), after.as_ref()),
                };
                for (row, is_before) in
                    before.map(|row| (row, true)).into_iter().chain(after.map(|row| (row, false)))
                {
                    let key = row.get(self.observer.model.key);
                    let known = seen.contains_key(&Key::of(key));
                    // The image before is that after the entry before.
                    let sees =
                        if is_before && known { false } else { sees(&observed, subscription, row).await? };
                    let (_, state) = seen
                        .entry(Key::of(key).into_owned())
                        .or_insert_with(|| (key.clone(), Seen { before: entry.prior, ..Seen::default() }));
                    state.position = entry.position;
                    state.ever |= sees;
                    state.was |= sees && is_before && !known;
                }
            }
            let told = seen.into_values().filter(|(_, seen)| seen.ever);
            let mut told: Vec<(Value, Seen)> = told.collect();
            told.sort_by_key(|(_, seen)| seen.position);
            // A client that has not got the events after this one needs all entries of their rows once more.
            let mut rest: Option<Position> = None;
            let mut rows: Vec<Missing> = Vec::with_capacity(told.len());
            for (key, Seen { position, before, was, .. }) in told.into_iter().rev() {
                let position = rest.map_or(position, |rest| position.min(rest));
                rest = Some(rest.map_or(before, |rest| before.min(rest)));
                rows.push(Missing { key, of, position, was });
            }
            rows.reverse();
            self.rows.extend(rows);
            if self.rows.len() > most {
                return Ok(Err("limit"));
            }
        }
        Ok(Ok(()))
    }

    /// Lets the subscriptions begin now, and returns the position at which they do.
    pub(super) async fn begin_now(mut self) -> Position {
        let log = Arc::clone(&self.log);
        let told = log.told().await;
        self.go_live();
        self.finish();
        *told
    }

    /// Lets the subscriptions be told of changes, while nothing is being told.
    fn go_live(&mut self) {
        self.subscriptions.iter().for_each(|own| own.live());
        self.live = true;
    }

    /// Lets the client be told positions again.
    fn finish(&mut self) {
        if !std::mem::replace(&mut self.over, true) {
            self.mailbox.end_resuming();
        }
    }

    fn observed(&self) -> Result<Observed> {
        let served = self.db.hub().served();
        let found =
            served.of(self.observer.model).find(|observed| std::ptr::eq(observed.meta, self.observer));
        found.cloned().ok_or_else(|| Error::internal("the observer is not served"))
    }

    async fn advance(&mut self) -> Result<Option<MissedEvent>> {
        loop {
            if self.subscriptions.iter().all(|own| own.recipient.is_over()) {
                self.finish();
                return Ok(None);
            }
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            if !self.rows.is_empty() {
                self.render().await?;
            } else if self.live {
                self.mailbox.position(self.upto);
                self.finish();
                return Ok(None);
            } else {
                self.catch_up().await?;
            }
        }
    }

    /// Adds what was told meanwhile. If that is nothing, the subscriptions are told of changes from now on.
    ///
    /// Rows that were read may be newer than what was told. So everything that was stored before they were read is told
    /// first: what the subscriptions are told from then on is newer than what was read, and no row goes back. Under so
    /// many writes that this does not come to an end, telling waits for the last round.
    async fn catch_up(&mut self) -> Result<()> {
        let log = Arc::clone(&self.log);
        self.rounds += 1;
        let last = self.rounds > ROUNDS;
        if std::mem::take(&mut self.ahead) && !last {
            log.catch_up().await;
        }
        let told = log.told().await;
        let head = *told;
        let Some(entries) = log.after(self.upto) else {
            self.give_up("overflow", head);
            return Ok(());
        };
        // Another node may have told more than this one before a snapshot was read.
        self.upto = if head.reaches(self.upto) { head } else { self.upto };
        let is_told = |entry: &Arc<LogEntry>| {
            let by = LoggedBy { transaction: entry.transaction, end: entry.position };
            let is_read = || self.subscriptions.iter().any(|own| own.has_read(by));
            self.subscriptions.iter().any(|own| changes_rights(self.observer, own.concerned(), entry))
                || (std::ptr::eq(entry.model, self.observer.model) && !is_read())
        };
        let own: Vec<_> = entries.into_iter().filter(is_told).collect();
        if own.is_empty() {
            self.go_live();
            return Ok(());
        }
        let locked = last.then_some(told);
        if let Err(reason) = self.add(&own).await? {
            drop(locked);
            let told = log.told().await;
            self.give_up(if reason == "limit" { "many" } else { reason }, *told);
            return Ok(());
        }
        if locked.is_some() {
            while !self.rows.is_empty() {
                self.render().await?;
            }
            self.go_live();
        }
        Ok(())
    }

    /// Reports that something may be missing, while nothing is being told.
    fn give_up(&mut self, reason: &'static str, head: Position) {
        self.rows.clear();
        self.upto = head;
        for own in &self.subscriptions {
            if reason == RIGHTS { self.db.hub().warn(own, head) } else { tell_gap(own, reason, head) }
        }
        self.go_live();
    }

    /// Reads the next rows, and makes their events.
    async fn render(&mut self) -> Result<()> {
        let observed = self.observed()?;
        let chunk: Vec<Missing> = self.rows.drain(..self.rows.len().min(CHUNK)).collect();
        let model = self.observer.model;
        self.ahead = true;
        let rows = rows_by_key(&self.db, model, chunk.iter().map(|row| &row.key)).await?;
        let found: HashMap<Key<'_>, &Row> =
            rows.iter().map(|row| (Key::of(row.get(model.key)), row)).collect();
        let several = self.subscriptions.len() > 1;
        for Missing { key, of, position, was, .. } in chunk {
            let subscription = &self.subscriptions[of];
            // The events of several groups have one id: a client that has got those of one has not got the others.
            let position = if several { self.since } else { position };
            let mark = Mark { position, kind: MarkKind::Replayed };
            let row = found.get(&Key::of(&key)).copied();
            let single = matches!(self.observer.groups, GroupsMeta::Instance);
            let event = match row {
                Some(row) if sees(&observed, subscription, &row.without_secrets(model)).await? => {
                    let action = if was || single { "\"update\"" } else { "\"create\"" };
                    let data = match self.observer.serializer {
                        Some(serializer) => render(&self.db, &*observed.dispatch, serializer, row).await?,
                        None => Change::updated(model, None, row.clone()).key_as_data(),
                    };
                    MissedEvent { action, status: 200, data: data.to_vec(), mark }
                }
                _ => {
                    let mut values = vec![Value::Null; model.columns.len()];
                    values[model.key] = key;
                    let data = Change::deleted(model, Row::new(values)).key_as_data().to_vec();
                    MissedEvent { action: "\"delete\"", status: if single { 204 } else { 200 }, data, mark }
                }
            };
            self.ready.push_back(event);
        }
        Ok(())
    }
}

impl Events for Replay {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<MissedEvent>>> {
        Box::pin(self.advance())
    }
}

impl Drop for Replay {
    /// A subscription that was not told everything ends.
    fn drop(&mut self) {
        if !self.over {
            let own = |other: &Subscription| self.subscriptions.iter().any(|own| std::ptr::eq(&**own, other));
            self.db.hub().unsubscribe(self.mailbox.connection(), own);
        }
        self.finish();
    }
}

/// Tells whether a subscriber sees a row: its group, its filter, its permissions and its queryset decide.
pub(super) async fn sees(observed: &Observed, subscription: &Subscription, row: &Row) -> Result<bool> {
    if !groups_of_row(observed, row).await?.iter().any(|group| group == subscription.group()) {
        return Ok(false);
    }
    if !subscription.filter.matches(row) {
        return Ok(false);
    }
    let change = Change::updated(observed.meta.model, None, row.clone());
    let visibility = VisibilityCheck::new(&change, ChangeKind::Updated).visibility(subscription).await;
    Ok(matches!(visibility, Visibility::Seen(_)))
}
