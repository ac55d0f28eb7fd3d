//! The limit: the shortest program, by hand on axum and sqlx, that does the work which is measured.
//!
//! Retrieve, create, patch and subscribe to one row, on one table of SQLite; and a list of another table with its
//! nested rows, by two queries. No paths, permissions, filters,
//! limits or brokers, and errors only where the measured work has them.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::routing::get;
use axum::serve::ListenerExt as _;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{QueryBuilder, Sqlite};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

#[derive(Deserialize)]
struct Request<'a> {
    action: &'a str,
    #[serde(default)]
    request_id: i64,
    pk: Option<i64>,
    data: Option<Input>,
}

#[derive(Deserialize)]
struct Input {
    name: Option<String>,
    counter: Option<i64>,
}

#[derive(Serialize)]
struct Thing {
    pk: i64,
    name: String,
    counter: i64,
}

#[derive(Serialize)]
struct Reply<'a, T> {
    action: &'a str,
    errors: &'a [&'a str],
    response_status: u16,
    request_id: i64,
    data: T,
}

#[derive(Serialize, Clone)]
struct Shelf {
    id: i64,
    label: String,
}

#[derive(Serialize)]
struct Book<'a> {
    id: i64,
    title: String,
    shelf: Option<&'a Shelf>,
}

/// Who hears of a row: its subscribers and the number each asked with.
type Subscribers = Mutex<HashMap<i64, Vec<(i64, UnboundedSender<Utf8Bytes>)>>>;

struct App {
    readers: SqlitePool,
    /// One connection: SQLite has one writer at a time.
    writer: SqlitePool,
    subscribers: Subscribers,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("DATABASE_URL")?;
    let options: SqliteConnectOptions = url.parse()?;
    let options = options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal);
    let writer = SqlitePoolOptions::new().max_connections(1).test_before_acquire(false);
    let writer = writer.connect_with(options.clone()).await?;
    let readers = SqlitePoolOptions::new().max_connections(8).test_before_acquire(false);
    let readers = readers.connect_with(options).await?;
    sqlx::query(
        "CREATE TABLE thing (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, name TEXT NOT NULL, \
         counter INTEGER NOT NULL DEFAULT 0) STRICT",
    )
    .execute(&writer)
    .await?;
    for sql in [
        "CREATE TABLE shelf (id INTEGER PRIMARY KEY, label TEXT NOT NULL) STRICT",
        "CREATE TABLE book (id INTEGER PRIMARY KEY, title TEXT NOT NULL, shelf_id INTEGER NOT NULL) STRICT",
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10) \
         INSERT INTO shelf SELECT i, 'shelf ' || i FROM n",
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) \
         INSERT INTO book SELECT i, 'a book', 1 + i % 10 FROM n",
    ] {
        sqlx::query(sql).execute(&writer).await?;
    }
    let app = Arc::new(App { readers, writer, subscribers: Mutex::default() });
    let router = Router::new()
        .route("/ws/things/", get(upgrade))
        .route("/ws/shelved_books/", get(upgrade))
        .with_state(app);
    let listener = tokio::net::TcpListener::bind(std::env::var("LISTEN")?).await?;
    println!("listening on http://{}", listener.local_addr()?);
    // Without this an event that follows an event waits for the receiver's delayed acknowledgement: 40 ms.
    let listener = listener.tap_io(|stream| {
        let _delayed = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, router).await?)
}

async fn upgrade(ws: WebSocketUpgrade, State(app): State<Arc<App>>) -> axum::response::Response {
    // As small as the measured server's: the defaults cost 133 KiB a connection.
    let ws = ws.read_buffer_size(1024).write_buffer_size(0);
    ws.on_upgrade(|socket| connection(socket, app))
}

async fn connection(mut socket: WebSocket, app: Arc<App>) {
    let (sender, mut events) = unbounded_channel();
    loop {
        let text = tokio::select! {
            Some(event) = events.recv() => event,
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => answer(&app, &text, &sender).await.into(),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => continue,
            },
        };
        if socket.send(Message::Text(text)).await.is_err() {
            return;
        }
    }
}

