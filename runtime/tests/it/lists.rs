//! Lists by cursor, as streams of pages, and across foreign keys.

use std::cmp::Ordering;

use dcrf_runtime::dispatch::Pages;
use dcrf_runtime::{Db, Dispatch as _, Request};
use serde_json::{Value, json};

use super::databases::on_each;
use super::descriptors::{CATEGORIES, CURSORS, SPECIMENS, STREAMED};
use super::wire::{Consumer, context, send};

/// Numbers that look drawn, the same in every run (Knuth's linear congruential generator).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.roll(of.len() as u64)).expect("small")].clone()
    }
}

async fn create(db: &Db, consumer: &'static dcrf_runtime::meta::ConsumerMeta, data: &Value) -> Value {
    let (status, body) = send(db, consumer, &json!({"action": "create", "data": data}).to_string()).await;
    assert_eq!(status, 201, "{body}");
    serde_json::from_str(&body).expect("JSON")
}

/// Rows with few different values, many equal and many `null`, so that every case of a comparison comes up.
async fn many(db: &Db, dice: &mut Dice, count: u64) {
    for name in ["plants", "stones", "Ärzte"] {
        create(db, &CATEGORIES, &json!({"name": name})).await;
    }
    for number in 0..count {
        let parent =
            if number == 0 || dice.roll(3) == 0 { Value::Null } else { json!(1 + dice.roll(number)) };
        let data = json!({
            "title": dice.pick(&["fern", "moss", "it's", "Zoë", "\"q\""]),
            "category": 1 + dice.roll(3),
            "quantity": dice.roll(4),
            "price": dice.pick(&["-1.50", "2.00", "10.00"]),
            "total": dice.pick(&[json!(null), json!("-100.5"), json!("9.5"), json!("10.25")]),
            "ratio": dice.pick(&[0.1, 0.30000000000000004, 1e-9]),
            "flag": dice.pick(&[json!(null), json!(true), json!(false)]),
            "contact": "a@example.com",
            "day": dice.pick(&[json!(null), json!("2024-02-29"), json!("2023-01-01")]),
            "at": dice.pick(&[json!(null), json!("2024-02-29T12:00:00.000001Z"), json!("1969-12-31T23:59:59Z")]),
            "clock": dice.pick(&[json!(null), json!("01:02:03"), json!("01:02:03.000004")]),
            "span": dice.pick(&[json!(null), json!("1 00:00:00"), json!("-1 00:00:00.5")]),
            "raw": dice.pick(&[json!(null), json!("AAAA"), json!("/////w==")]),
            "parent": parent,
            "shelf": format!("s{number}"),
            "position": number,
        });
        create(db, &SPECIMENS, &data).await;
    }
}

async fn list(db: &Db, arguments: &Value) -> Value {
    let mut frame = arguments.clone();
    frame["action"] = json!("list");
    let (status, body) = send(db, &CURSORS, &frame.to_string()).await;
    assert_eq!(status, 200, "{frame}: {body}");
    serde_json::from_str(&body).expect("JSON")
}

fn ids(page: &Value) -> Vec<i64> {
    page["results"].as_array().expect("rows").iter().map(|row| row["id"].as_i64().expect("an id")).collect()
}

/// Walks through all pages by `next`, then back by `previous`; gives the rows of both ways, each from the front.
async fn walk(db: &Db, arguments: &Value) -> (Vec<i64>, Vec<i64>) {
    let mut page = list(db, arguments).await;
    assert_eq!(page["previous"], Value::Null);
    let mut there = ids(&page);
    while page["next"] != Value::Null {
        let mut next = arguments.clone();
        next["cursor"] = page["next"].clone();
        page = list(db, &next).await;
        assert!(!ids(&page).is_empty(), "the last page is not followed by an empty one");
        there.extend(ids(&page));
    }
    let mut back = ids(&page);
    while page["previous"] != Value::Null {
        let mut previous = arguments.clone();
        previous["cursor"] = page["previous"].clone();
        page = list(db, &previous).await;
        let mut front = ids(&page);
        front.extend(back);
        back = front;
    }
    (there, back)
}

