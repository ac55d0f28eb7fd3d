//! The types of a definition in TypeScript.

use super::compound::{list, literal, or_null};
use super::imports::Imports;
use super::names::{Names, empty};
use super::structure;
use crate::ir::{
    Api, Element, Format, Home, ObjectId, Output, Rule, Scalar, SerializerId, SerializerOf, Shown, Type,
};

/// The context in which types are made.
pub(super) struct Types<'a> {
    pub(super) api: &'a Api,
    pub(super) names: &'a Names,
    pub(super) imports: Imports,
}

impl<'a> Types<'a> {
    pub(super) fn new(api: &'a Api, names: &'a Names, here: Home) -> Self {
        Self { api, names, imports: Imports::new(here) }
    }

    /// Returns a type, without `null`.
    pub(super) fn of(&mut self, ty: &Type) -> String {
        let (api, names) = (self.api, self.names);
        match ty {
            Type::Scalar(scalar) => self.scalar(*scalar),
            Type::Enum(id) => self.generated(api.enums[*id].home, names.enumeration(*id)),
            Type::Object(id) => self.generated(api.objects[*id].home, names.object(*id)),
            Type::Union(id) => self.generated(api.unions[*id].home, names.union(*id)),
            Type::List(element) => list(&self.element(element)),
            Type::Tuple(elements) => {
                let items: Vec<String> = elements.iter().map(|element| self.element(element)).collect();
                format!("[{}]", items.join(", "))
            }
            Type::Map(element) => format!("{{ [key: string]: {} }}", self.element(element)),
            Type::Row(id) => self.row(*id),
            Type::Json => self.core("Json"),
        }
    }

    /// Returns the type of the values of a field, which may show them in another form.
    pub(super) fn formatted(&mut self, ty: &Type, rules: &[Rule], nullable: bool, format: &Format) -> String {
        let text =
            !matches!(format.output, Shown::Default | Shown::Iso | Shown::Plain) || !format.input.is_empty();
        match ty {
            Type::Scalar(Scalar::Decimal { .. }) if format.number => or_null("number".to_owned(), nullable),
            Type::Scalar(Scalar::Uuid) if format.output == Shown::Uuid("int") => {
                or_null("number".to_owned(), nullable)
            }
            Type::Scalar(Scalar::Duration) if format.output == Shown::Plain => {
                or_null("string".to_owned(), nullable)
            }
            Type::Scalar(_) if text => or_null("string".to_owned(), nullable),
            _ => self.ruled(ty, rules, nullable),
        }
    }

    /// Returns a type that is narrowed by those rules that types can express, with `null` if that is a value.
    pub(super) fn ruled(&mut self, ty: &Type, rules: &[Rule], nullable: bool) -> String {
        let only = rules.iter().find_map(|rule| match rule {
            // A constant text that is sent in one form and shown in another does not have one type.
            Rule::Const(constant) if constant.written == constant.value => literal(&constant.written),
            _ => None,
        });
        if let Some(structure) = self.structure(ty, rules) {
            return structure;
        }
        match only {
            Some(only) if only == "null" || *ty == Type::Json => only,
            Some(only) => or_null(only, nullable),
            None if is_small(ty, rules) => or_null("number".to_owned(), nullable),
            None => or_null(self.of(ty), nullable),
        }
    }

    /// Returns the type that a JSON Schema gives to values which no type of the definition names.
    fn structure(&mut self, ty: &Type, rules: &[Rule]) -> Option<String> {
        let is_open = match ty {
            Type::Json => true,
            Type::List(element) | Type::Map(element) => element.ty == Type::Json,
            _ => false,
        };
        let schema = rules.iter().find_map(|rule| match rule {
            Rule::Schema(schema) if is_open => Some(schema),
            _ => None,
        });
        let ty = structure::type_of(schema?);
        if ty.contains(structure::JSON) {
            self.core(structure::JSON);
        }
        Some(ty)
    }

    pub(super) fn element(&mut self, element: &Element) -> String {
        self.ruled(&element.ty, &element.rules, element.nullable)
    }

    /// Returns the type of what an action returns; `void` for `None`.
    pub(super) fn output(&mut self, output: Option<&Output>) -> String {
        match output {
            None => "void".to_owned(),
            Some(Output::Value(element)) => self.element(element),
            Some(Output::Row { serializer, nullable }) => or_null(self.row(*serializer), *nullable),
            Some(Output::Rows(serializer)) => list(&self.row(*serializer)),
        }
    }

    /// Returns the type of the rows of a serializer.
    pub(super) fn row(&mut self, id: SerializerId) -> String {
        let home = match self.api.serializers[id].of {
            SerializerOf::Model(_) => Home::Serializer(id),
            SerializerOf::Object(object) => self.api.objects[object].home,
        };
        self.generated(home, self.names.row(id))
    }

    pub(super) fn generated(&mut self, home: Home, name: &str) -> String {
        self.imports.generated(self.api, self.names, home, name);
        name.to_owned()
    }

    /// Returns a parameter that is an object: it is optional if all of its properties are.
    pub(super) fn parameter(&mut self, name: &str, object: ObjectId) -> String {
        let properties = &self.api.objects[object].properties;
        let optional = properties.iter().all(|property| !property.required || property.default.is_some());
        let ty = self.of(&Type::Object(object));
        let wires = properties.iter().map(|property| property.wire.as_str());
        let default = if optional { format!(" = {}", empty(wires)) } else { String::new() };
        format!("{name}: {ty}{default}")
    }

    /// Returns a type of the core, and imports it.
    pub(super) fn core(&mut self, name: &str) -> String {
        self.imports.core(&[name]);
        name.to_owned()
    }

    fn scalar(&mut self, scalar: Scalar) -> String {
        let named = match scalar {
            Scalar::Boolean => return "boolean".to_owned(),
            Scalar::Integer | Scalar::BigInteger if exact_integers(self.api) => "Int64",
            Scalar::Integer | Scalar::BigInteger | Scalar::Float => return "number".to_owned(),
            Scalar::Uuid => "Uuid",
            Scalar::Date => "IsoDate",
            Scalar::DateTime => "IsoDateTime",
            Scalar::Time => "IsoTime",
            Scalar::Duration => "Duration",
            Scalar::Decimal { .. } => "Decimal",
            Scalar::Bytes => "Base64",
            Scalar::Text | Scalar::Form(_) => return "string".to_owned(),
        };
        self.core(named)
    }
}

/// Tells whether the client reads integers that JSON rounds as `bigint`.
pub(super) fn exact_integers(api: &Api) -> bool {
    api.client.as_ref().is_some_and(|client| client.exact_integers)
}

/// Tells whether rules allow only integers that JavaScript represents exactly as numbers.
fn is_small(ty: &Type, rules: &[Rule]) -> bool {
    const GREATEST: u64 = (1 << 53) - 1;
    let limit = |text: &str| text.parse::<i64>().is_ok_and(|limit| limit.unsigned_abs() <= GREATEST);
    let least = rules
        .iter()
        .any(|rule| matches!(rule, Rule::Minimum(text) | Rule::ExclusiveMinimum(text) if limit(text)));
    let most = rules
        .iter()
        .any(|rule| matches!(rule, Rule::Maximum(text) | Rule::ExclusiveMaximum(text) if limit(text)));
    matches!(ty, Type::Scalar(Scalar::Integer | Scalar::BigInteger)) && least && most
}
