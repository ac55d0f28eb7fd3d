//! The part of a file that a request wants (RFC 9110, 14.2).

use axum::http::{HeaderMap, header};

use crate::files::Part;

/// Returns the part that a request wants. Of a header that is not understood, or that names several parts, nothing is
/// heeded, as the RFC allows.
pub(super) fn wanted(headers: &HeaderMap) -> Part {
    let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    // Without a comparison of versions, the parts of two versions could be put together.
    let range = range.filter(|_| !headers.contains_key(header::IF_RANGE));
    range.and_then(parse).unwrap_or(Part::Whole)
}

fn parse(range: &str) -> Option<Part> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u64>().unwrap_or(u64::MAX - 1))
    };
    match (first, last) {
        ("", last) => number(last).map(Part::Last),
        (first, "") => number(first).map(Part::From),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(Part::Between(first, last))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::files::Part;

    #[test]
    fn one_range_of_bytes_is_understood() {
        for (text, part) in [
            ("bytes=0-", Some(Part::From(0))),
            ("bytes=2-5", Some(Part::Between(2, 5))),
            ("bytes=-5", Some(Part::Last(5))),
            ("bytes=5-2", None),
            ("bytes=0-1,4-5", None),
            ("bytes=-", None),
            ("bytes=a-b", None),
            ("bytes=+1-2", None),
            ("items=0-1", None),
            ("bytes=99999999999999999999-", Some(Part::From(u64::MAX - 1))),
        ] {
            assert_eq!(parse(text), part, "{text}");
        }
    }
}
