//! Random edits of a definition, with the answers that the generator asks for, and what becomes of rows.

mod columns;
mod models;

use std::collections::BTreeSet;

use dcrf::diag::Code;
use dcrf_oracle::definition::{Column, Kind};
use dcrf_oracle::seed::Dice;
use dcrf_oracle::values::{Value, random};

use super::world::{World, unsigned};

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
        match self.dice.roll(28) {
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
            25 | 26 => self.change_sql_type(),
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
}
