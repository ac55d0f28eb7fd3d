//! A table of every field of Django's: what is listed, filtered, ordered and written is what Django stores.

use dcrf_runtime::db::{Dialect, Migration, Migrations};
use dcrf_runtime::meta::{
    AccessMeta, ActionKind, ActionMeta, Auto, BoundModel, Collation, ColumnMeta, ConsumerMeta, FieldMeta,
    FieldPath, Kind, ModelMeta, ModelSql, SerializerMeta, TypeMeta,
};
use dcrf_runtime::server::ServiceError;
use dcrf_runtime::{Db, Service};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::databases::on_each_with;
use super::wire::{Consumer, send};

const MIGRATIONS: Migrations = Migrations {
    sqlite: &[Migration { version: 1, name: "django", sql: include_str!("django/sqlite.sql") }],
    postgres: &[Migration { version: 1, name: "django", sql: include_str!("django/postgres.sql") }],
};

macro_rules! all {
    () => {
        r#""id", "small", "positive", "number", "big", "price", "title", "body", "flag", "day", "at", "clock", "span", "ip", "who", "extra", "ratio", "raw""#
    };
}

const NAMES: [&str; 18] = [
    "id", "small", "positive", "number", "big", "price", "title", "body", "flag", "day", "at", "clock",
    "span", "ip", "who", "extra", "ratio", "raw",
];

const KINDS: [Kind; 18] = [
    Kind::Integer,
    Kind::Integer,
    Kind::Integer,
    Kind::Integer,
    Kind::Integer,
    Kind::Decimal { max_digits: 10, decimal_places: 2 },
    Kind::Text,
    Kind::Text,
    Kind::Boolean,
    Kind::Date,
    Kind::DateTime,
    Kind::Time,
    Kind::Duration,
    Kind::Ip,
    Kind::Uuid,
    Kind::Json,
    Kind::Float,
    Kind::Bytes,
];

const fn column(index: usize) -> ColumnMeta {
    let column = ColumnMeta::new(NAMES[index], TypeMeta::new(KINDS[index])).collation(Collation::Database);
    let column = if index == 0 { column.auto(Auto::Key) } else { column };
    // Those that Django has no form of its own for are marked, too: it makes no difference.
    column.django()
}

const fn columns() -> [ColumnMeta; 18] {
    let mut columns = [const { column(0) }; 18];
    let mut index = 1;
    while index < 18 {
        columns[index] = column(index);
        index += 1;
    }
    columns
}

static COLUMNS: [ColumnMeta; 18] = columns();

const SQL: ModelSql = ModelSql {
    select: concat!("SELECT ", all!(), " FROM \"everything\""),
    get: concat!("SELECT ", all!(), " FROM \"everything\" WHERE \"id\" = $1"),
    insert: concat!(
        r#"INSERT INTO "everything" ("small", "positive", "number", "big", "price", "title", "body", "flag", "day", "at", "clock", "span", "ip", "who", "extra", "ratio", "raw") "#,
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) RETURNING ",
        all!()
    ),
    delete: "DELETE FROM \"everything\" WHERE \"id\" = $1",
    returning: concat!(" RETURNING ", all!()),
};

static EVERYTHING: ModelMeta = ModelMeta {
    name: "Everything",
    verbose_name: "everything",
    table: "everything",
    columns: &COLUMNS,
    key: 0,
    constraints: &[],
    ordering: &[],
    relations: &[],
    sql: SQL,
};

const fn fields() -> [FieldMeta; 18] {
    let mut fields = [const { FieldMeta::new("id", 0, TypeMeta::new(Kind::Integer)).read_only() }; 18];
    let mut index = 1;
    while index < 18 {
        fields[index] = FieldMeta::new(NAMES[index], index, TypeMeta::new(KINDS[index])).required();
        index += 1;
    }
    fields
}

const fn reaches() -> [FieldPath; 18] {
    let mut reaches = [const { FieldPath::new("id", 0) }; 18];
    let mut index = 1;
    while index < 18 {
        reaches[index] = FieldPath::new(NAMES[index], index);
        index += 1;
    }
    reaches
}

static REACHES: [FieldPath; 18] = reaches();

static EVERYTHINGS: ConsumerMeta = ConsumerMeta {
    name: "Everythings",
    stream: "everythings",
    path: "/ws/everythings/",
    actions: &[
        ActionMeta::new("list"),
        ActionMeta::new("retrieve"),
        ActionMeta::new("create").kind(ActionKind::Create),
        ActionMeta::new("update"),
        ActionMeta::new("patch"),
    ],
    model: Some(BoundModel {
        serializer: &SerializerMeta {
            name: "EverythingSerializer",
            model: &EVERYTHING,
            fields: &fields(),
            validate: false,
        },
        lookup: 0,
        lookup_argument: "pk",
        ordering: &[],
        pagination: None,
        filter: &REACHES,
        search: &[FieldPath::new("title", 6), FieldPath::new("ip", 13)],
        order_by: &REACHES,
    }),
    access: AccessMeta::OPEN,
};

