//! Edits of columns.

use dcrf::diag::Code;
use dcrf_oracle::definition::{Column, Kind, OnDelete};
use dcrf_oracle::values::Value;
use serde_json::json;

use super::super::any_type;
use super::super::judge::{Verdict, is_possible, verdict};
use super::super::world::kinds;
use super::Edits;

impl Edits<'_> {
    pub(super) fn add_column(&mut self) -> Option<()> {
        let model = self.any_model();
        let kind = self.dice.pick(&kinds()).clone();
        let mut column = Column::new(self.name("n"), kind.clone());
        let filled = self.value(&kind);
        let held = match self.dice.roll(4) {
            0 => {
                column.nullable = true;
                Value::Null
            }
            1 => {
                column.default = Some(filled.clone());
                column.nullable = self.dice.chance(30);
                filled
            }
            2 => {
                column.keywords.insert("x-backfill".to_owned(), json!({ "value": filled.to_json() }));
                column.nullable = self.dice.chance(30);
                filled
            }
            _ => {
                column.default = Some(self.value(&kind));
                column.keywords.insert("x-backfill".to_owned(), json!({ "value": filled.to_json() }));
                filled
            }
        };
        let name = self.world.model(model).name.clone();
        self.touched.insert((name.clone(), column.name.clone()));
        let what = format!("add {name}.{}: {kind:?} with {held:?}", column.name);
        let own = &mut self.world.definition.models[model];
        own.columns.push(column);
        let at = own.columns.len() - 1;
        if any_type::is_possible(own, at) && self.dice.chance(40) {
            any_type::set(&mut own.columns[at]);
        }
        for row in self.world.rows.tables[model].iter_mut().flatten() {
            row.push(held.clone());
        }
        self.say(what)
    }

    pub(super) fn remove_column(&mut self) -> Option<()> {
        let at = self.any_column(|_| true)?;
        let what = format!("remove {}", self.label(at));
        let (model, column) = at;
        let own = &mut self.world.definition.models[model];
        let gone = own.columns.remove(column);
        own.unique_together.clear();
        own.indexes.clear();
        let owner = own.name.clone();
        for row in self.world.rows.tables[model].iter_mut().flatten() {
            row.remove(column);
        }
        if self.dice.chance(50) {
            self.world.gone.push((Some(owner), gone.name));
        }
        // What is new may look like what is gone.
        self.allowed.extend([Code::DropColumn, Code::PossibleRename]);
        self.say(what)
    }

    pub(super) fn rename_column(&mut self) -> Option<()> {
        let at = self.any_column(|_| true)?;
        let name = self.name("renamed");
        let what = format!("rename {} to {name}", self.label(at));
        let model = self.world.model(at.0).name.clone();
        self.touched.insert((model, name.clone()));
        let column = self.world.column(at);
        let was = std::mem::replace(&mut column.name, name);
        column.keywords.insert("x-was".to_owned(), json!(was));
        self.say(what)
    }

    pub(super) fn retype_column(&mut self) -> Option<()> {
        let at = self.any_column(|column| {
            column.kind.target().is_none() && !column.keywords.contains_key(any_type::SQL)
        })?;
        let from = self.world.column(at).kind.clone();
        let mut best = None;
        for _ in 0..4 {
            let to = self.dice.pick(&kinds()).clone();
            if to == from || !is_possible(&from, &to) {
                continue;
            }
            let values = self.world.values(at);
            let all = values.iter().map(|value| match value {
                Value::Null => Verdict::Becomes(Value::Null),
                value => verdict(value, &from, &to),
            });
            let all: Vec<Verdict> = all.collect();
            let stops = all.contains(&Verdict::Stops);
            if all.contains(&Verdict::Unknown) || (stops && self.dice.chance(80)) {
                continue;
            }
            best = Some((to, all));
            break;
        }
        let (to, all) = best?;
        let what = format!("retype {} from {from:?} to {to:?}", self.label(at));
        self.allowed.push(Code::NarrowedEnum);
        if all.contains(&Verdict::Stops) {
            self.stops = Some(what.clone());
        }
        let mut all = all.into_iter();
        for row in self.world.rows.tables[at.0].iter_mut().flatten() {
            if let Some(Verdict::Becomes(value)) = all.next() {
                row[at.1] = value;
            }
        }
        let own = &mut self.world.definition.models[at.0];
        if to.is_json() {
            let keep = |set: &Vec<usize>| !set.contains(&at.1);
            own.unique_together.retain(keep);
            own.indexes.retain(keep);
        }
        let column = &mut own.columns[at.1];
        column.default = column.default.take().and_then(|value| match verdict(&value, &from, &to) {
            // A default has to be of the format, and of the schema, too.
            Verdict::Becomes(value) if matches!(to, Kind::Text { .. }) || !(to.is_text() || to.is_json()) => {
                Some(value)
            }
            _ => None,
        });
        (column.unique, column.index) = (column.unique && !to.is_json(), column.index && !to.is_json());
        column.keywords.remove("x-collation");
        column.kind = to;
        self.say(what)
    }

    /// From a type of ours to another that only expressions read, or back; an expression keeps the values.
    pub(super) fn change_sql_type(&mut self) -> Option<()> {
        let at = self.any_column(|column| column.kind.target().is_none())?;
        let own = self.world.model(at.0);
        let is_its_own = own.columns[at.1].keywords.contains_key(any_type::SQL);
        if !is_its_own && !any_type::is_possible(own, at.1) {
            return None;
        }
        let column = self.world.column(at);
        let backfill = any_type::changed(column)?;
        if is_its_own {
            column.keywords.remove(any_type::SQL);
        } else {
            any_type::set(column);
        }
        column.keywords.insert("x-backfill".to_owned(), backfill);
        self.allowed.push(Code::RetypeColumn);
        self.say(format!("{} has a type of its own: {}", self.label(at), !is_its_own))
    }

    pub(super) fn change_null(&mut self) -> Option<()> {
        let at = self.any_column(|column| column.kind.target().is_none())?;
        let kind = self.world.column(at).kind.clone();
        if !self.world.column(at).nullable {
            self.world.column(at).nullable = true;
            return self.say(format!("let {} be null", self.label(at)));
        }
        let filled = self.value(&kind);
        let column = self.world.column(at);
        column.nullable = false;
        let filled = match &column.default {
            Some(default) => default.clone(),
            None => {
                column.keywords.insert("x-backfill".to_owned(), json!({ "value": filled.to_json() }));
                filled
            }
        };
        self.world.set_values(at, |value| if value.is_null() { filled.clone() } else { value.clone() });
        self.say(format!("require {} with {filled:?}", self.label(at)))
    }

    pub(super) fn reorder(&mut self) -> Option<()> {
        let model = self.any_model();
        let mut order: Vec<usize> = (1..self.world.model(model).columns.len()).collect();
        self.dice.shuffle(&mut order);
        order.insert(0, 0);
        let own = &mut self.world.definition.models[model];
        own.columns = order.iter().map(|at| own.columns[*at].clone()).collect();
        for set in own.unique_together.iter_mut().chain(&mut own.indexes) {
            for column in set {
                *column = order.iter().position(|at| at == column).expect("it is there");
            }
        }
        for row in self.world.rows.tables[model].iter_mut().flatten() {
            *row = order.iter().map(|at| row[*at].clone()).collect();
        }
        let what = format!("reorder {}", self.world.model(model).name);
        self.say(what)
    }

    pub(super) fn change_uniqueness(&mut self) -> Option<()> {
        let at = self.any_column(|column| {
            !column.kind.is_json()
                && column.kind.target().is_none()
                && !column.keywords.contains_key(any_type::SQL)
        })?;
        let column = self.world.column(at);
        column.unique = !column.unique;
        column.index = false;
        let what = format!("{} is unique: {}", self.label(at), self.world.column(at).unique);
        self.say(what)
    }

    pub(super) fn change_index(&mut self) -> Option<()> {
        let at = self.any_column(|column| {
            !column.kind.is_json() && !column.unique && !column.keywords.contains_key(any_type::SQL)
        })?;
        let column = self.world.column(at);
        column.index = !column.index;
        let what = format!("index {}", self.label(at));
        self.say(what)
    }

    pub(super) fn change_default(&mut self) -> Option<()> {
        let at = self.any_column(|column| column.kind.target().is_none())?;
        let kind = self.world.column(at).kind.clone();
        let value = self.value(&kind);
        let column = self.world.column(at);
        column.default = if column.default.is_some() { None } else { Some(value) };
        let what = format!("{} has the default {:?}", self.label(at), self.world.column(at).default);
        self.say(what)
    }

    pub(super) fn change_choices(&mut self) -> Option<()> {
        let at =
            self.any_column(|column| matches!(&column.kind, Kind::TextEnum(values) if values.len() > 1))?;
        let (what, new) = (format!("change the values of {}", self.label(at)), self.name("new"));
        let column = self.world.column(at);
        let Kind::TextEnum(values) = &mut column.kind else { return None };
        values.push(new);
        let gone = values.remove(0);
        let other = values[0].clone();
        column.keywords.insert("x-backfill".to_owned(), json!({ "values": { gone.clone(): other.clone() } }));
        let moved = |value: &Value| match value {
            Value::Text(text) if *text == gone => Value::Text(other.clone()),
            value => value.clone(),
        };
        column.default = column.default.as_ref().map(moved);
        self.world.set_values(at, moved);
        self.say(what)
    }

    pub(super) fn change_on_delete(&mut self) -> Option<()> {
        let at = self.any_column(|column| column.kind.target().is_some())?;
        let new = *self.dice.pick(&[OnDelete::Cascade, OnDelete::Protect, OnDelete::Restrict]);
        if let Kind::ForeignKey { on_delete, .. } = &mut self.world.column(at).kind {
            *on_delete = new;
        }
        self.say(format!("{} reacts to deletions by {new:?}", self.label(at)))
    }
}
