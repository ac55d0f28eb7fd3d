//! The objects that all sockets of a service share.

use std::sync::Arc;

use crate::app::context::{ConnectionInfo, Handshake};
use crate::app::dispatch::Consumers;
use crate::app::identity::{Authenticator, Identity};
use crate::app::sessions::Sessions;
use crate::app::throttles::Throttles;
use crate::db::Db;
use crate::feed::tail::Tail;
use crate::feed::watch::Watcher;
use crate::ground::bounds::Bounds;
use crate::ground::stop::Stop;
use crate::socket::connection_counter::{ConnectionCounter, network};

/// The objects that every handshake needs.
pub(super) struct Shared {
    /// The handle for authentication and permissions.
    pub(super) db: Db,
    pub(super) bounds: Arc<Bounds>,
    pub(super) authenticator: Arc<dyn Authenticator>,
    pub(super) origins: Vec<String>,
    pub(super) subprotocols: Vec<String>,
    pub(super) behind_proxy: bool,
    pub(super) counter: Arc<ConnectionCounter>,
    pub(super) consumers: Arc<Consumers>,
    pub(super) throttles: Arc<Throttles>,
    pub(super) sessions: Sessions,
    pub(super) stop: Arc<Stop>,
    /// The task that publishes changes by other programs while the service runs.
    pub(super) _watcher: Option<Arc<Watcher>>,
    /// The task that tells the log of changes, which ends with the service.
    pub(super) _tail: Option<Arc<Tail>>,
}

impl Shared {
    /// Returns the information about a connection.
    pub(super) fn connection(
        &self,
        id: u64,
        user: Identity,
        handshake: &Arc<Handshake>,
    ) -> Arc<ConnectionInfo> {
        Arc::new(
            ConnectionInfo::among(id, user, self.sessions.clone())
                .within(&self.bounds, handshake.client().map(network))
                .by(Arc::clone(handshake))
                .throttled(&self.throttles)
                .to(&self.consumers),
        )
    }
}
