//! The models: tables with their columns.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::declarations::ModelDeclaration;
use super::names::Identifier;
use super::namespaces::Scope;
use super::relations::PendingRelation;
use super::resolver::Resolver;
use super::shape::docs;
use super::stands::{Place, Stands};
use crate::ast::{Additional, Index, JsonType, Schema};
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{Auto, Docs, Field, Home, ModelId, Name, Scalar, Storage, Type};
use crate::source::{Span, Spanned};

/// A foreign key whose type, which is that of the other model's primary key, is not yet known.
pub(super) struct PendingKey<'a> {
    pub(super) model: ModelId,
    pub(super) field: usize,
    pub(super) schema: &'a Schema,
}

impl<'a> Resolver<'a> {
    /// Resolves all tables: first their own columns, then the types that foreign keys have from other tables.
    pub(super) fn resolve_models(&mut self) {
        let declarations = self.model_declarations.clone();
        let mut pending = Vec::new();
        let mut relations = Vec::new();
        for declaration in &declarations {
            if let Some(schema) = declaration.schema {
                self.resolve_columns(declaration, schema, &mut pending, &mut relations);
            }
        }
        self.check_key_circles(&declarations);
        for key in pending {
            self.resolve_foreign_key(&key);
        }
        for declaration in &declarations {
            if let Some(schema) = declaration.schema {
                self.resolve_table(declaration, schema);
            }
        }
        self.resolve_collations(&declarations);
        self.check_tables(&declarations);
        self.resolve_backfills(&declarations);
        self.resolve_expressions(&declarations);
        self.resolve_relations(&declarations, &relations);
        self.resolve_orderings(&declarations);
        self.resolve_constraints(&declarations);
        self.check_folders(&declarations);
        self.check_chosen_names(&declarations);
        self.check_related_names(&declarations);
    }

    fn resolve_columns(
        &mut self,
        declaration: &ModelDeclaration<'a>,
        schema: &'a Schema,
        pending: &mut Vec<PendingKey<'a>>,
        relations: &mut Vec<PendingRelation<'a>>,
    ) {
        let id = declaration.id;
        let place = Place {
            name: self.models[id].name.clone(),
            home: Home::Model(id),
            stands: Stands::Model,
            span: declaration.span,
            keys: vec!["models".to_owned(), declaration.wire.to_owned()],
            named: false,
            rows: false,
            member: false,
        };
        let sound = self.keywords_are_honoured(schema, Stands::Model) && self.is_table(schema);
        self.model_facts[id.index()].poisoned |= schema.poisoned || !sound;
        self.models[id].docs = docs(&schema.title, &schema.description, &schema.deprecated);
        let required = schema.required.as_ref().map(|key| key.value.as_slice()).unwrap_or_default();
        let Some(properties) = &schema.properties else {
            self.models[id].fields = vec![self.implicit_id(id)];
            return;
        };
        // A property that is most likely meant by a misspelt name in `required` is not reported as absent there.
        let mut required_names = self.check_required(required, &properties.value);
        self.require_nothing_dropped(required, &properties.value);
        required_names.extend(required.iter().map(|name| name.value.as_str()));
        let mut scope = Scope::default();
        let mut columns = HashMap::new();
        let mut keys: Vec<(usize, Span)> = Vec::new();
        let mut fields: Vec<Field> = Vec::new();
        for (key, property) in &properties.value.entries {
            if property.as_ref().is_some_and(|property| self.is_dropped(property)) {
                self.models[id].dropped.push(key.value.clone());
                continue;
            }
            let given = property.as_ref().and_then(|property| property.rust_name.as_ref());
            let name = self.member_name_as(&key.value, given, key.span, "a field");
            let related =
                property.as_ref().filter(|schema| schema.many_to_many.is_some() && !schema.poisoned);
            if let (Some(schema), Some(name)) = (related, &name) {
                let required = required_names.contains(key.value.as_str());
                if self.take_member(&mut scope, name, &key.value, key.span) {
                    relations.push(PendingRelation { model: id, key, schema, required });
                }
                continue;
            }
            let resolved = property.as_ref().and_then(|property| {
                let place = place.member(&key.value, key.span);
                let required = required_names.contains(key.value.as_str());
                self.field(key, property, Place { stands: Stands::Column, ..place }, required, id)
            });
            if key.value == "pk" {
                let message = "`pk` is the name of the key of every model on the wire";
                self.error(Code::ReservedName, key.span, message);
            }
            let free =
                name.as_ref().is_some_and(|name| self.take_member(&mut scope, name, &key.value, key.span));
            let (Some(property), Some(mut field), Some(name), true) = (property, resolved, name, free) else {
                self.model_facts[id.index()].broken.push(key.value.clone());
                continue;
            };
            field.name = name;
            self.take_column(&mut columns, &field.column, key.span);
            if property.primary_key.as_ref().is_some_and(|key| key.value) {
                keys.push((fields.len(), key.span));
            }
            if property.referred().is_some() {
                pending.push(PendingKey { model: id, field: fields.len(), schema: property });
            }
            fields.push(field);
        }
        self.place_key(id, fields, &keys, pending);
    }

