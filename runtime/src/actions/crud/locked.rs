//! Work that is about a row which may have become another.

use crate::app::context::Context;
use crate::ground::error::Result;
use crate::ground::future::BoxFuture;
use crate::schema::meta::Isolation;

/// Does in one transaction what was found to be about another row than before.
pub(crate) async fn locked<'a, T: Send + 'a>(
    ctx: &'a Context,
    work: impl Fn(Context) -> BoxFuture<'a, Result<T>> + Send + Sync + 'a,
) -> Result<T> {
    ctx.db().atomically(Isolation::Database, move |db| work(ctx.within(db))).await
}
