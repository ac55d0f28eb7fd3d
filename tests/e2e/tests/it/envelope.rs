//! The five keys of an answer, as a test writes them down.

use serde_json::{Value, json};

/// The path of the raw consumer of users.
pub(crate) const USERS: &str = "/ws/users/";

/// A success.
pub(crate) fn success(action: &str, status: u16, data: Value, request_id: impl Into<Value>) -> Value {
    json!({
        "errors": [], "data": data, "action": action, "response_status": status, "request_id": request_id.into()
    })
}

/// A refusal.
pub(crate) fn refusal(action: &str, status: u16, errors: Value, request_id: impl Into<Value>) -> Value {
    json!({
        "errors": errors, "data": null, "action": action, "response_status": status, "request_id": request_id.into()
    })
}

/// What asks for a new user.
pub(crate) fn create(username: &str, request_id: impl Into<Value>) -> Value {
    let data =
        json!({"username": username, "email": format!("{username}@example.com"), "password": "a secret"});
    json!({"action": "create", "request_id": request_id.into(), "data": data})
}

/// The key of the row in an answer.
pub(crate) fn id(answer: &Value) -> i64 {
    answer["data"]["id"].as_i64().unwrap_or_else(|| panic!("{answer} has no row with a key"))
}
