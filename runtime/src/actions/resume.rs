//! Subscriptions to observers that read the log of changes, from a position on or from now on.

use std::sync::Arc;

use serde::Deserialize;

use crate::actions::replay::{Missed, Replay};
use crate::app::context::Context;
use crate::app::dispatch::Reply;
use crate::change::Position;
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
struct Begin {
    #[serde(default)]
    since: Option<String>,
}

/// Subscribes: status 201. A client that gives a position is told whether it is told what it has missed since.
///
/// # Errors
/// [`Error::Unavailable`] if the log cannot be read; the errors of the hub.
pub(crate) async fn join_logged(
    log: &Arc<ChangeLog>,
    observer: &'static ObserverMeta,
    ctx: &Context,
    own: Vec<Subscription>,
) -> Result<Reply> {
    let mailbox = Arc::clone(&ctx.sender()?.mailbox);
    let greeted = mailbox.is_greeted();
    let begin: Begin = if greeted { ctx.argument("$dcrf")?.unwrap_or_default() } else { Begin::default() };
    // What is committed before a subscription is told before it.
    let caught_up = log.catch_up().await;
    let hub = ctx.db().hub();
    let Some(since) = begin.since else {
        let told = log.told().await;
        for subscription in own {
            hub.join(subscription.logged(false)).await?;
        }
        let reply = Reply::empty(201);
        return Ok(if greeted { reply.at(*told) } else { reply });
    };
    if !caught_up {
        let outage = Outage::new(Reason::Unreachable, "the log of changes cannot be read at the moment");
        return Err(Error::Unavailable(outage));
    }
    let db = ctx.db().outside_of_transaction().uncounted();
    let mut resuming = Vec::new();
    for subscription in own {
        resuming.extend(hub.join(subscription.logged(true)).await?);
    }
    let mut replay = Replay::new(&db, log, observer, mailbox, resuming);
    let matter = Matter { observer, subscriber: Concerned::of_subscriber(observer, ctx.user()) };
    match missed(&db, log, &matter, &since).await? {
        Err(reason) => refused(replay, reason).await,
        Ok((since, head, entries)) => match replay.add(&entries).await? {
            Err(reason) => refused(replay, reason).await,
            Ok(()) => {
                replay.begin(since, head);
                let data = serde_json::json!({"resumed": true, "head": head.to_string()});
                let mut reply = Reply::json(201, &data)?.at(since);
                reply.events = Some(Box::new(replay));
                Ok(reply)
            }
        },
    }
}

/// Lets a subscription that cannot resume begin now.
async fn refused(replay: Replay, reason: &'static str) -> Result<Reply> {
    let position = replay.begin_now().await;
    Ok(Reply::json(201, &serde_json::json!({"resumed": false, "reason": reason}))?.at(position))
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
