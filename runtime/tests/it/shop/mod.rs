//! Many who write the same rows at the same moment: a shop, in which nothing may be sold twice, nor lost.
//!
//! Each rule was left out once, to see that a test fails without it:
//!
//! | left out | fails |
//! |---|---|
//! | `FOR UPDATE` | `stock_ends_at_zero`, `a_row_is_judged_when_it_is_locked`, `a_queryset_is_asked_about_the_locked_row` |
//! | the second look at a queryset that leads elsewhere | `a_queryset_is_asked_about_the_locked_row` |
//! | the comparison with the judged row | `what_is_judged_is_what_is_written`, `what_is_judged_again_is_done` |
//! | the sum in the `UPDATE`: read, then written | `what_is_added_is_never_lost`, `stock_ends_at_zero` |
//! | that lost transactions run again | `deadlocks_are_nobodys_error`, `what_nobody_knows_is_told` |
//! | that writes of an unknown outcome do not run again | `what_nobody_knows_is_told` |
//! | keys in one order, and with it locks and further runs, which make up for it | `keys_are_written_in_one_order` |

mod faults;
mod goods;
mod judged;
mod locks;
mod sums;

use dcrf_runtime::test::{PATIENCE, TestClient};
use dcrf_runtime::{Db, Model as _, Service};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::databases::{on_each_with, on_files_and_postgres};
use goods::{MIGRATIONS, NewProduct, PRODUCTS, Product, Shop, Watch};

/// Sockets at the same time.
const SOCKETS: usize = 64;

/// A server of a shop.
struct Server {
    address: String,
    watch: Watch,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    async fn start(db: &Db) -> Self {
        let watch = Watch::default();
        let service = Service::new("shop", MIGRATIONS).consumer(Shop::new(&PRODUCTS, &watch));
        let service = service.consumer(Shop::new(&goods::OWNED, &watch));
        let service = service.consumer(Shop::new(&goods::KEPT, &watch));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let served = db.clone();
        let task = tokio::spawn(async move {
            service.serve(listener, served, std::future::pending()).await.expect("a service");
        });
        Self { address, watch, task }
    }

    async fn open(&self, stream: &str) -> TestClient {
        TestClient::connect(format!("ws://{}/ws/{stream}/", self.address)).await
    }

    /// So many sockets, each of which does something until it is told that it is over; gives what all of them made.
    async fn crowd<F>(&self, work: impl Fn(TestClient, usize) -> F) -> usize
    where
        F: Future<Output = usize> + Send + 'static,
    {
        let mut crowd = JoinSet::new();
        for number in 0..SOCKETS {
            crowd.spawn(work(self.open("products").await, number));
        }
        timeout(PATIENCE, crowd.join_all()).await.expect("it ends").into_iter().sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A product of which there is so much.
async fn product(db: &Db, quantity: i64) -> i64 {
    let new = NewProduct { name: "plant".to_owned(), quantity, owner: "me".to_owned() };
    Product::objects(db).create(new).await.expect("a product").id()
}

async fn stock(db: &Db, key: i64) -> i64 {
    Product::objects(db).get(key).await.expect("the product").quantity()
}

async fn sold(db: &Db) -> usize {
    let mut rows = db.query("SELECT COUNT(*) FROM sale", Vec::new()).await.expect("a count");
    usize::try_from(rows[0].take::<i64>(0).expect("a number")).expect("a count")
}

/// Buys by an action, one at a time, until there is nothing left; gives how many it got. Whoever is told that others
/// are in the way tries again.
async fn buy_all(mut client: TestClient, action: &'static str, key: i64) -> usize {
    let (mut bought, mut id) = (0, 0);
    loop {
        id += 1;
        let answer = client.request(&json!({"action": action, "request_id": id, "pk": key})).await;
        match answer["response_status"].as_u64() {
            Some(200) => bought += 1,
            Some(400) => return bought,
            Some(503) if action == "buy_serializable" => {
                assert!(answer["errors"][0].as_str().is_some_and(|text| text.contains("Nothing was stored")));
            }
            _ => panic!("{answer}"),
        }
    }
}

/// Locked by the runtime, locked by the application, kept apart by the database, and added to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stock_ends_at_zero() {
    for action in ["buy", "buy_locked", "buy_serializable", "buy_by_adding"] {
        on_files_and_postgres(&MIGRATIONS, |db| async move {
            let server = Server::start(&db).await;
            let products = 150;
            let key = product(&db, products).await;
            let bought = server.crowd(move |client, _| buy_all(client, action, key)).await;
            assert_eq!(stock(&db, key).await, 0, "{action} on {:?}", db.dialect());
            assert_eq!(bought, usize::try_from(products).expect("a count"), "{action} on {:?}", db.dialect());
            assert_eq!(sold(&db).await, bought, "{action} on {:?}", db.dialect());
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_added_is_never_lost() {
    on_each_with(&MIGRATIONS, |db| async move {
        let server = Server::start(&db).await;
        let key = product(&db, 0).await;
        let done = server
            .crowd(move |mut client, number| async move {
                for id in 0..10 {
                    let by = if number % 2 == 0 { 3 } else { 1 };
                    let frame = json!({"action": "add", "request_id": id, "pk": key, "by": by});
                    let answer = client.request(&frame).await;
                    assert_eq!(answer["response_status"], 200, "{answer}");
                }
                10
            })
            .await;
        assert_eq!(stock(&db, key).await, i64::try_from(done * 2).expect("a number"));
    })
    .await;
}

fn answered(answer: &Value) -> (u64, &Value) {
    (answer["response_status"].as_u64().expect("a status"), &answer["data"])
}
