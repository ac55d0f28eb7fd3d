//! What a schema says of a value, as it adds up.

use crate::ir::{Docs, Home, Literal, Rule, Type};
use crate::syntax::Key;

/// What a schema says of a value.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) ty: Type,
    pub(super) nullable: bool,
    /// Whether `const` or `enum` leave null out, though `type` names it: a field of a serializer takes it (DRF's
    /// `allow_null`), plain JSON does not.
    pub(super) null_left_out: bool,
    pub(super) rules: Vec<Rule>,
    pub(super) default: Option<Literal>,
    pub(super) docs: Docs,
}

impl Shape {
    /// A type without rules.
    pub(super) fn of(ty: Type, nullable: bool) -> Self {
        let (rules, docs) = (Vec::new(), Docs::default());
        Self { ty, nullable, null_left_out: false, rules, default: None, docs }
    }

    /// Values obey a JSON Schema, too.
    pub(super) fn obey(&mut self, rule: Option<Rule>, docs: &str) {
        let Some(rule) = rule else { return };
        self.rules.push(rule);
        let space = if self.docs.text.is_empty() { "" } else { "\n\n" };
        self.docs.text.push_str(space);
        self.docs.text.push_str(docs);
    }

    /// Whether null is a value where the schema stands.
    pub(super) fn takes_null(&self, home: Home) -> bool {
        self.nullable && (!self.null_left_out || matches!(home, Home::Serializer(_)))
    }
}

/// The type of a schema, before its rules.
pub(super) struct Base {
    pub(super) ty: Type,
    pub(super) nullable: bool,
    pub(super) null_left_out: bool,
    /// What the `$ref` or the only form brings along.
    pub(super) inherited: Option<Shape>,
}

impl Base {
    /// A type that brings nothing along.
    pub(super) fn of(ty: Type, nullable: bool) -> Self {
        Self { ty, nullable, null_left_out: false, inherited: None }
    }

    /// One that leaves null out, though its `type` names it.
    pub(super) fn null_left_out(mut self, left_out: bool) -> Self {
        self.null_left_out = left_out;
        self
    }

    /// What another schema says, or null where that may be too.
    pub(super) fn inherited(shape: Shape, nullable: bool) -> Self {
        Self {
            ty: shape.ty.clone(),
            nullable: shape.nullable || nullable,
            null_left_out: shape.null_left_out && !nullable,
            inherited: Some(shape),
        }
    }
}

/// The documentation of something: its title, then its description.
pub(super) fn docs(
    title: &Option<Key<String>>,
    description: &Option<Key<String>>,
    deprecated: &Option<Key<bool>>,
) -> Docs {
    let paragraphs: Vec<&str> = [title, description]
        .into_iter()
        .flatten()
        .map(|key| key.value.trim())
        .filter(|text| !text.is_empty())
        .collect();
    Docs {
        text: paragraphs.join("\n\n"),
        deprecated: deprecated.as_ref().is_some_and(|deprecated| deprecated.value),
    }
}
