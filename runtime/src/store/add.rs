//! Columns that are changed relative to their values: Django's `F()`.
//!
//! Where the database adds exactly, it does so in the `UPDATE`, which changes the row only if the sum obeys the rules
//! of its column; so no other write can come between, and one statement is enough. Where the two databases add
//! differently (floats beyond their range, decimals that SQLite keeps as texts, columns of unmanaged tables), the sum
//! is computed here, for a row that is locked.

use super::attempt::Attempt;
use super::capture;
use super::constraints::is_of_a_check;
use super::lock::find_locked;
use super::naming::{Errors, Naming};
use super::read::find_within;
use super::refusal::{TOO_LARGE, explain};
use super::row_selector::RowSelector;
use super::values::{Values, check, with_now};
use super::write::{ATTEMPTS, change, conflict, refused, saved};
use crate::change::Change;
use crate::condition::Assigned;
use crate::db::{Compare, Composer, Db, Dialect, Lock, Shape, Statement};
use crate::ground::error::{Detail, Error, Result};
use crate::ground::future::BoxFuture;
use crate::ground::scalar::{Decimal, Duration, MAX_SCALED_DIGITS};
use crate::schema::meta::{ColumnMeta, Isolation, Kind, ModelMeta, Rule, Storage};
use crate::schema::row::Row;
use crate::schema::value::Value;
use crate::wire::decode::{check_deep, fits_column};

/// An amount that is added to a column.
#[derive(Debug, Clone)]
pub(super) struct Increment {
    index: usize,
    column: &'static ColumnMeta,
    amount: Value,
}

/// Changes a row relative to its values at the time of the write, and returns it as stored.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Validation`] if a value or a sum breaks a rule of its column, or if an amount would be
/// added to `null`; [`Error::Database`].
pub(crate) fn assign<'a>(
    db: &'a Db,
    meta: &'static ModelMeta,
    key: Value,
    assigned: Vec<(usize, Assigned)>,
) -> BoxFuture<'a, Result<Row>> {
    Box::pin(async move {
        let (values, sums) = split(meta, assigned)?;
        check(meta, &values)?;
        let which = RowSelector::new(meta.key, key);
        if sums.is_empty() {
            return change(db, meta, which, values, Naming::Columns(meta)).await;
        }
        let windows: Option<Vec<(Value, Value)>> = sums.iter().map(|sum| sum.window(db.dialect())).collect();
        let changed: Vec<usize> =
            values.iter().map(|(index, _)| *index).chain(sums.iter().map(|sum| sum.index)).collect();
        match windows.filter(|_| !capture::needs_before(db, meta, &changed)) {
            Some(windows) => in_statement(db, meta, &which, with_now(meta, values), &sums, &windows).await,
            None => to_locked_row(db, meta, which, values, sums).await,
        }
    })
}

/// Returns the values that columns get, and the amounts that are added to others.
///
/// # Errors
/// [`Error::Internal`] if a column is changed twice, or something is added to a key; [`Error::Validation`] for an amount
/// with more places than its column has.
pub(super) fn split(
    meta: &'static ModelMeta,
    assigned: Vec<(usize, Assigned)>,
) -> Result<(Values, Vec<Increment>)> {
    let (mut values, mut sums) = (Values::new(), Vec::new());
    for (index, assigned) in assigned {
        let column = &meta.columns[index];
        if values.iter().any(|(own, _)| *own == index)
            || sums.iter().any(|sum: &Increment| sum.index == index)
        {
            return Err(Error::internal(format!("{}.{} is changed twice at once", meta.name, column.name)));
        }
        match assigned {
            Assigned::Set(value) => values.push((index, value)),
            Assigned::Add(_) if index == meta.key => {
                return Err(Error::internal(format!("{}: nothing can be added to a key", meta.name)));
            }
            Assigned::Add(amount) => sums.push(Increment::new(index, column, amount)?),
        }
    }
    Ok((values, sums))
}

/// Changes the row in one statement.
async fn in_statement(
    db: &Db,
    meta: &'static ModelMeta,
    which: &RowSelector,
    values: Values,
    sums: &[Increment],
    windows: &[(Value, Value)],
) -> Result<Row> {
    let naming = Naming::Columns(meta);
    for _ in 0..ATTEMPTS {
        let statement = statement(db, meta, which, &values, sums, windows);
        let attempt = Attempt { meta, values: &values, current: None, naming };
        let done = saved(db, meta, statement, move |row| Change::saved(meta, None, row)).await;
        let broken = match refused(done, Some(&attempt)) {
            Ok(outcome) => match outcome.and_then(|outcome| outcome.first()) {
                Some(row) => return Ok(row),
                None => None,
            },
            Err(error) if is_of_a_check(&error, meta) => Some(error),
            Err(error) => return Err(error),
        };
        // The row does not exist, or its values or other rows do not permit the change.
        let row = find_within(db, meta, which).await?.ok_or(Error::NotFound)?;
        let values = added(values.clone(), sums, &row)?;
        explain(db, &Attempt { meta, values: &values, current: Some(&row), naming }).await?.into_result()?;
        broken.map_or(Ok(()), Err)?;
    }
    Err(conflict())
}

