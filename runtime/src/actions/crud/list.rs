//! The action `list`: filtered, searched, ordered and cut into pages, as far as the consumer allows it.

use serde_json::value::RawValue;

use super::cursor::{self, Cursor};
use super::filter::{all, filters};
use super::query::{Query, Window};
use super::reach::{names, reach};
use super::{page, stream};
use crate::app::context::Context;
use crate::app::dispatch::{Dispatch, Reply, ReplyFuture};
use crate::app::projection;
use crate::condition::Condition;
use crate::ground::error::{Detail, Error, Result};
use crate::ground::stats::Limit;
use crate::schema::meta::{BoundModel, ConsumerMeta, Kind, PageStyle, Reach, TypeMeta};
use crate::schema::row::Row;
use crate::schema::value::Value;
use crate::wire::decode::{Reading, Shape, accept, items};
use crate::wire::frame::Request;

/// Characters of one search.
const MAX_SEARCH: usize = 1000;
/// Words of one search.
const MAX_WORDS: usize = 20;

/// What a client wants of a list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListInput {
    /// Rows of the page, if it was asked for.
    pub limit: Option<u64>,
    /// Rows before the page.
    pub offset: u64,
    /// The offset as it was sent, where it is beyond 64 bits: pages repeat it.
    pub(crate) beyond: Option<Box<str>>,
    /// What rows must have.
    pub filter: Condition,
    /// Words that rows must mention, all of them, each in one of the columns to search.
    pub search: Vec<String>,
    /// Columns and whether descending; empty: the consumer's order.
    pub order_by: Vec<(&'static Reach, bool)>,
    /// From where on, or up to where, if the consumer has cursors.
    pub cursor: Option<Cursor>,
}

/// Reads `limit`, `offset`, `cursor`, `filter`, `search` and `order_by` of the frame.
///
/// # Errors
/// [`Error::Validation`] for a filter, search or order that the consumer does not allow; it names what is
/// allowed. Also for a cursor that this consumer did not give, or gave for another order.
pub fn list_input(consumer: &'static ConsumerMeta, request: &Request<'_>) -> Result<ListInput> {
    let bound = super::bound(consumer)?;
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
        input.cursor = Some(cursor::read(consumer, &Query::new(bound, &Condition::all(), &input)?, raw)?);
    }
    if errors.is_empty() { Ok(input) } else { Err(Error::Validation(Detail::Map(errors))) }
}

fn words(bound: &'static BoundModel, raw: &RawValue) -> Result<Vec<String>, Detail> {
    let text = accept(&TypeMeta::plain(Kind::Text), raw, Reading::STRICT);
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

fn order(bound: &'static BoundModel, raw: &RawValue) -> Result<Vec<(&'static Reach, bool)>, Detail> {
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
    let mut order: Vec<(&'static Reach, bool)> = Vec::new();
    for text in texts {
        let (name, descending) = text.strip_prefix('-').map_or((text.as_str(), false), |name| (name, true));
        let Some(reach) = reach(bound, bound.order_by, name) else {
            let allowed = names(bound.order_by);
            return Err(Detail::message(format!("Unknown field {text:?}. Order is allowed by: {allowed}.")));
        };
        let same = |known: &Reach| (known.path, known.column) == (reach.path, reach.column);
        if !order.iter().any(|(known, _)| same(known)) {
            order.push((reach, descending));
        }
    }
    Ok(order)
}

/// Who asks for a list, and what they can see of it.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    pub(super) consumer: &'a dyn Dispatch,
    pub(super) ctx: &'a Context,
    pub(super) bound: &'static BoundModel,
    pub(super) within: &'a Condition,
}

impl Asker<'_> {
    /// Appends the JSON of rows. They are not needed any more then.
    pub(super) async fn show(self, data: &mut Vec<u8>, rows: Vec<Row>) -> Result<()> {
        projection::append(data, self.consumer, self.ctx, self.bound.serializer, &rows).await
    }
}

/// Answers rows: 200, in the form of the consumer's pages.
///
/// Of the rows only those that the connection can see.
pub fn list<'a>(consumer: &'a dyn Dispatch, ctx: &'a Context, input: ListInput) -> ReplyFuture<'a> {
    Box::pin(async move {
        let bound = super::bound(consumer.meta())?;
        ctx.db().keep_rows();
        let within = super::narrow::visible(consumer, ctx).await?;
        let asker = Asker { consumer, ctx, bound, within: &within };
        let Some(pagination) = &bound.pagination else {
            let most = ctx.bounds().limits.rows;
            let window = Window { limit: Some(most.saturating_add(1)), ..Window::default() };
            let rows = Query::new(bound, &within, &input)?.rows(ctx.db(), window).await?;
            if rows.len() as u64 > most {
                ctx.bounds().stats.cross(Limit::Rows);
                let detail = Detail::Text(format!("This list has more than {most} rows: filter it."));
                return Err(Error::Api { status: 400, detail });
            }
            let mut data = Vec::with_capacity(1024);
            asker.show(&mut data, rows).await?;
            return Ok(Reply::new(200, projection::within_limit(ctx, data)?));
        };
        let limit = page::effective(pagination, input.limit);
        match pagination.style {
            PageStyle::LimitOffset => page::answer(asker, &input, limit).await,
            PageStyle::Streamed => stream::answer(asker, input, limit).await,
            PageStyle::Cursor => cursor::answer(asker, &input, limit).await,
        }
    })
}
