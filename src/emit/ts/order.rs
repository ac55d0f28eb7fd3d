//! The order of live rows: the names in it, each with its comparator and with the place where the value is shown.

use super::maker::Maker;
use super::names::{key, text, texts};
use super::serializer::shown;
use crate::ir::{
    Access, Api, Consumer, Field, FieldPath, FieldSource, Model, ModelId, NestedOf, Ordering, Serializer,
    SerializerOf, Step,
};

/// Returns the name of the function of the core that compares the values of a column.
type Comparator = fn(&Api, &Field) -> &'static str;

/// The greatest width of a line.
const WIDTH: usize = 110;

/// A column by which rows are ordered.
struct Term {
    /// The name in the order.
    wire: String,
    /// The function of the core that compares its values.
    comparator: &'static str,
    /// The path of its value in a row; `None` if the value is not shown.
    place: Option<Vec<String>>,
}

/// Returns `compare: orderOf([…], {…}),`: the order of the list, with the key as its last part.
pub(super) fn compare(
    maker: &mut Maker<'_, '_>,
    serializer: &Serializer,
    by: Comparator,
) -> Option<Vec<String>> {
    let api = maker.types.api;
    let (id, model) = (maker.model_id()?, maker.model()?);
    let consumer = maker.consumer;
    let ordering: Vec<FieldPath> =
        consumer.ordering.iter().map(|part| named(api, serializer, id, part)).collect();
    let key_field = own(serializer, model, model.key);
    let mut terms: Vec<Term> = Vec::new();
    for reach in ordering.iter().chain(&consumer.order_by).chain([&key_field]) {
        if !terms.iter().any(|term| term.wire == reach.wire) {
            terms.push(term(api, serializer, id, reach, by)?);
        }
    }
    for comparator in terms.iter().map(|term| term.comparator).chain(["orderOf"]) {
        maker.types.imports.core_value(comparator);
    }
    let entries: Vec<String> = terms.iter().map(entry).collect();
    Some(lines(&fields(consumer, &ordering, &key_field.wire), &entries))
}

/// Returns a column of the model itself. A column that answers do not show gets a name that no field has.
fn own(serializer: &Serializer, model: &Model, field: usize) -> FieldPath {
    let hidden = || format!("{}.{}", model.wire, model.fields[field].wire);
    FieldPath { wire: shown(serializer, field).cloned().unwrap_or_else(hidden), path: Vec::new(), field }
}

/// Returns a part of the order of lists, with the name that clients would give it.
fn named(api: &Api, serializer: &Serializer, id: ModelId, part: &Ordering) -> FieldPath {
    if part.path.is_empty() {
        return own(serializer, &api.models[id], part.field);
    }
    let (mut model, mut wire) = (id, String::new());
    for step in &part.path {
        let from = &api.models[model];
        wire.push_str(match *step {
            Step::ForeignKey(field) => &from.fields[field].wire,
            Step::Back(relation) => &from.relations[relation].wire,
        });
        wire.push_str("__");
        model = from.target(*step).unwrap_or(model);
    }
    wire.push_str(&api.models[model].fields[part.field].wire);
    FieldPath { wire, path: part.path.clone(), field: part.field }
}

/// Returns the order of the rows: the consumer's own `ordering`, unless a client may set another one, and the key.
fn fields(consumer: &Consumer, ordering: &[FieldPath], key_wire: &str) -> String {
    let signed = consumer.ordering.iter().zip(ordering).map(|(part, FieldPath { wire, .. })| {
        if part.descending { format!("-{wire}") } else { wire.clone() }
    });
    let mut fields: Vec<String> = signed.collect();
    if !consumer.order_by.is_empty() {
        let own = texts(fields.iter().map(String::as_str));
        return format!("[...(of.order_by?.length ? of.order_by : {own}), {}]", text(key_wire));
    }
    if !ordering.iter().any(|reach| reach.wire == key_wire) {
        fields.push(key_wire.to_owned());
    }
    texts(fields.iter().map(String::as_str))
}

/// Returns one line, or a line for each entry if that is too long.
fn lines(fields: &str, entries: &[String]) -> Vec<String> {
    let one = format!("compare: orderOf({fields}, {{ {} }}),", entries.join(", "));
    if one.len() <= WIDTH {
        return vec![one];
    }
    let mut lines = vec![format!("compare: orderOf({fields}, {{")];
    lines.extend(entries.iter().map(|entry| format!("  {entry},")));
    lines.push("}),".to_owned());
    lines
}

