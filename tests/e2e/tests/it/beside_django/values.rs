//! What a socket writes is what Django's REST shows and its code reads.

use serde_json::{Value, json};

use super::{Shop, ask, done};

/// Values of the fields that Django stores in a form of its own.
fn specimens() -> [Value; 9] {
    [
        json!({"price": "99999999.99", "discount": "-9.999"}),
        json!({"price": "0", "discount": "0.001"}),
        json!({"price": 12.5, "discount": null}),
        json!({"details": [null, true, {"a": {"b": []}}, "\u{e9}\"\\\n", 0.1, -1e-7]}),
        json!({"details": {"large": 9_007_199_254_740_993_i64, "text": "1", "": null}}),
        json!({"details": "text"}),
        json!({"on_sale_from": "2024-02-29T23:59:59.999999-11:30"}),
        json!({"on_sale_from": "0001-01-01T12:00:00Z"}),
        json!({"on_sale_from": null}),
    ]
}

/// The fields of `product` as Django's code reads them: decimals as their texts, date-times with their time zone.
const READ: &str = "{'price': product.price, 'discount': product.discount, 'details': product.details, 'on_sale_from': \
                    product.on_sale_from and product.on_sale_from.isoformat().replace('+00:00', 'Z')}";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn django_reads_what_a_socket_writes() {
    let Some(mut shop) = Shop::open().await else { return };
    let mut staff = shop.socket("products", "staff").await;
    let row =
        done(&mut staff, "create", json!({"data": {"name": " Assam ", "price": "1.5", "tags": ["tea"]}}))
            .await;
    let key = row["id"].as_str().expect("a key").to_owned();
    let url = format!("products/{key}/");
    assert_eq!(shop.django.done("GET", &url, Value::Null).await, row);
    assert_eq!(
        (&row["name"], &row["details"], &row["discount"]),
        (&json!("Assam"), &json!({}), &Value::Null)
    );
    shop.django.run(&format!("product = Product.objects.get(pk='{key}')")).await;

    for data in specimens() {
        let row = done(&mut staff, "patch", json!({"pk": key, "data": data})).await;
        assert_eq!(shop.django.done("GET", &url, Value::Null).await, row, "{data}");
        // Storing what Django has read changes nothing.
        shop.django.run("product.refresh_from_db(); product.save()").await;
        assert_eq!(done(&mut staff, "retrieve", json!({"pk": key})).await, row, "{data}");
        for (field, value) in shop.django.value(READ).await.as_object().expect("an object") {
            assert_eq!(*value, row[field], "{data}");
        }
    }

    // And the other way round.
    for data in specimens() {
        let row = shop.django.done("PATCH", &url, data.clone()).await;
        assert_eq!(done(&mut staff, "retrieve", json!({"pk": key})).await, row, "{data}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_refer_to_others_are_those_of_django() {
    let Some(mut shop) = Shop::open().await else { return };
    let (mut staff, mut ann) = (shop.socket("products", "staff").await, shop.socket("orders", "ann").await);
    let product =
        done(&mut staff, "create", json!({"data": {"name": "Assam", "price": "1", "tags": ["tea"]}})).await;
    let order = json!({"product": product["id"], "note": null, "quantity": 2});
    let order = done(&mut ann, "create", json!({"data": order})).await;
    assert_eq!(shop.django.done("GET", "orders/", Value::Null).await, json!([order]));
    let read = "[[order.customer.username, order.product.name, order.quantity, order.note, order.state] for order in \
                Order.objects.all()]";
    assert_eq!(shop.django.value(read).await, json!([["ann", "Assam", 2, null, "open"]]));
    assert_eq!(
        shop.django.value("[tag.label for tag in Tag.objects.filter(products__name='Assam')]").await,
        json!(["Tea"])
    );
    let patched = done(&mut ann, "patch", json!({"pk": order["id"], "data": {"note": "", "state": "paid"}}));
    let patched = patched.await;
    assert_eq!(shop.django.done("GET", &format!("orders/{}/", order["id"]), Value::Null).await, patched);

    // Django declares its foreign keys as deferred, so that PostgreSQL would refuse the commit and not the statement.
    let nobody = "00000000-0000-0000-0000-000000000000";
    let refused = ask(&mut ann, "create", json!({"data": {"product": nobody}})).await;
    let text = format!("Invalid pk \"{nobody}\" - object does not exist.");
    assert_eq!(
        (&refused["response_status"], &refused["errors"]),
        (&json!(400), &json!([{"product": [text]}]))
    );
    let (status, by_django) = shop.django.rest("POST", "orders/", json!({"product": nobody})).await;
    assert_eq!((status, &by_django), (400, &refused["errors"][0]));

    // The application deletes what Django's cascade would.
    done(&mut staff, "delete", json!({"pk": product["id"]})).await;
    assert_eq!(shop.django.done("GET", "orders/", Value::Null).await, json!([]));
    assert_eq!(
        shop.django
            .value(
                "[Order.objects.count(), Product.tags.through.objects.filter(product__name='Assam').count()]"
            )
            .await,
        json!([0, 0])
    );
}
