//! Parses a URL of PostgreSQL.

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use crate::db::reach;
use crate::ground::error::{Error, Result};
use crate::ground::url::without_parameter;

/// The number of connections, unless the URL gives one.
const CONNECTIONS: usize = 10;
/// The minimum: with fewer connections, there would not be one for each class of statements.
const FEWEST: usize = 4;
/// The maximum: PostgreSQL itself accepts no more connections.
const MOST: usize = 262_143;

/// The content of a URL.
pub(crate) struct Named {
    pub(crate) options: PgConnectOptions,
    pub(super) connections: usize,
}

impl Named {
    /// Parses a URL. `pool=20` in its query is the number of connections.
    ///
    /// # Errors
    /// Returns [`Error::Unreachable`] if the URL is not valid.
    pub(crate) fn parse(url: &str) -> Result<Self> {
        let (url, pool) = without_parameter(url, "pool");
        let connections = pool.map_or(Ok(CONNECTIONS), size)?;
        let options = PgConnectOptions::from_str(&url);
        let options = options.map_err(|error| Error::Unreachable(reach::reason(&error)))?;
        Ok(Self { options, connections })
    }
}

fn size(value: &str) -> Result<usize> {
    let size = value.parse().ok().filter(|size| (FEWEST..=MOST).contains(size));
    size.ok_or_else(|| {
        Error::Unreachable(format!(
            "`pool` in the URL of a database is a number of connections, {FEWEST} or more, not `{value}`"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::{CONNECTIONS, Named};

    #[test]
    fn a_url_says_how_many_connections_there_may_be() {
        let size =
            |url: &str| Named::parse(url).map(|named| named.connections).map_err(|error| error.to_string());
        assert_eq!(size("postgres://me@db/x"), Ok(CONNECTIONS));
        assert_eq!(size("postgres://me@db/x?pool=4"), Ok(4));
        assert_eq!(size("postgres://me@db/x?sslmode=disable&pool=25&application_name=y"), Ok(25));
        for wrong in ["3", "0", "-1", "many", "", "300000"] {
            let refused = size(&format!("postgres://me@db/x?pool={wrong}")).expect_err(wrong);
            assert!(refused.ends_with(&format!("4 or more, not `{wrong}`")), "{refused}");
        }
    }
}
