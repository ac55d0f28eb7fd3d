//! Drifts that are put in on purpose, one at a time, to see that the oracle finds them.
//!
//! Some are put into the judge: then everything else disagrees with it, which shows that the cases are such that the
//! rule in question matters. Others are put in front of the runtime (a descriptor or a table that is wrong) or into the
//! order that the client makes. Nothing of the product is changed.

use std::cmp::Ordering;

use dcrf_oracle::descriptors::AlterColumn;
use dcrf_oracle::values::{Folded, Value, order};
use dcrf_runtime::meta::Collation;

/// A drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drift {
    /// The judge: `null` is greater than everything.
    NullsLast,
    /// The judge: texts are ordered by units of UTF-16.
    Utf16,
    /// The judge: texts are ordered without regard to case.
    Caseless,
    /// The judge: decimals are compared as floats.
    DecimalsAsFloats,
    /// The judge: integers are compared as floats.
    IntegersAsFloats,
    /// The judge: the zero with a sign is less than the other.
    SignedZero,
    /// The judge: a row whose reference is null is not in a list that is filtered across it.
    InnerPaths,
    /// The judge: what is not known because of a null is false.
    UnknownIsFalse,
    /// The judge: only letters of ASCII are found in either case.
    AsciiSearch,
    /// The judge: a text is found by all of its lower case, not by simple folding.
    LowercaseSearch,
    /// The runtime is told that no column may be null, so that it does not say where nulls are ordered.
    NothingIsNullable,
    /// The runtime leaves the order of texts to the database, whose tables do not say how they are ordered.
    TextsByDatabase,
    /// Subscriptions ask for `gte` where lists ask for `gt`.
    OtherFilterOfSubscriptions,
    /// The client: texts are ordered by units of UTF-16.
    ClientUtf16,
    /// The client: `null` comes last.
    ClientNullsLast,
    /// The client: everything that is a text on the wire is ordered as a text.
    ClientTexts,
}

impl Drift {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::NullsLast,
        Self::Utf16,
        Self::Caseless,
        Self::DecimalsAsFloats,
        Self::IntegersAsFloats,
        Self::SignedZero,
        Self::InnerPaths,
        Self::UnknownIsFalse,
        Self::AsciiSearch,
        Self::LowercaseSearch,
        Self::NothingIsNullable,
        Self::TextsByDatabase,
        Self::OtherFilterOfSubscriptions,
        Self::ClientUtf16,
        Self::ClientNullsLast,
        Self::ClientTexts,
    ];

    /// The order of values as the judge has it.
    pub fn order(self, a: &Value, b: &Value) -> Ordering {
        match (self, a, b) {
            (Self::NullsLast, a, b) if a.is_null() != b.is_null() => order(a, b).reverse(),
            (Self::Utf16, Value::Text(a), Value::Text(b)) => a.encode_utf16().cmp(b.encode_utf16()),
            (Self::Caseless, Value::Text(left), Value::Text(right)) => {
                left.to_lowercase().cmp(&right.to_lowercase()).then_with(|| order(a, b))
            }
            (
                Self::DecimalsAsFloats,
                Value::Decimal { mantissa: a, .. },
                Value::Decimal { mantissa: b, .. },
            ) => (*a as f64).total_cmp(&(*b as f64)),
            (Self::IntegersAsFloats, Value::Integer(a), Value::Integer(b)) => {
                (*a as f64).total_cmp(&(*b as f64))
            }
            (Self::SignedZero, Value::Number(a), Value::Number(b)) => a.total_cmp(b),
            _ => order(a, b),
        }
    }

    /// Whether answers are others than without it, and not only how they are judged.
    pub const fn changes_answers(self) -> bool {
        matches!(self, Self::NothingIsNullable | Self::TextsByDatabase | Self::OtherFilterOfSubscriptions)
    }

    /// What the runtime's descriptors are changed by.
    pub const fn of_descriptors(self) -> Option<AlterColumn> {
        match self {
            Self::NothingIsNullable => Some(|_, column| column.ty.nullable = false),
            Self::TextsByDatabase => Some(|_, column| column.collation = Collation::Database),
            _ => None,
        }
    }

    /// What migrations are changed by.
    pub const fn of_migrations(self) -> Option<fn(&str) -> String> {
        match self {
            Self::TextsByDatabase => Some(|sql| sql.replace(" COLLATE \"C\"", "")),
            _ => None,
        }
    }

    /// What the client is told to do wrongly.
    pub const fn of_client(self) -> Option<&'static str> {
        match self {
            Self::ClientUtf16 => Some("utf16"),
            Self::ClientNullsLast => Some("nullsLast"),
            Self::ClientTexts => Some("texts"),
            _ => None,
        }
    }
}

/// A word that is searched for.
#[derive(Debug)]
pub enum Sought {
    Folded(Folded),
    Ascii(String),
    Lowercase(String),
}

impl Sought {
    /// A word, as the judge looks for it.
    pub fn new(word: &str, drift: Option<Drift>) -> Self {
        match drift {
            Some(Drift::AsciiSearch) => Self::Ascii(word.to_ascii_lowercase()),
            Some(Drift::LowercaseSearch) => Self::Lowercase(word.to_lowercase()),
            _ => Self::Folded(Folded::new(word)),
        }
    }

    /// Whether a text holds it.
    pub fn is_in(&self, text: &str) -> bool {
        match self {
            Self::Folded(word) => word.is_in(text),
            Self::Ascii(word) => text.to_ascii_lowercase().contains(word),
            Self::Lowercase(word) => text.to_lowercase().contains(word),
        }
    }
}
