//! PostgreSQL: LISTEN and NOTIFY, on two connections.
//!
//! A server compares every notification with all names to which a connection listens, and a node may have a hundred
//! thousand channels. So they are spread over a few names; the hub drops messages for channels without a subscriber.
//!
//! A notification has less than 8000 bytes. A longer message is stored in a table for some minutes, and its number is
//! sent.

use sha2::{Digest as _, Sha256};
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, Row as _};
use tokio::sync::{mpsc, oneshot};

use super::options::BrokerError;
use super::remote::{CLOSED, Failure, IncomingQueue, Link, OutgoingMessage};
use crate::db::PostgresUrl;
use crate::db::reach;

/// The number of names over which the channels of an application are spread.
const NAMES: u8 = 64;

/// The greatest length, in bytes, of a message that is sent in a notification. A longer one is stored in the table. The
/// server accepts 7999 bytes.
const LONGEST: usize = 7900;

/// The prefix of the number of a message in the table. Other messages begin with a brace.
const REFERENCE: &str = "#";

/// The key of the lock under which the table is created: `CREATE TABLE IF NOT EXISTS` fails if two nodes do it at once.
const LOCK: i64 = 0x6463_7266_0001;

/// A database of a PostgreSQL server.
pub(super) struct Server {
    options: PgConnectOptions,
    /// The prefix of the application's names.
    prefix: String,
}

impl Server {
    /// Creates the server of a URL.
    pub(super) fn new(url: &str, namespace: &str) -> Result<Self, BrokerError> {
        let options =
            PostgresUrl::parse(url).map_err(|error| BrokerError::Unreachable(error.to_string()))?.options;
        let digest = Sha256::digest(namespace);
        let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { options, prefix: format!("dcrf_{hex}") })
    }

    /// Tests that the server can be reached, before anything waits for it.
    pub(super) async fn is_there(&self) -> Result<(), BrokerError> {
        let there = reach::postgres(&self.options).await;
        there.map_err(|error| BrokerError::Unreachable(error.to_string()))
    }
}

impl super::remote::Server for Server {
    type Link = Connection;

    fn name(&self, channel: &str) -> String {
        let [first, ..]: [u8; 32] = Sha256::digest(channel).into();
        format!("{}_{:02}", self.prefix, first % NAMES)
    }

    async fn open(&self, incoming_queue: IncomingQueue) -> Result<Connection, Failure> {
        let mut sender = self.options.connect().await.map_err(Failure::new)?;
        make_table(&mut sender).await.map_err(Failure::new)?;
        // The connection is given up after the first error: the pool never opens another one.
        let pool = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        let pool = pool.connect_with(self.options.clone()).await.map_err(Failure::new)?;
        let mut listener = PgListener::connect_with(&pool).await.map_err(Failure::new)?;
        listener.ignore_pool_close_event(true);
        listener.eager_reconnect(false);
        let (orders, taken) = mpsc::channel(1);
        tokio::spawn(listen(listener, taken, incoming_queue));
        Ok(Connection { sender, orders })
    }
}

