//! `dcrf new`, followed by `cargo build`, serves.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use dcrf_e2e::{LIMIT, Socket, generator};
use serde_json::json;
use sqlx::Connection as _;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace is there")
}

/// Runs a program and gives what it printed; fails with its errors.
async fn run(command: &mut Command) -> String {
    let output = command.output().await.expect("it can be started");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

async fn cargo(directory: &Path, arguments: &[&str]) -> String {
    run(Command::new(env!("CARGO")).current_dir(directory).args(arguments)).await
}

/// The folder of what is built, shared with the workspace: its dependencies are built already.
async fn target() -> String {
    let metadata = cargo(&workspace(), &["metadata", "--format-version", "1", "--no-deps"]).await;
    let metadata: serde_json::Value = serde_json::from_str(&metadata).expect("JSON");
    metadata["target_directory"].as_str().expect("a path").to_owned()
}

#[tokio::test]
async fn a_new_project_builds_without_warnings_and_serves() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let project = directory.path().join("todo-e2e");
    let path = project.to_str().expect("UTF-8");
    let generator = tokio::task::spawn_blocking(generator).await.expect("cargo builds");
    run(Command::new(generator).args(["new", path])).await;
    std::fs::copy(workspace().join("Cargo.lock"), project.join("Cargo.lock"))
        .expect("the lock can be copied");
    // The stubs of its handlers, as a program of their own.
    let scaffold = ["scaffold", "todo-e2e.json", "--app", "stubs"];
    run(Command::new(generator).current_dir(&project).args(scaffold)).await;
    std::fs::create_dir(project.join("examples")).expect("a directory");
    std::fs::rename(project.join("stubs/src"), project.join("examples/stubs")).expect("the stubs are there");
    let target = target().await;
    let lint = ["clippy", "--quiet", "--workspace", "--all-targets", "--target-dir", &target];
    cargo(&project, &[&lint[..], &["--", "-D", "warnings"]].concat()).await;
    cargo(&project, &["fmt", "-p", "todo-e2e", "-p", "todo-e2e-api", "--check"]).await;
    // All targets together, so that the runtime is built once.
    cargo(&project, &["build", "--quiet", "--all-targets", "--target-dir", &target]).await;
    let tested = cargo(&project, &["test", "--quiet", "--target-dir", &target]).await;
    assert!(tested.contains("3 passed"), "{tested}");
    let check = ["generate", "todo-e2e.json", "--out", "generated", "--check"];
    run(Command::new(generator).current_dir(&project).args(check)).await;
    // What `npm install` would put there.
    let client = project.join("generated/client");
    std::os::unix::fs::symlink(workspace().join("tests/client/node_modules"), client.join("node_modules"))
        .expect("a link can be made");
    run(Command::new("npm").current_dir(client).args(["run", "build"])).await;

    let mut server = Command::new(Path::new(&target).join("debug/todo-e2e"))
        .args(["--listen", "127.0.0.1:0"])
        .current_dir(&project)
        .env_remove("RUST_LOG")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the project's binary starts");
    let mut lines = BufReader::new(server.stdout.take().expect("invariant: stdout is piped")).lines();
    let line = timeout(LIMIT, lines.next_line()).await.expect("it listens in time").expect("text");
    let line = line.expect("it says where it listens");
    let address = line.strip_prefix("listening on http://").unwrap_or_else(|| panic!("it says {line:?}"));
    let mut socket = Socket::connect(&format!("ws://{address}/ws/tasks/")).await;
    let created =
        socket.request(json!({"action": "create", "request_id": 1, "data": {"title": "Say hello"}})).await;
    assert_eq!(created["response_status"], 201, "{created}");
    let completed = socket.request(json!({"action": "complete", "request_id": 2, "pk": 1})).await;
    assert_eq!(completed["data"]["done"], true, "{completed}");
    let database = project.join("todo-e2e-api.sqlite3");
    assert!(database.is_file(), "the database is beside the project");

    // What fails inside is seen: a line with the cause.
    let url = format!("sqlite://{}", database.display());
    let mut beside = sqlx::SqliteConnection::connect(&url).await.expect("the file can be opened");
    sqlx::query("DROP TABLE task").execute(&mut beside).await.expect("there is such a table");
    let failed = socket.request(json!({"action": "list", "request_id": 3})).await;
    assert_eq!(failed["response_status"], 500, "{failed}");
    let mut log = BufReader::new(server.stderr.take().expect("invariant: stderr is piped")).lines();
    let failure = async {
        loop {
            let line = log.next_line().await.expect("text").expect("the server runs");
            if line.contains(" ERROR ") {
                return line;
            }
        }
    };
    let failure = timeout(LIMIT, failure).await.expect("it is logged");
    let about = r#"request{stream="tasks" action="list" request_id="3"}: "#;
    assert!(failure.contains(about) && failure.contains("no such table: task"), "{failure}");
}
