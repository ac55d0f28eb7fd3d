//! Erased values: what travels between the wire, the typed structs and the database.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::absent::Absent;
use super::kind::{Kind, TypeMeta};
use crate::ground::error::{Error, Result};
use crate::ground::scalar::{Bytes, Date, DateTime, Decimal, Duration, Json, Time, Uuid};

/// A value of any [`Kind`](crate::meta::Kind).
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// A boolean.
    Boolean(bool),
    /// An integer, or the integer of a choice.
    Integer(i64),
    /// A number.
    Float(f64),
    /// A text, or that of a choice.
    Text(String),
    /// A decimal.
    Decimal(Decimal),
    /// A day.
    Date(Date),
    /// A moment.
    DateTime(DateTime),
    /// A time of day.
    Time(Time),
    /// A length of time.
    Duration(Duration),
    /// A UUID.
    Uuid(Uuid),
    /// Bytes.
    Bytes(Bytes),
    /// JSON as written; every JSON column is this when it comes from or goes to the database.
    Json(Json),
    /// The items of an array.
    List(Vec<Value>),
    /// The entries of an object with arbitrary keys.
    Map(Vec<(String, Value)>),
    /// An object with known properties.
    Object(Object),
    /// A value of one of a union's forms: which, by the order of its [`UnionMeta`](crate::meta::UnionMeta), and the
    /// value.
    Variant(usize, Box<Value>),
    /// A value that a row does not have: that of a write-only column in an event.
    Absent(Absent),
}

impl Value {
    /// Bytes that it takes, about.
    pub(crate) fn bytes(&self) -> usize {
        let beside = match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.as_slice().len(),
            Self::Json(json) => json.as_str().len(),
            Self::List(items) => items.iter().map(Self::bytes).sum(),
            Self::Map(entries) => entries.iter().map(|(key, value)| key.len() + value.bytes()).sum(),
            Self::Object(object) => {
                let slots = object.slots.iter().flatten().map(Self::bytes);
                slots.chain(object.additional.iter().map(|(key, value)| key.len() + value.bytes())).sum()
            }
            Self::Variant(_, value) => value.bytes(),
            _ => 0,
        };
        size_of::<Self>() + beside
    }
}

/// Values by position: the slots of an [`ObjectMeta`](crate::meta::ObjectMeta)'s properties or a serializer's fields.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Object {
    slots: Vec<Option<Value>>,
    additional: Vec<(String, Value)>,
}

impl Object {
    /// An object of `len` slots, all absent.
    pub fn empty(len: usize) -> Self {
        Self { slots: vec![None; len], additional: Vec::new() }
    }

    /// Puts a value into a slot; `index` must be below the length given to [`empty`](Self::empty).
    pub fn set(&mut self, index: usize, value: impl Into<Value>) {
        self.slots[index] = Some(value.into());
    }

    /// Puts a value into a slot if there is one.
    pub fn set_some<T: Into<Value>>(&mut self, index: usize, value: Option<T>) {
        if let Some(value) = value {
            self.set(index, value);
        }
    }

    /// The value in a slot, if it is not absent.
    pub fn get(&self, index: usize) -> Option<&Value> {
        self.slots.get(index).and_then(Option::as_ref)
    }

    /// Takes the value out of a slot.
    pub fn take_value(&mut self, index: usize) -> Option<Value> {
        self.slots.get_mut(index).and_then(Option::take)
    }

    /// Takes a value that must be there.
    ///
    /// # Errors
    /// [`Error::Internal`] if it is absent or of another type: validation runs before, so that is a bug.
    pub fn take<T: FromValue>(&mut self, index: usize) -> Result<T> {
        match self.take_value(index) {
            Some(value) => T::from_value(value),
            None => Err(Error::internal("a required value is absent after validation")),
        }
    }

    /// Takes a value that may be absent.
    ///
    /// # Errors
    /// [`Error::Internal`] if it is of another type.
    pub fn take_optional<T: FromValue>(&mut self, index: usize) -> Result<Option<T>> {
        self.take_value(index).map(T::from_value).transpose()
    }

    /// The slots.
    pub fn slots(&self) -> &[Option<Value>] {
        &self.slots
    }

    /// The entries beside the known properties, where the description keeps them.
    pub fn additional(&self) -> &[(String, Value)] {
        &self.additional
    }

    /// Puts an entry beside the known properties.
    pub(crate) fn add(&mut self, key: String, value: Value) {
        self.additional.push((key, value));
    }

    /// Puts entries beside the known properties; their keys must be no known properties.
    pub fn set_additional<T: Into<Value>>(&mut self, entries: BTreeMap<String, T>) {
        self.additional = entries.into_iter().map(|(key, value)| (key, value.into())).collect();
    }

    /// Takes the entries beside the known properties.
    ///
    /// # Errors
    /// [`Error::Internal`] if one is of another type.
    pub fn take_additional<T: FromValue>(&mut self) -> Result<BTreeMap<String, T>> {
        let entries = std::mem::take(&mut self.additional);
        entries.into_iter().map(|(key, value)| Ok((key, T::from_value(value)?))).collect()
    }
}

/// A typed value out of an erased one.
pub trait FromValue: Sized {
    /// Converts.
    ///
    /// # Errors
    /// [`Error::Internal`] if the value is of another type.
    fn from_value(value: Value) -> Result<Self>;
}

/// A typed struct out of the slots of its [`ObjectMeta`](crate::meta::ObjectMeta) or serializer.
pub trait FromObject: Sized {
    /// Converts.
    ///
    /// # Errors
    /// [`Error::Internal`] if a slot does not hold what the struct needs.
    fn from_object(object: Object) -> Result<Self>;
}

