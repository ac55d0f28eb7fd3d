//! Constraints of rows: unique sets of some rows, and checks, whichever way a row is written.

use dcrf_e2e::Database;
use dcrf_runtime::{Db, Error, Model as _};
use kitchen::models::{
    NewPlayer, NewReservation, NewTour, Player, Reservation, ReservationChanges, ReservationState, Tour,
};
use serde_json::{Value, json};

use super::Kitchen;
use super::server::Stream;
use crate::on_both_databases;

on_both_databases!(
    a_set_is_unique_among_the_rows_of_its_condition,
    a_set_of_one_column_is_an_error_of_its_field,
    a_check_is_an_error_of_the_row,
    errors_of_nested_rows_have_their_place,
    the_application_is_refused_alike,
    many_rows_are_refused_alike,
    what_is_deleted_breaks_no_check_of_other_rows,
);

fn of_row(text: &str) -> Value {
    json!([{"non_field_errors": [text]}])
}

const TAKEN: &str = "The fields tour, guest must make a unique set.";
const PEOPLE: &str = "Constraint “people_of_a_reservation” is violated.";

async fn tour(kitchen: &Kitchen) -> Stream {
    let mut tours = kitchen.open("tours").await;
    tours.create(json!({"name": "Rome", "begins": "2024-05-01T08:00:00Z"})).await.data(201);
    kitchen.open("reservations").await
}

async fn a_set_is_unique_among_the_rows_of_its_condition(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut reservations = tour(&kitchen).await;
    let ann = json!({"tour": 1, "guest": "Ann"});
    let first = reservations.create(ann.clone()).await.data(201);
    reservations.create(ann.clone()).await.refuses(400, of_row(TAKEN));
    // Everything that is wrong is told at once.
    let both = json!([{"non_field_errors": [TAKEN, "Constraint “open_without_help” is violated."]}]);
    let paid = json!({"tour": 1, "guest": "Ann", "state": "paid"});
    reservations.create(paid).await.refuses(400, both);
    let one = json!({"pk": first["id"], "data": {"state": "paid"}});
    reservations.ask("patch", one).await.refuses(400, of_row("Constraint “open_without_help” is violated."));
    // A row outside of the condition is not concerned, neither as the new one nor as the one that is there.
    let cancelled = json!({"tour": 1, "guest": "Ann", "state": "cancelled"});
    let second = reservations.create(cancelled.clone()).await.data(201);
    reservations.create(cancelled.clone()).await.data(201);
    // A change of the condition's column alone brings a row into the set.
    let again = json!({"pk": second["id"], "data": {"state": "open"}});
    reservations.ask("patch", again.clone()).await.refuses(400, of_row(TAKEN));
    let own = json!({"pk": first["id"], "data": {"state": "open", "people": 2}});
    reservations.ask("patch", own).await.data(200);
    reservations.ask("patch", json!({"pk": first["id"], "data": {"state": "cancelled"}})).await.data(200);
    reservations.ask("patch", again).await.data(200);
    let whole = json!({"pk": first["id"], "data": {"tour": 1, "guest": "Ann", "state": "open"}});
    reservations.ask("update", whole).await.refuses(400, of_row(TAKEN));
    // The message of the definition.
    let bob = json!({"tour": 1, "guest": "Bob", "voucher": "V"});
    reservations.create(bob.clone()).await.data(201);
    let cyd = json!({"tour": 1, "guest": "Cyd", "voucher": "V"});
    reservations.create(cyd).await.refuses(400, of_row("This voucher is used already."));
    reservations.create(json!({"tour": 1, "guest": "Cyd", "voucher": null})).await.data(201);
    reservations.create(json!({"tour": 1, "guest": "Dee"})).await.data(201);
}

async fn a_set_of_one_column_is_an_error_of_its_field(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut reservations = tour(&kitchen).await;
    reservations.create(json!({"tour": 1, "guest": "Ann", "code": "A"})).await.data(201);
    let taken = json!([{"code": ["reservation with this code already exists."]}]);
    reservations.create(json!({"tour": 1, "guest": "Bob", "code": "A"})).await.refuses(400, taken);
    for guest in ["Cyd", "Dee"] {
        reservations.create(json!({"tour": 1, "guest": guest, "code": "x-1"})).await.data(201);
    }
}

async fn a_check_is_an_error_of_the_row(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut reservations = tour(&kitchen).await;
    for people in [0, 11] {
        let data = json!({"tour": 1, "guest": "Ann", "people": people});
        reservations.create(data).await.refuses(400, of_row(PEOPLE));
    }
    let row = reservations.create(json!({"tour": 1, "guest": "Ann", "people": 10})).await.data(201);
    let more = json!({"pk": row["id"], "data": {"people": 11}});
    reservations.ask("patch", more).await.refuses(400, of_row(PEOPLE));
    let cancelled = json!({"pk": row["id"], "data": {"people": 11, "state": "cancelled"}});
    reservations.ask("patch", cancelled).await.data(200);
    reservations
        .ask("patch", json!({"pk": row["id"], "data": {"state": "open"}}))
        .await
        .refuses(400, of_row(PEOPLE));

    let mut tours = kitchen.open("tours").await;
    let later = of_row("Constraint “tour_ends_later” is violated.");
    let data = |ends: Value| json!({"name": "Oslo", "begins": "2024-05-01T08:00:00Z", "ends": ends});
    tours.create(data(json!("2024-05-01T08:00:00Z"))).await.refuses(400, later.clone());
    let tour = tours.create(data(json!("2024-05-01T08:00:01Z"))).await.data(201);
    assert_eq!(tour["id"], json!(2), "a refused row takes no number");
    // A comparison with null is unknown, which is not false.
    tours.create(data(Value::Null)).await.data(201);
    let move_it = json!({"pk": 2, "data": {"begins": "2024-05-02T08:00:00Z"}});
    tours.ask("patch", move_it).await.refuses(400, later);
    tours
        .create(json!({"name": "Oslo", "begins": "2024-05-01T08:00:00Z", "seats": -1}))
        .await
        .refuses(400, of_row("There are no seats left."));
}

