//! Answers: five keys, the id as it was sent, and an answer whatever was sent.

use dcrf_runtime::test::TestClient;
use serde_json::{Value, json};

use super::Server;

/// A good request is still answered.
async fn lives(client: &mut TestClient) {
    let reply = client.request(&json!({"action": "echo", "request_id": "alive", "x": 1})).await;
    assert_eq!(reply["data"], json!({"x": 1}));
}

#[tokio::test]
async fn a_reply_repeats_action_and_id() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for id in [json!(0), json!(1.5), json!("é\n"), json!([1, {"a": null}]), json!(true), json!(null)] {
        client.send(&json!({"y": [1, {"z": null}], "request_id": id, "action": "echo"})).await;
        assert_eq!(
            client.expect_frame().await,
            json!({
                "errors": [], "data": {"y": [1, {"z": null}]}, "action": "echo", "response_status": 200,
                "request_id": id,
            })
        );
    }
}

#[tokio::test]
async fn keys_come_in_the_order_of_dcrf() {
    let server = Server::start().await;
    let mut client = server.client().await;
    client.send_text(r#"{"action": "ech\u006f", "request_id": 1.50}"#).await;
    let text = client.next_message().await.expect("an answer").into_text().expect("text");
    assert_eq!(
        text.as_str(),
        r#"{"errors":[],"data":{},"action":"ech\u006f","response_status":200,"request_id":1.50}"#
    );
}

#[tokio::test]
async fn unknown_actions_are_405() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for (action, spelled) in [
        (json!("nope"), "nope"),
        (json!("Echo"), "Echo"),
        (json!(" echo"), " echo"),
        (json!(""), ""),
        (json!(null), "None"),
        (json!(5), "5"),
        (json!(true), "True"),
        (json!(["echo"]), "['echo']"),
        (json!({"a": 1}), "{'a': 1}"),
    ] {
        let reply = client.request(&json!({"action": action, "request_id": 1})).await;
        assert_eq!(
            reply,
            json!({
                "errors": [format!("Method \"{spelled}\" not allowed.")], "data": null, "action": action,
                "response_status": 405, "request_id": 1,
            })
        );
    }
    let reply = client.request(&json!({"request_id": 2})).await;
    assert_eq!(reply["errors"], json!(["Unable to find action in message body."]));
    assert_eq!((&reply["action"], &reply["response_status"]), (&Value::Null, &json!(405)));
    lives(&mut client).await;
}

#[tokio::test]
async fn unreadable_frames_are_400_and_the_socket_lives() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let deep = format!(r#"{{"action": "echo", "deep": {}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    let texts = [
        "",
        "  ",
        "nope",
        "{",
        "[]",
        "5",
        "true",
        "{\"action\": \"echo\", \"x\": NaN}",
        "\u{feff}{}",
        "{\"action\": \"a\tb\"}",
        "{} {}",
        &deep,
    ];
    for text in texts {
        client.send_text(text).await;
        let reply = client.expect_frame().await;
        assert_eq!(reply["response_status"], 400, "{text}");
        assert_eq!(reply.as_object().map(serde_json::Map::len), Some(5));
    }
    client.send_binary(r#"{"action": "echo", "request_id": 1}"#).await;
    let reply = client.expect_frame().await;
    assert_eq!((&reply["response_status"], &reply["request_id"]), (&json!(400), &Value::Null));
    client.send_binary("").await;
    assert_eq!(client.expect_frame().await["response_status"], 400);
    lives(&mut client).await;
}

#[tokio::test]
async fn errors_have_their_status_and_text() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for (status, errors) in [
        (400, json!([{"x": ["wrong"]}])),
        (401, json!(["Authentication credentials were not provided."])),
        (403, json!(["You do not have permission to perform this action."])),
        (404, json!(["Not found"])),
        (429, json!(["Request was throttled. Expected available in 2 seconds."])),
        (500, json!(["A server error occurred."])),
    ] {
        let reply = client.request(&json!({"action": "fails", "request_id": status, "status": status})).await;
        assert_eq!((&reply["response_status"], &reply["errors"]), (&json!(status), &errors));
        assert_eq!(reply["data"], Value::Null);
    }
}

#[tokio::test]
async fn a_panic_is_500_to_its_own_request_only() {
    let server = Server::start().await;
    let mut client = server.client().await;
    client.send(&json!({"action": "echo", "request_id": 1})).await;
    client.send(&json!({"action": "panics", "request_id": 2})).await;
    client.send(&json!({"action": "panics_beside", "request_id": 3})).await;
    client.send(&json!({"action": "echo", "request_id": 4})).await;
    for (id, status) in [(1, 200), (2, 500), (3, 500), (4, 200)] {
        let reply = client.expect_reply(&json!(id)).await;
        assert_eq!(reply["response_status"], status);
    }
    lives(&mut client).await;
}

#[tokio::test]
async fn replies_that_cannot_be_sent_are_500() {
    let server = Server::limited(|limits| limits.reply = 1000).await;
    let mut client = server.client().await;
    let reply = client.request(&json!({"action": "big", "request_id": 1, "size": 2000})).await;
    assert_eq!(reply["response_status"], 500);
    let reply = client.request(&json!({"action": "no_text", "request_id": 2})).await;
    assert_eq!(reply["response_status"], 500);
    lives(&mut client).await;
}
