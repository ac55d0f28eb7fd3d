//! Untyped values, which are passed between the wire, the typed structs and the database.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::absent::Absent;
use super::kind::{Kind, TypeMeta};
use crate::ground::error::{Error, Result};
use crate::ground::scalar::{BigInteger, Bytes, Date, DateTime, Decimal, Duration, Json, Time, Uuid};

/// A value of any [`Kind`](crate::meta::Kind).
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// A boolean.
    Boolean(bool),
    /// An integer, also that of a choice.
    Integer(i64),
    /// A number.
    Float(f64),
    /// A text, also that of a choice.
    Text(String),
    /// A decimal.
    Decimal(Decimal),
    /// A date.
    Date(Date),
    /// A date-time.
    DateTime(DateTime),
    /// A time of day.
    Time(Time),
    /// A duration.
    Duration(Duration),
    /// A UUID.
    Uuid(Uuid),
    /// Bytes.
    Bytes(Bytes),
    /// JSON as it is written; every JSON column has this form when it is read from or written to the database.
    Json(Json),
    /// The items of an array.
    List(Vec<Value>),
    /// The entries of an object with arbitrary keys.
    Map(Vec<(String, Value)>),
    /// An object with known properties.
    Object(Object),
    /// A value of a union: the position of its form in the [`UnionMeta`](crate::meta::UnionMeta), and the value.
    Variant(usize, Box<Value>),
    /// A missing value: that of a write-only column in an event.
    Absent(Absent),
}

impl Value {
    /// Returns its approximate bytes.
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

/// Values by position: the slots of the properties of an [`ObjectMeta`](crate::meta::ObjectMeta), or of a serializer's
/// fields.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Object {
    slots: Vec<Option<Value>>,
    additional: Vec<(String, Value)>,
}

impl Object {
    /// Creates an object with this number of slots, all of which are absent.
    pub fn empty(len: usize) -> Self {
        Self { slots: vec![None; len], additional: Vec::new() }
    }

    /// Sets the value of a slot; `index` must be below the length given to [`empty`](Self::empty).
    pub fn set(&mut self, index: usize, value: impl Into<Value>) {
        self.slots[index] = Some(value.into());
    }

    /// Sets the value of a slot if there is a value.
    pub fn set_some<T: Into<Value>>(&mut self, index: usize, value: Option<T>) {
        if let Some(value) = value {
            self.set(index, value);
        }
    }

    /// Returns the value of a slot, if it is not absent.
    pub fn get(&self, index: usize) -> Option<&Value> {
        self.slots.get(index).and_then(Option::as_ref)
    }

    /// Returns the value of a slot to change it, if it is not absent.
    pub(crate) fn get_mut(&mut self, index: usize) -> Option<&mut Value> {
        self.slots.get_mut(index).and_then(Option::as_mut)
    }

    /// Takes the value out of a slot.
    pub fn take_value(&mut self, index: usize) -> Option<Value> {
        self.slots.get_mut(index).and_then(Option::take)
    }

    /// Takes a value that must be present.
    ///
    /// # Errors
    /// Returns [`Error::Internal`] if the value is absent or of another type, which is a bug, because values are
    /// validated before.
    pub fn take<T: FromValue>(&mut self, index: usize) -> Result<T> {
        match self.take_value(index) {
            Some(value) => T::from_value(value),
            None => Err(Error::internal("a required value is absent after validation")),
        }
    }

    /// Takes a value that may be absent.
    ///
    /// # Errors
    /// Returns [`Error::Internal`] if the value is of another type.
    pub fn take_optional<T: FromValue>(&mut self, index: usize) -> Result<Option<T>> {
        self.take_value(index).map(T::from_value).transpose()
    }

    /// Returns the slots.
    pub fn slots(&self) -> &[Option<Value>] {
        &self.slots
    }

    /// Returns the additional entries, which are not known properties, if the description keeps them.
    pub fn additional(&self) -> &[(String, Value)] {
        &self.additional
    }

    /// Adds an additional entry.
    pub(crate) fn add(&mut self, key: String, value: Value) {
        self.additional.push((key, value));
    }

    /// Sets the additional entries; their keys must not be known properties.
    pub fn set_additional<T: Into<Value>>(&mut self, entries: BTreeMap<String, T>) {
        self.additional = entries.into_iter().map(|(key, value)| (key, value.into())).collect();
    }

