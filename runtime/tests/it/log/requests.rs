//! Requests that fail.

use std::time::Duration;

use serde_json::{Value, json};

use super::failing::How::{Error, Panic};
use super::failing::{CAUSE, How, Place};
use super::{Client, Log, Server, around, memory};
use crate::databases::on_files_and_postgres;
use crate::descriptors::MIGRATIONS;

/// That a request is answered with a failure, and that the log has one line of it.
async fn fails(log: &Log, client: &mut Client, frame: &Value, status: u16) -> Value {
    log.lines();
    let answer = client.ask(frame).await;
    assert_eq!(answer["response_status"], status, "sent {frame}, came {answer}");
    let line = log.failure(&frame.to_string());
    let expected = json!({
        "stream": "failing", "action": frame["action"], "request_id": frame["request_id"].to_string(),
        "client": "127.0.0.1", "path": if client.multiplexed { "/ws/" } else { "/ws/failing/" },
    });
    let mut around = around(&line);
    assert!(around["id"].take().is_u64(), "the connection has a number: {line}");
    around.as_object_mut().map(|keys| keys.remove("id"));
    assert_eq!(around, expected, "{line}");
    assert_eq!((&line["message"], &line["status"]), (&json!("a request failed"), &json!(status)), "{line}");
    line
}

/// What the line says of a failure of the application's own.
fn cause(how: How) -> String {
    let kind = if how == Panic { "panic: " } else { "" };
    format!("internal: {kind}{}", CAUSE.replace('\n', "\\n"))
}

fn frame(action: &str) -> Value {
    json!({"action": action, "request_id": {"a": 1}, "pk": 1, "data": {"name": "s3cret"}})
}

async fn with_a_row(server: &Server) -> Client {
    server.fault.set(None);
    let mut client = server.client(false).await;
    let answer =
        client.ask(&json!({"action": "create", "request_id": 0, "data": {"name": "s3cret one"}})).await;
    assert_eq!(answer["response_status"], 201, "{answer}");
    client
}