#[tokio::test]
async fn cursors_walk_through_every_order_and_back() {
    on_each(|db| async move {
        let mut dice = Dice(42);
        many(&db, &mut dice, 40).await;
        let all = [
            "id",
            "title",
            "quantity",
            "price",
            "total",
            "ratio",
            "flag",
            "uid",
            "code",
            "day",
            "at",
            "clock",
            "span",
            "raw",
            "category__name",
            "parent__quantity",
            "parent__category__name",
        ];
        for round in 0..60 {
            let mut order: Vec<String> = Vec::new();
            for _ in 0..=dice.roll(3) {
                let sign = dice.pick(&["", "-"]);
                order.push(format!("{sign}{}", dice.pick(&all)));
            }
            let limit = 1 + dice.roll(9);
            let mut arguments = json!({"order_by": order, "limit": limit});
            if round % 4 == 0 {
                arguments["filter"] = json!({"quantity__gt": 0});
            }
            let mut whole = arguments.clone();
            whole["limit"] = json!(1000);
            // What the database gives in one page is what the pages give together.
            let expected = ids(&list(&db, &whole).await);
            let (there, back) = walk(&db, &arguments).await;
            assert_eq!(there, expected, "{:?} {arguments}", db.dialect());
            assert_eq!(back, expected, "{:?} {arguments}", db.dialect());
        }
    })
    .await;
}

