//! HTTP services as consumers.

use axum::body::Bytes;
use axum::extract::RawQuery;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use axum::{Extension, Router};
use dcrf_e2e::Database;
use dcrf_runtime::{Context, Identity, Result, View, ViewFrame};
use kitchen::{EchoHandler, MirrorHandler};
use serde_json::{Value, json};

use super::Kitchen;
use super::app::App;
use crate::on_both_databases;

on_both_databases!(
    actions_are_requests,
    answers_of_every_sort_are_data,
    permissions_come_first,
    each_connection_has_its_own_answers,
);

async fn echo(
    method: Method,
    RawQuery(query): RawQuery,
    Extension(user): Extension<Identity>,
    Extension(frame): Extension<ViewFrame>,
    body: Bytes,
) -> Response {
    let data: Value = serde_json::from_slice(&body).unwrap_or_default();
    let parameters: Value = frame.parameters.parse().unwrap_or_default();
    match method {
        Method::DELETE => StatusCode::NO_CONTENT.into_response(),
        Method::PATCH if data == "bytes" => [0xff_u8, 0xfe, 0x00].into_response(),
        Method::PATCH => (StatusCode::ACCEPTED, "plain \"text\"").into_response(),
        Method::POST if data.is_null() => {
            said(StatusCode::BAD_REQUEST, &json!({"name": ["This field is required."]}))
        }
        method => said(
            StatusCode::OK,
            &json!({
                "method": method.as_str(),
                "query": query,
                "parameters": parameters,
                "data": data,
                "user": user.id(),
                "action": frame.action,
            }),
        ),
    }
}

fn said(status: StatusCode, data: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], data.to_string()).into_response()
}

fn view() -> View {
    View::new(Router::new().route("/", any(echo)))
}

impl EchoHandler for App {
    async fn view(&self, _: &Context) -> Result<View> {
        Ok(view())
    }
}

impl MirrorHandler for App {
    async fn view(&self, _: &Context) -> Result<View> {
        Ok(view())
    }
}

async fn actions_are_requests(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut echoes = kitchen.open("echoes").await;
    let asked = |method: &str, action: &str, query: Value, parameters: Value, data: Value| json!({"method": method, "query": query, "parameters": parameters, "data": data, "user": null, "action": action});
    let expected = asked("GET", "peek", json!(null), json!({}), json!(null));
    echoes.ask("peek", json!({})).await.is(200, expected);
    let query = json!({"a": 1, "b": ["x y", true, null], "c": {"d": 1}, "e": "&="});
    let expected = asked(
        "GET",
        "peek",
        json!("a=1&b=x+y&b=true&b=null&c=%7B%22d%22%3A1%7D&e=%26%3D"),
        json!({"pk": 7}),
        json!(null),
    );
    echoes.ask("peek", json!({"query": query, "parameters": {"pk": 7}})).await.is(200, expected);
    let expected = asked("PUT", "swap", json!(null), json!({}), json!({"n": [1, "2"]}));
    echoes.ask("swap", json!({"data": {"n": [1, "2"]}})).await.is(200, expected);
    echoes.ask("list", json!({})).await.refuses(405, json!(["Method \"list\" not allowed."]));
    let wrong = echoes.ask("peek", json!({"query": [1], "data": 5})).await;
    wrong.refuses(400, json!([{"query": ["Invalid data. Expected a dictionary, but got list."]}]));
}

async fn answers_of_every_sort_are_data(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut echoes = kitchen.open("echoes").await;
    echoes.ask("drop", json!({})).await.is(204, json!(null));
    echoes.ask("odd", json!({})).await.is(202, json!("plain \"text\""));
    echoes.ask("odd", json!({"data": "bytes"})).await.is(200, json!("fffe00"));
    // What a service refuses is its answer, as with DCRF.
    echoes.ask("store", json!({})).await.is(400, json!({"name": ["This field is required."]}));
}

async fn permissions_come_first(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let refusal = json!(["You do not have permission to perform this action."]);
    kitchen.open("mirrors").await.ask("list", json!({})).await.refuses(403, refusal);
    let mut ann = kitchen.open_as("mirrors", "ann").await;
    let said = ann.ask("create", json!({"data": {}})).await.data(200);
    assert_eq!((&said["method"], &said["user"]), (&json!("PUT"), &json!("ann")));
}

async fn each_connection_has_its_own_answers(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let (mut ann, mut bob) =
        (kitchen.open_as("mirrors", "ann").await, kitchen.open_as("mirrors", "bob").await);
    for _ in 0..3 {
        assert_eq!(ann.ask("list", json!({})).await.data(200)["user"], "ann");
        assert_eq!(bob.ask("list", json!({})).await.data(200)["user"], "bob");
    }
}
