//! Buyers and sellers in their rooms, and the page of the listings.

use car_market::models::{
    CarBrand, CarModel, NewCarBrand, NewCarModel, NewProfile, NewUser, Profile, User, UserStatus,
};
use dcrf_applications::car_market::service;
use dcrf_e2e::Database;
use dcrf_runtime::Model as _;
use serde_json::{Value, json};

use crate::on_both_databases;
use crate::server::{Server, answer, refusal};

on_both_databases!(
    a_room_hears_who_comes_speaks_and_goes,
    a_private_message_reaches_a_user_in_every_room,
    listings_are_shown_to_everybody_and_written_by_their_seller,
    a_profile_is_part_of_its_user,
    rooms_refuse_who_may_not_speak,
    messages_and_listings_that_are_wrong_are_refused,
);

/// Three users, the last of whom is blocked; the first one has a profile. A brand with a model.
async fn start(database: Database) -> Server {
    let server = Server::start(database, service()).await;
    let db = &server.db;
    for (name, status) in
        [("ann", UserStatus::Active), ("ben", UserStatus::Active), ("cyd", UserStatus::Blocked)]
    {
        let user = NewUser { email: format!("{name}@example.org"), status: Some(status) };
        User::objects(db).create(user).await.expect("a user");
    }
    let profile = NewProfile { user: 1, name: "Ann".to_owned(), surname: "Ito".to_owned() };
    Profile::objects(db).create(profile).await.expect("a profile");
    CarBrand::objects(db).create(NewCarBrand { brand: "Saab".to_owned() }).await.expect("a brand");
    let model = NewCarModel { car_model: "900".to_owned(), car_brand: 1 };
    CarModel::objects(db).create(model).await.expect("a model");
    server
}

fn say(text: &str) -> Value {
    json!({"action": "send_message", "request_id": 1, "data": {"text": text}})
}

async fn a_room_hears_who_comes_speaks_and_goes(database: Database) {
    let server = start(database).await;
    let mut ben = server.open("/ws/chat/saab-900/?token=user-2").await;
    let mut elsewhere = server.open("/ws/chat/volvo/?token=user-2").await;
    // Nobody hears their own coming: whoever is answered has come.
    elsewhere.request(&json!({"action": "nothing", "request_id": 1})).await;
    ben.request(&json!({"action": "nothing", "request_id": 1})).await;
    let mut ann = server.open("/ws/chat/saab-900/?token=user-1").await;
    assert_eq!(ben.expect_frame().await, json!({"type": "user_joined", "user": "Ann Ito"}));
    ann.send(&say("Is it red?")).await;
    let message = json!({"type": "message", "user": "Ann Ito", "text": "Is it red?"});
    assert_eq!(ann.expect_frame().await, message);
    assert_eq!(ben.expect_frame().await, message);
    ben.send(&say("It is.")).await;
    assert_eq!(ann.expect_frame().await, json!({"type": "message", "user": "Somebody", "text": "It is."}));
    ben.expect_frame().await;
    assert_eq!(ann.close().await, 1000);
    assert_eq!(ben.expect_frame().await, json!({"type": "user_left", "user": "Ann Ito"}));
    elsewhere.expect_nothing().await;
}

async fn a_private_message_reaches_a_user_in_every_room(database: Database) {
    let server = start(database).await;
    let mut ben = server.open("/ws/chat/volvo/?token=user-2").await;
    ben.request(&json!({"action": "nothing", "request_id": 1})).await;
    let mut ann = server.open("/ws/chat/saab-900/?token=user-1").await;
    let request =
        json!({"action": "send_private_message", "request_id": 1, "data": {"text": "Hello!", "userId": 2}});
    ann.send(&request).await;
    let message = json!({"type": "private_message", "user": "Ann Ito", "text": "Hello!"});
    assert_eq!(ann.expect_frame().await, message);
    assert_eq!(ben.expect_frame().await, message);
    ann.expect_nothing().await;
}

