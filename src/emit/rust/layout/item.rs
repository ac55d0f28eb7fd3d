//! Items: functions, implementations, structs, statics.

use syn::{
    Attribute, Expr, FnArg, ImplItem, Item, Meta, ReturnType, Signature, TraitItem, Variant, Visibility,
};

use super::expr::{Memo, Rewriter, assigned_to};
use super::inline::inline;
use super::shape::{Shape, TAB, WIDTH, newline, width};

/// The greatest width of the arguments of an attribute in one line.
const ATTRIBUTE_WIDTH: usize = 70;
/// The greatest width of the fields of a variant in one line.
const VARIANT_WIDTH: usize = 35;

/// Returns the text of an item whose lines after the first one are indented by `indent` spaces.
pub(super) fn item(item: &Item, indent: usize) -> String {
    match item {
        Item::Static(of) => {
            let head = format!("{}static {}: {} =", visible(&of.vis), of.ident, inline(&of.ty));
            attributes(&of.attrs, indent) + &assigned_to(&head, &of.expr, indent)
        }
        Item::Const(of) => {
            let head = format!("{}const {}: {} =", visible(&of.vis), of.ident, inline(&of.ty));
            attributes(&of.attrs, indent) + &assigned_to(&head, &of.expr, indent)
        }
        Item::Type(of) => {
            let text = format!("{}type {} = {};", visible(&of.vis), of.ident, inline(&of.ty));
            attributes(&of.attrs, indent) + &text
        }
        Item::Struct(of) => structure(of, indent),
        Item::Enum(of) => {
            let head = format!("{}enum {}{}", visible(&of.vis), of.ident, inline(&of.generics));
            let variants = of.variants.iter().map(|variant| self::variant(variant, indent + TAB) + ",");
            attributes(&of.attrs, indent) + &braced(&head, variants.collect(), "", indent)
        }
        Item::Impl(of) => {
            let mut head = format!("impl{}", inline(&of.generics));
            if let Some((path, _)) = &of.trait_ {
                head = format!("{head} {} for", inline(path));
            }
            let head = format!("{head} {}", inline(&of.self_ty));
            let items: Vec<(String, bool)> =
                of.items.iter().map(|item| impl_item(item, indent + TAB)).collect();
            attributes(&of.attrs, indent) + &members(&head, &items, indent)
        }
        Item::Trait(of) => {
            let bounds = inline(&of.supertraits);
            let head = format!("{}trait {}{}: {bounds}", visible(&of.vis), of.ident, inline(&of.generics));
            let items: Vec<(String, bool)> =
                of.items.iter().map(|item| trait_item(item, indent + TAB)).collect();
            attributes(&of.attrs, indent) + &members(&head, &items, indent)
        }
        Item::Fn(of) => {
            let head = visible(&of.vis);
            attributes(&of.attrs, indent) + &function(&head, &of.sig, Some(&of.block), indent)
        }
        other => printed(other, indent),
    }
}

/// Returns the text of an item without a rule of its own.
fn printed(item: &Item, indent: usize) -> String {
    let file = syn::File { shebang: None, frontmatter: None, attrs: Vec::new(), items: vec![item.clone()] };
    prettyplease::unparse(&file).trim_end().replace('\n', &newline(indent))
}

fn visible(visibility: &Visibility) -> String {
    match inline(visibility).as_str() {
        "" => String::new(),
        text => format!("{text} "),
    }
}

/// Returns a head with lines in braces.
fn braced(head: &str, lines: Vec<String>, between: &str, indent: usize) -> String {
    if lines.is_empty() {
        return format!("{head} {{}}");
    }
    let space = newline(indent + TAB);
    let lines: Vec<String> = lines.into_iter().map(|line| format!("{space}{line}")).collect();
    format!("{head} {{{}{}}}", lines.join(between), newline(indent))
}

/// Returns the members of an implementation or trait: long ones have a blank line before them.
fn members(head: &str, items: &[(String, bool)], indent: usize) -> String {
    if items.is_empty() {
        return format!("{head} {{}}");
    }
    let mut text = format!("{head} {{");
    for (index, (item, is_long)) in items.iter().enumerate() {
        if index > 0 && (*is_long || items[index - 1].1) {
            text.push('\n');
        }
        text.push_str(&newline(indent + TAB));
        text.push_str(item);
    }
    format!("{text}{}}}", newline(indent))
}

fn impl_item(item: &ImplItem, indent: usize) -> (String, bool) {
    match item {
        ImplItem::Const(of) => {
            let head = format!("{}const {}: {} =", visible(&of.vis), of.ident, inline(&of.ty));
            (attributes(&of.attrs, indent) + &assigned_to(&head, &of.expr, indent), false)
        }
        ImplItem::Type(of) => {
            (attributes(&of.attrs, indent) + &format!("type {} = {};", of.ident, inline(&of.ty)), false)
        }
        ImplItem::Fn(of) => {
            let head = visible(&of.vis);
            (attributes(&of.attrs, indent) + &function(&head, &of.sig, Some(&of.block), indent), true)
        }
        other => (inline(other), true),
    }
}

fn trait_item(item: &TraitItem, indent: usize) -> (String, bool) {
    match item {
        TraitItem::Fn(of) => {
            (attributes(&of.attrs, indent) + &function("", &of.sig, of.default.as_ref(), indent), true)
        }
        other => (inline(other), true),
    }
}

