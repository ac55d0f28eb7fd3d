//! Fields of serializers that are not columns: relations, nested serializers, paths, methods, links to the row itself.

use std::collections::HashSet;

use super::composition::is_null;
use super::declarations::SerializerDeclaration;
use super::formats::format_keys;
use super::resolver::Resolver;
use super::serializers::{Along, Shown};
use super::shape::docs;
use super::stands::{Place, Stands};
use crate::ast::{self, ExtraKwargs, Schema};
use crate::diag::{Code, Diagnostic, quote, quote_all};
use crate::ir::{
    Access, Auto, Docs, FieldSource, Format, Home, ModelId, Name, Nested, NestedOf, Output, Rule,
    SerializerField, SerializerId, SerializerOf, Step, Via,
};
use crate::source::{Span, Spanned};
use crate::syntax::Key;

/// Returns a field without settings beside its source and access.
pub(super) fn blank_field(wire: &str, source: FieldSource, access: Access, docs: Docs) -> SerializerField {
    SerializerField {
        name: Name::parse(wire),
        wire: wire.to_owned(),
        source,
        access,
        required: false,
        nullable: false,
        blank: true,
        untrimmed: false,
        default: None,
        default_in_update: false,
        rules: Vec::new(),
        format: Format::default(),
        messages: Vec::new(),
        validate: false,
        link: None,
        slug: None,
        within: None,
        docs,
    }
}

impl<'a> Resolver<'a> {
    /// Resolves a field that shows the keys of related rows.
    pub(super) fn keys_field(
        &mut self,
        shown: &Shown<'a>,
        position: usize,
        id: ModelId,
        listed_read_only: bool,
        kwargs: Option<&'a ExtraKwargs>,
    ) -> Option<SerializerField> {
        let relation = self.models[id].relations[position].clone();
        let by_column = matches!(relation.via, Via::Column(_) | Via::One(_));
        let read = kwargs.and_then(|kwargs| kwargs.read_only.as_ref());
        let write = kwargs.and_then(|kwargs| kwargs.write_only.as_ref());
        if let Some(read) = read.filter(|read| !read.value && (by_column || relation.read_only)) {
            let message = format!("{} cannot be written by its keys", quote(&shown.wire));
            let help = "its rows are written separately, or by a nested serializer";
            self.report(Diagnostic::error(Code::ConflictingKeys, read.span, message).help(help));
            return None;
        }
        let read_only = listed_read_only || by_column || read.map_or(relation.read_only, |key| key.value);
        let access = match (read_only, write.map_or(relation.write_only && !read_only, |key| key.value)) {
            (true, true) => {
                let span = write.map_or(shown.span, |key| key.key);
                self.error(Code::ConflictingKeys, span, "a field is read-only or write-only, not both");
                return None;
            }
            (true, false) => Access::ReadOnly,
            (false, true) => Access::WriteOnly,
            (false, false) => Access::ReadWrite,
        };
        let mut field = blank_field(&shown.wire, FieldSource::Keys(position), access, relation.docs.clone());
        let writable = access != Access::ReadOnly;
        field.required = relation.required && writable;
        field.blank = relation.blank;
        if let Some(kwargs) = kwargs {
            self.of_list_only(kwargs, "a relation", false);
            field.required = kwargs.required.as_ref().map_or(field.required, |key| key.value) && writable;
            field.blank = kwargs.allow_empty.as_ref().map_or(field.blank, |key| key.value);
            field.messages = self.messages(kwargs);
            field.slug = self.slug(kwargs, relation.target, access);
        }
        Some(field)
    }

    /// Returns the field by which a relation names the rows of a model (`slug_field`).
    pub(super) fn slug(&self, kwargs: &ExtraKwargs, target: ModelId, access: Access) -> Option<usize> {
        let key = kwargs.slug_field.as_ref()?;
        let column = self.field_position(target, &Spanned::new(key.value.clone(), key.span))?;
        let model = &self.models[target];
        let field = &model.fields[column];
        if !model.is_unique(column) && access != Access::ReadOnly {
            let message =
                format!("several rows of {} may have the same {}", quote(&model.wire), quote(&field.wire));
            let diagnostic = Diagnostic::error(Code::BadRelation, key.span, message);
            self.report(diagnostic.help("set `\"x-unique\": true` there, or make the field read-only"));
        }
        if field.foreign_key.is_some() || field.ty.is_json() {
            let message = format!("{} is no value by which rows are named", quote(&field.wire));
            self.error(Code::BadRelation, key.span, message);
        }
        Some(column)
    }

