//! One-to-one relations, from both ends: passports and licences of players.

use dcrf_e2e::Database;
use dcrf_runtime::Model as _;
use kitchen::models::{
    Country, Licence, NewCountry, NewLicence, NewPassport, NewPlayer, NewStamp, Passport, Player, Stamp,
};
use serde_json::{Value, json};

use super::Kitchen;
use super::server::column;
use crate::on_both_databases;

on_both_databases!(
    a_key_may_be_a_relation,
    the_way_back_is_one_row_or_null,
    the_row_at_the_other_end_is_written_with_its_row,
    rows_are_found_and_ordered_by_the_row_at_the_other_end,
    the_application_reads_both_ways,
    deletions_follow_one_to_one_relations,
);

/// Three players; Ada has a passport with a stamp and a licence, Bob a passport.
async fn fill(kitchen: &Kitchen) {
    let db = &kitchen.db;
    for name in ["Ada", "Bob", "Cyd"] {
        Player::objects(db).create(NewPlayer { name: name.to_owned() }).await.expect("a player");
    }
    let country = NewCountry { code: "CH".to_owned(), name: "Switzerland".to_owned() };
    Country::objects(db).create(country).await.expect("a country");
    for (player, number, country) in [(1, "Z9", Some("CH")), (2, "A1", None)] {
        let country = country.map(str::to_owned);
        let passport = NewPassport { player, number: number.to_owned(), country };
        Passport::objects(db).create(passport).await.expect("a passport");
    }
    Licence::objects(db).create(NewLicence { player: Some(1), grade: Some(3) }).await.expect("a licence");
    Stamp::objects(db).create(NewStamp { passport: 1, place: "Rome".to_owned() }).await.expect("a stamp");
}

fn ada() -> Value {
    json!({
        "id": 1, "name": "Ada", "passport": {"number": "Z9", "country": "CH", "stamps": [1]}, "passport_key": 1,
        "number": "Z9", "place_of_issue": "Switzerland", "licence": 1,
    })
}

fn bob() -> Value {
    json!({
        "id": 2, "name": "Bob", "passport": {"number": "A1", "country": null, "stamps": []}, "passport_key": 2,
        "number": "A1", "place_of_issue": null, "licence": null,
    })
}

fn cyd() -> Value {
    json!({
        "id": 3, "name": "Cyd", "passport": null, "passport_key": null, "number": null, "place_of_issue": null,
        "licence": null,
    })
}

async fn a_key_may_be_a_relation(database: Database) {
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    let (mut passports, mut licences) = (kitchen.open("passports").await, kitchen.open("licences").await);
    let unique = json!([{"player": ["This field must be unique."]}]);
    passports.create(json!({"player": 1, "number": "B2"})).await.refuses(400, unique.clone());
    let nobody = json!([{"player": ["Invalid pk \"99\" - object does not exist."]}]);
    passports.create(json!({"player": 99, "number": "B2"})).await.refuses(400, nobody);
    let required = json!([{"player": ["This field is required."]}]);
    passports.create(json!({"number": "B2"})).await.refuses(400, required);
    let row = json!({"player": 3, "number": "B2", "country": null});
    passports.create(json!({"player": "3", "number": "B2"})).await.is(201, row.clone());
    passports.ask("retrieve", json!({"pk": 3})).await.is(200, row);
    let rows = passports.ask("list", json!({"filter": {"player__name": "Bob"}})).await.data(200);
    assert_eq!(column(&rows, "player"), [json!(2)]);

    // The key is changed like any other, unless rows refer to it.
    passports.ask("delete", json!({"pk": 2})).await.is(204, json!(null));
    let moved = passports.ask("patch", json!({"pk": 3, "data": {"player": 2}})).await.data(200);
    assert_eq!(moved["player"], json!(2));
    passports.ask("retrieve", json!({"pk": 3})).await.refuses(404, json!(["Not found"]));
    let taken = passports.ask("patch", json!({"pk": 2, "data": {"player": 1}})).await;
    taken.refuses(400, unique.clone());
    let referred = "Cannot change the key of this passport: it is referred to by stamp.passport_id.";
    let kept = passports.ask("patch", json!({"pk": 1, "data": {"player": 3}})).await;
    kept.refuses(400, json!([{"player": [referred]}]));

    // A relation that may be null is unique among those that are not.
    licences.create(json!({"player": 1})).await.refuses(400, unique.clone());
    licences.create(json!({"player": null})).await.data(201);
    let free = licences.create(json!({})).await.data(201);
    assert_eq!((&free["player"], &free["grade"]), (&json!(null), &json!(1)));
    licences.ask("patch", json!({"pk": free["id"], "data": {"player": 1}})).await.refuses(400, unique);
    licences.ask("patch", json!({"pk": 1, "data": {"player": 1, "grade": 2}})).await.data(200);
}

