//! Values of one of several forms, types made of several, and what stands beside known properties.

use dcrf_e2e::Database;
use dcrf_runtime::{Context, Model as _, Result};
use kitchen::DrawingHandler;
use kitchen::consumers::{DrawingTallyInput, GrowInput, TurnInput, TurnOutput};
use kitchen::models::{Drawing, DrawingChanges, DrawingDue, NewDrawing};
use kitchen::serializers::TallySerializer;
use kitchen::types::{Circle, Fill, Pair, Shape};
use serde_json::{Value, json};

use super::Kitchen;
use super::app::App;
use crate::on_both_databases;

on_both_databases!(
    a_tag_tells_the_form,
    what_is_of_no_form_is_refused,
    forms_are_told_by_their_json,
    several_types_are_one,
    keys_beside_the_properties_are_kept,
    forms_are_changed_and_stored_by_the_application,
    unknown_arguments_are_refused_where_the_input_says_so,
);

impl DrawingHandler for App {
    async fn turn(&self, _ctx: &Context, input: TurnInput) -> Result<TurnOutput> {
        let shape = match input.shape {
            Shape::Pair(Pair { kind, left, right, more }) => {
                Shape::Pair(Pair { kind, left: right, right: left, more })
            }
            other => other,
        };
        Ok(TurnOutput { fill: input.fill.flatten(), shape })
    }

    async fn tally(&self, _ctx: &Context, input: DrawingTallyInput) -> Result<TallySerializer> {
        Ok(TallySerializer {
            total: input.additional.values().fold(0, |total, more| total.saturating_add(*more)),
            additional: input.additional,
        })
    }

    async fn grow(&self, ctx: &Context, row: Drawing, input: GrowInput) -> Result<Drawing> {
        let shape = match row.shape {
            Shape::Circle(circle) => {
                Shape::Circle(Circle { radius: circle.radius.saturating_add(input.by), ..circle })
            }
            other => other,
        };
        let mut notes = row.notes;
        notes.additional.insert("grown".to_owned(), input.by);
        let fill = match row.fill {
            Some(Fill::Level(level)) => Some(Fill::Level(level.saturating_add(input.by))),
            other => other,
        };
        let changes = DrawingChanges {
            shape: Some(shape),
            notes: Some(notes),
            fill: Some(fill),
            ..DrawingChanges::default()
        };
        Drawing::objects(ctx.db()).update(row.id, changes).await
    }

    async fn misdraw(&self, ctx: &Context) -> Result<Drawing> {
        let new = NewDrawing {
            shape: Shape::Circle(Circle { kind: "circle".to_owned(), radius: 1 }),
            fill: None,
            due: Some(DrawingDue::Text("2024-02-29".to_owned())),
            scale: None,
            sheet: None,
            notes: None,
        };
        Drawing::objects(ctx.db()).create(new).await
    }
}

fn circle(radius: i64) -> Value {
    json!({"kind": "circle", "radius": radius})
}

async fn a_tag_tells_the_form(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut drawings = kitchen.open("drawings").await;
    let polygon = json!({"kind": "polygon", "corners": [{"x": 0.5, "y": 0.0}, {"x": 1.0, "y": 0.0}, {"x": 0.0, "y": 1.0}]});
    let pair = json!({"kind": "pair", "left": circle(1), "right": polygon, "more": {"a": circle(2)}});
    let answer = drawings.ask("turn", json!({"shape": pair})).await;
    let turned = json!({"kind": "pair", "left": polygon, "right": circle(1), "more": {"a": circle(2)}});
    answer.is(200, json!({"fill": null, "shape": turned}));
    let made = drawings.create(json!({"shape": pair})).await.data(201);
    assert_eq!(made["shape"], pair);
    assert_eq!(
        (&made["fill"], &made["due"], &made["scale"]),
        (&json!("white"), &json!("some day"), &Value::Null)
    );
    let shown = drawings.ask("retrieve", json!({"pk": made["id"]})).await.data(200);
    assert_eq!(shown, made);
}

async fn what_is_of_no_form_is_refused(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut drawings = kitchen.open("drawings").await;
    for (shape, errors) in [
        (json!({"kind": "x"}), json!({"kind": ["\"x\" is not a valid choice."]})),
        (json!({"radius": 1}), json!({"kind": ["This field is required."]})),
        (json!({"kind": null}), json!({"kind": ["This field may not be null."]})),
        (circle(0), json!({"radius": ["Ensure this value is greater than or equal to 1."]})),
        (
            json!({"kind": "pair", "left": circle(1), "right": {"kind": "circle"}}),
            json!({"right": {"radius": ["This field is required."]}}),
        ),
        (json!("circle"), json!({"non_field_errors": ["Invalid data. Expected a dictionary, but got str."]})),
        (Value::Null, json!(["This field may not be null."])),
    ] {
        drawings.create(json!({"shape": shape})).await.refuses(400, json!([{"shape": errors}]));
        drawings.ask("turn", json!({"shape": shape})).await.refuses(400, json!([{"shape": errors}]));
    }
}

