//! Types as TypeScript spells them.

use super::imports::Imports;
use super::names::{Names, empty, text};
use crate::ir::{
    Api, Element, Home, Literal, ObjectId, Output, Rule, Scalar, SerializerId, SerializerOf, Type,
};

/// What types are made with.
pub(super) struct Types<'a> {
    pub(super) api: &'a Api,
    pub(super) names: &'a Names,
    pub(super) imports: Imports,
}

impl<'a> Types<'a> {
    pub(super) fn new(api: &'a Api, names: &'a Names, here: Home) -> Self {
        Self { api, names, imports: Imports::new(here) }
    }

    /// A type, without `null`.
    pub(super) fn of(&mut self, ty: &Type) -> String {
        let (api, names) = (self.api, self.names);
        match ty {
            Type::Scalar(scalar) => self.scalar(*scalar),
            Type::Enum(id) => self.generated(api.enums[*id].home, names.enumeration(*id)),
            Type::Object(id) => self.generated(api.objects[*id].home, names.object(*id)),
            Type::Union(id) => self.generated(api.unions[*id].home, names.union(*id)),
            Type::List(element) => list(&self.element(element)),
            Type::Map(element) => format!("{{ [key: string]: {} }}", self.element(element)),
            Type::Row(id) => self.row(*id),
            Type::Json => self.core("Json"),
        }
    }

    /// A type, narrowed by the rules that types can say, with `null` where that is a value.
    pub(super) fn ruled(&mut self, ty: &Type, rules: &[Rule], nullable: bool) -> String {
        let only = rules.iter().find_map(|rule| match rule {
            // A text that is sent as it is written, and shown in another form, is not of one type.
            Rule::Const(constant) if constant.written == constant.value => literal(&constant.written),
            _ => None,
        });
        match only {
            Some(only) if only == "null" || *ty == Type::Json => only,
            Some(only) => or_null(only, nullable),
            None => or_null(self.of(ty), nullable),
        }
    }

    pub(super) fn element(&mut self, element: &Element) -> String {
        self.ruled(&element.ty, &element.rules, element.nullable)
    }

    /// What an action gives; none: nothing.
    pub(super) fn output(&mut self, output: Option<&Output>) -> String {
        match output {
            None => "void".to_owned(),
            Some(Output::Value(element)) => self.element(element),
            Some(Output::Row { serializer, nullable }) => or_null(self.row(*serializer), *nullable),
            Some(Output::Rows(serializer)) => list(&self.row(*serializer)),
        }
    }

    /// What a serializer shows.
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

    /// A parameter that is an object: it may be left out if everything in it may.
    pub(super) fn parameter(&mut self, name: &str, object: ObjectId) -> String {
        let properties = &self.api.objects[object].properties;
        let optional = properties.iter().all(|property| !property.required || property.default.is_some());
        let ty = self.of(&Type::Object(object));
        let wires = properties.iter().map(|property| property.wire.as_str());
        let default = if optional { format!(" = {}", empty(wires)) } else { String::new() };
        format!("{name}: {ty}{default}")
    }

    /// A type of the core.
    pub(super) fn core(&mut self, name: &str) -> String {
        self.imports.core(&[name]);
        name.to_owned()
    }

    fn scalar(&mut self, scalar: Scalar) -> String {
        let named = match scalar {
            Scalar::Boolean => return "boolean".to_owned(),
            Scalar::Integer | Scalar::Float => return "number".to_owned(),
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

/// `T | null`
pub(super) fn or_null(ty: String, nullable: bool) -> String {
    // `Json` has it already.
    if nullable && ty != "Json" { format!("{ty} | null") } else { ty }
}

/// `T[]`
pub(super) fn list(ty: &str) -> String {
    if ty.contains(['|', '&', ' ']) && !ty.starts_with('{') { format!("({ty})[]") } else { format!("{ty}[]") }
}

/// The type of one value; `number` of a number that no number of JavaScript's is.
pub(super) fn literal(value: &Literal) -> Option<String> {
    match value {
        Literal::Null => Some("null".to_owned()),
        Literal::Boolean(value) => Some(value.to_string()),
        Literal::Integer(value) => Some(number(&value.to_string())),
        Literal::Number(value) => Some(number(value)),
        Literal::Text(value) => Some(text(value)),
        Literal::Json(value) => serde_json::from_str(value).ok().map(|value| of_json(&value)),
    }
}

fn number(text: &str) -> String {
    /// From here on integers are lost between the numbers of JavaScript.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match text.parse::<f64>() {
        Ok(0.0) => "0".to_owned(),
        Ok(number) if number.is_finite() && (number.fract() != 0.0 || number.abs() < EXACT) => {
            number.to_string()
        }
        _ => "number".to_owned(),
    }
}

fn of_json(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "null".to_owned(),
        serde_json::Value::Bool(value) => value.to_string(),
        serde_json::Value::Number(value) => number(&value.to_string()),
        serde_json::Value::String(value) => text(value),
        serde_json::Value::Array(items) => {
            let items: Vec<String> = items.iter().map(of_json).collect();
            format!("[{}]", items.join(", "))
        }
        serde_json::Value::Object(entries) if entries.is_empty() => "{ [key: string]: never }".to_owned(),
        serde_json::Value::Object(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("{}: {}", text(key), of_json(value))).collect();
            format!("{{ {} }}", entries.join("; "))
        }
    }
}
