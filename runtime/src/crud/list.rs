//! The action `list`: filtered, searched, ordered and cut into pages, as far as the consumer allows it.

use serde_json::value::RawValue;

use super::page;
use crate::context::Context;
use crate::db::{Compare, Composer, Db, Shape as RowShape, Statement};
use crate::decode::{Fault, Reading, Refusal, Shape, accept, entries, is_text, items, lookup_key};
use crate::dispatch::{Reply, ReplyFuture};
use crate::error::{Detail, Error, Result};
use crate::frame::Request;
use crate::meta::{BoundModel, ColumnMeta, ConsumerMeta, Kind, ModelMeta, TypeMeta};
use crate::model::Row;
use crate::value::Value;

/// Values of one `in`.
const MAX_IN: usize = 1000;
/// Words of one search.
const MAX_WORDS: usize = 20;

/// What a client wants of a list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListInput {
    /// Rows of the page, if it was asked for.
    pub limit: Option<u64>,
    /// Rows before the page.
    pub offset: u64,
    /// What rows must have, all of it.
    pub filter: Vec<Filter>,
    /// Words that rows must mention, all of them, each in one of the columns to search.
    pub search: Vec<String>,
    /// Columns of the model and whether descending; empty: the consumer's order.
    pub order_by: Vec<(usize, bool)>,
}

/// What a column must have.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// Which of the model's columns.
    pub column: usize,
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
        let json = matches!(kind, Kind::Json | Kind::List(_) | Kind::Map(_) | Kind::Object(_));
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

/// Reads `limit`, `offset`, `filter`, `search` and `order_by` of the frame.
///
/// # Errors
/// [`Error::Validation`] for a filter, search or order that the consumer does not allow; it names what is allowed.
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
    if errors.is_empty() { Ok(input) } else { Err(Error::Validation(Detail::Map(errors))) }
}

/// A column by the name that clients know it by: its field's, its own, or `pk`.
fn column_named(bound: &'static BoundModel, allowed: &'static [usize], name: &str) -> Option<usize> {
    let model = bound.serializer.model;
    let known = |index: &usize| {
        let field = bound.serializer.fields.iter().find(|field| field.column == *index);
        let own = field.map_or(model.columns[*index].name, |field| field.name);
        own == name || model.columns[*index].name == name || (name == "pk" && *index == model.key)
    };
    allowed.iter().copied().find(known)
}

fn names(bound: &'static BoundModel, allowed: &'static [usize]) -> String {
    let field = |index: &usize| bound.serializer.fields.iter().find(|field| field.column == *index);
    let name =
        |index: &usize| field(index).map_or(bound.serializer.model.columns[*index].name, |field| field.name);
    if allowed.is_empty() {
        "nothing".to_owned()
    } else {
        allowed.iter().map(name).collect::<Vec<_>>().join(", ")
    }
}

pub(crate) fn filters(bound: &'static BoundModel, raw: &RawValue) -> Result<Vec<Filter>, Detail> {
    let shape = Shape::of(raw);
    let entries = if matches!(shape, Shape::Map) { entries(raw) } else { None };
    let Some(entries) = entries else {
        return Err(Detail::message(crate::decode::not_a_dictionary(&shape)));
    };
    let mut filters = Vec::new();
    let mut errors = Vec::new();
    for (key, raw) in entries {
        match filter(bound, &key, raw) {
            Ok(filter) => filters.push(filter),
            Err(detail) => errors.push((key.into_owned(), detail)),
        }
    }
    if errors.is_empty() { Ok(filters) } else { Err(Detail::Map(errors)) }
}

