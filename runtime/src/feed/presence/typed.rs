//! Presence as the application has it: the payload of a signal joins and leaves groups.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::keeper;
use super::members::Joined;
use super::table::Table;
use crate::app::context::Context;
use crate::change::member;
use crate::db::Db;
use crate::feed::groups::{Groups, groups_of_payload};
use crate::feed::signal::Signal;
use crate::ground::error::{Detail, Error, Result};
use crate::ground::outage::{Outage, Reason};
use crate::ground::scalar::Json;
use crate::ground::stats::LimitKind;
use crate::schema::meta::SignalMeta;
use crate::schema::value::{FromObject, Object, Value};
use crate::wire::encode;

/// A member of the groups of a signal with `"presence": true`. The payload is generated: it names the groups, and says
/// what others see of the member.
///
/// A user is in a group once, however many connections of the user have joined it; without a user each connection is a
/// member of its own. A connection that ends leaves all groups, also if its server is killed: other servers notice that
/// after [`Limits::presence`](crate::Limits::presence). The members of all servers are in the tables `dcrf_member` and
/// `dcrf_member_node`, which the first server that needs them creates.
///
/// ```
/// use dcrf_runtime::{Context, Db, Presence, Result};
///
/// /// An action of the application. `Visitor` is the payload of a generated signal, whose groups are its rooms.
/// async fn enter<P: Presence>(ctx: &Context, visitor: P) -> Result<()> {
///     visitor.join(ctx).await
/// }
///
/// /// The number of those who are in the group of a payload.
/// async fn count<P: Presence>(db: &Db, visitor: P) -> Result<usize> {
///     Ok(visitor.members(db).await?.len())
/// }
/// ```
pub trait Presence: Signal + FromObject {
    /// Adds the connection of `ctx` to the groups to which the payload belongs, in the place of an earlier payload there.
    /// Subscribers of the groups receive the payload with `"present": true`, unless they know it. In an `atomic` action
    /// this happens when the transaction is committed.
    ///
    /// # Errors
    /// The errors of the database, after which the connection is not in the groups; 429 if the connection is in as many
    /// groups as it may have subscriptions; [`Error::Internal`] if the context has no connection.
    fn join(self, ctx: &Context) -> impl Future<Output = Result<()>> + Send {
        let payload = self.into_object();
        async move { join(ctx, Self::META, &payload).await }
    }

    /// Removes the connection of `ctx` from the groups to which the payload belongs. Subscribers receive the payload with
    /// which it joined and `"present": false`, unless the user is there by another connection. In an `atomic` action this
    /// happens when the transaction is committed.
    ///
    /// # Errors
    /// [`Error::Internal`] if the context has no connection.
    fn leave(self, ctx: &Context) -> impl Future<Output = Result<()>> + Send {
        let payload = self.into_object();
        async move {
            for channel in channels(Self::META, &payload)? {
                let (members, connection) = (Arc::clone(&ctx.db().hub().members), ctx.connection_id());
                ctx.db().after_commit(Box::new(move || members.leave(connection, &channel)));
            }
            Ok(())
        }
    }

