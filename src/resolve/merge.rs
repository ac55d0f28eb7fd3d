//! Merges two schemas keyword by keyword: the stricter of two rules holds, and a contradiction is reported with both
//! places.

use dcrf_scalars::Exact;

use super::composition::{says_beyond, says_more, without_parts};
use super::resolver::Resolver;
use crate::ast::{Additional, JsonType, Number, Schema, TypeNames};
use crate::diag::{Code, Diagnostic, quote};
use crate::source::{Span, Spanned};
use crate::syntax::{Key, Mapping, Node};

impl Resolver<'_> {
    /// Adds everything that `part` says to `whole`.
    pub(super) fn merge_part(&self, whole: &mut Schema, part: &Schema) {
        self.refused(whole, part);
        self.refused(part, whole);
        self.merge_types(whole, part);
        self.merge_values(whole, part);
        self.merge_limits(whole, part);
        self.merge_members(whole, part);
        for (own, other) in [(&mut whole.title, &part.title), (&mut whole.description, &part.description)] {
            if own.is_none() {
                own.clone_from(other);
            }
        }
        if whole.deprecated.is_none() {
            whole.deprecated.clone_from(&part.deprecated);
        }
        if whole.default.is_none() {
            whole.default.clone_from(&part.default);
        }
    }

    fn contradiction(&self, name: &str, first: Span, second: Span) {
        let message = format!("a value cannot satisfy both this {} and the other one", quote(name));
        self.report(Diagnostic::error(Code::ConflictingKeys, second, message).related(first, "the other"));
    }

    /// Reports properties of one part that fall under `additionalProperties` of another.
    fn refused(&self, closed: &Schema, other: &Schema) {
        let Some(key) = &closed.additional else { return };
        if matches!(key.value, Additional::Allowed(true)) {
            return;
        }
        let Some(properties) = &other.properties else { return };
        let known = closed.properties.as_ref().map(|key| &key.value);
        for (name, _) in &properties.value.entries {
            if known.is_some_and(|known| known.get(&name.value).is_some()) {
                continue;
            }
            let message = format!(
                "the property {} falls under `additionalProperties` of another part",
                quote(&name.value)
            );
            let help = "to refuse properties that no part names, put `\"unevaluatedProperties\": false` beside `allOf`";
            let diagnostic = Diagnostic::error(Code::ConflictingKeys, name.span, message);
            self.report(diagnostic.related(key.key, "here").help(help));
        }
    }

    fn merge_types(&self, whole: &mut Schema, part: &Schema) {
        let (Some(own), Some(other)) = (&mut whole.types, &part.types) else {
            return keep_first(&mut whole.types, &part.types);
        };
        let others: Vec<JsonType> = other.value.names().iter().map(|name| name.value).collect();
        let both: Vec<Spanned<JsonType>> = own
            .value
            .names()
            .iter()
            .filter_map(|name| {
                let value = match name.value {
                    value if others.contains(&value) => value,
                    JsonType::Integer if others.contains(&JsonType::Number) => JsonType::Integer,
                    JsonType::Number if others.contains(&JsonType::Integer) => JsonType::Integer,
                    _ => return None,
                };
                Some(Spanned { value, span: name.span })
            })
            .collect();
        if both.is_empty() {
            return self.contradiction("type", own.span, other.span);
        }
        own.value = TypeNames::Many(both);
    }

    fn merge_values(&self, whole: &mut Schema, part: &Schema) {
        macro_rules! equal {
            ($($field:ident $name:literal,)*) => {$(
                match (&whole.$field, &part.$field) {
                    (Some(own), Some(other)) if own.value != other.value => {
                        self.contradiction($name, own.span, other.span);
                    }
                    _ => keep_first(&mut whole.$field, &part.$field),
                }
            )*};
        }
        equal! {
            format "format", max_digits "x-max-digits", decimal_places "x-decimal-places",
        }
        match (&whole.constant, &part.constant) {
            (Some(own), Some(other)) if own.value.canonical() != other.value.canonical() => {
                self.contradiction("const", own.span, other.span);
            }
            _ => keep_first(&mut whole.constant, &part.constant),
        }
        merge_beside_values(whole, part);
        match (&mut whole.variants, &part.variants) {
            (Some(own), Some(other)) => {
                let others: Vec<String> = other.value.iter().map(Node::canonical).collect();
                own.value.retain(|value| others.contains(&value.canonical()));
                if own.value.is_empty() {
                    self.contradiction("enum", own.span, other.span);
                }
            }
            _ => keep_first(&mut whole.variants, &part.variants),
        }
    }

    fn merge_limits(&self, whole: &mut Schema, part: &Schema) {
        stricter(&mut whole.minimum, &part.minimum, |own, other| number(other) > number(own));
        stricter(&mut whole.exclusive_minimum, &part.exclusive_minimum, |own, other| {
            number(other) > number(own)
        });
        stricter(&mut whole.maximum, &part.maximum, |own, other| number(other) < number(own));
        stricter(&mut whole.exclusive_maximum, &part.exclusive_maximum, |own, other| {
            number(other) < number(own)
        });
        stricter(&mut whole.min_length, &part.min_length, |own, other| other > own);
        stricter(&mut whole.max_length, &part.max_length, |own, other| other < own);
        stricter(&mut whole.min_items, &part.min_items, |own, other| other > own);
        stricter(&mut whole.max_items, &part.max_items, |own, other| other < own);
        stricter(&mut whole.unique_items, &part.unique_items, |own, other| *other && !*own);
        if let (Some(own), Some(other)) = (&whole.multiple_of, &part.multiple_of) {
            let divides = |step: &Number, of: &Number| {
                number(of).zip(number(step)).and_then(|(of, step)| of.is_multiple_of(&step))
            };
            if divides(&own.value, &other.value) == Some(true) {
                whole.multiple_of.clone_from(&part.multiple_of);
            } else if divides(&other.value, &own.value) == Some(false) {
                let help = "write the least common multiple of both";
                self.two_of("multipleOf", own.key, other.key, help);
            }
        }
        keep_first(&mut whole.multiple_of, &part.multiple_of);
        if let (Some(own), Some(other)) = (&whole.pattern, &part.pattern)
            && own.value != other.value
        {
            self.two_of("pattern", own.key, other.key, "write one pattern that requires both");
        }
        keep_first(&mut whole.pattern, &part.pattern);
        keep_first(&mut whole.pattern_dialect, &part.pattern_dialect);
    }

    /// Reports two keywords that cannot be merged.
    fn two_of(&self, name: &str, first: Span, second: Span, help: &str) {
        let message = format!("two parts with {} are not supported", quote(name));
        let diagnostic = Diagnostic::error(Code::UnsupportedKeyword, second, message);
        self.report(diagnostic.related(first, "the other").help(help));
    }

    fn merge_members(&self, whole: &mut Schema, part: &Schema) {
        match (&mut whole.properties, &part.properties) {
            (Some(own), Some(other)) => merge_properties(&mut own.value, &other.value),
            _ => keep_first(&mut whole.properties, &part.properties),
        }
        match (&mut whole.required, &part.required) {
            (Some(own), Some(other)) => {
                let new =
                    other.value.iter().filter(|name| !own.value.iter().any(|own| own.value == name.value));
                let new: Vec<Spanned<String>> = new.cloned().collect();
                own.value.extend(new);
            }
            _ => keep_first(&mut whole.required, &part.required),
        }
        match (&mut whole.items, &part.items) {
            (Some(own), Some(other)) => *own.value = both(&own.value, &other.value, own.key),
            _ => keep_first(&mut whole.items, &part.items),
        }
        match (&mut whole.additional, &part.additional) {
            (Some(own), Some(other)) => own.value = both_additional(own, &other.value),
            _ => keep_first(&mut whole.additional, &part.additional),
        }
        let forms = |schema: &Schema| schema.any_of.as_ref().or(schema.one_of.as_ref()).map(|key| key.key);
        if let (Some(own), Some(other)) = (forms(whole), forms(part)) {
            self.two_of("anyOf` or `oneOf", own, other, "list the forms that are in both, in one place");
        }
        keep_first(&mut whole.any_of, &part.any_of);
        keep_first(&mut whole.one_of, &part.one_of);
        keep_first(&mut whole.discriminator, &part.discriminator);
    }
}

