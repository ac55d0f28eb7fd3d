//! The payloads that a serializer takes.

use super::api::Api;
use super::built_in::BuiltIn;
use super::ids::SerializerId;
use super::input::Input;
use super::serializer::Nested;

/// Returns the inputs whose payloads a consumer takes by this serializer, or by one that nests it.
pub fn inputs(api: &Api, id: SerializerId) -> Vec<Input> {
    let mut used = Vec::new();
    for consumer in api.takers.consumers(id) {
        used.extend(api.consumers[*consumer].built_in().filter_map(BuiltIn::input));
    }
    for &(outer, nested) in nested_in(api, id) {
        // A serializer with a validator of the whole payload gives the application a patch, and nested payloads, too.
        let checked = api.serializers[outer].validate;
        let outer = inputs(api, outer);
        let whole = (checked && !outer.is_empty()).then_some(Input::Patch);
        used.extend(outer.into_iter().chain(whole).map(|input| input.nested(nested.of)));
    }
    [Input::Create, Input::Update, Input::Patch].into_iter().filter(|input| used.contains(input)).collect()
}

/// Returns the serializers that take payloads by this one for a field of theirs.
pub fn nested_in(api: &Api, id: SerializerId) -> &[(SerializerId, Nested)] {
    api.takers.nested_in(id)
}

/// Returns the inputs of a serializer that the application gets for actions which it overrides.
pub fn overridden_inputs(api: &Api, id: SerializerId) -> Vec<Input> {
    let own = api.takers.consumers(id).iter().flat_map(|consumer| &api.consumers[*consumer].overrides);
    let used: Vec<Input> = own.filter_map(|built_in| built_in.input()).collect();
    [Input::Create, Input::Update, Input::Patch].into_iter().filter(|input| used.contains(input)).collect()
}
