//! The configuration of an application.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use axum::Router;

#[cfg(feature = "tls")]
use super::encryption::Encryption;
#[cfg(feature = "tls")]
use super::error::ServiceError;
use super::health::Health;
use super::routes::Mount;
use crate::app::dispatch::Dispatch;
use crate::app::identity::{Anonymous, Authenticator};
use crate::app::sessions::Sessions;
use crate::db::{Db, InRust, MigrationTransaction, Migrations};
use crate::files::FileStore;
use crate::ground::future::BoxFuture;
use crate::ground::limits::Limits;
use crate::ground::stats::Stats;
use crate::ground::stop::Stop;
use crate::schema::meta::ModelMeta;
use crate::socket::session::Stream;
use crate::wire::multiplexer;

/// An application: every consumer has its own path, and all of them are streams of one socket at `/ws/`.
///
/// ```no_run
/// use axum::{Router, routing::get};
/// use dcrf_runtime::{Limits, Model};
/// use things::models::{NewThing, Thing};
///
/// #[tokio::main]
/// async fn main() -> std::process::ExitCode {
///     let mut limits = Limits::default();
///     limits.frame = 1024 * 1024;
///     // `service` of a generated crate returns a service with its consumers and migrations.
///     let service = things::service()
///         .limits(limits)
///         .allow_origin("https://example.com")
///         .merge(Router::new().route("/", get(async || "Things are at /ws/things/.")))
///         .prepare(|db| async move {
///             if Thing::objects(&db).list().await?.is_empty() {
///                 let pen = NewThing { name: "pen".to_owned(), counter: None };
///                 Thing::objects(&db).create(pen).await?;
///             }
///             Ok(())
///         });
///     dcrf_runtime::run(service).await
/// }
/// ```
pub struct Service {
    name: &'static str,
    migrations: Migrations,
    in_rust: InRust,
    pub(super) streams: Vec<Stream>,
    pub(super) mounts: Vec<Mount>,
    pub(super) multiplexer: Option<&'static str>,
    pub(super) subprotocols: Vec<String>,
    pub(super) authenticator: Arc<dyn Authenticator>,
    pub(super) limits: Limits,
    pub(super) origins: Vec<String>,
    pub(super) behind_proxy: bool,
    #[cfg(feature = "tls")]
    pub(super) encryption: Option<Encryption>,
    pub(super) pages: Router,
    pub(super) routes: Vec<Routes>,
    pub(super) prepare: Vec<Prepare>,
    pub(super) unmanaged: Vec<&'static ModelMeta>,
    pub(super) expressions: Vec<&'static ModelMeta>,
    pub(super) files: Vec<&'static ModelMeta>,
    pub(super) file_store: Option<FileStore>,
    pub(super) sessions: Sessions,
    pub(super) stats: Arc<Stats>,
    pub(super) stop: Arc<Stop>,
}

/// A function that makes routes that use the database.
pub(super) type Routes = Box<dyn FnOnce(Db) -> Router + Send>;
/// Work that is done before the first request is served.
pub(super) type Prepare = Box<dyn FnOnce(Db) -> BoxFuture<'static, crate::Result<()>> + Send>;

impl Service {
    /// Creates a service without consumers. `name` is the name of the application, which `run` shows and which the
    /// default database has.
    pub fn new(name: &'static str, migrations: Migrations) -> Self {
        Self {
            name,
            migrations,
            in_rust: InRust::default(),
            streams: Vec::new(),
            mounts: Vec::new(),
            multiplexer: Some(multiplexer::PATH),
            subprotocols: Vec::new(),
            authenticator: Arc::new(Anonymous),
            limits: Limits::default(),
            origins: Vec::new(),
            behind_proxy: false,
            #[cfg(feature = "tls")]
            encryption: None,
            pages: Router::new(),
            routes: Vec::new(),
            prepare: Vec::new(),
            unmanaged: Vec::new(),
            expressions: Vec::new(),
            files: Vec::new(),
            file_store: None,
            sessions: Sessions::new(),
            stats: Arc::default(),
            stop: Arc::default(),
        }
    }

