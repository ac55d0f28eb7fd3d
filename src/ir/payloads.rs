//! Which payloads a serializer takes.

use super::api::Api;
use super::built_in::BuiltIn;
use super::ids::SerializerId;
use super::input::Input;
use super::serializer::Nested;

/// The payloads that some consumer takes by this serializer, or by one that nests it.
pub fn inputs(api: &Api, id: SerializerId) -> Vec<Input> {
    let mut used = Vec::new();
    for consumer in api.takers.consumers(id) {
        used.extend(api.consumers[*consumer].built_in().filter_map(BuiltIn::input));
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
