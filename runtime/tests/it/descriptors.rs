//! Descriptors as the generator writes them: a column of every kind.

use dcrf_runtime::db::{Migration, Migrations};
use dcrf_runtime::meta::{
    AccessMeta, ActionMeta, Auto, BoundModel, ColumnMeta, ConstraintMeta, ConsumerMeta, FieldMeta, FieldPath,
    Kind, Literal, ModelMeta, ModelSql, ObjectMeta, OrderMeta, PageStyle, Pagination, PathStep, PropertyMeta,
    Rule, SerializerMeta, TypeMeta,
};

const INTEGER: TypeMeta = TypeMeta::new(Kind::Integer);
const TEXT: TypeMeta = TypeMeta::new(Kind::Text);

pub static CATEGORY: ModelMeta = ModelMeta {
    name: "Category",
    verbose_name: "category",
    table: "category",
    columns: &[
        ColumnMeta::new("id", INTEGER).auto(Auto::Key).unique(),
        ColumnMeta::new("name", TEXT.rules(&[Rule::MaxLength(40)])).unique(),
    ],
    key: 0,
    constraints: &[],
    ordering: &[],
    relations: &[],
    sql: ModelSql {
        select: r#"SELECT "id", "name" FROM "category""#,
        get: r#"SELECT "id", "name" FROM "category" WHERE "id" = $1"#,
        insert: r#"INSERT INTO "category" ("name") VALUES ($1) RETURNING "id", "name""#,
        delete: r#"DELETE FROM "category" WHERE "id" = $1"#,
        returning: r#" RETURNING "id", "name""#,
    },
};

fn category() -> &'static ModelMeta {
    &CATEGORY
}

fn specimen() -> &'static ModelMeta {
    &SPECIMEN
}

pub static SIZE: ObjectMeta = ObjectMeta {
    name: "Size",
    properties: &[
        PropertyMeta::new("width", TypeMeta::plain(Kind::Integer).rules(&[Rule::Minimum("0")])).required(),
        PropertyMeta::new("unit", TypeMeta::plain(Kind::Text)).default(Literal::Text("mm")),
    ],
    closed: true,
    additional: None,
};

fn size() -> &'static ObjectMeta {
    &SIZE
}

const LEVELS: &[Literal] = &[Literal::Text("low"), Literal::Text("mid"), Literal::Text("high")];
const GRADES: &[Literal] = &[Literal::Integer(1), Literal::Integer(2), Literal::Integer(3)];
const LABEL: TypeMeta = TypeMeta::plain(Kind::Text).rules(&[Rule::MaxLength(5)]);

macro_rules! columns {
    () => {
        r#""id", "title", "category", "quantity", "price", "total", "ratio", "active", "flag", "level", "grade", "contact", "uid", "slug", "code", "day", "at", "clock", "span", "extra", "labels", "size", "raw", "parent", "secret", "shelf", "position", "created_at", "changed_at""#
    };
}

