//! The parameters of a new project, and the names that it can have: the rules of cargo for packages, without the names
//! that its own crates need.

use crate::ir::{Name, Runtime};

/// The parameters of a new project.
#[derive(Debug, Clone)]
pub struct Project {
    /// The name, checked by [`check_name`]: that of the directory, the application and the definition's file.
    pub name: String,
    /// The source of `dcrf-runtime` for the application; a path is relative to the project.
    pub app: Runtime,
    /// The source of `dcrf-runtime` for the generated crate; a path is relative to that crate.
    pub generated: Runtime,
}

/// The reason why a name is not possible; displays as a sentence, with a suggestion if there is one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// The name is not a word of lowercase letters, digits, `-` and `_` that begins with a letter.
    #[error("`{name}` cannot be the name of a crate: use lowercase letters, digits and `-`, and begin with a letter{}", suggestion.as_ref().map(|name| format!("; `{name}` is possible")).unwrap_or_default())]
    Spelling {
        /// The name as given, with control characters escaped.
        name: String,
        /// The most similar possible name.
        suggestion: Option<String>,
    },
    /// The name is a keyword of Rust, a crate of Rust itself, or a crate that the project depends on.
    #[error("`{name}` is taken by Rust or by a crate of the project; `my-{name}` is possible")]
    Taken {
        /// The name as given.
        name: String,
    },
}

/// The crates of the toolchain (cargo refuses them too) and those that the project depends on.
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

/// The names that a file cannot have on Windows (Microsoft, "Naming Files, Paths, and Namespaces"), as far as they can
/// be crates.
const DEVICES: &[&str] = &["aux", "con", "nul", "prn"];

/// Tells whether a project can have this name.
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
    // `syn` does not parse a keyword as an identifier.
    let keyword = syn::parse_str::<syn::Ident>(&ident).is_err();
    keyword || TAKEN.contains(&&*ident) || DEVICES.contains(&&*ident) || is_numbered_device(&ident)
}

/// Tells whether a name has the right characters and at most 64 bytes. Longer names are possible in theory, but file
/// systems allow at most 255 bytes in the name of a file.
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
            "`MyTodo` cannot be the name of a crate: use lowercase letters, digits and `-`, and begin with a letter; \
             `my-todo` is possible"
        );
    }
}
