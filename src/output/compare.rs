//! Compares a plan with the disk: what would change, and what must not be changed.

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
    /// The new text; `None` if the file is removed.
    pub(super) text: Option<&'a str>,
    /// The current bytes of the file, if it exists.
    pub(super) before: Option<Vec<u8>>,
}

impl Change<'_> {
    /// Returns the hash of the current file.
    pub(super) fn before_digest(&self) -> Option<Digest> {
        self.before.as_deref().map(Digest::of)
    }

    /// Returns the change as a unified diff.
    pub(super) fn diff(&self) -> String {
        diff(self.path.as_str(), self.before.as_deref(), self.text)
    }
}

/// The effects of a run.
#[derive(Debug)]
pub(super) struct Comparison<'a> {
    /// All changes, with those that are refused: `force` makes them, too.
    pub(super) changes: Vec<Change<'a>>,
    pub(super) refusals: Vec<Refusal>,
    /// The number of files that already have the planned text.
    pub(super) unchanged: usize,
}

/// Compares a plan and the list of owned files with the disk.
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
                // A new file with the same name replaces it.
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
            // The loop over the folders of the history removes it.
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

    /// Replaces or removes a file. It refuses one that the generator does not own, or that was edited.
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

    /// Keeps a file of the history. It refuses one that differs from the plan or from what was generated.
    fn keep(&mut self, path: &OwnedPath, text: &str, bytes: Vec<u8>, owned: &Manifest) {
        let is_edited = owned.files.get(path).is_some_and(|digest| *digest != Digest::of(&bytes));
        if !is_edited && same_text(&bytes, text.as_bytes()) {
            self.unchanged += 1;
            return;
        }
        let diff = diff(path.as_str(), Some(&bytes), Some(text));
        self.refusals.push(Refusal { path: path.to_string(), kind: RefusalKind::Rewritten, diff });
    }

    /// Removes a file of the history. It refuses one that was edited since it was generated.
    fn retire(&mut self, path: &OwnedPath, bytes: Vec<u8>, owned: &Manifest) {
        let is_edited = owned.files.get(path).is_some_and(|digest| *digest != Digest::of(&bytes));
        if is_edited {
            self.refuse(path, RefusalKind::Rewritten);
        } else {
            self.changes.push(Change { path: path.clone(), text: None, before: Some(bytes) });
        }
    }

    /// Refuses a path once, even if several planned files lie behind the same link or file.
    fn refuse(&mut self, path: &OwnedPath, kind: RefusalKind) {
        if !self.refusals.iter().any(|refusal| refusal.path == path.as_str()) {
            self.refusals.push(Refusal { path: path.to_string(), kind, diff: String::new() });
        }
    }
}

/// Returns a unified diff of the current and the planned text; a missing file is `/dev/null`, as in git.
pub(super) fn diff(path: &str, before: Option<&[u8]>, after: Option<&str>) -> String {
    let old_name = before.map_or("/dev/null".to_owned(), |_| format!("a/{path}"));
    let new_name = after.map_or("/dev/null".to_owned(), |_| format!("b/{path}"));
    let old = normalized(before.unwrap_or_default());
    let new = normalized(after.unwrap_or_default().as_bytes());
    let (old, new) = (String::from_utf8_lossy(&old), String::from_utf8_lossy(&new));
    TextDiff::from_lines(&*old, &*new).unified_diff().header(&old_name, &new_name).to_string()
}