/// The first row that Django wrote, as clients see it.
fn first() -> Value {
    json!({
        "id": 1, "small": -1, "positive": 1, "number": 1000, "big": 1_099_511_627_777_i64, "price": "12.50",
        "title": "t1", "body": "b", "flag": true, "day": "2024-02-01", "at": "2024-02-01T12:30:45.500000Z",
        "clock": "01:02:03.500000", "span": "-1 00:00:05.000007", "ip": "10.0.0.9",
        "who": "00000000-0000-0000-0000-000000000001", "extra": { "a": 1 }, "ratio": 0.1, "raw": "AP8="
    })
}

fn second() -> Value {
    json!({
        "id": 2, "small": -2, "positive": 2, "number": 2000, "big": 1_099_511_627_778_i64, "price": "125.00",
        "title": "t2", "body": "b", "flag": false, "day": "2024-02-02", "at": "2024-02-02T12:30:45Z",
        "clock": "01:02:03", "span": "1 00:00:05.000007", "ip": "10.0.0.10",
        "who": "00000000-0000-0000-0000-000000000002", "extra": { "a": 2 }, "ratio": 0.2, "raw": "AP8="
    })
}

async fn asked(db: &Db, frame: Value) -> Value {
    let (status, body) = send(db, &EVERYTHINGS, &frame.to_string()).await;
    assert!(status < 300, "{frame}: {status} {body}");
    serde_json::from_str(&body).expect("JSON")
}

async fn ids(db: &Db, mut frame: Value) -> Vec<i64> {
    frame["action"] = json!("list");
    let rows = asked(db, frame).await;
    rows.as_array().expect("rows").iter().map(|row| row["id"].as_i64().expect("an id")).collect()
}

#[tokio::test]
async fn what_django_wrote_is_read() {
    on_each_with(&MIGRATIONS, |db| async move {
        assert_eq!(asked(&db, json!({ "action": "list" })).await, json!([first(), second()]));
        assert_eq!(asked(&db, json!({ "action": "retrieve", "pk": 1 })).await, first());
    })
    .await;
}

#[tokio::test]
async fn what_django_wrote_is_filtered_and_ordered() {
    on_each_with(&MIGRATIONS, |db| async move {
        for (index, name) in NAMES.iter().enumerate() {
            let (one, two) = (first()[*name].clone(), second()[*name].clone());
            if matches!(*name, "extra" | "raw" | "body") {
                continue;
            }
            let found = async |lookup: &str, value: Value| {
                ids(&db, json!({ "filter": { format!("{name}{lookup}"): value } })).await
            };
            assert_eq!(found("", one.clone()).await, [1], "{name}");
            if *name == "flag" {
                continue;
            }
            assert_eq!(found("__in", json!([two.clone()])).await, [2], "{name}");
            assert_eq!(found("__in", json!([one.clone(), two.clone()])).await, [1, 2], "{name}");
            // Addresses are texts on SQLite, which are ordered as such.
            let descending = matches!(*name, "small" | "clock") || *name == "ip" && is_sqlite(&db);
            let (less, more) = if descending { (two, one) } else { (one, two) };
            let expected = |of_less: bool| if of_less == descending { [2] } else { [1] };
            assert_eq!(found("__lt", more.clone()).await, expected(true), "{name}");
            assert_eq!(found("__gt", less.clone()).await, expected(false), "{name}");
            assert_eq!(found("__lte", less).await, expected(true), "{name}");
            assert_eq!(found("__gte", more).await, expected(false), "{name}");
            let by = ids(&db, json!({ "order_by": name })).await;
            assert_eq!(by, if descending { [2, 1] } else { [1, 2] }, "{name} ({index})");
        }
        // Numbers, and not their texts; moments between, with and without a fraction; texts that are no address.
        for (filter, expected) in [
            (json!({ "price__gt": "13" }), vec![2]),
            (json!({ "price": 12.5 }), vec![1]),
            (json!({ "price__lte": "12.50" }), vec![1]),
            (json!({ "at__gt": "2024-02-01T12:30:45Z" }), vec![1, 2]),
            (json!({ "at__lt": "2024-02-01T12:30:45.500001Z" }), vec![1]),
            (json!({ "at": "2024-02-02T13:30:45+01:00" }), vec![2]),
            (json!({ "clock__lte": "01:02:03" }), vec![2]),
            (json!({ "span__lt": "0" }), vec![1]),
            (json!({ "ip": "nowhere" }), vec![]),
            (json!({ "ip__in": ["nowhere", "10.0.0.9"] }), vec![1]),
            (json!({ "ip__in": ["nowhere"] }), vec![]),
        ] {
            let found = ids(&db, json!({ "filter": filter.clone() })).await;
            assert_eq!(found, expected, "{filter}");
        }
        assert_eq!(ids(&db, json!({ "search": "10.0.0.1" })).await, [2]);
        assert_eq!(ids(&db, json!({ "search": "T1" })).await, [1]);
    })
    .await;
}