fn keep_first<T: Clone>(own: &mut Option<T>, other: &Option<T>) {
    if own.is_none() {
        own.clone_from(other);
    }
}

/// Merges the lists beside two `enum`s: those items are left whose values are left.
fn merge_beside_values(whole: &mut Schema, part: &Schema) {
    let canonical = |key: &Key<Vec<Node>>| key.value.iter().map(Node::canonical).collect::<Vec<_>>();
    let values = whole.variants.as_ref().map(canonical).zip(part.variants.as_ref().map(canonical));
    for (list, other) in [
        (&mut whole.enum_names, &part.enum_names),
        (&mut whole.enum_names_alias, &part.enum_names_alias),
        (&mut whole.enum_descriptions, &part.enum_descriptions),
    ] {
        let own = list.is_some();
        keep_first(list, other);
        let (Some(list), Some((mine, theirs))) = (list, &values) else { continue };
        let beside = if own { mine } else { theirs };
        if list.value.len() == beside.len() {
            let left = mine.iter().filter(|value| theirs.contains(value));
            let at = left.filter_map(|value| beside.iter().position(|other| other == value));
            list.value = at.map(|at| list.value[at].clone()).collect();
        }
    }
}

fn stricter<T: Clone>(own: &mut Option<Key<T>>, other: &Option<Key<T>>, wins: impl Fn(&T, &T) -> bool) {
    let replace = match (&*own, other) {
        (Some(own), Some(other)) => wins(&own.value, &other.value),
        (own, _) => own.is_none(),
    };
    if replace {
        own.clone_from(other);
    }
}

