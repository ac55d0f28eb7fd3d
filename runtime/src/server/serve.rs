//! A running service: from its routes to the end of its last socket.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::routing::any;
use tokio::net::TcpListener;

use super::accept::{self, AcceptContext};
use super::error::ServiceError;
use super::routes::routes;
use super::service::Service;
use super::shared::Shared;
use super::{files, handshake, unmanaged};
use crate::db::{Db, Requester};
use crate::feed::tail::Tail;
use crate::feed::watch::Watcher;
use crate::files::FileStore;
use crate::ground::bounds::Bounds;
use crate::ground::stats::{LimitKind, StreamMeter};
use crate::ground::stop::{Phase, Stop};
use crate::socket::connection_counter::ConnectionCounter;

/// The directory of files, if no other place is set.
const FILES: &str = "media";

impl Service {
    /// Returns the routes, which an application can mount in a router of its own. The sockets then end with the
    /// process, without a graceful shutdown, for which [`serve`](Self::serve) exists.
    ///
    /// # Errors
    /// [`ServiceError`] if two consumers have the same stream or path, if a path is not valid, or if a further path
    /// names an unknown stream.
    pub fn router(self, db: Db) -> Result<Router, ServiceError> {
        let counter = Arc::new(ConnectionCounter::new(&self.limits, self.stats()));
        self.watched_router(db, counter).map(|mounted| mounted.router)
    }

    fn watched_router(mut self, db: Db, counter: Arc<ConnectionCounter>) -> Result<Mounted, ServiceError> {
        for stream in &mut self.streams {
            stream.meter = StreamMeter::of(stream.meta.stream);
        }
        let (health, stats) = (self.health(db.clone()), self.stats());
        let routes = routes(&self.streams, self.multiplexer, &self.mounts)?;
        let own = self.routes.into_iter().map(|routes| routes(db.clone()));
        let pages = own.fold(self.pages, Router::merge);
        if !self.files.is_empty() {
            let store = self.file_store.take().map_or_else(|| FileStore::at(FILES), Ok)?;
            db.files().store_in(store);
        }
        db.hub().serve(|served| {
            self.streams.iter().for_each(|stream| served.add(&stream.dispatch));
            served.add_files(&self.files);
        });
        let limits = Arc::new(self.limits.workable());
        let watcher = Watcher::start(&db, limits.database_poll);
        let tail = Tail::start(&db);
        let bounds = Arc::new(Bounds::new(limits, stats));
        let consumers = self.streams.iter().map(|stream| (stream.meta.stream, Arc::clone(&stream.dispatch)));
        let shared = Arc::new(Shared {
            db: db.requested_by(Requester::Handshake),
            bounds: Arc::clone(&bounds),
            authenticator: self.authenticator,
            origins: self.origins,
            subprotocols: self.subprotocols,
            behind_proxy: self.behind_proxy,
            counter,
            consumers: Arc::new(consumers.collect()),
            throttles: Arc::default(),
            sessions: self.sessions,
            stop: self.stop,
            _watcher: watcher.clone(),
            _tail: tail,
        });
        // A consumer may have a path below those of files, and is served there.
        let pages = match self.files.is_empty() {
            true => pages,
            false => files::routes(&shared, &self.streams, self.files).fallback_service(pages),
        };
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

    /// Serves until `shutdown` resolves. Then nothing more is accepted, received requests are answered, and every
    /// socket is closed with 1012, within [`Limits::shutdown`](crate::Limits::shutdown). Finally the database is
    /// closed. If the future is dropped instead, everything ends at once.
    ///
    /// # Errors
    /// The errors of [`router`](Self::router); [`ServiceError`] if the work of [`prepare`](Self::prepare) fails, or if
    /// a table does not fit its model ([`unmanaged`](Self::unmanaged), [`expressions`](Self::expressions)). A
    /// connection that cannot be accepted is logged.
    pub async fn serve(
        mut self,
        listener: TcpListener,
        db: Db,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), ServiceError> {
        let (stop, stats, limits) = (Arc::clone(&self.stop), self.stats(), self.limits.clone());
        let (counter, behind_proxy) =
            (Arc::new(ConnectionCounter::new(&limits, self.stats())), self.behind_proxy);
        #[cfg(feature = "tls")]
        let encryption = self.encryption.take();
        for prepare in std::mem::take(&mut self.prepare) {
            prepare(db.clone()).await.map_err(ServiceError::Prepare)?;
        }
        let consumers = self.streams.iter().map(|stream| stream.meta).collect();
        let (unmanaged, expressions) =
            (std::mem::take(&mut self.unmanaged), std::mem::take(&mut self.expressions));
        let observers = self.streams.iter().flat_map(|stream| stream.dispatch.observers());
        let recorded = observers.clone().filter(|observer| observer.database || observer.latest.is_some());
        let mut observed: Vec<_> =
            recorded.map(|observer| (observer.model, observer.latest.is_some())).collect();
        let dependencies = observers.filter_map(|observer| observer.depends_on).flatten();
        observed.extend(dependencies.map(|dependency| (dependency.model, true)));
        observed.sort_by_key(|(model, logged)| (model.table, *logged));
        observed.dedup_by_key(|(model, logged)| (model.table, *logged));
        unmanaged::check(&db, consumers, unmanaged, expressions, observed).await?;
        let Mounted { router, watcher, bounds } = self.watched_router(db.clone(), Arc::clone(&counter))?;
        let _abort = AbortOnDrop(Arc::clone(&stop));
        let (told, stopping) = tokio::sync::oneshot::channel::<()>();
        let signal = async {
            shutdown.await;
            tracing::info!("shutting down");
            stop.enter(Phase::Draining);
            let _ = told.send(());
        };
        let everything = async {
            let door = AcceptContext {
                router,
                bounds,
                counter,
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
                stats.cross(LimitKind::Shutdown);
                tracing::warn!(connections = stats.connections(), "requests in flight took too long");
            }
        }
        stop.enter(Phase::Aborting);
        // An aborted connection ends at its next wake-up; one whose action blocks its thread never does.
        let _ = tokio::time::timeout(Duration::from_secs(1), stats.none_open()).await;
        if let Some(watcher) = watcher {
            watcher.stop().await;
        }
        db.close().await;
        Ok(())
    }
}

/// The routes, and the objects that belong to them.
struct Mounted {
    router: Router,
    /// The task that publishes changes by other programs, if a model requires it.
    watcher: Option<Arc<Watcher>>,
    bounds: Arc<Bounds>,
}

/// A guard that ends every socket when the server is dropped for any reason.
struct AbortOnDrop(Arc<Stop>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.enter(Phase::Aborting);
    }
}
