//! What is sold, and who sells it: as the generator writes it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use dcrf_runtime::condition::{Column, Condition, Lookup};
use dcrf_runtime::db::{Migration, Migrations};
use dcrf_runtime::dispatch::{ActionInput, BoxFuture, ReplyFuture};
use dcrf_runtime::meta::{
    AccessMeta, ActionKind, ActionMeta, Auto, BoundModel, ColumnMeta, ConsumerMeta, FieldMeta, Kind, Literal,
    ModelMeta, ModelSql, ObserverMeta, PathStep, PermissionMeta, RelationMeta, Rule, SerializerMeta, Source,
    TypeMeta, Via,
};
use dcrf_runtime::{
    Context, Decimal, Dispatch, Duration, Error, FromRow, IntoObject, Model, Object, Reply, Request, Result,
    Row, Value, crud, observer,
};
use tokio::sync::Semaphore;

const INTEGER: TypeMeta = TypeMeta::new(Kind::Integer);
const TEXT: TypeMeta = TypeMeta::new(Kind::Text);
const PRICE: Kind = Kind::Decimal { max_digits: 6, decimal_places: 2 };
const TOTAL: Kind = Kind::Decimal { max_digits: 24, decimal_places: 4 };

macro_rules! columns {
    () => {
        r#""id", "name", "quantity", "owner", "price", "total", "weight", "span", "dozens", "note", "shelf""#
    };
}

