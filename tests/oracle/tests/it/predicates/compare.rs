//! Answers held against the judge.

use std::collections::HashMap;
use std::fmt;

use dcrf_oracle::databases::Place;
use dcrf_oracle::rows::{Row, shown};
use dcrf_oracle::wire::Frame;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::case::{Case, Form, Tree, World};
use super::drift::Drift;
use super::drive::{Answers, CaseAnswers, EVERYTHING, id};
use super::judge::{Judge, Told};
use super::known::order_asks_database;

/// What was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Check {
    /// Something panicked, or a server did not answer.
    Panic,
    /// Rows as they are shown when they are made.
    Created,
    /// The answers to changes of rows.
    Written,
    /// A list.
    List,
    /// A list that is searched.
    Search,
    /// A page by limit and offset.
    Page,
    /// The pages by cursor, from the first to the last.
    Cursor,
    /// The pages by cursor, from the last to the first.
    CursorBack,
    /// A list as a stream of pages.
    Streamed,
    /// Rows that a queryset admits.
    Queryset,
    /// A row that is looked for under a queryset.
    Retrieve,
    /// What memory says of a queryset.
    Memory,
    /// Events of a subscription with a filter.
    Filtered,
    /// Events of a subscription under a queryset.
    Sight,
    /// Events of a subscription to everything.
    Everything,
    /// The order that the client makes.
    Client,
}

/// Something that is not as the judge says.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Which case; none: it is about no case.
    pub case: Option<usize>,
    /// What was compared.
    pub check: Check,
    /// Where; none: in the client.
    pub place: Option<Place>,
    /// What the judge says.
    pub expected: String,
    /// What was found.
    pub found: String,
}

impl Failure {
    /// Whether another is of the same sort.
    pub fn is_like(&self, other: &Self) -> bool {
        let refused = |failure: &Self| failure.found.starts_with("Err");
        (self.check, self.place, refused(self)) == (other.check, other.place, refused(other))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.place.map_or_else(|| "the client".to_owned(), |place| place.to_string());
        write!(f, "{:?} on {place}\n  expected: {}\n  found:    {}", self.check, self.expected, self.found)
    }
}

#[derive(Deserialize)]
struct Page<'a> {
    count: Option<usize>,
    #[serde(borrow)]
    results: Vec<&'a RawValue>,
}

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
            let expected: Result<_, String> = Ok(self.judge.list(&everything));
            let found = self.listed(&answers.last);
            self.expect(None, Check::Written, expected, found);
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
    fn listed(&self, frames: &[Frame]) -> Result<Vec<usize>, String> {
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

    fn case(&mut self, number: usize, case: &Case, answers: &CaseAnswers) {
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

    /// Whether the database's own order of texts is not that of code points.
    const fn is_foreign(&self) -> bool {
        matches!(self.place, Place::PostgresIcu)
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

    fn events(&mut self, answers: &Answers) {
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

/// By the ids of subscriptions, the events in their order, each in the forms that it may have.
type Heard = HashMap<String, Vec<Vec<String>>>;

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

/// The status of an answer with its data or, if it is a refusal, its errors.
fn answer(frame: &Frame) -> (u16, String) {
    (frame.status, if frame.status < 300 { normal(&frame.data) } else { frame.errors.clone() })
}

/// SQLite keeps no sign of a zero: it stores the number as an integer.
fn normal(row: &str) -> String {
    row.replace(":-0.0,", ":0.0,").replace(":-0.0}", ":0.0}")
}
