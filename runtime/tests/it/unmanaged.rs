//! A table of somebody else's, of types that only expressions read and write (`x-sql`).

use dcrf_runtime::db::{Dialect, Migration, Migrations};
use dcrf_runtime::meta::{
    AccessMeta, ActionKind, ActionMeta, Auto, BoundModel, Collation, ColumnMeta, ConsumerMeta, FieldMeta,
    FieldPath, Kind, Literal, ModelMeta, ModelSql, PathStep, SerializerMeta, TypeMeta,
};
use dcrf_runtime::server::ServiceError;
use dcrf_runtime::value::Object;
use dcrf_runtime::{Db, Service, store};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::databases::on_each_with;
use super::wire::{Consumer, send};

const MIGRATIONS: Migrations = Migrations {
    sqlite: &[Migration { version: 1, name: "place", sql: include_str!("unmanaged/sqlite.sql") }],
    postgres: &[Migration { version: 1, name: "place", sql: include_str!("unmanaged/postgres.sql") }],
};

const MOOD: Kind = Kind::Choice(&[Literal::Text("sad"), Literal::Text("happy"), Literal::Text("bored")]);
const TEXT: TypeMeta = TypeMeta::new(Kind::Text);
const NUMBER: TypeMeta = TypeMeta::new(Kind::Integer);
const READ_SPOT_SQLITE: &str = "CASE WHEN {column} IS NULL THEN NULL ELSE json_object('x', CAST(substr({column}, 1, \
                                instr({column}, ',') - 1) AS REAL), 'y', CAST(substr({column}, instr({column}, ',') + \
                                1) AS REAL)) END";

const fn id() -> ColumnMeta {
    ColumnMeta::new("id", NUMBER).auto(Auto::Key)
}

/// In the table `place`, but not of the constant statements: they are not those of a column with expressions.
const fn place(columns: &'static [ColumnMeta]) -> ModelMeta {
    ModelMeta {
        name: "Place",
        verbose_name: "place",
        table: "place",
        columns,
        key: 0,
        constraints: &[],
        ordering: &[],
        relations: &[],
        sql: ModelSql {
            select: "-",
            get: "-",
            insert: "-",
            delete: "DELETE FROM \"place\" WHERE \"id\" = $1",
            returning: "-",
        },
    }
}

static COLUMNS: [ColumnMeta; 8] = [
    id(),
    ColumnMeta::new("mood", TypeMeta::new(MOOD))
        .postgres("mood", "{column}::text", "{value}::mood")
        .sqlite("varchar(5)", "lower({column})", "upper({value})"),
    ColumnMeta::new("label", TEXT.nullable())
        .postgres("label", "{column}::text", "{value}")
        // Not every text is JSON, which is what SQLite refuses here.
        .sqlite("TEXT", "substr({column}, 2, length({column}) - 2)", "json('\"' || {value} || '\"')"),
    ColumnMeta::new("spot", TypeMeta::new(Kind::Json).nullable())
        .postgres(
            "point",
            // Of nothing, nothing: an object of two `null`s would be something.
            "CASE WHEN {column} IS NOT NULL THEN json_build_object('x', ({column})[0], 'y', ({column})[1]) END",
            "point(({value}->>'x')::float8, ({value}->>'y')::float8)",
        )
        .sqlite("text", READ_SPOT_SQLITE, "json_extract({value}, '$.x') || ',' || json_extract({value}, '$.y')"),
    ColumnMeta::new("small", NUMBER),
    ColumnMeta::new("at", TypeMeta::new(Kind::DateTime)).django(),
    ColumnMeta::new("address", TypeMeta::new(Kind::Ip)).collation(Collation::Database).django(),
    ColumnMeta::new("parent", NUMBER.nullable()).column("parent_id").references(|| &PLACE),
];

static PLACE: ModelMeta = place(&COLUMNS);

const REACHES: &[FieldPath] = &[
    FieldPath::new("id", 0),
    FieldPath::new("mood", 1),
    FieldPath::new("label", 2),
    FieldPath::new("small", 4),
    FieldPath::new("at", 5),
    FieldPath::new("address", 6),
    FieldPath::through("parent__mood", &[PathStep::ForeignKey(7)], 1),
];

