//! What lists and chains ask of the layout of expressions.

use syn::Expr;

use super::shape::Shape;

/// Lays out expressions.
pub(super) trait Rewrite: Copy {
    /// The text of an expression; none: it does not fit.
    fn expr(&self, expr: &Expr, shape: Shape) -> Option<String>;

    /// Whether a chain that needs several lines is none.
    fn wants_one_line(&self) -> bool;

    /// The same, of chains that may need several lines or not.
    fn of_chains(self, one_line: bool) -> Self;
}

/// Whether an expression ends with a brace of its own.
pub(super) fn is_block_like(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Block(_)
            | Expr::Match(_)
            | Expr::If(_)
            | Expr::ForLoop(_)
            | Expr::Async(_)
            | Expr::Struct(_)
            | Expr::Call(_)
    )
}
