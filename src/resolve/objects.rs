//! Objects, maps and arrays.

use std::collections::HashSet;

use super::namespaces::Scope;
use super::resolver::Resolver;
use super::shape::{Shape, docs};
use super::stands::Place;
use crate::ast::{self, Schema};
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{Additional, Element, Name, Object, ObjectId, Property, Type};
use crate::source::Spanned;
use crate::syntax::{Key, Mapping};

impl<'a> Resolver<'a> {
    pub(super) fn list(&mut self, schema: &'a Schema, place: &Place) -> Option<Type> {
        let element = match &schema.items {
            Some(items) => {
                let place = place.inside("item", place.span, &["items"]);
                element(self.shape(&items.value, &place)?, &place)
            }
            None => any_json(),
        };
        Some(Type::List(Box::new(element)))
    }

    pub(super) fn object_or_map(
        &mut self,
        schema: &'a Schema,
        nullable: bool,
        place: &Place,
    ) -> Option<Type> {
        let properties = schema.properties.as_ref().map(|key| &key.value);
        match (properties, schema.additional.as_ref()) {
            (None, Some(Key { value: ast::Additional::Of(of), .. })) => {
                let place = place.inside("value", place.span, &["additionalProperties"]);
                let element = element(self.shape(of, &place)?, &place);
                Some(Type::Map(Box::new(element)))
            }
            (None, None | Some(Key { value: ast::Additional::Allowed(true), .. }))
                if schema.required.is_none() =>
            {
                Some(Type::Map(Box::new(any_json())))
            }
            _ => Some(Type::Object(self.object(schema, nullable, place))),
        }
    }

    /// Resolves an object with known properties.
    pub(super) fn object(&mut self, schema: &'a Schema, nullable: bool, place: &Place) -> ObjectId {
        let rust = self.take_named(schema, place, "the type of an object");
        let closed = matches!(&schema.additional, Some(Key { value: ast::Additional::Allowed(false), .. }));
        let keys: Vec<&str> = place.keys.iter().map(String::as_str).collect();
        let docs = docs(&schema.title, &schema.description, &schema.deprecated);
        let id = self.objects.push(Object {
            name: place.name.clone(),
            rust,
            home: place.home,
            properties: Vec::new(),
            closed,
            additional: None,
            schema: None,
            docs: docs.clone(),
            origin: self.origin(schema.span, &keys),
        });
        if place.named {
            let shape = Shape { docs, ..Shape::of(Type::Object(id), nullable) };
            self.named.insert(schema.span, Some(shape));
        }
        let required = schema.required.as_ref().map(|key| key.value.as_slice()).unwrap_or_default();
        static NOTHING: Mapping<Schema> = Mapping { entries: Vec::new() };
        self.check_required(required, schema.properties.as_ref().map_or(&NOTHING, |key| &key.value));
        if let Some(properties) = &schema.properties {
            self.objects[id].properties = self.properties(&properties.value, required, place);
        }
        self.objects[id].additional = self.additional(schema.additional.as_ref(), id, place);
        id
    }

    /// Returns the keys of an object beside its properties, if the definition says that they are kept.
    pub(super) fn additional(
        &mut self,
        additional: Option<&'a Key<ast::Additional>>,
        object: ObjectId,
        place: &Place,
    ) -> Option<Additional> {
        let key = additional?;
        let element = match &key.value {
            ast::Additional::Allowed(false) => return None,
            ast::Additional::Allowed(true) => any_json(),
            ast::Additional::Of(of) => {
                let place = place.inside("additional", place.span, &["additionalProperties"]);
                element(self.shape(of, &place)?, &place)
            }
        };
        let taken = |name: &Name| {
            let same = |property: &Property| property.name.pascal() == name.pascal();
            self.objects[object].properties.iter().any(same)
        };
        let mut names = ["additional", "additional_properties"].map(Name::parse).into_iter();
        let Some(name) = names.find(|name| !taken(name)) else {
            let message = "the properties do not leave a name for the additional properties";
            let diagnostic = Diagnostic::error(Code::NameCollision, key.key, message);
            let help = "rename the property `additional` or `additionalProperties`: the generated struct keeps the other keys there";
            self.report(diagnostic.help(help));
            return None;
        };
        Some(Additional { name, element })
    }

    /// Adds an object without properties, for something without a schema.
    pub(super) fn empty_object(&mut self, place: &Place) -> ObjectId {
        let rust = self.take_type(&place.name, place.span, "the type of an object", "type");
        let keys: Vec<&str> = place.keys.iter().map(String::as_str).collect();
        self.objects.push(Object {
            name: place.name.clone(),
            rust: rust.unwrap_or_else(|| place.name.clone()),
            home: place.home,
            properties: Vec::new(),
            closed: false,
            additional: None,
            schema: None,
            docs: crate::ir::Docs::default(),
            origin: self.origin(place.span, &keys),
        })
    }

    /// Reports names in `required` that are not properties, and returns the properties that the user most likely meant.
    pub(super) fn check_required(
        &self,
        required: &[Spanned<String>],
        properties: &'a Mapping<Schema>,
    ) -> HashSet<&'a str> {
        let known: HashSet<&str> = properties.names().collect();
        let again = self.no_duplicates(required);
        let mut meant = HashSet::new();
        for (index, name) in required.iter().enumerate() {
            if known.contains(name.value.as_str()) || again.contains(&index) {
                continue;
            }
            let message = format!("there is no property {}", quote(&name.value));
            let near = self.nearest(&name.value, properties.names());
            self.report(Diagnostic::error(Code::UnknownField, name.span, message).suggest(near));
            meant.extend(near);
        }
        meant
    }

    /// Resolves the properties of an object. Reported properties are left out.
    pub(super) fn properties(
        &mut self,
        properties: &'a Mapping<Schema>,
        required: &[Spanned<String>],
        place: &Place,
    ) -> Vec<Property> {
        let required: HashSet<&str> = required.iter().map(|name| name.value.as_str()).collect();
        let mut scope = Scope::default();
        let mut resolved = Vec::new();
        for (key, schema) in &properties.entries {
            let given = schema.as_ref().and_then(|schema| schema.rust_name.as_ref());
            let name = self.member_name_as(&key.value, given, key.span, "a property");
            let Some(schema) = schema else { continue };
            let place = place.member(&key.value, key.span);
            let shape = self.shape(schema, &place);
            let (Some(name), Some(shape)) = (name, shape) else { continue };
            if !self.take_member(&mut scope, &name, &key.value, key.span) {
                continue;
            }
            resolved.push(Property {
                name,
                wire: key.value.clone(),
                nullable: shape.takes_null(place.home),
                ty: shape.ty,
                required: required.contains(key.value.as_str()),
                default: shape.default,
                rules: shape.rules,
                allow_blank: None,
                untrimmed: false,
                messages: Vec::new(),
                format: crate::ir::Format::default(),
                boxed: false,
                docs: shape.docs,
            });
        }
        resolved
    }
}

pub(super) fn element(shape: Shape, place: &Place) -> Element {
    Element { nullable: shape.takes_null(place.home), ty: shape.ty, rules: shape.rules }
}

pub(super) fn any_json() -> Element {
    Element { ty: Type::Json, nullable: true, rules: Vec::new() }
}
