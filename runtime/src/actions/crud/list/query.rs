//! The statements of a list: its joins, its conditions, its order, and the position in that order from which it reads.

use super::input::ListInput;
use super::position::Position;
use crate::actions::crud::reach::steps;
use crate::condition::Condition;
use crate::db::{ColumnRef, Compare, Composer, Db, Joins, Shape, Statement};
use crate::ground::error::{Error, Result};
use crate::schema::meta::{BoundModel, FieldPath, OrderMeta};
use crate::schema::row::Row;
use crate::schema::value::Value;

/// A requested list, with every column resolved.
pub(super) struct ListQuery<'a> {
    bound: &'static BoundModel,
    joins: Joins,
    /// The number of joins that the conditions need; the others are for the order.
    conditional: usize,
    filter: &'a Condition,
    words: &'a [String],
    searched: Vec<ColumnRef<'static>>,
    /// The condition for the rows that the connection can see.
    within: &'a Condition,
    /// The order; the key is always the last term.
    pub(super) order: Vec<Term>,
}

/// A term of the order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Term {
    pub(super) place: ColumnRef<'static>,
    pub(super) reach: FieldPath,
    pub(super) descending: bool,
}

/// The part of the list to read; by default all of it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Window<'a> {
    pub(super) limit: Option<u64>,
    pub(super) offset: u64,
    pub(super) position: Option<&'a Position>,
    /// Whether to read the positions of the rows, too: see [`ListQuery::position`].
    pub(super) marked: bool,
}

impl<'a> ListQuery<'a> {
    /// Resolves every column that the input names.
    pub(super) fn new(
        bound: &'static BoundModel,
        within: &'a Condition,
        input: &'a ListInput,
    ) -> Result<Self> {
        let mut query = Self {
            bound,
            within,
            joins: Joins::default(),
            conditional: 0,
            filter: &input.filter,
            words: &input.search,
            searched: Vec::new(),
            order: Vec::new(),
        };
        query.joins.require(&input.filter);
        if !input.search.is_empty() {
            for reach in bound.search {
                let place = query.place(reach)?;
                query.searched.push(place);
            }
        }
        query.joins.require(within);
        query.conditional = query.joins.len();
        query.set_order(input)?;
        Ok(query)
    }

    fn set_order(&mut self, input: &ListInput) -> Result<()> {
        let model = self.bound.serializer.model;
        let own = |column: usize| FieldPath::new(model.columns[column].name, column);
        let mut order: Vec<(FieldPath, bool)> = if input.order_by.is_empty() {
            let path = |part: &OrderMeta| FieldPath::through("", part.path, part.column);
            self.bound.ordering.iter().map(|part| (path(part), part.descending)).collect()
        } else {
            input.order_by.iter().map(|(reach, descending)| (**reach, *descending)).collect()
        };
        let is_key = |reach: &FieldPath| reach.path.is_empty() && reach.column == model.key;
        if let Some(position) = order.iter().position(|(reach, _)| is_key(reach)) {
            // The key is unique: later terms have no effect.
            order.truncate(position + 1);
        } else {
            order.push((own(model.key), false));
        }
        for (reach, descending) in order {
            let place = self.place(&reach)?;
            self.order.push(Term { place, reach, descending });
        }
        Ok(())
    }

