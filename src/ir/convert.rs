//! Finds the structured values that are read and written: the inputs of actions, messages, columns and payloads, and
//! the values in them.

use std::collections::HashSet;

use super::api::Api;
use super::consumer::ActionKind;
use super::conversions::{Conversions, Use};
use super::ids::{ObjectId, SerializerId, UnionId};
use super::input::Input;
use super::payloads::{inputs, nested_in};
use super::serializer::{FieldSource, SerializerOf};
use super::ty::Type;

/// Returns all conversions of an API.
pub fn conversions(api: &Api) -> Conversions {
    let mut found = Conversions {
        objects: vec![Use::default(); api.objects.len()],
        unions: vec![Use::default(); api.unions.len()],
        payloads: HashSet::new(),
    };
    for field in api.models.values().flat_map(|model| &model.fields) {
        found.ty(api, &field.ty, Use::BOTH);
    }
    for consumer in api.consumers.values() {
        if let Some(parameters) = consumer.path_parameters {
            found.object(api, parameters, Use::READ);
        }
        for action in &consumer.actions {
            let input = match &action.kind {
                ActionKind::Custom(custom) => custom.input,
                ActionKind::Subscribe { input, .. } | ActionKind::Unsubscribe { input, .. } => *input,
                ActionKind::BuiltIn(_) | ActionKind::View(_) => None,
            };
            if let Some(input) = input {
                found.object(api, input, Use::READ);
            }
        }
        // The application gets these payloads, and gives them back.
        for payload in consumer.payloads().into_iter().filter(|payload| payload.given) {
            found.payload(api, payload.serializer, payload.input);
        }
        for signal in &consumer.signals {
            // The members of a group are read, too.
            let by = if signal.presence { Use::BOTH } else { Use::WRITTEN };
            found.object(api, signal.payload, by);
        }
        for event in &consumer.events {
            found.object(api, event.payload, Use::WRITTEN);
        }
    }
    for (id, serializer) in api.serializers.iter() {
        // The application reads and writes these objects by itself.
        if let SerializerOf::Object(object) = serializer.of {
            found.object(api, object, Use::BOTH);
        }
        if serializer.validate && !inputs(api, id).is_empty() {
            found.payload(api, id, Input::Patch);
        }
        for field in serializer.fields.iter().filter(|field| field.validate) {
            if let FieldSource::Nested(nested) = field.source {
                found.payload(api, nested.serializer, Input::Create.nested(nested.of));
            }
        }
    }
    found
}

impl Conversions {
    fn ty(&mut self, api: &Api, ty: &Type, by: Use) {
        match ty {
            Type::Object(id) => self.object(api, *id, by),
            Type::Union(id) => self.union(api, *id, by),
            Type::List(element) | Type::Map(element) => self.ty(api, &element.ty, by),
            Type::Tuple(elements) => elements.iter().for_each(|element| self.ty(api, &element.ty, by)),
            Type::Scalar(_) | Type::Enum(_) | Type::Row(_) | Type::Json => {}
        }
    }

    fn object(&mut self, api: &Api, id: ObjectId, by: Use) {
        if self.objects[id.index()].covers(by) {
            return;
        }
        self.objects[id.index()].add(by);
        let object = &api.objects[id];
        for property in &object.properties {
            self.ty(api, &property.ty, by);
        }
        if let Some(additional) = &object.additional {
            self.ty(api, &additional.element.ty, by);
        }
    }

    fn union(&mut self, api: &Api, id: UnionId, by: Use) {
        if self.unions[id.index()].covers(by) {
            return;
        }
        self.unions[id.index()].add(by);
        for form in &api.unions[id].forms {
            self.ty(api, &form.ty, by);
        }
    }

    /// Adds a payload and those that are nested in it.
    fn payload(&mut self, api: &Api, id: SerializerId, input: Input) {
        if !self.payloads.insert((id, input as u8)) {
            return;
        }
        for (inner, _) in api.serializers.iter() {
            for &(outer, nested) in nested_in(api, inner) {
                if outer == id {
                    self.payload(api, inner, input.nested(nested.of));
                }
            }
        }
    }
}
