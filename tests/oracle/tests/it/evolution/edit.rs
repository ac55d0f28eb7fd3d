//! Random edits of a definition, with the answers that the generator asks for, and what becomes of rows.

use std::collections::{BTreeMap, BTreeSet};

use dcrf::diag::Code;
use dcrf_oracle::definition::{Column, Kind, ManyToMany, Model, OnDelete};
use dcrf_oracle::seed::Dice;
use dcrf_oracle::values::{Value, random};
use serde_json::{Map, json};

use super::judge::{Verdict, is_possible, verdict};
use super::world::{World, kinds, unsigned};

/// Edits that make the next version of a world.
pub struct Edits<'d> {
    pub world: World,
    dice: &'d mut Dice,
    number: usize,
    /// What is changed by one edit is not changed by another: an answer is of one version.
    touched: BTreeSet<(String, String)>,
    /// What may be lost.
    pub allowed: Vec<Code>,
    /// Why the migration cannot succeed.
    pub stops: Option<String>,
    /// What was done.
    pub log: Vec<String>,
}

/// How often an edit is looked for.
const TRIES: usize = 20;

impl<'d> Edits<'d> {
    /// Some edits; `number` tells the names of versions apart.
    pub fn some(world: &World, number: usize, dice: &'d mut Dice) -> Self {
        let mut world = world.clone();
        world.forget_answers();
        let count = dice.between(1, 5);
        let mut this = Self {
            world,
            dice,
            number: number * 100,
            touched: BTreeSet::new(),
            allowed: Vec::new(),
            stops: None,
            log: Vec::new(),
        };
        let mut tries = TRIES;
        while this.log.len() < count && tries > 0 && this.stops.is_none() {
            this.number += 1;
            if this.one().is_none() {
                tries -= 1;
            }
        }
        if this.stops.is_none() && this.world.has_twins() {
            this.stops = Some("rows are equal in what has to be unique".to_owned());
        }
        this
    }

    fn one(&mut self) -> Option<()> {
        match self.dice.roll(26) {
            0..=2 => self.add_column(),
            3 => self.remove_column(),
            4 | 5 => self.rename_column(),
            6..=10 => self.retype_column(),
            11 | 12 => self.change_null(),
            13 => self.reorder(),
            14 => self.add_model(),
            15 => self.remove_model(),
            16 => self.rename_model(),
            17 => self.change_uniqueness(),
            18 => self.change_index(),
            19 => self.change_default(),
            20 => self.change_choices(),
            21 => self.add_relation(),
            22 => self.change_relation(),
            23 => self.retype_key(),
            24 => self.rename_in_database(),
            _ => self.change_on_delete(),
        }
    }

    fn say(&mut self, what: String) -> Option<()> {
        self.log.push(what);
        Some(())
    }

    fn any_model(&mut self) -> usize {
        self.dice.roll(self.world.definition.models.len())
    }

    fn name(&self, word: &str) -> String {
        format!("{word}{}", self.number)
    }

    /// A column that no edit of this version has touched, and that is no key.
    fn any_column(&mut self, wanted: impl Fn(&Column) -> bool) -> Option<(usize, usize)> {
        let model = self.any_model();
        let own = &self.world.definition.models[model];
        let is_free = |column: &Column| {
            !self.touched.contains(&(own.name.clone(), column.name.clone())) && wanted(column)
        };
        let there: Vec<usize> = (1..own.columns.len()).filter(|at| is_free(&own.columns[*at])).collect();
        if there.is_empty() || self.touched.contains(&(own.name.clone(), String::new())) {
            return None;
        }
        let column = *self.dice.pick(&there);
        let names = (own.name.clone(), own.columns[column].name.clone());
        self.touched.insert(names);
        Some((model, column))
    }

    fn label(&self, (model, column): (usize, usize)) -> String {
        let model = self.world.model(model);
        format!("{}.{}", model.name, model.columns[column].name)
    }

    /// A value that is taken where it is not null.
    fn value(&mut self, kind: &Kind) -> Value {
        loop {
            let value = unsigned(random(kind, self.dice));
            if value != Value::Text(String::new()) {
                return value;
            }
        }
    }