async fn the_way_back_is_one_row_or_null(database: Database) {
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    let mut travellers = kitchen.open("travellers").await;
    travellers.ask("list", json!({})).await.is(200, json!([ada(), bob(), cyd()]));
    let passport = json!({"player": 1, "number": "Z9", "country": "CH"});
    let licence = json!({"id": 1, "player": 1, "grade": 3});
    let deep = json!([
        {"id": 1, "passport": passport, "licence": licence},
        {"id": 2, "passport": {"player": 2, "number": "A1", "country": null}, "licence": null},
        {"id": 3, "passport": null, "licence": null},
    ]);
    kitchen.open("travellers-deep").await.ask("list", json!({})).await.is(200, deep);
    let link = json!({"stream": "licences", "payload": {"action": "retrieve", "pk": 1}});
    let links = json!([
        {"name": "Ada", "licence": link}, {"name": "Bob", "licence": null}, {"name": "Cyd", "licence": null},
    ]);
    kitchen.open("travellers-links").await.ask("list", json!({})).await.is(200, links);
    let country = json!({"code": "CH", "name": "Switzerland"});
    let passport = json!({"player": {"id": 1, "name": "Ada"}, "number": "Z9", "country": country});
    let stamps = json!([{"id": 1, "place": "Rome", "passport": passport, "licence_grade": 3}]);
    kitchen.open("stamps-deep").await.ask("list", json!({})).await.is(200, stamps);
}

async fn the_row_at_the_other_end_is_written_with_its_row(database: Database) {
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    let mut travellers = kitchen.open("travellers").await;
    let data = json!({"name": "Dee", "passport": {"number": "D4"}, "licence": 7, "number": "x"});
    let row = travellers.create(data).await.data(201);
    assert_eq!(row["passport"], json!({"number": "D4", "country": null, "stamps": []}));
    assert_eq!((&row["licence"], &row["number"]), (&json!(null), &json!("D4")), "these are read-only");
    let none = travellers.create(json!({"name": "Eve", "passport": null})).await.data(201);
    assert_eq!(none["passport"], json!(null));
    let absent = travellers.create(json!({"name": "Flo"})).await.data(201);
    assert_eq!(absent["passport"], json!(null));

    let taken = json!([{"passport": {"number": ["passport with this number already exists."]}}]);
    let data = json!({"name": "Gus", "passport": {"number": "A1"}});
    travellers.create(data.clone()).await.refuses(400, taken.clone());
    let count = travellers.ask("list", json!({"filter": {"name": "Gus"}})).await.data(200);
    assert_eq!(count, json!([]), "nothing is left of a refused row");
    travellers.ask("update", json!({"pk": 1, "data": data})).await.refuses(400, taken);
    let object = json!([{"passport": {"non_field_errors": [
        "Invalid data. Expected a dictionary, but got list."
    ]}}]);
    travellers.create(json!({"name": "Gus", "passport": []})).await.refuses(400, object);

    // The row is changed, and keeps its key with all that refers to it.
    let data = json!({"passport": {"country": null}});
    let patched = travellers.ask("patch", json!({"pk": 1, "data": data})).await.data(200);
    assert_eq!(patched["passport"], json!({"number": "Z9", "country": null, "stamps": [1]}));
    let data = json!({"name": "Ada", "passport": {"number": "Z9", "country": "CH"}});
    travellers.ask("update", json!({"pk": 1, "data": data})).await.is(200, ada());
    let required = json!([{"passport": {"number": ["This field is required."]}}]);
    let data = json!({"name": "Ada", "passport": {"country": "CH"}});
    travellers.ask("update", json!({"pk": 1, "data": data})).await.refuses(400, required.clone());
    // Where there is none yet, it is created, and has to be complete.
    let data = json!({"passport": {"country": "CH"}});
    travellers.ask("patch", json!({"pk": 3, "data": data})).await.refuses(400, required);
    let data = json!({"passport": {"number": "C3", "country": "CH"}});
    let new = travellers.ask("patch", json!({"pk": 3, "data": data})).await.data(200);
    assert_eq!(new["passport"], json!({"number": "C3", "country": "CH", "stamps": []}));
    // `null` deletes it.
    let gone = travellers.ask("patch", json!({"pk": 3, "data": {"passport": null}})).await;
    gone.is(200, cyd());
    travellers.ask("patch", json!({"pk": 3, "data": {"passport": null}})).await.is(200, cyd());
    assert!(Player::PASSPORT.get(&kitchen.db, 3).await.expect("an answer").is_none());
}

