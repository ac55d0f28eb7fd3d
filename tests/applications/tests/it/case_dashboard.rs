//! The dashboard of a ward, on one socket for all streams.

use case_dashboard::models::{NewUser, User};
use dcrf_applications::case_dashboard::service;
use dcrf_e2e::Database;
use dcrf_runtime::Model as _;
use dcrf_runtime::test::TestClient;
use serde_json::{Value, json};

use crate::on_both_databases;
use crate::server::{Server, answer, refusal};

on_both_databases!(
    a_new_patient_is_shown_to_everybody,
    each_write_of_a_report_adds_to_its_history,
    a_write_that_fails_leaves_no_history,
    a_patient_has_one_report,
    an_anonymous_dashboard_gets_nothing,
);

/// Starts the service, with one user.
async fn start(database: Database) -> Server {
    let server = Server::start(database, service()).await;
    User::objects(&server.db).create(NewUser { username: "nurse".to_owned() }).await.expect("a user");
    server
}

/// Sends a request to a stream, and returns the payload of its answer.
async fn ask(socket: &mut TestClient, stream: &str, payload: Value) -> Value {
    let mut answered = socket.request(&json!({"stream": stream, "payload": payload})).await;
    assert_eq!(answered["stream"], stream);
    answered["payload"].take()
}

/// Returns the next frame of a stream that is not an answer.
async fn told(socket: &mut TestClient, stream: &str) -> Value {
    let is_told = |frame: &Value| frame["stream"] == stream && frame["payload"].get("request_id").is_none();
    socket.expect_event(is_told).await["payload"].take()
}

async fn admit(socket: &mut TestClient, name: &str) -> Value {
    let data = json!({"first_name": name, "last_name": "Lee", "admission_date": "2024-02-29T12:00:00Z"});
    ask(socket, "patients", json!({"action": "create", "request_id": "admit", "data": data})).await
}

async fn a_new_patient_is_shown_to_everybody(database: Database) {
    let server = start(database).await;
    let mut nurse = server.open("/ws/?token=user-1").await;
    let mut wall = server.open("/ws/patients/?token=user-1").await;
    let patient = json!({
        "id": 1, "first_name": "Kim", "last_name": "Lee", "admission_date": "2024-02-29T12:00:00Z",
        "dismissal_date": null,
    });
    assert_eq!(admit(&mut nurse, "Kim").await, answer("create", "admit", 201, patient.clone()));
    let frame = json!({"action": "create", "data": patient});
    assert_eq!(told(&mut nurse, "patients").await, frame);
    assert_eq!(wall.expect_frame().await, frame);
}

async fn each_write_of_a_report_adds_to_its_history(database: Database) {
    let server = start(database).await;
    let mut nurse = server.open("/ws/?token=user-1").await;
    admit(&mut nurse, "Kim").await;
    let data = json!({"patient_id": 1, "fever": "38.5", "status": "febrile"});
    let created =
        ask(&mut nurse, "reports", json!({"action": "create", "request_id": 1, "data": data})).await;
    let entry = |history_id: i64, fever: &str, status: &str| {
        json!({
            "history_id": history_id, "id": 1, "patient": 1, "daytime": "D", "fever": fever, "pulse": null,
            "platelet": null, "status": status, "changed_by": 1,
        })
    };
    let mut report = json!({
        "pk": 1, "patient": 1, "patient_name": "Kim Lee", "daytime": "D", "fever": "38.50", "pulse": null,
        "platelet": null, "status": "febrile", "changed_by_id": 1, "history": [entry(1, "38.50", "febrile")],
    });
    assert_eq!(created, answer("create", 1, 201, report.clone()));
    assert_eq!(
        told(&mut nurse, "history").await,
        json!({"action": "create", "data": entry(1, "38.50", "febrile")})
    );

    let data = json!({"fever": "39.25", "status": "critical"});
    let request = json!({"action": "patch", "request_id": 2, "pk": 1, "data": data});
    report["fever"] = json!("39.25");
    report["status"] = json!("critical");
    report["history"] = json!([entry(2, "39.25", "critical"), entry(1, "38.50", "febrile")]);
    assert_eq!(ask(&mut nurse, "reports", request).await, answer("patch", 2, 200, report));

    let gone = ask(&mut nurse, "reports", json!({"action": "delete", "request_id": 3, "pk": 1})).await;
    assert_eq!(gone, answer("delete", 3, 204, Value::Null));
    let history = ask(&mut nurse, "history", json!({"action": "list", "request_id": 4})).await;
    let expected =
        [entry(3, "39.25", "critical"), entry(2, "39.25", "critical"), entry(1, "38.50", "febrile")];
    assert_eq!(history, answer("list", 4, 200, json!(expected)));
}

async fn a_write_that_fails_leaves_no_history(database: Database) {
    let server = start(database).await;
    let mut nurse = server.open("/ws/?token=user-1").await;
    let data = json!({"patient_id": 7, "fever": "1000", "status": "bored"});
    let refused =
        ask(&mut nurse, "reports", json!({"action": "create", "request_id": 1, "data": data})).await;
    let errors = json!([{
        "patient_id": ["Invalid pk \"7\" - object does not exist."],
        "fever": ["Ensure that there are no more than 2 digits before the decimal point."],
        "status": ["\"bored\" is not a valid choice."],
    }]);
    assert_eq!(refused, refusal("create", 1, 400, errors));
    let missing =
        ask(&mut nurse, "reports", json!({"action": "patch", "request_id": 2, "pk": 1, "data": {}})).await;
    assert_eq!(missing, refusal("patch", 2, 404, json!(["Not found"])));
    let history = ask(&mut nurse, "history", json!({"action": "list", "request_id": 3})).await;
    assert_eq!(history, answer("list", 3, 200, json!([])));
}

async fn a_patient_has_one_report(database: Database) {
    let server = start(database).await;
    let mut nurse = server.open("/ws/?token=user-1").await;
    admit(&mut nurse, "Kim").await;
    for (request_id, status) in [(1, 201), (2, 400)] {
        let request = json!({"action": "create", "request_id": request_id, "data": {"patient_id": 1}});
        let answered = ask(&mut nurse, "reports", request).await;
        assert_eq!(answered["response_status"], status, "{answered}");
    }
    let history = ask(&mut nurse, "history", json!({"action": "list", "request_id": 3})).await;
    assert_eq!(history["data"].as_array().map(Vec::len), Some(1));
}

async fn an_anonymous_dashboard_gets_nothing(database: Database) {
    let server = start(database).await;
    let mut nurse = server.open("/ws/?token=user-1").await;
    let mut anonymous = server.open("/ws/").await;
    admit(&mut nurse, "Kim").await;
    anonymous.expect_nothing().await;
    let forbidden = json!(["You do not have permission to perform this action."]);
    let refused = ask(&mut anonymous, "patients", json!({"action": "list", "request_id": 1})).await;
    assert_eq!(refused, refusal("list", 1, 403, forbidden));
}
