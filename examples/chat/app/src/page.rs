//! The page: files that are a part of the program.

use axum::Router;
use axum::http::header;
use axum::response::{Html, IntoResponse};
use axum::routing::get;

/// `/`, and what it asks for.
pub(crate) fn routes() -> Router {
    Router::new()
        .route("/", get(async || Html(include_str!("../page/index.html"))))
        .route("/chat.css", get(async || typed("text/css", include_str!("../page/chat.css"))))
        .route("/chat.js", get(async || typed("text/javascript", include_str!("../page/chat.js"))))
}

fn typed(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], text)
}
