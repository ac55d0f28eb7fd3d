//! Clients in JavaScript against servers in Rust: see `tests/client/`.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use dcrf_e2e::{App, Database, LIMIT, Server, generator};
use dcrf_runtime::{Context, Db, Result};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use crate::kitchen::Kitchen;
use crate::on_both_databases;

on_both_databases!(the_published_client_is_served, live_rows_of_a_log_are_read_once);

/// The published `dcrf-client`, unmodified, on the server of `examples/things`.
async fn the_published_client_is_served(database: Database) {
    let server = Server::start(App::Things, &database).await;
    let stdout =
        run(command("node", &["--test", "client.test.mjs"]).env("DCRF_URL", server.url("/ws"))).await;
    assert!(stdout.contains("# pass ") && !stdout.contains("# pass 0"), "no test was run:\n{stdout}");
    server.stop().await;
}

/// The generated client, on a generated server and on the original in Python.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_generated_client_speaks_to_both_servers() {
    client_of("conformance/conformance").await;
    let executable = blocking(|| App::Observed.executable()).await;
    let mut vitest = command(
        "node_modules/.bin/vitest",
        &["run", "server/dcrf", "server/ends", "server/frames", "server/proxy"],
    );
    let stdout = run(vitest.env("DCRF_CONFORMANCE", executable)).await;
    assert!(stdout.contains(" passed"), "no test was run:\n{stdout}");
}

/// The application of `tests/delivery`.
struct Board;

impl board::MessageHandler for Board {
    async fn twice(&self, _ctx: &Context, _input: board::consumers::TwiceInput) -> Result<()> {
        Ok(())
    }
}

/// The generated client on a server with a log of changes, through networks that are cut.
async fn live_rows_of_a_log_are_read_once(database: Database) {
    // The tests of both databases share the client.
    static GENERATED: OnceCell<()> = OnceCell::const_new();
    GENERATED.get_or_init(|| client_of("delivery/board")).await;
    let db = Db::connect(&database.url(), &board::MIGRATIONS).await.expect("a database to connect to");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let served = tokio::spawn(async move {
        let never = std::future::pending();
        board::service(Board).serve(listener, db, never).await.expect("a service without contradictions");
    });
    let mut vitest = command("node_modules/.bin/vitest", &["run", "server/resume"]);
    let stdout = run(vitest.env("DCRF_BOARD", format!("ws://{address}"))).await;
    assert!(stdout.contains(" passed"), "no test was run:\n{stdout}");
    served.abort();
}

/// What the generated validators say of values, and what the server says of them; files, from a page to a row.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_generated_client_agrees_with_the_kitchen() {
    client_of("kitchen/kitchen").await;
    let kitchen = Kitchen::start(Database::sqlite()).await;
    let mut vitest = command("node_modules/.bin/vitest", &["run", "server/kitchen", "server/files"]);
    let stdout = run(vitest.env("DCRF_KITCHEN", format!("ws://{}", kitchen.address()))).await;
    assert!(stdout.contains(" passed"), "no test was run:\n{stdout}");
}

/// The page of `examples/chat`, in Chromium. What it looked like is kept.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_chat_in_a_browser() {
    let executable = blocking(|| App::Chat.executable()).await;
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("chat");
    let mut vitest = command("node_modules/.bin/vitest", &["run", "browser"]);
    vitest.env("DCRF_CHAT", executable).env("DCRF_ARTIFACTS", &pictures);
    assert!(run(&mut vitest).await.contains(" passed"), "no test was run");
    for name in [
        "login",
        "desktop",
        "phone",
        "reconnecting",
        "dark",
        "alone",
        "offline-dark-390",
        "signed-out-light-1280",
    ] {
        let picture = pictures.join(name).with_extension("png");
        assert!(picture.is_file(), "{} is missing", picture.display());
    }
}

/// Generates the client of a definition below `tests/`.
async fn client_of(definition: &str) {
    let scratch = tempfile::tempdir().expect("a directory");
    let (_, name) = definition.split_once('/').expect("a folder and a name");
    let mut generate = Command::new(blocking(generator).await);
    generate.arg("generate").arg(root().join("tests").join(definition).with_extension("json"));
    generate.arg("--out").arg(scratch.path()).arg("--client").arg(directory().join("generated").join(name));
    run(&mut generate).await;
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn directory() -> PathBuf {
    root().join("tests/client")
}

/// A program in the directory of the tests.
pub(crate) fn command(program: &str, arguments: &[&str]) -> Command {
    let directory = directory();
    assert!(
        directory.join("node_modules/dcrf-client").is_dir(),
        "the npm packages are not installed: run `npm ci` in tests/client (`tests/run` does)"
    );
    let program = if program.contains('/') { directory.join(program) } else { program.into() };
    let mut command = Command::new(program);
    command.args(arguments).current_dir(directory).env("NO_COLOR", "1");
    command
}

/// What it prints.
pub(crate) async fn run(command: &mut Command) -> String {
    let (stdout, _) = outputs(command).await;
    stdout
}

/// What it prints on stdout, and on stderr.
pub(crate) async fn outputs(command: &mut Command) -> (String, String) {
    let running = command.stdin(Stdio::null()).kill_on_drop(true).output();
    let output = timeout(6 * LIMIT, running).await.expect("it ends in time");
    let output = output.unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{command:?} ended with {}:\n{stdout}\n{stderr}", output.status);
    (stdout, stderr)
}

/// Does what blocks, such as a build, where it may.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("cargo builds")
}