/// Returns a number in the form in which it is compared.
fn number(number: &Number) -> Option<Exact> {
    Exact::parse(&number.0)
}

fn merge_properties(own: &mut Mapping<Schema>, other: &Mapping<Schema>) {
    for (name, schema) in &other.entries {
        match own.entries.iter_mut().find(|(known, _)| known.value == name.value) {
            Some((_, Some(known))) => {
                if let Some(schema) = schema {
                    *known = both(known, schema, name.span);
                }
            }
            Some((_, None)) => {}
            None => own.entries.push((name.clone(), schema.clone())),
        }
    }
}

fn both_additional(own: &Key<Additional>, other: &Additional) -> Additional {
    match (&own.value, other) {
        (Additional::Allowed(false), _) | (_, Additional::Allowed(false)) => Additional::Allowed(false),
        (Additional::Of(one), Additional::Of(two)) => Additional::Of(Box::new(both(one, two, own.key))),
        (Additional::Of(one), _) | (_, Additional::Of(one)) => Additional::Of(one.clone()),
        (Additional::Allowed(true), Additional::Allowed(true)) => Additional::Allowed(true),
    }
}

/// Returns a schema that says what two say. Its meaning is resolved later, as that of any `allOf`. The same type, named
/// twice, stays that type.
fn both(one: &Schema, two: &Schema, key: Span) -> Schema {
    let name = |schema: &Schema| {
        let reference = schema.reference.as_ref()?;
        Some((reference.value.clone(), reference.span.file))
    };
    let says_nothing = !says_more(&without_parts(two)) && !says_beyond(two);
    let only_named = says_nothing && two.all_of.is_none() && two.default.is_none();
    if one.span == two.span || (only_named && name(one).is_some() && name(one) == name(two)) {
        return one.clone();
    }
    let parts = vec![one.clone(), two.clone()];
    Schema { all_of: Some(Key { key, value: parts, span: key }), ..Schema::empty(one.span) }
}
