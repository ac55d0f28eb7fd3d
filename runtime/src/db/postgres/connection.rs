//! How values are stored on PostgreSQL.
//!
//! JSON columns are JSON and not JSONB, which would change what was written: digits of numbers, the order of keys.
//! Durations are BIGINT microseconds, because an INTERVAL's months and days have no fixed length.

use std::borrow::Cow;

use futures_util::TryStreamExt as _;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::{Oid, PgInterval};
use sqlx::postgres::{
    PgArgumentBuffer, PgArguments, PgConnection, PgRow, PgTypeInfo, PgValueFormat, Postgres,
};
use sqlx::{Arguments, Column, Either, Encode, Executor, Row as _, Type, TypeInfo, ValueRef};

use crate::db::django::{self, Inet};
use crate::db::fate::DbResult;
use crate::db::statement::{Arg, Outcome, Shape, Statement, too_many_bytes, unbindable, undecodable};
use crate::ground::scalar::{DateTime, Duration, Json};
use crate::schema::meta::is_integer_choice;
use crate::schema::meta::{ColumnMeta, Kind, Storage, TypeMeta};
use crate::schema::row::Row;
use crate::schema::value::Value;

/// The bytes of rows that are read before other tasks have their turn.
const STRETCH: usize = 64 * 1024;

/// Runs a statement on a connection.
pub(crate) async fn run(connection: &mut PgConnection, statement: &Statement) -> DbResult<Outcome> {
    run_until(connection, statement, &mut false).await
}

/// Does the same; `completed` becomes true as soon as the server reports that the statement is complete.
pub(super) async fn run_until(
    connection: &mut PgConnection,
    statement: &Statement,
    completed: &mut bool,
) -> DbResult<Outcome> {
    let mut args = PgArguments::default();
    for arg in &statement.args {
        bind(&mut args, arg)?;
    }
    let (mut rows, mut affected, mut bytes) = (Vec::new(), 0, statement.row_bytes());
    let nothing = matches!(statement.shape, Shape::Nothing);
    let (mut undecodable, mut next) = (None, STRETCH);
    let mut answer = connection.fetch_many(sqlx::query_with(statement.sql.clone(), args));
    while let Some(step) = answer.try_next().await? {
        match step {
            Either::Left(done) => {
                *completed = true;
                affected += done.rows_affected();
            }
            Either::Right(_) if nothing || undecodable.is_some() => {}
            Either::Right(row) => match decode(&row, &statement.shape) {
                Ok(row) => {
                    bytes.add(row.bytes()).map_err(too_many_bytes)?;
                    rows.push(row);
                    if bytes.bytes() >= next {
                        // The server has sent so much that other tasks should have their turn.
                        next = bytes.bytes() + STRETCH;
                        tokio::task::yield_now().await;
                    }
                }
                // A write is stored once the server reports that it is complete.
                Err(error) => undecodable = Some(error),
            },
        }
    }
    drop(answer);
    if let Some(error) = undecodable {
        return Err(error);
    }
    if nothing {
        return Ok(Outcome { rows: Vec::new(), affected });
    }
    bytes.finish().map_err(too_many_bytes)?;
    let affected = rows.len() as u64;
    Ok(Outcome { rows, affected })
}

/// JSON text, unchanged.
struct JsonText<'a>(&'a str);

impl Type<Postgres> for JsonText<'_> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(114))
    }
}

impl Encode<'_, Postgres> for JsonText<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }
}

/// A `null` whose type the database infers.
struct AnyNull;

impl Type<Postgres> for AnyNull {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl Encode<'_, Postgres> for AnyNull {
    fn encode_by_ref(&self, _: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }
}

