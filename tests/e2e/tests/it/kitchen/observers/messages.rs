//! Signals, events, frames of the application's own shape, and many streams on one socket.

use dcrf_e2e::Database;
use dcrf_runtime::test::TestClient;
use dcrf_runtime::{Limits, Signal as _};
use kitchen::consumers::BellSignal;
use serde_json::{Value, json};

use super::{card, event, kitchen};
use crate::on_both_databases;

on_both_databases!(
    signals_are_heard,
    events_reach_whoever_has_joined,
    an_invalid_message_is_not_sent,
    an_invalid_output_is_an_error_of_the_server,
    an_action_may_send_more_than_its_answer,
    an_action_may_close_the_connection,
    streams_are_subscribed_on_their_own,
    who_falls_behind_is_closed_and_told_so,
);

async fn signals_are_heard(database: Database) {
    let kitchen = kitchen(database).await;
    let (mut a, mut b) = (kitchen.open("cards").await, kitchen.open("cards").await);
    assert_eq!(a.under("bell", "subscribe_to_bell", json!({})).await, 201);
    assert_eq!(a.under("fire", "subscribe_to_alarm", json!({"what": "fire"})).await, 201);
    assert_eq!(a.under("psst", "subscribe_to_whisper", json!({})).await, 201);
    b.ask("ring", json!({"text": "ding"})).await.data(200);
    b.ask("raise_alarm", json!({"what": "flood"})).await.data(200);
    b.ask("raise_alarm", json!({"what": "fire", "grams": 3})).await.data(200);
    b.ask("whisper_to", json!({"who": ["somebody"]})).await.data(200);
    b.ask("whisper_to", json!({"who": ["nobody"]})).await.data(200);
    BellSignal { text: "dong".to_owned() }.send(&kitchen.db).await.expect("groups of its own");
    a.heard(vec![
        event("bell", 200, json!({"text": "ding"}), "bell"),
        event("alarm", 200, json!({"what": "fire", "grams": 3}), "fire"),
        event("whisper", 200, json!({}), "psst"),
        event("bell", 200, json!({"text": "dong"}), "bell"),
    ])
    .await;
    assert_eq!(a.under("bell", "unsubscribe_from_bell", json!({})).await, 204);
    assert_eq!(a.under("psst", "unsubscribe_from_whisper", json!({})).await, 204);
    b.ask("ring", json!({"text": "ding"})).await.data(200);
    b.ask("whisper_to", json!({"who": ["nobody"]})).await.data(200);
    a.heard_nothing().await;
}

async fn events_reach_whoever_has_joined(database: Database) {
    let kitchen = kitchen(database).await;
    let (mut a, mut b) = (kitchen.open("cards").await, kitchen.open("cards").await);
    assert_eq!(a.under("j", "join", json!({"room": "red"})).await, 200);
    // A connection is in a group once.
    assert_eq!(a.under("k", "join", json!({"room": "red"})).await, 200);
    b.ask("tell", json!({"room": "red", "names": ["eve"]})).await.data(200);
    b.ask("tell", json!({"room": "blue", "names": ["eve"]})).await.data(200);
    b.ask("tell", json!({"room": "red", "names": [], "raw": true})).await.data(200);
    a.heard(vec![event("players", 200, json!({"names": ["eve"]}), "k"), json!({"usuarios": []})]).await;
    assert_eq!(a.under("l", "leave", json!({"room": "red"})).await, 200);
    b.ask("tell", json!({"room": "red", "names": ["eve"]})).await.data(200);
    a.heard_nothing().await;
    b.heard_nothing().await;
}

async fn an_invalid_message_is_not_sent(database: Database) {
    let kitchen = kitchen(database).await;
    let (mut a, mut b) = (kitchen.open("cards").await, kitchen.open("cards").await);
    assert_eq!(a.under("j", "join", json!({"room": "red"})).await, 200);
    assert_eq!(a.under("c", "subscribe_to_chime", json!({})).await, 201);
    for points in [9, 10, 11, 12] {
        b.ask("score", json!({"room": "red", "points": points})).await.data(200);
    }
    a.heard(vec![
        event("score", 200, json!({"points": 9}), "j"),
        event("score", 200, json!({"points": 10}), "j"),
        event("chime", 200, json!({"count": 10}), "c"),
        event("chime", 200, json!({"count": 12}), "c"),
    ])
    .await;
    a.heard_nothing().await;
}

