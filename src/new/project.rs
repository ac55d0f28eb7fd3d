//! What a new project is told, and what it may be called: the rules of cargo for packages, and no name that its own
//! crates need.

use crate::ir::{Name, Runtime};

/// What a new project is told.
#[derive(Debug, Clone)]
pub struct Project {
    /// The name, checked by [`check_name`]: that of the directory, the application and the definition's file.
    pub name: String,
    /// Where the application finds `dcrf-runtime`; a path is relative to the project.
    pub app: Runtime,
    /// Where the generated crate finds it; a path is relative to that crate.
    pub generated: Runtime,
}

/// Why a name does not do; displays as a sentence with a suggestion where there is one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// Not a word of small letters, digits, `-` and `_` that begins with a letter.
    #[error("`{name}` cannot be a crate: use small letters, digits and `-`, a letter first{}", suggestion.as_ref().map(|name| format!("; `{name}` would do")).unwrap_or_default())]
    Spelling {
        /// As given, with control characters escaped.
        name: String,
        /// The nearest name that does.
        suggestion: Option<String>,
    },
    /// A word of the language, a crate of Rust itself, or one that the project depends on.
    #[error("`{name}` is taken by Rust or by a crate of the project; `my-{name}` would do")]
    Taken {
        /// As given.
        name: String,
    },
}

/// Crates of the toolchain (cargo refuses them too) and those that the project depends on.
const TAKEN: &[&str] = &[
    "alloc",
    "build",
    "core",
    "dcrf",
    "dcrf_runtime",
    "dcrf_scalars",
    "deps",
    "examples",
    "generated",
    "incremental",
    "proc_macro",
    "serde",
    "std",
    "test",
    "tokio",
];

/// Names that no file can have on Windows (Microsoft, "Naming Files, Paths, and Namespaces"), as far as they can be
/// crates.
const DEVICES: &[&str] = &["aux", "con", "nul", "prn"];

/// Says whether a project can have this name.
pub fn check_name(name: &str) -> Result<(), NameError> {
    if !is_spelled_well(name) {
        let near = Name::parse(name).kebab();
        let suggestion = Some(near).filter(|near| is_spelled_well(near) && !is_taken(near));
        return Err(NameError::Spelling { name: name.escape_debug().to_string(), suggestion });
    }
    if is_taken(name) { Err(NameError::Taken { name: name.to_owned() }) } else { Ok(()) }
}

fn is_taken(name: &str) -> bool {
    let ident = name.replace('-', "_");
    // `syn` knows the words of the language: they do not parse as identifiers.
    let keyword = syn::parse_str::<syn::Ident>(&ident).is_err();
    keyword || TAKEN.contains(&&*ident) || DEVICES.contains(&&*ident) || is_numbered_device(&ident)
}

/// Longer names are possible in theory; no file system takes a file of more than 255 bytes.
fn is_spelled_well(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric())
        && name.len() <= 64
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'))
}

fn is_numbered_device(ident: &str) -> bool {
    let number = ident.strip_prefix("com").or_else(|| ident.strip_prefix("lpt"));
    number.is_some_and(|number| number.len() == 1 && number != "0" && number.as_bytes()[0].is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{NameError, check_name};

    #[test]
    fn names_of_crates_are_taken() {
        for good in ["todo", "my-todo", "a1", "my_todo", "todo-2"] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "1a",
            "-a",
            "a-",
            "Todo",
            "to do",
            "tödo",
            "a/b",
            "..",
            "fn",
            "async",
            "test",
            "std",
            "con",
            "com1",
            "dcrf-runtime",
        ] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_near_name_is_suggested() {
        let error = check_name("MyTodo").unwrap_err();
        assert!(matches!(&error, NameError::Spelling { suggestion: Some(name), .. } if name == "my-todo"));
        assert_eq!(
            error.to_string(),
            "`MyTodo` cannot be a crate: use small letters, digits and `-`, a letter first; `my-todo` would do"
        );
    }
}
