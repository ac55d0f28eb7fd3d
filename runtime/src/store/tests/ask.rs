//! Random queries, and what they mean in memory.

use std::cmp::Ordering;

use super::random::Random;
use super::world::{self, AUTHOR, BOOK, TAG, World};
use crate::condition::{By, Condition, Each, Function, Lookup, OuterModel, Reached, Selected, Sorted};
use crate::schema::meta::{Kind, ModelMeta, PathStep};
use crate::schema::row::Row;
use crate::schema::value::Value;

/// A condition on rows of a model.
#[derive(Debug, Clone)]
pub(super) enum Ask {
    All(Vec<Ask>),
    Any(Vec<Ask>),
    Not(Box<Ask>),
    Untrue(Box<Ask>),
    Compare(usize, Lookup, Vec<Value>),
    /// The row behind a foreign key.
    To(usize, Box<Ask>),
    /// A row of the model that refers to the row with its column.
    From(&'static ModelMeta, usize, Box<Ask>),
    /// A row at the other end of the many-to-many relation.
    Pair(Box<Ask>),
}

/// A fault that is made on purpose when a query is translated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// There is none.
    None,
    /// Any row that refers to the row will do.
    AnyReferrer,
    /// The other columns of a pair are not looked at.
    AnyPair,
    /// What is unknown is not excluded.
    NotForUntrue,
    /// `null` is where it is not wanted.
    Nulls,
    /// A sum is a count.
    SumIsCount,
}

pub(super) const FAULTS: [Fault; 5] =
    [Fault::AnyReferrer, Fault::AnyPair, Fault::NotForUntrue, Fault::Nulls, Fault::SumIsCount];

const LOOKUPS: [Lookup; 8] =
    [Lookup::Eq, Lookup::Ne, Lookup::Lt, Lookup::Lte, Lookup::Gt, Lookup::Gte, Lookup::In, Lookup::IsNull];

impl Ask {
    /// Returns a random condition of a model.
    pub(super) fn random(random: &mut Random, model: &'static ModelMeta, depth: usize) -> Self {
        let deeper = |random: &mut Random, model| Box::new(Self::random(random, model, depth - 1));
        let several = |random: &mut Random| -> Vec<Self> {
            (0..random.below(3)).map(|_| Self::random(random, model, depth - 1)).collect()
        };
        let choice = if depth == 0 { 0 } else { random.below(9) };
        match (choice, model.name) {
            (1, _) => Self::All(several(random)),
            (2, _) => Self::Any(several(random)),
            (3, _) => Self::Not(deeper(random, model)),
            (4, _) => Self::Untrue(deeper(random, model)),
            (5, "Author") => Self::To(3, deeper(random, &AUTHOR)),
            (5, "Book") => Self::To(2 + random.below(2), deeper(random, &AUTHOR)),
            (6, "Author") => Self::From(&BOOK, 2 + random.below(2), deeper(random, &BOOK)),
            (7, "Author") => Self::From(&AUTHOR, 3, deeper(random, &AUTHOR)),
            (6 | 7, "Book") => Self::Pair(deeper(random, &TAG)),
            (6 | 7, "Tag") => Self::Pair(deeper(random, &BOOK)),
            _ => Self::compare(random, model),
        }
    }

    fn compare(random: &mut Random, model: &'static ModelMeta) -> Self {
        let column = random.below(model.columns.len());
        let lookup = *random.one_of(&LOOKUPS);
        let count = match lookup {
            Lookup::IsNull => 0,
            Lookup::In => random.below(4),
            _ => 1,
        };
        let value = |random: &mut Random| match model.columns[column].name {
            "id" => Value::Integer(random.below(40) as i64),
            _ => world::value(random, model, column, 12),
        };
        Self::Compare(column, lookup, (0..count).map(|_| value(random)).collect())
    }

    /// Translates it.
    pub(super) fn condition(&self, model: &'static ModelMeta, fault: Fault) -> Condition {
        let inner = |part: &Self, model| Box::new(part.condition(model, fault));
        let all = |parts: &[Self]| parts.iter().map(|part| part.condition(model, fault)).collect();
        match self {
            Self::All(parts) => Condition::All(all(parts)),
            Self::Any(parts) => Condition::Any(all(parts)),
            Self::Not(part) => part.condition(model, fault).negated(),
            Self::Untrue(part) if fault == Fault::NotForUntrue => part.condition(model, fault).negated(),
            Self::Untrue(part) => part.condition(model, fault).untrue(),
            Self::Compare(column, Lookup::IsNull, _) => Condition::is_null(model, *column),
            Self::Compare(column, Lookup::In, values) => Condition::one_of(model, *column, values.clone()),
            Self::Compare(column, lookup, values) => {
                Condition::compare(model, *column, *lookup, values[0].clone())
            }
            Self::To(column, part) => {
                let step = PathStep::ForeignKey(*column);
                Condition::Related { model, step, condition: inner(part, &AUTHOR) }
            }
            Self::From(target, column, part) => {
                let condition = match fault {
                    Fault::AnyReferrer => Box::new(Condition::all()),
                    _ => inner(part, target),
                };
                Condition::ToMany { model, target, by: By::Column(*column), condition }
            }
            Self::Pair(part) => {
                let (target, from, to) = match model.name {
                    "Book" => (&TAG, "book_id", "tag_id"),
                    _ => (&BOOK, "tag_id", "book_id"),
                };
                let condition = match fault {
                    Fault::AnyPair => Box::new(Condition::all()),
                    _ => inner(part, target),
                };
                Condition::ToMany { model, target, by: By::Table { table: "book_tags", from, to }, condition }
            }
        }
    }