async fn an_invalid_output_is_an_error_of_the_server(database: Database) {
    let kitchen = kitchen(database).await;
    let mut a = kitchen.open("cards").await;
    for mark in [json!(1), json!("a"), json!(true), json!(null), json!(0.5)] {
        assert_eq!(a.ask("measure", json!({"at": [1.5, mark]})).await.data(200), json!([0.5, mark]));
    }
    a.ask("measure", json!({"at": [0.5, 1]})).await.refuses(500, json!(["A server error occurred."]));
    let refused = [
        (
            json!({"at": [-1, 2]}),
            json!({"at": {
                "0": ["Ensure this value is greater than or equal to 0."], "1": ["\"2\" is not a valid choice."],
            }}),
        ),
        (json!({"at": [1]}), json!({"at": ["Ensure this field has at least 2 elements."]})),
        (json!({"at": [1, 1, 1]}), json!({"at": {"2": ["No value is allowed here."]}})),
        (json!({"at": [1, 1], "tag": 5}), json!({"tag": ["Ensure this value is \"x\"."]})),
    ];
    for (input, errors) in refused {
        a.ask("measure", input).await.refuses(400, json!([errors]));
    }
}

async fn an_action_may_send_more_than_its_answer(database: Database) {
    let kitchen = kitchen(database).await;
    let mut a = kitchen.open("cards").await;
    a.client.send(&json!({"action": "twice", "request_id": "r"})).await;
    assert_eq!(a.client.expect_frame().await, event("twice", 206, json!(1), "r"));
    assert_eq!(a.client.expect_frame().await, json!({"no": "envelope"}));
    assert_eq!(a.client.expect_frame().await, event("twice", 200, json!(2), "r"));
}

async fn an_action_may_close_the_connection(database: Database) {
    let kitchen = kitchen(database).await;
    let mut a = kitchen.open("cards").await;
    a.ask("quit", json!({"code": 1006})).await.refuses(500, json!(["A server error occurred."]));
    assert_eq!(a.client.expect_frame().await, json!("bye"));
    a.client.send(&json!({"action": "quit", "code": 4321})).await;
    assert_eq!(a.client.expect_frame().await, json!("bye"));
    assert_eq!(a.client.expect_close().await, 4321);
}

async fn streams_are_subscribed_on_their_own(database: Database) {
    let kitchen = kitchen(database).await;
    let mut a = TestClient::connect(format!("ws://{}/ws/", kitchen.address())).await;
    let send = |stream: &str, payload: Value| json!({"stream": stream, "payload": payload});
    a.request(&send(
        "cards",
        json!({"action": "create", "request_id": 1, "data": {"board": 1, "text": "one"}}),
    ))
    .await;
    for (stream, arguments) in [("cards", json!({"pk": 1})), ("boards", json!({"name": "first"}))] {
        let mut payload = json!({"action": "subscribe_instance", "request_id": "s"});
        payload.as_object_mut().expect("an object").extend(arguments.as_object().expect("an object").clone());
        let answer = a.request(&send(stream, payload)).await;
        assert_eq!((&answer["stream"], &answer["payload"]["response_status"]), (&json!(stream), &json!(201)));
    }
    let mut b = kitchen.open("cards").await;
    b.ask("patch", json!({"pk": 1, "data": {"text": "x"}})).await.data(200);
    assert_eq!(a.expect_frame().await, send("cards", event("update", 200, card(1, "x"), "s")));
    // The same id on another stream is another subscription.
    let payload = json!({"action": "unsubscribe_instance", "request_id": "s", "name": "first"});
    a.request(&send("boards", payload)).await;
    b.ask("patch", json!({"pk": 1, "data": {"text": "y"}})).await.data(200);
    assert_eq!(a.expect_frame().await, send("cards", event("update", 200, card(1, "y"), "s")));
    // What an action sends itself is wrapped as well.
    a.send(&send("cards", json!({"action": "twice", "request_id": "r"}))).await;
    assert_eq!(a.expect_frame().await, send("cards", event("twice", 206, json!(1), "r")));
    assert_eq!(a.expect_frame().await, send("cards", json!({"no": "envelope"})));
}

async fn who_falls_behind_is_closed_and_told_so(database: Database) {
    let mut kitchen = kitchen(database).await;
    let (mut a, mut b) = (kitchen.open("cards").await, kitchen.open("cards").await);
    b.create(json!({"board": 1, "text": "one"})).await.data(201);
    assert_eq!(a.under("bell", "subscribe_to_bell", json!({})).await, 201);
    a.client.send(&json!({"action": "linger", "request_id": "l", "card": 1, "ticket": "t"})).await;
    let arrival = kitchen.signals.arrival().await;
    for _ in 0..=Limits::default().events {
        b.ask("ring", json!({"text": "ding"})).await.data(200);
    }
    assert_eq!(a.client.expect_close().await, 1013);
    arrival.go();
    // Nobody else is concerned.
    assert_eq!(b.under("bell", "subscribe_to_bell", json!({})).await, 201);
    b.ask("ring", json!({"text": "dong"})).await.data(200);
    b.heard(vec![event("bell", 200, json!({"text": "dong"}), "bell")]).await;
}
