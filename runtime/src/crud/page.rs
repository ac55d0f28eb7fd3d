//! Limit and offset, as DRF's `LimitOffsetPagination` reads them.

use serde_json::value::RawValue;

use crate::decode::{Shape, Whole, int_argument};
use crate::meta::Pagination;

/// The limit that was asked for: a positive number, else none.
pub(super) fn limit(raw: Option<&RawValue>) -> Option<u64> {
    number(raw).filter(|limit| *limit > 0)
}

/// The offset that was asked for: a number, else 0.
pub(super) fn offset(raw: Option<&RawValue>) -> u64 {
    number(raw).unwrap_or(0)
}

/// What Python's `int()` takes; beyond 64 bits the largest number that a database takes.
fn number(raw: Option<&RawValue>) -> Option<u64> {
    match int_argument(&Shape::of(raw?))? {
        Whole::Fits(number) => u64::try_from(number).ok(),
        Whole::TooLarge => Some(i64::MAX.unsigned_abs()),
        Whole::TooSmall => None,
    }
}

/// The limit that is used.
pub(super) fn effective(pagination: &Pagination, asked: Option<u64>) -> u64 {
    let limit = asked.unwrap_or(pagination.page_size);
    pagination.max_limit.map_or(limit, |max| limit.min(max)).min(i64::MAX.unsigned_abs())
}
