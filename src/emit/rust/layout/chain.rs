//! Chains of calls: in one line, or with one call per line.

use syn::{Expr, Member};

use super::inline::inline;
use super::list::list;
use super::rewrite::{Rewrite, is_block_like};
use super::shape::{Shape, TAB, first_line, last_line, lines, newline, width};

/// The greatest width of a chain in one line.
const CHAIN_WIDTH: usize = 60;

/// A part of a chain after the root: `.name`, `.call(…)`, `.await`, with the `?` after it.
struct Link<'e> {
    of: Part<'e>,
    tries: usize,
}

enum Part<'e> {
    Text(String),
    Call(String, Vec<&'e Expr>),
}

pub(super) fn chain(rewriter: &impl Rewrite, expr: &Expr, shape: Shape) -> Option<String> {
    let (root, tries, links) = taken_apart(expr);
    let marks = "?".repeat(tries);
    let root_text = rewriter.expr(root, shape.before(tries)?)? + &marks;
    if links.is_empty() {
        return Some(root_text);
    }
    let count = links.len();
    let mut links = links.into_iter().peekable();
    let mut first = root_text;
    let tab = TAB.saturating_sub(shape.offset);
    while width(&first) <= tab && !first.contains('\n') {
        let Some(link) = links.peek() else { break };
        let Some(text) = linked(rewriter, link, shape.after(width(&first))?) else { break };
        first.push_str(&text);
        links.next();
    }
    let rest: Vec<Link<'_>> = links.collect();
    let ends_with_block = extendable(&first) && (is_block_like(root) || first.contains('\n'));
    let child_shape = if ends_with_block { Shape::line(shape.indent) } else { shape.block() };
    let Some((last, others)) = rest.split_last() else { return Some(first) };
    let mut parts = vec![first];
    for link in others {
        parts.push(linked(rewriter, link, child_shape)?);
    }
    let extendable = ends_with_block && others.is_empty();
    let before: usize =
        if extendable { width(last_line(&parts[0])) } else { parts.iter().map(|part| width(part)).sum() };
    let before = before + last.tries;
    let room = if count == 1 { shape.width } else { shape.width.min(CHAIN_WIDTH) };
    let budget = room.saturating_sub(before);
    let all_flat = parts.iter().all(|part| !part.contains('\n')) && budget > 0;
    let mut in_one_line = false;
    let mut text = None;
    if all_flat || extendable {
        let below = child_shape.before(last.tries).and_then(|shape| bare_link(rewriter, last, shape));
        if let Some(flat) = shape
            .before(last.tries)
            .and_then(|shape| shape.after(before))
            .and_then(|shape| bare_link(rewriter, last, shape))
        {
            let fits = width(first_line(&flat)) <= budget;
            text = match below {
                _ if fits && lines(&flat) >= 5 => {
                    in_one_line = all_flat;
                    Some(flat)
                }
                Some(below) if !fits => Some(below),
                Some(below) if lines(&below) >= lines(&flat) => {
                    in_one_line = fits && all_flat;
                    Some(flat)
                }
                Some(below) => Some(below),
                None => {
                    in_one_line = fits && all_flat;
                    Some(flat)
                }
            };
        }
    }
    let text = match text {
        Some(text) => text,
        None => bare_link(rewriter, last, child_shape.before(last.tries)?)?,
    };
    parts.push(text + &"?".repeat(last.tries));
    if rewriter.wants_one_line() && !in_one_line && parts.len() > 1 {
        return None;
    }
    let (head, tail) = parts.split_at(1);
    let between = if in_one_line { String::new() } else { newline(child_shape.indent) };
    let mut result = head[0].clone();
    for part in tail {
        result.push_str(&between);
        result.push_str(part);
    }
    Some(result)
}

fn linked(rewriter: &impl Rewrite, link: &Link<'_>, shape: Shape) -> Option<String> {
    Some(bare_link(rewriter, link, shape.before(link.tries)?)? + &"?".repeat(link.tries))
}

fn bare_link(rewriter: &impl Rewrite, link: &Link<'_>, shape: Shape) -> Option<String> {
    let rewriter = &rewriter.of_chains(false);
    match &link.of {
        Part::Text(text) => (width(text) <= shape.width).then(|| text.clone()),
        Part::Call(name, arguments) => list(rewriter, name, arguments, ("(", ")"), shape),
    }
}

/// Tells whether something may follow in the line in which a text ends.
fn extendable(text: &str) -> bool {
    let line = last_line(text).trim();
    !line.is_empty() && line.chars().all(|c| matches!(c, ')' | ']' | '}' | '?' | '>'))
}

/// Splits a chain into its root, the number of `?` after the root, and the links.
fn taken_apart(expr: &Expr) -> (&Expr, usize, Vec<Link<'_>>) {
    let (inner, of) = match expr {
        Expr::Try(inner) => {
            let (root, mut tries, mut links) = taken_apart(&inner.expr);
            match links.last_mut() {
                Some(last) => last.tries += 1,
                None => tries += 1,
            }
            return (root, tries, links);
        }
        Expr::MethodCall(call) => {
            let turbofish = call.turbofish.as_ref().map(inline).unwrap_or_default();
            let name = format!(".{}{turbofish}", call.method);
            (&call.receiver, Part::Call(name, call.args.iter().collect()))
        }
        Expr::Field(field) => {
            let member = match &field.member {
                Member::Named(name) => name.to_string(),
                Member::Unnamed(index) => index.index.to_string(),
            };
            (&field.base, Part::Text(format!(".{member}")))
        }
        Expr::Await(of) => (&of.base, Part::Text(".await".to_owned())),
        root => return (root, 0, Vec::new()),
    };
    let (root, tries, mut links) = taken_apart(inner);
    links.push(Link { of, tries: 0 });
    (root, tries, links)
}
