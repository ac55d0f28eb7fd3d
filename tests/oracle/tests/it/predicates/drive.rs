//! What a world's databases say: everything is asked over sockets, and kept as it was answered.

use std::collections::HashMap;

use dcrf_oracle::definition::{Definition, Stream};
use dcrf_oracle::descriptors::Descriptors;
use dcrf_oracle::rows::payload;
use dcrf_oracle::side::Side;
use dcrf_oracle::values::Value;
use dcrf_oracle::wire::{Call, Frame, Sockets};
use dcrf_runtime::condition::{Condition, Lookup as RuntimeLookup};
use dcrf_runtime::meta::{ModelMeta, PathStep};
use dcrf_runtime::{Row, store};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::case::{Case, Form, Lookup, Tree, World, Write};

/// Everything that one database has answered.
#[derive(Debug, Default)]
pub struct Answers {
    /// Of each model, the answers to its rows' creation.
    pub created: Vec<Vec<Frame>>,
    /// Of each case.
    pub cases: Vec<CaseAnswers>,
    /// To the subscriptions that were refused, by their ids.
    pub refused: HashMap<String, Frame>,
    /// To the writes.
    pub written: Vec<Frame>,
    /// By the ids of subscriptions.
    pub events: HashMap<String, Vec<Frame>>,
    /// All rows, when everything was done.
    pub last: Vec<Frame>,
}

/// What was answered to one case.
#[derive(Debug, Default)]
pub struct CaseAnswers {
    /// The list as a whole.
    pub whole: Vec<Frame>,
    /// The pages of it, in order.
    pub pages: Vec<Frame>,
    /// The pages by cursor from the last to the first.
    pub back: Vec<Frame>,
    /// What the queryset admits.
    pub seen: Vec<Frame>,
    /// The row of the case, looked for under the queryset.
    pub retrieved: Vec<Frame>,
    /// What memory says of each row, in the order of keys; none: it cannot tell.
    pub memory: Vec<(Row, Option<bool>)>,
}

/// The ids of a case's requests and subscriptions.
pub fn id(what: &str, number: usize) -> String {
    format!("{what}{number}")
}

/// The subscription that hears everything.
pub const EVERYTHING: &str = "everything";

/// Who asks for a world on one side.
pub struct Driver<'a> {
    pub world: &'a World,
    pub descriptors: &'a Descriptors,
    pub side: &'a mut Side,
    /// Whether subscriptions ask for something else than lists.
    pub other_filter: bool,
}

