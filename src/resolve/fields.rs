//! The columns of models.

use dcrf_scalars::Precision;

use super::models::PendingKey;
use super::names::Identifier;
use super::resolver::Resolver;
use super::shape::{Shape, docs};
use super::stands::{Place, Stands};
use crate::ast::{self, DefaultBy, Index, JsonType, Schema};
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{Auto, Field, ForeignKey, ModelId, Name, OnDelete, Scalar, Type};
use crate::source::{Span, Spanned};
use crate::syntax::Key;

impl<'a> Resolver<'a> {
    /// Resolves one column; the caller sets its name. It returns `None` if something was reported.
    pub(super) fn field(
        &mut self,
        key: &'a Spanned<String>,
        schema: &'a Schema,
        place: Place,
        required: bool,
        model: ModelId,
    ) -> Option<Field> {
        if schema.poisoned {
            return None;
        }
        if let Some(foreign) = schema.referred() {
            return self.foreign_key(key, schema, foreign, &place, required, model);
        }
        self.relation_keywords(schema)?;
        let shape = self.shape(schema, &place)?;
        self.has_column(&shape.ty, schema.span)?;
        let is_key = is_true(&schema.primary_key);
        let auto = self.auto(schema, &shape, is_key)?;
        let keys: Vec<&str> = place.keys.iter().map(String::as_str).collect();
        let mut field = Field {
            name: Name::parse(&key.value),
            wire: key.value.clone(),
            column: self.column(schema, key, ""),
            required: (required || is_key) && auto == Auto::No && shape.default.is_none(),
            ty: shape.ty,
            nullable: shape.nullable,
            unique: is_true(&schema.unique),
            index: has_index(schema),
            collation: None,
            foreign_key: None,
            auto,
            default: shape.default,
            read_only: is_true(&schema.read_only) || !auto.may_be_given(),
            write_only: is_true(&schema.write_only),
            secret: false,
            rules: shape.rules,
            was: self.former_name(schema, &key.value),
            backfill: None,
            sql: None,
            file: None,
            docs: shape.docs,
            origin: self.origin(schema.span, &keys),
        };
        self.resolve_file(schema, is_key, &mut field);
        self.check_access(schema);
        self.check_index(&field, schema);
        if let Some(write_only) = schema.write_only.as_ref().filter(|_| is_key && field.write_only) {
            self.write_only_key(write_only.key);
        }
        self.check_has_value(key, &field, is_key, model);
        Some(field)
    }

    /// Reports a decimal without a number of digits, for which no database has a column.
    fn has_column(&self, ty: &Type, span: Span) -> Option<()> {
        let Type::Scalar(Scalar::Decimal { max_digits, decimal_places }) = ty else { return Some(()) };
        if *max_digits != Precision::UNBOUNDED && *decimal_places != Precision::UNBOUNDED {
            return Some(());
        }
        let message = "a column of decimals needs a number for `x-max-digits` and `x-decimal-places`";
        let diagnostic = Diagnostic::error(Code::BadRule, span, message);
        self.report(diagnostic.help("for money, set `\"x-max-digits\": 12, \"x-decimal-places\": 2`"));
        None
    }

