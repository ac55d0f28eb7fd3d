//! Validation errors: DRF's codes and messages, and the application's own messages.

use super::shape::Shape;
use crate::ground::error::Detail;
use crate::schema::meta::{Kind, TypeMeta};
use crate::schema::value::Value;

/// One error: DRF's code, the message, and the values of its `{placeholders}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    code: &'static str,
    template: &'static str,
    parameters: Vec<(&'static str, String)>,
}

impl Fault {
    /// Creates an error whose message has no placeholders.
    pub(crate) const fn new(code: &'static str, text: &'static str) -> Self {
        Self { code, template: text, parameters: Vec::new() }
    }

    /// Adds the value of a placeholder `{name}`.
    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.parameters.push((name, value.to_string()));
        self
    }

    pub(crate) const fn required() -> Self {
        Self::new("required", "This field is required.")
    }

    pub(crate) const fn null() -> Self {
        Self::new("null", "This field may not be null.")
    }

    pub(super) const fn invalid(text: &'static str) -> Self {
        Self::new("invalid", text)
    }

    pub(super) const fn blank() -> Self {
        Self::new("blank", "This field may not be blank.")
    }

    pub(super) fn invalid_choice(input: &str) -> Self {
        Self::new("invalid_choice", "\"{input}\" is not a valid choice.").with("input", input)
    }

    /// Returns DRF's error for an empty list or dictionary if `allow_empty` is false.
    pub(super) const fn empty(map: bool) -> Self {
        let text = if map { "This dictionary may not be empty." } else { "This list may not be empty." };
        Self::new("empty", text)
    }

    pub(super) const fn too_deep() -> Self {
        Self::new("too_deep", "Value is nested too deeply.")
    }

    /// What Django REST Framework's `JSONField` says.
    pub(super) const fn no_json() -> Self {
        Self::invalid("Value must be valid JSON.")
    }

    pub(super) fn surrogate(unit: u16) -> Self {
        Self::new("surrogate_characters_not_allowed", "Surrogate characters are not allowed: U+{code_point}.")
            .with("code_point", format!("{unit:X}"))
    }

    pub(super) fn not_a_list(found: &Shape<'_>) -> Self {
        let text = "Expected a list of items but got type \"{input_type}\".";
        Self::new("not_a_list", text).with("input_type", found.python_type())
    }

    /// Returns `Invalid data. Expected a dictionary, but got list.`
    pub(crate) fn not_a_dictionary(found: &Shape<'_>) -> Self {
        Self::invalid("Invalid data. Expected a dictionary, but got {datatype}.")
            .with("datatype", found.python_type())
    }

    /// Returns the message; `messages` are those of the application, by code.
    pub(crate) fn text(&self, messages: &[(&str, &str)]) -> String {
        let own = messages.iter().find(|(code, _)| *code == self.code).map(|(_, text)| *text);
        self.fill(own.unwrap_or(self.template))
    }

    /// Replaces the placeholders in one pass, so that a value that looks like a placeholder stays as it is.
    fn fill(&self, template: &str) -> String {
        let mut out = String::with_capacity(template.len());
        let mut rest = template;
        while let Some(at) = rest.find('{') {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            let found = self
                .parameters
                .iter()
                .find_map(|(name, value)| Some((rest[1..].strip_prefix(name)?.strip_prefix('}')?, value)));
            if let Some((after, value)) = found {
                out.push_str(value);
                rest = after;
            } else {
                out.push('{');
                rest = &rest[1..];
            }
        }
        out.push_str(rest);
        out
    }
}

/// The reason why a value is refused.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Refusal {
    /// It is not a value of its kind.
    Faults(Vec<Fault>),
    /// It is a value of its kind that breaks rules.
    Broken(Broken),
    /// An object, or a list of objects, is itself invalid, which DRF reports under `non_field_errors`.
    Whole(Vec<Fault>),
    /// A value inside of it is invalid.
    Nested(Detail),
}

/// A value that breaks rules.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Broken {
    pub(crate) value: Value,
    /// The errors, in the order of DRF's checks.
    pub(crate) faults: Vec<Fault>,
    /// The number of errors that come before the check whether the value is unique.
    pub(crate) before_unique: usize,
}

impl Refusal {
    /// Returns the refusal of a list itself: for a list of objects it is under `non_field_errors`, as in DRF's
    /// `ListSerializer`.
    pub(super) fn of_list(item: &TypeMeta, faults: Vec<Fault>) -> Self {
        if matches!(item.kind, Kind::Object(_)) { Self::Whole(faults) } else { Self::Faults(faults) }
    }

    /// Returns the detail for the client.
    pub(crate) fn detail(&self, messages: &[(&str, &str)]) -> Detail {
        let texts = |faults: &[Fault]| {
            Detail::List(faults.iter().map(|fault| Detail::Text(fault.text(messages))).collect())
        };
        match self {
            Self::Faults(faults) | Self::Broken(Broken { faults, .. }) => texts(faults),
            Self::Whole(faults) => Detail::Map(vec![("non_field_errors".to_owned(), texts(faults))]),
            Self::Nested(detail) => detail.clone(),
        }
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Faults(vec![fault])
    }
}