    fn add_column(&mut self) -> Option<()> {
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
        self.world.definition.models[model].columns.push(column);
        for row in self.world.rows.tables[model].iter_mut().flatten() {
            row.push(held.clone());
        }
        self.say(what)
    }

    fn remove_column(&mut self) -> Option<()> {
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

    fn rename_column(&mut self) -> Option<()> {
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

    fn retype_column(&mut self) -> Option<()> {
        let at = self.any_column(|column| column.kind.target().is_none())?;
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

    fn change_null(&mut self) -> Option<()> {
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

    fn reorder(&mut self) -> Option<()> {
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

    fn add_model(&mut self) -> Option<()> {
        let name = self.name("New");
        let mut columns =
            vec![Column::new("id", Kind::Integer), Column::new("word", Kind::Text { max_length: None })];
        let target = self.any_model();
        let target = self.world.model(target).name.clone();
        let mut owner =
            Column::new("owner", Kind::ForeignKey { model: target, on_delete: OnDelete::Cascade });
        owner.nullable = true;
        columns.push(owner);
        self.touched.insert((name.clone(), String::new()));
        let model = Model {
            name: name.clone(),
            table: None,
            columns,
            relations: Vec::new(),
            unique_together: Vec::new(),
            indexes: Vec::new(),
            keywords: Map::new(),
        };
        self.world.definition.models.push(model);
        self.world.rows.tables.push(Vec::new());
        self.world.next.push(1);
        self.world.ids.push(self.number);
        self.allowed.push(Code::PossibleRename);
        self.say(format!("add {name}"))
    }

    fn remove_model(&mut self) -> Option<()> {
        let model = self.any_model();
        let name = self.world.model(model).name.clone();
        let refers = |other: &Model| {
            other.name != name
                && (other.columns.iter().any(|column| column.kind.target() == Some(&name))
                    || other.relations.iter().any(|relation| relation.target == name))
        };
        let models = &self.world.definition.models;
        if models.len() < 2
            || models.iter().any(refers)
            || self.touched.iter().any(|(other, _)| *other == name)
        {
            return None;
        }
        self.world.definition.models.remove(model);
        self.world.rows.tables.remove(model);
        self.world.next.remove(model);
        self.world.ids.remove(model);
        self.world.links.retain(|(owner, _), _| *owner != name);
        if self.dice.chance(50) {
            self.world.gone.push((None, name.clone()));
        }
        self.allowed.extend([Code::DropTable, Code::PossibleRename]);
        self.say(format!("remove {name}"))
    }

    fn rename_model(&mut self) -> Option<()> {
        let model = self.any_model();
        let name = self.world.model(model).name.clone();
        if self.touched.iter().any(|(other, _)| *other == name) {
            return None;
        }
        let to = self.name("Other");
        for other in &mut self.world.definition.models {
            for column in &mut other.columns {
                if let Kind::ForeignKey { model, .. } = &mut column.kind
                    && *model == name
                {
                    model.clone_from(&to);
                }
            }
            for relation in other.relations.iter_mut().filter(|relation| relation.target == name) {
                relation.target.clone_from(&to);
            }
        }
        let own = &mut self.world.definition.models[model];
        own.name.clone_from(&to);
        own.keywords.insert("x-was".to_owned(), json!(name));
        let links = std::mem::take(&mut self.world.links);
        let renamed = links.into_iter().map(|((owner, relation), links)| {
            (((if owner == name { to.clone() } else { owner }), relation), links)
        });
        self.world.links = renamed.collect::<BTreeMap<_, _>>();
        self.touched.insert((to.clone(), "\0".to_owned()));
        self.say(format!("rename {name} to {to}"))
    }

    fn change_uniqueness(&mut self) -> Option<()> {
        let at = self.any_column(|column| !column.kind.is_json() && column.kind.target().is_none())?;
        let column = self.world.column(at);
        column.unique = !column.unique;
        column.index = false;
        let what = format!("{} is unique: {}", self.label(at), self.world.column(at).unique);
        self.say(what)
    }

    fn change_index(&mut self) -> Option<()> {
        let at = self.any_column(|column| !column.kind.is_json() && !column.unique)?;
        let column = self.world.column(at);
        column.index = !column.index;
        let what = format!("index {}", self.label(at));
        self.say(what)
    }

    fn change_default(&mut self) -> Option<()> {
        let at = self.any_column(|column| column.kind.target().is_none())?;
        let kind = self.world.column(at).kind.clone();
        let value = self.value(&kind);
        let column = self.world.column(at);
        column.default = if column.default.is_some() { None } else { Some(value) };
        let what = format!("{} has the default {:?}", self.label(at), self.world.column(at).default);
        self.say(what)
    }

    fn change_choices(&mut self) -> Option<()> {
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

    fn add_relation(&mut self) -> Option<()> {
        let (model, target) = (self.any_model(), self.any_model());
        let (owner, target) = (self.world.model(model).name.clone(), self.world.model(target).name.clone());
        let name = self.name("links");
        self.touched.insert((owner.clone(), name.clone()));
        self.world.definition.models[model].relations.push(ManyToMany { name: name.clone(), target });
        self.world.links.insert((owner.clone(), name.clone()), Vec::new());
        self.allowed.push(Code::PossibleRename);
        self.say(format!("add {owner}.{name}"))
    }

    fn change_relation(&mut self) -> Option<()> {
        let model = self.any_model();
        let owner = self.world.model(model).name.clone();
        let relation = self.world.model(model).relations.first()?.name.clone();
        if !self.touched.insert((owner.clone(), relation.clone())) {
            return None;
        }
        self.world.definition.models[model].relations.remove(0);
        self.world.links.remove(&(owner.clone(), relation.clone()));
        if self.dice.chance(50) {
            self.world.gone.push((Some(owner.clone()), relation.clone()));
        }
        self.allowed.extend([Code::DropTable, Code::PossibleRename]);
        self.say(format!("remove {owner}.{relation}"))
    }

    fn retype_key(&mut self) -> Option<()> {
        let model = self.any_model();
        let name = self.world.model(model).name.clone();
        let key = self.world.model(model).key().clone();
        let text = Kind::Text { max_length: None };
        let to = match &key.kind {
            Kind::Integer | Kind::Uuid => text,
            _ => Kind::Integer,
        };
        let values = self.world.values((model, 0));
        let fits = values.iter().all(|value| matches!(verdict(value, &key.kind, &to), Verdict::Becomes(_)));
        if !fits || self.touched.contains(&(name.clone(), String::new())) {
            return None;
        }
        if !self.touched.insert((name.clone(), key.name.clone())) {
            return None;
        }
        let convert = |value: &Value| match verdict(value, &key.kind, &to) {
            Verdict::Becomes(value) => value,
            _ => value.clone(),
        };
        self.world.convert_keys(model, convert);
        let column = self.world.column((model, 0));
        column.kind = to.clone();
        column.keywords.remove("x-collation");
        let values = self.world.values((model, 0)).into_iter();
        let numbers =
            values.filter_map(|value| if let Value::Integer(number) = value { Some(*number) } else { None });
        self.world.next[model] = numbers.max().unwrap_or(0).max(0) + 1;
        self.say(format!("retype the key of {name} to {to:?}"))
    }

    fn rename_in_database(&mut self) -> Option<()> {
        if self.dice.chance(50) {
            let at = self.any_column(|column| column.kind.target().is_none())?;
            let name = self.name("c");
            self.world.column(at).column = Some(name.clone());
            return self.say(format!("{} is the column {name}", self.label(at)));
        }
        let (model, name) = (self.any_model(), self.name("t"));
        self.world.definition.models[model].table = Some(name.clone());
        self.say(format!("{} is the table {name}", self.world.model(model).name))
    }

    fn change_on_delete(&mut self) -> Option<()> {
        let at = self.any_column(|column| column.kind.target().is_some())?;
        let new = *self.dice.pick(&[OnDelete::Cascade, OnDelete::Protect, OnDelete::Restrict]);
        if let Kind::ForeignKey { on_delete, .. } = &mut self.world.column(at).kind {
            *on_delete = new;
        }
        self.say(format!("{} reacts to deletions by {new:?}", self.label(at)))
    }
}
