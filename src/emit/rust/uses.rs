//! The `use` lines of a file, collected while its items are made.

use std::collections::{BTreeMap, BTreeSet};

use crate::ir::{Api, Home};

/// What a file imports: module paths and the names out of each, sorted.
#[derive(Debug, Default)]
pub struct Uses {
    names: BTreeMap<String, BTreeSet<String>>,
}

impl Uses {
    /// Imports a name out of a module.
    pub fn add(&mut self, module: &str, name: &str) {
        self.names.entry(module.to_owned()).or_default().insert(name.to_owned());
    }

    /// Imports names of the runtime's public API.
    pub fn runtime(&mut self, names: &[&str]) {
        for name in names {
            self.add("dcrf_runtime", name);
        }
    }

    /// Imports descriptors.
    pub fn meta(&mut self, names: &[&str]) {
        for name in names {
            self.add("dcrf_runtime::meta", name);
        }
    }

    /// Imports a generated type, unless it is in this file itself.
    pub fn generated(&mut self, here: Home, home: Home, name: &str) {
        if here != home || home == Home::Types {
            self.add(module(home), name);
        }
    }

    /// The lines in groups: the standard library, other crates, this crate.
    pub fn groups(&self) -> Vec<Vec<String>> {
        let mut groups = vec![Vec::new(), Vec::new(), Vec::new()];
        for (module, names) in &self.names {
            let group = match module.split("::").next() {
                Some("std") => 0,
                Some("crate") => 2,
                _ => 1,
            };
            groups[group].push(line(module, names));
        }
        groups.retain(|group| !group.is_empty());
        groups
    }

    /// Forgets a name out of the module that the file itself is.
    pub fn forget(&mut self, module: &str, name: &str) {
        if let Some(names) = self.names.get_mut(module) {
            names.remove(name);
            if names.is_empty() {
                self.names.remove(module);
            }
        }
    }
}

fn line(module: &str, names: &BTreeSet<String>) -> String {
    if names.len() == 1 {
        return format!("use {module}::{};", names.iter().map(String::as_str).collect::<String>());
    }
    let flat =
        format!("use {module}::{{{}}};", names.iter().map(String::as_str).collect::<Vec<_>>().join(", "));
    if flat.chars().count() <= 100 {
        return flat;
    }
    let mut text = format!("use {module}::{{\n");
    let mut row = String::new();
    for name in names {
        if !row.is_empty() && row.len() + name.len() + 2 > 95 {
            text.push_str(&format!("    {}\n", row.trim_end()));
            row.clear();
        }
        row.push_str(name);
        row.push_str(", ");
    }
    text.push_str(&format!("    {}\n}};", row.trim_end()));
    text
}

/// The module that re-exports a type.
pub fn module(home: Home) -> &'static str {
    match home {
        Home::Model(_) => "crate::models",
        Home::Serializer(_) => "crate::serializers",
        Home::Consumer(_) => "crate::consumers",
        Home::Types => "crate::types",
    }
}

/// Whether any type has a file of its own.
pub fn has_types(api: &Api) -> bool {
    api.objects.values().any(|object| object.home == Home::Types)
        || api.enums.values().any(|item| item.home == Home::Types)
        || api.unions.values().any(|union| union.home == Home::Types)
}
