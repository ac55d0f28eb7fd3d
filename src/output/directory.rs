//! An output that is held open: locked, complete, and written to.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{
    compare::{Change, Comparison, compare},
    error::OutputError,
    fs::{Disk, Fs},
    journal::{self, STAGING},
    lock::Lock,
    manifest::{self, MANIFEST, Manifest},
    path::OwnedPath,
    plan::Plan,
    tree::{self, Found},
};

/// What a run changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Paths of new and changed files, the manifest among them.
    pub written: Vec<String>,
    /// Paths of removed files.
    pub removed: Vec<String>,
    /// How many files were as planned already, and were not touched.
    pub unchanged: usize,
}

/// An output directory, locked against other runs until it is dropped.
#[derive(Debug)]
pub struct Directory {
    root: PathBuf,
    _lock: Lock,
    manifest: Manifest,
    /// The manifest's bytes, if there is one.
    text: Option<Vec<u8>>,
}

impl Directory {
    /// Makes the directory if it is not there, waits for other runs, and completes one that was interrupted.
    pub fn open(root: &Path) -> Result<Self, OutputError> {
        Self::open_on(&Disk, root)
    }

    /// Looks at the directory without changing anything, so an interrupted run stays as it is.
    /// A directory that is not there is one without files.
    pub fn view(root: &Path) -> Result<Option<Self>, OutputError> {
        if !root.exists() {
            return Ok(None);
        }
        require_directory(root)?;
        let lock = Lock::shared(root)?;
        Self::load(root, lock).map(Some)
    }

    /// The files that the generator owns here and that can be read as text: what the former run left.
    pub fn owned(&self) -> Result<BTreeMap<String, String>, OutputError> {
        let mut texts = BTreeMap::new();
        for path in self.manifest.files.keys() {
            if let Found::File(bytes) = tree::look(&self.root, path)?
                && let Ok(text) = String::from_utf8(bytes)
            {
                texts.insert(path.to_string(), text.replace("\r\n", "\n"));
            }
        }
        Ok(texts)
    }

    /// How many files there are, if all of them are there as this generator made them from the same inputs (see
    /// [`Plan::inputs`]): planning and writing would change nothing. Every file is read, so no edit goes unseen.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn is_made_from(&self, inputs: &str) -> Result<Option<usize>, OutputError> {
        if !self.manifest.is_of(inputs)
            || !self.manifest_is(&self.manifest.to_text())
            || journal::pending(&self.root)?.is_some()
        {
            return Ok(None);
        }
        for (path, digest) in &self.manifest.files {
            if tree::look(&self.root, path)?.digest().as_ref() != Some(digest) {
                return Ok(None);
            }
        }
        Ok(Some(self.manifest.files.len()))
    }

    /// Makes the directory read as planned, or leaves it as it is.
    ///
    /// Files of the generator that were edited, and files of others, are refused unless `force`.
    pub fn write(&self, plan: &Plan, force: bool) -> Result<Written, OutputError> {
        self.write_on(&Disk, plan, force)
    }

    pub(super) fn open_on(fs: &dyn Fs, root: &Path) -> Result<Self, OutputError> {
        if root.exists() {
            require_directory(root)?;
        } else {
            fs.create_dirs(root).map_err(OutputError::io("create", root))?;
        }
        let lock = Lock::exclusive(root)?;
        if let Some(journal) = journal::pending(root)? {
            journal::apply(fs, root, &journal).map_err(|cause| interrupted(root, cause))?;
        }
        journal::clear(fs, root)?;
        Self::load(root, lock)
    }

    pub(super) fn write_on(&self, fs: &dyn Fs, plan: &Plan, force: bool) -> Result<Written, OutputError> {
        let files = manifest::checked(plan)?;
        let Comparison { changes, mut refusals, unchanged } = self.compare(&files)?;
        refusals.retain(|refusal| !(force && refusal.kind.yields_to_force()));
        if !refusals.is_empty() {
            return Err(OutputError::Refused(refusals));
        }
        let manifest = Manifest::of(&files, self.known(&changes, plan));
        let text = manifest.to_text();
        let mut written = summary(&changes, unchanged);
        if changes.is_empty() && self.manifest_is(&text) {
            return Ok(written);
        }
        written.written.extend((!self.manifest_is(&text)).then(|| MANIFEST.to_owned()));
        self.switch(fs, changes, &text, &manifest)?;
        Ok(written)
    }

    pub(super) fn compare<'a>(
        &self,
        files: &BTreeMap<OwnedPath, &'a str>,
    ) -> Result<Comparison<'a>, OutputError> {
        compare(files, &self.manifest, &self.root)
    }

    /// The manifest as it reads on the disk.
    pub(super) fn manifest_text(&self) -> Option<&[u8]> {
        self.text.as_deref()
    }

    /// The inputs to note. Where no file changes, those that are noted stay, so that nothing is written only because
    /// another build of the generator ran.
    pub(super) fn known<'a>(&'a self, changes: &[Change<'_>], plan: &'a Plan) -> &'a str {
        if changes.is_empty() { self.manifest.inputs() } else { &plan.inputs }
    }

    fn load(root: &Path, lock: Lock) -> Result<Self, OutputError> {
        let (manifest, text) = Manifest::load(root)?;
        Ok(Self { root: root.to_path_buf(), _lock: lock, manifest, text })
    }

    fn manifest_is(&self, text: &str) -> bool {
        self.text.as_deref().is_some_and(|now| super::digest::same_text(now, text.as_bytes()))
    }

    /// The four steps of the module's docs. What fails before the commit point is cleaned up as far as that goes.
    fn switch(
        &self,
        fs: &dyn Fs,
        changes: Vec<Change<'_>>,
        text: &str,
        manifest: &Manifest,
    ) -> Result<(), OutputError> {
        let root = &self.root;
        let staged = journal::stage(fs, root, changes, (self.text.as_deref(), text), &manifest.files);
        let journal = match staged {
            Ok(journal) => journal,
            Err(error) => return Err(self.abandon(fs, error)),
        };
        journal::apply(fs, root, &journal).map_err(|cause| interrupted(root, cause))?;
        // The output is complete; a staging directory that stays is cleared by the next run.
        let _left_behind = journal::clear(fs, root);
        Ok(())
    }

    /// Clears what was staged. If that fails too and the journal stands, the run counts as interrupted instead.
    fn abandon(&self, fs: &dyn Fs, error: OutputError) -> OutputError {
        let cleared = journal::clear(fs, &self.root);
        match journal::pending(&self.root) {
            Ok(Some(_)) if cleared.is_err() => interrupted(&self.root, error),
            _ => error,
        }
    }
}

/// Makes a directory read as planned, or leaves it as it is; see [`Directory::write`].
pub fn write(plan: &Plan, root: &Path, force: bool) -> Result<Written, OutputError> {
    Directory::open(root)?.write(plan, force)
}

fn summary(changes: &[Change<'_>], unchanged: usize) -> Written {
    let (placed, gone): (Vec<_>, Vec<_>) = changes.iter().partition(|change| change.text.is_some());
    let paths = |changes: Vec<&Change<'_>>| changes.iter().map(|change| change.path.to_string()).collect();
    Written { written: paths(placed), removed: paths(gone), unchanged }
}

fn require_directory(root: &Path) -> Result<(), OutputError> {
    if root.is_dir() { Ok(()) } else { Err(OutputError::NotADirectory { path: root.to_path_buf() }) }
}

fn interrupted(root: &Path, cause: OutputError) -> OutputError {
    OutputError::Interrupted { staging: root.join(STAGING), cause: Box::new(cause) }
}
