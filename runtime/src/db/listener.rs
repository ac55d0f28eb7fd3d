//! Who hears of what is committed.

use std::sync::Arc;

use super::handle::{Db, Listener};
use crate::change::{Entry, Topic, Watched};
use crate::ground::future::BoxFuture;
use crate::schema::meta::ModelMeta;

/// NoListener hears of anything.
#[derive(Debug, Default)]
pub(super) struct NoListener;

impl Listener for NoListener {
    fn watched(&self) -> Arc<Watched> {
        Arc::default()
    }

    fn is_heard(&self, _: Topic) -> bool {
        false
    }

    fn publish(&self, _: &Db, _: Vec<Entry>) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }

    fn unsure(&self, _: Vec<Entry>) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    fn unsure_of(&self, _: &'static ModelMeta) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

tokio::task_local! {
    /// Set in the task that gives events out: what is written there must not wait for it.
    static GIVING_OUT: ();
}

/// Whether this is the task that gives events out: the application is asked there who is told.
pub(crate) fn is_giving_out() -> bool {
    GIVING_OUT.try_with(|()| ()).is_ok()
}

/// Gives events out.
pub(crate) async fn giving_out<T>(work: impl Future<Output = T>) -> T {
    GIVING_OUT.scope((), work).await
}

/// Does a write and gives it out, in a task of its own, so that it goes on when nobody waits for it any more. None: it
/// panicked.
pub(crate) async fn detached<T, F>(write: F) -> Option<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let task = if is_giving_out() { tokio::spawn(giving_out(write)) } else { tokio::spawn(write) };
    task.await.ok()
}
