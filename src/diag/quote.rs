//! Formats texts of the user in messages.

use crate::escape::is_hidden;

/// Returns a text of the user between backticks, with hidden characters escaped, cut after 80 characters.
pub fn quote(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut shown = String::from("`");
    for (count, c) in text.chars().enumerate() {
        if count == LONGEST {
            shown.push('…');
            break;
        }
        if is_hidden(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown.push('`');
    shown
}

/// Returns names between backticks, joined by commas and a last "and" or "or".
pub fn quote_all<'a>(names: impl IntoIterator<Item = &'a str>, last: &str) -> String {
    let quoted: Vec<String> = names.into_iter().map(quote).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((end, rest)) => format!("{} {last} {end}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{quote, quote_all};

    #[test]
    fn user_text_is_tamed() {
        assert_eq!(quote("a\u{1b}[31m\n"), "`a\\u{1b}[31m\\n`");
        assert_eq!(quote_all(["a", "b", "c"], "or"), "`a`, `b` or `c`");
    }
}