    /// Reports the settings of `extra_kwargs` that do not apply to a list.
    fn of_list_only(&self, kwargs: &ExtraKwargs, what: &str, lengths: bool) {
        let length = |key: &Option<Key<u64>>| key.as_ref().map(|key| key.key).filter(|_| !lengths);
        let nothing = [
            ("allow_null", kwargs.allow_null.as_ref().map(|key| key.key).filter(|_| !lengths)),
            ("allow_blank", kwargs.allow_blank.as_ref().map(|key| key.key)),
            ("trim_whitespace", kwargs.trim_whitespace.as_ref().map(|key| key.key)),
            ("default", kwargs.default.as_ref().map(|key| key.key)),
            ("min_value", kwargs.min_value.as_ref().map(|key| key.key)),
            ("max_value", kwargs.max_value.as_ref().map(|key| key.key)),
            ("min_length", length(&kwargs.min_length)),
            ("max_length", length(&kwargs.max_length)),
        ];
        let formats = format_keys(kwargs).into_iter().map(|(name, span)| (name, Some(span)));
        for (name, span) in nothing.into_iter().chain(formats) {
            if let Some(span) = span {
                self.error(Code::BadRule, span, format!("{} does not apply to {what}", quote(name)));
            }
        }
    }

    /// Resolves a field that another serializer shows.
    pub(super) fn nested_field(
        &mut self,
        shown: &Shown<'a>,
        nested: &'a ast::Nested,
        id: ModelId,
        listed_read_only: bool,
        kwargs: Option<&'a ExtraKwargs>,
    ) -> Option<SerializerField> {
        let named = nested.serializer.as_ref()?;
        let serializer = self.serializer_named(named)?;
        let SerializerOf::Model(other) = self.serializers[serializer].of else {
            if !self.serializer_poisoned[serializer.index()] {
                let message = format!("{} is not the serializer of a model", quote(&named.value));
                let help = "to show an object without a model, add a property with its schema to the model";
                self.report(Diagnostic::error(Code::BadRelation, named.span, message).help(help));
            }
            return None;
        };
        let of = self.nested_of(shown, id, kwargs)?;
        let (target, is_list) = match of {
            NestedOf::Row => (id, false),
            NestedOf::ForeignKey(column) => {
                (self.models[id].fields[column].foreign_key.as_ref().map_or(id, |key| key.model), false)
            }
            NestedOf::Relation(relation) => (self.models[id].relations[relation].target, true),
            NestedOf::Back(relation) => (self.models[id].relations[relation].target, false),
        };
        if other != target {
            let message = format!(
                "{} shows rows of {}, not of {}",
                quote(&named.value),
                quote(&self.models[other].wire),
                quote(&self.models[target].wire)
            );
            self.error(Code::BadRelation, named.span, message);
            return None;
        }
        let many = nested.many.as_ref().is_some_and(|key| key.value);
        if many != is_list {
            let (message, help) = if is_list {
                (format!("{} is a list of rows", quote(&shown.wire)), "add `\"many\": true`")
            } else {
                (format!("{} is one row", quote(&shown.wire)), "leave `many` out")
            };
            let span = nested.many.as_ref().map_or(shown.span, |key| key.span);
            self.report(Diagnostic::error(Code::BadRelation, span, message).help(help));
            return None;
        }
        let read_only = listed_read_only
            || nested.read_only.as_ref().is_some_and(|key| key.value)
            || kwargs.is_some_and(|kwargs| kwargs.read_only.as_ref().is_some_and(|key| key.value));
        if !read_only {
            self.can_be_written(shown, named.span, id, of)?;
        }
        let write_only = kwargs.and_then(|kwargs| kwargs.write_only.as_ref()).is_some_and(|key| key.value);
        let access = match (read_only, write_only) {
            (true, _) => Access::ReadOnly,
            (_, true) => Access::WriteOnly,
            _ => Access::ReadWrite,
        };
        let docs = match of {
            NestedOf::Row => Docs::default(),
            NestedOf::ForeignKey(column) => self.models[id].fields[column].docs.clone(),
            NestedOf::Relation(relation) | NestedOf::Back(relation) => {
                self.models[id].relations[relation].docs.clone()
            }
        };
        let source = FieldSource::Nested(Nested { serializer, of });
        let mut field = blank_field(&shown.wire, source, access, docs);
        let optional = match of {
            NestedOf::ForeignKey(column) => !self.models[id].fields[column].required,
            _ => false,
        };
        field.nullable = match of {
            NestedOf::ForeignKey(column) => self.models[id].fields[column].nullable,
            NestedOf::Back(_) => true,
            NestedOf::Row | NestedOf::Relation(_) => false,
        };
        field.required = !read_only && !optional;
        if let Some(kwargs) = kwargs {
            self.merge_nested(&mut field, kwargs, is_list, read_only);
        }
        Some(field)
    }

