//! The order and the defaults of models: albums with their tracks.

use dcrf_e2e::Database;
use dcrf_runtime::{DateTime, Model as _, Uuid};
use kitchen::models::{Album, NewAlbum, NewPassport, NewPlayer, NewTrack, Passport, Player, Track};
use serde_json::{Value, json};

use super::Kitchen;
use super::server::column;
use crate::on_both_databases;

on_both_databases!(
    lists_have_the_order_of_their_model,
    related_rows_have_the_order_of_their_model,
    the_application_reads_in_the_order_of_the_model,
    an_order_across_relations_is_that_of_the_other_model,
    a_new_row_gets_defaults_of_its_own,
    a_client_may_give_a_uuid_key,
    keys_of_a_many_to_many_relation_are_required,
    references_get_their_default_or_stay,
);

/// Albums by year, newest first, then by title: 2, 4, 1, 3.
async fn fill(kitchen: &Kitchen) {
    let db = &kitchen.db;
    for name in ["Ada", "Bob"] {
        Player::objects(db).create(NewPlayer { name: name.to_owned() }).await.expect("a player");
    }
    for (title, year) in [("d", Some(1990)), ("b", Some(2001)), ("a", None), ("c", Some(2001))] {
        let album = NewAlbum { title: title.to_owned(), year, owner: Some(1) };
        Album::objects(db).create(album).await.expect("an album");
    }
}

fn keys(keys: &[i64]) -> Vec<Value> {
    keys.iter().map(|key| json!(key)).collect()
}

async fn lists_have_the_order_of_their_model(database: Database) {
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    let mut albums = kitchen.open("albums").await;
    let first = albums.ask("list", json!({})).await.data(200);
    assert_eq!(column(&first["results"], "id"), keys(&[2, 4]));
    let second = albums.ask("list", json!({"cursor": first["next"]})).await.data(200);
    assert_eq!(column(&second["results"], "id"), keys(&[1, 3]));
    let back = albums.ask("list", json!({"cursor": second["previous"]})).await.data(200);
    assert_eq!(column(&back["results"], "id"), keys(&[2, 4]));
    let asked = albums.ask("list", json!({"order_by": ["-title"]})).await.data(200);
    assert_eq!(column(&asked["results"], "id"), keys(&[1, 4]), "what is asked for wins");
    let own = kitchen.open("albums-by-title").await.ask("list", json!({})).await.data(200);
    assert_eq!(column(&own, "id"), keys(&[3, 2, 4, 1]), "the order of a consumer wins");
}

async fn related_rows_have_the_order_of_their_model(database: Database) {
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    Player::FAVOURITES.set(&kitchen.db, 2, vec![1, 2, 3, 4]).await.expect("favourites");
    let rows = kitchen.open("fans").await.ask("list", json!({})).await.data(200);
    assert_eq!(column(&rows[0]["albums"], "id"), keys(&[2, 4, 1, 3]));
    assert_eq!((&rows[0]["favourites"], &rows[1]["albums"]), (&json!([]), &json!([])));
    assert_eq!(rows[1]["favourites"], json!([2, 4, 1, 3]));
}

async fn the_application_reads_in_the_order_of_the_model(database: Database) {
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    let db = &kitchen.db;
    let ids = |rows: Vec<Album>| rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
    let albums = Album::objects(db);
    assert_eq!(ids(albums.list().await.expect("rows")), [2, 4, 1, 3]);
    let some = albums.filter(Album::TITLE.ne("b"));
    assert_eq!(ids(some.list().await.expect("rows")), [4, 1, 3]);
    let first = albums.filter(Album::OWNER.eq(1)).first().await.expect("a row");
    assert_eq!(first.map(|row| row.id), Some(2));
    Player::FAVOURITES.set(db, 1, vec![3, 1, 2]).await.expect("favourites");
    assert_eq!(ids(Player::FAVOURITES.list(db, 1).await.expect("rows")), [2, 1, 3]);
    assert_eq!(Player::FAVOURITES.keys(db, 1).await.expect("keys"), [2, 1, 3]);
}

