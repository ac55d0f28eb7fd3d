//! Handshakes that permissions refuse, and hooks that take their time.

use std::time::Duration;

use dcrf_runtime::auth::{Token, required};
use dcrf_runtime::dispatch::{BoxFuture, ReplyFuture};
use dcrf_runtime::meta::{AccessMeta, ActionMeta, ConsumerMeta, PermissionMeta};
use dcrf_runtime::test::TestClient;
use dcrf_runtime::{Context, Db, Dispatch, Error, Identity, Limits, Reply, Request, Result, Service};
use serde_json::json;

use super::probe::Control;
use super::{MIGRATIONS, Server};

macro_rules! guarded {
    ($stream:literal, $path:literal) => {
        ConsumerMeta {
            name: "Guarded",
            stream: $stream,
            path: $path,
            actions: &[ActionMeta::new("wait")],
            model: None,
            access: AccessMeta::OPEN
                .permissions(&[PermissionMeta::Named("Key")])
                .on_connect()
                .on_disconnect(),
        }
    };
}

static ONE: ConsumerMeta = guarded!("one", "/ws/one/");
static TWO: ConsumerMeta = guarded!("two", "/ws/two/");

/// Refuses the streams in whose names `refused` is; tells of the others, and waits in `two` until it may leave.
struct Guarded {
    meta: &'static ConsumerMeta,
    control: Control,
    refused: &'static str,
}

impl Dispatch for Guarded {
    fn meta(&self) -> &'static ConsumerMeta {
        self.meta
    }

    fn call<'a>(&'a self, _: &'a Context, _: &'a Request<'a>) -> ReplyFuture<'a> {
        Box::pin(async {
            self.control.set("entered");
            self.control.passed("go").await;
            Ok(Reply::empty(200))
        })
    }

    fn has_permission<'a>(
        &'a self,
        _: &'a Context,
        _: &'a str,
        _: &'a Request<'a>,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async { Ok(true) })
    }

    fn can_connect<'a>(&'a self, ctx: &'a Context, _: &'a str) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async {
            match ctx.user().id() {
                Some("broken") => Err(Error::internal("the database is away")),
                _ => Ok(!self.refused.contains(ctx.stream())),
            }
        })
    }

    fn connected<'a>(&'a self, ctx: &'a Context) -> BoxFuture<'a, Result<()>> {
        self.control.set(&format!("{} connected", ctx.stream()));
        Box::pin(async { Ok(()) })
    }

    fn disconnected<'a>(&'a self, ctx: &'a Context) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            if ctx.stream() == "two" {
                self.control.passed("leave").await;
            }
            self.control.set(&format!("{} disconnected", ctx.stream()));
            Ok(())
        })
    }
}

async fn server(refused: &'static str, change: impl FnOnce(&mut Limits)) -> Server {
    let mut limits = Limits::default();
    change(&mut limits);
    let control = Control::default();
    let guarded = |meta| Guarded { meta, control: control.clone(), refused };
    let service = Service::new("guarded", MIGRATIONS).consumer(guarded(&ONE)).consumer(guarded(&TWO));
    let mut server = Server::with(|_| service.limits(limits)).await;
    server.control = control;
    server
}

#[tokio::test]
async fn a_socket_without_any_stream_is_refused() {
    for (refused, path, status) in [
        ("one two", "/ws/", Some(403)),
        ("one two", "/ws/one/", Some(403)),
        ("one", "/ws/", None),
        ("one", "/ws/one/", Some(403)),
        ("one", "/ws/two/", None),
    ] {
        let server = server(refused, |_| ()).await;
        let opened = TestClient::try_connect(&server.url(path), &[]).await;
        assert_eq!(opened.err().map(|refused| refused.status), status, "{refused} {path}");
    }
}

