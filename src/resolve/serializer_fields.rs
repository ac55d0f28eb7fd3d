//! The fields of serializers: those of the model, with `extra_kwargs` merged in.

use dcrf_scalars::Exact;

use super::resolver::Resolver;
use super::rules::bound;
use super::serializers::Shown;
use crate::ast::{Bound, ExtraKwargs};
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{
    Access, Auto, Field, FieldSource, Format, Literal, ModelId, ObjectId, Rule, Scalar, SerializerField, Type,
};
use crate::source::Span;
use crate::syntax::Mapping;

/// The error codes of Django REST Framework.
const MESSAGE_CODES: &[&str] = &[
    "required",
    "null",
    "blank",
    "invalid",
    "invalid_unicode",
    "pattern",
    "max_length",
    "min_length",
    "max_value",
    "min_value",
    "max_digits",
    "max_decimal_places",
    "max_whole_digits",
    "max_string_length",
    "invalid_choice",
    "does_not_exist",
    "incorrect_type",
    "unique",
    "date",
    "datetime",
    "make_aware",
    "overflow",
    "not_a_list",
    "not_a_dict",
    "empty",
    "invalid_type",
    "invalid_image",
    "max_size",
    "max_width",
    "max_height",
];

impl<'a> Resolver<'a> {
    /// Resolves one field of a serializer; the caller sets its name. It returns `None` if something was reported.
    pub(super) fn serializer_field(
        &mut self,
        shown: &Shown<'a>,
        position: usize,
        id: ModelId,
        listed_read_only: bool,
        kwargs: Option<&'a ExtraKwargs>,
    ) -> Option<SerializerField> {
        let field = self.models[id].fields[position].clone();
        let access = self.access(&field, listed_read_only, kwargs)?;
        if let Some(write) = kwargs.and_then(|kwargs| kwargs.write_only.as_ref())
            && access == Access::WriteOnly
            && position == self.models[id].key
        {
            self.write_only_key(write.key);
            return None;
        }
        let text = matches!(field.ty, Type::Scalar(scalar) if scalar.is_text());
        let mut merged = SerializerField {
            name: field.name.clone(),
            wire: shown.wire.clone(),
            source: FieldSource::Column(position),
            access,
            required: field.required && access != Access::ReadOnly,
            nullable: field.nullable,
            blank: false,
            untrimmed: false,
            default: field.default.clone(),
            default_in_update: false,
            rules: field.rules.clone(),
            format: Format::default(),
            messages: Vec::new(),
            validate: false,
            link: None,
            slug: None,
            within: None,
            docs: field.docs.clone(),
        };
        let mut allow_blank = None;
        if let Some(kwargs) = kwargs {
            self.merge(&mut merged, &field, kwargs)?;
            allow_blank = kwargs.allow_blank.as_ref();
            if let Some(key) = allow_blank.filter(|_| !text) {
                self.error(Code::BadRule, key.key, "`allow_blank` is a rule for texts");
            }
            self.merge_allow_empty(&mut merged.rules, &field.ty, kwargs);
            self.merge_multiple_choice(&mut merged.rules, &field.ty, kwargs);
            let is_plain = field.file.is_none() && field.foreign_key.is_none();
            self.merge_file_path(&mut merged.rules, &field.ty, is_plain, kwargs);
            merged.untrimmed = self.is_untrimmed(&field.ty, kwargs);
            merged.format = self.format(kwargs, &field.ty, access);
            merged.slug = match (&field.foreign_key, &kwargs.slug_field) {
                (Some(foreign), _) => self.slug(kwargs, foreign.model, access),
                (None, Some(key)) => {
                    self.error(Code::BadRule, key.key, "`slug_field` is a setting of relations");
                    None
                }
                (None, None) => None,
            };
        }
        let blank_by_itself = merged.default == Some(Literal::Text(String::new()))
            || merged.rules.contains(&Rule::MinLength(0));
        let takes_no_path = is_path_or_empty(&merged.rules, kwargs);
        merged.blank = text && allow_blank.map_or(blank_by_itself || takes_no_path, |key| key.value);
        Some(merged)
    }

    /// Merges `allow_empty` of lists and maps.
    pub(super) fn merge_allow_empty(&self, rules: &mut Vec<Rule>, ty: &Type, kwargs: &ExtraKwargs) {
        let Some(key) = &kwargs.allow_empty else { return };
        if !matches!(ty, Type::List(_) | Type::Map(_)) {
            self.error(Code::BadRule, key.key, "`allow_empty` is a rule for lists and dictionaries");
        } else if !key.value {
            rules.push(Rule::NotEmpty);
        }
    }