async fn an_order_across_relations_is_that_of_the_other_model(database: Database) {
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    let db = &kitchen.db;
    for (player, number) in [(1, "A"), (2, "B")] {
        let passport = NewPassport { player, number: number.to_owned(), country: None };
        Passport::objects(db).create(passport).await.expect("a passport");
    }
    let mut tracks = kitchen.open("tracks").await;
    for (album, singer) in [(1, None), (1, Some(1)), (1, Some(2)), (3, None), (4, Some(1)), (2, None)] {
        tracks.create(json!({"album": album, "singer": singer})).await.data(201);
    }
    let expected = [(2, None), (4, Some(1)), (1, Some(2)), (1, Some(1)), (1, None), (3, None)];
    let rows = tracks.ask("list", json!({})).await.data(200);
    let found: Vec<(Value, Value)> =
        column(&rows, "album").into_iter().zip(column(&rows, "singer")).collect();
    let expected: Vec<(Value, Value)> =
        expected.iter().map(|(album, singer)| (json!(album), json!(singer))).collect();
    assert_eq!(found, expected);
    let listed = Track::objects(db).list().await.expect("rows");
    let listed: Vec<(Value, Value)> =
        listed.iter().map(|row| (json!(row.album), json!(row.singer))).collect();
    assert_eq!(listed, expected);
}

async fn a_new_row_gets_defaults_of_its_own(database: Database) {
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    let mut tracks = kitchen.open("tracks").await;
    let before = DateTime::now();
    let one = tracks.create(json!({"album": 1, "hour": "01:02:03"})).await.data(201);
    let other = tracks.create(json!({"album": 1})).await.data(201);
    let heard: DateTime = one["heard"].as_str().expect("a text").parse().expect("a moment");
    assert!(before <= heard && heard <= DateTime::now(), "{one}");
    let day = one["day"].as_str().expect("a day");
    assert!(one["heard"].as_str().expect("a text").starts_with(day), "{one}");
    assert_ne!(one["code"], other["code"]);
    assert_ne!(one["hour"], json!("01:02:03"), "a read-only field is not taken");

    // What is given is stored, and `null` is a value.
    let code = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
    let data = json!({"album": 1, "code": code, "heard": "2024-02-29T12:00:00Z", "day": null});
    let given = tracks.create(data).await.data(201);
    assert_eq!((&given["code"], &given["day"]), (&json!(code), &json!(null)));
    assert_eq!(given["heard"], json!("2024-02-29T12:00:00Z"));
    let taken = json!([{"code": ["track with this code already exists."]}]);
    tracks.create(json!({"album": 1, "code": code})).await.refuses(400, taken);
    let null = json!([{"heard": ["This field may not be null."]}]);
    tracks.create(json!({"album": 1, "heard": null})).await.refuses(400, null);
    // An update keeps what is not sent.
    let kept = tracks.ask("update", json!({"pk": given["id"], "data": {"album": 2}})).await.data(200);
    assert_eq!((&kept["code"], &kept["heard"]), (&given["code"], &given["heard"]));
    let patched = tracks.ask("patch", json!({"pk": given["id"], "data": {"day": "2024-03-01"}})).await;
    assert_eq!(patched.data(200)["day"], json!("2024-03-01"));

    // So do rows of the application and of nested serializers.
    let track = NewTrack { id: None, album: 1, singer: None, code: None, heard: None, day: None, hour: None };
    let stored = Track::objects(&kitchen.db).create(track).await.expect("a track");
    assert!(stored.day.is_some(), "{stored:?}");
    let data = json!({"title": "e", "tracks": [{}, {"singer": 1}, {"code": Uuid::random().to_string()}]});
    let album = kitchen.open("albums-with-tracks").await.create(data).await.data(201);
    let mut codes = column(&album["tracks"], "code");
    codes.sort_by_key(Value::to_string);
    codes.dedup();
    assert_eq!(codes.len(), 3, "{album}");
}