/// Returns the column of a name: a column of the model, or of a row that its foreign keys lead to.
fn term(
    api: &Api,
    serializer: &Serializer,
    model: ModelId,
    reach: &FieldPath,
    by: Comparator,
) -> Option<Term> {
    let mut end = model;
    for step in &reach.path {
        end = api.models[end].target(*step)?;
    }
    let place = place(api, serializer, model, &reach.path, reach.field);
    let field = &api.models[end].fields[reach.field];
    // What is shown in another form has another order.
    let comparator = match &place {
        Some(place) if field.file.is_none() && !is_formatted(api, serializer, place) => by(api, field),
        _ => "byDatabase",
    };
    Some(Term { wire: reach.wire.clone(), comparator, place })
}

/// Tells whether the field at a place shows its values in a form of its own.
fn is_formatted(api: &Api, serializer: &Serializer, place: &[String]) -> bool {
    let Some((name, inside)) = place.split_first() else { return false };
    let Some(field) = serializer.fields.iter().find(|field| field.wire == *name) else { return false };
    match &field.source {
        FieldSource::Nested(nested) => is_formatted(api, &api.serializers[nested.serializer], inside),
        _ => field.format.is_shown(),
    }
}

/// Returns the path by which a row shows a column, along foreign keys and one-to-one relations.
fn place(
    api: &Api,
    serializer: &Serializer,
    model: ModelId,
    path: &[Step],
    column: usize,
) -> Option<Vec<String>> {
    let Some((step, rest)) = path.split_first() else {
        if let Some(field) = shown(serializer, column) {
            return Some(vec![field.clone()]);
        }
        // A foreign key is the key of the row that it refers to.
        let foreign_key = api.models[model].fields[column].foreign_key.as_ref();
        let along = foreign_key.and_then(|to| {
            place(api, serializer, model, &[Step::ForeignKey(column)], api.models[to.model].key)
        });
        return along.or_else(|| {
            nested(api, serializer, NestedOf::Row, |inner| place(api, inner, model, &[], column))
        });
    };
    let next = api.models[model].target(*step)?;
    if rest.is_empty()
        && api.models[next].key == column
        && let Some(field) = shown_key(serializer, *step)
    {
        return Some(vec![field.clone()]);
    }
    let along = serializer.fields.iter().find(|field| {
        field.access != Access::WriteOnly
            && field.link.is_none()
            && matches!(&field.source, FieldSource::Along { path: to, column: at, .. } if to == path && *at == column)
    });
    let of = match *step {
        Step::ForeignKey(column) => NestedOf::ForeignKey(column),
        Step::Back(relation) => NestedOf::Back(relation),
    };
    match along {
        Some(field) => Some(vec![field.wire.clone()]),
        None => nested(api, serializer, of, |inner| place(api, inner, next, rest, column)),
    }
}

/// Returns the field that shows the key of the row to which a step leads.
fn shown_key(serializer: &Serializer, step: Step) -> Option<&String> {
    let relation = match step {
        Step::ForeignKey(column) => return shown(serializer, column),
        Step::Back(relation) => relation,
    };
    let field = serializer.fields.iter().find(|field| {
        field.source == FieldSource::Keys(relation)
            && field.access != Access::WriteOnly
            && field.link.is_none()
    });
    field.map(|field| &field.wire)
}

/// Looks into the nested serializers that show the same row.
fn nested(
    api: &Api,
    serializer: &Serializer,
    of: NestedOf,
    look: impl Fn(&Serializer) -> Option<Vec<String>>,
) -> Option<Vec<String>> {
    serializer.fields.iter().filter(|field| field.access != Access::WriteOnly).find_map(|field| {
        let FieldSource::Nested(inner) = field.source else { return None };
        let inner = (inner.of == of).then(|| &api.serializers[inner.serializer])?;
        if !matches!(inner.of, SerializerOf::Model(_)) {
            return None;
        }
        let mut place = vec![field.wire.clone()];
        place.extend(look(inner)?);
        Some(place)
    })
}

/// Returns `name: byText`, or `room: [byText, 'room', 'name']` if the value is at another path.
fn entry(term: &Term) -> String {
    let name = key(&term.wire);
    let comparator = term.comparator;
    match &term.place {
        Some(place) if *place != [term.wire.as_str()] => {
            let place: Vec<String> = place.iter().map(|name| text(name)).collect();
            format!("{name}: [{comparator}, {}]", place.join(", "))
        }
        Some(_) | None => format!("{name}: {comparator}"),
    }
}
