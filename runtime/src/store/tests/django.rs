//! Random queries through Django's ORM on the same tables: both give the same answers.
//!
//! On PostgreSQL with the collation of code points, where both store all values alike. `runtime/tests/drf/queries.py` is
//! Django's side.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use rust_decimal::Decimal as Exact;
use serde_json::{Value as Json, json};

use super::ask::{Ask, Fault, Item, Related, Term};
use super::databases::on_server;
use super::random::Random;
use super::world::{AUTHOR, BOOK, POSTGRES, SQLITE, TAG, World};
use crate::condition::{Function, Lookup};
use crate::db::Db;
use crate::schema::meta::{Kind, ModelMeta};
use crate::schema::row::Row;
use crate::schema::value::Value;
use crate::store::selection::Selection;

const SEED: u64 = 0xd7a0;
const CASES: usize = 200;

/// Django with the tables.
struct Django {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Django {
    fn start(url: &str) -> Option<Self> {
        let Ok(python) = std::env::var("DCRF_PYTHON") else {
            assert!(std::env::var_os("CI").is_none(), "DCRF_PYTHON is not set");
            eprintln!("\n*** Django was NOT asked: DCRF_PYTHON is not set ***\n");
            return None;
        };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drf/queries.py");
        let mut command = Command::new(python);
        command.arg(script).arg(url).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("Python with Django");
        let (input, output) = (process.stdin.take().expect("a pipe"), process.stdout.take().expect("a pipe"));
        Some(Self { process, input, output: BufReader::new(output) })
    }

    fn ask(&mut self, query: &Json) -> Json {
        writeln!(self.input, "{query}").expect("Django listens");
        let mut answer = String::new();
        self.output.read_line(&mut answer).expect("Django answers");
        serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{query}: Django has ended"))
    }
}

impl Drop for Django {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn django_answers_likewise() {
    on_server("DCRF_TEST_POSTGRES_C", SQLITE, POSTGRES, async |[db, _], [url, _]| {
        let Some(mut django) = Django::start(&url) else { return };
        let mut random = Random::new(SEED);
        World::fill(&db, &mut random).await;
        for case in 0..CASES {
            let (query, expected) = query(&db, &mut random).await;
            let got = django.ask(&query);
            let rows = got.as_array().unwrap_or_else(|| panic!("query {case}, {query}: {got}"));
            let same = rows.len() == expected.len()
                && rows.iter().zip(&expected).all(|(django, own)| is_same_row(django, own));
            assert!(same, "query {case}: {query}\n  Django: {got}\nexpected: {expected:?}");
        }
    })
    .await;
}

/// Returns a random query for Django, and what is answered here.
async fn query(db: &Db, random: &mut Random) -> (Json, Vec<Row>) {
    let model: &'static ModelMeta = random.one_of::<&ModelMeta>(&[&AUTHOR, &BOOK, &BOOK, &TAG]);
    let ask = Ask::for_django(random, model);
    let selection = Selection::new(model, ask.condition(model, Fault::None));
    let mut query = json!({"model": model.name, "ask": ask.json(model)});
    let rows = match random.below(3) {
        0 => {
            let order: Vec<Term> = (0..random.below(3)).map(|_| Term::of_column(random, model)).collect();
            let (skip, take) = (random.below(4), random.once_in(2).then(|| random.below(20)));
            let terms = order
                .iter()
                .map(|term| json!([term.item.path.name(model), term.descending, term.nulls_first]));
            query["order"] = terms.collect();
            query["skip"] = skip.into();
            query["take"] = take.into();
            let selection =
                selection.ordered(order.iter().map(|term| term.sorted(model, Fault::None)).collect());
            let selection = selection.after(skip as u64);
            let selection = match take {
                Some(take) => selection.at_most(take as u64),
                None => selection,
            };
            let keys = selection.keys(db).await.expect("keys");
            keys.into_iter().map(|key| Row::new(vec![key])).collect()
        }
        1 => {
            let by: Vec<Item> = (0..=random.below(1)).map(|_| Item::column(random, model)).collect();
            let items: Vec<Item> = (0..=random.below(2)).map(|_| aggregate(random, model)).collect();
            query["by"] = by.iter().map(|item| Json::from(item.path.name(model))).collect();
            query["items"] = items
                .iter()
                .map(|item| json!([item.path.name(model), format!("{:?}", item.function)]))
                .collect();
            let all = by.iter().chain(&items).map(|item| item.selected(model, Fault::None));
            selection.values(db, &all.collect::<Vec<_>>(), true).await.expect("groups")
        }
        _ => {
            let related = Related::random(random, model);
            let item = loop {
                let item = aggregate(random, related.0);
                if item.path.way.is_empty() {
                    break Item { each: Some(related), ..item };
                }
            };
            let name = item.path.name(related.0);
            query["each"] = json!([related.0.name, related.column(), name, format!("{:?}", item.function)]);
            let key = Item::key(model);
            let all = [&key, &item].map(|item| item.selected(model, Fault::None));
            selection.values(db, &all, false).await.expect("values")
        }
    };
    (query, rows)
}

/// Returns an aggregate that Django has, too: PostgreSQL has no least UUID.
fn aggregate(random: &mut Random, model: &'static ModelMeta) -> Item {
    loop {
        let item = Item::aggregate(random, model);
        let kind = item.path.model(model).columns[item.path.column].ty.kind;
        let extreme = matches!(item.function, Function::Least | Function::Greatest);
        if !(extreme && matches!(kind, Kind::Uuid)) {
            return item;
        }
    }
}

fn is_same_row(django: &Json, own: &Row) -> bool {
    let values = django.as_array().map_or(&[][..], Vec::as_slice);
    values.len() == own.values().len()
        && values.iter().zip(own.values()).all(|(django, own)| is_same(django, own))
}

/// Tells whether two values are the same. An average has other last digits.
fn is_same(django: &Json, own: &Value) -> bool {
    let number = match django {
        Json::String(text) => text.parse::<f64>().ok(),
        other => other.as_f64(),
    };
    let near =
        |own: f64, by: f64| number.is_some_and(|number| (number - own).abs() <= by + own.abs() * 1e-12);
    match own {
        Value::Null => django.is_null(),
        Value::Text(text) => django.as_str() == Some(text),
        Value::Uuid(uuid) => django.as_str() == Some(&uuid.to_string()),
        // PostgreSQL's sum of 64-bit integers is a decimal.
        Value::Integer(own) => match django {
            Json::String(text) => text.parse() == Ok(*own),
            other => other.as_i64() == Some(*own),
        },
        Value::Float(own) => near(*own, 1e-9),
        Value::Duration(own) => near(own.as_micros() as f64, 1.0),
        Value::Decimal(own) => {
            let (number, own) = (django.as_str().and_then(|text| text.parse().ok()), own.into_inner());
            // PostgreSQL divides to 16 digits.
            let most = own.abs() * Exact::new(1, 15) + Exact::new(1, 9);
            number.is_some_and(|number: Exact| (number - own).abs() <= most)
        }
        _ => false,
    }
}

impl Ask {
    /// Returns a random condition that Django can express: it has no negation that keeps `null` unknown.
    fn for_django(random: &mut Random, model: &'static ModelMeta) -> Self {
        let leaf = |random: &mut Random, model| loop {
            let leaf = Self::random(random, model, 0).known();
            if !matches!(leaf, Self::Compare(_, Lookup::Ne | Lookup::In | Lookup::IsNull, _)) {
                return leaf;
            }
        };
        let native = |random: &mut Random, parts: usize| {
            let Related(target, column) = Related::random(random, model);
            let all = Self::All((0..parts).map(|_| leaf(random, target)).collect());
            match column {
                Some(column) => Self::From(target, column, Box::new(all)),
                None => Self::Pair(Box::new(all)),
            }
        };
        match random.below(6) {
            0 | 1 => {
                let parts = 1 + random.below(2);
                native(random, parts)
            }
            2 => Self::Untrue(Box::new(native(random, 1))),
            3 => Self::All(Vec::new()),
            _ => Self::random(random, model, 3).known(),
        }
    }

