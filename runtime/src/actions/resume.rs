//! Subscriptions to observers that read the log of changes: from now on, from a position on, or with the rows that are
//! there.

use std::sync::Arc;

use serde::Deserialize;

use crate::actions::replay::{Missed, Replay};
use crate::actions::snapshot::{Snapshot, rows};
use crate::app::context::Context;
use crate::app::dispatch::Reply;
use crate::change::Position;
use crate::condition::Condition;
use crate::db::Db;
use crate::db::log::Held;
use crate::feed::hub::Subscription;
use crate::feed::log::{ChangeLog, Concerned, LogEntry, dependencies, matters, read};
use crate::ground::error::{Error, Result};
use crate::ground::outage::{Outage, Reason};
use crate::schema::meta::ObserverMeta;

/// The number of entries that are read for one of those that a client may be told of: a row may have changed often.
const READ_FOR_ONE: u64 = 100;
/// How often another node's progress is waited for.
const WAITS: usize = 5;

/// What a client that knows positions says when it subscribes.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Begin {
    #[serde(default)]
    since: Option<String>,
    #[serde(default)]
    snapshot: Option<bool>,
    #[serde(default)]
    live: Option<bool>,
}

impl Begin {
    /// Reads what the client of a request says. One that does not know positions says nothing.
    ///
    /// # Errors
    /// [`Error::Validation`] for a value of another form.
    pub(super) fn of(ctx: &Context) -> Result<Self> {
        let greeted = ctx.sender().is_ok_and(|sender| sender.mailbox.is_greeted());
        Ok(if greeted { ctx.argument("$dcrf")?.unwrap_or_default() } else { Self::default() })
    }

    /// Tells whether a list is to be live.
    pub(super) fn is_live(&self) -> bool {
        self.live == Some(true)
    }
}

/// How subscriptions have begun that were to be told what they have missed.
pub(super) enum Begun {
    /// They are told everything between these positions.
    Resumed { since: Position, head: Position, replay: Replay },
    /// They have not begun yet, because they cannot be told everything, for this reason. Without a reason there is no
    /// position from which they could be.
    Not(Option<Missed>, Replay),
}

/// Subscribes: status 201. A client that gives a position is told whether it is told what it has missed since; one that
/// asks for a snapshot gets the rows, of which `within` holds for those of the groups, if it is not.
///
/// # Errors
/// [`Error::Unavailable`] if the log cannot be read; 400 if there are more rows than a list may have; the errors of the
/// hub.
pub(super) async fn join_logged(
    log: &Arc<ChangeLog>,
    observer: &'static ObserverMeta,
    ctx: &Context,
    own: Vec<Subscription>,
    within: Condition,
    begin: Begin,
) -> Result<Reply> {
    let snapshot = begin.snapshot == Some(true);
    if begin.since.is_none() && !snapshot {
        // What is committed before a subscription is told before it.
        log.catch_up().await;
        let told = log.told().await;
        for subscription in own {
            ctx.db().hub().join(subscription.logged(false)).await?;
        }
        let reply = Reply::empty(201);
        return Ok(if ctx.sender()?.mailbox.is_greeted() { reply.at(*told) } else { reply });
    }
    let (reason, replay) = match resume(log, observer, ctx, own, &begin).await? {
        Begun::Resumed { since, head, replay } => {
            let data = serde_json::json!({"resumed": true, "head": head.to_string()});
            let mut reply = Reply::json(201, &data)?.at(since);
            reply.events = Some(Box::new(replay));
            return Ok(reply);
        }
        Begun::Not(reason, replay) => (reason, replay),
    };
    let mut data = b"{".to_vec();
    if let Some(reason) = reason {
        data.extend_from_slice(format!("\"reason\":\"{reason}\",").as_bytes());
    }
    data.extend_from_slice(b"\"resumed\":false");
    if !snapshot {
        data.push(b'}');
        return Ok(Reply::new(201, data).at(replay.begin_now().await));
    }
    let snapshot = Snapshot::begin(ctx).await?;
    data.extend_from_slice(b",\"rows\":");
    rows(&mut data, &snapshot.ctx, observer, replay.subscriptions(), within).await?;
    data.push(b'}');
    snapshot.answer(Reply::new(201, data), replay).await
}

