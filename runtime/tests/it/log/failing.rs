//! A consumer, an authenticator and a broker that fail where a test wants it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::routing::any;
use dcrf_runtime::broker::{Broker, BrokerMessage};
use dcrf_runtime::condition::Condition;
use dcrf_runtime::dispatch::{BoxFuture, Page, Pages, ReplyFuture};
use dcrf_runtime::meta::{
    AccessMeta, ActionMeta, BoundModel, ConsumerMeta, FieldMeta, GroupsMeta, Kind, ObserverMeta,
    PermissionMeta, SerializerMeta, Source, TypeMeta,
};
use dcrf_runtime::observer::{self, Groups};
use dcrf_runtime::{
    Authenticator, Context, Db, Dispatch, Error, Identity, Notice, Object, Reply, Request, Result, Row,
    RowEvent, Value, View, crud,
};

use crate::descriptors::CATEGORY;

/// Where something fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Action,
    Permission,
    RowPermission,
    Queryset,
    ValidateField,
    Validate,
    Method,
    View,
    Page,
    CanConnect,
    Connected,
    Disconnected,
    RowGroups,
    Notice,
    Authenticate,
    Token,
    Publish,
    Subscribe,
}

/// In which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    Error,
    Panic,
}

/// What the failures say; of two lines, as nobody may make two of one.
pub const CAUSE: &str = "the cupboard is bare\nERROR and not this";

/// What is to fail: shared by the test and all that it serves.
#[derive(Debug, Clone, Default)]
pub struct Fault(Arc<Mutex<Option<(Place, How)>>>);

impl Fault {
    /// Lets a place fail from now on; none: nothing does.
    pub fn set(&self, fault: Option<(Place, How)>) {
        *self.0.lock().expect("no panic while it is locked") = fault;
    }

    fn at(&self, place: Place) -> Result<()> {
        let fault = *self.0.lock().expect("no panic while it is locked");
        match fault {
            Some((meant, How::Error)) if meant == place => Err(Error::internal(CAUSE)),
            Some((meant, How::Panic)) if meant == place => panic!("{CAUSE}"),
            _ => Ok(()),
        }
    }
}

static SERIALIZER: SerializerMeta = SerializerMeta {
    name: "FailingSerializer",
    model: &CATEGORY,
    fields: &[
        FieldMeta::new("id", 0, TypeMeta::new(Kind::Integer)).read_only(),
        FieldMeta::new("name", 1, CATEGORY.columns[1].ty).required().validate(),
        FieldMeta::of("shout", Source::Method, TypeMeta::new(Kind::Text)).read_only(),
    ],
    validate: true,
};

static FLAT: SerializerMeta = SerializerMeta {
    name: "FlatSerializer",
    model: &CATEGORY,
    fields: &[FieldMeta::new("name", 1, CATEGORY.columns[1].ty)],
    validate: false,
};

macro_rules! failing {
    ($stream:literal, $path:literal) => {
        ConsumerMeta {
            name: "Failing",
            stream: $stream,
            path: $path,
            actions: &[
                ActionMeta::new("list"),
                ActionMeta::new("retrieve"),
                ActionMeta::new("create"),
                ActionMeta::new("act"),
                ActionMeta::new("atomic").atomic(),
                ActionMeta::new("detached").detached(),
                ActionMeta::new("hangs"),
                ActionMeta::new("view"),
                ActionMeta::new("answers_500"),
                ActionMeta::new("pages"),
                ActionMeta::new("huge"),
                ActionMeta::new("no_text"),
                ActionMeta::new("misreads"),
                ActionMeta::new("subscribe"),
            ],
            model: Some(BoundModel {
                serializer: &SERIALIZER,
                lookup: 0,
                lookup_argument: "pk",
                ordering: &[],
                pagination: None,
                filter: &[],
                search: &[],
                order_by: &[],
            }),
            access: AccessMeta::OPEN
                .permissions(&[PermissionMeta::Named("Key")])
                .queryset()
                .on_connect()
                .on_disconnect(),
        }
    };
}

pub static FAILING: ConsumerMeta = failing!("failing", "/ws/failing/");

/// One observer for each way in which the application has a say in an event.
pub static OBSERVERS: [&ObserverMeta; 3] = [&GROUPED, &NOTICED, &SHOWN];
static GROUPED: ObserverMeta =
    ObserverMeta::new("grouped", &CATEGORY).serializer(&FLAT).groups(GroupsMeta::Custom);
static NOTICED: ObserverMeta = ObserverMeta::new("noticed", &CATEGORY).serializer(&FLAT).custom_message();
static SHOWN: ObserverMeta = ObserverMeta::new("shown", &CATEGORY).serializer(&SERIALIZER);

/// The consumer.
pub struct Failing {
    pub fault: Fault,
    view: View,
}

impl Failing {
    pub fn new(fault: &Fault) -> Self {
        let own = fault.clone();
        let answer = move || {
            let failed = own.at(Place::View);
            async move {
                match failed {
                    // What a service says to its callers is not for the log.
                    Err(_) => (StatusCode::BAD_GATEWAY, "s3cret"),
                    Ok(()) => (StatusCode::OK, "well"),
                }
            }
        };
        Self { fault: fault.clone(), view: View::new(Router::new().route("/", any(answer))) }
    }

    async fn crud(&self, ctx: &Context, request: &Request<'_>) -> Result<Reply> {
        match request.action() {
            "list" => crud::list(self, ctx, crud::list_input(&FAILING, request)?).await,
            "retrieve" => crud::retrieve(self, ctx, request, crud::key(&FAILING, request)?).await,
            _ => crud::create(self, ctx, crud::create_input(self, ctx, request).await?).await,
        }
    }
}

