//! Fields with formats of their own, hidden constants and patterns of Python, in rows of a model.

use dcrf_e2e::Database;
use dcrf_runtime::Model as _;
use kitchen::models::Meeting;
use serde_json::{Value, json};

use super::Kitchen;
use super::performs::Line;
use crate::on_both_databases;

on_both_databases!(
    rows_are_read_and_shown_by_the_formats_of_their_fields,
    refusals_name_the_formats,
    filters_and_orders_are_in_iso_8601,
);

fn meeting() -> Value {
    json!({
        "day": "29.02.2024", "begins": "2024-02-29T09:30", "opens": "9:05 pm", "lasts": "PT90M", "fee": "12.50",
        "code": "67e5504410b1426f9247bb680e5fe0c8", "rooms": ["red", "blue", "red"], "name": "standup",
    })
}

async fn rows_are_read_and_shown_by_the_formats_of_their_fields(database: Database) {
    let kitchen = Kitchen::start(database).await;
    for (id, line) in (1..).zip(&mut Line::both(&kitchen, "meetings", "ann").await) {
        let shown = json!({
            "id": id, "day": "29 Feb 2024", "begins": "2024-02-29T09:30:00+01:00", "opens": "21:05",
            "lasts": "P0DT01H30M00S", "fee": 12.5, "code": "67e5504410b1426f9247bb680e5fe0c8",
            "rooms": ["red", "blue"], "name": "standup", "made": "web", "kind": null,
        });
        assert_eq!(line.create(meeting()).await, (201, shown.clone()));
        assert_eq!(line.ask("retrieve", json!({"pk": id})).await, (200, shown));
        let row = Meeting::objects(&kitchen.db).get(id).await.expect("a row");
        assert_eq!(row.begins.to_string(), "2024-02-29T08:30:00Z");
        assert_eq!(row.lasts.to_string(), "01:30:00");
        let written = row.written.expect("the server wrote the time");
        let change = json!({"opens": "12:00 AM", "source": "mine", "begins": "2024-07-01T12:00:00Z"});
        let (status, patched) = line.ask("patch", json!({"pk": id, "data": change})).await;
        assert_eq!(
            (status, &patched["opens"], &patched["made"], &patched["begins"]),
            (200, &json!("00:00"), &json!("web"), &json!("2024-07-01T14:00:00+02:00"))
        );
        let row = Meeting::objects(&kitchen.db).get(id).await.expect("a row");
        assert_eq!(row.written, Some(written), "a patch does not set hidden fields");
    }
}

async fn refusals_name_the_formats(database: Database) {
    let kitchen = Kitchen::start(database).await;
    for line in &mut Line::both(&kitchen, "meetings", "ann").await {
        let refused = json!({
            "day": "02/29/2024", "begins": "2024-03-31T02:30", "opens": "21:05", "lasts": "00:05:00",
            "rooms": ["red", "pink"], "name": "admin1",
        });
        let errors = json!([{
            "day": ["Date has wrong format. Use one of these formats instead: DD.MM.YYYY, YYYY-MM-DD."],
            "begins": ["Invalid datetime for the timezone \"Europe/Berlin\"."],
            "opens": ["Time has wrong format. Use one of these formats instead: hh:mm [AM|PM]."],
            "lasts": ["Ensure this value is greater than or equal to 0:15:00."],
            "rooms": ["\"pink\" is not a valid choice."],
            "name": ["Enter a valid value."],
        }]);
        assert_eq!(line.create(refused).await, (400, errors));
        let mut empty = meeting();
        empty["rooms"] = json!([]);
        empty["lasts"] = json!("2 00:00:00");
        empty["name"] = json!("standup\n\n");
        let errors = json!([{
            "rooms": ["This selection may not be empty."],
            "lasts": ["Ensure this value is less than or equal to 1 day, 0:00:00."],
        }]);
        assert_eq!(line.create(empty).await, (400, errors), "space around a text is trimmed");
    }
}

async fn filters_and_orders_are_in_iso_8601(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let [mut line, _] = Line::both(&kitchen, "meetings", "ann").await;
    for day in ["05.02.2024", "2024-01-31", "10.02.2024"] {
        let mut own = meeting();
        own["day"] = json!(day);
        assert_eq!(line.create(own).await.0, 201);
    }
    let (_, rows) =
        line.ask("list", json!({"filter": {"day__gte": "2024-02-01"}, "order_by": ["-day"]})).await;
    let days: Vec<&Value> = rows.as_array().expect("rows").iter().map(|row| &row["day"]).collect();
    assert_eq!(days, ["10 Feb 2024", "05 Feb 2024"]);
}
