//! What the methods of a consumer are made with.

use super::method::{Methods, argument};
use super::ty::Types;
use crate::ir::{Consumer, ConsumerId, Model, ModelId, SerializerOf, Takes};

/// What methods are made with.
pub(super) struct Maker<'a, 't> {
    pub(super) types: &'t mut Types<'a>,
    pub(super) id: ConsumerId,
    pub(super) consumer: &'a Consumer,
    pub(super) methods: Methods,
}

impl<'a> Maker<'a, '_> {
    /// The model whose rows it shows.
    pub(super) fn model(&self) -> Option<&'a Model> {
        self.model_id().map(|model| &self.types.api.models[model])
    }

    pub(super) fn model_id(&self) -> Option<ModelId> {
        match self.types.api.serializers[self.consumer.serializer?].of {
            SerializerOf::Model(model) => Some(model),
            SerializerOf::Object(_) => None,
        }
    }

    pub(super) fn row(&mut self) -> String {
        match self.consumer.serializer {
            Some(id) => self.types.row(id),
            None => self.types.core("Json"),
        }
    }

    /// The name and type of what finds a row, and the argument that carries it.
    pub(super) fn lookup(&mut self) -> Option<(String, String)> {
        let lookup = self.consumer.lookup.as_ref()?;
        let ty = self.types.of(&self.model()?.fields[lookup.field].ty);
        Some((format!("pk: {ty}"), argument(&lookup.argument, "pk")))
    }

    /// A type of the consumer's own: `RoomFilter`.
    pub(super) fn own(&self, word: &str) -> String {
        self.types.names.of_consumer(self.types.api, self.id, word)
    }

    /// Whether rows may be filtered: in lists, or by subscriptions.
    pub(super) fn filters(&self) -> bool {
        !self.consumer.filter.is_empty()
    }

    /// Whether `list` takes anything.
    pub(super) fn queries(&self) -> bool {
        let consumer = self.consumer;
        consumer.built_in().any(|built_in| built_in.takes() == Takes::Query)
            && (self.filters()
                || !consumer.search.is_empty()
                || !consumer.order_by.is_empty()
                || consumer.pagination.is_some())
    }
}
