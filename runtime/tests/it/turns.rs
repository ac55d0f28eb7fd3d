//! Who waits for whom at the database: what takes long keeps nobody from what is short, turns are fair, and whoever has
//! gone holds nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use dcrf_runtime::db::{Dialect, Migrations};
use dcrf_runtime::dispatch::ReplyFuture;
use dcrf_runtime::meta::{
    AccessMeta, ActionMeta, BoundModel, ConsumerMeta, FieldPath, PageStyle, Pagination,
};
use dcrf_runtime::test::{PATIENCE, TestClient};
use dcrf_runtime::{
    Context, Db, Dispatch, Error, LimitKind, Limits, Object, Reply, Request, Service, Stats, store,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet, yield_now};
use tokio::time::timeout;

use super::databases::on_files_and_postgres;
use super::descriptors::{ACTIONS, CATEGORY, CATEGORY_SERIALIZER, MIGRATIONS};
use super::wire::Consumer;

/// Rows that a search reads.
const ROWS: usize = 200_000;
/// Clients that search.
const SEARCHERS: usize = 15;
/// Look-ups that are measured.
const LOOKS: usize = 200;

/// Categories, which may be searched.
static LABELS: ConsumerMeta = ConsumerMeta {
    name: "Labels",
    stream: "labels",
    path: "/ws/labels/",
    actions: ACTIONS,
    model: Some(BoundModel {
        serializer: &CATEGORY_SERIALIZER,
        lookup: 0,
        lookup_argument: "pk",
        ordering: &[],
        pagination: Some(Pagination { page_size: 3, max_limit: Some(50), style: PageStyle::LimitOffset }),
        filter: &[],
        search: &[FieldPath::new("name", 1)],
        order_by: &[],
    }),
    access: AccessMeta::OPEN,
};

static WORK: ConsumerMeta = ConsumerMeta {
    name: "Work",
    stream: "work",
    path: "/ws/work/",
    actions: &[
        ActionMeta::new("read").detached(),
        ActionMeta::new("hold").atomic(),
        ActionMeta::new("sleep").detached(),
        ActionMeta::new("gorge"),
        ActionMeta::new("gorge_in_transaction").atomic(),
        ActionMeta::new("write_and_gorge").atomic(),
    ],
    model: None,
    access: AccessMeta::OPEN,
};

/// Works on the database for a while.
struct Work {
    /// How many reads were done.
    done: Arc<AtomicUsize>,
}

/// A query that takes some time, and one that takes longer than anybody waits.
fn slow(db: &Db) -> (&'static str, &'static str) {
    match db.dialect() {
        Dialect::Postgres => ("SELECT pg_sleep(0.1)::TEXT", "SELECT pg_sleep(600)::TEXT"),
        Dialect::Sqlite => (
            "SELECT max(i) FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) \
             SELECT i FROM n)",
            "SELECT max(i) FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n)",
        ),
    }
}

/// A query of 1,000 rows of 60 KB.
fn large(db: &Db) -> &'static str {
    match db.dialect() {
        Dialect::Postgres => "SELECT lpad(i::text, 60000, '0') FROM generate_series(1, 1000) AS i",
        Dialect::Sqlite => {
            "SELECT printf('%060000d', i) FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n \
             WHERE i < 1000) SELECT i FROM n)"
        }
    }
}

