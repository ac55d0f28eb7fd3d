//! A page to try the server with: one file, served at `/`.

use axum::Router;
use axum::response::Html;
use axum::routing::get;

/// The page's only route.
pub(crate) fn routes() -> Router {
    Router::new().route("/", get(async || Html(include_str!("index.html"))))
}
