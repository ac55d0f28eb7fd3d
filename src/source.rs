//! Source texts and places in them.

/// A place in a definition as a JSON pointer: `blog.json#/models/Post`. It is printed in generated docs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(pub String);
