//! Events that cannot be told, and brokers that fail: whoever wrote is answered, so that the log is all there is of it.

use dcrf_runtime::{Change, Row, Value as Stored};
use serde_json::{Value, json};

use super::failing::How::{Error, Panic};
use super::failing::{CAUSE, Carrier, How, OBSERVERS, Place};
use super::{Client, Log, Server};
use crate::descriptors::CATEGORY;

fn cause(how: How) -> Value {
    let kind = if how == Panic { "panic: " } else { "" };
    json!(format!("internal: {kind}{}", CAUSE.replace('\n', "\\n")))
}

async fn subscribed(server: &Server, multiplexed: bool) -> Client {
    server.fault.set(None);
    let mut client = server.client(multiplexed).await;
    let answer = client.ask(&json!({"action": "subscribe", "request_id": "s"})).await;
    assert_eq!(answer["response_status"], 201, "{answer}");
    client
}

/// Tells of a row; ready when every subscriber has been told.
async fn change(server: &Server, name: &str) {
    let row = Row::new(vec![Stored::Integer(1), Stored::from(name.to_owned())]);
    server.db.changed(vec![Change::created(&CATEGORY, row)]).await;
}

/// The names of the next rows that are heard.
async fn heard(client: &mut Client, count: usize) -> Vec<Value> {
    let mut names = Vec::new();
    for _ in 0..count {
        let frame = client.socket.expect_frame().await;
        let frame = if client.multiplexed { &frame["payload"] } else { &frame };
        assert_eq!((&frame["action"], &frame["request_id"]), (&json!("create"), &json!("s")), "{frame}");
        names.push(frame["data"]["name"].clone());
    }
    names
}

#[tokio::test]
async fn an_event_that_is_not_told_is_one_line_and_the_next_is_told() {
    for multiplexed in [false, true] {
        let (log, server) = (Log::start(), Server::start().await);
        let mut client = subscribed(&server, multiplexed).await;
        for (place, observer) in
            [(Place::RowGroups, "grouped"), (Place::Notice, "noticed"), (Place::Method, "shown")]
        {
            for how in [Error, Panic] {
                log.lines();
                server.fault.set(Some((place, how)));
                change(&server, "s3cret").await;
                let line = log.failure(observer);
                assert_eq!(
                    (&line["error"], &line["message"]),
                    (&cause(how), &json!("an event was not sent"))
                );
                assert_eq!((&line["stream"], &line["observer"]), (&json!("failing"), &json!(observer)));
                server.fault.set(None);
                change(&server, "next").await;
                // The other two observers have told of both.
                let told = [vec![json!("s3cret"); 2], vec![json!("next"); OBSERVERS.len()]].concat();
                assert_eq!(heard(&mut client, told.len()).await, told, "{place:?}, {how:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_subscriber_of_whom_nothing_is_known_is_one_line_and_hears_the_next() {
    for multiplexed in [false, true] {
        let (log, server) = (Log::start(), Server::start().await);
        let mut client = subscribed(&server, multiplexed).await;
        for place in [Place::Permission, Place::RowPermission, Place::Queryset] {
            for how in [Error, Panic] {
                log.lines();
                server.fault.set(Some((place, how)));
                change(&server, "s3cret").await;
                let lines = log.failures();
                let observers: Vec<_> = lines.iter().map(|line| line["observer"].clone()).collect();
                assert_eq!(observers, ["grouped", "noticed", "shown"], "{lines:#?}");
                for line in &lines {
                    assert_eq!(line["error"], cause(how), "{line}");
                    assert_eq!(line["message"], "an event was not sent: its visibility could not be checked");
                    assert_eq!((&line["stream"], &line["request_id"]), (&json!("failing"), &json!("\"s\"")));
                    assert!(line["connection"].is_u64(), "{line}");
                }
                server.fault.set(None);
                change(&server, "next").await;
                let told = vec![json!("next"); OBSERVERS.len()];
                assert_eq!(heard(&mut client, told.len()).await, told, "{place:?}, {how:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_broker_that_fails_is_a_line_each_and_carries_the_next() {
    for multiplexed in [false, true] {
        let (log, server) = (Log::start(), Server::start().await);
        server.db.hub().set_broker(Carrier(server.fault.clone()));
        for how in [Error, Panic] {
            let mut client = server.client(multiplexed).await;
            log.lines();
            server.fault.set(Some((Place::Subscribe, how)));
            let answer = client.ask(&json!({"action": "subscribe", "request_id": "s"})).await;
            assert_eq!(answer["response_status"], 500);
            let line = log.failure("a subscription");
            assert_eq!((&line["error"], &line["message"]), (&cause(how), &json!("a request failed")));
            client.socket.close().await;
            server.none_open().await;

            let mut client = subscribed(&server, multiplexed).await;
            log.lines();
            server.fault.set(Some((Place::Publish, how)));
            change(&server, "s3cret").await;
            let lines = log.failures();
            assert_eq!(lines.len(), OBSERVERS.len(), "{lines:#?}");
            for line in &lines {
                let message = json!("the broker did not accept messages");
                assert_eq!((&line["error"], &line["message"]), (&cause(how), &message));
            }
            server.fault.set(None);
            change(&server, "next").await;
            // Whoever listens on this node has missed nothing.
            let told = ["s3cret", "next"].map(|text| vec![json!(text); OBSERVERS.len()]).concat();
            assert_eq!(heard(&mut client, told.len()).await, told, "{how:?}");
            client.socket.close().await;
            server.none_open().await;
        }
    }
}