/// What belongs to no column.
async fn misread(db: &Db) -> Result<Reply> {
    let (sql, value) = match db.dialect() {
        dcrf_runtime::db::Dialect::Sqlite => ("SELECT json($1)", "s3cret"),
        dcrf_runtime::db::Dialect::Postgres => ("SELECT CAST(CAST($1 AS text) AS integer)", "s3cret"),
    };
    db.query(sql, vec![Value::from(value.to_owned())]).await.map(|_| Reply::empty(200))
}

#[derive(Debug)]
struct Rest(Fault);

impl Pages for Rest {
    fn next<'a>(&'a mut self, _: &'a dyn Dispatch, _: &'a Context) -> BoxFuture<'a, Result<Page>> {
        Box::pin(async { self.0.at(Place::Page).map(|()| Page { data: b"2".to_vec(), last: true }) })
    }
}

impl Dispatch for Failing {
    fn meta(&self) -> &'static ConsumerMeta {
        &FAILING
    }

    fn call<'a>(&'a self, ctx: &'a Context, request: &'a Request<'a>) -> ReplyFuture<'a> {
        Box::pin(async move {
            match request.action() {
                "act" | "atomic" | "detached" => self.fault.at(Place::Action).map(|()| Reply::empty(200)),
                "hangs" => std::future::pending().await,
                "view" => self.view.call(Method::GET, ctx, request).await,
                "answers_500" => Reply::json(500, "s3cret"),
                "pages" => Ok(Reply::new(200, b"1".to_vec()).followed_by(Box::new(Rest(self.fault.clone())))),
                "huge" => Reply::json(200, &"s3cret".repeat(1_000)),
                "no_text" => Ok(Reply::new(200, vec![b'"', 0xff, b'"'])),
                "misreads" => misread(ctx.db()).await,
                "subscribe" => {
                    for observer in OBSERVERS {
                        observer::subscribe(observer, ctx, Groups::custom([""])).await?;
                    }
                    Ok(Reply::empty(201))
                }
                _ => self.crud(ctx, request).await,
            }
        })
    }

    fn validate_field<'a>(
        &'a self,
        _: &'a Context,
        _: &'a str,
        _: &'a str,
        value: Value,
    ) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async { self.fault.at(Place::ValidateField).map(|()| value) })
    }

    fn validate<'a>(
        &'a self,
        _: &'a Context,
        _: &'a str,
        _: Option<Row>,
        data: Object,
    ) -> BoxFuture<'a, Result<Object>> {
        Box::pin(async { self.fault.at(Place::Validate).map(|()| data) })
    }

    fn method<'a>(
        &'a self,
        _: &'a Context,
        _: &'a str,
        _: &'a str,
        rows: &'a [Row],
    ) -> BoxFuture<'a, Result<Vec<Vec<u8>>>> {
        Box::pin(async { self.fault.at(Place::Method).map(|()| vec![b"\"!\"".to_vec(); rows.len()]) })
    }

    fn has_permission<'a>(
        &'a self,
        _: &'a Context,
        _: &'a str,
        _: &'a Request<'a>,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async { self.fault.at(Place::Permission).map(|()| true) })
    }

    fn has_row_permission<'a>(
        &'a self,
        _: &'a Context,
        _: &'a str,
        _: &'a Row,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async { self.fault.at(Place::RowPermission).map(|()| true) })
    }

    fn can_connect<'a>(&'a self, _: &'a Context, _: &'a str) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async { self.fault.at(Place::CanConnect).map(|()| true) })
    }

    fn queryset<'a>(&'a self, _: &'a Context) -> BoxFuture<'a, Result<Condition>> {
        Box::pin(async { self.fault.at(Place::Queryset).map(|()| Condition::all()) })
    }

    fn connected<'a>(&'a self, _: &'a Context) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { self.fault.at(Place::Connected) })
    }

    fn disconnected<'a>(&'a self, _: &'a Context) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { self.fault.at(Place::Disconnected) })
    }

    fn observers(&self) -> &'static [&'static ObserverMeta] {
        &OBSERVERS
    }

    fn row_groups<'a>(&'a self, _: &'static ObserverMeta, _: Row) -> BoxFuture<'a, Result<Vec<String>>> {
        Box::pin(async { self.fault.at(Place::RowGroups).map(|()| vec![String::new()]) })
    }

    fn notice<'a>(&'a self, _: &'static ObserverMeta, event: RowEvent<Row>) -> BoxFuture<'a, Result<Notice>> {
        Box::pin(async { self.fault.at(Place::Notice).map(|()| event.into()) })
    }
}

/// Knows everybody, unless it fails.
pub struct Doorkeeper {
    pub fault: Fault,
    /// Whether they say who they are in their first frame.
    pub later: bool,
}

impl Authenticator for Doorkeeper {
    fn authenticate<'a>(&'a self, _: &'a Parts, _: &'a Db) -> BoxFuture<'a, Result<Identity>> {
        Box::pin(async { self.fault.at(Place::Authenticate).map(|()| Identity::Anonymous) })
    }

    fn first_frame(&self) -> Option<Duration> {
        self.later.then_some(Duration::from_secs(3600))
    }

    fn authenticate_token<'a>(&'a self, token: &'a str, _: &'a Db) -> BoxFuture<'a, Result<Identity>> {
        Box::pin(async move { self.fault.at(Place::Token).map(|()| Identity::user(token)) })
    }
}

/// A broker of the application's own.
pub struct Carrier(pub Fault);

impl Broker for Carrier {
    fn send(&self, _: Vec<BrokerMessage>) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { self.0.at(Place::Publish) })
    }

    fn subscribe<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { self.0.at(Place::Subscribe) })
    }
}
