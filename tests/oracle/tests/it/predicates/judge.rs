//! The judge: what a list holds and in which order, whom a queryset admits, and what subscribers hear, worked out from
//! the documentation over values in memory. It shares no code with the runtime.

use std::cmp::Ordering;

use dcrf_oracle::definition::{Definition, FieldPath, Model};
use dcrf_oracle::rows::{Row, Rows};
use dcrf_oracle::values::{Value, order};

use super::case::{Case, Lookup, Term, Tree, Write};
use super::drift::{Drift, Sought};

/// The rows at some time, and how they are judged.
#[derive(Debug, Clone)]
pub struct Judge<'a> {
    pub definition: &'a Definition,
    pub rows: Rows,
    /// What is judged wrongly, to see that it is noticed.
    pub drift: Option<Drift>,
}

/// An event: what happens, and the forms in which the row may be told.
pub type Event = (&'static str, Told);

/// What is told of a row: as it is, or its key.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    Row(Row),
    /// One of these rows, or the key.
    Gone(Vec<Row>),
}

impl Judge<'_> {
    fn root(&self) -> &Model {
        self.definition.root()
    }

    /// What a way leads to from a row of the first model; null where a reference is.
    fn reached(&self, reach: &FieldPath, row: &Row) -> Value {
        let (mut model, mut row) = (self.root(), row);
        for step in &reach.path {
            let target = model.columns[*step].kind.target().expect("a way along foreign keys");
            let position = self.definition.model_position(target).expect("a model");
            match self.rows.with_key(position, &row[*step]) {
                Some(found) if !row[*step].is_null() => row = found,
                _ => return Value::Null,
            }
            model = &self.definition.models[position];
        }
        row[reach.column].clone()
    }

    /// Whether a row has what a filter asks for. Whatever is compared with null is not so.
    fn has(&self, term: &Term, row: &Row) -> bool {
        if self.drift == Some(Drift::InnerPaths)
            && !term.reach.path.is_empty()
            && row[term.reach.path[0]].is_null()
        {
            return false;
        }
        let own = self.reached(&term.reach, row);
        match (term.lookup, &term.values[..]) {
            (Lookup::IsNull, [Value::Boolean(wanted)]) => own.is_null() == *wanted,
            (Lookup::Eq, [Value::Null]) => own.is_null(),
            (Lookup::Range, [least, most]) => {
                self.compares(Lookup::Gte, &own, least) == Some(true)
                    && self.compares(Lookup::Lte, &own, most) == Some(true)
            }
            (Lookup::In, values) => {
                values.iter().any(|value| self.compares(Lookup::Eq, &own, value) == Some(true))
            }
            (lookup, [value]) => self.compares(lookup, &own, value) == Some(true),
            (lookup, values) => panic!("{lookup:?} of {} values", values.len()),
        }
    }

    /// Three-valued: none where either is null.
    fn compares(&self, lookup: Lookup, own: &Value, value: &Value) -> Option<bool> {
        if own.is_null() || value.is_null() {
            return None;
        }
        let ordering = || self.order(own, value);
        Some(match lookup {
            Lookup::Eq => ordering().is_eq(),
            Lookup::Ne => ordering().is_ne(),
            Lookup::Lt => ordering().is_lt(),
            Lookup::Lte => ordering().is_le(),
            Lookup::Gt => ordering().is_gt(),
            Lookup::Gte => ordering().is_ge(),
            Lookup::Contains => text(own).contains(text(value)),
            Lookup::StartsWith => text(own).starts_with(text(value)),
            Lookup::In | Lookup::IsNull | Lookup::Range => {
                panic!("{lookup:?} is no comparison with one value")
            }
        })
    }

    fn order(&self, a: &Value, b: &Value) -> Ordering {
        match self.drift {
            Some(drift) => drift.order(a, b),
            None => order(a, b),
        }
    }

    /// Whether a queryset admits a row of a model; none: nobody knows, because of a null.
    fn truth(&self, model: &Model, tree: &Tree, row: &Row) -> Option<bool> {
        match tree {
            Tree::All(parts) => joined(parts.iter().map(|part| self.truth(model, part, row)), false),
            Tree::Any(parts) => joined(parts.iter().map(|part| self.truth(model, part, row)), true),
            Tree::Not(part) => match self.truth(model, part, row) {
                None if self.drift == Some(Drift::UnknownIsFalse) => Some(true),
                truth => truth.map(|truth| !truth),
            },
            Tree::Compare { column, lookup: Lookup::IsNull, .. } => Some(row[*column].is_null()),
            Tree::Compare { column, lookup: Lookup::In, values } => {
                // Of no values there is none that a null could be.
                let each = values.iter().map(|value| self.compares(Lookup::Eq, &row[*column], value));
                joined(each, true)
            }
            Tree::Compare { column, lookup, values } => self.compares(*lookup, &row[*column], &values[0]),
            Tree::Related { column, tree } => {
                let (model, other) = self.referred(model, *column, row);
                // That there is such a row is true or false.
                Some(other.and_then(|other| self.truth(model, tree, other)) == Some(true))
            }
            Tree::Outer { column, tree } => {
                let (model, other) = self.referred(model, *column, row);
                let nothing = vec![Value::Null; model.columns.len()];
                self.truth(model, tree, other.unwrap_or(&nothing))
            }
        }
    }

    /// The row that a foreign key names, and its model.
    fn referred(&self, model: &Model, column: usize, row: &Row) -> (&Model, Option<&Row>) {
        let target = model.columns[column].kind.target().expect("a foreign key");
        let position = self.definition.model_position(target).expect("a model");
        let other = self.rows.with_key(position, &row[column]).filter(|_| !row[column].is_null());
        (&self.definition.models[position], other)
    }

    /// Whether a queryset admits a row of the first model.
    pub fn admits(&self, tree: &Tree, row: &Row) -> bool {
        self.truth(self.root(), tree, row) == Some(true)
    }

    /// Whether a row has everything that a filter asks for.
    pub fn passes(&self, case: &Case, row: &Row) -> bool {
        case.filter.iter().all(|term| self.has(term, row))
    }

    /// Whether a row mentions every word.
    fn mentions(&self, words: &[Sought], row: &Row) -> bool {
        if words.is_empty() {
            return true;
        }
        let searched: Vec<Value> =
            self.definition.searched().iter().map(|reach| self.reached(reach, row)).collect();
        words
            .iter()
            .all(|word| searched.iter().any(|value| matches!(value, Value::Text(text) if word.is_in(text))))
    }

    /// The order of two rows: by the terms, then by the key.
    pub fn compare(&self, order: &[(FieldPath, bool)], a: &Row, b: &Row) -> Ordering {
        for (reach, descending) in order {
            let ordering = self.order(&self.reached(reach, a), &self.reached(reach, b));
            if ordering.is_ne() {
                return if *descending { ordering.reverse() } else { ordering };
            }
        }
        self.order(&a[0], &b[0])
    }

    /// The order of a case: that of the consumer where the client names none.
    pub fn order_of(&self, case: &Case) -> Vec<(FieldPath, bool)> {
        if !case.order.is_empty() {
            return case.order.clone();
        }
        let own = |(column, descending): &(usize, bool)| {
            (FieldPath { path: Vec::new(), column: *column }, *descending)
        };
        self.definition.ordering.iter().map(own).collect()
    }

    /// The list: positions of rows of the first model.
    pub fn list(&self, case: &Case) -> Vec<usize> {
        let words: Vec<Sought> = case
            .search
            .iter()
            .flat_map(|search| search.split_whitespace())
            .map(|word| Sought::new(word, self.drift))
            .collect();
        self.sorted(&self.order_of(case), |row| self.passes(case, row) && self.mentions(&words, row))
    }

    /// Rows that a queryset admits, in the order of the case.
    pub fn seen(&self, case: &Case, queryset: &Tree) -> Vec<usize> {
        self.sorted(&self.order_of(case), |row| self.admits(queryset, row))
    }

    /// Rows in an order.
    pub fn sorted(&self, order: &[(FieldPath, bool)], wanted: impl Fn(&Row) -> bool) -> Vec<usize> {
        let mut found: Vec<(usize, &Row)> = self.rows.tables[0]
            .iter()
            .enumerate()
            .filter_map(|(index, row)| Some((index, row.as_ref()?)))
            .filter(|(_, row)| wanted(row))
            .collect();
        found.sort_by(|(_, a), (_, b)| self.compare(order, a, b));
        found.into_iter().map(|(index, _)| index).collect()
    }

    /// Does what a write does; gives the row as it was and as it is.
    pub fn write(&mut self, write: &Write) -> (Option<Row>, Option<Row>) {
        let table = &mut self.rows.tables[0];
        match write {
            Write::Create(row) => {
                table.push(Some(row.clone()));
                (None, Some(row.clone()))
            }
            Write::Patch { row, changes } => {
                let before = table[*row].clone().expect("a row that is there");
                let mut after = before.clone();
                for (column, value) in changes {
                    after[*column] = value.clone();
                }
                table[*row] = Some(after.clone());
                (Some(before), Some(after))
            }
            Write::Delete { row } => (table[*row].take(), None),
        }
    }

    /// What a subscriber hears of a change who wants the rows that `wanted` likes. `keys`: of a row that leaves their
    /// sight they hear the key alone.
    pub fn heard(
        &self,
        (before, after): &(Option<Row>, Option<Row>),
        wanted: impl Fn(&Row) -> bool,
        keys: bool,
    ) -> Option<Event> {
        let was = before.as_ref().is_some_and(&wanted);
        let is = after.as_ref().is_some_and(&wanted);
        let gone = |before: &Row| {
            let rows = if keys {
                after.is_none().then(|| before.clone())
            } else {
                after.clone().or(Some(before.clone()))
            };
            ("delete", Told::Gone(rows.into_iter().collect()))
        };
        match (was, is, before, after) {
            (false, true, _, Some(after)) => Some(("create", Told::Row(after.clone()))),
            (true, true, _, Some(after)) => Some(("update", Told::Row(after.clone()))),
            (true, false, Some(before), _) => Some(gone(before)),
            _ => None,
        }
    }
}

/// What parts come to of which one that is `deciding` decides.
fn joined(parts: impl Iterator<Item = Option<bool>>, deciding: bool) -> Option<bool> {
    let mut outcome = Some(!deciding);
    for part in parts {
        match part {
            Some(truth) if truth == deciding => return Some(deciding),
            None => outcome = None,
            Some(_) => {}
        }
    }
    outcome
}

fn text(value: &Value) -> &str {
    match value {
        Value::Text(text) => text,
        other => panic!("{other:?} is no text"),
    }
}
