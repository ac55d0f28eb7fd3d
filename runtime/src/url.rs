//! URLs of databases and brokers, as they may be shown: without their passwords.

/// Schemes in whose URLs a name alone is a token.
const TOKENS: &[&str] = &["nats", "tls"];

/// The URL as it may be shown.
pub(crate) fn without_password(url: &str) -> String {
    let (place, parameters) = match url.split_once('?') {
        Some((place, parameters)) => (place, Some(parameters)),
        None => (url, None),
    };
    let place = match place.split_once("://") {
        Some((scheme, rest)) => format!("{scheme}://{}", without_credentials(scheme, rest)),
        None => place.to_owned(),
    };
    match parameters {
        Some(parameters) => {
            format!("{place}?{}", parameters.split('&').map(hidden).collect::<Vec<_>>().join("&"))
        }
        None => place,
    }
}

fn without_credentials(scheme: &str, rest: &str) -> String {
    // A password may have slashes that nobody has encoded, and hosts have no `@`.
    let Some((credentials, host)) = rest.rsplit_once('@') else { return rest.to_owned() };
    match credentials.split_once(':') {
        Some((user, _)) => format!("{user}:***@{host}"),
        None if TOKENS.contains(&scheme) => format!("***@{host}"),
        None => rest.to_owned(),
    }
}

/// A parameter as it may be shown: without its value where that may be secret.
fn hidden(parameter: &str) -> String {
    let secret = |name: &str| {
        let name = name.to_ascii_lowercase();
        ["pass", "token", "secret"].iter().any(|part| name.contains(part))
    };
    match parameter.split_once('=') {
        Some((name, _)) if secret(name) => format!("{name}=***"),
        _ => parameter.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn passwords_are_not_shown() {
        for (url, shown) in [
            ("postgres://me:s@cret@db/x", "postgres://me:***@db/x"),
            ("postgres://me:s/cr:et@db:1/x", "postgres://me:***@db:1/x"),
            ("postgres://:secret@db/x", "postgres://:***@db/x"),
            ("postgres://me@db/x", "postgres://me@db/x"),
            ("postgres://db/x?user=me&password=secret&a=b", "postgres://db/x?user=me&password=***&a=b"),
            ("postgres://db/x?sslPassword=secret", "postgres://db/x?sslPassword=***"),
            ("postgres://db:5432/x?application_name=a@b", "postgres://db:5432/x?application_name=a@b"),
            ("redis://:secret@[::1]:7/0", "redis://:***@[::1]:7/0"),
            ("redis+cluster://me:secret@a:1,b:2", "redis+cluster://me:***@a:1,b:2"),
            ("nats://token@there", "nats://***@there"),
            ("nats://me:secret@there", "nats://me:***@there"),
            ("sqlite://blog.sqlite3?mode=rwc", "sqlite://blog.sqlite3?mode=rwc"),
            ("sqlite:blog@home.sqlite3", "sqlite:blog@home.sqlite3"),
            ("memory:", "memory:"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
