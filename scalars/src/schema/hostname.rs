//! Host names: RFC 1123, and RFC 5890 for names of any script.

use std::sync::LazyLock;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

/// Tells whether a text is a host name in ASCII; labels of the form `xn--…` must be valid encodings.
pub(super) fn is_hostname(text: &str) -> bool {
    let label = |label: &str| {
        let plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        plain && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    let coded = |label: &str| label.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("xn--"));
    text.len() <= 253 && text.split('.').all(label) && (!text.split('.').any(coded) || is_idn_hostname(text))
}

/// Tells whether a text is a host name of any script, by IDNA 2008.
pub(super) fn is_idn_hostname(text: &str) -> bool {
    let text: String = text.chars().map(|c| if matches!(c, '。' | '．' | '｡') { '.' } else { c }).collect();
    let coded = |label: &str| label.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("xn--"));
    let fake = |label: &str| label.get(2..4) == Some("--") && !coded(label);
    if text.split('.').any(fake) && !text.is_ascii() {
        return false;
    }
    let uts46 = Uts46::new();
    if uts46
        .to_ascii(text.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify)
        .is_err()
    {
        return false;
    }
    let (unicode, result) = uts46.to_unicode(text.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast);
    result.is_ok() && unicode.split('.').zip(text.split('.')).all(|(label, written)| is_label(label, written))
}

/// Letters, marks and digits, and the other characters that RFC 5892 allows.
static LETTERS: LazyLock<regex::Regex> = LazyLock::new(|| {
    let chars = r"^[\p{Ll}\p{Lo}\p{Lm}\p{Mn}\p{Mc}\p{Nd}\-\x{B7}\x{375}\x{5F3}\x{5F4}\x{6FD}\x{6FE}\x{F0B}\x{200C}\x{200D}\x{3007}\x{30FB}]*$";
    regex::Regex::new(chars).unwrap_or_else(|error| unreachable!("a constant pattern: {error}"))
});

/// Tells whether a label is valid by the rules of IDNA 2008 that UTS 46 does not have.
fn is_label(label: &str, written: &str) -> bool {
    let coded = written.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("xn--"));
    if label.is_empty() || (coded && label.is_ascii()) {
        return false;
    }
    if label.get(2..4) == Some("--") {
        return label.is_ascii();
    }
    if !LETTERS.is_match(label) {
        return false;
    }
    let chars: Vec<char> = label.chars().collect();
    let before = |at: usize| at.checked_sub(1).and_then(|at| chars.get(at)).copied();
    let after = |at: usize| chars.get(at + 1).copied();
    let arabic = |c: &char| ('\u{660}'..='\u{669}').contains(c);
    let extended = |c: &char| ('\u{6f0}'..='\u{6f9}').contains(c);
    chars.iter().enumerate().all(|(at, char)| match char {
        // RFC 5892 disallows these characters, although UTS 46 accepts them.
        '\u{640}' | '\u{7fa}' | '\u{302e}' | '\u{302f}' | '\u{3031}'..='\u{3035}' | '\u{303b}' => false,
        '\u{b7}' => before(at) == Some('l') && after(at) == Some('l'),
        '\u{375}' => after(at).is_some_and(is_greek),
        '\u{5f3}' | '\u{5f4}' => before(at).is_some_and(is_hebrew),
        '\u{30fb}' => chars.iter().any(|char| is_japanese(*char)),
        '\u{660}'..='\u{669}' => !chars.iter().any(extended),
        '\u{6f0}'..='\u{6f9}' => !chars.iter().any(arabic),
        _ => true,
    })
}

const fn is_greek(char: char) -> bool {
    matches!(char, '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}')
}

const fn is_hebrew(char: char) -> bool {
    matches!(char, '\u{591}'..='\u{5f2}')
}

/// Tells whether a character is Hiragana, Katakana or Han.
const fn is_japanese(char: char) -> bool {
    matches!(char,
        '\u{3041}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' | '\u{3005}' | '\u{3007}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}
