//! Live lists: the answer to a list, and then what becomes of its rows (`"$dcrf": {"live": true}`).

use super::crud::{ListInput, bound, list, row_filter};
use super::resume::{Begin, Begun, resume};
use super::snapshot::Snapshot;
use super::subscribe::needs_id;
use crate::app::context::Context;
use crate::app::dispatch::{Dispatch, Reply, ReplyFuture};
use crate::change::{Mark, MarkKind, Topic};
use crate::feed::filter::RowFilter;
use crate::feed::groups::ALL;
use crate::feed::hub::Subscription;
use crate::ground::error::{Error, Result};
use crate::schema::meta::{BoundModel, PageStyle};
use crate::wire::frame::Request;

/// Answers with a list, and subscribes to it under the id of the request: status 200. A client that gives a position is
/// told what it has missed since, if that is possible, and gets no rows then.
///
/// # Errors
/// [`Error::Validation`] for a list that cannot be live; the errors of a list; [`Error::Unavailable`] if the log cannot
/// be read.
pub(super) fn live_list<'a>(
    consumer: &'a dyn Dispatch,
    ctx: &'a Context,
    request: &'a Request<'a>,
    input: ListInput,
    begin: Begin,
) -> ReplyFuture<'a> {
    Box::pin(async move {
        needs_id(ctx)?;
        let bound = bound(consumer.meta())?;
        let observer = consumer.observers().iter().copied().find(|observer| observer.is_list());
        let (Some(observer), Some(log)) = (observer, ctx.db().hub().log()) else { return Err(not_live()) };
        if consumer.meta().access.queryset {
            return Err(not_live());
        }
        let filter = live_filter(bound, request, &input)?;
        let topic = Topic { stream: ctx.stream(), name: observer.name };
        let subscription = Subscription::new(topic, ALL, ctx, observer.overflow)?.only(filter);
        let (reason, replay) = match resume(&log, observer, ctx, vec![subscription], &begin).await? {
            Begun::Resumed { since, head, replay } => {
                let mut reply = Reply::empty(200);
                reply.mark = Some(Mark { position: since, kind: MarkKind::Resumed(head) });
                reply.events = Some(Box::new(replay));
                return Ok(reply);
            }
            Begun::Not(reason, replay) => (reason, replay),
        };
        let snapshot = Snapshot::begin(ctx).await?;
        let answer = list(consumer, &snapshot.ctx, input).await?;
        let mut reply = snapshot.answer(answer, replay).await?;
        if let (Some(reason), Some(mark)) = (reason, &mut reply.mark) {
            mark.kind = MarkKind::Anew(reason);
        }
        Ok(reply)
    })
}

/// Returns the error for a list that is not live.
pub(super) fn not_live() -> Error {
    Error::field("$dcrf", "This list is not live.")
}

/// Returns the filter of the rows of a list, or why the list cannot be live: everything that decides which rows it has
/// must follow from the rows alone.
fn live_filter(bound: &'static BoundModel, request: &Request<'_>, input: &ListInput) -> Result<RowFilter> {
    let refused = |name: &str, text: &str| Err(Error::field(name, text));
    if input.offset > 0 || input.beyond.is_some() {
        return refused("offset", "A live list begins with its first row.");
    }
    if input.cursor.is_some() {
        return refused("cursor", "A live list begins with its first row.");
    }
    if bound.pagination.is_some_and(|pages| pages.style == PageStyle::Streamed) {
        return refused("$dcrf", "A list that is sent page after page cannot be live.");
    }
    let by_others = match input.order_by.is_empty() {
        true => bound.ordering.iter().any(|part| !part.path.is_empty()),
        false => input.order_by.iter().any(|(reach, _)| !reach.path.is_empty()),
    };
    if by_others {
        return refused("order_by", "A live list is ordered by fields of the row itself.");
    }
    let filter = RowFilter::from(row_filter(bound, request)?);
    if input.search.is_empty() {
        return Ok(filter);
    }
    if bound.search.iter().any(|reach| !reach.path.is_empty()) {
        return refused("search", "A live list is searched by fields of the row itself.");
    }
    let model = bound.serializer.model;
    if bound.search.iter().any(|reach| !model.columns[reach.column].is_text()) {
        return refused("search", "A live list is searched by texts.");
    }
    Ok(filter.searching(&input.search, bound.search.iter().map(|reach| reach.column).collect()))
}
