//! Random definitions.

use serde_json::{Map, json};

use super::{Column, Definition, Kind, ManyToMany, Model, OnDelete};
use crate::seed::Dice;

/// What random definitions may look like.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Models, at most.
    pub models: usize,
    /// Columns of a model beside its key and foreign keys, at most.
    pub columns: usize,
    /// Whether there are many-to-many relations.
    pub relations: bool,
}

impl Default for Shape {
    fn default() -> Self {
        Self { models: 3, columns: 9, relations: true }
    }
}

/// Names of models.
const MODELS: &[&str] = &["Alpha", "Beta", "GammaRay", "Order", "Group", "Delta2"];
/// Names of columns: words of SQL, of one and of several words, in either case that people write.
const COLUMNS: &[&str] = &[
    "title",
    "order",
    "group",
    "select",
    "firstName",
    "last_name",
    "value",
    "from",
    "to",
    "user",
    "kind",
    "key",
    "size2",
    "aVeryLongNameOfAColumn",
    "at",
    "note",
    "index",
    "table",
    "weight",
    "code",
];
/// Names of columns that hold keys.
const KEYS: &[&str] = &["owner", "parent", "box", "next"];

impl Definition {
    /// A random definition.
    pub fn random(dice: &mut Dice, shape: Shape) -> Self {
        let count = dice.between(1, shape.models);
        let names = dice.some_of(MODELS, count);
        let mut models: Vec<Model> = names.iter().map(|name| model(name, dice, shape)).collect();
        for index in 0..models.len() {
            add_foreign_keys(&mut models, index, dice);
        }
        if shape.relations && dice.chance(40) {
            let (from, to) = (dice.roll(models.len()), dice.roll(models.len()));
            let target = models[to].name.clone();
            models[from].relations.push(ManyToMany { name: "links".to_owned(), target });
        }
        for model in &mut models {
            add_indexes(model, dice);
        }
        let mut definition = Self { name: "worlds".to_owned(), models, ordering: Vec::new() };
        definition.ordering = ordering(&definition, dice);
        definition
    }
}

fn model(name: &str, dice: &mut Dice, shape: Shape) -> Model {
    let mut columns = vec![key(dice)];
    let count = dice.between(2, shape.columns.min(COLUMNS.len()));
    for name in dice.some_of(COLUMNS, count) {
        columns.push(column(name, dice));
    }
    Model {
        name: name.to_owned(),
        table: dice.chance(15).then(|| format!("{}Rows", name.to_lowercase())),
        columns,
        relations: Vec::new(),
        unique_together: Vec::new(),
        indexes: Vec::new(),
        keywords: Map::new(),
    }
}

fn key(dice: &mut Dice) -> Column {
    match dice.roll(10) {
        0..=1 => Column::new("id", Kind::Uuid),
        2..=3 => Column::new("slug", Kind::Text { max_length: Some(20) }),
        4 => Column::new("number", Kind::Integer),
        _ => Column::new("id", Kind::Integer),
    }
}

fn column(name: &str, dice: &mut Dice) -> Column {
    let mut column = Column::new(name, kind(dice));
    column.nullable = dice.chance(45);
    column.index = dice.chance(15) && !column.kind.is_json();
    column.unique = dice.chance(8) && !column.kind.is_json() && !column.index;
    let orders_texts = column.kind.is_text() || matches!(column.kind, Kind::TextEnum(_));
    if orders_texts && dice.chance(8) {
        column.keywords.insert(super::COLLATION.to_owned(), json!("database"));
    }
    column.column = dice.chance(10).then(|| format!("c_{}", name.to_lowercase()));
    column
}

/// A kind of a column that is no foreign key.
fn kind(dice: &mut Dice) -> Kind {
    match dice.roll(26) {
        0 | 1 => Kind::Boolean,
        2 | 3 => Kind::Integer,
        4 => Kind::Number,
        5..=8 => Kind::Text { max_length: dice.chance(40).then(|| dice.between(2, 12)) },
        9 => Kind::Email,
        10 => Kind::Uri,
        11 => Kind::Slug,
        12 => Kind::UnicodeSlug,
        13 => Kind::Uuid,
        14 => [Kind::Ipv4, Kind::Ipv6, Kind::Ip][dice.roll(3)].clone(),
        15 => Kind::Date,
        16 | 17 => Kind::DateTime,
        18 => Kind::Time,
        19 => Kind::Duration,
        20 | 21 => decimal(dice),
        22 => Kind::Byte,
        23 => Kind::TextEnum(
            dice.some_of(&["low", "Mid", "high", "Zed", "ärger", "b2", "B10"], 4)
                .iter()
                .map(|text| (*text).to_owned())
                .collect(),
        ),
        24 => Kind::IntegerEnum(dice.some_of(&[-5, 0, 1, 2, 10, 300], 4)),
        _ => {
            if dice.chance(50) {
                Kind::Array
            } else {
                Kind::Object
            }
        }
    }
}

/// On either side of what SQLite stores as a number.
fn decimal(dice: &mut Dice) -> Kind {
    let digits = *dice.pick(&[1, 4, 9, 17, 18, 19, 24, 28]);
    let places = dice.roll(digits as usize + 1).min(if dice.chance(70) { 4 } else { 28 });
    Kind::Decimal { digits, places: u32::try_from(places).expect("at most 28") }
}

fn add_foreign_keys(models: &mut [Model], index: usize, dice: &mut Dice) {
    let count = [0, 1, 1, 2][dice.roll(4)];
    for name in dice.some_of(KEYS, count) {
        let target = dice.roll(models.len());
        // A row must be there before it is referred to: one of a model further down, or one of its own that may be
        // absent.
        if target < index || models[index].position(name).is_some() {
            continue;
        }
        let nullable = target == index || dice.chance(60);
        let on_delete = match dice.roll(4) {
            0 if nullable => OnDelete::SetNull,
            1 => OnDelete::Protect,
            2 => OnDelete::Restrict,
            _ => OnDelete::Cascade,
        };
        let kind = Kind::ForeignKey { model: models[target].name.clone(), on_delete };
        let mut column = Column::new(name, kind);
        column.nullable = nullable;
        models[index].columns.push(column);
    }
}

fn add_indexes(model: &mut Model, dice: &mut Dice) {
    let plain: Vec<usize> =
        (1..model.columns.len()).filter(|index| !model.columns[*index].kind.is_json()).collect();
    if plain.len() < 2 {
        return;
    }
    if dice.chance(15) {
        model.indexes.push(dice.some_of(&plain, 2));
    }
    if dice.chance(10) {
        model.unique_together.push(dice.some_of(&plain, 2));
    }
}

fn ordering(definition: &Definition, dice: &mut Dice) -> Vec<(usize, bool)> {
    let columns = &definition.models[0].columns;
    let ordered: Vec<usize> = (0..columns.len()).filter(|index| !columns[*index].kind.is_json()).collect();
    let count = [0, 1, 1, 2][dice.roll(4)];
    dice.some_of(&ordered, count).into_iter().map(|column| (column, dice.chance(50))).collect()
}