fn filter(bound: &'static BoundModel, key: &str, raw: &RawValue) -> Result<Filter, Detail> {
    let model = bound.serializer.model;
    let (column, lookup) = match column_named(bound, bound.filter, key) {
        Some(column) => (Some(column), Some(Lookup::Eq)),
        None => {
            let (field, lookup) = key.rsplit_once("__").unwrap_or((key, ""));
            let found = Lookup::ALL.iter().find(|(name, _)| *name == lookup).map(|(_, lookup)| *lookup);
            (column_named(bound, bound.filter, field), found)
        }
    };
    let Some(column) = column else {
        let allowed = names(bound, bound.filter);
        return Err(Detail::message(format!("Unknown field. Filters are allowed by: {allowed}.")));
    };
    let ty = &model.columns[column].ty;
    let Some(lookup) = lookup.filter(|lookup| lookup.suits(&ty.kind)) else {
        let suiting = Lookup::ALL.iter().filter(|(_, lookup)| lookup.suits(&ty.kind)).map(|(name, _)| *name);
        let suiting = suiting.collect::<Vec<_>>().join(", ");
        return Err(Detail::message(format!("Unknown lookup. Allowed are: {suiting}.")));
    };
    let values = filter_values(&model.columns[column], lookup, raw).map_err(|refusal| refusal.detail(&[]))?;
    Ok(Filter { column, lookup, values })
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
    accept(&TypeMeta::plain(kind), raw, Reading::STRICT)
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

fn order(bound: &'static BoundModel, raw: &RawValue) -> Result<Vec<(usize, bool)>, Detail> {
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
    let mut order: Vec<(usize, bool)> = Vec::new();
    for text in texts {
        let (name, descending) = text.strip_prefix('-').map_or((text.as_str(), false), |name| (name, true));
        let Some(column) = column_named(bound, bound.order_by, name) else {
            let allowed = names(bound, bound.order_by);
            return Err(Detail::message(format!("Unknown field {text:?}. Order is allowed by: {allowed}.")));
        };
        if !order.iter().any(|(known, _)| *known == column) {
            order.push((column, descending));
        }
    }
    Ok(order)
}

/// Answers rows: 200. A page as `{"count", "results", "limit", "offset"}` if the consumer has pages.
pub fn list<'a>(consumer: &'static ConsumerMeta, ctx: &'a Context, input: ListInput) -> ReplyFuture<'a> {
    Box::pin(async move {
        let bound = super::bound(consumer)?;
        let mut data = Vec::with_capacity(1024);
        match &bound.pagination {
            None => {
                crate::encode::rows(&mut data, bound.serializer, &rows(ctx.db(), bound, &input, None).await?)
            }
            Some(pagination) => {
                let limit = page::effective(pagination, input.limit);
                let count = count(ctx.db(), bound, &input).await?;
                // Past the end there is nothing to ask for.
                let page = if input.offset >= count {
                    Vec::new()
                } else {
                    rows(ctx.db(), bound, &input, Some((limit, input.offset))).await?
                };
                data.extend_from_slice(format!("{{\"count\":{count},\"results\":").as_bytes());
                crate::encode::rows(&mut data, bound.serializer, &page);
                data.extend_from_slice(
                    format!(",\"limit\":{limit},\"offset\":{}}}", input.offset).as_bytes(),
                );
            }
        }
        Ok(Reply { status: 200, data })
    })
}

async fn count(db: &Db, bound: &'static BoundModel, input: &ListInput) -> Result<u64> {
    let mut sql = Composer::new(db.dialect());
    sql.text("SELECT COUNT(*) FROM ").name(bound.serializer.model.table);
    conditions(&mut sql, bound, input);
    let (sql, args) = sql.finish();
    let row = db.run(Statement::read(sql, args, RowShape::Untyped)).await?.first();
    let count: i64 = row.ok_or_else(|| Error::internal("COUNT gave no row"))?.take(0)?;
    Ok(u64::try_from(count).unwrap_or(0))
}

async fn rows(
    db: &Db,
    bound: &'static BoundModel,
    input: &ListInput,
    page: Option<(u64, u64)>,
) -> Result<Vec<Row>> {
    let model: &'static ModelMeta = bound.serializer.model;
    let mut sql = Composer::new(db.dialect());
    sql.text(model.sql.select);
    conditions(&mut sql, bound, input);
    let wanted: &[(usize, bool)] = if input.order_by.is_empty() { bound.ordering } else { &input.order_by };
    let mut order: Vec<(&'static ColumnMeta, bool)> =
        wanted.iter().map(|(index, descending)| (&model.columns[*index], *descending)).collect();
    if !wanted.iter().any(|(index, _)| *index == model.key) {
        order.push((model.key_column(), false));
    }
    sql.order_by(&order);
    if let Some((limit, offset)) = page {
        let bounded = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        sql.text(" LIMIT ").value(bounded(limit)).text(" OFFSET ").value(bounded(offset));
    }
    let (sql, args) = sql.finish();
    Ok(db.run(Statement::read(sql, args, RowShape::Columns(model.columns))).await?.rows)
}

/// ` WHERE …`, if there is anything to say.
fn conditions(sql: &mut Composer, bound: &'static BoundModel, input: &ListInput) {
    let columns = bound.serializer.model.columns;
    let mut first = true;
    let mut and = |sql: &mut Composer| {
        sql.text(if first { " WHERE " } else { " AND " });
        first = false;
    };
    for filter in &input.filter {
        and(sql);
        condition(sql, &columns[filter.column], filter);
    }
    for word in &input.search {
        and(sql);
        sql.text("(");
        for (index, column) in bound.search.iter().enumerate() {
            if index > 0 {
                sql.text(" OR ");
            }
            sql.mentions(&columns[*column], word);
        }
        sql.text(")");
    }
}

fn condition(sql: &mut Composer, column: &'static ColumnMeta, filter: &Filter) {
    let value = || filter.values.first().cloned().unwrap_or(Value::Null);
    let text = || match filter.values.first() {
        Some(Value::Text(text)) => text.as_str(),
        _ => "",
    };
    match filter.lookup {
        Lookup::Eq => sql.compare(column, Compare::Equal, value()),
        Lookup::Lt => sql.compare(column, Compare::Less, value()),
        Lookup::Lte => sql.compare(column, Compare::LessOrEqual, value()),
        Lookup::Gt => sql.compare(column, Compare::Greater, value()),
        Lookup::Gte => sql.compare(column, Compare::GreaterOrEqual, value()),
        Lookup::In => sql.is_in(column, filter.values.clone()),
        Lookup::Contains => sql.contains(column, text()),
        Lookup::StartsWith => sql.starts_with(column, text()),
        Lookup::IsNull => {
            let how = if value() == Value::Boolean(true) { Compare::Equal } else { Compare::NotEqual };
            sql.compare(column, how, Value::Null)
        }
        Lookup::Range => {
            let last = filter.values.get(1).cloned().unwrap_or(Value::Null);
            sql.compare(column, Compare::GreaterOrEqual, value()).text(" AND ");
            sql.compare(column, Compare::LessOrEqual, last)
        }
    };
}