    fn foreign_key(
        &mut self,
        key: &'a Spanned<String>,
        schema: &'a Schema,
        foreign: &'a Key<String>,
        place: &Place,
        required: bool,
        model: ModelId,
    ) -> Option<Field> {
        if !self.keywords_are_honoured(schema, Stands::Column) {
            return None;
        }
        self.only_a_key(schema)?;
        let one = schema.one_to_one.is_some();
        let is_key = is_true(&schema.primary_key);
        let Some(target) = self.model_declarations.iter().find(|declared| declared.wire == foreign.value)
        else {
            self.unknown_model(foreign);
            return None;
        };
        let names = schema.types.as_ref().map(|types| types.value.names()).unwrap_or_default();
        let null = names.iter().find(|name| name.value == JsonType::Null);
        if let Some(null) = null.filter(|_| is_key) {
            self.error(Code::BadPrimaryKey, null.span, "a primary key cannot be null");
            return None;
        }
        let nullable = null.is_some();
        let on_delete = match schema.on_delete.as_ref().map(|key| key.value) {
            None | Some(ast::OnDelete::Cascade) => OnDelete::Cascade,
            Some(ast::OnDelete::Protect) => OnDelete::Protect,
            Some(ast::OnDelete::SetNull) => OnDelete::SetNull,
            Some(ast::OnDelete::Restrict) => OnDelete::Restrict,
            Some(ast::OnDelete::SetDefault) => OnDelete::SetDefault,
            Some(ast::OnDelete::DoNothing) => OnDelete::DoNothing,
        };
        let defaulted = schema.default.is_some();
        if let Some(written) =
            schema.on_delete.as_ref().filter(|_| on_delete == OnDelete::SetDefault && !defaulted)
        {
            let message = "`set-default` needs a column with a `default`";
            let help = "set `default` to the key of the row to which rows refer that lose theirs";
            self.report(Diagnostic::error(Code::BadRelation, written.span, message).help(help));
        }
        if let Some(written) =
            schema.on_delete.as_ref().filter(|_| on_delete == OnDelete::SetNull && !nullable)
        {
            let message = "`set-null` needs a column that may be null";
            let help =
                "allow null with `\"type\": [\"integer\", \"null\"]` (the type of the other model's key)";
            self.report(Diagnostic::error(Code::BadRelation, written.span, message).help(help));
        }
        let related_name = schema.related_name.as_ref().map(|key| key.value.clone());
        if let Some(name) = &schema.related_name {
            self.name(&name.value, name.span, "the reverse relation");
        }
        let keys: Vec<&str> = place.keys.iter().map(String::as_str).collect();
        let field = Field {
            name: Name::parse(&key.value),
            wire: key.value.clone(),
            column: self.column(schema, key, "_id"),
            ty: Type::Scalar(Scalar::Integer),
            nullable,
            required: (required || is_key) && schema.default.is_none(),
            unique: one || is_true(&schema.unique),
            index: has_index(schema),
            collation: None,
            foreign_key: Some(ForeignKey { model: target.id, on_delete, related_name, one }),
            auto: Auto::No,
            default: None,
            read_only: is_true(&schema.read_only),
            write_only: is_true(&schema.write_only),
            secret: false,
            rules: Vec::new(),
            was: self.former_name(schema, &key.value),
            backfill: None,
            sql: None,
            file: None,
            docs: docs(&schema.title, &schema.description, &schema.deprecated),
            origin: self.origin(schema.span, &keys),
        };
        self.check_access(schema);
        if let Some(default) = schema.default.as_ref().filter(|_| is_key) {
            self.error(Code::BadPrimaryKey, default.key, "a primary key cannot have a default");
            return None;
        }
        if let Some(write_only) = schema.write_only.as_ref().filter(|key| is_key && key.value) {
            self.write_only_key(write_only.key);
        }
        if schema.default.is_none() {
            self.check_has_value(key, &field, is_key, model);
        }
        Some(field)
    }