fn statement(
    db: &Db,
    meta: &'static ModelMeta,
    which: &RowSelector,
    values: &Values,
    sums: &[Increment],
    windows: &[(Value, Value)],
) -> Statement {
    let mut sql = Composer::new(db.dialect());
    sql.text("UPDATE ").name(meta.table);
    let mut between = " SET ";
    for (index, value) in values {
        sql.text(between).assigned(&meta.columns[*index], value.clone());
        between = ", ";
    }
    for sum in sums {
        sum.compose(sql.text(between));
        between = ", ";
    }
    which.compose(meta, &mut sql);
    for (sum, (least, most)) in sums.iter().zip(windows) {
        sql.text(" AND ").compare(sum.column, Compare::GreaterOrEqual, least.clone());
        sql.text(" AND ").compare(sum.column, Compare::LessOrEqual, most.clone());
    }
    sql.returning(meta);
    let (sql, args) = sql.finish();
    Statement::write(sql, args, Shape::Columns(meta.columns))
}

/// Changes the row while it is locked.
async fn to_locked_row(
    db: &Db,
    meta: &'static ModelMeta,
    which: RowSelector,
    values: Values,
    sums: Vec<Increment>,
) -> Result<Row> {
    let step = |db: Db| -> BoxFuture<'_, Result<Row>> {
        let (which, values, sums) = (which.clone(), values.clone(), sums.clone());
        Box::pin(async move {
            let row = find_locked(&db, meta, &which, Lock::Values).await?.ok_or(Error::NotFound)?;
            let values = added(values, &sums, &row)?;
            change(&db, meta, which, values, Naming::Columns(meta)).await
        })
    };
    db.atomically(Isolation::Database, step).await
}

/// Adds the sums to the values; each sum is computed with the row's value of its column.
pub(super) fn added(mut values: Values, sums: &[Increment], row: &Row) -> Result<Values> {
    let mut errors = Errors::default();
    for sum in sums {
        match sum.of(row.values().get(sum.index).unwrap_or(&Value::Null)) {
            Ok(value) => values.push((sum.index, value)),
            Err(detail) => errors.add(sum.column.name, detail),
        }
    }
    errors.into_result().map(|()| values)
}

/// The limits of a number: the values that a column may have, both ends included.
struct Limits<T> {
    least: T,
    most: T,
}

impl<T: PartialOrd> Limits<T> {
    /// Narrows the limits by the rules of a column. Returns `None` if it has rules other than limits, or limits that
    /// cannot be parsed as such numbers.
    fn narrowed(mut self, rules: &[Rule], read: impl Fn(&str) -> Option<T>) -> Option<Self> {
        for rule in rules {
            match rule {
                Rule::Minimum(limit) => {
                    let limit = read(limit)?;
                    if limit > self.least {
                        self.least = limit;
                    }
                }
                Rule::Maximum(limit) => {
                    let limit = read(limit)?;
                    if limit < self.most {
                        self.most = limit;
                    }
                }
                _ => return None,
            }
        }
        Some(self)
    }
}

impl Increment {
    fn new(index: usize, column: &'static ColumnMeta, amount: Value) -> Result<Self> {
        if let (Kind::Decimal { decimal_places, .. }, Value::Decimal(number)) = (column.ty.kind, &amount)
            && number.with_places(decimal_places).is_none()
        {
            let text = format!("Ensure that there are no more than {decimal_places} decimal places.");
            return Err(Error::field(column.name, text));
        }
        Ok(Self { index, column, amount })
    }

    /// Returns the position of the column.
    pub(super) fn index(&self) -> usize {
        self.index
    }

    /// Appends the assignment of the sum to the column.
    pub(super) fn compose(&self, sql: &mut Composer) {
        let Self { column, amount, .. } = self;
        sql.name(column.column).text(" = ").name(column.column).text(" + ").of(column, amount.clone());
    }

    /// Tells whether the database adds exactly as [`of`](Self::of) does.
    pub(super) fn is_exact(&self, dialect: Dialect) -> bool {
        let Self { column, .. } = self;
        if column.sql.is_some() || column.ty.storage == Storage::Django {
            return false;
        }
        match column.ty.kind {
            Kind::Integer | Kind::Duration => true,
            Kind::Decimal { max_digits, .. } => {
                dialect.adds_long_decimals() || max_digits <= MAX_SCALED_DIGITS
            }
            _ => false,
        }
    }

