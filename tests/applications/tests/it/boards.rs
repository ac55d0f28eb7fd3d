//! Two users who work at a board, on one socket for all streams each.

use boards::models::{
    Board, Column, NewBoard, NewColumn, NewSticker, NewUser, NewWorkSpace, Sticker, Task, User, WorkSpace,
};
use dcrf_applications::boards::service;
use dcrf_e2e::Database;
use dcrf_runtime::Model as _;
use dcrf_runtime::test::TestClient;
use serde_json::{Value, json};

use crate::on_both_databases;
use crate::server::{Server, answer, refusal};

on_both_databases!(
    whoever_watches_a_board_hears_of_its_tasks,
    tasks_are_moved_within_and_between_columns,
    a_new_board_notifies_the_others,
    boards_of_others_do_not_exist,
    payloads_that_are_wrong_are_refused,
);

/// Three users; the first two share a workspace with a board of two columns.
async fn start(database: Database) -> Server {
    let server = Server::start(database, service()).await;
    let db = &server.db;
    for name in ["ann", "ben", "cyd"] {
        let user = NewUser { email: format!("{name}@example.org"), name: Some(name.to_owned()) };
        User::objects(db).create(user).await.expect("a user");
    }
    WorkSpace::objects(db).create(NewWorkSpace { name: "Home".to_owned() }).await.expect("a workspace");
    WorkSpace::USERS.set(db, 1, vec![1, 2]).await.expect("its users");
    let board = NewBoard { workspace: 1, name: "Garden".to_owned() };
    Board::objects(db).create(board).await.expect("a board");
    for (index, name) in [(0, "To do"), (1, "Done")] {
        let column = NewColumn { board: 1, name: name.to_owned(), index };
        Column::objects(db).create(column).await.expect("a column");
    }
    server
}

async fn open(server: &Server, user: i64) -> TestClient {
    server.open(&format!("/ws/?token=user-{user}")).await
}

/// Sends a request to a stream, and returns the payload of its answer.
async fn ask(socket: &mut TestClient, stream: &str, payload: Value) -> Value {
    let mut answered = socket.request(&json!({"stream": stream, "payload": payload})).await;
    assert_eq!(answered["stream"], stream);
    answered["payload"].take()
}

async fn create_task(socket: &mut TestClient, column: i64, name: &str) -> Value {
    let data = json!({"name": name, "column": column, "index": 99});
    ask(socket, "tasks", json!({"action": "create", "request_id": "create", "data": data})).await
}

/// Watches the board; the answer to the request after it shows that this is done.
async fn watch(socket: &mut TestClient) {
    socket
        .send(&json!({"stream": "boards", "payload": {"action": "subscribe", "request_id": 0, "pk": 1}}))
        .await;
    let board = ask(socket, "boards", json!({"action": "retrieve", "request_id": 1, "pk": 1})).await;
    let columns = json!([{"id": 1, "name": "To do", "index": 0}, {"id": 2, "name": "Done", "index": 1}]);
    let expected = json!({"id": 1, "name": "Garden", "workspace": 1, "columns": columns});
    assert_eq!(board, answer("retrieve", 1, 200, expected));
}

/// Returns the names of the tasks of a column, in their order.
async fn tasks(server: &Server, column: i64) -> Vec<(i64, String)> {
    let tasks = Task::objects(&server.db).filter(Task::COLUMN.eq(column)).list().await.expect("tasks");
    let mut tasks: Vec<_> = tasks.into_iter().map(|task| (task.index, task.name)).collect();
    tasks.sort();
    tasks
}

fn named(names: &[&str]) -> Vec<(i64, String)> {
    (0..).zip(names.iter().map(|name| (*name).to_owned())).collect()
}