impl Driver<'_> {
    fn definition(&self) -> &Definition {
        &self.world.definition
    }

    fn stream(&self, stream: Stream) -> String {
        stream.name(self.definition().root())
    }

    /// Asks everything.
    pub async fn run(mut self) -> Answers {
        let mut answers = Answers { created: self.create().await, ..Answers::default() };
        if answers.created.iter().flatten().any(|frame| frame.status != 201) {
            return answers;
        }
        answers.cases = self.lists().await;
        self.walk(&mut answers.cases).await;
        self.remember(&mut answers.cases).await;
        if let Some(last) = self.world.last() {
            answers.refused = self.subscribe().await;
            let mut sights = self.sights(last).await;
            answers.written = self.write(&mut sights).await;
            let all = std::iter::once(&mut self.side.sockets).chain(&mut sights);
            for frame in all.flat_map(Sockets::take_events) {
                answers.events.entry(frame.id.clone()).or_default().push(frame);
            }
            for sockets in sights {
                sockets.close().await;
            }
        }
        let last = Call::new(self.stream(Stream::Whole), "list", "last", json!({}));
        answers.last = self.side.sockets.exchange(&[last]).await.remove(0);
        answers
    }

    /// Makes the rows, the models' with the last first.
    async fn create(&mut self) -> Vec<Vec<Frame>> {
        let mut created = vec![Vec::new(); self.definition().models.len()];
        for (index, model) in self.world.definition.models.iter().enumerate().rev() {
            let rows = self.world.rows.tables[index].iter().flatten().enumerate();
            let calls: Vec<Call> = rows
                .map(|(number, row)| {
                    let arguments = json!({ "data": payload(model, row) });
                    Call::new(Stream::Whole.name(model), "create", id("row", number), arguments)
                })
                .collect();
            created[index] = self.side.sockets.exchange(&calls).await.into_iter().flatten().collect();
        }
        created
    }

    /// Asks for every list whole, the first page of each, and what querysets admit.
    async fn lists(&mut self) -> Vec<CaseAnswers> {
        let mut calls = Vec::new();
        for (number, case) in &self.world.cases {
            let arguments = case.arguments(self.definition());
            calls.push(Call::new(
                self.stream(Stream::Whole),
                "list",
                id("whole", *number),
                arguments.clone(),
            ));
            calls.extend(self.form(*number, case, arguments));
            if let Some(tree) = &case.queryset {
                let condition = self.condition(0, tree);
                self.side.querysets.set(json!(id("seen", *number)).to_string(), condition.clone());
                self.side.querysets.set(json!(id("retrieved", *number)).to_string(), condition);
                if let Some(row) = self.world.row_of(*number) {
                    let (stream, id) = (self.stream(Stream::Seen), id("retrieved", *number));
                    calls.push(Call::new(stream, "retrieve", id, json!({ "pk": row[0].to_json() })));
                }
                let arguments = Case { filter: Vec::new(), search: None, ..case.clone() };
                let arguments = arguments.arguments(self.definition());
                calls.push(Call::new(self.stream(Stream::Seen), "list", id("seen", *number), arguments));
            }
        }
        // One stream after the other, so that many requests are under way on a raw socket, too.
        calls.sort_by(|a, b| a.stream.cmp(&b.stream));
        let answers = self.side.sockets.exchange(&calls).await;
        let mut answers: HashMap<String, Vec<Frame>> =
            calls.into_iter().map(|call| call.id).zip(answers).collect();
        let mut take = |what: &str, number: usize| answers.remove(&id(what, number)).unwrap_or_default();
        let numbers = self.world.cases.iter().map(|(number, _)| *number);
        numbers
            .map(|number| CaseAnswers {
                whole: take("whole", number),
                pages: take("pages", number),
                seen: take("seen", number),
                retrieved: take("retrieved", number),
                ..CaseAnswers::default()
            })
            .collect()
    }

    /// The request for the list in another form than whole.
    fn form(&self, number: usize, case: &Case, mut arguments: Json) -> Option<Call> {
        let stream = match case.form {
            Form::Whole => return None,
            Form::Page { limit, offset } => {
                (arguments["limit"], arguments["offset"]) = (json!(limit), json!(offset));
                Stream::Pages
            }
            Form::Cursor { limit } => {
                arguments["limit"] = json!(limit);
                Stream::Cursor
            }
            Form::Streamed { limit, offset } => {
                (arguments["limit"], arguments["offset"]) = (json!(limit), json!(offset));
                Stream::Streamed
            }
        };
        let mut call = Call::new(self.stream(stream), "list", id("pages", number), arguments);
        call.streamed = stream == Stream::Streamed;
        Some(call)
    }

    /// Follows the cursors of all lists at the same time: to the end, and from there back.
    async fn walk(&mut self, answers: &mut [CaseAnswers]) {
        loop {
            let mut calls = Vec::new();
            let mut whose = Vec::new();
            for (index, (number, case)) in self.world.cases.iter().enumerate() {
                let Form::Cursor { limit } = case.form else { continue };
                let own = &answers[index];
                let Some((cursor, back)) = further(own) else { continue };
                // A cursor that leads nowhere would be followed for ever.
                if own.pages.len() + own.back.len() > 2 * self.world.rows.tables[0].len() + 2 {
                    continue;
                }
                let mut arguments = case.arguments(self.definition());
                (arguments["limit"], arguments["cursor"]) = (json!(limit), json!(cursor));
                calls.push(Call::new(self.stream(Stream::Cursor), "list", id("pages", *number), arguments));
                whose.push((index, back));
            }
            if calls.is_empty() {
                return;
            }
            let found = self.side.sockets.exchange(&calls).await;
            for ((index, back), frames) in whose.into_iter().zip(found) {
                let own = &mut answers[index];
                if back { own.back.extend(frames) } else { own.pages.extend(frames) }
            }
        }
    }

    /// Asks memory what it says of every row.
    async fn remember(&mut self, answers: &mut [CaseAnswers]) {
        if self.world.cases.iter().all(|(_, case)| case.queryset.is_none()) {
            return;
        }
        let rows = store::list(&self.side.db, self.model(0)).await.unwrap_or_else(|error| panic!("{error}"));
        for ((_, case), answers) in self.world.cases.iter().zip(answers) {
            let Some(tree) = &case.queryset else { continue };
            let condition = self.condition(0, tree);
            answers.memory = rows.iter().map(|row| (row.clone(), condition.matches(row))).collect();
        }
    }

    /// Subscribes to what every case is about; gives the refusals.
    async fn subscribe(&mut self) -> HashMap<String, Frame> {
        let mut calls = Vec::new();
        for (number, case) in &self.world.cases {
            if case.is_own() {
                let case = if self.other_filter { otherwise(case) } else { case.clone() };
                let mut arguments = json!({});
                if !case.filter.is_empty() {
                    arguments["filter"] = case.filter(self.definition());
                }
                let stream = self.stream(Stream::Whole);
                calls.push(Call::new(stream, "subscribe_to_changes", id("filter", *number), arguments));
            }
        }
        let stream = self.stream(Stream::Whole);
        calls.push(Call::new(stream, "subscribe_to_changes", EVERYTHING, json!({})));
        let answers = self.side.sockets.exchange(&calls).await;
        let refused = answers.into_iter().flatten().filter(|frame| frame.status != 201);
        refused.map(|frame| (frame.id.clone(), frame)).collect()
    }

    /// Subscribes under querysets, each on a connection of its own.
    async fn sights(&mut self, last: &dcrf_oracle::rows::Row) -> Vec<Sockets> {
        let mut sights = Vec::new();
        for (number, case) in &self.world.cases {
            let Some(tree) = case.sight(last) else { continue };
            let id = id("sight", *number);
            self.side.querysets.set(json!(id).to_string(), self.condition(0, &tree));
            let mut sockets = self.side.more_sockets();
            let call = Call::new(self.stream(Stream::Seen), "subscribe_to_changes", id, json!({}));
            let answer = sockets.exchange(&[call]).await;
            assert_eq!(answer[0][0].status, 201, "{answer:?}");
            sights.push(sockets);
        }
        sights
    }

    /// Does the writes, and waits until everything that they are told by has come.
    async fn write(&mut self, sights: &mut [Sockets]) -> Vec<Frame> {
        let calls = self.writes();
        let count = calls.len();
        let written: Vec<Frame> = self.side.sockets.exchange(&calls).await.into_iter().flatten().collect();
        if written.iter().any(|frame| frame.status >= 300) {
            return written;
        }
        let enough = |events: &[Frame]| events.iter().filter(|event| event.id == EVERYTHING).count() >= count;
        let stream = self.stream(Stream::Whole);
        self.side.sockets.read_until(&stream, enough).await;
        let last = written.last().map(|frame| frame.data.clone()).unwrap_or_default();
        let stream = self.stream(Stream::Seen);
        for sockets in sights {
            sockets.read_until(&stream, |events| events.iter().any(|event| event.data == last)).await;
        }
        written
    }

    /// The requests of the writes.
    fn writes(&self) -> Vec<Call> {
        let model = self.world.definition.root();
        let mut keys: Vec<Json> =
            self.world.rows.tables[0].iter().flatten().map(|row| row[0].to_json()).collect();
        let mut calls = Vec::new();
        for (number, write) in self.world.writes.iter().enumerate() {
            let (action, arguments) = match write {
                Write::Create(row) => {
                    keys.push(row[0].to_json());
                    ("create", json!({ "data": payload(model, row) }))
                }
                Write::Patch { row, changes } => {
                    let entry = |(column, value): &(usize, Value)| {
                        (model.columns[*column].name.clone(), value.to_json())
                    };
                    let data: serde_json::Map<String, Json> = changes.iter().map(entry).collect();
                    ("patch", json!({ "pk": keys[*row], "data": data }))
                }
                Write::Delete { row } => ("delete", json!({ "pk": keys[*row] })),
            };
            calls.push(Call::new(self.stream(Stream::Whole), action, id("write", number), arguments));
        }
        calls
    }

    /// The descriptor of a model.
    fn model(&self, index: usize) -> &'static ModelMeta {
        let name = dcrf::ir::Name::parse(&self.world.definition.models[index].name);
        self.descriptors.model(&name.shouting())
    }

    /// The model that a foreign key leads to.
    fn target(&self, model: usize, column: usize) -> usize {
        let target = self.definition().models[model].columns[column].kind.target();
        target.and_then(|target| self.definition().model_position(target)).expect("a foreign key")
    }

    /// A queryset as the runtime has it.
    fn condition(&self, model: usize, tree: &Tree) -> Condition {
        match tree {
            Tree::All(parts) => {
                Condition::All(parts.iter().map(|part| self.condition(model, part)).collect())
            }
            Tree::Any(parts) => {
                Condition::Any(parts.iter().map(|part| self.condition(model, part)).collect())
            }
            Tree::Not(part) => Condition::Not(Box::new(self.condition(model, part))),
            Tree::Compare { column, lookup, values } => Condition::Compare {
                model: self.model(model),
                column: *column,
                lookup: runtime(*lookup),
                values: values.iter().map(Value::to_runtime).collect(),
            },
            Tree::Related { column, tree } => {
                let condition = Box::new(self.condition(self.target(model, *column), tree));
                Condition::Related {
                    model: self.model(model),
                    step: PathStep::ForeignKey(*column),
                    condition,
                }
            }
            Tree::Outer { column, tree } => {
                let condition = Box::new(self.condition(self.target(model, *column), tree));
                Condition::Outer { model: self.model(model), step: PathStep::ForeignKey(*column), condition }
            }
        }
    }
}

