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
    /// The name of the type.
    pub name: Name,
    /// Its name in Rust: unique in the crate, whatever the case.
    pub rust: Name,
    /// Where it is put.
    pub home: Home,
    /// The property whose value tells the form, by its name on the wire; every form is an object then.
    pub tag: Option<String>,
    /// Whether a value may match no second form (`oneOf`).
    pub exactly_one: bool,
    /// In definition order, at least two; names unique. No form can be null or any JSON.
    pub forms: Vec<Form>,
    /// From `title` and `description`.
    pub docs: Docs,
    /// Where it was defined.
    pub origin: Origin,
}

impl Node for Union {
    type Kind = UnionKind;
}

/// One form of a [`Union`].
#[derive(Debug, Clone)]
pub struct Form {
    /// Its name as words.
    pub name: Name,
    /// What values of it are.
    pub ty: Type,
    /// What they obey.
    pub rules: Vec<Rule>,
    /// What the tag says of it, where there is one: [`Literal::Text`] or [`Literal::Integer`].
    pub tag: Option<Literal>,
    /// From `title` and `description`.
    pub docs: Docs,
}
