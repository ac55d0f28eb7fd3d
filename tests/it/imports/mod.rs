//! What the files of a crate's sources import from each other, and where that leads in a circle.
//!
//! Read are `use` trees, and paths in code that begin with `crate`, `self`, `super`, a module or an imported name. What is
//! re-exported is imported from the file that has it, not from the one that passes it on; a module that is imported
//! as such stands for its file. What is under `#[cfg(test)]` is left out. Methods and macros are not followed.

mod modules;
mod tokens;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path as FilePath;

use modules::{Module, Path, modules};

/// Something that one file has from another. Files are named by their paths in the folder of sources.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    /// The file that imports.
    pub from: String,
    /// The file that has it.
    pub to: String,
    /// What it is, by the names that were written, from the root of the crate.
    pub path: Vec<String>,
}

/// The imports between the files below a folder of sources.
pub fn imports(src: &FilePath) -> Vec<Import> {
    let mut texts = BTreeMap::new();
    read(src, "", &mut texts);
    between(&texts)
}

/// The imports between files, which are given by their paths in the folder of sources.
pub fn between(texts: &BTreeMap<String, String>) -> Vec<Import> {
    let tree = Crate { modules: modules(texts) };
    let mut found = BTreeSet::new();
    for (path, module) in &tree.modules {
        for named in &module.named {
            let Some(named) = tree.absolute(path, named, DEEPEST) else { continue };
            let to = tree.file_of(named.clone());
            if to != module.file {
                found.insert(Import { from: module.file.clone(), to, path: named });
            }
        }
    }
    found.into_iter().collect()
}

/// The circles: of each the files, every one of which leads to every other.
pub fn circles(imports: &[Import]) -> Vec<Vec<String>> {
    let mut targets: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for Import { from, to, .. } in imports {
        targets.entry(from).or_default().insert(to);
    }
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        targets.keys().map(|file| (*file, reached_from(file, &targets))).collect();
    let mut circles = BTreeSet::new();
    for (file, from_it) in reached.iter().filter(|(file, from_it)| from_it.contains(*file)) {
        let is_of_it = |other: &&&str| reached.get(**other).is_some_and(|reached| reached.contains(file));
        circles.insert(from_it.iter().filter(is_of_it).map(|other| (*other).to_owned()).collect::<Vec<_>>());
    }
    circles.into_iter().collect()
}

/// Circles in words: the files, and what they have from each other.
pub fn told(circles: &[Vec<String>], imports: &[Import]) -> String {
    let mut text = String::new();
    for circle in circles {
        text.push_str(&format!("these files import each other in a circle: {}\n", circle.join(", ")));
        let mut before: Option<&Import> = None;
        for import in imports.iter().filter(|each| circle.contains(&each.from) && circle.contains(&each.to)) {
            let Import { from, to, path } = import;
            // What is inside of something comes behind it, and says no more.
            if before.is_some_and(|before| before.from == *from && path.starts_with(&before.path)) {
                continue;
            }
            text.push_str(&format!("    {from} has {} from {to}\n", path.join("::")));
            before = Some(import);
        }
    }
    text
}

fn reached_from<'a>(start: &str, targets: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut pending = vec![start];
    while let Some(file) = pending.pop() {
        for target in targets.get(file).into_iter().flatten() {
            if reached.insert(*target) {
                pending.push(target);
            }
        }
    }
    reached
}

fn read(folder: &FilePath, prefix: &str, texts: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("a folder of sources can be read") {
        let path = entry.expect("an entry can be read").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a source has a plain name");
        if path.is_dir() {
            read(&path, &format!("{prefix}{name}/"), texts);
        } else if name.ends_with(".rs") {
            texts.insert(format!("{prefix}{name}"), fs::read_to_string(&path).expect("a source can be read"));
        }
    }
}

/// How many names may stand for each other; more are a circle.
const DEEPEST: usize = 16;

struct Crate {
    modules: BTreeMap<Path, Module>,
}

impl Crate {
    /// The path from the root of the crate of what a module names. None: it is another crate's, or no module's.
    fn absolute(&self, module: &[String], named: &[String], deepest: usize) -> Option<Path> {
        let mut base = module.to_vec();
        let (first, mut rest) = named.split_first()?;
        match first.as_str() {
            "crate" => base.clear(),
            "self" => {}
            "super" => {
                base.pop();
                while rest.first().is_some_and(|next| next == "super") {
                    base.pop();
                    rest = &rest[1..];
                }
            }
            child if self.modules.get(module)?.children.contains(child) => base.push(child.to_owned()),
            name => {
                let imported = self.modules.get(module)?.imported.get(name)?;
                // `use name::…` is about another crate of that name.
                if deepest == 0 || imported.first() == Some(first) {
                    return None;
                }
                base = self.absolute(module, imported, deepest - 1)?;
            }
        }
        base.extend_from_slice(rest);
        Some(base)
    }

    /// The file that has what a path leads to, re-exports followed.
    fn file_of(&self, path: Path) -> String {
        let mut path = path;
        for _ in 0..DEEPEST {
            let is_module = |length: &usize| self.modules.contains_key(&path[..*length]);
            let length = (0..=path.len()).rev().find(is_module).expect("invariant: the root is a module");
            let (at, rest) = path.split_at(length);
            let module = &self.modules[at];
            let Some((name, deeper)) = rest.split_first() else { return module.file.clone() };
            match self.passed_on(at, module, name) {
                Some(mut onward) => {
                    onward.extend_from_slice(deeper);
                    path = onward;
                }
                None => return module.file.clone(),
            }
        }
        self.modules[&[] as &[String]].file.clone()
    }

    /// Where a module has a name from that it passes on.
    fn passed_on(&self, at: &[String], module: &Module, name: &str) -> Option<Path> {
        if module.exported.contains(name) {
            return self.absolute(at, &module.imported[name], DEEPEST);
        }
        let has_it = |path: &Path| {
            self.modules.get(path).is_some_and(|of| of.items.contains(name) || of.exported.contains(name))
        };
        let globs = module.globs.iter().filter_map(|glob| self.absolute(at, glob, DEEPEST));
        let mut path = globs.filter(|_| !module.items.contains(name)).find(has_it)?;
        path.push(name.to_owned());
        Some(path)
    }
}
