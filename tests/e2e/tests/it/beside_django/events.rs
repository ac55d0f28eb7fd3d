//! What Django writes, and what its code sends, is heard on sockets; what a socket may not see is not.

use serde_json::{Value, json};

use super::{Shop, ask, done, heard, hears, hears_both, subscribe};

/// A product that everybody may see.
fn product(name: &str) -> Value {
    json!({"name": name, "price": "9.90", "published": true})
}

fn url(product: &Value) -> String {
    format!("products/{}/", product["id"].as_str().expect("a key"))
}

fn names(mut rows: Vec<(String, Value)>) -> Vec<(String, String)> {
    rows.sort_by_key(|(_, row)| row["name"].to_string());
    rows.into_iter()
        .map(|(action, row)| (action, row["name"].as_str().unwrap_or_default().to_owned()))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rest_is_heard_on_sockets() {
    let Some(shop) = Shop::open().await else { return };
    let mut ann = shop.products("ann").await;
    let data = json!({
        "name": "Assam", "price": "9.9", "discount": "0.125", "details": {"leaf": [null, 1.5, {"grade": "FTGFOP"}]},
        "published": true, "on_sale_from": "2024-05-01T12:00:00.5+02:00", "tags": ["tea"]
    });
    let mut row = shop.product(data).await;
    assert_eq!(
        (&row["price"], &row["on_sale_from"]),
        (&json!("9.90"), &json!("2024-05-01T10:00:00.500000Z"))
    );
    hears_both(&mut ann, ["create", "update"], &row).await;

    // Somebody who is subscribed to the row alone.
    let mut bob = shop.socket("products", "bob").await;
    subscribe(&mut bob, "subscribe_instance", json!({"pk": row["id"]})).await;
    shop.product(product("Darjeeling")).await;
    assert_eq!(heard(&mut ann).await.1["name"], "Darjeeling");
    row = shop.django.done("PATCH", &url(&row), json!({"price": "10", "discount": null})).await;
    assert_eq!((&row["price"], &row["discount"]), (&json!("10.00"), &Value::Null));
    hears(&mut ann, "update", &row).await;
    hears(&mut bob, "update", &row).await;
    row = shop.django.done("PATCH", &url(&row), json!({"tags": []})).await;
    hears_both(&mut bob, ["update"; 2], &row).await;
    hears_both(&mut ann, ["update"; 2], &row).await;

    shop.django.done("DELETE", &url(&row), Value::Null).await;
    hears(&mut ann, "delete", &row).await;
    hears(&mut bob, "delete", &json!({"pk": row["id"]})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_write_of_django_is_heard() {
    let Some(mut shop) = Shop::open().await else { return };
    let mut ann = shop.products("ann").await;
    let django = &mut shop.django;
    let both = async |socket: &mut _| names(vec![heard(socket).await, heard(socket).await]);
    let named = |action: &str, names: [&str; 2]| names.map(|name| (action.to_owned(), name.to_owned()));

    // Signals tell of none of these.
    django.run("a, b = Product.objects.bulk_create([Product(name=name, price=1, published=True) for name in 'AB'])").await;
    assert_eq!(both(&mut ann).await, named("create", ["A", "B"]));
    django
        .run("for product in a, b: product.price = 2\nProduct.objects.bulk_update([a, b], ['price'])")
        .await;
    assert_eq!(both(&mut ann).await, named("update", ["A", "B"]));
    django.run("Product.objects.filter(pk__in=[a.pk, b.pk]).update(price=F('price') + Decimal('0.5'))").await;
    assert_eq!(both(&mut ann).await, named("update", ["A", "B"]));
    django.run("Product.objects.filter(pk=b.pk)._raw_delete('default')").await;
    assert_eq!(heard(&mut ann).await.0, "delete");

    // Many-to-many relations, from either end, and the end of one with a row of the other end.
    django.run("green = Tag.objects.create(slug='green', label='Green')").await;
    for (statement, tags) in [
        ("a.tags.add('tea', 'green')", json!(["green", "tea"])),
        ("green.products.remove(a)", json!(["tea"])),
        ("a.tags.set([green])", json!(["green"])),
        ("green.delete()", json!([])),
    ] {
        django.run(statement).await;
        let (action, mut row) = heard(&mut ann).await;
        row["tags"].as_array_mut().expect("keys").sort_by_key(Value::to_string);
        assert_eq!((action.as_str(), &row["tags"]), ("update", &tags), "{statement}");
    }

    // One transaction, and one that is rolled back.
    django
        .run(
            "with transaction.atomic():\n    a.name = 'half'\n    a.save()\n    a.name = 'whole'\n    a.save()\n    \
             a.tags.set(['tea'])",
        )
        .await;
    let (action, row) = heard(&mut ann).await;
    assert_eq!((action.as_str(), &row["name"], &row["tags"]), ("update", &json!("whole"), &json!(["tea"])));
    django
        .run(
            "with transaction.atomic():\n    Product.objects.update(name='never')\n    sockets.notify('products', \
             'all', {})\n    transaction.set_rollback(True)",
        )
        .await;
    django.run("a.delete()").await;
    let (action, row) = heard(&mut ann).await;
    assert_eq!(
        (action.as_str(), &row["name"]),
        ("delete", &json!("whole")),
        "nothing is heard of what was undone"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_hidden_is_not_told() {
    let Some(mut shop) = Shop::open().await else { return };
    let (mut staff, mut ann) = (shop.products("staff").await, shop.products("ann").await);
    let mut row = shop.product(json!({"name": "Secret", "price": "1.00"})).await;
    hears(&mut staff, "create", &row).await;
    row = shop.django.done("PATCH", &url(&row), json!({"published": true})).await;
    hears(&mut staff, "update", &row).await;
    hears(&mut ann, "create", &row).await;
    row = shop.django.done("PATCH", &url(&row), json!({"published": false})).await;
    hears(&mut staff, "update", &row).await;
    hears(&mut ann, "delete", &json!({"pk": row["id"]})).await;
    let answer = ask(&mut ann, "subscribe_instance", json!({"pk": row["id"]})).await;
    assert_eq!(answer["response_status"], 404, "{answer}");
    shop.django.done("DELETE", &url(&row), Value::Null).await;
    hears(&mut staff, "delete", &row).await;

    // Customers hear of their own orders, also when Django deletes them along with a product.
    let row = shop.product(product("Assam")).await;
    hears(&mut staff, "create", &row).await;
    hears(&mut ann, "create", &row).await;
    let mut of_ann = shop.orders("ann", &row["id"]).await;
    let mut of_bob = shop.orders("bob", &row["id"]).await;
    let mut of_staff = shop.orders("staff", &row["id"]).await;
    shop.django
        .run(
            "for name in 'ann', 'bob':\n    Order.objects.create(product=Product.objects.get(name='Assam'), \
             customer=User.objects.get(username=name), note=name)",
        )
        .await;
    for note in ["ann", "bob"] {
        let (action, order) = heard(&mut of_staff).await;
        assert_eq!((action.as_str(), &order["note"]), ("create", &json!(note)));
    }
    for (socket, name) in [(&mut of_ann, "ann"), (&mut of_bob, "bob")] {
        let (action, order) = heard(socket).await;
        assert_eq!((action.as_str(), &order["note"]), ("create", &json!(name)));
    }
    let orders = done(&mut of_ann, "list", json!({})).await;
    assert_eq!(orders.as_array().map(Vec::len), Some(1), "{orders}");
    // By Django's keys, not by its permissions: a row that is not one's own is not there.
    let other = done(&mut of_bob, "list", json!({})).await[0]["id"].clone();
    let answer = ask(&mut of_ann, "patch", json!({"pk": other, "data": {"note": "x"}})).await;
    assert_eq!(answer["response_status"], 404, "{answer}");

    shop.django.done("DELETE", &url(&row), Value::Null).await;
    hears(&mut ann, "delete", &row).await;
    for socket in [&mut of_ann, &mut of_bob] {
        let (action, _) = heard(socket).await;
        assert_eq!(action, "delete");
        // It was the only one: the next frame is an answer.
        assert_eq!(done(socket, "list", json!({})).await, json!([]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn code_of_django_sends_to_a_group() {
    let Some(shop) = Shop::open().await else { return };
    let (one, other) = (shop.product(product("Assam")).await, shop.product(product("Darjeeling")).await);
    let (mut ann, mut bob) = (shop.socket("products", "ann").await, shop.socket("products", "bob").await);
    for (socket, product) in [(&mut ann, &one), (&mut bob, &other)] {
        assert_eq!(done(socket, "follow", json!({"pk": product["id"]})).await, Value::Null);
    }
    for (product, text) in [(&one, "first"), (&other, "second")] {
        shop.django.done("POST", &(url(product) + "announce/"), json!({"text": text})).await;
    }
    for (socket, product, text) in [(&mut ann, &one, "first"), (&mut bob, &other, "second")] {
        assert_eq!(socket.receive().await, json!({"announcement": {"product": product["id"], "text": text}}));
    }
}
