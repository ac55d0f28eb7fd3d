//! The actions that the runtime performs from descriptions (DRF's and DCRF's mixins): their names, arguments and
//! answers.
//!
//! Everything that is emitted for such an action follows from this table, so that a new one is a new row of it.

use super::input::Input;

/// An action that the runtime performs from its description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuiltIn {
    /// `list` (of `list`, `paginated_list` and `streamed_list`)
    List,
    /// `retrieve`
    Retrieve,
    /// `create`
    Create,
    /// `update`
    Update,
    /// `patch`
    Patch,
    /// `delete`
    Delete,
    /// `count`
    Count,
    /// `subscribe_instance`
    SubscribeInstance,
    /// `unsubscribe_instance`
    UnsubscribeInstance,
}

/// The arguments that a [`BuiltIn`] takes from the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// The selection of rows: filter, search, order and page.
    Query,
    /// The look-up value of a row.
    Key,
    /// The payload of a new row.
    Data,
    /// The look-up value of a row, and a payload for it.
    KeyAndData(Input),
}

/// The answer of a [`BuiltIn`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// Rows, in the format of the consumer's pagination.
    Rows,
    /// One row.
    Row,
    /// A number.
    Number,
    /// The value `null`.
    Nothing,
}

impl BuiltIn {
    /// All built-in actions, in the order in which a consumer has them.
    pub const ALL: [Self; 9] = [
        Self::List,
        Self::Retrieve,
        Self::Create,
        Self::Update,
        Self::Patch,
        Self::Delete,
        Self::Count,
        Self::SubscribeInstance,
        Self::UnsubscribeInstance,
    ];

    /// Returns the name on the wire. In PascalCase it is also the name in the runtime's `ActionKind` and in action
    /// enums.
    pub fn wire(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Retrieve => "retrieve",
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::Count => "count",
            Self::SubscribeInstance => "subscribe_instance",
            Self::UnsubscribeInstance => "unsubscribe_instance",
        }
    }

    /// Returns the arguments that the action takes from the frame.
    pub fn takes(self) -> Takes {
        match self {
            Self::List | Self::Count => Takes::Query,
            Self::Create => Takes::Data,
            Self::Update => Takes::KeyAndData(Input::Update),
            Self::Patch => Takes::KeyAndData(Input::Patch),
            Self::Retrieve | Self::Delete | Self::SubscribeInstance | Self::UnsubscribeInstance => Takes::Key,
        }
    }

    /// Returns the answer on success: `response_status` and `data`.
    pub fn answers(self) -> (u16, Answers) {
        match self {
            Self::List => (200, Answers::Rows),
            Self::Count => (200, Answers::Number),
            Self::Retrieve | Self::Update | Self::Patch => (200, Answers::Row),
            Self::Create => (201, Answers::Row),
            Self::SubscribeInstance => (201, Answers::Nothing),
            Self::Delete | Self::UnsubscribeInstance => (204, Answers::Nothing),
        }
    }

    /// Returns a sentence of documentation about the action.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::List => "Lists the rows.",
            Self::Retrieve => "Reads one row.",
            Self::Create => "Creates a row, and answers it as it was stored.",
            Self::Update => "Replaces a row: every required field has to be given.",
            Self::Patch => "Changes the fields of a row that are given.",
            Self::Delete => "Deletes a row.",
            Self::Count => "Counts the rows that are found.",
            Self::SubscribeInstance => "Subscribes to a row.",
            Self::UnsubscribeInstance => "Ends a subscription to a row.",
        }
    }

    /// Tells whether the action changes nothing, so that a client may send it again after a lost connection.
    pub fn only_reads(self) -> bool {
        matches!(self, Self::List | Self::Retrieve | Self::Count)
    }

    /// Tells whether the action writes rows.
    pub fn writes(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Patch | Self::Delete)
    }

    /// Returns the input whose payload the action takes.
    pub fn input(self) -> Option<Input> {
        match self.takes() {
            Takes::Data => Some(Input::Create),
            Takes::KeyAndData(input) => Some(input),
            Takes::Query | Takes::Key => None,
        }
    }
}
