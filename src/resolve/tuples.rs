//! Tuples: arrays with an item of each type.

use std::collections::HashSet;

use super::composition::is_null;
use super::objects::element;
use super::references::Target;
use super::resolver::Resolver;
use super::shape::{Shape, docs};
use super::stands::Place;
use crate::ast::{Additional, JsonType, Schema};
use crate::ir::{Element, Type};
use crate::source::Span;

impl<'a> Resolver<'a> {
    /// Returns the schemas of the items, if a schema accepts only arrays that have one item by each of them.
    pub(super) fn tuple_items(&self, schema: &'a Schema) -> Option<&'a [Schema]> {
        let names = schema.types.as_ref()?.value.names();
        let others: Vec<JsonType> =
            names.iter().map(|name| name.value).filter(|name| *name != JsonType::Null).collect();
        let items = schema.prefix_items.as_ref()?.value.as_slice();
        let count = items.len() as u64;
        let least = schema.min_items.as_ref().map(|key| key.value);
        let most = schema.max_items.as_ref().map(|key| key.value);
        let ends = schema.items.as_ref().is_some_and(|items| items.value.is_never());
        let is_full =
            least == Some(count) && (most == Some(count) || (ends && most.is_none_or(|most| most > count)));
        let sound = items.iter().all(|item| !item.poisoned && !item.is_never());
        let fits = (1..=Type::ITEMS).contains(&items.len());
        let is_tuple = others == [JsonType::Array] && schema.reference.is_none() && is_full && sound && fits;
        (is_tuple && !self.leads_back(schema, items)).then_some(items)
    }

    /// Tells whether an item leads to the tuple itself without an object between: Rust has no name for such a type.
    fn leads_back(&self, schema: &'a Schema, items: &'a [Schema]) -> bool {
        let mut seen: HashSet<Span> = HashSet::new();
        let mut waiting: Vec<&'a Schema> = items.iter().collect();
        while let Some(next) = waiting.pop() {
            if next.span == schema.span {
                return true;
            }
            if !seen.insert(next.span) {
                continue;
            }
            if let Some(reference) = &next.reference {
                let mark = self.sink.mark();
                let target = self.target(reference);
                self.sink.rewind(mark);
                if let Some(Target::Type { schema, .. }) = target {
                    waiting.push(schema);
                }
            }
            waiting.extend(next.items.iter().map(|items| &*items.value));
            waiting.extend(next.prefix_items.iter().flat_map(|items| &items.value));
            waiting.extend(next.all_of.iter().flat_map(|parts| &parts.value));
            if let Some(Additional::Of(of)) = next.additional.as_ref().map(|key| &key.value) {
                waiting.push(of);
            }
            let forms = next.any_of.iter().chain(&next.one_of).flat_map(|forms| &forms.value);
            let forms: Vec<&Schema> = forms.filter(|form| !is_null(form)).collect();
            // A union has a name in Rust, but one form and null are that form.
            if let [only] = forms.as_slice() {
                waiting.push(only);
            }
        }
        false
    }

    /// Resolves a tuple. JSON Schema validates everything else that the schema says.
    pub(super) fn tuple(&mut self, schema: &'a Schema, items: &'a [Schema], place: &Place) -> Option<Shape> {
        let mut elements: Vec<Element> = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let keys = ["prefixItems", &index.to_string()];
            let place = place.inside(&format!("item_{}", index + 1), place.span, &keys);
            elements.push(element(self.shape(item, &place)?, &place));
        }
        let names = schema.types.as_ref().map(|types| types.value.names()).unwrap_or_default();
        let nullable = names.iter().any(|name| name.value == JsonType::Null);
        let docs = docs(&schema.title, &schema.description, &schema.deprecated);
        Some(Shape { docs, ..Shape::of(Type::Tuple(elements), nullable) })
    }
}