#[tokio::test]
async fn who_is_refused_after_the_first_frame_learns_whether_to_come_back() {
    for (user, refused, code) in [
        ("alice", "one two", 4403),
        // Nobody has refused it: it was only not to be found out.
        ("broken", "", 1011),
    ] {
        for path in ["/ws/", "/ws/one/"] {
            let control = Control::default();
            let guarded = |meta| Guarded { meta, control: control.clone(), refused };
            let tokens = Token::new(|token: String, _: Db| async move { Ok(Some(Identity::user(token))) });
            let tokens = tokens.places(|places| places.first_frame(Duration::from_secs(60)));
            let service = Service::new("guarded", MIGRATIONS).consumer(guarded(&ONE)).consumer(guarded(&TWO));
            let server = Server::with(|_| service.authenticator(required(tokens))).await;
            let mut client = TestClient::connect(server.url(path)).await;
            let frame = json!({"action": "authenticate", "token": user, "request_id": 1});
            assert_eq!(client.request(&frame).await["response_status"], 200);
            assert_eq!(client.expect_close().await, code, "{user} {path}");
        }
    }
}

#[tokio::test]
async fn every_stream_is_left_after_its_requests() {
    let server = server("", |_| ()).await;
    let mut client = server.multiplexed().await;
    server.control.passed("one connected").await;
    server.control.passed("two connected").await;
    client.send(&json!({"stream": "one", "payload": {"action": "wait", "request_id": 1}})).await;
    server.control.passed("entered").await;
    drop(client);
    server.control.set("leave");
    // It is left only when it is done: by the time others come and go, the server knows that the client has gone.
    for _ in 0..20 {
        let other = TestClient::connect(server.url("/ws/two/")).await;
        server.control.passed("two connected").await;
        drop(other);
        server.control.set("leave");
        server.control.passed("two disconnected").await;
    }
    assert!(!server.control.is_set("one disconnected"));
    server.control.set("go");
    server.control.passed("one disconnected").await;
    server.control.passed("two disconnected").await;
    server.none_open().await;
    assert!(!server.control.is_set("one disconnected") && !server.control.is_set("two disconnected"));
}

#[tokio::test]
async fn requests_that_take_too_long_keep_nobody_from_leaving() {
    let server = server("", |limits| limits.linger = Duration::from_millis(30)).await;
    let mut client = server.multiplexed().await;
    client.send(&json!({"stream": "one", "payload": {"action": "wait", "request_id": 1}})).await;
    server.control.passed("entered").await;
    drop(client);
    server.control.passed("one disconnected").await;
    // The other never comes to an end, and is given up.
    server.none_open().await;
    assert!(!server.control.is_set("two disconnected"));
}

#[tokio::test]
async fn the_end_of_the_server_waits_for_the_streams_to_be_left() {
    let mut server = server("", |_| ()).await;
    let mut client = server.multiplexed().await;
    server.control.passed("two connected").await;
    server.begin_shutdown();
    assert_eq!(client.expect_close().await, 1012);
    server.control.passed("one disconnected").await;
    assert!(!server.task.is_finished());
    server.control.set("leave");
    server.control.passed("two disconnected").await;
    server.ended().await;
}

#[tokio::test]
async fn hooks_see_their_connection() {
    // The contexts of hooks have the stream, an action that nobody asked for, and no request.
    struct Seen(Control);
    static SEEN: ConsumerMeta = ConsumerMeta {
        name: "Seen",
        stream: "seen",
        path: "/ws/seen/",
        actions: &[],
        model: None,
        access: AccessMeta::OPEN.on_connect().on_disconnect(),
    };
    impl Seen {
        fn told(&self, ctx: &Context) {
            let _: &Db = ctx.db();
            self.0.set(&format!("{} {} {}", ctx.stream(), ctx.action(), ctx.request_id()));
        }
    }
    impl Dispatch for Seen {
        fn meta(&self) -> &'static ConsumerMeta {
            &SEEN
        }
        fn call<'a>(&'a self, _: &'a Context, _: &'a Request<'a>) -> ReplyFuture<'a> {
            Box::pin(async { Ok(Reply::empty(200)) })
        }
        fn connected<'a>(&'a self, ctx: &'a Context) -> BoxFuture<'a, Result<()>> {
            self.told(ctx);
            Box::pin(async { Ok(()) })
        }
        fn disconnected<'a>(&'a self, ctx: &'a Context) -> BoxFuture<'a, Result<()>> {
            self.told(ctx);
            Box::pin(async { Ok(()) })
        }
    }
    let control = Control::default();
    let server = Server::with(|service| service.consumer(Seen(control.clone()))).await;
    let client = TestClient::connect(server.url("/ws/seen/")).await;
    control.passed("seen connect null").await;
    drop(client);
    control.passed("seen disconnect null").await;
}
