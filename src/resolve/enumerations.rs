//! Enumerations: closed sets of values.

use dcrf_scalars::Exact;

use super::numbers::integer;
use super::resolver::Resolver;
use super::shape::{Base, docs};
use super::stands::Place;
use super::value_names::value_names;
use crate::ast::{JsonType, Schema};
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{Enum, Literal, Name, Type, Variant};
use crate::source::Spanned;
use crate::syntax::{Key, Node, Value};

impl<'a> Resolver<'a> {
    pub(super) fn enumeration(
        &mut self,
        schema: &'a Schema,
        variants: &'a Key<Vec<Node>>,
        named: Option<JsonType>,
        nullable: bool,
        place: &Place,
    ) -> Option<Base> {
        let nodes: Vec<&Node> = variants.value.iter().filter(|node| node.value != Value::Null).collect();
        let has_null = nodes.len() < variants.value.len();
        let integers = nodes.iter().all(|node| matches!(node.value, Value::Number(_)));
        let texts = nodes.iter().all(|node| matches!(node.value, Value::Text(_)));
        let mixed = self.is_payload(schema, place) && are_variants(&variants.value, None, false);
        let fits = match named {
            None => integers || texts || mixed,
            Some(JsonType::Integer) => integers,
            Some(JsonType::String) => texts,
            Some(_) => false,
        };
        if nodes.is_empty() || !fits {
            let message = "the values of `enum` must be all strings or all integers, as `type` says";
            let diagnostic = Diagnostic::error(Code::InvalidValue, variants.span, message);
            self.report(diagnostic.help("null may be among them where `type` allows it"));
            return None;
        }
        if has_null && named.is_some() && !nullable {
            let message = "`null` is among the values, but `type` does not allow it";
            self.error(Code::InvalidValue, variants.span, message);
            return None;
        }
        if let Some(format) = &schema.format {
            let message = "`format` does not apply to an `enum`";
            self.error(Code::MisplacedKeyword, format.key, message);
            return None;
        }
        let values = self.values(&nodes, mixed)?;
        let is_null: Vec<bool> = variants.value.iter().map(|node| node.value == Value::Null).collect();
        let names = match schema.enum_names.as_ref().or(schema.enum_names_alias.as_ref()) {
            Some(names) => Some(self.given_names(names, &is_null)?),
            None => None,
        };
        let descriptions = match &schema.enum_descriptions {
            Some(texts) => self.one_each(texts, &is_null, "x-enum-descriptions")?,
            None => Vec::new(),
        };
        let named = names.is_some();
        let names = names.unwrap_or_else(|| value_names(&values));
        let description =
            |at: usize| descriptions.get(at).map(|text| text.value.clone()).filter(|text| !text.is_empty());
        let variants = values.into_iter().zip(names).enumerate();
        let variants = variants
            .map(|(at, (value, name))| Variant { name, value, description: description(at) })
            .collect();
        let rust = self.take_named(schema, place, "the type of an enumeration");
        let keys: Vec<&str> = place.keys.iter().map(String::as_str).collect();
        let id = self.enums.push(Enum {
            name: place.name.clone(),
            rust,
            home: place.home,
            variants,
            named,
            docs: docs(&schema.title, &schema.description, &schema.deprecated),
            origin: self.origin(schema.span, &keys),
        });
        self.keywords_fit(schema, &Type::Enum(id))?;
        Some(Base::of(Type::Enum(id), nullable || has_null).null_left_out(!has_null))
    }

    /// Returns the values; those of a `mixed` enum may be numbers and booleans.
    fn values(&self, nodes: &[&Node], mixed: bool) -> Option<Vec<Literal>> {
        let mut values: Vec<Literal> = Vec::new();
        let mut sound = true;
        for node in nodes {
            let value = match &node.value {
                Value::Text(_) if node.holds_nul() => {
                    self.error(Code::InvalidValue, node.span, "the character U+0000 cannot be stored");
                    return None;
                }
                Value::Text(text) => Literal::Text(text.clone()),
                Value::Number(text) => match integer(text) {
                    Some(number) => Literal::Integer(number),
                    None if mixed => Literal::Number(text.clone()),
                    None => {
                        let message = format!("{} is not a 64-bit integer", quote(text));
                        self.error(Code::InvalidValue, node.span, message);
                        return None;
                    }
                },
                Value::Boolean(value) if mixed => Literal::Boolean(*value),
                _ => return None,
            };
            if values.contains(&value) {
                let message = format!("{} is among the values twice", quote(&node.to_json()));
                self.error(Code::DuplicateName, node.span, message);
                sound = false;
                continue;
            }
            values.push(value);
        }
        sound.then_some(values)
    }

