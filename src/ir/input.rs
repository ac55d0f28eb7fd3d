//! Which payloads a serializer takes.

use super::{
    Access, ActionKind, Api, Arena, Consumer, ConsumerId, FieldSource, Nested, NestedOf, Serializer,
    SerializerId,
};

/// What a payload is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// A new row.
    Create,
    /// All of a row.
    Update,
    /// Parts of a row.
    Patch,
}

impl Input {
    /// What a nested serializer takes: the rows of a list are made anew, whatever happens to the one they belong to.
    pub fn nested(self, of: NestedOf) -> Self {
        match of {
            NestedOf::Relation(_) => Self::Create,
            NestedOf::Row | NestedOf::ForeignKey(_) => self,
        }
    }

    /// The name of the action.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
        }
    }
}

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
            let mut actions = consumers[*consumer].actions.iter();
            actions.any(|action| matches!(action.kind, ActionKind::Update | ActionKind::Patch))
        };
        self.consumers[id.index()].iter().any(changes)
            || self.nested_in[id.index()].iter().any(|(outer, nested)| {
                !matches!(nested.of, NestedOf::Relation(_))
                    && self.reached_by_changes(consumers, *outer, seen)
            })
    }
}

/// The payloads that some consumer takes by this serializer, or by one that nests it.
pub fn inputs(api: &Api, id: SerializerId) -> Vec<Input> {
    let mut used = Vec::new();
    for consumer in &api.takers.consumers[id.index()] {
        used.extend(api.consumers[*consumer].actions.iter().filter_map(|action| match action.kind {
            ActionKind::Create => Some(Input::Create),
            ActionKind::Update => Some(Input::Update),
            ActionKind::Patch => Some(Input::Patch),
            _ => None,
        }));
    }
    for &(outer, nested) in nested_in(api, id) {
        // One that is checked as a whole is given as a patch, and what is nested in it, too.
        let checked = api.serializers[outer].validate;
        let outer = inputs(api, outer);
        let whole = (checked && !outer.is_empty()).then_some(Input::Patch);
        used.extend(outer.into_iter().chain(whole).map(|input| input.nested(nested.of)));
    }
    [Input::Create, Input::Update, Input::Patch].into_iter().filter(|input| used.contains(input)).collect()
}

/// The serializers that take payloads by this one for a field of theirs.
pub fn nested_in(api: &Api, id: SerializerId) -> &[(SerializerId, Nested)] {
    &api.takers.nested_in[id.index()]
}