    fn merge_nested(
        &self,
        field: &mut SerializerField,
        kwargs: &ExtraKwargs,
        is_list: bool,
        read_only: bool,
    ) {
        self.of_list_only(kwargs, "a nested serializer", true);
        if let Some(slug) = &kwargs.slug_field {
            self.error(Code::BadRule, slug.key, "`slug_field` does not apply to a nested serializer");
        }
        if let Some(queryset) = &kwargs.queryset {
            let message = "the rows that a nested serializer may change are set where it is nested";
            let diagnostic = Diagnostic::error(Code::MisplacedKeyword, queryset.key, message);
            self.report(diagnostic.help("put `queryset` beside `serializer`"));
        }
        for (name, key) in [("min_length", &kwargs.min_length), ("max_length", &kwargs.max_length)] {
            let Some(key) = key else { continue };
            if is_list {
                field.rules.push(match name {
                    "min_length" => Rule::MinItems(key.value),
                    _ => Rule::MaxItems(key.value),
                });
            } else {
                self.error(Code::BadRule, key.key, format!("{} is a rule for lists", quote(name)));
            }
        }
        if let Some(allow) = kwargs.allow_empty.as_ref() {
            if is_list {
                field.blank = allow.value;
            } else {
                self.error(Code::BadRule, allow.key, "`allow_empty` is a rule for lists");
            }
        }
        if let Some(allow) = &kwargs.allow_null {
            if allow.value && !field.nullable {
                self.error(Code::ConflictingKeys, allow.span, "the nested row cannot be null");
            }
            field.nullable &= allow.value;
        }
        field.required = kwargs.required.as_ref().map_or(field.required, |key| key.value) && !read_only;
        field.messages = self.messages(kwargs);
    }

    /// Returns the rows that a nested serializer shows, by the name or the `source` of the field.
    fn nested_of(&self, shown: &Shown<'a>, id: ModelId, kwargs: Option<&ExtraKwargs>) -> Option<NestedOf> {
        let source = kwargs.and_then(|kwargs| kwargs.source.as_ref());
        let wanted = source.map_or_else(
            || Spanned::new(shown.wire.clone(), shown.span),
            |source| Spanned::new(source.value.clone(), source.span),
        );
        if wanted.value == "*" {
            return Some(NestedOf::Row);
        }
        if let Some(relation) = self.find_relation(id, &wanted.value) {
            let one = self.models[id].relations[relation].is_one();
            return Some(if one { NestedOf::Back(relation) } else { NestedOf::Relation(relation) });
        }
        let column = match self.find_field(id, &wanted.value) {
            Some(column) => column,
            None => {
                let facts = &self.model_facts[id.index()];
                if !facts.poisoned && !facts.broken.contains(&wanted.value) {
                    let model = &self.models[id];
                    let message =
                        format!("the model {} has no relation {}", quote(&model.wire), quote(&wanted.value));
                    let relations = model.relations.iter().map(|relation| relation.wire.as_str());
                    let keys = model.fields.iter().filter(|field| field.foreign_key.is_some());
                    let near =
                        self.nearest(&wanted.value, relations.chain(keys.map(|field| field.wire.as_str())));
                    let diagnostic = Diagnostic::error(Code::UnknownField, wanted.span, message);
                    self.report(
                        diagnostic.suggest(near).help(
                            "the reverse relation of a foreign key has a name only with `x-related-name`",
                        ),
                    );
                }
                return None;
            }
        };
        if self.models[id].fields[column].foreign_key.is_none() {
            let message = format!("{} does not refer to another row", quote(&wanted.value));
            self.error(Code::BadRelation, wanted.span, message);
            return None;
        }
        Some(NestedOf::ForeignKey(column))
    }