async fn listings_are_shown_to_everybody_and_written_by_their_seller(database: Database) {
    let server = start(database).await;
    let mut page = server.open("/ws/listings/").await;
    let mut ann = server.open("/ws/listings/?token=user-1").await;
    let data = json!({"brand_id": 1, "car_model_id": 1, "year": 1988, "price": 2500.5, "views": 1000});
    let created = ann.request(&json!({"action": "create", "request_id": 1, "data": data})).await;
    let mut listing = json!({
        "id": 1, "brand": "Saab", "car_model": {"id": 1, "car_model": "900", "car_brand": 1}, "year": 1988,
        "price": 2500.5, "currency": "USD", "is_active": true, "views": 0,
    });
    assert_eq!(created, answer("create", 1, 201, listing.clone()));
    assert_eq!(page.expect_frame().await, json!({"action": "create", "data": listing}));

    let sold = json!({"action": "patch", "request_id": 2, "pk": 1, "data": {"is_active": false}});
    let mut ben = server.open("/ws/listings/?token=user-2").await;
    let forbidden = json!(["You do not have permission to perform this action."]);
    assert_eq!(ben.request(&sold).await, refusal("patch", 2, 403, forbidden.clone()));
    assert_eq!(page.request(&sold).await, refusal("patch", 2, 403, forbidden));
    listing["is_active"] = json!(false);
    assert_eq!(ann.request(&sold).await, answer("patch", 2, 200, listing.clone()));
    assert_eq!(page.expect_frame().await, json!({"action": "update", "data": listing}));
}

async fn a_profile_is_part_of_its_user(database: Database) {
    let server = start(database).await;
    let mut ann = server.open("/ws/users/?token=user-1").await;
    let profile = json!({"name": "Ann", "surname": "Ito"});
    for (pk, name, profile) in [(1, "ann", profile), (2, "ben", Value::Null)] {
        let user = ann.request(&json!({"action": "retrieve", "request_id": pk, "pk": pk})).await;
        let data = json!({"id": pk, "email": format!("{name}@example.org"), "profile": profile});
        assert_eq!(user, answer("retrieve", pk, 200, data));
    }
}

async fn rooms_refuse_who_may_not_speak(database: Database) {
    let server = start(database).await;
    for target in ["/ws/chat/saab-900/", "/ws/chat/saab-900/?token=user-3"] {
        assert_eq!(server.refuses(target).await, 403, "{target}");
    }
    assert_eq!(server.refuses("/ws/chat/Saab%20900/?token=user-1").await, 404);
}

async fn messages_and_listings_that_are_wrong_are_refused(database: Database) {
    let server = start(database).await;
    let mut ann = server.open("/ws/chat/saab-900/?token=user-1").await;
    for (action, data, errors) in [
        (
            "send_message",
            json!({"text": ""}),
            json!({"text": ["Ensure this field has at least 1 characters."]}),
        ),
        ("send_private_message", json!({"text": "Hello!"}), json!({"userId": ["This field is required."]})),
    ] {
        let refused = ann.request(&json!({"action": action, "request_id": 1, "data": data})).await;
        assert_eq!(refused, refusal(action, 1, 400, json!([{"data": errors}])));
    }
    let to_nobody =
        json!({"action": "send_private_message", "request_id": 2, "data": {"text": "Hi", "userId": 9}});
    let errors = json!([{"userId": ["There is no such user."]}]);
    assert_eq!(ann.request(&to_nobody).await, refusal("send_private_message", 2, 400, errors));

    let mut page = server.open("/ws/listings/?token=user-1").await;
    let data = json!({"brand_id": 9, "car_model_id": 1, "year": 1700, "price": 0});
    let errors = json!([{
        "brand_id": ["Invalid pk \"9\" - object does not exist."],
        "year": ["Ensure this value is greater than or equal to 1886."],
        "price": ["A price is more than nothing."],
    }]);
    let refused = page.request(&json!({"action": "create", "request_id": 3, "data": data})).await;
    assert_eq!(refused, refusal("create", 3, 400, errors));
}
