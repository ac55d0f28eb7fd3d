//! `migrate status`, `migrate plan` and `migrate apply`, on both databases.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Output, Stdio};

use dcrf_runtime::db::{Migration, Migrations};
use dcrf_runtime::{Db, Service, Uuid};
use serde_json::Value;

use super::{ROLE, application};

/// The roles of applications with migrations: in this order of releases, and one of another branch.
pub const OLD: &str = "migrate old";
pub const NEW: &str = "migrate new";
const BRANCH: &str = "migrate branch";
const FORGETFUL: &str = "migrate forgetful";

const FIRST: Migration = Migration {
    version: 1,
    name: "0001_initial",
    sql: "-- Generated.\n\nCREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n\
          INSERT INTO person VALUES (1, 'a'), (2, 'b');\n",
};
const SECOND: Migration = Migration {
    version: 2,
    name: "0002_more",
    sql: "-- dcrf:step \"person\" People have a town.\nALTER TABLE person ADD COLUMN town TEXT;\n\
          -- dcrf:step Towns get a table.\nCREATE TABLE town (name TEXT);\n",
};
const OTHER: Migration =
    Migration { version: 2, name: "0002_other", sql: "CREATE TABLE other (id INTEGER);\n" };

const RELEASE: &[Migration] = &[FIRST];
/// As a generated crate has them.
static NEXT: Migrations = Migrations {
    sqlite: &[FIRST, SECOND, Migration::in_rust(3, "0003_shout")],
    postgres: &[FIRST, SECOND, Migration::in_rust(3, "0003_shout")],
};
const ELSEWHERE: &[Migration] = &[FIRST, OTHER];

/// The application of a role.
pub fn service(role: &str) -> Option<Service> {
    let of = |list| Service::new("probe", Migrations { sqlite: list, postgres: list });
    match role {
        OLD => Some(of(RELEASE)),
        BRANCH => Some(of(ELSEWHERE)),
        FORGETFUL => Some(Service::new("probe", NEXT)),
        NEW => Some(Service::new("probe", NEXT).migration("0003_shout", |tables| {
            Box::pin(async move {
                for mut row in tables.query("SELECT name FROM person", Vec::new()).await? {
                    let name: String = row.take(0)?;
                    let sql = "UPDATE person SET name = $1 WHERE name = $2";
                    tables.execute(sql, vec![name.to_uppercase().into(), name.into()]).await?;
                }
                Ok(())
            })
        })),
        _ => None,
    }
}

struct Probe {
    url: String,
}

impl Probe {
    fn output(&self, role: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
        let Output { status, stdout, stderr } = application(&[&["migrate"], arguments].concat())
            .env(ROLE, role)
            .env("DATABASE_URL", &self.url)
            .output()
            .expect("a process");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        (status.code(), text(stdout), text(stderr))
    }

    /// What is said to programs.
    fn json(&self, role: &str, task: &str, code: i32) -> Value {
        let (ended, out, err) = self.output(role, &[task, "--format", "json"]);
        assert_eq!((ended, &*err), (Some(code), ""), "{out}");
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{out}: {error}"))
    }

    /// The state of each migration.
    fn states(&self, role: &str, code: i32) -> Vec<String> {
        let told = self.json(role, "status", code);
        assert_eq!(told["up_to_date"], code == 0, "{told}");
        let migrations = told["migrations"].as_array().expect("a list");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        migrations.iter().map(|each| format!("{} {}", text(&each["name"]), text(&each["state"]))).collect()
    }
}

pub async fn on_both_databases() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("probe.sqlite3");
    let probe = Probe { url: format!("sqlite://{}", path.display()) };
    // Nothing is made by who looks, or only tries.
    assert_eq!(probe.json(OLD, "status", 1)["exists"], false);
    let (_, out, _) = probe.output(OLD, &["status"]);
    assert!(
        out.starts_with("pending  0001_initial\nsqlite:///") && out.ends_with(" does not exist: 1 pending\n"),
        "{out}"
    );
    let tried = probe.output(NEW, &["apply", "--dry-run"]);
    assert!(
        tried.0 == Some(0) && tried.1.contains("3 migrations tried, and all of it was undone"),
        "{tried:?}"
    );
    assert!(!path.exists(), "it was tried in memory");
    releases(&probe);
    sqlite_is_waited_for(&probe).await;
    if let Ok(server) = std::env::var("DCRF_TEST_POSTGRES") {
        let none = Migrations { sqlite: &[], postgres: &[] };
        let name = format!("dcrf_{}", Uuid::random().to_string().replace('-', ""));
        let db = Db::connect(&server, &none).await.expect("PostgreSQL");
        let sql = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
        db.execute(sql(format!("CREATE DATABASE {name}")), Vec::new()).await.expect("a database");
        let (base, _) = server.rsplit_once('/').expect("a URL with a database");
        let probe = Probe { url: format!("{base}/{name}") };
        releases(&probe);
        postgres_is_waited_for(&probe).await;
        db.execute(sql(format!("DROP DATABASE {name} WITH (FORCE)")), Vec::new()).await.expect("it goes");
        db.close().await;
    } else {
        assert!(std::env::var_os("CI").is_none(), "DCRF_TEST_POSTGRES is not set");
    }
}

