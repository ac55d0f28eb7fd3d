//! The actions, from frame to reply, as a peer of DCRF answers them.

use super::databases::on_each;
use super::descriptors::{CATEGORIES, CHECKED, SIZE, SPECIMENS};
use super::wire::{context, expect, send};
use dcrf_runtime::{Db, Request, Value, crud};

async fn categories(db: &Db) {
    for name in ["plants", "stones"] {
        let frame = format!(r#"{{"action": "create", "data": {{"name": "{name}"}}}}"#);
        assert_eq!(send(db, &CATEGORIES, &frame).await.0, 201);
    }
}

async fn specimen(db: &Db, data: &str) -> String {
    let frame = format!(r#"{{"action": "create", "data": {data}}}"#);
    let (status, body) = send(db, &SPECIMENS, &frame).await;
    assert_eq!(status, 201, "{body}");
    body
}

/// The value of one field of a reply, as JSON text.
fn field(body: &str, name: &str) -> String {
    let fields: std::collections::BTreeMap<String, Box<serde_json::value::RawValue>> =
        serde_json::from_str(body).expect(body);
    fields.get(name).map_or("absent".to_owned(), |raw| raw.get().to_owned())
}

#[tokio::test]
async fn rows_are_made_found_changed_and_deleted() {
    on_each(|db| async move {
        categories(&db).await;
        let by_name = r#"{"action": "retrieve", "name": "plants"}"#;
        expect(&db, &CATEGORIES, by_name, 200, r#"{"id":1,"name":"plants"}"#).await;
        let list = r#"[{"id":2,"name":"stones"},{"id":1,"name":"plants"}]"#;
        expect(&db, &CATEGORIES, r#"{"action": "list"}"#, 200, list).await;
        let update =
            r#"{"action": "update", "name": "stones", "data": {"name": " rocks ", "id": 9, "nope": 1}}"#;
        expect(&db, &CATEGORIES, update, 200, r#"{"id":2,"name":"rocks"}"#).await;
        let patch = r#"{"action": "patch", "name": "rocks", "data": {}}"#;
        expect(&db, &CATEGORIES, patch, 200, r#"{"id":2,"name":"rocks"}"#).await;
        expect(&db, &CATEGORIES, r#"{"action": "delete", "name": "rocks"}"#, 204, "null").await;
        expect(&db, &CATEGORIES, r#"{"action": "delete", "name": "rocks"}"#, 404, r#"["Not found"]"#).await;
        // 404 comes before 400.
        let update = r#"{"action": "update", "name": "rocks", "data": {"name": ""}}"#;
        expect(&db, &CATEGORIES, update, 404, r#"["Not found"]"#).await;
        expect(&db, &CATEGORIES, r#"{"action": "update", "name": "rocks"}"#, 404, r#"["Not found"]"#).await;
        let missing = r#"[{"name":["This field is required."]}]"#;
        expect(&db, &CATEGORIES, r#"{"action": "retrieve"}"#, 400, missing).await;
    })
    .await;
}

#[tokio::test]
async fn keys_are_converted_as_integer_columns_do() {
    on_each(|db| async move {
        categories(&db).await;
        specimen(&db, r#"{"title": "fern", "category": 1, "quantity": 1}"#).await;
        specimen(&db, r#"{"title": "moss", "category": 1, "quantity": 1}"#).await;
        for (key, id) in
            [("\"2\"", "2"), ("\" 2 \"", "2"), ("\"02\"", "2"), ("2.0", "2"), ("2.5", "2"), ("true", "1")]
        {
            let (status, body) =
                send(&db, &SPECIMENS, &format!(r#"{{"action": "retrieve", "pk": {key}}}"#)).await;
            assert_eq!((status, field(&body, "id").as_str()), (200, id), "{key}");
        }
        for key in [
            "\"abc\"",
            "\"\"",
            "\"2.0\"",
            "false",
            "null",
            "[]",
            "{}",
            "1e99",
            "99999999999999999999",
            "\"\\ud800\"",
        ] {
            let frame = format!(r#"{{"action": "retrieve", "pk": {key}}}"#);
            expect(&db, &SPECIMENS, &frame, 404, r#"["Not found"]"#).await;
        }
    })
    .await;
}

#[tokio::test]
async fn every_kind_is_stored_and_comes_back() {
    on_each(|db| async move {
        categories(&db).await;
        let body = specimen(&db, r#"{"title": "fern", "category": 1, "quantity": 1}"#).await;
        for (name, value) in [
            ("price", "\"0.00\""),
            ("total", "null"),
            ("ratio", "0.5"),
            ("active", "true"),
            ("level", "\"low\""),
            ("grade", "1"),
            ("contact", "\"\""),
            ("labels", "[]"),
            ("secret", "absent"),
        ] {
            assert_eq!(field(&body, name), value, "{name}");
        }
        assert_eq!(field(&body, "uid").len(), 38);
        for (name, sent, shown) in [
            ("price", "12.5", "\"12.50\""),
            ("total", "\"12345678901234567890.1234\"", "\"12345678901234567890.1234\""),
            ("ratio", "\"1e-3\"", "0.001"),
            ("active", "\"off\"", "false"),
            ("flag", "\"yes\"", "true"),
            ("flag", "\"null\"", "null"),
            ("level", "\"mid\"", "\"mid\""),
            ("grade", "\"3\"", "3"),
            ("contact", "\"a@localhost\"", "\"a@localhost\""),
            ("uid", "1", "\"00000000-0000-0000-0000-000000000001\""),
            ("slug", "5", "\"5\""),
            ("slug", "null", "null"),
            ("day", "\"2024-W09-4\"", "\"2024-02-29\""),
            ("day", "null", "null"),
            ("at", "\"2024-02-29T12:30:45.5+02:00\"", "\"2024-02-29T10:30:45.500000Z\""),
            ("at", "\"0001-01-01\"", "\"0001-01-01T00:00:00Z\""),
            ("at", "null", "null"),
            ("clock", "\"1:2:3\"", "\"01:02:03\""),
            ("span", "\"-1\"", "\"-1 23:59:59\""),
            ("span", "90.5", "\"00:01:30.500000\""),
            (
                "extra",
                r#"{"z": 1.10, "a": [1e300, "\u00fc"], "z": null}"#,
                r#"{"z": 1.10, "a": [1e300, "\u00fc"], "z": null}"#,
            ),
            ("extra", "null", "null"),
            ("labels", r#"["a", "1"]"#, r#"["a","1"]"#),
            ("size", r#"{"width": 7.0}"#, r#"{"width":7,"unit":"mm"}"#),
            ("raw", "\"aGk=\"", "\"aGk=\""),
            ("parent", "\"1\"", "1"),
            ("parent", "\"\"", "null"),
            ("secret", "\"x\"", "absent"),
        ] {
            let frame = format!(r#"{{"action": "patch", "pk": 1, "data": {{"{name}": {sent}}}}}"#);
            let (status, body) = send(&db, &SPECIMENS, &frame).await;
            assert_eq!(
                (status, field(&body, name).as_str()),
                (200, shown),
                "{:?} {name}: {body}",
                db.dialect()
            );
        }
    })
    .await;
}

#[tokio::test]
async fn all_errors_come_at_once() {
    on_each(|db| async move {
        categories(&db).await;
        specimen(&db, r#"{"title": "fern", "category": 1, "quantity": 1, "slug": "fern", "code": "F"}"#).await;
        // The database refuses: two values are taken and a key leads nowhere.
        let create = r#"{"action": "create", "data": {"title": "fern", "category": 99, "quantity": 1, "slug": "fern", "code": "F"}}"#;
        let all = r#"[{"category":["Invalid pk \"99\" - object does not exist."],"slug":["specimen with this slug already exists."],"code":["specimen with this code already exists."]}]"#;
        expect(&db, &SPECIMENS, create, 400, all).await;
        // The same together with what is wrong by itself.
        let create = r#"{"action": "create", "data": {"title": "ab", "category": 99, "quantity": 101, "slug": "fern", "size": {"width": -1, "depth": 1}}}"#;
        let all = r#"[{"title":["Ensure this field has at least 3 characters."],"category":["Invalid pk \"99\" - object does not exist."],"quantity":["Ensure this value is less than or equal to 100."],"slug":["specimen with this slug already exists."],"size":{"width":["Ensure this value is greater than or equal to 0."],"depth":["Unknown field."]}}]"#;
        expect(&db, &SPECIMENS, create, 400, all).await;
        let required = r#"[{"title":["This field is required."],"category":["This field is required."],"quantity":["This field is required."]}]"#;
        expect(&db, &SPECIMENS, r#"{"action": "create", "data": {}}"#, 400, required).await;
        // Its own value is not taken.
        let patch = r#"{"action": "patch", "pk": 1, "data": {"slug": "fern", "code": "F"}}"#;
        assert_eq!(send(&db, &SPECIMENS, patch).await.0, 200);
        for (data, text) in [
            ("null", "No data provided"),
            ("[]", "Invalid data. Expected a dictionary, but got list."),
            ("\"x\"", "Invalid data. Expected a dictionary, but got str."),
            ("1.5", "Invalid data. Expected a dictionary, but got float."),
        ] {
            let frame = format!(r#"{{"action": "create", "data": {data}}}"#);
            let answer = format!(r#"[{{"non_field_errors":["{text}"]}}]"#);
            expect(&db, &SPECIMENS, &frame, 400, &answer).await;
        }
        let none = r#"[{"non_field_errors":["No data provided"]}]"#;
        expect(&db, &SPECIMENS, r#"{"action": "create"}"#, 400, none).await;
        // Texts of the application's own.
        let taken = r#"{"action": "create", "data": {"name": "plants"}}"#;
        expect(&db, &CATEGORIES, taken, 400, r#"[{"name":["Taken."]}]"#).await;
        let long = format!(r#"{{"action": "create", "data": {{"name": "{}"}}}}"#, "x".repeat(41));
        expect(&db, &CATEGORIES, &long, 400, r#"[{"name":["At most 40, please."]}]"#).await;
    })
    .await;
}

#[tokio::test]
async fn sets_are_unique_together() {
    on_each(|db| async move {
        categories(&db).await;
        for position in [1, 2] {
            let data = format!(r#"{{"title": "fern", "category": 1, "quantity": 1, "shelf": "A", "position": {position}}}"#);
            specimen(&db, &data).await;
        }
        let refused = r#"[{"non_field_errors":["The fields shelf, position must make a unique set."]}]"#;
        let create = r#"{"action": "create", "data": {"title": "fern", "category": 1, "quantity": 1, "shelf": "A", "position": 1}}"#;
        expect(&db, &SPECIMENS, create, 400, refused).await;
        let patch = r#"{"action": "patch", "pk": 2, "data": {"position": 1}}"#;
        expect(&db, &SPECIMENS, patch, 400, refused).await;
        let same = r#"{"action": "patch", "pk": 1, "data": {"position": 1}}"#;
        assert_eq!(send(&db, &SPECIMENS, same).await.0, 200);
        // Not looked at when a field is wrong.
        let patch = r#"{"action": "patch", "pk": 2, "data": {"position": 1, "grade": 9}}"#;
        expect(&db, &SPECIMENS, patch, 400, r#"[{"grade":["\"9\" is not a valid choice."]}]"#).await;
    })
    .await;
}

#[tokio::test]
async fn protected_rows_stay_and_dependent_ones_go() {
    on_each(|db| async move {
        categories(&db).await;
        specimen(&db, r#"{"title": "fern", "category": 1, "quantity": 1}"#).await;
        specimen(&db, r#"{"title": "leaf", "category": 1, "quantity": 1, "parent": 1}"#).await;
        let text = r#"["Cannot delete this category: it is referred to by specimen.category."]"#;
        expect(&db, &CATEGORIES, r#"{"action": "delete", "name": "plants"}"#, 409, text).await;
        expect(&db, &SPECIMENS, r#"{"action": "delete", "pk": 1}"#, 204, "null").await;
        expect(&db, &SPECIMENS, r#"{"action": "retrieve", "pk": 2}"#, 404, r#"["Not found"]"#).await;
        expect(&db, &CATEGORIES, r#"{"action": "delete", "name": "plants"}"#, 204, "null").await;
    })
    .await;
}

#[tokio::test]
async fn the_application_judges_good_values() {
    on_each(|db| async move {
        categories(&db).await;
        let create = |data: &str| format!(r#"{{"action": "create", "data": {data}}}"#);
        let good = create(r#"{"title": "fern", "category": 1, "quantity": 1, "slug": "a"}"#);
        expect(&db, &CHECKED, &good, 201, r#"{"id":1,"title":"FERN","category":1,"quantity":1,"slug":"a"}"#).await;
        let bad = create(r#"{"title": "bad one", "category": 9, "quantity": 13, "slug": "a"}"#);
        let answer = r#"[{"title":["No bad titles."],"category":["Invalid pk \"9\" - object does not exist."],"slug":["specimen with this slug already exists."]}]"#;
        expect(&db, &CHECKED, &bad, 400, answer).await;
        let whole = create(r#"{"title": "fern", "category": 1, "quantity": 13}"#);
        expect(&db, &CHECKED, &whole, 400, r#"[{"non_field_errors":["Thirteen."]}]"#).await;
        let patch = r#"{"action": "patch", "pk": 1, "data": {"quantity": 14}}"#;
        expect(&db, &CHECKED, patch, 400, r#"[{"quantity":["changes: true"]}]"#).await;
        let gone = r#"{"action": "patch", "pk": 9, "data": {"quantity": 1}}"#;
        expect(&db, &CHECKED, gone, 404, r#"["Not found"]"#).await;
    })
    .await;
}

#[tokio::test]
async fn lists_are_filtered_searched_ordered_and_cut() {
    on_each(|db| async move {
        categories(&db).await;
        for (title, quantity, price, total, flag) in [
            ("Fern 100%", 3, "2.00", "10.0", "true"),
            ("moss_a", 1, "10.00", "9.5", "null"),
            ("mossXa", 2, "9.00", "-100", "false"),
            ("stone", 2, "-1.50", "2", "null"),
        ] {
            let data = format!(
                r#"{{"title": "{title}", "category": 1, "quantity": {quantity}, "price": "{price}", "total": "{total}", "flag": {flag}}}"#
            );
            specimen(&db, &data).await;
        }
        for (arguments, count, ids) in [
            (r#""limit": 2"#, 4, "1 2"),
            (r#""limit": "2", "offset": 2.9"#, 4, "3 4"),
            (r#""offset": 9"#, 4, ""),
            (r#""limit": 0"#, 4, "1 2 3"),
            (r#""limit": [], "offset": null"#, 4, "1 2 3"),
            (r#""limit": 99999999999999999999999"#, 4, "1 2 3 4"),
            (r#""offset": 99999999999999999999999"#, 4, ""),
            (r#""filter": {"quantity": 2}"#, 2, "3 4"),
            (r#""filter": {"quantity__gte": "2", "quantity__lt": 3}"#, 2, "3 4"),
            (r#""filter": {"quantity__in": [1, 3]}"#, 2, "1 2"),
            (r#""filter": {"quantity__in": []}"#, 0, ""),
            (r#""filter": {"quantity__range": [2, 3]}"#, 3, "1 3 4"),
            (r#""filter": {"price__gt": "8.99"}"#, 2, "2 3"),
            (r#""filter": {"total__lt": 9.9}"#, 3, "2 3 4"),
            (r#""filter": {"flag": null}"#, 2, "2 4"),
            (r#""filter": {"flag__isnull": false}"#, 2, "1 3"),
            (r#""filter": {"flag": true}"#, 1, "1"),
            (r#""filter": {"title__contains": "moss_"}"#, 1, "2"),
            (r#""filter": {"title__starts_with": "moss"}"#, 2, "2 3"),
            (r#""filter": {"title__contains": "MOSS"}"#, 0, ""),
            (r#""filter": {"pk": 3, "category": 1}"#, 1, "3"),
            (r#""filter": {"category": 2}"#, 0, ""),
            (r#""filter": {"at__lt": "2024-01-01"}"#, 0, ""),
            (r#""search": "MOSS a""#, 2, "2 3"),
            (r#""search": "0%""#, 1, "1"),
            (r#""search": "s_a""#, 1, "2"),
            (r#""search": "\\""#, 0, ""),
            (r#""order_by": "-price""#, 4, "2 3 1"),
            (r#""order_by": ["quantity", "-title"], "limit": 9"#, 4, "2 4 3 1"),
            (r#""order_by": "total", "limit": 9"#, 4, "3 4 2 1"),
            (r#""order_by": "flag", "limit": 9"#, 4, "2 4 3 1"),
            (r#""order_by": "-flag", "limit": 9"#, 4, "1 3 2 4"),
        ] {
            let (status, body) = send(&db, &SPECIMENS, &format!(r#"{{"action": "list", {arguments}}}"#)).await;
            assert_eq!(status, 200, "{arguments}: {body}");
            assert_eq!(field(&body, "count"), count.to_string(), "{:?} {arguments}", db.dialect());
            let rows: Vec<Box<serde_json::value::RawValue>> =
                serde_json::from_str(&field(&body, "results")).expect("rows");
            let found: Vec<String> = rows.iter().map(|row| field(row.get(), "id")).collect();
            assert_eq!(found.join(" "), ids, "{:?} {arguments}", db.dialect());
        }
        for (arguments, answer) in [
            (r#""filter": 1"#, r#"{"filter":["Invalid data. Expected a dictionary, but got int."]}"#),
            (r#""filter": {"secret": 1}"#, r#"{"filter":{"secret":["Unknown field. Filters are allowed by: id, title, quantity, price, total, flag, level, at, category."]}}"#),
            (r#""filter": {"flag__lt": true}"#, r#"{"filter":{"flag__lt":["Unknown lookup. Allowed are: eq, in, isnull."]}}"#),
            (r#""filter": {"quantity": "x"}"#, r#"{"filter":{"quantity":["A valid integer is required."]}}"#),
            (r#""order_by": "secret""#, r#"{"order_by":["Unknown field \"secret\". Order is allowed by: title, quantity, price, total, flag."]}"#),
            (r#""order_by": 1"#, r#"{"order_by":["Expected a field or a list of fields."]}"#),
        ] {
            let frame = format!(r#"{{"action": "list", {arguments}}}"#);
            expect(&db, &SPECIMENS, &frame, 400, &format!("[{answer}]")).await;
        }
    })
    .await;
}

#[tokio::test]
async fn inputs_and_rows_of_the_applications_own_actions() {
    on_each(|db| async move {
        categories(&db).await;
        let frame = r#"{"action": "measure", "name": "stones", "width": 7}"#;
        let request = Request::parse(frame).expect("a frame");
        let mut input = crud::detail_input(&CATEGORIES, &SIZE, &request).expect("an input");
        let error = crud::input(&SIZE, &request).expect_err("`name` is no argument");
        assert_eq!(error.detail().to_string(), r#"{"name":["Unknown field."]}"#);
        assert_eq!(input.take::<i64>(0).expect("width"), 7);
        assert_eq!(input.take::<String>(1).expect("the default"), "mm");
        let ctx = context(&db);
        let row = crud::row(&super::wire::Consumer(&CATEGORIES), &ctx, &request).await.expect("a row");
        assert_eq!(row.values(), [Value::Integer(2), "stones".into()]);
        let request = Request::parse(r#"{"action": "measure", "unit": "m"}"#).expect("a frame");
        let error = crud::input(&SIZE, &request).expect_err("no width");
        assert_eq!(error.detail().to_string(), r#"{"width":["This field is required."]}"#);
    })
    .await;
}

#[tokio::test]
async fn writes_at_once_are_never_an_error_of_the_server() {
    on_each(|db| async move {
        categories(&db).await;
        let tasks: Vec<_> = (0..60)
            .map(|number| {
                let db = db.clone();
                tokio::spawn(async move {
                    let frame = match number % 3 {
                        0 => r#"{"action": "create", "data": {"name": "new"}}"#,
                        1 => r#"{"action": "patch", "name": "stones", "data": {"name": "new"}}"#,
                        _ => r#"{"action": "delete", "name": "new"}"#,
                    };
                    send(&db, &CATEGORIES, frame).await.0
                })
            })
            .collect();
        for task in tasks {
            let status = task.await.expect("no panic");
            assert!([200, 201, 204, 400, 404].contains(&status), "{status}");
        }
    })
    .await;
}
