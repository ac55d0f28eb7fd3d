//! The interface between the layout of lists and chains and that of expressions.

use syn::Expr;

use super::shape::Shape;

/// Lays out expressions.
pub(super) trait Rewrite: Copy {
    /// Returns the text of an expression; `None` if it does not fit.
    fn expr(&self, expr: &Expr, shape: Shape) -> Option<String>;

    /// Tells whether a chain that needs several lines fails.
    fn wants_one_line(&self) -> bool;

    /// Returns the same rewriter, for which chains that need several lines fail if `one_line` is true.
    fn of_chains(self, one_line: bool) -> Self;
}

/// Tells whether an expression ends with its own closing delimiter.
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
