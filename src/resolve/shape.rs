//! The shape of a value: everything that a schema says about it.

use crate::ir::{Docs, Home, Literal, Rule, Type};
use crate::syntax::Key;

/// Everything that a schema says about a value.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) ty: Type,
    pub(super) nullable: bool,
    /// Whether `const` or `enum` exclude null, although `type` names it. A field of a serializer accepts null then
    /// (DRF's `allow_null`), plain JSON does not.
    pub(super) null_left_out: bool,
    pub(super) rules: Vec<Rule>,
    pub(super) default: Option<Literal>,
    pub(super) docs: Docs,
}

impl Shape {
    /// Returns the shape of a type without rules.
    pub(super) fn of(ty: Type, nullable: bool) -> Self {
        let (rules, docs) = (Vec::new(), Docs::default());
        Self { ty, nullable, null_left_out: false, rules, default: None, docs }
    }

    /// Adds a JSON Schema that values must obey, too. It is the whole schema, so that it replaces that of a `$ref`.
    pub(super) fn obey(&mut self, rule: Option<Rule>, docs: &str) {
        let Some(rule) = rule else { return };
        self.rules.retain(|rule| !matches!(rule, Rule::Schema(_)));
        self.rules.push(rule);
        let space = if self.docs.text.is_empty() { "" } else { "\n\n" };
        self.docs.text.push_str(space);
        self.docs.text.push_str(docs);
    }

    /// Tells whether null is a value in this place.
    pub(super) fn takes_null(&self, home: Home) -> bool {
        self.nullable && (!self.null_left_out || matches!(home, Home::Serializer(_)))
    }
}

/// The type of a schema, without its rules.
pub(super) struct Base {
    pub(super) ty: Type,
    pub(super) nullable: bool,
    pub(super) null_left_out: bool,
    /// The shape of the target of the `$ref` or of the only form.
    pub(super) inherited: Option<Shape>,
}

impl Base {
    /// Returns a type without an inherited shape.
    pub(super) fn of(ty: Type, nullable: bool) -> Self {
        Self { ty, nullable, null_left_out: false, inherited: None }
    }

    /// Sets whether null is excluded, although `type` names it.
    pub(super) fn null_left_out(mut self, left_out: bool) -> Self {
        self.null_left_out = left_out;
        self
    }

    /// Returns the base with the shape of another schema, and with null if that is allowed, too.
    pub(super) fn inherited(shape: Shape, nullable: bool) -> Self {
        Self {
            ty: shape.ty.clone(),
            nullable: shape.nullable || nullable,
            null_left_out: shape.null_left_out && !nullable,
            inherited: Some(shape),
        }
    }
}

/// Returns the documentation: first the title, then the description.
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
