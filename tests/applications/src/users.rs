//! Who is connected: most of the applications read a token from the query, and look it up.

use dcrf_runtime::auth::{Token, TokenLookup};
use dcrf_runtime::{Context, Db, Error, Identity, Result};

/// Reads `?token=user-7`, which is the user with the key 7. Another token is refused with 401.
pub(crate) fn tokens() -> Token<impl TokenLookup> {
    Token::new(|token: String, _: Db| async move { Ok(token.strip_prefix("user-").map(Identity::user)) })
}

/// Returns the key of the user; 401 if the connection is anonymous.
pub(crate) fn user_key(ctx: &Context) -> Result<i64> {
    ctx.user().id().and_then(|id| id.parse().ok()).ok_or(Error::NotAuthenticated)
}