/// A database goes through releases.
fn releases(probe: &Probe) {
    assert_eq!(probe.states(OLD, 1), ["0001_initial pending"]);
    let planned = probe.json(OLD, "plan", 0);
    let steps = ["CREATE TABLE person …", "INSERT INTO person VALUES …"];
    assert_eq!(planned["migrations"][0]["steps"], serde_json::json!(steps));
    assert_eq!(planned["migrations"][0]["tables"], serde_json::json!([]), "there is none yet");
    let (code, out, err) = probe.output(OLD, &["apply"]);
    assert_eq!((code, &*err), (Some(0), ""));
    assert!(
        out.starts_with("applied 0001_initial in ") && out.ends_with("is up to date: 1 migration applied\n"),
        "{out}"
    );
    assert_eq!(probe.states(OLD, 0), ["0001_initial applied"]);

    let pending = ["0001_initial applied", "0002_more pending", "0003_shout pending"];
    assert_eq!(probe.states(NEW, 1), pending);
    let (code, out, _) = probe.output(NEW, &["plan"]);
    assert_eq!(code, Some(0));
    let said = "0002_more\n  person: People have a town.\n  Towns get a table.\n  person has 2 rows\n\
                0003_shout\n  done by the application\n";
    assert!(out.starts_with(said) && out.ends_with(": 2 migrations are to be applied\n"), "{out}");
    // Tried, nothing stays.
    let (code, out, err) = probe.output(NEW, &["apply", "--dry-run"]);
    assert_eq!((code, &*err), (Some(0), ""));
    assert!(
        out.starts_with("tried 0002_more in ") && out.contains("is as it was: 2 migrations tried"),
        "{out}"
    );
    assert_eq!(probe.states(NEW, 1), pending);
    // What is not registered is told before anything is done.
    for task in ["status", "plan", "apply"] {
        let (code, out, err) = probe.output(FORGETFUL, &[task]);
        assert_eq!((code, &*out), (Some(1), ""));
        assert!(
            err.contains("0003_shout is done in Rust, and the application does not register it"),
            "{err}"
        );
    }
    assert_eq!(probe.output(NEW, &["apply"]).0, Some(0));
    assert_eq!(probe.states(NEW, 0), ["0001_initial applied", "0002_more applied", "0003_shout applied"]);

    // The release before goes on serving; another branch is told, and what it can do.
    assert_eq!(probe.states(OLD, 0), ["0001_initial applied", "0002_more newer", "0003_shout newer"]);
    assert_eq!(probe.states(BRANCH, 1), ["0001_initial applied", "0002_other changed", "0003_shout newer"]);
    let (code, out, _) = probe.output(BRANCH, &["status"]);
    assert!(
        code == Some(1) && out.contains("as 0002_more: two branches each added one; `dcrf migrate rebase`"),
        "{out}"
    );
    let (code, out, _) = probe.output(BRANCH, &["plan"]);
    assert!(code == Some(1) && out.ends_with(": nothing can be applied\n"), "{out}");
    let (code, _, err) = probe.output(BRANCH, &["apply"]);
    assert!(code == Some(1) && err.contains("`dcrf migrate rebase`"), "{err}");
}

/// Applies while somebody else is in the way, until that is said; then `release` lets it through.
async fn waits<F: Future<Output = ()>>(probe: &Probe, release: impl FnOnce() -> F) -> String {
    let mut child = application(&["migrate", "apply"])
        .env(ROLE, NEW)
        .env("DATABASE_URL", &probe.url)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a process");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut line = String::new();
    lines.read_line(&mut line).expect("a line");
    release().await;
    let mut out = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut out).expect("text");
    let mut rest = String::new();
    lines.read_to_string(&mut rest).expect("text");
    assert_eq!(child.wait().expect("it ends").code(), Some(0), "{line}{rest}");
    assert!(out.ends_with("is up to date: nothing to do\n"), "{out}");
    line
}

const NONE: Migrations = Migrations { sqlite: &[], postgres: &[] };

async fn sqlite_is_waited_for(probe: &Probe) {
    let db = Db::connect(&probe.url, &NONE).await.expect("the file");
    let held = db.begin().await.expect("the lock");
    let line = waits(probe, || async { held.commit().await.expect("the end") }).await;
    assert_eq!(line, "waiting: another program has locked the file\n");
    db.close().await;
}

async fn postgres_is_waited_for(probe: &Probe) {
    let db =
        Db::connect(&format!("{}?application_name=somebody", probe.url), &NONE).await.expect("the database");
    let held = db.begin().await.expect("a transaction");
    held.db().execute("SELECT pg_advisory_xact_lock(1684238950)", Vec::new()).await.expect("the lock");
    let mut row = held.db().query("SELECT pg_backend_pid()", Vec::new()).await.expect("a row");
    let pid: i64 = row[0].take(0).expect("a number");
    let line = waits(probe, || async { held.commit().await.expect("the end") }).await;
    let expected =
        format!("waiting: another program migrates the database (process {pid} of the server, somebody)\n");
    assert_eq!(line, expected);
    db.close().await;
}
