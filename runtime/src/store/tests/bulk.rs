//! Writes of many rows do, and tell, what writes of single rows do.

use super::ask::{Ask, Fault};
use super::databases::{on_each, recorded};
use super::random::Random;
use super::world::{self, AUTHOR, BOOK, Heard, POSTGRES, SQLITE, TAG, World, row};
use crate::change::ChangeKind;
use crate::condition::Assigned;
use crate::db::Db;
use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;
use crate::schema::key::Key;
use crate::schema::meta::{Auto, Isolation, Kind, ModelMeta};
use crate::schema::value::{Object, Value};
use crate::store::add::assign;
use crate::store::selection::Selection;
use crate::store::{bulk, create, delete, list};

const SEED: u64 = 0xb01d;
/// Writes on each pair of databases.
const WRITES: usize = 60;

/// A write of many rows.
#[derive(Clone)]
enum Write {
    Create(Vec<Object>),
    Patch(Ask, Vec<(usize, Assigned)>),
    Delete(Ask),
}

#[tokio::test]
async fn many_rows_are_written_as_single_ones_are() {
    on_each(SQLITE, POSTGRES, async |[one, other], name| {
        let [(one, at_once), (other, singly)] = [recorded(&one), recorded(&other)];
        World::fill(&one, &mut Random::new(SEED)).await;
        World::fill(&other, &mut Random::new(SEED)).await;
        assert_eq!(heard(at_once.take()), heard(singly.take()));
        let mut random = Random::new(SEED + 1);
        let mut refused = 0;
        for number in 0..WRITES {
            let model: &'static ModelMeta = random.one_of::<&ModelMeta>(&[&AUTHOR, &BOOK, &BOOK, &TAG]);
            let write = Write::random(&mut random, model);
            let done = write.at_once(&one, model).await;
            let expected = write.singly(&other, model).await;
            refused += usize::from(done.is_err());
            let text = |result: &Result<u64>| result.as_ref().map_err(|error| error.status()).copied();
            assert_eq!(text(&done), text(&expected), "{name}, write {number}: {done:?} {expected:?}");
            let (told, expected) = (heard(at_once.take()), heard(singly.take()));
            assert_eq!(told, expected, "{name}, write {number}");
            for model in [&AUTHOR, &BOOK, &TAG] {
                let [stored, expected] = [&one, &other].map(|db| list(db, model));
                let (stored, expected) = (stored.await.expect("rows"), expected.await.expect("rows"));
                assert_eq!(stored, expected, "{name}, write {number}");
            }
        }
        assert!(refused > 2 && refused < WRITES / 2, "{refused} writes are refused");
    })
    .await;
}

/// Sorts what an observer hears: a write of many rows has another order. A row that is deleted after another one, to
/// which it refers, has lost the reference in the meantime; of those that are deleted together, none has.
fn heard(mut heard: Vec<Heard>) -> Vec<Heard> {
    for (_, kind, before, row) in &mut heard {
        if let (ChangeKind::Deleted, Some(before)) = (kind, before) {
            row.clone_from(before);
        }
    }
    heard.sort_by_cached_key(|(model, kind, _, row)| {
        (*model, Key::of(row.get(0)).into_owned(), format!("{kind:?}"))
    });
    heard
}

impl Write {
    fn random(random: &mut Random, model: &'static ModelMeta) -> Self {
        match random.below(6) {
            0 => Self::Create((0..random.below(20)).map(|_| new(random, model)).collect()),
            1 if random.once_in(2) => Self::Delete(Ask::random(random, model, 2)),
            _ => Self::Patch(Ask::random(random, model, 2), assigned(random, model)),
        }
    }

    async fn at_once(&self, db: &Db, model: &'static ModelMeta) -> Result<u64> {
        match self {
            Self::Create(rows) => Ok(bulk::create(db, model, rows.clone()).await?.len() as u64),
            Self::Patch(ask, assigned) => bulk::patch(db, asked(ask, model), assigned.clone()).await,
            Self::Delete(ask) => bulk::delete(db, asked(ask, model)).await,
        }
    }

    async fn singly(&self, db: &Db, model: &'static ModelMeta) -> Result<u64> {
        let step = |db: Db| -> BoxFuture<'_, Result<u64>> {
            let write = self.clone();
            Box::pin(async move { write.rows(&db, model).await })
        };
        db.atomically(Isolation::Database, step).await
    }

    async fn rows(self, db: &Db, model: &'static ModelMeta) -> Result<u64> {
        let mut count = 0;
        match self {
            Self::Create(rows) => {
                for row in rows {
                    create(db, model, row).await?;
                    count += 1;
                }
            }
            Self::Patch(ask, assigned) => {
                for key in asked(&ask, model).keys(db).await? {
                    assign(db, model, key, assigned.clone()).await?;
                    count += 1;
                }
            }
            Self::Delete(ask) => {
                for key in asked(&ask, model).keys(db).await? {
                    match delete(db, model, key).await {
                        Ok(()) | Err(Error::NotFound) => count += 1,
                        Err(error) => return Err(error),
                    }
                }
            }
        }
        Ok(count)
    }
}

fn asked(ask: &Ask, model: &'static ModelMeta) -> Selection {
    Selection::new(model, ask.condition(model, Fault::None))
}

/// Returns a new row, which may break a rule.
fn new(random: &mut Random, model: &'static ModelMeta) -> Object {
    let mut row = row(random, model, 3);
    match model.name {
        "Tag" => {
            row.set(0, format!("tag {}", random.below(1000)));
            row.set(1, format!("label {}", random.below(40)));
        }
        "Book" if random.once_in(60) => row.set(9, -1_i64),
        _ => {}
    }
    row
}

/// Returns random changes, some of which add to columns.
fn assigned(random: &mut Random, model: &'static ModelMeta) -> Vec<(usize, Assigned)> {
    let mut assigned = Vec::new();
    for (index, column) in model.columns.iter().enumerate() {
        if index == model.key || column.auto != Auto::No || !random.once_in(3) {
            continue;
        }
        let mut value = world::value(random, model, index, 3);
        let adds = match column.ty.kind {
            Kind::Integer => column.references.is_none(),
            Kind::Decimal { .. } | Kind::Float | Kind::Duration => true,
            _ => false,
        };
        let by = adds && value != Value::Null && random.once_in(2);
        if by && column.name == "stock" && random.once_in(3) {
            value = Value::Integer(-1);
        }
        assigned.push((index, if by { Assigned::Add(value) } else { Assigned::Set(value) }));
    }
    assigned
}
