//! The answer to a list.

use super::input::ListInput;
use super::query::{ListQuery, Window};
use super::scope::ListScope;
use super::{cursor, page, stream};
use crate::actions::crud::bound::bound;
use crate::actions::crud::lookup::visible;
use crate::app::context::Context;
use crate::app::dispatch::{Dispatch, Reply, ReplyFuture};
use crate::app::projection::within_limit;
use crate::ground::error::{Detail, Error};
use crate::ground::stats::LimitKind;
use crate::schema::meta::PageStyle;

/// Answers with rows: status 200, in the form of the consumer's pages.
///
/// The answer has only rows that the connection can see.
pub fn list<'a>(consumer: &'a dyn Dispatch, ctx: &'a Context, input: ListInput) -> ReplyFuture<'a> {
    Box::pin(async move {
        let bound = bound(consumer.meta())?;
        ctx.db().keep_rows();
        let within = visible(consumer, ctx).await?;
        let scope = ListScope { consumer, ctx, bound, within: &within };
        let Some(pagination) = &bound.pagination else {
            let most = ctx.bounds().limits.rows;
            let window = Window { limit: Some(most.saturating_add(1)), ..Window::default() };
            let rows = ListQuery::new(bound, &within, &input)?.rows(ctx.db(), window).await?;
            if rows.len() as u64 > most {
                ctx.bounds().stats.cross(LimitKind::Rows);
                let detail = Detail::Text(format!("This list has more than {most} rows: filter it."));
                return Err(Error::Api { status: 400, detail });
            }
            let mut data = Vec::with_capacity(1024);
            scope.show(&mut data, rows).await?;
            return Ok(Reply::new(200, within_limit(ctx, data)?));
        };
        let limit = page::effective(pagination, input.limit);
        match pagination.style {
            PageStyle::LimitOffset => page::answer(scope, &input, limit).await,
            PageStyle::Streamed => stream::answer(scope, input, limit).await,
            PageStyle::Cursor => cursor::answer(scope, &input, limit).await,
        }
    })
}

/// Answers with the number of rows that match a filter and a search: status 200. Order and page do not matter.
///
/// Only rows that the connection can see are counted.
pub fn count<'a>(consumer: &'a dyn Dispatch, ctx: &'a Context, input: ListInput) -> ReplyFuture<'a> {
    Box::pin(async move {
        let within = visible(consumer, ctx).await?;
        let found = ListQuery::new(bound(consumer.meta())?, &within, &input)?.count(ctx.db()).await?;
        Ok(Reply::new(200, found.to_string().into_bytes()))
    })
}
