//! Who is asking: a user whom the handshake names, for tests alone.

use axum::http::request::Parts;
use dcrf_runtime::dispatch::BoxFuture;
use dcrf_runtime::{Authenticator, Db, Identity, Result, Value};

/// The user whom a query finds by what the handshake names; anonymous, if there is none.
pub(crate) struct Named {
    /// Returns the name.
    pub(crate) name: fn(&Parts) -> Option<String>,
    /// The query, which returns the key of the user as a text.
    pub(crate) sql: &'static str,
    /// Whether the name is the first subprotocol, which is selected then.
    pub(crate) is_subprotocol: bool,
}

impl Authenticator for Named {
    fn authenticate<'a>(&'a self, parts: &'a Parts, db: &'a Db) -> BoxFuture<'a, Result<Identity>> {
        Box::pin(async move {
            let Some(name) = (self.name)(parts) else { return Ok(Identity::Anonymous) };
            let rows = db.query(self.sql, vec![Value::from(name)]).await?;
            match rows.into_iter().next() {
                Some(mut row) => Ok(Identity::user(row.take::<String>(0)?)),
                None => Ok(Identity::Anonymous),
            }
        })
    }

    fn subprotocol<'a>(&self, offered: &[&'a str]) -> Option<&'a str> {
        offered.first().copied().filter(|_| self.is_subprotocol)
    }
}
