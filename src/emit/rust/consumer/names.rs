//! What the items of a consumer are called.

use proc_macro2::Ident;

use crate::emit::rust::uses::Uses;
use crate::emit::rust::{names, serializer};
use crate::ir::{Api, Consumer, Observer, SerializerId, Signal};

/// The handler's name: `UserHandler`.
pub fn handler_ident(consumer: &Consumer) -> Ident {
    names::pascal(&consumer.rust.join("handler"))
}

/// `UserConsumer`
pub fn consumer_ident(consumer: &Consumer) -> Ident {
    names::pascal(&consumer.rust.join("consumer"))
}

/// `UserAction`
pub fn action_ident(consumer: &Consumer) -> Ident {
    names::pascal(&consumer.rust.join("action"))
}

/// `USER_CONSUMER`
pub fn static_of(consumer: &Consumer) -> Ident {
    names::shouting(&consumer.rust.join("consumer"))
}

/// `ROOM_MESSAGE_ACTIVITY_OBSERVER`
pub fn observer_static(consumer: &Consumer, observer: &Observer) -> Ident {
    names::shouting(&consumer.rust.join(&observer.name.snake()).join("observer"))
}

/// `STOVE_BELL_SIGNAL`
pub fn signal_static(consumer: &Consumer, signal: &Signal) -> Ident {
    names::shouting(&consumer.rust.join(&signal.name.snake()).join("signal"))
}

/// The static of a serializer of a model.
pub fn shown_by(api: &Api, id: SerializerId, uses: &mut Uses) -> Ident {
    let shown = serializer::static_of(&api.serializers[id]);
    uses.add("crate::serializers", &shown.to_string());
    shown
}
