//! An example server as a process: started on a free port, asked to stop, killed when it is dropped.

use std::process::{ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::binaries::workspace;
use crate::{App, Database, LIMIT, Socket};

/// A server that takes connections.
#[derive(Debug)]
pub struct Server {
    name: &'static str,
    child: Child,
    address: String,
    stderr: Arc<Mutex<String>>,
}

impl Server {
    /// Starts an application on a database and a free port, and waits for its word that it listens.
    ///
    /// # Panics
    /// If it does not start: with what it wrote to stderr.
    pub async fn start(app: App, database: &Database) -> Self {
        Self::start_with(app, database, &[]).await
    }

    /// The same, with further arguments.
    ///
    /// # Panics
    /// If it does not start: with what it wrote to stderr.
    pub async fn start_with(app: App, database: &Database, arguments: &[&str]) -> Self {
        Self::spawn(app, command(app, &database.url()).await.args(arguments)).await
    }

    /// The same, with limits: what `DCRF_LIMITS` takes.
    ///
    /// # Panics
    /// If it does not start: with what it wrote to stderr.
    pub async fn start_limited(app: App, database: &Database, limits: &str) -> Self {
        Self::spawn(app, command(app, &database.url()).await.env("DCRF_LIMITS", limits)).await
    }

    /// The same, on a database by its URL, with arguments and limits. What would be written beyond the limit of the system
    /// (see [`limit_files`](Self::limit_files)) is an error for it, and no end.
    ///
    /// # Panics
    /// If it does not start: with what it wrote to stderr.
    pub async fn start_on(app: App, url: &str, arguments: &[&str], limits: &str) -> Self {
        let direct = command(app, url).await;
        // Whoever ignores a signal passes that on.
        let mut command = Command::new("/bin/sh");
        command.args(["-c", r#"trap "" XFSZ; exec "$0" "$@""#]).arg(direct.as_std().get_program());
        settings(&mut command, url);
        Self::spawn(app, command.args(arguments).env("DCRF_LIMITS", limits)).await
    }

    /// Says how many bytes a file may have that it writes to; none: as many as there are. Linux does it.
    ///
    /// # Panics
    /// If it has ended.
    #[cfg(target_os = "linux")]
    pub fn limit_files(&self, bytes: Option<u64>) {
        use rustix::process::{Resource, Rlimit, prlimit};
        let limit = Rlimit { current: bytes, maximum: None };
        prlimit(Some(self.pid()), Resource::Fsize, limit).expect("a child can be limited");
    }

    async fn spawn(app: App, command: &mut Command) -> Self {
        let mut child = command
            .args(["--listen", "127.0.0.1:0"])
            .spawn()
            .unwrap_or_else(|error| panic!("{} cannot be started: {error}", app.name()));
        let stderr = collect(child.stderr.take().expect("invariant: stderr is piped"));
        let stdout = child.stdout.take().expect("invariant: stdout is piped");
        let mut lines = BufReader::new(stdout).lines();
        let line = timeout(LIMIT, lines.next_line())
            .await
            .unwrap_or_else(|_| panic!("{} does not say that it listens: {}", app.name(), text(&stderr)));
        let line = line.expect("stdout is text").unwrap_or_default();
        let address = line.strip_prefix("listening on http://").unwrap_or_else(|| {
            panic!("{} begins with {line:?}, not with where it listens: {}", app.name(), text(&stderr))
        });
        Self { name: app.name(), child, address: address.to_owned(), stderr }
    }

    /// Runs an application with `--migrate-only`: it brings the database up to date and ends.
    ///
    /// # Panics
    /// If it does not end in time.
    pub async fn migrate(app: App, database: &Database) -> Output {
        Self::migrate_on(app, &database.url()).await
    }

    /// The same, on a database by its URL, which need not be there.
    ///
    /// # Panics
    /// If it does not end in time.
    pub async fn migrate_on(app: App, url: &str) -> Output {
        let mut command = command(app, url).await;
        let output = timeout(LIMIT, command.arg("--migrate-only").output()).await;
        output
            .unwrap_or_else(|_| panic!("{} --migrate-only does not end", app.name()))
            .unwrap_or_else(|error| panic!("{} cannot be started: {error}", app.name()))
    }

    /// Starts an application that is to end by itself, and gives what it says.
    ///
    /// # Panics
    /// If it does not end in time.
    pub async fn refuse(app: App, database: &Database) -> Output {
        let mut command = command(app, &database.url()).await;
        let output = timeout(LIMIT, command.args(["--listen", "127.0.0.1:0"]).output()).await;
        output
            .unwrap_or_else(|_| panic!("{} does not end", app.name()))
            .unwrap_or_else(|error| panic!("{} cannot be started: {error}", app.name()))
    }

    /// Opens a socket at a path, such as `/ws/users/`.
    pub async fn connect(&self, path: &str) -> Socket {
        Socket::connect(&self.url(path)).await
    }

    /// The address of a path as a socket: `ws://127.0.0.1:…/…`.
    pub fn url(&self, path: &str) -> String {
        format!("ws://{}{path}", self.address)
    }

    /// Asks for a path by plain HTTP; the whole answer, head and body.
    ///
    /// # Panics
    /// If there is none.
    pub async fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).await.expect("the server takes connections");
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address);
        stream.write_all(request.as_bytes()).await.expect("the server reads");
        let mut answer = String::new();
        let read = timeout(LIMIT, stream.read_to_string(&mut answer)).await;
        read.expect("the server answers in time").expect("the answer is text");
        answer
    }

    /// Where it listens: `127.0.0.1:4711`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What it has written to stderr until now.
    pub fn errors(&self) -> String {
        text(&self.stderr)
    }

    /// The lines of a level that its log has, once there are so many; there are no more.
    ///
    /// # Panics
    /// If there are not so many in time, or more.
    pub async fn logged(&self, level: &str, count: usize) -> Vec<String> {
        let lines = || -> Vec<String> {
            let text = self.stderr.lock().expect("invariant: nobody panics while holding it");
            let of_level = |line: &&str| line.split_whitespace().nth(1) == Some(level);
            text.lines().filter(of_level).map(str::to_owned).collect()
        };
        // The line stands in the pipe before the answer is sent; here it is read.
        let read = timeout(LIMIT, async {
            while lines().len() < count {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        });
        read.await.unwrap_or_else(|_| panic!("{count} lines of {level} are not logged, {}", self.errors()));
        let lines = lines();
        assert_eq!(lines.len(), count, "{lines:#?}");
        lines
    }

    /// The memory that is resident, in KiB; Linux tells it.
    ///
    /// # Panics
    /// If it has ended.
    pub fn resident(&self) -> u64 {
        self.memory("VmRSS:")
    }

    /// The most of it that there ever was, in KiB.
    ///
    /// # Panics
    /// If it has ended.
    pub fn peak(&self) -> u64 {
        self.memory("VmHWM:")
    }

    /// The number of its process.
    ///
    /// # Panics
    /// If it has ended.
    pub fn process(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    fn memory(&self, what: &str) -> u64 {
        memory_of(self.process(), what)
    }

    /// Asks it to stop (SIGTERM), as service managers do. It is still running when this returns.
    ///
    /// # Panics
    /// If it has ended already.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Kills it (SIGKILL): it can neither finish nor tidy up anything.
    ///
    /// # Panics
    /// If it has ended already.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// If it does not end in time.
    pub async fn ended(mut self) -> ExitStatus {
        let status = timeout(LIMIT, self.child.wait()).await;
        status
            .unwrap_or_else(|_| panic!("{} does not end: {}", self.name, text(&self.stderr)))
            .expect("a child can be waited for")
    }

    /// Stops it and makes sure that it was an orderly end.
    ///
    /// # Panics
    /// If it was not.
    pub async fn stop(self) {
        let stderr = Arc::clone(&self.stderr);
        self.terminate();
        let status = self.ended().await;
        assert!(status.success(), "the server ended with {status}: {}", text(&stderr));
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("a child can be signalled");
    }

    fn pid(&self) -> Pid {
        let pid = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        pid.unwrap_or_else(|| panic!("{} has ended: {}", self.name, text(&self.stderr)))
    }
}

fn memory_of(process: u32, what: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"));
    let status = status.expect("it runs, and Linux tells of processes");
    let line = status.lines().find_map(|line| line.strip_prefix(what)).expect("and of their memory");
    line.trim().trim_end_matches("kB").trim().parse().expect("a number")
}

/// The memory of a process that is resident, in KiB; Linux tells it.
///
/// # Panics
/// If it has ended.
pub fn resident_of(process: u32) -> u64 {
    memory_of(process, "VmRSS:")
}

/// How many files and sockets a process has open; Linux tells it.
///
/// # Panics
/// If it has ended.
pub fn files_of(process: u32) -> u64 {
    let files =
        std::fs::read_dir(format!("/proc/{process}/fd")).expect("it runs, and Linux tells of processes");
    files.count() as u64
}

async fn command(app: App, url: &str) -> Command {
    let executable = tokio::task::spawn_blocking(move || app.executable()).await.expect("cargo builds");
    let mut command = Command::new(executable);
    settings(&mut command, url);
    command
}

/// What a server is started with, whatever starts it.
fn settings(command: &mut Command, url: &str) {
    command
        .current_dir(workspace())
        .env("DATABASE_URL", url)
        .env_remove("LISTEN")
        .env_remove("DCRF_BROKER")
        .env_remove("DCRF_LIMITS")
        .env_remove("DCRF_METRICS")
        .env_remove("DCRF_LOG_FORMAT")
        .env_remove("RUST_LOG")
        .env_remove("RUST_BACKTRACE")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
}

/// Reads on for as long as there is something, so that the server never waits for a reader.
fn collect(stderr: tokio::process::ChildStderr) -> Arc<Mutex<String>> {
    let collected = Arc::new(Mutex::new(String::new()));
    let writer = Arc::clone(&collected);
    tokio::spawn(async move {
        let mut lines = BufReader::new(stderr).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let mut text = writer.lock().expect("invariant: nobody panics while holding it");
            text.push_str(&line);
            text.push('\n');
        }
    });
    collected
}

fn text(stderr: &Mutex<String>) -> String {
    let text = stderr.lock().expect("invariant: nobody panics while holding it");
    if text.is_empty() { "nothing on stderr".to_owned() } else { format!("on stderr:\n{text}") }
}
