//! Handshakes and hooks that fail, and sockets that are closed for it.

use dcrf_runtime::test::TestClient;
use serde_json::{Value, json};

use super::failing::How::{Error, Panic};
use super::failing::{CAUSE, How, Place};
use super::{Log, Server, around, memory};

fn cause(how: How) -> Value {
    let kind = if how == Panic { "panic: " } else { "" };
    json!(format!("internal: {kind}{}", CAUSE.replace('\n', "\\n")))
}

/// That a line is one of a connection: its number, its path, and what it was asked for.
fn is_about(line: &Value, multiplexed: bool, mut asked: Value) {
    let mut around = around(line);
    assert!(around["id"].is_u64(), "the connection has a number: {line}");
    around.as_object_mut().map(|keys| keys.remove("id"));
    asked["client"] = json!("127.0.0.1");
    asked["path"] = json!(if multiplexed { "/ws/" } else { "/ws/failing/" });
    assert_eq!(around, asked, "{line}");
}

#[tokio::test]
async fn a_handshake_that_fails_is_one_line() {
    let (log, server) = (Log::start(), Server::start().await);
    for multiplexed in [false, true] {
        for (place, message, asked) in [
            (Place::Authenticate, "a handshake failed", json!({})),
            (
                Place::CanConnect,
                "a permission at the handshake failed",
                json!({"stream": "failing", "action": "connect"}),
            ),
        ] {
            for how in [Error, Panic] {
                server.fault.set(Some((place, how)));
                log.lines();
                let refused = TestClient::try_connect(&server.url(multiplexed), &[]).await;
                let refused = refused.expect_err("no socket");
                assert_eq!((refused.status, &*refused.body), (500, r#""A server error occurred.""#));
                let line = log.failure("a handshake");
                assert_eq!((&line["error"], &line["message"]), (&cause(how), &json!(message)));
                is_about(&line, multiplexed, asked.clone());
            }
        }
    }
}

#[tokio::test]
async fn a_token_that_cannot_be_judged_is_one_line() {
    let (log, server) = (Log::start(), Server::on(memory().await, true, |_| ()).await);
    for multiplexed in [false, true] {
        for how in [Error, Panic] {
            server.fault.set(Some((Place::Token, how)));
            let mut client = TestClient::connect(server.url(multiplexed)).await;
            let token = json!({"action": "authenticate", "request_id": 7, "token": "s3cret"});
            assert_eq!(client.request(&token).await["response_status"], 500);
            let line = log.failure("a token");
            assert_eq!((&line["error"], &line["message"]), (&cause(how), &json!("an authentication failed")));
            let stream = if multiplexed { json!({}) } else { json!({"stream": "failing"}) };
            let mut asked = json!({"action": "authenticate", "request_id": "7"});
            asked
                .as_object_mut()
                .into_iter()
                .for_each(|keys| keys.extend(stream.as_object().cloned().unwrap_or_default()));
            is_about(&line, multiplexed, asked);
            // The client may try again.
            server.fault.set(None);
            assert_eq!(client.request(&token).await["response_status"], 200);
        }
    }
}

#[tokio::test]
async fn who_cannot_be_let_in_after_the_first_frame_is_one_line_and_1011() {
    let (log, server) = (Log::start(), Server::on(memory().await, true, |_| ()).await);
    for multiplexed in [false, true] {
        for how in [Error, Panic] {
            server.fault.set(Some((Place::CanConnect, how)));
            let mut client = TestClient::connect(server.url(multiplexed)).await;
            let token = json!({"action": "authenticate", "request_id": 7, "token": "s3cret"});
            assert_eq!(client.request(&token).await["response_status"], 200);
            assert_eq!(client.expect_close().await, 1011);
            let line = log.failure("a permission");
            assert_eq!(line["error"], cause(how));
            is_about(&line, multiplexed, json!({"stream": "failing", "action": "connect"}));
        }
    }
}

#[tokio::test]
async fn hooks_that_fail_are_one_line_each() {
    let (log, server) = (Log::start(), Server::start().await);
    for multiplexed in [false, true] {
        for (place, action) in [(Place::Connected, "connect"), (Place::Disconnected, "disconnect")] {
            for how in [Error, Panic] {
                server.fault.set(Some((place, how)));
                let mut client = server.client(multiplexed).await;
                // The stream is open all the same.
                let answer = client.ask(&json!({"action": "act", "request_id": 1})).await;
                assert_eq!(answer["response_status"], 200);
                client.socket.close().await;
                server.none_open().await;
                let line = log.failure(action);
                let message = "telling the application of a connection failed";
                assert_eq!((&line["error"], &line["message"]), (&cause(how), &json!(message)));
                is_about(&line, multiplexed, json!({"stream": "failing", "action": action}));
            }
        }
    }
}