async fn a_client_may_give_a_uuid_key(database: Database) {
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    let mut tracks = kitchen.open("tracks").await;
    let key = "00000000-0000-4000-8000-00000000000a";
    let row = tracks.create(json!({"id": key, "album": 1})).await.data(201);
    assert_eq!(row["id"], json!(key));
    let taken = json!([{"id": ["track with this id already exists."]}]);
    tracks.create(json!({"id": key, "album": 1})).await.refuses(400, taken);
    let wrong = json!([{"id": ["Must be a valid UUID."]}]);
    tracks.create(json!({"id": "x", "album": 1})).await.refuses(400, wrong);
    let made = tracks.create(json!({"album": 1})).await.data(201);
    assert_ne!(made["id"], row["id"]);
}

async fn keys_of_a_many_to_many_relation_are_required(database: Database) {
    let kitchen = Kitchen::start(database).await;
    fill(&kitchen).await;
    let mut albums = kitchen.open("albums-with-fans").await;
    let required = json!([{"fans": ["This field is required."]}]);
    albums.create(json!({"title": "e"})).await.refuses(400, required.clone());
    let empty = json!([{"fans": ["This list may not be empty."]}]);
    albums.create(json!({"title": "e", "fans": []})).await.refuses(400, empty.clone());
    let row = json!({"id": 5, "title": "e", "fans": [1, 2]});
    albums.create(json!({"title": "e", "fans": [2, 1]})).await.is(201, row);
    albums.ask("update", json!({"pk": 5, "data": {"title": "f"}})).await.refuses(400, required);
    albums.ask("patch", json!({"pk": 5, "data": {"fans": []}})).await.refuses(400, empty.clone());
    albums.ask("patch", json!({"pk": 5, "data": {"title": "f"}})).await.data(200);
    // `required: false` of a serializer leaves the list not empty.
    let mut optional = kitchen.open("albums").await;
    optional.create(json!({"title": "g"})).await.data(201);
    optional.create(json!({"title": "g", "fans": []})).await.refuses(400, empty);
    // As in Django, the reverse relation has to be sent, and may be empty.
    let mut fans = kitchen.open("fans").await;
    let required = json!([{"favourites": ["This field is required."]}]);
    fans.create(json!({"name": "Cyd"})).await.refuses(400, required);
    let row = fans.create(json!({"name": "Cyd", "favourites": []})).await.data(201);
    assert_eq!(row["favourites"], json!([]));
}

async fn references_get_their_default_or_stay(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let (mut shops, mut crates) = (kitchen.open("shops").await, kitchen.open("crates").await);
    for name in ["first", "second"] {
        shops.create(json!({"name": name})).await.data(201);
    }
    let mut listener = kitchen.open("crates").await;
    listener.ask("subscribe_to_activity", json!({})).await.data(201);
    crates.create(json!({})).await.is(201, json!({"id": 1, "shop": 1, "bought": null}));
    crates.create(json!({"shop": 2, "bought": 2})).await.data(201);
    let stays = json!(["Cannot delete this shop: it is referred to by crate.bought_id."]);
    shops.ask("delete", json!({"pk": 2})).await.refuses(400, stays);
    crates.ask("patch", json!({"pk": 2, "data": {"bought": null}})).await.data(200);
    shops.ask("delete", json!({"pk": 2})).await.is(204, json!(null));
    let row = json!({"id": 2, "shop": 1, "bought": null});
    let moved = listener.client.expect_event(|frame| frame["data"] == row).await;
    assert_eq!(moved["action"], json!("update"));
    let rows = crates.ask("list", json!({})).await.data(200);
    assert_eq!(column(&rows, "shop"), keys(&[1, 1]));
    // There would be no row with the default.
    let protected = json!(["Cannot delete this shop: it is referred to by crate.shop_id."]);
    shops.ask("delete", json!({"pk": 1})).await.refuses(409, protected);
}
