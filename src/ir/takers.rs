//! Who takes payloads by which serializer.

use super::arena::Arena;
use super::built_in::BuiltIn;
use super::consumer::Consumer;
use super::ids::{ConsumerId, SerializerId};
use super::serializer::{Access, FieldSource, Nested, NestedOf, Serializer};

/// Who takes payloads by each serializer, in definition order: looked for once, as everybody asks.
#[derive(Debug, Clone)]
pub struct Takers {
    consumers: Vec<Vec<ConsumerId>>,
    nested_in: Vec<Vec<(SerializerId, Nested)>>,
}

impl Takers {
    /// Looks for them.
    pub fn of(serializers: &Arena<Serializer>, consumers: &Arena<Consumer>) -> Self {
        let none = vec![Vec::new(); serializers.len()];
        let mut takers = Self { consumers: none, nested_in: vec![Vec::new(); serializers.len()] };
        for (id, consumer) in consumers.iter() {
            if let Some(serializer) = consumer.serializer {
                takers.consumers[serializer.index()].push(id);
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

    /// The consumers whose own serializer this is.
    pub(super) fn consumers(&self, id: SerializerId) -> &[ConsumerId] {
        &self.consumers[id.index()]
    }

    /// The serializers that take payloads by this one for a field of theirs.
    pub(super) fn nested_in(&self, id: SerializerId) -> &[(SerializerId, Nested)] {
        &self.nested_in[id.index()]
    }

    /// Whether a payload that is read by this serializer may change a row that is there, and not only make one.
    pub fn changes(&self, consumers: &Arena<Consumer>, id: SerializerId) -> bool {
        self.reached_by_changes(consumers, id, &mut Vec::new())
    }

    /// `seen`: serializers that nest each other in a circle are refused elsewhere.
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
            let consumer = &consumers[*consumer];
            consumer.has(BuiltIn::Update) || consumer.has(BuiltIn::Patch)
        };
        self.consumers[id.index()].iter().any(changes)
            || self.nested_in[id.index()].iter().any(|(outer, nested)| {
                !matches!(nested.of, NestedOf::Relation(_))
                    && self.reached_by_changes(consumers, *outer, seen)
            })
    }
}
