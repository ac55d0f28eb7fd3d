//! The example applications' executables: built once a run, found by what cargo says of them.
//!
//! `CARGO_BIN_EXE_…` works only inside the package of a binary, and looking for files in `target/` would also find
//! those of yesterday. So cargo is asked to build the workspace's binaries (the whole workspace, so that the
//! features, and with them every dependency, are those of `cargo test --workspace`: nothing is compiled twice),
//! and its messages name the executables. `CARGO_TARGET_DIR` is honoured as cargo does.

use std::collections::HashMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// An example application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum App {
    /// `examples/users/app`
    Users,
    /// `examples/things/app`
    Things,
    /// `examples/chat/app`
    Chat,
    /// `examples/beside-django/app`
    Shop,
    /// `tests/conformance`: the one with observers.
    Observed,
}

impl App {
    /// The name of its binary, and of its package.
    pub fn name(self) -> &'static str {
        match self {
            Self::Users => "users-app",
            Self::Things => "things-app",
            Self::Chat => "chat-app",
            Self::Shop => "shop-app",
            Self::Observed => "dcrf-conformance",
        }
    }

    /// Its executable, as up to date as the sources are. Blocks while cargo builds.
    ///
    /// # Panics
    /// If cargo cannot build it.
    pub fn executable(self) -> &'static Path {
        built(self.name())
    }
}

/// The generator's executable, as up to date as its sources are. Blocks while cargo builds.
///
/// # Panics
/// If cargo cannot build it.
pub fn generator() -> &'static Path {
    built("dcrf")
}

fn built(name: &str) -> &'static Path {
    static BUILT: OnceLock<HashMap<String, PathBuf>> = OnceLock::new();
    let built = BUILT.get_or_init(build);
    built.get(name).unwrap_or_else(|| panic!("cargo built no binary `{name}`: {built:?}"))
}

/// The root of the workspace.
pub(crate) fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Builds the programs with the features of the tests, as `--examples` asks for them: so nothing is compiled twice.
fn build() -> HashMap<String, PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--workspace", "--bins", "--examples", "--message-format=json-render-diagnostics"])
        .current_dir(workspace())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let output = command.output().unwrap_or_else(|error| panic!("cargo cannot be started: {error}"));
    assert!(output.status.success(), "cargo could not build the example applications: {}", output.status);
    String::from_utf8_lossy(&output.stdout).lines().filter_map(executable).collect()
}

/// The name and path of the program that this message of cargo's is about, if it is about one.
fn executable(message: &str) -> Option<(String, PathBuf)> {
    let message: Value = serde_json::from_str(message).ok()?;
    if message.pointer("/target/kind/0")? != "bin" {
        return None;
    }
    let path = message.get("executable")?.as_str()?;
    let name = message.pointer("/target/name")?.as_str()?;
    Some((name.to_owned(), path.into()))
}