    /// Tells whether it holds for a row; `None` if it is unknown.
    pub(super) fn holds(&self, world: &World, model: &'static ModelMeta, row: &Row) -> Option<bool> {
        let some = |rows: &[Row], part: &Self, model, related: &dyn Fn(&Row) -> bool| {
            Some(rows.iter().any(|row| related(row) && part.holds(world, model, row) == Some(true)))
        };
        match self {
            Self::All(parts) => {
                let found: Vec<_> = parts.iter().map(|part| part.holds(world, model, row)).collect();
                if found.contains(&Some(false)) {
                    Some(false)
                } else {
                    (!found.contains(&None)).then_some(true)
                }
            }
            Self::Any(parts) => {
                let found: Vec<_> = parts.iter().map(|part| part.holds(world, model, row)).collect();
                if found.contains(&Some(true)) {
                    Some(true)
                } else {
                    (!found.contains(&None)).then_some(false)
                }
            }
            Self::Not(part) => part.holds(world, model, row).map(|holds| !holds),
            Self::Untrue(part) => Some(part.holds(world, model, row) != Some(true)),
            Self::Compare(column, lookup, values) => compared(row.get(*column), *lookup, values),
            Self::To(column, part) => {
                some(&world.authors, part, &AUTHOR, &|other| other.get(0) == row.get(*column))
            }
            Self::From(target, column, part) => {
                some(world.rows(target), part, target, &|other| other.get(*column) == row.get(0))
            }
            Self::Pair(part) if model.name == "Book" => some(&world.tags, part, &TAG, &|tag| {
                world.pairs.contains(&(row.get(0).clone(), tag.get(0).clone()))
            }),
            Self::Pair(part) => some(&world.books, part, &BOOK, &|book| {
                world.pairs.contains(&(book.get(0).clone(), row.get(0).clone()))
            }),
        }
    }
}

fn compared(value: &Value, lookup: Lookup, with: &[Value]) -> Option<bool> {
    if lookup == Lookup::IsNull {
        return Some(*value == Value::Null);
    }
    if lookup == Lookup::In {
        if with.is_empty() {
            return Some(false);
        }
        if *value != Value::Null && with.contains(value) {
            return Some(true);
        }
        return (*value != Value::Null && !with.contains(&Value::Null)).then_some(false);
    }
    if *value == Value::Null || with[0] == Value::Null {
        return None;
    }
    let order = order(value, &with[0]);
    Some(match lookup {
        Lookup::Eq => order.is_eq(),
        Lookup::Ne => order.is_ne(),
        Lookup::Lt => order.is_lt(),
        Lookup::Lte => order.is_le(),
        Lookup::Gt => order.is_gt(),
        _ => order.is_ge(),
    })
}

/// Compares two values of one column; `null` is less than all others.
pub(super) fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (Value::Integer(a), Value::Integer(b)) => a.cmp(b),
        (Value::Text(a), Value::Text(b)) => a.chars().cmp(b.chars()),
        (Value::Float(a), Value::Float(b)) => a.total_cmp(b),
        (Value::Decimal(a), Value::Decimal(b)) => a.into_inner().cmp(&b.into_inner()),
        (Value::Duration(a), Value::Duration(b)) => a.as_micros().cmp(&b.as_micros()),
        (Value::Uuid(a), Value::Uuid(b)) => a.to_string().cmp(&b.to_string()),
        other => panic!("not comparable: {other:?}"),
    }
}

/// A column that a query reads: of its model, or of one behind foreign keys.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Path {
    pub(super) way: Vec<usize>,
    pub(super) column: usize,
}