fn bind(args: &mut PgArguments, arg: &Arg) -> DbResult<()> {
    let added = match &arg.value {
        Value::Null => bind_null(args, arg.ty),
        Value::Boolean(value) => args.add(*value),
        Value::Integer(value) => args.add(*value),
        Value::Float(value) => args.add(*value),
        Value::Text(value) if arg.ty.is_some_and(TypeMeta::is_inet) => {
            args.add(Inet::parse(value).ok_or_else(|| unbindable(&arg.value))?)
        }
        Value::Text(value) => args.add(value.as_str()),
        Value::Decimal(value) => args.add(value.into_inner()),
        Value::Date(value) => args.add(value.into_inner()),
        Value::DateTime(value) => args.add(value.into_inner()),
        Value::Time(value) => args.add(value.into_inner()),
        Value::Duration(value) if arg.ty.is_some_and(is_interval) => args.add(django::interval(*value)),
        Value::Duration(value) => args.add(value.column_micros().ok_or_else(|| unbindable(&arg.value))?),
        Value::Uuid(value) => args.add(value.into_inner()),
        Value::Bytes(value) => args.add(value.as_slice()),
        Value::Json(value) => args.add(JsonText(value.as_str())),
        // The values are of one kind: see `Composer::among`.
        Value::List(items) => {
            let (mut integers, mut texts, mut uuids) = (Vec::new(), Vec::new(), Vec::new());
            for item in items {
                match item {
                    Value::Integer(value) => integers.push(*value),
                    Value::Text(value) => texts.push(value.as_str()),
                    Value::Uuid(value) => uuids.push(value.into_inner()),
                    other => return Err(unbindable(other)),
                }
            }
            match (texts.is_empty(), uuids.is_empty()) {
                (true, true) => args.add(integers),
                (false, _) => args.add(texts),
                (true, false) => args.add(uuids),
            }
        }
        other => return Err(unbindable(other)),
    };
    added.map_err(sqlx::Error::Encode)
}

fn is_interval(ty: &TypeMeta) -> bool {
    ty.storage == Storage::Django && matches!(ty.kind, Kind::Duration)
}

/// Binds a typed null, because a statement is prepared once, with the types of the first values.
fn bind_null(args: &mut PgArguments, ty: Option<&TypeMeta>) -> Result<(), BoxDynError> {
    let Some(ty) = ty else { return args.add(AnyNull) };
    match ty.kind {
        _ if ty.is_inet() => args.add(None::<Inet>),
        _ if is_interval(ty) => args.add(None::<PgInterval>),
        Kind::Boolean => args.add(None::<bool>),
        Kind::Integer | Kind::Duration => args.add(None::<i64>),
        Kind::Float => args.add(None::<f64>),
        Kind::Decimal { .. } => args.add(None::<rust_decimal::Decimal>),
        Kind::Uuid => args.add(None::<uuid::Uuid>),
        Kind::Date => args.add(None::<time::Date>),
        Kind::DateTime => args.add(None::<time::OffsetDateTime>),
        Kind::Time => args.add(None::<time::Time>),
        Kind::Bytes => args.add(None::<Vec<u8>>),
        Kind::Choice(choices) if is_integer_choice(choices) => args.add(None::<i64>),
        Kind::Json
        | Kind::BigInteger
        | Kind::List(_)
        | Kind::Tuple(_)
        | Kind::Map(_)
        | Kind::Object(_)
        | Kind::Union(_) => args.add(None::<JsonText<'_>>),
        Kind::Text | Kind::Form(_) | Kind::Choice(_) => args.add(None::<String>),
    }
}

fn decode(row: &PgRow, shape: &Shape) -> DbResult<Row> {
    let values = match shape {
        Shape::Columns(columns) => all_typed(row, columns.iter())?,
        Shape::Picked(columns) => all_typed(row, columns.iter().copied())?,
        Shape::Keyed(key, columns) => all_typed(row, std::iter::once(*key).chain(columns.iter()))?,
        Shape::Untyped | Shape::Nothing => {
            (0..row.len()).map(|index| untyped(row, index)).collect::<DbResult<_>>()?
        }
    };
    Ok(Row::new(values))
}

fn all_typed<'a>(row: &PgRow, columns: impl Iterator<Item = &'a ColumnMeta>) -> DbResult<Vec<Value>> {
    let columns = columns.enumerate();
    columns.map(|(index, column)| typed(row, index, column.name, &column.ty.kind)).collect()
}

