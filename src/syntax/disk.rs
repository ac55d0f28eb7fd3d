//! The only place before `output` that touches the disk.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::json::MAX_BYTES;
use super::loader::{Loader, normalize};

/// Reads files from the disk: those that were given, whatever they are, and by `$ref` regular files in their directories
/// alone. A definition may come from somebody else; what it names ends up in messages and in generated code.
#[derive(Debug, Clone, Default)]
pub struct DiskLoader {
    /// Without `.` and `..`.
    given: Vec<PathBuf>,
    /// Without symbolic links.
    directories: Vec<PathBuf>,
}

impl DiskLoader {
    /// For these files, and for what they refer to in their own directories, in `included` ones, and below.
    pub fn new(given: &[PathBuf], included: &[PathBuf]) -> Self {
        let own = given.iter().map(|path| match path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        });
        let directories = own.chain(included.iter().map(PathBuf::as_path));
        Self {
            given: given.iter().map(|path| normalize(path)).collect(),
            // Nothing is in a directory that is not there.
            directories: directories.filter_map(|path| fs::canonicalize(path).ok()).collect(),
        }
    }

    /// The file that a `$ref` names, wherever links lead.
    fn referred(&self, path: &Path) -> io::Result<PathBuf> {
        let path = fs::canonicalize(path)?;
        if !self.directories.iter().any(|directory| path.starts_with(directory)) {
            let message =
                "it is outside of the definition's directory; `--include DIR` lets it be referred to";
            return Err(io::Error::other(message));
        }
        if !fs::metadata(&path)?.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        Ok(path)
    }
}

impl Loader for DiskLoader {
    /// Reads no more than one byte over the limit: enough to tell that a file is too large.
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
        assert!(reads(&loader, at("api/types")).expect_err("a folder").contains("no regular file"));
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
            (at("api/socket.json"), "no regular file"),
            (PathBuf::from("/proc/self/environ"), "outside of the definition's directory"),
        ] {
            let error = loader.load(&path).expect_err("it is not to be read").to_string();
            assert!(error.contains(expected), "{}: {error}", path.display());
        }
    }
}