    /// Checks whether a nested serializer can create and change rows.
    fn can_be_written(&self, shown: &Shown<'a>, span: Span, id: ModelId, of: NestedOf) -> Option<()> {
        let NestedOf::Relation(relation) = of else { return Some(()) };
        if let Via::Table(_) = self.models[id].relations[relation].via {
            let message = format!(
                "{} is a many-to-many relation: its rows are not created together with this one",
                quote(&shown.wire)
            );
            let help = "set `\"read_only\": true`, and let clients write its keys in a separate field";
            self.report(Diagnostic::error(Code::BadRelation, span, message).help(help));
            return None;
        }
        Some(())
    }

    /// Resolves a `source` along foreign keys and one-to-one relations: a column of another row.
    pub(super) fn along(&self, id: ModelId, source: &Spanned<String>) -> Option<Along> {
        let steps: Vec<&str> = source.value.split('.').collect();
        let (last, keys) = steps.split_last()?;
        let mut model = id;
        let mut path = Vec::new();
        for name in keys {
            let step = match self.find_relation(model, name) {
                Some(relation) if self.models[model].relations[relation].is_one() => Step::Back(relation),
                Some(_) => {
                    let message = format!("{} is a list of rows, not one row", quote(name));
                    self.error(Code::BadRelation, source.span, message);
                    return None;
                }
                None => Step::ForeignKey(
                    self.field_position(model, &Spanned::new((*name).to_owned(), source.span))?,
                ),
            };
            let Some(target) = self.models[model].target(step) else {
                let message = format!("{} does not refer to another row", quote(name));
                self.error(Code::BadRelation, source.span, message);
                return None;
            };
            path.push(step);
            model = target;
        }
        let column = self.field_position(model, &Spanned::new((*last).to_owned(), source.span))?;
        Some(Along { path, model, column })
    }

    pub(super) fn along_field(
        &self,
        shown: &Shown<'a>,
        along: &Along,
        kwargs: Option<&'a ExtraKwargs>,
    ) -> Option<SerializerField> {
        self.read_only_kwargs(kwargs, "a field of another row", true)?;
        let source =
            FieldSource::Along { path: along.path.clone(), model: along.model, column: along.column };
        let docs = self.models[along.model].fields[along.column].docs.clone();
        let ty = &self.models[along.model].fields[along.column].ty;
        let format = kwargs.map(|kwargs| self.format(kwargs, ty, Access::ReadOnly)).unwrap_or_default();
        Some(SerializerField { format, ..blank_field(&shown.wire, source, Access::ReadOnly, docs) })
    }

    /// Resolves a field that the application computes.
    pub(super) fn method_field(
        &mut self,
        declaration: &SerializerDeclaration<'a>,
        shown: &Shown<'a>,
        schema: &'a Schema,
        kwargs: Option<&'a ExtraKwargs>,
    ) -> Option<SerializerField> {
        self.read_only_kwargs(kwargs, "a method field", false)?;
        if schema.poisoned {
            return None;
        }
        if is_null(schema) {
            self.error(Code::InvalidValue, shown.span, "a method field cannot always be null");
            return None;
        }
        let keys = ["serializers", declaration.wire, "methods", &shown.wire].map(str::to_owned).to_vec();
        let short = Name::parse(&shown.wire);
        let long = self.serializers[declaration.id].base.join(&shown.wire);
        let place = Place {
            name: if self.type_is_free(&short) { short } else { long },
            home: Home::Serializer(declaration.id),
            stands: Stands::Type,
            span: shown.span,
            keys,
            named: false,
            rows: false,
            member: false,
        };
        let output = self.output_at(schema, &place)?;
        let docs = docs(&schema.title, &schema.description, &schema.deprecated);
        Some(blank_field(&shown.wire, FieldSource::Method(output), Access::ReadOnly, docs))
    }

