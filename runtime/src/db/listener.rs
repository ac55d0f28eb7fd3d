//! The listeners of commits.

use std::sync::Arc;

use super::handle::{Db, Listener};
use crate::change::{Entry, Topic, Watched};
use crate::ground::future::BoxFuture;
use crate::schema::meta::ModelMeta;

/// A listener that ignores all commits.
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

impl Db {
    /// Returns a handle to the same database whose commits nobody listens to.
    pub(crate) fn unheard(self) -> Self {
        self.heard_by(Arc::new(NoListener))
    }
}

tokio::task_local! {
    /// Set in the task that publishes events: a write in this task must not wait for the task.
    static GIVING_OUT: ();
}

/// Tells whether this is the task that publishes events, in which the application decides about recipients.
pub(crate) fn is_giving_out() -> bool {
    GIVING_OUT.try_with(|()| ()).is_ok()
}

/// Runs work that publishes events.
pub(crate) async fn giving_out<T>(work: impl Future<Output = T>) -> T {
    GIVING_OUT.scope((), work).await
}

/// Does a write and publishes it, in a task of its own, so that it continues when its caller has gone. Returns `None`
/// if it panicked.
pub(crate) async fn detached<T, F>(write: F) -> Option<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let task = if is_giving_out() { tokio::spawn(giving_out(write)) } else { tokio::spawn(write) };
    task.await.ok()
}
