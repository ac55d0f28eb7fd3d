//! `.generated.json`: which files are the generator's.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};

use super::{
    digest::Digest,
    error::OutputError,
    path::{MANIFEST, OwnedPath},
    plan::Plan,
    tree,
};

/// The number of the format; a newer one is refused, since its rules are not known.
const FORMAT: u32 = 1;

/// What the generator wrote, and what it looked like.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: u32,
    /// Of the generator that wrote it. It is here, and not in every file, so that an upgrade touches one file.
    version: String,
    /// Sorted by path.
    pub(super) files: BTreeMap<OwnedPath, Digest>,
}

/// Only the number, so that a manifest of another format is named as such.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

impl Manifest {
    /// What is written beside a plan. The plan's paths were checked before.
    pub(super) fn of(files: &BTreeMap<OwnedPath, &str>) -> Self {
        let files = files.iter().map(|(path, text)| (path.clone(), Digest::of(text.as_bytes()))).collect();
        Self { format: FORMAT, version: env!("CARGO_PKG_VERSION").to_owned(), files }
    }

    /// Reads the manifest of an output, with its bytes; without one nothing is owned.
    pub(super) fn load(root: &Path) -> Result<(Self, Option<Vec<u8>>), OutputError> {
        let path = root.join(MANIFEST);
        match tree::read_own(&path)? {
            Some(bytes) => Ok((Self::parse(&bytes, &path)?, Some(bytes))),
            None => Ok((Self::of(&BTreeMap::new()), None)),
        }
    }

    /// The text, with every path on a line of its own.
    pub(super) fn to_text(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("invariant: a manifest is plain JSON");
        text + "\n"
    }

    fn parse(bytes: &[u8], path: &Path) -> Result<Self, OutputError> {
        let broken = |reason: String| OutputError::Manifest { path: path.to_path_buf(), reason };
        let Format { format } = serde_json::from_slice(bytes).map_err(|error| broken(error.to_string()))?;
        if format != FORMAT {
            return Err(broken(format!("its format is {format}, this dcrf knows {FORMAT}")));
        }
        serde_json::from_slice(bytes).map_err(|error| broken(error.to_string()))
    }
}

/// The plan with checked paths: what the generator owns.
pub(super) fn checked(plan: &Plan) -> Result<BTreeMap<OwnedPath, &str>, OutputError> {
    parsed(&plan.files)
}

/// Paths, checked.
pub(super) fn parsed(files: &BTreeMap<String, String>) -> Result<BTreeMap<OwnedPath, &str>, OutputError> {
    files.iter().map(|(path, text)| Ok((OwnedPath::parse(path)?, text.as_str()))).collect()
}
