//! The modules of a crate: what each declares, imports and names.

use std::collections::{BTreeMap, BTreeSet};

use super::tokens::{Token, after_group, tokens};

/// The names that lead to a module or an item, from the root of the crate.
pub type Path = Vec<String>;

/// A module, be it a file or in one.
#[derive(Debug, Default)]
pub struct Module {
    /// The file that it is in.
    pub file: String,
    /// Modules that it declares.
    pub children: BTreeSet<String>,
    /// Names that it has from elsewhere, and the paths as they are written.
    pub imported: BTreeMap<String, Path>,
    /// Those among them that others can have from it.
    pub exported: BTreeSet<String>,
    /// The paths of `pub use …::*`.
    pub globs: Vec<Path>,
    /// The names of its own items.
    pub items: BTreeSet<String>,
    /// Every path that it names, as it is written.
    pub named: Vec<Path>,
}

/// The modules of a crate by their paths; `texts` are its files, by their paths in the folder of sources.
///
/// Modules that are declared under `#[cfg(test)]` are not among them.
pub fn modules(texts: &BTreeMap<String, String>) -> BTreeMap<Path, Module> {
    let mut modules = BTreeMap::new();
    let mut pending = vec![Vec::new()];
    while let Some(path) = pending.pop() {
        let Some(file) = file_of(&path, texts) else { continue };
        let mut scan = Scan { tokens: tokens(&texts[&file]), file, modules: &mut modules, files: Vec::new() };
        scan.module(path, 0);
        pending.extend(scan.files);
    }
    modules
}

fn file_of(path: &[String], texts: &BTreeMap<String, String>) -> Option<String> {
    let candidates = match path {
        [] => ["lib.rs".to_owned(), "main.rs".to_owned()],
        _ => [format!("{}.rs", path.join("/")), format!("{}/mod.rs", path.join("/"))],
    };
    candidates.into_iter().find(|file| texts.contains_key(file))
}

struct Scan<'a> {
    tokens: Vec<Token>,
    file: String,
    modules: &'a mut BTreeMap<Path, Module>,
    /// Modules that are files of their own.
    files: Vec<Path>,
}

