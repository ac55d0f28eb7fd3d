//! Frames in wrappers.

use serde_json::{Value, json};

use super::Server;

#[tokio::test]
async fn every_stream_is_served_at_both_paths() {
    let server = Server::start().await;
    for path in ["/ws/", "/ws", "/ws/?token=x"] {
        let mut client = dcrf_runtime::test::TestClient::connect(server.url(path)).await;
        for stream in ["probe", "second"] {
            let payload = json!({"action": "whoami", "request_id": stream});
            let reply = client.request(&json!({"stream": stream, "payload": payload, "more": 1})).await;
            assert_eq!(reply["stream"], stream);
            assert_eq!(reply["payload"]["data"], json!([null, stream, "whoami"]));
            assert_eq!(reply.as_object().map(serde_json::Map::len), Some(2));
        }
    }
}

#[tokio::test]
async fn misdirected_frames_are_answered_and_the_socket_lives() {
    let server = Server::start().await;
    let mut client = server.multiplexed().await;
    let cases = [
        ("", json!(null), 400, json!(null)),
        ("[]", json!(null), 400, json!(null)),
        ("{\"x\": NaN}", json!(null), 400, json!(null)),
        (r#"{"action": "echo", "request_id": 1}"#, json!(null), 400, json!(null)),
        (r#"{"stream": null, "payload": {"request_id": 1}}"#, json!(null), 400, json!(1)),
        (r#"{"stream": "probe"}"#, json!("probe"), 400, json!(null)),
        (r#"{"stream": "probe", "payload": null}"#, json!("probe"), 400, json!(null)),
        (r#"{"stream": "probe", "payload": [1]}"#, json!("probe"), 400, json!(null)),
        (
            r#"{"stream": "nope", "payload": {"action": "echo", "request_id": 7}}"#,
            json!("nope"),
            404,
            json!(7),
        ),
        (r#"{"stream": "probe", "payload": {}}"#, json!("probe"), 405, json!(null)),
        (
            r#"{"stream": "probe", "payload": {"action": "panics", "request_id": 2}}"#,
            json!("probe"),
            500,
            json!(2),
        ),
    ];
    for (text, stream, status, id) in cases {
        client.send_text(text).await;
        let reply = client.expect_frame().await;
        assert_eq!(reply["stream"], stream, "{text}");
        assert_eq!(reply["payload"]["response_status"], status, "{text}");
        assert_eq!(reply["payload"]["request_id"], id, "{text}");
        assert_ne!(reply["payload"]["errors"], json!([]), "{text}");
    }
    client.send_binary("{}").await;
    let reply = client.expect_frame().await;
    assert_eq!((&reply["stream"], &reply["payload"]["response_status"]), (&Value::Null, &json!(400)));
    let good = json!({"stream": "second", "payload": {"action": "echo", "request_id": 3}});
    assert_eq!(client.request(&good).await["payload"]["response_status"], 200);
}
