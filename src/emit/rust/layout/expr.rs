//! Expressions and statements.

use std::cell::RefCell;
use std::collections::HashMap;

use syn::punctuated::Punctuated;
use syn::{Arm, Block, Expr, ExprClosure, ExprMatch, ExprStruct, Item, Lit, Stmt, Token};

use super::chain::chain;
use super::inline::inline;
use super::list::list;
use super::rewrite::Rewrite;
use super::shape::{Shape, TAB, WIDTH, first_line, newline, width};

/// The greatest width of the fields of a struct in one line.
const STRUCT_WIDTH: usize = 18;

/// The texts of expressions by their shapes, because each expression, and all that it contains, is tried in several
/// shapes.
pub(super) type Memo = RefCell<HashMap<(*const Expr, Shape, bool), Option<String>>>;

/// Lays out expressions.
#[derive(Clone, Copy)]
pub(super) struct Rewriter<'m> {
    /// Whether a chain that needs several lines fails.
    one_line_chain: bool,
    memo: &'m Memo,
}

impl Rewrite for Rewriter<'_> {
    fn expr(&self, expr: &Expr, shape: Shape) -> Option<String> {
        let key = (std::ptr::from_ref(expr), shape, self.one_line_chain);
        if let Some(known) = self.memo.borrow().get(&key) {
            return known.clone();
        }
        let text = self.rewritten(expr, shape);
        self.memo.borrow_mut().insert(key, text.clone());
        text
    }

    fn wants_one_line(&self) -> bool {
        self.one_line_chain
    }

    fn of_chains(self, one_line: bool) -> Self {
        Self { one_line_chain: one_line, ..self }
    }
}

impl<'m> Rewriter<'m> {
    /// Returns a rewriter that stores its results in `memo`.
    pub(super) fn new(memo: &'m Memo) -> Self {
        Self { one_line_chain: false, memo }
    }

    fn rewritten(&self, expr: &Expr, shape: Shape) -> Option<String> {
        match expr {
            Expr::MethodCall(_) | Expr::Field(_) | Expr::Await(_) | Expr::Try(_) => chain(self, expr, shape),
            Expr::Call(call) => {
                let head = self.expr(&call.func, shape)?;
                list(self, &head, &call.args.iter().collect::<Vec<_>>(), ("(", ")"), shape)
            }
            Expr::Array(array) => list(self, "", &array.elems.iter().collect::<Vec<_>>(), ("[", "]"), shape),
            Expr::Tuple(tuple) if tuple.elems.len() != 1 => {
                list(self, "", &tuple.elems.iter().collect::<Vec<_>>(), ("(", ")"), shape)
            }
            Expr::Reference(of) => {
                let sign = if of.mutability.is_some() { "&mut " } else { "&" };
                Some(format!("{sign}{}", self.expr(&of.expr, shape.after(sign.len())?)?))
            }
            Expr::Unary(of) => {
                let sign = inline(&of.op);
                Some(format!("{sign}{}", self.expr(&of.expr, shape.after(sign.len())?)?))
            }
            Expr::Struct(of) => self.structure(of, shape),
            Expr::Match(of) => self.matched(of, shape),
            Expr::Closure(of) => self.closure(of, shape),
            Expr::Async(of) => {
                let head = if of.capture.is_some() { "async move" } else { "async" };
                self.block(head, &of.block, shape)
            }
            Expr::Block(of) => self.block("", &of.block, shape),
            Expr::If(of) => self.condition(of, shape),
            Expr::ForLoop(of) => {
                let head = format!("for {} in {}", inline(&of.pat), self.expr(&of.expr, shape.after(8)?)?);
                Some(format!("{head} {}", self.braces(&of.body, shape)))
            }
            Expr::Return(of) => match &of.expr {
                Some(value) => Some(format!("return {}", self.expr(value, shape.after(7)?)?)),
                None => Some("return".to_owned()),
            },
            Expr::Let(of) => {
                let head = format!("let {} = ", inline(&of.pat));
                Some(format!("{head}{}", self.expr(&of.expr, shape.after(width(&head))?)?))
            }
            Expr::Macro(of) => self.macro_call(&of.mac, shape),
            // A text cannot be broken, so it is accepted with any length.
            Expr::Lit(of) if matches!(of.lit, Lit::Str(_)) => Some(inline(of)),
            other => {
                let text = inline(other);
                (width(&text) <= shape.width).then_some(text)
            }
        }
    }

