//! Which payloads a serializer takes.

use super::api::Api;
use super::consumer::ActionKind;
use super::ids::SerializerId;
use super::serializer::{Nested, NestedOf};

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

/// The payloads that some consumer takes by this serializer, or by one that nests it.
pub fn inputs(api: &Api, id: SerializerId) -> Vec<Input> {
    let mut used = Vec::new();
    for consumer in api.takers.consumers(id) {
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
    api.takers.nested_in(id)
}
