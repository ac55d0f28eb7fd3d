//! URLs of databases and brokers: without passwords for messages, and without the runtime's own parameters for drivers.

/// The schemes in whose URLs a user name alone is a token.
const TOKENS: &[&str] = &["nats", "tls"];

/// Returns the URL for messages.
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
    // A password may have unencoded slashes, and hosts have no `@`.
    let Some((credentials, host)) = rest.rsplit_once('@') else { return rest.to_owned() };
    match credentials.split_once(':') {
        Some((user, _)) => format!("{user}:***@{host}"),
        None if TOKENS.contains(&scheme) => format!("***@{host}"),
        None => rest.to_owned(),
    }
}

/// Returns a parameter for messages, without its value if the value may be secret.
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

/// Returns the URL without one of the runtime's own query parameters, and the value of that parameter: the last one, if
/// there are several.
pub(crate) fn without_parameter<'a>(url: &'a str, name: &str) -> (String, Option<&'a str>) {
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let (mut found, mut kept) = (None, Vec::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some((own, value)) if own == name => found = Some(value),
            _ => kept.push(pair),
        }
    }
    let url = if kept.is_empty() { place.to_owned() } else { format!("{place}?{}", kept.join("&")) };
    (url, found)
}

#[cfg(test)]
mod tests {
    use super::{without_parameter, without_password};

    #[test]
    fn a_parameter_is_taken_out_of_a_url() {
        let taken = |url| without_parameter(url, "pool");
        assert_eq!(taken("postgres://db/x"), ("postgres://db/x".to_owned(), None));
        assert_eq!(taken("postgres://db/x?pool=4"), ("postgres://db/x".to_owned(), Some("4")));
        let mixed = taken("postgres://db/x?a=b&&pool=4&pools=5&pool=6&c");
        assert_eq!(mixed, ("postgres://db/x?a=b&pools=5&c".to_owned(), Some("6")));
    }

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
