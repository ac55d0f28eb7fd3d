//! The descriptors of unions: values of one of several forms (`oneOf`, `anyOf`, several names in `type`).

use super::{Literal, TypeMeta};

/// A value of one of several forms.
#[derive(Debug)]
pub struct UnionMeta {
    /// The type's name.
    pub name: &'static str,
    /// The property whose value tells which form it is, where there is one; all forms are objects then.
    pub tag: Option<&'static str>,
    /// Whether a value that matches several forms is refused (`oneOf`); else the first counts (`anyOf`).
    pub exactly_one: bool,
    /// The forms, in the order of the definition.
    pub variants: &'static [VariantMeta],
}

/// One form of a union.
#[derive(Debug)]
pub struct VariantMeta {
    /// What values of it are; never `null`.
    pub ty: TypeMeta,
    /// What the tag says of values of this form, where the union has one.
    pub tag: Option<Literal>,
}

impl VariantMeta {
    /// A form that is told by its shape.
    pub const fn new(ty: TypeMeta) -> Self {
        Self { ty, tag: None }
    }

    /// A form that is told by the union's tag.
    pub const fn tag(mut self, tag: Literal) -> Self {
        self.tag = Some(tag);
        self
    }
}