    /// Takes the name of a column. Databases ignore the case of names, so that two must differ in more than case.
    fn take_column(&self, columns: &mut HashMap<String, Span>, column: &str, span: Span) {
        match columns.entry(column.to_lowercase()) {
            Entry::Vacant(vacant) => {
                vacant.insert(span);
            }
            Entry::Occupied(taken) => {
                let message = format!("two fields have the column {}", quote(column));
                let diagnostic = Diagnostic::error(Code::NameCollision, span, message)
                    .related(*taken.get(), "the other")
                    .help("give one of them another column with `x-column`");
                self.report(diagnostic);
            }
        }
    }

    /// Finds the primary key among the fields, or inserts an `id` before them.
    fn place_key(
        &mut self,
        id: ModelId,
        fields: Vec<Field>,
        keys: &[(usize, Span)],
        pending: &mut [PendingKey<'a>],
    ) {
        let mut fields = fields;
        let broken_key = self.model_facts[id.index()].broken.iter().any(|name| {
            self.model_declarations[id.index()]
                .schema
                .and_then(|schema| schema.properties.as_ref()?.value.get(name))
                .is_some_and(|schema| schema.is_none_or(|schema| schema.primary_key.is_some()))
        });
        match keys {
            [] => {
                if let Some(own) = fields.iter().find(|field| field.wire == "id") {
                    let declaration = &self.model_declarations[id.index()];
                    let properties = declaration.schema.and_then(|schema| schema.properties.as_ref());
                    let span = properties
                        .and_then(|key| key.value.entries.iter().find(|(name, _)| name.value == own.wire))
                        .map_or(declaration.span, |(name, _)| name.span);
                    let message = "a field called `id` must be the primary key";
                    let help = "add `\"x-primary-key\": true` to it, or make another field the key";
                    if !broken_key {
                        self.report(Diagnostic::error(Code::BadPrimaryKey, span, message).help(help));
                    }
                } else if !broken_key {
                    fields.insert(0, self.implicit_id(id));
                    for key in pending.iter_mut().filter(|key| key.model == id) {
                        key.field += 1;
                    }
                }
                if fields.is_empty() {
                    fields.push(self.implicit_id(id));
                }
                self.model_facts[id.index()].poisoned |= broken_key;
            }
            [(key, _)] => self.models[id].key = *key,
            [(key, first), .., (_, last)] => {
                let diagnostic = Diagnostic::error(Code::BadPrimaryKey, *last, "a model has one primary key")
                    .related(*first, "the other");
                self.report(
                    diagnostic
                        .help("for values that are unique together, use `x-unique-together` in the model"),
                );
                self.models[id].key = *key;
            }
        }
        self.models[id].fields = fields;
    }

    fn implicit_id(&self, model: ModelId) -> Field {
        Field {
            name: Name::parse("id"),
            wire: "id".to_owned(),
            column: "id".to_owned(),
            ty: Type::Scalar(Scalar::Integer),
            nullable: false,
            required: false,
            unique: false,
            index: false,
            collation: None,
            foreign_key: None,
            auto: Auto::Key,
            default: None,
            read_only: true,
            write_only: false,
            secret: false,
            rules: Vec::new(),
            was: None,
            backfill: None,
            sql: None,
            file: None,
            docs: Docs::default(),
            origin: self.models[model].origin.clone(),
        }
    }

    /// Tells whether the schema of a table has no keywords that only types of values have.
    fn is_table(&self, schema: &Schema) -> bool {
        let mut sound = true;
        if let Some(types) = &schema.types
            && !matches!(types.value.names(), [only] if only.value == JsonType::Object)
        {
            self.error(Code::InvalidValue, types.span, "the type of a model must be `object`");
            sound = false;
        }
        if let Some(additional) = &schema.additional
            && !matches!(additional.value, Additional::Allowed(false))
        {
            let message = "a table has only the columns of its properties";
            self.error(Code::MisplacedKeyword, additional.key, message);
            sound = false;
        }
        macro_rules! nothing {
            ($($field:ident $name:literal,)*) => {
                $(if let Some(key) = &schema.$field {
                    let message = format!("{} does not apply to a model", quote($name));
                    self.error(Code::MisplacedKeyword, key.key, message);
                    sound = false;
                })*
            };
        }
        nothing! {
            format "format", variants "enum", constant "const", minimum "minimum", maximum "maximum",
            exclusive_minimum "exclusiveMinimum", exclusive_maximum "exclusiveMaximum", multiple_of "multipleOf",
            min_length "minLength", max_length "maxLength", pattern "pattern", min_items "minItems",
            max_items "maxItems", unique_items "uniqueItems", default "default", items "items", any_of "anyOf",
            pattern_dialect "x-pattern-dialect", one_of "oneOf", all_of "allOf", discriminator "discriminator", max_digits "x-max-digits",
            decimal_places "x-decimal-places",
        }
        sound
    }

    /// Resolves the keywords of the table itself.
    fn resolve_table(&mut self, declaration: &ModelDeclaration<'a>, schema: &'a Schema) {
        let id = declaration.id;
        let managed = schema.managed.as_ref().is_none_or(|managed| managed.value);
        self.models[id].managed = managed;
        self.models[id].storage = self.storage(schema, managed);
        let table = Identifier::Table { managed };
        if let Some(name) = &schema.table {
            self.identifier(&name.value, name.span, table);
            self.models[id].table.clone_from(&name.value);
        } else if let (Storage::Django, (Some(application), own)) =
            (self.models[id].storage, self.models[id].of_application())
        {
            // Django joins the name of the application and the words of the model's.
            let name = format!("{application}_{}", own.to_lowercase());
            self.identifier(&name, declaration.span, table);
            self.models[id].table = name;
        } else if !self.models[id].name.is_empty() {
            self.identifier(&self.models[id].table, declaration.span, table);
        }
        self.models[id].observe_database = schema.observe_database.as_ref().is_some_and(|asked| asked.value);
        self.models[id].was = self.former_name(schema, declaration.wire);
        if let Some(together) = &schema.unique_together {
            self.models[id].unique_together = self.columns_together(id, &together.value, together.span);
        }
        if let Some(index) = &schema.index
            && let Index::Together(together) = &index.value
        {
            self.models[id].indexes = self.columns_together(id, together, index.span);
        }
    }

    pub(super) fn columns_together(
        &self,
        id: ModelId,
        groups: &[Vec<Spanned<String>>],
        span: Span,
    ) -> Vec<Vec<usize>> {
        let mut positions = Vec::new();
        for group in groups {
            if group.is_empty() {
                self.error(Code::InvalidValue, span, "expected at least one property in each array");
                continue;
            }
            for (index, name) in group.iter().enumerate() {
                if let Some(first) = group[..index].iter().find(|other| other.value == name.value) {
                    let message = format!("{} is listed twice", quote(&name.value));
                    let diagnostic = Diagnostic::error(Code::DuplicateName, name.span, message);
                    self.report(diagnostic.related(first.span, "first here"));
                }
            }
            let found = group.iter().filter_map(|name| {
                let position = self.field_position(id, name)?;
                self.is_comparable(&self.models[id].fields[position], name.span).then_some(position)
            });
            positions.push(found.collect());
        }
        positions
    }

    /// Returns the position of a model's field; `pk` is the primary key. It returns `None` if there is no such field,
    /// which was reported.
    pub(super) fn field_position(&self, id: ModelId, name: &Spanned<String>) -> Option<usize> {
        let model = &self.models[id];
        if let Some(position) = self.find_field(id, &name.value) {
            return Some(position);
        }
        let facts = &self.model_facts[id.index()];
        if facts.poisoned || facts.broken.contains(&name.value) {
            return None;
        }
        let message = format!("the model {} has no field {}", quote(&model.wire), quote(&name.value));
        let path = self.with_other_separator(id, &name.value);
        let near = || self.nearest(&name.value, model.fields.iter().map(|field| field.wire.as_str()));
        let near = path.as_deref().or_else(near);
        self.report(Diagnostic::error(Code::UnknownField, name.span, message).suggest(near));
        None
    }

    /// Returns a path with the separator of the other places where there are paths, if it begins with a member of the
    /// model: `source` has `author.name`, filters and orders have `author__name`.
    fn with_other_separator(&self, id: ModelId, path: &str) -> Option<String> {
        let (first, separator, other) = match path.split_once('.') {
            Some((first, _)) => (first, ".", "__"),
            None => (path.split_once("__")?.0, "__", "."),
        };
        let is_member = self.find_field(id, first).is_some() || self.find_relation(id, first).is_some();
        is_member.then(|| path.replace(separator, other))
    }

    /// Returns the position of a model's field, if it exists; `pk` is the primary key.
    pub(super) fn find_field(&self, id: ModelId, name: &str) -> Option<usize> {
        let model = &self.models[id];
        match model.fields.iter().position(|field| field.wire == name) {
            None if name == "pk" && !model.fields.is_empty() => Some(model.key),
            found => found,
        }
    }

    /// Checks that reverse relations hide neither each other nor the fields of the model to which they belong.
    fn check_related_names(&self, declarations: &[ModelDeclaration<'a>]) {
        let mut seen: Vec<(ModelId, String, Span)> = Vec::new();
        for declaration in declarations {
            let Some(properties) = declaration.schema.and_then(|schema| schema.properties.as_ref()) else {
                continue;
            };
            for (_, property) in &properties.value.entries {
                let Some(property) = property else { continue };
                let target = property.referred().or(property.many_to_many.as_ref());
                let (Some(related), Some(target)) = (&property.related_name, target) else { continue };
                let Some(other) = declarations.iter().find(|other| other.wire == target.value) else {
                    continue;
                };
                let message =
                    format!("{} is taken on the model {}", quote(&related.value), quote(other.wire));
                let diagnostic = Diagnostic::error(Code::NameCollision, related.span, message);
                let other_model = &self.models[other.id];
                let own = other_model.relations.iter().filter(|relation| relation.declared);
                // Columns and relations are constants of the model in Rust.
                let name = Name::parse(&related.value).snake();
                if other_model.fields.iter().any(|field| field.name.snake() == name)
                    || own.into_iter().any(|relation| relation.name.snake() == name)
                {
                    self.report(diagnostic.label("the model has a field of this name"));
                } else if let Some((.., first)) =
                    seen.iter().find(|(id, taken, _)| *id == other.id && *taken == name)
                {
                    self.report(diagnostic.related(*first, "the other reverse relation"));
                } else {
                    seen.push((other.id, name, related.span));
                }
            }
        }
    }
}
