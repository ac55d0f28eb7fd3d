//! Tests trees of permissions for requests, rows, handshakes and events.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::Sessions;
use crate::app::context::{ConnectionInfo, Context};
use crate::app::dispatch::{Dispatch, Reply, ReplyFuture};
use crate::app::identity::Identity;
use crate::db::{Db, Migrations};
use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;
use crate::schema::meta::{
    AccessMeta, ActionMeta, ColumnMeta, ConsumerMeta, Kind, ModelMeta, ModelSql, PermissionMeta, TypeMeta,
};
use crate::schema::row::Row;
use crate::schema::value::Value;
use crate::wire::frame::Request;
use PermissionMeta::{All, AllowAny, Any, IsAuthenticated, Named, Not};

static OTHER: ModelMeta = ModelMeta {
    name: "Other",
    verbose_name: "other",
    table: "other",
    columns: &[ColumnMeta::new("id", TypeMeta::plain(Kind::Integer))],
    key: 0,
    constraints: &[],
    ordering: &[],
    relations: &[],
    sql: ModelSql { select: "", get: "", insert: "", delete: "", returning: "" },
};

const ACTIONS: &[ActionMeta] = &[
    ActionMeta::new("own").permissions(&[Named("RowNo")]),
    ActionMeta::new("free").own_permissions(&[]),
    ActionMeta::new("strict").own_permissions(&[Named("RowNo")]),
];

/// A consumer whose permissions answer as their names say.
struct Consumer {
    meta: &'static ConsumerMeta,
    asked: AtomicUsize,
}

impl Consumer {
    fn new(permissions: &'static [PermissionMeta]) -> Self {
        let meta = ConsumerMeta {
            name: "Test",
            stream: "test",
            path: "/test/",
            actions: ACTIONS,
            model: None,
            access: AccessMeta::OPEN.permissions(permissions),
        };
        // A test is short, and a descriptor lives as long as the program.
        Self { meta: Box::leak(Box::new(meta)), asked: AtomicUsize::new(0) }
    }
}

impl Dispatch for Consumer {
    fn meta(&self) -> &'static ConsumerMeta {
        self.meta
    }

    fn call<'a>(&'a self, _: &'a Context, _: &'a Request<'a>) -> ReplyFuture<'a> {
        Box::pin(async { Ok(Reply::empty(200)) })
    }

    fn has_permission<'a>(
        &'a self,
        ctx: &'a Context,
        name: &'a str,
        request: &'a Request<'a>,
    ) -> BoxFuture<'a, Result<bool>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        assert_eq!(ctx.action(), request.action());
        Box::pin(async move {
            match name {
                "Raise" => Err(Error::NotAuthenticated),
                "Break" => Err(Error::internal("broken")),
                "Seven" => Ok(request.argument("pk").is_some_and(|key| key.get() == "7")),
                "NoUpdates" => Ok(ctx.action() != "update"),
                name => Ok(name != "No"),
            }
        })
    }

    fn has_row_permission<'a>(
        &'a self,
        _: &'a Context,
        name: &'a str,
        _: &'a Row,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move { Ok(name != "RowNo") })
    }

    fn can_connect<'a>(&'a self, _: &'a Context, name: &'a str) -> BoxFuture<'a, Result<bool>> {
        Box::pin(
            async move { if name == "Raise" { Err(Error::NotAuthenticated) } else { Ok(name != "Stay") } },
        )
    }
}

async fn context(user: Identity, action: &str) -> Context {
    let migrations = Migrations { sqlite: &[], postgres: &[] };
    let db = Db::connect("sqlite::memory:", &migrations).await.expect("a database in memory");
    Context::new(db, Arc::new(ConnectionInfo::among(1, user, Sessions::default())), "test", action, "1")
}

