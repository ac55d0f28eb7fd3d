//! Lists: whole, in pages, and under a queryset, and the one row that is looked for.

use dcrf_oracle::rows::shown;
use dcrf_oracle::wire::Frame;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Comparison, answer, normal};
use crate::predicates::case::{Case, Form, Tree};
use crate::predicates::drive::CaseAnswers;
use crate::predicates::failure::Check;
use crate::predicates::known::order_asks_database;

#[derive(Deserialize)]
struct Page<'a> {
    count: Option<usize>,
    #[serde(borrow)]
    results: Vec<&'a RawValue>,
}

impl Comparison<'_> {
    pub(super) fn case(&mut self, number: usize, case: &Case, answers: &CaseAnswers) {
        let definition = &self.world.definition;
        let order_is_foreign =
            self.is_foreign() && order_asks_database(definition, &self.judge.order_of(case));
        let filter_is_foreign = self.is_foreign() && case.filter_asks_database(definition);
        if case.is_refused() {
            let status = |frames: &[Frame]| frames.iter().map(|frame| frame.status).collect::<Vec<_>>();
            self.expect(Some(number), Check::List, [400], status(&answers.whole));
        } else {
            let before = self.failures.len();
            let check = if case.search.is_some() { Check::Search } else { Check::List };
            let mut list = self.judge.list(case);
            let found = self.listed(&answers.whole);
            match &found {
                // The database alone knows; what comes in pages must be the same.
                Ok(found) if filter_is_foreign => list = found.clone(),
                Ok(found) if order_is_foreign => {
                    self.expect(Some(number), check, sorted(&list), sorted(found));
                    list = found.clone();
                }
                found => self.expect(Some(number), check, Ok::<_, &String>(&list), found.as_ref()),
            }
            // Of a list that is wrong the pages are wrong, too.
            if self.failures.len() == before {
                self.form(number, case, answers, &list);
            }
        }
        if let Some(tree) = &case.queryset {
            self.queryset(number, case, tree, answers, order_is_foreign);
        }
    }

    fn queryset(
        &mut self,
        number: usize,
        case: &Case,
        tree: &Tree,
        answers: &CaseAnswers,
        order_is_foreign: bool,
    ) {
        let (definition, model) = (&self.world.definition, self.world.definition.root());
        let asks = tree.asks_database(definition, model);
        if !(asks && self.is_foreign()) {
            let expected = self.judge.seen(case, tree);
            match self.listed(&answers.seen) {
                Ok(found) if order_is_foreign => {
                    self.expect(Some(number), Check::Queryset, sorted(&expected), sorted(&found));
                }
                found => self.expect(Some(number), Check::Queryset, Ok::<_, String>(expected), found),
            }
            if let (Some(row), [frame]) = (self.world.row_of(number), &answers.retrieved[..]) {
                let found = if frame.status == 404 { (404, String::new()) } else { answer(frame) };
                let admitted = self.judge.admits(tree, row);
                let expected =
                    if admitted { (200, normal(&shown(model, row))) } else { (404, String::new()) };
                self.expect(Some(number), Check::Retrieve, expected, found);
            }
        }
        for row in self.judge.rows.tables[0].clone().iter().flatten() {
            let key = row[0].to_runtime();
            let known = answers.memory.iter().find(|(own, _)| own.values()[0] == key);
            let found = known.and_then(|(_, found)| *found);
            // What is about the row alone, memory has to know.
            if found.is_some() || (tree.is_own() && !asks) {
                let expected = Some(self.judge.admits(tree, row));
                self.expect(
                    Some(number),
                    Check::Memory,
                    (expected, shown(model, row)),
                    (found, shown(model, row)),
                );
            }
        }
    }

    fn form(&mut self, number: usize, case: &Case, answers: &CaseAnswers, list: &[usize]) {
        let after = |offset: usize| list.get(offset.min(list.len())..).unwrap_or_default();
        let found = self.paged(&answers.pages);
        match case.form {
            Form::Whole => {}
            Form::Page { limit, offset } => {
                let rows: Vec<usize> = after(offset).iter().copied().take(limit).collect();
                let expected: Result<_, String> = Ok((vec![Some(list.len())], rows));
                self.expect(Some(number), Check::Page, expected, found);
            }
            Form::Streamed { limit, offset } => {
                let pages = after(offset).len().div_ceil(limit).max(1);
                let expected: Result<_, String> = Ok((vec![Some(list.len()); pages], after(offset).to_vec()));
                self.expect(Some(number), Check::Streamed, expected, found);
            }
            Form::Cursor { limit } => {
                let pages = list.len().div_ceil(limit).max(1);
                let expected: Result<_, String> = Ok((vec![None::<usize>; pages], list.to_vec()));
                self.expect(Some(number), Check::Cursor, &expected, &found);
                let Ok((_, found)) = found else { return };
                // From the last page back to the first: what comes before that page.
                let last = found.len() - found.len().min((found.len().max(1) - 1) % limit + 1);
                let mut pages = answers.back.clone();
                pages.reverse();
                let expected: Result<_, String> = Ok(list.get(..last).unwrap_or_default().to_vec());
                let back = self.paged(&pages).map(|(_, rows)| rows);
                self.expect(Some(number), Check::CursorBack, expected, back);
            }
        }
    }

    /// The positions of rows.
    fn rows(&self, rows: &[&RawValue]) -> Result<Vec<usize>, String> {
        let position = |row: &&RawValue| {
            self.positions
                .get(&normal(row.get()))
                .copied()
                .ok_or_else(|| format!("a row that nobody made: {row}"))
        };
        rows.iter().map(position).collect()
    }

    /// The rows of an answer that is a list.
    pub(super) fn listed(&self, frames: &[Frame]) -> Result<Vec<usize>, String> {
        let frame = one(frames)?;
        let rows: Vec<&RawValue> = serde_json::from_str(&frame.data).map_err(|error| error.to_string())?;
        self.rows(&rows)
    }

    /// The rows of pages, one page after the other, and the count that each of them says.
    fn paged(&self, frames: &[Frame]) -> Result<(Vec<Option<usize>>, Vec<usize>), String> {
        let (mut counts, mut found) = (Vec::new(), Vec::new());
        for frame in frames {
            let frame = good(frame)?;
            let page: Page<'_> = serde_json::from_str(&frame.data).map_err(|error| error.to_string())?;
            counts.push(page.count);
            found.extend(self.rows(&page.results)?);
        }
        Ok((counts, found))
    }
}

/// Positions without their order.
fn sorted(positions: &[usize]) -> Vec<usize> {
    let mut positions = positions.to_vec();
    positions.sort_unstable();
    positions
}

/// The only frame of an answer that is a success.
fn one(frames: &[Frame]) -> Result<&Frame, String> {
    match frames {
        [frame] => good(frame),
        frames => Err(format!("{} frames", frames.len())),
    }
}

fn good(frame: &Frame) -> Result<&Frame, String> {
    if frame.status == 200 { Ok(frame) } else { Err(format!("{} {}", frame.status, frame.errors)) }
}
