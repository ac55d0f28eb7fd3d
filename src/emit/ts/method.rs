//! The methods of a consumer's class, and their names.

use std::collections::{HashMap, HashSet};

use super::names::{self, key};
use crate::ir::Name;

/// The last parameter of each method that returns live rows.
pub(super) const LIVE_OPTIONS: &str = "options?: LiveRequest";

/// A method, as the template needs it.
pub(super) struct Method {
    pub(super) docs: String,
    pub(super) name: String,
    pub(super) parameters: String,
    pub(super) returns: String,
    pub(super) body: Vec<String>,
}

/// The methods of a class, each with a unique name.
pub(super) struct Methods {
    taken: HashSet<String>,
    pub(super) list: Vec<Method>,
    /// The names of observers' methods, by the positions of the observers.
    pub(super) observers: HashMap<usize, String>,
}

impl Methods {
    pub(super) fn new() -> Self {
        let taken = names::OBJECT.iter().map(|name| (*name).to_owned()).collect();
        Self { taken, list: Vec::new(), observers: HashMap::new() }
    }

    /// Returns the name of a method; with the suffix if another has it.
    pub(super) fn name(&mut self, name: &str, suffix: &str) -> String {
        names::member(&mut self.taken, &Name::parse(name), suffix)
    }

    pub(super) fn add(
        &mut self,
        docs: String,
        name: String,
        parameters: &[String],
        returns: String,
        body: Vec<String>,
    ) {
        let line = parameters.join(", ");
        let width = name.len() + line.len() + returns.len();
        let parameters =
            if width <= 100 { line } else { format!("\n    {},\n  ", parameters.join(",\n    ")) };
        self.list.push(Method { docs, name, parameters, returns, body });
    }
}

/// The last parameter of every method that sends a request.
pub(super) const OPTIONS: &str = "options?: RequestOptions";

/// Returns the arguments of a frame: `{ pk, ...input }`.
pub(super) fn arguments(parts: &[String]) -> String {
    if parts.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", parts.join(", ")) }
}

/// Returns an argument of this name with the value of a parameter.
pub(super) fn argument(wire: &str, parameter: &str) -> String {
    if wire == parameter { wire.to_owned() } else { format!("{}: {parameter}", key(wire)) }
}
