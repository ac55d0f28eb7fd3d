//! Values of one of several forms.

use super::arena::Node;
use super::docs::Docs;
use super::ids::UnionKind;
use super::name::Name;
use super::ty::{Home, Literal, Rule, Type};
use crate::source::Origin;

/// A value of one of several forms: `oneOf`, `anyOf`, or several names in `type`.
#[derive(Debug, Clone)]
pub struct Union {
    /// The name of the type as words.
    pub name: Name,
    /// The name in Rust, which is unique in the crate regardless of case.
    pub rust: Name,
    /// The file that contains the type.
    pub home: Home,
    /// The property whose value determines the form, by its name on the wire. Every form is an object then.
    pub tag: Option<String>,
    /// Whether a value must match exactly one form (`oneOf`).
    pub exactly_one: bool,
    /// The forms in definition order: at least two, with unique names. No form is nullable or any JSON.
    pub forms: Vec<Form>,
    /// The documentation from `title` and `description`.
    pub docs: Docs,
    /// The place of its definition.
    pub origin: Origin,
}

impl Node for Union {
    type Kind = UnionKind;
}

/// One form of a [`Union`].
#[derive(Debug, Clone)]
pub struct Form {
    /// The name of the form as words.
    pub name: Name,
    /// The type of its values.
    pub ty: Type,
    /// The rules of its values.
    pub rules: Vec<Rule>,
    /// The value of the tag in this form, if the union has a tag: [`Literal::Text`] or [`Literal::Integer`].
    pub tag: Option<Literal>,
    /// Whether the value must be a `Box` in Rust, because its items lead back to the union without a list or map between.
    pub boxed: bool,
    /// The documentation from `title` and `description`.
    pub docs: Docs,
}