    /// Takes the additional entries.
    ///
    /// # Errors
    /// Returns [`Error::Internal`] if a value is of another type.
    pub fn take_additional<T: FromValue>(&mut self) -> Result<BTreeMap<String, T>> {
        let entries = std::mem::take(&mut self.additional);
        entries.into_iter().map(|(key, value)| Ok((key, T::from_value(value)?))).collect()
    }
}

/// A type that an untyped value can be converted to.
pub trait FromValue: Sized {
    /// Converts a value.
    ///
    /// # Errors
    /// Returns [`Error::Internal`] if the value is of another type.
    fn from_value(value: Value) -> Result<Self>;
}

/// A struct that the slots of its [`ObjectMeta`](crate::meta::ObjectMeta) or serializer can be converted to.
pub trait FromObject: Sized {
    /// Converts an object.
    ///
    /// # Errors
    /// Returns [`Error::Internal`] if the value of a slot does not fit the struct.
    fn from_object(object: Object) -> Result<Self>;
}

/// A struct that can be converted to the slots of its serializer or model.
pub trait IntoObject {
    /// Converts the struct; fields with `None` stay absent.
    fn into_object(self) -> Object;
}

impl Value {
    /// Creates a value of a union, by the position of its form.
    pub fn variant(index: usize, value: impl Into<Self>) -> Self {
        Self::Variant(index, Box::new(value.into()))
    }

    /// Returns the slots of a nested payload, by the fields of its serializer.
    ///
    /// # Errors
    /// Returns [`Error::Internal`] if the value is not an object.
    pub fn into_payload(self) -> Result<Object> {
        match self {
            Self::Object(object) => Ok(object),
            other => Err(mismatch("a payload", &other)),
        }
    }
}

impl Value {
    /// Converts a date-time to the value that a column of a kind contains: the date-time, its date, or its time.
    pub(crate) fn of_moment(now: DateTime, kind: &Kind) -> Self {
        match kind {
            Kind::Date => Self::Date(now.into_inner().date().into()),
            Kind::Time => Self::Time(now.into_inner().time().into()),
            _ => Self::DateTime(now),
        }
    }

    /// Returns a noun for the value, for messages. They are logged, so that they must not contain the value itself.
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
    /// Tells whether a value is a text that PostgreSQL does not accept as an address, for a column of addresses.
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

// The patterns after the names are the forms that SQLite stores, which queries of the application return.
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

/// For counts.
impl FromValue for u64 {
    fn from_value(value: Value) -> Result<Self> {
        match value {
            Value::Integer(number) => {
                Self::try_from(number).map_err(|_| mismatch("a number that is not negative", &value))
            }
            other => Err(mismatch("an integer", &other)),
        }
    }
}

impl From<BigInteger> for Value {
    fn from(value: BigInteger) -> Self {
        Self::Json(Json::trusted(value.as_str().to_owned()))
    }
}

impl FromValue for BigInteger {
    fn from_value(value: Value) -> Result<Self> {
        match &value {
            Value::Json(json) => json.as_str().parse().map_err(|_| mismatch("an integer", &value)),
            Value::Integer(number) => Ok((*number).into()),
            other => Err(mismatch("an integer", other)),
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

/// Converts tuples, whose items have types of their own.
macro_rules! tuples {
    ($($count:literal ($($item:ident)+),)*) => {$(
        impl<$($item: Into<Value>),+> From<($($item,)+)> for Value {
            #[expect(non_snake_case, reason = "the items are named after their types")]
            fn from(($($item,)+): ($($item,)+)) -> Self {
                Self::List(vec![$($item.into()),+])
            }
        }
        impl<$($item: FromValue),+> FromValue for ($($item,)+) {
            fn from_value(value: Value) -> Result<Self> {
                let items = Vec::<Value>::from_value(value)?;
                let wrong = || Error::internal(concat!("expected a list of ", $count, " items"));
                if items.len() != $count {
                    return Err(wrong());
                }
                let mut items = items.into_iter();
                Ok(($($item::from_value(items.next().ok_or_else(wrong)?)?,)+))
            }
        }
    )*};
}

tuples! {
    1 (A),
    2 (A B),
    3 (A B C),
    4 (A B C D),
    5 (A B C D E),
    6 (A B C D E F),
    7 (A B C D E F G),
    8 (A B C D E F G H),
    9 (A B C D E F G H I),
    10 (A B C D E F G H I J),
    11 (A B C D E F G H I J K),
    12 (A B C D E F G H I J K L),
}
