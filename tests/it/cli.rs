//! The command as a process: exit codes, streams and what it leaves on the disk.

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use tempfile::{TempDir, tempdir};

const DEFINITION: &str = r#"{
  "name": "shop",
  "description": "A shop.",
  "models": {
    "Item": {
      "description": "Something for sale.",
      "type": "object",
      "properties": { "title": { "type": "string", "maxLength": 40 } },
      "required": ["title"]
    }
  },
  "serializers": { "ItemSerializer": { "model": "Item", "fields": "__all__" } },
  "consumers": {
    "ItemConsumer": {
      "description": "The items.",
      "serializer": "ItemSerializer",
      "mixins": ["list", "create"],
      "actions": { "praise": { "description": "Say something nice." } }
    }
  }
}
"#;

pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

fn command(directory: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dcrf"));
    command.current_dir(directory).args(args).stdin(Stdio::null());
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command
}

fn ran(output: Output) -> Ran {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

pub(crate) fn dcrf(directory: &Path, args: &[&str]) -> Ran {
    ran(command(directory, args).output().unwrap())
}

fn shop() -> TempDir {
    let directory = tempdir().unwrap();
    fs::write(directory.path().join("shop.json"), DEFINITION).unwrap();
    directory
}

fn generated() -> TempDir {
    let directory = shop();
    let run = dcrf(directory.path(), &["generate", "shop.json", "--out", "generated"]);
    assert_eq!((run.code, &*run.out, &*run.err), (Some(0), "", ""), "quiet in a pipe");
    directory
}

#[test]
fn a_generated_crate_is_up_to_date_until_it_is_not() {
    let directory = generated();
    let check = ["generate", "shop.json", "--out", "generated", "--check"];
    let run = dcrf(directory.path(), &check);
    assert_eq!((run.code, &*run.out, &*run.err), (Some(0), "", ""));

    fs::write(directory.path().join("generated/src/lib.rs"), "edited\n").unwrap();
    let run = dcrf(directory.path(), &check);
    assert_eq!(run.code, Some(1));
    assert!(run.out.starts_with("--- a/src/lib.rs\n+++ b/src/lib.rs\n@@ -1"), "{}", run.out);
    assert!(run.err.contains("generated is not up to date: 1 file differs"), "{}", run.err);
    assert_eq!(fs::read_to_string(directory.path().join("generated/src/lib.rs")).unwrap(), "edited\n");
}

#[test]
fn drift_is_told_to_programs() {
    let directory = generated();
    fs::remove_file(directory.path().join("generated/src/lib.rs")).unwrap();
    let check = ["generate", "shop.json", "--out", "generated", "--check", "--format"];
    let run = dcrf(directory.path(), &[&check[..], &["json"]].concat());
    assert_eq!(run.code, Some(1));
    let line: serde_json::Value = serde_json::from_str(run.out.lines().next().unwrap()).unwrap();
    assert_eq!((line["code"].as_str(), line["kind"].as_str()), (Some("drift"), Some("missing")));
    let file = Path::new("generated").join("src/lib.rs");
    assert_eq!(line["file"].as_str().map(Path::new), Some(&*file));
    let run = dcrf(directory.path(), &[&check[..], &["github"]].concat());
    assert!(run.out.starts_with("::error file=generated"), "{}", run.out);
    assert!(run.out.ends_with(",title=drift::does not exist\n"), "{}", run.out);
}

#[test]
fn an_edited_file_is_refused_with_its_diff() {
    let directory = generated();
    let file = directory.path().join("generated/src/lib.rs");
    fs::write(&file, "edited\n").unwrap();
    let generate = ["generate", "shop.json", "--out", "generated"];
    let run = dcrf(directory.path(), &generate);
    assert_eq!(run.code, Some(2));
    assert!(run.err.starts_with("error: [hand-edited] "), "{}", run.err);
    assert!(run.err.contains("\n-edited\n"), "{}", run.err);
    assert!(run.err.contains("nothing was written"), "{}", run.err);
    assert_eq!(fs::read_to_string(&file).unwrap(), "edited\n");
    assert_eq!(dcrf(directory.path(), &[&generate[..], &["--force"]].concat()).code, Some(0));
    assert_ne!(fs::read_to_string(&file).unwrap(), "edited\n");
}

#[test]
fn a_definition_with_errors_changes_nothing() {
    let directory = shop();
    fs::write(directory.path().join("broken.json"), "{").unwrap();
    for (name, file) in [("broken.json", "broken.json"), ("absent.json", "absent.json")] {
        for args in [&["check", name][..], &["generate", name, "--out", "generated"]] {
            let run = dcrf(directory.path(), args);
            assert_eq!(run.code, Some(2), "{args:?}");
            assert!(run.err.contains(file), "{}", run.err);
        }
    }
    assert!(!directory.path().join("generated").exists());
    assert_eq!(dcrf(directory.path(), &["check", "shop.json"]).code, Some(0));
}

#[test]
fn wrong_arguments_are_exit_2() {
    let directory = shop();
    for args in [
        &[][..],
        &["generate"],
        &["generate", "shop.json"],
        &["generate", "shop.json", "--out", "x", "--check", "--force"],
        &["generate", "shop.json", "--out", "x", "--runtime-rev", "1"],
        &["generate", "shop.json", "--out", "x", "--runtime-version", "1", "--runtime-git", "u"],
        &["generate", "shop.json", "--out", "x", "--runtime-path", "nowhere"],
        &["generate", "shop.json", "--out", "x", "--client", "./x"],
        &["explain", "no-such-code"],
        &["new", "Not A Name"],
    ] {
        let run = dcrf(directory.path(), args);
        assert_eq!((run.code, &*run.out), (Some(2), ""), "{args:?}");
        assert!(!run.err.is_empty(), "{args:?}");
    }
    assert!(!directory.path().join("x").exists());
}

#[test]
fn help_teaches() {
    let directory = tempdir().unwrap();
    let run = dcrf(directory.path(), &["--help"]);
    assert_eq!(run.code, Some(0));
    assert!(run.out.contains("Exit codes:"), "{}", run.out);
    for command in ["generate", "check", "new", "scaffold", "schema", "explain", "completions", "dump"] {
        let run = dcrf(directory.path(), &[command, "--help"]);
        assert_eq!(run.code, Some(0), "{command}");
        assert!(run.out.contains("Examples:\n  dcrf "), "{command} has an example");
    }
    let version = dcrf(directory.path(), &["--version"]).out;
    assert_eq!(version, format!("dcrf {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_code_is_explained_or_the_nearest_is_named() {
    let directory = tempdir().unwrap();
    let list = dcrf(directory.path(), &["explain"]);
    assert!(list.out.lines().any(|code| code == "unknown-key"), "{}", list.out);
    for code in ["unknown-key", "error[unknown-key]"] {
        let page = dcrf(directory.path(), &["explain", code]);
        assert_eq!(page.code, Some(0), "{code}");
        assert!(!page.out.is_empty());
    }
    let run = dcrf(directory.path(), &["explain", "unknwon-key"]);
    assert!(run.err.contains("did you mean `unknown-key`?"), "{}", run.err);
}

#[test]
fn colour_is_for_terminals_or_for_whom_asks() {
    let directory = tempdir().unwrap();
    let args = ["explain", "no-such-code"];
    assert!(!dcrf(directory.path(), &args).err.contains('\x1b'));
    let always = [&args[..], &["--color", "always"]].concat();
    assert!(dcrf(directory.path(), &always).err.contains('\x1b'));
    let forced = command(directory.path(), &args).env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(ran(forced).err.contains('\x1b'));
    let none =
        command(directory.path(), &args).envs([("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).output().unwrap();
    assert!(!ran(none).err.contains('\x1b'));
}

#[test]
fn nobody_listening_is_no_failure() {
    let directory = shop();
    for args in [&["completions", "bash"][..], &["--help"], &["schema"], &["explain"]] {
        let mut child =
            command(directory.path(), args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let run = ran(child.wait_with_output().unwrap());
        assert_eq!((run.code, &*run.err), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn every_shell_has_completions() {
    let directory = tempdir().unwrap();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        assert!(dcrf(directory.path(), &["completions", shell]).out.contains("scaffold"), "{shell}");
    }
}

#[test]
fn stages_can_be_looked_at() {
    let directory = shop();
    for stage in ["ast", "ir", "rust"] {
        let run = dcrf(directory.path(), &["dump", "shop.json", "--stage", stage]);
        assert_eq!(run.code, Some(0), "{stage}: {}", run.err);
        assert!(run.out.contains("shop"), "{stage}: {}", run.out);
    }
}

#[test]
fn a_flag_goes_before_the_definition() {
    let directory = generated();
    let manifest = || fs::read_to_string(directory.path().join("generated/Cargo.toml")).unwrap();
    assert!(manifest().contains(env!("CARGO_PKG_VERSION")));
    fs::create_dir(directory.path().join("runtime")).unwrap();
    fs::write(directory.path().join("runtime/Cargo.toml"), "").unwrap();
    let run =
        dcrf(directory.path(), &["generate", "shop.json", "--out", "generated", "--runtime-path", "runtime"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(manifest().contains("\"../runtime\""), "relative to the crate: {}", manifest());
}

#[test]
fn stubs_are_written_once() {
    let directory = shop();
    let scaffold = ["scaffold", "shop.json", "--app", "app"];
    assert_eq!(dcrf(directory.path(), &scaffold).code, Some(0));
    let stub = fs::read_dir(directory.path().join("app/src")).unwrap().next().unwrap().unwrap().path();
    fs::write(&stub, "mine\n").unwrap();
    assert_eq!(dcrf(directory.path(), &scaffold).code, Some(0));
    assert_eq!(fs::read_to_string(&stub).unwrap(), "mine\n");
}

#[test]
fn a_new_project_is_complete_and_up_to_date() {
    let directory = tempdir().unwrap();
    let run = dcrf(directory.path(), &["new", "todo"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(run.err.starts_with("warning: the project names the directory "), "{}", run.err);
    let root = directory.path().join("todo");
    for path in [
        ".gitattributes",
        ".github/workflows/ci.yml",
        ".gitignore",
        "Cargo.toml",
        "README.md",
        "definitions.schema.json",
        "generated/.generated.json",
        "generated/Cargo.toml",
        "generated/src/lib.rs",
        "generated/client/package.json",
        "src/main.rs",
        "src/tests.rs",
        "todo.json",
    ] {
        let text = fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{path} ends with one line feed");
    }
    let run = dcrf(&root, &["generate", "todo.json", "--out", "generated", "--check"]);
    assert_eq!((run.code, &*run.out), (Some(0), ""), "a plain run gives the same bytes: {}", run.err);
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let (_, path) = manifest.split_once("dcrf-runtime = { path = \"").unwrap();
    let (path, _) = path.split_once('"').unwrap();
    assert!(Path::new(path).is_relative(), "{path}");
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("runtime");
    assert_eq!(root.join(path).canonicalize().unwrap(), runtime.canonicalize().unwrap());
    let optimised = "[profile.dev.package.sha2]\nopt-level = 2\n";
    assert!(manifest.contains(optimised), "passwords are hashed in a debug build, too: {manifest}");
    let left: Vec<_> =
        fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["todo"]);

    let again = dcrf(directory.path(), &["new", "todo"]);
    assert_eq!(again.code, Some(2));
    assert!(again.err.contains("todo exists and is not empty"), "{}", again.err);
}

#[test]
fn a_new_project_takes_the_runtime_that_is_asked_for() {
    let directory = tempdir().unwrap();
    fs::create_dir_all(directory.path().join("dcrf/runtime")).unwrap();
    fs::write(directory.path().join("dcrf/runtime/Cargo.toml"), "").unwrap();
    fs::create_dir(directory.path().join("empty")).unwrap();
    let read = |path: &str| fs::read_to_string(directory.path().join(path)).unwrap();

    let run = dcrf(directory.path(), &["new", "empty", "--runtime-path", "dcrf/runtime"]);
    assert_eq!((run.code, &*run.err), (Some(0), ""));
    assert!(read("empty/Cargo.toml").contains("{ path = \"../dcrf/runtime\", features = [\"tls\"] }"));
    assert!(read("empty/empty.json").contains("\"runtime\": { \"path\": \"../../dcrf/runtime\" }"));
    assert!(read("empty/.github/workflows/ci.yml").contains(" --path ../dcrf\n"));

    let git = ["new", "deep/er", "--runtime-git", "https://example.org/dcrf.git", "--runtime-rev", "v1"];
    assert_eq!(dcrf(directory.path(), &git).code, Some(0));
    let from_git = "{ git = \"https://example.org/dcrf.git\", rev = \"v1\", features = [\"tls\"] }";
    assert!(read("deep/er/Cargo.toml").contains(from_git));
    assert!(read("deep/er/.github/workflows/ci.yml").contains("--git https://example.org/dcrf.git --rev v1"));

    assert_eq!(dcrf(directory.path(), &["new", "plain", "--runtime-version", "0.1"]).code, Some(0));
    assert!(read("plain/Cargo.toml").contains("dcrf-runtime = { version = \"0.1\", features = [\"tls\"] }"));
    assert!(read("plain/plain.json").contains("\"runtime\": \"0.1\""));
}

/// A run that is really killed, wherever that hits it: the next one always completes the output.
#[cfg(unix)]
#[test]
fn a_killed_process_leaves_an_output_that_the_next_run_completes() {
    let directory = generated();
    let generate = |text: &str| {
        let definition = DEFINITION.replace("A shop.", text);
        fs::write(directory.path().join("shop.json"), definition).unwrap();
        command(directory.path(), &["generate", "shop.json", "--out", "generated"])
    };
    let start = std::time::Instant::now();
    assert!(generate("A slow shop.").status().unwrap().success());
    let whole = start.elapsed();
    const ROUNDS: u32 = 40;
    for round in 0..ROUNDS {
        let text = format!("A shop of round {round}.");
        let mut child = generate(&text).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // However far it gets in this time: every outcome is right.
        std::thread::sleep(whole * round / ROUNDS);
        child.kill().unwrap();
        child.wait().unwrap();
        let run = dcrf(directory.path(), &["generate", "shop.json", "--out", "generated"]);
        assert_eq!((run.code, &*run.err), (Some(0), ""), "round {round}");
        let check = dcrf(directory.path(), &["generate", "shop.json", "--out", "generated", "--check"]);
        assert_eq!((check.code, &*check.out), (Some(0), ""), "round {round}");
        assert!(!directory.path().join("generated/.generated.tmp").exists(), "round {round}");
    }
}

/// What a small file asks for is bounded, and told or done at once: types that say the same again and again, rows in rows
/// in every direction, arrays of arrays.
#[test]
fn a_small_file_is_a_small_task() {
    let mut doubled: Vec<String> =
        vec![r#""D0": {"type": "object", "properties": {"a": {"type": "string"}}}"#.into()];
    doubled.extend((1..40).map(|number| {
        let below = format!("{{\"$ref\": \"#/$defs/D{}\"}}", number - 1);
        format!("\"D{number}\": {{\"allOf\": [{below}, {below}]}}")
    }));
    let doubled = format!(
        r##"{{"name": "a", "$defs": {{{}}}, "models": {{"P": {{"type": "object", "properties": {{"x": {{"$ref": "#/$defs/D39"}}}}, "required": ["x"]}}}}}}"##,
        doubled.join(", ")
    );
    let nodes = (0..8).map(|number| {
        format!("\"p{number}\": {{\"x-foreign-key\": \"Node\", \"type\": [\"integer\", \"null\"]}}")
    });
    let nodes = format!(
        r#"{{"name": "a", "models": {{"Node": {{"type": "object", "properties": {{{}}}}}}},
        "serializers": {{"S": {{"model": "Node", "fields": "__all__", "depth": 10}}}},
        "consumers": {{"C": {{"stream": "n", "serializer": "S", "mixins": ["list"]}}}}}}"#,
        nodes.collect::<Vec<_>>().join(", ")
    );
    let arrays = format!(
        r#"{{"name": "a", "models": {{"P": {{"type": "object", "properties": {{"x": {}{{"type": "string"}}{}}}, "required": ["x"]}}}}}}"#,
        r#"{"type": "array", "items": "#.repeat(75),
        "}".repeat(75)
    );
    let directory = tempdir().unwrap();
    for (name, definition) in [("doubled", doubled), ("nodes", nodes), ("arrays", arrays)] {
        let file = format!("{name}.json");
        fs::write(directory.path().join(&file), definition).unwrap();
        let ran = dcrf(directory.path(), &["generate", &file, "--out", name]);
        assert_eq!(ran.code, Some(0), "{name}: {}", ran.err);
        let readme = fs::metadata(directory.path().join(name).join("README.md")).unwrap();
        assert!(readme.len() < 1_000_000, "{name}: an example of {} bytes", readme.len());
    }
}
