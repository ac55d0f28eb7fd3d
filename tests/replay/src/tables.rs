//! The tables of an application, which scenarios empty and fill with rows as they are: nothing is validated, and no
//! subscriber is told. Ids begin at 1 again; after rows with ids they go on after the highest.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use dcrf_runtime::db::Dialect;
use dcrf_runtime::meta::{Auto, ColumnMeta, Kind, Literal, ModelMeta};
use dcrf_runtime::{Bytes, Date, DateTime, Db, Decimal, Duration, Error, Json, Result, Time, Uuid, Value};

/// The tables of an application.
#[derive(Debug)]
pub struct Tables {
    /// Every model; one that refers to another comes after it.
    pub models: &'static [&'static ModelMeta],
    /// The tables of many-to-many relations: the key of the scenario and the column, of both ends.
    pub links: &'static [(&'static str, [(&'static str, &'static str); 2])],
}

impl Tables {
    /// Empties every table and inserts the rows that these have, as JSON.
    ///
    /// # Errors
    /// [`Error::Validation`] if there is no such table or a row does not fit it; [`Error::Database`].
    pub async fn fill(&self, db: &Db, tables: &[(String, Json)]) -> Result<()> {
        let known = |name: &str| {
            let models = self.models.iter().map(|table| table.table);
            models.chain(self.links.iter().map(|(link, _)| *link)).any(|table| table == name)
        };
        if let Some((unknown, _)) = tables.iter().find(|(name, _)| !known(name)) {
            return Err(Error::invalid(format!("There is no table {unknown}.")));
        }
        for table in self.models.iter().rev() {
            db.execute(kept(format!("DELETE FROM \"{}\"", table.table)), Vec::new()).await?;
        }
        if db.dialect() == Dialect::Sqlite {
            db.execute("DELETE FROM sqlite_sequence", Vec::new()).await?;
        }
        for table in self.models {
            let mut last = 0;
            for row in rows_of(tables, table.table)? {
                last = last.max(insert(db, table, &row.entries()?).await?);
            }
            let is_numbered = table.columns.iter().any(|column| column.auto == Auto::Key);
            if db.dialect() == Dialect::Postgres && is_numbered {
                let sql =
                    format!("SELECT setval(pg_get_serial_sequence('\"{}\"', 'id'), $1, false)", table.table);
                db.query(kept(sql), vec![Value::from(last + 1)]).await?;
            }
        }
        for (table, columns) in self.links {
            for row in rows_of(tables, table)? {
                link(db, table, columns, &row.entries()?).await?;
            }
        }
        Ok(())
    }
}

/// The rows of a table.
fn rows_of(tables: &[(String, Json)], table: &str) -> Result<Vec<Json>> {
    let rows = tables.iter().find(|(name, _)| name == table);
    rows.map_or(Ok(Vec::new()), |(_, rows)| rows.items())
}

/// Inserts a row of a many-to-many relation. Its number is nobody's business.
async fn link(db: &Db, table: &str, columns: &[(&str, &str); 2], row: &[(String, Json)]) -> Result<()> {
    let key = |name: &str| {
        let value = row.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        value.ok_or_else(|| Error::invalid(format!("A row leaves out {name}.")))?.parse::<i64>()
    };
    let [(a, from), (b, to)] = columns;
    let sql = format!("INSERT INTO \"{table}\" (\"{from}\", \"{to}\") VALUES ($1, $2)");
    db.execute(kept(sql), vec![Value::from(key(a)?), Value::from(key(b)?)]).await?;
    Ok(())
}

