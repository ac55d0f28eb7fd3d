//! Filters, search and order across foreign keys.

use dcrf_e2e::Database;
use serde_json::json;

use super::Kitchen;
use super::library::{fill, titles};
use super::server::column;
use crate::on_both_databases;

on_both_databases!(filters_reach_across_foreign_keys, names_that_are_not_allowed_are_refused);

async fn filters_reach_across_foreign_keys(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut volumes = fill(&kitchen).await;
    for (arguments, expected) in [
        (json!({"filter": {"shelf__label": "red"}}), "aeg"),
        (json!({"filter": {"shelf__label__in": ["red", "free"]}}), "aceg"),
        (json!({"filter": {"shelf__label__contains": "e"}}), "abcefg"),
        (json!({"filter": {"shelf__label": "' OR 1=1 --"}}), ""),
        (json!({"filter": {"shelf__keeper__name": "Ann"}}), "bf"),
        (json!({"filter": {"shelf__keeper__name": null}}), "cd"),
        (json!({"filter": {"shelf__keeper__name__isnull": false}}), "abefg"),
        (json!({"filter": {"shelf__keeper__pk": 2}}), "aeg"),
        (
            json!({"filter": {"shelf__keeper__pk__gte": 1, "shelf__label__starts_with": "b", "rating": null}}),
            "b",
        ),
        (json!({"search": "BLU"}), "bf"),
        (json!({"search": "d"}), "adeg"),
    ] {
        let mut arguments = arguments.clone();
        arguments["limit"] = json!(10);
        arguments["order_by"] = json!("title");
        let page = volumes.ask("list", arguments.clone()).await.data(200);
        assert_eq!(titles(&page["results"]), expected, "{arguments}");
    }
    // Lists without pages, and the count of those with pages.
    let mut shelves = kitchen.open("shelves").await;
    let rows = shelves.ask("list", json!({"order_by": "-keeper__name"})).await.data(200);
    assert_eq!(column(&rows, "label"), ["red", "blue", "free"]);
    let rows =
        shelves.ask("list", json!({"filter": {"keeper__name__lt": "B"}, "search": "an"})).await.data(200);
    assert_eq!(column(&rows, "label"), ["blue"]);
    let mut pages = kitchen.open("volume_pages").await;
    let arguments = json!({"filter": {"shelf__keeper__name": "Ann"}, "order_by": "shelf__label"});
    let page = pages.ask("list", arguments).await.data(200);
    assert_eq!((titles(&page["results"]).as_str(), &page["count"]), ("bf", &json!(2)));
}

async fn names_that_are_not_allowed_are_refused(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut shelves = kitchen.open("shelves").await;
    let unknown = "Unknown field. Filters are allowed by: keeper__name.";
    for name in [
        "keeper__secret",
        "keeper__secret__starts_with",
        "keeper__id",
        "keeper",
        "keeper__name__x__eq",
        "name",
    ] {
        let answer = shelves.ask("list", json!({"filter": {name: "A"}})).await;
        answer.refuses(400, json!([{"filter": {name: [unknown]}}]));
    }
    let answer = shelves.ask("list", json!({"filter": {"keeper__name__regex": "A"}})).await;
    let lookups =
        "Unknown lookup. Allowed are: eq, in, lt, lte, gt, gte, contains, starts_with, isnull, range.";
    answer.refuses(400, json!([{"filter": {"keeper__name__regex": [lookups]}}]));
    let answer = shelves.ask("list", json!({"order_by": "keeper__secret"})).await;
    let order = "Unknown field \"keeper__secret\". Order is allowed by: keeper__name.";
    answer.refuses(400, json!([{"order_by": [order]}]));
}
