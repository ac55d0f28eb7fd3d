//! Tests events that cannot be provoked from outside.

use std::sync::Arc;

use axum::Router;
use axum::extract::WebSocketUpgrade;
use axum::routing::get;
use tokio::net::TcpListener;

use super::*;
use crate::app::sessions::Rights;
use crate::ground::limits::Limits;
use crate::ground::stats::Stats;
use crate::ground::stop::{Stop, Watch};
use crate::socket::session::Overflown;
use crate::socket::session::tests::session;
use crate::test::TestClient;

#[tokio::test]
async fn an_overflow_closes_with_1013_and_is_counted() {
    let stats = Arc::new(Stats::default());
    let watched = Arc::clone(&stats);
    let route = get(async move |upgrade: WebSocketUpgrade| {
        let watch = Watch::new(Arc::new(Stop::default()), watched);
        let session = session(|_| ()).await;
        upgrade.on_upgrade(|socket| {
            let mut connection = Box::new(Connection::new(
                socket,
                session,
                Arc::new(Limits::default()),
                watch,
                Rights::default(),
                None,
            ));
            connection.check(Err(Overflown));
            connection.run()
        })
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let server = tokio::spawn(async move { axum::serve(listener, Router::new().route("/", route)).await });
    let mut client = TestClient::connect(format!("ws://{address}/")).await;
    assert_eq!(client.expect_close().await, 1013);
    stats.none_open().await;
    assert_eq!(stats.crossed(crate::LimitKind::Outbound), 1);
    server.abort();
}
