//! What PostgreSQL's columns and indexes do not hold, though it passes every rule: refused, and never a failure.

use super::databases::on_each;
use super::descriptors::{CATEGORY, SPECIMEN};
use dcrf_runtime::db::Dialect;
use dcrf_runtime::{Db, Error, Object, Value, store};

fn values(given: &[(usize, Value)]) -> Object {
    let mut values = Object::empty(SPECIMEN.columns.len());
    for (index, value) in given {
        values.set(*index, value.clone());
    }
    values
}

fn specimen(more: &[(usize, Value)]) -> Object {
    let own = [(1, "fern".into()), (2, 1_i64.into()), (3, 1_i64.into())];
    values(&[&own, more].concat())
}

/// A text that does not get shorter when it is compressed.
fn noise(length: usize) -> String {
    let mut state = 1_u64;
    let letter = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'a' + u8::try_from((state >> 33) % 26).unwrap_or(0))
    };
    (0..length).map(letter).collect()
}

fn detail(error: Error) -> String {
    assert_eq!(error.status(), 400, "{error}");
    error.detail().to_string()
}

async fn started(db: &Db) -> Value {
    let mut category = Object::empty(CATEGORY.columns.len());
    category.set(1, "plants");
    store::create(db, &CATEGORY, category).await.expect("a row");
    let row = store::create(db, &SPECIMEN, specimen(&[])).await.expect("a row");
    row.values()[0].clone()
}

#[tokio::test]
async fn a_text_may_be_too_long_for_an_index() {
    on_each(|db: Db| async move {
        let key = started(&db).await;
        let (slug, code) = (13, 14);
        for length in [3_000, 9_000, 60_000] {
            let long = |index: usize| (index, Value::from(noise(length)));
            for (index, name) in [(slug, "slug"), (code, "code")] {
                let made = store::create(&db, &SPECIMEN, specimen(&[long(index)])).await;
                let changed = store::update(&db, &SPECIMEN, key.clone(), values(&[long(index)])).await;
                if db.dialect() == Dialect::Sqlite {
                    let made = made.expect("SQLite indexes texts of any length").values()[0].clone();
                    changed.expect_err("it is taken");
                    store::delete(&db, &SPECIMEN, made).await.expect("gone");
                    continue;
                }
                let refused = format!(r#"{{"{name}":["This value is too long to be indexed."]}}"#);
                assert_eq!(detail(made.expect_err("too long")), refused, "{length}");
                assert_eq!(detail(changed.expect_err("too long")), refused, "{length}");
            }
            // Without an index any text is stored.
            let stored =
                store::update(&db, &SPECIMEN, key.clone(), values(&[long(24)])).await.expect("stored");
            assert_eq!(stored.values()[24], Value::from(noise(length)));
        }
        // Of the set that is unique together, and in a transaction that goes on.
        let transaction = db.begin().await.expect("a transaction");
        let pair = [(25, Value::from(noise(60_000))), (26, 1_i64.into())];
        let made = store::create(transaction.db(), &SPECIMEN, specimen(&pair)).await;
        if db.dialect() == Dialect::Postgres {
            let refused = r#"{"shelf":["This value is too long to be indexed."]}"#;
            assert_eq!(detail(made.expect_err("too long")), refused);
        }
        store::create(transaction.db(), &SPECIMEN, specimen(&[])).await.expect("it goes on");
        transaction.commit().await.expect("committed");
    })
    .await;
}

#[tokio::test]
async fn columns_of_others_hold_less() {
    on_each(|db: Db| async move {
        if db.dialect() == Dialect::Sqlite {
            // SQLite does not mind what a column was made for.
            return;
        }
        // Before anything is prepared for the columns as they were.
        let alter = "ALTER TABLE specimen ALTER COLUMN quantity TYPE smallint, ALTER COLUMN position TYPE integer, \
                     ALTER COLUMN secret TYPE varchar(5), ALTER COLUMN price TYPE numeric(3, 2)";
        db.execute(alter, Vec::new()).await.expect("altered");
        let key = started(&db).await;
        for (given, refused) in [
            (vec![(26, Value::from(2_147_483_648_i64))], r#"{"position":["This number is too large for its column."]}"#),
            (vec![(26, Value::from(-2_147_483_649_i64))], r#"{"position":["This number is too large for its column."]}"#),
            (
                vec![(4, Value::Decimal("123.45".parse().expect("a decimal")))],
                r#"{"price":["This number is too large for its column."]}"#,
            ),
            (
                vec![(24, Value::from("six äö")), (1, "fern".into())],
                r#"{"secret":["This value is too long for its column."]}"#,
            ),
            (
                vec![(24, Value::from("longer")), (1, "longer".into())],
                r#"{"non_field_errors":["This value is too long for its column."]}"#,
            ),
        ] {
            let made = store::create(&db, &SPECIMEN, specimen(&given)).await.expect_err(refused);
            let changed = store::update(&db, &SPECIMEN, key.clone(), values(&given)).await.expect_err(refused);
            assert_eq!((detail(made), detail(changed)), (refused.to_owned(), refused.to_owned()));
        }
        store::create(&db, &SPECIMEN, specimen(&[(26, 2_147_483_647_i64.into())])).await.expect("it fits");
    })
    .await;
}
