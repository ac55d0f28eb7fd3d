//! Who is asking: `?user=<username>`, for tests alone.

use axum::http::request::Parts;
use dcrf_runtime::dispatch::BoxFuture;
use dcrf_runtime::{Authenticator, Db, Identity, Result, Value};

/// The user that the query of the path names; without one, or if nobody is called that, nobody.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueryUser;

impl Authenticator for QueryUser {
    fn authenticate<'a>(&'a self, parts: &'a Parts, db: &'a Db) -> BoxFuture<'a, Result<Identity>> {
        Box::pin(async move {
            let pairs = parts.uri.query().unwrap_or_default().split('&');
            let Some(name) = pairs.filter_map(|pair| pair.strip_prefix("user=")).next() else {
                return Ok(Identity::Anonymous);
            };
            let sql = r#"SELECT "id" FROM "users" WHERE "username" = $1"#;
            let rows = db.query(sql, vec![Value::from(name)]).await?;
            match rows.into_iter().next() {
                Some(mut row) => Ok(Identity::user(row.take::<i64>(0)?.to_string())),
                None => Ok(Identity::Anonymous),
            }
        })
    }
}
