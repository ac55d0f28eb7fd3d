//! Who sends a request over HTTP, and what the permissions of a consumer say about it.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::request::Parts;

use crate::app::context::{ConnectionInfo, Context, Handshake};
use crate::app::permission;
use crate::app::sessions::Rights;
use crate::db::Db;
use crate::ground::error::Result;
use crate::schema::meta::{ActionKind, ActionMeta};
use crate::server::handshake::{authenticate, client_of, next_connection};
use crate::server::shared::Shared;
use crate::socket::session::Stream;
use crate::wire::frame::Request;

/// Who sends a request, authenticated as the handshake of a socket is. The rights end with the request.
pub(super) struct Caller {
    connection: Arc<ConnectionInfo>,
    db: Db,
    _rights: Rights,
}

impl Caller {
    /// Authenticates a request.
    ///
    /// # Errors
    /// The errors of the authenticator.
    pub(super) async fn of(shared: &Shared, parts: &Parts) -> Result<Self> {
        let (user, rights) = authenticate(shared, parts).await?;
        let client: Option<IpAddr> = client_of(shared, parts);
        let handshake = Arc::new(Handshake::of(parts, client, None, Vec::new()));
        let connection = shared.connection(next_connection(), user, &handshake);
        Ok(Self { connection, db: shared.db.clone(), _rights: rights })
    }

    /// Returns the key of the user, if there is one.
    pub(super) fn user(&self) -> Option<String> {
        self.connection.user.id().map(str::to_owned)
    }

    /// Returns the context of an action, which a frame could have called on a socket.
    pub(super) fn context(&self, stream: &Stream, action: &'static ActionMeta, frame: &str) -> Context {
        let connection = Arc::clone(&self.connection);
        Context::new(self.db.clone(), connection, stream.meta.stream, action.name, "null")
            .of_consumer(&stream.dispatch)
            .described(Some(action))
            .with_frame(frame)
    }

    /// Checks the permissions of a socket of the consumer, and those of an action.
    ///
    /// # Errors
    /// [`Error::PermissionDenied`](crate::Error::PermissionDenied) if they do not grant it; the errors of permissions of
    /// the application.
    pub(super) async fn check(
        &self,
        stream: &Stream,
        action: &'static ActionMeta,
        ctx: &Context,
        request: &Request<'_>,
    ) -> Result<()> {
        let connecting = ctx.asking("connect");
        permission::check_connect(&*stream.dispatch, &connecting).await?;
        permission::check_action(&*stream.dispatch, ctx, request, action).await
    }
}

/// Returns the built-in action of a consumer, if it has it. A consumer whose path has parameters has no context without
/// them.
pub(super) fn action(stream: &Stream, kind: ActionKind) -> Option<&'static ActionMeta> {
    let has = |action: &&ActionMeta| action.kind == kind;
    stream.meta.actions.iter().find(has).filter(|_| stream.meta.access.path.is_none())
}

/// Returns the frame of an action, with the look-up argument, whose value is JSON.
pub(super) fn frame(action: &ActionMeta, lookup: Option<(&str, &str)>) -> String {
    let mut frame = br#"{"action":"#.to_vec();
    crate::wire::encode::text(&mut frame, action.name);
    if let Some((argument, json)) = lookup {
        frame.push(b',');
        crate::wire::encode::text(&mut frame, argument);
        frame.push(b':');
        frame.extend_from_slice(json.as_bytes());
    }
    frame.push(b'}');
    String::from_utf8_lossy(&frame).into_owned()
}
