//! What the generated client says of values, held to what the server says: `tests/client/server/schemas.test.ts`.

use std::future::pending;
use std::path::Path;
use std::process::Stdio;

use dcrf_e2e::{LIMIT, generator};
use dcrf_runtime::Db;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::time::timeout;

#[tokio::test(flavor = "multi_thread")]
async fn the_client_says_what_the_server_says() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let client = own.join("../client");
    let scratch = tempfile::tempdir().expect("a directory");
    let generator = tokio::task::spawn_blocking(generator).await.expect("cargo builds");
    let mut generate = Command::new(generator);
    generate.arg("generate").arg(own.join("schemas.json"));
    let remotes = own.join("remotes").read_dir().expect("remote schemas");
    generate.args(remotes.map(|entry| entry.expect("an entry").path()));
    generate.arg("--out").arg(scratch.path()).arg("--client").arg(client.join("generated/schemas"));
    run(&mut generate).await;

    let db = Db::connect("sqlite::memory:", &schemas::MIGRATIONS).await.expect("a database");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let server = tokio::spawn(async move {
        dcrf_schemas::service().serve(listener, db, pending()).await.expect("a service");
    });
    let mut vitest = Command::new(client.join("node_modules/.bin/vitest"));
    vitest.args(["run", "server/schemas"]).current_dir(&client).env("NO_COLOR", "1");
    let stdout = run(vitest.env("DCRF_SCHEMAS", format!("ws://{address}"))).await;
    server.abort();
    assert!(stdout.contains("1 passed"), "no test was run:\n{stdout}");
}

/// What it prints.
async fn run(command: &mut Command) -> String {
    let running = command.stdin(Stdio::null()).kill_on_drop(true).output();
    let output = timeout(6 * LIMIT, running).await.expect("it ends in time");
    let output = output.unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?} ended with {}:\n{stdout}\n{stderr}", output.status);
    stdout.into_owned()
}
