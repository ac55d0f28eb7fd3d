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
                Some(target) => link::of(types, target),
                None => types.ruled(&column.ty, &column.rules, false),
            };
            or_null(ty, column.nullable)
        }
        FieldSource::Keys(relation) => match &field.link {
            Some(target) => list(&link::of(types, target)),
            None => list(&key_type(types, model.relations[*relation].target)),
        },
        FieldSource::Nested(nested) => {
            let row = types.row(nested.serializer);
            nested_type(row, model, nested)
        }
        FieldSource::Along { path, model: target, column } => {
            // If a reference on the path is null, the value behind it is null, too.
            let mut nullable = false;
            let mut at = model;
            for step in path {
                let field = &at.fields[*step];
                nullable |= field.nullable;
                let Some(reference) = &field.foreign_key else { break };
                at = &types.api.models[reference.model];
            }
            let column = &types.api.models[*target].fields[*column];
            types.ruled(&column.ty, &column.rules, nullable || column.nullable)
        }
        FieldSource::Method(output) => types.output(Some(output)),
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
        FieldSource::Column(column) => types.ruled(&model.fields[*column].ty, &field.rules, false),
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
    }
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
    });
    field.map(|field| &field.wire)
}
