//! Who gets a socket, and where.

use std::time::Duration;

use axum::Router;
use axum::http::request::Parts;
use axum::routing::get;
use dcrf_runtime::dispatch::BoxFuture;
use dcrf_runtime::test::{PATIENCE, TestClient};
use dcrf_runtime::{Authenticator, Db, Error, Identity, Result, Service, ServiceError};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::probe::{Control, PROBE, Probe, SECOND};
use super::{MIGRATIONS, Server, database};

/// Believes what the query says.
struct Query;

impl Authenticator for Query {
    fn authenticate<'a>(&'a self, parts: &'a Parts, _: &'a Db) -> BoxFuture<'a, Result<Identity>> {
        Box::pin(async {
            match parts.uri.query() {
                Some("denied") => Err(Error::PermissionDenied),
                Some("nobody") => Err(Error::NotAuthenticated),
                Some("broken") => Err(Error::internal("a secret")),
                Some(user) => Ok(Identity::user(user)),
                None => Ok(Identity::Anonymous),
            }
        })
    }
}

async fn status(server: &Server, path: &str, headers: &[(&'static str, &str)]) -> u16 {
    match TestClient::try_connect(&server.url(path), headers).await {
        Ok(_) => 101,
        Err(refused) => {
            assert!(!refused.body.contains("secret"));
            refused.status
        }
    }
}

/// A plain HTTP request; gives the whole answer.
async fn http(server: &Server, request: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(server.address).await.expect("the server is there");
    let text = format!("{request}\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(text.as_bytes()).await.expect("an open line");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    answer
}

#[tokio::test]
async fn consumers_are_served_with_and_without_the_last_slash() {
    let server = Server::start().await;
    for path in ["/ws/probe/", "/ws/probe", "/ws/second/", "/ws/second", "/ws/second?x=1"] {
        assert_eq!(status(&server, path, &[]).await, 101, "{path}");
    }
    for path in ["/", "/nope", "/ws/nope/", "/ws/probe/x", "/ws//"] {
        assert_eq!(status(&server, path, &[]).await, 404, "{path}");
    }
}

#[tokio::test]
async fn plain_http_is_told_to_upgrade() {
    let server = Server::start().await;
    let answer = http(&server, "GET /ws/probe/ HTTP/1.1").await.to_lowercase();
    assert!(answer.starts_with("http/1.1 426 "), "{answer}");
    assert!(answer.contains("upgrade: websocket"), "{answer}");
    assert!(http(&server, "POST /ws/ HTTP/1.1").await.starts_with("HTTP/1.1 426 "));
}

#[tokio::test]
async fn who_sends_no_request_is_dropped() {
    let server = Server::limited(|limits| limits.head_within = Duration::from_millis(500)).await;
    // A socket is not an HTTP connection any more: it is there before the line that is dropped, and after it.
    let mut client = server.client().await;
    let mut stream = tokio::net::TcpStream::connect(server.address).await.expect("the server is there");
    stream.write_all(b"GET /ws/ HTTP/1.1\r\nHost: x\r\n").await.expect("an open line");
    let mut answer = Vec::new();
    let end = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    end.expect("the line ends").expect("an orderly end");
    assert_eq!(client.request(&json!({"action": "echo", "request_id": 1})).await["response_status"], 200);
}

#[tokio::test]
async fn the_authenticator_decides() {
    let server = Server::with(|service| service.authenticator(Query)).await;
    for (path, expected) in [("/ws/?denied", 403), ("/ws/?nobody", 401), ("/ws/?broken", 500), ("/ws/", 101)]
    {
        assert_eq!(status(&server, path, &[]).await, expected, "{path}");
    }
    let mut client = TestClient::connect(server.url("/ws/probe/?alice")).await;
    let reply = client.request(&json!({"action": "whoami", "request_id": 1})).await;
    assert_eq!(reply["data"], json!(["alice", "probe", "whoami"]));
}

#[tokio::test]
async fn only_allowed_origins_connect() {
    let server = Server::with(|service| service.allow_origin("https://app.example/")).await;
    let own = format!("http://{}", server.address);
    for (origin, expected) in
        [(own.as_str(), 101), ("https://app.example", 101), ("https://evil.example", 403), ("null", 403)]
    {
        assert_eq!(status(&server, "/ws/", &[("origin", origin)]).await, expected, "{origin}");
    }
}

#[tokio::test]
async fn pages_of_the_application_are_served_beside() {
    let pages = Router::new()
        .route("/", get(|| async { "the front page" }))
        .route("/ws/probe/", get(|| async { "not this one" }));
    let server = Server::with(|service| service.merge(pages)).await;
    assert!(http(&server, "GET / HTTP/1.1").await.ends_with("the front page"));
    assert_eq!(status(&server, "/ws/probe/", &[]).await, 101);
    assert!(http(&server, "GET /nope HTTP/1.1").await.starts_with("HTTP/1.1 404 "));
}

#[tokio::test]
async fn further_paths_serve_the_streams_that_they_name() {
    let server =
        Server::with(|service| service.multiplexer("/few/", &["probe"]).also_at("/old", "probe")).await;
    assert_eq!(status(&server, "/old/", &[]).await, 101);
    let mut few = TestClient::connect(server.url("/few")).await;
    for (stream, expected) in [("probe", 405), ("second", 404)] {
        let frame = json!({"stream": stream, "payload": {"action": "nope", "request_id": stream}});
        assert_eq!(few.request(&frame).await["payload"]["response_status"], expected, "{stream}");
    }
}

#[tokio::test]
async fn services_that_make_no_sense_are_refused() {
    static LOST: dcrf_runtime::meta::ConsumerMeta = dcrf_runtime::meta::ConsumerMeta {
        name: "Lost",
        stream: "lost",
        path: "/ws/{id}",
        actions: &[],
        model: None,
        access: dcrf_runtime::meta::AccessMeta::OPEN,
    };
    static SAME: dcrf_runtime::meta::ConsumerMeta = dcrf_runtime::meta::ConsumerMeta {
        name: "Same",
        stream: "same",
        path: "/ws",
        actions: &[],
        model: None,
        access: dcrf_runtime::meta::AccessMeta::OPEN,
    };
    let control = Control::default();
    let service = |metas: &[&'static dcrf_runtime::meta::ConsumerMeta]| {
        let empty = Service::new("x", MIGRATIONS);
        metas.iter().fold(empty, |service, meta| service.consumer(Probe::new(meta, &control)))
    };
    let db = database().await;
    assert!(service(&[&PROBE, &SECOND]).router(db.clone()).is_ok());
    let unknown = service(&[&PROBE]).multiplexer("/few/", &["probe", "second"]);
    assert!(matches!(unknown.router(db.clone()), Err(ServiceError::UnknownStream("second"))));
    let refused = service(&[&PROBE, &PROBE]).router(db.clone());
    assert!(matches!(refused, Err(ServiceError::DuplicateStream("probe"))));
    assert!(matches!(service(&[&LOST]).router(db.clone()), Err(ServiceError::Path("/ws/{id}"))));
    assert!(matches!(service(&[&SAME]).router(db), Err(ServiceError::DuplicatePath(_))));
}