#[tokio::test]
async fn whatever_fails_in_the_application_is_one_line() {
    let (log, server) = (Log::start(), Server::start().await);
    let _first = with_a_row(&server).await;
    for multiplexed in [false, true] {
        let mut client = server.client(multiplexed).await;
        for (place, action) in [
            (Place::Action, "act"),
            (Place::Action, "atomic"),
            (Place::Action, "detached"),
            (Place::Permission, "act"),
            (Place::Permission, "there_is_no_such_action"),
            (Place::RowPermission, "retrieve"),
            (Place::Queryset, "list"),
            (Place::Queryset, "retrieve"),
            (Place::ValidateField, "create"),
            (Place::Validate, "create"),
            (Place::Method, "list"),
            (Place::Method, "retrieve"),
        ] {
            for how in [Error, Panic] {
                server.fault.set(Some((place, how)));
                let line = fails(&log, &mut client, &frame(action), 500).await;
                assert_eq!(line["error"], json!(cause(how)), "{place:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_page_that_fails_is_one_line() {
    let (log, server) = (Log::start(), Server::start().await);
    for multiplexed in [false, true] {
        for how in [Error, Panic] {
            let mut client = server.client(multiplexed).await;
            server.fault.set(Some((Place::Page, how)));
            assert_eq!(client.ask(&frame("pages")).await["response_status"], 200);
            let answer = client.socket.expect_frame().await;
            let answer = if multiplexed { &answer["payload"] } else { &answer };
            assert_eq!(answer["response_status"], 500, "{answer}");
            let line = log.failure("a page");
            assert_eq!((&line["error"], &around(&line)["action"]), (&json!(cause(how)), &json!("pages")));
        }
    }
}

#[tokio::test]
async fn what_a_view_answers_is_one_line() {
    let (log, server) = (Log::start(), Server::start().await);
    let own = json!("the application answered with this status");
    for multiplexed in [false, true] {
        let mut client = server.client(multiplexed).await;
        server.fault.set(Some((Place::View, Error)));
        let line = fails(&log, &mut client, &frame("view"), 502).await;
        assert_eq!(line["error"], own);
        server.fault.set(Some((Place::View, Panic)));
        let line = fails(&log, &mut client, &frame("view"), 500).await;
        assert_eq!(line["error"], json!(cause(Panic)));
        let line = fails(&log, &mut client, &frame("answers_500"), 500).await;
        assert_eq!(line["error"], own);
    }
}

#[tokio::test]
async fn answers_that_cannot_be_sent_are_one_line() {
    let log = Log::start();
    let server = Server::on(memory().await, false, |limits| limits.reply = 2_000).await;
    for multiplexed in [false, true] {
        let mut client = server.client(multiplexed).await;
        let line = fails(&log, &mut client, &frame("huge"), 500).await;
        assert_eq!(line["error"], "internal: a reply of 6002 bytes is too large");
        let line = fails(&log, &mut client, &frame("no_text"), 500).await;
        assert_eq!(line["error"], "internal: a reply is not UTF-8");
    }
}

#[tokio::test]
async fn what_the_database_says_is_one_line_without_values() {
    on_files_and_postgres(&MIGRATIONS, |db| async move {
        let log = Log::start();
        let postgres = db.dialect() == dcrf_runtime::db::Dialect::Postgres;
        let server = Server::on(db, false, |_| ()).await;
        let mut client = server.client(false).await;
        let line = fails(&log, &mut client, &frame("misreads"), 500).await;
        let expected = if postgres {
            "database: invalid input syntax for type integer … (22P02)"
        } else {
            "database: malformed JSON (1)"
        };
        assert_eq!(line["error"], expected);
        server.db.execute("DROP TABLE specimen", Vec::new()).await.expect("a table");
        server.db.execute("DROP TABLE category", Vec::new()).await.expect("a table");
        for multiplexed in [false, true] {
            let mut client = server.client(multiplexed).await;
            for action in ["list", "retrieve", "create"] {
                let line = fails(&log, &mut client, &frame(action), 500).await;
                let error = line["error"].as_str().expect("a text");
                let (begin, end) = if postgres {
                    ("database: relation \"category\" does not exist", " (42P01)")
                } else {
                    ("database: no such table: category", " (1)")
                };
                assert!(error.starts_with(begin) && error.ends_with(end), "{action}: {error}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_takes_too_long_is_one_line() {
    let log = Log::start();
    let server = Server::on(memory().await, false, |limits| limits.action = Duration::from_millis(20)).await;
    for multiplexed in [false, true] {
        let mut client = server.client(multiplexed).await;
        let line = fails(&log, &mut client, &frame("hangs"), 503).await;
        assert_eq!(line["error"], "503: \"This took longer than 20ms and was given up.\"");
    }
}

#[tokio::test]
async fn a_refusal_is_no_failure_and_tells_no_value() {
    let (log, server) = (Log::start(), Server::start().await);
    let long = "s3cret".repeat(20);
    for multiplexed in [false, true] {
        let mut client = server.client(multiplexed).await;
        for (frame, status, reason) in [
            (
                json!({"action": "create", "request_id": 1, "data": {"name": long}}),
                400,
                "invalid input: name",
            ),
            (json!({"action": "create", "request_id": 2}), 400, "invalid input: non_field_errors"),
            (json!({"action": "retrieve", "request_id": 3, "pk": "s3cret"}), 404, "not found"),
            (json!({"action": "explode", "request_id": 4}), 405, "method not allowed"),
        ] {
            log.lines();
            let answer = client.ask(&frame).await;
            assert_eq!(answer["response_status"], status, "sent {frame}, came {answer}");
            let mut lines = log.lines();
            lines.retain(|line| line["message"] == "a request was refused");
            let [line] = &*lines else { panic!("{lines:#?}") };
            assert_eq!((&line["level"], &line["error"]), (&json!("DEBUG"), &json!(reason)), "{line}");
        }
        client.socket.send_text("{\"s3cret").await;
        client.socket.expect_frame().await;
        let lines = log.lines();
        let malformed = lines.iter().filter(|line| line["error"] == "malformed request").count();
        assert_eq!(malformed, 1, "{lines:#?}");
    }
    assert_eq!(log.failures(), [] as [Value; 0]);
}

/// What clients call things is cut, and nothing makes two lines of one.
#[tokio::test]
async fn names_of_clients_are_short() {
    let (log, server) = (Log::start(), Server::start().await);
    let mut client = server.client(false).await;
    server.fault.set(Some((Place::Permission, Error)));
    log.lines();
    let action = format!("\n{}", "long".repeat(1_000));
    let answer = client.ask(&json!({"action": action, "request_id": "id".repeat(1_000)})).await;
    assert_eq!(answer["response_status"], 500);
    let around = around(&log.failure("a long name"));
    for key in ["action", "request_id"] {
        let shown = around[key].as_str().expect("a text");
        assert_eq!(shown.chars().count(), 101, "{shown}");
        assert!(shown.ends_with('…'), "{shown}");
    }
}

/// Whoever fails fails alone.
#[tokio::test]
async fn a_server_goes_on_after_every_failure() {
    let server = Server::start().await;
    let mut client = with_a_row(&server).await;
    server.fault.set(Some((Place::Action, Panic)));
    assert_eq!(client.ask(&frame("act")).await["response_status"], 500);
    server.fault.set(None);
    assert_eq!(client.ask(&frame("act")).await["response_status"], 200);
}