async fn whoever_watches_a_board_hears_of_its_tasks(database: Database) {
    let server = start(database).await;
    let mut ann = open(&server, 1).await;
    let mut ben = open(&server, 2).await;
    watch(&mut ben).await;
    let created = create_task(&mut ann, 1, "Rake").await;
    let data = json!({"id": 1, "name": "Rake", "index": 0, "column": 1, "description": "", "priority": null});
    assert_eq!(created, answer("create", "create", 201, data));
    let mut task = json!({
        "id": 1, "name": "Rake", "index": 0, "column": 1, "responsible": [], "description": "", "priority": null,
        "stickers": [],
    });
    let told =
        |action: &str, data: &Value| json!({"stream": "boards", "payload": {"action": action, "data": data}});
    assert_eq!(ben.expect_frame().await, told("create_task", &task));

    let sticker = NewSticker { task: 1, name: "soon".to_owned(), color: "#ff0000".to_owned() };
    Sticker::objects(&server.db).create(sticker).await.expect("a sticker");
    let data = json!({"responsible_ids": [2], "priority": 3});
    let patched =
        ask(&mut ann, "tasks", json!({"action": "patch", "request_id": 2, "pk": 1, "data": data})).await;
    task["responsible"] = json!([{"id": 2, "email": "ben@example.org", "name": "ben"}]);
    task["priority"] = json!(3);
    task["stickers"] = json!([{"id": 1, "name": "soon", "color": "#ff0000"}]);
    assert_eq!(patched, answer("patch", 2, 200, task.clone()));
    assert_eq!(ben.expect_frame().await, told("update_task", &task));

    let gone = ask(&mut ann, "tasks", json!({"action": "delete", "request_id": 3, "pk": 1})).await;
    assert_eq!(gone, answer("delete", 3, 204, Value::Null));
    assert_eq!(ben.expect_frame().await, told("delete_task", &json!({"id": 1})));
    ann.expect_nothing().await;
}

async fn tasks_are_moved_within_and_between_columns(database: Database) {
    let server = start(database).await;
    let mut ann = open(&server, 1).await;
    for name in ["Rake", "Sow", "Water"] {
        create_task(&mut ann, 1, name).await;
    }
    assert_eq!(tasks(&server, 1).await, named(&["Rake", "Sow", "Water"]));
    // Ben watches one task.
    let mut ben = open(&server, 2).await;
    ben.send(&json!({"stream": "tasks", "payload": {"action": "subscribe", "request_id": 0, "pk": 3}})).await;
    ask(&mut ben, "tasks", json!({"action": "retrieve", "request_id": 1, "pk": 3})).await;
    for (data, first, second) in [
        (json!({"index": 0}), vec!["Water", "Rake", "Sow"], vec![]),
        (json!({"column": 2, "index": 7}), vec!["Rake", "Sow"], vec!["Water"]),
        (json!({"column": 1, "index": 1}), vec!["Rake", "Water", "Sow"], vec![]),
    ] {
        let request = json!({"action": "patch", "request_id": 2, "pk": 3, "data": data});
        let moved = ask(&mut ann, "tasks", request).await;
        assert_eq!(moved["response_status"], 200, "{moved}");
        assert_eq!((tasks(&server, 1).await, tasks(&server, 2).await), (named(&first), named(&second)));
        let payload = json!({"action": "update_task", "data": moved["data"]});
        assert_eq!(ben.expect_frame().await, json!({"stream": "tasks", "payload": payload}));
    }
    ask(&mut ann, "tasks", json!({"action": "delete", "request_id": 3, "pk": 1})).await;
    assert_eq!(tasks(&server, 1).await, named(&["Water", "Sow"]));
}