const SEARCH: &[FieldPath] =
    &[FieldPath::new("mood", 1), FieldPath::through("parent__mood", &[PathStep::ForeignKey(7)], 1)];

static SERIALIZER: SerializerMeta = SerializerMeta {
    name: "PlaceSerializer",
    model: &PLACE,
    fields: &[
        FieldMeta::new("id", 0, NUMBER).read_only(),
        FieldMeta::new("mood", 1, TypeMeta::new(MOOD)).required(),
        FieldMeta::new("label", 2, TEXT.nullable()),
        FieldMeta::new("spot", 3, TypeMeta::new(Kind::Json).nullable()),
        FieldMeta::new("small", 4, NUMBER).required(),
        FieldMeta::new("at", 5, TypeMeta::new(Kind::DateTime)).required(),
        FieldMeta::new("address", 6, TypeMeta::new(Kind::Ip)).required(),
    ],
    validate: false,
};

const ACTIONS: &[ActionMeta] = &[
    ActionMeta::new("list"),
    ActionMeta::new("retrieve"),
    ActionMeta::new("create").kind(ActionKind::Create),
    ActionMeta::new("patch"),
    ActionMeta::new("delete"),
];

const fn consumer(lookup: usize, lookup_argument: &'static str) -> ConsumerMeta {
    ConsumerMeta {
        name: "Places",
        stream: "places",
        path: "/ws/places/",
        actions: ACTIONS,
        model: Some(BoundModel {
            serializer: &SERIALIZER,
            lookup,
            lookup_argument,
            ordering: &[],
            pagination: None,
            filter: REACHES,
            search: SEARCH,
            order_by: REACHES,
        }),
        access: AccessMeta::OPEN,
    }
}

static PLACES: ConsumerMeta = consumer(0, "pk");
static BY_ADDRESS: ConsumerMeta = consumer(6, "address");
static BY_MOOD: ConsumerMeta = consumer(1, "mood");

async fn answer(db: &Db, consumer: &'static ConsumerMeta, frame: Value) -> (u16, Value) {
    let (status, body) = send(db, consumer, &frame.to_string()).await;
    (status, serde_json::from_str(&body).unwrap_or(Value::Null))
}

async fn asked(db: &Db, frame: Value) -> Value {
    let (status, body) = answer(db, &PLACES, frame.clone()).await;
    assert!(status < 300, "{frame}: {status} {body}");
    body
}

async fn ids(db: &Db, mut frame: Value) -> Vec<i64> {
    frame["action"] = json!("list");
    let rows = asked(db, frame).await;
    rows.as_array().expect("rows").iter().map(|row| row["id"].as_i64().expect("an id")).collect()
}

fn first() -> Value {
    json!({
        "id": 1, "mood": "sad", "label": "one", "spot": { "x": 1.0, "y": 2.0 }, "small": 1,
        "at": "2024-02-01T12:30:45.500000Z", "address": "10.0.0.9"
    })
}

/// The row with the numbers of its place as floats, whatever the database writes for one.
fn numbers_aside(mut row: Value) -> Value {
    for name in ["x", "y"] {
        if let Some(number) = row["spot"].get_mut(name) {
            *number = json!(number.as_f64());
        }
    }
    row
}

#[tokio::test]
async fn columns_are_read_and_written_by_expressions() {
    on_each_with(&MIGRATIONS, |db| async move {
        assert_eq!(numbers_aside(asked(&db, json!({ "action": "retrieve", "pk": 1 })).await), first());
        let mut new = first();
        new["spot"] = json!({ "x": 3.5, "y": 4.5 });
        let made = asked(&db, json!({ "action": "create", "data": new.clone() })).await;
        new["id"] = json!(3);
        assert_eq!(made, new);
        let changed = json!({ "mood": "happy", "label": null, "spot": null });
        let changed = asked(&db, json!({ "action": "patch", "pk": 3, "data": changed })).await;
        assert_eq!(
            (&changed["mood"], &changed["label"], &changed["spot"]),
            (&json!("happy"), &Value::Null, &Value::Null)
        );
        let stored = match db.dialect() {
            Dialect::Sqlite => "SELECT mood, spot IS NULL FROM place WHERE id = 3 AND mood = 'HAPPY'",
            Dialect::Postgres => "SELECT mood::text, spot IS NULL FROM place WHERE id = 3 AND mood = 'happy'",
        };
        assert_eq!(db.query(stored, Vec::new()).await.expect("a query").len(), 1);
        asked(&db, json!({ "action": "delete", "pk": 3 })).await;
        assert_eq!(ids(&db, json!({})).await, [1, 2]);
    })
    .await;
}

