//! Groups of subscriptions that the application names: they are those of the moment at which it did.

use std::sync::Arc;

use crate::app::context::Context;
use crate::change::{Position, Topic};
use crate::feed::groups::Groups;
use crate::feed::hub::COME_BACK;
use crate::feed::log::{ChangeLog, Concerned, LogEntry, changes_rights};
use crate::ground::error::Result;
use crate::schema::meta::ObserverMeta;

/// Returns the groups that the application names, and remembers up to where it may have known the log: a change of rights
/// after that is not in these groups.
///
/// # Errors
/// The error of the application.
pub async fn named(ctx: &Context, names: impl Future<Output = Result<Vec<String>>> + Send) -> Result<Groups> {
    let mut begun = None;
    if let Some(log) = ctx.db().hub().log() {
        if *log.told().await == Position::default() {
            log.catch_up().await;
        }
        begun = Some(*log.told().await);
    }
    Ok(Groups { begun, ..Groups::custom(names.await?) })
}

/// Sends a client away that has subscribed, if its rights may have changed since the application has named the groups:
/// what is told after this is known to the hub.
///
/// # Errors
/// The context has no connection.
pub(super) async fn leave_if_outdated(
    log: &Arc<ChangeLog>,
    observer: &'static ObserverMeta,
    ctx: &Context,
    begun: Position,
) -> Result<()> {
    let concerned = Concerned::of_subscriber(observer, ctx.user());
    let told = log.told().await;
    let entries = log.after(begun);
    drop(told);
    let is_same = |entry: &Arc<LogEntry>| !changes_rights(observer, &concerned, entry);
    if entries.is_some_and(|entries| entries.iter().all(is_same)) {
        return Ok(());
    }
    let topic = Topic { stream: ctx.stream(), name: observer.name };
    ctx.db().hub().unsubscribe(ctx.connection_id(), |own| own.topic == topic);
    ctx.sender()?.mailbox.close(COME_BACK);
    Ok(())
}