    /// Returns the text like [`Self::expr`], even if it is too long, because a text cannot be broken.
    pub(super) fn forced(&self, expr: &Expr, shape: Shape) -> String {
        self.expr(expr, shape)
            .or_else(|| self.expr(expr, Shape { width: 10_000, ..shape }))
            .unwrap_or_else(|| inline(expr))
    }

    /// Returns what follows a `=`, with the space before it.
    pub(super) fn assigned(&self, expr: &Expr, shape: Shape) -> String {
        let here = shape.after(1).and_then(|shape| self.expr(expr, shape));
        if let Some(here) = &here
            && !here.contains('\n')
            && width(here) < shape.width
        {
            return format!(" {here}");
        }
        let below = shape.block();
        let below_text = below.before(1).and_then(|shape| self.expr(expr, shape));
        match (here, below_text) {
            (Some(here), Some(next)) if prefers_next_line(&here, &next) => {
                format!("{}{next}", newline(below.indent))
            }
            (None, Some(next)) => format!("{}{next}", newline(below.indent)),
            (Some(here), _) => format!(" {here}"),
            (None, None) => format!(" {}", self.forced(expr, Shape { width: 10_000, ..shape })),
        }
    }

    fn structure(&self, of: &ExprStruct, shape: Shape) -> Option<String> {
        let path = inline(&of.path);
        if of.fields.is_empty() {
            return Some(format!("{path} {{}}"));
        }
        let nested = shape.block();
        let fields: Vec<String> = of
            .fields
            .iter()
            .map(|field| {
                let name = inline(&field.member);
                if field.colon_token.is_none() {
                    return Some(name);
                }
                let value = nested.after(width(&name) + 2)?.before(1)?;
                Some(format!(
                    "{name}: {}",
                    self.expr(&field.expr, value).unwrap_or_else(|| self.forced(&field.expr, value))
                ))
            })
            .collect::<Option<_>>()?;
        let flat = fields.join(", ");
        let room = shape.width.saturating_sub(width(&path) + 4);
        if !flat.contains('\n') && width(&flat) <= STRUCT_WIDTH.min(room) {
            return Some(format!("{path} {{ {flat} }}"));
        }
        let space = newline(nested.indent);
        let body: String = fields.iter().map(|field| format!("{space}{field},")).collect();
        Some(format!("{path} {{{body}{}}}", newline(shape.indent)))
    }

    fn matched(&self, of: &ExprMatch, shape: Shape) -> Option<String> {
        let on = self.expr(&of.expr, shape.after(6)?.before(2)?)?;
        let arms: String = of
            .arms
            .iter()
            .map(|arm| format!("{}{}", newline(shape.indent + TAB), self.arm(arm, shape.indent + TAB)))
            .collect();
        Some(format!("match {on} {{{arms}{}}}", newline(shape.indent)))
    }

    fn arm(&self, arm: &Arm, indent: usize) -> String {
        let shape = Shape::line(indent);
        let pattern = inline(&arm.pat);
        let body = flattened(&arm.body);
        let is_block = matches!(body, Expr::Block(_));
        let comma = if is_block { "" } else { "," };
        let here_shape = shape.after(width(&pattern) + 4).and_then(|shape| shape.before(comma.len()));
        let here = here_shape.and_then(|shape| self.expr(body, shape));
        if let Some(here) = &here
            && (is_block
                || !here.contains('\n') && here_shape.is_some_and(|shape| width(here) <= shape.width))
        {
            return format!("{pattern} => {here}{comma}");
        }
        let budget = here_shape.map_or(0, |shape| shape.width);
        let next_indent = if is_block { indent } else { indent + TAB };
        let next = self.expr(body, Shape::line(next_indent));
        let below =
            |text: &str| format!("{pattern} => {{{}{text}{}}}", newline(next_indent), newline(indent));
        match (here, next) {
            (Some(here), Some(next)) if prefers_next_line(&here, &next) => below(&next),
            (Some(here), _) if extends(body) && width(first_line(&here)) <= budget => {
                format!("{pattern} => {here}{comma}")
            }
            (_, Some(next)) => below(&next),
            (Some(here), None) => format!("{pattern} => {here}{comma}"),
            (None, None) => format!("{pattern} => {}{comma}", self.forced(body, shape)),
        }
    }

