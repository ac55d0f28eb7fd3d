//! Random worlds.

use dcrf_oracle::definition::{Definition, FieldPath, Kind, Model, Shape};
use dcrf_oracle::rows::{Row, Rows};
use dcrf_oracle::seed::Dice;
use dcrf_oracle::values::{Value, neighbour, otherwise, random};
use dcrf_oracle::wire::Framing;

use super::case::{Case, Form, Lookup, Term, Tree, World, Write};
use super::judge::Judge;

/// Cases of a world: setting up a world costs as much as some dozens of them.
pub const CASES: usize = 60;

impl World {
    /// The world of a seed.
    pub fn random(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let definition = Definition::random(&mut dice, Shape::default());
        let framing = if dice.chance(50) { Framing::Raw } else { Framing::Multiplexed };
        let rows = Rows::random(&definition, &mut dice, 4..=18, 1..=5);
        let writes = writes(&definition, &rows, &mut dice);
        let cases = (0..CASES).map(|number| {
            // Each of its own seed, so that none depends on how the others are made.
            let mut dice = Dice::new(Dice::derive(seed, number as u64));
            (number, Author { definition: &definition, rows: &rows }.case(&mut dice))
        });
        let cases = cases.collect();
        Self { seed, definition, framing, rows, writes, cases }
    }
}

/// What is done to the rows of the first model, each on top of those before.
fn writes(definition: &Definition, rows: &Rows, dice: &mut Dice) -> Vec<Write> {
    let mut judge = Judge { definition, rows: rows.clone(), drift: None };
    let mut writes = Vec::new();
    for _ in 0..12 {
        let write = match dice.roll(10) {
            0..=2 => judge.rows.another(definition, 0, dice).map(Write::Create),
            3..=7 => patch(definition, &judge.rows, dice),
            _ => delete(definition, &judge.rows, dice),
        };
        if let Some(write) = write {
            judge.write(&write);
            writes.push(write);
        }
    }
    match judge.rows.another(definition, 0, dice) {
        Some(row) => writes.push(Write::Create(row)),
        // Without a last row nothing can be told for sure.
        None => writes.clear(),
    }
    writes
}

/// Which rows of the first model are there.
fn there(rows: &Rows) -> Vec<usize> {
    (0..rows.tables[0].len()).filter(|index| rows.tables[0][*index].is_some()).collect()
}

fn patch(definition: &Definition, rows: &Rows, dice: &mut Dice) -> Option<Write> {
    let (model, there) = (definition.root(), there(rows));
    if there.is_empty() {
        return None;
    }
    let row = *dice.pick(&there);
    let columns: Vec<usize> = (1..model.columns.len()).collect();
    let mut changes = Vec::new();
    let count = dice.between(1, 3);
    for column in dice.some_of(&columns, count) {
        let null = model.columns[column].nullable && dice.chance(30);
        let value = if null { Value::Null } else { rows.value(definition, 0, column, dice)? };
        changes.push((column, value));
    }
    let mut after = rows.tables[0][row].clone()?;
    changes.iter().for_each(|(column, value)| after[*column] = value.clone());
    rows.admits(model, 0, &after, Some(row)).then_some(Write::Patch { row, changes })
}

fn delete(definition: &Definition, rows: &Rows, dice: &mut Dice) -> Option<Write> {
    let alone: Vec<usize> =
        there(rows).into_iter().filter(|row| !rows.is_referred_to(definition, 0, *row)).collect();
    (!alone.is_empty()).then(|| Write::Delete { row: *dice.pick(&alone) })
}

/// Who makes up cases about rows.
struct Author<'a> {
    definition: &'a Definition,
    rows: &'a Rows,
}

