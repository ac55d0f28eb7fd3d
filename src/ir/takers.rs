//! The consumers and serializers that take payloads by each serializer.

use super::arena::Arena;
use super::consumer::Consumer;
use super::ids::{ConsumerId, SerializerId};
use super::input::Input;
use super::serializer::{Access, FieldSource, Nested, NestedOf, Serializer};

/// The consumers and serializers that take payloads by each serializer, in definition order. They are collected once,
/// because many functions need them.
#[derive(Debug, Clone)]
pub struct Takers {
    consumers: Vec<Vec<ConsumerId>>,
    nested_in: Vec<Vec<(SerializerId, Nested)>>,
}

impl Takers {
    /// Collects them.
    pub fn of(serializers: &Arena<Serializer>, consumers: &Arena<Consumer>) -> Self {
        let none = vec![Vec::new(); serializers.len()];
        let mut takers = Self { consumers: none, nested_in: vec![Vec::new(); serializers.len()] };
        for (id, consumer) in consumers.iter() {
            for payload in consumer.payloads() {
                let readers = &mut takers.consumers[payload.serializer.index()];
                if !readers.contains(&id) {
                    readers.push(id);
                }
            }
        }
        for (outer, serializer) in serializers.iter() {
            for field in serializer.fields.iter().filter(|field| field.access != Access::ReadOnly) {
                if let FieldSource::Nested(nested) = field.source {
                    takers.nested_in[nested.serializer.index()].push((outer, nested));
                }
            }
        }
        takers
    }

    /// Returns the consumers that read payloads by this serializer.
    pub(super) fn consumers(&self, id: SerializerId) -> &[ConsumerId] {
        &self.consumers[id.index()]
    }

    /// Returns the serializers that take payloads by this one for a field of theirs.
    pub(super) fn nested_in(&self, id: SerializerId) -> &[(SerializerId, Nested)] {
        &self.nested_in[id.index()]
    }

    /// Tells whether a payload that is read by this serializer may change an existing row, and not only create one.
    pub fn changes(&self, consumers: &Arena<Consumer>, id: SerializerId) -> bool {
        self.reached_by_changes(consumers, id, &mut Vec::new())
    }

    /// `seen` ends the recursion if serializers nest each other in a circle, which is reported elsewhere.
    fn reached_by_changes(
        &self,
        consumers: &Arena<Consumer>,
        id: SerializerId,
        seen: &mut Vec<SerializerId>,
    ) -> bool {
        if seen.contains(&id) {
            return false;
        }
        seen.push(id);
        let changes = |consumer: &ConsumerId| {
            let payloads = consumers[*consumer].payloads();
            payloads.iter().any(|payload| payload.serializer == id && payload.input != Input::Create)
        };
        self.consumers[id.index()].iter().any(changes)
            || self.nested_in[id.index()].iter().any(|(outer, nested)| {
                !matches!(nested.of, NestedOf::Relation(_))
                    && self.reached_by_changes(consumers, *outer, seen)
            })
    }
}