/// Inserts a row; its id. What is `null` is written into the statement, so that all that is bound has a type.
async fn insert(db: &Db, table: &'static ModelMeta, entries: &[(String, Json)]) -> Result<i64> {
    let (mut names, mut places, mut values, mut id) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for column in table.columns {
        let given = entries.iter().find(|(name, _)| name == column.name).map(|(_, value)| value);
        let value = match given {
            Some(json) if json.is_null() => Value::Null,
            Some(json) => value(db, column, json)?,
            None => default(db, column)?,
        };
        if let (Auto::Key, Value::Integer(key)) = (column.auto, &value) {
            id = *key;
        }
        names.push(format!("\"{}\"", column.column));
        if value == Value::Null {
            places.push("NULL".to_owned());
        } else {
            values.push(value);
            places.push(format!("${}", values.len()));
        }
    }
    let (names, places) = (names.join(", "), places.join(", "));
    let sql = format!("INSERT INTO \"{}\" ({names}) VALUES ({places})", table.table);
    db.execute(kept(sql), values).await?;
    Ok(id)
}

/// What a column holds that a row leaves out.
fn default(db: &Db, column: &'static ColumnMeta) -> Result<Value> {
    let json = match column.default {
        Some(Literal::Null) => return Ok(Value::Null),
        Some(Literal::Boolean(value)) => return Ok(Value::Boolean(value)),
        Some(Literal::Integer(value)) => return Ok(Value::Integer(value)),
        Some(Literal::Number(text) | Literal::Json(text)) => text.parse()?,
        Some(Literal::Text(text)) => Json::new(text)?,
        None if column.ty.nullable => return Ok(Value::Null),
        None if matches!(column.auto, Auto::Now | Auto::NowAdd) => return Ok(DateTime::now().into()),
        None => return Err(Error::invalid(format!("A row leaves out {}.", column.name))),
    };
    value(db, column, &json)
}

/// A value of a column, out of JSON that is not `null`.
fn value(db: &Db, column: &'static ColumnMeta, json: &Json) -> Result<Value> {
    Ok(match column.ty.kind {
        Kind::Boolean => Value::Boolean(json.parse()?),
        Kind::Integer => Value::Integer(json.parse()?),
        Kind::Float => Value::Float(json.parse()?),
        Kind::Decimal { decimal_places, .. } => {
            let number: Decimal = scalar(json)?;
            match db.dialect() {
                Dialect::Sqlite => Value::Integer(scaled(&number.to_string(), decimal_places)?),
                Dialect::Postgres => Value::Decimal(number),
            }
        }
        Kind::Uuid => Value::Uuid(scalar::<Uuid>(json)?),
        Kind::Date => Value::Date(scalar::<Date>(json)?),
        Kind::DateTime => Value::DateTime(scalar::<DateTime>(json)?),
        Kind::Time => Value::Time(scalar::<Time>(json)?),
        Kind::Duration => Value::Duration(scalar::<Duration>(json)?),
        Kind::Bytes => Value::Bytes(Bytes::from(json.parse::<Vec<u8>>()?)),
        Kind::Choice(_) if !json.as_str().starts_with('"') => Value::Integer(json.parse()?),
        Kind::Choice(_) | Kind::Text | Kind::Form(_) => Value::Text(json.parse()?),
        // All else is a column of JSON.
        _ => Value::Json(json.clone()),
    })
}

fn scalar<T: std::str::FromStr>(json: &Json) -> Result<T> {
    let text: String = json.parse()?;
    text.parse().map_err(|_| Error::invalid(format!("{text} does not fit its column.")))
}

/// A decimal as SQLite stores it: times 10 to the power of its places.
fn scaled(number: &str, places: u32) -> Result<i64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction:0<width$}", width = places as usize);
    digits.parse().map_err(|_| Error::invalid(format!("{number} does not fit its column.")))
}

/// The statement, kept for ever: there are as many as tables and sets of columns.
fn kept(sql: String) -> &'static str {
    static KEPT: LazyLock<Mutex<HashMap<String, &'static str>>> = LazyLock::new(Mutex::default);
    let mut all = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    all.entry(sql).or_insert_with_key(|sql| Box::leak(sql.clone().into_boxed_str()))
}
