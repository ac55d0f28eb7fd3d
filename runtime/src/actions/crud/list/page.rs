//! Limit and offset, read like DRF's `LimitOffsetPagination`.

use std::fmt::Display;

use serde_json::value::RawValue;

use super::input::ListInput;
use super::query::{ListQuery, Window};
use super::scope::ListScope;
use crate::app::dispatch::Reply;
use crate::app::projection::within_limit;
use crate::ground::error::Result;
use crate::ground::stats::LimitKind;
use crate::schema::meta::Pagination;
use crate::schema::row::Row;
use crate::wire::decode::{Shape, Whole, int_argument};

/// Returns the requested limit, if it is a positive number.
pub(super) fn limit(raw: Option<&RawValue>) -> Option<u64> {
    number(raw).filter(|limit| *limit > 0)
}

/// Returns the requested offset, or 0 if it is not a number.
pub(super) fn offset(raw: Option<&RawValue>) -> u64 {
    number(raw).unwrap_or(0)
}

/// Returns the digits of an offset that is beyond 64 bits, if it was written as digits.
pub(super) fn beyond(raw: Option<&RawValue>) -> Option<Box<str>> {
    let shape = Shape::of(raw?);
    let Some(Whole::TooLarge) = int_argument(&shape) else { return None };
    match &shape {
        Shape::Integer(digits) => Some((*digits).into()),
        _ => None,
    }
}

/// Parses what Python's `int()` accepts; beyond 64 bits it returns the largest number that a database accepts.
fn number(raw: Option<&RawValue>) -> Option<u64> {
    match int_argument(&Shape::of(raw?))? {
        Whole::Fits(number) => u64::try_from(number).ok(),
        Whole::TooLarge => Some(i64::MAX.unsigned_abs()),
        Whole::TooSmall => None,
    }
}

/// Returns the limit that is used.
pub(super) fn effective(pagination: &Pagination, asked: Option<u64>) -> u64 {
    let limit = asked.unwrap_or(pagination.page_size);
    pagination.max_limit.map_or(limit, |max| limit.min(max)).min(i64::MAX.unsigned_abs())
}

/// Limits a page to the server's limit, if the definition has no `max_limit` and more rows than that are `to_come`. A
/// client that requests more rows than exist gets its own number, as in DRF.
pub(super) fn bounded(scope: ListScope<'_>, limit: u64, to_come: u64) -> u64 {
    let Some(Pagination { page_size, max_limit: None, .. }) = scope.bound.pagination else { return limit };
    let bounds = scope.ctx.bounds();
    let most = bounds.limits.page.max(page_size);
    if limit.min(to_come) <= most {
        return limit;
    }
    bounds.stats.cross(LimitKind::Page);
    most
}

/// Answers with the requested page.
pub(super) async fn answer(scope: ListScope<'_>, input: &ListInput, limit: u64) -> Result<Reply> {
    let (query, db) = (ListQuery::new(scope.bound, scope.within, input)?, scope.ctx.db());
    let count = query.count(db).await?;
    let limit = bounded(scope, limit, count.saturating_sub(input.offset));
    // No query is needed past the end.
    let rows = if input.offset >= count {
        Vec::new()
    } else {
        query.rows(db, Window { limit: Some(limit), offset: input.offset, ..Window::default() }).await?
    };
    Ok(Reply::new(
        200,
        match &input.beyond {
            Some(offset) => data(scope, count, rows, limit, offset).await?,
            None => data(scope, count, rows, limit, input.offset).await?,
        },
    ))
}

/// Returns `{"count": …, "results": …, "limit": …, "offset": …}`.
pub(super) async fn data(
    scope: ListScope<'_>,
    count: u64,
    rows: Vec<Row>,
    limit: u64,
    offset: impl Display,
) -> Result<Vec<u8>> {
    let mut data = Vec::with_capacity(1024);
    data.extend_from_slice(format!("{{\"count\":{count},\"results\":").as_bytes());
    scope.show(&mut data, rows).await?;
    data.extend_from_slice(format!(",\"limit\":{limit},\"offset\":{offset}}}").as_bytes());
    within_limit(scope.ctx, data)
}
