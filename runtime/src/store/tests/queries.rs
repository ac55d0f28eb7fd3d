//! Random queries on every database.

use std::cmp::Ordering;

use super::ask::{Ask, FAULTS, Fault, Item, Term, order};
use super::databases::on_each;
use super::random::Random;
use super::world::{AUTHOR, BOOK, POSTGRES, SQLITE, TAG, World};
use crate::condition::Function;
use crate::db::{Db, Migration, Migrations};
use crate::schema::meta::{Kind, ModelMeta};
use crate::schema::row::Row;
use crate::schema::value::Value;
use crate::store::admits;
use crate::store::selection::Selection;

const SEED: u64 = 0x0a5c;
/// Queries on each database.
const CASES: usize = 200;

#[tokio::test]
async fn queries_answer_what_they_mean() {
    on_each(SQLITE, POSTGRES, async |[db, _], name| {
        let mut random = Random::new(SEED);
        let world = World::fill(&db, &mut random).await;
        for case in 0..CASES {
            if let Err(found) = ask(&db, &world, &mut random, Fault::None).await {
                panic!("{name}, query {case}: {found}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn faults_in_queries_are_found() {
    for fault in FAULTS {
        let sqlite = [Migration { version: 1, name: "initial", sql: SQLITE }];
        let migrations = Migrations { sqlite: Box::leak(Box::new(sqlite)), postgres: &[] };
        let db = Db::connect("sqlite::memory:", &migrations).await.expect("SQLite");
        let mut random = Random::new(SEED);
        let world = World::fill(&db, &mut random).await;
        let mut found = false;
        for _ in 0..CASES {
            found = found || ask(&db, &world, &mut random, fault).await.is_err();
        }
        assert!(found, "{fault:?} is not found");
    }
}

/// Asks a random query; returns what differs.
async fn ask(db: &Db, world: &World, random: &mut Random, fault: Fault) -> Result<(), String> {
    let model: &'static ModelMeta = random.one_of::<&ModelMeta>(&[&AUTHOR, &BOOK, &BOOK, &TAG]);
    let condition = if random.once_in(5) { Ask::All(Vec::new()) } else { Ask::random(random, model, 3) };
    let mut found: Vec<&Row> = world.rows(model).iter().collect();
    found.retain(|row| condition.holds(world, model, row) == Some(true));
    let selection = Selection::new(model, condition.condition(model, fault));
    for row in world.rows(model) {
        let admitted = admits(db, &selection.condition, row).await.map_err(|error| error.to_string())?;
        same(&condition, &admitted, &found.contains(&row))?;
    }
    rows(db, world, random, (model, selection.clone(), found.clone()), fault)
        .await
        .map_err(|difference| format!("{condition:?}: {difference}"))?;
    groups(db, world, random, (model, selection, found), fault)
        .await
        .map_err(|difference| format!("{condition:?}: {difference}"))
}

/// The model of a query, the query, and the rows that satisfy its condition.
type Asked<'a> = (&'static ModelMeta, Selection, Vec<&'a Row>);

/// Compares rows, their number and their columns.
async fn rows(
    db: &Db,
    world: &World,
    random: &mut Random,
    (model, selection, mut found): Asked<'_>,
    fault: Fault,
) -> Result<(), String> {
    let order_by: Vec<Term> = (0..random.below(4))
        .map(|_| {
            let item = sortable(random, model);
            Term::random(random, item)
        })
        .collect();
    found.sort_by(|a, b| {
        let by = |term: &Term| term.order(&term.item.value(world, &[a]), &term.item.value(world, &[b]));
        let parts = order_by.iter().map(by).find(|order| order.is_ne());
        parts.unwrap_or_else(|| order(a.get(model.key), b.get(model.key)))
    });
    let mut selection = selection.ordered(order_by.iter().map(|term| term.sorted(model, fault)).collect());
    if random.once_in(4) {
        selection = selection.reversed();
        found.reverse();
    }
    while random.once_in(3) {
        let (skip, take) = (random.below(5), random.below(20));
        selection = selection.after(skip as u64).at_most(take as u64);
        found = found.into_iter().skip(skip).take(take).collect();
    }
    let asked = format!("{order_by:?} of {selection:?}");
    let text = |error: crate::Error| format!("{selection:?}: {error}");
    let got = selection.rows(db).await.map_err(text)?;
    same(&asked, &got.iter().collect::<Vec<_>>(), &found)?;
    same(&asked, &selection.count(db).await.map_err(text)?, &(found.len() as u64))?;
    same(&asked, &selection.exists(db).await.map_err(text)?, &!found.is_empty())?;
    let items: Vec<Item> = (0..=random.below(3)).map(|_| Item::of_row(random, model)).collect();
    let selected: Vec<_> = items.iter().map(|item| item.selected(model, fault)).collect();
    let got = selection.values(db, &selected, false).await.map_err(text)?;
    let expected: Vec<Row> = found.iter().map(|row| of_group(world, &items, &[row])).collect();
    same(&(&asked, &items), &got, &expected)?;
    let items: Vec<Item> = (0..=random.below(3)).map(|_| Item::aggregate(random, model)).collect();
    let selected: Vec<_> = items.iter().map(|item| item.selected(model, fault)).collect();
    let got = selection.aggregate(db, &selected).await.map_err(text)?;
    same(&(&asked, &items), &got, &of_group(world, &items, &found))
}

/// Compares groups and their aggregates.
async fn groups(
    db: &Db,
    world: &World,
    random: &mut Random,
    (model, selection, found): Asked<'_>,
    fault: Fault,
) -> Result<(), String> {
    let by: Vec<Item> = (0..=random.below(2)).map(|_| Item::column(random, model)).collect();
    let mut groups: Vec<(Row, Vec<&Row>)> = Vec::new();
    for row in found {
        let group = of_group(world, &by, &[row]);
        match groups.iter_mut().find(|(own, _)| *own == group) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((group, vec![row])),
        }
    }
    let mut items = by.clone();
    items.extend((0..random.below(3)).map(|_| Item::aggregate(random, model)));
    let sortable: Vec<Item> = items.iter().filter(|item| is_sortable(model, item)).cloned().collect();
    let order_by: Vec<Term> = (0..random.below(3))
        .map(|_| {
            let item = random.one_of(&sortable).clone();
            Term::random(random, item)
        })
        .collect();
    let mut expected: Vec<(Row, Row, Vec<Value>)> = groups
        .into_iter()
        .map(|(group, rows)| {
            let keys = order_by.iter().map(|term| term.item.value(world, &rows)).collect();
            (of_group(world, &items, &rows), group, keys)
        })
        .collect();
    expected.sort_by(|(_, a, a_keys), (_, b, b_keys)| {
        let keys = order_by.iter().zip(a_keys.iter().zip(b_keys));
        let parts = keys.map(|(term, (a, b))| term.order(a, b)).find(|order| order.is_ne());
        parts.unwrap_or_else(|| compare(a, b))
    });
    let selection = selection.ordered(order_by.iter().map(|term| term.sorted(model, fault)).collect());
    let (skip, take) = (random.below(3), 1 + random.below(30));
    let selection = selection.after(skip as u64).at_most(take as u64);
    let asked = format!("{items:?} by {order_by:?} of {selection:?}");
    let selected: Vec<_> = items.iter().map(|item| item.selected(model, fault)).collect();
    let got = selection.values(db, &selected, true).await.map_err(|error| format!("{asked}: {error}"))?;
    let expected: Vec<Row> = expected.into_iter().map(|(row, _, _)| row).skip(skip).take(take).collect();
    same(&asked, &got, &expected)
}

/// Returns what rows can be sorted by.
fn sortable(random: &mut Random, model: &'static ModelMeta) -> Item {
    loop {
        let item = Item::of_row(random, model);
        if is_sortable(model, &item) {
            return item;
        }
    }
}

/// Tells whether rows or groups can be sorted by an item.
fn is_sortable(model: &'static ModelMeta, item: &Item) -> bool {
    let model = item.each.map_or(model, |related| related.0);
    let kind = item.path.model(model).columns[item.path.column].ty.kind;
    let is_long = matches!(kind, Kind::Decimal { max_digits: 24, .. });
    match item.function {
        Function::Average => false,
        Function::Sum => !is_long,
        _ => true,
    }
}

fn of_group(world: &World, items: &[Item], rows: &[&Row]) -> Row {
    Row::new(items.iter().map(|item| item.value(world, rows)).collect())
}

fn compare(a: &Row, b: &Row) -> Ordering {
    let parts = a.values().iter().zip(b.values()).map(|(a, b)| order(a, b));
    parts.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

fn same<T: PartialEq + std::fmt::Debug>(
    asked: &impl std::fmt::Debug,
    got: &T,
    expected: &T,
) -> Result<(), String> {
    match got == expected {
        true => Ok(()),
        false => Err(format!("{asked:?}\n     got: {got:?}\nexpected: {expected:?}")),
    }
}
