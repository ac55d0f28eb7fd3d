//! Lists: pages, filters, search and order, and nothing that is not allowed.

use dcrf_e2e::Database;
use dcrf_runtime::{LimitKind, Limits};
use serde_json::{Value, json};

use super::Kitchen;
use super::forms::specimen;
use super::server::{Stream, column};
use crate::on_both_databases;

on_both_databases!(
    pages_are_cut_as_the_protocol_says,
    pages_count_what_is_filtered,
    every_lookup_works_on_every_kind,
    search_takes_texts_as_they_are,
    order_is_stable_with_the_key_last,
    what_is_not_allowed_is_refused,
    long_lists_and_large_pages_are_bounded,
);

/// Seven notes; their stars are 0, 1, 2, 0, 1, 2, 0.
async fn seven_notes(kitchen: &Kitchen) -> Stream {
    let mut notes = kitchen.open("notes").await;
    for number in 0..7 {
        notes.create(json!({"text": format!("note {number}"), "stars": number % 3})).await.data(201);
    }
    notes
}

/// The numbers of the notes of a page.
fn numbers(page: &Value) -> Vec<u64> {
    let number = |text: Value| text.as_str()?.strip_prefix("note ")?.parse().ok();
    column(&page["results"], "text").into_iter().map(|text| number(text).expect("a note")).collect()
}

async fn pages_are_cut_as_the_protocol_says(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut notes = kitchen.open("notes").await;
    notes.ask("list", json!({})).await.is(200, json!({"count": 0, "results": [], "limit": 2, "offset": 0}));
    drop(notes);
    let mut notes = seven_notes(&kitchen).await;
    // By `-stars`, then by key.
    let ordered = [2, 5, 1, 4, 0, 3, 6];
    for (arguments, limit, offset) in [
        (json!({}), 2, 0),
        (json!({"limit": 3, "offset": 4}), 3, 4),
        (json!({"limit": "3"}), 3, 0),
        (json!({"limit": " 3 "}), 3, 0),
        (json!({"limit": 2.9}), 2, 0),
        (json!({"limit": true}), 1, 0),
        (json!({"limit": 0}), 2, 0),
        (json!({"limit": -1}), 2, 0),
        (json!({"limit": "x"}), 2, 0),
        (json!({"limit": null}), 2, 0),
        (json!({"limit": []}), 2, 0),
        (json!({"limit": 100}), 5, 0),
        (json!({"limit": 1e30}), 5, 0),
        (json!({"limit": "99999999999999999999999"}), 5, 0),
        (json!({"offset": "2"}), 2, 2),
        (json!({"offset": 2.9}), 2, 2),
        (json!({"offset": true}), 2, 1),
        (json!({"offset": -1}), 2, 0),
        (json!({"offset": "x"}), 2, 0),
        (json!({"offset": null}), 2, 0),
        (json!({"offset": {}}), 2, 0),
        (json!({"limit": 5, "offset": 6}), 5, 6),
        (json!({"offset": 7}), 2, 7),
        (json!({"offset": 1000}), 2, 1000),
        (json!({"data": {"limit": 1, "offset": 1}}), 2, 0),
    ] {
        let page = notes.ask("list", arguments.clone()).await.data(200);
        let shown: Vec<u64> = ordered.iter().copied().skip(offset).take(limit).collect();
        assert_eq!(numbers(&page), shown, "{arguments}");
        assert_eq!(page["count"], 7, "{arguments}");
        assert_eq!((&page["limit"], &page["offset"]), (&json!(limit), &json!(offset)), "{arguments}");
        assert_eq!(page.as_object().map(|page| page.len()), Some(4), "{page}");
    }
}

async fn pages_count_what_is_filtered(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut notes = seven_notes(&kitchen).await;
    let page = notes.ask("list", json!({"filter": {"stars": 0}, "limit": 2, "offset": 2})).await.data(200);
    assert_eq!((page["count"].clone(), numbers(&page)), (json!(3), vec![6]));
    let page = notes.ask("list", json!({"search": "note 4"})).await.data(200);
    assert_eq!((page["count"].clone(), numbers(&page)), (json!(1), vec![4]));
    let page = notes.ask("list", json!({"order_by": "-text", "limit": 5})).await.data(200);
    assert_eq!(numbers(&page), [6, 5, 4, 3, 2]);
    for (arguments, count) in [
        (json!({}), 7),
        (json!({"filter": {"stars": 0}}), 3),
        (json!({"filter": {"stars": 0}, "limit": 1, "offset": 2, "order_by": "stars"}), 3),
        (json!({"search": "note 4"}), 1),
        (json!({"filter": {"stars__gt": 9}}), 0),
    ] {
        notes.ask("count", arguments).await.is(200, json!(count));
    }
    // A client that reads page by page sees every row once.
    let mut seen = Vec::new();
    for offset in [0, 3, 6] {
        let arguments = json!({"order_by": ["stars"], "limit": 3, "offset": offset});
        seen.extend(numbers(&notes.ask("list", arguments).await.data(200)));
    }
    assert_eq!(seen, [0, 3, 6, 1, 4, 2, 5]);
}

