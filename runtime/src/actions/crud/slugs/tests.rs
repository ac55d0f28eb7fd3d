//! Tests fields that name rows by a column, hidden constants, and formats of columns, in a database in memory.

use std::sync::Arc;

use serde_json::value::RawValue;
use serde_json::{Value as Json, json};

use super::resolve;
use crate::Sessions;
use crate::actions::crud::hidden;
use crate::app::context::{ConnectionInfo, Context};
use crate::app::dispatch::{Dispatch, Reply, ReplyFuture};
use crate::app::identity::Identity;
use crate::app::projection::render;
use crate::db::{Db, Migrations};
use crate::schema::meta::{
    AccessMeta, ColumnMeta, ConsumerMeta, FieldMeta, FormatMeta, Kind, Literal, ModelMeta, ModelSql,
    RelationMeta, SerializerMeta, Source, TypeMeta, Via,
};
use crate::schema::row::Row;
use crate::schema::value::Value;
use crate::wire::decode::{Mode, payload};
use crate::wire::frame::Request;

const NO_SQL: ModelSql = ModelSql { select: "", get: "", insert: "", delete: "", returning: "" };

static GENRE: ModelMeta = ModelMeta {
    name: "Genre",
    verbose_name: "genre",
    table: "genre",
    ordering: &[],
    columns: &[ColumnMeta::of("id", Kind::Integer), ColumnMeta::of("label", Kind::Text).unique()],
    key: 0,
    constraints: &[],
    relations: &[],
    sql: ModelSql {
        select: "SELECT id, label FROM genre",
        get: "SELECT id, label FROM genre WHERE id = $1",
        ..NO_SQL
    },
};

static BOOK: ModelMeta = ModelMeta {
    name: "Book",
    verbose_name: "book",
    table: "book",
    ordering: &[],
    columns: &[
        ColumnMeta::of("id", Kind::Integer),
        ColumnMeta::of("day", Kind::Date),
        ColumnMeta::of("source", Kind::Text),
        ColumnMeta::of("written", Kind::DateTime),
        ColumnMeta::of("genre", Kind::Integer).nullable().references(|| &GENRE),
    ],
    key: 0,
    constraints: &[],
    relations: &[RelationMeta {
        name: "others",
        target: || &GENRE,
        via: Via::Table { table: "book_others", from: "book_id", to: "genre_id" },
    }],
    sql: NO_SQL,
};

const OF_DAYS: FormatMeta = FormatMeta::DEFAULT.input(&["%d.%m.%Y"]).strftime("%d %b %Y");

static SERIALIZER: SerializerMeta = SerializerMeta {
    name: "BookSerializer",
    model: &BOOK,
    fields: &[
        FieldMeta::of_column(&BOOK, "day").format(&OF_DAYS).required(),
        FieldMeta::of_column(&BOOK, "genre").slug(1),
        FieldMeta::of("others", Source::Keys(0), TypeMeta::new(Kind::Json).blank()).slug(1),
        FieldMeta::of_column(&BOOK, "source").hidden().default(Literal::Text("web")),
        FieldMeta::of_column(&BOOK, "written").hidden().now(),
    ],
    validate: false,
};

static CONSUMER: ConsumerMeta = ConsumerMeta {
    name: "Test",
    stream: "test",
    path: "/test/",
    actions: &[],
    model: None,
    access: AccessMeta::OPEN,
};

struct Consumer;

impl Dispatch for Consumer {
    fn meta(&self) -> &'static ConsumerMeta {
        &CONSUMER
    }

    fn call<'a>(&'a self, _: &'a Context, _: &'a Request<'a>) -> ReplyFuture<'a> {
        Box::pin(async { Ok(Reply::empty(200)) })
    }
}

async fn context() -> Context {
    let migrations = Migrations { sqlite: &[], postgres: &[] };
    let db = Db::connect("sqlite::memory:", &migrations).await.expect("a database in memory");
    for sql in [
        "CREATE TABLE genre (id INTEGER PRIMARY KEY, label TEXT)",
        "CREATE TABLE book_others (book_id INTEGER, genre_id INTEGER)",
        "INSERT INTO genre VALUES (1, 'crime'), (2, 'drama'), (3, 'essay')",
        "INSERT INTO book_others VALUES (7, 3), (7, 1)",
    ] {
        db.execute(sql, Vec::new()).await.expect(sql);
    }
    let connection = ConnectionInfo::among(1, Identity::Anonymous, Sessions::default());
    Context::new(db, Arc::new(connection), "test", "create", "1")
}

