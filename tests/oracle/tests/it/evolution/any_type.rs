//! Columns of any SQL type (`x-sql`): what is stored is not what is read.

use dcrf_oracle::definition::{Column, Kind, Model};
use dcrf_oracle::seed::Dice;
use serde_json::{Value as Json, json};

/// The keyword.
pub const SQL: &str = "x-sql";

/// How a column of a kind is stored otherwise than one of ours, on either database.
struct Stored {
    postgres: &'static str,
    read: &'static str,
    write: &'static str,
}

fn stored(kind: &Kind) -> Option<Stored> {
    match kind {
        kind if kind.is_text() || matches!(kind, Kind::TextEnum(_)) => {
            Some(Stored { postgres: "varchar", read: "substr({column}, 2)", write: "'x' || {value}" })
        }
        Kind::Boolean => Some(Stored {
            postgres: "varchar(3)",
            read: "{column} = 'yes'",
            write: "CASE WHEN {value} THEN 'yes' WHEN NOT {value} THEN 'no' END",
        }),
        _ => None,
    }
}

/// Whether a column can be of another type, and is not.
pub fn is_possible(model: &Model, at: usize) -> bool {
    let column = &model.columns[at];
    let in_sets = model.unique_together.iter().chain(&model.indexes).any(|set| set.contains(&at));
    at > 0
        && !(column.unique || column.index || in_sets || column.keywords.contains_key(SQL))
        && !model.keywords.contains_key("x-observe-database")
        && stored(&column.kind).is_some()
}

/// Gives a column a type of its own.
pub fn set(column: &mut Column) {
    let Some(Stored { postgres, read, write }) = stored(&column.kind) else { return };
    let both = |text: &str| json!({ "sqlite": text, "postgres": text });
    let ty = json!({ "sqlite": "TEXT", "postgres": postgres });
    column.keywords.insert(SQL.to_owned(), json!({ "type": ty, "read": both(read), "write": both(write) }));
    column.keywords.remove("x-collation");
}

/// Gives some columns of a model one.
pub fn set_some(model: &mut Model, dice: &mut Dice) {
    for at in 0..model.columns.len() {
        if is_possible(model, at) && dice.chance(30) {
            set(&mut model.columns[at]);
        }
    }
}

/// What the values of a column become where its type is its own from now on, or no more: an expression over the row as
/// it was.
pub fn changed(column: &Column) -> Option<Json> {
    let Stored { read, write, .. } = stored(&column.kind)?;
    let name = column.column.clone().unwrap_or_else(|| dcrf::ir::Name::parse(&column.name).snake());
    let name = format!("\"{name}\"");
    let is_its_own = column.keywords.contains_key(SQL);
    let sql = if is_its_own { read.replace("{column}", &name) } else { write.replace("{value}", &name) };
    Some(json!({ "sql": sql }))
}