pub static PRODUCT: ModelMeta = ModelMeta {
    name: "Product",
    verbose_name: "product",
    table: "product",
    columns: &[
        ColumnMeta::new("id", INTEGER).auto(Auto::Key).unique(),
        ColumnMeta::new("name", TEXT),
        ColumnMeta::new("quantity", INTEGER.rules(&[Rule::Minimum("0")])),
        ColumnMeta::new("owner", TEXT),
        ColumnMeta::new("price", TypeMeta::new(PRICE)).default(Literal::Text("1.50")),
        ColumnMeta::new("total", TypeMeta::new(TOTAL)).default(Literal::Text("0.0001")),
        ColumnMeta::new("weight", TypeMeta::new(Kind::Float).nullable()),
        ColumnMeta::new("span", TypeMeta::new(Kind::Duration).nullable()),
        ColumnMeta::new("dozens", INTEGER.rules(&[Rule::MultipleOf("12")])).default(Literal::Integer(0)),
        ColumnMeta::new("note", TypeMeta::new(Kind::Json).nullable()),
        ColumnMeta::new("shelf", INTEGER.nullable()).references(|| &SHELF),
    ],
    key: 0,
    unique_together: &[],
    ordering: &[],
    relations: &[RelationMeta {
        name: "tags",
        target: || &TAG,
        via: Via::Table { table: "product_tags", from: "product_id", to: "tag_id" },
    }],
    sql: ModelSql {
        select: concat!("SELECT ", columns!(), r#" FROM "product""#),
        get: concat!("SELECT ", columns!(), r#" FROM "product" WHERE "id" = $1"#),
        insert: concat!(
            r#"INSERT INTO "product" ("name", "quantity", "owner", "price", "total", "weight", "span", "dozens", "note", "shelf") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING "#,
            columns!()
        ),
        delete: r#"DELETE FROM "product" WHERE "id" = $1"#,
        returning: concat!(" RETURNING ", columns!()),
    },
};

pub static SHELF: ModelMeta = ModelMeta {
    name: "Shelf",
    verbose_name: "shelf",
    table: "shelf",
    columns: &[ColumnMeta::new("id", INTEGER).auto(Auto::Key).unique(), ColumnMeta::new("keeper", TEXT)],
    key: 0,
    unique_together: &[],
    ordering: &[],
    relations: &[],
    sql: ModelSql {
        select: r#"SELECT "id", "keeper" FROM "shelf""#,
        get: r#"SELECT "id", "keeper" FROM "shelf" WHERE "id" = $1"#,
        insert: r#"INSERT INTO "shelf" ("keeper") VALUES ($1) RETURNING "id", "keeper""#,
        delete: r#"DELETE FROM "shelf" WHERE "id" = $1"#,
        returning: r#" RETURNING "id", "keeper""#,
    },
};

pub static TAG: ModelMeta = ModelMeta {
    name: "Tag",
    verbose_name: "tag",
    table: "tag",
    columns: &[ColumnMeta::new("id", INTEGER).auto(Auto::Key).unique()],
    key: 0,
    unique_together: &[],
    ordering: &[],
    relations: &[],
    sql: ModelSql {
        select: r#"SELECT "id" FROM "tag""#,
        get: r#"SELECT "id" FROM "tag" WHERE "id" = $1"#,
        insert: r#"INSERT INTO "tag" DEFAULT VALUES RETURNING "id""#,
        delete: r#"DELETE FROM "tag" WHERE "id" = $1"#,
        returning: r#" RETURNING "id""#,
    },
};

const SQLITE: &str = r#"CREATE TABLE "shelf" ("id" INTEGER PRIMARY KEY AUTOINCREMENT, "keeper" TEXT NOT NULL);
    CREATE TABLE "product" ("id" INTEGER PRIMARY KEY AUTOINCREMENT, "name" TEXT NOT NULL,
    "quantity" INTEGER NOT NULL, "owner" TEXT NOT NULL, "price" INTEGER NOT NULL, "total" TEXT NOT NULL,
    "weight" REAL, "span" INTEGER, "dozens" INTEGER NOT NULL, "note" TEXT,
    "shelf" INTEGER REFERENCES "shelf" ("id"), CHECK ("price" <> 66600));
    CREATE TABLE "sale" ("id" INTEGER PRIMARY KEY AUTOINCREMENT, "product" INTEGER NOT NULL);
    CREATE TABLE "tag" ("id" INTEGER PRIMARY KEY AUTOINCREMENT);
    CREATE TABLE "product_tags" ("product_id" INTEGER NOT NULL REFERENCES "product" ("id") ON DELETE CASCADE,
    "tag_id" INTEGER NOT NULL REFERENCES "tag" ("id") ON DELETE CASCADE, PRIMARY KEY ("product_id", "tag_id"))"#;
const POSTGRES: &str = r#"CREATE TABLE "shelf" ("id" BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "keeper" TEXT NOT NULL);
    CREATE TABLE "product" ("id" BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "name" TEXT NOT NULL, "quantity" BIGINT NOT NULL, "owner" TEXT NOT NULL, "price" NUMERIC(6, 2) NOT NULL,
    "total" NUMERIC(24, 4) NOT NULL, "weight" DOUBLE PRECISION, "span" BIGINT, "dozens" BIGINT NOT NULL,
    "note" JSON, "shelf" BIGINT REFERENCES "shelf" ("id"), CHECK ("price" <> 666));
    CREATE TABLE "sale" ("id" BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, "product" BIGINT NOT NULL);
    CREATE TABLE "tag" ("id" BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY);
    CREATE TABLE "product_tags" ("product_id" BIGINT NOT NULL REFERENCES "product" ("id") ON DELETE CASCADE,
    "tag_id" BIGINT NOT NULL REFERENCES "tag" ("id") ON DELETE CASCADE, PRIMARY KEY ("product_id", "tag_id"))"#;

pub const MIGRATIONS: Migrations = Migrations {
    sqlite: &[Migration { version: 1, name: "initial", sql: SQLITE }],
    postgres: &[Migration { version: 1, name: "initial", sql: POSTGRES }],
};

/// A row of the table `product`.
#[derive(Debug, Clone, PartialEq)]
pub struct Product(Row);

impl Product {
    pub const ID: Column<Self, i64> = Column::new(0);
    pub const NAME: Column<Self, String> = Column::new(1);
    pub const QUANTITY: Column<Self, i64> = Column::new(2);
    pub const PRICE: Column<Self, Decimal> = Column::new(4);
    pub const TOTAL: Column<Self, Decimal> = Column::new(5);
    pub const WEIGHT: Column<Self, f64> = Column::new(6);
    pub const SPAN: Column<Self, Duration> = Column::new(7);
    pub const DOZENS: Column<Self, i64> = Column::new(8);

    /// The value of a column.
    pub fn value(&self, index: usize) -> &Value {
        &self.0.values()[index]
    }

    fn integer(&self, index: usize) -> i64 {
        match self.value(index) {
            Value::Integer(number) => *number,
            other => panic!("{other:?}"),
        }
    }

    pub fn id(&self) -> i64 {
        self.integer(0)
    }

    pub fn quantity(&self) -> i64 {
        self.integer(2)
    }
}

impl FromRow for Product {
    fn from_row(row: Row) -> Result<Self> {
        Ok(Self(row))
    }
}

pub struct NewProduct {
    pub name: String,
    pub quantity: i64,
    pub owner: String,
}

impl IntoObject for NewProduct {
    fn into_object(self) -> Object {
        let mut object = Object::empty(PRODUCT.columns.len());
        object.set(1, self.name);
        object.set(2, self.quantity);
        object.set(3, self.owner);
        object
    }
}

impl Model for Product {
    type Key = i64;
    type New = NewProduct;
    type Changes = NewProduct;
    const META: &'static ModelMeta = &PRODUCT;

    fn key(&self) -> i64 {
        self.id()
    }

    fn into_row(self) -> Row {
        self.0
    }
}

const fn field(index: usize) -> FieldMeta {
    FieldMeta::new(PRODUCT.columns[index].name, index, PRODUCT.columns[index].ty)
}

pub static PRODUCT_SERIALIZER: SerializerMeta = SerializerMeta {
    name: "ProductSerializer",
    model: &PRODUCT,
    fields: &[
        field(0).read_only(),
        field(1).required(),
        field(2).required(),
        field(3).required(),
        FieldMeta::of("tags", Source::Keys(0), TypeMeta::new(Kind::Json).blank()),
        field(9),
    ],
    validate: false,
};

const fn bound() -> BoundModel {
    BoundModel {
        serializer: &PRODUCT_SERIALIZER,
        lookup: 0,
        lookup_argument: "pk",
        ordering: &[],
        pagination: None,
        filter: &[],
        search: &[],
        order_by: &[],
    }
}

pub static PRODUCTS: ConsumerMeta = ConsumerMeta {
    name: "Products",
    stream: "products",
    path: "/ws/products/",
    actions: &[
        ActionMeta::new("create").kind(ActionKind::Create),
        ActionMeta::new("retrieve"),
        ActionMeta::new("patch").kind(ActionKind::Patch),
        ActionMeta::new("delete"),
        ActionMeta::new("buy").kind(ActionKind::CustomOnRow).atomic(),
        ActionMeta::new("buy_locked").atomic(),
        ActionMeta::new("buy_serializable").atomic().serializable(),
        ActionMeta::new("buy_by_adding").atomic(),
        ActionMeta::new("add"),
        ActionMeta::new("cross").atomic(),
        ActionMeta::new("subscribe"),
    ],
    model: Some(bound()),
    access: AccessMeta::OPEN,
};

/// The same rows, for their owners alone: it is the row that tells whose it is.
pub static OWNED: ConsumerMeta = ConsumerMeta {
    name: "Owned",
    stream: "owned",
    path: "/ws/owned/",
    actions: &[
        ActionMeta::new("patch").kind(ActionKind::Patch),
        ActionMeta::new("delete"),
        ActionMeta::new("give").kind(ActionKind::CustomOnRow).atomic(),
    ],
    model: Some(bound()),
    access: AccessMeta::OPEN.permissions(&[PermissionMeta::Named("IsOwner")]),
};

/// The same rows, for the keepers of their shelves: it is another row that tells whose they are.
pub static KEPT: ConsumerMeta = ConsumerMeta {
    name: "Kept",
    stream: "kept",
    path: "/ws/kept/",
    actions: &[
        ActionMeta::new("patch").kind(ActionKind::Patch),
        ActionMeta::new("give").kind(ActionKind::CustomOnRow).atomic(),
    ],
    model: Some(bound()),
    access: AccessMeta::OPEN.queryset(),
};

static CHANGES: ObserverMeta = ObserverMeta::new("changes", &PRODUCT).serializer(&PRODUCT_SERIALIZER);

/// What the shop tells the test, and waits for.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    /// How often an action was begun.
    pub begun: Arc<AtomicUsize>,
    /// The rows that the permission was asked about.
    pub judged: Arc<Mutex<Vec<Row>>>,
    /// The permission waits for one of these before it answers, if there is a gate.
    pub gate: Arc<Mutex<Option<Arc<Semaphore>>>>,
}

/// Sells.
pub struct Shop {
    meta: &'static ConsumerMeta,
    watch: Watch,
}

impl Shop {
    pub fn new(meta: &'static ConsumerMeta, watch: &Watch) -> Self {
        Self { meta, watch: watch.clone() }
    }
}

fn argument<T: serde::de::DeserializeOwned>(request: &Request<'_>, name: &str) -> Result<T> {
    let raw = request.argument(name).ok_or_else(|| Error::field(name, "This field is required."))?;
    serde_json::from_str(raw.get()).map_err(|error| Error::field(name, error.to_string()))
}

async fn sell(ctx: &Context, key: i64, quantity: i64) -> Result<Reply> {
    if quantity == 0 {
        return Err(Error::invalid("Sold out."));
    }
    // Others come in between, if they can.
    tokio::task::yield_now().await;
    Product::objects(ctx.db()).patch(key, [Product::QUANTITY.set(quantity - 1)]).await?;
    ship(ctx, key).await
}

async fn ship(ctx: &Context, key: i64) -> Result<Reply> {
    ctx.db().execute("INSERT INTO sale (product) VALUES ($1)", vec![key.into()]).await?;
    Ok(Reply::empty(200))
}

impl Shop {
    async fn perform(&self, ctx: &Context, request: &Request<'_>, given: ActionInput) -> Result<Reply> {
        self.watch.begun.fetch_add(1, Ordering::Relaxed);
        let products = Product::objects(ctx.db());
        match request.action() {
            "buy" => {
                let product = Product::from_row(given.row()?)?;
                sell(ctx, product.id(), product.quantity()).await
            }
            "buy_locked" => {
                let product = products.get_for_update(argument(request, "pk")?).await?;
                sell(ctx, product.id(), product.quantity()).await
            }
            "buy_serializable" => {
                let product = products.get(argument(request, "pk")?).await?;
                sell(ctx, product.id(), product.quantity()).await
            }
            "buy_by_adding" => {
                let product = products.patch(argument(request, "pk")?, [Product::QUANTITY.add(-1)]).await?;
                ship(ctx, product.id()).await
            }
            "add" => {
                let by: i64 = argument(request, "by")?;
                products.patch(argument(request, "pk")?, [Product::QUANTITY.add(by)]).await?;
                Ok(Reply::empty(200))
            }
            // Two rows, in the order in which they are given.
            "cross" => {
                let keys: [i64; 2] = argument(request, "keys")?;
                for key in keys {
                    products.patch(key, [Product::QUANTITY.add(1)]).await?;
                    tokio::task::yield_now().await;
                }
                Ok(Reply::empty(200))
            }
            "give" => {
                let product = Product::from_row(given.row()?)?;
                let owner: String = argument(request, "to")?;
                let changes = NewProduct { name: "given".to_owned(), quantity: product.quantity(), owner };
                products.update(product.id(), changes).await?;
                Ok(Reply::empty(200))
            }
            other => Err(Error::MethodNotAllowed(other.to_owned())),
        }
    }
}

impl Dispatch for Shop {
    fn meta(&self) -> &'static ConsumerMeta {
        self.meta
    }

    fn act<'a>(
        &'a self,
        ctx: &'a Context,
        request: &'a Request<'a>,
        given: ActionInput,
    ) -> Result<ReplyFuture<'a>> {
        let key = || crud::key::<Value>(self.meta, request);
        Ok(match request.action() {
            "retrieve" => crud::retrieve(self, ctx, request, key()?),
            "delete" => crud::delete(self, ctx, request, key()?),
            "subscribe" => observer::subscribe(&CHANGES, ctx, observer::groups(&CHANGES, request)?),
            _ => Box::pin(self.perform(ctx, request, given)),
        })
    }

    fn queryset<'a>(&'a self, _: &'a Context) -> BoxFuture<'a, Result<Condition>> {
        Box::pin(async {
            let values = vec![Value::Text("me".to_owned())];
            let keeper = Condition::Compare { model: &SHELF, column: 1, lookup: Lookup::Eq, values };
            Ok(Condition::Related {
                model: &PRODUCT,
                step: PathStep::ForeignKey(10),
                condition: Box::new(keeper),
            })
        })
    }

    fn observers(&self) -> &'static [&'static ObserverMeta] {
        const OBSERVERS: &[&ObserverMeta] = &[&CHANGES];
        if self.meta.stream == "products" { OBSERVERS } else { &[] }
    }

    fn has_permission<'a>(
        &'a self,
        _: &'a Context,
        _: &'a str,
        _: &'a Request<'a>,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async { Ok(true) })
    }

    fn has_row_permission<'a>(
        &'a self,
        _: &'a Context,
        _: &'a str,
        row: &'a Row,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            self.watch.judged.lock().expect("no panic while it is locked").push(row.clone());
            let gate = self.watch.gate.lock().expect("no panic while it is locked").clone();
            if let Some(gate) = gate {
                gate.acquire().await.expect("it is open").forget();
            }
            Ok(row.values()[3] == Value::Text("me".to_owned()))
        })
    }
}