impl Dispatch for Work {
    fn meta(&self) -> &'static ConsumerMeta {
        &WORK
    }

    fn call<'a>(&'a self, ctx: &'a Context, request: &'a Request<'a>) -> ReplyFuture<'a> {
        Box::pin(async move {
            let (some_time, for_ever) = slow(ctx.db());
            match request.action() {
                "read" => {
                    ctx.db().query(some_time, Vec::new()).await?;
                    Reply::json(200, &self.done.fetch_add(1, Ordering::SeqCst))
                }
                "hold" => {
                    ctx.db().query(some_time, Vec::new()).await?;
                    Reply::json(200, &0)
                }
                "gorge" | "gorge_in_transaction" => {
                    let rows = ctx.db().query(large(ctx.db()), Vec::new()).await?;
                    Reply::json(200, &rows.len())
                }
                "write_and_gorge" => {
                    let mut label = Object::empty(CATEGORY.columns.len());
                    label.set(1, "written before");
                    store::create(ctx.db(), &CATEGORY, label.clone()).await?;
                    // The application goes on without what it could not read.
                    let refused = ctx.db().query(large(ctx.db()), Vec::new()).await.is_err();
                    label.set(1, "written after");
                    store::create(ctx.db(), &CATEGORY, label).await?;
                    Reply::json(200, &refused)
                }
                "sleep" => {
                    ctx.db().query(for_ever, Vec::new()).await?;
                    Reply::json(200, &0)
                }
                other => Err(Error::MethodNotAllowed(other.to_owned())),
            }
        })
    }
}

