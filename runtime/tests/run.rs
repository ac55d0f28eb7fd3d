//! `run` as a process: this binary starts itself as an application.

#[path = "run/log.rs"]
mod log;
#[path = "run/migrate.rs"]
mod migrate;

use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, ExitCode, Output, Stdio};
use std::time::{Duration, Instant};

use dcrf_runtime::Service;
use dcrf_runtime::db::Migrations;

/// Set in the processes that are applications.
const ROLE: &str = "DCRF_RUNTIME_TEST_APPLICATION";

fn main() -> ExitCode {
    if let Some(role) = std::env::var_os(ROLE) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        if let Some(service) = role.to_str().and_then(migrate::service) {
            return runtime.block_on(dcrf_runtime::run(service));
        }
        let service = Service::new("probe", Migrations { sqlite: &[], postgres: &[] });
        if role == log::OWN {
            log::set_own();
        }
        return runtime.block_on(dcrf_runtime::run(service.consumer(log::Failing)));
    }
    help_and_version_need_no_database();
    mistakes_are_sentences();
    migrations_alone_serve_nothing();
    tokio::runtime::Runtime::new().expect("a runtime").block_on(migrate::on_both_databases());
    a_database_that_is_not_there_is_a_sentence();
    an_address_in_use_is_a_sentence();
    a_broker_that_is_not_there_is_a_sentence();
    a_limit_that_is_none_is_a_sentence();
    log::mistakes_are_sentences();
    log::a_failure_is_one_line();
    log::lines_may_be_json();
    log::what_is_logged_can_be_chosen();
    log::an_application_may_have_its_own();
    #[cfg(unix)]
    signals_end_it_in_order();
    #[cfg(unix)]
    metrics_have_an_address_of_their_own();
    println!("run: ok");
    ExitCode::SUCCESS
}

fn application(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command
        .args(arguments)
        .env(ROLE, "1")
        .env("DATABASE_URL", "sqlite::memory:")
        .env_remove("LISTEN")
        .env_remove("DCRF_LIMITS")
        .env_remove("DCRF_METRICS")
        .env_remove("DCRF_LOG_FORMAT")
        .env_remove("RUST_LOG")
        .env_remove("RUST_BACKTRACE")
        .env_remove("DCRF_BROKER");
    command
}

fn output(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = application(arguments).output().expect("a process");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (status.code(), text(stdout), text(stderr))
}

fn help_and_version_need_no_database() {
    let (code, out, _) = output(&["--help"]);
    assert_eq!(code, Some(0));
    assert!(out.starts_with("Usage: probe "), "{out}");
    let (code, out, _) = output(&["--version"]);
    assert_eq!((code, out.starts_with("probe (dcrf-runtime ")), (Some(0), true), "{out}");
}

fn mistakes_are_sentences() {
    let (code, out, err) = output(&["--port", "1"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert_eq!(err, "probe: `--port` is not known; see probe --help\n");
    let (code, _, err) = output(&["--listen", "nowhere"]);
    assert_eq!(code, Some(1));
    assert!(err.starts_with("probe: cannot listen on nowhere: "), "{err}");
}

fn migrations_alone_serve_nothing() {
    let said = "sqlite::memory: is up to date: nothing to do\n".to_owned();
    assert_eq!(output(&["--migrate-only"]), (Some(0), said, String::new()));
}

/// Longer than anything that is not there is looked for, and less than the half minute that drivers take.
const SOON: Duration = Duration::from_secs(20);

fn a_database_that_is_not_there_is_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("text"), "no database").expect("a file");
    let folder = folder.path().display();
    for (url, shown, reason) in [
        (
            "postgres://me:s3cret@127.0.0.1:1/x".to_owned(),
            "postgres://me:***@127.0.0.1:1/x",
            "nothing listens at 127.0.0.1:1 (",
        ),
        ("postgres://me:s3cret@no.such.invalid/x".to_owned(), "postgres://me:***@no.such.invalid/x", ""),
        (
            "postgres://127.0.0.1:1/x?password=s3cret".to_owned(),
            "postgres://127.0.0.1:1/x?password=***",
            "nothing listens at 127.0.0.1:1 (",
        ),
        ("postgres://me:s3cret@x:y/z".to_owned(), "postgres://me:***@x:y/z", ""),
        (
            format!("postgres://me:s3cret@x/y?host={folder}"),
            "postgres://me:***@x/y?host=",
            "there is no such socket: ",
        ),
        (format!("sqlite://{folder}/no/db"), "sqlite:///", "the directory "),
        (format!("sqlite://{folder}/text"), "sqlite:///", "it is not an SQLite database\n"),
        ("mysql://me:s3cret@there".to_owned(), "mysql://me:***@there", "a database URL begins with "),
    ] {
        for arguments in
            [&[][..], &["--migrate-only"], &["migrate", "plan"], &["migrate", "apply", "--dry-run"]]
        {
            let begun = Instant::now();
            let done = application(arguments).env("DATABASE_URL", &url).output().expect("a process");
            let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
            assert_eq!((done.status.code(), &*out), (Some(1), ""), "{err}");
            assert!(err.starts_with(&format!("probe: the database {shown}")), "{err}");
            assert!(err.contains(&format!(" cannot be used: {reason}")) && err.lines().count() == 1, "{err}");
            assert!(!err.contains("s3cret") && begun.elapsed() < SOON, "after {:?}: {err}", begun.elapsed());
        }
    }
}