fn function(head: &str, signature: &Signature, body: Option<&syn::Block>, indent: usize) -> String {
    let constness = if signature.constness.is_some() { "const " } else { "" };
    let asyncness = if signature.asyncness.is_some() { "async " } else { "" };
    let head = format!("{head}{constness}{asyncness}fn {}", signature.ident);
    let inputs: Vec<String> = signature.inputs.iter().map(argument).collect();
    let output = match &signature.output {
        ReturnType::Default => String::new(),
        ReturnType::Type(_, ty) => format!(" -> {}", inline(ty)),
    };
    let generics = generics(&signature.generics, indent + width(&head), indent);
    let is_broken = generics.contains('\n');
    let head = head + &generics;
    let end = if body.is_some() { 2 } else { 1 };
    let flat = format!("{head}({}){output}", inputs.join(", "));
    let text = if !is_broken && indent + width(&flat) + 2 <= WIDTH {
        flat
    } else if !is_broken && indent + width(&flat) + end <= WIDTH && !inputs.is_empty() {
        // rustfmt reserves space for a brace that does not follow.
        format!("{head}({}){}{}", inputs.join(", "), newline(indent), output.trim_start())
    } else {
        let space = newline(indent + TAB);
        let inputs: String = inputs.iter().map(|input| format!("{space}{input},")).collect();
        format!("{head}({inputs}{}){output}", newline(indent))
    };
    match body {
        Some(body) => format!("{text} {}", Rewriter::new(&Memo::default()).braces(body, Shape::line(indent))),
        None => text + ";",
    }
}

/// Returns the generics of a function; if they are too long for the line, with one bound per line.
fn generics(generics: &syn::Generics, before: usize, indent: usize) -> String {
    let flat = inline(generics);
    let [syn::GenericParam::Type(only)] = generics.params.iter().collect::<Vec<_>>()[..] else { return flat };
    if before + width(&flat) < WIDTH {
        return flat;
    }
    let bounds: Vec<String> = only.bounds.iter().map(inline).collect();
    let line = format!("{}: {},", only.ident, bounds.join(" + "));
    let line = if indent + TAB + width(&line) <= WIDTH {
        line
    } else {
        format!("{}: {},", only.ident, bounds.join(&format!("{}+ ", newline(indent + TAB + TAB))))
    };
    format!("<{}{line}{}>", newline(indent + TAB), newline(indent))
}

fn argument(argument: &FnArg) -> String {
    match argument {
        FnArg::Receiver(receiver) => inline(receiver),
        FnArg::Typed(typed) => format!("{}: {}", inline(&typed.pat), inline(&typed.ty)),
    }
}

fn structure(of: &syn::ItemStruct, indent: usize) -> String {
    let head = format!("{}struct {}{}", visible(&of.vis), of.ident, inline(&of.generics));
    let text = match &of.fields {
        syn::Fields::Unit => head + ";",
        syn::Fields::Unnamed(fields) => {
            let fields: Vec<String> =
                fields.unnamed.iter().map(|field| visible(&field.vis) + &inline(&field.ty)).collect();
            format!("{head}({});", fields.join(", "))
        }
        syn::Fields::Named(fields) => {
            let fields = fields.named.iter().map(|field| self::field(field, indent + TAB) + ",");
            braced(&head, fields.collect(), "", indent)
        }
    };
    attributes(&of.attrs, indent) + &text
}

fn field(field: &syn::Field, indent: usize) -> String {
    let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
    format!("{}{}{name}: {}", attributes(&field.attrs, indent), visible(&field.vis), inline(&field.ty))
}

fn variant(variant: &Variant, indent: usize) -> String {
    let name = variant.ident.to_string();
    let text = match &variant.fields {
        syn::Fields::Unit => name,
        syn::Fields::Unnamed(fields) => {
            let fields: Vec<String> = fields.unnamed.iter().map(|field| inline(&field.ty)).collect();
            format!("{name}({})", fields.join(", "))
        }
        syn::Fields::Named(fields) => {
            let fields: Vec<String> =
                fields.named.iter().map(|field| self::field(field, indent + TAB)).collect();
            let flat = fields.join(", ");
            if !flat.contains('\n') && width(&flat) <= VARIANT_WIDTH {
                format!("{name} {{ {flat} }}")
            } else {
                let fields = fields.into_iter().map(|field| field + ",").collect();
                braced(&name, fields, "", indent)
            }
        }
    };
    attributes(&variant.attrs, indent) + &text
}

/// Returns attributes, each with the line break after it; documentation is printed as comments.
fn attributes(attributes: &[Attribute], indent: usize) -> String {
    attributes.iter().map(|attribute| self::attribute(attribute, indent) + &newline(indent)).collect()
}

fn attribute(attribute: &Attribute, indent: usize) -> String {
    if let Meta::NameValue(of) = &attribute.meta
        && of.path.is_ident("doc")
        && let Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &of.value
    {
        return format!("///{}", text.value());
    }
    let flat = inline(&attribute.meta);
    let Meta::List(list) = &attribute.meta else { return format!("#[{flat}]") };
    let arguments = inline(&list.tokens);
    if width(&arguments) <= ATTRIBUTE_WIDTH && indent + width(&flat) + 3 <= WIDTH {
        return format!("#[{flat}]");
    }
    let space = newline(indent + TAB);
    let parts: Vec<String> = split(&list.tokens).iter().map(|part| format!("{space}{part}")).collect();
    format!("#[{}({}{})]", inline(&list.path), parts.join(","), newline(indent))
}

/// Splits the arguments of an attribute.
fn split(tokens: &proc_macro2::TokenStream) -> Vec<String> {
    let mut parts = vec![proc_macro2::TokenStream::new()];
    for token in tokens.clone() {
        match &token {
            proc_macro2::TokenTree::Punct(punct) if punct.as_char() == ',' => {
                parts.push(proc_macro2::TokenStream::new());
            }
            _ => parts.last_mut().expect("invariant: there is one").extend([token]),
        }
    }
    parts.iter().filter(|part| !part.is_empty()).map(inline).collect()
}
