//! The generated service: what the definition leaves to the application, and a connection to a server of it.

use axum::http::request::Parts;
use dcrf_runtime::dispatch::BoxFuture;
use dcrf_runtime::test::{PATIENCE, TestClient};
use dcrf_runtime::{
    Authenticator, Context, Db, Detail, Error, Identity, Limits, Result, Service, ServiceError,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tungstenite::Message;
use twin::models::{Book, Slot};
use twin::serializers::SlotPatch;
use twin::{BookMethodHandler, MIGRATIONS, SlotHandler};

use super::django::read;

struct Application;

/// Everybody is the first user.
struct First;

impl Authenticator for First {
    fn authenticate<'a>(&'a self, _: &'a Parts, _: &'a Db) -> BoxFuture<'a, Result<Identity>> {
        Box::pin(async { Ok(Identity::user("1")) })
    }
}

impl BookMethodHandler for Application {
    async fn length(&self, _: &Context, row: &Book) -> Result<i64> {
        Ok(i64::try_from(row.title.chars().count()).unwrap_or(i64::MAX))
    }

    async fn loud(&self, _: &Context, row: &Book) -> Result<String> {
        Ok(format!("{}!", row.title))
    }
}

impl SlotHandler for Application {
    async fn validate_start(&self, _: &Context, value: i64) -> Result<i64> {
        if value == 13 { Err(Error::invalid("Not 13.")) } else { Ok(value) }
    }

    async fn validate_label(&self, _: &Context, value: String) -> Result<String> {
        if value == "no" {
            let lines = vec![Detail::text("Not no."), Detail::text("Say yes.")];
            return Err(Error::Validation(Detail::List(lines)));
        }
        Ok(value.to_uppercase())
    }

    async fn validate(&self, _: &Context, _: Option<Slot>, data: SlotPatch) -> Result<SlotPatch> {
        let end = data.end.flatten();
        if let (Some(start), Some(end)) = (data.start, end)
            && start > end
        {
            return Err(Error::invalid("It ends before it starts."));
        }
        if data.label.as_deref() == Some("END") && end.is_none() {
            return Err(Error::field("end", "An end, please."));
        }
        Ok(data)
    }
}

/// A server, and a connection to all of its streams: one that is read all the time, so that it is kept.
pub struct Server {
    address: String,
    client: Option<TestClient>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::result::Result<(), ServiceError>>,
}

impl Server {
    /// Serves a database in which Django has made its tables.
    pub async fn start(url: &str) -> Self {
        let db = Db::connect(url, &MIGRATIONS).await.unwrap_or_else(|error| panic!("{url}: {error}"));
        let mut limits = Limits::default();
        limits.requests_per_second = u32::MAX / 2;
        let service: Service = twin::service(Application).authenticator(First).limits(limits);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("ws://{}/ws/", listener.local_addr().expect("an address"));
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(service.serve(listener, db, async {
            let _ = stopped.await;
        }));
        Self { address, client: None, stop, task }
    }

    /// Forgets the connection, which is not kept where nobody reads it for long.
    pub fn disconnect(&mut self) {
        self.client = None;
    }

    /// Sends a request; `arguments` are the other entries of the frame, as text. Returns the status, the errors and the
    /// data.
    pub async fn ask(&mut self, stream: &str, action: &str, arguments: &str) -> Value {
        if self.client.is_none() {
            self.client = Some(TestClient::connect(&self.address).await);
        }
        let client = self.client.as_mut().expect("it was just put there");
        let payload = format!(r#"{{"action": "{action}", "request_id": 1{arguments}}}"#);
        client.send_text(format!(r#"{{"stream": "{stream}", "payload": {payload}}}"#)).await;
        let message = tokio::time::timeout(PATIENCE, client.next_message()).await.expect("an answer in time");
        let Some(Message::Text(text)) = message else { panic!("{action} of {stream}: {message:?}") };
        let mut frame = read(&text)["payload"].take();
        json!({"status": frame["response_status"].take(), "errors": frame["errors"].take(), "data": frame["data"].take()})
    }

    /// Ends the server, and with it the connections to the database.
    pub async fn end(self) {
        if let Some(client) = self.client {
            client.close().await;
        }
        let _ = self.stop.send(());
        self.task.await.expect("no panic").expect("an orderly end");
    }
}
