//! Values and rules in a definition.

use super::file_path::FilePathMeta;

/// A value in the definition: a default, a constant, a choice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// A boolean.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A number, as its decimal text.
    Number(&'static str),
    /// A text; dates, decimals and UUIDs, too, are texts.
    Text(&'static str),
    /// An array, an object, or a value of the kind `Json`, as JSON text.
    Json(&'static str),
}

/// A rule that values must obey beyond their kind, with the name of JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// The minimal number of code points.
    MinLength(u64),
    /// The maximal number of code points.
    MaxLength(u64),
    /// A regular expression that matches somewhere in the text: Django's `RegexValidator`.
    Pattern(&'static str),
    /// The same for a field that is DRF's `RegexField`, which has a message and a position in the order of checks of
    /// its own.
    Regex(&'static str),
    /// The value is `>=` this number, as decimal text.
    Minimum(&'static str),
    /// The value is `<=` this number.
    Maximum(&'static str),
    /// The value is `>` this number.
    ExclusiveMinimum(&'static str),
    /// The value is `<` this number.
    ExclusiveMaximum(&'static str),
    /// The value is an integer multiple of this number.
    MultipleOf(&'static str),
    /// The minimal number of items.
    MinItems(u64),
    /// There is at least one item: DRF's `allow_empty=False`, which has a message of its own.
    NotEmpty,
    /// The maximal number of items.
    MaxItems(u64),
    /// No two items are equal as JSON.
    UniqueItems,
    /// The list is DRF's `MultipleChoiceField`: repeated choices are removed, and the first that is none is reported
    /// without its position.
    MultipleChoice,
    /// The text is DRF's `FilePathField`: the path of a file or directory of the server.
    FilePath(&'static FilePathMeta),
    /// The value is valid by this JSON Schema (as text), which requires more than the type does.
    Schema(&'static str),
    /// The value is equal to this one as JSON.
    Const(Literal),
}

/// Tells whether the choices of a column are integers in the database.
pub(crate) fn is_integer_choice(choices: &[Literal]) -> bool {
    choices.iter().all(|choice| matches!(choice, Literal::Integer(_) | Literal::Null))
        && choices.iter().any(|choice| matches!(choice, Literal::Integer(_)))
}
