//! The root of a definition.

use schemars::JsonSchema;

use super::shape::object;
use super::{Consumer, Delivery, Retention, Schema, Serializer};
use crate::diag::Reported;
use crate::source::Spanned;
use crate::syntax::{Cursor, Decode, Mapping, Value};

object! {
    /// A definition document: the models, serializers and consumers of one API.
    pub struct Document {
        /// The address or the path of this meta-schema, for editors.
        "$schema" optional schema: String,
        /// The name of the API and of the generated crate, such as `chat`.
        /// Several files of one definition must agree on it.
        "name" optional name: String,
        /// The description of the API in Markdown: the front page of the generated documentation.
        /// The default is no description.
        "description" optional description: String,
        /// The version of the generated crate and of its npm package, as in Semantic Versioning.
        /// The default is `0.1.0`.
        "version" optional version: String,
        /// The licence of the generated crate and of its npm package: an SPDX expression such as `MIT OR Apache-2.0`.
        "license" optional license: String,
        /// The address of the repository that contains the generated crate and its npm package.
        "repository" optional repository: String,
        /// Whether the generated packages are private: `true` forbids publishing the crate and the npm package.
        /// `false` allows publishing both. Without this key only the npm package may be published.
        "private" optional private: bool,
        /// The source of `dcrf-runtime` for the generated crate: a version requirement, a path or a git address.
        /// The flags of `dcrf generate` take precedence. The default is the version of the generator.
        "runtime" optional runtime: RuntimeSource,
        /// The models by name.
        /// Each is a JSON Schema object that describes a table; `x-` keywords describe the database.
        "models" optional models: Mapping<Schema>,
        /// The serializers by name, with the keys of Django REST Framework: what clients read and write of the models.
        "serializers" optional serializers: Mapping<Serializer>,
        /// The consumers by name, with the keys of Django Channels REST Framework: the WebSocket endpoints.
        "consumers" optional consumers: Mapping<Consumer>,
        /// Named types, to which `{"$ref": "#/$defs/Name"}` refers.
        "$defs" optional defs: Mapping<Schema>,
        /// The path of the multiplexer, the socket that serves every consumer as a stream, or `false` for none.
        /// Parameters of the path (`/ws/{tenant}/`) are `path_parameters` of consumers; a consumer with other parameters
        /// is not a stream of it. The default is `/ws/`.
        "multiplexer" optional multiplexer: MultiplexerPath,
        /// The time zone in which fields of serializers read date-times without an offset, and show all date-times:
        /// a name of the IANA database, such as `Europe/Berlin` (Django's `TIME_ZONE`). The default is `UTC`.
        "time_zone" optional time_zone: String,
        /// The subprotocols of WebSockets: the server selects the first of them that a client offers.
        /// The default is none.
        "subprotocols" optional subprotocols: Vec<Spanned<String>>,
        /// The `delivery` of every observer that does not say its own. The default is `ephemeral`.
        "delivery" optional delivery: Delivery,
        /// How long the log of observers with `"delivery": "latest"` keeps changes.
        "retention" optional retention: Retention,
        /// The greatest number of rows of which a client that resumes is told: if more have changed, it reads everything
        /// anew. The default is 1,000.
        "max_replay" optional max_replay: u64,
        /// Asks for a TypeScript client in the directory `client` of the generated crate.
        /// Without this key there is no client.
        "client" optional client: Client,
    }
}

object! {
    /// The TypeScript client.
    pub struct Client {
        /// The name of the npm package: at most 214 lower-case letters, digits, `-`, `_` and `.`,
        /// such as `chat-client` or `@team/chat`.
        /// The default is the name of the definition with `-client` at its end.
        "package" optional package: String,
        /// Whether the client reads integers beyond 2^53 as `bigint`, with all their digits, and types the integers
        /// that may be so large as `number | bigint`. The default is `false`: they are numbers, which JSON rounds.
        "exact_integers" optional exact_integers: bool,
    }
}

object! {
    /// The place of `dcrf-runtime` outside of a registry: exactly one of `path` and `git`.
    pub struct Git {
        /// The path of `dcrf-runtime`, relative to the generated crate or absolute.
        "path" optional path: String,
        /// The address of a git repository that contains `dcrf-runtime`.
        "git" optional git: String,
        /// The revision in the repository of `git`. The default is the default branch of the repository.
        "rev" optional rev: String,
    }
}

/// The source of `dcrf-runtime` for the generated crate.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum RuntimeSource {
    /// A version requirement of the registry, such as `0.1`.
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

/// The path of the multiplexer.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum MultiplexerPath {
    /// `false`: there is no multiplexer.
    #[schemars(with = "bool", extend("const" = false))]
    None,
    /// The path.
    At(Spanned<String>),
}

impl Decode for MultiplexerPath {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        match &cursor.node().value {
            Value::Boolean(false) => Ok(Self::None),
            Value::Text(_) => Decode::decode(cursor).map(Self::At),
            _ => Err(cursor.wrong_type("a path or `false`")),
        }
    }
}