    /// Reports settings of `extra_kwargs` that do not apply to a read-only field.
    fn read_only_kwargs(&self, kwargs: Option<&ExtraKwargs>, what: &str, formats: bool) -> Option<()> {
        let Some(kwargs) = kwargs else { return Some(()) };
        let mut sound = Some(());
        let mut refuse = |name: &str, span: Option<Span>| {
            if let Some(span) = span {
                let message = format!("{what} is read-only: {} does not apply to it", quote(name));
                self.error(Code::ConflictingKeys, span, message);
                sound = None;
            }
        };
        refuse("read_only", kwargs.read_only.as_ref().filter(|key| !key.value).map(|key| key.span));
        refuse("write_only", kwargs.write_only.as_ref().map(|key| key.key));
        refuse("required", kwargs.required.as_ref().map(|key| key.key));
        refuse("allow_null", kwargs.allow_null.as_ref().map(|key| key.key));
        refuse("allow_blank", kwargs.allow_blank.as_ref().map(|key| key.key));
        refuse("trim_whitespace", kwargs.trim_whitespace.as_ref().map(|key| key.key));
        refuse("allow_empty", kwargs.allow_empty.as_ref().map(|key| key.key));
        refuse("default", kwargs.default.as_ref().map(|key| key.key));
        refuse("min_length", kwargs.min_length.as_ref().map(|key| key.key));
        refuse("max_length", kwargs.max_length.as_ref().map(|key| key.key));
        refuse("min_value", kwargs.min_value.as_ref().map(|key| key.key));
        refuse("max_value", kwargs.max_value.as_ref().map(|key| key.key));
        refuse("queryset", kwargs.queryset.as_ref().map(|key| key.key));
        refuse("slug_field", kwargs.slug_field.as_ref().map(|key| key.key));
        refuse("error_messages", kwargs.error_messages.as_ref().map(|key| key.key));
        for (name, span) in format_keys(kwargs).into_iter().filter(|_| !formats) {
            refuse(name, Some(span));
        }
        sound
    }

    /// Returns the field `"@id"`: the row itself as a frame. Its stream is resolved later, after the consumers.
    pub(super) fn own_link(&self, id: ModelId) -> SerializerField {
        let source = FieldSource::Column(self.models[id].key);
        let docs =
            Docs { text: "The row itself, as a frame that asks for it.".to_owned(), deprecated: false };
        SerializerField { wire: "@id".to_owned(), ..blank_field("own_link", source, Access::ReadOnly, docs) }
    }