impl Scan<'_> {
    /// Reads a module from a place on, up to the bracket that ends it, and gives the place of that.
    fn module(&mut self, path: Path, start: usize) -> usize {
        let mut module = Module { file: self.file.clone(), ..Module::default() };
        let (mut at, mut depth) = (start, 0usize);
        while let Some(token) = self.tokens.get(at) {
            let next = self.tokens.get(at + 1).and_then(Token::word);
            match (token, next) {
                (Token::Sign('#'), _) => at = self.after_attribute(at),
                (Token::Sign('}'), _) if depth == 0 => break,
                (Token::Sign('}'), _) => {
                    depth -= 1;
                    at += 1;
                }
                (Token::Sign('{'), _) => {
                    depth += 1;
                    at += 1;
                }
                (Token::Word(word), Some(name)) if word == "mod" => {
                    let (name, mut child) = (name.to_owned(), path.clone());
                    child.push(name.clone());
                    module.children.insert(name);
                    at += 2;
                    match self.tokens.get(at) {
                        Some(Token::Sign('{')) => at = self.module(child, at + 1) + 1,
                        _ => self.files.push(child),
                    }
                }
                (Token::Word(word), _) if word == "use" => at = self.import(&mut module, at),
                (Token::Word(word), Some(name)) if is_item(word) => {
                    module.items.insert(name.to_owned());
                    at += 1;
                }
                (Token::Word(_), _) => at = self.path(&mut module, at),
                _ => at += 1,
            }
        }
        self.modules.insert(path, module);
        at
    }

    /// Skips an attribute and, if it is `cfg(test)`, what it is of.
    fn after_attribute(&self, start: usize) -> usize {
        let open = start + 1 + usize::from(self.tokens.get(start + 1) == Some(&Token::Sign('!')));
        if self.tokens.get(open) != Some(&Token::Sign('[')) {
            return start + 1;
        }
        let end = after_group(&self.tokens, open);
        let words: Vec<&str> = self.tokens[open..end].iter().filter_map(Token::word).collect();
        if !matches!(words.as_slice(), ["cfg", "test"] | ["cfg", "all", "test", ..]) {
            return end;
        }
        let first = self.tokens.get(end).and_then(Token::word);
        let is_declaration =
            first.is_some_and(|word| is_item(word) || matches!(word, "pub" | "impl" | "async"));
        let mut at = end;
        while let Some(token) = self.tokens.get(at) {
            at = match token {
                Token::Sign('{') => return after_group(&self.tokens, at),
                Token::Sign(';') => return at + 1,
                Token::Sign(',') if !is_declaration => return at + 1,
                Token::Sign('}') => return at,
                Token::Sign('(' | '[') => after_group(&self.tokens, at),
                _ => at + 1,
            };
        }
        at
    }

    /// Reads a `use`.
    fn import(&self, module: &mut Module, start: usize) -> usize {
        let is_public = match self.tokens[..start].last() {
            Some(Token::Sign(')')) => {
                let open = self.tokens[..start].iter().rposition(|token| *token == Token::Sign('('));
                open.is_some_and(|open| self.tokens[..open].last().and_then(Token::word) == Some("pub"))
            }
            last => last.and_then(Token::word) == Some("pub"),
        };
        let mut found = Vec::new();
        let end = self.tree(&[], start + 1, &mut found);
        for (path, name) in found {
            match name {
                Some(name) => {
                    module.exported.extend(is_public.then(|| name.clone()));
                    module.imported.insert(name, path.clone());
                }
                None => module.globs.extend(is_public.then(|| path.clone())),
            }
            module.named.push(path);
        }
        end
    }

    /// Reads a tree of imports: each path with the name that it has then; none: all names in it.
    fn tree(&self, prefix: &[String], start: usize, found: &mut Vec<(Path, Option<String>)>) -> usize {
        let (mut path, mut at) = (prefix.to_vec(), start);
        while let Some(token) = self.tokens.get(at) {
            at += 1;
            match token {
                Token::Path => {}
                Token::Word(word) if word == "as" => {
                    let name = self.tokens.get(at).and_then(Token::word).map(str::to_owned);
                    found.push((path, name));
                    return at + 1;
                }
                Token::Word(word) if word == "self" && !path.is_empty() => {}
                Token::Word(word) => path.push(word.clone()),
                Token::Sign('*') => {
                    found.push((path, None));
                    return at;
                }
                Token::Sign('{') => {
                    while self.tokens.get(at).is_some_and(|token| *token != Token::Sign('}')) {
                        at = self.tree(&path, at, found);
                        at += usize::from(self.tokens.get(at) == Some(&Token::Sign(',')));
                    }
                    return at + 1;
                }
                Token::Sign(_) => {
                    at -= 1;
                    break;
                }
            }
        }
        if path.len() > prefix.len() || self.tokens.get(start).and_then(Token::word) == Some("self") {
            let name = path.last().cloned();
            found.push((path, name));
        }
        at.max(start + usize::from(at == start))
    }

    /// Reads a path in code: of several names, or it says nothing of modules.
    fn path(&self, module: &mut Module, start: usize) -> usize {
        let before = &self.tokens[..start];
        let is_part = matches!(before.last(), Some(Token::Path | Token::Sign('.')));
        // `pub(in crate::…)` says who may have something.
        let is_scope = before.ends_with(&[Token::Sign('('), Token::Word("in".to_owned())]);
        let mut path = Vec::new();
        let mut at = start;
        while let Some(word) = self.tokens.get(at).and_then(Token::word) {
            path.push(word.to_owned());
            at += 1;
            if self.tokens.get(at) != Some(&Token::Path) {
                break;
            }
            at += 1;
        }
        if path.len() > 1 && !is_part && !is_scope {
            module.named.push(path);
        }
        at
    }
}

fn is_item(word: &str) -> bool {
    matches!(word, "fn" | "struct" | "enum" | "union" | "trait" | "type" | "const" | "static")
}
