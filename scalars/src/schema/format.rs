//! The formats of JSON Schema, exactly as in their RFCs.

use super::hostname::{is_hostname, is_idn_hostname};
use super::pattern::Pattern;
use super::uri;

macro_rules! formats {
    ($($(#[$docs:meta])* $variant:ident $name:literal $message:literal $holds:expr,)*) => {
        /// A format that can be asserted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Format {
            $($(#[$docs])* $variant,)*
        }

        impl Format {
            /// Returns the format with this name; `None` for a format that is only an annotation.
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// Returns the message for a text that does not have the format.
            pub const fn message(self) -> &'static str {
                match self { $(Self::$variant => $message,)* }
            }

            /// Tells whether a text has the format.
            pub fn holds(self, text: &str) -> bool {
                match self { $(Self::$variant => $holds(text),)* }
            }
        }
    };
}

formats! {
    /// RFC 3339, full-date
    Date "date" "Date has wrong format. Use one of these formats instead: YYYY-MM-DD." is_date,
    /// RFC 3339, full-time
    Time "time" "Time has wrong format. Use one of these formats instead: hh:mm:ss[.uuuuuu](Z|+HH:MM|-HH:MM)." is_time,
    /// RFC 3339, date-time
    DateTime "date-time" "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm:ss[.uuuuuu](Z|+HH:MM|-HH:MM)." is_date_time,
    /// RFC 3339, appendix A
    Duration "duration" "Duration has wrong format. Use one of these formats instead: P[nY][nM][nW][nD][T[nH][nM][nS]]." is_duration,
    /// RFC 5321
    Email "email" "Enter a valid email address." is_email,
    /// RFC 6531
    IdnEmail "idn-email" "Enter a valid email address." is_idn_email,
    /// RFC 1123
    Hostname "hostname" "Enter a valid domain name." is_hostname,
    /// RFC 5890
    IdnHostname "idn-hostname" "Enter a valid domain name." is_idn_hostname,
    /// RFC 2673
    Ipv4 "ipv4" "Enter a valid IPv4 address." is_ipv4,
    /// RFC 4291
    Ipv6 "ipv6" "Enter a valid IPv6 address." is_ipv6,
    /// RFC 3986
    Uri "uri" "Enter a valid URL." |text| uri::is_uri(text, false, false),
    /// RFC 3986
    UriReference "uri-reference" "Enter a valid uri-reference." |text| uri::is_uri(text, true, false),
    /// RFC 3987
    Iri "iri" "Enter a valid iri." |text| uri::is_uri(text, false, true),
    /// RFC 3987
    IriReference "iri-reference" "Enter a valid iri-reference." |text| uri::is_uri(text, true, true),
    /// RFC 6570
    UriTemplate "uri-template" "Enter a valid uri-template." uri::is_template,
    /// RFC 4122
    Uuid "uuid" "Must be a valid UUID." is_uuid,
    /// RFC 6901
    JsonPointer "json-pointer" "Enter a valid json-pointer." is_json_pointer,
    /// draft-bhutton-relative-json-pointer
    RelativeJsonPointer "relative-json-pointer" "Enter a valid relative-json-pointer." is_relative_json_pointer,
    /// ECMA-262
    Regex "regex" "Enter a valid regex." Pattern::is_one,
}

/// Parses a number with this many digits.
fn digits(text: &str, length: usize) -> Option<u32> {
    (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let mut part = |length| parts.next().and_then(|part| digits(part, length));
    let (Some(year), Some(month), Some(day)) = (part(4), part(2), part(2)) else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    (1..=days).contains(&day)
}

fn is_time(text: &str) -> bool {
    let clock = |text: &str| -> Option<(u32, u32)> {
        let (hours, minutes) = text.split_once(':')?;
        let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
        (hours < 24 && minutes < 60).then_some((hours, minutes))
    };
    let read = || -> Option<bool> {
        let (hours, minutes) = clock(text.get(..5)?)?;
        let rest = text[5..].strip_prefix(':')?;
        let seconds = digits(rest.get(..2)?, 2)?;
        let mut rest = &rest[2..];
        if let Some(fraction) = rest.strip_prefix('.') {
            let end = fraction.find(|c: char| !c.is_ascii_digit())?;
            if end == 0 {
                return None;
            }
            rest = &fraction[end..];
        }
        let offset = match rest.chars().next()? {
            'Z' | 'z' if rest.len() == 1 => 0,
            sign @ ('+' | '-') => {
                let (hours, minutes) = clock(rest.get(1..)?)?;
                let offset = i64::from(hours * 60 + minutes);
                if sign == '+' { offset } else { -offset }
            }
            _ => return None,
        };
        // A leap second can only be the last second of a day in UTC.
        let utc = (i64::from(hours * 60 + minutes) - offset).rem_euclid(24 * 60);
        Some(seconds < 60 || (seconds == 60 && utc == 23 * 60 + 59))
    };
    read().unwrap_or(false)
}

fn is_date_time(text: &str) -> bool {
    let at = text.get(10..11).is_some_and(|t| t == "T" || t == "t");
    at && is_date(&text[..10]) && is_time(&text[11..])
}

fn is_duration(text: &str) -> bool {
    // Each unit may be followed only by the next one.
    fn units(text: &str, names: &[char]) -> bool {
        let mut rest = text;
        let mut next = None;
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let unit = rest[end..].chars().next();
            let Some(at) = unit.and_then(|unit| names.iter().position(|name| *name == unit)) else {
                return false;
            };
            if end == 0 || next.is_some_and(|next| next != at) {
                return false;
            }
            next = Some(at + 1);
            rest = &rest[end + 1..];
        }
        next.is_some()
    }
    let Some(text) = text.strip_prefix('P') else { return false };
    match text.split_once('T') {
        Some((date, time)) => {
            (date.is_empty() || units(date, &['Y', 'M', 'D'])) && units(time, &['H', 'M', 'S'])
        }
        None => units(text, &['Y', 'M', 'D']) || units(text, &['W']),
    }
}

fn is_ipv4(text: &str) -> bool {
    text.parse::<std::net::Ipv4Addr>().is_ok()
}

fn is_ipv6(text: &str) -> bool {
    text.parse::<std::net::Ipv6Addr>().is_ok()
}

fn is_email(text: &str) -> bool {
    text.is_ascii() && is_mailbox(text, is_hostname)
}

fn is_idn_email(text: &str) -> bool {
    is_mailbox(text, |domain| {
        // The domain need not have a form of IDNA, because mail servers normalise it.
        is_idn_hostname(domain)
            || domain.split('.').all(|label| !label.is_empty() && label.chars().all(is_letter))
    })
}

fn is_letter(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '-' || !char.is_ascii()
}

fn is_mailbox(text: &str, is_domain: impl Fn(&str) -> bool) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    if local.len() > 64 {
        return false;
    }
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || !c.is_ascii();
    let quoted = local.len() >= 2 && local.starts_with('"') && local.ends_with('"');
    let good = if quoted {
        is_quoted(&local[1..local.len() - 1])
    } else {
        local.split('.').all(|part| !part.is_empty() && part.chars().all(atom))
    };
    let literal = domain.strip_prefix('[').and_then(|domain| domain.strip_suffix(']'));
    good && match literal {
        Some(literal) => literal.strip_prefix("IPv6:").map_or_else(|| is_ipv4(literal), is_ipv6),
        None => is_domain(domain),
    }
}

fn is_quoted(text: &str) -> bool {
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        let fine = match char {
            '\\' => chars.next().is_some_and(|char| (' '..='~').contains(&char)),
            '"' => false,
            char => (' '..='~').contains(&char) || !char.is_ascii(),
        };
        if !fine {
            return false;
        }
    }
    true
}

fn is_uuid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let parts: Vec<&str> = text.split('-').collect();
    let hexadecimal = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    parts.len() == 5
        && parts.iter().zip(lengths).all(|(part, length)| part.len() == length && hexadecimal(part))
}

fn is_json_pointer(text: &str) -> bool {
    if !text.is_empty() && !text.starts_with('/') {
        return false;
    }
    text.match_indices('~').all(|(at, _)| matches!(text.as_bytes().get(at + 1), Some(b'0' | b'1')))
}

fn is_relative_json_pointer(text: &str) -> bool {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    let whole = number == "0" || (!number.is_empty() && !number.starts_with('0'));
    whole && (rest == "#" || is_json_pointer(rest))
}
