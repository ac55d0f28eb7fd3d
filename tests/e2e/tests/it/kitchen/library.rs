//! The rows that are read page by page: volumes on shelves, shelves kept by authors.

use serde_json::{Value, json};

use super::Kitchen;
use super::server::{Stream, column};

/// Two authors, three shelves (the last kept by nobody) and seven volumes.
pub(crate) async fn fill(kitchen: &Kitchen) -> Stream {
    let mut authors = kitchen.open("keepers").await;
    for name in ["Ann", "Bob"] {
        authors.create(json!({"name": name, "secret": format!("{name}'s")})).await.data(201);
    }
    let mut shelves = kitchen.open("shelves").await;
    for (label, keeper) in [("red", json!(2)), ("blue", json!(1)), ("free", json!(null))] {
        shelves.create(json!({"label": label, "keeper": keeper})).await.data(201);
    }
    let mut volumes = kitchen.open("volumes").await;
    for (title, shelf, rating) in [
        ("a", json!(1), json!(2.5)),
        ("b", json!(2), json!(null)),
        ("c", json!(3), json!(0.1)),
        ("d", json!(null), json!(2.5)),
        ("e", json!(1), json!(null)),
        ("f", json!(2), json!(0.30000000000000004)),
        ("g", json!(1), json!(2.5)),
    ] {
        volumes.create(json!({"title": title, "shelf": shelf, "rating": rating})).await.data(201);
    }
    volumes
}

/// The titles of rows, in one word.
#[track_caller]
pub(crate) fn titles(rows: &Value) -> String {
    column(rows, "title").iter().map(|title| title.as_str().expect("a title")).collect()
}