/// Two specimens that differ in everything; the first is the smaller.
async fn two_specimens(kitchen: &Kitchen) -> Stream {
    let mut stream = kitchen.open("specimens").await;
    let small = json!({
        "flag": false, "count": 2, "large": -9, "ratio": 0.5, "title": "apple pie", "mail": "a@example.com",
        "site": "https://a.example", "uid": "00000000-0000-0000-0000-00000000000a", "v4": "10.0.0.1", "v6": "::1",
        "day": "2024-01-01", "moment": "2024-01-01T00:00:00.000001Z", "clock": "01:00:00", "span": "00:00:01",
        "price": "-1.50", "fortune": "9.5", "data": "AAAA", "state": "done", "grade": 1, "colour": "green",
        "maybe_text": "apple", "maybe_count": 1, "maybe_flag": false, "maybe_ratio": 1.5,
        "maybe_moment": "2024-01-01T00:00:00Z", "maybe_price": "1.00"
    });
    let large = json!({
        "flag": true, "count": 10, "large": 100, "ratio": 10.0, "title": "zebra", "mail": "z@example.com",
        "site": "https://z.example", "uid": "00000000-0000-0000-0000-0000000000ff", "v4": "10.0.0.2", "v6": "::2",
        "day": "2024-12-31", "moment": "2024-01-01T00:00:00.000002Z", "clock": "01:00:00.000001", "span": "1 00:00:00",
        "price": "10.00", "fortune": "10.5", "data": "/////w==", "state": "open", "grade": 3, "colour": "red"
    });
    stream.create(specimen("a", small)).await.data(201);
    stream.create(specimen("b", large)).await.data(201);
    stream
}

#[track_caller]
fn slugs(rows: &Value) -> Vec<String> {
    column(rows, "slug").iter().map(|slug| slug.as_str().expect("a slug").to_owned()).collect()
}

async fn every_lookup_works_on_every_kind(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stream = two_specimens(&kitchen).await;
    let rows = stream.ask("list", json!({})).await.data(200);
    let ordered = [
        "id", "count", "large", "ratio", "title", "mail", "site", "slug", "v4", "v6", "uid", "day", "moment",
        "clock", "span", "price", "fortune", "grade",
    ];
    for name in ordered {
        let (small, large) = (&rows[0][name], &rows[1][name]);
        for (lookup, value, expected) in [
            ("", json!(small), "a"),
            ("__eq", json!(large), "b"),
            ("__in", json!([small, large]), "ab"),
            ("__in", json!([large]), "b"),
            ("__in", json!([]), ""),
            ("__lt", json!(large), "a"),
            ("__lte", json!(small), "a"),
            ("__lte", json!(large), "ab"),
            ("__gt", json!(small), "b"),
            ("__gte", json!(small), "ab"),
            ("__gte", json!(large), "b"),
            ("__range", json!([small, large]), "ab"),
            ("__range", json!([large, small]), ""),
            ("__isnull", json!(false), "ab"),
            ("__isnull", json!(true), ""),
        ] {
            let filter = json!({format!("{name}{lookup}"): value});
            let found = stream.ask("list", json!({"filter": filter})).await.data(200);
            assert_eq!(slugs(&found).concat(), expected, "{filter}");
        }
    }
    for name in ["flag", "data", "state", "colour"] {
        for (lookup, value, expected) in [
            ("", json!(rows[0][name]), "a"),
            ("__eq", json!(rows[1][name]), "b"),
            ("__in", json!([rows[0][name], rows[1][name]]), "ab"),
            ("__isnull", json!(true), ""),
        ] {
            let filter = json!({format!("{name}{lookup}"): value});
            let found = stream.ask("list", json!({"filter": filter})).await.data(200);
            assert_eq!(slugs(&found).concat(), expected, "{filter}");
        }
    }
    for name in ["maybe_text", "maybe_count", "maybe_flag", "maybe_ratio", "maybe_moment", "maybe_price"] {
        for (lookup, value, expected) in [
            ("", json!(rows[0][name]), "a"),
            ("", json!(null), "b"),
            ("__isnull", json!(true), "b"),
            ("__isnull", json!("false"), "a"),
            ("__in", json!([rows[0][name]]), "a"),
        ] {
            let filter = json!({format!("{name}{lookup}"): value});
            let found = stream.ask("list", json!({"filter": filter})).await.data(200);
            assert_eq!(slugs(&found).concat(), expected, "{filter}");
        }
    }
    for (filter, expected) in [
        (json!({"title__contains": "PIE"}), ""),
        (json!({"title__contains": "e pi"}), "a"),
        (json!({"title__starts_with": "zeb"}), "b"),
        (json!({"title__starts_with": "ebra"}), ""),
        (json!({"mail__contains": "@example"}), "ab"),
        (json!({"slug__starts_with": "a"}), "a"),
        (json!({"count": 2, "flag": true}), ""),
        (json!({"count__gte": 2, "flag": true}), "b"),
        (json!({"pk": rows[0]["id"]}), "a"),
        (json!({"count": "2"}), "a"),
        (json!({"day": "2024-W01-1"}), "a"),
        (json!({"moment": "2024-01-01T01:00:00.000001+01:00"}), "a"),
        (json!({}), "ab"),
    ] {
        let found = stream.ask("list", json!({"filter": filter})).await.data(200);
        assert_eq!(slugs(&found).concat(), expected, "{filter}");
    }
}

