//! The log of an application: what stands on its stderr.

use std::io::Read as _;
use std::process::{Child, Stdio};

use dcrf_runtime::dispatch::ReplyFuture;
use dcrf_runtime::meta::{AccessMeta, ActionMeta, ConsumerMeta};
use dcrf_runtime::test::TestClient;
use dcrf_runtime::{Context, Dispatch, Error, Reply, Request};
use serde_json::{Value, json};

use super::{ROLE, application, listening, output};

/// The role of an application that has a log of its own.
pub(super) const OWN: &str = "own log";

/// A consumer all of whose actions fail but one.
pub(super) struct Failing;

static FAILING: ConsumerMeta = ConsumerMeta {
    name: "Failing",
    stream: "failing",
    path: "/ws/failing/",
    actions: &[
        ActionMeta::new("fails"),
        ActionMeta::new("panics"),
        ActionMeta::new("spawns"),
        ActionMeta::new("catches"),
        ActionMeta::new("tells"),
    ],
    model: None,
    access: AccessMeta::OPEN,
};

impl Dispatch for Failing {
    fn meta(&self) -> &'static ConsumerMeta {
        &FAILING
    }

    fn call<'a>(&'a self, _: &'a Context, request: &'a Request<'a>) -> ReplyFuture<'a> {
        Box::pin(async move {
            match request.action() {
                "fails" => return Err(Error::internal("the cupboard\nis bare")),
                "panics" => panic!("the cupboard\nis bare"),
                "spawns" => {
                    let task = tokio::spawn(async { panic!("not asked for") });
                    assert!(task.await.is_err(), "it panics");
                }
                "catches" => {
                    let caught = std::panic::catch_unwind(|| panic!("only tried"));
                    assert!(caught.is_err(), "it panics");
                }
                _ => tracing::info!("the application says something"),
            }
            Ok(Reply::empty(200))
        })
    }
}

/// Sets a log of the application's own, as it may be of any kind.
pub(super) fn set_own() {
    tracing_subscriber::fmt().with_writer(std::io::stderr).without_time().with_ansi(false).init();
}

/// An application with this environment, and what it has written to stderr when these actions were asked for.
fn errors(role: &str, environment: &[(&str, &str)], arguments: &[&str], actions: &[(&str, u16)]) -> String {
    let mut command = application(arguments);
    command.arg("--listen=127.0.0.1:0").env(ROLE, role).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.envs(environment.iter().copied()).spawn().expect("a process");
    let address = listening(&mut child);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        for path in ["/ws/failing/", "/ws/"] {
            let mut client = TestClient::connect(format!("ws://{address}{path}")).await;
            for (action, status) in actions {
                let frame = json!({"action": action, "request_id": 1});
                let wrapped = path == "/ws/";
                let asked = if wrapped { json!({"stream": "failing", "payload": frame}) } else { frame };
                let answer = client.request(&asked).await;
                let answer = if wrapped { &answer["payload"] } else { &answer };
                assert_eq!(answer["response_status"], *status, "{answer}");
            }
            client.close().await;
        }
    });
    written(&mut child)
}

/// Kills it; gives all that it has written to stderr.
fn written(child: &mut Child) -> String {
    child.kill().expect("it runs");
    let mut errors = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut errors).expect("text");
    child.wait().expect("it ends");
    errors
}

const ALL: &[(&str, u16)] =
    &[("fails", 500), ("panics", 500), ("spawns", 200), ("catches", 200), ("tells", 200)];

