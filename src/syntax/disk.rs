//! The only code before `output` that reads the disk.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::json::MAX_BYTES;
use super::loader::{Loader, normalize};

/// Reads files from the disk: given files without restrictions, but for a `$ref` only regular files in their
/// directories. A definition may come from a third party, and what it names ends up in messages and in generated code.
#[derive(Debug, Clone, Default)]
pub struct DiskLoader {
    /// The given files, without `.` and `..`.
    given: Vec<PathBuf>,
    /// The directories of the files that a `$ref` may name, without symbolic links.
    directories: Vec<PathBuf>,
}

impl DiskLoader {
    /// Returns a loader for these files, and for those to which they refer in their own directories, in `included`
    /// directories, and below.
    pub fn new(given: &[PathBuf], included: &[PathBuf]) -> Self {
        let own = given.iter().map(|path| match path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        });
        let directories = own.chain(included.iter().map(PathBuf::as_path));
        Self {
            given: given.iter().map(|path| normalize(path)).collect(),
            // A directory that does not exist contains no files.
            directories: directories.filter_map(|path| fs::canonicalize(path).ok()).collect(),
        }
    }

    /// Returns the file that a `$ref` names, with symbolic links resolved.
    fn referred(&self, path: &Path) -> io::Result<PathBuf> {
        let path = fs::canonicalize(path)?;
        if !self.directories.iter().any(|directory| path.starts_with(directory)) {
            let message =
                "it is outside of the definition's directory; allow its directory with `--include DIR`";
            return Err(io::Error::other(message));
        }
        if !fs::metadata(&path)?.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        Ok(path)
    }
}

impl Loader for DiskLoader {
    /// Reads at most one byte more than the limit, which suffices to tell that a file is too large.
    fn load(&self, path: &Path) -> io::Result<Vec<u8>> {
        let file = match self.given.contains(&normalize(path)) {
            true => File::open(path)?,
            false => File::open(self.referred(path)?)?,
        };
        let mut bytes = Vec::new();
        file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::DiskLoader;
    use crate::syntax::Loader as _;

    #[test]
    fn a_reference_stays_inside() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |path: &str| folder.path().join(path);
        for directory in ["api/types", "shared", "api-secrets"] {
            fs::create_dir_all(at(directory)).expect("a folder");
        }
        for file in ["api/api.json", "api/types/a.json", "shared/b.json", "api-secrets/c.json", ".netrc"] {
            fs::write(at(file), "{}").expect("a file");
        }
        let given = [at("api/api.json")];
        let reads =
            |loader: &DiskLoader, path: PathBuf| loader.load(&path).map_err(|error| error.to_string());
        let loader = DiskLoader::new(&given, &[]);
        for inside in ["api/api.json", "api/types/a.json", "shared/../api/types/a.json"] {
            assert_eq!(reads(&loader, at(inside)), Ok(b"{}".to_vec()), "{inside}");
        }
        for outside in ["shared/b.json", "api/../.netrc", "api-secrets/c.json"] {
            let error = reads(&loader, at(outside)).expect_err(outside);
            assert!(error.contains("outside of the definition's directory"), "{error}");
        }
        assert!(reads(&loader, at("api/types")).expect_err("a folder").contains("not a regular file"));
        let wider = DiskLoader::new(&given, &[at("shared")]);
        assert_eq!(reads(&wider, at("shared/b.json")), Ok(b"{}".to_vec()));
        assert!(reads(&wider, at(".netrc")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_and_what_is_no_file_lead_nowhere() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |path: &str| folder.path().join(path);
        fs::create_dir(at("api")).expect("a folder");
        fs::write(at("secret"), "{}").expect("a file");
        std::os::unix::fs::symlink(at("secret"), at("api/link.json")).expect("a link");
        std::os::unix::net::UnixListener::bind(at("api/socket.json")).expect("a socket");
        let loader = DiskLoader::new(&[at("api/api.json")], &[]);
        for (path, expected) in [
            (at("api/link.json"), "outside of the definition's directory"),
            (at("api/socket.json"), "not a regular file"),
            (PathBuf::from("/proc/self/environ"), "outside of the definition's directory"),
        ] {
            let error = loader.load(&path).expect_err("it is not to be read").to_string();
            assert!(error.contains(expected), "{}: {error}", path.display());
        }
    }
}
