//! The payloads that a serializer takes.

use super::api::Api;
use super::consumer::ReadPayload;
use super::ids::SerializerId;
use super::input::Input;
use super::serializer::Nested;

/// Returns the inputs whose payloads a consumer takes by this serializer, or by one that nests it.
pub fn inputs(api: &Api, id: SerializerId) -> Vec<Input> {
    let mut used = Vec::new();
    used.extend(read(api, id).map(|payload| payload.input));
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

/// Returns the inputs of a serializer that the application gets: for actions that it overrides, and for its own.
pub fn given_inputs(api: &Api, id: SerializerId) -> Vec<Input> {
    let used: Vec<Input> =
        read(api, id).filter(|payload| payload.given).map(|payload| payload.input).collect();
    [Input::Create, Input::Update, Input::Patch].into_iter().filter(|input| used.contains(input)).collect()
}

/// Returns the payloads that consumers read by this serializer.
fn read(api: &Api, id: SerializerId) -> impl Iterator<Item = ReadPayload> + '_ {
    let consumers = api.takers.consumers(id).iter();
    let payloads = consumers.flat_map(|consumer| api.consumers[*consumer].payloads());
    payloads.filter(move |payload| payload.serializer == id)
}
