//! The `dcrf-runtime` that the generated crate uses: that of the flag, else that of the definition, else this version.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail};

use super::args;
use crate::ir::Runtime;

/// Returns the runtime of the flags, if any was given. A relative path is one from the current directory, like every
/// path on a command line, and becomes relative to `crate_dir`, as manifests need it; an absolute path stays absolute.
pub(super) fn from_flags(flags: &args::Runtime, crate_dir: &Path) -> anyhow::Result<Option<Runtime>> {
    if let Some(path) = &flags.runtime_path {
        return from_path(path, crate_dir).map(Some);
    }
    if let Some(url) = &flags.runtime_git {
        return Ok(Some(Runtime::Git { url: url.clone(), rev: flags.runtime_rev.clone() }));
    }
    Ok(flags.runtime_version.clone().map(Runtime::Version))
}

/// Returns the published runtime of this generator's own version.
pub(super) fn published() -> Runtime {
    Runtime::Version(env!("CARGO_PKG_VERSION").to_owned())
}

/// Returns the runtime of the checkout that this binary was built in, if it still exists.
pub(super) fn of_checkout() -> Option<PathBuf> {
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("runtime");
    runtime.join("Cargo.toml").is_file().then_some(runtime)
}

fn from_path(path: &Path, crate_dir: &Path) -> anyhow::Result<Runtime> {
    if !path.join("Cargo.toml").is_file() {
        bail!(
            "there is no Cargo.toml in {}: --runtime-path must be the directory of dcrf-runtime",
            path.display()
        );
    }
    at(&if path.is_absolute() { path.to_path_buf() } else { relative(path, crate_dir)? })
}

/// Returns the runtime in a directory. Its path has the separators that manifests use on every system.
pub(super) fn at(path: &Path) -> anyhow::Result<Runtime> {
    let text = path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))?;
    Ok(Runtime::Path(text.replace('\\', "/")))
}

/// Returns the relative path from a directory (which need not exist yet) to another path.
pub(super) fn relative(path: &Path, from: &Path) -> anyhow::Result<PathBuf> {
    let (path, from) = (resolved(path)?, resolved(from)?);
    let shared = path.components().zip(from.components()).take_while(|(left, right)| left == right).count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    Ok(up.chain(path.components().skip(shared)).collect())
}

/// Returns an absolute path, with links resolved as far as it exists.
fn resolved(path: &Path) -> anyhow::Result<PathBuf> {
    let mut existing =
        std::path::absolute(path).with_context(|| format!("cannot find {}", path.display()))?;
    let mut missing = Vec::new();
    while !existing.exists() {
        match (existing.file_name().map(ToOwned::to_owned), existing.pop()) {
            (Some(name), true) => missing.push(name),
            _ => break,
        }
    }
    let existing = existing.canonicalize().with_context(|| format!("cannot find {}", existing.display()))?;
    Ok(missing.into_iter().rev().fold(existing, |path, name| path.join(name)))
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::relative;

    #[test]
    fn the_way_leads_through_what_is_shared() {
        let directory = tempfile::tempdir().unwrap();
        let at = |path: &str| directory.path().join(path);
        std::fs::create_dir_all(at("dcrf/runtime")).unwrap();
        let way = relative(&at("dcrf/runtime"), &at("todo/generated")).unwrap();
        assert_eq!(way, PathBuf::from("../../dcrf/runtime"));
        assert_eq!(relative(Path::new("."), Path::new(".")).unwrap(), PathBuf::new());
    }
}
