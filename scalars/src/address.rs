//! Addresses: Django's `EmailValidator` and `URLValidator`, and host names.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::Regex;

static USER: LazyLock<Regex> = LazyLock::new(|| {
    compile(
        r#"(?i-u)^(?:[-!#$%&'*+/=?^_`{}|~0-9A-Z]+(?:\.[-!#$%&'*+/=?^_`{}|~0-9A-Z]+)*|"(?:[\x01-\x08\x0b\x0c\x0e-\x1f!#-\[\]-\x7f]|\\[\x01-\x09\x0b\x0c\x0e-\x7f])*")$"#,
    )
});

fn compile(pattern: &str) -> Regex {
    Regex::new(pattern).expect("invariant: the patterns of this module compile")
}

/// Validates a text as Django's `EmailValidator` does: `a@localhost`, `a@[127.0.0.1]` and `a@über.de` are valid, `a@b` is
/// not.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((user, domain)) = text.rsplit_once('@') else { return false };
    if text.chars().count() > 320 || !USER.is_match(user) {
        return false;
    }
    if domain == "localhost" || is_domain(domain) {
        return true;
    }
    let literal = domain.strip_prefix('[').and_then(|domain| domain.strip_suffix(']'));
    literal.is_some_and(|address| address.parse::<std::net::IpAddr>().is_ok())
}

/// Validates a text as Django's `URLValidator` does, with the schemes http, https, ftp and ftps.
pub(crate) fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let known = ["http", "https", "ftp", "ftps"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    if !known || text.chars().count() > 2048 || text.chars().any(char::is_whitespace) {
        return false;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    let (user, host) = authority.split_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    user.is_none_or(is_user) && is_host_and_port(host)
}

/// Tells whether a text is a host name of RFC 1123: at most 253 letters, digits, hyphens and dots. It must not be an
/// IPv4 address or end with a dot.
pub(crate) fn is_hostname(text: &str) -> bool {
    text.is_ascii()
        && text.len() <= 253
        && text.split('.').all(|label| is_label(label, char::is_numeric))
        && text.parse::<Ipv4Addr>().is_err()
}

/// Tells whether a text is `user` or `user:password`.
fn is_user(text: &str) -> bool {
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    !user.is_empty() && !password.contains(':')
}

fn is_host_and_port(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let Some((address, port)) = rest.split_once(']') else { return false };
            if address.parse::<Ipv6Addr>().is_err() {
                return false;
            }
            ("", port)
        }
        None => text.find(':').map_or((text, ""), |at| text.split_at(at)),
    };
    let port_is_good = port.is_empty()
        || port.strip_prefix(':').is_some_and(|port| {
            (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit())
        });
    port_is_good && (text.starts_with('[') || is_host(host))
}

fn is_host(host: &str) -> bool {
    if host.chars().count() > 253 {
        return false;
    }
    if host.eq_ignore_ascii_case("localhost") || host.parse::<Ipv4Addr>().is_ok() {
        return true;
    }
    is_domain(host.strip_suffix('.').unwrap_or(host))
}

/// Tells whether a text is a name of at least two labels, of which the last is a top-level domain.
fn is_domain(name: &str) -> bool {
    let Some((labels, top)) = name.rsplit_once('.') else { return false };
    labels.split('.').all(|label| is_label(label, char::is_numeric)) && is_top_label(top)
}

/// Tells whether a text is a label: at most 63 letters, digits and inner hyphens. Letters beyond ASCII are those of the
/// basic multilingual plane, as in Django.
fn is_label(label: &str, digit: fn(char) -> bool) -> bool {
    (1..=63).contains(&label.chars().count())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(|char| {
            char == '-'
                || char.is_ascii_alphabetic()
                || (digit(char) && char.is_ascii())
                || ('\u{a1}'..='\u{ffff}').contains(&char)
        })
}

fn is_top_label(label: &str) -> bool {
    let encoded = label.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("xn--"));
    label.chars().count() >= 2 && is_label(label, if encoded { char::is_numeric } else { |_| false })
}
