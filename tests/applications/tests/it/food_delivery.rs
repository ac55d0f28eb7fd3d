//! The screens of two kitchens.

use dcrf_applications::food_delivery::service;
use dcrf_e2e::Database;
use dcrf_runtime::{DateTime, Model as _};
use food_delivery::models::{
    MenuItem, NewMenuItem, NewOrder, NewOrderItem, NewOrderItemPriceAdjustment, NewRestaurant, Order,
    OrderChanges, OrderItem, OrderItemPriceAdjustment, Restaurant,
};
use serde_json::json;

use crate::on_both_databases;
use crate::server::{Server, answer, refusal};

on_both_databases!(
    a_kitchen_gets_its_own_orders,
    an_order_is_cooked_and_collected,
    an_anonymous_screen_stays_dark,
    the_path_names_a_restaurant,
    one_socket_has_orders_and_menu_of_a_restaurant,
);

/// Two restaurants; soup and bread of the first one.
async fn fill(server: &Server) {
    for name in ["Green Kitchen", "Noodle Bar"] {
        let restaurant = NewRestaurant { name: name.to_owned() };
        Restaurant::objects(&server.db).create(restaurant).await.expect("a restaurant");
    }
    for (name, price) in [("Soup", "4.50"), ("Bread", "1.20")] {
        let price = price.parse().expect("a price");
        let dish = NewMenuItem { restaurant: 1, name: name.to_owned(), price };
        MenuItem::objects(&server.db).create(dish).await.expect("a dish");
    }
}

/// Orders two soups, one bread, and half a euro off, as the site of the restaurant does: in one transaction.
async fn order(server: &Server, address: Option<&str>) {
    let transaction = server.db.begin().await.expect("a transaction");
    let db = transaction.db();
    let new = NewOrder {
        restaurant: 1,
        address: address.map(str::to_owned),
        kitchen_completed: None,
        completed: None,
    };
    let order = Order::objects(db).create(new).await.expect("an order").id;
    for (menu_item, quantity) in [(1, 2), (2, 1)] {
        let item = NewOrderItem { order, menu_item, quantity: Some(quantity) };
        let item = OrderItem::objects(db).create(item).await.expect("an item");
        if menu_item == 2 {
            let adjustment = NewOrderItemPriceAdjustment {
                order_item: item.id,
                adjustment: Some("-0.50".parse().expect("a price")),
                reason: "from yesterday".to_owned(),
            };
            OrderItemPriceAdjustment::objects(db).create(adjustment).await.expect("an adjustment");
        }
    }
    transaction.commit().await.expect("an order");
}

async fn a_kitchen_gets_its_own_orders(database: Database) {
    let server = Server::start(database, service()).await;
    fill(&server).await;
    let mut kitchen = server.open("/ws/orders/1/?token=user-1").await;
    let mut other = server.open("/ws/orders/2/?token=user-1").await;
    order(&server, Some("5 Lake Road")).await;
    let mut frame = kitchen.expect_frame().await;
    assert!(frame["data"]["created"].take().is_string());
    let items = json!([
        {"id": 1, "name": "Soup", "price": "4.50", "quantity": 2, "price_adjustment": null},
        {
            "id": 2, "name": "Bread", "price": "1.20", "quantity": 1,
            "price_adjustment": {"adjustment": "-0.50", "reason": "from yesterday"},
        },
    ]);
    let data = json!({
        "id": 1, "restaurant": 1, "type": "DELIVERY", "items": items,
        "created": null, "status": "IN_KITCHEN", "price": "9.70",
    });
    assert_eq!(frame, json!({"action": "create", "data": data}));
    other.expect_nothing().await;
}

async fn an_order_is_cooked_and_collected(database: Database) {
    let server = Server::start(database, service()).await;
    fill(&server).await;
    order(&server, None).await;
    let mut kitchen = server.open("/ws/orders/1/?token=user-1").await;
    let (now, orders) = (DateTime::now(), Order::objects(&server.db));
    let cooked = OrderChanges { kitchen_completed: Some(Some(now)), ..Default::default() };
    let collected = OrderChanges { completed: Some(Some(now)), ..Default::default() };
    for (changes, status) in [(cooked, "READY"), (collected, "COMPLETED")] {
        orders.update(1, changes).await.expect("an order that goes on");
        let frame = kitchen.expect_frame().await;
        assert_eq!((&frame["action"], &frame["data"]["status"]), (&json!("update"), &json!(status)));
        assert_eq!(frame["data"]["type"], "SELF_PICKUP");
    }
    // An order that moves to another restaurant leaves the screen.
    orders
        .update(1, OrderChanges { restaurant: Some(2), ..Default::default() })
        .await
        .expect("an order that moves");
    let frame = kitchen.expect_frame().await;
    assert_eq!((&frame["action"], &frame["data"]["id"]), (&json!("delete"), &json!(1)));
}

async fn an_anonymous_screen_stays_dark(database: Database) {
    let server = Server::start(database, service()).await;
    fill(&server).await;
    let mut screen = server.open("/ws/orders/1/").await;
    order(&server, None).await;
    screen.expect_nothing().await;
    let subscribe = json!({"action": "subscribe_to_order_activity", "request_id": 1, "restaurant": 1});
    let forbidden = json!(["You do not have permission to perform this action."]);
    assert_eq!(screen.request(&subscribe).await, refusal("subscribe_to_order_activity", 1, 403, forbidden));
    assert_eq!(server.refuses("/ws/orders/1/?token=nonsense").await, 401);
}

async fn the_path_names_a_restaurant(database: Database) {
    let server = Server::start(database, service()).await;
    for target in ["/ws/orders/", "/ws/orders/first/?token=user-1", "/ws/orders/1/2/", "/ws/"] {
        assert_eq!(server.refuses(target).await, 404, "{target}");
    }
    let mut kitchen = server.open("/ws/orders/1/?token=user-1").await;
    let subscribe = json!({"action": "subscribe_to_order_activity", "request_id": 1, "restaurant": "first"});
    let errors = json!([{"restaurant": ["A valid integer is required."]}]);
    assert_eq!(kitchen.request(&subscribe).await, refusal("subscribe_to_order_activity", 1, 400, errors));
}

async fn one_socket_has_orders_and_menu_of_a_restaurant(database: Database) {
    let server = Server::start(database, service()).await;
    fill(&server).await;
    let mut kitchen = server.open("/ws/restaurants/1/?token=user-1").await;
    let mut other = server.open("/ws/restaurants/2/?token=user-1").await;
    let list = json!({"stream": "menu", "payload": {"action": "list", "request_id": 1}});
    let dishes =
        json!([{"id": 1, "name": "Soup", "price": "4.50"}, {"id": 2, "name": "Bread", "price": "1.20"}]);
    let menu = json!({"stream": "menu", "payload": answer("list", 1, 200, dishes)});
    assert_eq!(kitchen.request(&list).await, menu);
    let nothing = json!({"stream": "menu", "payload": answer("list", 1, 200, json!([]))});
    assert_eq!(other.request(&list).await, nothing);
    order(&server, None).await;
    let frame = kitchen.expect_frame().await;
    assert_eq!((&frame["stream"], &frame["payload"]["data"]["id"]), (&json!("orders"), &json!(1)));
    other.expect_nothing().await;
    assert_eq!(server.refuses("/ws/restaurants/first/").await, 404);
}
