//! What the compiler tells whoever serves a generated crate without a handler, or with a wrong one. The sentences are
//! ours; what stands around them is the compiler's, and differs between its versions.

use std::fs;
use std::process::Command;

use crate::compile::{target_directory, write_if_changed};
use crate::golden::root;

/// A program over `generated/users`, and what the compiler has to say of it; nothing: it compiles.
const CASES: [(&str, &str, &[&str]); 5] = [
    (
        "served",
        "pub struct Users;
impl users::consumers::UserHandler for Users {
    async fn validate_password(&self, _: &dcrf_runtime::Context, value: String) -> dcrf_runtime::Result<String> {
        Ok(value)
    }
}
pub fn all() -> dcrf_runtime::Service {
    users::service(Users)
}
pub fn one() -> dcrf_runtime::Service {
    use users::consumers::UserConsumer;
    dcrf_runtime::Service::new(\"users\", users::MIGRATIONS).consumer(UserConsumer::new(std::sync::Arc::new(Users)))
}",
        &[],
    ),
    (
        "no_handler",
        "pub struct Users;
pub fn all() -> dcrf_runtime::Service {
    users::service(Users)
}",
        &["`Users` does not serve `users`", "implement `UserHandler` for it: `dcrf scaffold` writes the stubs"],
    ),
    (
        "missing_method",
        "pub struct Users;
impl users::consumers::UserHandler for Users {}",
        &["missing: `validate_password`"],
    ),
    (
        "wrong_method",
        "pub struct Users;
impl users::consumers::UserHandler for Users {
    async fn validate_password(&self, _: &dcrf_runtime::Context, value: i64) -> dcrf_runtime::Result<String> {
        Ok(value.to_string())
    }
}",
        &["method `validate_password` has an incompatible type for trait", "found `i64`"],
    ),
    (
        "no_consumer",
        "pub struct Users;
pub fn all() -> dcrf_runtime::Service {
    dcrf_runtime::Service::new(\"users\", users::MIGRATIONS).consumer(Users)
}",
        &[
            "`Users` is not a consumer",
            "`.consumer(PostsConsumer::new(Arc::new(MyHandler)))`",
            "`dcrf scaffold` writes the stubs",
        ],
    ),
];

#[test]
fn the_compiler_says_what_a_handler_lacks() {
    let folder = root().join("target/handlers");
    let mut members = Vec::new();
    for (name, text, _) in CASES {
        let case = folder.join(name);
        fs::create_dir_all(case.join("src")).expect("writable");
        let manifest = format!(
            "[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[dependencies]\ndcrf-runtime = {{ path = {:?} }}\nusers = {{ path = {:?} }}\n",
            root().join("runtime"),
            root().join("generated/users"),
        );
        write_if_changed(&case.join("Cargo.toml"), &manifest);
        write_if_changed(&case.join("src/lib.rs"), text);
        members.push(format!("{name:?}"));
    }
    let manifest = format!("[workspace]\nresolver = \"3\"\nmembers = [{}]\n", members.join(", "));
    write_if_changed(&folder.join("Cargo.toml"), &manifest);
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).expect("Cargo.lock is committed");
    for (name, _, sentences) in CASES {
        // The dependencies are those of the goldens: nothing is built twice.
        let output = Command::new(env!("CARGO"))
            .args(["check", "--quiet", "-p", name, "--target-dir"])
            .arg(target_directory())
            .current_dir(&folder)
            .output()
            .expect("cargo runs");
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.success(), sentences.is_empty(), "{name}:\n{told}");
        for sentence in sentences {
            assert!(told.contains(sentence), "{name}: {sentence:?} is not in\n{told}");
        }
    }
}
