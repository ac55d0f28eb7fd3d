//! A service: consumers, who may connect, and the routes that lead to them.

mod accept;
mod admission;
pub mod auth;
mod body;
#[cfg(feature = "tls")]
mod encryption;
mod error;
mod gate;
mod handshake;
mod health;
pub(crate) mod run;
mod unmanaged;

use std::collections::HashSet;
use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::routing::any;
use tokio::net::TcpListener;


use crate::app::context::Connection;
use crate::app::dispatch::{Consumers, Dispatch};
use crate::app::identity::{Anonymous, Authenticator, Identity};
use crate::app::sessions::Sessions;
use crate::db::{Asker, Db, InRust, MigrationTransaction, Migrations};
use crate::feed::watch::Watcher;
use crate::ground::bounds::Bounds;
use crate::ground::future::BoxFuture;
use crate::ground::limits::Limits;
use crate::ground::stats::{Limit, Stats, StreamMeter};
use crate::ground::stop::{Phase, Stop};
use crate::schema::meta::ModelMeta;
use crate::socket::session::{Endpoint, Stream};
use crate::wire::multiplexer;

use crate::socket::crowd::Crowd;
use accept::Door;
#[cfg(feature = "tls")]
use encryption::Encryption;
pub use error::ServiceError;
pub use health::Health;

/// An application: every consumer on its own path, and all of them as streams of one socket at `/ws/`.
///
/// ```no_run
/// # use dcrf_runtime::{Service, db::Migrations};
/// # const MIGRATIONS: Migrations = Migrations { sqlite: &[], postgres: &[] };
/// # #[tokio::main]
/// # async fn main() -> std::process::ExitCode {
/// dcrf_runtime::run(Service::new("blog", MIGRATIONS)).await
/// # }
/// ```
pub struct Service {
    name: &'static str,
    migrations: Migrations,
    in_rust: InRust,
    streams: Vec<Stream>,
    mounts: Vec<Mount>,
    authenticator: Arc<dyn Authenticator>,
    limits: Limits,
    origins: Vec<String>,
    behind_proxy: bool,
    #[cfg(feature = "tls")]
    encryption: Option<Encryption>,
    pages: Router,
    routes: Vec<Routes>,
    prepare: Vec<Prepare>,
    unmanaged: Vec<&'static ModelMeta>,
    expressions: Vec<&'static ModelMeta>,
    sessions: Sessions,
    stats: Arc<Stats>,
    stop: Arc<Stop>,
}

/// Makes routes that use the database.
type Routes = Box<dyn FnOnce(Db) -> Router + Send>;
/// What is done before anybody is served.
type Prepare = Box<dyn FnOnce(Db) -> BoxFuture<'static, crate::Result<()>> + Send>;

/// A further path, and the streams that it serves.
struct Mount {
    path: &'static str,
    streams: Vec<&'static str>,
    multiplexed: bool,
}

/// What every handshake needs.
pub(crate) struct Shared {
    /// As those use it who find out who may be served.
    db: Db,
    bounds: Arc<Bounds>,
    authenticator: Arc<dyn Authenticator>,
    origins: Vec<String>,
    behind_proxy: bool,
    crowd: Arc<Crowd>,
    consumers: Arc<Consumers>,
    sessions: Sessions,
    stop: Arc<Stop>,
    /// Tells of what others write for as long as anything is served.
    _watcher: Option<Arc<Watcher>>,
}

