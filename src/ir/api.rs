//! The whole program.

use super::arena::Arena;
use super::consumer::Consumer;
use super::conversions::Conversions;
use super::docs::Docs;
use super::model::Model;
use super::name::Name;
use super::serializer::Serializer;
use super::takers::Takers;
use super::ty::{Enum, Object};
use super::union::Union;
use crate::source::Origin;

/// One resolved definition document with everything to which it refers.
///
/// Every arena is in definition order.
#[derive(Debug, Clone)]
pub struct Api {
    /// The name of the generated crate (`name` of the definition).
    pub name: Name,
    /// The documentation (`description` of the definition).
    pub docs: Docs,
    /// The models.
    pub models: Arena<Model>,
    /// `x-drop`: former models whose rows may be dropped.
    pub dropped: Vec<String>,
    /// The structured JSON values: JSON columns, inputs and outputs of actions, serializers without a model.
    pub objects: Arena<Object>,
    /// The closed sets of values.
    pub enums: Arena<Enum>,
    /// The values of one of several forms.
    pub unions: Arena<Union>,
    /// The serializers.
    pub serializers: Arena<Serializer>,
    /// The WebSocket endpoints.
    pub consumers: Arena<Consumer>,
    /// The consumers and serializers that take payloads by each serializer.
    pub takers: Takers,
    /// The structured values that are read and written.
    pub conversions: Conversions,
    /// The path of the multiplexer (`multiplexer`).
    pub multiplexer: Multiplexer,
    /// The subprotocols that the server knows, the preferred one first (`subprotocols`).
    pub subprotocols: Vec<String>,
    /// The other fields of the generated packages' manifests.
    pub package: Package,
    /// The source of `dcrf-runtime` for the generated crate, if the definition has one (`runtime`).
    pub runtime: Option<Runtime>,
    /// The TypeScript client, if the definition asks for one (`client`).
    pub client: Option<Client>,
    /// The place of the document: the name of its (first) file.
    pub origin: Origin,
}

/// The source of `dcrf-runtime` for the generated crate (`runtime` of the definition, or a flag).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Runtime {
    /// A version requirement of the registry, such as `0.1`.
    Version(String),
    /// A path, relative to the generated crate (or absolute).
    Path(String),
    /// A git address, with a revision if one is given.
    Git {
        /// The address.
        url: String,
        /// The revision (`rev`).
        rev: Option<String>,
    },
}

/// The fields of the definition for the manifests of the crate and of the npm package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Package {
    /// `version`
    pub version: Option<String>,
    /// `license`
    pub license: Option<String>,
    /// `repository`
    pub repository: Option<String>,
    /// `private`
    pub private: Option<bool>,
}

/// The path of the multiplexer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Multiplexer {
    /// `/ws/`
    #[default]
    Default,
    /// Another path, which may have parameters.
    At(String),
    /// There is no multiplexer.
    None,
}

impl Multiplexer {
    /// Returns the path, if there is a multiplexer.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Default => Some("/ws/"),
            Self::At(path) => Some(path),
            Self::None => None,
        }
    }

    /// Tells whether its path has every parameter of a consumer's path, so that it serves the consumer.
    pub fn serves(&self, path: &str) -> bool {
        let Some(own) = self.path() else { return false };
        path.split('/')
            .filter(|segment| segment.starts_with('{'))
            .all(|segment| own.split('/').any(|own| own == segment))
    }
}

/// The TypeScript client that is generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The name of the npm package, if the definition has one.
    pub package: Option<String>,
    /// Whether integers beyond 2^53 are `bigint`.
    pub exact_integers: bool,
}
