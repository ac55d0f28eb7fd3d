//! Checks unions once every type is known: which property distinguishes their forms, and whether they can be
//! distinguished.

use super::pending::PendingUnion;
use super::resolver::Resolver;
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{Form, Literal, Object, Property, Rule, Scalar, Type, UnionId};

impl Resolver<'_> {
    pub(super) fn check_unions(&mut self) {
        let pending = std::mem::take(&mut self.pending_unions);
        let circles: Vec<_> = pending.iter().filter(|union| self.holds_itself(union.id)).collect();
        for union in circles {
            if let Some(span) = union.spans.first() {
                self.error(Code::CircularRef, *span, "a union cannot be one of its own forms");
            }
            // Checking values against such a union would not terminate.
            self.pending_values.clear();
        }
        // Reported errors leave gaps, from which no conclusion may be drawn.
        if self.sink.count() > 0 {
            return;
        }
        for union in &pending {
            self.find_tag(union);
            if self.unions[union.id].tag.is_none() {
                self.check_overlap(union);
            }
        }
    }

    /// Tells whether a union is a form of itself, directly or through other unions.
    fn holds_itself(&self, id: UnionId) -> bool {
        let forms = |id: UnionId| {
            self.unions[id].forms.iter().filter_map(|form| match form.ty {
                Type::Union(inner) => Some(inner),
                _ => None,
            })
        };
        let mut seen = vec![false; self.unions.values().count()];
        let mut waiting: Vec<UnionId> = forms(id).collect();
        while let Some(at) = waiting.pop() {
            if at == id {
                return true;
            }
            if !std::mem::replace(&mut seen[at.index()], true) {
                waiting.extend(forms(at));
            }
        }
        false
    }

    /// Finds the property whose value distinguishes the forms.
    fn find_tag(&mut self, union: &PendingUnion<'_>) {
        let forms = &self.unions[union.id].forms;
        let found = match union.discriminator.and_then(|key| key.value.property_name.as_ref()) {
            Some(name) => {
                let found = self.values_of(forms, &name.value);
                if found.is_none() {
                    let message = format!("{} does not tell the forms apart", quote(&name.value));
                    let help = "in every form it must be a required property with a `const` (a text or an integer) of its own";
                    self.report(Diagnostic::error(Code::InvalidValue, name.span, message).help(help));
                    return;
                }
                found.map(|values| (name.value.clone(), values))
            }
            None => self.first_object(forms).and_then(|object| {
                object.properties.iter().find_map(|property| {
                    Some((property.wire.clone(), self.values_of(forms, &property.wire)?))
                })
            }),
        };
        let Some((tag, values)) = found else { return };
        let union = &mut self.unions[union.id];
        union.tag = Some(tag);
        for (form, value) in union.forms.iter_mut().zip(values) {
            form.tag = Some(value);
        }
    }

    fn first_object(&self, forms: &[Form]) -> Option<&Object> {
        match forms.first()?.ty {
            Type::Object(id) => Some(&self.objects[id]),
            _ => None,
        }
    }

    /// Returns the value of a property in each form, if it has one in each, and all differ.
    fn values_of(&self, forms: &[Form], wire: &str) -> Option<Vec<Literal>> {
        let mut values: Vec<Literal> = Vec::new();
        for form in forms {
            let Type::Object(id) = form.ty else { return None };
            let property = self.objects[id].properties.iter().find(|property| property.wire == wire)?;
            let value = self.only_value(property)?;
            // On the wire, `"3"` is equal to 3, as in DRF.
            if values.iter().any(|other| spelled(other) == spelled(&value)) {
                return None;
            }
            values.push(value);
        }
        Some(values)
    }

    /// Returns the only value that a property can have.
    fn only_value(&self, property: &Property) -> Option<Literal> {
        if !property.required || property.nullable {
            return None;
        }
        let constant = property.rules.iter().find_map(|rule| match rule {
            Rule::Const(constant) => Some(constant.written.clone())
                .filter(|value| matches!(value, Literal::Text(_) | Literal::Integer(_))),
            _ => None,
        });
        constant.or_else(|| match property.ty {
            Type::Enum(id) => match self.enums[id].variants.as_slice() {
                [only] => Some(only.value.clone())
                    .filter(|value| matches!(value, Literal::Text(_) | Literal::Integer(_))),
                _ => None,
            },
            _ => None,
        })
    }

    /// Warns about forms that no value can have.
    fn check_overlap(&self, union: &PendingUnion<'_>) {
        let own = &self.unions[union.id];
        for (index, form) in own.forms.iter().enumerate() {
            let covers = |other: &Form| covers(other, form);
            let found = own.forms.iter().enumerate().find(|(at, other)| {
                let before = *at < index || own.exactly_one;
                *at != index && before && covers(other)
            });
            let Some((at, other)) = found else { continue };
            let message = match own.exactly_one {
                true => format!(
                    "a value never matches {} alone: {} accepts all of its values, too",
                    quote(&form.name.pascal()),
                    quote(&other.name.pascal())
                ),
                false => format!(
                    "a value never matches {}: {} comes first and accepts all of its values",
                    quote(&form.name.pascal()),
                    quote(&other.name.pascal())
                ),
            };
            let (Some(span), Some(first)) = (union.spans.get(index), union.spans.get(at)) else { continue };
            self.report(
                Diagnostic::error(Code::BadRule, *span, message).related(*first, "the other").as_warning(),
            );
            return;
        }
    }
}

fn spelled(value: &Literal) -> String {
    match value {
        Literal::Integer(number) => number.to_string(),
        Literal::Text(text) => text.clone(),
        _ => String::new(),
    }
}

/// Tells whether every value of `inner` is one of `outer`, as far as that is obvious.
fn covers(outer: &Form, inner: &Form) -> bool {
    if !outer.rules.is_empty() {
        return outer.ty == inner.ty && outer.rules == inner.rules;
    }
    outer.ty == inner.ty
        || match (&outer.ty, &inner.ty) {
            (Type::Scalar(Scalar::Float), Type::Scalar(inner)) => *inner == Scalar::Integer,
            (Type::Scalar(Scalar::Text), Type::Scalar(inner)) => {
                let other = matches!(inner, Scalar::Boolean | Scalar::Integer | Scalar::Float);
                // A decimal can also be written as a number.
                !other && !matches!(inner, Scalar::Decimal { .. })
            }
            _ => false,
        }
}
