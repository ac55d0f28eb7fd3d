//! Lists in parentheses and brackets: in one line, with a last item that continues on further lines, or with one item
//! per line.

use syn::Expr;

use super::inline::inline;
use super::rewrite::{Rewrite, is_block_like};
use super::shape::{Shape, TAB, first_line, newline, width};

/// The greatest width of the items of a call in one line.
pub(super) const CALL_WIDTH: usize = 60;
/// The greatest width of a short item: several of these are in one line of a broken array.
const SHORT: usize = 10;

/// Returns `head(a, b)`; `delimiters` are the opening and the closing one.
pub(super) fn list(
    rewriter: &impl Rewrite,
    head: &str,
    items: &[&Expr],
    delimiters: (&str, &str),
    shape: Shape,
) -> Option<String> {
    let (open, close) = delimiters;
    if items.is_empty() {
        return Some(format!("{head}{open}{close}"));
    }
    let one_line = shape.after(width(last_line_of(head)) + 1).and_then(|shape| shape.before(1));
    let one_line_width = one_line.map_or(0, |shape| shape.width);
    let nested = shape.block();
    let nested = Shape { width: nested.width.saturating_sub(1), ..nested };
    let mut rewritten: Vec<Option<String>> = items.iter().map(|item| rewriter.expr(item, nested)).collect();
    let combine = items.len() == 1 && head.len() < TAB;
    let overflow = combine || can_overflow(items);
    let placeholder =
        if overflow { overflowed(rewriter, items, &rewritten, one_line, combine) } else { None };
    let mut trial = rewritten.clone();
    if let (Some(placeholder), Some(last)) = (&placeholder, trial.last_mut()) {
        *last = Some(first_line(placeholder).to_owned());
    }
    let horizontal = fits(&trial, one_line_width, CALL_WIDTH);
    let last = items.len() - 1;
    let mut mixed = false;
    let mut is_horizontal = horizontal;
    match (overflow, horizontal, placeholder) {
        (true, true, Some(overflowed)) if items.len() == 1 => {
            let alone = rewritten[last].as_ref().filter(|item| !item.contains('\n'));
            match alone.filter(|_| overflowed.matches('\n').count() == 1) {
                // The item fits on its own line, where it needs no comma; rustfmt only checks its bracket.
                Some(item) if width(last_line_of(head)) + width(item) < shape.width => {
                    return Some(format!("{head}{open}{item}{close}"));
                }
                Some(item) => {
                    let (before, after) = (newline(nested.indent), newline(shape.indent));
                    return Some(format!("{head}{open}{before}{item}{after}{close}"));
                }
                None => rewritten[last] = Some(overflowed),
            }
        }
        (true, true, Some(overflowed)) => rewritten[last] = Some(overflowed),
        _ => {
            let single = items.len() == 1
                && one_line_width != 0
                && rewritten[0]
                    .as_ref()
                    .is_some_and(|item| !item.contains('\n') && width(item) <= one_line_width);
            is_horizontal = single || (fits(&rewritten, one_line_width, CALL_WIDTH));
            mixed = !is_horizontal && items.iter().all(|item| is_simple(item)) && {
                rewritten.iter().flatten().all(|item| width(item) <= SHORT)
            };
        }
    }
    let rewritten: Vec<String> = rewritten.into_iter().collect::<Option<_>>()?;
    if is_horizontal {
        let text = rewritten.join(", ");
        // A single item in parentheses may be too long for the line by now.
        if text.contains('\n') || width(&text) <= one_line_width {
            return Some(format!("{head}{open}{text}{close}"));
        }
    }
    if mixed {
        return Some(filled(head, &rewritten, delimiters, shape));
    }
    let space = newline(nested.indent);
    let body: String = rewritten.iter().map(|item| format!("{space}{item},")).collect();
    Some(format!("{head}{open}{body}{}{close}", newline(shape.indent)))
}

