//! The imports of a file, which are collected while its items are made.

use std::collections::{BTreeMap, BTreeSet};

use super::names::Names;
use crate::ir::{Api, Home};

/// The imports of a file.
pub(super) struct Imports {
    /// The home of the file; `None` for one beside the folders.
    here: Option<Home>,
    /// The imported names by module, and whether each is a value or only a type.
    modules: BTreeMap<String, BTreeMap<String, bool>>,
}

impl Imports {
    pub(super) fn new(here: Home) -> Self {
        Self { here: Some(here), modules: BTreeMap::new() }
    }

    /// Returns the imports of a file beside the folders, which does not belong to a model, serializer or consumer.
    pub(super) const fn of_root() -> Self {
        Self { here: None, modules: BTreeMap::new() }
    }

    /// Imports functions of the validators.
    pub(super) fn validate(&mut self, names: &[&str]) {
        for name in names {
            self.add("validate/index", name, true);
        }
    }

    /// Imports types of the core.
    pub(super) fn core(&mut self, names: &[&str]) {
        for name in names {
            self.add("core/index", name, false);
        }
    }

    /// Imports a function or class of the core.
    pub(super) fn core_value(&mut self, name: &str) {
        self.add("core/index", name, true);
    }

    /// Imports a generated type, unless it is in this file itself.
    pub(super) fn generated(&mut self, api: &Api, names: &Names, home: Home, name: &str) {
        if Some(home) != self.here {
            self.add(&names.module(api, home), name, false);
        }
    }

    fn add(&mut self, module: &str, name: &str, value: bool) {
        *self.modules.entry(module.to_owned()).or_default().entry(name.to_owned()).or_default() |= value;
    }

    /// Returns the lines of the imports.
    pub(super) fn lines(&self) -> Vec<String> {
        let up = if matches!(self.here, None | Some(Home::Types)) { "./" } else { "../" };
        let line = |(module, names): (&String, &BTreeMap<String, bool>)| {
            let values = names.values().any(|value| *value);
            let sorted: BTreeSet<(String, &String)> =
                names.keys().map(|name| (name.to_lowercase(), name)).collect();
            let parts: Vec<String> = sorted
                .into_iter()
                .map(|(_, name)| if values && !names[name] { format!("type {name}") } else { name.clone() })
                .collect();
            let keyword = if values { "import" } else { "import type" };
            let one = format!("{keyword} {{ {} }} from '{up}{module}.js';", parts.join(", "));
            if one.len() <= 110 {
                return one;
            }
            format!("{keyword} {{\n  {},\n}} from '{up}{module}.js';", parts.join(",\n  "))
        };
        self.modules.iter().map(line).collect()
    }
}