    fn closure(&self, of: &ExprClosure, shape: Shape) -> Option<String> {
        let capture = if of.capture.is_some() { "move " } else { "" };
        let inputs: Vec<String> = of.inputs.iter().map(inline).collect();
        let head = format!("{capture}|{}|", inputs.join(", "));
        let after = shape.after(width(&head) + 1)?;
        if let Expr::Block(body) = &*of.body {
            return self.block(&head, &body.block, shape);
        }
        if let Some(body) = self.expr(&of.body, after)
            && !body.contains('\n')
            && width(&body) <= after.width
        {
            return Some(format!("{head} {body}"));
        }
        let (inner, outer) = (newline(shape.indent + TAB), newline(shape.indent));
        let body = self.forced(&of.body, Shape::line(shape.indent + TAB));
        Some(format!("{head} {{{inner}{body}{outer}}}"))
    }

    fn condition(&self, of: &syn::ExprIf, shape: Shape) -> Option<String> {
        let on = self.expr(&of.cond, shape.after(3)?.before(2)?)?;
        let flat = flat_if(self, of, &on, shape);
        if flat.is_some() {
            return flat;
        }
        let then = self.braces(&of.then_branch, shape);
        let Some((_, other)) = &of.else_branch else { return Some(format!("if {on} {then}")) };
        let other = match &**other {
            Expr::Block(block) => self.braces(&block.block, shape),
            other => self.expr(other, shape.after(7)?)?,
        };
        Some(format!("if {on} {then} else {other}"))
    }

    fn macro_call(&self, of: &syn::Macro, shape: Shape) -> Option<String> {
        let name = format!("{}!", inline(&of.path));
        if let syn::MacroDelimiter::Brace(_) = of.delimiter {
            return Some(free(&name, &inline(&of.tokens), shape));
        }
        let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
        let items = of.parse_body_with(parser).ok()?;
        let delimiters =
            if matches!(of.delimiter, syn::MacroDelimiter::Bracket(_)) { ("[", "]") } else { ("(", ")") };
        // The arguments are parsed here and dropped afterwards, so their results must not stay in the memo.
        let memo = Memo::default();
        list(&Rewriter::new(&memo), &name, &items.iter().collect::<Vec<_>>(), delimiters, shape)
    }

    /// Returns a block after a head; in one line, if it is a single expression that fits.
    fn block(&self, head: &str, block: &Block, shape: Shape) -> Option<String> {
        let space = if head.is_empty() { "" } else { " " };
        if let [Stmt::Expr(expr, None)] = block.stmts.as_slice() {
            let room = shape.after(width(head) + space.len() + 2).and_then(|shape| shape.before(2));
            if let Some(text) = room.and_then(|room| self.expr(expr, room))
                && !text.contains('\n')
                && room.is_some_and(|room| width(&text) <= room.width)
                && !head.is_empty()
            {
                return Some(format!("{head}{space}{{ {text} }}"));
            }
        }
        Some(format!("{head}{space}{}", self.braces(block, shape)))
    }

    /// Returns the statements of a block, each on its own line.
    pub(super) fn braces(&self, block: &Block, shape: Shape) -> String {
        if block.stmts.is_empty() {
            return "{}".to_owned();
        }
        let fresh = Self::new(self.memo);
        let indent = shape.indent + TAB;
        let body: String = block
            .stmts
            .iter()
            .map(|stmt| format!("{}{}", newline(indent), fresh.stmt(stmt, indent)))
            .collect();
        format!("{{{body}{}}}", newline(shape.indent))
    }

