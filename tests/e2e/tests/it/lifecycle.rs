//! Starting, stopping and being killed: what was acknowledged is still there.

use std::collections::BTreeMap;
use std::sync::Arc;

use dcrf_e2e::{App, Database, Server, Socket};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::envelope::{USERS, create, success};
use crate::on_both_databases;

on_both_databases!(
    rows_outlive_the_server,
    migrating_says_what_it_did,
    a_start_logs_what_it_applied,
    a_database_that_refuses_is_a_sentence,
    migrating_first_is_fine,
    a_stop_under_load_loses_no_write_and_no_answer,
    a_kill_under_load_loses_no_acknowledged_write,
    a_stop_closes_idle_sockets_with_1012,
);

/// Those of the application, in order.
const MIGRATIONS: [&str; 3] = ["0001_initial", "0002_collate_user", "0003_profile"];

/// Connections that write at once.
const WRITERS: usize = 8;

/// Answers to wait for before the server is stopped.
const ENOUGH: u32 = 400;

/// Requests of one connection that are under way at once.
const WINDOW: usize = 8;

async fn rows_outlive_the_server(database: Database) {
    let server = Server::start(App::Users, &database).await;
    let row = server.connect(USERS).await.request(create("alice", 1)).await["data"].clone();
    server.stop().await;
    let server = Server::start(App::Users, &database).await;
    let mut socket = server.connect(USERS).await;
    let answer = socket.request(json!({"action": "list", "request_id": 1})).await;
    assert_eq!(answer, success("list", 200, json!([row]), 1));
    let second = socket.request(create("bob", 2)).await["data"].clone();
    assert_ne!(second["id"], row["id"]);
    server.stop().await;
}

async fn migrating_says_what_it_did(database: Database) {
    let url = database.url();
    let migrated = async || {
        let output = Server::migrate(App::Users, &database).await;
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && err.is_empty(), "{out}{err}");
        out.into_owned()
    };
    let first = migrated().await;
    let lines: Vec<&str> = first.lines().collect();
    assert_eq!(lines.len(), MIGRATIONS.len() + 1, "{first}");
    for (line, name) in lines.iter().zip(MIGRATIONS) {
        let took =
            line.strip_prefix(&format!("applied {name} in ")).and_then(|rest| rest.strip_suffix(" ms"));
        assert!(took.is_some_and(|took| took.parse::<u64>().is_ok()), "{first}");
    }
    let applied = MIGRATIONS.len();
    assert_eq!(lines[applied], format!("{url} is up to date: {applied} migrations applied"));
    for _ in 0..2 {
        assert_eq!(migrated().await, format!("{url} is up to date: nothing to do\n"));
    }
}

async fn a_start_logs_what_it_applied(database: Database) {
    let server = Server::start(App::Users, &database).await;
    let lines = server.logged("INFO", MIGRATIONS.len()).await;
    assert_eq!(lines.len(), MIGRATIONS.len(), "{lines:?}");
    for (line, name) in lines.iter().zip(MIGRATIONS) {
        assert!(line.contains(&format!(": a migration was applied migration={name} took=")), "{line}");
    }
    server.stop().await;
    let server = Server::start(App::Users, &database).await;
    server.connect(USERS).await.request(create("alice", 1)).await;
    assert_eq!(server.logged("INFO", 0).await, [] as [String; 0]);
    server.stop().await;
}

/// What the database says is there for everybody who may see it; the password is not.
async fn a_database_that_refuses_is_a_sentence(database: Database) {
    let url = database.url();
    if !url.starts_with("postgres") {
        return;
    }
    let (server, _) = url.rsplit_once('/').expect("a URL with a database");
    let server = server.replacen('@', ":s3cret@", 1);
    for path in ["dcrf_no_such_database", "dcrf_no_such_database?sslmode=disable"] {
        let output = Server::migrate_on(App::Users, &format!("{server}/{path}")).await;
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!((output.status.code(), &*out), (Some(1), ""), "{err}");
        let shown = server.replace("s3cret", "***");
        let reason = "database \"dcrf_no_such_database\" does not exist (3D000)";
        assert_eq!(err, format!("users: the database {shown}/{path} cannot be used: {reason}\n"));
    }
}

