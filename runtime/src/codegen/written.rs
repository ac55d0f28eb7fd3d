//! The macros that generated crates call, in a line each: conversions of structs, closed sets of values, constant
//! statements.

use serde::ser::{Error as _, SerializeMap as _};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::ground::error::Result;
use crate::ground::scalar::Json;
use crate::schema::meta::{Literal, ModelMeta, ObjectMeta};
use crate::schema::row::Row;
use crate::schema::value::{FromValue, Object, Value};
use crate::wire::decode::{chosen, is_literal};
use crate::wire::encode;

/// Takes the values of a row one after the other.
#[doc(hidden)]
#[derive(Debug)]
pub struct Slots {
    row: Row,
    next: usize,
}

impl Slots {
    /// Creates it for the values of a row, beginning with the first.
    pub fn of(row: Row) -> Self {
        Self { row, next: 0 }
    }

    /// Returns the next value.
    ///
    /// # Errors
    /// Returns the same errors as [`Row::take`].
    pub fn take<T: FromValue>(&mut self) -> Result<T> {
        let slot = self.next;
        self.next += 1;
        self.row.take(slot)
    }
}

/// The columns of a row as the API shows them, without those that are write-only.
#[doc(hidden)]
#[derive(Debug)]
pub struct ColumnsOf {
    model: &'static ModelMeta,
    row: Row,
}

impl ColumnsOf {
    /// Creates it for a row of a model.
    pub fn new(model: &'static ModelMeta, row: Row) -> Self {
        Self { model, row }
    }
}

impl Serialize for ColumnsOf {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let columns = self.model.columns.iter().zip(self.row.values());
        let mut map = serializer.serialize_map(None)?;
        for (column, value) in columns.filter(|(column, _)| !column.secret) {
            let mut json = Vec::new();
            encode::value(&mut json, &column.ty, value);
            let json = String::from_utf8(json).map_err(|_| S::Error::custom("a value is not a text"))?;
            map.serialize_entry(column.name, &Json::trusted(json))?;
        }
        map.end()
    }
}

/// Returns the name of a field as `Debug` writes it.
#[doc(hidden)]
pub fn plain(field: &'static str) -> &'static str {
    field.strip_prefix("r#").unwrap_or(field)
}

/// Implements `Debug` for a struct with fields that do not belong into a log:
/// `debug! { User { name, password: "…" } }`.
#[doc(hidden)]
#[macro_export]
macro_rules! debug {
    ($name:ident { $($field:ident $(: $hidden:literal)?),* $(,)? }) => {
        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct($crate::codegen::plain(stringify!($name)))
                    $(.field($crate::codegen::plain(stringify!($field)), $crate::debug!(@ self $field $($hidden)?)))*
                    .finish()
            }
        }
    };
    (@ $self:ident $field:ident) => { &$self.$field };
    (@ $self:ident $field:ident $hidden:literal) => { &$hidden };
}

/// Implements the conversion of a row to the struct of its model, whose fields are the columns in their order, and its
/// serialization: `from_row! { User { id, name } }`.
#[doc(hidden)]
#[macro_export]
macro_rules! from_row {
    ($name:ident { $($field:ident),* $(,)? }) => {
        impl $crate::FromRow for $name {
            #[inline]
            fn from_row(row: $crate::Row) -> $crate::Result<Self> {
                let mut slots = $crate::codegen::Slots::of(row);
                Ok(Self { $($field: slots.take()?),* })
            }
        }

        impl $crate::codegen::serde::Serialize for $name {
            fn serialize<S: $crate::codegen::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                let row = $crate::Model::into_row(::std::clone::Clone::clone(self));
                let row = $crate::codegen::ColumnsOf::new(<Self as $crate::Model>::META, row);
                $crate::codegen::serde::Serialize::serialize(&row, serializer)
            }
        }
    };
}

