//! Reading the few forms of expressions that descriptors are written in.

use std::collections::HashMap;

use dcrf_runtime::meta::{OrderMeta, PathStep};
use syn::{Expr, ExprPath, Lit, Member, UnOp};

/// An expression, for a message about it.
pub(super) fn strange(expr: &Expr, expected: &str) -> ! {
    panic!("the generator writes something else than {expected} in a descriptor: {}", shown(expr))
}

/// Enough of an expression to find it.
fn shown(expr: &Expr) -> String {
    match expr {
        Expr::Path(path) => segments(path).join("::"),
        Expr::Call(call) => format!("{}(…)", shown(&call.func)),
        Expr::MethodCall(call) => format!("{}.{}(…)", shown(&call.receiver), call.method),
        Expr::Struct(item) => item.path.segments.iter().map(|part| part.ident.to_string()).collect(),
        _ => "an expression of another form".to_owned(),
    }
}

fn segments(path: &ExprPath) -> Vec<String> {
    path.path.segments.iter().map(|part| part.ident.to_string()).collect()
}

/// `A::B`, as text.
pub(super) fn path(expr: &Expr) -> String {
    match expr {
        Expr::Path(path) => segments(path).join("::"),
        other => strange(other, "a path"),
    }
}

/// `&expr`
pub(super) fn referred(expr: &Expr) -> &Expr {
    match expr {
        Expr::Reference(reference) => &reference.expr,
        other => strange(other, "a reference"),
    }
}

/// `|| &NAME`: the name.
pub(super) fn pointed(expr: &Expr) -> String {
    match expr {
        Expr::Closure(closure) => path(referred(&closure.body)),
        other => strange(other, "a closure that gives a static"),
    }
}

/// `&[…]` or `[…]`
pub(super) fn items(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Reference(reference) => items(&reference.expr),
        Expr::Array(array) => array.elems.iter().collect(),
        other => strange(other, "an array"),
    }
}

/// `(a, b)`
pub(super) fn pair(expr: &Expr) -> (&Expr, &Expr) {
    match expr {
        Expr::Tuple(tuple) if tuple.elems.len() == 2 => (&tuple.elems[0], &tuple.elems[1]),
        other => strange(other, "a pair"),
    }
}

/// `A::b(arguments)`: the path and the arguments.
pub(super) fn call(expr: &Expr) -> (String, Vec<&Expr>) {
    match expr {
        Expr::Call(call) => (path(&call.func), call.args.iter().collect()),
        Expr::Path(_) => (path(expr), Vec::new()),
        other => strange(other, "a call"),
    }
}

/// `base.a(…).b(…)`: the base, then the calls in their order.
pub(super) fn chain(expr: &Expr) -> (&Expr, Vec<(String, Vec<&Expr>)>) {
    match expr {
        Expr::MethodCall(call) => {
            let (base, mut calls) = chain(&call.receiver);
            calls.push((call.method.to_string(), call.args.iter().collect()));
            (base, calls)
        }
        other => (other, Vec::new()),
    }
}

/// `Name { a: …, b: … }`
pub(super) fn fields(expr: &Expr) -> Fields<'_> {
    let Expr::Struct(item) = expr else { strange(expr, "a struct") };
    let field = |member: &Member| match member {
        Member::Named(name) => name.to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    };
    Fields(item.fields.iter().map(|own| (field(&own.member), &own.expr)).collect())
}

/// The fields of a struct, each to be read once.
pub(super) struct Fields<'a>(HashMap<String, &'a Expr>);

impl<'a> Fields<'a> {
    pub(super) fn take(&mut self, name: &str) -> &'a Expr {
        self.0
            .remove(name)
            .unwrap_or_else(|| panic!("a descriptor has no field {name}; it has {:?}", self.0.keys()))
    }

    /// Whatever is left is something that this package does not know.
    pub(super) fn end(self) {
        assert!(self.0.is_empty(), "a descriptor has fields that are not read: {:?}", self.0.keys());
    }
}

/// `None`, or what is in `Some(…)`.
pub(super) fn optional(expr: &Expr) -> Option<&Expr> {
    match call(expr) {
        (name, arguments) if name == "Some" => Some(arguments[0]),
        (name, _) if name == "None" => None,
        _ => strange(expr, "an option"),
    }
}

/// A text, leaked.
pub(super) fn text(expr: &Expr) -> &'static str {
    match expr {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => text.value().leak(),
            _ => strange(expr, "a text"),
        },
        other => strange(other, "a text"),
    }
}

/// A boolean.
pub(super) fn boolean(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Bool(value) => value.value,
            _ => strange(expr, "a boolean"),
        },
        other => strange(other, "a boolean"),
    }
}

/// A whole number of any type.
pub(super) fn number<T: TryFrom<i128>>(expr: &Expr) -> T {
    let number = match expr {
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => -digits(&unary.expr),
        other => digits(other),
    };
    T::try_from(number).unwrap_or_else(|_| panic!("{number} is too large"))
}

fn digits(expr: &Expr) -> i128 {
    match expr {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(digits) => digits.base10_parse().unwrap_or_else(|error| panic!("{error}")),
            _ => strange(expr, "a number"),
        },
        other => strange(other, "a number"),
    }
}

/// Items, leaked.
pub(super) fn all<T>(expr: &Expr, read: impl Fn(&Expr) -> T) -> &'static [T] {
    items(expr).into_iter().map(read).collect::<Vec<T>>().leak()
}

/// `PathStep::ForeignKey(1)`
pub(super) fn step(expr: &Expr) -> PathStep {
    match call(expr) {
        (name, arguments) if name == "PathStep::ForeignKey" => PathStep::ForeignKey(number(arguments[0])),
        (name, arguments) if name == "PathStep::Back" => PathStep::Back(number(arguments[0])),
        _ => strange(expr, "a step to another row"),
    }
}

/// `OrderMeta::descending(1).through(&[…])`
pub(super) fn order(expr: &Expr) -> OrderMeta {
    let (base, calls) = chain(expr);
    let mut part = match call(base) {
        (name, arguments) if name == "OrderMeta::ascending" => OrderMeta::ascending(number(arguments[0])),
        (name, arguments) if name == "OrderMeta::descending" => OrderMeta::descending(number(arguments[0])),
        _ => strange(base, "a part of an order"),
    };
    for (method, arguments) in calls {
        part = match method.as_str() {
            "through" => part.through(all(arguments[0], step)),
            _ => strange(expr, "a known property of an order"),
        };
    }
    part
}