#[tokio::test]
async fn what_is_read_is_filtered_searched_and_ordered_by() {
    on_each_with(&MIGRATIONS, |db| async move {
        for (frame, expected) in [
            (json!({ "filter": { "mood": "sad" } }), vec![1]),
            (json!({ "filter": { "mood__in": ["happy", "bored"] } }), vec![2]),
            (json!({ "filter": { "label__isnull": true } }), vec![2]),
            (json!({ "filter": { "label__starts_with": "on" } }), vec![1]),
            (json!({ "filter": { "label__lt": "p" } }), vec![1]),
            (json!({ "filter": { "parent__mood": "sad" } }), vec![2]),
            (json!({ "search": "APP" }), vec![2]),
            // The mood of a row, or of its parent.
            (json!({ "search": "sad" }), vec![1, 2]),
            // By texts, and not as the enum of the database has them.
            (json!({ "order_by": "mood" }), vec![2, 1]),
            (json!({ "order_by": "-mood" }), vec![1, 2]),
            (json!({ "order_by": "-parent__mood" }), vec![2, 1]),
        ] {
            assert_eq!(ids(&db, frame.clone()).await, expected, "{frame}");
        }
        let (status, found) = answer(&db, &BY_MOOD, json!({ "action": "retrieve", "mood": "happy" })).await;
        assert_eq!((status, &found["id"]), (200, &json!(2)));
        let (status, _) = answer(&db, &BY_MOOD, json!({ "action": "retrieve", "mood": "bored" })).await;
        assert_eq!(status, 404);
    })
    .await;
}

#[tokio::test]
async fn what_the_database_does_not_take_is_said_of_the_field() {
    on_each_with(&MIGRATIONS, |db| async move {
        let patched = async |data: Value| {
            answer(&db, &PLACES, json!({ "action": "patch", "pk": 1, "data": data })).await
        };
        let no_value = json!(["This is not a value of its column."]);
        let too_large = json!(["This number is too large for its column."]);
        let cases = match db.dialect() {
            Dialect::Sqlite => vec![(json!({ "label": "not \\ a label" }), "label", no_value)],
            Dialect::Postgres => vec![
                // The enum of the database has fewer values than that of the model.
                (json!({ "mood": "bored" }), "mood", no_value.clone()),
                (json!({ "label": "Not a label" }), "label", no_value.clone()),
                (json!({ "spot": { "x": "east", "y": 1 } }), "spot", no_value),
                (json!({ "small": 32_768 }), "small", too_large),
            ],
        };
        for (data, field, said) in cases {
            let (status, body) = patched(data.clone()).await;
            assert_eq!((status, &body[0][field]), (400, &said), "{data}: {body}");
        }
        // What is larger than any value of the column can be asked for.
        assert!(ids(&db, json!({ "filter": { "small": 99_999_999_999_i64 } })).await.is_empty());
    })
    .await;
}

