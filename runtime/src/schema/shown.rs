//! Rows as a serializer shows them, typed by this serializer.

use std::fmt;
use std::marker::PhantomData;

use serde::{Serialize, Serializer};

use super::meta::SerializerMeta;
use super::row::Model;
use super::value::{FromValue, Value};
use crate::ground::error::Result;
use crate::ground::scalar::Json;

/// A serializer of a model, as a type. It is generated for serializers whose rows are in an event, a signal or the
/// output of an action.
pub trait RowSerializer: 'static {
    /// The model whose rows it serializes.
    type Model: Model;
    /// The description of the serializer.
    const META: &'static SerializerMeta;
}

/// A row as the serializer `S` shows it: JSON that only this serializer has made.
///
/// [`Context::show_rows`](crate::Context::show_rows) and [`show_row`](crate::Context::show_row) create it.
///
/// ```
/// # use dcrf_runtime::{Context, Result, RowSerializer, ShownRow};
/// /// A generated event: only the serializer `S` can show its players.
/// struct PlayersEvent<S: RowSerializer> {
///     players: Vec<ShownRow<S>>,
/// }
///
/// async fn players<S: RowSerializer>(ctx: &Context, players: Vec<S::Model>) -> Result<PlayersEvent<S>> {
///     Ok(PlayersEvent { players: ctx.show_rows(players).await? })
/// }
/// ```
pub struct ShownRow<S> {
    json: Json,
    by: PhantomData<fn() -> S>,
}

impl<S> ShownRow<S> {
    /// Creates it from the JSON that `S` has made of a row.
    pub(crate) fn of(json: Json) -> Self {
        Self { json, by: PhantomData }
    }

    /// Returns the JSON.
    pub fn json(&self) -> &Json {
        &self.json
    }

    /// Returns the JSON as an owned value.
    pub fn into_json(self) -> Json {
        self.json
    }
}

impl<S> Clone for ShownRow<S> {
    fn clone(&self) -> Self {
        Self::of(self.json.clone())
    }
}

impl<S> PartialEq for ShownRow<S> {
    fn eq(&self, other: &Self) -> bool {
        self.json == other.json
    }
}

impl<S> fmt::Debug for ShownRow<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ShownRow").field(&self.json).finish()
    }
}

impl<S> Serialize for ShownRow<S> {
    fn serialize<T: Serializer>(&self, serializer: T) -> std::result::Result<T::Ok, T::Error> {
        self.json.serialize(serializer)
    }
}

impl<S> FromValue for ShownRow<S> {
    fn from_value(value: Value) -> Result<Self> {
        Json::from_value(value).map(Self::of)
    }
}

impl<S> From<ShownRow<S>> for Value {
    fn from(shown: ShownRow<S>) -> Self {
        shown.json.into()
    }
}