/// Returns the last item as it would continue on further lines.
fn overflowed(
    rewriter: &impl Rewrite,
    items: &[&Expr],
    rewritten: &[Option<String>],
    one_line: Option<Shape>,
    combine: bool,
) -> Option<String> {
    let (last, others) = items.split_last()?;
    let before: usize = rewritten[..others.len()]
        .iter()
        .map(|item| item.as_ref().map_or(usize::MAX / 8, |item| width(item) + 2))
        .sum();
    if rewritten[..others.len()].iter().flatten().any(|item| item.contains('\n')) {
        return None;
    }
    let mut shape = one_line?;
    // Calls in calls must not be nested deeply.
    if items.len() > 1 || is_nested_call(last) {
        shape.width = shape.width.min(CALL_WIDTH);
    }
    let shape = shape.after(before)?;
    let rewriter = rewriter.of_chains(!combine && is_chain(last));
    rewriter.expr(last, shape)
}

fn last_line_of(head: &str) -> &str {
    head.rsplit('\n').next().unwrap_or(head)
}

/// Tells whether items fit in one line.
fn fits(items: &[Option<String>], room: usize, limit: usize) -> bool {
    let mut total = 0;
    for item in items {
        match item {
            Some(item) if !item.contains('\n') => total += width(item) + 2,
            _ => return false,
        }
    }
    total.saturating_sub(2) <= room.min(limit)
}

fn filled(head: &str, items: &[String], (open, close): (&str, &str), shape: Shape) -> String {
    let indent = shape.indent + TAB;
    let room = Shape::line(indent).width;
    let mut text = format!("{head}{open}");
    let mut line = String::new();
    for item in items {
        let item = format!("{item},");
        if !line.is_empty() && width(&line) + 1 + width(&item) <= room {
            line = format!("{line} {item}");
        } else {
            if !line.is_empty() {
                text.push_str(&newline(indent));
                text.push_str(&line);
            }
            line = item;
        }
    }
    format!("{text}{}{line}{}{close}", newline(indent), newline(shape.indent))
}

/// Tells whether the last of several expressions may continue on further lines.
fn can_overflow(items: &[&Expr]) -> bool {
    items.last().is_some_and(|last| expr_can_overflow(last, items.len()))
}

fn expr_can_overflow(expr: &Expr, count: usize) -> bool {
    match expr {
        Expr::Closure(_) | Expr::Async(_) | Expr::Block(_) => true,
        Expr::Match(_)
        | Expr::If(_)
        | Expr::Call(_)
        | Expr::MethodCall(_)
        | Expr::Macro(_)
        | Expr::Struct(_)
        | Expr::Tuple(_)
        | Expr::Array(_) => count == 1,
        Expr::Reference(inner) => expr_can_overflow(&inner.expr, count),
        Expr::Unary(inner) => expr_can_overflow(&inner.expr, count),
        Expr::Try(inner) => expr_can_overflow(&inner.expr, count),
        _ => false,
    }
}

fn is_nested_call(expr: &Expr) -> bool {
    match expr {
        Expr::Call(_) | Expr::Macro(_) => true,
        Expr::Reference(inner) => is_nested_call(&inner.expr),
        Expr::Try(inner) => is_nested_call(&inner.expr),
        Expr::Unary(inner) => is_nested_call(&inner.expr),
        _ => false,
    }
}

fn is_chain(expr: &Expr) -> bool {
    match expr {
        Expr::MethodCall(_) => true,
        Expr::Reference(inner) => is_chain(&inner.expr),
        Expr::Try(inner) => is_chain(&inner.expr),
        _ => false,
    }
}

/// Tells whether an expression is a literal, a name or a reference to these.
fn is_simple(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(_) => true,
        Expr::Path(path) => path.path.segments.len() <= 1,
        Expr::Reference(inner) => is_simple(&inner.expr),
        Expr::Unary(inner) => is_simple(&inner.expr),
        Expr::Field(inner) => is_simple(&inner.base),
        _ => is_block_like(expr) && inline(expr).is_empty(),
    }
}
