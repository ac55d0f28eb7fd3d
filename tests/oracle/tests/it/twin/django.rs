//! The process of Django: `tests/twin/site/worker.py`.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use dcrf_oracle::databases::say;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// The Python that has the packages of `examples/beside-django/requirements.txt`.
const PYTHON: &str = "DCRF_PYTHON";
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process that performs requests in Django.
#[derive(Debug)]
pub struct Django {
    _child: Child,
    stdin: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

/// Returns the Python of the tests. Without it there is none, which is said aloud; in CI that is a failure.
pub fn python() -> Option<String> {
    let python = env::var(PYTHON).ok();
    if python.is_none() {
        assert!(env::var_os("CI").is_none(), "{PYTHON} is not set, and in CI no test may be skipped");
        say(&format!("NOT TESTED beside Django: {PYTHON} is not set (`tests/run` sets it)"));
    }
    python
}

impl Django {
    /// Starts it on a database, in which it makes its tables.
    pub async fn start(python: &str, url: &str) -> Self {
        let site: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../twin/site");
        let mut child = Command::new(python)
            .arg("worker.py")
            .current_dir(site)
            .env("DATABASE_URL", url)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONWARNINGS", "ignore")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("Python can be started");
        let stdin = child.stdin.take().expect("invariant: stdin is piped");
        let stdout = child.stdout.take().expect("invariant: stdout is piped");
        let mut django = Self { _child: child, stdin, answers: BufReader::new(stdout).lines() };
        django.answer().await;
        django
    }

    /// Sends a request, which is the text of a JSON object, and returns the answer.
    pub async fn ask(&mut self, request: &str) -> Value {
        let line = format!("{request}\n");
        self.stdin.write_all(line.as_bytes()).await.expect("Django reads");
        self.answer().await
    }

    async fn answer(&mut self) -> Value {
        let line = timeout(PATIENCE, self.answers.next_line()).await.expect("Django answers in time");
        let line = line.expect("the answer is text").expect("Django has not ended");
        read(&line)
    }
}

/// Reads JSON. A text that is no Unicode is shown as one that nobody else writes.
pub fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| {
        let text = with_shown_surrogates(text);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    })
}

/// Writes the escapes of surrogates as the texts of these escapes. What follows another backslash is no escape, such as
/// in JSON inside of a text.
fn with_shown_surrogates(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        shown.push_str(before);
        if escape.starts_with("\\ud") || escape.starts_with("\\uD") {
            shown.push('\\');
        }
        // An escape is a backslash and at least one character.
        let length = escape.chars().take(2).map(char::len_utf8).sum();
        shown.push_str(&escape[..length]);
        rest = &escape[length..];
    }
    shown + rest
}

#[test]
fn surrogates_are_shown_wherever_they_are() {
    let text = r#"{"any": "x\udc00y", "row": "{\"any\": \"x\\udc00y\"}", "more": "\\\ud800"}"#;
    let shown = read(text);
    assert_eq!(shown["any"], r"x\udc00y");
    assert_eq!(shown["row"], r#"{"any": "x\udc00y"}"#);
    assert_eq!(shown["more"], r"\\ud800");
}
