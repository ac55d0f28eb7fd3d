//! What a connection brings from its HTTP request: parameters of the path, query, headers, address, subprotocol.

use dcrf_runtime::auth::Token;
use dcrf_runtime::meta::{AccessMeta, ActionMeta, ConsumerMeta, Kind, ObjectMeta, PropertyMeta, TypeMeta};
use dcrf_runtime::test::TestClient;
use dcrf_runtime::{Db, Identity, ServiceError};
use serde_json::{Value, json};

use super::probe::Probe;
use super::{Server, database, service};

static ORDER_PATH: ObjectMeta = ObjectMeta {
    name: "OrderPath",
    properties: &[PropertyMeta::new("order", TypeMeta::new(Kind::Integer)).required()],
    closed: true,
    additional: None,
};

static ORDERS: ConsumerMeta = ConsumerMeta {
    name: "Orders",
    stream: "orders",
    path: "/ws/orders/{order}/",
    actions: &[ActionMeta::new("scope")],
    model: None,
    access: AccessMeta::OPEN.path(&ORDER_PATH),
};

async fn server(change: impl FnOnce(dcrf_runtime::Service) -> dcrf_runtime::Service) -> Server {
    let orders = |service: dcrf_runtime::Service| {
        let probe = Probe::new(&ORDERS, &super::Control::default());
        change(service.consumer(probe))
    };
    Server::with(orders).await
}

fn scope() -> Value {
    json!({"action": "scope", "request_id": 1})
}

async fn refused(server: &Server, path: &str) -> u16 {
    TestClient::try_connect(&server.url(path), &[]).await.expect_err("it is refused").status
}

#[tokio::test]
async fn a_path_has_parameters() {
    let server = server(|service| service).await;
    for path in ["/ws/orders/7/", "/ws/orders/7", "/ws/orders/%37/?x=1"] {
        let answer = TestClient::connect(server.url(path)).await.request(&scope()).await;
        assert_eq!(answer["data"]["order"], 7, "{path}: {answer}");
    }
    for path in ["/ws/orders/x/", "/ws/orders/7.5/", "/ws/orders/", "/ws/orders/7/8/", "/ws/orders/%FF/"] {
        assert_eq!(refused(&server, path).await, 404, "{path}");
    }
}

#[tokio::test]
async fn a_multiplexer_serves_consumers_whose_parameters_its_path_has() {
    let server = server(|service| service.multiplexer("/ws/all/{order}/", &["orders", "probe"])).await;
    let wrapped = json!({"stream": "orders", "payload": scope()});
    let mut client = TestClient::connect(server.url("/ws/all/7/")).await;
    client.send(&wrapped).await;
    assert_eq!(client.expect_frame().await["payload"]["data"]["order"], 7);
    assert_eq!(refused(&server, "/ws/all/x/").await, 404);
    // The socket of all consumers has no parameter: there is no such stream.
    let mut client = TestClient::connect(server.url("/ws/")).await;
    client.send(&wrapped).await;
    let answer = client.expect_frame().await;
    assert_ne!(answer["payload"]["response_status"], 200, "{answer}");
}

#[tokio::test]
async fn the_socket_of_all_consumers_is_where_the_service_has_it() {
    let moved = server(|service| service.multiplexed_at("/ws/{order}/")).await;
    assert_eq!(refused(&moved, "/ws/").await, 404);
    let mut client = TestClient::connect(moved.url("/ws/7/")).await;
    client.send(&json!({"stream": "orders", "payload": scope()})).await;
    assert_eq!(client.expect_frame().await["payload"]["data"]["order"], 7);
    let alone = server(|service| service.multiplexed_at(None).also_at("/ws/", "probe")).await;
    let answer = TestClient::connect(alone.url("/ws/")).await.request(&scope()).await;
    assert_eq!(answer["data"]["path"], "/ws/");
}

#[tokio::test]
async fn paths_that_cannot_be_served_are_errors() {
    let control = super::Control::default();
    let orders = || service(&control).consumer(Probe::new(&ORDERS, &control));
    let error = |service: dcrf_runtime::Service, db: Db| service.router(db).expect_err("an error");
    let missing = error(orders().multiplexer("/ws/all/", &["orders"]), database().await);
    assert!(matches!(missing, ServiceError::Path("/ws/all/")), "{missing}");
    let twice = error(orders().also_at("/ws/orders/{order}", "orders"), database().await);
    assert!(matches!(twice, ServiceError::DuplicatePath(_)), "{twice}");
    let odd = error(orders().also_at("/ws/x{y}/", "probe"), database().await);
    assert!(matches!(odd, ServiceError::Path("/ws/x{y}/")), "{odd}");
}

#[tokio::test]
async fn the_request_is_known_to_actions_of_anonymous_connections() {
    let server = server(|service| service).await;
    let headers = [("user-agent", "test/1"), ("x-tenant", "seven")];
    let client = TestClient::try_connect(&server.url("/ws/probe/?lang=de%20AT&x"), &headers).await;
    let answer = client.expect("a connection").request(&scope()).await;
    let expected = json!({
        "path": "/ws/probe/", "query": "lang=de%20AT&x", "lang": "de AT", "agent": "test/1", "tenant": "seven",
        "client": "127.0.0.1", "subprotocol": null, "order": null, "user": null,
    });
    assert_eq!(answer["data"], expected);
}

#[tokio::test]
async fn a_subprotocol_is_selected_if_the_service_knows_it() {
    let server = server(|service| service.subprotocols(["v2", "v1"])).await;
    for (offered, selected) in [("v1", json!("v1")), ("v1, v2", json!("v2")), ("v0,v1", json!("v1"))] {
        let headers = [("sec-websocket-protocol", offered)];
        let mut client =
            TestClient::try_connect(&server.url("/ws/probe/"), &headers).await.expect("a connection");
        assert_eq!(client.request(&scope()).await["data"]["subprotocol"], selected, "{offered}");
    }
    let mut client = TestClient::connect(server.url("/ws/probe/")).await;
    assert_eq!(client.request(&scope()).await["data"]["subprotocol"], Value::Null);
}

#[tokio::test]
async fn a_token_may_stand_among_the_subprotocols() {
    let known = |token: String, _: Db| async move { Ok((token == "t0.k-en").then(|| Identity::user("7"))) };
    let named = server(|service| {
        let token = Token::new(known).places(|places| places.subprotocol("access_token"));
        service.authenticator(token).subprotocols(["v1"])
    });
    let first = server(|service| {
        service.authenticator(Token::new(known).places(|places| places.first_subprotocol()))
    });
    let (named, first) = (named.await, first.await);
    for (server, offered, selected) in [
        (&named, "access_token, t0.k-en", "access_token"),
        (&named, "access_token, t0.k-en, v1", "v1"),
        (&named, "access_token.t0.k-en, v1", "v1"),
        (&named, "access_token.t0.k-en", "access_token.t0.k-en"),
        (&first, "t0.k-en", "t0.k-en"),
    ] {
        let headers = [("sec-websocket-protocol", offered)];
        let mut client =
            TestClient::try_connect(&server.url("/ws/probe/"), &headers).await.expect("a connection");
        let data = &client.request(&scope()).await["data"];
        assert_eq!((&data["subprotocol"], &data["user"]), (&json!(selected), &json!("7")), "{offered}");
    }
    for (server, offered) in [(&named, "access_token, wrong"), (&first, "wrong")] {
        let headers = [("sec-websocket-protocol", offered)];
        let refused = TestClient::try_connect(&server.url("/ws/probe/"), &headers).await;
        assert_eq!(refused.expect_err("a wrong token").status, 401, "{offered}");
    }
}