async fn rows_are_found_and_ordered_by_the_row_at_the_other_end(database: Database) {
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    let mut travellers = kitchen.open("travellers").await;
    for (query, expected) in [
        (json!({"filter": {"passport__number": "A1"}}), vec![2]),
        (json!({"filter": {"passport__number__starts_with": "Z"}}), vec![1]),
        (json!({"filter": {"passport__number__isnull": true}}), vec![3]),
        (json!({"filter": {"passport": 2}}), vec![2]),
        (json!({"filter": {"passport__in": [1, 3]}}), vec![1]),
        (json!({"filter": {"passport": null}}), vec![3]),
        (json!({"filter": {"licence__isnull": false, "licence__grade__gte": 3}}), vec![1]),
        (json!({"filter": {"licence__grade": null}}), vec![2, 3]),
        (json!({"filter": {"passport__country__code": "CH"}}), vec![1]),
        (json!({"search": "a1"}), vec![2]),
        (json!({"search": "cyd"}), vec![3]),
        (json!({"order_by": ["passport__number"]}), vec![3, 2, 1]),
        (json!({"order_by": ["-passport__number"]}), vec![1, 2, 3]),
        (json!({"order_by": ["-licence__grade", "-name"]}), vec![1, 3, 2]),
    ] {
        let rows = travellers.ask("list", query.clone()).await.data(200);
        let expected: Vec<Value> = expected.into_iter().map(|key| json!(key)).collect();
        assert_eq!(column(&rows, "id"), expected, "{query}");
    }
    let mut stamps = kitchen.open("stamps").await;
    let rows = stamps.ask("list", json!({"filter": {"passport__player__name": "Ada", "passport": 1}})).await;
    assert_eq!(column(&rows.data(200), "id"), [json!(1)]);
    let error = json!([{"passport": ["Invalid pk \"3\" - object does not exist."]}]);
    stamps.create(json!({"passport": 3, "place": "Oslo"})).await.refuses(400, error);
}

async fn the_application_reads_both_ways(database: Database) {
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    let db = &kitchen.db;
    let passport = Player::PASSPORT.get(db, 1).await.expect("an answer").expect("a passport");
    assert_eq!((passport.player, passport.number.as_str()), (1, "Z9"));
    assert!(Player::LICENCE.get(db, 2).await.expect("an answer").is_none());
    let players = Player::objects(db);
    let keys = |rows: Vec<Player>| rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
    let found = players.filter(Player::PASSPORT.related(Passport::NUMBER.eq("A1"))).list().await;
    assert_eq!(keys(found.expect("rows")), [2]);
    let found = players.filter(!Player::PASSPORT.related(Passport::NUMBER.eq("A1"))).list().await;
    assert_eq!(keys(found.expect("rows")), [1, 3]);
    // A licence of nobody is not one of a player.
    Licence::objects(db).create(NewLicence { player: None, grade: None }).await.expect("a licence");
    let found = players.filter(!Player::LICENCE.related(Licence::GRADE.lt(3))).list().await;
    assert_eq!(keys(found.expect("rows")), [1, 2, 3]);
    let found = players.filter(Player::LICENCE.outer(Licence::ID.is_null())).list().await;
    assert_eq!(keys(found.expect("rows")), [2, 3]);
    let country = Passport::COUNTRY.related(Country::NAME.eq("Switzerland"));
    let found = players.filter(Player::PASSPORT.related(country)).list().await;
    assert_eq!(keys(found.expect("rows")), [1]);
    let stamps =
        Stamp::objects(db).filter(Stamp::PASSPORT.related(Passport::PLAYER.related(Player::NAME.eq("Ada"))));
    assert_eq!(stamps.count().await.expect("a number"), 1);
}

async fn deletions_follow_one_to_one_relations(database: Database) {
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    let mut stamps = kitchen.open("stamps").await;
    stamps.ask("subscribe_to_activity", json!({"passport": 1})).await.data(201);
    let mut travellers = kitchen.open("travellers").await;
    travellers.ask("delete", json!({"pk": 1})).await.is(204, json!(null));
    let event = stamps.client.expect_event(|frame| frame["action"] == "delete").await;
    assert_eq!((&event["action"], &event["data"]["id"]), (&json!("delete"), &json!(1)), "{event}");
    let licences = kitchen.open("licences").await.ask("list", json!({})).await.data(200);
    assert_eq!(licences, json!([{"id": 1, "player": null, "grade": 3}]));
    let passports = kitchen.open("passports").await.ask("list", json!({})).await.data(200);
    assert_eq!(column(&passports, "player"), [json!(2)]);
}
