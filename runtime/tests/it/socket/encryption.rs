//! A server that encrypts by itself.

use std::sync::Arc;
use std::time::Duration;

use dcrf_runtime::test::PATIENCE;
use dcrf_runtime::{LimitKind, Limits, Service};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};
use tungstenite::Message;

use super::Server;
use crate::tls::{Query, folder};

/// A connection that trusts the authority of the tests.
async fn connect(server: &Server, files: &Query) -> TlsStream<TcpStream> {
    let mut authorities = RootCertStore::empty();
    let authority = CertificateDer::from_pem_file(files.file("ca.pem")).expect("a certificate");
    authorities.add(authority).expect("a good certificate");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(authorities)
        .with_no_client_auth();
    let stream = TcpStream::connect(server.address).await.expect("the server is there");
    let name = ServerName::try_from("localhost").expect("a name");
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.expect("it is trusted")
}

#[tokio::test]
async fn pages_and_sockets_are_encrypted() {
    let Some(files) = folder().map(Query) else { return };
    let mut limits = Limits::default();
    limits.head_within = Duration::from_millis(500);
    let encrypted = |service: Service| {
        let service = service.tls(files.file("server.pem"), files.file("server.key")).expect("good files");
        service.limits(limits)
    };
    let server = Server::with(encrypted).await;

    let mut page = connect(&server, &files).await;
    page.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await
        .expect("it is read");
    let mut answer = String::new();
    timeout(PATIENCE, page.read_to_string(&mut answer)).await.expect("an answer").expect("an orderly end");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");

    let stream = connect(&server, &files).await;
    let opened = tokio_tungstenite::client_async("wss://localhost/ws/probe/", stream).await;
    let (mut socket, _) = opened.expect("it becomes a socket");
    let long = "x".repeat(50_000);
    for id in 1..=20 {
        let frame = json!({ "action": "echo", "request_id": id, "text": long });
        socket.send(Message::text(frame.to_string())).await.expect("it is read");
        let reply = timeout(PATIENCE, socket.next()).await.expect("an answer").expect("an open socket");
        let reply: Value =
            serde_json::from_str(reply.expect("a frame").to_text().expect("text")).expect("JSON");
        assert_eq!((&reply["response_status"], &reply["request_id"]), (&json!(200), &json!(id)));
    }
    // A frame that goes past the library of the socket is encrypted like any other, in its place.
    for (id, size) in [(21, 3_000_000), (22, 5), (23, 200_000)] {
        let frame = json!({ "action": "big", "request_id": id, "size": size });
        socket.send(Message::text(frame.to_string())).await.expect("it is read");
    }
    for (id, size) in [(21, 3_000_000), (22, 5), (23, 200_000)] {
        let reply = timeout(PATIENCE, socket.next()).await.expect("an answer").expect("an open socket");
        let reply: Value =
            serde_json::from_str(reply.expect("a frame").to_text().expect("text")).expect("JSON");
        assert_eq!((reply["data"].as_str().map(str::len), &reply["request_id"]), (Some(size), &json!(id)));
    }
    socket.close(None).await.expect("an orderly end");

    // Whoever does not encrypt, or says nothing, is cut.
    let mut plain = TcpStream::connect(server.address).await.expect("the server is there");
    plain.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("an open line");
    let mut answer = Vec::new();
    // A line that is reset has ended as well.
    let _ = timeout(PATIENCE, plain.read_to_end(&mut answer)).await.expect("it ends");
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    let mut silent = TcpStream::connect(server.address).await.expect("the server is there");
    let _ = timeout(PATIENCE, silent.read_to_end(&mut answer)).await.expect("it ends");
    assert_eq!(server.stats.crossed(LimitKind::HeadWithin), 1);
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let Some(files) = folder().map(Query) else { return };
    let service = || Service::new("probe", super::MIGRATIONS);
    let refused = |certificates: &str, key: &str| {
        let service = service().tls(files.file(certificates), files.file(key));
        service.expect_err("it cannot be used").to_string()
    };
    let missing = refused("nowhere.pem", "server.key");
    assert!(
        missing.starts_with("the server cannot encrypt: ") && missing.contains("nowhere.pem"),
        "{missing}"
    );
    assert!(refused("server.pem", "nowhere.key").contains("nowhere.key"));
    assert!(refused("server.key", "server.key").contains("there is no certificate in it"));
    assert!(refused("server.pem", "client.key").contains("server.pem"), "it is the key of another");
}
