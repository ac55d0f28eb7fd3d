//! Values that the application sends, and the JSON Schema by which the runtime validates them where a type does not
//! express it.

use std::collections::HashSet;

use super::resolver::Resolver;
use crate::ast::Schema;
use crate::ir::{Element, Home, ObjectId, Rule, Scalar, Type, UnionId};

/// The types that were looked at, because types may contain themselves.
#[derive(Default)]
struct Seen {
    objects: HashSet<ObjectId>,
    unions: HashSet<UnionId>,
}

impl Resolver<'_> {
    /// Returns the text of the schema of a value that the application sends. It returns `None` if every value of its
    /// type is valid, or if something was reported.
    pub(super) fn sent(&self, schema: &Schema, ty: &Type, rules: &[Rule]) -> Option<String> {
        if self.is_restricted(ty, rules, &mut Seen::default()) { self.sent_schema(schema) } else { None }
    }

    /// Tells whether a schema says more of its values than their type does.
    fn is_restricted(&self, ty: &Type, rules: &[Rule], seen: &mut Seen) -> bool {
        let says = |rule: &Rule| !matches!(rule, Rule::MinLength(0) | Rule::MinItems(0));
        if rules.iter().any(says) {
            return true;
        }
        match ty {
            Type::Scalar(Scalar::Form(_)) => true,
            Type::List(element) | Type::Map(element) => self.is_restricted_element(element, seen),
            Type::Tuple(elements) => elements.iter().any(|element| self.is_restricted_element(element, seen)),
            Type::Object(id) => self.is_restricted_object(*id, seen),
            Type::Union(id) => self.is_restricted_union(*id, seen),
            Type::Scalar(_) | Type::Enum(_) | Type::Row(_) | Type::Json => false,
        }
    }

    fn is_restricted_element(&self, element: &Element, seen: &mut Seen) -> bool {
        self.is_restricted(&element.ty, &element.rules, seen)
    }

    /// The objects of serializers are shown as DRF shows them, which validates what it reads alone.
    fn is_restricted_object(&self, id: ObjectId, seen: &mut Seen) -> bool {
        let object = &self.objects[id];
        if matches!(object.home, Home::Serializer(_)) || !seen.objects.insert(id) {
            return false;
        }
        let mut properties = object.properties.iter();
        properties.any(|property| self.is_restricted(&property.ty, &property.rules, seen))
            || object
                .additional
                .as_ref()
                .is_some_and(|additional| self.is_restricted_element(&additional.element, seen))
    }

    fn is_restricted_union(&self, id: UnionId, seen: &mut Seen) -> bool {
        if !seen.unions.insert(id) {
            return false;
        }
        let union = &self.unions[id];
        // A value of one form may match another form, too.
        (union.exactly_one && union.tag.is_none())
            || union.forms.iter().any(|form| self.is_restricted(&form.ty, &form.rules, seen))
    }
}