async fn answer(app: &App, text: &str, sender: &UnboundedSender<Utf8Bytes>) -> String {
    let Ok(request) = serde_json::from_str::<Request<'_>>(text) else {
        return reply("", 0, 400, None::<Thing>);
    };
    let Request { action, request_id, pk, data } = request;
    if data.as_ref().and_then(|data| data.name.as_ref()).is_some_and(|name| name.chars().count() > 64) {
        return reply(action, request_id, 400, None::<Thing>);
    }
    if action == "list" {
        return list(app, request_id).await.unwrap_or_else(|_| reply(action, request_id, 500, None::<Thing>));
    }
    let pk = pk.unwrap_or_default();
    let thing = match (action, data) {
        ("retrieve", _) => {
            let query = sqlx::query_as("SELECT id, name, counter FROM thing WHERE id = ?");
            query.bind(pk).fetch_optional(&app.readers).await
        }
        ("create", Some(data)) => {
            let query =
                sqlx::query_as("INSERT INTO thing (name, counter) VALUES (?, ?) RETURNING id, name, counter");
            query.bind(data.name).bind(data.counter.unwrap_or(0)).fetch_optional(&app.writer).await
        }
        ("patch", Some(data)) => {
            let query = sqlx::query_as(
                "UPDATE thing SET name = coalesce(?, name), counter = coalesce(?, counter) WHERE id = ? \
                 RETURNING id, name, counter",
            );
            query.bind(data.name).bind(data.counter).bind(pk).fetch_optional(&app.writer).await
        }
        ("subscribe_instance", _) => {
            let mut subscribers = app.subscribers.lock().expect("nobody panics with the lock");
            subscribers.entry(pk).or_default().push((request_id, sender.clone()));
            return reply(action, request_id, 201, None::<Thing>);
        }
        _ => return reply(action, request_id, 405, None::<Thing>),
    };
    match thing {
        Ok(Some((pk, name, counter))) => {
            let thing = Thing { pk, name, counter };
            if action == "patch" {
                tell(app, &thing);
            }
            reply(action, request_id, if action == "create" { 201 } else { 200 }, Some(thing))
        }
        Ok(None) => reply(action, request_id, 404, None::<Thing>),
        Err(_) => reply(action, request_id, 500, None::<Thing>),
    }
}

async fn list(app: &App, request_id: i64) -> sqlx::Result<String> {
    let query = sqlx::query_as("SELECT id, title, shelf_id FROM book ORDER BY id");
    let books: Vec<(i64, String, i64)> = query.fetch_all(&app.readers).await?;
    let shelves: BTreeSet<i64> = books.iter().map(|(_, _, shelf)| *shelf).collect();
    let mut query = QueryBuilder::<Sqlite>::new("SELECT id, label FROM shelf WHERE id IN (");
    let mut keys = query.separated(", ");
    for shelf in shelves {
        keys.push_bind(shelf);
    }
    query.push(")");
    let shelves: Vec<(i64, String)> = query.build_query_as().fetch_all(&app.readers).await?;
    let shelves: HashMap<i64, Shelf> =
        shelves.into_iter().map(|(id, label)| (id, Shelf { id, label })).collect();
    let books = books.into_iter().map(|(id, title, shelf)| Book { id, title, shelf: shelves.get(&shelf) });
    Ok(reply("list", request_id, 200, books.collect::<Vec<_>>()))
}

/// Encodes an event once for each number, and hands it to all who asked with it.
fn tell(app: &App, thing: &Thing) {
    let mut subscribers = app.subscribers.lock().expect("nobody panics with the lock");
    let Some(subscribers) = subscribers.get_mut(&thing.pk) else { return };
    let mut texts: HashMap<i64, Utf8Bytes> = HashMap::new();
    subscribers.retain(|(request_id, sender)| {
        let text =
            texts.entry(*request_id).or_insert_with(|| reply("update", *request_id, 200, thing).into());
        sender.send(text.clone()).is_ok()
    });
}

fn reply<T: Serialize>(action: &str, request_id: i64, response_status: u16, data: T) -> String {
    let reply = Reply { action, errors: &[], response_status, request_id, data };
    serde_json::to_string(&reply).expect("a reply is plain JSON")
}
