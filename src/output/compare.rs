//! A plan held against the disk: what would change, and what must not be touched.

use std::{collections::BTreeMap, path::Path};

use similar::TextDiff;

use super::{
    digest::{Digest, normalized, same_text},
    error::OutputError,
    manifest::{self, Manifest},
    path::OwnedPath,
    plan::Plan,
    refusal::{Refusal, RefusalKind},
    tree::{self, Found},
};

/// One change to the disk.
#[derive(Debug)]
pub(super) struct Change<'a> {
    pub(super) path: OwnedPath,
    /// The new text; none: the file goes.
    pub(super) text: Option<&'a str>,
    /// What the file reads now, if it is there.
    pub(super) before: Option<Vec<u8>>,
}

impl Change<'_> {
    /// The hash of the file as it is now.
    pub(super) fn before_digest(&self) -> Option<Digest> {
        self.before.as_deref().map(Digest::of)
    }

    /// The change as a unified diff.
    pub(super) fn diff(&self) -> String {
        diff(self.path.as_str(), self.before.as_deref(), self.text)
    }
}

/// What a run would do.
#[derive(Debug)]
pub(super) struct Comparison<'a> {
    /// Also those that are refused: with `force` they are made.
    pub(super) changes: Vec<Change<'a>>,
    pub(super) refusals: Vec<Refusal>,
    /// How many files are as planned.
    pub(super) unchanged: usize,
}

/// Holds a plan and the list of what is owned against the disk.
pub(super) fn compare<'a>(
    plan: &'a Plan,
    files: &BTreeMap<OwnedPath, &'a str>,
    owned: &Manifest,
    root: &Path,
) -> Result<Comparison<'a>, OutputError> {
    let mut this = Comparison { changes: Vec::new(), refusals: Vec::new(), unchanged: 0 };
    let leaving = |path: &OwnedPath| owned.files.contains_key(path) && !files.contains_key(path);
    for (path, text) in files {
        match tree::look(root, path)? {
            Found::File(bytes)
                if plan.retired.contains(path.as_str()) && !same_text(&bytes, text.as_bytes()) =>
            {
                // Another takes its place and its name.
                this.changes.push(Change { path: path.clone(), text: Some(text), before: Some(bytes) });
            }
            Found::File(bytes) if plan.is_history(path.as_str()) => this.keep(path, text, bytes, owned),
            Found::File(bytes) if same_text(&bytes, text.as_bytes()) => this.unchanged += 1,
            Found::File(bytes) => this.replace(path, Some(text), bytes, owned),
            Found::Absent => this.create(path, text),
            Found::Behind(above) if leaving(&above) => this.create(path, text),
            Found::Behind(above) => this.refuse(&above, RefusalKind::InTheWay),
            Found::Directory if tree::holds_only(root, path, &leaving)? => this.create(path, text),
            Found::Directory => this.refuse(path, RefusalKind::InTheWay),
            Found::Link(link) => this.refuse(&link, RefusalKind::Link),
        }
    }
    let own = manifest::parsed(&plan.own)?;
    for (path, text) in &own {
        match tree::look(root, path)? {
            Found::File(_) => {}
            Found::Absent => this.create(path, text),
            Found::Behind(above) => this.refuse(&above, RefusalKind::InTheWay),
            Found::Directory => this.refuse(path, RefusalKind::InTheWay),
            Found::Link(link) => this.refuse(&link, RefusalKind::Link),
        }
    }
    let is_planned = |path: &OwnedPath| files.contains_key(path) || own.contains_key(path);
    for path in owned.files.keys().filter(|path| !is_planned(path)) {
        match tree::look(root, path)? {
            // It is among those of its folder.
            Found::File(_) if plan.retired.contains(path.as_str()) => {}
            Found::File(_) if plan.is_history(path.as_str()) => this.refuse(path, RefusalKind::Unlisted),
            Found::File(bytes) => this.replace(path, None, bytes, owned),
            Found::Link(link) => this.refuse(&link, RefusalKind::Link),
            Found::Absent | Found::Behind(_) | Found::Directory => {}
        }
    }
    for folder in &plan.history {
        let folder = OwnedPath::parse(folder.trim_end_matches('/'))?;
        let there = tree::files_below(root, &folder)?;
        for path in there.iter().filter(|path| plan.is_history(path.as_str()) && !is_planned(path)) {
            match tree::look(root, path)? {
                Found::File(bytes) if plan.retired.contains(path.as_str()) => this.retire(path, bytes, owned),
                _ => this.refuse(path, RefusalKind::Unlisted),
            }
        }
    }
    Ok(this)
}

impl<'a> Comparison<'a> {
    fn create(&mut self, path: &OwnedPath, text: &'a str) {
        self.changes.push(Change { path: path.clone(), text: Some(text), before: None });
    }

    /// Replaces or removes a file, which needs it to be owned and as it was generated.
    fn replace(&mut self, path: &OwnedPath, text: Option<&'a str>, bytes: Vec<u8>, owned: &Manifest) {
        let refusal = match owned.files.get(path) {
            None => Some(RefusalKind::NotOurs),
            Some(digest) if *digest != Digest::of(&bytes) => Some(RefusalKind::HandEdited),
            Some(_) => None,
        };
        let change = Change { path: path.clone(), text, before: Some(bytes) };
        if let Some(kind) = refusal {
            self.refusals.push(Refusal { path: path.to_string(), kind, diff: change.diff() });
        }
        self.changes.push(change);
    }

    /// What is only ever added stays as it is, and has to be what was planned and what was generated.
    fn keep(&mut self, path: &OwnedPath, text: &str, bytes: Vec<u8>, owned: &Manifest) {
        let is_edited = owned.files.get(path).is_some_and(|digest| *digest != Digest::of(&bytes));
        if !is_edited && same_text(&bytes, text.as_bytes()) {
            self.unchanged += 1;
            return;
        }
        let diff = diff(path.as_str(), Some(&bytes), Some(text));
        self.refusals.push(Refusal { path: path.to_string(), kind: RefusalKind::Rewritten, diff });
    }

    /// Removes what is only ever added, but for what was edited since it was generated.
    fn retire(&mut self, path: &OwnedPath, bytes: Vec<u8>, owned: &Manifest) {
        let is_edited = owned.files.get(path).is_some_and(|digest| *digest != Digest::of(&bytes));
        if is_edited {
            self.refuse(path, RefusalKind::Rewritten);
        } else {
            self.changes.push(Change { path: path.clone(), text: None, before: Some(bytes) });
        }
    }

    /// Many planned files may lie behind one link or file: it is named once.
    fn refuse(&mut self, path: &OwnedPath, kind: RefusalKind) {
        if !self.refusals.iter().any(|refusal| refusal.path == path.as_str()) {
            self.refusals.push(Refusal { path: path.to_string(), kind, diff: String::new() });
        }
    }
}

/// A unified diff between what a file reads and what it would; nothing is `/dev/null`, as in git.
pub(super) fn diff(path: &str, before: Option<&[u8]>, after: Option<&str>) -> String {
    let old_name = before.map_or("/dev/null".to_owned(), |_| format!("a/{path}"));
    let new_name = after.map_or("/dev/null".to_owned(), |_| format!("b/{path}"));
    let old = normalized(before.unwrap_or_default());
    let new = normalized(after.unwrap_or_default().as_bytes());
    let (old, new) = (String::from_utf8_lossy(&old), String::from_utf8_lossy(&new));
    TextDiff::from_lines(&*old, &*new).unified_diff().header(&old_name, &new_name).to_string()
}