    /// Encrypts connections with TLS (feature `tls`). The arguments are PEM files: a chain of certificates, with the
    /// server's own first, and its key. They are read once, so that a new certificate needs a restart of the process.
    /// Only [`serve`](Self::serve) encrypts.
    ///
    /// # Errors
    /// [`ServiceError::Certificate`] if a file cannot be used.
    #[cfg(feature = "tls")]
    pub fn tls(
        mut self,
        certificates: impl AsRef<std::path::Path>,
        key: impl AsRef<std::path::Path>,
    ) -> Result<Self, ServiceError> {
        self.encryption = Some(Encryption::read(certificates.as_ref(), key.as_ref())?);
        Ok(self)
    }

    /// Adds a consumer.
    pub fn consumer(mut self, consumer: impl Dispatch) -> Self {
        self.streams.push(Stream::new(Arc::new(consumer)));
        self
    }

    /// Serves all consumers over one socket at this path, in the place of `/ws/`. The path may have parameters
    /// (`/ws/{tenant}/`): consumers whose own path has other parameters are not served there. With `None` there is no
    /// such socket.
    pub fn multiplexed_at(mut self, path: impl Into<Option<&'static str>>) -> Self {
        self.multiplexer = path.into();
        self
    }

    /// Adds subprotocols, of which the server selects the first one that a client offers. A client that offers only
    /// others is connected without a subprotocol, which browsers refuse (RFC 6455, 4.1).
    ///
    /// An authenticator may read a token from the offered subprotocols: see
    /// [`Places::subprotocol`](crate::auth::Places::subprotocol).
    pub fn subprotocols(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.subprotocols.extend(names.into_iter().map(Into::into));
        self
    }

