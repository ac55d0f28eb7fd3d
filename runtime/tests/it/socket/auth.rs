//! Who is asking, for how long, and what happens when they may not any more.

use std::time::{Duration, SystemTime};

use axum::Router;
use axum::http::{HeaderMap, header};
use axum::routing::post;
use dcrf_runtime::auth::{SignedCookie, Token, checked, first_of, required};
use dcrf_runtime::test::{PATIENCE, TestClient};
use dcrf_runtime::{Db, Error, Identity, LimitKind, Limits, Service, Sessions};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::Server;

/// A token is the name of its user; `over:<ms>:<name>` ends after so many milliseconds.
fn tokens() -> Token<impl dcrf_runtime::auth::TokenLookup> {
    Token::new(|token: String, _: Db| async move {
        match token.split(':').collect::<Vec<_>>()[..] {
            ["bad"] => Ok(None),
            ["broken"] => Err(Error::internal("a secret")),
            ["panics"] => panic!("as it was told"),
            ["over", left, name] => {
                let left = Duration::from_millis(left.parse().unwrap_or_default());
                Ok(Some(Identity::user(name).with_expires_at(SystemTime::now() + left)))
            }
            [name, session] => Ok(Some(Identity::user(name).with_session(session))),
            _ => Ok(Some(Identity::user(token))),
        }
    })
}

fn in_first_frame(within: Duration) -> impl Fn(Service) -> Service {
    move |service| service.authenticator(required(tokens().places(|places| places.first_frame(within))))
}

async fn started(change: impl FnOnce(Service) -> Service) -> (Server, Sessions) {
    let sessions = Sessions::new();
    let held = sessions.clone();
    (Server::with(|service| change(service.with_sessions(held))).await, sessions)
}

async fn whoami(client: &mut TestClient) -> Value {
    client.request(&json!({"action": "whoami", "request_id": "who"})).await["data"][0].take()
}

fn refused(answer: &Value) -> (Value, Value) {
    (answer["response_status"].clone(), answer["errors"].clone())
}