    /// Merges `multiple_choice` of lists of an `enum`.
    fn merge_multiple_choice(&self, rules: &mut Vec<Rule>, ty: &Type, kwargs: &ExtraKwargs) {
        let Some(key) = &kwargs.multiple_choice else { return };
        let of_choices = matches!(ty, Type::List(element) if matches!(element.ty, Type::Enum(_)));
        if !of_choices {
            self.error(Code::BadRule, key.key, "`multiple_choice` is a setting of lists of an `enum`");
        } else if key.value {
            rules.push(Rule::MultipleChoice);
        }
    }

    /// Tells whether `trim_whitespace: false` applies to a text.
    pub(super) fn is_untrimmed(&self, ty: &Type, kwargs: &ExtraKwargs) -> bool {
        let Some(key) = &kwargs.trim_whitespace else { return false };
        if !matches!(ty, Type::Scalar(scalar) if scalar.is_text()) {
            self.error(Code::BadRule, key.key, "`trim_whitespace` is a rule for texts");
        }
        !key.value
    }

    /// Merges the `extra_kwargs` of a serializer without a model: they are what JSON Schema has no keywords for.
    pub(super) fn merge_properties(&mut self, id: ObjectId, kwargs: &Mapping<ExtraKwargs>) {
        for (name, kwargs) in &kwargs.entries {
            let properties = &self.objects[id].properties;
            let Some(index) = properties.iter().position(|property| property.wire == name.value) else {
                let message = format!("the serializer has no property {}", quote(&name.value));
                let near =
                    self.nearest(&name.value, properties.iter().map(|property| property.wire.as_str()));
                self.report(Diagnostic::error(Code::UnknownField, name.span, message).suggest(near));
                continue;
            };
            let Some(kwargs) = kwargs else { continue };
            let mut property = properties[index].clone();
            self.only_beside_schema(kwargs, property.ty == Type::Scalar(Scalar::Duration));
            if let Some(key) = &kwargs.allow_blank {
                if !matches!(property.ty, Type::Scalar(scalar) if scalar.is_text()) {
                    self.error(Code::BadRule, key.key, "`allow_blank` is a rule for texts");
                }
                property.allow_blank = Some(key.value);
            }
            if let Some(key) = &kwargs.allow_null {
                if property.ty == Type::Json {
                    property.nullable = key.value;
                } else {
                    let message =
                        "`allow_null` of a serializer without `model` applies only to a property of any JSON";
                    let diagnostic = Diagnostic::error(Code::MisplacedKeyword, key.key, message);
                    self.report(diagnostic.help("set `\"type\": [\"…\", \"null\"]` in the property"));
                }
            }
            self.merge_allow_empty(&mut property.rules, &property.ty, kwargs);
            self.merge_multiple_choice(&mut property.rules, &property.ty, kwargs);
            self.merge_file_path(&mut property.rules, &property.ty, true, kwargs);
            if is_path_or_empty(&property.rules, Some(kwargs)) {
                property.allow_blank.get_or_insert(true);
            }
            property.untrimmed = self.is_untrimmed(&property.ty, kwargs);
            property.format = self.format(kwargs, &property.ty, Access::ReadWrite);
            if property.ty == Type::Scalar(Scalar::Duration) {
                property.rules.extend(self.duration_limits(kwargs));
            }
            property.messages = self.messages(kwargs);
            if has_pattern(&property.ty, &property.rules) {
                words_of_pattern(&mut property.messages, true);
            }
            self.objects[id].properties[index] = property;
        }
    }

