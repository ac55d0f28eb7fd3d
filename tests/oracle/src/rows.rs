//! Random rows of a definition: they refer to rows that are there, and break no rule of uniqueness.

use std::cmp::Ordering;
use std::ops::RangeInclusive;

use serde_json::Value as Json;

use crate::definition::{Definition, Kind, Model};
use crate::seed::Dice;
use crate::values::{Value, order, random};

/// Values by column.
pub type Row = Vec<Value>;

/// Rows by model, each in the order in which they are made; the models with the last first, so that what is referred to
/// is there before.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// The rows of each model. A row that is gone leaves its place.
    pub tables: Vec<Vec<Option<Row>>>,
}

/// How often a value is drawn again that is taken.
const TRIES: usize = 12;

impl Rows {
    /// Random rows: so many of the first model, so many of each other.
    pub fn random(
        definition: &Definition,
        dice: &mut Dice,
        first: RangeInclusive<usize>,
        others: RangeInclusive<usize>,
    ) -> Self {
        let mut rows = Self { tables: vec![Vec::new(); definition.models.len()] };
        for model in (0..definition.models.len()).rev() {
            let range = if model == 0 { &first } else { &others };
            for _ in 0..dice.between(*range.start(), *range.end()) {
                if let Some(row) = rows.another(definition, model, dice) {
                    rows.tables[model].push(Some(row));
                }
            }
        }
        rows
    }

    /// One more row of a model; none if nothing was found that is not taken, or there is nothing to refer to.
    pub fn another(&self, definition: &Definition, model: usize, dice: &mut Dice) -> Option<Row> {
        for _ in 0..TRIES {
            let row = self.draw(definition, model, dice)?;
            if self.admits(&definition.models[model], model, &row, None) {
                return Some(row);
            }
        }
        None
    }

    fn draw(&self, definition: &Definition, model: usize, dice: &mut Dice) -> Option<Row> {
        let own = &definition.models[model];
        let mut row = Vec::with_capacity(own.columns.len());
        for (index, column) in own.columns.iter().enumerate() {
            row.push(if index == 0 && own.is_numbered() {
                Value::Integer(i64::try_from(self.tables[model].len()).expect("few rows") + 1)
            } else if column.nullable && dice.chance(30) {
                Value::Null
            } else {
                self.value(definition, model, index, dice)?
            });
        }
        Some(row)
    }

    /// A value of a column that is not null, but for references to nothing; none if there is none.
    pub fn value(
        &self,
        definition: &Definition,
        model: usize,
        column: usize,
        dice: &mut Dice,
    ) -> Option<Value> {
        let own = &definition.models[model].columns[column];
        let Some(target) = own.kind.target() else {
            let text_key = column == 0 && matches!(own.kind, Kind::Text { .. });
            // A key that is empty names nothing.
            let mut drawn = (0..TRIES).map(|_| random(&own.kind, dice));
            return drawn.find(|value| !text_key || *value != Value::Text(String::new()));
        };
        let target = definition.model_position(target)?;
        let there: Vec<&Row> = self.tables[target].iter().flatten().collect();
        match there.is_empty() {
            true if own.nullable => Some(Value::Null),
            true => None,
            false => Some(dice.pick(&there)[0].clone()),
        }
    }

    /// Whether a row is as unique as its model wants it, beside all others but one.
    pub fn admits(&self, model: &Model, table: usize, row: &Row, but: Option<usize>) -> bool {
        let alone = (0..model.columns.len()).filter(|index| *index == 0 || model.columns[*index].unique);
        let sets: Vec<Vec<usize>> =
            alone.map(|index| vec![index]).chain(model.unique_together.iter().cloned()).collect();
        let others = self.tables[table].iter().enumerate();
        others.filter(|(index, _)| Some(*index) != but).filter_map(|(_, other)| other.as_ref()).all(|other| {
            !sets.iter().any(|set| {
                set.iter().all(|index| {
                    !row[*index].is_null()
                        && !other[*index].is_null()
                        && order(&row[*index], &other[*index]) == Ordering::Equal
                })
            })
        })
    }

    /// Whether some row of any model refers to a row.
    pub fn is_referred_to(&self, definition: &Definition, table: usize, row: usize) -> bool {
        let name = &definition.models[table].name;
        let Some(key) = self.tables[table][row].as_ref().map(|row| &row[0]) else { return false };
        definition.models.iter().zip(&self.tables).any(|(model, rows)| {
            let references = model.columns.iter().enumerate();
            let mut references = references.filter(|(_, column)| column.kind.target() == Some(name.as_str()));
            references.any(|(index, _)| rows.iter().flatten().any(|other| other[index] == *key))
        })
    }

    /// The row of a model that has a key.
    pub fn with_key(&self, table: usize, key: &Value) -> Option<&Row> {
        self.tables[table].iter().flatten().find(|row| row[0] == *key)
    }
}

/// A row as the plain serializer shows it: JSON text.
pub fn shown(model: &Model, row: &Row) -> String {
    let entries = model.columns.iter().zip(row).map(|(column, value)| {
        let value = match value {
            Value::Json(text) => text.clone(),
            other => other.to_json().to_string(),
        };
        format!("{}:{value}", Json::String(column.name.clone()))
    });
    format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
}

/// What a client sends to have a row made: what the database numbers is left out.
pub fn payload(model: &Model, row: &Row) -> Json {
    let columns = model.columns.iter().zip(row).enumerate();
    let given = columns.filter(|(index, _)| *index > 0 || !model.is_numbered());
    Json::Object(given.map(|(_, (column, value))| (column.name.clone(), value.to_json())).collect())
}
