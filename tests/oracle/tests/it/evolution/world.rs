//! A definition with rows, links and numbers that were given: what a database is to hold, whatever it has been through.

use std::collections::BTreeMap;

use dcrf_oracle::definition::{Column, Definition, Kind, ManyToMany, Model, Shape};
use dcrf_oracle::rows::Rows;
use dcrf_oracle::seed::Dice;
use dcrf_oracle::values::Value;
use serde_json::{Map, Value as Json, json};

use super::any_type;

/// The links of a many-to-many relation: keys of both rows.
pub type Links = Vec<(Value, Value)>;

/// What a database holds.
#[derive(Debug, Clone)]
pub struct World {
    pub definition: Definition,
    pub rows: Rows,
    /// By model and relation.
    pub links: BTreeMap<(String, String), Links>,
    /// Of each model that the database numbers: the number of the next row.
    pub next: Vec<i64>,
    /// Of each model, what it is known by whatever it is called.
    pub ids: Vec<usize>,
    /// What is said to be gone: the model, if it is a property, and the name.
    pub gone: Vec<(Option<String>, String)>,
}

impl World {
    /// A random one.
    pub fn random(dice: &mut Dice) -> Self {
        let mut definition = Definition::random(dice, Shape { models: 3, columns: 6, relations: true });
        // What is served says nothing of tables.
        definition.ordering.clear();
        for model in &mut definition.models {
            if dice.chance(20) {
                model.keywords.insert("x-observe-database".to_owned(), json!(true));
            }
            any_type::set_some(model, dice);
        }
        let mut rows = Rows::random(&definition, dice, 0..=6, 0..=4);
        for table in &mut rows.tables {
            for (number, row) in table.iter_mut().flatten().enumerate() {
                for value in row {
                    // Who makes rows by the runtime may not leave texts blank.
                    *value = match unsigned(value.clone()) {
                        Value::Text(text) if text.is_empty() => Value::Text(format!("x{number}")),
                        value => value,
                    };
                }
            }
        }
        let next = rows.tables.iter().map(|rows| rows.len() as i64 + 1).collect();
        let ids = (0..definition.models.len()).collect();
        let mut this = Self { definition, rows, links: BTreeMap::new(), next, ids, gone: Vec::new() };
        for model in this.definition.models.clone() {
            for relation in &model.relations {
                let links = this.some_links(&model.name, &relation.target, dice);
                this.links.insert((model.name.clone(), relation.name.clone()), links);
            }
        }
        this
    }

    /// Links between rows that are there.
    pub fn some_links(&self, from: &str, to: &str, dice: &mut Dice) -> Links {
        let keys = |name: &str| -> Vec<Value> {
            let model = self.definition.model_position(name).expect("a model");
            self.rows.tables[model].iter().flatten().map(|row| row[0].clone()).collect()
        };
        let (from, to) = (keys(from), keys(to));
        let pairs = from.iter().flat_map(|from| to.iter().map(move |to| (from.clone(), to.clone())));
        pairs.filter(|_| dice.chance(40)).collect()
    }

    /// The document: tables alone, and what is gone.
    pub fn to_text(&self) -> String {
        let mut document = self.definition.to_json();
        let object = document.as_object_mut().expect("a document");
        object.remove("serializers");
        object.remove("consumers");
        let models = object["models"].as_object_mut().expect("models");
        for (model, name) in &self.gone {
            let gone = json!({ "x-drop": true });
            match model {
                None => drop(models.insert(name.clone(), gone)),
                Some(model) => {
                    let Some(model) = models.get_mut(model) else { continue };
                    model["properties"].as_object_mut().expect("properties").insert(name.clone(), gone);
                }
            }
        }
        serde_json::to_string_pretty(&document).expect("a document is JSON")
    }

    /// Takes away what was said of the version before.
    pub fn forget_answers(&mut self) {
        self.gone.clear();
        for model in &mut self.definition.models {
            let forget = |keywords: &mut Map<String, Json>| {
                keywords.remove("x-was");
                keywords.remove("x-backfill");
            };
            forget(&mut model.keywords);
            model.columns.iter_mut().for_each(|column| forget(&mut column.keywords));
        }
    }

    pub fn model(&self, index: usize) -> &Model {
        &self.definition.models[index]
    }

    pub fn column(&mut self, (model, column): (usize, usize)) -> &mut Column {
        &mut self.definition.models[model].columns[column]
    }

    /// What a column holds, row by row.
    pub fn values(&self, (model, column): (usize, usize)) -> Vec<&Value> {
        self.rows.tables[model].iter().flatten().map(|row| &row[column]).collect()
    }

    pub fn set_values(&mut self, (model, column): (usize, usize), set: impl Fn(&Value) -> Value) {
        for row in self.rows.tables[model].iter_mut().flatten() {
            row[column] = set(&row[column]);
        }
    }

    /// Whether rows are equal in what has to be unique.
    pub fn has_twins(&self) -> bool {
        self.definition.models.iter().enumerate().any(|(table, model)| {
            let rows = self.rows.tables[table].iter().enumerate();
            let mut rows = rows.filter_map(|(at, row)| Some((at, row.as_ref()?)));
            rows.any(|(at, row)| !self.rows.admits(model, table, row, Some(at)))
        })
    }

    pub fn relation(&self, model: &str, relation: &str) -> Option<&ManyToMany> {
        let model = self.definition.models.iter().find(|other| other.name == model)?;
        model.relations.iter().find(|other| other.name == relation)
    }

    /// Gives the keys of a model other values, wherever they stand.
    pub fn convert_keys(&mut self, table: usize, convert: impl Fn(&Value) -> Value) {
        let name = self.definition.models[table].name.clone();
        self.set_values((table, 0), &convert);
        for model in 0..self.definition.models.len() {
            for column in 0..self.definition.models[model].columns.len() {
                if self.definition.models[model].columns[column].kind.target() == Some(name.as_str()) {
                    self.set_values((model, column), |value| match value {
                        Value::Null => Value::Null,
                        value => convert(value),
                    });
                }
            }
        }
        for ((owner, relation), links) in std::mem::take(&mut self.links) {
            let target = self.relation(&owner, &relation).map(|relation| relation.target.clone());
            let links = links.into_iter().map(|(from, to)| {
                let from = if owner == name { convert(&from) } else { from };
                let to = if target.as_deref() == Some(&name) { convert(&to) } else { to };
                (from, to)
            });
            let links = links.collect();
            self.links.insert((owner, relation), links);
        }
    }
}

/// SQLite knows one zero.
pub fn unsigned(value: Value) -> Value {
    match value {
        // Adding zero takes the sign of zero away.
        Value::Number(number) => Value::Number(number + 0.0),
        value => value,
    }
}

/// A kind of a column, of every sort.
pub fn kinds() -> Vec<Kind> {
    let decimal = |digits, places| Kind::Decimal { digits, places };
    vec![
        Kind::Boolean,
        Kind::Integer,
        Kind::Number,
        Kind::Text { max_length: None },
        Kind::Email,
        Kind::Uri,
        Kind::Slug,
        Kind::Ip,
        Kind::Uuid,
        Kind::Date,
        Kind::DateTime,
        Kind::Time,
        Kind::Duration,
        decimal(10, 2),
        decimal(10, 3),
        decimal(12, 2),
        decimal(18, 0),
        decimal(24, 4),
        Kind::Byte,
        Kind::TextEnum(vec!["low".to_owned(), "Mid".to_owned(), "1".to_owned()]),
        Kind::IntegerEnum(vec![-5, 0, 1, 300]),
        Kind::Array,
        Kind::Object,
    ]
}