async fn errors_of_nested_rows_have_their_place(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut tours = kitchen.open("tours").await;
    let data = |people: [i64; 2]| {
        let rows: Vec<Value> = people
            .iter()
            .zip(["Ann", "Bob"])
            .map(|(people, guest)| json!({"guest": guest, "people": people}))
            .collect();
        json!({"name": "Rome", "begins": "2024-05-01T08:00:00Z", "reservations": rows})
    };
    let told = json!([{"reservations": {"1": {"non_field_errors": [PEOPLE]}}}]);
    tours.create(data([1, 0])).await.refuses(400, told);
    tours.create(data([1, 2])).await.data(201);
    assert_eq!(Tour::objects(&kitchen.db).all().count().await.expect("a count"), 1);
}

/// What a client would be told.
#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, Error>, errors: &Value) {
    let error = result.expect_err("it is refused");
    let mut text = Vec::new();
    error.detail().write_errors(&mut text);
    let found: Value = serde_json::from_slice(&text).expect("JSON");
    assert_eq!((error.status(), &found), (400, errors), "{error}");
}

async fn opened(database: &Database) -> Db {
    let db = Db::connect(&database.url(), &kitchen::MIGRATIONS).await.expect("a database to connect to");
    let begins = "2024-05-01T08:00:00Z".parse().expect("a time");
    let new = NewTour { name: "Rome".to_owned(), begins, ends: None, seats: Some(3) };
    Tour::objects(&db).create(new).await.expect("a tour");
    db
}

fn of(guest: &str, people: i64) -> NewReservation {
    NewReservation {
        tour: 1,
        guest: guest.to_owned(),
        state: None,
        people: Some(people),
        code: None,
        voucher: None,
        helper: None,
    }
}

async fn the_application_is_refused_alike(database: Database) {
    let db = opened(&database).await;
    let rows = Reservation::objects(&db);
    let (taken, broken) = (of_row(TAKEN), of_row(PEOPLE));
    rows.create(of("Ann", 1)).await.expect("a reservation");
    refused(rows.create(of("Ann", 1)).await, &taken);
    refused(rows.create(of("Bob", 0)).await, &broken);
    let many = ReservationChanges { people: Some(12), ..ReservationChanges::default() };
    refused(rows.update(1, many.clone()).await, &broken);
    refused(rows.all().update(many).await, &broken);
    refused(rows.patch(1, [Reservation::PEOPLE.add(10)]).await, &broken);
    refused(rows.all().patch([Reservation::PEOPLE.add(10)]).await, &broken);
    refused(Tour::objects(&db).patch(1, [Tour::SEATS.add(-4)]).await, &of_row("There are no seats left."));
    Tour::objects(&db).patch(1, [Tour::SEATS.add(-3)]).await.expect("the last seats");
    let cancelled = NewReservation { state: Some(ReservationState::Cancelled), ..of("Ann", 1) };
    rows.create(cancelled).await.expect("it is outside of the condition");
    let open = ReservationChanges { state: Some(ReservationState::Open), ..ReservationChanges::default() };
    refused(rows.all().update(open).await, &taken);
    assert_eq!(rows.all().count().await.expect("a count"), 2);
    db.close().await;
}

async fn many_rows_are_refused_alike(database: Database) {
    let db = opened(&database).await;
    let rows = Reservation::objects(&db);
    let told = json!([{}, {"non_field_errors": [PEOPLE]}, {}]);
    refused(rows.create_many(vec![of("Ann", 1), of("Bob", 0), of("Cyd", 2)]).await, &told);
    let told = json!([{}, {}, {"non_field_errors": [TAKEN]}]);
    refused(rows.create_many(vec![of("Ann", 1), of("Bob", 1), of("Ann", 2)]).await, &told);
    assert_eq!(rows.all().count().await.expect("a count"), 0);
    db.close().await;
}

async fn what_is_deleted_breaks_no_check_of_other_rows(database: Database) {
    let db = opened(&database).await;
    Player::objects(&db).create(NewPlayer { name: "Ada".to_owned() }).await.expect("a player");
    let paid = NewReservation { state: Some(ReservationState::Paid), helper: Some(1), ..of("Ann", 1) };
    Reservation::objects(&db).create(paid).await.expect("a reservation");
    refused(Player::objects(&db).delete(1).await, &of_row("This breaks a rule of the table."));
    assert_eq!(Player::objects(&db).all().count().await.expect("a count"), 1);
    db.close().await;
}
