//! The documentation that a definition contains.

/// The text of the definition's `title` and `description`, in Markdown. It is empty if there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Docs {
    /// The paragraphs, joined by blank lines.
    pub text: String,
    /// Whether the definition says `deprecated: true`.
    pub deprecated: bool,
}