fn is_sqlite(db: &Db) -> bool {
    db.dialect() == Dialect::Sqlite
}

/// Whether two rows hold the same, in the same form: on SQLite the class in which it is stored, too.
async fn is_stored_alike(db: &Db, name: &str, one: i64, other: i64) -> bool {
    // Which spaces stand in JSON says nothing, to Django neither.
    let name = if name == "extra" && is_sqlite(db) { "json(\"extra\")" } else { &format!("\"{name}\"") };
    let form = if is_sqlite(db) {
        format!("typeof({name}) || ' ' || quote({name})")
    } else {
        format!("{name}::text")
    };
    let sql = format!("SELECT {form} FROM everything WHERE id IN ({one}, {other}) ORDER BY id");
    let rows = db.query(sql.leak(), Vec::new()).await.expect("a query");
    assert_eq!(rows.len(), 2);
    rows[0].values()[0] == rows[1].values()[0]
}

#[tokio::test]
async fn what_is_written_is_what_django_writes() {
    on_each_with(&MIGRATIONS, |db| async move {
        let made = asked(&db, json!({ "action": "create", "data": first() })).await;
        let id = made["id"].as_i64().expect("an id");
        for name in NAMES.iter().skip(1) {
            assert_eq!(made[*name], first()[*name], "{name}");
            assert!(is_stored_alike(&db, name, 1, id).await, "{name}");
        }
        asked(&db, json!({ "action": "update", "pk": id, "data": second() })).await;
        for name in NAMES.iter().skip(1) {
            assert!(is_stored_alike(&db, name, 2, id).await, "{name}");
        }
        for name in NAMES.iter().skip(1) {
            asked(&db, json!({ "action": "patch", "pk": id, "data": { *name: first()[*name].clone() } }))
                .await;
            assert!(is_stored_alike(&db, name, 1, id).await, "{name}");
        }
    })
    .await;
}

/// The same table, of a model that says nothing of Django, has a column that is not there, and not all that is needed.
static OTHERWISE: ModelMeta = ModelMeta {
    columns: &[
        ColumnMeta::new("id", TypeMeta::new(Kind::Integer)).auto(Auto::Key),
        ColumnMeta::new("at", TypeMeta::new(Kind::DateTime)),
        ColumnMeta::new("span", TypeMeta::new(Kind::Duration)),
        ColumnMeta::new("flag", TypeMeta::new(Kind::Uuid)),
        ColumnMeta::new("missing", TypeMeta::new(Kind::Text)),
    ],
    sql: SQL,
    ..EVERYTHING
};

static NOWHERE: ModelMeta = ModelMeta { name: "Nowhere", table: "nowhere", sql: SQL, ..EVERYTHING };

static OTHERWISES: ConsumerMeta = ConsumerMeta {
    name: "Otherwises",
    stream: "otherwises",
    path: "/ws/otherwises/",
    actions: &[ActionMeta::new("create").kind(ActionKind::Create)],
    model: Some(BoundModel {
        serializer: &SerializerMeta { name: "Otherwise", model: &OTHERWISE, fields: &[], validate: false },
        lookup: 0,
        lookup_argument: "pk",
        ordering: &[],
        pagination: None,
        filter: &[],
        search: &[],
        order_by: &[],
    }),
    access: AccessMeta::OPEN,
};

async fn served(
    db: &Db,
    consumer: &'static ConsumerMeta,
    models: &[&'static ModelMeta],
) -> Result<(), ServiceError> {
    let service = Service::new("django", MIGRATIONS).consumer(Consumer(consumer)).unmanaged(models);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    service.serve(listener, db.clone(), std::future::ready(())).await
}

#[tokio::test]
async fn what_cannot_work_is_told_at_once() {
    on_each_with(&MIGRATIONS, |db| async move {
        let refused = served(&db, &OTHERWISES, &[&OTHERWISE, &NOWHERE]).await.expect_err("it cannot work");
        let ServiceError::Unmanaged(misfits) = &refused else { panic!("{refused}") };
        let is_told = |parts: &[&str]| {
            let has = |line: &&String| parts.iter().all(|part| line.contains(part));
            assert_eq!(misfits.iter().filter(has).count(), 1, "{parts:?} in {refused}");
        };
        is_told(&["everything.flag is bool", "uuid"]);
        is_told(&["there is no column everything.missing for Everything.missing"]);
        is_told(&["there is no table \"nowhere\" for the model Nowhere"]);
        is_told(&["everything.price has to be given in a new row"]);
        if is_sqlite(&db) {
            is_told(&["everything.at is datetime", "x-storage"]);
        } else {
            is_told(&["everything.span is interval", "x-storage"]);
        }
        // Who makes no rows needs none of the other columns.
        let refused = served(&db, &EVERYTHINGS, &[&OTHERWISE]).await.expect_err("it cannot work");
        assert!(!refused.to_string().contains("has to be given"), "{refused}");
        served(&db, &EVERYTHINGS, &[&EVERYTHING]).await.expect("Django's table is as its model says");
    })
    .await;
}
