//! Compares an output with a plan, without writing anything.

use std::path::Path;

use super::{
    compare::{self, Change},
    directory::Directory,
    error::OutputError,
    foreign, journal,
    manifest::{self, Manifest},
    path::{MANIFEST, STAGING},
    plan::Plan,
    refusal::{Refusal, RefusalKind},
};

/// A difference between the plan and the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// The path of the file, relative to the output.
    pub path: String,
    /// The kind of the difference.
    pub kind: DriftKind,
    /// The change that `generate` would make, as a unified diff.
    pub diff: String,
}

/// The kind of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DriftKind {
    /// The file is planned and does not exist.
    Missing,
    /// The text of the file differs from the plan.
    Changed,
    /// The file was generated once, and is not planned any more.
    Stale,
    /// Something else is in its place, which `generate` would refuse to remove.
    Blocked,
    /// The file belongs to the history, and its text is not the generated one.
    Rewritten,
    /// The file was not generated, and would be compiled or applied as if it were.
    Unlisted,
    /// A run was interrupted here; the next one completes it.
    Interrupted,
}

impl DriftKind {
    /// Returns the stable name, such as `missing`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Changed => "changed",
            Self::Stale => "stale",
            Self::Blocked => "blocked",
            Self::Rewritten => "rewritten",
            Self::Unlisted => "unlisted",
            Self::Interrupted => "interrupted",
        }
    }
}

/// Returns every difference between the plan and the disk, and the files among the generated ones that were not
/// generated. The result is empty exactly if `write` would not change or refuse anything, and no file of anyone else
/// would be compiled or applied.
pub fn check(plan: &Plan, root: &Path) -> Result<Vec<Drift>, OutputError> {
    let files = manifest::checked(plan)?;
    let expected = Manifest::of(&files).to_text();
    let Some(directory) = Directory::view(root)? else {
        let own = plan.own.iter().map(|(path, text)| (path.as_str(), text.as_str()));
        let texts = files.iter().map(|(path, text)| (path.as_str(), *text)).chain(own);
        let texts = texts.chain([(MANIFEST, &*expected)]);
        return Ok(texts.map(|(path, text)| drift(path, None, Some(text))).collect());
    };
    let comparison = directory.compare(plan, &files)?;
    let mut drifts: Vec<Drift> = comparison.changes.iter().map(of_change).collect();
    let blocked = comparison.refusals.into_iter().filter(|refusal| !refusal.kind.yields_to_force());
    drifts.extend(blocked.map(of_refusal));
    let strange = foreign::files(&files, root)?.into_iter().map(|path| Drift {
        path: path.to_string(),
        kind: DriftKind::Unlisted,
        diff: String::new(),
    });
    drifts.extend(strange.filter(|drift| !directory.owns(&drift.path)));
    drifts.sort_by(|left, right| left.path.cmp(&right.path));
    let own = drift(MANIFEST, directory.manifest_text(), Some(&expected));
    if !own.diff.is_empty() || own.kind == DriftKind::Missing {
        drifts.push(own);
    }
    // If everything is in place, a staging directory that was left is not a difference: the next run only removes it.
    if !drifts.is_empty() && journal::pending(root)?.is_some() {
        let interrupted =
            Drift { path: STAGING.to_owned(), kind: DriftKind::Interrupted, diff: String::new() };
        drifts.insert(0, interrupted);
    }
    Ok(drifts)
}

fn of_refusal(refusal: Refusal) -> Drift {
    let kind = match refusal.kind {
        RefusalKind::Rewritten => DriftKind::Rewritten,
        RefusalKind::Unlisted => DriftKind::Unlisted,
        _ => DriftKind::Blocked,
    };
    Drift { path: refusal.path, kind, diff: refusal.diff }
}

fn of_change(change: &Change<'_>) -> Drift {
    drift(change.path.as_str(), change.before.as_deref(), change.text)
}

fn drift(path: &str, before: Option<&[u8]>, after: Option<&str>) -> Drift {
    let kind = match (before, after) {
        (None, _) => DriftKind::Missing,
        (Some(_), Some(_)) => DriftKind::Changed,
        (Some(_), None) => DriftKind::Stale,
    };
    Drift { path: path.to_owned(), kind, diff: compare::diff(path, before, after) }
}
