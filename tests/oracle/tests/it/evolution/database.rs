//! Databases that go from one definition to the next, and what they hold then.

use std::collections::{BTreeMap, BTreeSet};

use dcrf_oracle::compiled::Compiled;
use dcrf_oracle::databases::{Database, Place};
use dcrf_oracle::descriptors::Descriptors;
use dcrf_oracle::introspection::described;
use dcrf_oracle::settings::Settings;
use dcrf_oracle::values::Value;
use dcrf_runtime::meta::ModelMeta;
use dcrf_runtime::value::Object;
use dcrf_runtime::{Db, Error, store};
use serde_json::Value as Json;

use super::judge::spelled;
use super::world::World;

/// What is done to a migration's text, to see that it is noticed.
pub type Alter = fn(&str) -> String;

/// A database that changes, and another one for what is made at once.
pub struct Pair {
    own: Database,
    fresh: Database,
    url: String,
}

impl Pair {
    /// One of each sort that is wanted.
    pub async fn all(settings: &Settings) -> Vec<Self> {
        let wanted = settings.databases.as_deref();
        let (own, fresh) = (Database::all(wanted).await, Database::all(wanted).await);
        own.into_iter().zip(fresh).map(|(own, fresh)| Self { own, fresh, url: String::new() }).collect()
    }

    pub fn place(&self) -> Place {
        self.own.place()
    }

    pub async fn remove(self) {
        self.own.remove().await;
        self.fresh.remove().await;
    }

    /// Begins with an empty database.
    pub async fn begin(&mut self, compiled: &Compiled) -> Db {
        self.url = self.own.emptied().await;
        self.go_on(compiled, str::to_owned).await.unwrap_or_else(|error| panic!("{}: {error}", self.place()))
    }

    /// Migrates.
    pub async fn go_on(&self, compiled: &Compiled, alter: Alter) -> Result<Db, Error> {
        Db::connect(&self.url, compiled.migrations(alter)).await
    }

    /// What is otherwise than in a database that is made at once.
    pub async fn differences(&mut self, db: &Db, at_once: &Compiled) -> Vec<String> {
        let url = self.fresh.emptied().await;
        let fresh = Db::connect(&url, at_once.migrations(str::to_owned)).await;
        let fresh = fresh.unwrap_or_else(|error| panic!("{}: {error}", self.place()));
        let (own, other) = (described(db).await, described(&fresh).await);
        fresh.close().await;
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
        let (own, other) = (lines(&own), lines(&other));
        let more = own.difference(&other).map(|line| format!("has {line}"));
        more.chain(other.difference(&own).map(|line| format!("lacks {line}"))).collect()
    }
}

/// The descriptor of a model.
pub fn model(descriptors: &Descriptors, world: &World, index: usize) -> &'static ModelMeta {
    let name = dcrf::ir::Name::parse(&world.model(index).name);
    descriptors.model(&name.shouting())
}

/// Makes a row, and gives its key.
pub async fn create(db: &Db, meta: &'static ModelMeta, row: &[Value]) -> Result<Value, Error> {
    let mut object = Object::empty(meta.columns.len());
    for (index, value) in row.iter().enumerate() {
        if !(index == 0 && meta.columns[0].auto == dcrf_runtime::meta::Auto::Key) {
            object.set(index, value.to_runtime());
        }
    }
    let made = store::create(db, meta, object).await?;
    Ok(match made.values().first() {
        Some(dcrf_runtime::Value::Integer(number)) => Value::Integer(*number),
        _ => row[0].clone(),
    })
}

/// Fills an empty database.
pub async fn fill(db: &Db, descriptors: &Descriptors, compiled: &Compiled, world: &World) {
    for index in (0..world.definition.models.len()).rev() {
        for row in world.rows.tables[index].iter().flatten() {
            let made = create(db, model(descriptors, world, index), row).await;
            assert_eq!(made.unwrap_or_else(|error| panic!("{row:?}: {error}")), row[0]);
        }
    }
    for ((owner, relation), links) in &world.links {
        link(db, compiled, owner, relation, links).await;
    }
}

