//! The action `list`: filtered, searched, ordered and cut into pages, as far as the consumer allows it.

use serde_json::value::RawValue;

use super::cursor::{self, Cursor};
use super::query::{Query, Window, column_of};
use super::{page, stream};
use crate::condition::Condition;
use crate::context::Context;
use crate::decode::{Fault, Reading, Refusal, Shape, accept, entries, is_text, items, lookup_key};
use crate::dispatch::{Dispatch, Reply, ReplyFuture};
use crate::error::{Detail, Error, Result};
use crate::frame::Request;
use crate::meta::{BoundModel, ColumnMeta, ConsumerMeta, Kind, PageStyle, Reach, TypeMeta};
use crate::model::Row;
use crate::stats::Limit;
use crate::value::Value;

/// Conditions of one filter: databases bound how deep an expression is.
const MAX_FILTERS: usize = 100;
/// Values of one `in`.
const MAX_IN: usize = 1000;
/// Values of all conditions together: databases bound the parameters of a statement.
const MAX_VALUES: usize = 10_000;
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
    /// What rows must have, all of it.
    pub filter: Vec<Filter>,
    /// Words that rows must mention, all of them, each in one of the columns to search.
    pub search: Vec<String>,
    /// Columns and whether descending; empty: the consumer's order.
    pub order_by: Vec<(&'static Reach, bool)>,
    /// From where on, or up to where, if the consumer has cursors.
    pub cursor: Option<Cursor>,
}

/// What a column must have.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// Which column.
    pub reach: &'static Reach,
    /// How it is compared.
    pub lookup: Lookup,
    /// With what: one value, two of a range, any number of `in`.
    pub values: Vec<Value>,
}

/// How a column is compared, by Django's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// Equal.
    Eq,
    /// Equal to one of several.
    In,
    /// Less.
    Lt,
    /// Less or equal.
    Lte,
    /// Greater.
    Gt,
    /// Greater or equal.
    Gte,
    /// The text is somewhere in it.
    Contains,
    /// It begins with the text.
    StartsWith,
    /// Whether it is `null`.
    IsNull,
    /// Between two values, both included.
    Range,
}

