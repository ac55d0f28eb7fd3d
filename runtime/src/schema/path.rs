//! Steps from a row to one other row, which paths of columns consist of, and orders by such columns.

/// A step from a row to one other row, or to none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathStep {
    /// To the row that a foreign key refers to: a position in the model's columns.
    ForeignKey(usize),
    /// Back to the row whose one-to-one relation refers to this row: a position in the model's relations.
    Back(usize),
}

/// A part of the order of rows: a column of the row itself, or of a row to which steps lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderMeta {
    /// The steps to the row of the column, each of the model that the previous ones lead to.
    pub path: &'static [PathStep],
    /// The position of the column in the columns of the model at the end of the path.
    pub column: usize,
    /// Whether the order is descending.
    pub descending: bool,
}

impl OrderMeta {
    /// Orders by a column of the row itself.
    pub const fn ascending(column: usize) -> Self {
        Self { path: &[], column, descending: false }
    }

    /// Orders by a column of the row itself, in descending order.
    pub const fn descending(column: usize) -> Self {
        Self { path: &[], column, descending: true }
    }

    /// Orders by the column of the row to which these steps lead.
    pub const fn through(mut self, path: &'static [PathStep]) -> Self {
        self.path = path;
        self
    }
}
