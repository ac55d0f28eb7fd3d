//! The staging directory and the journal: the switch from one output to the next, which any run can complete.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::ErrorKind::{DirectoryNotEmpty, NotADirectory, NotFound},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{
    compare::Change,
    digest::Digest,
    error::OutputError,
    fs::Fs,
    path::{MANIFEST, OwnedPath, STAGING},
    tree::{self, Found},
};

const JOURNAL: &str = "journal.json";
const UNFINISHED: &str = "journal.new";
const STAGED_MANIFEST: &str = "manifest";
const FORMAT: u32 = 1;

/// The steps that remain after the commit point.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Journal {
    format: u32,
    steps: Vec<Step>,
    manifest_before: Option<Digest>,
    manifest_after: Digest,
}

/// One step of the switch: it places a staged file, or removes the file at a path.
#[derive(Debug, Serialize, Deserialize)]
struct Step {
    path: OwnedPath,
    /// The hash of the file before the step; `None` if there is none.
    before: Option<Digest>,
    /// The hash of the staged file; `None` if the file is removed.
    after: Option<Digest>,
    /// The number of the staged file.
    staged: Option<usize>,
}

/// Writes all new texts beside the output and commits to them; `digests` has their hashes as far as they are known. An
/// error leaves the output unchanged.
pub(super) fn stage(
    fs: &dyn Fs,
    root: &Path,
    mut changes: Vec<Change<'_>>,
    manifest: (Option<&[u8]>, &str),
    digests: &BTreeMap<OwnedPath, Digest>,
) -> Result<Journal, OutputError> {
    let staging = root.join(STAGING);
    fs.create_dirs(&staging).map_err(OutputError::io("create", &staging))?;
    // The files that a killed run leaves here stay out of version control.
    write(fs, &staging.join(".gitignore"), "*\n")?;
    in_order(&mut changes);
    let mut steps = Vec::with_capacity(changes.len());
    let mut files = Vec::with_capacity(changes.len());
    for (number, change) in changes.iter().enumerate() {
        files.extend(change.text.map(|text| (staging.join(number.to_string()), text.as_bytes())));
        steps.push(Step {
            path: change.path.clone(),
            before: change.before_digest(),
            after: change.text.map(|text| {
                // The files of the user's own are not among the known hashes.
                digests.get(&change.path).cloned().unwrap_or_else(|| Digest::of(text.as_bytes()))
            }),
            staged: change.text.map(|_| number),
        });
    }
    fs.write_all_synced(&files).map_err(|(path, error)| OutputError::io("write", &path)(error))?;
    let (before, text) = manifest;
    write(fs, &staging.join(STAGED_MANIFEST), text)?;
    let journal = Journal {
        format: FORMAT,
        steps,
        manifest_before: before.map(Digest::of),
        manifest_after: Digest::of(text.as_bytes()),
    };
    commit(fs, &staging, &journal)?;
    Ok(journal)
}

/// Returns the journal that a run left behind, if the run reached the commit point.
pub(super) fn pending(root: &Path) -> Result<Option<Journal>, OutputError> {
    let staging = root.join(STAGING);
    match tree::metadata(&staging)? {
        None => return Ok(None),
        Some(meta) if meta.is_dir() => {}
        Some(_) => return Err(OutputError::Link { path: staging }),
    }
    let bytes = tree::read_own(&staging.join(JOURNAL))?;
    // The journal is complete or missing, so this generator did not write one that cannot be parsed. Ignoring it is
    // safe: the files that it would have placed are then checked by the manifest like any others.
    let journal = bytes.and_then(|bytes| serde_json::from_slice::<Journal>(&bytes).ok());
    Ok(journal.filter(|journal| journal.format == FORMAT))
}

/// Performs the remaining steps of a committed journal, then puts the manifest into place.
pub(super) fn apply(fs: &dyn Fs, root: &Path, journal: &Journal) -> Result<(), OutputError> {
    let staging = root.join(STAGING);
    let manifest = root.join(MANIFEST);
    let now = tree::read_own(&manifest)?.as_deref().map(Digest::of);
    if now != journal.manifest_before && now.as_ref() != Some(&journal.manifest_after) {
        return Ok(()); // The output was moved to another state since then, so the journal does not apply to it.
    }
    let mut touched = BTreeSet::new();
    for step in &journal.steps {
        take(fs, root, &staging, step, &mut touched)?;
    }
    for directory in touched.iter().filter(|directory| directory.is_dir()) {
        fs.sync_dir(directory).map_err(OutputError::io("sync", directory))?;
    }
    let staged = staging.join(STAGED_MANIFEST);
    if tree::metadata(&staged)?.is_some() {
        fs.rename(&staged, &manifest).map_err(OutputError::io("write", &manifest))?;
    }
    fs.sync_dir(root).map_err(OutputError::io("sync", root))
}