    /// Sets the type of a foreign key, which is that of the other model's primary key, and its default.
    pub(super) fn resolve_foreign_key(&mut self, pending: &PendingKey<'a>) {
        let Some(foreign) = self.models[pending.model].fields[pending.field].foreign_key.clone() else {
            return;
        };
        // The key of the other model may itself refer to a row of a third one.
        let Some(behind) = self.key_behind(foreign.model) else { return };
        let (target, last) = (&self.models[foreign.model], &self.models[behind]);
        let poisoned = [foreign.model, behind].iter().any(|id| self.model_facts[id.index()].poisoned);
        let Some(key) = last.fields.get(last.key).filter(|_| !poisoned) else { return };
        let ty = key.ty.clone();
        let expected = match ty {
            Type::Scalar(Scalar::Integer) => JsonType::Integer,
            _ => JsonType::String,
        };
        let names = pending.schema.types.as_ref().map(|types| types.value.names()).unwrap_or_default();
        let wrong = names.iter().find(|name| name.value != JsonType::Null && name.value != expected);
        if let Some(wrong) = wrong {
            let message = format!(
                "the key of {} is of type {}, not {}",
                quote(&target.wire),
                quote(expected.as_str()),
                quote(wrong.value.as_str())
            );
            self.error(Code::BadRelation, wrong.span, message);
        }
        let nullable = self.models[pending.model].fields[pending.field].nullable;
        let default = pending.schema.default.as_ref();
        let default = default
            .and_then(|key| self.checked(&key.value, &ty, nullable, &[], Code::BadDefault, "the default"));
        let field = &mut self.models[pending.model].fields[pending.field];
        field.ty = ty;
        field.default = default;
    }

    /// Reports rules and types of a foreign key: it has the type of the other model's primary key.
    fn only_a_key(&self, schema: &Schema) -> Option<()> {
        let mut sound = Some(());
        let word = if schema.foreign_key.is_some() { "x-foreign-key" } else { "x-one-to-one" };
        macro_rules! nothing {
            ($($field:ident $name:literal,)*) => {
                $(if let Some(key) = &schema.$field {
                    let message = format!("{} does not apply beside {}", quote($name), quote(word));
                    self.error(Code::MisplacedKeyword, key.key, message);
                    sound = None;
                })*
            };
        }
        nothing! {
            format "format", variants "enum", constant "const", minimum "minimum", maximum "maximum",
            exclusive_minimum "exclusiveMinimum", exclusive_maximum "exclusiveMaximum", multiple_of "multipleOf",
            min_length "minLength", max_length "maxLength", pattern "pattern", min_items "minItems",
            max_items "maxItems", unique_items "uniqueItems", properties "properties", required "required",
            additional "additionalProperties", items "items", any_of "anyOf", one_of "oneOf", all_of "allOf",
            discriminator "discriminator", reference "$ref", collation "x-collation",
            pattern_dialect "x-pattern-dialect", max_digits "x-max-digits", decimal_places "x-decimal-places", auto_now "x-auto-now",
            auto_now_add "x-auto-now-add", default_by "x-default", file "x-file",
        }
        if let (Some(foreign), Some(one)) = (&schema.foreign_key, &schema.one_to_one) {
            let message = "`x-one-to-one` is a foreign key whose values are unique: one of both is enough";
            let diagnostic = Diagnostic::error(Code::ConflictingKeys, one.key, message);
            self.report(diagnostic.related(foreign.key, "the other"));
            sound = None;
        }
        if let Some(unique) = schema.unique.as_ref().filter(|_| schema.one_to_one.is_some()) {
            let message = "`x-unique` does not apply beside `x-one-to-one`, whose values are unique";
            self.error(Code::MisplacedKeyword, unique.key, message);
            sound = None;
        }
        let key = schema.primary_key.as_ref().filter(|key| key.value && schema.one_to_one.is_none());
        if let Some(key) = key {
            let help =
                "a key that refers to a row is one-to-one: write `x-one-to-one` instead of `x-foreign-key`";
            self.unsupported("x-primary-key", key.key, Some(help));
            sound = None;
        }
        sound
    }

    /// Reports keywords of relations without a relation.
    fn relation_keywords(&self, schema: &Schema) -> Option<()> {
        if schema.poisoned {
            return None;
        }
        let mut sound = Some(());
        for (name, span) in [
            ("x-on-delete", schema.on_delete.as_ref().map(|key| key.key)),
            ("x-related-name", schema.related_name.as_ref().map(|key| key.key)),
            ("x-through", schema.through.as_ref().map(|key| key.key)),
        ] {
            if let Some(span) = span {
                let message = format!("{} applies only to a relation", quote(name));
                self.error(Code::MisplacedKeyword, span, message);
                sound = None;
            }
        }
        sound
    }

