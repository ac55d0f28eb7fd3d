//! The types of a serializer: what it shows and what it accepts are different types.

use super::compound::{list, or_null};
use super::interface::{Interface, Member};
use super::names::key;
use super::ty::Types;
use super::{docs, file, link};
use crate::ir::{
    Access, FieldSource, Home, Input, Model, ModelId, Nested, NestedOf, Serializer, SerializerField,
    SerializerId, SerializerOf, inputs,
};

/// Returns the interfaces of a serializer of a model. One without a model is an object like any other.
pub(super) fn items(types: &mut Types<'_>, id: SerializerId) -> Vec<String> {
    let SerializerOf::Model(model) = types.api.serializers[id].of else { return Vec::new() };
    let mut items = vec![row(types, id, model)];
    for input in inputs(types.api, id) {
        items.push(payload(types, id, model, input));
    }
    items
}

fn row(types: &mut Types<'_>, id: SerializerId, model: ModelId) -> String {
    let serializer = &types.api.serializers[id];
    let shown = serializer.fields.iter().filter(|field| field.access != Access::WriteOnly);
    let members = shown.map(|field| Member {
        docs: docs::comment(&field.docs, "", 2),
        name: key(&field.wire),
        optional: false,
        ty: shown_type(types, field, model),
    });
    let members = members.collect();
    let text = format!("A row as `{}` shows it.", serializer.name.pascal());
    let docs = docs::comment(&serializer.docs, &text, 0);
    file::item(&Interface { docs, name: types.names.row(id).to_owned(), members })
}

fn shown_type(types: &mut Types<'_>, field: &SerializerField, model: ModelId) -> String {
    let model = &types.api.models[model];
    match &field.source {
        FieldSource::Column(column) => {
            let column = &model.fields[*column];
            let ty = match &field.link {
                _ if field.slug.is_some() => slug_type(types, field, model),
                Some(target) => link::of(types, target),
                None => types.formatted(&column.ty, &column.rules, false, &field.format),
            };
            or_null(ty, column.is_shown_as_null() || (column.file.is_some() && field.blank))
        }
        FieldSource::Keys(relation) if field.slug.is_some() => {
            let ty = slug_type(types, field, model);
            if model.relations[*relation].is_one() { or_null(ty, true) } else { list(&ty) }
        }
        FieldSource::Keys(relation) => {
            let relation = &model.relations[*relation];
            let key = match &field.link {
                Some(target) => link::of(types, target),
                None => key_type(types, relation.target),
            };
            if relation.is_one() { or_null(key, true) } else { list(&key) }
        }
        FieldSource::Nested(nested) => {
            let row = types.row(nested.serializer);
            nested_type(row, model, nested)
        }
        FieldSource::Along { path, model: target, column } => {
            // If a step leads to no row, the value behind it is null.
            let mut nullable = false;
            let mut at = model;
            for step in path {
                nullable |= at.may_end(*step);
                let Some(target) = at.target(*step) else { break };
                at = &types.api.models[target];
            }
            let column = &types.api.models[*target].fields[*column];
            types.formatted(&column.ty, &column.rules, nullable || column.is_shown_as_null(), &field.format)
        }
        FieldSource::Method(output) => types.output(Some(output)),
        FieldSource::Payload(_) => unreachable!("invariant: a value of the payload alone is never shown"),
    }
}

fn payload(types: &mut Types<'_>, id: SerializerId, model: ModelId, input: Input) -> String {
    let serializer = &types.api.serializers[id];
    let taken = serializer.fields.iter().filter(|field| field.access != Access::ReadOnly);
    let members = taken.map(|field| Member {
        docs: docs::comment(&field.docs, "", 2),
        name: key(&field.wire),
        optional: !field.required || input == Input::Patch,
        ty: or_null(taken_type(types, field, model, input), field.nullable),
    });
    let members = members.collect();
    let docs = docs::sentence(&format!("The input of `{}`.", input.word()), 0);
    file::item(&Interface { docs, name: types.names.input(id, input).to_owned(), members })
}

/// Returns the type of an input without `null`.
fn taken_type(types: &mut Types<'_>, field: &SerializerField, model: ModelId, input: Input) -> String {
    let model = &types.api.models[model];
    match &field.source {
        FieldSource::Column(_) if field.slug.is_some() => slug_type(types, field, model),
        FieldSource::Keys(_) if field.slug.is_some() => {
            format!("readonly {}", list(&slug_type(types, field, model)))
        }
        FieldSource::Column(column) => {
            types.formatted(&model.fields[*column].ty, &field.rules, false, &field.format)
        }
        FieldSource::Keys(relation) => {
            format!("readonly {}", list(&key_type(types, model.relations[*relation].target)))
        }
        FieldSource::Nested(nested) => {
            let name = types.names.input(nested.serializer, input.nested(nested.of)).to_owned();
            let name = types.generated(Home::Serializer(nested.serializer), &name);
            if matches!(nested.of, NestedOf::Relation(_)) {
                format!("readonly {}", list(&name))
            } else {
                name
            }
        }
        FieldSource::Payload(ty) => types.ruled(ty, &field.rules, false),
        FieldSource::Along { .. } | FieldSource::Method(_) => {
            unreachable!("invariant: what is computed is never written")
        }
    }
}

fn nested_type(row: String, model: &Model, nested: &Nested) -> String {
    match nested.of {
        NestedOf::Row => row,
        NestedOf::ForeignKey(column) => or_null(row, model.fields[column].nullable),
        NestedOf::Relation(_) => list(&row),
        NestedOf::Back(_) => or_null(row, true),
    }
}

/// Returns the type of the values by which a relation names its rows.
fn slug_type(types: &mut Types<'_>, field: &SerializerField, model: &Model) -> String {
    let target = match field.source {
        FieldSource::Column(column) => model.fields[column].foreign_key.as_ref().map(|foreign| foreign.model),
        FieldSource::Keys(relation) => Some(model.relations[relation].target),
        _ => None,
    };
    let column = target.zip(field.slug).map(|(target, slug)| &types.api.models[target].fields[slug]);
    column.map_or_else(|| "string".to_owned(), |column| types.of(&column.ty))
}

/// Returns the type of a model's key.
pub(super) fn key_type(types: &mut Types<'_>, model: ModelId) -> String {
    let model = &types.api.models[model];
    types.of(&model.fields[model.key].ty)
}

/// Returns the field that shows a column unchanged.
pub(super) fn shown(serializer: &Serializer, column: usize) -> Option<&String> {
    let field = serializer.fields.iter().find(|field| {
        field.source == FieldSource::Column(column)
            && field.access != Access::WriteOnly
            && field.link.is_none()
            && field.slug.is_none()
    });
    field.map(|field| &field.wire)
}
