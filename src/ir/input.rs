//! What payloads are for.

use super::serializer::NestedOf;

/// What a payload is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// A new row.
    Create,
    /// All of a row.
    Update,
    /// Parts of a row.
    Patch,
}

impl Input {
    /// What a nested serializer takes: the rows of a list are made anew, whatever happens to the one they belong to.
    pub fn nested(self, of: NestedOf) -> Self {
        match of {
            NestedOf::Relation(_) => Self::Create,
            NestedOf::Row | NestedOf::ForeignKey(_) => self,
        }
    }

    /// The name of the action.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
        }
    }
}
