//! The constraints of a model, and the conditions in them.

use std::borrow::Cow;

use schemars::{JsonSchema, SchemaGenerator, json_schema};

use super::shape::object;
use crate::diag::Reported;
use crate::source::Spanned;
use crate::syntax::{Cursor, Decode, Node, Value};

object! {
    /// A rule about the rows of a table that the database enforces: a unique set (Django's `UniqueConstraint`) or a
    /// check (`CheckConstraint`).
    pub struct Constraint {
        /// The name of the constraint in the database, which no other constraint or table has.
        "name" required name: String,
        /// The properties in which no two rows may be equal. Rows with null in one of them are never equal.
        "unique" optional unique: Vec<Spanned<String>>,
        /// The rows that `unique` concerns. The default is all rows.
        "condition" optional condition: Predicate,
        /// The condition that no row may make false. A comparison with null is not false.
        "check" optional check: Predicate,
        /// The message for a row that violates it.
        /// The default is `The fields {field_names} must make a unique set.`, that of the field for a single field, and
        /// `Constraint “name” is violated.` for a check.
        "message" optional message: String,
    }
}

/// A condition on the columns of a row: an object whose entries must all hold, in the language of clients' filters.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicate(pub Node);

impl Decode for Predicate {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        match &cursor.node().value {
            Value::Object(_) => Ok(Self(cursor.node().clone())),
            _ => Err(cursor.wrong_type("an object")),
        }
    }
}

impl JsonSchema for Predicate {
    fn schema_name() -> Cow<'static, str> {
        "Predicate".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> schemars::Schema {
        let own = generator.subschema_for::<Self>();
        json_schema!({
            "description": "A condition on the columns of a row: an object whose entries must all hold.\n\
                An entry compares a property, as a filter of clients does: `{\"seats__gte\": 1}`, `{\"state\": \"open\"}`. \
                Its value may be another property of the same type: `{\"ends__gt\": {\"field\": \"begins\"}}`.\n\
                The look-ups are `eq` (the default), `lt`, `lte`, `gt`, `gte`, `in`, `range`, `isnull`, `contains` and \
                `starts_with`.",
            "type": "object",
            "minProperties": 1,
            "properties": {
                "allOf": {
                    "description": "Conditions all of which must hold.",
                    "type": "array", "items": own, "minItems": 1
                },
                "anyOf": {
                    "description": "Conditions of which at least one must hold.",
                    "type": "array", "items": own, "minItems": 1
                },
                "not": {
                    "description": "A condition that must not hold. Where it is unknown because of a null, so is this.",
                    "allOf": [own]
                },
            },
        })
    }
}
