//! Reads paths of the server's files: DRF's `FilePathField`, whose choices are what a directory contains.
//!
//! DRF lists the directory when the field is made. Here the one path that a client sends is looked up when it is sent,
//! so that files which are added or removed count at once.

use std::fs::{metadata, symlink_metadata};
use std::path::Path;

use serde_json::value::RawValue;

use super::fault::Fault;
use super::limits::matches_pattern;
use super::python;
use super::shape::Shape;
use crate::schema::meta::{FilePathMeta, TypeMeta};
use crate::schema::value::Value;

/// Django does not offer these directories, nor files of this name.
const NEVER: &str = "__pycache__";

/// Reads a path.
pub(super) fn file_path(
    ty: &TypeMeta,
    paths: &FilePathMeta,
    raw: &RawValue,
    shape: &Shape<'_>,
) -> Result<Value, Fault> {
    let input = python::str(raw);
    let is_text = matches!(shape, Shape::Text(_));
    if is_text && ((input.is_empty() && ty.blank) || is_choice(paths, &input)) {
        return Ok(Value::Text(input));
    }
    Err(Fault::new("invalid_choice", "\"{input}\" is not a valid path choice.").with("input", input))
}

/// Tells whether a path is one that Django would offer: as it writes it, of a file or directory that is there.
fn is_choice(paths: &FilePathMeta, path: &str) -> bool {
    let below = path.strip_prefix(paths.path).and_then(|rest| rest.strip_prefix('/'));
    let parts: Vec<&str> = below.unwrap_or_default().split('/').collect();
    let Some((name, folders)) = parts.split_last() else { return false };
    let is_name = |part: &&str| !matches!(*part, "" | "." | "..");
    if !parts.iter().all(is_name) || !(folders.is_empty() || paths.recursive) {
        return false;
    }
    if paths.pattern.is_some_and(|pattern| !matches_pattern(pattern, name)) {
        return false;
    }
    // A directory that is a symbolic link is not entered.
    let mut folder = paths.path.to_owned();
    let is_entered = folders.iter().all(|part| {
        folder = format!("{folder}/{part}");
        symlink_metadata(&folder).is_ok_and(|found| found.is_dir())
    });
    let Ok(found) = metadata(Path::new(path)) else { return false };
    let is_folder = found.is_dir();
    let is_hidden = *name == NEVER && (is_folder || !paths.recursive);
    is_entered && !is_hidden && if is_folder { paths.folders } else { paths.files }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_path_is_one_that_django_would_offer() {
        let directory = tempfile::tempdir().expect("a directory");
        let root: &'static str =
            Box::leak(directory.path().to_str().expect("a path in UTF-8").to_owned().into_boxed_str());
        for folder in ["a/b", "__pycache__"] {
            fs::create_dir_all(format!("{root}/{folder}")).expect("a directory");
        }
        for file in ["x.txt", "y.md", "a/x.txt", "a/b/x.txt", "__pycache__/x.txt"] {
            fs::write(format!("{root}/{file}"), "").expect("a file");
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(format!("{root}/a"), format!("{root}/link")).expect("a link");
        let flat = FilePathMeta::new(root);
        let taken = |paths: &FilePathMeta, path: &str| is_choice(paths, &format!("{root}/{path}"));
        for (path, is_flat, is_recursive, is_folder) in [
            ("x.txt", true, true, false),
            ("y.md", true, true, false),
            ("a", false, false, true),
            ("a/b", false, false, true),
            ("a/x.txt", false, true, false),
            ("a/b/x.txt", false, true, false),
            ("__pycache__", false, false, false),
            ("__pycache__/x.txt", false, true, false),
            ("link/x.txt", false, false, false),
            ("z.txt", false, false, false),
            ("", false, false, false),
            ("a/../x.txt", false, false, false),
            ("./x.txt", false, false, false),
            ("/x.txt", false, false, false),
            ("a/", false, false, false),
            ("x.txt\0", false, false, false),
        ] {
            assert_eq!(taken(&flat, path), is_flat, "{path}");
            assert_eq!(taken(&flat.recursive(), path), is_recursive, "{path}");
            assert_eq!(taken(&flat.recursive().folders().no_files(), path), is_folder, "{path}");
        }
        assert!(taken(&flat.pattern("^x"), "x.txt") && !taken(&flat.pattern("^x"), "y.md"));
        assert!(!is_choice(&flat, root) && !is_choice(&flat, "x.txt") && !is_choice(&flat, "/etc/passwd"));
    }
}
