//! The context in which the methods of a consumer are made.

use super::method::{Methods, argument};
use super::ty::Types;
use crate::ir::{BuiltIn, Consumer, ConsumerId, Model, ModelId, SerializerOf, Takes};

/// The context in which methods are made.
pub(super) struct Maker<'a, 't> {
    pub(super) types: &'t mut Types<'a>,
    pub(super) id: ConsumerId,
    pub(super) consumer: &'a Consumer,
    pub(super) methods: Methods,
}

impl<'a> Maker<'a, '_> {
    /// Returns the model of the consumer's rows.
    pub(super) fn model(&self) -> Option<&'a Model> {
        self.model_id().map(|model| &self.types.api.models[model])
    }

    pub(super) fn model_id(&self) -> Option<ModelId> {
        match self.types.api.serializers[self.consumer.serializer?].of {
            SerializerOf::Model(model) => Some(model),
            SerializerOf::Object(_) => None,
        }
    }

    /// Returns the type of the rows that an action shows.
    pub(super) fn row(&mut self, of: BuiltIn) -> String {
        match self.consumer.serializer_of(of) {
            Some(id) => self.types.row(id),
            None => self.types.core("Json"),
        }
    }

    /// Returns the parameter that identifies a row, and the argument that carries it.
    pub(super) fn lookup(&mut self) -> Option<(String, String)> {
        let lookup = self.consumer.lookup.as_ref()?;
        let ty = self.types.of(&self.model()?.fields[lookup.field].ty);
        Some((format!("pk: {ty}"), argument(&lookup.argument, "pk")))
    }

    /// Returns the name of a type of the consumer itself: `RoomFilter`.
    pub(super) fn own(&self, word: &str) -> String {
        self.types.names.of_consumer(self.types.api, self.id, word)
    }

    /// Tells whether rows can be filtered: in lists, or by subscriptions.
    pub(super) fn filters(&self) -> bool {
        !self.consumer.filter.is_empty()
    }

    /// Tells whether `list` has arguments.
    pub(super) fn queries(&self) -> bool {
        let consumer = self.consumer;
        consumer.built_in().any(|built_in| built_in.takes() == Takes::Query)
            && (self.filters()
                || !consumer.search.is_empty()
                || !consumer.order_by.is_empty()
                || consumer.pagination.is_some())
    }
}
