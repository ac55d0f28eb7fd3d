//! Checks a payload against other rows of the database.

use super::guard::hidden;
use crate::app::context::Context;
use crate::ground::error::{Detail, Result};
use crate::schema::meta::{ModelMeta, NestedMeta, SerializerMeta, Source};
use crate::schema::row::Row;
use crate::schema::value::{Object, Value};
use crate::store::{self, Attempt, Naming, Values};
use crate::wire::decode::Refusal;

/// Returns the row whose key is in a column of the changed row.
pub(super) async fn other_row(
    ctx: &Context,
    nested: &'static NestedMeta,
    column: usize,
    row: Option<&Row>,
) -> Result<Option<Row>> {
    let Some(key) = row.and_then(|row| row.values().get(column)).filter(|key| **key != Value::Null) else {
        return Ok(None);
    };
    let model = nested.serializer.model;
    store::find(ctx.db(), model, model.key, key.clone()).await
}

/// Returns the row whose one-to-one relation refers to the changed row.
pub(super) async fn row_back(
    ctx: &Context,
    model: &'static ModelMeta,
    relation: usize,
    row: Option<&Row>,
) -> Result<Option<Row>> {
    let relation = &model.relations[relation];
    let (Some(row), Some(column)) = (row, relation.via.column()) else { return Ok(None) };
    store::find(ctx.db(), (relation.target)(), column, row.get(model.key).clone()).await
}

/// Returns the message for a value that breaks other rules, if another row has this value, too.
pub(super) async fn is_taken(
    ctx: &Context,
    serializer: &'static SerializerMeta,
    index: usize,
    value: Value,
    row: Option<&Row>,
) -> Result<Option<Detail>> {
    let model = serializer.model;
    let is_unique = |column: &usize| model.columns[*column].unique || *column == model.key;
    let Some(column) = serializer.fields[index].column().filter(is_unique) else { return Ok(None) };
    // A text that no row can have is not looked up; invalid Unicode was replaced by other characters.
    if matches!(&value, Value::Text(text) if text.contains(['\0', char::REPLACEMENT_CHARACTER])) {
        return Ok(None);
    }
    let values: Values = vec![(column, value)];
    let naming = Naming::Fields(serializer);
    let attempt = Attempt { meta: serializer.model, values: &values, current: row, naming };
    Ok(store::taken(ctx.db(), &attempt).await?.into_entries().pop().map(|(_, detail)| detail))
}

/// Returns the errors from other rows, by field; `None` stands for the whole object. Unique sets are checked only if
/// every field is valid.
pub(super) async fn against_other_rows(
    ctx: &Context,
    serializer: &'static SerializerMeta,
    data: &Object,
    row: Option<&Row>,
    already_bad: bool,
) -> Result<Vec<(Option<usize>, Detail)>> {
    let values: Values = serializer
        .fields
        .iter()
        .enumerate()
        .filter_map(|(index, field)| Some((field.column()?, data.get(index)?.clone())))
        .collect();
    let naming = Naming::Fields(serializer);
    let attempt = Attempt { meta: serializer.model, values: &values, current: row, naming };
    let found = store::explain(ctx.db(), &attempt).await?.into_entries();
    let position = |name: &str| serializer.fields.iter().position(|field| field.name == name);
    let mut found: Vec<(Option<usize>, Detail)> =
        found.into_iter().map(|(name, detail)| (position(&name), detail)).collect();
    for (index, field) in serializer.fields.iter().enumerate() {
        let (Source::Keys(relation), Some(Value::List(keys))) = (field.source, data.get(index)) else {
            continue;
        };
        let relation = &serializer.model.relations[relation];
        if let Some(fault) = store::relation::missing(ctx.db(), relation, keys).await? {
            found.push((Some(index), Refusal::from(fault).detail(field.messages)));
        }
    }
    for (index, field) in serializer.fields.iter().enumerate() {
        let is_reported = found.iter().any(|(reported, _)| *reported == Some(index));
        let fault = match is_reported {
            true => None,
            false => hidden(ctx, serializer, field, data.get(index)).await?,
        };
        found.extend(fault.map(|fault| (Some(index), Refusal::from(fault).detail(field.messages))));
    }
    let already_bad = already_bad || found.iter().any(|(index, _)| index.is_some());
    found.retain(|(index, _)| index.is_some() || !already_bad);
    Ok(found)
}
