//! Rows as a serializer shows them, typed by it.

use std::fmt;
use std::marker::PhantomData;

use serde::{Serialize, Serializer};

use super::meta::SerializerMeta;
use super::row::Model;
use super::value::{FromValue, Value};
use crate::ground::error::Result;
use crate::ground::scalar::Json;

/// A serializer of a model, as a type: generated, where an event, a signal or the output of an action holds its rows.
pub trait RowSerializer: 'static {
    /// The model whose rows it shows.
    type Model: Model;
    /// Its description.
    const META: &'static SerializerMeta;
}

/// A row as the serializer `S` shows it: JSON that was made by it.
///
/// [`Context::show_rows`](crate::Context::show_rows) and [`show_row`](crate::Context::show_row) make it.
///
/// ```
/// # use dcrf_runtime::{Context, Result, RowSerializer, ShownRow};
/// /// An event that is generated: its users can be shown by `S` alone.
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
    /// What `S` has made of a row.
    pub(crate) fn of(json: Json) -> Self {
        Self { json, by: PhantomData }
    }

    /// Its JSON.
    pub fn json(&self) -> &Json {
        &self.json
    }

    /// Its JSON.
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
