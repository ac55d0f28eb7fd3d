//! A consumer that does what a test tells it: echo, wait, fail, panic.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use dcrf_runtime::dispatch::ReplyFuture;
use dcrf_runtime::meta::{AccessMeta, ActionMeta, ConsumerMeta};
use dcrf_runtime::test::PATIENCE;
use dcrf_runtime::{Context, Detail, Dispatch, Error, FromValue as _, Reply, Request};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::time::timeout;

const ACTIONS: &[ActionMeta] = &[
    ActionMeta::new("echo"),
    ActionMeta::new("wait"),
    ActionMeta::new("wait_beside").detached(),
    ActionMeta::new("panics"),
    ActionMeta::new("panics_beside").detached(),
    ActionMeta::new("fails"),
    ActionMeta::new("whoami"),
    ActionMeta::new("logout"),
    ActionMeta::new("join"),
    ActionMeta::new("shout"),
    ActionMeta::new("big"),
    ActionMeta::new("no_text"),
    ActionMeta::new("scope"),
];

pub(crate) static PROBE: ConsumerMeta = ConsumerMeta {
    name: "Probe",
    stream: "probe",
    path: "/ws/probe/",
    actions: ACTIONS,
    model: None,
    access: AccessMeta::OPEN,
};
pub(crate) static SECOND: ConsumerMeta = ConsumerMeta {
    name: "Second",
    stream: "second",
    path: "/ws/second",
    actions: ACTIONS,
    model: None,
    access: AccessMeta::OPEN,
};

/// What tests and probes tell each other, by names of the test's choice.
#[derive(Clone, Default)]
pub(crate) struct Control {
    marks: Arc<Mutex<HashMap<String, Arc<Semaphore>>>>,
}

impl Control {
    fn mark(&self, name: &str) -> Arc<Semaphore> {
        let mut marks = self.marks.lock().expect("no panic while it is locked");
        Arc::clone(marks.entry(name.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(0))))
    }

    /// Sets a mark; each setting lets one waiter pass.
    pub(crate) fn set(&self, name: &str) {
        self.mark(name).add_permits(1);
    }

    /// Waits for a mark.
    pub(crate) async fn passed(&self, name: &str) {
        let mark = self.mark(name);
        let passed = timeout(PATIENCE, mark.acquire()).await;
        passed.unwrap_or_else(|_| panic!("{name} was not reached")).expect("an open semaphore").forget();
    }

    /// How often a mark is set that nobody has taken; takes them.
    pub(crate) fn taken(&self, name: &str) -> usize {
        let mark = self.mark(name);
        let set = mark.available_permits();
        mark.forget_permits(set)
    }

    /// Whether a mark is set that nobody has taken.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.mark(name).available_permits() > 0
    }
}

/// Sets a mark when it is dropped before its time.
struct Guard<'a>(&'a Control, String, bool);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.set(&format!("{} {}", self.1, if self.2 { "finished" } else { "cancelled" }));
    }
}

pub(crate) struct Probe {
    meta: &'static ConsumerMeta,
    control: Control,
}

impl Probe {
    pub(crate) fn new(meta: &'static ConsumerMeta, control: &Control) -> Self {
        Self { meta, control: control.clone() }
    }

    /// `gate`: sets `<gate> entered`, waits for `<gate>`, sets `<gate> finished` or `<gate> cancelled`.
    async fn wait(&self, gate: &str) {
        let mut guard = Guard(&self.control, gate.to_owned(), false);
        self.control.set(&format!("{gate} entered"));
        self.control.mark(gate).acquire().await.expect("an open semaphore").forget();
        guard.2 = true;
    }
}

fn argument<T: serde::de::DeserializeOwned>(request: &Request<'_>, name: &str) -> Option<T> {
    serde_json::from_str(request.argument(name)?.get()).ok()
}

fn room(request: &Request<'_>) -> String {
    argument(request, "room").unwrap_or_else(|| "room".to_owned())
}

impl Dispatch for Probe {
    fn meta(&self) -> &'static ConsumerMeta {
        self.meta
    }

    fn call<'a>(&'a self, ctx: &'a Context, request: &'a Request<'a>) -> ReplyFuture<'a> {
        Box::pin(async move {
            match request.action() {
                "wait" | "wait_beside" => {
                    let gate: String = argument(request, "gate").unwrap_or_default();
                    self.wait(&gate).await;
                    Reply::json(200, &gate)
                }
                "panics" | "panics_beside" => panic!("as it was told"),
                "fails" => Err(match argument::<u16>(request, "status").unwrap_or_default() {
                    401 => Error::NotAuthenticated,
                    403 => Error::PermissionDenied,
                    404 => Error::NotFound,
                    429 => Error::Throttled { wait: Some(2) },
                    500 => Error::internal("a secret"),
                    _ => Error::Validation(Detail::Map(vec![("x".into(), Detail::message("wrong"))])),
                }),
                "whoami" => Reply::json(200, &json!([ctx.user().id(), ctx.stream(), ctx.action()])),
                "scope" => {
                    let scope = ctx.handshake();
                    let order =
                        scope.parameter("order").map(|order| i64::from_value(order.clone())).transpose()?;
                    let known = json!({
                        "path": scope.path(), "query": scope.query(), "lang": scope.query_parameter("lang"),
                        "agent": scope.header("User-Agent"), "tenant": scope.header("X-Tenant"),
                        "client": scope.client(), "subprotocol": scope.subprotocol(), "order": order,
                        "user": ctx.user().id(),
                    });
                    Reply::json(200, &known)
                }
                "logout" => Reply::json(200, &ctx.sessions().revoke(ctx.user())),
                "join" => ctx.group(room(request)).join().await.map(|()| Reply::empty(200)),
                "shout" => ctx.group("room").send_json("hey").await.map(|()| Reply::empty(200)),
                "big" => {
                    let size: usize = argument(request, "size").unwrap_or_default();
                    self.control.set("big begun");
                    Reply::json(200, &"x".repeat(size))
                }
                "no_text" => Ok(Reply::new(200, vec![b'"', 0xff, b'"'])),
                _ => {
                    let keys = request.arguments().iter();
                    let data: Value = keys.map(|(key, value)| (key.clone(), json!(value))).collect();
                    Reply::json(200, &data)
                }
            }
        })
    }
}
