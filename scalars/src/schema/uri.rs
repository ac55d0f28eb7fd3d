//! URIs and IRIs: their validation, the resolution of references (RFC 3986, 3987), and templates (RFC 6570).

/// Tells whether a text is a URI; with `relative`, also a relative reference; with `unicode`, an IRI.
pub(super) fn is_uri(text: &str, relative: bool, unicode: bool) -> bool {
    let parts = Parts::of(text);
    let Parts { scheme, authority, path, query, fragment } = parts;
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    let chars = |text: &str, more: &str| are_chars(text, more, unicode);
    scheme.map_or(relative, is_scheme)
        && authority.is_none_or(|authority| is_authority(authority, unicode))
        && chars(path, ":@/")
        && (authority.is_none() || path.is_empty() || path.starts_with('/'))
        && (scheme.is_some() || !path.split('/').next().is_some_and(|first| first.contains(':')))
        && query.is_none_or(|query| chars(query, ":@/?"))
        && fragment.is_none_or(|fragment| chars(fragment, ":@/?"))
}

fn is_authority(authority: &str, unicode: bool) -> bool {
    let (user, host) =
        authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    let (host, port) = match host.strip_prefix('[') {
        Some(literal) => {
            let Some((address, rest)) = literal.split_once(']') else { return false };
            let future = address.strip_prefix(['v', 'V']).and_then(|rest| rest.split_once('.'));
            let fine = match future {
                Some((version, rest)) => {
                    !version.is_empty()
                        && version.bytes().all(|byte| byte.is_ascii_hexdigit())
                        && !rest.is_empty()
                        && !rest.contains('%')
                        && are_chars(rest, ":", false)
                }
                None => address.parse::<std::net::Ipv6Addr>().is_ok(),
            };
            if !fine || !(rest.is_empty() || rest.starts_with(':')) {
                return false;
            }
            ("", rest.strip_prefix(':').unwrap_or_default())
        }
        None => host.split_once(':').unwrap_or((host, "")),
    };
    user.is_none_or(|user| are_chars(user, ":", unicode))
        && are_chars(host, "", unicode)
        && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Tells whether all characters are unreserved, sub-delimiters, percent-encoded, or in `more`.
fn are_chars(text: &str, more: &str, unicode: bool) -> bool {
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        rest = &rest[char.len_utf8()..];
        let fine = match char {
            '%' => {
                let encoded =
                    rest.get(..2).is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
                rest = rest.get(2..).unwrap_or_default();
                encoded
            }
            char if char.is_ascii() => {
                char.is_ascii_alphanumeric() || "-._~!$&'()*+,;=".contains(char) || more.contains(char)
            }
            char => unicode && !char.is_control(),
        };
        if !fine {
            return false;
        }
    }
    true
}

/// Tells whether a text is a URI template.
pub(super) fn is_template(text: &str) -> bool {
    let mut rest = text;
    loop {
        let end = rest.find(['{', '}']).unwrap_or(rest.len());
        if !is_literal(&rest[..end]) {
            return false;
        }
        let Some(expression) = rest[end..].strip_prefix('{') else { return end == rest.len() };
        let Some((expression, after)) = expression.split_once('}') else { return false };
        let names = expression.strip_prefix(['+', '#', '.', '/', ';', '?', '&']).unwrap_or(expression);
        if !names.split(',').all(is_variable) {
            return false;
        }
        rest = after;
    }
}

fn is_literal(text: &str) -> bool {
    let plain = |c: char| !c.is_control() && !" \"<>\\^`{|}".contains(c);
    let encoded = |(at, _): (usize, &str)| {
        text.get(at + 1..at + 3).is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    text.chars().all(plain) && text.match_indices('%').all(encoded)
}

fn is_variable(text: &str) -> bool {
    let name = match (text.strip_suffix('*'), text.split_once(':')) {
        (Some(name), None) => name,
        (None, Some((name, length))) => {
            let fine = (1..=4).contains(&length.len())
                && !length.starts_with('0')
                && length.bytes().all(|byte| byte.is_ascii_digit());
            if !fine {
                return false;
            }
            name
        }
        (None, None) => text,
        _ => return false,
    };
    let chars = |part: &str| part.chars().all(|c| c.is_ascii_alphanumeric() || "_%".contains(c));
    name.split('.').all(|part| !part.is_empty() && chars(part)) && is_literal(name)
}

/// The parts of a reference.
#[derive(Debug, Clone, Copy)]
struct Parts<'a> {
    scheme: Option<&'a str>,
    authority: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
    fragment: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let (text, fragment) = text.split_once('#').map_or((text, None), |(text, rest)| (text, Some(rest)));
        let (text, query) = text.split_once('?').map_or((text, None), |(text, rest)| (text, Some(rest)));
        let colon = text.find(':').filter(|at| !text[..*at].contains('/'));
        let (scheme, text) = colon.map_or((None, text), |at| (Some(&text[..at]), &text[at + 1..]));
        let (authority, path) = match text.strip_prefix("//") {
            Some(rest) => {
                let end = rest.find('/').unwrap_or(rest.len());
                (Some(&rest[..end]), &rest[end..])
            }
            None => (None, text),
        };
        Self { scheme, authority, path, query, fragment }
    }
}

/// Resolves a reference against a base, without its fragment.
pub(super) fn resolve(base: &str, reference: &str) -> String {
    let (base, own) = (Parts::of(base), Parts::of(reference));
    if let Some(scheme) = own.scheme {
        return join(Some(scheme), own.authority, &without_dots(own.path), own.query);
    }
    if own.authority.is_some() {
        return join(base.scheme, own.authority, &without_dots(own.path), own.query);
    }
    if own.path.is_empty() {
        return join(base.scheme, base.authority, base.path, own.query.or(base.query));
    }
    let path = if own.path.starts_with('/') {
        own.path.to_owned()
    } else if base.authority.is_some() && base.path.is_empty() {
        format!("/{}", own.path)
    } else {
        let folder = base.path.rfind('/').map_or("", |at| &base.path[..=at]);
        format!("{folder}{}", own.path)
    };
    join(base.scheme, base.authority, &without_dots(&path), own.query)
}

fn join(scheme: Option<&str>, authority: Option<&str>, path: &str, query: Option<&str>) -> String {
    let scheme = scheme.map(|scheme| format!("{scheme}:")).unwrap_or_default();
    let authority = authority.map(|authority| format!("//{authority}")).unwrap_or_default();
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{scheme}{authority}{path}{query}")
}

fn without_dots(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    let last = path.rsplit('/').next().unwrap_or_default();
    for part in path.split('/').skip(usize::from(absolute)) {
        match part {
            "." => {}
            ".." => {
                if kept.last().is_some_and(|part| *part != "..") {
                    kept.pop();
                } else if !absolute {
                    kept.push("..");
                }
            }
            part => kept.push(part),
        }
    }
    if matches!(last, "." | "..") {
        kept.push("");
    }
    format!("{}{}", if absolute { "/" } else { "" }, kept.join("/"))
}

/// Returns a fragment as a text, with its percent-encodings decoded.
pub(super) fn decoded(fragment: &str) -> String {
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let encoded = (*first == b'%').then(|| after.get(..2)).flatten();
        let code = encoded.and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