/// A table that migrations make takes values of a column's type alone.
#[tokio::test]
async fn what_a_strict_table_does_not_take_is_said_of_the_field() {
    static SIZED: ModelMeta = ModelMeta {
        table: "sized",
        ..place(&[
            id(),
            ColumnMeta::new("size", TEXT).sqlite("INTEGER", "{column} || ' m'", "rtrim({value}, ' m')"),
        ])
    };
    on_each_with(&MIGRATIONS, |db| async move {
        if db.dialect() == Dialect::Postgres {
            return;
        }
        let table = "CREATE TABLE sized (id INTEGER PRIMARY KEY, size INTEGER NOT NULL) STRICT";
        db.execute(table, Vec::new()).await.expect("a table");
        let create = async |size: &str| {
            let mut row = Object::empty(2);
            row.set(1, dcrf_runtime::Value::Text(size.to_owned()));
            store::create(&db, &SIZED, row).await
        };
        let made = create("12 m").await.expect("a row");
        assert_eq!(made.values()[1], dcrf_runtime::Value::Text("12 m".to_owned()));
        let error = create("far").await.expect_err("no number").to_string();
        assert!(error.contains("size") && error.contains("This is not a value of its column."), "{error}");
    })
    .await;
}

static SMALLS: ConsumerMeta = ConsumerMeta {
    model: Some(BoundModel {
        serializer: &SerializerMeta {
            name: "SmallSerializer",
            model: &ModelMeta {
                sql: ModelSql {
                    select: "SELECT \"id\", \"small\" FROM \"place\"",
                    get: "SELECT \"id\", \"small\" FROM \"place\" WHERE \"id\" = $1",
                    returning: " RETURNING \"id\", \"small\"",
                    ..PLAIN.sql
                },
                ..PLAIN
            },
            fields: &[
                FieldMeta::new("id", 0, NUMBER).read_only(),
                FieldMeta::new("small", 1, NUMBER.nullable()),
            ],
            validate: false,
        },
        lookup: 0,
        lookup_argument: "pk",
        ordering: &[],
        pagination: None,
        filter: &[],
        search: &[],
        order_by: &[],
    }),
    ..consumer(0, "pk")
};

const PLAIN: ModelMeta = place(&[id(), ColumnMeta::new("small", NUMBER.nullable())]);

#[tokio::test]
async fn a_null_that_a_column_does_not_take_is_said_of_the_field() {
    on_each_with(&MIGRATIONS, |db| async move {
        let frame = json!({ "action": "patch", "pk": 1, "data": { "small": null } });
        let (status, body) = answer(&db, &SMALLS, frame).await;
        assert_eq!((status, &body[0]["small"]), (400, &json!(["This field may not be null."])), "{body}");
    })
    .await;
}

#[tokio::test]
async fn a_text_that_is_no_address_names_no_row() {
    on_each_with(&MIGRATIONS, |db| async move {
        let named = async |action: &str, address: &str| {
            let frame = json!({ "action": action, "address": address, "data": {} });
            answer(&db, &BY_ADDRESS, frame).await.0
        };
        assert_eq!(named("retrieve", "10.0.0.9").await, 200);
        for action in ["retrieve", "patch", "delete"] {
            assert_eq!(named(action, "nowhere").await, 404, "{action}");
            assert_eq!(named(action, "10.0.0.9/8").await, 404, "{action}");
        }
        assert_eq!(ids(&db, json!({ "filter": { "address__in": ["nowhere", "10.0.0.9"] } })).await, [1]);
    })
    .await;
}

#[tokio::test]
async fn moments_without_a_zone_are_utc() {
    on_each_with(&MIGRATIONS, |db| async move {
        if db.dialect() == Dialect::Postgres {
            // What a database, or whoever connects, has for a zone does not matter.
            let name = db.query("SELECT current_database()::text", Vec::new()).await.expect("its name");
            let name: String = name.into_iter().next().expect("a row").take(0).expect("a text");
            let zoned = format!("ALTER DATABASE {name} SET TimeZone = 'Asia/Tokyo'");
            db.execute(zoned.leak(), Vec::new()).await.expect("a zone");
        }
        let mut new = first();
        new["at"] = json!("2024-02-03T01:00:00+09:00");
        let made = asked(&db, json!({ "action": "create", "data": new })).await;
        assert_eq!(made["at"], "2024-02-02T16:00:00Z");
        for (filter, expected) in [
            (json!({ "at": "2024-02-02T16:00:00Z" }), vec![3]),
            (json!({ "at__gt": "2024-02-02T12:30:44Z" }), vec![2, 3]),
            (json!({ "at__lte": "2024-02-01T21:30:45.5+09:00" }), vec![1]),
        ] {
            assert_eq!(ids(&db, json!({ "filter": filter.clone() })).await, expected, "{filter}");
        }
        assert_eq!(ids(&db, json!({ "order_by": "-at" })).await, [3, 2, 1]);
    })
    .await;
}

