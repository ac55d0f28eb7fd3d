//! How many statements an answer takes: one for the rows and one a relation, however many rows there are; and an event
//! none, however many hear it.
//!
//! The runtime looks now and then for what other programs have changed, which is a statement, too: of several tries the
//! least counts.

use dcrf_e2e::Database;
use serde_json::json;

use super::Kitchen;
use super::server::Stream;
use crate::on_both_databases;

on_both_databases!(
    a_list_takes_a_statement_for_its_rows_and_one_a_relation,
    an_event_takes_no_statement_however_many_hear_it,
);

const TRIES: usize = 20;

async fn a_list_takes_a_statement_for_its_rows_and_one_a_relation(database: Database) {
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
        let mut least = usize::MAX;
        for _ in 0..TRIES {
            let before = kitchen.db.statements();
            let rows = purchases.ask("list", json!({})).await.data(200);
            assert_eq!(rows.as_array().map(Vec::len), Some(number + 1));
            least = least.min(kitchen.db.statements() - before);
        }
        assert_eq!(least, 2, "of {} rows", number + 1);
    }
}

async fn an_event_takes_no_statement_however_many_hear_it(database: Database) {
    let kitchen = Kitchen::start(database).await;
    let (mut boards, mut cards) = (kitchen.open("boards").await, kitchen.open("cards").await);
    boards.create(json!({"name": "a board"})).await.data(201);
    cards.create(json!({"board": 1, "text": "one"})).await.data(201);
    let (mut listeners, mut taken) = (Vec::new(), Vec::new());
    for count in [1, 50] {
        while listeners.len() < count {
            let mut listener = kitchen.open("cards").await;
            assert_eq!(listener.under("s", "subscribe_instance", json!({"pk": 1})).await, 201);
            listeners.push(listener);
        }
        taken.push(statements_of_a_change(&kitchen, &mut cards).await);
    }
    assert_eq!(taken[0], taken[1]);
    for listener in &mut listeners {
        let event = listener.client.expect_frame().await;
        assert_eq!((&event["action"], &event["request_id"]), (&json!("update"), &json!("s")));
    }
}

async fn statements_of_a_change(kitchen: &Kitchen, cards: &mut Stream) -> usize {
    let mut least = usize::MAX;
    for number in 0..TRIES {
        let before = kitchen.db.statements();
        let data = json!({"text": format!("change {number}")});
        cards.ask("patch", json!({"pk": 1, "data": data})).await.data(200);
        least = least.min(kitchen.db.statements() - before);
    }
    least
}
