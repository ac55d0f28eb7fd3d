//! Answers held against the judge.

use std::collections::HashMap;
use std::fmt;

use dcrf_oracle::databases::Place;
use dcrf_oracle::rows::{Row, shown};
use dcrf_oracle::wire::Frame;

use super::case::{Case, Form, World};
use super::drift::Drift;
use super::drive::Answers;
use super::failure::{Check, Failure};
use super::judge::Judge;
use super::known::order_asks_database;

mod events;
mod lists;

/// Who compares the answers of one database.
struct Comparison<'a> {
    world: &'a World,
    place: Place,
    judge: Judge<'a>,
    /// Positions of rows, by how they are shown.
    positions: HashMap<String, usize>,
    failures: Vec<Failure>,
}

/// What is not as the judge says.
pub fn compare(world: &World, place: Place, answers: &Answers, drift: Option<Drift>) -> Vec<Failure> {
    let judge = Judge { definition: &world.definition, rows: world.rows.clone(), drift };
    let mut comparison = Comparison { world, place, judge, positions: HashMap::new(), failures: Vec::new() };
    comparison.everything(answers);
    comparison.failures
}

impl Comparison<'_> {
    fn expect(
        &mut self,
        case: Option<usize>,
        check: Check,
        expected: impl fmt::Debug,
        found: impl fmt::Debug,
    ) {
        let (expected, found) = (format!("{expected:?}"), format!("{found:?}"));
        if expected != found {
            self.failures.push(Failure { case, check, place: Some(self.place), expected, found });
        }
    }

    fn everything(&mut self, answers: &Answers) {
        self.created(answers);
        if !self.failures.is_empty() {
            return;
        }
        let world = self.world;
        for ((number, case), answers) in world.cases.iter().zip(&answers.cases) {
            self.case(*number, case, answers);
        }
        self.events(answers);
        if self.failures.is_empty() {
            let everything = Case {
                filter: Vec::new(),
                search: None,
                order: Vec::new(),
                form: Form::Whole,
                queryset: None,
                sight: false,
            };
            self.remember();
            let (mut expected, mut found) = (self.judge.list(&everything), self.listed(&answers.last));
            if self.is_foreign() && order_asks_database(&world.definition, &self.judge.order_of(&everything))
            {
                // The database alone knows the order.
                expected.sort_unstable();
                found = found.map(|mut found| {
                    found.sort_unstable();
                    found
                });
            }
            self.expect(None, Check::Written, Ok::<_, String>(expected), found);
        }
    }

    fn created(&mut self, answers: &Answers) {
        let world = self.world;
        for (index, model) in world.definition.models.iter().enumerate().rev() {
            let rows: Vec<&Row> = world.rows.tables[index].iter().flatten().collect();
            for (row, frame) in rows.iter().zip(&answers.created[index]) {
                self.expect(None, Check::Created, (201, normal(&shown(model, row))), answer(frame));
            }
        }
        self.remember();
    }

    /// Learns how rows are shown now.
    fn remember(&mut self) {
        let model = self.world.definition.root();
        for (position, row) in self.judge.rows.tables[0].iter().enumerate() {
            if let Some(row) = row {
                self.positions.insert(normal(&shown(model, row)), position);
            }
        }
    }

    /// Whether the database's own order of texts is not that of code points.
    const fn is_foreign(&self) -> bool {
        matches!(self.place, Place::PostgresIcu)
    }
}

/// The status of an answer with its data or, if it is a refusal, its errors.
fn answer(frame: &Frame) -> (u16, String) {
    (frame.status, if frame.status < 300 { normal(&frame.data) } else { frame.errors.clone() })
}

/// SQLite keeps no sign of a zero: it stores the number as an integer.
fn normal(row: &str) -> String {
    row.replace(":-0.0,", ":0.0,").replace(":-0.0}", ":0.0}")
}
