//! The Django project of `examples/beside-django` as two processes: one serves REST, one runs the code of a test.

use std::env;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use dcrf_e2e::{Database, LIMIT, Socket};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// The Python that has the packages of `examples/beside-django/requirements.txt`.
const PYTHON: &str = "DCRF_PYTHON";

/// Django on the tables of a database, with the users of `manage.py demo` and the product that it makes.
pub struct Django {
    worker: Worker,
    _server: Child,
    address: String,
}

/// A process that runs code in Django.
pub struct Worker {
    _child: Child,
    stdin: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

/// Returns where the project of the example is.
pub fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/beside-django")
}

/// Returns the Python of the tests. Without it there is none, which is said aloud; in CI that is a failure.
pub fn python() -> Option<String> {
    let python = env::var(PYTHON).ok();
    if python.is_none() {
        assert!(env::var_os("CI").is_none(), "{PYTHON} is not set, and in CI no test may be skipped");
        // Not `eprintln!`, which the test harness keeps to itself when a test passes.
        let _ = writeln!(
            std::io::stderr(),
            "NOT TESTED beside Django: {PYTHON} is not set (`tests/run` sets it)"
        );
    }
    python
}

impl Django {
    /// Creates a database with the tables of Django, and serves them; none as of [`python`] and [`Database::postgres`].
    pub async fn start() -> Option<(Database, Self)> {
        let python = python()?;
        let database = Database::postgres().await?;
        let mut worker = Worker::start(&python, &project(), &database);
        worker.run("call_command('migrate', verbosity=0); call_command('demo', verbosity=0)").await;
        let mut server = command(&python, &project(), &database)
            .args(["-m", "uvicorn", "website.asgi:application", "--no-access-log", "--port", "0"])
            .stderr(Stdio::piped())
            .spawn()
            .expect("Python can be started");
        let mut lines = BufReader::new(server.stderr.take().expect("invariant: stderr is piped")).lines();
        let listens = async {
            let mut before = String::new();
            while let Some(line) = lines.next_line().await.expect("the log is text") {
                if let Some((_, rest)) = line.split_once("running on http://") {
                    return rest.split(' ').next().expect("invariant: a split has a part").to_owned();
                }
                before = before + &line + "\n";
            }
            panic!("uvicorn has ended: {before}");
        };
        let address = timeout(LIMIT, listens).await.expect("uvicorn listens in time");
        // It is read on for as long as there is something, so that the server never waits for a reader.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Some((database, Self { worker, _server: server, address }))
    }

    /// Runs statements of Python in one process beside the server.
    pub async fn run(&mut self, statements: &str) {
        self.worker.run(statements).await;
    }

    /// Returns the value of an expression of Python, as Django writes it in JSON.
    pub async fn value(&mut self, expression: &str) -> Value {
        self.worker.value(expression).await
    }

    /// Sends a request of the staff to REST; returns the status and the body, `null` if it is empty.
    pub async fn rest(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        // In HTTP/1.0 the end of the answer is that of the connection.
        let request = format!(
            "{method} /api/{path} HTTP/1.0\r\nHost: {}\r\nAuthorization: Token demo-staff\r\nContent-Type: \
             application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        let mut stream = TcpStream::connect(&self.address).await.expect("uvicorn takes connections");
        stream.write_all(request.as_bytes()).await.expect("uvicorn reads");
        let mut answer = String::new();
        let read = timeout(LIMIT, stream.read_to_string(&mut answer)).await;
        read.expect("uvicorn answers in time").expect("the answer is text");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let body = match body {
            "" => Value::Null,
            json => serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {answer}")),
        };
        (status, body)
    }

    /// The same, and returns the body of a success.
    pub async fn done(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.rest(method, path, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// Opens a socket of Channels.
    pub async fn connect(&self, path: &str) -> Socket {
        Socket::connect(&format!("ws://{}{path}", self.address)).await
    }
}

impl Worker {
    /// Starts it in the folder of a project.
    pub fn start(python: &str, project: &Path, database: &Database) -> Self {
        let mut child = command(python, project, database)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/beside_django/worker.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python can be started");
        let stdin = child.stdin.take().expect("invariant: stdin is piped");
        let stdout = child.stdout.take().expect("invariant: stdout is piped");
        Self { _child: child, stdin, answers: BufReader::new(stdout).lines() }
    }

    /// Runs statements of Python.
    pub async fn run(&mut self, statements: &str) {
        self.ask(statements, "None").await;
    }

    /// Returns the value of an expression.
    pub async fn value(&mut self, expression: &str) -> Value {
        self.ask("", expression).await
    }

    async fn ask(&mut self, statements: &str, expression: &str) -> Value {
        let line = format!("{}\n", json!([statements, expression]));
        self.stdin.write_all(line.as_bytes()).await.expect("Python reads");
        let answer = timeout(LIMIT, self.answers.next_line()).await.expect("Python answers in time");
        let answer = answer.expect("the answer is text").expect("Python has not ended");
        let (done, value): (bool, Value) = serde_json::from_str(&answer).expect("the answer is JSON");
        assert!(done, "{statements} {expression}: {}", value.as_str().unwrap_or_default());
        value
    }
}

fn command(python: &str, project: &Path, database: &Database) -> Command {
    let mut command = Command::new(python);
    command
        .current_dir(project)
        .env("DATABASE_URL", database.url())
        .env("DJANGO_SETTINGS_MODULE", "website.settings")
        .env("PYTHONPATH", project)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONWARNINGS", "ignore")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}