/// Reads a value by the database's type, and converts it to the column's kind: unmanaged tables have other types.
fn typed(row: &PgRow, index: usize, name: &str, kind: &Kind) -> DbResult<Value> {
    let value = untyped(row, index)?;
    let wrong = || undecodable(name, kind);
    Ok(match (kind, value) {
        (_, Value::Null) => Value::Null,
        (Kind::Float, Value::Decimal(number)) => {
            Value::Float(number.to_string().parse().map_err(|_| wrong())?)
        }
        (Kind::Duration, Value::Integer(micros)) => Value::Duration(Duration::from_micros(micros)),
        (Kind::Decimal { .. }, Value::Integer(number)) => Value::Decimal(number.into()),
        (Kind::Uuid, Value::Text(text)) => Value::Uuid(text.parse().map_err(|_| wrong())?),
        (
            Kind::Json | Kind::List(_) | Kind::Tuple(_) | Kind::Map(_) | Kind::Object(_) | Kind::Union(_),
            Value::Text(text),
        ) => crate::db::statement::json(text).ok_or_else(wrong)?,
        (_, value) => value,
    })
}

fn untyped(row: &PgRow, index: usize) -> DbResult<Value> {
    let raw = row.try_get_raw(index)?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let ty = raw.type_info();
    Ok(match ty.name() {
        "BOOL" => Value::Boolean(row.try_get_unchecked(index)?),
        "INT8" => Value::Integer(row.try_get_unchecked(index)?),
        "INT4" => Value::Integer(row.try_get_unchecked::<i32, _>(index)?.into()),
        "INT2" => Value::Integer(row.try_get_unchecked::<i16, _>(index)?.into()),
        "FLOAT8" => Value::Float(row.try_get_unchecked(index)?),
        "FLOAT4" => Value::Float(row.try_get_unchecked::<f32, _>(index)?.into()),
        "NUMERIC" => Value::Decimal(row.try_get_unchecked::<rust_decimal::Decimal, _>(index)?.into()),
        "UUID" => Value::Uuid(row.try_get_unchecked::<uuid::Uuid, _>(index)?.into()),
        "DATE" => Value::Date(row.try_get_unchecked::<time::Date, _>(index)?.into()),
        "TIME" => Value::Time(row.try_get_unchecked::<time::Time, _>(index)?.into()),
        "TIMESTAMPTZ" => Value::DateTime(row.try_get_unchecked::<time::OffsetDateTime, _>(index)?.into()),
        "TIMESTAMP" => {
            let local: time::PrimitiveDateTime = row.try_get_unchecked(index)?;
            Value::DateTime(DateTime::from(local.assume_utc()))
        }
        "INTERVAL" => {
            let interval: PgInterval = row.try_get_unchecked(index)?;
            let length = django::duration(&interval);
            Value::Duration(length.ok_or_else(|| undecodable(row.column(index).name(), &Kind::Duration))?)
        }
        "INET" => {
            let address = Inet::text_of(raw.as_bytes().map_err(sqlx::Error::Decode)?);
            Value::Text(address.ok_or_else(|| undecodable(row.column(index).name(), &Kind::Ip))?)
        }
        "BYTEA" => Value::Bytes(row.try_get_unchecked::<Vec<u8>, _>(index)?.into()),
        "JSON" | "JSONB" => Value::Json(Json::trusted(json_text(row, index)?)),
        "TEXT" | "VARCHAR" | "CHAR" | "BPCHAR" | "NAME" | "\"CHAR\"" | "UNKNOWN" => {
            Value::Text(row.try_get_unchecked(index)?)
        }
        _ => return Err(undecodable(row.column(index).name(), &Kind::Text)),
    })
}

/// Returns the text of a JSON value; JSONB's binary form begins with its version.
fn json_text(row: &PgRow, index: usize) -> DbResult<String> {
    let raw = row.try_get_raw(index)?;
    let binary_jsonb = raw.format() == PgValueFormat::Binary && raw.type_info().name() == "JSONB";
    let bytes = raw.as_bytes().map_err(sqlx::Error::Decode)?;
    let text = if binary_jsonb { bytes.get(1..).unwrap_or_default() } else { bytes };
    Ok(match String::from_utf8_lossy(text) {
        Cow::Borrowed(text) => text.trim().to_owned(),
        Cow::Owned(text) => text,
    })
}