/// Implements the conversion of the struct to a row, inside of `impl Model`: `into_row! { id, name }`.
#[doc(hidden)]
#[macro_export]
macro_rules! into_row {
    ($($field:ident),* $(,)?) => {
        #[inline]
        fn into_row(self) -> $crate::Row {
            $crate::Row::new(vec![$(self.$field.into()),*])
        }
    };
}

/// Implements the conversion of an object's slots to a struct:
/// `from_object! { Entry via ENTRY: take 0 room, take_optional 1 at }`.
#[doc(hidden)]
#[macro_export]
macro_rules! from_object {
    ($name:ident via payload: $($fields:tt)*) => {
        $crate::from_object! { $name: $($fields)* }

        impl $crate::FromValue for $name {
            fn from_value(value: $crate::Value) -> $crate::Result<Self> {
                $crate::FromObject::from_object(value.into_payload()?)
            }
        }
    };
    ($name:ident via $meta:ident: $($fields:tt)*) => {
        $crate::from_object! { $name: $($fields)* }

        impl $crate::FromValue for $name {
            fn from_value(value: $crate::Value) -> $crate::Result<Self> {
                $crate::FromObject::from_object(value.into_object(&$meta)?)
            }
        }
    };
    ($name:ident: $($how:ident $($slot:literal)? $field:ident),* $(,)?) => {
        impl $crate::FromObject for $name {
            fn from_object(object: $crate::Object) -> $crate::Result<Self> {
                #[allow(unused_mut, unused_variables, reason = "an object may have no fields")]
                let mut object = object;
                Ok(Self { $($field: object.$how($($slot)?)?),* })
            }
        }
    };
}

/// Implements the conversion of a struct to an object with this number of slots:
/// `into_object! { Entry[2] as value: set 0 room, set_some 1 at }`.
#[doc(hidden)]
#[macro_export]
macro_rules! into_object {
    ($name:ident[$slots:literal] as value: $($fields:tt)*) => {
        $crate::into_object! { $name[$slots]: $($fields)* }

        impl From<$name> for $crate::Value {
            fn from(value: $name) -> Self {
                Self::Object($crate::IntoObject::into_object(value))
            }
        }
    };
    ($name:ident[$slots:literal]: $($how:ident $($slot:literal)? $field:ident),* $(,)?) => {
        impl $crate::IntoObject for $name {
            #[inline]
            fn into_object(self) -> $crate::Object {
                #[allow(unused_mut, reason = "an object may have no fields")]
                let mut object = $crate::Object::empty($slots);
                $(object.$how($($slot,)? self.$field);)*
                object
            }
        }
    };
}

/// Serializes an object by its description.
///
/// # Errors
/// The errors of the serializer.
#[doc(hidden)]
pub fn serialize_described<S: Serializer>(
    object: &Object,
    meta: &'static ObjectMeta,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    let mut json = Vec::new();
    encode::object(&mut json, meta, object);
    let raw: &RawValue = serde_json::from_slice(&json).map_err(serde::ser::Error::custom)?;
    raw.serialize(serializer)
}

/// Implements `Serialize` for a struct with fields that have a format of their own:
/// `serialize_object! { Entry via ENTRY }`.
#[doc(hidden)]
#[macro_export]
macro_rules! serialize_object {
    ($name:ident via $meta:ident) => {
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                let object = $crate::IntoObject::into_object(self.clone());
                $crate::codegen::serialize_described(&object, &$meta, serializer)
            }
        }
    };
}