async fn asked(permissions: &'static [PermissionMeta], user: Identity) -> (Result<()>, Result<()>) {
    let (consumer, ctx) = (Consumer::new(permissions), context(user, "list").await);
    let request = Request::parse(r#"{"action": "list"}"#).expect("a frame");
    let row = Row::new(Vec::new());
    (check(&consumer, &ctx, &request).await, check_row(&consumer, &ctx, &request, &row).await)
}

/// Tells whether the request is granted, and whether the row is.
async fn said(permissions: &'static [PermissionMeta]) -> (bool, bool) {
    let (request, row) = asked(permissions, Identity::Anonymous).await;
    (request.is_ok(), row.is_ok())
}

#[tokio::test]
async fn names_are_joined() {
    let yes = (true, true);
    assert_eq!(said(&[]).await, yes);
    assert_eq!(said(&[AllowAny, Named("Yes")]).await, yes);
    assert!(!said(&[Named("Yes"), Named("No")]).await.0);
    assert!(!said(&[IsAuthenticated]).await.0);
    assert_eq!(said(&[Not(&IsAuthenticated)]).await, yes);
    assert_eq!(said(&[Any(&[Named("No"), Named("Yes")])]).await, yes);
    assert!(!said(&[Any(&[Named("No"), All(&[Named("Yes"), Named("No")])])]).await.0);
    assert_eq!(said(&[All(&[Any(&[Named("No"), AllowAny]), Not(&Named("No"))])]).await, yes);
    let (request, row) = asked(&[IsAuthenticated], Identity::user("ann")).await;
    assert!(request.is_ok() && row.is_ok());
}

#[tokio::test]
async fn a_name_holds_for_a_row_if_it_holds_for_both() {
    assert_eq!(said(&[Named("RowNo")]).await, (true, false));
    assert_eq!(said(&[Any(&[Named("RowNo"), Named("Yes")])]).await, (true, true));
    // The first holds for the request alone, the second for the row alone: neither holds for both.
    assert_eq!(said(&[Any(&[Named("RowNo"), Named("No")])]).await, (true, false));
    assert_eq!(said(&[Any(&[Named("RowNo"), Not(&Named("No"))])]).await, (true, true));
    assert_eq!(said(&[Any(&[AllowAny, Named("RowNo")])]).await, (true, true));
    assert!(!said(&[Not(&Named("RowNo"))]).await.0, "it holds for the request");
}

#[tokio::test]
async fn what_is_known_to_hold_is_not_asked_again() {
    let (consumer, ctx) =
        (Consumer::new(&[Named("Yes"), All(&[Named("Also")])]), context(Identity::Anonymous, "own").await);
    let request = Request::parse(r#"{"action": "own"}"#).expect("a frame");
    check_action(&consumer, &ctx, &request, &consumer.meta.actions[0]).await.expect("it may");
    assert!(asks_rows(&consumer, &ctx));
    let denied = check_row(&consumer, &ctx, &request, &Row::new(Vec::new())).await;
    assert!(matches!(denied, Err(Error::PermissionDenied)), "the action's own");
    assert_eq!(consumer.asked.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn an_action_may_have_permissions_in_the_place_of_those_of_the_consumer() {
    let consumer = Consumer::new(&[Named("No")]);
    for (index, name, of_row) in [(1, "free", true), (2, "strict", false)] {
        let ctx = context(Identity::Anonymous, name).await;
        let text = format!(r#"{{"action": "{name}"}}"#);
        let request = Request::parse(&text).expect("a frame");
        check_action(&consumer, &ctx, &request, &consumer.meta.actions[index]).await.expect("it may");
        let row = check_row(&consumer, &ctx, &request, &Row::new(Vec::new())).await;
        assert_eq!((row.is_ok(), asks_rows(&consumer, &ctx)), (of_row, !of_row), "{name}");
    }
    let ctx = context(Identity::Anonymous, "list").await;
    let request = Request::parse(r#"{"action": "list"}"#).expect("a frame");
    assert!(check(&consumer, &ctx, &request).await.is_err());
}

#[tokio::test]
async fn what_a_permission_raises_is_the_answer() {
    let raised = asked(&[Any(&[Named("Raise"), AllowAny])], Identity::Anonymous).await.0;
    assert!(matches!(raised, Err(Error::NotAuthenticated)));
    assert!(matches!(asked(&[Named("Break")], Identity::Anonymous).await.0, Err(Error::Internal(_))));
    assert!(matches!(
        asked(&[Named("No"), Named("Raise")], Identity::Anonymous).await.0,
        Err(Error::PermissionDenied)
    ));
}

#[tokio::test]
async fn a_negation_says_nothing_at_the_handshake() {
    let ctx = context(Identity::Anonymous, "connect").await;
    for (permissions, expected) in [
        (&[] as &[_], true),
        (&[IsAuthenticated, Named("No")], true),
        (&[Named("No"), Named("Stay")], false),
        (&[Any(&[Named("Stay"), Named("No")])], true),
        (&[Any(&[Named("Stay"), All(&[AllowAny, Named("Stay")])])], false),
        (&[Not(&Named("Stay")), Not(&Named("Raise"))], true),
    ] {
        let consumer = Consumer::new(permissions);
        assert_eq!(check_connect(&consumer, &ctx).await.is_ok(), expected, "{permissions:?}");
    }
    let raised = check_connect(&Consumer::new(&[Named("Raise")]), &ctx).await;
    assert!(matches!(raised, Err(Error::NotAuthenticated)));
}

#[tokio::test]
async fn events_are_asked_about_by_their_names() {
    let ctx = context(Identity::Anonymous, "subscribe").await;
    let row = Row::new(vec![Value::Integer(7)]);
    for (permissions, event, expected) in [
        (&[] as &[_], "update", true),
        (&[Named("NoUpdates")], "update", false),
        (&[Named("NoUpdates")], "delete", true),
        // A row of another model is not one of the consumer's rows.
        (&[Named("RowNo")], "create", true),
        (&[Any(&[Named("No"), Named("Yes")])], "create", true),
        (&[Named("Seven")], "create", true),
        (&[Named("Raise")], "create", false),
    ] {
        let consumer = Consumer::new(permissions);
        let seen = may_see_event(&consumer, &ctx, event, &OTHER, &row).await.expect("no failure");
        assert_eq!(seen, expected, "{permissions:?} {event}");
    }
    assert!(may_see_event(&Consumer::new(&[Named("Break")]), &ctx, "create", &OTHER, &row).await.is_err());
}
