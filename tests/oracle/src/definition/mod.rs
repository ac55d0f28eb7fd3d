//! Definitions as data: models that can be made at random, changed, and written as the JSON that a person writes.
//!
//! A [`Definition`] knows what a column is and nothing of what becomes of it: that is the generator's business, which
//! is given the text.

mod kind;
mod random;
mod served;

use serde_json::{Map, Value as Json, json};

pub use kind::{Kind, OnDelete};
pub use random::Shape;
pub use served::{FieldPath, Stream};

use crate::values::Value;

/// The keyword that says by what texts are ordered.
const COLLATION: &str = "x-collation";

/// Models, and how they are served.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// The name of the crate.
    pub name: String,
    /// The models; the first is the one whose rows are looked at.
    pub models: Vec<Model>,
    /// The order of lists of the first model, by columns of its own, where the client names none.
    pub ordering: Vec<(usize, bool)>,
}

/// A model.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// The name of its table, where that is not made of the model's.
    pub table: Option<String>,
    /// The columns; the first is the primary key.
    pub columns: Vec<Column>,
    /// Its many-to-many relations.
    pub relations: Vec<ManyToMany>,
    /// Sets of columns that are unique together.
    pub unique_together: Vec<Vec<usize>>,
    /// Sets of columns with an index.
    pub indexes: Vec<Vec<usize>>,
    /// Further keywords of the model, as they are.
    pub keywords: Map<String, Json>,
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name on the wire.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether no two rows have the same value.
    pub unique: bool,
    /// Whether it has an index.
    pub index: bool,
    /// What a row has that is not given it.
    pub default: Option<Value>,
    /// Its name in the database, where that is not made of its name.
    pub column: Option<String>,
    /// Further keywords of the column, as they are.
    pub keywords: Map<String, Json>,
}

/// A many-to-many relation.
#[derive(Debug, Clone, PartialEq)]
pub struct ManyToMany {
    /// Its name.
    pub name: String,
    /// The model on the other side.
    pub target: String,
}

impl Column {
    /// A column of a kind, without anything special about it.
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self {
            name: name.into(),
            kind,
            nullable: false,
            unique: false,
            index: false,
            default: None,
            column: None,
            keywords: Map::new(),
        }
    }

    /// Whether its order is left to the database (`x-collation`).
    pub fn is_ordered_by_database(&self) -> bool {
        self.keywords.get(COLLATION).is_some_and(|collation| collation == "database")
    }

    /// The JSON Schema of it.
    fn schema(&self) -> Json {
        let mut schema = self.kind.schema(self.nullable);
        if self.unique {
            schema.insert("x-unique".to_owned(), json!(true));
        }
        if self.index {
            schema.insert("x-index".to_owned(), json!(true));
        }
        if let Some(default) = &self.default {
            schema.insert("default".to_owned(), default.to_json());
        }
        if let Some(column) = &self.column {
            schema.insert("x-column".to_owned(), json!(column));
        }
        schema.extend(self.keywords.clone());
        Json::Object(schema)
    }
}

impl Model {
    /// The key.
    pub fn key(&self) -> &Column {
        &self.columns[0]
    }

    /// Whether the database numbers the rows.
    pub fn is_numbered(&self) -> bool {
        self.key().kind == Kind::Integer
    }

    /// Which column has a name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The JSON Schema of it.
    fn schema(&self) -> Json {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for (index, column) in self.columns.iter().enumerate() {
            if index == 0 && self.is_numbered() && column.name == "id" {
                // Left out, it is this.
                continue;
            }
            let mut schema = column.schema();
            if let (0, Json::Object(schema)) = (index, &mut schema) {
                schema.insert("x-primary-key".to_owned(), json!(true));
            } else if !column.nullable && column.default.is_none() {
                required.push(column.name.clone());
            }
            if index == 0 && matches!(column.kind, Kind::Text { .. }) {
                required.push(column.name.clone());
            }
            properties.insert(column.name.clone(), schema);
        }
        for relation in &self.relations {
            properties
                .insert(relation.name.clone(), json!({ "x-many-to-many": relation.target, "minItems": 0 }));
        }
        let mut schema = Map::new();
        schema.insert("type".to_owned(), json!("object"));
        if let Some(table) = &self.table {
            schema.insert("x-table".to_owned(), json!(table));
        }
        schema.insert("properties".to_owned(), Json::Object(properties));
        if !required.is_empty() {
            schema.insert("required".to_owned(), json!(required));
        }
        for (key, sets) in [("x-unique-together", &self.unique_together), ("x-index", &self.indexes)] {
            if !sets.is_empty() {
                let name = |column: &usize| self.columns[*column].name.clone();
                let sets: Vec<Vec<String>> = sets.iter().map(|set| set.iter().map(name).collect()).collect();
                schema.insert(key.to_owned(), json!(sets));
            }
        }
        schema.extend(self.keywords.clone());
        Json::Object(schema)
    }
}

impl Definition {
    /// A model by its name.
    ///
    /// # Panics
    /// If there is none: definitions are made by this package.
    pub fn model(&self, name: &str) -> &Model {
        let found = self.models.iter().find(|model| model.name == name);
        found.unwrap_or_else(|| panic!("the definition has no model {name}"))
    }

    /// Which model has a name.
    pub fn model_position(&self, name: &str) -> Option<usize> {
        self.models.iter().position(|model| model.name == name)
    }

    /// The document.
    pub fn to_json(&self) -> Json {
        let models: Map<String, Json> =
            self.models.iter().map(|model| (model.name.clone(), model.schema())).collect();
        json!({
            "name": self.name,
            "models": models,
            "serializers": self.serializers(),
            "consumers": self.consumers(),
        })
    }

    /// The document, as a person would keep it in a file.
    pub fn to_text(&self) -> String {
        serde_json::to_string_pretty(&self.to_json()).expect("a document is plain JSON") + "\n"
    }
}