    /// Returns the members of the groups to which the payload belongs, on all servers; those who joined last come last.
    ///
    /// # Errors
    /// The errors of the database.
    fn members(self, db: &(impl AsRef<Db> + Sync)) -> impl Future<Output = Result<Vec<Member<Self>>>> + Send {
        let payload = self.into_object();
        async move {
            let db = db.as_ref();
            let mut members = Vec::new();
            for channel in channels(Self::META, &payload)? {
                for (key, payload) in list(db, &channel).await? {
                    let json = Value::Json(Json::trusted(payload));
                    let payload = Self::from_object(json.into_object(Self::META.payload)?)?;
                    members.push(Member { key, payload });
                }
            }
            Ok(members)
        }
    }
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member<P> {
    /// The key of the user; for an anonymous client a text that no other connection has.
    pub key: String,
    /// The payload with which it joined.
    pub payload: P,
}

fn channels(signal: &'static SignalMeta, payload: &Object) -> Result<Vec<Arc<str>>> {
    let groups = groups_of_payload(signal, payload)?;
    Ok(groups.iter().map(|group| signal.topic().channel(group)).collect())
}

async fn join(ctx: &Context, signal: &'static SignalMeta, payload: &Object) -> Result<()> {
    let (hub, connection) = (ctx.db().hub(), ctx.connection_id());
    let mailbox = &ctx.sender()?.mailbox;
    let (mut json, mut action) = (Vec::new(), Vec::new());
    encode::object(&mut json, signal.payload, payload);
    encode::text(&mut action, signal.name);
    let (json, action) = (text(json), text(action));
    let key = match ctx.user().id() {
        Some(id) => id.to_owned(),
        None => format!("anonymous:{:x}:{connection}", hub.node),
    };
    keeper::start(ctx.db(), hub, ctx.bounds().limits.presence);
    for channel in channels(signal, payload)? {
        let most = ctx.bounds().limits.subscriptions;
        if hub.members.count(connection) >= most {
            ctx.bounds().stats.cross(LimitKind::Subscriptions);
            let detail = Detail::Text(format!("A connection may be in {most} groups."));
            return Err(Error::Api { status: 429, detail });
        }
        let bytes = json.len() + action.len() + key.len() + channel.len() + 200;
        let held = ctx.share().map(|share| share.take(bytes)).transpose()?;
        let joined = Arc::new(Joined {
            connection,
            channel,
            action: action.clone(),
            key: key.clone(),
            payload: json.clone(),
            _held: held,
        });
        if ctx.db().is_transaction() {
            let members = Arc::clone(&hub.members);
            let mailbox = Arc::clone(mailbox);
            ctx.db().after_commit(Box::new(move || {
                members.join(joined, None);
                if mailbox.is_shut() {
                    members.end(connection);
                }
            }));
            continue;
        }
        let (stored, is_stored) = oneshot::channel();
        hub.members.join(joined, Some(stored));
        // The connection may have ended meanwhile.
        if mailbox.is_shut() {
            hub.members.end(connection);
        }
        match is_stored.await {
            Ok(stored) => stored?,
            Err(_) => {
                let cause = "who is present cannot be stored";
                return Err(Error::Unavailable(Outage::new(Reason::Unreachable, cause)));
            }
        }
    }
    Ok(())
}

fn text(json: Vec<u8>) -> String {
    String::from_utf8(json).unwrap_or_default()
}

/// Returns the members of a group with their payloads, each once.
async fn list(db: &Db, channel: &str) -> Result<Vec<(String, String)>> {
    let (table, members) = (Table(db), &db.hub().members);
    if !members.has_table() {
        table.create().await?;
        // A transaction may be rolled back, and the table with it.
        if !db.is_transaction() {
            members.found_table();
        }
    }
    let mut rows = table.list(&keeper::hash(channel)).await?;
    let mut seen = HashSet::new();
    rows.retain(|(key, _)| seen.insert(key.clone()));
    rows.reverse();
    Ok(rows)
}

/// Returns the members of the groups of a subscription, as its answer shows them: a JSON array.
///
/// # Errors
/// The errors of the database.
pub(crate) async fn listed(ctx: &Context, signal: &'static SignalMeta, groups: &Groups) -> Result<Vec<u8>> {
    let mut data = vec![b'['];
    for group in groups.names.iter().flatten() {
        for (key, payload) in list(ctx.db(), &signal.topic().channel(group)).await? {
            if data.len() > 1 {
                data.push(b',');
            }
            data.extend(member(&key, &payload, true));
        }
    }
    data.push(b']');
    // Members of servers that are killed are removed as long as somebody here looks.
    keeper::start(ctx.db(), ctx.db().hub(), ctx.bounds().limits.presence);
    Ok(data)
}
