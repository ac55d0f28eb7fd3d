//! One database with a server in front of it, and a client.

use dcrf_runtime::{Db, Limits, Migrations, Service, ServiceError};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::compiled::Compiled;
use crate::consumer::{Querysets, consumers};
use crate::databases::{Database, Place};
use crate::descriptors::Descriptors;
use crate::wire::{Framing, Sockets};

/// A database, the server of a definition in front of it, and connections to that.
#[derive(Debug)]
pub struct Side {
    /// Which database.
    pub place: Place,
    /// The database itself.
    pub db: Db,
    /// What requests may see.
    pub querysets: Querysets,
    /// The connections.
    pub sockets: Sockets,
    base: String,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), ServiceError>>,
}

impl Side {
    /// Migrates an empty database and serves it.
    ///
    /// # Panics
    /// If that does not succeed.
    pub async fn start(
        database: &mut Database,
        compiled: &Compiled,
        migrations: &'static Migrations,
        descriptors: &Descriptors,
        framing: Framing,
    ) -> Self {
        let url = database.emptied().await;
        let db = Db::connect(&url, migrations)
            .await
            .unwrap_or_else(|error| panic!("{}: {error}", database.place()));
        let querysets = Querysets::default();
        let mut limits = Limits::default();
        (limits.requests_per_second, limits.subscriptions, limits.events) = (u32::MAX / 2, 100_000, 100_000);
        let service = Service::new("oracle", *migrations).limits(limits);
        let service =
            consumers(compiled, descriptors, &querysets).into_iter().fold(service, Service::consumer);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("ws://{}", listener.local_addr().expect("an address"));
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(service.serve(listener, db.clone(), async {
            let _ = stopped.await;
        }));
        Self {
            place: database.place(),
            db,
            querysets,
            sockets: Sockets::new(base.clone(), framing),
            base,
            stop,
            task,
        }
    }

    /// Further connections to the server.
    pub fn more_sockets(&self) -> Sockets {
        Sockets::new(self.base.clone(), self.sockets.framing())
    }

    /// Ends the server, and with it the connections to the database.
    ///
    /// # Panics
    /// If it does not end in an orderly way.
    pub async fn end(self) {
        self.sockets.close().await;
        let _ = self.stop.send(());
        self.task.await.expect("no panic").expect("an orderly end");
    }
}
