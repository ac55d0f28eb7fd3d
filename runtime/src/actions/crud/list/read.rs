//! Reads the arguments of a list.

use serde_json::value::RawValue;

use super::input::ListInput;
use super::query::ListQuery;
use super::{cursor, page};
use crate::actions::crud::bound::bound;
use crate::actions::crud::filter::{all, filters};
use crate::actions::crud::reach::{names, reach};
use crate::condition::Condition;
use crate::ground::error::{Detail, Error, Result};
use crate::schema::meta::{BoundModel, ConsumerMeta, FieldPath, Kind, PageStyle, TypeMeta};
use crate::schema::value::Value;
use crate::wire::decode::{Reading, Shape, accept, items};
use crate::wire::frame::Request;

/// The greatest number of characters of one search.
const MAX_SEARCH: usize = 1000;
/// The greatest number of words of one search.
const MAX_WORDS: usize = 20;

/// Reads `limit`, `offset`, `cursor`, `filter`, `search` and `order_by` of the frame.
///
/// # Errors
/// [`Error::Validation`] for a filter, search or order that the consumer does not allow, with the names that are
/// allowed; also for a cursor that this consumer did not make, or made for another order.
pub fn list_input(consumer: &'static ConsumerMeta, request: &Request<'_>) -> Result<ListInput> {
    let bound = bound(consumer)?;
    let mut errors = Vec::new();
    let mut part = |name: &str, result: Result<(), Detail>| {
        if let Err(detail) = result {
            errors.push((name.to_owned(), detail));
        }
    };
    let mut input = ListInput {
        limit: page::limit(request.argument("limit")),
        offset: page::offset(request.argument("offset")),
        beyond: page::beyond(request.argument("offset")),
        ..ListInput::default()
    };
    let sent = |name: &str| request.argument(name).filter(|raw| raw.get() != "null");
    if let Some(raw) = sent("filter") {
        part("filter", filters(bound, raw).map(|wanted| input.filter = all(wanted)));
    }
    if let Some(raw) = sent("search") {
        part("search", words(bound, raw).map(|words| input.search = words));
    }
    if let Some(raw) = sent("order_by") {
        part("order_by", order(bound, raw).map(|order| input.order_by = order));
    }
    let cursors = bound.pagination.is_some_and(|pagination| pagination.style == PageStyle::Cursor);
    if let Some(raw) = sent("cursor").filter(|_| cursors && errors.is_empty()) {
        input.cursor = Some(cursor::read(consumer, &ListQuery::new(bound, &Condition::all(), &input)?, raw)?);
    }
    if errors.is_empty() { Ok(input) } else { Err(Error::Validation(Detail::Map(errors))) }
}

fn words(bound: &'static BoundModel, raw: &RawValue) -> Result<Vec<String>, Detail> {
    let text = accept(&TypeMeta::plain(Kind::Text), raw, Reading::COERCED);
    let Value::Text(text) = text.map_err(|refusal| refusal.detail(&[]))? else { return Ok(Vec::new()) };
    if text.chars().count() > MAX_SEARCH {
        return Err(Detail::message(format!("Ensure this field has no more than {MAX_SEARCH} characters.")));
    }
    let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    if words.len() > MAX_WORDS {
        return Err(Detail::message(format!("Ensure this field has no more than {MAX_WORDS} words.")));
    }
    if bound.search.is_empty() && !words.is_empty() {
        return Err(Detail::message("Search is not allowed."));
    }
    Ok(words)
}

fn order(bound: &'static BoundModel, raw: &RawValue) -> Result<Vec<(&'static FieldPath, bool)>, Detail> {
    let shape = Shape::of(raw);
    let texts: Option<Vec<String>> = match &shape {
        Shape::Text(text) => Some(vec![text.clone().into_owned()]),
        Shape::List => items(raw).and_then(|items| {
            let text = |raw: &RawValue| match Shape::of(raw) {
                Shape::Text(text) => Some(text.into_owned()),
                _ => None,
            };
            items.into_iter().map(text).collect()
        }),
        _ => None,
    };
    let Some(texts) = texts else {
        return Err(Detail::message("Expected a field or a list of fields."));
    };
    let mut order: Vec<(&'static FieldPath, bool)> = Vec::new();
    for text in texts {
        let (name, descending) = text.strip_prefix('-').map_or((text.as_str(), false), |name| (name, true));
        let Some(reach) = reach(bound, bound.order_by, name) else {
            let allowed = names(bound.order_by);
            return Err(Detail::message(format!("Unknown field {text:?}. Order is allowed by: {allowed}.")));
        };
        let same = |known: &FieldPath| (known.path, known.column) == (reach.path, reach.column);
        if !order.iter().any(|(known, _)| same(known)) {
            order.push((reach, descending));
        }
    }
    Ok(order)
}
