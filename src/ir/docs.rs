//! What a definition says of something, for people.

/// Text from the definition's `title` and `description`, in Markdown; empty if there was none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Docs {
    /// The paragraphs, joined by blank lines.
    pub text: String,
    /// Whether the definition says `deprecated: true`.
    pub deprecated: bool,
}
