//! A cluster of PostgreSQL of the test's own, which it may stop, hold and fill.

use std::env;
use std::fs;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;

/// A cluster; it is stopped when it is dropped.
pub(super) struct Cluster {
    programs: PathBuf,
    directory: TempDir,
    pub(super) port: u16,
}

/// PostgreSQL refuses to run as root: then it is the user that Debian makes for it, or `nobody`.
fn user() -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").expect("Linux has users");
    let of = |name: &str| {
        let line = users.lines().find(|line| line.starts_with(&format!("{name}:")))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    Some(of("postgres").or_else(|| of("nobody")).expect("somebody who is not root"))
}

fn programs() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = debian.map(|version| version.path().join("bin")).collect();
    found.sort();
    let path = env::var_os("PATH").unwrap_or_default();
    found.extend(env::split_paths(&path));
    found
        .into_iter()
        .rev()
        .find(|directory| directory.join("initdb").exists() && directory.join("postgres").exists())
}

impl Cluster {
    /// Makes and starts one. Without the programs there is none, which is said aloud; in CI that is a failure.
    pub(super) fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            assert!(env::var_os("CI").is_none(), "initdb is missing, and in CI no test may be skipped");
            let _ = writeln!(
                std::io::stderr(),
                "NOT TESTED: initdb is missing (`tests/run` installs PostgreSQL)"
            );
            return None;
        };
        let directory = tempfile::tempdir().expect("a directory");
        if let Some((user, group)) = user() {
            std::os::unix::fs::chown(directory.path(), Some(user), Some(group)).expect("root may do so");
        }
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let cluster = Self { programs, directory, port: free.expect("a free port").port() };
        let data = cluster.data();
        cluster.run(
            "initdb",
            &["-D", &data, "-U", "postgres", "-A", "trust", "--no-sync", "--encoding=UTF8", "--locale=C"],
        );
        cluster.resume_after_stop();
        Some(cluster)
    }

    fn data(&self) -> String {
        self.directory.path().join("data").display().to_string()
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = Command::new(self.programs.join(program));
        command
            .args(arguments)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some((user, group)) = user() {
            command.uid(user).gid(group);
        }
        let ended = command.status().unwrap_or_else(|error| panic!("{program}: {error}"));
        assert!(ended.success(), "{program} ended with {ended}: {}", self.log());
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    fn control(&self, arguments: &[&str]) {
        let data = self.data();
        self.run("pg_ctl", &[&["-D", &data, "-w", "-t", "60"], arguments].concat());
    }

    /// Stops it: nobody listens any more.
    pub(super) fn stop(&self) {
        self.control(&["stop", "-m", "immediate"]);
    }

    /// Starts it again.
    pub(super) fn resume_after_stop(&self) {
        let log = self.directory.path().join("log").display().to_string();
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=25 -c fsync=off \
             -c shared_buffers=16MB -c max_wal_senders=0",
            self.port
        );
        self.control(&["-l", &log, "-o", &options, "start"]);
    }

    /// Holds all its processes, or lets them go on.
    pub(super) fn hold(&self, held: bool) {
        let signal = if held { Signal::STOP } else { Signal::CONT };
        let first = fs::read_to_string(Path::new(&self.data()).join("postmaster.pid")).expect("it runs");
        let postmaster: i32 =
            first.lines().next().and_then(|line| line.trim().parse().ok()).expect("a process");
        let send = |process: i32| Pid::from_raw(process).is_some_and(|pid| kill_process(pid, signal).is_ok());
        // The one that makes others comes first when it is held, and last when it goes on.
        if held {
            send(postmaster);
        }
        let children = fs::read_to_string(format!("/proc/{postmaster}/task/{postmaster}/children"));
        for child in children.unwrap_or_default().split_whitespace().filter_map(|child| child.parse().ok()) {
            send(child);
        }
        if !held {
            send(postmaster);
        }
    }

    /// A connection of somebody who may do everything.
    pub(super) async fn admin(&self, database: &str) -> PgConnection {
        let url = format!("postgres://postgres@127.0.0.1:{}/{database}", self.port);
        PgConnection::connect(&url).await.expect("the cluster is there")
    }

    pub(super) async fn execute(&self, database: &str, sql: &str) {
        let mut admin = self.admin(database).await;
        let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut admin).await;
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
        admin.close().await.expect("its end");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.hold(false);
        let data = self.data();
        let mut command = Command::new(self.programs.join("pg_ctl"));
        command.args(["-D", &data, "-m", "immediate", "-w", "stop"]).current_dir("/");
        command.stdout(Stdio::null()).stderr(Stdio::null());
        if let Some((user, group)) = user() {
            command.uid(user).gid(group);
        }
        let _ = command.status();
    }
}