#[tokio::test]
async fn orders_across_foreign_keys_are_those_of_the_values() {
    on_each(|db| async move {
        let mut dice = Dice(7);
        many(&db, &mut dice, 30).await;
        let page = list(&db, &json!({"order_by": "id", "limit": 1000})).await;
        let rows = page["results"].as_array().expect("rows").clone();
        let quantity = |id: i64| {
            let row = rows.iter().find(|row| row["id"] == id).expect("a row");
            let parent = rows.iter().find(|parent| parent["id"] == row["parent"])?;
            parent["quantity"].as_i64()
        };
        let mut expected = ids(&page);
        // `null` is less than everything, and the key is last.
        expected.sort_by(|a, b| match quantity(*b).cmp(&quantity(*a)) {
            Ordering::Equal => a.cmp(b),
            other => other,
        });
        let (there, back) = walk(&db, &json!({"order_by": "-parent__quantity", "limit": 4})).await;
        assert_eq!((&there, &back), (&expected, &expected));
        for (filter, wanted) in [
            (json!({"parent__quantity": 2}), Some(2)),
            (json!({"parent__quantity": null}), None),
            (json!({"parent__quantity__isnull": true}), None),
        ] {
            let mut found = ids(&list(&db, &json!({"filter": filter, "limit": 1000})).await);
            found.sort_unstable();
            let mut expected = expected.clone();
            expected.retain(|id| quantity(*id) == wanted);
            expected.sort_unstable();
            assert_eq!(found, expected, "{filter}");
        }
        let none = list(&db, &json!({"filter": {"parent__category__name__contains": "x"}})).await;
        assert_eq!(none, json!({"results": [], "next": null, "previous": null}));
        // Two names that share a part of their way, and a search.
        let both =
            json!({"filter": {"parent__quantity__gte": 0, "parent__category__name": "Ärzte"}, "limit": 99});
        let searched =
            json!({"filter": {"parent__category__name__starts_with": "Ä"}, "search": "rzte", "limit": 99});
        let found = ids(&list(&db, &both).await);
        assert!(!found.is_empty());
        assert_eq!(found, ids(&list(&db, &searched).await));
        // What is not ASCII has its cases, too, and so has a letter of ASCII with one outside of it.
        for search in ["ÄRZTE", "ärzte", "MO\u{17f}\u{17f} ärzTE"] {
            let shouted = json!({"search": search, "limit": 99});
            let quiet = json!({"search": search.to_lowercase().replace('\u{17f}', "s"), "limit": 99});
            let found = ids(&list(&db, &shouted).await);
            assert_eq!(found, ids(&list(&db, &quiet).await), "{search}");
            assert!(!found.is_empty() || search.starts_with('M'), "{search}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_cursor_outlives_its_row() {
    on_each(|db| async move {
        many(&db, &mut Dice(1), 6).await;
        let order = json!({"order_by": "-id", "limit": 2, "filter": {"quantity__gte": 0}});
        let first = list(&db, &order).await;
        assert_eq!(ids(&first), [6, 5]);
        let mut next = order.clone();
        next["cursor"] = first["next"].clone();
        for id in [5, 4] {
            db.execute("UPDATE specimen SET parent = NULL WHERE parent = $1", vec![i64::from(id).into()])
                .await
                .expect("no child");
            send(&db, &SPECIMENS, &json!({"action": "delete", "pk": id}).to_string()).await;
        }
        assert_eq!(ids(&list(&db, &next).await), [3, 2]);
        // All behind it goes: the page is empty, and the way back begins with the row that had been seen last.
        let last = list(&db, &json!({"order_by": "-id", "limit": 1})).await;
        assert_eq!(ids(&last), [6]);
        db.execute("UPDATE specimen SET parent = NULL", Vec::new()).await.expect("no parents");
        db.execute("DELETE FROM specimen WHERE id < 6", Vec::new()).await.expect("gone");
        let empty = list(&db, &json!({"order_by": "-id", "cursor": last["next"]})).await;
        assert_eq!((ids(&empty), &empty["next"]), (vec![], &Value::Null));
        let back = list(&db, &json!({"order_by": "-id", "cursor": empty["previous"]})).await;
        assert_eq!((ids(&back), &back["previous"]), (vec![6], &Value::Null));
    })
    .await;
}

#[tokio::test]
async fn what_is_no_cursor_of_this_list_is_refused() {
    on_each(|db| async move {
        many(&db, &mut Dice(3), 5).await;
        let page = list(&db, &json!({"order_by": ["total", "-title"], "limit": 2})).await;
        let good = page["next"].as_str().expect("a cursor").to_owned();
        let frame = |cursor: &Value, order: Value| {
            json!({"action": "list", "cursor": cursor, "order_by": order}).to_string()
        };
        let order = || json!(["total", "-title"]);
        let broken = |cursor: Value| {
            let (db, frame) = (db.clone(), frame(&cursor, order()));
            async move {
                let answer = send(&db, &CURSORS, &frame).await;
                assert_eq!(answer, (400, r#"[{"cursor":["Invalid cursor."]}]"#.to_owned()), "{frame}");
            }
        };
        for cursor in [
            json!(5),
            json!([]),
            json!({}),
            json!(true),
            json!(""),
            json!("x"),
            json!("AQAA"),
            json!("\u{0}"),
            json!("%27"),
        ] {
            broken(cursor).await;
        }
        // Every character counts, and so does every byte at the end.
        for position in 0..good.len() {
            let mut bytes = good.clone().into_bytes();
            bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
            broken(json!(String::from_utf8(bytes).expect("ASCII"))).await;
            broken(json!(&good[..position])).await;
        }
        broken(json!(format!("{good}AA"))).await;
        let other = r#"[{"cursor":["Invalid cursor: it was made for another list or order."]}]"#;
        for order in [json!("total"), json!(["-total", "-title"]), json!(["-title", "total"]), json!([])] {
            assert_eq!(send(&db, &CURSORS, &frame(&json!(good), order)).await, (400, other.to_owned()));
        }
        assert_eq!(ids(&list(&db, &json!({"order_by": order(), "cursor": good})).await).len(), 3);
        let first = ids(&list(&db, &json!({"order_by": order(), "cursor": null})).await);
        assert_eq!(first, ids(&list(&db, &json!({"order_by": order()})).await));
        // Where pages have no cursors the argument is not looked at.
        let (status, _) = send(&db, &SPECIMENS, r#"{"action": "list", "cursor": "x"}"#).await;
        assert_eq!(status, 200);
    })
    .await;
}

/// Begins a stream; gives its first page and the others to come.
async fn begin(db: &Db, arguments: &Value) -> (Value, Option<Box<dyn Pages>>) {
    let mut frame = arguments.clone();
    frame["action"] = json!("list");
    let frame = frame.to_string();
    let request = Request::parse(&frame).expect("a frame");
    let mut reply = Consumer(&STREAMED).call(&context(db), &request).await.expect("a page");
    let pages = reply.take_pages();
    (serde_json::from_slice(&reply.data).expect("JSON"), pages)
}

/// Reads on to the end.
async fn rest(db: &Db, pages: Option<Box<dyn Pages>>) -> Vec<Value> {
    let mut found = Vec::new();
    let Some(mut pages) = pages else { return found };
    loop {
        let page = pages.next(&Consumer(&STREAMED), &context(db)).await.expect("a page");
        found.push(serde_json::from_slice(&page.data).expect("JSON"));
        if page.last {
            return found;
        }
    }
}

#[tokio::test]
async fn streams_send_every_page() {
    on_each(|db| async move {
        let (page, pages) = begin(&db, &json!({})).await;
        assert_eq!(page, json!({"count": 0, "results": [], "limit": 3, "offset": 0}));
        assert!(pages.is_none());
        many(&db, &mut Dice(9), 8).await;
        for (arguments, sizes) in [
            (json!({}), &[3, 3, 2][..]),
            (json!({"limit": 4}), &[4, 4]),
            (json!({"limit": 8}), &[8]),
            (json!({"limit": 99}), &[8]),
            (json!({"limit": 2, "offset": 5}), &[2, 1]),
            (json!({"limit": 2, "offset": 8}), &[0]),
            (json!({"limit": 2, "offset": 99}), &[0]),
            (json!({"order_by": ["-parent__quantity", "flag"]}), &[3, 3, 2]),
        ] {
            let (first, pages) = begin(&db, &arguments).await;
            let mut found = vec![first];
            found.extend(rest(&db, pages).await);
            let lengths: Vec<usize> = found.iter().map(|page| ids(page).len()).collect();
            assert_eq!(lengths, sizes, "{arguments}");
            let offset = arguments["offset"].as_u64().unwrap_or(0);
            for (index, page) in found.iter().enumerate() {
                let limit = page["limit"].as_u64().expect("a limit");
                assert_eq!(
                    (&page["count"], &page["offset"]),
                    (&json!(8), &json!(offset + index as u64 * limit))
                );
            }
            let mut whole = json!({"limit": 1000});
            whole["order_by"] = arguments["order_by"].clone();
            let skipped = usize::try_from(offset).expect("small");
            let expected: Vec<i64> = ids(&list(&db, &whole).await).into_iter().skip(skipped).collect();
            assert_eq!(found.iter().flat_map(ids).collect::<Vec<_>>(), expected, "{arguments}");
        }
    })
    .await;
}

#[tokio::test]
async fn rows_of_a_stream_neither_repeat_nor_vanish() {
    on_each(|db| async move {
        many(&db, &mut Dice(9), 8).await;
        db.execute("UPDATE specimen SET parent = NULL", Vec::new()).await.expect("no parents");
        let (first, pages) = begin(&db, &json!({"order_by": "-id"})).await;
        assert_eq!(ids(&first), [8, 7, 6]);
        // One before what was sent, one that was sent, and the last one: gone; two more come at the front.
        db.execute("DELETE FROM specimen WHERE id IN (7, 1)", Vec::new()).await.expect("gone");
        let sql = "UPDATE specimen SET id = id + 100 WHERE id = 8";
        db.execute(sql, Vec::new()).await.expect("moved to the front");
        let pages = rest(&db, pages).await;
        assert_eq!(pages.iter().map(ids).collect::<Vec<_>>(), [vec![5, 4, 3], vec![2]]);
        assert_eq!(pages[1]["count"], 7, "the last page says where the end is");
        // What comes in behind is sent, too.
        let (_, pages) = begin(&db, &json!({"order_by": "id"})).await;
        for number in 0..3 {
            let data = json!({"title": "late", "category": 1, "quantity": 1, "contact": "", "shelf": format!("l{number}")});
            create(&db, &SPECIMENS, &data).await;
        }
        let found: Vec<i64> = rest(&db, pages).await.iter().flat_map(ids).collect();
        assert_eq!(found.len(), 6 - 3 + 3, "{found:?}");
    })
    .await;
}

#[tokio::test]
async fn decimals_of_many_digits_are_ordered_exactly() {
    on_each(|db| async move {
        create(&db, &CATEGORIES, &json!({"name": "plants"})).await;
        // As floats, those of twenty digits are equal.
        let ascending = [
            "-90071992547409930001.5",
            "-90071992547409930001.4999",
            "-10.5",
            "-9.5",
            "0",
            "0.0001",
            "9.5",
            "10.25",
            "90071992547409930000.9999",
            "90071992547409930001",
            "90071992547409930001.0001",
        ];
        for (number, total) in ascending.iter().rev().enumerate() {
            let data = json!({"title": "fern", "category": 1, "quantity": 1, "total": total, "contact": "",
                              "shelf": format!("s{number}")});
            create(&db, &SPECIMENS, &data).await;
        }
        let expected: Vec<i64> = (1..=11).rev().collect();
        let (there, back) = walk(&db, &json!({"order_by": "total", "limit": 2})).await;
        assert_eq!((&there, &back), (&expected, &expected), "{:?}", db.dialect());
        for (at, total) in ascending.iter().enumerate() {
            for (lookup, found) in [
                ("lt", &ascending[..at]),
                ("lte", &ascending[..=at]),
                ("gt", &ascending[at + 1..]),
                ("gte", &ascending[at..]),
            ] {
                let filter = json!({format!("total__{lookup}"): total});
                let frame = json!({"action": "list", "filter": filter, "limit": 50});
                let (status, body) = send(&db, &SPECIMENS, &frame.to_string()).await;
                let body: Value = serde_json::from_str(&body).expect("JSON");
                assert_eq!((status, &body["count"]), (200, &json!(found.len())), "{filter}");
            }
        }
    })
    .await;
}