/// A typed struct into the slots of its serializer or model.
pub trait IntoObject {
    /// Converts; what is `None` stays absent.
    fn into_object(self) -> Object;
}

impl Value {
    /// A value of one of a union's forms.
    pub fn variant(index: usize, value: impl Into<Self>) -> Self {
        Self::Variant(index, Box::new(value.into()))
    }

    /// The slots of a nested payload, by the fields of its serializer.
    ///
    /// # Errors
    /// [`Error::Internal`] if it is none.
    pub fn into_payload(self) -> Result<Object> {
        match self {
            Self::Object(object) => Ok(object),
            other => Err(mismatch("a payload", &other)),
        }
    }
}

impl Value {
    /// The moment as a column of a kind holds it: the whole, its day or its time.
    pub(crate) fn of_moment(now: DateTime, kind: &Kind) -> Self {
        match kind {
            Kind::Date => Self::Date(now.into_inner().date().into()),
            Kind::Time => Self::Time(now.into_inner().time().into()),
            _ => Self::DateTime(now),
        }
    }

    /// What it is, for messages: they go to the log, where no values belong.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "a boolean",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Object(_) => "an object",
            Self::Variant(..) => "one of several forms",
            Self::Absent(_) => "a write-only value that an event does not carry",
            _ => "another scalar",
        }
    }
}

impl TypeMeta {
    /// Whether a value is a text that PostgreSQL does not take for an address, where it wants one.
    pub(crate) fn is_no_address(&self, value: &Value) -> bool {
        self.is_inet() && matches!(value, Value::Text(text) if text.parse::<IpAddr>().is_err())
    }
}

pub(crate) fn mismatch(expected: &str, found: &Value) -> Error {
    if let Value::Absent(absent) = found {
        return (*absent).into();
    }
    Error::internal(format!("expected {expected}, found {}", found.kind()))
}

macro_rules! scalar {
    ($($variant:ident($ty:ty) = $name:literal, $($stored:pat => $own:expr),*;)*) => {$(
        impl From<$ty> for Value {
            fn from(value: $ty) -> Self {
                Self::$variant(value)
            }
        }
        impl FromValue for $ty {
            fn from_value(value: Value) -> Result<Self> {
                let own: Option<Self> = match &value {
                    Value::$variant(_) | Value::Json(_) => None,
                    $($stored => $own,)*
                    _ => None,
                };
                match (value, own) {
                    (Value::$variant(value), _) | (_, Some(value)) => Ok(value),
                    (Value::Json(json), _) => json.parse(),
                    (other, None) => Err(mismatch($name, &other)),
                }
            }
        }
    )*};
}

// After the names: the forms that SQLite stores, as queries of the application's own get them.
scalar! {
    Boolean(bool) = "a boolean", Value::Integer(number) => Some(*number != 0);
    Integer(i64) = "an integer",;
    Float(f64) = "a number", Value::Integer(number) => number.to_string().parse().ok();
    Text(String) = "a text",;
    Decimal(Decimal) = "a decimal", Value::Text(text) => text.parse().ok(), Value::Integer(number) => Some((*number).into());
    Date(Date) = "a date", Value::Text(text) => text.parse().ok();
    DateTime(DateTime) = "a moment", Value::Integer(micros) => DateTime::from_micros(*micros);
    Time(Time) = "a time", Value::Text(text) => text.parse().ok();
    Duration(Duration) = "a duration", Value::Integer(micros) => Some(Duration::from_micros(*micros));
    Uuid(Uuid) = "a uuid", Value::Text(text) => text.parse().ok();
    Bytes(Bytes) = "bytes",;
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<Json> for Value {
    fn from(value: Json) -> Self {
        Self::Json(value)
    }
}

impl FromValue for Json {
    fn from_value(value: Value) -> Result<Self> {
        match value {
            Value::Json(value) => Ok(value),
            other => Err(mismatch("JSON", &other)),
        }
    }
}

impl FromValue for Value {
    fn from_value(value: Value) -> Result<Self> {
        Ok(value)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Result<Self> {
        match value {
            Value::Null => Ok(None),
            Value::Json(json) if json.is_null() => Ok(None),
            other => T::from_value(other).map(Some),
        }
    }
}

impl<T: FromValue> FromValue for Box<T> {
    fn from_value(value: Value) -> Result<Self> {
        T::from_value(value).map(Box::new)
    }
}

impl<T: Into<Value>> From<Box<T>> for Value {
    fn from(value: Box<T>) -> Self {
        (*value).into()
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(value: Vec<T>) -> Self {
        Self::List(value.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Value>> From<BTreeMap<String, T>> for Value {
    fn from(value: BTreeMap<String, T>) -> Self {
        Self::Map(value.into_iter().map(|(key, value)| (key, value.into())).collect())
    }
}

impl<T: FromValue> FromValue for Vec<T> {
    fn from_value(value: Value) -> Result<Self> {
        match value {
            Value::List(items) => items.into_iter().map(T::from_value).collect(),
            Value::Json(json) => {
                json.items()?.into_iter().map(|item| T::from_value(Value::Json(item))).collect()
            }
            other => Err(mismatch("a list", &other)),
        }
    }
}

impl<T: FromValue> FromValue for BTreeMap<String, T> {
    fn from_value(value: Value) -> Result<Self> {
        let entries = match value {
            Value::Map(entries) => entries,
            Value::Json(json) => {
                json.entries()?.into_iter().map(|(key, item)| (key, Value::Json(item))).collect()
            }
            other => return Err(mismatch("a map", &other)),
        };
        entries.into_iter().map(|(key, value)| Ok((key, T::from_value(value)?))).collect()
    }
}
