//! `.generated.json`: the list of the generator's files.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};

use super::{
    digest::Digest,
    error::OutputError,
    path::{MANIFEST, OwnedPath},
    plan::Plan,
    tree,
};

/// The version of the format; a newer one is refused, because its rules are unknown.
const FORMAT: u32 = 1;

/// The files that the generator wrote, with their hashes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: u32,
    /// The version of the generator that wrote it. It is only here and not in every file, so that an upgrade changes
    /// one file.
    version: String,
    /// The files, sorted by path.
    pub(super) files: BTreeMap<OwnedPath, Digest>,
}

/// The version of the format alone, so that a manifest of another format gets its own error.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

impl Manifest {
    /// Returns the manifest of a plan, whose paths were checked before.
    pub(super) fn of(files: &BTreeMap<OwnedPath, &str>) -> Self {
        let files = files.iter().map(|(path, text)| (path.clone(), Digest::of(text.as_bytes()))).collect();
        Self { format: FORMAT, version: env!("CARGO_PKG_VERSION").to_owned(), files }
    }

    /// Reads the manifest of an output, with its bytes; without a manifest the generator owns nothing.
    pub(super) fn load(root: &Path) -> Result<(Self, Option<Vec<u8>>), OutputError> {
        let path = root.join(MANIFEST);
        match tree::read_own(&path)? {
            Some(bytes) => Ok((Self::parse(&bytes, &path)?, Some(bytes))),
            None => Ok((Self::of(&BTreeMap::new()), None)),
        }
    }

    /// Returns the text, with each path on its own line.
    pub(super) fn to_text(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("invariant: a manifest is plain JSON");
        text + "\n"
    }

    fn parse(bytes: &[u8], path: &Path) -> Result<Self, OutputError> {
        let broken = |reason: String| OutputError::Manifest { path: path.to_path_buf(), reason };
        let Format { format } = serde_json::from_slice(bytes).map_err(|error| broken(error.to_string()))?;
        if format != FORMAT {
            return Err(broken(format!("its format is {format}, but this version of dcrf reads {FORMAT}")));
        }
        serde_json::from_slice(bytes).map_err(|error| broken(error.to_string()))
    }
}

/// Returns the files of the plan with checked paths: those that the generator owns.
pub(super) fn checked(plan: &Plan) -> Result<BTreeMap<OwnedPath, &str>, OutputError> {
    parsed(&plan.files)
}

/// Checks the paths of files.
pub(super) fn parsed(files: &BTreeMap<String, String>) -> Result<BTreeMap<OwnedPath, &str>, OutputError> {
    files.iter().map(|(path, text)| Ok((OwnedPath::parse(path)?, text.as_str()))).collect()
}
