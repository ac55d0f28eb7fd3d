//! What is added to a column, by its kind.

use dcrf_runtime::condition::Assignment;
use dcrf_runtime::{Db, Decimal, Duration, Error, Model as _, Value};
use serde_json::json;

use super::goods::{MIGRATIONS, Product};
use super::{Server, on_each_with, product};

fn number(text: &str) -> Decimal {
    text.parse().expect("a number")
}

/// Adds, and gives the value of a column, or what is said of it.
async fn after(db: &Db, key: i64, index: usize, change: Assignment<Product>) -> Result<Value, String> {
    match Product::objects(db).patch(key, [change]).await {
        Ok(row) => {
            let stored = Product::objects(db).get(key).await.expect("it is there");
            assert_eq!(row, stored, "what is given is what is stored");
            Ok(row.value(index).clone())
        }
        Err(error) => {
            assert_eq!(error.status(), 400, "{error}");
            Err(error.detail().to_string())
        }
    }
}

#[tokio::test]
async fn numbers_are_added_exactly_within_their_rules() {
    on_each_with(&MIGRATIONS, |db| async move {
        let key = product(&db, 5).await;
        let before = db.statements();
        Product::objects(&db).patch(key, [Product::QUANTITY.add(2)]).await.expect("it is added");
        assert_eq!(db.statements() - before, 1, "one statement");
        let on = format!("{:?}", db.dialect());
        let quantity = |by: i64| after(&db, key, 2, Product::QUANTITY.add(by));
        assert_eq!(quantity(-7).await, Ok(Value::Integer(0)), "{on}");
        let least = r#"{"quantity":["Ensure this value is greater than or equal to 0."]}"#;
        assert_eq!(quantity(-1).await, Err(least.to_owned()), "{on}");
        assert_eq!(quantity(i64::MIN).await, Err(least.to_owned()), "{on}");
        assert_eq!(quantity(i64::MAX).await, Ok(Value::Integer(i64::MAX)), "{on}");
        let most = r#"{"quantity":["This number is too large for its column."]}"#;
        assert_eq!(quantity(1).await, Err(most.to_owned()), "{on}");
        assert_eq!(quantity(-i64::MAX).await, Ok(Value::Integer(0)), "{on}");

        let price = |by: &str| after(&db, key, 4, Product::PRICE.add(number(by)));
        assert_eq!(price("0.05").await, Ok(Value::Decimal(number("1.55"))), "{on}");
        assert_eq!(price("-3").await, Ok(Value::Decimal(number("-1.45"))), "{on}");
        assert!(price("0.001").await.is_err_and(|text| text.contains("2 decimal places")), "{on}");
        assert_eq!(price("10001.44").await, Ok(Value::Decimal(number("9999.99"))), "{on}");
        assert!(price("0.01").await.is_err_and(|text| text.contains("digits")), "{on}");
        assert!(price("99999999999999999999").await.is_err(), "{on}");
        assert_eq!(price("-9333.98").await, Ok(Value::Decimal(number("666.01"))), "{on}");
        // The table has a rule of its own.
        assert!(price("-0.01").await.is_err_and(|text| text.contains("a rule of the table")), "{on}");

        // More digits than a float or 64 bits have.
        let total = |by: &str| after(&db, key, 5, Product::TOTAL.add(number(by)));
        assert_eq!(
            total("12345678901234567890.1233").await,
            Ok(Value::Decimal(number("12345678901234567890.1234"))),
            "{on}"
        );
        assert_eq!(total("0.0001").await, Ok(Value::Decimal(number("12345678901234567890.1235"))), "{on}");
        assert!(total("99999999999999999999").await.is_err_and(|text| text.contains("digits")), "{on}");
    })
    .await;
}

#[tokio::test]
async fn other_kinds_are_added_and_null_is_not() {
    on_each_with(&MIGRATIONS, |db| async move {
        let key = product(&db, 5).await;
        let on = format!("{:?}", db.dialect());
        let weight = |by: f64| after(&db, key, 6, Product::WEIGHT.add(by));
        let null = r#"{"weight":["This is null: nothing can be added to it."]}"#;
        assert_eq!(weight(1.0).await, Err(null.to_owned()), "{on}");
        assert_eq!(after(&db, key, 6, Product::WEIGHT.set(0.1)).await, Ok(Value::Float(0.1)), "{on}");
        assert_eq!(weight(0.2).await, Ok(Value::Float(0.1 + 0.2)), "{on}");
        assert_eq!(weight(f64::MAX).await, Ok(Value::Float(f64::MAX)), "{on}");
        assert!(weight(f64::MAX).await.is_err(), "no infinity on {on}");

        let span = |by: i64| after(&db, key, 7, Product::SPAN.add(Duration::from_micros(by)));
        assert!(span(1).await.is_err_and(|text| text.contains("null")), "{on}");
        let long = Duration::from_micros(i64::MAX - 1);
        assert!(after(&db, key, 7, Product::SPAN.set(long)).await.is_ok(), "{on}");
        assert_eq!(span(1).await, Ok(Value::Duration(Duration::from_micros(i64::MAX))), "{on}");
        assert!(span(1).await.is_err(), "{on}");

        // A rule that is no limit.
        let dozens = |by: i64| after(&db, key, 8, Product::DOZENS.add(by));
        assert_eq!(dozens(24).await, Ok(Value::Integer(24)), "{on}");
        assert!(dozens(1).await.is_err_and(|text| text.contains("12")), "{on}");

        let products = Product::objects(&db);
        let row = products.patch(key, [Product::NAME.set("fern"), Product::QUANTITY.add(1)]).await;
        let row = row.expect("both are done");
        assert_eq!((row.value(1), row.quantity()), (&Value::Text("fern".to_owned()), 6), "{on}");
        let missing = products.patch(key + 1, [Product::QUANTITY.add(1)]).await.expect_err("there is none");
        assert!(matches!(missing, Error::NotFound), "{on}");
        let twice = [Product::QUANTITY.add(1), Product::QUANTITY.set(1)];
        assert!(products.patch(key, twice).await.is_err_and(|error| error.status() == 500), "{on}");
        assert!(products.patch(key, [Product::ID.add(1)]).await.is_err_and(|error| error.status() == 500));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscribers_are_told_the_stored_row() {
    on_each_with(&MIGRATIONS, |db| async move {
        let server = Server::start(&db).await;
        let key = product(&db, 5).await;
        let mut client = server.open("products").await;
        let subscribed = client.request(&json!({"action": "subscribe", "request_id": "s"})).await;
        assert_eq!(subscribed["response_status"], 201, "{subscribed}");
        Product::objects(&db).patch(key, [Product::QUANTITY.add(2)]).await.expect("it is added");
        let event = client.expect_reply(&json!("s")).await;
        assert_eq!((&event["action"], &event["data"]["quantity"]), (&json!("update"), &json!(7)), "{event}");
    })
    .await;
}