/// Removes the staging directory: the journal first, so that it does not exist longer than the files that it names.
pub(super) fn clear(fs: &dyn Fs, root: &Path) -> Result<(), OutputError> {
    let staging = root.join(STAGING);
    if tree::metadata(&staging)?.is_none() {
        return Ok(());
    }
    remove(fs, &staging.join(JOURNAL))?;
    for entry in fs::read_dir(&staging).map_err(OutputError::io("read", &staging))? {
        let entry = entry.map_err(OutputError::io("read", &staging))?;
        remove(fs, &entry.path())?;
    }
    fs.remove_dir(&staging).map_err(OutputError::io("remove", &staging))
}

/// Writes the journal. The rename is the commit point: before it there is no journal, after it there is a complete one.
fn commit(fs: &dyn Fs, staging: &Path, journal: &Journal) -> Result<(), OutputError> {
    let text = serde_json::to_string(journal).expect("invariant: a journal is plain JSON");
    let (unfinished, finished) = (staging.join(UNFINISHED), staging.join(JOURNAL));
    write(fs, &unfinished, &text)?;
    // The names of the staged files must be on the disk before the journal that refers to them.
    fs.sync_dir(staging).map_err(OutputError::io("sync", staging))?;
    fs.rename(&unfinished, &finished).map_err(OutputError::io("write", &finished))?;
    fs.sync_dir(staging).map_err(OutputError::io("sync", staging))
}

fn take(
    fs: &dyn Fs,
    root: &Path,
    staging: &Path,
    step: &Step,
    touched: &mut BTreeSet<PathBuf>,
) -> Result<(), OutputError> {
    let place = step.path.under(root);
    let found = tree::look(root, &step.path)?;
    let now = found.digest();
    let expected = match found {
        Found::Absent => step.before.is_none() || step.staged.is_none(),
        Found::File(_) => now == step.before || now == step.after,
        // A directory that became empty is removed to make room for a file.
        Found::Directory => step.before.is_none() && prune(fs, root, &place, touched)?,
        Found::Behind(_) | Found::Link(_) => false,
    };
    match step.staged {
        _ if !expected => {} // A user has changed it meanwhile: the next comparison finds a file edited by hand.
        Some(number) => {
            let staged = staging.join(number.to_string());
            if tree::metadata(&staged)?.is_some() {
                make_parent(fs, root, &place, touched)?;
                fs.rename(&staged, &place).map_err(OutputError::io("write", &place))?;
            }
        }
        None => {
            if now.is_some() {
                fs.remove_file(&place).map_err(OutputError::io("remove", &place))?;
            }
            // The directory is removed even if the file was gone already: a kill between the two steps leaves it empty.
            let parent = place.parent().unwrap_or(root);
            prune(fs, root, parent, touched)?;
            touched.insert(parent.to_path_buf());
        }
    }
    Ok(())
}

/// Makes the directories above a path; the name of each new one has to be synced, too.
fn make_parent(
    fs: &dyn Fs,
    root: &Path,
    place: &Path,
    touched: &mut BTreeSet<PathBuf>,
) -> Result<(), OutputError> {
    let parent = place.parent().unwrap_or(root);
    if !parent.is_dir() {
        fs.create_dirs(parent).map_err(OutputError::io("create", parent))?;
    }
    touched.extend(parent.ancestors().take_while(|above| above.starts_with(root)).map(Path::to_path_buf));
    Ok(())
}

/// Removes a directory and those above it, as far as they are empty; the output itself stays. Returns whether the first
/// one was removed.
fn prune(
    fs: &dyn Fs,
    root: &Path,
    directory: &Path,
    touched: &mut BTreeSet<PathBuf>,
) -> Result<bool, OutputError> {
    let mut gone = false;
    for above in directory.ancestors().take_while(|above| above.starts_with(root) && *above != root) {
        match fs.remove_dir(above) {
            Ok(()) => gone = true,
            Err(error) if error.kind() == NotFound => continue,
            // A file or a link that was put there meanwhile is not an empty directory either.
            Err(error) if matches!(error.kind(), DirectoryNotEmpty | NotADirectory) => break,
            Err(error) => return Err(OutputError::io("remove", above)(error)),
        }
        touched.extend(above.parent().map(Path::to_path_buf));
    }
    Ok(gone)
}

/// Sorts the changes: new files, then changed ones, then removals. A removal that makes room for a new file comes
/// first.
fn in_order(changes: &mut [Change<'_>]) {
    let new: Vec<OwnedPath> = changes.iter().filter(|c| c.before.is_none()).map(|c| c.path.clone()).collect();
    let in_the_way = |path: &OwnedPath| new.iter().any(|other| path.is_above(other) || other.is_above(path));
    changes.sort_by_key(|change| match (change.text, &change.before) {
        (None, _) if in_the_way(&change.path) => 0,
        (Some(_), None) => 1,
        (Some(_), Some(_)) => 2,
        (None, _) => 3,
    });
}

fn write(fs: &dyn Fs, path: &Path, text: &str) -> Result<(), OutputError> {
    fs.write_synced(path, text.as_bytes()).map_err(OutputError::io("write", path))
}

fn remove(fs: &dyn Fs, path: &Path) -> Result<(), OutputError> {
    match fs.remove_file(path) {
        Err(error) if error.kind() == NotFound => Ok(()),
        result => result.map_err(OutputError::io("remove", path)),
    }
}
