//! The `use` lines of a file, which are collected while its items are made.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::layout::WIDTH;
use crate::ir::{Api, Home};

/// The imports of a file: module paths and the names from each, sorted.
#[derive(Debug, Default)]
pub struct Uses {
    names: BTreeMap<String, BTreeSet<String>>,
}

impl Uses {
    /// Imports a name from a module.
    pub fn add(&mut self, module: &str, name: &str) {
        self.names.entry(module.to_owned()).or_default().insert(name.to_owned());
    }

    /// Imports names of the runtime's public API.
    pub fn runtime(&mut self, names: &[&str]) {
        for name in names {
            self.add("dcrf_runtime", name);
        }
    }

    /// Imports descriptors of the runtime.
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

    /// Returns the lines in groups: the standard library, other crates, this crate.
    pub fn groups(&self) -> Vec<Vec<String>> {
        let mut groups: Vec<Vec<(String, String)>> = vec![Vec::new(), Vec::new(), Vec::new()];
        for (module, names) in &self.names {
            let group = match module.split("::").next() {
                Some("std") => 0,
                Some("crate") => 2,
                _ => 1,
            };
            // A list comes after what is below its module.
            let last = if names.len() == 1 { names.iter().next().map_or("", String::as_str) } else { "~" };
            groups[group].push((format!("{module}::{last}"), list(&format!("use {module}"), names)));
        }
        for group in &mut groups {
            group.sort();
        }
        groups.retain(|group| !group.is_empty());
        groups.into_iter().map(|group| group.into_iter().map(|(_, line)| line).collect()).collect()
    }

    /// Removes the imports of names that a file does not use.
    pub fn retain(&mut self, is_used: impl Fn(&str) -> bool) {
        self.names.retain(|_, names| {
            names.retain(|name| is_used(name));
            !names.is_empty()
        });
    }

    /// Removes the import of a name from the module that the file itself defines.
    pub fn forget(&mut self, module: &str, name: &str) {
        if let Some(names) = self.names.get_mut(module) {
            names.remove(name);
            if names.is_empty() {
                self.names.remove(module);
            }
        }
    }
}

/// Returns `use module::{A, B};`, in as many lines as it needs.
pub fn list<'n>(head: &str, names: impl IntoIterator<Item = &'n String>) -> String {
    let mut names: Vec<&str> = names.into_iter().map(String::as_str).collect();
    names.sort_by(|one, other| in_versions(one, other));
    if let [only] = names.as_slice() {
        return format!("{head}::{only};");
    }
    let flat = format!("{head}::{{{}}};", names.join(", "));
    // rustfmt reserves space for the braces once more.
    if flat.chars().count() <= WIDTH - 2 {
        return flat;
    }
    let mut text = format!("{head}::{{");
    let mut row = String::new();
    for (index, name) in names.iter().enumerate() {
        // Unless all names are in one line, it also reserves the space after a comma.
        let is_whole = index + 1 == names.len() && !text.contains('\n');
        let width = if is_whole { WIDTH } else { WIDTH - 1 };
        if !row.is_empty() && 4 + row.chars().count() + 1 + name.chars().count() + 1 > width {
            text.push_str(&format!("\n    {row}"));
            row.clear();
        }
        if !row.is_empty() {
            row.push(' ');
        }
        row.push_str(name);
        row.push(',');
    }
    format!("{text}\n    {row}\n}};")
}

/// Compares names in the style of 2024: `_` is before every other character, and numbers are compared by their value.
pub fn in_versions(one: &str, other: &str) -> Ordering {
    let plain = |name: &str| name.strip_prefix("r#").unwrap_or(name).to_owned();
    let (one, other) = (plain(one), plain(other));
    let (mut one, mut other) = (one.as_str(), other.as_str());
    loop {
        let (Some(first), Some(second)) = (one.chars().next(), other.chars().next()) else {
            return one.len().cmp(&other.len());
        };
        if first.is_ascii_digit() && second.is_ascii_digit() {
            let number = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
            let (first, rest) = one.split_at(number(one));
            let (second, other_rest) = other.split_at(number(other));
            let (first, second) = (first.trim_start_matches('0'), second.trim_start_matches('0'));
            let order = first.len().cmp(&second.len()).then_with(|| first.cmp(second));
            if order.is_ne() {
                return order;
            }
            (one, other) = (rest, other_rest);
        } else {
            let rank = |c: char| if c == '_' { '\0' } else { c };
            if first != second {
                return rank(first).cmp(&rank(second));
            }
            (one, other) = (&one[first.len_utf8()..], &other[second.len_utf8()..]);
        }
    }
}

/// Returns the module that re-exports a type.
pub fn module(home: Home) -> &'static str {
    match home {
        Home::Model(_) => "crate::models",
        Home::Serializer(_) => "crate::serializers",
        Home::Consumer(_) => "crate::consumers",
        Home::Types => "crate::types",
    }
}

/// Tells whether any type has its own file.
pub fn has_types(api: &Api) -> bool {
    api.objects.values().any(|object| object.home == Home::Types)
        || api.enums.values().any(|item| item.home == Home::Types)
        || api.unions.values().any(|union| union.home == Home::Types)
}
