//! What is refused, in which words, and that nothing is stored then.

use dcrf_e2e::{App, Database, Server};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::envelope::{USERS, create, id, refusal, success};
use crate::on_both_databases;

on_both_databases!(
    missing_fields_are_named_all_at_once,
    wrong_fields_are_named_all_at_once,
    data_has_to_be_an_object,
    an_unknown_key_is_not_found,
    an_unknown_action_is_not_allowed,
    a_name_is_taken_once,
    one_of_many_who_race_for_a_name_gets_it,
    a_failure_is_one_line_of_the_log,
);

/// How many race for one name.
const RACERS: usize = 16;

fn taken() -> Value {
    json!([{"username": ["user with this username already exists."]}])
}

async fn missing_fields_are_named_all_at_once(database: Database) {
    let server = Server::start(App::Users, &database).await;
    let mut socket = server.connect(USERS).await;
    let answer = socket.request(json!({"action": "create", "request_id": 1, "data": {}})).await;
    let errors = json!([{"username": ["This field is required."], "password": ["This field is required."]}]);
    assert_eq!(answer, refusal("create", 400, errors, 1));
    let answer = socket.request(json!({"action": "list", "request_id": 2})).await;
    assert_eq!(answer, success("list", 200, json!([]), 2));
}

async fn wrong_fields_are_named_all_at_once(database: Database) {
    let server = Server::start(App::Users, &database).await;
    let mut socket = server.connect(USERS).await;
    let data = json!({"username": "not a name", "email": "nowhere", "password": null});
    let answer = socket.request(json!({"action": "create", "request_id": 1, "data": data})).await;
    let errors = json!([{
        "username": ["Enter a valid value."],
        "email": ["Enter a valid email address."],
        "password": ["This field may not be null."],
    }]);
    assert_eq!(answer, refusal("create", 400, errors, 1));
    let data = json!({"username": "n".repeat(151), "password": true});
    let answer = socket.request(json!({"action": "create", "request_id": 2, "data": data})).await;
    let errors = json!([{
        "username": ["Ensure this field has no more than 150 characters."],
        "password": ["Not a valid string."],
    }]);
    assert_eq!(answer, refusal("create", 400, errors, 2));
    let answer = socket.request(json!({"action": "list", "request_id": 3})).await;
    assert_eq!(answer, success("list", 200, json!([]), 3));
}

async fn data_has_to_be_an_object(database: Database) {
    let server = Server::start(App::Users, &database).await;
    let mut socket = server.connect(USERS).await;
    for (data, message) in [
        (json!(null), "No data provided"),
        (json!([]), "Invalid data. Expected a dictionary, but got list."),
        (json!("x"), "Invalid data. Expected a dictionary, but got str."),
        (json!(5), "Invalid data. Expected a dictionary, but got int."),
    ] {
        let answer = socket.request(json!({"action": "create", "request_id": 1, "data": data})).await;
        let errors = &answer["errors"][0]["non_field_errors"];
        assert_eq!((&answer["response_status"], errors), (&json!(400), &json!([message])));
    }
}

async fn an_unknown_key_is_not_found(database: Database) {
    let server = Server::start(App::Users, &database).await;
    let mut socket = server.connect(USERS).await;
    let data = json!({"username": "x", "password": "x"});
    for action in ["retrieve", "update", "patch", "delete"] {
        for pk in [json!(4711), json!("4711"), json!("alice"), json!(""), json!(null), json!([1]), json!({})]
        {
            let request = json!({"action": action, "request_id": 1, "pk": pk, "data": data});
            assert_eq!(socket.request(request).await, refusal(action, 404, json!(["Not found"]), 1), "{pk}");
        }
    }
}

async fn an_unknown_action_is_not_allowed(database: Database) {
    let server = Server::start(App::Users, &database).await;
    let mut socket = server.connect(USERS).await;
    for action in ["explode", "List", " list", "", "validate_password"] {
        let errors = json!([format!("Method \"{action}\" not allowed.")]);
        let answer = socket.request(json!({"action": action, "request_id": 1})).await;
        assert_eq!(answer, refusal(action, 405, errors, 1));
    }
}

async fn a_name_is_taken_once(database: Database) {
    let server = Server::start(App::Users, &database).await;
    let mut socket = server.connect(USERS).await;
    let alice = socket.request(create("alice", 1)).await["data"].clone();
    let bob = socket.request(create("bob", 2)).await;
    let answer = socket.request(create("alice", 3)).await;
    assert_eq!(answer, refusal("create", 400, taken(), 3));
    let rename = json!({"action": "patch", "request_id": 4, "pk": id(&bob), "data": {"username": "alice"}});
    assert_eq!(socket.request(rename).await, refusal("patch", 400, taken(), 4));
    let keep = json!({"action": "patch", "request_id": 5, "pk": id(&bob), "data": {"username": "bob"}});
    assert_eq!(socket.request(keep).await, success("patch", 200, bob["data"].clone(), 5));
    let answer = socket.request(json!({"action": "list", "request_id": 6})).await;
    assert_eq!(answer, success("list", 200, json!([alice, bob["data"]]), 6));
}

async fn one_of_many_who_race_for_a_name_gets_it(database: Database) {
    let server = Server::start(App::Users, &database).await;
    let mut sockets = Vec::new();
    for _ in 0..RACERS {
        sockets.push(server.connect(USERS).await);
    }
    let mut racers = JoinSet::new();
    for (racer, mut socket) in sockets.into_iter().enumerate() {
        racers.spawn(async move { (racer, socket.request(create("alice", racer)).await) });
    }
    let mut winners = Vec::new();
    for (racer, answer) in racers.join_all().await {
        match answer["response_status"].as_u64() {
            Some(201) => winners.push(answer["data"].clone()),
            _ => assert_eq!(answer, refusal("create", 400, taken(), racer)),
        }
    }
    assert_eq!(winners.len(), 1, "{winners:?}");
    let mut socket = server.connect(USERS).await;
    let answer = socket.request(json!({"action": "list", "request_id": 1})).await;
    assert_eq!(answer, success("list", 200, json!(winners), 1));
}

async fn a_failure_is_one_line_of_the_log(database: Database) {
    let server = Server::start(App::Users, &database).await;
    let (mut raw, mut multiplexed) = (server.connect(USERS).await, server.connect("/ws/").await);
    database.transaction(&[r#"DROP TABLE profile"#, r#"DROP TABLE "user""#], true).await;
    let list = json!({"action": "list", "request_id": "r"});
    let failed = refusal("list", 500, json!(["A server error occurred."]), "r");
    assert_eq!(raw.request(list.clone()).await, failed);
    let answer = multiplexed.request(json!({"stream": "users", "payload": list})).await;
    assert_eq!(answer, json!({"stream": "users", "payload": failed}));
    let failures = server.logged("ERROR", 2).await;
    for (line, path) in failures.iter().zip([USERS, "/ws/"]) {
        let about =
            format!(r#"path="{path}"}}:request{{stream="users" action="list" request_id="\"r\""}}: "#);
        assert!(line.contains(&about), "{line}");
        assert!(line.contains("error=database: ") && line.ends_with(" status=500"), "{line}");
    }
}
