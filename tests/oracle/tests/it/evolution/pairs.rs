//! Every kind becomes every other, with values of all sorts, or the generator refuses.

use std::collections::BTreeMap;

use dcrf::diag::Code;
use dcrf_oracle::compiled::Compiled;
use dcrf_oracle::definition::{Column, Definition, Kind, Model};
use dcrf_oracle::descriptors::Descriptors;
use dcrf_oracle::rows::Rows;
use dcrf_oracle::seed::Dice;
use dcrf_oracle::settings::Settings;
use dcrf_oracle::values::{Value, random};
use serde_json::Map;

use super::database::{Pair, fill, misses};
use super::judge::{Verdict, is_possible, spelled, verdict};
use super::world::{World, kinds, unsigned};

/// Values of each pair of kinds.
const VALUES: usize = 12;

/// A model with a column of each of these kinds, which may be null.
fn world(kinds: &[Kind], rows: Vec<Vec<Value>>) -> World {
    let mut columns = vec![Column::new("id", Kind::Integer)];
    for (index, kind) in kinds.iter().enumerate() {
        let mut column = Column::new(format!("v{index}"), kind.clone());
        column.nullable = true;
        columns.push(column);
    }
    let model = Model {
        name: "Item".to_owned(),
        table: None,
        columns,
        relations: Vec::new(),
        unique_together: Vec::new(),
        indexes: Vec::new(),
        keywords: Map::new(),
    };
    let definition = Definition { name: "kinds".to_owned(), models: vec![model], ordering: Vec::new() };
    let next = vec![rows.len() as i64 + 1];
    let rows = Rows { tables: vec![rows.into_iter().map(Some).collect()] };
    World { definition, rows, links: BTreeMap::new(), next, ids: vec![0], gone: Vec::new() }
}

/// A value of a kind; of texts, often one that stands for a value of the other kind.
fn value(from: &Kind, to: &Kind, dice: &mut Dice) -> Value {
    if matches!(from, Kind::Text { .. }) && !to.is_text() && dice.chance(80) {
        return Value::Text(spelled(&unsigned(random(to, dice))));
    }
    random(from, dice)
}

/// Rows with one value each, in the column of a pair, and what becomes of them; and, of each pair, one that stops.
struct Drawn {
    before: Vec<Vec<Value>>,
    after: Vec<Vec<Value>>,
    stops: Vec<(usize, Value)>,
}

fn draw(from: &Kind, targets: &[Kind], dice: &mut Dice) -> Drawn {
    let mut drawn = Drawn { before: Vec::new(), after: Vec::new(), stops: Vec::new() };
    for (column, to) in targets.iter().enumerate() {
        let mut stopping = None;
        for _ in 0..VALUES {
            let value = unsigned(value(from, to, dice));
            // Not a value of what is given by clients, where it may be null.
            if value == Value::Text(String::new()) {
                continue;
            }
            match verdict(&value, from, to) {
                Verdict::Becomes(other) => {
                    let number = Value::Integer(drawn.before.len() as i64 + 1);
                    let row = |value: Value| {
                        let mut row = vec![Value::Null; targets.len() + 1];
                        row[0] = number.clone();
                        row[column + 1] = value;
                        row
                    };
                    drawn.before.push(row(value));
                    drawn.after.push(row(other));
                }
                Verdict::Stops => stopping = Some(value),
                Verdict::Unknown => {}
            }
        }
        drawn.stops.extend(stopping.map(|value| (column, value)));
    }
    drawn
}

async fn becomes(pair: &mut Pair, from: &Kind, targets: &[Kind], drawn: &Drawn) -> Vec<String> {
    let before = world(&vec![from.clone(); targets.len()], drawn.before.clone());
    let after = world(targets, drawn.after.clone());
    let first = Compiled::of_text(&before.to_text());
    let second = Compiled::after(&after.to_text(), &first.files, &[Code::NarrowedEnum]);
    let second = second.unwrap_or_else(|found| panic!("{from:?} to {targets:?}: {found}"));
    let db = pair.begin(&first).await;
    fill(&db, &Descriptors::of(&first), &first, &before).await;
    db.close().await;
    let db = match pair.go_on(&second, str::to_owned).await {
        Ok(db) => db,
        Err(error) => return vec![error.to_string()],
    };
    let mut found = misses(&db, &Descriptors::of(&second), &second, &after).await;
    found.extend(pair.differences(&db, &Compiled::of_text(&after.to_text())).await);
    db.close().await;
    found
}

/// A row that cannot be converted stops the migration, is named, and stays.
async fn stops(pair: &mut Pair, from: &Kind, to: &Kind, value: &Value) -> Vec<String> {
    let before = world(std::slice::from_ref(from), vec![vec![Value::Integer(1), value.clone()]]);
    let after = world(std::slice::from_ref(to), Vec::new());
    let first = Compiled::of_text(&before.to_text());
    let second = Compiled::after(&after.to_text(), &first.files, &[Code::NarrowedEnum]);
    let second = second.unwrap_or_else(|found| panic!("{from:?} to {to:?}: {found}"));
    let db = pair.begin(&first).await;
    let descriptors = Descriptors::of(&first);
    fill(&db, &descriptors, &first, &before).await;
    db.close().await;
    let mut found = Vec::new();
    match pair.go_on(&second, str::to_owned).await {
        Ok(db) => {
            found.push("it was migrated".to_owned());
            db.close().await;
        }
        Err(error) if error.to_string().contains("id 1 has") => {}
        Err(error) => found.push(format!("the row is not named: {error}")),
    }
    if found.is_empty() {
        let db = pair.go_on(&first, str::to_owned).await.unwrap_or_else(|error| panic!("{error}"));
        found = misses(&db, &descriptors, &first, &before).await;
        db.close().await;
    }
    found
}

#[test]
fn every_kind_becomes_every_other_or_is_refused() {
    let settings = Settings::from_environment(1, 0x16);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let found: Vec<String> = runtime.block_on(async {
        let mut pairs = Pair::all(&settings).await;
        let mut found = Vec::new();
        for (number, from) in kinds().into_iter().enumerate() {
            let mut dice = Dice::new(Dice::derive(settings.seed, number as u64));
            let (possible, refused): (Vec<Kind>, Vec<Kind>) =
                kinds().into_iter().partition(|to| is_possible(&from, to));
            for to in refused {
                let codes = [Code::NarrowedEnum];
                let (before, after) = (
                    world(std::slice::from_ref(&from), Vec::new()),
                    world(std::slice::from_ref(&to), Vec::new()),
                );
                let first = Compiled::of_text(&before.to_text());
                let refusal =
                    Compiled::after(&after.to_text(), &first.files, &codes).err().unwrap_or_default();
                if !refusal.contains("retype-column") {
                    found.push(format!("{from:?} to {to:?} is not refused: {refusal}"));
                }
            }
            let drawn = draw(&from, &possible, &mut dice);
            for pair in &mut pairs {
                let place = pair.place();
                let misses = becomes(pair, &from, &possible, &drawn).await;
                found.extend(misses.iter().map(|what| format!("{from:?} on {place}: {what}")));
                for (column, value) in &drawn.stops {
                    let to = &possible[*column];
                    let misses = stops(pair, &from, to, value).await;
                    found.extend(
                        misses.iter().map(|what| format!("{from:?} to {to:?} on {place}, {value:?}: {what}")),
                    );
                }
            }
        }
        for pair in pairs {
            pair.remove().await;
        }
        found
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}
