//! Descriptors: the `TypeMeta`, `Rule` and `Literal` expressions of `dcrf_runtime::meta`.

use dcrf_scalars::{FileKind, Precision};
use proc_macro2::TokenStream;
use quote::quote;

use super::names;
use super::tokens::index_literal;
use super::uses::Uses;
use crate::ir::{
    Api, Clock, Element, FileColumn, FilePath, Format, Home, Literal, Name, Ordering, Rounding, Rule, Scalar,
    Shown, Step, Type,
};

/// The properties of a value in its descriptor beside its type.
#[derive(Debug, Clone, Copy)]
pub struct Shape<'a> {
    /// Whether the value belongs to a serializer or model (trimmed, not blank) and not to a JSON Schema object.
    pub model: bool,
    /// Whether `null` is a value.
    pub nullable: bool,
    /// Whether `""` is a value, for a value of a serializer or model.
    pub blank: bool,
    /// The rules of the value.
    pub rules: &'a [Rule],
    /// Whether the values in lists and maps belong to a serializer, too, and not to a JSON Schema object.
    pub inside: bool,
}

/// Returns the steps from a row to another: `&[PathStep::ForeignKey(2)]`.
pub fn steps(path: &[Step], uses: &mut Uses) -> TokenStream {
    uses.meta(&["PathStep"]);
    let steps = path.iter().map(|step| match *step {
        Step::ForeignKey(column) => {
            let column = index_literal(column);
            quote!(PathStep::ForeignKey(#column))
        }
        Step::Back(relation) => {
            let relation = index_literal(relation);
            quote!(PathStep::Back(#relation))
        }
    });
    quote!(&[#(#steps),*])
}

/// Returns an order: `&[OrderMeta::descending(3)]`.
pub fn ordering(ordering: &[Ordering], uses: &mut Uses) -> TokenStream {
    if !ordering.is_empty() {
        uses.meta(&["OrderMeta"]);
    }
    let mut parts = Vec::with_capacity(ordering.len());
    for part in ordering {
        let (field, method) =
            (index_literal(part.field), if part.descending { "descending" } else { "ascending" });
        let method = names::ident(method);
        let mut tokens = quote!(OrderMeta::#method(#field));
        if !part.path.is_empty() {
            let path = steps(&part.path, uses);
            tokens.extend(quote!(.through(#path)));
        }
        parts.push(tokens);
    }
    quote!(&[#(#parts),*])
}

/// Returns a `TypeMeta`.
pub fn type_meta(api: &Api, ty: &Type, shape: Shape<'_>, here: Home, uses: &mut Uses) -> TokenStream {
    uses.meta(&["TypeMeta"]);
    let kind = kind(api, ty, shape.inside, here, uses);
    let said = self::shape(ty, shape, uses);
    if shape.model { quote!(TypeMeta::new(#kind) #said) } else { quote!(TypeMeta::plain(#kind) #said) }
}

/// Returns the properties of a value beside its kind: `.nullable().rules(&[…])`.
pub fn shape(ty: &Type, shape: Shape<'_>, uses: &mut Uses) -> TokenStream {
    let mut tokens = TokenStream::new();
    if shape.nullable {
        tokens.extend(quote!(.nullable()));
    }
    if shape.model && shape.blank {
        tokens.extend(quote!(.blank()));
    }
    let rules = rules(ty, shape, uses);
    if !rules.is_empty() {
        tokens.extend(quote!(.rules(&[#(#rules),*])));
    }
    tokens
}

/// Returns the `Rule`s of a value.
pub fn rules(ty: &Type, shape: Shape<'_>, uses: &mut Uses) -> Vec<TokenStream> {
    // A text of a serializer without a column is DRF's `RegexField`, if it has a pattern.
    let regex = shape.model && shape.inside && *ty == Type::Scalar(Scalar::Text);
    let rules = shape.rules.iter().filter_map(|rule| match rule {
        Rule::Pattern(pattern) if regex => Some(quote!(Rule::Regex(#pattern))),
        rule => self::rule(rule, uses),
    });
    let rules: Vec<TokenStream> = rules.collect();
    if !rules.is_empty() {
        uses.meta(&["Rule"]);
    }
    rules
}

/// Returns `.format(&FormatMeta::DEFAULT.output(…))`; nothing if the format is the default.
pub fn format(format: &Format, uses: &mut Uses) -> TokenStream {
    let mut tokens = TokenStream::new();
    if !format.input.is_empty() {
        let input = &format.input;
        tokens.extend(quote!(.input(&[#(#input),*])));
    }
    tokens.extend(match &format.output {
        Shown::Default => quote!(),
        Shown::Strftime(text) => quote!(.strftime(#text)),
        Shown::Iso => quote!(.iso()),
        Shown::Plain => quote!(.plain()),
        Shown::Uuid(name) => {
            let name = names::ident(name);
            quote!(.#name())
        }
    });
    tokens.extend(match &format.clock {
        Clock::Unset | Clock::Utc => quote!(),
        Clock::Zone(name) => quote!(.zone(#name)),
        Clock::Naive => quote!(.naive()),
    });
    if format.number {
        tokens.extend(quote!(.number()));
    }
    if format.normalize {
        tokens.extend(quote!(.normalize()));
    }
    if format.rounding != Rounding::default() {
        uses.meta(&["RoundingMode"]);
        let name = names::ident(&format!("{:?}", format.rounding));
        tokens.extend(quote!(.rounding(RoundingMode::#name)));
    }
    if tokens.is_empty() {
        return tokens;
    }
    uses.meta(&["FormatMeta"]);
    quote!(.format(&FormatMeta::DEFAULT #tokens))
}

/// Returns `.file(&FileMeta::new("avatars/").…)`.
pub fn file(file: &FileColumn, uses: &mut Uses) -> TokenStream {
    uses.meta(&["FileMeta"]);
    let upload_to = &file.upload_to;
    let mut tokens = quote!(FileMeta::new(#upload_to));
    if let Some(bytes) = file.max_size {
        let bytes = proc_macro2::Literal::u64_unsuffixed(bytes);
        tokens.extend(quote!(.max_size(#bytes)));
    }
    if file.kinds == FileKind::IMAGES {
        uses.meta(&["FileKind"]);
        tokens.extend(quote!(.kinds(FileKind::IMAGES)));
    } else if !file.kinds.is_empty() {
        uses.meta(&["FileKind"]);
        let kinds = file.kinds.iter().map(|kind| names::ident(&format!("{kind:?}")));
        tokens.extend(quote!(.kinds(&[#(FileKind::#kinds),*])));
    }
    if let Some((width, height)) = file.image {
        let [width, height] = [width, height].map(proc_macro2::Literal::u32_unsuffixed);
        tokens.extend(quote!(.image(#width, #height)));
    }
    if let Some(url) = &file.url {
        tokens.extend(quote!(.url(#url)));
    }
    if file.public {
        tokens.extend(quote!(.public()));
    }
    quote!(.file(&#tokens))
}

/// Returns the name of the static of a type: `USER`, `USER_SERIALIZER`.
pub fn static_of(name: &Name) -> proc_macro2::Ident {
    names::shouting(name)
}

/// Returns a `Kind`.
pub fn kind(api: &Api, ty: &Type, inside: bool, here: Home, uses: &mut Uses) -> TokenStream {
    uses.meta(&["Kind"]);
    match ty {
        Type::Scalar(Scalar::Decimal { max_digits, decimal_places }) => {
            let (max_digits, decimal_places) = (bounded(*max_digits), bounded(*decimal_places));
            quote!(Kind::Decimal { max_digits: #max_digits, decimal_places: #decimal_places })
        }
        Type::Scalar(Scalar::Form(form)) => {
            let name = names::ident(&format!("{form:?}"));
            quote!(Kind::#name)
        }
        Type::Scalar(scalar) => {
            let name = names::ident(&format!("{scalar:?}"));
            quote!(Kind::#name)
        }
        Type::Enum(id) => {
            let item = &api.enums[*id];
            uses.generated(here, item.home, &item.rust.pascal());
            let name = names::pascal(&item.rust);
            quote!(Kind::Choice(#name::VALUES))
        }
        Type::Object(id) => {
            let object = &api.objects[*id];
            uses.generated(here, object.home, &object.rust.shouting());
            let name = static_of(&object.rust);
            quote!(Kind::Object(|| &#name))
        }
        Type::Union(id) => {
            let union = &api.unions[*id];
            uses.generated(here, union.home, &union.rust.shouting());
            let name = static_of(&union.rust);
            quote!(Kind::Union(|| &#name))
        }
        Type::List(element) => {
            let element = element_meta(api, element, inside, here, uses);
            quote!(Kind::List(&#element))
        }
        Type::Tuple(elements) => {
            let elements = elements.iter().map(|element| element_meta(api, element, inside, here, uses));
            let elements: Vec<TokenStream> = elements.collect();
            quote!(Kind::Tuple(&[#(#elements),*]))
        }
        Type::Map(element) => {
            let element = element_meta(api, element, inside, here, uses);
            quote!(Kind::Map(&#element))
        }
        Type::Row(_) | Type::Json => quote!(Kind::Json),
    }
}

/// Returns a number of digits, or the name of no bound.
fn bounded(digits: u32) -> TokenStream {
    if digits == Precision::UNBOUNDED {
        return quote!(Kind::UNBOUNDED);
    }
    let digits = proc_macro2::Literal::u32_unsuffixed(digits);
    quote!(#digits)
}

/// Returns the `TypeMeta` of the values in a list or map: those of DRF `inside` of a serializer, and plain JSON Schema
/// otherwise.
pub fn element_meta(api: &Api, element: &Element, inside: bool, here: Home, uses: &mut Uses) -> TokenStream {
    let blank = element.rules.contains(&Rule::MinLength(0));
    let shape = Shape { model: inside, nullable: element.nullable, blank, rules: &element.rules, inside };
    type_meta(api, &element.ty, shape, here, uses)
}

/// Returns a `Rule`; `None` for a rule without effect.
fn rule(rule: &Rule, uses: &mut Uses) -> Option<TokenStream> {
    Some(match rule {
        Rule::MinLength(0) | Rule::MinItems(0) => return None,
        Rule::MinLength(length) => counted("MinLength", *length),
        Rule::MaxLength(length) => counted("MaxLength", *length),
        Rule::Pattern(pattern) => quote!(Rule::Pattern(#pattern)),
        Rule::Minimum(number) => quote!(Rule::Minimum(#number)),
        Rule::Maximum(number) => quote!(Rule::Maximum(#number)),
        Rule::ExclusiveMinimum(number) => quote!(Rule::ExclusiveMinimum(#number)),
        Rule::ExclusiveMaximum(number) => quote!(Rule::ExclusiveMaximum(#number)),
        Rule::MultipleOf(number) => quote!(Rule::MultipleOf(#number)),
        Rule::MinItems(count) => counted("MinItems", *count),
        Rule::MaxItems(count) => counted("MaxItems", *count),
        Rule::NotEmpty => quote!(Rule::NotEmpty),
        Rule::UniqueItems => quote!(Rule::UniqueItems),
        Rule::MultipleChoice => quote!(Rule::MultipleChoice),
        Rule::FilePath(paths) => file_path(paths, uses),
        Rule::Schema(schema) => {
            let schema = schema_text(schema);
            quote!(Rule::Schema(#schema))
        }
        Rule::Const(constant) => {
            let value = literal(&constant.written, uses);
            quote!(Rule::Const(#value))
        }
    })
}

/// Returns `Rule::FilePath(&FilePathMeta::new("/srv/media").…)`.
fn file_path(paths: &FilePath, uses: &mut Uses) -> TokenStream {
    uses.meta(&["FilePathMeta"]);
    let path = &paths.path;
    let mut tokens = quote!(FilePathMeta::new(#path));
    if let Some(pattern) = &paths.pattern {
        tokens.extend(quote!(.pattern(#pattern)));
    }
    if paths.recursive {
        tokens.extend(quote!(.recursive()));
    }
    if paths.folders {
        tokens.extend(quote!(.folders()));
    }
    if !paths.files {
        tokens.extend(quote!(.no_files()));
    }
    quote!(Rule::FilePath(&#tokens))
}

/// Returns the text of a JSON Schema as a raw string, without escapes.
pub fn schema_text(schema: &str) -> TokenStream {
    let marks = (0..).map(|length| "#".repeat(length)).find(|marks| !schema.contains(&format!("\"{marks}")));
    let marks = marks.unwrap_or_default();
    format!("r{marks}\"{schema}\"{marks}").parse().unwrap_or_else(|_| quote!(#schema))
}

fn counted(rule: &str, count: u64) -> TokenStream {
    let (rule, count) = (names::ident(rule), proc_macro2::Literal::u64_unsuffixed(count));
    quote!(Rule::#rule(#count))
}

/// Returns a `Literal`.
pub fn literal(literal: &Literal, uses: &mut Uses) -> TokenStream {
    uses.meta(&["Literal"]);
    match literal {
        Literal::Null => quote!(Literal::Null),
        Literal::Boolean(value) => quote!(Literal::Boolean(#value)),
        Literal::Integer(value) => {
            let value = proc_macro2::Literal::i64_unsuffixed(*value);
            quote!(Literal::Integer(#value))
        }
        Literal::Number(text) => quote!(Literal::Number(#text)),
        Literal::Text(text) => quote!(Literal::Text(#text)),
        Literal::Json(text) => quote!(Literal::Json(#text)),
    }
}
