//! What clients may filter, search and order by: an allow-list inside what they can read.

use super::consumers::Bound;
use super::rules::describe;
use super::{ConsumerDeclaration, Resolver};
use crate::ast;
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{Access, FieldSource, ModelId, Nested, NestedOf, Type};
use crate::source::Spanned;
use crate::syntax::Key;

impl<'a> Resolver<'a> {
    pub(super) fn filters(
        &mut self,
        declaration: &ConsumerDeclaration<'a>,
        definition: &'a ast::Consumer,
        bound: Bound,
    ) {
        let filter = self.allowed(&definition.filter, bound);
        let search = self.allowed(&definition.search, bound);
        let order_by = self.allowed(&definition.order_by, bound);
        for (name, field) in &search {
            let field = &self.models[bound.model].fields[*field];
            if !matches!(field.ty, Type::Scalar(scalar) if scalar.is_text()) || field.foreign_key.is_some() {
                let message =
                    format!("{} is {}: only texts can be searched", quote(&name.value), describe(&field.ty));
                self.error(Code::BadFilter, name.span, message);
            }
        }
        for (names, verb) in [(&filter, "filtered by"), (&order_by, "ordered by")] {
            for (name, field) in names {
                if !self.is_ordered(bound.model, *field) {
                    let kind = describe(&self.models[bound.model].fields[*field].ty);
                    let message = format!("{} is {kind}: rows cannot be {verb} it", quote(&name.value));
                    self.error(Code::BadFilter, name.span, message);
                }
            }
        }
        let positions =
            |names: Vec<(&Spanned<String>, usize)>| names.into_iter().map(|(_, field)| field).collect();
        let consumer = &mut self.consumers[declaration.id];
        consumer.filter = positions(filter);
        consumer.search = positions(search);
        consumer.order_by = positions(order_by);
    }

    /// The fields of an allow-list that clients can read, as positions in the model's fields.
    fn allowed(
        &self,
        names: &'a Option<Key<Vec<Spanned<String>>>>,
        bound: Bound,
    ) -> Vec<(&'a Spanned<String>, usize)> {
        let Some(names) = names else { return Vec::new() };
        let again = self.no_duplicates(&names.value);
        let first = names.value.iter().enumerate().filter(|(index, _)| !again.contains(index));
        first.filter_map(|(_, name)| Some((name, self.readable(name, bound)?))).collect()
    }

    fn readable(&self, name: &Spanned<String>, bound: Bound) -> Option<usize> {
        let serializer = &self.serializers[bound.serializer];
        let field = serializer.fields.iter().find(|field| field.wire == name.value).or_else(|| {
            // `pk` is the key, whatever the serializer calls it.
            let key = FieldSource::Column(self.models[bound.model].key);
            serializer.fields.iter().find(|field| name.value == "pk" && field.source == key)
        });
        if let Some(field) = field.filter(|field| field.access != Access::WriteOnly) {
            match field.source {
                FieldSource::Column(position)
                | FieldSource::Nested(Nested { of: NestedOf::ForeignKey(position), .. }) => {
                    return Some(position);
                }
                _ => {
                    let message = format!("{} is no column of the model", quote(&name.value));
                    let help = "only columns are filtered, searched and ordered by";
                    self.report(Diagnostic::error(Code::BadFilter, name.span, message).help(help));
                    return None;
                }
            }
        }
        if !bound.sound {
            return None;
        }
        if field.is_none() && self.find_field(bound.model, &name.value).is_none() {
            let message = format!(
                "the serializer {} has no field {}",
                quote(&serializer.name.pascal()),
                quote(&name.value)
            );
            let readable = serializer.fields.iter().filter(|field| field.access != Access::WriteOnly);
            let near = self.nearest(&name.value, readable.map(|field| field.wire.as_str()));
            if self.model_facts[bound.model.index()].broken.contains(&name.value) {
                return None;
            }
            self.report(Diagnostic::error(Code::UnknownField, name.span, message).suggest(near));
            return None;
        }
        let message = format!("clients cannot read {}", quote(&name.value));
        let diagnostic = Diagnostic::error(Code::UnreadableFilter, name.span, message);
        let help = format!(
            "by asking about it they could find out its value; show it in {}, or leave it out here",
            quote(&serializer.name.pascal())
        );
        self.report(diagnostic.help(help));
        None
    }

    /// Whether the values of a column can be compared.
    pub(super) fn is_ordered(&self, model: ModelId, field: usize) -> bool {
        matches!(self.models[model].fields[field].ty, Type::Scalar(_) | Type::Enum(_))
    }
}
