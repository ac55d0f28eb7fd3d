//! Who is connected: most of the applications read a token from the query, and look it up.

use dcrf_runtime::auth::{Token, TokenLookup};
use dcrf_runtime::{Db, Identity};

/// Reads `?token=user-7`, which is the user with the key 7. Another token is refused with 401.
pub(crate) fn tokens() -> Token<impl TokenLookup> {
    Token::new(|token: String, _: Db| async move { Ok(token.strip_prefix("user-").map(Identity::user)) })
}