impl Author<'_> {
    fn case(&self, dice: &mut Dice) -> Case {
        // The row's own columns half of the time, however much there is behind its foreign keys: subscriptions and the
        // client know nothing else.
        let mut reaches = self.definition.reaches();
        if dice.chance(50) {
            reaches.retain(|reach| reach.path.is_empty());
        }
        let terms = [0, 1, 1, 1, 2, 2, 3][dice.roll(7)];
        let mut filter: Vec<Term> = Vec::new();
        for _ in 0..terms {
            let term = self.term(dice.pick(&reaches), dice);
            let same = |other: &Term| {
                (&other.reach, other.lookup, other.explicit) == (&term.reach, term.lookup, term.explicit)
            };
            if !filter.iter().any(same) {
                filter.push(term);
            }
        }
        let searched = self.definition.searched();
        let search = (!searched.is_empty() && dice.chance(30)).then(|| self.search(&searched, dice));
        let count = [0, 1, 1, 2, 3][dice.roll(5)];
        let order = dice.some_of(&reaches, count).into_iter().map(|reach| (reach, dice.chance(50))).collect();
        let form = match dice.roll(10) {
            0..=3 => Form::Whole,
            4 | 5 => Form::Page { limit: dice.between(1, 6), offset: dice.roll(8) },
            6 | 7 => Form::Cursor { limit: dice.between(3, 8) },
            _ => Form::Streamed { limit: dice.between(4, 8), offset: dice.roll(5) },
        };
        let queryset = dice.chance(50).then(|| self.tree(self.definition.root(), 3, dice));
        Case { filter, search, order, form, queryset, sight: dice.chance(20) }
    }

    /// A value that some row has in a column, or that one could have.
    fn value(&self, model: &Model, column: usize, dice: &mut Dice) -> Value {
        let table = self.definition.model_position(&model.name).expect("a model of the definition");
        let there: Vec<&Row> = self.rows.tables[table].iter().flatten().collect();
        let known: Vec<&Value> =
            there.iter().map(|row| &row[column]).filter(|value| !value.is_null()).collect();
        let kind = &model.columns[column].kind;
        if known.is_empty() || (dice.chance(10) && kind.target().is_none()) {
            return self.any(kind, dice);
        }
        let value: &&Value = dice.pick(&known);
        neighbour(kind, value, dice)
    }

    /// A value of a kind; of a foreign key one that the other model's key could be.
    fn any(&self, kind: &Kind, dice: &mut Dice) -> Value {
        match kind.target() {
            Some(target) => self.any(&self.definition.model(target).key().kind, dice),
            None => random(kind, dice),
        }
    }

    fn term(&self, reach: &FieldPath, dice: &mut Dice) -> Term {
        let (model, column) = self.definition.reached(reach);
        let kind = &model.columns[column].kind;
        let lookup = self.lookup(kind, dice);
        let values = match lookup {
            Lookup::IsNull => vec![Value::Boolean(dice.chance(50))],
            Lookup::Eq if dice.chance(15) => vec![Value::Null],
            Lookup::In => (0..dice.roll(4)).map(|_| self.value(model, column, dice)).collect(),
            Lookup::Range => vec![self.value(model, column, dice), self.value(model, column, dice)],
            _ => vec![self.value(model, column, dice)],
        };
        let values = if kind.is_text() && lookup != Lookup::IsNull && dice.chance(2) {
            values.iter().map(|_| Value::Text("a\0".to_owned())).collect()
        } else {
            values
        };
        // A choice has one spelling as a number, as in DRF's `ChoiceField`.
        let one_spelling = matches!(kind, Kind::IntegerEnum(_)) && lookup != Lookup::IsNull;
        let spelled = |value: &Value| {
            if !one_spelling && dice.chance(20) { otherwise(value, dice) } else { value.to_json() }
        };
        let spelled = values.iter().map(spelled).collect();
        let explicit = lookup == Lookup::Eq && dice.chance(30);
        Term { reach: reach.clone(), lookup, values, spelled, explicit }
    }

    /// One that suits a kind, whoever asks.
    fn lookup(&self, kind: &Kind, dice: &mut Dice) -> Lookup {
        let ordered = kind.is_ordered();
        let text = kind.is_text();
        loop {
            match dice.roll(10) {
                0 => return Lookup::Eq,
                1 => return Lookup::In,
                2 => return Lookup::IsNull,
                3 if ordered => return Lookup::Lt,
                4 if ordered => return Lookup::Lte,
                5 if ordered => return Lookup::Gt,
                6 if ordered => return Lookup::Gte,
                7 if ordered => return Lookup::Range,
                8 if text => return Lookup::Contains,
                9 if text => return Lookup::StartsWith,
                _ => {}
            }
        }
    }

    /// Words, most of them out of texts that are there, in another case.
    fn search(&self, searched: &[FieldPath], dice: &mut Dice) -> String {
        let mut words = Vec::new();
        for _ in 0..dice.between(1, 2) {
            let (model, column) = self.definition.reached(dice.pick(searched));
            let Value::Text(text) = self.value(model, column, dice) else { continue };
            let chars: Vec<char> = text.chars().collect();
            let start = if chars.is_empty() { 0 } else { dice.roll(chars.len()) };
            let word: String = chars[start..].iter().take(2).collect();
            words.push(match dice.roll(4) {
                0 => word.to_uppercase(),
                1 => word.to_lowercase(),
                2 => chars.get(start).into_iter().flat_map(|char| char.to_uppercase()).collect(),
                _ => word,
            });
        }
        if dice.chance(2) {
            words.push("\0".to_owned());
        }
        let space: &&str = dice.pick(&[" ", "  ", "\t", "\u{3000}"]);
        words.join(space)
    }

    fn tree(&self, model: &Model, depth: usize, dice: &mut Dice) -> Tree {
        let keys: Vec<usize> =
            (0..model.columns.len()).filter(|index| model.columns[*index].kind.target().is_some()).collect();
        let several =
            |dice: &mut Dice| (0..dice.roll(4)).map(|_| self.tree(model, depth - 1, dice)).collect();
        match dice.roll(10) {
            0 | 1 if depth > 0 => Tree::All(several(dice)),
            2 | 3 if depth > 0 => Tree::Any(several(dice)),
            4 | 5 if depth > 0 => Tree::Not(Box::new(self.tree(model, depth - 1, dice))),
            6 if depth > 0 && !keys.is_empty() => {
                let column = *dice.pick(&keys);
                let target = model.columns[column].kind.target().expect("a foreign key");
                let tree = Box::new(self.tree(self.definition.model(target), depth - 1, dice));
                if dice.chance(50) { Tree::Related { column, tree } } else { Tree::Outer { column, tree } }
            }
            _ => self.comparison(model, dice),
        }
    }

    fn comparison(&self, model: &Model, dice: &mut Dice) -> Tree {
        let column = dice.roll(model.columns.len());
        let kind = &model.columns[column].kind;
        let lookup = match self.lookup(kind, dice) {
            _ if kind.is_json() => Lookup::IsNull,
            Lookup::Range => Lookup::Ne,
            lookup => lookup,
        };
        let values = match lookup {
            Lookup::IsNull => Vec::new(),
            Lookup::In => (0..dice.roll(4)).map(|_| self.value(model, column, dice)).collect(),
            _ => vec![self.value(model, column, dice)],
        };
        Tree::Compare { column, lookup, values }
    }
}