    /// Adds a socket with several streams, beside the one with all streams. `streams` has their names.
    pub fn multiplexer(mut self, path: &'static str, streams: &[&'static str]) -> Self {
        self.mounts.push(Mount { path, streams: streams.to_vec(), multiplexed: true });
        self
    }

    /// Adds another path of a stream, beside its own.
    pub fn also_at(mut self, path: &'static str, stream: &'static str) -> Self {
        self.mounts.push(Mount { path, streams: vec![stream], multiplexed: false });
        self
    }

    /// Sets the authenticator. By default every client is anonymous.
    pub fn authenticator(mut self, authenticator: impl Authenticator) -> Self {
        self.authenticator = Arc::new(authenticator);
        self
    }

    /// Sets the registry of connections. The application keeps a clone of it, with which its routes end sessions.
    pub fn with_sessions(mut self, sessions: Sessions) -> Self {
        self.sessions = sessions;
        self
    }

    /// Sets the limits.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Changes some limits.
    pub(crate) fn configure_limits(&mut self, change: impl FnOnce(&mut Limits)) {
        change(&mut self.limits);
    }

    /// Declares that every request comes through a proxy of the application, which appends the address of the client to
    /// `X-Forwarded-For`: the last address there counts as the client's. Without a proxy this must not be called,
    /// because clients could then choose their address.
    pub fn behind_proxy(mut self) -> Self {
        self.behind_proxy = true;
        self
    }

    /// Allows pages of this origin (`https://example.com`) to connect, too; `*` stands for all origins. By default only
    /// pages of the host itself may connect, and clients that do not send `Origin`, which browsers always send.
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into().trim_end_matches('/').to_owned());
        self
    }

    /// Adds HTTP routes of the application. If a route has the same path as a consumer, the consumer is served.
    pub fn merge(mut self, pages: Router) -> Self {
        self.pages = self.pages.merge(pages);
        self
    }

    /// Adds HTTP routes that use the database, for example a login.
    pub fn routes(mut self, routes: impl FnOnce(Db) -> Router + Send + 'static) -> Self {
        self.routes.push(Box::new(routes));
        self
    }

    /// Adds models whose tables other programs have created. [`serve`](Self::serve) checks that these tables exist and
    /// fit the models, after the work of [`prepare`](Self::prepare).
    pub fn unmanaged(mut self, models: &[&'static ModelMeta]) -> Self {
        self.unmanaged.extend(models);
        self
    }

    /// Adds models whose tables are created by migrations, with columns that are read and written by expressions.
    /// [`serve`](Self::serve) checks that these columns have the types of the models, and has the database check the
    /// expressions.
    pub fn expressions(mut self, models: &[&'static ModelMeta]) -> Self {
        self.expressions.extend(models);
        self
    }

    /// Adds models whose rows have files. The service serves their files below `/media/` (or the `url` of a column), takes uploads below
    /// `/upload/`, and deletes the files of rows that are deleted or that get other files.
    pub fn files(mut self, models: &[&'static ModelMeta]) -> Self {
        self.files.extend(models);
        self
    }

    /// Sets the place of the files. Without this, and without `DCRF_FILES`, it is the directory `media`.
    pub fn files_in(mut self, store: FileStore) -> Self {
        self.file_store = Some(store);
        self
    }

    /// Adds work with the database that [`serve`](Self::serve) does first: after the migrations, and before it serves
    /// requests. If the work fails, no requests are served.
    pub fn prepare<F>(mut self, prepare: impl FnOnce(Db) -> F + Send + 'static) -> Self
    where
        F: Future<Output = crate::Result<()>> + Send + 'static,
    {
        self.prepare.push(Box::new(move |db| Box::pin(prepare(db))));
        self
    }

    /// Adds a migration that the application runs itself, which `dcrf migrate new NAME … --rust` has listed under this
    /// name. It runs once, at its place among the other migrations, in their transaction.
    ///
    /// ```no_run
    /// # use dcrf_runtime::{Service, db::{Migration, Migrations}};
    /// # const LIST: &[Migration] = &[Migration::in_rust(1, "0001_shout")];
    /// # const MIGRATIONS: Migrations = Migrations { sqlite: LIST, postgres: LIST };
    /// # let service = Service::new("blog", MIGRATIONS);
    /// service.migration("0001_shout", |tables| {
    ///     Box::pin(async move {
    ///         for mut row in tables.query("SELECT id, title FROM post", vec![]).await? {
    ///             let (id, title): (i64, String) = (row.take(0)?, row.take(1)?);
    ///             let sql = "UPDATE post SET title = $1 WHERE id = $2";
    ///             tables.execute(sql, vec![title.to_uppercase().into(), id.into()]).await?;
    ///         }
    ///         Ok(())
    ///     })
    /// });
    /// ```
    ///
    /// [`run`](fn@crate::run) and [`connect`](Self::connect) refuse a database while a listed migration is not
    /// registered, or a registered one is not listed.
    pub fn migration<F>(mut self, name: &'static str, run: F) -> Self
    where
        F: for<'a, 'c> Fn(&'a mut MigrationTransaction<'c>) -> BoxFuture<'a, crate::Result<()>>
            + Send
            + Sync
            + 'static,
    {
        self.in_rust.register(name, Box::new(run));
        self
    }

    /// Connects to a database and migrates it, as [`Db::connect`] does, including the migrations that the application
    /// runs itself. Applications that serve without [`run`](fn@crate::run) call this.
    ///
    /// # Errors
    /// The errors of [`Db::connect`]; [`Error::Internal`](crate::Error::Internal) if a migration is not registered.
    pub fn connect<'a>(&'a self, url: &'a str) -> BoxFuture<'a, crate::Result<Db>> {
        let (migrations, in_rust) = (self.migrations, &self.in_rust);
        Box::pin(Db::connect_with(url, migrations, in_rust))
    }

    /// Returns the migrations that the application runs itself.
    pub(crate) fn in_rust(&self) -> &InRust {
        &self.in_rust
    }

    /// Returns the name of the application.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the migrations of the service.
    pub fn migrations(&self) -> &Migrations {
        &self.migrations
    }

    /// Returns the health of the service, for probes at other addresses or paths than its own `/healthz` and `/readyz`.
    pub fn health(&self, db: Db) -> Health {
        Health::new(db, Arc::clone(&self.stop))
    }

    /// Returns the registry of the connections of authenticated users, with which they can be ended.
    pub fn sessions(&self) -> Sessions {
        self.sessions.clone()
    }

    /// Returns the counters of the service.
    pub fn stats(&self) -> Arc<Stats> {
        Arc::clone(&self.stats)
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("name", &self.name)
            .field("streams", &self.streams)
            .field("limits", &self.limits)
            .field("origins", &self.origins)
            .finish_non_exhaustive()
    }
}