fn an_address_in_use_is_a_sentence() {
    let other = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = other.local_addr().expect("an address").to_string();
    let (code, _, err) = output(&["--listen", &address]);
    assert_eq!(code, Some(1));
    assert_eq!(err, format!("probe: cannot listen on {address}: another program listens there already\n"));
}

fn a_broker_that_is_not_there_is_a_sentence() {
    let (code, out, err) = output(&["--broker", "kafka://me:secret@there"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert_eq!(
        err,
        "probe: the broker kafka://me:***@there cannot be used: \
         a broker URL begins with memory:, redis:, redis+cluster:, postgres: or nats:, or with rediss:, rediss+cluster: or \
         tls: (NATS) where it is encrypted\n"
    );
    let (code, _, err) = output(&["--broker=redis://127.0.0.1:1"]);
    assert_eq!(code, Some(1));
    let refused = "probe: the broker redis://127.0.0.1:1 cannot be used: nothing listens at 127.0.0.1:1 (";
    assert!(err.starts_with(refused), "{err}");
    for scheme in ["redis", "redis+cluster", "nats", "postgres"] {
        let begun = Instant::now();
        let (code, out, err) = output(&["--broker", &format!("{scheme}://me:s3cret@127.0.0.1:1")]);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
        let shown = format!("probe: the broker {scheme}://me:***@127.0.0.1:1 cannot be used: ");
        // Of a cluster each node is told of before.
        assert!(err.lines().last().is_some_and(|line| line.starts_with(&shown)), "{err}");
        assert!(!err.contains("s3cret") && begun.elapsed() < SOON, "after {:?}: {err}", begun.elapsed());
    }
}

#[cfg(unix)]
fn signals_end_it_in_order() {
    for signal in ["INT", "TERM"] {
        let mut child =
            application(&["--listen=127.0.0.1:0"]).stdout(Stdio::piped()).spawn().expect("a process");
        let address = listening(&mut child);
        TcpStream::connect(&address).expect("the server is there");
        let kill = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
        assert!(kill.expect("kill").success());
        assert_eq!(child.wait().expect("it ends").code(), Some(0), "SIG{signal}");
        assert!(TcpStream::connect(&address).is_err());
    }
}

fn a_limit_that_is_none_is_a_sentence() {
    let command = application(&["--listen=127.0.0.1:0"]).env("DCRF_LIMITS", "action=5").output();
    let Output { status, stderr, .. } = command.expect("a process");
    assert_eq!(status.code(), Some(1));
    let expected = "probe: DCRF_LIMITS: `5` is not a value of the limit `action`: it takes a time, such as 500ms or 15s\n";
    assert_eq!(String::from_utf8_lossy(&stderr), expected);
}

#[cfg(unix)]
fn metrics_have_an_address_of_their_own() {
    let mut child = application(&["--listen=127.0.0.1:0", "--metrics=127.0.0.1:0"])
        .env("DCRF_LIMITS", "connections=1")
        .stdout(Stdio::piped())
        .spawn()
        .expect("a process");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut address = |before: &str, after: &str| {
        let line = lines.next().expect("a line").expect("text");
        let address = line.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        address.unwrap_or_else(|| panic!("{line}")).to_owned()
    };
    let (public, metrics) = (address("listening on http://", ""), address("metrics on http://", "/metrics"));
    assert!(get(&public, "/metrics").starts_with("HTTP/1.1 404 "), "not for everybody");
    let held = TcpStream::connect(&public).expect("the server is there");
    let crossed = "dcrf_limit_crossed_total{limit=\"connections\"} ";
    // Whether the first line is accepted before the second one comes is up to the system.
    while !get(&public, "/healthz").starts_with("HTTP/1.1 503 ") {}
    let text = get(&metrics, "/metrics");
    assert!(text.starts_with("HTTP/1.1 200 ") && text.contains(crossed), "{text}");
    assert!(text.contains("# HELP dcrf_limit_crossed_total How often a limit was crossed"), "{text}");
    for path in ["/healthz", "/readyz"] {
        assert!(get(&metrics, path).starts_with("HTTP/1.1 200 "), "{path}");
    }
    drop(held);
    let kill = Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status();
    assert!(kill.expect("kill").success());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

/// The whole answer to a request without a body.
fn get(address: &str, path: &str) -> String {
    let mut line = TcpStream::connect(address).expect("somebody listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    line.write_all(request.as_bytes()).expect("an open line");
    let mut answer = String::new();
    line.read_to_string(&mut answer).expect("an answer");
    answer
}

/// Reads the line that names the address.
fn listening(child: &mut Child) -> String {
    let mut out = BufReader::new(child.stdout.as_mut().expect("a pipe"));
    let mut line = String::new();
    if out.read_line(&mut line).expect("a line") == 0 {
        let mut rest = String::new();
        let _ = out.read_to_string(&mut rest);
        panic!("nothing was printed");
    }
    line.trim_end().strip_prefix("listening on http://").expect("the address").to_owned()
}
