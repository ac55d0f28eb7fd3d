//! The typed repository's erased half: the same rules for the application as for clients.

use super::databases::on_each;
use super::descriptors::{CATEGORY, SPECIMEN};
use dcrf_runtime::meta::ModelMeta;
use dcrf_runtime::{DateTime, Db, Error, FromRow, IntoObject, Model, Object, Result, Row, Value, store};

fn category(name: &str) -> Object {
    let mut values = Object::empty(CATEGORY.columns.len());
    values.set(1, name);
    values
}

fn specimen(title: &str, quantity: i64) -> Object {
    let mut values = Object::empty(SPECIMEN.columns.len());
    values.set(1, title);
    values.set(2, 1_i64);
    values.set(3, quantity);
    values
}

fn detail(error: Error) -> String {
    assert_eq!(error.status(), 400, "{error}");
    error.detail().to_string()
}

#[tokio::test]
async fn rows_obey_the_rules_of_their_columns() {
    on_each(|db: Db| async move {
        store::create(&db, &CATEGORY, category("plants")).await.expect("a row");
        let taken = store::create(&db, &CATEGORY, category("plants")).await.expect_err("taken");
        assert_eq!(detail(taken), r#"{"name":["category with this name already exists."]}"#);
        let wrong = store::create(&db, &SPECIMEN, specimen("ab", 101)).await.expect_err("wrong");
        let text = r#"{"title":["Ensure this field has at least 3 characters."],"quantity":["Ensure this value is less than or equal to 100."]}"#;
        assert_eq!(detail(wrong), text);
        let empty = Object::empty(SPECIMEN.columns.len());
        let missing = store::create(&db, &SPECIMEN, empty).await.expect_err("missing");
        assert!(detail(missing).starts_with(r#"{"title":["This field is required."]"#));
    })
    .await;
}

#[tokio::test]
async fn moments_are_filled_in() {
    on_each(|db: Db| async move {
        store::create(&db, &CATEGORY, category("plants")).await.expect("a row");
        let row = store::create(&db, &SPECIMEN, specimen("fern", 1)).await.expect("a row");
        let (created, changed) = (row.values()[27].clone(), row.values()[28].clone());
        assert_eq!(created, changed);
        let mut changes = Object::empty(SPECIMEN.columns.len());
        changes.set(27, DateTime::from_micros(0).expect("1970"));
        let row = store::update(&db, &SPECIMEN, 1_i64.into(), changes).await.expect("a row");
        assert_eq!(row.values()[27], created);
        assert_ne!(row.values()[28], changed);
        let list = store::list(&db, &SPECIMEN).await.expect("rows");
        assert_eq!(list, [row]);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    on_each(|db: Db| async move {
        let changes = category("x");
        assert!(matches!(store::get(&db, &CATEGORY, 9_i64.into()).await, Err(Error::NotFound)));
        assert!(matches!(store::update(&db, &CATEGORY, 9_i64.into(), changes).await, Err(Error::NotFound)));
        assert!(matches!(store::delete(&db, &CATEGORY, 9_i64.into()).await, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn queries_of_the_applications_own() {
    on_each(|db: Db| async move {
        store::create(&db, &CATEGORY, category("plants")).await.expect("a row");
        let sql = "UPDATE category SET name = $1 WHERE name = $2";
        let changed = db.execute(sql, vec!["stones".into(), "plants".into()]).await.expect("a count");
        assert_eq!(changed, 1);
        let sql = "SELECT id, name FROM category WHERE name = $1 OR $2 IS NULL ORDER BY id";
        let args = vec!["stones".into(), Value::Null];
        let args = if matches!(db.dialect(), dcrf_runtime::db::Dialect::Postgres) {
            vec!["stones".into(), "x".into()]
        } else {
            args
        };
        let mut rows = db.query(sql, args).await.expect("rows");
        assert_eq!(rows[0].take::<i64>(0).expect("id"), 1);
        assert_eq!(rows[0].take::<String>(1).expect("name"), "stones");
        assert!(db.execute("BEGIN", Vec::new()).await.is_err());
        assert!(db.query("SELECT nothing FROM nowhere", Vec::new()).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn many_writers_at_once_each_get_their_answer() {
    on_each(|db: Db| async move {
        let writes = (0..200).map(|number| {
            let db = db.clone();
            tokio::spawn(
                async move { store::create(&db, &CATEGORY, category(&format!("c{}", number / 2))).await },
            )
        });
        let mut stored = 0;
        for write in writes.collect::<Vec<_>>() {
            match write.await.expect("no panic") {
                Ok(_) => stored += 1,
                Err(error) => {
                    assert_eq!(detail(error), r#"{"name":["category with this name already exists."]}"#);
                }
            }
        }
        assert_eq!(stored, 100);
        assert_eq!(store::list(&db, &CATEGORY).await.expect("rows").len(), 100);
    })
    .await;
}

/// A model as it is generated.
#[derive(Debug, Clone, PartialEq)]
struct Category {
    id: i64,
    name: String,
}

struct NewCategory {
    name: String,
}

#[derive(Default)]
struct CategoryChanges {
    name: Option<String>,
}

impl FromRow for Category {
    fn from_row(mut row: Row) -> Result<Self> {
        Ok(Self { id: row.take(0)?, name: row.take(1)? })
    }
}

impl IntoObject for NewCategory {
    fn into_object(self) -> Object {
        let mut object = Object::empty(2);
        object.set(1, self.name);
        object
    }
}

impl IntoObject for CategoryChanges {
    fn into_object(self) -> Object {
        let mut object = Object::empty(2);
        object.set_some(1, self.name);
        object
    }
}

impl Model for Category {
    type Key = i64;
    type New = NewCategory;
    type Changes = CategoryChanges;
    const META: &'static ModelMeta = &CATEGORY;

    fn key(&self) -> i64 {
        self.id
    }

    fn into_row(self) -> Row {
        Row::new(vec![self.id.into(), self.name.into()])
    }
}

#[tokio::test]
async fn repositories_are_typed() {
    on_each(|db: Db| async move {
        let transaction = db.begin().await.expect("begin");
        let categories = Category::objects(transaction.db());
        let made = categories.create(NewCategory { name: "plants".into() }).await.expect("a row");
        assert_eq!(made, Category { id: 1, name: "plants".into() });
        transaction.commit().await.expect("commit");
        let categories = Category::objects(&db);
        let same = categories.update(made.key(), CategoryChanges::default()).await.expect("a row");
        assert_eq!(same, made);
        let changes = CategoryChanges { name: Some("stones".into()) };
        let changed = categories.update(made.key(), changes).await.expect("a row");
        assert_eq!(categories.list().await.expect("rows"), [changed]);
        let long = NewCategory { name: "x".repeat(41) };
        let error = categories.create(long).await.expect_err("too long");
        assert_eq!(detail(error), r#"{"name":["Ensure this field has no more than 40 characters."]}"#);
        categories.delete(made.key()).await.expect("gone");
        assert!(matches!(categories.get(made.key()).await, Err(Error::NotFound)));
    })
    .await;
}
