//! Events of subscriptions: which come, in what order, and what is in them.

use std::collections::HashMap;

use dcrf_oracle::rows::{Row, shown};
use serde_json::json;

use super::{Comparison, answer, normal};
use crate::predicates::case::Tree;
use crate::predicates::drive::{Answers, EVERYTHING, id};
use crate::predicates::failure::{Check, Failure};
use crate::predicates::judge::Told;

/// By the ids of subscriptions, the events in their order, each in the forms that it may have.
type Heard = HashMap<String, Vec<Vec<String>>>;

impl Comparison<'_> {
    pub(super) fn events(&mut self, answers: &Answers) {
        let world = self.world;
        let Some(last) = world.last() else { return };
        for (number, case) in &world.cases {
            let refused = case.is_filter_refused() || case.filter_asks_database(&world.definition);
            let status = answers.refused.get(&id("filter", *number)).map_or(201, |frame| frame.status);
            if case.is_own() {
                self.expect(Some(*number), Check::Filtered, if refused { 400 } else { 201 }, status);
            }
        }
        let (mut heard, mut trailing) = (Heard::new(), Heard::new());
        for (number, (write, frame)) in world.writes.iter().zip(&answers.written).enumerate() {
            let change = self.judge.write(write);
            let (status, row) = match &change {
                (None, Some(row)) => (201, Some(row)),
                (_, Some(row)) => (200, Some(row)),
                (_, None) => (204, None),
            };
            let data = row.map_or("null".to_owned(), |row| normal(&shown(world.definition.root(), row)));
            self.expect(None, Check::Written, (status, data), answer(frame));
            let is_last = number + 1 == world.writes.len();
            self.heard(&change, last, if is_last { &mut trailing } else { &mut heard });
        }
        for (number, case) in &world.cases {
            if case.is_own() && !answers.refused.contains_key(&id("filter", *number)) {
                self.told(
                    (Some(*number), Check::Filtered),
                    &id("filter", *number),
                    [&heard, &trailing],
                    answers,
                );
            }
            let asks = |tree: Tree| tree.asks_database(&world.definition, world.definition.root());
            if case.sight(last).is_some_and(|tree| !(asks(tree) && self.is_foreign())) {
                self.told((Some(*number), Check::Sight), &id("sight", *number), [&heard, &trailing], answers);
            }
        }
        self.told((None, Check::Everything), EVERYTHING, [&heard, &trailing], answers);
    }

    /// Adds what a change means to every subscription.
    fn heard(&self, change: &(Option<Row>, Option<Row>), last: &Row, heard: &mut Heard) {
        let mut tell = |id: String, event: Option<(&'static str, Told)>| {
            if let Some((action, told)) = event {
                let row = change.1.as_ref().or(change.0.as_ref()).expect("a row before or after");
                heard.entry(id).or_default().push(self.forms(action, &told, row));
            }
        };
        tell(EVERYTHING.to_owned(), self.judge.heard(change, |_| true, false));
        for (number, case) in &self.world.cases {
            if case.is_own() && !case.is_filter_refused() {
                let wanted = |row: &Row| self.judge.passes(case, row);
                tell(id("filter", *number), self.judge.heard(change, wanted, false));
            }
            if let Some(tree) = case.sight(last) {
                let wanted = |row: &Row| self.judge.admits(&tree, row);
                tell(id("sight", *number), self.judge.heard(change, wanted, true));
            }
        }
    }

    /// The ways in which an event may be written.
    fn forms(&self, action: &'static str, told: &Told, row: &Row) -> Vec<String> {
        let model = self.world.definition.root();
        let form = |data: String| format!("{action} {}", normal(&data));
        match told {
            Told::Row(row) => vec![form(shown(model, row))],
            Told::Gone(rows) => {
                let rows = rows.iter().map(|row| form(shown(model, row)));
                rows.chain([form(json!({ "pk": row[0].to_json() }).to_string())]).collect()
            }
        }
    }

    /// Compares the events of a subscription; those of what was written last of all may have come or not.
    fn told(
        &mut self,
        (case, check): (Option<usize>, Check),
        id: &str,
        [heard, trailing]: [&Heard; 2],
        answers: &Answers,
    ) {
        let of = |heard: &Heard| heard.get(id).cloned().unwrap_or_default();
        let mut expected = of(heard);
        let found = answers.events.get(id).map(Vec::as_slice).unwrap_or_default();
        let found: Vec<String> =
            found.iter().map(|frame| format!("{} {}", frame.action, normal(&frame.data))).collect();
        if found.len() > expected.len() {
            expected.extend(of(trailing));
        }
        let agree = expected.len() == found.len()
            && expected.iter().zip(&found).all(|(forms, found)| forms.contains(found));
        if !agree {
            let first: Vec<&String> = expected.iter().map(|forms| &forms[0]).collect();
            let (expected, found) = (format!("{first:?}"), format!("{found:?}"));
            self.failures.push(Failure { case, check, place: Some(self.place), expected, found });
        }
    }
}
