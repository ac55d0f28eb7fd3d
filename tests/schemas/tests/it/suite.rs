//! The suite: `tests/json-schema`.

use std::fs;
use std::path::{Path, PathBuf};

use dcrf_scalars::schema::Value;

/// A group of tests: a schema, and values with what is to be said of them.
pub(crate) struct Group {
    /// The file's name without its ending.
    pub(crate) file: String,
    /// From 1.
    pub(crate) number: usize,
    pub(crate) description: String,
    pub(crate) schema: Value<'static>,
    /// What is tested, the value, and whether it is good.
    pub(crate) tests: Vec<(String, Value<'static>, bool)>,
}

impl Group {
    /// Why a definition with this schema is refused; `None`: it is not.
    pub(crate) fn refused(&self) -> Option<&'static str> {
        match (self.file.as_str(), self.description.as_str()) {
            ("default", "the default keyword does not do anything if the property is missing") => {
                Some("a default is what an argument is if it is absent, so that the schema has to take it")
            }
            (
                "refRemote",
                "remote HTTP ref with different $id" | "remote HTTP ref with different URN $id",
            ) => Some("files are known by their paths and their `$id`, and the address is neither"),
            _ => None,
        }
    }

    /// The action.
    pub(crate) fn action(&self) -> String {
        format!("group_{}", self.number)
    }
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../json-schema")
}

pub(crate) fn read(path: &Path) -> Value<'static> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Value::parse(&text, 128).unwrap_or_else(|error| panic!("{}: {error}", path.display())).into_owned()
}

pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let (folders, mut files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| path.is_dir());
    folders.iter().for_each(|folder| files.extend(self::files(folder)));
    files
}

/// The required groups.
pub(crate) fn groups() -> Vec<Group> {
    let folder = folder().join("tests/draft2020-12");
    let own = files(&folder).into_iter().filter(|path| path.parent() == Some(folder.as_path()));
    own.flat_map(|path| {
        let file = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let groups = read(&path);
        let groups = groups.as_list().expect("groups").to_vec();
        groups.into_iter().enumerate().map(move |(index, group)| self::group(&file, index + 1, &group))
    })
    .collect()
}

fn group(file: &str, number: usize, group: &Value<'static>) -> Group {
    let map = group.as_map().expect("a group");
    let tests = map.get("tests").and_then(Value::as_list).expect("tests").iter().map(|test| {
        let test = test.as_map().expect("a test");
        let data = test.get("data").expect("data").clone();
        (text(test.get("description")), data, test.get("valid") == Some(&Value::Boolean(true)))
    });
    Group {
        file: file.to_owned(),
        number,
        description: text(map.get("description")),
        schema: map.get("schema").expect("a schema").clone(),
        tests: tests.collect(),
    }
}

fn text(value: Option<&Value<'static>>) -> String {
    value.and_then(Value::as_text).unwrap_or_default().to_owned()
}