async fn refusal(db: &Db, model: &'static ModelMeta) -> String {
    refusal_of(db, |service| service.unmanaged(&[model])).await
}

async fn refusal_of(db: &Db, with: impl FnOnce(Service) -> Service) -> String {
    let service = with(Service::new("place", MIGRATIONS).consumer(Consumer(&PLACES)));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    match service.serve(listener, db.clone(), std::future::ready(())).await {
        Ok(()) => String::new(),
        Err(ServiceError::Unmanaged(misfits)) => misfits.join("\n"),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn expressions_are_tried_when_the_server_starts() {
    static LOOSE: ModelMeta = place(&[id(), ColumnMeta::new("loose", TEXT)]);
    static NO_TYPE: ModelMeta =
        place(&[id(), ColumnMeta::new("mood", TEXT).postgres("moods", "{column}", "{value}")]);
    static OTHER_TYPE: ModelMeta = place(&[
        id(),
        ColumnMeta::new("label", TEXT.nullable())
            .postgres("mood", "{column}::text", "{value}::mood")
            .sqlite("int", "{column}", "{value}"),
    ]);
    static NOT_READ: ModelMeta = place(&[
        id(),
        ColumnMeta::new("mood", TEXT).postgres("mood", "nothing({column})", "{value}::mood").sqlite(
            "varchar(5)",
            "nothing({column})",
            "{value}",
        ),
    ]);
    static NOT_WRITTEN: ModelMeta = place(&[
        id(),
        ColumnMeta::new("mood", TEXT).postgres("mood", "{column}::text", "{value}").sqlite(
            "varchar(5)",
            "{column}",
            "nothing({value})",
        ),
    ]);
    static READ_AS_ANOTHER: ModelMeta = place(&[
        id(),
        ColumnMeta::new("spot", TypeMeta::new(Kind::Json).nullable())
            .postgres("point", "{column}::text", "{value}::text::point")
            .sqlite("text", "{column}", "{value}"),
    ]);
    on_each_with(&MIGRATIONS, |db| async move {
        let is_sqlite = db.dialect() == Dialect::Sqlite;
        for (model, sqlite, postgres) in [
            (&LOOSE, "place.loose may be null, and Place.loose may not", "place.loose may be null"),
            (&NO_TYPE, "`x-sql` of Place.mood gives none for `sqlite`", "`x-sql` says that it is moods"),
            (&OTHER_TYPE, "place.label is TEXT, and `x-sql` says that it is int", "says that it is mood"),
            (&NOT_READ, "place.mood cannot be read by \"nothing({column})\"", "cannot be read by"),
            (&NOT_WRITTEN, "place.mood cannot be written by \"nothing({value})\"", "cannot be written by"),
            (&READ_AS_ANOTHER, "", "as text, where the runtime has `jsonb` or `json`"),
        ] {
            let expected = if is_sqlite { sqlite } else { postgres };
            // What a text of SQLite is, its values say.
            if !expected.is_empty() {
                let told = refusal(&db, model).await;
                assert!(told.contains(expected), "{expected}: {told}");
            }
        }
        // Of a table that migrations make, only what expressions read and write is looked at.
        static GONE: ModelMeta =
            place(&[id(), ColumnMeta::new("gone", TEXT).postgres("mood", "{column}", "{value}")]);
        let told = refusal_of(&db, |service| service.expressions(&[&GONE, &NOT_READ])).await;
        for expected in ["place.gone is not there", "place.mood cannot be read by \"nothing({column})\""] {
            assert!(told.contains(expected), "{expected}: {told}");
        }
        // The database is closed when a server that has begun ends.
        let fits = refusal_of(&db, |service| service.unmanaged(&[&PLACE]).expressions(&[&LOOSE, &PLACE]));
        assert_eq!(fits.await, "");
    })
    .await;
}
