//! Every golden crate compiles and passes clippy with warnings denied, as it is committed; and so does what is made of
//! hostile names and texts.
//!
//! They are checked as one workspace of their own in the target folder, so that the generator's tests never link
//! what the generator wrote. What is compiled lies where `cargo clippy` has compiled the dependencies of this workspace.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::golden::{cases, plan, root};
use crate::hostile;

#[test]
fn goldens_and_hostile_crates_pass_clippy() {
    let folder = root().join("target/golden");
    fs::create_dir_all(&folder).expect("writable");
    let mut members = Vec::new();
    for case in cases().iter().chain(hostile::cases()) {
        let name = case.file_name().and_then(|name| name.to_str()).expect("UTF-8").to_owned();
        for (path, text) in plan(case).files {
            let path = folder.join(&name).join(path);
            fs::create_dir_all(path.parent().expect("in a folder")).expect("writable");
            write_if_changed(&path, &text);
        }
        members.push(format!("{name:?}"));
    }
    let manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{}]\n\n[patch.crates-io]\ndcrf-runtime = {{ path = {:?} }}\n",
        members.join(", "),
        root().join("runtime")
    );
    write_if_changed(&folder.join("Cargo.toml"), &manifest);
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).expect("Cargo.lock is committed");
    let output = Command::new(env!("CARGO"))
        .args(["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"])
        .env("CARGO_TARGET_DIR", target_directory())
        .current_dir(&folder)
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "clippy refuses a golden:\n{}", String::from_utf8_lossy(&output.stderr));
}

/// The target directory of this workspace.
pub(crate) fn target_directory() -> PathBuf {
    // The directory for temporary files of tests is in it.
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    temporary.parent().expect("invariant: it is `tmp` of the target directory").to_owned()
}

pub(crate) fn write_if_changed(path: &Path, text: &str) {
    if fs::read_to_string(path).ok().as_deref() != Some(text) {
        fs::write(path, text).expect("writable");
    }
}