pub static SPECIMEN: ModelMeta = ModelMeta {
    name: "Specimen",
    verbose_name: "specimen",
    table: "specimen",
    columns: &[
        ColumnMeta::new("id", INTEGER).auto(Auto::Key).unique(),
        ColumnMeta::new("title", TEXT.rules(&[Rule::MinLength(3), Rule::MaxLength(20)])),
        ColumnMeta::new("category", INTEGER).references(category),
        ColumnMeta::new("quantity", INTEGER.rules(&[Rule::Minimum("0"), Rule::Maximum("100")])),
        ColumnMeta::new("price", TypeMeta::new(Kind::Decimal { max_digits: 6, decimal_places: 2 }))
            .default(Literal::Text("0.00")),
        ColumnMeta::new(
            "total",
            TypeMeta::new(Kind::Decimal { max_digits: 24, decimal_places: 4 }).nullable(),
        ),
        ColumnMeta::new("ratio", TypeMeta::new(Kind::Float)).default(Literal::Number("0.5")),
        ColumnMeta::new("active", TypeMeta::new(Kind::Boolean)).default(Literal::Boolean(true)),
        ColumnMeta::new("flag", TypeMeta::new(Kind::Boolean).nullable()),
        ColumnMeta::new("level", TypeMeta::new(Kind::Choice(LEVELS))).default(Literal::Text("low")),
        ColumnMeta::new("grade", TypeMeta::new(Kind::Choice(GRADES))).default(Literal::Integer(1)),
        ColumnMeta::new("contact", TypeMeta::new(Kind::Email).blank()),
        ColumnMeta::new("uid", TypeMeta::new(Kind::Uuid)).auto(Auto::Uuid),
        ColumnMeta::new("slug", TypeMeta::new(Kind::Slug).nullable().blank()).unique(),
        ColumnMeta::new("code", TEXT.nullable()).unique(),
        ColumnMeta::new("day", TypeMeta::new(Kind::Date).nullable()),
        ColumnMeta::new("at", TypeMeta::new(Kind::DateTime).nullable()),
        ColumnMeta::new("clock", TypeMeta::new(Kind::Time).nullable()),
        ColumnMeta::new("span", TypeMeta::new(Kind::Duration).nullable()),
        ColumnMeta::new("extra", TypeMeta::new(Kind::Json).nullable()),
        ColumnMeta::new("labels", TypeMeta::new(Kind::List(&LABEL))).default(Literal::Json("[]")),
        ColumnMeta::new("size", TypeMeta::new(Kind::Object(size)).nullable()),
        ColumnMeta::new("raw", TypeMeta::new(Kind::Bytes).nullable()),
        ColumnMeta::new("parent", INTEGER.nullable()).references(specimen),
        ColumnMeta::new("secret", TEXT.blank()),
        ColumnMeta::new("shelf", TEXT.blank()),
        ColumnMeta::new("position", INTEGER.nullable()),
        ColumnMeta::new("created_at", TypeMeta::new(Kind::DateTime)).auto(Auto::NowAdd),
        ColumnMeta::new("changed_at", TypeMeta::new(Kind::DateTime)).auto(Auto::Now),
    ],
    key: 0,
    constraints: &[ConstraintMeta::unique(&[25, 26])],
    ordering: &[],
    relations: &[],
    sql: ModelSql {
        select: concat!("SELECT ", columns!(), r#" FROM "specimen""#),
        get: concat!("SELECT ", columns!(), r#" FROM "specimen" WHERE "id" = $1"#),
        insert: concat!(
            r#"INSERT INTO "specimen" ("title", "category", "quantity", "price", "total", "ratio", "active", "flag", "level", "grade", "contact", "uid", "slug", "code", "day", "at", "clock", "span", "extra", "labels", "size", "raw", "parent", "secret", "shelf", "position", "created_at", "changed_at") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28) RETURNING "#,
            columns!()
        ),
        delete: r#"DELETE FROM "specimen" WHERE "id" = $1"#,
        returning: concat!(" RETURNING ", columns!()),
    },
};

pub static CATEGORY_SERIALIZER: SerializerMeta = SerializerMeta {
    name: "CategorySerializer",
    model: &CATEGORY,
    fields: &[
        FieldMeta::new("id", 0, INTEGER).read_only(),
        FieldMeta::new("name", 1, CATEGORY.columns[1].ty)
            .required()
            .messages(&[("max_length", "At most {max_length}, please."), ("unique", "Taken.")]),
    ],
    validate: false,
};

const fn own(index: usize) -> FieldPath {
    FieldPath::new(SPECIMEN.columns[index].name, index)
}

const fn column(index: usize) -> FieldMeta {
    let column = &SPECIMEN.columns[index];
    FieldMeta::new(column.name, index, column.ty)
}

pub static SPECIMEN_SERIALIZER: SerializerMeta = SerializerMeta {
    name: "SpecimenSerializer",
    model: &SPECIMEN,
    fields: &[
        column(0).read_only(),
        column(1).required(),
        column(2).required(),
        column(3).required(),
        column(4),
        column(5),
        column(6),
        column(7),
        column(8),
        column(9),
        column(10),
        column(11),
        column(12),
        column(13),
        column(14),
        column(15),
        column(16),
        column(17),
        column(18),
        column(19),
        column(20),
        column(21),
        column(22),
        column(23),
        column(24).write_only(),
        column(25),
        column(26),
        column(27).read_only(),
        column(28).read_only(),
    ],
    validate: false,
};

/// A serializer whose application checks `title` and the whole.
pub static CHECKED_SERIALIZER: SerializerMeta = SerializerMeta {
    name: "CheckedSerializer",
    model: &SPECIMEN,
    fields: &[
        column(0).read_only(),
        column(1).required().validate(),
        column(2).required(),
        column(3).required(),
        column(13),
    ],
    validate: true,
};

pub const ACTIONS: &[ActionMeta] = &[
    ActionMeta::new("list"),
    ActionMeta::new("retrieve"),
    ActionMeta::new("create"),
    ActionMeta::new("update"),
    ActionMeta::new("patch"),
    ActionMeta::new("delete"),
];

pub static CATEGORIES: ConsumerMeta = ConsumerMeta {
    name: "Categories",
    stream: "categories",
    path: "/ws/categories/",
    actions: ACTIONS,
    model: Some(BoundModel {
        serializer: &CATEGORY_SERIALIZER,
        lookup: 1,
        lookup_argument: "name",
        ordering: &[OrderMeta::descending(1)],
        pagination: None,
        filter: &[],
        search: &[],
        order_by: &[],
    }),
    access: AccessMeta::OPEN,
};

pub static SPECIMENS: ConsumerMeta = ConsumerMeta {
    name: "Specimens",
    stream: "specimens",
    path: "/ws/specimens/",
    actions: ACTIONS,
    model: Some(BoundModel {
        serializer: &SPECIMEN_SERIALIZER,
        lookup: 0,
        lookup_argument: "pk",
        ordering: &[],
        pagination: Some(Pagination { page_size: 3, max_limit: Some(50), style: PageStyle::LimitOffset }),
        filter: &[own(0), own(1), own(3), own(4), own(5), own(8), own(9), own(16), own(2)],
        search: &[own(1), own(13)],
        order_by: &[own(1), own(3), own(4), own(5), own(8)],
    }),
    access: AccessMeta::OPEN,
};

/// The same rows by cursor, filtered, searched and ordered across foreign keys, too.
pub static CURSORS: ConsumerMeta =
    ConsumerMeta { name: "Cursors", stream: "cursors", model: Some(across(PageStyle::Cursor)), ..SPECIMENS };

/// The same as a stream of pages.
pub static STREAMED: ConsumerMeta = ConsumerMeta {
    name: "Streamed",
    stream: "streamed",
    model: Some(across(PageStyle::Streamed)),
    ..SPECIMENS
};

const FILTER: &[FieldPath] = &[
    own(3),
    FieldPath::through("category__name", &[PathStep::ForeignKey(2)], 1),
    FieldPath::through("parent__quantity", &[PathStep::ForeignKey(23)], 3),
    FieldPath::through("parent__category__name", &[PathStep::ForeignKey(23), PathStep::ForeignKey(2)], 1),
];

const SEARCH: &[FieldPath] = &[
    own(1),
    FieldPath::through("parent__category__name", &[PathStep::ForeignKey(23), PathStep::ForeignKey(2)], 1),
];

const ORDER_BY: &[FieldPath] = &[
    own(0),
    own(1),
    own(3),
    own(4),
    own(5),
    own(6),
    own(8),
    own(12),
    own(14),
    own(15),
    own(16),
    own(17),
    own(18),
    own(22),
    FieldPath::through("category__name", &[PathStep::ForeignKey(2)], 1),
    FieldPath::through("parent__quantity", &[PathStep::ForeignKey(23)], 3),
    FieldPath::through("parent__category__name", &[PathStep::ForeignKey(23), PathStep::ForeignKey(2)], 1),
];

const fn across(style: PageStyle) -> BoundModel {
    BoundModel {
        serializer: &SPECIMEN_SERIALIZER,
        lookup: 0,
        lookup_argument: "pk",
        ordering: &[],
        pagination: Some(Pagination { page_size: 3, max_limit: None, style }),
        filter: FILTER,
        search: SEARCH,
        order_by: ORDER_BY,
    }
}

pub static CHECKED: ConsumerMeta = ConsumerMeta {
    name: "Checked",
    stream: "checked",
    path: "/ws/checked/",
    actions: ACTIONS,
    model: Some(BoundModel {
        serializer: &CHECKED_SERIALIZER,
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

pub static MIGRATIONS: Migrations = Migrations {
    sqlite: &[Migration {
        version: 1,
        name: "init",
        sql: r#"
CREATE TABLE "category" ("id" INTEGER PRIMARY KEY AUTOINCREMENT, "name" TEXT NOT NULL UNIQUE);
CREATE TABLE "specimen" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT, "title" TEXT NOT NULL,
    "category" INTEGER NOT NULL REFERENCES "category" ("id") ON DELETE RESTRICT,
    "quantity" INTEGER NOT NULL, "price" INTEGER NOT NULL, "total" TEXT, "ratio" REAL NOT NULL,
    "active" INTEGER NOT NULL, "flag" INTEGER, "level" TEXT NOT NULL, "grade" INTEGER NOT NULL, "contact" TEXT NOT NULL,
    "uid" TEXT NOT NULL, "slug" TEXT UNIQUE, "code" TEXT UNIQUE, "day" TEXT, "at" INTEGER, "clock" TEXT,
    "span" INTEGER, "extra" TEXT, "labels" TEXT NOT NULL, "size" TEXT, "raw" BLOB,
    "parent" INTEGER REFERENCES "specimen" ("id") ON DELETE CASCADE, "secret" TEXT NOT NULL, "shelf" TEXT NOT NULL,
    "position" INTEGER, "created_at" INTEGER NOT NULL, "changed_at" INTEGER NOT NULL, UNIQUE ("shelf", "position"));
"#,
    }],
    postgres: &[Migration {
        version: 1,
        name: "init",
        sql: r#"
CREATE TABLE "category" ("id" BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, "name" TEXT NOT NULL UNIQUE);
CREATE TABLE "specimen" (
    "id" BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, "title" TEXT NOT NULL,
    "category" BIGINT NOT NULL REFERENCES "category" ("id") ON DELETE RESTRICT,
    "quantity" BIGINT NOT NULL, "price" NUMERIC(6, 2) NOT NULL, "total" NUMERIC(24, 4), "ratio" DOUBLE PRECISION NOT NULL,
    "active" BOOLEAN NOT NULL, "flag" BOOLEAN, "level" TEXT NOT NULL, "grade" BIGINT NOT NULL, "contact" TEXT NOT NULL,
    "uid" UUID NOT NULL, "slug" TEXT UNIQUE, "code" TEXT UNIQUE, "day" DATE, "at" TIMESTAMPTZ, "clock" TIME,
    "span" BIGINT, "extra" JSON, "labels" JSON NOT NULL, "size" JSON, "raw" BYTEA,
    "parent" BIGINT REFERENCES "specimen" ("id") ON DELETE CASCADE, "secret" TEXT NOT NULL, "shelf" TEXT NOT NULL,
    "position" BIGINT, "created_at" TIMESTAMPTZ NOT NULL, "changed_at" TIMESTAMPTZ NOT NULL, UNIQUE ("shelf", "position"));
"#,
    }],
};
