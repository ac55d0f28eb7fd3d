//! The published `dcrf-client`, unmodified, against the server of `examples/things`: see `tests/client/`.

use std::path::Path;
use std::process::Stdio;

use dcrf_e2e::{App, Database, LIMIT, Server};
use tokio::process::Command;
use tokio::time::timeout;

use crate::on_both_databases;

on_both_databases!(the_published_client_is_served);

async fn the_published_client_is_served(database: Database) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../client");
    assert!(
        directory.join("node_modules/dcrf-client").is_dir(),
        "dcrf-client is not installed: run `npm ci` in tests/client (`tests/run` does)"
    );
    let server = Server::start(App::Things, &database).await;
    let node = Command::new("node")
        .arg("--test")
        .current_dir(directory)
        .env("DCRF_URL", server.url("/ws"))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(LIMIT, node).await.expect("node ends in time");
    let output = output.unwrap_or_else(|error| panic!("node cannot be started: {error}"));
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "node --test ended with {}:\n{stdout}\n{stderr}", output.status);
    assert!(stdout.contains("# pass ") && !stdout.contains("# pass 0"), "no test was run:\n{stdout}");
    server.stop().await;
}
