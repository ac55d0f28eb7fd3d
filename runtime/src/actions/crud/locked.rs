//! Runs work on a row that may have changed meanwhile.

use crate::app::context::Context;
use crate::ground::error::Result;
use crate::ground::future::BoxFuture;
use crate::schema::meta::Isolation;

/// Runs work in a transaction, in which it locks its row.
pub(crate) async fn locked<'a, T: Send + 'a>(
    ctx: &'a Context,
    work: impl Fn(Context) -> BoxFuture<'a, Result<T>> + Send + Sync + 'a,
) -> Result<T> {
    ctx.db().atomically(Isolation::Database, move |db| work(ctx.within(db))).await
}
