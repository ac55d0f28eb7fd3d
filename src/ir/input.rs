//! The actions that payloads belong to.

use super::serializer::NestedOf;

/// The action that a payload belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// `create`: a new row.
    Create,
    /// `update`: all fields of a row.
    Update,
    /// `patch`: some fields of a row.
    Patch,
}

impl Input {
    /// Returns the input of a nested serializer. The rows of a list are always created, whatever the action of the
    /// outer row is.
    pub fn nested(self, of: NestedOf) -> Self {
        match of {
            NestedOf::Relation(_) => Self::Create,
            NestedOf::Row | NestedOf::ForeignKey(_) | NestedOf::Back(_) => self,
        }
    }

    /// Returns the name of the action.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
        }
    }
}