fn runtime(lookup: Lookup) -> RuntimeLookup {
    match lookup {
        Lookup::Eq => RuntimeLookup::Eq,
        Lookup::Ne => RuntimeLookup::Ne,
        Lookup::In => RuntimeLookup::In,
        Lookup::Lt => RuntimeLookup::Lt,
        Lookup::Lte => RuntimeLookup::Lte,
        Lookup::Gt => RuntimeLookup::Gt,
        Lookup::Gte => RuntimeLookup::Gte,
        Lookup::Contains => RuntimeLookup::Contains,
        Lookup::StartsWith => RuntimeLookup::StartsWith,
        Lookup::IsNull => RuntimeLookup::IsNull,
        Lookup::Range => panic!("a range is two comparisons"),
    }
}

/// The same case with `gte` in the place of `gt`.
fn otherwise(case: &Case) -> Case {
    let mut case = case.clone();
    let greater = case.filter.iter_mut().filter(|term| term.lookup == Lookup::Gt);
    greater.for_each(|term| term.lookup = Lookup::Gte);
    case
}

#[derive(Deserialize)]
struct Cursors {
    next: Option<String>,
    previous: Option<String>,
}

/// The cursor to follow, and whether it leads back; none: the walk is done, or was refused.
fn further(answers: &CaseAnswers) -> Option<(String, bool)> {
    let cursors = |frame: &Frame| serde_json::from_str::<Cursors>(&frame.data).ok();
    if let Some(last) = answers.back.last() {
        return Some((cursors(last)?.previous?, true));
    }
    let last = cursors(answers.pages.last()?)?;
    match last.next {
        Some(next) => Some((next, false)),
        None => Some((last.previous?, true)),
    }
}
