//! An output that is locked, in a complete state, and can be written to.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{
    compare::{Change, Comparison, compare},
    digest::same_text,
    error::OutputError,
    fs::{Disk, Fs},
    journal,
    lock::Lock,
    manifest::{self, Manifest},
    path::{MANIFEST, OwnedPath, STAGING},
    plan::Plan,
    tree::{self, Found},
};

/// The changes that a run made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// The paths of new and changed files, and of the manifest if it changed.
    pub written: Vec<String>,
    /// The paths of removed files.
    pub removed: Vec<String>,
    /// The number of files that already had the planned text, and were not changed.
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
    /// Makes the directory if it does not exist, waits for other runs, and completes one that was interrupted.
    pub fn open(root: &Path) -> Result<Self, OutputError> {
        Self::open_on(&Disk, root)
    }

    /// Opens the directory without changing anything, so that an interrupted run stays as it is. Returns `None` if the
    /// directory does not exist.
    pub fn view(root: &Path) -> Result<Option<Self>, OutputError> {
        if !root.exists() {
            return Ok(None);
        }
        require_directory(root)?;
        let lock = Lock::shared(root)?;
        Self::load(root, lock).map(Some)
    }

    /// Returns the files below a folder that are UTF-8 text, of any author, with LF as line endings.
    ///
    /// # Errors
    /// If something cannot be read.
    pub fn texts_below(&self, folder: &str) -> Result<BTreeMap<String, String>, OutputError> {
        let folder = OwnedPath::parse(folder)?;
        let mut texts = BTreeMap::new();
        for path in tree::files_below(&self.root, &folder)? {
            if let Found::File(bytes) = tree::look(&self.root, &path)?
                && let Ok(text) = String::from_utf8(bytes)
            {
                texts.insert(path.to_string(), text.replace("\r\n", "\n"));
            }
        }
        Ok(texts)
    }

    /// Makes the directory equal to the plan, or leaves it unchanged.
    ///
    /// It refuses to change generated files that were edited, and files of others, unless `force`.
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
        let Comparison { changes, mut refusals, unchanged } = self.compare(plan, &files)?;
        refusals.retain(|refusal| !(force && refusal.kind.yields_to_force()));
        if !refusals.is_empty() {
            return Err(OutputError::Refused(refusals));
        }
        let manifest = Manifest::of(&files);
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
        plan: &'a Plan,
        files: &BTreeMap<OwnedPath, &'a str>,
    ) -> Result<Comparison<'a>, OutputError> {
        compare(plan, files, &self.manifest, &self.root)
    }

    /// Tells whether a file is listed as the generator's.
    pub(super) fn owns(&self, path: &str) -> bool {
        OwnedPath::parse(path).is_ok_and(|path| self.manifest.files.contains_key(&path))
    }

    /// Returns the text of the manifest on the disk.
    pub(super) fn manifest_text(&self) -> Option<&[u8]> {
        self.text.as_deref()
    }

    fn load(root: &Path, lock: Lock) -> Result<Self, OutputError> {
        let (manifest, text) = Manifest::load(root)?;
        Ok(Self { root: root.to_path_buf(), _lock: lock, manifest, text })
    }

    fn manifest_is(&self, text: &str) -> bool {
        self.text.as_deref().is_some_and(|now| same_text(now, text.as_bytes()))
    }

    /// Performs the four steps of the module's docs. A failure before the commit point is cleaned up as far as
    /// possible.
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
        // The output is complete; the next run removes a staging directory that is left.
        let _left_behind = journal::clear(fs, root);
        Ok(())
    }

    /// Removes what was staged. If that fails, too, and the journal exists, the run counts as interrupted instead.
    fn abandon(&self, fs: &dyn Fs, error: OutputError) -> OutputError {
        let cleared = journal::clear(fs, &self.root);
        match journal::pending(&self.root) {
            Ok(Some(_)) if cleared.is_err() => interrupted(&self.root, error),
            _ => error,
        }
    }
}

/// Makes a directory equal to the plan, or leaves it unchanged; see [`Directory::write`].
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
