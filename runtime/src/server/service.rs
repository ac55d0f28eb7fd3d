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
use crate::ground::future::BoxFuture;
use crate::ground::limits::Limits;
use crate::ground::stats::Stats;
use crate::ground::stop::Stop;
use crate::schema::meta::ModelMeta;
use crate::socket::session::Stream;

/// An application: every consumer on its own path, and all of them as streams of one socket at `/ws/`.
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
///     // `service` of a generated crate gives it, with its consumers and migrations.
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
    pub(super) sessions: Sessions,
    pub(super) stats: Arc<Stats>,
    pub(super) stop: Arc<Stop>,
}

/// A function that makes routes that use the database.
pub(super) type Routes = Box<dyn FnOnce(Db) -> Router + Send>;
/// Work that is done before the first request is served.
pub(super) type Prepare = Box<dyn FnOnce(Db) -> BoxFuture<'static, crate::Result<()>> + Send>;

impl Service {
    /// A service without consumers. `name` is that of the application: `run` shows it and calls the default
    /// database by it.
    pub fn new(name: &'static str, migrations: Migrations) -> Self {
        Self {
            name,
            migrations,
            in_rust: InRust::default(),
            streams: Vec::new(),
            mounts: Vec::new(),
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
            sessions: Sessions::new(),
            stats: Arc::default(),
            stop: Arc::default(),
        }
    }

    /// With TLS of the server's own (feature `tls`): a chain of certificates, the server's first, and its key, in PEM
    /// files. They are read once: a new certificate takes a new process. Only [`serve`](Self::serve) encrypts.
    ///
    /// # Errors
    /// [`ServiceError::Certificate`].
    #[cfg(feature = "tls")]
    pub fn tls(
        mut self,
        certificates: impl AsRef<std::path::Path>,
        key: impl AsRef<std::path::Path>,
    ) -> Result<Self, ServiceError> {
        self.encryption = Some(Encryption::read(certificates.as_ref(), key.as_ref())?);
        Ok(self)
    }

    /// With another consumer.
    pub fn consumer(mut self, consumer: impl Dispatch) -> Self {
        self.streams.push(Stream::new(Arc::new(consumer)));
        self
    }

    /// With another socket of several streams, beside the one of all of them: `streams` names which.
    pub fn multiplexer(mut self, path: &'static str, streams: &[&'static str]) -> Self {
        self.mounts.push(Mount { path, streams: streams.to_vec(), multiplexed: true });
        self
    }

    /// With another path of a stream, beside its own.
    pub fn also_at(mut self, path: &'static str, stream: &'static str) -> Self {
        self.mounts.push(Mount { path, streams: vec![stream], multiplexed: false });
        self
    }

    /// With something that knows who is asking; by default everybody is anonymous.
    pub fn authenticator(mut self, authenticator: impl Authenticator) -> Self {
        self.authenticator = Arc::new(authenticator);
        self
    }

    /// With this registry of connections, which the application holds, too: its routes end sessions by it.
    pub fn with_sessions(mut self, sessions: Sessions) -> Self {
        self.sessions = sessions;
        self
    }

    /// With other limits.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Changes some limits.
    pub(crate) fn configure_limits(&mut self, change: impl FnOnce(&mut Limits)) {
        change(&mut self.limits);
    }

    /// Says that every request comes through a proxy of the application's own, which appends the address of the
    /// client to `X-Forwarded-For`: the last one there counts as the client's. Without a proxy, clients could call
    /// themselves what they like.
    pub fn behind_proxy(mut self) -> Self {
        self.behind_proxy = true;
        self
    }

    /// Pages of this origin (`https://example.com`) may connect, too; `*` stands for all. By default only those of
    /// the host itself may, and whoever sends no `Origin`, which no browser does.
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into().trim_end_matches('/').to_owned());
        self
    }

    /// With HTTP routes of the application's own. Where both have a path, the consumer is served.
    pub fn merge(mut self, pages: Router) -> Self {
        self.pages = self.pages.merge(pages);
        self
    }

    /// The same, of routes that use the database: a login, say.
    pub fn routes(mut self, routes: impl FnOnce(Db) -> Router + Send + 'static) -> Self {
        self.routes.push(Box::new(routes));
        self
    }

    /// Has models whose tables somebody else made. [`serve`](Self::serve) looks whether these are there and hold what the
    /// models say, when all is [prepared](Self::prepare).
    pub fn unmanaged(mut self, models: &[&'static ModelMeta]) -> Self {
        self.unmanaged.extend(models);
        self
    }

    /// Has models whose tables migrations make, with columns that are read and written by expressions. [`serve`](Self::serve)
    /// looks whether these columns are of the types that the models say, and asks the database what it makes of the
    /// expressions.
    pub fn expressions(mut self, models: &[&'static ModelMeta]) -> Self {
        self.expressions.extend(models);
        self
    }

    /// Has something done with the database when [`serve`](Self::serve) begins: after the migrations, and before
    /// anybody is served. If it fails, nobody is.
    pub fn prepare<F>(mut self, prepare: impl FnOnce(Db) -> F + Send + 'static) -> Self
    where
        F: Future<Output = crate::Result<()>> + Send + 'static,
    {
        self.prepare.push(Box::new(move |db| Box::pin(prepare(db))));
        self
    }

    /// With a migration that the application does itself, which `dcrf migrate new NAME … --rust` has listed under this
    /// name. It runs once, in its place among the others, in their transaction.
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
    /// [`run`](fn@crate::run) and [`connect`](Self::connect) refuse a database for as long as a listed one is not
    /// registered, or a registered one not listed.
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

    /// Connects to a database and migrates it, for whoever serves without [`run`](fn@crate::run): as
    /// [`Db::connect`], with what the application does itself.
    ///
    /// # Errors
    /// As [`Db::connect`]; [`Error::Internal`](crate::Error::Internal) if a migration is not registered.
    pub fn connect<'a>(&'a self, url: &'a str) -> BoxFuture<'a, crate::Result<Db>> {
        let (migrations, in_rust) = (self.migrations, &self.in_rust);
        Box::pin(Db::connect_with(url, migrations, in_rust))
    }

    /// Returns the migrations that the application runs itself.
    pub(crate) fn in_rust(&self) -> &InRust {
        &self.in_rust
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its migrations.
    pub fn migrations(&self) -> &Migrations {
        &self.migrations
    }

    /// Whether it is well, for whoever asks elsewhere than at `/healthz` and `/readyz`.
    pub fn health(&self, db: Db) -> Health {
        Health::new(db, Arc::clone(&self.stop))
    }

    /// Its connections whose users are known, to end them.
    pub fn sessions(&self) -> Sessions {
        self.sessions.clone()
    }

    /// Its counters.
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