async fn search_takes_texts_as_they_are(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stream = kitchen.open("specimens").await;
    for (slug, title, memo) in [
        ("a", "100% sure", "x"),
        ("b", "100 sure", "snake_case"),
        ("c", "snakeXcase", "back\\slash"),
        ("d", "O'Hara \"q\"", "*[?"),
    ] {
        stream.create(specimen(slug, json!({"title": title, "memo": memo}))).await.data(201);
    }
    for (search, expected) in [
        ("100%", "a"),
        ("100", "ab"),
        ("%", "a"),
        ("_", "b"),
        ("snake_case", "b"),
        ("SNAKE", "bc"),
        ("snake xcase", "c"),
        ("sure 100", "ab"),
        ("sure snake", "b"),
        ("\\", "c"),
        ("'", "d"),
        ("\"q\"", "d"),
        ("*", "d"),
        ("[?", "d"),
        ("nothing like it", ""),
        ("  ", "abcd"),
        ("", "abcd"),
    ] {
        let found = stream.ask("list", json!({"search": search})).await.data(200);
        assert_eq!(slugs(&found).concat(), expected, "{search:?}");
    }
    for (filter, expected) in [
        (json!({"title__contains": "%"}), "a"),
        (json!({"title__contains": "_"}), ""),
        (json!({"title__starts_with": "100_"}), ""),
        (json!({"title__starts_with": "100%"}), "a"),
        (json!({"title__contains": "O'H"}), "d"),
    ] {
        let found = stream.ask("list", json!({"filter": filter})).await.data(200);
        assert_eq!(slugs(&found).concat(), expected, "{filter}");
    }
}

async fn order_is_stable_with_the_key_last(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut stream = kitchen.open("specimens").await;
    for (slug, count, fortune, maybe) in [
        ("a", 2, "10.5", json!(1)),
        ("b", 4, "9.5", json!(null)),
        ("c", 2, "-10.5", json!(0)),
        ("d", 4, "100.25", json!(null)),
        ("e", 2, "9.5", json!(1)),
    ] {
        let data = json!({"count": count, "fortune": fortune, "maybe_count": maybe});
        stream.create(specimen(slug, data)).await.data(201);
    }
    let mut maybe = Vec::new();
    for (order, expected) in [
        (json!("count"), "acebd"),
        (json!("-count"), "bdace"),
        (json!(["-count", "fortune"]), "bdcea"),
        (json!(["count", "-fortune"]), "aecdb"),
        (json!("fortune"), "cbead"),
        (json!("-fortune"), "dabec"),
        (json!([]), "abcde"),
        (json!(null), "abcde"),
        (json!(["count", "-count"]), "acebd"),
    ] {
        let rows = stream.ask("list", json!({"order_by": order})).await.data(200);
        assert_eq!(slugs(&rows).concat(), expected, "{order}");
    }
    for order in ["maybe_count", "-maybe_count"] {
        let rows = stream.ask("list", json!({"order_by": order})).await.data(200);
        maybe.push(slugs(&rows).concat());
    }
    assert_eq!(maybe, ["bdcae", "aecbd"], "null is less than everything, on both databases");
}

