//! An HTTP service of the application as a consumer (DCRF's `view_as_consumer`): every action is a request to it.
//!
//! The service is called in this process, without a socket. The body of its answer is the `data` of the reply, whether
//! the answer is a success or a failure.

use std::convert::Infallible;
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request as HttpRequest, StatusCode, header};
use axum::response::Response;
use form_urlencoded::Serializer;
use serde_json::value::RawValue;
use tower_service::Service;

use crate::app::context::Context;
use crate::app::dispatch::{Reply, ReplyFuture};
use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;
use crate::ground::scalar::Json;
use crate::wire::decode::{Fault, Shape, entries, items};
use crate::wire::frame::Request;

/// The largest answer of a service that is accepted: 8 MiB. A reply that is larger than the limit of the connection is
/// an error anyway.
const LARGEST: usize = 8 << 20;

/// An HTTP service that answers the actions of a consumer: an axum `Router`, or any other `tower` service.
///
/// It is cheap to clone: create it once, and return clones of it.
///
/// A request has the method of its action, the frame's `query` as the query of its URI, its `data` as a body of JSON,
/// and as extensions the [`Identity`](crate::Identity) of the connection and a [`ViewFrame`].
///
/// ```
/// use axum::extract::Extension;
/// use axum::{Router, routing::get};
/// use dcrf_runtime::{Identity, View, ViewFrame};
///
/// async fn greet(Extension(user): Extension<Identity>, Extension(frame): Extension<ViewFrame>) -> String {
///     format!("{} asks for {}", user.id().unwrap_or("Nobody"), frame.action)
/// }
///
/// let view = View::new(Router::new().route("/", get(greet)));
/// ```
#[derive(Clone)]
pub struct View {
    service: Arc<dyn Erased>,
}

/// The members of the frame of a request to a [`View`] beside its `data`. It is an extension of the request.
#[derive(Debug, Clone)]
pub struct ViewFrame {
    /// The action.
    pub action: String,
    /// The member `query`, whose values keep their types here; `{}` if it is missing.
    pub query: Json,
    /// The member `parameters`, with what a path would contain (DCRF's keyword arguments); `{}` if it is missing.
    pub parameters: Json,
}

trait Erased: Send + Sync {
    fn call(&self, request: HttpRequest<Body>) -> BoxFuture<'static, Response>;
}

impl<S> Erased for S
where
    S: Service<HttpRequest<Body>, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
{
    fn call(&self, request: HttpRequest<Body>) -> BoxFuture<'static, Response> {
        let mut service = self.clone();
        Box::pin(async move {
            let Ok(()) = poll_fn(|cx| service.poll_ready(cx)).await;
            let Ok(response) = Service::call(&mut service, request).await;
            response
        })
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View").finish_non_exhaustive()
    }
}

impl View {
    /// Creates a consumer that answers with this service.
    pub fn new<S>(service: S) -> Self
    where
        S: Service<HttpRequest<Body>, Response = Response, Error = Infallible>
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        Self { service: Arc::new(service) }
    }

    /// Sends a request with this method to the service, and returns its answer.
    #[doc(hidden)]
    pub fn call<'a>(&'a self, method: Method, ctx: &'a Context, request: &'a Request<'a>) -> ReplyFuture<'a> {
        Box::pin(async move {
            let response = self.service.call(http_request(method, ctx, request)?).await;
            let status = response.status();
            let json = response
                .headers()
                .get(header::CONTENT_TYPE)
                .and_then(|kind| kind.to_str().ok())
                .is_some_and(|kind| kind.starts_with("application/json"));
            let body = to_bytes(response.into_body(), LARGEST).await;
            let body = body.map_err(|error| Error::internal(format!("the answer of a view: {error}")))?;
            Ok(Reply::new(status.as_u16(), data(status, json, &body)))
        })
    }
}

fn http_request(method: Method, ctx: &Context, request: &Request<'_>) -> Result<HttpRequest<Body>> {
    let query = object(request, "query")?;
    let frame = ViewFrame {
        action: request.action().to_owned(),
        query: query.map_or_else(empty, |raw| Json::trusted(raw.get())),
        parameters: object(request, "parameters")?.map_or_else(empty, |raw| Json::trusted(raw.get())),
    };
    let query = query.map(encoded).filter(|query| !query.is_empty());
    let uri = query.map_or_else(|| "/".to_owned(), |query| format!("/?{query}"));
    let mut builder = HttpRequest::builder().method(method).uri(uri);
    let body = match request.argument("data") {
        Some(data) => {
            builder = builder.header(header::CONTENT_TYPE, "application/json");
            Body::from(data.get().to_owned())
        }
        None => Body::empty(),
    };
    let built = builder.extension(ctx.user().clone()).extension(frame).body(body);
    built.map_err(|error| Error::field("query", error.to_string()))
}

fn empty() -> Json {
    Json::trusted("{}")
}

/// Returns an argument that is an object, or missing.
fn object<'a>(request: &'a Request<'_>, name: &str) -> Result<Option<&'a RawValue>> {
    match request.argument(name) {
        None => Ok(None),
        Some(raw) => match Shape::of(raw) {
            Shape::Null => Ok(None),
            Shape::Map => Ok(Some(raw)),
            other => Err(Error::field(name, Fault::not_a_dictionary(&other).text(&[]))),
        },
    }
}

/// Returns `a=1&a=2&b=x`: a list gives several values, a text is used as it is, and any other value as its JSON.
fn encoded(query: &RawValue) -> String {
    let mut out = Serializer::new(String::new());
    for (key, value) in entries(query).unwrap_or_default() {
        let values = match Shape::of(value) {
            Shape::List => items(value).unwrap_or_default(),
            _ => vec![value],
        };
        for value in values {
            match Shape::of(value) {
                Shape::Text(text) => out.append_pair(&key, &text),
                _ => out.append_pair(&key, value.get()),
            };
        }
    }
    out.finish()
}

/// Returns the body as `data`: JSON as it is, text as a text, and anything else in hexadecimal.
fn data(status: StatusCode, json: bool, body: &[u8]) -> Vec<u8> {
    if body.is_empty() || status == StatusCode::NO_CONTENT {
        return b"null".to_vec();
    }
    if json && serde_json::from_slice::<&RawValue>(body).is_ok() {
        return body.to_vec();
    }
    let mut out = Vec::with_capacity(body.len() + 2);
    match std::str::from_utf8(body) {
        Ok(text) => crate::wire::encode::text(&mut out, text),
        Err(_) => {
            let hex: String = body.iter().map(|byte| format!("{byte:02x}")).collect();
            crate::wire::encode::text(&mut out, &hex);
        }
    }
    out
}