    /// Reports settings that belong to the property itself, where JSON Schema has keywords for them.
    fn only_beside_schema(&self, kwargs: &ExtraKwargs, is_duration: bool) {
        let said = [
            ("read_only", kwargs.read_only.as_ref().map(|key| key.key), None),
            ("write_only", kwargs.write_only.as_ref().map(|key| key.key), None),
            ("source", kwargs.source.as_ref().map(|key| key.key), None),
            ("queryset", kwargs.queryset.as_ref().map(|key| key.key), None),
            ("slug_field", kwargs.slug_field.as_ref().map(|key| key.key), None),
            ("hidden", kwargs.hidden.as_ref().map(|key| key.key), None),
            ("required", kwargs.required.as_ref().map(|key| key.key), Some("list it in `required`")),
            ("default", kwargs.default.as_ref().map(|key| key.key), Some("set `default` there")),
            ("min_length", kwargs.min_length.as_ref().map(|key| key.key), Some("set `minLength` there")),
            ("max_length", kwargs.max_length.as_ref().map(|key| key.key), Some("set `maxLength` there")),
            ("min_value", kwargs.min_value.as_ref().map(|key| key.key), Some("set `minimum` there")),
            ("max_value", kwargs.max_value.as_ref().map(|key| key.key), Some("set `maximum` there")),
        ];
        for (name, span, instead) in said {
            let Some(span) = span else { continue };
            // JSON Schema has no limits of durations.
            if is_duration && matches!(name, "min_value" | "max_value") {
                continue;
            }
            let message = match instead {
                Some(_) => format!("{} of a serializer without `model` belongs to the property", quote(name)),
                None => format!("{} needs a `model`", quote(name)),
            };
            let diagnostic = Diagnostic::error(Code::MisplacedKeyword, span, message);
            self.report(match instead {
                Some(instead) => diagnostic.help(instead),
                None => diagnostic,
            });
        }
    }

    fn access(&self, field: &Field, listed: bool, kwargs: Option<&ExtraKwargs>) -> Option<Access> {
        let read = kwargs.and_then(|kwargs| kwargs.read_only.as_ref());
        let write = kwargs.and_then(|kwargs| kwargs.write_only.as_ref());
        let read_only = listed || read.map_or(field.read_only, |key| key.value);
        let write_only = write.map_or(field.write_only && !read_only, |key| key.value);
        if let Some(read) = read.filter(|key| !key.value)
            && !field.auto.may_be_given()
        {
            let message = format!("{} is filled in by the server", quote(&field.wire));
            self.error(Code::ConflictingKeys, read.span, message);
            return None;
        }
        match (read_only, write_only) {
            (true, true) => {
                let span = write.or(read).map(|key| key.key)?;
                let message = "a field is read-only or write-only, not both";
                self.error(Code::ConflictingKeys, span, message);
                None
            }
            (true, false) => Some(Access::ReadOnly),
            (false, true) => Some(Access::WriteOnly),
            (false, false) => Some(Access::ReadWrite),
        }
    }

    /// Merges the `extra_kwargs` of a field.
    fn merge(&mut self, merged: &mut SerializerField, field: &Field, kwargs: &'a ExtraKwargs) -> Option<()> {
        if let Some(allow) = &kwargs.allow_null {
            if allow.value && !field.nullable {
                let message = format!("the column {} cannot be null", quote(&field.wire));
                let diagnostic = Diagnostic::error(Code::ConflictingKeys, allow.span, message);
                self.report(diagnostic.help("allow null in the model, with `\"type\": [\"…\", \"null\"]`"));
            }
            merged.nullable = allow.value;
        }
        self.merge_rules(merged, field, kwargs);
        if let Some(required) = &kwargs.required {
            if let Some(default) = kwargs.default.as_ref().filter(|_| required.value) {
                let message = "a required field cannot have a `default`";
                let diagnostic = Diagnostic::error(Code::ConflictingKeys, default.key, message);
                self.report(diagnostic.related(required.key, "the field is required"));
            }
            let has_value = field.default.is_some()
                || field.nullable
                || field.auto != Auto::No
                || kwargs.default.is_some();
            if !required.value && !has_value && merged.access != Access::ReadOnly {
                let message =
                    format!("without {}, a new row would not have a value for it", quote(&field.wire));
                let diagnostic = Diagnostic::error(Code::MissingDefault, required.span, message);
                self.report(diagnostic.help("give it a `default` too"));
            }
            merged.required = required.value && merged.access != Access::ReadOnly;
        }
        if let Some(default) = &kwargs.default {
            let rules = merged.rules.clone();
            let literal = self.checked(
                &default.value,
                &field.ty,
                merged.nullable,
                &rules,
                Code::BadDefault,
                "the default",
            )?;
            merged.default = Some(literal);
            merged.default_in_update = true;
            merged.required = false;
        }
        merged.messages = self.messages(kwargs);
        if has_pattern(&field.ty, &merged.rules) {
            words_of_pattern(&mut merged.messages, false);
        }
        Some(())
    }

    /// Returns the application's own texts, by DRF's codes.
    pub(super) fn messages(&self, kwargs: &ExtraKwargs) -> Vec<(String, String)> {
        let mut own = Vec::new();
        for (code, text) in kwargs.error_messages.iter().flat_map(|messages| &messages.value.entries) {
            if !MESSAGE_CODES.contains(&code.value.as_str()) {
                let message = format!("there is no error message {}", quote(&code.value));
                let near = self.nearest(&code.value, MESSAGE_CODES.iter().copied());
                self.report(Diagnostic::error(Code::UnknownKey, code.span, message).suggest(near));
            }
            own.extend(text.clone().map(|text| (code.value.clone(), text)));
        }
        own
    }

