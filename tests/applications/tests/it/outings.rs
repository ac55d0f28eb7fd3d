//! The pages that show grounds, tournaments and payments.

use dcrf_applications::outings::service;
use dcrf_e2e::Database;
use dcrf_runtime::{Model as _, Uuid};
use outings::models::{
    Ground, GroundLocation, NewGround, NewPayment, NewTournament, NewUser, Payment, Tournament,
    TournamentStatus, User,
};
use serde_json::{Value, json};

use crate::on_both_databases;
use crate::server::{Server, refusal};

on_both_databases!(
    a_connection_first_gets_all_rows_and_then_each_change,
    grounds_nearby_are_in_the_order_of_their_distance,
    a_tournament_moves_to_other_grounds,
    everybody_sees_payments,
    anonymous_clients_and_bad_points_are_refused,
);

async fn ground(server: &Server, name: &str, coordinates: Option<[f64; 2]>) -> Ground {
    if !User::objects(&server.db).filter(User::ID.eq(1)).exists().await.expect("users") {
        User::objects(&server.db).create(NewUser { username: "olga".to_owned() }).await.expect("a user");
    }
    let location = coordinates
        .map(|coordinates| GroundLocation { r#type: "Point".to_owned(), coordinates: coordinates.to_vec() });
    let address = "1 Park Lane".to_owned();
    let new =
        NewGround { id: None, name: name.to_owned(), address, location, capacity: Some(22), created_by: 1 };
    Ground::objects(&server.db).create(new).await.expect("a ground")
}

fn shown(ground: &Ground, coordinates: Value) -> Value {
    let location = if coordinates.is_null() {
        Value::Null
    } else {
        json!({"type": "Point", "coordinates": coordinates})
    };
    json!({
        "id": ground.id.to_string(), "name": ground.name, "address": "1 Park Lane",
        "location": location, "capacity": 22, "created_by": 1,
    })
}

async fn a_connection_first_gets_all_rows_and_then_each_change(database: Database) {
    let server = Server::start(database, service()).await;
    let park = ground(&server, "Park", Some([13.25, 52.5])).await;
    let mut page = server.open("/ws/grounds/?token=user-1").await;
    let rows = json!([shown(&park, json!([13.25, 52.5]))]);
    assert_eq!(page.expect_frame().await, json!({"action": "list", "data": rows}));
    let hall = ground(&server, "Hall", None).await;
    let created = json!({"action": "create", "data": shown(&hall, Value::Null)});
    assert_eq!(page.expect_frame().await, created);
    Ground::objects(&server.db).delete(park.id).await.expect("a ground that is gone");
    let gone = shown(&park, json!([13.25, 52.5]));
    assert_eq!(page.expect_frame().await, json!({"action": "delete", "data": gone}));
}

async fn grounds_nearby_are_in_the_order_of_their_distance(database: Database) {
    let server = Server::start(database, service()).await;
    for (name, place) in [
        ("Far", Some([2.35, 48.86])),
        ("Near", Some([13.4, 52.5])),
        ("Nearer", Some([13.39, 52.51])),
        ("Nowhere", None),
    ] {
        ground(&server, name, place).await;
    }
    let mut page = server.open("/ws/grounds/?token=user-1").await;
    let nearby = json!({"action": "nearby", "request_id": 1, "longitude": 13.38, "latitude": 52.52});
    let answered = page.request(&nearby).await;
    let names: Vec<&Value> =
        answered["data"].as_array().into_iter().flatten().map(|row| &row["name"]).collect();
    assert_eq!(names, ["Nearer", "Near"]);
}

async fn a_tournament_moves_to_other_grounds(database: Database) {
    let server = Server::start(database, service()).await;
    let park = ground(&server, "Park", None).await;
    let mut page = server.open("/ws/tournaments/?token=user-1").await;
    assert_eq!(page.expect_frame().await, json!({"action": "list", "data": []}));
    let new =
        NewTournament { id: None, name: "Cup".to_owned(), status: TournamentStatus::Scheduled, price: None };
    let cup = Tournament::objects(&server.db).create(new).await.expect("a tournament").id;
    let mut data = json!({
        "id": cup.to_string(), "name": "Cup", "status": "Scheduled", "price": "0.00", "grounds": [],
    });
    assert_eq!(page.expect_frame().await, json!({"action": "create", "data": data}));
    Tournament::GROUNDS.add(&server.db, cup, park.id).await.expect("a ground of the tournament");
    data["grounds"] = json!([park.id.to_string()]);
    assert_eq!(page.expect_frame().await, json!({"action": "update", "data": data}));
}

async fn everybody_sees_payments(database: Database) {
    let server = Server::start(database, service()).await;
    let park = ground(&server, "Park", None).await;
    let mut page = server.open("/ws/payments/").await;
    assert_eq!(page.expect_frame().await, json!({"action": "list", "data": []}));
    let id = Uuid::random();
    let payment = NewPayment {
        id: Some(id),
        order_id: "A-1".to_owned(),
        amount: "12.5".parse().expect("an amount"),
        ground: Some(park.id),
    };
    Payment::objects(&server.db).create(payment).await.expect("a payment");
    let nested = json!({"id": park.id.to_string(), "name": "Park", "address": "1 Park Lane"});
    let data = json!({"id": id.to_string(), "order_id": "A-1", "amount": "12.50", "ground": nested});
    assert_eq!(page.expect_frame().await, json!({"action": "create", "data": data}));
}

async fn anonymous_clients_and_bad_points_are_refused(database: Database) {
    let server = Server::start(database, service()).await;
    let mut anonymous = server.open("/ws/grounds/").await;
    assert_eq!(anonymous.expect_close().await, 1008);
    let mut page = server.open("/ws/grounds/?token=user-1").await;
    page.expect_frame().await;
    let nearby = json!({"action": "nearby", "request_id": 1, "longitude": 200, "kilometres": 0});
    let errors = json!([{
        "longitude": ["Ensure this value is less than or equal to 180."],
        "latitude": ["This field is required."],
        "kilometres": ["Ensure this value is greater than 0."],
    }]);
    assert_eq!(page.request(&nearby).await, refusal("nearby", 1, 400, errors));
}
