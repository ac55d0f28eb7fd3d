//! A page with comments.

use comment_tree::models::{NewUser, User};
use dcrf_applications::comment_tree::service;
use dcrf_e2e::Database;
use dcrf_runtime::Model as _;
use serde_json::{Value, json};

use crate::on_both_databases;
use crate::server::{Server, answer, refusal};

on_both_databases!(
    a_comment_comes_to_its_author_as_to_everybody,
    answers_make_a_tree,
    anonymous_clients_read,
    a_comment_is_deleted_by_its_author,
    captchas_texts_and_files_that_are_wrong_are_refused,
);

/// Starts the service, with two users.
async fn start(database: Database) -> Server {
    let server = Server::start(database, service()).await;
    for name in ["ann", "ben"] {
        User::objects(&server.db).create(NewUser { username: name.to_owned() }).await.expect("a user");
    }
    server
}

/// Checks that a comment has the time of its creation, and removes it.
fn without_time(mut comment: Value) -> Value {
    let time = comment.as_object_mut().and_then(|comment| comment.remove("created_at"));
    assert!(time.is_some_and(|time| time.is_string()), "{comment}");
    comment
}

fn comment(text: &str, parent: Option<i64>) -> Value {
    let data = json!({"text": text, "parent_post_comment": parent, "captcha": "seven", "author": 2});
    json!({"action": "create", "request_id": "create", "data": data})
}

async fn a_comment_comes_to_its_author_as_to_everybody(database: Database) {
    let server = start(database).await;
    let mut ann = server.open("/ws/comments/?token=user-1").await;
    let mut reader = server.open("/ws/comments/").await;
    for client in [&mut ann, &mut reader] {
        let subscribe = json!({"action": "subscribe_to_comment_activity", "request_id": 1});
        assert_eq!(client.request(&subscribe).await["response_status"], 201);
    }
    let mut request = comment("First!", None);
    request["data"]["file"] = json!("data:image/png;base64,iVBORw0KGgo=");
    ann.send(&request).await;
    let mut frame = ann.expect_frame().await;
    assert_eq!(reader.expect_frame().await, frame);
    let expected = json!({
        "id": 1, "text": "First!", "file": "data:image/png;base64,iVBORw0KGgo=", "parent_post_comment": null,
        "author": 1, "child": [],
    });
    assert_eq!(without_time(frame["data"].take()), expected);
    assert_eq!(frame, json!({"action": "create", "data": null}));
    ann.expect_nothing().await;
}

async fn answers_make_a_tree(database: Database) {
    let server = start(database).await;
    let mut ann = server.open("/ws/comments/?token=user-1").await;
    for (text, parent) in [("A", None), ("A1", Some(1)), ("A1a", Some(2)), ("A2", Some(1)), ("B", None)] {
        ann.send(&comment(text, parent)).await;
    }
    let list = ann.request(&json!({"action": "list", "request_id": 1})).await;
    let rows = list["data"].as_array().into_iter().flatten();
    let shape: Vec<Value> =
        rows.map(|row| json!([row["text"], row["parent_post_comment"], row["child"]])).collect();
    assert_eq!(
        json!(shape),
        json!([["B", null, []], ["A2", 1, []], ["A1a", 2, []], ["A1", 1, [3]], ["A", null, [2, 4]],])
    );
    let roots = json!({"action": "list", "request_id": 2, "filter": {"parent_post_comment": null}});
    let roots = ann.request(&roots).await;
    assert_eq!(roots["data"].as_array().map(Vec::len), Some(2));
}

async fn anonymous_clients_read(database: Database) {
    let server = start(database).await;
    let mut reader = server.open("/ws/comments/").await;
    let list = reader.request(&json!({"action": "list", "request_id": 1})).await;
    assert_eq!(list, answer("list", 1, 200, json!([])));
    let forbidden = json!(["You do not have permission to perform this action."]);
    assert_eq!(reader.request(&comment("Me!", None)).await, refusal("create", "create", 403, forbidden));
}

async fn a_comment_is_deleted_by_its_author(database: Database) {
    let server = start(database).await;
    let mut ann = server.open("/ws/comments/?token=user-1").await;
    let mut ben = server.open("/ws/comments/?token=user-2").await;
    ann.send(&comment("A", None)).await;
    ann.request(&json!({"action": "list", "request_id": 1})).await;
    ben.send(&comment("B", Some(1))).await;
    let delete = json!({"action": "delete", "request_id": 2, "pk": 1});
    let forbidden = json!(["You do not have permission to perform this action."]);
    assert_eq!(ben.request(&delete).await, refusal("delete", 2, 403, forbidden));
    assert_eq!(ann.request(&delete).await, answer("delete", 2, 204, Value::Null));
    // The answers to a comment are deleted with it.
    let list = ann.request(&json!({"action": "list", "request_id": 3})).await;
    assert_eq!(list, answer("list", 3, 200, json!([])));
}

async fn captchas_texts_and_files_that_are_wrong_are_refused(database: Database) {
    let server = start(database).await;
    let mut ann = server.open("/ws/comments/?token=user-1").await;
    for (change, errors) in [
        (json!({"captcha": "eight"}), json!({"captcha": ["This is not the solution."]})),
        (json!({"captcha": null}), json!({"captcha": ["This field is required."]})),
        (json!({"text": "<b>"}), json!({"text": ["A comment has no tags."]})),
        (
            json!({"text": "", "parent_post_comment": "one"}),
            json!({
                "text": ["This field may not be blank."],
                "parent_post_comment": ["Incorrect type. Expected pk value, received str."],
            }),
        ),
        (
            json!({"parent_post_comment": 9}),
            json!({"parent_post_comment": ["Invalid pk \"9\" - object does not exist."]}),
        ),
    ] {
        let mut request = comment("A", None);
        for (key, value) in change.as_object().into_iter().flatten() {
            request["data"][key] = value.clone();
        }
        assert_eq!(
            ann.request(&request).await,
            refusal("create", "create", 400, json!([errors])),
            "{change}"
        );
    }
    let mut request = comment("A", None);
    request["data"]["file"] = json!("/etc/passwd");
    let refused = ann.request(&request).await;
    assert_eq!(refused["response_status"], 400);
    assert!(refused["errors"][0]["file"].is_array(), "{refused}");
}
