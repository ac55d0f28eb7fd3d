//! The texts of values in their order, as the generated client has them: `tests/client/unit/order.json`, which its own
//! tests hold its comparators to.

use std::fmt::{Debug, Display};
use std::path::Path;
use std::str::FromStr;

use dcrf_runtime::{Bytes, Date, DateTime, Decimal, Duration, Time, Uuid};
use serde_json::Value;

/// The texts are what the server writes, and each value is less than the next.
fn ascending<T: FromStr<Err: Debug> + Display + Ord>(kind: &str, texts: &[String]) {
    let values: Vec<T> =
        texts.iter().map(|text| text.parse().unwrap_or_else(|e| panic!("{text}: {e:?}"))).collect();
    let written: Vec<String> = values.iter().map(ToString::to_string).collect();
    assert_eq!(written, texts, "{kind}");
    assert!(values.len() > 10 && values.is_sorted_by(|a, b| a < b), "{kind}");
}

#[test]
fn values_are_in_the_order_that_the_client_compares_them_by() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/client/unit/order.json");
    let json = std::fs::read_to_string(path).expect("the file of the client's tests");
    let kinds: Value = serde_json::from_str(&json).expect("JSON");
    for (kind, texts) in kinds.as_object().expect("kinds") {
        let texts: Vec<String> = serde_json::from_value(texts.clone()).expect("texts");
        match kind.as_str() {
            "decimal" => ascending::<Decimal>(kind, &texts),
            "date" => ascending::<Date>(kind, &texts),
            "date-time" => ascending::<DateTime>(kind, &texts),
            "time" => ascending::<Time>(kind, &texts),
            "duration" => ascending::<Duration>(kind, &texts),
            "uuid" => ascending::<Uuid>(kind, &texts),
            "byte" => ascending::<Bytes>(kind, &texts),
            // Rust compares UTF-8, which is in the order of the code points.
            "string" => ascending::<String>(kind, &texts),
            other => panic!("{other} is no kind"),
        }
    }
}