/// The table of a many-to-many relation, and its columns.
fn between(compiled: &Compiled, owner: &str, relation: &str) -> (String, String, String) {
    let schema: Json =
        serde_json::from_str(&compiled.files["migrations/schema.json"]).expect("a description");
    let tables = schema["tables"].as_array().expect("tables");
    let is_it = |table: &&Json| table["model"] == owner && table["relation"] == relation;
    let table = tables.iter().find(is_it).unwrap_or_else(|| panic!("{owner} has no table for {relation}"));
    let column = |at: usize| table["columns"][at]["name"].as_str().expect("a name").to_owned();
    (table["name"].as_str().expect("a name").to_owned(), column(1), column(2))
}

/// Links rows.
pub async fn link(db: &Db, compiled: &Compiled, owner: &str, relation: &str, links: &[(Value, Value)]) {
    let (table, from, to) = between(compiled, owner, relation);
    let sql = format!("INSERT INTO \"{table}\" (\"{from}\", \"{to}\") VALUES ($1, $2)").leak();
    for (one, other) in links {
        let done = db.execute(sql, vec![one.to_runtime(), other.to_runtime()]).await;
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

/// A value as it is compared: of a decimal, the zeros at its end say nothing.
fn text(value: &dcrf_runtime::Value) -> String {
    match value {
        dcrf_runtime::Value::Decimal(number) => {
            let text = number.to_string();
            let text =
                if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
            format!("Decimal({text})")
        }
        other => format!("{other:?}"),
    }
}

/// What is otherwise in a database than in a world: rows and links.
pub async fn misses(db: &Db, descriptors: &Descriptors, compiled: &Compiled, world: &World) -> Vec<String> {
    let mut found = Vec::new();
    for (index, own) in world.definition.models.iter().enumerate() {
        let rows = match store::list(db, model(descriptors, world, index)).await {
            Ok(rows) => rows,
            Err(error) => {
                found.push(format!("{}: {error}", own.name));
                continue;
            }
        };
        let shown = |values: &[dcrf_runtime::Value]| values.iter().map(text).collect::<Vec<_>>().join(", ");
        let there: BTreeSet<String> = rows.iter().map(|row| shown(row.values())).collect();
        let wanted = world.rows.tables[index].iter().flatten();
        let wanted = wanted.map(|row| shown(&row.iter().map(Value::to_runtime).collect::<Vec<_>>()));
        let wanted: BTreeSet<String> = wanted.collect();
        found.extend(there.difference(&wanted).map(|row| format!("{} has {row}", own.name)));
        found.extend(wanted.difference(&there).map(|row| format!("{} lacks {row}", own.name)));
    }
    let mut links: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for ((owner, relation), wanted) in &world.links {
        let (table, from, to) = between(compiled, owner, relation);
        let sql = format!("SELECT CAST(\"{from}\" AS TEXT), CAST(\"{to}\" AS TEXT) FROM \"{table}\"").leak();
        let rows = db.query(sql, Vec::new()).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        let plain = |value: &dcrf_runtime::Value| match value {
            dcrf_runtime::Value::Text(text) => text.clone(),
            other => format!("{other:?}"),
        };
        let there =
            rows.iter().map(|row| row.values().iter().map(plain).collect::<Vec<_>>().join(" ")).collect();
        let wanted: BTreeSet<String> =
            wanted.iter().map(|(one, other)| format!("{} {}", spelled(one), spelled(other))).collect();
        links.insert(format!("{owner}.{relation}"), wanted);
        let wanted = &links[&format!("{owner}.{relation}")];
        if *wanted != there {
            found.push(format!("{owner}.{relation} links {there:?} and not {wanted:?}"));
        }
    }
    found
}
