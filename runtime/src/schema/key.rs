//! Keys of rows, for look-ups.

use std::borrow::Cow;

use super::value::Value;
use crate::ground::scalar::Uuid;

/// A key: an integer, a text or a uuid. The keys of one column are of one kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Key<'a> {
    /// A key that no row has.
    Null,
    Integer(i64),
    Uuid(Uuid),
    Text(Cow<'a, str>),
}

impl<'a> Key<'a> {
    /// Returns the key that a value represents.
    pub(crate) fn of(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Integer(number) => Self::Integer(*number),
            Value::Uuid(uuid) => Self::Uuid(*uuid),
            Value::Text(text) => Self::Text(Cow::Borrowed(text)),
            other => Self::Text(Cow::Owned(format!("{other:?}"))),
        }
    }

    /// Returns the same key without the borrow.
    pub(crate) fn into_owned(self) -> Key<'static> {
        match self {
            Self::Null => Key::Null,
            Self::Integer(number) => Key::Integer(number),
            Self::Uuid(uuid) => Key::Uuid(uuid),
            Self::Text(text) => Key::Text(Cow::Owned(text.into_owned())),
        }
    }
}