async fn status(server: &Server, path: &str, headers: &[(&'static str, &str)]) -> u16 {
    match TestClient::try_connect(&server.url(path), headers).await {
        Ok(_) => 101,
        Err(refused) => refused.status,
    }
}

#[tokio::test]
async fn tokens_are_looked_up() {
    let (server, sessions) = started(|service| service.authenticator(tokens())).await;
    let mut alice = TestClient::connect(server.url("/ws/probe/?token=alice")).await;
    assert_eq!(whoami(&mut alice).await, "alice");
    let bob = TestClient::try_connect(&server.url("/ws/probe/"), &[("authorization", "Token bob")]).await;
    let mut bob = bob.expect("a socket");
    assert_eq!(whoami(&mut bob).await, "bob");
    let mut nobody = server.client().await;
    assert_eq!(whoami(&mut nobody).await, Value::Null);
    assert_eq!((sessions.connections(), sessions.connections_of("bob")), (2, 1));
    assert_eq!(status(&server, "/ws/?token=bad", &[]).await, 401);
    assert_eq!(status(&server, "/ws/?token=broken", &[]).await, 500);
    assert_eq!(status(&server, "/ws/?token=over:0:alice", &[]).await, 401);
    let (strict, _) = started(|service| service.authenticator(required(tokens()))).await;
    assert_eq!(status(&strict, "/ws/", &[]).await, 401);
    assert_eq!(status(&strict, "/ws/?token=alice", &[]).await, 101);
}

#[tokio::test]
async fn the_first_frame_may_bring_the_token() {
    let (server, sessions) = started(in_first_frame(PATIENCE)).await;
    let mut client = server.client().await;
    let early = client.request(&json!({"action": "whoami", "request_id": 1})).await;
    assert_eq!(refused(&early), (json!(401), json!(["Authentication credentials were not provided."])));
    assert_eq!(early["action"], "whoami");
    let wrong = client.request(&json!({"action": "authenticate", "token": "bad", "request_id": 2})).await;
    assert_eq!(refused(&wrong), (json!(401), json!(["Invalid token."])));
    let missing = client.request(&json!({"action": "authenticate", "request_id": 3})).await;
    assert_eq!(refused(&missing), (json!(400), json!([{"token": ["This field is required."]}])));
    let good = client.request(&json!({"action": "authenticate", "token": "alice", "request_id": 4})).await;
    let expected = json!({"errors": [], "data": null, "action": "authenticate", "response_status": 200,
        "request_id": 4});
    assert_eq!(good, expected);
    assert_eq!(whoami(&mut client).await, "alice");
    assert_eq!(sessions.connections_of("alice"), 1);
    // Who is known already is served at once.
    let mut known = TestClient::connect(server.url("/ws/probe/?token=bob")).await;
    assert_eq!(whoami(&mut known).await, "bob");
}

#[tokio::test]
async fn the_first_frame_of_a_multiplexed_socket_has_no_stream() {
    let (server, _) = started(in_first_frame(PATIENCE)).await;
    let mut client = server.multiplexed().await;
    let wrapped = json!({"stream": "probe", "payload": {"action": "whoami", "request_id": 1}});
    let early = client.request(&wrapped).await;
    assert_eq!((&early["stream"], &early["payload"]["response_status"]), (&json!("probe"), &json!(401)));
    client.send_text("no JSON").await;
    let unreadable = client.expect_frame().await;
    assert_eq!(
        (&unreadable["stream"], &unreadable["payload"]["response_status"]),
        (&Value::Null, &json!(401))
    );
    client.send_binary([1, 2]).await;
    assert_eq!(client.expect_frame().await["payload"]["response_status"], 401);
    let good = client.request(&json!({"action": "authenticate", "token": "alice", "request_id": 2})).await;
    assert_eq!(good["response_status"], 200);
    assert_eq!(client.request(&wrapped).await["payload"]["data"][0], "alice");
}

#[tokio::test]
async fn who_sends_many_frames_before_the_token_is_closed() {
    let limited = |service: Service| {
        let mut limits = Limits::default();
        limits.unauthenticated = 3;
        in_first_frame(PATIENCE)(service).limits(limits)
    };
    let (server, _) = started(limited).await;
    for multiplexed in [false, true] {
        let mut client = if multiplexed { server.multiplexed().await } else { server.client().await };
        for id in 1..=3 {
            client.send(&json!({"action": "whoami", "request_id": id})).await;
            let answer = client.expect_frame().await;
            let payload = if multiplexed { &answer["payload"] } else { &answer };
            assert_eq!(payload["response_status"], 401, "{answer}");
        }
        client.send(&json!({"action": "whoami", "request_id": 4})).await;
        assert_eq!(client.expect_close().await, 4401);
    }
    assert_eq!(server.stats.crossed(LimitKind::Unauthenticated), 2);
}

#[tokio::test]
async fn who_does_not_authenticate_is_closed() {
    let (server, _) = started(in_first_frame(Duration::from_millis(20))).await;
    assert_eq!(server.client().await.expect_close().await, 4401);
    let (server, _) = started(in_first_frame(PATIENCE)).await;
    let mut client = server.client().await;
    for token in ["bad", "broken", "panics"] {
        let frame = json!({"action": "authenticate", "token": token, "request_id": token});
        let answer = client.request(&frame).await;
        assert_eq!(answer["response_status"], if token == "bad" { 401 } else { 500 });
    }
    assert_eq!(client.expect_close().await, 4401);
    server.client().await.close().await;
    server.none_open().await;
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_the_first_frame() {
    let (mut server, _) = started(in_first_frame(PATIENCE)).await;
    let mut client = server.client().await;
    client.request(&json!({"action": "whoami", "request_id": 1})).await;
    server.begin_shutdown();
    assert_eq!(client.expect_close().await, 1012);
    server.ended().await;
}

#[tokio::test]
async fn rights_end_when_the_token_is_over() {
    let (server, sessions) = started(|service| service.authenticator(tokens())).await;
    // However long a handshake takes here: a token that is over before its end is refused.
    let mut left = 100;
    let mut client = loop {
        let url = server.url(&format!("/ws/probe/?token=over:{left}:alice"));
        match TestClient::try_connect(&url, &[]).await {
            Ok(client) => break client,
            Err(refused) => assert_eq!(refused.status, 401),
        }
        left *= 2;
    };
    assert_eq!(client.expect_close().await, 4401);
    server.none_open().await;
    assert_eq!(sessions.connections(), 0);
}

#[tokio::test]
async fn what_waits_is_refused_and_what_is_in_progress_is_finished() {
    let (server, sessions) = started(|service| service.authenticator(tokens())).await;
    let mut client = TestClient::connect(server.url("/ws/probe/?token=alice")).await;
    let mut other = TestClient::connect(server.url("/ws/probe/?token=bob")).await;
    client.send(&json!({"action": "wait", "gate": "a", "request_id": 1})).await;
    server.control.passed("a entered").await;
    client.send(&json!({"action": "wait_beside", "gate": "b", "request_id": 2})).await;
    client.send(&json!({"action": "echo", "request_id": 3})).await;
    // The pong says that what was sent before it was read.
    let ping = tungstenite::Message::Ping("".into());
    client.send_message(ping).await;
    while !matches!(futures_util::StreamExt::next(client.socket()).await, Some(Ok(m)) if m.is_pong()) {}
    assert_eq!(sessions.revoke_user("alice"), 1);
    for id in [2, 3] {
        assert_eq!(client.expect_reply(&json!(id)).await["response_status"], 401);
    }
    server.control.set("a");
    assert_eq!(client.expect_reply(&json!(1)).await["response_status"], 200);
    assert_eq!(client.expect_close().await, 4401);
    assert_eq!(whoami(&mut other).await, "bob");
}

#[tokio::test]
async fn events_end_with_the_rights() {
    let (server, sessions) = started(|service| service.authenticator(tokens())).await;
    let mut alice = TestClient::connect(server.url("/ws/?token=alice")).await;
    let mut bob = TestClient::connect(server.url("/ws/?token=bob")).await;
    let join = json!({"stream": "second", "payload": {"action": "join", "request_id": "join"}});
    for client in [&mut alice, &mut bob] {
        assert_eq!(client.request(&join).await["payload"]["response_status"], 200);
    }
    // What is in progress keeps the socket open.
    let wait = json!({"stream": "probe", "payload": {"action": "wait", "gate": "a", "request_id": "wait"}});
    alice.send(&wait).await;
    server.control.passed("a entered").await;
    sessions.revoke_user("alice");
    let shout = json!({"stream": "second", "payload": {"action": "shout", "request_id": "shout"}});
    bob.request(&shout).await;
    bob.expect_event(|frame| frame.to_string().contains("hey")).await;
    server.control.set("a");
    let last = alice.expect_frame().await;
    assert_eq!(last["payload"]["request_id"], "wait", "{last}");
    assert!(alice.next_message().await.is_some_and(|message| message.is_close()));
}

#[tokio::test]
async fn what_takes_too_long_does_not_keep_the_socket() {
    let limits = |service: Service| {
        let mut limits = Limits::default();
        limits.close_within = Duration::from_millis(50);
        service.limits(limits).authenticator(tokens())
    };
    let (server, sessions) = started(limits).await;
    let mut client = TestClient::connect(server.url("/ws/probe/?token=alice")).await;
    client.send(&json!({"action": "wait", "gate": "a", "request_id": 1})).await;
    server.control.passed("a entered").await;
    sessions.revoke_user("alice");
    assert_eq!(client.expect_close().await, 4401);
    server.control.set("a");
    server.none_open().await;
}

#[tokio::test]
async fn an_action_may_end_its_own_session() {
    let (server, sessions) = started(|service| service.authenticator(tokens())).await;
    let mut here = TestClient::connect(server.url("/ws/probe/?token=alice:one")).await;
    let mut there = TestClient::connect(server.url("/ws/probe/?token=alice:two")).await;
    let answer = here.request(&json!({"action": "logout", "request_id": 1})).await;
    assert_eq!((&answer["response_status"], &answer["data"]), (&json!(200), &json!(1)));
    assert_eq!(here.expect_close().await, 4401);
    assert_eq!(whoami(&mut there).await, "alice");
    assert_eq!(status(&server, "/ws/?token=alice:one", &[]).await, 401);
    assert_eq!(sessions.revoke_user("alice"), 1);
    assert_eq!(there.expect_close().await, 4401);
}

async fn send_post(server: &Server, path: &str, cookie: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(server.address).await.expect("the server is there");
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.expect("an open line");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    answer
}

#[tokio::test]
async fn a_page_logs_in_and_out() {
    let cookie = SignedCookie::new(["a secret of at least 32 random bytes"]).expect("a good key");
    let sessions = Sessions::new();
    let login = {
        let cookie = cookie.clone();
        post(async move || {
            let issued = cookie.issue(&Identity::user("alice")).expect("a small session");
            [(header::SET_COOKIE, issued.set_cookie)]
        })
    };
    let logout = {
        let (cookie, sessions) = (cookie.clone(), sessions.clone());
        post(async move |headers: HeaderMap| {
            sessions.revoke(&cookie.read(&headers));
            [(header::SET_COOKIE, cookie.end())]
        })
    };
    let pages = Router::new().route("/login", login).route("/logout", logout);
    let all = first_of(tokens()).or(cookie);
    let (server, _) = started(|s| s.with_sessions(sessions).authenticator(all).merge(pages)).await;
    let answer = send_post(&server, "/login", "").await;
    let set = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie");
    let session = set.split(';').next().expect("a pair").to_owned();

    let headers = [("cookie", session.as_str())];
    let mut client = TestClient::try_connect(&server.url("/ws/probe/"), &headers).await.expect("a socket");
    assert_eq!(whoami(&mut client).await, "alice");
    // A page of somebody else's sends the cookie along, and its own origin.
    let foreign = [headers[0], ("origin", "https://evil.example")];
    assert_eq!(status(&server, "/ws/probe/", &foreign).await, 403);

    let answer = send_post(&server, "/logout", &session).await;
    assert!(answer.contains("Max-Age=0"), "{answer}");
    assert_eq!(client.expect_close().await, 4401);
    assert_eq!(status(&server, "/ws/probe/", &headers).await, 401);
}

#[tokio::test]
async fn the_application_checks_whom_it_knows() {
    let active = |identity: Identity, _: Db| async move {
        match identity.id() {
            Some("gone") => Err(Error::PermissionDenied),
            _ => Ok(identity.with_claim("checked", true)),
        }
    };
    let (server, _) = started(|service| service.authenticator(checked(tokens(), active))).await;
    assert_eq!(status(&server, "/ws/?token=gone", &[]).await, 403);
    assert_eq!(status(&server, "/ws/?token=alice", &[]).await, 101);
    assert_eq!(status(&server, "/ws/", &[]).await, 101);
}