struct Server {
    url: String,
    stats: Arc<Stats>,
    done: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Server {
    async fn start(db: &Db, change: impl FnOnce(&mut Limits)) -> Self {
        let mut limits = Limits::default();
        change(&mut limits);
        let done: Arc<AtomicUsize> = Arc::default();
        let service = Service::new("turns", Migrations { sqlite: &[], postgres: &[] })
            .consumer(Consumer(&LABELS))
            .consumer(Work { done: Arc::clone(&done) })
            .limits(limits);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("ws://{}", listener.local_addr().expect("an address"));
        let (stats, db) = (service.stats(), db.clone());
        let task = tokio::spawn(async move {
            let _ = service.serve(listener, db, std::future::pending()).await;
        });
        Self { url, stats, done, task }
    }

    async fn client(&self, meta: &ConsumerMeta) -> TestClient {
        TestClient::connect(format!("{}{}", self.url, meta.path)).await
    }

    async fn end(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

async fn fill(db: &Db, rows: usize) {
    let sql = match db.dialect() {
        Dialect::Postgres => format!(
            "INSERT INTO category (name) SELECT 'a label of some length, of number ' || i FROM generate_series(1, {rows}) i"
        ),
        Dialect::Sqlite => format!(
            "INSERT INTO category (name) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) \
             SELECT 'a label of some length, of number ' || i FROM n"
        ),
    };
    db.execute(sql.leak(), Vec::new()).await.expect("rows");
}

/// The median, the 99th percentile and the longest.
fn percentiles(times: &mut [Duration]) -> [Duration; 3] {
    times.sort();
    [50, 99, 100].map(|share| times[(times.len() - 1) * share / 100])
}

/// Looks rows up by their keys, while others do what they do, and gives the times that it took.
async fn looks(server: &Server) -> Vec<Duration> {
    let mut client = server.client(&LABELS).await;
    let mut every = tokio::time::interval(Duration::from_millis(5));
    let mut times = Vec::new();
    for number in 0..LOOKS {
        every.tick().await;
        let start = Instant::now();
        let pk = 1 + number * 7 % 100;
        let reply = client.request(&json!({"action": "retrieve", "pk": pk, "request_id": number})).await;
        assert_eq!((&reply["response_status"], &reply["data"]["id"]), (&json!(200), &json!(pk)), "{reply}");
        times.push(start.elapsed());
    }
    times
}

/// How long each answer took until now.
type Times = Arc<watch::Sender<Vec<Duration>>>;

/// Waits until there were so many answers.
async fn answered(times: &Times, count: usize) {
    let mut times = times.subscribe();
    let answered = times.wait_for(|times| times.len() >= count);
    timeout(PATIENCE, answered).await.expect("everybody has turns").expect("somebody asks");
}

/// Asks over and over, on a socket of its own for each client, until it is dropped; each answer's time is sent on.
async fn crowd(server: &Server, meta: &ConsumerMeta, frame: Value) -> (JoinSet<()>, Times) {
    let (mut all, times) = (JoinSet::new(), Times::default());
    for _ in 0..SEARCHERS {
        let (mut client, frame, times) = (server.client(meta).await, frame.clone(), Arc::clone(&times));
        all.spawn(async move {
            loop {
                let start = Instant::now();
                let reply = client.request(&frame).await;
                assert_eq!(reply["response_status"], 200, "{reply}");
                times.send_modify(|times| times.push(start.elapsed()));
            }
        });
    }
    // Each of them has asked for the first time when some of them are answered.
    answered(&times, 1).await;
    (all, times)
}

/// Measures look-ups beside a crowd. What a quiet machine needs is printed; that nobody waits for a whole turn of
/// theirs is judged.
#[expect(clippy::print_stdout, reason = "what was measured")]
async fn beside(db: &Db, what: &str, meta: &'static ConsumerMeta, frame: Value) {
    let server = Server::start(db, |_| ()).await;
    let (mut crowd, times) = crowd(&server, meta, frame).await;
    let [median, p99, longest] = percentiles(&mut looks(&server).await);
    // However slow they are, most of them are answered.
    answered(&times, SEARCHERS).await;
    assert!(crowd.try_join_next().is_none(), "one of them has failed");
    crowd.shutdown().await;
    let [theirs, ..] = percentiles(&mut times.borrow().clone());
    println!(
        "{:?}, beside {SEARCHERS} {what} (median {theirs:.1?}): p50 {median:.1?}  p99 {p99:.1?}  longest {longest:.1?}",
        db.dialect()
    );
    assert!(p99 < theirs, "look-ups wait for {what}: {p99:?}, and these take {theirs:?}");
    server.end().await;
}

/// A statement of the application's own that reads too much is its own fault, and leaves nothing behind: neither memory
/// nor rows on a connection, be that one of a transaction.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_reads_too_much_leaves_nothing_behind() {
    on_files_and_postgres(&MIGRATIONS, |db| async move {
        fill(&db, 100).await;
        let server = Server::start(&db, |limits| limits.memory_per_connection = 1024 * 1024).await;
        let mut client = server.client(&WORK).await;
        // A connection keeps the head of its handshake.
        let idle = server.stats.memory();
        // More often than there are connections.
        for number in 0..24 {
            let action = if number % 2 == 0 { "gorge" } else { "gorge_in_transaction" };
            let reply = client.request(&json!({"action": action, "request_id": number})).await;
            assert_eq!(reply["response_status"], 500, "{reply}");
        }
        assert_eq!(server.stats.crossed(LimitKind::MemoryPerConnection), 24);
        let given_back = async {
            while server.stats.memory() > idle {
                yield_now().await;
            }
        };
        timeout(PATIENCE, given_back).await.expect("its answers alone were held");
        let reply = client.request(&json!({"action": "hold", "request_id": 99})).await;
        assert_eq!(reply["response_status"], 200, "{reply}");
        server.end().await;
        let enough = Server::start(&db, |_| ()).await;
        let mut client = enough.client(&WORK).await;
        let reply = client.request(&json!({"action": "gorge_in_transaction", "request_id": 1})).await;
        assert_eq!(reply["response_status"], 500, "60 MB are more than 48 MiB: {reply}");
        enough.end().await;
    })
    .await;
}

/// A read that is refused ends no transaction: what the application writes around it is stored, as it is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_read_costs_no_write_of_its_transaction() {
    on_files_and_postgres(&MIGRATIONS, |db| async move {
        let server = Server::start(&db, |limits| limits.memory_per_connection = 1 << 20).await;
        let mut client = server.client(&WORK).await;
        let reply = client.request(&json!({"action": "write_and_gorge", "request_id": 1})).await;
        assert_eq!((&reply["response_status"], &reply["data"]), (&json!(200), &json!(true)), "{reply}");
        let mut client = server.client(&LABELS).await;
        let reply = client.request(&json!({"action": "list", "search": "written", "request_id": 2})).await;
        assert_eq!(reply["data"]["count"], 2, "{reply}");
        server.end().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn searchers_delay_no_look_up() {
    on_files_and_postgres(&MIGRATIONS, |db| async move {
        fill(&db, ROWS).await;
        // Each of the words but the last is in every row.
        let search = "a label some length number nowhere";
        beside(&db, "searchers", &LABELS, json!({"action": "list", "search": search, "request_id": 1})).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_delay_no_look_up() {
    on_files_and_postgres(&MIGRATIONS, |db| async move {
        fill(&db, 100).await;
        beside(&db, "transactions", &WORK, json!({"action": "hold", "request_id": 1})).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_with_one_read_does_not_wait_for_all_of_another() {
    const MANY: usize = 32;
    on_files_and_postgres(&MIGRATIONS, |db| async move {
        let server = Server::start(&db, |_| ()).await;
        let (mut greedy, mut modest) = (server.client(&WORK).await, server.client(&WORK).await);
        for number in 0..MANY {
            greedy.send(&json!({"action": "read", "request_id": number})).await;
        }
        greedy.expect_frame().await;
        let before = server.done.load(Ordering::SeqCst);
        let reply = modest.request(&json!({"action": "read", "request_id": 1})).await;
        let turn = reply["data"].as_u64().and_then(|done| usize::try_from(done).ok()).expect("a number");
        // Those that were under way, and those that begin until one of them ends.
        assert!(
            turn < before + 16,
            "{:?}: {before} were done when it asked, and {turn} before it",
            db.dialect()
        );
        for _ in 1..MANY {
            assert_eq!(greedy.expect_frame().await["response_status"], 200);
        }
        server.end().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_too_long_is_told() {
    on_files_and_postgres(&MIGRATIONS, |db| async move {
        let server = Server::start(&db, |limits| limits.database_wait = Duration::from_millis(50)).await;
        let (mut sleepers, mut other) = (server.client(&WORK).await, server.client(&WORK).await);
        for number in 0..8 {
            sleepers.send(&json!({"action": "sleep", "request_id": number})).await;
        }
        // Some sleep, the others are told that there is no place.
        let told = json!(["The database is busy. Nothing was stored: try again."]);
        let reply = sleepers.expect_frame().await;
        assert_eq!((&reply["response_status"], &reply["errors"]), (&json!(503), &told));
        let reply = other.request(&json!({"action": "read", "request_id": 1})).await;
        assert_eq!((&reply["response_status"], &reply["errors"]), (&json!(503), &told));
        assert!(server.stats.crossed(LimitKind::DatabaseWait) >= 2);
        server.end().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_gone_holds_no_place() {
    on_files_and_postgres(&MIGRATIONS, |db| async move {
        let server = Server::start(&db, |limits| limits.linger = Duration::ZERO).await;
        for _ in 0..3 {
            let mut sleepers = server.client(&WORK).await;
            for number in 0..16 {
                sleepers.send(&json!({"action": "sleep", "request_id": number})).await;
            }
            if db.dialect() == Dialect::Postgres {
                // As many as may, before they go.
                let all = async {
                    while sleeping(&db).await < 4 {
                        yield_now().await;
                    }
                };
                timeout(PATIENCE, all).await.expect("they have places");
            }
            drop(sleepers);
            timeout(PATIENCE, server.stats.none_open()).await.expect("they have gone");
            // The next one has a place at once.
            let reply = server.client(&WORK).await.request(&json!({"action": "read", "request_id": 1})).await;
            assert_eq!(reply["response_status"], 200, "{reply}");
        }
        if db.dialect() == Dialect::Postgres {
            // The server has noticed, too.
            let noticed = async {
                while sleeping(&db).await > 0 {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            timeout(PATIENCE, noticed).await.expect("nothing goes on for those who have gone");
        }
        server.end().await;
    })
    .await;
}

/// How many sleep in this database of PostgreSQL.
async fn sleeping(db: &Db) -> i64 {
    let count = "WITH found AS (SELECT count(*) AS number FROM pg_stat_activity WHERE datname = current_database() AND state \
                 = 'active' AND query LIKE 'SELECT pg_sleep(6%') SELECT number FROM found";
    // Not as a `SELECT`: it would wait for its turn behind those that it counts.
    let rows = db.query(count, Vec::new()).await.expect("a count");
    match rows[0].values() {
        [dcrf_runtime::Value::Integer(count)] => *count,
        other => panic!("{other:?} is no count"),
    }
}
