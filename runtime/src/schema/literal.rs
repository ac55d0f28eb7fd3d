//! What a definition says of values: literals and rules.

/// A value of the definition: a default, a constant, a choice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// A boolean.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A number: its decimal text.
    Number(&'static str),
    /// A text; also dates, decimals and uuids.
    Text(&'static str),
    /// An array or object, or whatever stands for any JSON: JSON text.
    Json(&'static str),
}

/// What a value obeys beyond its kind, by JSON Schema's names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// Code points, at least.
    MinLength(u64),
    /// Code points, at most.
    MaxLength(u64),
    /// A regular expression found somewhere in the text: Django's `RegexValidator`.
    Pattern(&'static str),
    /// The same of a field that is DRF's `RegexField`, with words and a turn of its own.
    Regex(&'static str),
    /// `>=`; decimal text.
    Minimum(&'static str),
    /// `<=`
    Maximum(&'static str),
    /// `>`
    ExclusiveMinimum(&'static str),
    /// `<`
    ExclusiveMaximum(&'static str),
    /// A whole multiple of.
    MultipleOf(&'static str),
    /// Items, at least.
    MinItems(u64),
    /// Items, at least one: DRF's `allow_empty=False`, which has words of its own.
    NotEmpty,
    /// Items, at most.
    MaxItems(u64),
    /// No two items are the same JSON.
    UniqueItems,
    /// What this text of JSON Schema says, which is more than the type does.
    Schema(&'static str),
    /// The same JSON as this.
    Const(Literal),
}

/// Whether the choices of a column are integers in the database.
pub(crate) fn is_integer_choice(choices: &[Literal]) -> bool {
    choices.iter().all(|choice| matches!(choice, Literal::Integer(_) | Literal::Null))
        && choices.iter().any(|choice| matches!(choice, Literal::Integer(_)))
}