    fn stmt(&self, stmt: &Stmt, indent: usize) -> String {
        let shape = Shape::line(indent);
        match stmt {
            Stmt::Local(local) => {
                let mut text = format!("let {}", inline(&local.pat));
                if let Some(init) = &local.init {
                    text.push_str(" =");
                    let value = shape.after(width(&text)).and_then(|shape| shape.before(1)).unwrap_or(shape);
                    text.push_str(&self.assigned(&init.expr, value));
                }
                text + ";"
            }
            Stmt::Expr(expr, semicolon) => {
                let end = if semicolon.is_some() { ";" } else { "" };
                let room = shape.before(end.len()).unwrap_or(shape);
                self.forced(expr, room) + end
            }
            Stmt::Macro(of) => {
                self.macro_call(&of.mac, shape).unwrap_or_else(|| inline(of))
                    + if of.semi_token.is_some() { ";" } else { "" }
            }
            Stmt::Item(Item::Static(of)) => {
                assigned_to(&format!("static {}: {} =", of.ident, inline(&of.ty)), &of.expr, indent)
            }
            Stmt::Item(item) => inline(item),
        }
    }
}

/// Returns `static NAME: Type = value;`; its head ends with the `=`.
pub(super) fn assigned_to(head: &str, value: &Expr, indent: usize) -> String {
    let shape = Shape::line(indent);
    let room = shape.after(width(head)).and_then(|shape| shape.before(1));
    let room = room.unwrap_or(Shape { width: 0, ..shape });
    format!("{head}{};", Rewriter::new(&Memo::default()).assigned(value, room))
}

/// Returns a macro with braces, which rustfmt does not format: in one line, or in filled lines.
fn free(name: &str, tokens: &str, shape: Shape) -> String {
    let flat = format!("{name} {{ {tokens} }}");
    if width(&flat) <= shape.width {
        return flat;
    }
    let indent = shape.indent + TAB;
    let mut lines = vec![String::new()];
    for part in tokens.split_inclusive(", ") {
        let line = lines.last_mut().expect("invariant: there is one");
        if !line.is_empty() && indent + width(line) + width(part.trim_end()) > WIDTH {
            lines.push(part.to_owned());
        } else {
            line.push_str(part);
        }
    }
    let lines: String = lines.iter().map(|line| format!("{}{}", newline(indent), line.trim_end())).collect();
    format!("{name} {{{lines}{}}}", newline(shape.indent))
}

/// Returns `if a { b } else { c }` as a value in one line of at most 50 characters.
fn flat_if(rewriter: &Rewriter<'_>, of: &syn::ExprIf, on: &str, shape: Shape) -> Option<String> {
    let (_, other) = of.else_branch.as_ref()?;
    let Expr::Block(other) = &**other else { return None };
    let [Stmt::Expr(then, None)] = of.then_branch.stmts.as_slice() else { return None };
    let [Stmt::Expr(other, None)] = other.block.stmts.as_slice() else { return None };
    let text =
        format!("if {on} {{ {} }} else {{ {} }}", rewriter.expr(then, shape)?, rewriter.expr(other, shape)?);
    (!text.contains('\n') && width(&text) <= 50.min(shape.width)).then_some(text)
}

/// Returns the expression of a block that contains nothing else, if the arm of a `match` needs no braces.
fn flattened(body: &Expr) -> &Expr {
    match body {
        Expr::Block(block) if block.attrs.is_empty() && block.label.is_none() => {
            match block.block.stmts.as_slice() {
                [Stmt::Expr(inner, None)] if !matches!(inner, Expr::If(_) | Expr::ForLoop(_)) => {
                    flattened(inner)
                }
                _ => body,
            }
        }
        _ => body,
    }
}

/// Tells whether the body of an arm begins in the line of its pattern, even if it needs several lines.
fn extends(body: &Expr) -> bool {
    match body {
        Expr::Block(_)
        | Expr::Closure(_)
        | Expr::Array(_)
        | Expr::Call(_)
        | Expr::MethodCall(_)
        | Expr::Macro(_)
        | Expr::Struct(_)
        | Expr::Tuple(_) => true,
        Expr::Reference(inner) => extends(&inner.expr),
        Expr::Try(inner) => extends(&inner.expr),
        Expr::Unary(inner) => extends(&inner.expr),
        _ => false,
    }
}

fn prefers_next_line(here: &str, next: &str) -> bool {
    let opens = |open: char| first_line(here).ends_with(open) && !first_line(next).ends_with(open);
    !next.contains('\n')
        || here.matches('\n').count() > next.matches('\n').count() + 1
        || opens('(')
        || opens('{')
        || opens('[')
}
