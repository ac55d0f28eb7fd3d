//! Frames in, replies out: what generated code does between the socket and the actions.

use std::sync::Arc;

use dcrf_runtime::context::ConnectionInfo;
use dcrf_runtime::dispatch::{BoxFuture, ReplyFuture};
use dcrf_runtime::meta::ConsumerMeta;
use dcrf_runtime::{Context, Db, Dispatch, Error, Identity, Object, Request, Result, Row, Value, crud};

/// A consumer as it is generated, over a descriptor.
pub struct Consumer(pub &'static ConsumerMeta);

impl Dispatch for Consumer {
    fn meta(&self) -> &'static ConsumerMeta {
        self.0
    }

    fn call<'a>(&'a self, ctx: &'a Context, request: &'a Request<'a>) -> ReplyFuture<'a> {
        Box::pin(async move {
            match request.action() {
                "list" => crud::list(self, ctx, crud::list_input(self.0, request)?).await,
                "retrieve" => crud::retrieve(self, ctx, request, crud::key(self.0, request)?).await,
                "create" => crud::create(self, ctx, crud::create_input(self, ctx, request).await?).await,
                "update" => {
                    let key: Value = crud::key(self.0, request)?;
                    let data = crud::update_input(self, ctx, request, key.clone()).await?;
                    crud::update(self, ctx, key, data).await
                }
                "patch" => {
                    let key: Value = crud::key(self.0, request)?;
                    let data = crud::patch_input(self, ctx, request, key.clone()).await?;
                    crud::patch(self, ctx, key, data).await
                }
                "delete" => crud::delete(self, ctx, request, crud::key(self.0, request)?).await,
                other => Err(Error::MethodNotAllowed(other.to_owned())),
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
        Box::pin(async move {
            match value {
                Value::Text(text) if text.starts_with("bad") => Err(Error::invalid("No bad titles.")),
                Value::Text(text) => Ok(Value::Text(text.to_uppercase())),
                other => Ok(other),
            }
        })
    }

    fn validate<'a>(
        &'a self,
        _: &'a Context,
        _: &'a str,
        row: Option<Row>,
        data: Object,
    ) -> BoxFuture<'a, Result<Object>> {
        Box::pin(async move {
            match data.get(3) {
                Some(Value::Integer(13)) => Err(Error::invalid("Thirteen.")),
                Some(Value::Integer(14)) => {
                    Err(Error::field("quantity", format!("changes: {}", row.is_some())))
                }
                _ => Ok(data),
            }
        })
    }
}

/// The context of a request to a database.
pub fn context(db: &Db) -> Context {
    let connection = Arc::new(ConnectionInfo::new(1, Identity::Anonymous));
    Context::new(db.clone(), connection, "test", "test", "1")
}

/// Sends a frame; gives the status and the data, or the status and the errors, as JSON text.
pub async fn send(db: &Db, consumer: &'static ConsumerMeta, frame: &str) -> (u16, String) {
    let request = Request::parse(frame).expect("a frame");
    match Consumer(consumer).call(&context(db), &request).await {
        Ok(reply) => (reply.status, String::from_utf8(reply.data).expect("UTF-8")),
        Err(error) => {
            let mut out = Vec::new();
            error.detail().write_errors(&mut out);
            assert_ne!(error.status(), 500, "{error}");
            (error.status(), String::from_utf8(out).expect("UTF-8"))
        }
    }
}

/// Sends a frame that is answered so.
pub async fn expect(db: &Db, consumer: &'static ConsumerMeta, frame: &str, status: u16, answer: &str) {
    let found = send(db, consumer, frame).await;
    assert_eq!(found, (status, answer.to_owned()), "{:?}: {frame}", db.dialect());
}
