//! Rights that the application changes where no rows tell it.

use crate::app::context::Context;
use crate::db::listener::is_giving_out;
use crate::ground::error::{Error, Result};

impl Context {
    /// Reports that the rights of the user with this key have changed, though no row has changed that an observer
    /// [depends on](crate::meta::ObserverMeta::depends_on): for example the roles in the claims of credentials.
    ///
    /// It is an entry of the log of changes, so that every node tells the user's subscriptions to observers with
    /// `depends_on`, be it `[]`, to read everything anew, and so that clients that come back later know it, too. In a
    /// transaction it counts once that is committed.
    ///
    /// # Errors
    /// [`Error::Internal`] if no observer that is served has a log (`"delivery": "latest"`); the error of the database.
    ///
    /// ```
    /// use dcrf_runtime::{Context, Result};
    ///
    /// /// A part of an action: a user is not a moderator any more.
    /// async fn dismiss(ctx: &Context, user: i64) -> Result<()> {
    ///     // Here the application changes what its permissions read.
    ///     ctx.rights_changed(&user.to_string()).await
    /// }
    /// ```
    pub async fn rights_changed(&self, user: &str) -> Result<()> {
        let db = self.db();
        let Some(log) = db.hub().log() else {
            return Err(Error::internal(
                "there is no observer with a log of changes (`\"delivery\": \"latest\"`)",
            ));
        };
        db.log_rights(user).await?;
        if !db.is_transaction() && !is_giving_out() {
            log.catch_up().await;
        }
        Ok(())
    }
}