impl Path {
    /// Returns a random path.
    pub(super) fn random(random: &mut Random, model: &'static ModelMeta) -> Self {
        let (mut way, mut model) = (Vec::new(), model);
        while way.len() < 3 && random.once_in(3) {
            let foreign_keys: Vec<usize> =
                (0..model.columns.len()).filter(|index| model.columns[*index].references.is_some()).collect();
            if foreign_keys.is_empty() {
                break;
            }
            way.push(*random.one_of(&foreign_keys));
            model = &AUTHOR;
        }
        Self { way, column: random.below(model.columns.len()) }
    }

    /// Returns its name in Django: `author__boss__name`.
    pub(super) fn name(&self, model: &'static ModelMeta) -> String {
        let (mut names, mut at) = (Vec::new(), model);
        for column in &self.way {
            names.push(at.columns[*column].name);
            at = &AUTHOR;
        }
        names.push(at.columns[self.column].name);
        names.join("__")
    }

    /// Returns the model of the column.
    pub(super) fn model(&self, model: &'static ModelMeta) -> &'static ModelMeta {
        if self.way.is_empty() { model } else { &AUTHOR }
    }

    /// Translates it.
    pub(super) fn reached(&self, model: &'static ModelMeta) -> Reached {
        let way = self.way.iter().enumerate();
        let way = way
            .map(|(step, column)| (if step == 0 { model } else { &AUTHOR }, PathStep::ForeignKey(*column)));
        let way = way.collect();
        Reached { way, model: self.model(model), column: self.column }
    }

    /// Returns its value for a row.
    pub(super) fn value(&self, world: &World, row: &Row) -> Value {
        let mut row = row.clone();
        for column in &self.way {
            match world.authors.iter().find(|author| author.get(0) == row.get(*column)) {
                Some(author) => row = author.clone(),
                None => return Value::Null,
            }
        }
        row.get(self.column).clone()
    }
}

/// What a query selects: a path, and a function of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    pub(super) path: Path,
    pub(super) function: Function,
    /// The rows that are related to each row, if it is an aggregate of these.
    pub(super) each: Option<Related>,
}

/// Rows that are related to a row: their model, and the column that refers to the row, or `None` for pairs.
#[derive(Clone, Copy)]
pub(super) struct Related(pub(super) &'static ModelMeta, pub(super) Option<usize>);

impl PartialEq for Related {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0) && self.1 == other.1
    }
}

impl std::fmt::Debug for Related {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} by {:?}", self.0.name, self.1)
    }
}

impl Related {
    /// Returns the name of the column.
    pub(super) fn column(self) -> Option<&'static str> {
        self.1.map(|column| self.0.columns[column].name)
    }

    pub(super) fn random(random: &mut Random, model: &'static ModelMeta) -> Self {
        match model.name {
            "Author" => *random.one_of(&[Self(&BOOK, Some(2)), Self(&BOOK, Some(3)), Self(&AUTHOR, Some(3))]),
            "Book" => Self(&TAG, None),
            _ => Self(&BOOK, None),
        }
    }

    fn rows<'a>(self, world: &'a World, row: &Row) -> Vec<&'a Row> {
        let is_related = |other: &&Row| match self.1 {
            Some(column) => other.get(column) == row.get(0),
            None => {
                let (own, other) = (row.get(0).clone(), other.get(0).clone());
                let pair = if self.0.name == "Tag" { (own, other) } else { (other, own) };
                world.pairs.contains(&pair)
            }
        };
        world.rows(self.0).iter().filter(is_related).collect()
    }

    fn by(self) -> By {
        match self.1 {
            Some(column) => By::Column(column),
            None if self.0.name == "Tag" => By::Table { table: "book_tags", from: "book_id", to: "tag_id" },
            None => By::Table { table: "book_tags", from: "tag_id", to: "book_id" },
        }
    }
}

impl Item {
    /// Returns a random column, or an aggregate of the rows that are related to each row.
    pub(super) fn of_row(random: &mut Random, model: &'static ModelMeta) -> Self {
        if !random.once_in(4) {
            return Self::column(random, model);
        }
        let each = Related::random(random, model);
        loop {
            let item = Self::aggregate(random, each.0);
            if item.path.way.is_empty() {
                return Self { each: Some(each), ..item };
            }
        }
    }

    /// Returns the key.
    pub(super) fn key(model: &'static ModelMeta) -> Self {
        let path = Path { way: Vec::new(), column: model.key };
        Self { path, function: Function::Value, each: None }
    }

    /// Returns a random column.
    pub(super) fn column(random: &mut Random, model: &'static ModelMeta) -> Self {
        Self { path: Path::random(random, model), function: Function::Value, each: None }
    }

