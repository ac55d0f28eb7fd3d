//! The hooks of a handler: the validators and method fields of a consumer's serializers.
//!
//! Hooks of the consumer's own serializer have short names; those of other serializers begin with the name of the
//! serializer.

use super::arena::Arena;
use super::consumer::{ActionKind, Consumer};
use super::ids::SerializerId;
use super::output::Output;
use super::serializer::{Access, FieldSource, Serializer, SerializerOf};

/// A method of the application for a serializer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// What the method does.
    pub kind: HookKind,
    /// The serializer, which is always one of a model.
    pub serializer: SerializerId,
    /// The name of the handler's method, in snake_case.
    pub name: String,
}

/// What a [`Hook`] does. Positions refer to the serializer's fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookKind {
    /// Validates a field.
    ValidateField(usize),
    /// Validates the whole payload.
    Validate,
    /// Computes a field.
    Method(usize),
}

/// Returns every hook of a consumer: first the validators, then the method fields.
pub fn hooks(serializers: &Arena<Serializer>, consumer: &Consumer) -> Vec<Hook> {
    let mut hooks = Vec::new();
    let prefix = |id: SerializerId| {
        if consumer.serializer == Some(id) {
            String::new()
        } else {
            format!("{}_", serializers[id].base.snake())
        }
    };
    for id in checked(serializers, consumer) {
        let serializer = &serializers[id];
        for (index, field) in serializer.fields.iter().enumerate().filter(|(_, field)| field.validate) {
            let name = format!("validate_{}{}", prefix(id), field.name.snake());
            hooks.push(Hook { kind: HookKind::ValidateField(index), serializer: id, name });
        }
        if serializer.validate {
            let name = format!("validate_{}", prefix(id)).trim_end_matches('_').to_owned();
            hooks.push(Hook { kind: HookKind::Validate, serializer: id, name });
        }
    }
    for id in shown(serializers, consumer) {
        for (index, field) in serializers[id].fields.iter().enumerate() {
            if matches!(field.source, FieldSource::Method(_)) && field.access != Access::WriteOnly {
                let name = format!("{}{}", prefix(id), field.name.snake());
                hooks.push(Hook { kind: HookKind::Method(index), serializer: id, name });
            }
        }
    }
    hooks
}

/// Returns the serializers by which a consumer takes payloads: its own, those of its actions, and those that are nested in
/// them to be written.
fn checked(serializers: &Arena<Serializer>, consumer: &Consumer) -> Vec<SerializerId> {
    let mut found: Vec<SerializerId> = Vec::new();
    for payload in consumer.payloads() {
        if !found.contains(&payload.serializer) {
            found.push(payload.serializer);
        }
    }
    // Those of the consumer's own serializer come first.
    found.sort_by_key(|id| consumer.serializer != Some(*id));
    let mut next = 0;
    while let Some(id) = found.get(next).copied() {
        next += 1;
        for field in serializers[id].fields.iter().filter(|field| field.access != Access::ReadOnly) {
            if let FieldSource::Nested(nested) = field.source
                && !found.contains(&nested.serializer)
            {
                found.push(nested.serializer);
            }
        }
    }
    found.retain(|id| matches!(serializers[*id].of, SerializerOf::Model(_)));
    found
}

/// Returns the serializers by which a consumer shows rows: its own, those of its actions and observers, and those that
/// are nested in them.
pub fn shown(serializers: &Arena<Serializer>, consumer: &Consumer) -> Vec<SerializerId> {
    let mut found: Vec<SerializerId> = consumer.serializer.into_iter().collect();
    let add = |found: &mut Vec<SerializerId>, id: SerializerId| {
        if !found.contains(&id) {
            found.push(id);
        }
    };
    for (_, serializer) in &consumer.action_serializers {
        add(&mut found, *serializer);
    }
    for action in &consumer.actions {
        if let ActionKind::Custom(custom) = &action.kind
            && let Some(Output::Row { serializer, .. } | Output::Rows(serializer)) = &custom.output
        {
            add(&mut found, *serializer);
        }
    }
    for serializer in &consumer.rows {
        add(&mut found, *serializer);
    }
    for serializer in consumer.observers.iter().filter_map(|observer| observer.serializer) {
        add(&mut found, serializer);
    }
    let mut next = 0;
    while let Some(id) = found.get(next).copied() {
        next += 1;
        for field in &serializers[id].fields {
            match &field.source {
                FieldSource::Nested(nested) if field.access != Access::WriteOnly => {
                    add(&mut found, nested.serializer);
                }
                FieldSource::Method(Output::Row { serializer, .. } | Output::Rows(serializer)) => {
                    add(&mut found, *serializer);
                }
                _ => {}
            }
        }
    }
    found.retain(|id| matches!(serializers[*id].of, SerializerOf::Model(_)));
    found
}
