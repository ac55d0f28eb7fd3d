//! Pages by cursor.

use dcrf_e2e::Database;
use serde_json::{Value, json};

use super::Kitchen;
use super::library::{fill, titles};
use super::server::Stream;
use crate::on_both_databases;

on_both_databases!(
    cursors_lead_there_and_back,
    cursors_stay_good_while_rows_come_and_go,
    other_cursors_are_refused,
);

async fn page(volumes: &mut Stream, arguments: &Value, cursor: &Value) -> Value {
    let mut arguments = arguments.clone();
    arguments["cursor"] = cursor.clone();
    let page = volumes.ask("list", arguments).await.data(200);
    assert_eq!(page.as_object().map(|page| page.len()), Some(3), "{page}");
    page
}

async fn cursors_lead_there_and_back(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut empty = kitchen.open("volumes").await;
    let nothing = json!({"results": [], "next": null, "previous": null});
    empty.ask("list", json!({})).await.is(200, nothing);
    let mut volumes = fill(&kitchen).await;
    for (arguments, expected) in [
        // By `-rating`, then by key; null is less than everything.
        (json!({}), &["adg", "fcb", "e"][..]),
        (json!({"limit": 10}), &["adgfcbe"]),
        (json!({"limit": 7}), &["adgfcbe"]),
        (json!({"limit": "4"}), &["adgf", "cbe"]),
        (json!({"limit": []}), &["adg", "fcb", "e"]),
        (json!({"order_by": ["rating", "-title"], "limit": 2}), &["eb", "cf", "gd", "a"]),
        (json!({"order_by": "-id", "limit": 5}), &["gfedc", "ba"]),
        (json!({"order_by": ["shelf__keeper__name", "-title"], "limit": 2}), &["dc", "fb", "ge", "a"]),
        (json!({"order_by": ["-shelf__label", "rating"], "limit": 2}), &["ea", "gc", "bf", "d"]),
        (json!({"filter": {"rating__isnull": false}, "search": "e", "limit": 2}), &["ag", "fc"]),
    ] {
        let mut there = vec![page(&mut volumes, &arguments, &Value::Null).await];
        while let Some(next) = there.last().map(|page| page["next"].clone()).filter(|next| !next.is_null()) {
            there.push(page(&mut volumes, &arguments, &next).await);
        }
        let found: Vec<String> = there.iter().map(|page| titles(&page["results"])).collect();
        assert_eq!(found, expected, "{arguments}");
        assert!(there[0]["previous"].is_null(), "{arguments}");
        // And back, from page to page.
        for pages in there.windows(2).rev() {
            let back = page(&mut volumes, &arguments, &pages[1]["previous"]).await;
            assert_eq!(back["results"], pages[0]["results"], "{arguments}");
            let again = page(&mut volumes, &arguments, &back["next"]).await;
            assert_eq!(again["results"], pages[1]["results"], "{arguments}");
        }
    }
}

async fn cursors_stay_good_while_rows_come_and_go(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut volumes = fill(&kitchen).await;
    let arguments = json!({});
    let first = page(&mut volumes, &arguments, &Value::Null).await;
    // The row at the edge goes, one comes before it, one behind it.
    volumes.ask("delete", json!({"pk": first["results"][2]["id"]})).await.data(204);
    volumes.create(json!({"title": "y", "rating": 9})).await.data(201);
    volumes.create(json!({"title": "z", "rating": 1})).await.data(201);
    let second = page(&mut volumes, &arguments, &first["next"]).await;
    assert_eq!(titles(&second["results"]), "zfc");
    let back = page(&mut volumes, &arguments, &second["previous"]).await;
    assert_eq!((titles(&back["results"]).as_str(), &back["previous"]), ("yad", &Value::Null));
}

async fn other_cursors_are_refused(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut volumes = fill(&kitchen).await;
    let first = page(&mut volumes, &json!({}), &Value::Null).await;
    let cursor = first["next"].as_str().expect("a cursor").to_owned();
    let swapped: String = cursor.chars().rev().collect();
    let injected = json!("AQAAAAAAAAAAAFsiJyBPUiAxPTEgLS0iXQ");
    for bad in [
        json!(1),
        json!(true),
        json!({}),
        json!(["x"]),
        json!(""),
        json!("'; DROP"),
        json!(swapped),
        injected,
    ] {
        let answer = volumes.ask("list", json!({"cursor": bad})).await;
        answer.refuses(400, json!([{"cursor": ["Invalid cursor."]}]));
    }
    let answer = volumes.ask("list", json!({"cursor": cursor, "order_by": "title"})).await;
    answer.refuses(400, json!([{"cursor": ["Invalid cursor: it was made for another list or order."]}]));
    volumes.ask("list", json!({"cursor": cursor, "order_by": "-rating"})).await.data(200);
}