async fn migrating_first_is_fine(database: Database) {
    let output = Server::migrate(App::Users, &database).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let server = Server::start(App::Users, &database).await;
    let answer = server.connect(USERS).await.request(create("alice", 1)).await;
    assert_eq!(answer["response_status"], json!(201), "{answer}");
    server.stop().await;
    let output = Server::migrate(App::Users, &database).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

async fn a_stop_under_load_loses_no_write_and_no_answer(database: Database) {
    let server = Server::start(App::Things, &database).await;
    let (acknowledged, server) = write_until(server, Server::terminate).await;
    let status = server.ended().await;
    assert!(status.success(), "the server ended with {status}");
    let count = acknowledged.len();
    // Whoever was written for was told so, before the socket was closed.
    assert_eq!(assert_all_there(&database, acknowledged).await, count, "rows without an answer");
}

async fn a_kill_under_load_loses_no_acknowledged_write(database: Database) {
    let server = Server::start(App::Things, &database).await;
    let (acknowledged, server) = write_until(server, Server::kill).await;
    assert!(!server.ended().await.success(), "a killed process does not succeed");
    let count = acknowledged.len();
    assert!(assert_all_there(&database, acknowledged).await >= count);
}

async fn a_stop_closes_idle_sockets_with_1012(database: Database) {
    let server = Server::start(App::Users, &database).await;
    let (mut raw, mut multiplexed) = (server.connect(USERS).await, server.connect("/ws/").await);
    raw.request(json!({"action": "list", "request_id": 1})).await;
    server.terminate();
    assert_eq!((raw.closed().await, multiplexed.closed().await), (1012, 1012));
    assert!(server.ended().await.success());
}

/// Writes from many connections, ends the server in the midst of it, and gives the name of every row whose creation
/// was acknowledged, by its key.
async fn write_until(server: Server, end: impl Fn(&Server)) -> (BTreeMap<i64, String>, Server) {
    let answered = Arc::new(Semaphore::new(0));
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let socket = server.connect("/ws").await;
        writers.spawn(write(socket, writer, Arc::clone(&answered)));
    }
    answered.acquire_many(ENOUGH).await.expect("invariant: the semaphore is never closed").forget();
    end(&server);
    let acknowledged: BTreeMap<i64, String> = writers.join_all().await.into_iter().flatten().collect();
    assert!(acknowledged.len() >= ENOUGH as usize, "only {} writes were acknowledged", acknowledged.len());
    (acknowledged, server)
}

/// Writes for as long as the socket is there.
async fn write(mut socket: Socket, writer: usize, answered: Arc<Semaphore>) -> Vec<(i64, String)> {
    let mut acknowledged = Vec::new();
    let (mut sent, mut open) = (0, true);
    loop {
        while open && sent < acknowledged.len() + WINDOW {
            let name = format!("{writer}/{sent}");
            let payload = json!({"action": "create", "request_id": name, "data": {"name": name}});
            open = socket.try_send(json!({"stream": "things", "payload": payload})).await;
            sent += 1;
        }
        let Some(answer) = socket.try_receive().await else { return acknowledged };
        let payload = &answer["payload"];
        let key = payload["data"]["pk"].as_i64().unwrap_or_else(|| panic!("a write was refused: {answer}"));
        let name = payload["request_id"].as_str().unwrap_or_default();
        assert_eq!(payload["data"]["name"], json!(name), "{answer}");
        acknowledged.push((key, name.to_owned()));
        answered.add_permits(1);
    }
}

/// Gives how many rows there are.
async fn assert_all_there(database: &Database, acknowledged: BTreeMap<i64, String>) -> usize {
    let server = Server::start(App::Things, database).await;
    let mut socket = server.connect("/ws").await;
    let payload = json!({"action": "list", "request_id": 1});
    let answer = socket.request(json!({"stream": "things", "payload": payload})).await;
    let rows = answer["payload"]["data"].as_array().unwrap_or_else(|| panic!("{answer} is no list"));
    let stored: BTreeMap<i64, &Value> =
        rows.iter().filter_map(|row| Some((row["pk"].as_i64()?, &row["name"]))).collect();
    for (key, name) in acknowledged {
        assert_eq!(stored.get(&key), Some(&&json!(name)), "row {key} was acknowledged");
    }
    let count = stored.len();
    server.stop().await;
    count
}
