//! The rules about the rows of a table that the database enforces.

/// A rule about the rows of a table: a unique set (`x-unique-together`, `x-constraints`), or a check (`x-constraints`).
#[derive(Debug)]
pub struct ConstraintMeta {
    /// The kind of rule.
    pub kind: ConstraintKind,
    /// The condition: that of the rows that must differ from each other, or the one that every row satisfies. A unique
    /// set without a condition concerns all rows.
    pub condition: Option<ConditionMeta>,
    /// The message for a row that violates it, in the place of the default.
    pub message: Option<&'static str>,
}

/// The kind of a rule about the rows of a table.
#[derive(Debug)]
pub enum ConstraintKind {
    /// No two rows have the same values in these columns, by their positions.
    Unique(&'static [usize]),
    /// No row makes the condition false. The database knows the rule by this name.
    Check(&'static str),
}

/// A condition on the columns of a row, as the definition states it.
#[derive(Debug, Clone, Copy)]
pub struct ConditionMeta {
    /// The condition as JSON, in the language of clients' filters, with `anyOf`, `allOf`, `not` and other columns.
    pub text: &'static str,
    /// The positions of its columns.
    pub columns: &'static [usize],
}

impl ConstraintMeta {
    /// Describes a unique set of all rows.
    pub const fn unique(columns: &'static [usize]) -> Self {
        Self { kind: ConstraintKind::Unique(columns), condition: None, message: None }
    }

    /// Describes a check.
    pub const fn check(name: &'static str, text: &'static str, columns: &'static [usize]) -> Self {
        let condition = Some(ConditionMeta { text, columns });
        Self { kind: ConstraintKind::Check(name), condition, message: None }
    }

    /// Restricts a unique set to the rows that satisfy a condition.
    pub const fn when(mut self, text: &'static str, columns: &'static [usize]) -> Self {
        self.condition = Some(ConditionMeta { text, columns });
        self
    }

    /// Sets the message.
    pub const fn message(mut self, message: &'static str) -> Self {
        self.message = Some(message);
        self
    }

    /// Returns the columns of its condition.
    pub(crate) fn condition_columns(&self) -> &'static [usize] {
        self.condition.map_or(&[], |condition| condition.columns)
    }

    /// Returns the only column that it concerns, if it is a unique set: its violation is an error of that field, as in
    /// Django REST Framework.
    pub(crate) fn only_column(&self) -> Option<usize> {
        match self.kind {
            ConstraintKind::Unique([only])
                if self.condition_columns().iter().all(|column| column == only) =>
            {
                Some(*only)
            }
            _ => None,
        }
    }
}
