use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::{PATIENCE, Patience, patiently, postgres};
use crate::db::{Db, Migrations};

const NONE: Migrations = Migrations { sqlite: &[], postgres: &[] };

/// The answer of a server to a connection: a code and a message; `None` if it sends nothing.
type Says = Option<(&'static str, &'static str)>;

/// Starts a server that accepts no login: it sends these answers one after the other, and repeats the last one. Returns
/// its options, and the number of connections.
async fn server(says: &'static [Says]) -> (PgConnectOptions, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (came, counted) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&counted);
    tokio::spawn(async move {
        let mut silent = Vec::new();
        while let Ok((mut line, _)) = listener.accept().await {
            let mut length = [0; 4];
            // A client that only checks for a listener sends nothing.
            if line.read_exact(&mut length).await.is_err() {
                continue;
            }
            let mut startup = vec![0; u32::from_be_bytes(length) as usize - 4];
            line.read_exact(&mut startup).await.expect("a whole message");
            let code = startup.first_chunk::<4>().map(|code| u32::from_be_bytes(*code));
            if code == Some(80_877_103) {
                // The client asks for TLS first.
                line.write_all(b"N").await.expect("an open line");
                line.read_exact(&mut length).await.expect("a message");
                let mut startup = vec![0; u32::from_be_bytes(length) as usize - 4];
                line.read_exact(&mut startup).await.expect("a whole message");
            }
            let turn = came.fetch_add(1, Ordering::Relaxed);
            count.fetch_add(1, Ordering::Relaxed);
            match says[turn.min(says.len() - 1)] {
                Some((code, message)) => line.write_all(&refusal(code, message)).await.expect("an open line"),
                None => silent.push(line),
            }
        }
    });
    (PgConnectOptions::new().host("127.0.0.1").port(port).username("me").database("x"), counted)
}

/// Returns an error as PostgreSQL sends it (its documentation, "Message Formats").
fn refusal(code: &str, message: &str) -> Vec<u8> {
    let body = format!("SFATAL\0VFATAL\0C{code}\0M{message}\0\0");
    let mut sent = b"E".to_vec();
    sent.extend((body.len() as u32 + 4).to_be_bytes());
    sent.extend(body.as_bytes());
    sent
}

const STARTING: Says = Some(("57P03", "the database system is starting up"));

#[tokio::test]
async fn what_a_server_refuses_is_said_at_once() {
    for (says, reason) in [
        (
            &[Some(("28P01", "password authentication failed for user \"me\""))][..],
            "password authentication failed for user \"me\" (28P01)",
        ),
        (&[Some(("3D000", "database \"x\" does not exist"))], "database \"x\" does not exist (3D000)"),
        (&[Some(("53300", "sorry, too many clients already"))], "sorry, too many clients already (53300)"),
    ] {
        let (options, came) = server(says).await;
        let error = postgres(&options).await.expect_err("nobody is let in");
        assert_eq!((error.to_string().as_str(), came.load(Ordering::Relaxed)), (reason, 1));
    }
}

#[tokio::test]
async fn a_server_that_starts_is_waited_for() {
    let (options, came) = server(&[STARTING, STARTING, Some(("3D000", "no"))]).await;
    let soon = Patience { pause: Duration::from_millis(1), ..PATIENCE };
    let error = patiently(&options, soon).await.expect_err("nobody is let in");
    assert_eq!((error.to_string().as_str(), came.load(Ordering::Relaxed)), ("no (3D000)", 3));
}

#[tokio::test]
async fn a_server_that_starts_for_ever_is_given_up() {
    let (options, came) = server(&[STARTING]).await;
    let short = Patience { starting: Duration::from_millis(50), pause: Duration::from_millis(1), ..PATIENCE };
    let error = patiently(&options, short).await.expect_err("nobody is let in");
    assert_eq!(error.to_string(), "the database system is starting up (57P03)");
    assert!(came.load(Ordering::Relaxed) >= 1, "it was tried");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let (options, _) = server(&[None]).await;
    let error = patiently(&options, Patience { greeting: Duration::from_millis(50), ..PATIENCE }).await;
    let error = error.expect_err("nobody answers").to_string();
    assert_eq!(error, "the server takes connections, but does not answer within 50ms");
}

#[tokio::test]
async fn what_is_no_postgresql_is_said() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut line, _)) = listener.accept().await {
            // A client that only checks for a listener has gone.
            let _ = line.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let url = format!("postgres://me:s3cret@127.0.0.1:{port}/x?sslmode=disable");
    let error = Db::connect(&url, &NONE).await.expect_err("it is no database").to_string();
    assert!(!error.is_empty() && !error.contains("s3cret"), "{error}");
}

#[tokio::test]
async fn why_a_file_cannot_be_used_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("garbage"), "no database".repeat(1_000)).expect("a file");
    let missing = path("no/such");
    for (file, reason) in [
        (missing.clone() + "/file", format!("the directory {missing} does not exist")),
        (path("garbage") + "/file", format!("{} is not a directory", path("garbage"))),
        (path(""), "it is a directory".to_owned()),
        (path("garbage"), "it is not an SQLite database".to_owned()),
    ] {
        let error = Db::connect(&format!("sqlite://{file}"), &NONE).await.expect_err(&file);
        assert_eq!(error.to_string(), reason, "{file}");
    }
    // Not even the superuser can create files there.
    #[cfg(target_os = "linux")]
    {
        let error = Db::connect("sqlite:///proc/dcrf.sqlite3", &NONE).await.expect_err("no such file");
        assert!(error.to_string().starts_with("it cannot be opened: "), "{error}");
    }
    for url in ["mysql://x", "x", "sqlite://x?nonsense=1", "postgres://x:port/y"] {
        let error = Db::connect(url, &NONE).await.expect_err(url);
        assert!(!error.to_string().is_empty(), "{url}");
    }
}

#[tokio::test]
async fn a_file_that_is_locked_is_given_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("locked");
    let holder = rusqlite::Connection::open(&path).expect("a new file");
    holder.execute_batch("CREATE TABLE t (c); BEGIN EXCLUSIVE").expect("nobody else has it");
    let error = Db::connect(&format!("sqlite://{}", path.display()), &NONE).await.expect_err("it is locked");
    assert_eq!(error.to_string(), "another program has locked it");
}