    /// Returns who sets the column.
    fn auto(&self, schema: &Schema, shape: &Shape, is_key: bool) -> Option<Auto> {
        let now = schema.auto_now.as_ref().filter(|key| key.value);
        let now_add = schema.auto_now_add.as_ref().filter(|key| key.value);
        if is_key {
            return self.key_auto(schema, shape, now.or(now_add).map(|key| key.key));
        }
        let (key, auto) = match (now_add, now) {
            (None, None) => return self.default_by(schema, shape),
            (Some(key), None) => (key, Auto::NowAdd),
            (None, Some(key)) => (key, Auto::Now),
            (Some(first), Some(key)) => {
                let message =
                    "`x-auto-now` fills the column on every write, the first included: one is enough";
                let diagnostic = Diagnostic::error(Code::ConflictingKeys, key.key, message);
                self.report(diagnostic.related(first.key, "the other"));
                return None;
            }
        };
        if !matches!(shape.ty, Type::Scalar(Scalar::DateTime | Scalar::Date | Scalar::Time)) {
            let message = "only a `date-time`, a `date` or a `time` can be filled in with the current time";
            self.error(Code::BadRule, key.key, message);
            return None;
        }
        let default = schema.default.as_ref().map(|default| ("default", default.key));
        let default_by = schema.default_by.as_ref().map(|default| ("x-default", default.key));
        if let Some((name, default)) = default.or(default_by) {
            let message = format!("a column that the server fills in cannot have {}", quote(name));
            let diagnostic = Diagnostic::error(Code::ConflictingKeys, default, message);
            self.report(diagnostic.related(key.key, "the server fills it in"));
            return None;
        }
        Some(auto)
    }

    /// Returns who sets the column by `x-default`.
    fn default_by(&self, schema: &Schema, shape: &Shape) -> Option<Auto> {
        let Some(key) = &schema.default_by else { return Some(Auto::No) };
        if let Some(default) = &schema.default {
            let message = "`default` is a value, and `x-default` is made for each row: one of both is enough";
            let diagnostic = Diagnostic::error(Code::ConflictingKeys, key.key, message);
            self.report(diagnostic.related(default.key, "the other"));
            return None;
        }
        let (auto, fitting) = match (key.value, &shape.ty) {
            (DefaultBy::Uuid4, Type::Scalar(Scalar::Uuid)) => return Some(Auto::DefaultUuid),
            (DefaultBy::Now, Type::Scalar(Scalar::DateTime | Scalar::Time))
            | (DefaultBy::Today, Type::Scalar(Scalar::Date)) => return Some(Auto::DefaultNow),
            (DefaultBy::Uuid4, _) => ("uuid4", "a `uuid`"),
            (DefaultBy::Now, _) => ("now", "a `date-time` or a `time`"),
            (DefaultBy::Today, _) => ("today", "a `date`"),
        };
        let diagnostic = Diagnostic::error(
            Code::BadDefault,
            key.span,
            format!("{} is the default of {fitting}", quote(auto)),
        );
        self.report(match shape.ty {
            Type::Scalar(Scalar::Date) => diagnostic.help("the current day is `today`"),
            Type::Scalar(Scalar::DateTime | Scalar::Time) => diagnostic.help("the current time is `now`"),
            Type::Scalar(Scalar::Uuid) => diagnostic.help("a random UUID is `uuid4`"),
            _ => diagnostic.help("set `default` to a value of the column"),
        });
        None
    }