    /// Returns the same without what Django does not have.
    fn known(self) -> Self {
        let all = |parts: Vec<Self>| parts.into_iter().map(Self::known).collect();
        let boxed = |part: Box<Self>| Box::new(part.known());
        match self {
            Self::All(parts) => Self::All(all(parts)),
            Self::Any(parts) => Self::Any(all(parts)),
            Self::Not(part) | Self::Untrue(part) => Self::Untrue(boxed(part)),
            Self::Compare(column, Lookup::In, mut values) => {
                values.retain(|value| *value != Value::Null);
                Self::Compare(column, Lookup::In, values)
            }
            Self::Compare(column, _, values) if values.contains(&Value::Null) => {
                Self::Compare(column, Lookup::IsNull, Vec::new())
            }
            Self::Compare(..) => self,
            Self::To(column, part) => Self::To(column, boxed(part)),
            Self::From(target, column, part) => Self::From(target, column, boxed(part)),
            Self::Pair(part) => Self::Pair(boxed(part)),
        }
    }

    fn json(&self, model: &'static ModelMeta) -> Json {
        let all = |parts: &[Self]| parts.iter().map(|part| part.json(model)).collect::<Json>();
        match self {
            Self::All(parts) => json!(["all", all(parts)]),
            Self::Any(parts) => json!(["any", all(parts)]),
            Self::Not(part) | Self::Untrue(part) => json!(["untrue", part.json(model)]),
            Self::Compare(column, lookup, values) => {
                let lookup = match lookup {
                    Lookup::Eq => "exact".to_owned(),
                    other => format!("{other:?}").to_lowercase(),
                };
                let values: Json = values.iter().map(plain).collect();
                json!(["compare", model.columns[*column].name, lookup, values])
            }
            Self::To(column, part) => json!(["to", model.columns[*column].name, part.json(&AUTHOR)]),
            Self::From(target, column, part) => {
                json!(["from", target.name, target.columns[*column].name, part.json(target)])
            }
            Self::Pair(part) => {
                let target = if model.name == "Tag" { &BOOK } else { &TAG };
                json!(["from", target.name, null, part.json(target)])
            }
        }
    }
}

fn plain(value: &Value) -> Json {
    match value {
        Value::Integer(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::Text(text) => text.as_str().into(),
        Value::Decimal(number) => number.to_string().into(),
        Value::Duration(duration) => duration.column_micros().into(),
        Value::Uuid(uuid) => uuid.to_string().into(),
        _ => Json::Null,
    }
}