async fn forms_are_told_by_their_json(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut drawings = kitchen.open("drawings").await;
    for fill in [
        json!("red"),
        json!(255),
        json!([1, 2]),
        json!({"stripes": 3}),
        json!({"dots": 4}),
        Value::Null,
        json!("5"),
    ] {
        let made = drawings.create(json!({"shape": circle(1), "fill": fill})).await.data(201);
        assert_eq!(made["fill"], fill);
        let grown = drawings.ask("grow", json!({"pk": made["id"], "by": 0})).await.data(200);
        assert_eq!(grown["fill"], fill, "read into a form and written again");
    }
    for (fill, errors) in [
        (json!("far too long"), json!(["Ensure this field has no more than 7 characters."])),
        (json!(256), json!(["Ensure this value is less than or equal to 255."])),
        (json!([1, "x"]), json!({"1": ["A valid integer is required."]})),
        (json!({}), json!(["Does not match any of the allowed forms."])),
        (json!({"dots": 1, "stripes": 2}), json!(["Matches more than one of the allowed forms."])),
        (json!(true), json!(["Does not match any of the allowed forms."])),
        (json!(1.5), json!(["Does not match any of the allowed forms."])),
    ] {
        drawings
            .create(json!({"shape": circle(1), "fill": fill}))
            .await
            .refuses(400, json!([{"fill": errors}]));
    }
    for (scale, due) in
        [(json!(2), json!("2024-02-29")), (json!("2:1"), json!("soon")), (Value::Null, json!(""))]
    {
        let made = drawings.create(json!({"shape": circle(1), "scale": scale, "due": due})).await.data(201);
        assert_eq!((&made["scale"], &made["due"]), (&scale, &due));
    }
    let answer = drawings.create(json!({"shape": circle(1), "scale": "12345", "due": "2024-02-30x"})).await;
    let errors = json!([{
        "scale": ["Ensure this field has no more than 4 characters."],
        "due": ["Does not match any of the allowed forms."]
    }]);
    answer.refuses(400, errors);
}

async fn several_types_are_one(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut drawings = kitchen.open("drawings").await;
    let sheet = json!({"width": 1000, "unit": "mm", "paper": "grey"});
    let made = drawings.create(json!({"shape": circle(1), "sheet": sheet})).await.data(201);
    assert_eq!(made["sheet"], sheet);
    let too_wide = json!({"width": 1001, "x": 1});
    let errors = json!([{"sheet": {
        "width": ["Ensure this value is less than or equal to 1000."],
        "unit": ["This field is required."],
        "x": ["Unknown field."]
    }}]);
    drawings.create(json!({"shape": circle(1), "sheet": too_wide})).await.refuses(400, errors);
}

async fn keys_beside_the_properties_are_kept(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut drawings = kitchen.open("drawings").await;
    let answer = drawings.ask("tally", json!({"name": "n", "a": 1, "b": 2, "stream": "drawings"})).await;
    answer.is(200, json!({"total": 3, "a": 1, "b": 2}));
    let answer = drawings.ask("tally", json!({"a": "x"})).await;
    answer
        .refuses(400, json!([{"name": ["This field is required."], "a": ["A valid integer is required."]}]));
    let notes = json!({"author": "ada", "pages": 3, "a key": 0});
    let made = drawings.create(json!({"shape": circle(1), "notes": notes})).await.data(201);
    assert_eq!(made["notes"], notes);
    let grown = drawings.ask("grow", json!({"pk": made["id"], "by": 2})).await.data(200);
    assert_eq!(grown["notes"], json!({"author": "ada", "pages": 3, "a key": 0, "grown": 2}));
}

async fn forms_are_changed_and_stored_by_the_application(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut drawings = kitchen.open("drawings").await;
    let made = drawings.create(json!({"shape": circle(1), "fill": 250})).await.data(201);
    let grown = drawings.ask("grow", json!({"pk": made["id"], "by": 5})).await.data(200);
    assert_eq!((&grown["shape"], &grown["fill"]), (&circle(6), &json!(255)));
    // Typed code passes the same rules.
    drawings
        .ask("grow", json!({"pk": made["id"], "by": 1}))
        .await
        .refuses(400, json!([{"fill": ["Ensure this value is less than or equal to 255."]}]));
    let refused = json!([{"due": ["Matches another of the allowed forms first."]}]);
    drawings.ask("misdraw", json!({})).await.refuses(400, refused);
}

async fn unknown_arguments_are_refused_where_the_input_says_so(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let mut drawings = kitchen.open("drawings").await;
    let answer = drawings.ask("turn", json!({"shape": circle(1), "shade": 1, "pk": 2, "stream": "s"})).await;
    answer.refuses(400, json!([{"shade": ["Unknown field."], "pk": ["Unknown field."]}]));
    let made = drawings.create(json!({"shape": circle(1)})).await.data(201);
    let answer = drawings.ask("grow", json!({"pk": made["id"], "by": 1, "x": 1})).await;
    answer.refuses(400, json!([{"x": ["Unknown field."]}]));
}