impl Lookup {
    const ALL: [(&'static str, Self); 10] = [
        ("eq", Self::Eq),
        ("in", Self::In),
        ("lt", Self::Lt),
        ("lte", Self::Lte),
        ("gt", Self::Gt),
        ("gte", Self::Gte),
        ("contains", Self::Contains),
        ("starts_with", Self::StartsWith),
        ("isnull", Self::IsNull),
        ("range", Self::Range),
    ];

    /// Whether values of this kind can be compared so.
    fn suits(self, kind: &Kind) -> bool {
        let json =
            matches!(kind, Kind::Json | Kind::List(_) | Kind::Map(_) | Kind::Object(_) | Kind::Union(_));
        match self {
            Self::IsNull => true,
            Self::Contains | Self::StartsWith => is_text(kind),
            Self::Eq | Self::In => !json,
            Self::Lt | Self::Lte | Self::Gt | Self::Gte | Self::Range => {
                !json && !matches!(kind, Kind::Boolean | Kind::Bytes)
            }
        }
    }
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
        part("filter", filters(bound, raw).map(|filters| input.filter = filters));
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

/// What clients may name, by the name that they know it by: its field's, its own, or `pk`.
fn reach(bound: &'static BoundModel, allowed: &'static [Reach], name: &str) -> Option<&'static Reach> {
    let model = bound.serializer.model;
    let by_column = |reach: &Reach| {
        reach.path.is_empty()
            && (model.columns[reach.column].name == name || (name == "pk" && reach.column == model.key))
    };
    allowed.iter().find(|reach| reach.name == name || by_column(reach))
}

fn names(allowed: &'static [Reach]) -> String {
    if allowed.is_empty() {
        "nothing".to_owned()
    } else {
        allowed.iter().map(|reach| reach.name).collect::<Vec<_>>().join(", ")
    }
}

pub(crate) fn filters(bound: &'static BoundModel, raw: &RawValue) -> Result<Vec<Filter>, Detail> {
    let shape = Shape::of(raw);
    let entries = if matches!(shape, Shape::Map) { entries(raw) } else { None };
    let Some(entries) = entries else {
        return Err(Detail::message(crate::decode::not_a_dictionary(&shape).text(&[])));
    };
    if entries.len() > MAX_FILTERS {
        return Err(Detail::message(format!("Ensure this field has no more than {MAX_FILTERS} elements.")));
    }
    let mut filters = Vec::new();
    let mut errors = Vec::new();
    for (index, (key, raw)) in entries.iter().enumerate() {
        // Of equal keys the last counts, as everywhere.
        if entries[index + 1..].iter().any(|(later, _)| later == key) {
            continue;
        }
        match filter(bound, key, raw) {
            Ok(filter) => filters.push(filter),
            Err(detail) => errors.push((key.clone().into_owned(), detail)),
        }
    }
    if !errors.is_empty() {
        return Err(Detail::Map(errors));
    }
    if filters.iter().map(|filter| filter.values.len()).sum::<usize>() > MAX_VALUES {
        return Err(Detail::message(format!(
            "Ensure this field has no more than {MAX_VALUES} values in all."
        )));
    }
    Ok(filters)
}

fn filter(bound: &'static BoundModel, key: &str, raw: &RawValue) -> Result<Filter, Detail> {
    let (found, lookup) = match reach(bound, bound.filter, key) {
        Some(reach) => (Some(reach), Some(Lookup::Eq)),
        None => {
            let (field, lookup) = key.rsplit_once("__").unwrap_or((key, ""));
            let found = Lookup::ALL.iter().find(|(name, _)| *name == lookup).map(|(_, lookup)| *lookup);
            (reach(bound, bound.filter, field), found)
        }
    };
    let Some(reach) = found else {
        let allowed = names(bound.filter);
        return Err(Detail::message(format!("Unknown field. Filters are allowed by: {allowed}.")));
    };
    let column = column_of(bound, reach).map_err(|error| error.detail())?;
    let ty = &column.ty;
    let Some(lookup) = lookup.filter(|lookup| lookup.suits(&ty.kind)) else {
        let suiting = Lookup::ALL.iter().filter(|(_, lookup)| lookup.suits(&ty.kind)).map(|(name, _)| *name);
        let suiting = suiting.collect::<Vec<_>>().join(", ");
        return Err(Detail::message(format!("Unknown lookup. Allowed are: {suiting}.")));
    };
    let values = filter_values(column, lookup, raw).map_err(|refusal| refusal.detail(&[]))?;
    Ok(Filter { reach, lookup, values })
}

fn filter_values(column: &'static ColumnMeta, lookup: Lookup, raw: &RawValue) -> Result<Vec<Value>, Refusal> {
    match lookup {
        Lookup::IsNull => Ok(vec![accept(&TypeMeta::plain(Kind::Boolean), raw, Reading::STRICT)?]),
        Lookup::In | Lookup::Range => {
            let shape = Shape::of(raw);
            let raws = if matches!(shape, Shape::List) { items(raw) } else { None };
            let Some(raws) = raws else {
                let text = "Expected a list of items but got type \"{input_type}\".";
                return Err(Fault::new("not_a_list", text).with("input_type", shape.python_type()).into());
            };
            if lookup == Lookup::Range && raws.len() != 2 {
                return Err(Fault::new("range", "Expected a list of two items.").into());
            }
            if raws.len() > MAX_IN {
                let text = "Ensure this field has no more than {max_length} elements.";
                return Err(Fault::new("max_length", text).with("max_length", MAX_IN).into());
            }
            raws.into_iter().map(|raw| filter_value(column, raw)).collect()
        }
        Lookup::Eq if raw.get() == "null" => Ok(vec![Value::Null]),
        _ => Ok(vec![filter_value(column, raw)?]),
    }
}

/// Of the column's kind; its rules are of no concern, as no row has a value that breaks them.
fn filter_value(column: &'static ColumnMeta, raw: &RawValue) -> Result<Value, Refusal> {
    if let Some(model) = column.references {
        let key = lookup_key(&model().key_column().ty, raw);
        return key.ok_or_else(|| Fault::new("invalid", "A valid key is required.").into());
    }
    let kind = if is_text(&column.ty.kind) { Kind::Text } else { column.ty.kind };
    accept(&TypeMeta::plain(kind).named(), raw, Reading::STRICT)
}

fn words(bound: &'static BoundModel, raw: &RawValue) -> Result<Vec<String>, Detail> {
    let text = accept(&TypeMeta::plain(Kind::Text), raw, Reading::STRICT);
    let Value::Text(text) = text.map_err(|refusal| refusal.detail(&[]))? else { return Ok(Vec::new()) };
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
    /// The JSON of rows.
    pub(super) async fn shown(self, rows: &[Row]) -> Result<Vec<u8>> {
        let mut data = Vec::with_capacity(1024);
        super::show::append(&mut data, self.consumer, self.ctx, self.bound.serializer, rows).await?;
        Ok(data)
    }
}

/// Answers rows: 200, in the form of the consumer's pages.
///
/// Of the rows only those that the connection can see.
pub fn list<'a>(consumer: &'a dyn Dispatch, ctx: &'a Context, input: ListInput) -> ReplyFuture<'a> {
    Box::pin(async move {
        let bound = super::bound(consumer.meta())?;
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
            return Ok(Reply::new(200, asker.shown(&rows).await?));
        };
        let limit = page::effective(pagination, input.limit);
        match pagination.style {
            PageStyle::LimitOffset => page::answer(asker, &input, limit).await,
            PageStyle::Streamed => stream::answer(asker, input, limit).await,
            PageStyle::Cursor => cursor::answer(asker, &input, limit).await,
        }
    })
}