    fn key_auto(&self, schema: &Schema, shape: &Shape, now: Option<Span>) -> Option<Auto> {
        let span = schema.primary_key.as_ref().map_or(schema.span, |key| key.key);
        let bad = |message: &str| {
            self.error(Code::BadPrimaryKey, span, message);
            None
        };
        if shape.nullable {
            return bad("a primary key cannot be null");
        }
        if let Some(default) = &schema.default {
            self.error(Code::BadPrimaryKey, default.key, "a primary key cannot have a default");
            return None;
        }
        if now.is_some() {
            return bad("a primary key cannot be filled in with the current time");
        }
        let uuid = shape.ty == Type::Scalar(Scalar::Uuid);
        if let Some(default) = schema.default_by.as_ref().filter(|key| !uuid || key.value != DefaultBy::Uuid4)
        {
            self.error(
                Code::BadPrimaryKey,
                default.key,
                "the only default of a primary key is `uuid4`, of a `uuid`",
            );
            return None;
        }
        match shape.ty {
            Type::Scalar(Scalar::Integer) => Some(Auto::Key),
            Type::Scalar(Scalar::Uuid) => Some(Auto::Uuid),
            Type::Scalar(scalar) if scalar.is_text() => Some(Auto::No),
            _ => bad("a primary key must be an integer, a `uuid` or a text"),
        }
    }

    /// Reports a write-only primary key: it identifies rows for clients.
    pub(super) fn write_only_key(&self, span: Span) {
        let message =
            "a primary key cannot be write-only: events, look-ups and references identify rows by it";
        let diagnostic = Diagnostic::error(Code::BadPrimaryKey, span, message);
        self.report(diagnostic.help("make another column the key, such as an integer or a `uuid`"));
    }

    /// Reports a column that would have no value in a new row.
    fn check_has_value(&self, key: &Spanned<String>, field: &Field, is_key: bool, model: ModelId) {
        let has =
            field.required || field.default.is_some() || field.nullable || field.auto != Auto::No || is_key;
        // These were reported for another reason.
        let reported = self.model_facts[model.index()].poisoned
            || field.wire == "id"
            || field.foreign_key.as_ref().is_some_and(|foreign| foreign.on_delete == OnDelete::SetNull);
        if has || reported {
            return;
        }
        let null = match &field.ty {
            Type::Scalar(Scalar::Boolean) => "boolean",
            Type::Scalar(Scalar::Integer) => "integer",
            Type::Scalar(Scalar::Float) => "number",
            Type::List(_) | Type::Tuple(_) => "array",
            Type::Object(_) | Type::Map(_) => "object",
            _ => "string",
        };
        let message = format!("a new row would not have a value for {}", quote(&key.value));
        let help = format!(
            "give it a `default`, allow null with `\"type\": [\"{null}\", \"null\"]`, or list it in `required`"
        );
        self.report(Diagnostic::error(Code::MissingDefault, key.span, message).help(help));
    }

    fn check_access(&self, schema: &Schema) {
        let (Some(read), Some(write)) = (&schema.read_only, &schema.write_only) else { return };
        if read.value && write.value {
            let message = "`readOnly` and `writeOnly` exclude each other";
            let diagnostic = Diagnostic::error(Code::ConflictingKeys, write.key, message);
            self.report(diagnostic.related(read.key, "the other"));
        }
    }

    fn column(&self, schema: &Schema, key: &Spanned<String>, suffix: &str) -> String {
        match &schema.column {
            Some(column) => {
                self.identifier(&column.value, column.span, Identifier::Column);
                column.value.clone()
            }
            None => {
                let name = Name::parse(&key.value);
                let column = format!("{}{suffix}", name.snake());
                // A name without words was reported as such.
                if !name.is_empty() {
                    self.identifier(&column, key.span, Identifier::Column);
                }
                column
            }
        }
    }
}

fn is_true(key: &Option<Key<bool>>) -> bool {
    key.as_ref().is_some_and(|key| key.value)
}

fn has_index(schema: &Schema) -> bool {
    schema.index.as_ref().is_some_and(|key| matches!(key.value, Index::Single(true)))
}
