//! A list that is sent page after page (DCRF's `StreamedPaginatedListMixin`).
//!
//! The first page is selected by its offset, and every further page begins after the last row of the page before: a row
//! that does not change appears exactly once, even if other rows are stored or deleted meanwhile. (DCRF selects every
//! page by its offset.) `count` is computed once, and corrected by a page that finds more or fewer rows, because
//! clients recognise the last page by `offset + limit >= count`.

use super::input::ListInput;
use super::page;
use super::position::Position;
use super::query::{ListQuery, Window};
use super::scope::ListScope;
use crate::app::context::Context;
use crate::app::dispatch::{Dispatch, Page, Pages, Reply};
use crate::condition::Condition;
use crate::ground::error::Result;
use crate::ground::future::BoxFuture;
use crate::schema::meta::BoundModel;

/// The remaining pages.
#[derive(Debug)]
struct Stream {
    bound: &'static BoundModel,
    /// The condition for the rows that the connection could see at the request.
    within: Condition,
    input: ListInput,
    limit: u64,
    offset: u64,
    count: u64,
    /// The position of the last row that was sent.
    position: Option<Position>,
}

/// Answers with the first page; the others follow.
pub(super) async fn answer(scope: ListScope<'_>, input: ListInput, limit: u64) -> Result<Reply> {
    let count = ListQuery::new(scope.bound, scope.within, &input)?.count(scope.ctx.db()).await?;
    let limit = page::bounded(scope, limit, count.saturating_sub(input.offset));
    let (bound, offset, within) = (scope.bound, input.offset, scope.within.clone());
    let mut stream = Stream { bound, within, input, limit, offset, count, position: None };
    let Page { data, last } = stream.page(scope.consumer, scope.ctx).await?;
    let reply = Reply::new(200, data);
    Ok(if last { reply } else { reply.followed_by(Box::new(stream)) })
}

impl Stream {
    async fn page(&mut self, consumer: &dyn Dispatch, ctx: &Context) -> Result<Page> {
        let offset = self.offset;
        let scope = ListScope { consumer, ctx, bound: self.bound, within: &self.within };
        if self.position.is_none() && offset >= self.count {
            let data = page::data(scope, self.count, Vec::new(), self.limit, offset).await?;
            return Ok(Page { data, last: true });
        }
        let query = ListQuery::new(self.bound, &self.within, &self.input)?;
        let mut window =
            Window { limit: Some(self.limit.saturating_add(1)), marked: true, ..Window::default() };
        match &self.position {
            Some(position) => window.position = Some(position),
            None => window.offset = offset,
        }
        let mut rows = query.rows(ctx.db(), window).await?;
        let found = rows.len() as u64;
        let next = offset.saturating_add(self.limit);
        let last = found <= self.limit;
        if last {
            self.count = offset.saturating_add(found);
        } else {
            rows.pop();
            self.count = self.count.max(next.saturating_add(1));
        }
        let position = rows.last().map(|row| query.position(row));
        self.position = position
            .map(|values| Position { values, backward: false, inclusive: false })
            .or(self.position.take());
        self.offset = next;
        let data = page::data(scope, self.count, rows, self.limit, offset).await?;
        Ok(Page { data, last })
    }
}

impl Pages for Stream {
    fn next<'a>(&'a mut self, consumer: &'a dyn Dispatch, ctx: &'a Context) -> BoxFuture<'a, Result<Page>> {
        Box::pin(self.page(consumer, ctx))
    }
}
