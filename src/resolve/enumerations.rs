//! Closed sets of values.

use super::namespaces::Scope;
use super::numbers::integer;
use super::reserved;
use super::resolver::Resolver;
use super::shape::{Base, docs};
use super::stands::Place;
use crate::ast::{JsonType, Schema};
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{Enum, Literal, Name, Type, Variant};
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
        let fits = match named {
            None => integers || texts,
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
            let message = "`format` says nothing of an `enum`";
            self.error(Code::MisplacedKeyword, format.key, message);
            return None;
        }
        let variants = self.variants(&nodes)?;
        self.take_type(&place.name, place.span, "the type of an enumeration", "kind");
        let keys: Vec<&str> = place.keys.iter().map(String::as_str).collect();
        let id = self.enums.push(Enum {
            name: place.name.clone(),
            home: place.home,
            variants,
            docs: docs(&schema.title, &schema.description, &schema.deprecated),
            origin: self.origin(schema.span, &keys),
        });
        self.keywords_fit(schema, &Type::Enum(id))?;
        Some(Base::of(Type::Enum(id), nullable || has_null).null_left_out(!has_null))
    }

    fn variants(&self, nodes: &[&Node]) -> Option<Vec<Variant>> {
        let mut scope = Scope::default();
        let mut variants: Vec<Variant> = Vec::new();
        let mut sound = true;
        for (index, node) in nodes.iter().enumerate() {
            let value = match &node.value {
                Value::Text(_) if node.holds_nul() => {
                    self.error(Code::InvalidValue, node.span, "the character U+0000 cannot be stored");
                    return None;
                }
                Value::Text(text) => Literal::Text(text.clone()),
                Value::Number(text) => match integer(text) {
                    Some(number) => Literal::Integer(number),
                    None => {
                        let message = format!("{} is no integer of 64 bits", quote(text));
                        self.error(Code::InvalidValue, node.span, message);
                        return None;
                    }
                },
                _ => return None,
            };
            if variants.iter().any(|variant| variant.value == value) {
                let message = format!("{} is among the values twice", quote(&node.to_json()));
                self.error(Code::DuplicateName, node.span, message);
                sound = false;
                continue;
            }
            let name = variant_name(&value, index);
            sound &= self.take(&mut scope, &name, &node.to_json(), node.span);
            variants.push(Variant { name, value });
        }
        sound.then_some(variants)
    }
}

/// A value as a name: `value_5` for 5, `value_minus_5` for -5, `empty` for "", the words of a text otherwise;
/// `value_1st` and `value_self` where the words could be no identifier, the number of the value where there
/// are none.
fn variant_name(value: &Literal, index: usize) -> Name {
    let text = match value {
        Literal::Integer(number) if *number < 0 => {
            return Name::parse(&format!("value_minus_{}", number.unsigned_abs()));
        }
        Literal::Integer(number) => return Name::parse(&format!("value_{number}")),
        Literal::Text(text) => text,
        _ => "",
    };
    if text.is_empty() {
        return Name::parse("empty");
    }
    let name = Name::parse(text);
    let snake = name.snake();
    if snake.is_empty() || !snake.is_ascii() {
        return Name::parse(&format!("value_number_{}", index + 1));
    }
    let identifier =
        !snake.starts_with(|c: char| c.is_ascii_digit()) && !reserved::IDENTIFIERS.contains(&snake.as_str());
    if identifier { name } else { Name::parse(&format!("value_{snake}")) }
}

/// Whether values can be the variants of an enum in Rust: all texts or all integers of 64 bits, each with a name.
pub(super) fn are_variants(values: &[Node], named: Option<JsonType>, nullable: bool) -> bool {
    let nodes: Vec<&Node> = values.iter().filter(|node| node.value != Value::Null).collect();
    let has_null = nodes.len() < values.len();
    let whole = |node: &&Node| matches!(&node.value, Value::Number(text) if integer(text).is_some());
    let text = |node: &&Node| matches!(&node.value, Value::Text(text) if !text.contains('\0'));
    let fits = (named != Some(JsonType::String) && nodes.iter().all(whole))
        || (named != Some(JsonType::Integer) && nodes.iter().all(text));
    let mut names = std::collections::HashSet::new();
    let mut named_once = nodes.iter().enumerate().map(|(index, node)| {
        let value = match &node.value {
            Value::Text(text) => Literal::Text(text.clone()),
            Value::Number(text) => Literal::Integer(integer(text).unwrap_or_default()),
            _ => Literal::Null,
        };
        names.insert(variant_name(&value, index).pascal())
    });
    !nodes.is_empty() && fits && !(has_null && named.is_some() && !nullable) && named_once.all(|new| new)
}
