//! `examples/beside-django`: Django keeps the tables, the migrations and REST, and `shop-app` serves the sockets of the
//! same tables. Each hears what the other writes.

mod django;
mod events;
mod frames;
mod migrations;
mod values;

use dcrf_e2e::{App, Database, Server, Socket};
use serde_json::{Value, json};

use django::Django;

/// Django, and the server of the sockets beside it; none without a Python or a PostgreSQL server.
struct Shop {
    django: Django,
    server: Server,
    _database: Database,
}

impl Shop {
    async fn open() -> Option<Self> {
        let (database, django) = Django::start().await?;
        let url = database.url();
        let server = Server::start_with(App::Shop, &database, &["--broker", &url]).await;
        Some(Self { django, server, _database: database })
    }

    /// A socket of a user of the demonstration: `staff`, `ann` or `bob`.
    async fn socket(&self, stream: &str, user: &str) -> Socket {
        self.server.connect(&path(stream, user)).await
    }

    /// A socket that hears of products under the id `s`.
    async fn products(&self, user: &str) -> Socket {
        let mut socket = self.socket("products", user).await;
        subscribe(&mut socket, "subscribe_to_product_activity", json!({})).await;
        socket
    }

    /// A socket that hears of the orders of a product under the id `s`.
    async fn orders(&self, user: &str, product: &Value) -> Socket {
        let mut socket = self.socket("orders", user).await;
        subscribe(&mut socket, "subscribe_to_order_activity", json!({"product": product})).await;
        socket
    }

    /// Stores a product by REST.
    async fn product(&self, data: Value) -> Value {
        self.django.done("POST", "products/", data).await
    }
}

fn path(stream: &str, user: &str) -> String {
    format!("/ws/{stream}/?token=demo-{user}")
}

/// Sends a request of an action, and returns its answer.
async fn ask(socket: &mut Socket, action: &str, mut arguments: Value) -> Value {
    arguments["action"] = json!(action);
    arguments["request_id"] = json!("r");
    socket.request(arguments).await
}

/// The same, and returns the data of a success.
async fn done(socket: &mut Socket, action: &str, arguments: Value) -> Value {
    let mut answer = ask(socket, action, arguments).await;
    assert_eq!((&answer["errors"], &answer["request_id"]), (&json!([]), &json!("r")), "{answer}");
    answer["data"].take()
}

async fn subscribe(socket: &mut Socket, action: &str, mut arguments: Value) {
    arguments["action"] = json!(action);
    arguments["request_id"] = json!("s");
    let answer = socket.request(arguments).await;
    assert_eq!(answer["response_status"], 201, "{answer}");
}

/// An event of a subscription: its action, and the row.
async fn heard(socket: &mut Socket) -> (String, Value) {
    let mut event = socket.receive().await;
    assert_eq!(event["request_id"], "s", "{event}");
    let action = event["action"].as_str().expect("an action").to_owned();
    (action, event["data"].take())
}

/// The next event is this one.
async fn hears(socket: &mut Socket, action: &str, data: &Value) {
    assert_eq!(heard(socket).await, (action.to_owned(), data.clone()));
}

/// Django's serializers store a row and its many-to-many relations in two transactions: the second event has both.
async fn hears_both(socket: &mut Socket, actions: [&str; 2], data: &Value) {
    let (action, row) = heard(socket).await;
    assert_eq!((action.as_str(), &row["id"]), (actions[0], &data["id"]));
    hears(socket, actions[1], data).await;
}