/// Registers subscriptions, and finds out what they have missed.
///
/// # Errors
/// [`Error::Unavailable`] if the log cannot be read; the errors of the hub.
pub(super) async fn resume(
    log: &Arc<ChangeLog>,
    observer: &'static ObserverMeta,
    ctx: &Context,
    own: Vec<Subscription>,
    begin: &Begin,
) -> Result<Begun> {
    let mailbox = Arc::clone(&ctx.sender()?.mailbox);
    let db = ctx.db().outside_of_transaction().uncounted();
    // Rows that are read need nothing to be told before them, but a log that is read.
    let begun = || begin.since.is_none() && log.has_begun();
    if !begun() && !log.catch_up().await && !begun() {
        let outage = Outage::new(Reason::Unreachable, "the log of changes cannot be read at the moment");
        return Err(Error::Unavailable(outage));
    }
    let mut waiting = Vec::new();
    for subscription in own {
        waiting.extend(ctx.db().hub().join(subscription.logged(true)).await?);
    }
    let mut replay = Replay::new(&db, log, observer, mailbox, waiting);
    let Some(since) = &begin.since else { return Ok(Begun::Not(None, replay)) };
    let matter = Matter { observer, subscriber: Concerned::of_subscriber(observer, ctx.user()) };
    Ok(match missed(&db, log, &matter, since).await? {
        Err(reason) => Begun::Not(Some(reason), replay),
        Ok((since, head, entries)) => match replay.add(&entries).await? {
            Err(reason) => Begun::Not(Some(reason), replay),
            Ok(()) => {
                replay.begin(since, head);
                Begun::Resumed { since, head, replay }
            }
        },
    })
}

/// Which entries matter to a subscriber.
struct Matter {
    observer: &'static ObserverMeta,
    subscriber: Vec<Concerned>,
}

impl Matter {
    fn has(&self, entry: &LogEntry) -> bool {
        matters(self.observer, &self.subscriber, entry)
    }
}

/// What was told after a position: the position, that of the end, and the entries between.
type Since = (Position, Position, Vec<Arc<LogEntry>>);

/// Returns what was told after a position, or why that cannot be said.
async fn missed(
    db: &Db,
    log: &Arc<ChangeLog>,
    matter: &Matter,
    since: &str,
) -> Result<std::result::Result<Since, Missed>> {
    let Ok(since) = since.parse::<Position>() else { return Ok(Err("epoch")) };
    if !log.knows(since) {
        match db.log_holds(since).await? {
            Held::Whole => {}
            Held::Forgotten => return Ok(Err("retention")),
            Held::Foreign => return Ok(Err("epoch")),
        }
    }
    // Another node may have told more than this one.
    for _ in 0..WAITS {
        if log.told().await.reaches(since) {
            break;
        }
        log.catch_up().await;
    }
    let told = log.told().await;
    let head = *told;
    if !head.reaches(since) {
        return Ok(Err("epoch"));
    }
    let known = log.after(since);
    drop(told);
    if let Some(entries) = known {
        let own = entries.into_iter().filter(|entry| matter.has(entry));
        return Ok(Ok((since, head, own.collect())));
    }
    let most = matter.observer.latest.map_or(0, |kept| kept.max_replay.saturating_mul(READ_FOR_ONE));
    let entries = stored(db, matter, since, head, usize::try_from(most).unwrap_or(usize::MAX)).await?;
    Ok(entries.map(|entries| (since, head, entries)).ok_or("limit"))
}

/// Reads the entries that matter between two positions from the database; `None` if there are too many.
async fn stored(
    db: &Db,
    matter: &Matter,
    since: Position,
    head: Position,
    most: usize,
) -> Result<Option<Vec<Arc<LogEntry>>>> {
    let (mut from, mut all) = (since, Vec::new());
    let mut models = vec![matter.observer.model];
    models.extend(dependencies(matter.observer).map(|dependency| dependency.model));
    models.sort_by_key(|model| model.number());
    models.dedup_by_key(|model| model.number());
    while !from.reaches(head) {
        let page = db.log_after(from).await?;
        let entries = read(db, &models, from, &page.entries).await?;
        let Some(last) = page.entries.last() else { break };
        from = last.position;
        let told = entries.into_iter().flatten().filter(|entry| head.reaches(entry.position));
        all.extend(told.filter(|entry| matter.has(entry)));
        if all.len() > most {
            return Ok(None);
        }
    }
    Ok(Some(all))
}