    /// Returns a random aggregate.
    pub(super) fn aggregate(random: &mut Random, model: &'static ModelMeta) -> Self {
        use Function::{Average, Count, CountDistinct, Greatest, Least, Sum};
        let path = Path::random(random, model);
        let kind = &path.model(model).columns[path.column].ty.kind;
        let adds = matches!(kind, Kind::Integer | Kind::Float | Kind::Decimal { .. } | Kind::Duration);
        let functions = [Count, CountDistinct, Least, Greatest, Sum, Average];
        // The ages are so large that only some of them can be added.
        let adds = adds && path.model(model).columns[path.column].name != "age";
        let function = functions[random.below(if adds { 6 } else { 4 })];
        Self { path, function, each: None }
    }

    /// Translates it.
    pub(super) fn selected(&self, model: &'static ModelMeta, fault: Fault) -> Selected {
        let function = match (self.function, fault) {
            (Function::Sum, Fault::SumIsCount) => Function::Count,
            (function, _) => function,
        };
        let (model, each) = match self.each {
            None => (model, None),
            Some(related) => (related.0, Some(Each { by: related.by(), outer: OuterModel(model) })),
        };
        Selected { reached: self.path.reached(model), function, optional: true, each }
    }

    /// Returns its value for a group of rows, which has at least one row unless it is an aggregate.
    pub(super) fn value(&self, world: &World, rows: &[&Row]) -> Value {
        if let Some(related) = self.each {
            return Self { each: None, ..self.clone() }.value(world, &related.rows(world, rows[0]));
        }
        let values = rows.iter().map(|row| self.path.value(world, row));
        let mut values: Vec<Value> = values.collect();
        if self.function == Function::Value {
            return values.swap_remove(0);
        }
        values.retain(|value| *value != Value::Null);
        values.sort_by(order);
        let count = values.len() as i64;
        match self.function {
            Function::Count | Function::Rows => Value::Integer(count),
            Function::CountDistinct => {
                values.dedup_by(|a, b| order(a, b).is_eq());
                Value::Integer(values.len() as i64)
            }
            Function::Least => values.first().cloned().unwrap_or(Value::Null),
            Function::Greatest => values.last().cloned().unwrap_or(Value::Null),
            Function::Sum => values.into_iter().reduce(sum).unwrap_or(Value::Null),
            _ => values.into_iter().reduce(sum).map_or(Value::Null, |sum| quotient(sum, count)),
        }
    }
}

fn sum(a: Value, b: Value) -> Value {
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => Value::Integer(a + b),
        (Value::Float(a), Value::Float(b)) => Value::Float(a + b),
        (Value::Decimal(a), Value::Decimal(b)) => Value::Decimal((a.into_inner() + b.into_inner()).into()),
        (Value::Duration(a), Value::Duration(b)) => {
            let sum = crate::ground::scalar::Duration::of_micros(a.as_micros() + b.as_micros());
            Value::Duration(sum.expect("a short sum"))
        }
        other => panic!("not a sum: {other:?}"),
    }
}

fn quotient(sum: Value, count: i64) -> Value {
    match sum {
        Value::Integer(sum) => Value::Float(sum as f64 / count as f64),
        Value::Float(sum) => Value::Float(sum / count as f64),
        Value::Decimal(sum) => Value::Decimal((sum.into_inner() / rust_decimal::Decimal::from(count)).into()),
        Value::Duration(sum) => Value::Duration(crate::ground::scalar::Duration::from_micros(
            (sum.as_micros() as f64 / count as f64).round() as i64,
        )),
        other => panic!("not a sum: {other:?}"),
    }
}

/// A part of an order.
#[derive(Debug, Clone)]
pub(super) struct Term {
    pub(super) item: Item,
    pub(super) descending: bool,
    pub(super) nulls_first: bool,
}

impl Term {
    /// Sorts by a random column.
    pub(super) fn of_column(random: &mut Random, model: &'static ModelMeta) -> Self {
        let item = Item::column(random, model);
        Self::random(random, item)
    }

    /// Sorts by an item in a random direction.
    pub(super) fn random(random: &mut Random, item: Item) -> Self {
        let descending = random.once_in(2);
        let nulls_first = if random.once_in(2) { random.once_in(2) } else { !descending };
        Self { item, descending, nulls_first }
    }

    /// Translates it.
    pub(super) fn sorted(&self, model: &'static ModelMeta, fault: Fault) -> Sorted {
        let nulls_first = self.nulls_first != (fault == Fault::Nulls);
        Sorted { selected: self.item.selected(model, fault), descending: self.descending, nulls_first }
    }

    /// Compares two values.
    pub(super) fn order(&self, a: &Value, b: &Value) -> Ordering {
        match (*a == Value::Null, *b == Value::Null) {
            (true, true) => Ordering::Equal,
            (true, false) if self.nulls_first => Ordering::Less,
            (true, false) => Ordering::Greater,
            (false, true) if self.nulls_first => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) if self.descending => order(b, a),
            (false, false) => order(a, b),
        }
    }
}
