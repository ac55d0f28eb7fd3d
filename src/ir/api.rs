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

/// One resolved definition document with everything it refers to.
///
/// Every arena is in definition order.
#[derive(Debug, Clone)]
pub struct Api {
    /// The definition's `name`: that of the generated crate.
    pub name: Name,
    /// The definition's `description`.
    pub docs: Docs,
    /// Tables.
    pub models: Arena<Model>,
    /// `x-drop`: former models whose rows may be given up.
    pub dropped: Vec<String>,
    /// Structured JSON values: JSON columns, inputs and outputs of actions, serializers without a model.
    pub objects: Arena<Object>,
    /// Closed sets of values.
    pub enums: Arena<Enum>,
    /// Values of one of several forms.
    pub unions: Arena<Union>,
    /// What a consumer shows of a model and takes for it.
    pub serializers: Arena<Serializer>,
    /// WebSocket endpoints.
    pub consumers: Arena<Consumer>,
    /// Who takes payloads by which serializer.
    pub takers: Takers,
    /// Which structured values are read and written.
    pub conversions: Conversions,
    /// What the manifests of the generated packages say beside.
    pub package: Package,
    /// How the generated crate asks for `dcrf-runtime`, where the definition says so (`runtime`).
    pub runtime: Option<Runtime>,
    /// What the definition says of a TypeScript client (`client`), where it asks for one.
    pub client: Option<Client>,
    /// The document itself: the name of its (first) file.
    pub origin: Origin,
}

/// Where the generated crate finds `dcrf-runtime` (the definition's `runtime`, or a flag).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Runtime {
    /// A version requirement of the registry, such as `0.1`.
    Version(String),
    /// A path, relative to the generated crate (or absolute).
    Path(String),
    /// A git address, with a revision where one is given.
    Git {
        /// The address.
        url: String,
        /// The revision (`rev`).
        rev: Option<String>,
    },
}

/// What the definition says of the generated packages, the crate and the npm package.
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

/// The TypeScript client that is generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The name of its npm package, where the definition says it.
    pub package: Option<String>,
}
