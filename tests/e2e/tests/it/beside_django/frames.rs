//! The same front end on either server: the same frames get the same frames.

use dcrf_e2e::Socket;
use serde_json::{Value, json};

use super::{Shop, done, path};

/// Leaves out of a frame what differs from one row to the next.
fn plain(mut frame: Value) -> Value {
    fn blank(value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(blank),
            Value::Object(members) => {
                for (name, value) in members {
                    match name.as_str() {
                        "id" | "pk" | "product" | "created_at" | "placed_at" => *value = json!("…"),
                        _ => blank(value),
                    }
                }
            }
            _ => {}
        }
    }
    blank(&mut frame);
    frame
}

/// What a front end does, on a socket of each stream and of each of two users; every frame that it receives.
async fn session(shop: &Shop, staff: &mut Socket, ann: &mut Socket, orders: &mut Socket) -> Vec<Value> {
    let mut frames = Vec::new();
    let missing = "00000000-0000-0000-0000-000000000000";
    let data = json!({"name": "Assam", "price": "1.5", "published": true, "details": {"a": [null, 1.5]}});
    let product = done(staff, "create", json!({"data": data})).await;
    let key = &product["id"];
    let requests = [
        (0, json!({"action": "subscribe_instance", "pk": key})),
        (0, json!({"action": "retrieve", "pk": key})),
        (0, json!({"action": "retrieve", "pk": missing})),
        (0, json!({"action": "patch", "pk": key, "data": {"price": "1.555", "name": " ", "tags": ["none"]}})),
        (0, json!({"action": "create", "data": {"discount": "10", "details": null, "on_sale_from": "soon"}})),
        (0, json!({"action": "delete", "pk": missing})),
        (0, json!({"action": "dance"})),
        (1, json!({"action": "list"})),
        (1, json!({"action": "patch", "pk": key, "data": {"price": "2"}})),
        (1, json!({"action": "follow", "pk": key})),
        (2, json!({"action": "subscribe_to_order_activity", "product": key})),
        (2, json!({"action": "create", "data": {"product": missing, "quantity": -1, "state": "lost"}})),
    ];
    for (index, (which, mut request)) in requests.into_iter().enumerate() {
        request["request_id"] = json!(index);
        let socket: &mut Socket = [&mut *staff, &mut *ann, &mut *orders][which];
        frames.push(socket.request(request).await);
    }
    // What is written on a socket, and is told to those who are subscribed.
    staff.send(json!({"action": "patch", "request_id": "p", "pk": key, "data": {"price": "3"}})).await;
    frames.extend([staff.receive().await, staff.receive().await]);
    orders.send(json!({"action": "create", "request_id": "c", "data": {"product": key, "note": null}})).await;
    frames.extend([orders.receive().await, orders.receive().await]);
    // What Django's views write and send.
    let url = format!("products/{}/", key.as_str().expect("a key"));
    shop.django.done("PATCH", &url, json!({"details": "other"})).await;
    frames.push(staff.receive().await);
    shop.django.done("POST", &(url.clone() + "announce/"), json!({"text": "Now!"})).await;
    frames.push(ann.receive().await);
    shop.django.done("DELETE", &url, Value::Null).await;
    frames.extend([staff.receive().await, orders.receive().await]);
    frames.into_iter().map(plain).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_front_end_does_not_know_which_server_it_has() {
    let Some(shop) = Shop::open().await else { return };
    let (products, of_ann, orders) =
        (path("products", "staff"), path("products", "ann"), path("orders", "ann"));
    let channels = {
        let (mut staff, mut ann) = (shop.django.connect(&products).await, shop.django.connect(&of_ann).await);
        session(&shop, &mut staff, &mut ann, &mut shop.django.connect(&orders).await).await
    };
    let (mut staff, mut ann) = (shop.server.connect(&products).await, shop.server.connect(&of_ann).await);
    let ours = session(&shop, &mut staff, &mut ann, &mut shop.server.connect(&orders).await).await;
    for (ours, theirs) in ours.iter().zip(&channels) {
        assert_eq!(ours, theirs);
    }
    assert_eq!(ours.len(), channels.len());
}