impl Shared {
    /// What is known of a connection.
    fn connection(&self, id: u64, user: Identity, address: Option<IpAddr>) -> Arc<Connection> {
        Arc::new(
            Connection::among(id, user, self.sessions.clone())
                .within(&self.bounds, address)
                .to(&self.consumers),
        )
    }
}

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

    /// What the application does itself of its migrations.
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

    /// The routes, for whoever mounts them in an application of their own. Sockets then end with the process, not
    /// gracefully: use [`serve`](Self::serve) for that.
    ///
    /// # Errors
    /// [`ServiceError`] if two consumers share a stream or path, a path is none, or a further path names no stream.
    pub fn router(self, db: Db) -> Result<Router, ServiceError> {
        let crowd = Arc::new(Crowd::new(&self.limits, self.stats()));
        self.watched_router(db, crowd).map(|mounted| mounted.router)
    }

    fn watched_router(mut self, db: Db, crowd: Arc<Crowd>) -> Result<Mounted, ServiceError> {
        for stream in &mut self.streams {
            stream.meter = StreamMeter::of(stream.meta.stream);
        }
        let (health, stats) = (self.health(db.clone()), self.stats());
        let routes = routes(&self.streams, &self.mounts)?;
        let own = self.routes.into_iter().map(|routes| routes(db.clone()));
        let pages = own.fold(self.pages, Router::merge);
        db.hub().serve(|served| self.streams.iter().for_each(|stream| served.add(&stream.dispatch)));
        let limits = Arc::new(self.limits.workable());
        let watcher = Watcher::start(&db, limits.database_poll);
        let bounds = Arc::new(Bounds::new(limits, stats));
        let shared = Arc::new(Shared {
            db: db.asked_by(Asker::Door),
            bounds: Arc::clone(&bounds),
            authenticator: self.authenticator,
            origins: self.origins,
            behind_proxy: self.behind_proxy,
            crowd,
            consumers: Arc::new(self.streams.iter().map(|stream| (stream.meta.stream, Arc::clone(&stream.dispatch))).collect()),
            sessions: self.sessions,
            stop: self.stop,
            _watcher: watcher.clone(),
        });
        let mut router = health.routes();
        for (path, endpoint) in routes {
            let shared = Arc::clone(&shared);
            let handler = move |request: Request| {
                handshake::accept(Arc::clone(&shared), Arc::clone(&endpoint), request)
            };
            router = router.route(&path, any(handler));
        }
        Ok(Mounted { router: router.fallback_service(pages), watcher, bounds })
    }

    /// Serves until `shutdown` is ready. Then nothing more is accepted; what was received is answered and every
    /// socket closed with 1012, within [`Limits::shutdown`]; at last the database is closed. If the future is
    /// dropped instead, everything ends where it is.
    ///
    /// # Errors
    /// [`ServiceError`] as of [`router`](Self::router), if what was to be [prepared](Self::prepare) failed, and if a table is
    /// otherwise than its model says ([`unmanaged`](Self::unmanaged), [`expressions`](Self::expressions)). A connection that cannot be accepted is logged.
    pub async fn serve(
        mut self,
        listener: TcpListener,
        db: Db,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), ServiceError> {
        let (stop, stats, limits) = (Arc::clone(&self.stop), self.stats(), self.limits.clone());
        let (crowd, behind_proxy) = (Arc::new(Crowd::new(&limits, self.stats())), self.behind_proxy);
        #[cfg(feature = "tls")]
        let encryption = self.encryption.take();
        for prepare in std::mem::take(&mut self.prepare) {
            prepare(db.clone()).await.map_err(ServiceError::Prepare)?;
        }
        let consumers = self.streams.iter().map(|stream| stream.meta).collect();
        let (unmanaged, expressions) =
            (std::mem::take(&mut self.unmanaged), std::mem::take(&mut self.expressions));
        unmanaged::check(&db, consumers, unmanaged, expressions).await?;
        let Mounted { router, watcher, bounds } = self.watched_router(db.clone(), Arc::clone(&crowd))?;
        let _abort = AbortOnDrop(Arc::clone(&stop));
        let (told, stopping) = tokio::sync::oneshot::channel::<()>();
        let signal = async {
            shutdown.await;
            tracing::info!("shutting down");
            stop.enter(Phase::Draining);
            let _ = told.send(());
        };
        let everything = async {
            let door = Door {
                router,
                bounds,
                crowd,
                behind_proxy,
                #[cfg(feature = "tls")]
                encryption,
            };
            accept::serve(listener, door, signal).await;
            stats.none_open().await;
        };
        let too_late = async {
            let _ = stopping.await;
            tokio::time::sleep(limits.shutdown).await;
        };
        tokio::select! {
            () = everything => {}
            () = too_late => {
                stats.cross(Limit::Shutdown);
                tracing::warn!(connections = stats.connections(), "what was in flight took too long");
            }
        }
        stop.enter(Phase::Aborting);
        // An aborted connection ends at its next wake-up; one whose action blocks its thread never does.
        let _ = tokio::time::timeout(std::time::Duration::from_secs(1), stats.none_open()).await;
        if let Some(watcher) = watcher {
            watcher.stop().await;
        }
        db.close().await;
        Ok(())
    }
}

/// The routes, and what belongs to them.
struct Mounted {
    router: Router,
    /// Hears what others write, where a model asks for that.
    watcher: Option<Arc<Watcher>>,
    bounds: Arc<Bounds>,
}

/// Ends every socket when the server is no more, however it came to that.
struct AbortOnDrop(Arc<Stop>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.enter(Phase::Aborting);
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

/// Every path, with and without the slash at the end, and what it serves.
fn routes(streams: &[Stream], mounts: &[Mount]) -> Result<Vec<(String, Arc<Endpoint>)>, ServiceError> {
    let mut names = HashSet::new();
    if let Some(twice) = streams.iter().find(|stream| !names.insert(stream.meta.stream)) {
        return Err(ServiceError::DuplicateStream(twice.meta.stream));
    }
    let all = Endpoint { streams: streams.into(), multiplexed: true };
    let mut endpoints = vec![(multiplexer::PATH, all)];
    for stream in streams {
        endpoints
            .push((stream.meta.path, Endpoint { streams: Box::new([stream.clone()]), multiplexed: false }));
    }
    for mount in mounts {
        let named = |name: &&'static str| {
            let found = streams.iter().find(|stream| stream.meta.stream == *name).cloned();
            found.ok_or(ServiceError::UnknownStream(name))
        };
        let streams = mount.streams.iter().map(named).collect::<Result<_, _>>()?;
        endpoints.push((mount.path, Endpoint { streams, multiplexed: mount.multiplexed }));
    }
    let is_none = |path: &str| !path.starts_with('/') || path.contains(['{', '}', ':', '*', '?', '#']);
    if let Some((path, _)) = endpoints.iter().find(|(path, _)| is_none(path)) {
        return Err(ServiceError::Path(path));
    }
    let (mut paths, mut routes) = (HashSet::new(), Vec::new());
    for (path, endpoint) in endpoints {
        let bare = path.trim_end_matches('/');
        if !paths.insert(bare.to_owned()) {
            return Err(ServiceError::DuplicatePath(path.to_owned()));
        }
        let endpoint = Arc::new(endpoint);
        if !bare.is_empty() {
            routes.push((bare.to_owned(), Arc::clone(&endpoint)));
        }
        routes.push((format!("{bare}/"), endpoint));
    }
    Ok(routes)
}
