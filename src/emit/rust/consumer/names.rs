//! The names of the items of a consumer.

use proc_macro2::Ident;

use crate::emit::rust::uses::Uses;
use crate::emit::rust::{names, serializer};
use crate::ir::{Api, Consumer, Observer, SerializerId, Signal};

/// Returns the name of the handler: `UserHandler`.
pub fn handler_ident(consumer: &Consumer) -> Ident {
    names::pascal(&consumer.rust.join("handler"))
}

/// Returns the name of the consumer: `UserConsumer`.
pub fn consumer_ident(consumer: &Consumer) -> Ident {
    names::pascal(&consumer.rust.join("consumer"))
}

/// Returns the name of the action enum: `UserAction`.
pub fn action_ident(consumer: &Consumer) -> Ident {
    names::pascal(&consumer.rust.join("action"))
}

/// Returns the name of the consumer's descriptor: `USER_CONSUMER`.
pub fn static_of(consumer: &Consumer) -> Ident {
    names::shouting(&consumer.rust.join("consumer"))
}

/// Returns the name of an observer's descriptor: `ROOM_MESSAGE_ACTIVITY_OBSERVER`.
pub fn observer_static(consumer: &Consumer, observer: &Observer) -> Ident {
    names::shouting(&consumer.rust.join(&observer.name.snake()).join("observer"))
}

/// Returns the name of a signal's descriptor: `STOVE_BELL_SIGNAL`.
pub fn signal_static(consumer: &Consumer, signal: &Signal) -> Ident {
    names::shouting(&consumer.rust.join(&signal.name.snake()).join("signal"))
}

/// Returns the name of the descriptor of a serializer of a model, and imports it.
pub fn shown_by(api: &Api, id: SerializerId, uses: &mut Uses) -> Ident {
    let shown = serializer::static_of(&api.serializers[id]);
    uses.add("crate::serializers", &shown.to_string());
    shown
}
