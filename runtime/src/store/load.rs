//! Loads related rows: one query per relation and 1000 rows.

use std::collections::{HashMap, HashSet};

use crate::db::{Composer, Db, Shape, Statement};
use crate::ground::error::Result;
use crate::schema::key::Key;
use crate::schema::meta::{Between, ColumnMeta, ModelMeta, RelationMeta, Via};
use crate::schema::row::Row;
use crate::schema::value::Value;

/// The greatest number of keys of one query. Databases limit the number of parameters; a list is rarely longer.
const CHUNK: usize = 1000;

/// Related rows, by the keys of the rows to which they are related; those of one row are in the order of their
/// model.
#[derive(Debug, Default)]
pub(crate) struct Related {
    by_key: HashMap<Key<'static>, Vec<usize>>,
    /// All related rows; a row that is related to several rows appears several times.
    pub(crate) rows: Vec<Row>,
}

/// Keys of related rows, by the keys of the rows to which they are related.
#[derive(Debug, Default)]
pub(crate) struct RelatedKeys {
    by_key: HashMap<Key<'static>, Vec<Value>>,
}

impl Related {
    /// Returns the positions in `rows` of the rows that are related to the row with this key.
    pub(crate) fn positions<'a>(&'a self, key: &'a Value) -> &'a [usize] {
        self.by_key.get(&Key::of(key)).map_or(&[], Vec::as_slice)
    }
}

impl RelatedKeys {
    /// Returns the keys that are related to the row with this key.
    pub(crate) fn of<'a>(&'a self, key: &'a Value) -> &'a [Value] {
        self.by_key.get(&Key::of(key)).map_or(&[], Vec::as_slice)
    }
}

/// Returns the distinct keys, without `null`, in groups of at most [`CHUNK`].
fn chunks<'a>(keys: impl Iterator<Item = &'a Value>) -> Vec<Vec<Value>> {
    let mut seen = HashSet::new();
    let mut distinct: Vec<Value> =
        keys.filter(|key| **key != Value::Null && seen.insert(Key::of(key))).cloned().collect();
    let mut chunks = Vec::with_capacity(distinct.len().div_ceil(CHUNK));
    while !distinct.is_empty() {
        let rest = distinct.split_off(distinct.len().min(CHUNK));
        chunks.push(std::mem::replace(&mut distinct, rest));
    }
    chunks
}

/// Returns the rows of a model with these keys, in the order of their keys.
pub(crate) async fn rows_by_key<'a>(
    db: &Db,
    model: &'static ModelMeta,
    keys: impl Iterator<Item = &'a Value>,
) -> Result<Vec<Row>> {
    rows_by(db, model, model.key, keys).await
}

/// Returns the rows of a model with these values of a column, in the order of their keys.
pub(crate) async fn rows_by<'a>(
    db: &Db,
    model: &'static ModelMeta,
    column: usize,
    values: impl Iterator<Item = &'a Value>,
) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for values in chunks(values) {
        let mut sql = Composer::new(db.dialect());
        sql.select(model).text(" WHERE ").is_in(&model.columns[column], values);
        sql.order_by(&[(model.key_column(), false)]);
        let (sql, args) = sql.finish();
        rows.extend(db.run(Statement::read(sql, args, Shape::Columns(model.columns))).await?.rows);
    }
    Ok(rows)
}

/// Returns the rows that are related to rows of `model` by one of its relations. A row that is related to several rows
/// appears several times.
pub(crate) async fn related_rows(
    db: &Db,
    model: &'static ModelMeta,
    relation: &'static RelationMeta,
    rows: &[Row],
) -> Result<Related> {
    let target = (relation.target)();
    let mut related = Related::default();
    for keys in chunks(rows.iter().map(|row| row.get(model.key))) {
        match relation.via {
            Via::Column(column) | Via::One(column) => {
                let mut sql = Composer::new(db.dialect());
                sql.select(target).text(" WHERE ").is_in(&target.columns[column], keys);
                sql.ordered(target);
                let (sql, args) = sql.finish();
                let found = db.run(Statement::read(sql, args, Shape::Columns(target.columns))).await?.rows;
                for row in found {
                    related.add(Key::of(row.get(column)).into_owned(), row);
                }
            }
            Via::Table { .. } | Via::Through { .. } => {
                for mut row in pairs(db, model, relation, target.columns, &keys).await? {
                    let mut values = std::mem::take(row.values_mut());
                    let own = values.remove(0);
                    related.add(Key::of(&own).into_owned(), Row::new(values));
                }
            }
        }
    }
    Ok(related)
}

impl Related {
    fn add(&mut self, key: Key<'static>, row: Row) {
        self.by_key.entry(key).or_default().push(self.rows.len());
        self.rows.push(row);
    }
}

/// Returns the keys of the rows that are related to rows of `model` by one of its relations.
pub(crate) async fn related_keys(
    db: &Db,
    model: &'static ModelMeta,
    relation: &'static RelationMeta,
    rows: &[Row],
) -> Result<RelatedKeys> {
    let target = (relation.target)();
    let mut related = RelatedKeys::default();
    for keys in chunks(rows.iter().map(|row| row.get(model.key))) {
        let key = std::slice::from_ref(target.key_column());
        let found = match relation.via {
            Via::Column(column) | Via::One(column) => {
                let by = &target.columns[column];
                let mut sql = Composer::new(db.dialect());
                sql.text("SELECT ").name(by.column).text(", ").name(target.key_column().column);
                sql.text(" FROM ").name(target.table).text(" WHERE ").is_in(by, keys);
                sql.ordered(target);
                let (sql, args) = sql.finish();
                db.run(Statement::read(sql, args, Shape::Keyed(by, key))).await?.rows
            }
            Via::Table { .. } | Via::Through { .. } => pairs(db, model, relation, key, &keys).await?,
        };
        for row in found {
            let (own, other) = (row.get(0), row.get(1));
            related.by_key.entry(Key::of(own).into_owned()).or_default().push(other.clone());
        }
    }
    Ok(related)
}

/// Returns columns of the rows at the other end of a many-to-many table, each after the key of the row at this end.
async fn pairs(
    db: &Db,
    model: &'static ModelMeta,
    relation: &'static RelationMeta,
    columns: &'static [ColumnMeta],
    keys: &[Value],
) -> Result<Vec<Row>> {
    let Some(Between { table, from, to }) = relation.via.between() else { return Ok(Vec::new()) };
    let target = (relation.target)();
    // The table of pairs has an alias, because the rows of the target may be these pairs.
    let mut sql = Composer::new(db.dialect());
    sql.text("SELECT ").qualified("between", from);
    for column in columns {
        sql.text(", ").column_of(target.table, column);
    }
    sql.text(" FROM ").name(table).text(" AS ").name("between");
    sql.text(" JOIN ").name(target.table);
    sql.text(" ON ").qualified(target.table, target.key_column().column);
    sql.text(" = ").qualified("between", to);
    sql.text(" WHERE ").qualified("between", from).text(" IN ").among(model.key_column(), keys.to_vec());
    sql.ordered_among_others(target);
    let (sql, args) = sql.finish();
    Ok(db.run(Statement::read(sql, args, Shape::Keyed(model.key_column(), columns))).await?.rows)
}
