//! What is emitted is as rustfmt has it with its defaults, in the style of 2024.

use std::fs;
use std::process::Command;

use crate::compile::write_if_changed;
use crate::golden::{cases, plan, root};
use crate::hostile;

#[test]
fn rustfmt_has_nothing_to_do() {
    let folder = root().join("target/format");
    // The style is that of no folder above.
    fs::create_dir_all(&folder).expect("writable");
    write_if_changed(&folder.join("rustfmt.toml"), "style_edition = \"2024\"\n");
    let mut crates = Vec::new();
    for case in cases().iter().chain(hostile::cases()) {
        let name = case.file_name().and_then(|name| name.to_str()).expect("UTF-8").to_owned();
        for (path, text) in plan(case).files.iter().filter(|(path, _)| path.ends_with(".rs")) {
            let path = folder.join(&name).join(path);
            fs::create_dir_all(path.parent().expect("in a folder")).expect("writable");
            write_if_changed(&path, text);
        }
        crates.push(folder.join(name).join("src/lib.rs"));
    }
    for folder in ["generated", "tests/applications/generated"] {
        for definition in fs::read_dir(root().join(folder)).expect("generated crates are committed") {
            crates.push(definition.expect("readable").path().join("src/lib.rs"));
        }
    }
    crates.extend(
        ["tests/kitchen", "tests/conformance"].map(|of| root().join(of).join("generated/src/lib.rs")),
    );
    let output = Command::new("rustfmt")
        .args(["--edition", "2024", "--check"])
        .args(crates)
        .output()
        .expect("rustfmt is installed");
    assert!(
        output.status.success(),
        "rustfmt lays this out otherwise:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