    /// Checks that nested serializers do not nest themselves, and that the rows that they create are complete.
    pub(super) fn check_nesting(&self, declarations: &[SerializerDeclaration<'a>]) {
        for declaration in declarations {
            let mut path = vec![declaration.id];
            // What is wrong with a tree was reported.
            let is_known = |path: &[SerializerId]| path.len() == 2 && is_tree(declaration);
            if self.nests_itself(declaration.id, &mut path, &mut HashSet::new()) && !is_known(&path) {
                let names = path.iter().map(|id| self.serializers[*id].name.pascal()).collect::<Vec<_>>();
                let message =
                    format!("{} nests itself without end: {}", quote(declaration.wire), names.join(" → "));
                let diagnostic = Diagnostic::error(Code::CircularRef, declaration.span, message);
                self.report(match path.len() {
                    2 => diagnostic.help(
                        "set the number of levels beside `serializer`: `\"depth\": 3, \"read_only\": true`",
                    ),
                    _ => diagnostic,
                });
            }
            for field in &self.serializers[declaration.id].fields {
                if let FieldSource::Nested(nested) = field.source
                    && field.access != Access::ReadOnly
                {
                    self.check_nested_create(declaration, &field.wire, nested);
                }
            }
        }
    }

    /// Tells whether a serializer shows itself, directly or through others; `path` is the way then. Serializers in
    /// `seen` do not show it, or are on the way.
    fn nests_itself(
        &self,
        of: SerializerId,
        path: &mut Vec<SerializerId>,
        seen: &mut HashSet<SerializerId>,
    ) -> bool {
        let Some(last) = path.last().copied() else { return false };
        for field in &self.serializers[last].fields {
            let inner = match &field.source {
                FieldSource::Nested(nested) => nested.serializer,
                FieldSource::Method(Output::Row { serializer, .. } | Output::Rows(serializer)) => *serializer,
                _ => continue,
            };
            if inner == of {
                path.push(inner);
                return true;
            }
            if !seen.insert(inner) {
                continue;
            }
            path.push(inner);
            if self.nests_itself(of, path, seen) {
                return true;
            }
            path.pop();
        }
        false
    }

    /// Checks that a nested serializer takes every column that a new row requires and nothing else sets.
    fn check_nested_create(&self, declaration: &SerializerDeclaration<'a>, wire: &str, nested: Nested) {
        let owner = match self.serializers[declaration.id].of {
            SerializerOf::Model(model) => model,
            SerializerOf::Object(_) => return,
        };
        let given = match nested.of {
            // It takes columns of the row itself.
            NestedOf::Row => return,
            NestedOf::ForeignKey(_) => None,
            NestedOf::Relation(relation) | NestedOf::Back(relation) => {
                match self.models[owner].relations[relation].via {
                    Via::Column(column) | Via::One(column) => Some(column),
                    Via::Table(_) => None,
                }
            }
        };
        let inner = &self.serializers[nested.serializer];
        let SerializerOf::Model(model) = inner.of else { return };
        if self.model_facts[model.index()].poisoned || self.serializer_poisoned[nested.serializer.index()] {
            return;
        }
        let taken = self.written_columns(nested.serializer);
        let needed = self.models[model].fields.iter().enumerate().filter(|(column, field)| {
            field.auto == Auto::No
                && field.default.is_none()
                && !field.nullable
                && Some(*column) != given
                && !taken.contains(column)
        });
        let missing: Vec<&str> = needed.map(|(_, field)| field.wire.as_str()).collect();
        if missing.is_empty() {
            return;
        }
        let message = format!(
            "the nested {} cannot create a row: {} does not accept {}",
            quote(wire),
            quote(&inner.name.pascal()),
            quote_all(missing, "and")
        );
        let diagnostic = Diagnostic::error(Code::IncompleteCreate, declaration.span, message);
        self.report(
            diagnostic.help("add the fields, give the columns defaults, or set `\"read_only\": true`"),
        );
    }

    /// Returns the columns to which a payload gives values by a serializer, and by nested ones of the row itself.
    pub(super) fn written_columns(&self, id: SerializerId) -> Vec<usize> {
        let mut columns: Vec<usize> = self.serializers[id].hidden.iter().map(|field| field.column).collect();
        for field in &self.serializers[id].fields {
            if field.access == Access::ReadOnly {
                continue;
            }
            match field.source {
                FieldSource::Column(column) => columns.push(column),
                FieldSource::Nested(Nested { serializer, of: NestedOf::Row }) if serializer != id => {
                    columns.extend(self.written_columns(serializer));
                }
                FieldSource::Nested(Nested { of: NestedOf::ForeignKey(column), .. }) => columns.push(column),
                _ => {}
            }
        }
        columns
    }
}

/// Tells whether the definition says how many levels of a serializer that nests itself are shown.
fn is_tree(declaration: &SerializerDeclaration<'_>) -> bool {
    let nested = declaration.definition.and_then(|definition| definition.nested.as_ref());
    let has_depth =
        |nested: &Option<ast::Nested>| nested.as_ref().is_some_and(|nested| nested.depth.is_some());
    nested.is_some_and(|key| key.value.entries.iter().any(|(_, nested)| has_depth(nested)))
}
