//! The rows with which a subscription begins: read in one state of the database, of which it is known what of the log it
//! contains.

use std::sync::Arc;

use crate::actions::replay::{Replay, sees};
use crate::app::context::Context;
use crate::app::dispatch::Reply;
use crate::app::projection::{append, within_limit};
use crate::change::Change;
use crate::condition::Condition;
use crate::db::log::LogSnapshot;
use crate::db::{Composer, Shape, Statement, Transaction};
use crate::feed::hub::{Observed, Subscription};
use crate::ground::error::{Detail, Error, Result};
use crate::ground::stats::LimitKind;
use crate::schema::meta::ObserverMeta;
use crate::schema::row::Row;
use crate::wire::encode;

/// A state of the database in which an answer is read. The subscriptions are registered before: what is committed later
/// is told to them.
pub(super) struct Snapshot {
    /// The context of the request, whose database is this state.
    pub(super) ctx: Context,
    transaction: Transaction,
    log: LogSnapshot,
}

impl Snapshot {
    /// Begins to read. The log is read first, which determines the state.
    pub(super) async fn begin(ctx: &Context) -> Result<Self> {
        let transaction = ctx.db().outside_of_transaction().snapshot().await?;
        let log = transaction.db().log_snapshot().await?;
        Ok(Self { ctx: ctx.within(transaction.db().clone()), transaction, log })
    }

    /// Lets subscriptions begin with what was read, of which the answer consists, and lets what they have to be told
    /// follow it.
    pub(super) async fn answer(self, reply: Reply, replay: Replay) -> Result<Reply> {
        let Self { ctx, transaction, log } = self;
        drop((ctx, transaction));
        let mut reply = reply.at(log.head);
        if let Some(rest) = replay.begin_after(log).await? {
            reply.events = Some(Box::new(rest));
        }
        Ok(reply)
    }
}

/// Appends the rows that subscriptions show now, in the order of the model: those that satisfy `within` and the filter,
/// and that the subscriber may see.
///
/// # Errors
/// 400 if there are more of them than a list may have; the errors of the database.
pub(super) async fn rows(
    data: &mut Vec<u8>,
    ctx: &Context,
    observer: &'static ObserverMeta,
    subscriptions: &[Arc<Subscription>],
    within: Condition,
) -> Result<()> {
    let (model, db) = (observer.model, ctx.db());
    db.keep_rows();
    let served = db.hub().served();
    let observed = served.of(model).find(|observed| std::ptr::eq(observed.meta, observer));
    let observed = observed.ok_or_else(|| Error::internal("the observer is not served"))?;
    let mut condition = within;
    if let Some(first) = subscriptions.first() {
        // The subscriptions of a request differ only in their groups.
        condition = condition.and(first.filter.condition().clone());
    }
    let most = greatest_number(ctx, observed);
    let mut sql = Composer::new(db.dialect());
    sql.select(model).narrowed(&condition).ordered(model);
    sql.text(" LIMIT ").value(i64::try_from(most.saturating_add(1)).unwrap_or(i64::MAX));
    let (sql, args) = sql.finish();
    let found = db.run(Statement::read(sql, args, Shape::Columns(model.columns)).long()).await?.rows;
    if found.len() as u64 > most {
        ctx.bounds().stats.cross(LimitKind::Rows);
        let text =
            format!("This subscription shows more than {most} rows: filter it, or leave `snapshot` out.");
        return Err(Error::Api { status: 400, detail: Detail::Text(text) });
    }
    let mut seen: Vec<Row> = Vec::with_capacity(found.len());
    for row in found {
        let judged = row.without_secrets(model);
        for subscription in subscriptions {
            if sees(observed, subscription, &judged).await? {
                seen.push(row);
                break;
            }
        }
    }
    match observer.serializer {
        Some(serializer) => append(data, &*observed.dispatch, ctx, serializer, &seen).await?,
        None => encode::array(data, &seen, |out, row| {
            out.extend_from_slice(&Change::updated(model, None, row.clone()).key_as_data());
        }),
    }
    *data = within_limit(ctx, std::mem::take(data))?;
    Ok(())
}

/// Returns the greatest number of rows that a list of the consumer could have.
fn greatest_number(ctx: &Context, observed: &Observed) -> u64 {
    let limits = &ctx.bounds().limits;
    let bound = observed.dispatch.meta().model.as_ref();
    let own = bound.filter(|bound| std::ptr::eq(bound.serializer.model, observed.meta.model));
    match own.and_then(|bound| bound.pagination) {
        Some(pages) => pages.max_limit.unwrap_or_else(|| limits.page.max(pages.page_size)),
        None => limits.rows,
    }
}