/// Declares an enum for a closed set of values: all of them are texts, all are integers, or they are `mixed`.
///
/// ```
/// dcrf_runtime::choice! {
///     /// The state of a task.
///     pub enum State: text {
///         /// `open`
///         Open = "open",
///         /// `done`
///         Done = "done",
///     }
/// }
///
/// assert_eq!(State::Done.value(), "done");
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! choice {
    (
        $(#[$meta:meta])*
        pub enum $name:ident: mixed { $($(#[$doc:meta])* $variant:ident = $kind:ident($value:literal),)* }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// All values, in the order of the definition.
            pub const VALUES: &'static [$crate::meta::Literal] = &[$($crate::meta::Literal::$kind($value)),*];

            /// Returns the value as it is on the wire.
            pub const fn value(self) -> $crate::meta::Literal {
                match self {
                    $(Self::$variant => $crate::meta::Literal::$kind($value),)*
                }
            }
        }

        impl $crate::FromValue for $name {
            fn from_value(value: $crate::Value) -> $crate::Result<Self> {
                match $crate::codegen::position(&value, Self::VALUES) {
                    Some(index) => Ok([$(Self::$variant),*][index]),
                    None => Err($crate::codegen::no_value(&value, stringify!($name))),
                }
            }
        }

        impl From<$name> for $crate::Value {
            fn from(value: $name) -> Self {
                $crate::codegen::value_of(&value.value())
            }
        }

        impl $crate::codegen::serde::Serialize for $name {
            fn serialize<S: $crate::codegen::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                $crate::codegen::serialize(&self.value(), serializer)
            }
        }
    };
    (
        $(#[$meta:meta])*
        pub enum $name:ident: $kind:ident { $($(#[$doc:meta])* $variant:ident = $value:literal,)* }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// All values, in the order of the definition.
            pub const VALUES: &'static [$crate::meta::Literal] =
                &[$($crate::choice!(@literal $kind $value)),*];

            /// Returns the value as it is on the wire.
            pub const fn value(self) -> $crate::choice!(@type $kind) {
                match self {
                    $(Self::$variant => $value,)*
                }
            }
        }

        impl $crate::FromValue for $name {
            fn from_value(value: $crate::Value) -> $crate::Result<Self> {
                match $crate::choice!(@read $kind value) {
                    $($value => Ok(Self::$variant),)*
                    other => Err($crate::codegen::no_value(&other, stringify!($name))),
                }
            }
        }

        impl From<$name> for $crate::Value {
            fn from(value: $name) -> Self {
                Self::from(value.value())
            }
        }

        impl $crate::codegen::serde::Serialize for $name {
            fn serialize<S: $crate::codegen::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                $crate::codegen::serde::Serialize::serialize(&self.value(), serializer)
            }
        }
    };
    (@type text) => { &'static str };
    (@type integer) => { i64 };
    (@literal text $value:literal) => { $crate::meta::Literal::Text($value) };
    (@literal integer $value:literal) => { $crate::meta::Literal::Integer($value) };
    (@read text $from:ident) => { String::from_value($from)?.as_str() };
    (@read integer $from:ident) => { i64::from_value($from)? };
}

/// Returns the position of a value among literals.
#[doc(hidden)]
pub fn position(value: &Value, literals: &[Literal]) -> Option<usize> {
    match value {
        Value::Json(json) => {
            let raw = json.as_raw().ok()?;
            literals.iter().position(|literal| is_literal(raw, literal))
        }
        value => literals.iter().position(|literal| chosen(literal) == *value),
    }
}

/// Returns the value of a literal of a closed set.
#[doc(hidden)]
pub fn value_of(literal: &Literal) -> Value {
    chosen(literal)
}

/// Serializes a literal of a closed set.
///
/// # Errors
/// Returns the errors of the serializer.
#[doc(hidden)]
pub fn serialize<S: Serializer>(literal: &Literal, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    match literal {
        Literal::Boolean(value) => serializer.serialize_bool(*value),
        Literal::Integer(value) => serializer.serialize_i64(*value),
        Literal::Number(text) => match text.parse() {
            Ok(number) => serializer.serialize_f64(number),
            Err(_) => serializer.serialize_str(text),
        },
        Literal::Text(text) | Literal::Json(text) => serializer.serialize_str(text),
        Literal::Null => serializer.serialize_unit(),
    }
}

/// Returns the error for a value that is not in the closed set.
#[doc(hidden)]
pub fn no_value(value: &dyn std::fmt::Debug, set: &str) -> crate::Error {
    crate::Error::internal(format!("{value:?} is no value of {set}"))
}

/// Composes the constant statements of a model from its table, its key and its columns. An `INSERT` gives the columns
/// with a number, as the parameter of that number: `sql! { "user" by "id": "id", "name" = 1 }`.
#[doc(hidden)]
#[macro_export]
macro_rules! sql {
    ($table:literal by $key:literal: $($column:literal $(= $number:tt)?),* $(,)?) => {
        $crate::meta::ModelSql {
            select: concat!("SELECT ", $crate::sql!(@ $($column)*), " FROM \"", $table, "\""),
            get: concat!(
                "SELECT ", $crate::sql!(@ $($column)*), " FROM \"", $table, "\" WHERE \"", $key, "\" = $1"
            ),
            insert: concat!(
                "INSERT INTO \"", $table, "\"",
                $($($crate::sql!(@open $number), "\"", $column, "\"",)?)*
                $crate::sql!(@values $($($number)?)*),
                $($($crate::sql!(@comma $number), "$", $number,)?)*
                $crate::sql!(@close $($($number)?)*),
                " RETURNING ", $crate::sql!(@ $($column)*)
            ),
            delete: concat!("DELETE FROM \"", $table, "\" WHERE \"", $key, "\" = $1"),
            returning: concat!(" RETURNING ", $crate::sql!(@ $($column)*)),
        }
    };
    (@ $first:literal $($column:literal)*) => { concat!("\"", $first, "\"" $(, ", \"", $column, "\"")*) };
    (@open 1) => { " (" };
    (@open $number:tt) => { ", " };
    (@comma 1) => { "" };
    (@comma $number:tt) => { ", " };
    (@values) => { " DEFAULT VALUES" };
    (@values $($number:tt)+) => { ") VALUES (" };
    (@close) => { "" };
    (@close $($number:tt)+) => { ")" };
}

/// Lists migrations for both databases, each with the text of its file:
/// `migrations! { 1 "0001_initial", 2 rust "0002_own" }`.
#[doc(hidden)]
#[macro_export]
macro_rules! migrations {
    ($($version:literal $($rust:ident)* $name:literal),* $(,)?) => {
        $crate::Migrations {
            sqlite: &[$($crate::migrations!(@ "sqlite" $version $($rust)* $name)),*],
            postgres: &[$($crate::migrations!(@ "postgres" $version $($rust)* $name)),*],
        }
    };
    (@ $database:literal $version:literal $name:literal) => {
        $crate::Migration {
            version: $version,
            name: $name,
            sql: include_str!(concat!("../migrations/", $database, "/", $name, ".sql")),
        }
    };
    (@ $database:literal $version:literal rust $name:literal) => { $crate::Migration::in_rust($version, $name) };
}

#[cfg(test)]
mod tests {
    use crate::meta::ModelSql;

    const TAG: ModelSql = crate::sql! { "tag" by "id": "id" };
    const NOTE: ModelSql = crate::sql! { "note" by "id": "text" = 1, "id", "at" = 2 };

    #[test]
    fn statements_name_every_column() {
        assert_eq!(NOTE.select, r#"SELECT "text", "id", "at" FROM "note""#);
        assert_eq!(NOTE.get, r#"SELECT "text", "id", "at" FROM "note" WHERE "id" = $1"#);
        let insert = r#"INSERT INTO "note" ("text", "at") VALUES ($1, $2) RETURNING "text", "id", "at""#;
        assert_eq!(NOTE.insert, insert);
        assert_eq!(NOTE.delete, r#"DELETE FROM "note" WHERE "id" = $1"#);
        assert_eq!(NOTE.returning, r#" RETURNING "text", "id", "at""#);
        assert_eq!(TAG.insert, r#"INSERT INTO "tag" DEFAULT VALUES RETURNING "id""#);
    }
}