    /// Returns the column of a path, and joins its table if it is another one.
    fn place(&mut self, reach: &FieldPath) -> Result<ColumnRef<'static>> {
        let steps = steps(self.bound, reach)?;
        let model = steps.last().map_or(self.bound.serializer.model, |step| step.target);
        Ok(self.joins.place(model, &steps, reach.column))
    }

    /// Returns the number of all rows.
    pub(super) async fn count(&self, db: &Db) -> Result<u64> {
        let mut sql = Composer::new(db.dialect());
        sql.text("SELECT COUNT(*) FROM ").name(self.bound.serializer.model.table);
        sql.left_joins(&self.joins, self.conditional);
        self.conditions(&mut sql, None);
        let (sql, args) = sql.finish();
        let row = db.run(Statement::read(sql, args, Shape::Untyped).long()).await?.first();
        let count: i64 = row.ok_or_else(|| Error::internal("COUNT gave no row"))?.take(0)?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Returns the rows of a window, in order; rows before a position come nearest first.
    pub(super) async fn rows(&self, db: &Db, window: Window<'_>) -> Result<Vec<Row>> {
        let mut sql = Composer::new(db.dialect());
        let shape = self.select(&mut sql, window.marked);
        sql.left_joins(&self.joins, self.joins.len());
        self.conditions(&mut sql, window.position);
        let backward = window.position.is_some_and(|position| position.backward);
        let order: Vec<(ColumnRef<'static>, bool)> =
            self.order.iter().map(|term| (term.place, term.descending != backward)).collect();
        sql.order_by(&order);
        if let Some(limit) = window.limit {
            let bounded = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
            sql.text(" LIMIT ").value(bounded(limit));
            if window.offset > 0 {
                sql.text(" OFFSET ").value(bounded(window.offset));
            }
        }
        let (sql, args) = sql.finish();
        Ok(db.run(Statement::read(sql, args, shape).long()).await?.rows)
    }

    /// Returns the position of a row of a marked window.
    pub(super) fn position(&self, row: &Row) -> Vec<Value> {
        let columns = self.bound.serializer.model.columns.len();
        let mut marks = row.values().iter().skip(columns);
        let value = |term: &Term| {
            let value =
                if term.reach.path.is_empty() { row.values().get(term.reach.column) } else { marks.next() };
            value.cloned().unwrap_or(Value::Null)
        };
        self.order.iter().map(value).collect()
    }

    /// Appends `SELECT … FROM …`; if marked, with the columns of other tables by which the list is ordered at the end.
    fn select(&self, sql: &mut Composer, marked: bool) -> Shape {
        let model = self.bound.serializer.model;
        let marks: Vec<ColumnRef<'static>> =
            self.order.iter().filter(|term| !term.reach.path.is_empty()).map(|term| term.place).collect();
        if !marked || marks.is_empty() {
            sql.select(model);
            return Shape::Columns(model.columns);
        }
        let places: Vec<ColumnRef<'static>> =
            model.columns.iter().map(ColumnRef::from).chain(marks).collect();
        for (index, place) in places.iter().enumerate() {
            sql.text(if index == 0 { "SELECT " } else { ", " }).place(*place);
        }
        sql.text(" FROM ").name(model.table);
        Shape::Picked(places.into_iter().map(|place| place.column).collect())
    }

    /// Appends ` WHERE …`, if there is a condition.
    fn conditions(&self, sql: &mut Composer, position: Option<&Position>) {
        let mut first = true;
        let mut and = |sql: &mut Composer| {
            sql.text(if first { " WHERE " } else { " AND " });
            first = false;
        };
        for condition in conjuncts(self.filter) {
            and(sql);
            sql.condition_of_list(condition, &self.joins);
        }
        for word in self.words {
            and(sql);
            sql.text("(");
            for (index, place) in self.searched.iter().enumerate() {
                if index > 0 {
                    sql.text(" OR ");
                }
                sql.mentions(*place, word);
            }
            sql.text(")");
        }
        if !self.within.is_all() {
            and(sql);
            sql.condition_of_list(self.within, &self.joins);
        }
        if let Some(position) = position {
            and(sql);
            self.beyond(sql, position);
        }
    }

    /// Appends the condition that a row is beyond a position, where `null` is less than every value: the first terms
    /// are equal, and the next one is beyond. A comparison of tuples would be correct only for orders of one direction,
    /// without `null`.
    fn beyond(&self, sql: &mut Composer, position: &Position) {
        let parts: Vec<(ColumnRef<'static>, bool, &Value)> = self
            .order
            .iter()
            .zip(&position.values)
            .map(|(term, value)| (term.place, term.descending != position.backward, value))
            .collect();
        sql.text("(");
        for (index, (place, descending, value)) in parts.iter().enumerate() {
            if index > 0 {
                sql.text(" OR ");
            }
            for (place, _, value) in &parts[..index] {
                equal(sql, *place, value);
                sql.text(" AND ");
            }
            let inclusive = position.inclusive && index + 1 == parts.len();
            further(sql, *place, *descending, inclusive, value);
        }
        sql.text(")");
    }
}

/// Returns the parts of a condition that must all hold.
fn conjuncts(condition: &Condition) -> Vec<&Condition> {
    match condition {
        Condition::All(parts) => parts.iter().flat_map(conjuncts).collect(),
        other => vec![other],
    }
}

fn equal(sql: &mut Composer, place: ColumnRef<'_>, value: &Value) {
    match value {
        Value::Null => sql.compare(place, Compare::Equal, Value::Null),
        value => sql.compare_sorted(place, Compare::Equal, value.clone()),
    };
}

/// Appends the condition that `place` is beyond a value, or equal if `inclusive`.
fn further(sql: &mut Composer, place: ColumnRef<'_>, descending: bool, inclusive: bool, value: &Value) {
    if *value == Value::Null {
        match (descending, inclusive) {
            (false, false) => sql.compare(place, Compare::NotEqual, Value::Null),
            (false, true) => sql.text("1 = 1"),
            (true, false) => sql.text("1 = 0"),
            (true, true) => sql.compare(place, Compare::Equal, Value::Null),
        };
        return;
    }
    let how = match (descending, inclusive) {
        (false, false) => Compare::Greater,
        (false, true) => Compare::GreaterOrEqual,
        (true, false) => Compare::Less,
        (true, true) => Compare::LessOrEqual,
    };
    if descending && place.is_nullable() {
        sql.text("(").compare_sorted(place, how, value.clone()).text(" OR ");
        sql.compare(place, Compare::Equal, Value::Null).text(")");
    } else {
        sql.compare_sorted(place, how, value.clone());
    }
}