pub(super) fn mistakes_are_sentences() {
    let (code, out, err) = output(&["--log-format=xml"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert_eq!(
        err,
        "probe: `xml` is not a format of the log: there are `text` and `json`; see probe --help\n"
    );
    let wrong = application(&[]).env("DCRF_LOG_FORMAT", "xml").output().expect("a process");
    assert_eq!(wrong.status.code(), Some(1));
    let expected = "probe: DCRF_LOG_FORMAT: `xml` is not a format of the log: there are `text` and `json`\n";
    assert_eq!(String::from_utf8_lossy(&wrong.stderr), expected);
    // Why it does not start is a line like every other.
    let (code, _, err) = output(&["--log-format=json", "--listen=nowhere"]);
    let line: Value = serde_json::from_str(&err).expect("a line of JSON");
    assert_eq!((code, &line["level"]), (Some(1), &json!("ERROR")));
    let message = line["message"].as_str().expect("a text");
    assert!(message.starts_with("probe: cannot listen on nowhere: "), "{line}");
}

pub(super) fn a_failure_is_one_line() {
    let errors = errors("1", &[], &[], ALL);
    assert!(!errors.contains('\u{1b}'), "colours are for terminals: {errors}");
    let lines: Vec<&str> = errors.lines().collect();
    assert_eq!(lines.len(), 2 * ALL.len(), "{errors}");
    for (lines, (id, path)) in lines.chunks(ALL.len()).zip([(1, "/ws/failing/"), (2, "/ws/")]) {
        let around = |action: &str| {
            format!(
                r#" connection{{id={id} client=127.0.0.1 path="{path}"}}:request{{stream="failing" action="{action}" request_id="1"}}: "#
            )
        };
        for (line, level, action, text) in [
            (
                lines[0],
                " ERROR",
                "fails",
                "a request failed error=internal: the cupboard\\nis bare status=500",
            ),
            (lines[1], " ERROR", "panics", "a request failed error=internal: panic at "),
            (lines[3], "  WARN", "catches", "the application has caught a panic error=panic at "),
            (lines[4], "  INFO", "tells", "the application says something"),
        ] {
            assert!(line.contains(level) && line.contains(&around(action)) && line.contains(text), "{line}");
        }
        assert!(
            lines[1].contains("run/log.rs:") && lines[1].ends_with(": the cupboard\\nis bare status=500")
        );
        // Of a task that nobody waits for there is but this.
        let spawned = lines[2];
        assert!(
            spawned.contains(" ERROR ") && spawned.contains("a task panicked error=panic at "),
            "{spawned}"
        );
        assert!(spawned.ends_with(": not asked for"), "{spawned}");
    }
}

pub(super) fn lines_may_be_json() {
    for (environment, arguments) in [
        (&[("DCRF_LOG_FORMAT", "json")][..], &[][..]),
        (&[], &["--log-format=json"]),
        (&[], &["--log-format", "json"]),
    ] {
        let errors = errors("1", environment, arguments, ALL);
        let lines: Vec<Value> =
            errors.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
        assert_eq!(lines.len(), 2 * ALL.len(), "{errors}");
        let line = &lines[0];
        assert_eq!((&line["level"], &line["message"]), (&json!("ERROR"), &json!("a request failed")));
        assert_eq!(
            (&line["error"], &line["status"]),
            (&json!("internal: the cupboard\\nis bare"), &json!(500))
        );
        assert!(line["timestamp"].is_string(), "{line}");
        let request = json!({"name": "request", "stream": "failing", "action": "fails", "request_id": "1"});
        let connection =
            json!({"name": "connection", "id": 1, "client": "127.0.0.1", "path": "/ws/failing/"});
        assert_eq!(line["spans"], json!([connection, request]), "{line}");
    }
    // What the environment says does not count where the command line says something.
    let errors = errors("1", &[("DCRF_LOG_FORMAT", "json")], &["--log-format=text"], &[("fails", 500)]);
    assert!(errors.contains(" ERROR connection{"), "{errors}");
}

pub(super) fn what_is_logged_can_be_chosen() {
    let failures = errors("1", &[("RUST_LOG", "error")], &[], ALL);
    assert_eq!(failures.lines().count(), 6, "{failures}");
    assert!(failures.contains(r#"action="fails""#), "with all that it was asked for: {failures}");
    assert_eq!(errors("1", &[("RUST_LOG", "off")], &[], ALL), "");
    let more = errors("1", &[("RUST_LOG", "dcrf_runtime=debug")], &[], &[("no_such_action", 405)]);
    assert!(more.contains(" DEBUG connection{id=1 ") && more.contains("a request was refused"), "{more}");
    let traced = errors("1", &[("RUST_BACKTRACE", "1")], &[], &[("panics", 500)]);
    let failures = traced.lines().filter(|line| line.contains(" ERROR ")).count();
    assert!(failures == 2 && traced.contains("stack backtrace:"), "{traced}");
    let wrong = errors("1", &[("RUST_LOG", "a=b=c,info")], &[], &[("fails", 500)]);
    assert!(wrong.contains("a=b=c") && wrong.contains(" ERROR "), "what cannot be read is said: {wrong}");
}

pub(super) fn an_application_may_have_its_own() {
    let errors = errors(OWN, &[], &[], &[("fails", 500)]);
    let lines: Vec<&str> = errors.lines().collect();
    assert!(lines.len() == 2 && lines.iter().all(|line| line.starts_with("ERROR connection{")), "{errors}");
    let mut refused = application(&["--log-format=json"]);
    let refused = refused.env(ROLE, OWN).output().expect("a process");
    assert_eq!(refused.status.code(), Some(1));
    let expected = "probe: --log-format or DCRF_LOG_FORMAT: the application has a log of its own\n";
    assert_eq!(String::from_utf8_lossy(&refused.stderr), expected);
}