async fn a_new_board_notifies_the_others(database: Database) {
    let server = start(database).await;
    let mut ann = open(&server, 1).await;
    let mut ben = open(&server, 2).await;
    let mut raw = server.open("/ws/notifications/?token=user-2").await;
    for socket in [&mut ann, &mut ben] {
        let list = ask(socket, "notifications", json!({"action": "list", "request_id": 1})).await;
        assert_eq!(list, answer("list", 1, 200, json!([])));
    }
    let data = json!({"workspace": 1, "name": "Kitchen"});
    let created = ask(&mut ann, "boards", json!({"action": "create", "request_id": 2, "data": data})).await;
    let board = json!({"id": 2, "workspace": 1, "name": "Kitchen"});
    assert_eq!(
        created,
        answer("create", 2, 201, board.clone()),
        "the answer has fewer fields than a retrieved board"
    );
    let mut frame = ben.expect_frame().await;
    assert_eq!(frame["payload"], raw.expect_frame().await);
    assert!(frame["payload"]["data"]["created_at"].take().is_string());
    let notification = json!({
        "id": 1, "text": "There is a new board: Kitchen.", "created_at": null, "read": false, "board": board,
    });
    let payload = json!({"action": "create", "data": notification});
    assert_eq!(frame, json!({"stream": "notifications", "payload": payload}));
    ann.expect_nothing().await;

    let read =
        json!({"action": "patch", "request_id": 3, "pk": 1, "data": {"read": true, "text": "Nothing."}});
    let patched = ask(&mut ben, "notifications", read.clone()).await;
    assert_eq!(patched, answer("patch", 3, 200, json!({"id": 1, "read": true})));
    assert_eq!(ask(&mut ann, "notifications", read).await, refusal("patch", 3, 404, json!(["Not found"])));
    let data = json!({"workspace": 1, "name": "Cellar"});
    ask(&mut ann, "boards", json!({"action": "create", "request_id": 4, "data": data})).await;
    let all = ask(&mut ben, "notifications", json!({"action": "read_all", "request_id": 5})).await;
    let keys: Vec<&Value> = all["data"].as_array().into_iter().flatten().map(|row| &row["id"]).collect();
    assert_eq!(keys, [2]);
    let list = ask(&mut ben, "notifications", json!({"action": "list", "request_id": 6})).await;
    let read: Vec<&Value> = list["data"].as_array().into_iter().flatten().map(|row| &row["read"]).collect();
    assert_eq!(read, [true, true]);
}

async fn boards_of_others_do_not_exist(database: Database) {
    let server = start(database).await;
    let mut ann = open(&server, 1).await;
    create_task(&mut ann, 1, "Rake").await;
    let mut cyd = open(&server, 3).await;
    for (stream, action) in
        [("boards", "retrieve"), ("boards", "subscribe"), ("tasks", "patch"), ("tasks", "delete")]
    {
        let request = json!({"action": action, "request_id": 1, "pk": 1, "data": {"name": "Mine"}});
        assert_eq!(ask(&mut cyd, stream, request).await, refusal(action, 1, 404, json!(["Not found"])));
    }
    let forbidden = json!(["You do not have permission to perform this action."]);
    let data = json!({"workspace": 1, "name": "Mine"});
    let create = ask(&mut cyd, "boards", json!({"action": "create", "request_id": 2, "data": data})).await;
    assert_eq!(create, refusal("create", 2, 403, forbidden.clone()));
    let unknown = json!([{"column": ["Invalid pk \"1\" - object does not exist."]}]);
    assert_eq!(create_task(&mut cyd, 1, "Mine").await, refusal("create", "create", 400, unknown));
    let mut anonymous = server.open("/ws/").await;
    let list = ask(&mut anonymous, "notifications", json!({"action": "list", "request_id": 3})).await;
    assert_eq!(list, refusal("list", 3, 403, forbidden));
}

async fn payloads_that_are_wrong_are_refused(database: Database) {
    let server = start(database).await;
    let mut ann = open(&server, 1).await;
    let data = json!({"name": "", "priority": 9});
    let refused = ask(&mut ann, "tasks", json!({"action": "create", "request_id": 1, "data": data})).await;
    let errors = json!([{
        "name": ["This field may not be blank."],
        "column": ["This field is required."],
        "priority": ["\"9\" is not a valid choice."],
    }]);
    assert_eq!(refused, refusal("create", 1, 400, errors));
    create_task(&mut ann, 1, "Rake").await;
    let request = json!({"action": "patch", "request_id": 2, "pk": 1, "data": {"index": -1}});
    let errors = json!([{"index": ["Ensure this value is greater than or equal to 0."]}]);
    assert_eq!(ask(&mut ann, "tasks", request).await, refusal("patch", 2, 400, errors));
    let request = json!({"action": "patch", "request_id": 3, "pk": 1, "data": {"column": 9}});
    let errors = json!([{"column": ["Invalid pk \"9\" - object does not exist."]}]);
    assert_eq!(ask(&mut ann, "tasks", request).await, refusal("patch", 3, 400, errors));
    assert_eq!(tasks(&server, 1).await, named(&["Rake"]), "what was refused is not stored");
}
