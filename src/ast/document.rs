//! The document itself.

use schemars::JsonSchema;

use super::shape::object;
use super::{Consumer, Schema, Serializer};
use crate::diag::Reported;
use crate::source::Spanned;
use crate::syntax::{Cursor, Decode, Mapping, Value};

object! {
    /// A definition document: the models, serializers and consumers of one API.
    pub struct Document {
        /// The address of this schema, for editors.
        "$schema" optional schema: String,
        /// The name of the API and of the crate that is generated, such as `chat`.
        "name" optional name: String,
        /// What the API is for, in Markdown: the front page of the generated documentation.
        "description" optional description: String,
        /// The version of the generated crate and of its npm package (Semantic Versioning); left out: `0.1.0`.
        "version" optional version: String,
        /// The licence of both, as an SPDX expression: `MIT OR Apache-2.0`.
        "license" optional license: String,
        /// The address of the repository that both are in.
        "repository" optional repository: String,
        /// Whether neither may be published; left out: the crate may not.
        "private" optional private: bool,
        /// How the generated crate asks for `dcrf-runtime`: a version requirement, a path or a git address.
        "runtime" optional runtime: RuntimeSource,
        /// The tables: JSON Schema objects, with facts of the database in `x-` keywords.
        "models" optional models: Mapping<Schema>,
        /// What is shown of models and taken for them, in the words of Django REST Framework.
        "serializers" optional serializers: Mapping<Serializer>,
        /// The WebSocket endpoints, in the words of Django Channels REST Framework.
        "consumers" optional consumers: Mapping<Consumer>,
        /// Named types, for `{"$ref": "#/$defs/…"}`.
        "$defs" optional defs: Mapping<Schema>,
        /// The TypeScript client that is generated.
        "client" optional client: Client,
    }
}

object! {
    /// The TypeScript client.
    pub struct Client {
        /// The name of its npm package.
        "package" optional package: String,
    }
}

object! {
    /// Where `dcrf-runtime` is: exactly one of `path` and `git`.
    pub struct Git {
        /// A path, relative to the generated crate or absolute.
        "path" optional path: String,
        /// A git address.
        "git" optional git: String,
        /// A revision of the git address.
        "rev" optional rev: String,
    }
}

/// How the generated crate asks for `dcrf-runtime`.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum RuntimeSource {
    /// A version requirement, such as `0.1`.
    Version(Spanned<String>),
    /// A path or a git address.
    Elsewhere(Box<Git>),
}

impl Decode for RuntimeSource {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        match &cursor.node().value {
            Value::Text(_) => Decode::decode(cursor).map(Self::Version),
            Value::Object(_) => Decode::decode(cursor).map(Self::Elsewhere),
            _ => Err(cursor.wrong_type("a version requirement or an object")),
        }
    }
}