async fn make_table(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let found: bool = sqlx::query_scalar("SELECT to_regclass('dcrf_message') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await?;
    if found {
        return Ok(());
    }
    let mut transaction = connection.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *transaction).await?;
    sqlx::raw_sql(
        "CREATE TABLE IF NOT EXISTS dcrf_message (
             id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
             body TEXT NOT NULL,
             sent_at TIMESTAMPTZ NOT NULL DEFAULT now()
         );
         CREATE INDEX IF NOT EXISTS dcrf_message_sent_at ON dcrf_message (sent_at)",
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// A connection that sends, and one that listens.
pub(super) struct Connection {
    sender: PgConnection,
    orders: mpsc::Sender<Order>,
}

/// A command to the connection that listens, and the sender for its result.
struct Order {
    what: What,
    done: oneshot::Sender<Result<(), Failure>>,
}

enum What {
    Listen(Vec<String>),
    Unlisten(Vec<String>),
    Answer,
}

impl Connection {
    async fn order(&self, what: What) -> Result<(), Failure> {
        let (done, waits) = oneshot::channel();
        let gone = || Failure::new("it was closed");
        self.orders.send(Order { what, done }).await.map_err(|_| gone())?;
        waits.await.map_err(|_| gone())?
    }
}

impl Link for Connection {
    async fn subscribe(&mut self, names: &[String]) -> Result<(), Failure> {
        self.order(What::Listen(names.to_vec())).await
    }

    async fn unsubscribe(&mut self, names: &[String]) -> Result<(), Failure> {
        self.order(What::Unlisten(names.to_vec())).await
    }

    async fn publish(&mut self, parcels: &[OutgoingMessage]) -> Result<(), Failure> {
        notify(&mut self.sender, parcels).await.map_err(Failure::new)
    }

    async fn ping(&mut self) -> Result<(), Failure> {
        // A message that a node has not read by now is not needed: a node that was disconnected for so long sends
        // `resync` to its subscribers.
        sqlx::query("DELETE FROM dcrf_message WHERE sent_at < now() - interval '10 minutes'")
            .execute(&mut self.sender)
            .await
            .map_err(Failure::new)?;
        self.order(What::Answer).await
    }
}

/// Sends all messages or none, in their order.
async fn notify(connection: &mut PgConnection, parcels: &[OutgoingMessage]) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let (mut names, mut bodies) = (Vec::with_capacity(parcels.len()), Vec::with_capacity(parcels.len()));
    for parcel in parcels {
        names.push(parcel.name.as_str());
        bodies.push(if parcel.text.len() <= LONGEST {
            parcel.text.clone()
        } else {
            let id: i64 = sqlx::query_scalar("INSERT INTO dcrf_message (body) VALUES ($1) RETURNING id")
                .bind(&parcel.text)
                .fetch_one(&mut *transaction)
                .await?;
            format!("{REFERENCE}{id}")
        });
    }
    sqlx::query(
        "SELECT count(pg_notify(name, body)) FROM unnest($1::text[], $2::text[]) AS each (name, body)",
    )
    .bind(names)
    .bind(bodies)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// Reads notifications until the connection is lost, or until no more commands can arrive.
async fn listen(mut listener: PgListener, mut orders: mpsc::Receiver<Order>, incoming_queue: IncomingQueue) {
    let why = loop {
        // Reading may be cancelled at any point: a partly read message stays in the connection's buffer.
        let order = tokio::select! {
            order = orders.recv() => order,
            received = listener.try_recv() => {
                let notification = match received {
                    Ok(Some(notification)) => notification,
                    Ok(None) => break CLOSED.to_owned(),
                    Err(error) => break error.to_string(),
                };
                let (name, text) = (notification.channel(), notification.payload());
                if let Err(error) = receive(&mut listener, &incoming_queue, name, text).await {
                    break error.to_string();
                }
                continue;
            }
        };
        let Some(Order { what, done }) = order else { break CLOSED.to_owned() };
        let obeyed = obey(&mut listener, what).await;
        let failed = obeyed.as_ref().err().map(ToString::to_string);
        // The caller may have stopped waiting.
        let _ = done.send(obeyed.map_err(Failure::new));
        if let Some(why) = failed {
            break why;
        }
    };
    incoming_queue.lose(why);
}

async fn obey(listener: &mut PgListener, what: What) -> Result<(), sqlx::Error> {
    match what {
        What::Listen(names) => listener.listen_all(names.iter().map(String::as_str)).await,
        What::Unlisten(names) => {
            for name in names {
                listener.unlisten(&name).await?;
            }
            Ok(())
        }
        What::Answer => sqlx::query("SELECT 1").execute(listener).await.map(|_| ()),
    }
}

async fn receive(
    listener: &mut PgListener,
    incoming_queue: &IncomingQueue,
    name: &str,
    text: &str,
) -> Result<(), sqlx::Error> {
    let Some(id) = text.strip_prefix(REFERENCE) else {
        incoming_queue.put(name, text.as_bytes());
        return Ok(());
    };
    let id: i64 = id.parse().unwrap_or(-1);
    let found =
        sqlx::query("SELECT body FROM dcrf_message WHERE id = $1").bind(id).fetch_optional(listener).await?;
    match found.and_then(|row| row.try_get::<String, _>(0).ok()) {
        Some(body) => incoming_queue.put(name, body.as_bytes()),
        None => incoming_queue.missed(name),
    }
    Ok(())
}