/// Returns the values of a payload, and its errors.
async fn read(ctx: &Context, mode: Mode, data: &Json) -> (Vec<Option<Value>>, Json) {
    let raw: Box<RawValue> = serde_json::value::to_raw_value(data).expect("JSON");
    let mut payload = payload(&SERIALIZER, mode, Some(&raw)).expect("an object");
    hidden::fill(ctx, &SERIALIZER, mode, &mut payload).expect("nobody has to be there");
    resolve(ctx, &SERIALIZER, &mut payload).await.expect("the database answers");
    let errors = payload.errors.iter().map(|(index, detail)| {
        let detail: Json = serde_json::from_str(&detail.to_string()).expect("errors are JSON");
        (SERIALIZER.fields[*index].name.to_owned(), detail)
    });
    (payload.values.slots().to_vec(), Json::Object(errors.collect()))
}

#[tokio::test]
async fn rows_are_named_by_a_column() {
    let ctx = context().await;
    let data = json!({"day": "29.02.2024", "genre": "drama", "others": ["essay", "crime", "essay"]});
    let (values, errors) = read(&ctx, Mode::Create, &data).await;
    assert_eq!(errors, json!({}));
    let day = "2024-02-29".parse().expect("a date");
    assert_eq!(values[0], Some(Value::Date(day)));
    assert_eq!(values[1], Some(Value::Integer(2)));
    assert_eq!(values[2], Some(Value::List(vec![Value::Integer(3), Value::Integer(1)])));
    let (values, errors) = read(&ctx, Mode::Patch, &json!({"genre": "", "others": []})).await;
    assert_eq!(
        (&values[1], &values[2], errors),
        (&Some(Value::Null), &Some(Value::List(Vec::new())), json!({}))
    );
}

#[tokio::test]
async fn what_names_no_row_is_refused() {
    let ctx = context().await;
    for (field, value, error) in [
        ("genre", json!("opera"), "Object with label=opera does not exist."),
        ("genre", json!(5), "Object with label=5 does not exist."),
        ("genre", json!(["drama"]), "Invalid value."),
        ("others", json!(["drama", "opera"]), "Object with label=opera does not exist."),
        ("others", json!([null]), "Object with label=None does not exist."),
        ("others", json!([{}]), "Invalid value."),
        ("others", json!("drama"), "Expected a list of items but got type \"str\"."),
        ("day", json!("2024-02-29"), "Date has wrong format. Use one of these formats instead: DD.MM.YYYY."),
        ("day", json!(5), "Date has wrong format. Use one of these formats instead: DD.MM.YYYY."),
    ] {
        let (values, errors) = read(&ctx, Mode::Patch, &json!({field: value})).await;
        assert_eq!(errors, json!({field: [error]}));
        assert!(values.iter().all(Option::is_none), "{field} of {value}: {values:?}");
    }
}

#[tokio::test]
async fn hidden_fields_hold_constants_and_times() {
    let ctx = context().await;
    let data = json!({"day": "29.02.2024", "source": "mine", "written": "2024-01-01T00:00:00Z"});
    let (values, _) = read(&ctx, Mode::Update, &data).await;
    assert_eq!(values[3], Some(Value::Text("web".to_owned())));
    let Some(Value::DateTime(written)) = values[4] else { panic!("{:?}", values[4]) };
    assert!(written > "2024-01-01T00:00:00Z".parse().expect("a moment"));
    let (values, _) = read(&ctx, Mode::Patch, &data).await;
    assert_eq!((&values[3], &values[4]), (&None, &None), "a patch does not change them");
}

#[tokio::test]
async fn rows_show_formats_and_the_columns_of_others() {
    let ctx = context().await;
    let row = |id: i64, genre: Value| {
        let (day, at) =
            ("2024-02-29".parse().expect("a date"), "2024-02-29T00:00:00Z".parse().expect("a moment"));
        Row::new(vec![id.into(), Value::Date(day), "web".into(), Value::DateTime(at), genre])
    };
    let rows = [row(7, Value::Integer(2)), row(8, Value::Null)];
    let shown = render(&Consumer, &ctx, &SERIALIZER, &rows).await.expect("rows");
    let shown: Vec<Json> = shown.iter().map(|row| serde_json::from_slice(row).expect("JSON")).collect();
    assert_eq!(
        shown,
        [
            json!({"day": "29 Feb 2024", "genre": "drama", "others": ["crime", "essay"]}),
            json!({"day": "29 Feb 2024", "genre": null, "others": []}),
        ]
    );
}
