//! How many statements an answer takes, as the driver tells them: one for the rows and one a relation, however many
//! rows there are.
//!
//! On PostgreSQL alone, whose driver tells of a statement on the thread that waits for it: with one thread for all of a
//! test, nothing is heard of others. What is asked of SQLite is the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dcrf_e2e::Database;
use serde_json::json;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::Kitchen;

/// Counts the statements of its thread.
#[derive(Clone, Default)]
struct Statements(Arc<AtomicUsize>);

impl Subscriber for Statements {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn a_list_takes_a_statement_for_its_rows_and_one_a_relation() {
    let Some(database) = Database::postgres().await else { return };
    let statements = Statements::default();
    let _counting = tracing::subscriber::set_default(statements.clone());
    let kitchen = Kitchen::start(database).await;
    let mut purchases = kitchen.open("purchases").await;
    for number in 0..100 {
        let items = json!([{"sku": "a", "qty": 1}, {"sku": "b", "qty": 2}]);
        let address = json!({"street": "Road 1", "city": "Town"});
        let data = json!({"reference": format!("O-{number}"), "address": address, "items": items});
        purchases.create(data).await.data(201);
        if ![0, 99].contains(&number) {
            continue;
        }
        let before = statements.0.load(Ordering::Relaxed);
        let rows = purchases.ask("list", json!({})).await.data(200);
        assert_eq!(rows.as_array().map(Vec::len), Some(number + 1));
        assert_eq!(statements.0.load(Ordering::Relaxed) - before, 2, "of {} rows", number + 1);
    }
}