    /// Returns the range in which the column's value must lie, so that the sum is a valid value. Returns `None` if the
    /// database does not add in the same way, or would not report all that is wrong.
    fn window(&self, dialect: Dialect) -> Option<(Value, Value)> {
        let Self { column, amount, .. } = self;
        if !self.is_exact(dialect) {
            return None;
        }
        match (column.ty.kind, amount) {
            (Kind::Integer, Value::Integer(amount)) => {
                integers(column.ty.rules, *amount).map(|(least, most)| (least.into(), most.into()))
            }
            (Kind::Duration, Value::Duration(amount)) => {
                let (least, most) = integers(column.ty.rules, amount.column_micros()?)?;
                Some((Duration::from_micros(least).into(), Duration::from_micros(most).into()))
            }
            (Kind::Decimal { max_digits, decimal_places }, Value::Decimal(amount)) => {
                decimals(column.ty.rules, *amount, max_digits, decimal_places)
                    .map(|(least, most)| (least.into(), most.into()))
            }
            _ => None,
        }
    }

    /// Returns the sum with the column's value, or what is wrong with it.
    fn of(&self, held: &Value) -> Result<Value, Detail> {
        let sum = match (held, &self.amount) {
            (Value::Null, _) => return Err(Detail::message("This is null: nothing can be added to it.")),
            (Value::Integer(held), Value::Integer(amount)) => held.checked_add(*amount).map(Value::Integer),
            (Value::Float(held), Value::Float(amount)) => {
                Some(held + amount).filter(|sum| sum.is_finite()).map(Value::Float)
            }
            (Value::Decimal(held), Value::Decimal(amount)) => {
                held.into_inner().checked_add(amount.into_inner()).map(|sum| Value::Decimal(sum.into()))
            }
            (Value::Duration(held), Value::Duration(amount)) => {
                let sum = held.as_micros().checked_add(amount.as_micros());
                sum.and_then(Duration::of_micros).map(Value::Duration)
            }
            _ => return Err(Detail::message("Nothing can be added to this.")),
        };
        let sum = sum.ok_or_else(|| Detail::message(TOO_LARGE))?;
        match check_deep(&self.column.ty, &sum).and_then(|()| Ok(fits_column(&sum)?)) {
            Ok(()) => Ok(sum),
            Err(refusal) => Err(refusal.detail(&[])),
        }
    }
}

/// Returns the least and the greatest integer to which an amount can be added.
fn integers(rules: &[Rule], amount: i64) -> Option<(i64, i64)> {
    let all = Limits { least: i128::from(i64::MIN), most: i128::from(i64::MAX) };
    let limits = all.narrowed(rules, |limit| limit.parse().ok())?;
    let amount = i128::from(amount);
    // A range without integers is empty, even if it lies beyond their range.
    let within = |number: i128| number.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
    let (least, most) = (limits.least - amount, limits.most - amount);
    let beyond = least > i64::MAX.into() || most < i64::MIN.into();
    Some(if beyond { (1, 0) } else { (within(least), within(most)) })
}

/// Returns the least and the greatest decimal to which an amount can be added.
fn decimals(rules: &[Rule], amount: Decimal, digits: u32, places: u32) -> Option<(Decimal, Decimal)> {
    let most = Decimal::new(10_i128.checked_pow(digits)? - 1, places)?;
    let least = Decimal::from(-most.into_inner());
    let read = |limit: &str| limit.parse::<Decimal>().ok()?.with_places(places);
    let limits = Limits { least, most }.narrowed(rules, read)?;
    let amount = amount.into_inner();
    // An amount with more digits than any column can only give an error.
    if amount.abs() > most.into_inner() + most.into_inner() {
        return None;
    }
    let without = |limit: Decimal| limit.into_inner().checked_sub(amount).map(Decimal::from);
    Some((without(limits.least)?, without(limits.most)?))
}

#[cfg(test)]
mod tests {
    use super::{decimals, integers};
    use crate::ground::scalar::Decimal;
    use crate::schema::meta::Rule;

    #[test]
    fn a_window_holds_what_can_be_added_to() {
        let rules = [Rule::Minimum("0"), Rule::Maximum("10")];
        assert_eq!(integers(&rules, -3), Some((3, 13)));
        assert_eq!(integers(&[], 1), Some((i64::MIN, i64::MAX - 1)));
        assert_eq!(integers(&[], -1), Some((i64::MIN + 1, i64::MAX)));
        assert_eq!(integers(&[], i64::MIN), Some((0, i64::MAX)));
        assert_eq!(integers(&rules, i64::MAX), Some((-i64::MAX, 10 - i64::MAX)));
        assert_eq!(integers(&rules, i64::MIN), Some((1, 0)), "no integer is so large");
        assert_eq!(integers(&[Rule::Minimum("0.5")], 1), None, "for the rules to judge");
        assert_eq!(integers(&[Rule::MultipleOf("2")], 1), None);
        let number = |text: &str| text.parse::<Decimal>().expect("a number");
        let window = decimals(&[Rule::Minimum("0")], number("-0.05"), 6, 2);
        assert_eq!(window, Some((number("0.05"), number("10000.04"))));
        assert_eq!(decimals(&[Rule::Minimum("0.005")], number("1"), 6, 2), None);
    }
}