    fn merge_rules(&self, merged: &mut SerializerField, field: &Field, kwargs: &ExtraKwargs) {
        let text = matches!(field.ty, Type::Scalar(scalar) if scalar.is_text());
        let number =
            matches!(field.ty, Type::Scalar(Scalar::Integer | Scalar::Float | Scalar::Decimal { .. }));
        for (key, name, rule) in [
            (&kwargs.min_length, "min_length", Rule::MinLength as fn(u64) -> Rule),
            (&kwargs.max_length, "max_length", Rule::MaxLength as fn(u64) -> Rule),
        ] {
            let Some(key) = key else { continue };
            if text {
                self.narrow(&mut merged.rules, rule(key.value), key.span);
            } else {
                self.error(Code::BadRule, key.key, format!("{} is a rule for texts", quote(name)));
            }
        }
        if field.ty == Type::Scalar(Scalar::Duration) {
            merged.rules.extend(self.duration_limits(kwargs));
            return;
        }
        for (key, name, rule) in [
            (&kwargs.min_value, "min_value", Rule::Minimum as fn(String) -> Rule),
            (&kwargs.max_value, "max_value", Rule::Maximum as fn(String) -> Rule),
        ] {
            let Some(key) = key else { continue };
            match bound(key.value.text(), &field.ty).filter(|_| matches!(key.value, Bound::Number(_))) {
                _ if !number => {
                    self.error(Code::BadRule, key.key, format!("{} is a rule for numbers", quote(name)))
                }
                Some(text) => self.narrow(&mut merged.rules, rule(text), key.span),
                None => {
                    let message = format!("{} does not fit the field", quote(key.value.text()));
                    self.error(Code::BadRule, key.span, message);
                }
            }
        }
    }

    /// Replaces the model's rule of the same kind. A serializer may be stricter than its model, but not less strict.
    fn narrow(&self, rules: &mut Vec<Rule>, rule: Rule, span: Span) {
        let wider = |old: &Rule| match (old, &rule) {
            (Rule::MinLength(old), Rule::MinLength(new)) => new < old,
            (Rule::MaxLength(old), Rule::MaxLength(new)) => new > old,
            (Rule::Minimum(old), Rule::Minimum(new)) => number(new) < number(old),
            (Rule::Maximum(old), Rule::Maximum(new)) => number(new) > number(old),
            _ => false,
        };
        if rules.iter().any(wider) {
            self.error(Code::BadRule, span, "the model is stricter than this");
            return;
        }
        let kind = std::mem::discriminant(&rule);
        match rules.iter_mut().find(|old| std::mem::discriminant(*old) == kind) {
            Some(old) => *old = rule,
            None => rules.push(rule),
        }
    }
}

/// Tells whether values are plain texts with a pattern.
pub(super) fn has_pattern(ty: &Type, rules: &[Rule]) -> bool {
    *ty == Type::Scalar(Scalar::Text) && rules.iter().any(|rule| matches!(rule, Rule::Pattern(_)))
}

/// Assigns the text of `invalid` to the pattern, if the pattern has no text of its own: `invalid` is the code of
/// Django's `RegexValidator`. In DRF's `RegexField`, which a field without a column is, `invalid` is also the text for
/// a value that is not a text. The field of a column has another text for that.
pub(super) fn words_of_pattern(messages: &mut Vec<(String, String)>, regex_field: bool) {
    if messages.iter().any(|(code, _)| code == "pattern") {
        return;
    }
    let Some((code, text)) = messages.iter_mut().find(|(code, _)| code == "invalid") else { return };
    if regex_field {
        let text = text.clone();
        messages.push(("pattern".to_owned(), text));
    } else {
        *code = "pattern".to_owned();
    }
}

fn number(text: &str) -> Option<Exact> {
    Exact::parse(text)
}

/// Tells whether a field takes the path of a file or an empty text: DRF's `FilePathField` refuses it only if the field
/// is required explicitly.
fn is_path_or_empty(rules: &[Rule], kwargs: Option<&ExtraKwargs>) -> bool {
    let is_required = kwargs.and_then(|kwargs| kwargs.required.as_ref()).is_some_and(|key| key.value);
    !is_required && rules.iter().any(|rule| matches!(rule, Rule::FilePath(_)))
}
