//! Types, rules, literals and objects.

use dcrf_runtime::meta::{Kind, Literal, ObjectMeta, PropertyMeta, Rule, TypeMeta};
use syn::Expr;

use super::Descriptors;
use super::read::{all, boolean, call, chain, fields, number, optional, pointed, referred, strange, text};

impl Descriptors {
    /// A `TypeMeta`.
    pub(super) fn ty(&self, expr: &Expr) -> TypeMeta {
        let (base, calls) = chain(expr);
        let (name, arguments) = call(base);
        let mut ty = match name.as_str() {
            "TypeMeta::new" => TypeMeta::new(self.kind(arguments[0])),
            "TypeMeta::plain" => TypeMeta::plain(self.kind(arguments[0])),
            _ => strange(base, "a type"),
        };
        for (method, arguments) in calls {
            ty = match method.as_str() {
                "nullable" => ty.nullable(),
                "blank" => ty.blank(),
                "untrimmed" => ty.untrimmed(),
                "rules" => ty.rules(self.rules(arguments[0])),
                _ => strange(expr, "a known property of a type"),
            };
        }
        ty
    }

    /// The rules of a list.
    pub(super) fn rules(&self, expr: &Expr) -> &'static [Rule] {
        all(expr, |rule| self.rule(rule))
    }

    pub(super) fn kind(&self, expr: &Expr) -> Kind {
        if let Expr::Struct(_) = expr {
            let mut parts = fields(expr);
            let kind = Kind::Decimal {
                max_digits: number(parts.take("max_digits")),
                decimal_places: number(parts.take("decimal_places")),
            };
            parts.end();
            return kind;
        }
        let (name, arguments) = call(expr);
        let item = || &*Box::leak(Box::new(self.ty(referred(arguments[0]))));
        match name.as_str() {
            "Kind::Boolean" => Kind::Boolean,
            "Kind::Integer" => Kind::Integer,
            "Kind::Float" => Kind::Float,
            "Kind::Text" => Kind::Text,
            "Kind::Email" => Kind::Email,
            "Kind::Url" => Kind::Url,
            "Kind::Slug" => Kind::Slug,
            "Kind::UnicodeSlug" => Kind::UnicodeSlug,
            "Kind::Ip" => Kind::Ip,
            "Kind::Ipv4" => Kind::Ipv4,
            "Kind::Ipv6" => Kind::Ipv6,
            "Kind::Uuid" => Kind::Uuid,
            "Kind::Date" => Kind::Date,
            "Kind::DateTime" => Kind::DateTime,
            "Kind::Time" => Kind::Time,
            "Kind::Duration" => Kind::Duration,
            "Kind::Bytes" => Kind::Bytes,
            "Kind::Json" => Kind::Json,
            "Kind::Choice" => Kind::Choice(self.values(arguments[0])),
            "Kind::List" => Kind::List(item()),
            "Kind::Tuple" => Kind::Tuple(all(arguments[0], |item| self.ty(item))),
            "Kind::Map" => Kind::Map(item()),
            "Kind::Object" => Kind::Object(self.object(&pointed(arguments[0]))),
            _ => strange(expr, "a known kind"),
        }
    }

    /// `Level::VALUES`
    fn values(&self, expr: &Expr) -> &'static [Literal] {
        let path = super::read::path(expr);
        let name = path.strip_suffix("::VALUES").unwrap_or_else(|| strange(expr, "the values of an enum"));
        Self::known(&self.literals, name, || {
            let values = self.written.values.get(name);
            all(values.unwrap_or_else(|| panic!("the crate has no enum {name}")), literal)
        })
    }

    /// The object of a `static`.
    ///
    /// # Panics
    /// If the crate has none of this name.
    pub fn object_named(&self, name: &str) -> &'static ObjectMeta {
        self.object(name)()
    }

    /// The function that gives an object.
    fn object(&self, name: &str) -> fn() -> &'static ObjectMeta {
        // Objects that hold themselves would need their place before they are read: none is generated here.
        let (function, put) = self.slots.object();
        put(Self::known(&self.objects, name, || {
            let mut parts = fields(self.written(name));
            let meta = ObjectMeta {
                name: text(parts.take("name")),
                properties: all(parts.take("properties"), |expr| self.property(expr)),
                closed: boolean(parts.take("closed")),
                additional: optional(parts.take("additional"))
                    .map(|ty| &*Box::leak(Box::new(self.ty(referred(ty))))),
            };
            parts.end();
            Box::leak(Box::new(meta))
        }));
        function
    }

    fn property(&self, expr: &Expr) -> PropertyMeta {
        let (base, calls) = chain(expr);
        let (name, arguments) = call(base);
        if name != "PropertyMeta::new" {
            strange(base, "a property");
        }
        let mut property = PropertyMeta::new(text(arguments[0]), self.ty(arguments[1]));
        for (method, arguments) in calls {
            property = match method.as_str() {
                "required" => property.required(),
                "default" => property.default(literal(arguments[0])),
                _ => strange(expr, "a known property of a property"),
            };
        }
        property
    }

    fn rule(&self, expr: &Expr) -> Rule {
        let (name, arguments) = call(expr);
        let first = || arguments[0];
        match name.as_str() {
            "Rule::MinLength" => Rule::MinLength(number(first())),
            "Rule::MaxLength" => Rule::MaxLength(number(first())),
            "Rule::Pattern" => Rule::Pattern(text(first())),
            "Rule::Regex" => Rule::Regex(text(first())),
            "Rule::Minimum" => Rule::Minimum(text(first())),
            "Rule::Maximum" => Rule::Maximum(text(first())),
            "Rule::ExclusiveMinimum" => Rule::ExclusiveMinimum(text(first())),
            "Rule::ExclusiveMaximum" => Rule::ExclusiveMaximum(text(first())),
            "Rule::MultipleOf" => Rule::MultipleOf(text(first())),
            "Rule::MinItems" => Rule::MinItems(number(first())),
            "Rule::MaxItems" => Rule::MaxItems(number(first())),
            "Rule::NotEmpty" => Rule::NotEmpty,
            "Rule::UniqueItems" => Rule::UniqueItems,
            "Rule::Schema" => Rule::Schema(text(first())),
            "Rule::Const" => Rule::Const(literal(first())),
            _ => strange(expr, "a known rule"),
        }
    }
}

/// A `Literal`.
pub(super) fn literal(expr: &Expr) -> Literal {
    let (name, arguments) = call(expr);
    match name.as_str() {
        "Literal::Null" => Literal::Null,
        "Literal::Boolean" => Literal::Boolean(boolean(arguments[0])),
        "Literal::Integer" => Literal::Integer(number(arguments[0])),
        "Literal::Number" => Literal::Number(text(arguments[0])),
        "Literal::Text" => Literal::Text(text(arguments[0])),
        "Literal::Json" => Literal::Json(text(arguments[0])),
        _ => strange(expr, "a literal"),
    }
}