    /// Returns the texts that belong to the values, without that of `null`.
    fn one_each<'t>(
        &self,
        texts: &'t Key<Vec<Spanned<String>>>,
        is_null: &[bool],
        keyword: &str,
    ) -> Option<Vec<&'t Spanned<String>>> {
        if texts.value.len() != is_null.len() {
            let (texts_len, values) = (texts.value.len(), is_null.len());
            let message = format!("{} has {texts_len} items, and `enum` has {values}", quote(keyword));
            let diagnostic = Diagnostic::error(Code::InvalidValue, texts.span, message);
            self.report(diagnostic.help("each value needs one item, in the same order"));
            return None;
        }
        Some(
            texts.value.iter().zip(is_null).filter(|(_, is_null)| !**is_null).map(|(text, _)| text).collect(),
        )
    }

    /// Returns the names that the definition gives the values.
    fn given_names(&self, given: &Key<Vec<Spanned<String>>>, is_null: &[bool]) -> Option<Vec<String>> {
        let mut names: Vec<String> = Vec::new();
        let given = self.one_each(given, is_null, "x-enum-varnames")?;
        let mut sound = true;
        for text in &given {
            let Some(name) = self.name(&text.value, text.span, "a value") else {
                sound = false;
                continue;
            };
            let name = given_name(&text.value, &name);
            if name == "Self" {
                let message = "`Self` cannot be the name of a value: Rust cannot escape it";
                self.error(Code::ReservedName, text.span, message);
                sound = false;
            }
            if let Some(first) = names.iter().position(|other| *other == name) {
                let message = format!("two values are called {}", quote(&name));
                let diagnostic = Diagnostic::error(Code::NameCollision, text.span, message);
                self.report(diagnostic.related(given[first].span, "the other").help("rename one of them"));
                sound = false;
            }
            names.push(name);
        }
        sound.then_some(names)
    }
}

/// Returns a name in UpperCamelCase as it is (`IOs`, `GraphQL`), and converts any other name: `IN_PROGRESS`.
fn given_name(text: &str, name: &Name) -> String {
    let is_camel = text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.contains(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_alphanumeric());
    if is_camel { text.to_owned() } else { name.pascal() }
}

/// Tells whether values can be the variants of an enum in Rust: single values, each of them once. Beside a type they are
/// all texts or all integers of 64 bits.
pub(super) fn are_variants(values: &[Node], named: Option<JsonType>, nullable: bool) -> bool {
    let nodes: Vec<&Node> = values.iter().filter(|node| node.value != Value::Null).collect();
    let has_null = nodes.len() < values.len();
    let is_variant = |node: &&Node| match (&node.value, named) {
        (Value::Text(text), None | Some(JsonType::String)) => !text.contains('\0'),
        (Value::Number(text), None) => {
            integer(text).is_some() || Exact::parse(text).is_some_and(|number| number.is_float())
        }
        (Value::Number(text), Some(JsonType::Integer)) => integer(text).is_some(),
        (Value::Boolean(_), None) => true,
        _ => false,
    };
    let mut seen = std::collections::HashSet::new();
    let once = nodes.iter().all(|node| seen.insert(node.canonical()));
    !nodes.is_empty() && nodes.iter().all(is_variant) && !(has_null && named.is_some() && !nullable) && once
}

/// Tells whether every value is of one of the types.
pub(super) fn are_of_types(values: &[Node], names: &[JsonType]) -> bool {
    values.iter().all(|node| {
        names.iter().any(|name| match (&node.value, name) {
            (Value::Null, JsonType::Null)
            | (Value::Boolean(_), JsonType::Boolean)
            | (Value::Text(_), JsonType::String)
            | (Value::Number(_), JsonType::Number) => true,
            (Value::Number(text), JsonType::Integer) => integer(text).is_some(),
            _ => false,
        })
    })
}