async fn what_is_not_allowed_is_refused(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut notes = kitchen.open("notes").await;
    let unknown = "Unknown field. Filters are allowed by: stars.";
    let comparisons = "Unknown lookup. Allowed are: eq, in, lt, lte, gt, gte, isnull, range.";
    for (arguments, errors) in [
        (json!({"filter": {"text": "x"}}), json!({"filter": {"text": [unknown]}})),
        (
            json!({"filter": {"at": "x", "nonsense": 1}}),
            json!({"filter": {"at": [unknown], "nonsense": [unknown]}}),
        ),
        (json!({"filter": {"id": 1}}), json!({"filter": {"id": [unknown]}})),
        (json!({"filter": {"stars\" = 1 --": 1}}), json!({"filter": {"stars\" = 1 --": [unknown]}})),
        (json!({"filter": {"stars__contains": "1"}}), json!({"filter": {"stars__contains": [comparisons]}})),
        (json!({"filter": {"stars__regex": "1"}}), json!({"filter": {"stars__regex": [comparisons]}})),
        (json!({"filter": {"stars": "x"}}), json!({"filter": {"stars": ["A valid integer is required."]}})),
        (
            json!({"filter": {"stars__lt": null}}),
            json!({"filter": {"stars__lt": ["This field may not be null."]}}),
        ),
        (
            json!({"filter": {"stars__range": [1]}}),
            json!({"filter": {"stars__range": ["Expected a list of two items."]}}),
        ),
        (
            json!({"filter": {"stars__in": 1}}),
            json!({"filter": {"stars__in": ["Expected a list of items but got type \"int\"."]}}),
        ),
        (json!({"filter": []}), json!({"filter": ["Invalid data. Expected a dictionary, but got list."]})),
        (
            json!({"order_by": "at"}),
            json!({"order_by": ["Unknown field \"at\". Order is allowed by: stars, text."]}),
        ),
        (
            json!({"order_by": ["stars", "stars; DROP TABLE note"]}),
            json!({"order_by": ["Unknown field \"stars; DROP TABLE note\". Order is allowed by: stars, text."]}),
        ),
        (json!({"order_by": 5}), json!({"order_by": ["Expected a field or a list of fields."]})),
    ] {
        notes.ask("list", arguments).await.refuses(400, json!([errors]));
    }
    let mut accounts = kitchen.open("accounts").await;
    let nothing = "Unknown field. Filters are allowed by: nothing.";
    let answer = accounts.ask("list", json!({"filter": {"secret__starts_with": "s"}})).await;
    answer.refuses(400, json!([{"filter": {"secret__starts_with": [nothing]}}]));
    let answer = accounts.ask("list", json!({"order_by": "secret"})).await;
    answer.refuses(400, json!([{"order_by": ["Unknown field \"secret\". Order is allowed by: nothing."]}]));
    let answer = accounts.ask("list", json!({"search": "s"})).await;
    answer.refuses(400, json!([{"search": ["Search is not allowed."]}]));
}

async fn long_lists_and_large_pages_are_bounded(database: Database) {
    let mut limits = Limits::default();
    (limits.rows, limits.page) = (3, 20);
    let kitchen = Kitchen::with_limits(database, limits).await;
    let mut genres = kitchen.open("genres").await;
    for number in 0..4 {
        let list = genres.ask("list", json!({})).await.data(200);
        assert_eq!(list.as_array().map(Vec::len), Some(number));
        genres.create(json!({"label": format!("genre {number}")})).await.data(201);
    }
    let list = genres.ask("list", json!({})).await;
    list.refuses(400, json!(["This list has more than 3 rows: filter it."]));
    assert_eq!(kitchen.stats().crossed(LimitKind::Rows), 1);
    // Where the definition has no `max_limit`, and only where there are more rows than that.
    let (mut volumes, mut pages) = (kitchen.open("volumes").await, kitchen.open("volume_pages").await);
    for number in 0..22 {
        assert_eq!(pages.ask("list", json!({"limit": 100, "offset": 1})).await.data(200)["limit"], 100);
        volumes.create(json!({"title": format!("volume {number}")})).await.data(201);
    }
    assert_eq!(kitchen.stats().crossed(LimitKind::Page), 0);
    assert_eq!(pages.ask("list", json!({"limit": 21})).await.data(200)["limit"], 20);
    assert_eq!(kitchen.stats().crossed(LimitKind::Page), 1);
    let mut notes = kitchen.open("notes").await;
    assert_eq!(notes.ask("list", json!({"limit": 21})).await.data(200)["limit"], 5);
    assert_eq!(kitchen.stats().crossed(LimitKind::Page), 1);
}
