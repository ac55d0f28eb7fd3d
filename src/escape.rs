//! Escapes texts of the definition for each language: one function for each kind of place in a language. This module
//! does not know what the texts mean.
//!
//! People read the generated files, too. So hidden characters are always escaped: those that break lines, move the
//! cursor or change the direction of the following text ("Trojan Source"). `quote` does the same in literals of Rust.

/// Tells whether a character is not visible as itself: a control character, a line break (which a checkout may change),
/// a mark of direction, a space without width, a byte order mark. Characters that join letters are not hidden.
pub fn is_hidden(c: char) -> bool {
    let marks = '\u{2060}'..='\u{206f}';
    c.is_control()
        || marks.contains(&c)
        || matches!(
            c,
            '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{feff}'
        )
}

/// Replaces the hidden characters.
fn shown(text: &str, write: impl Fn(char) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) { out.push_str(&write(c)) } else { out.push(c) }
    }
    out
}

/// Escapes a character by its code point with four digits. No hidden character has more.
fn four_digits(c: char) -> String {
    format!("\\u{:04x}", u32::from(c))
}

/// Escapes a line of a comment in any language, or of Markdown. Tabs become spaces.
pub fn line(text: &str) -> String {
    shown(text.trim_end(), |c| match c {
        '\t' => "    ".to_owned(),
        c => c.escape_unicode().to_string(),
    })
}

/// Returns the lines of a text, each escaped for a comment. Every line break of Unicode ends a line.
pub fn lines(text: &str) -> Vec<String> {
    let breaks = ['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];
    text.replace("\r\n", "\n").split(breaks).map(line).collect()
}

/// Escapes a line of a comment between `/*` and `*/`.
pub fn block_comment(text: &str) -> String {
    line(text).replace("*/", "*\\/")
}

/// Escapes the text between `<!--` and `-->`.
pub fn html_comment(text: &str) -> String {
    // It replaces twice: of three hyphens, the first replacement makes the second pair.
    line(text).replace("--", "- -").replace("--", "- -")
}

/// Returns code in a line of Markdown, between as many backticks as necessary (CommonMark, "Code spans").
pub fn markdown_code(text: &str) -> String {
    let text = line(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    if longest == 0 { format!("{fence}{text}{fence}") } else { format!("{fence} {text} {fence}") }
}

/// Escapes Markdown in a cell of a table.
pub fn markdown_cell(text: &str) -> String {
    line(text).replace('|', "\\|")
}

/// Returns a basic string of TOML (TOML 1.0, "String").
pub fn toml(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", shown(&text, |c| format!("\\u{:04X}", u32::from(c))))
}

/// Returns a literal of TypeScript, between single quotes.
pub fn typescript(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('\'', "\\'");
    let text = shown(&text, |c| match c {
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        c => four_digits(c),
    });
    format!("'{text}'")
}

/// Escapes a JSON document without changing its values or its lines.
pub fn json(document: &str) -> String {
    shown(document, |c| if c == '\n' { c.to_string() } else { four_digits(c) })
}

/// Returns a literal of PostgreSQL ("String Constants with C-Style Escapes").
pub fn postgres(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if !text.contains(is_hidden) {
        return format!("'{quoted}'");
    }
    format!("E'{}'", shown(&quoted.replace('\\', "\\\\"), |c| format!("\\u{:04X}", u32::from(c))))
}

/// Returns a literal of SQLite. SQLite has no escapes: a text with hidden characters is an expression in parentheses.
pub fn sqlite(text: &str) -> String {
    let literal = |text: &str| format!("'{}'", text.replace('\'', "''"));
    if !text.contains(is_hidden) {
        return literal(text);
    }
    let mut parts: Vec<String> = Vec::new();
    for part in text.split_inclusive(is_hidden) {
        let plain = part.trim_end_matches(is_hidden);
        if !plain.is_empty() {
            parts.push(literal(plain));
        }
        parts.extend(part[plain.len()..].chars().map(|c| format!("char({})", u32::from(c))));
    }
    format!("({})", parts.join(" || "))
}

/// Escapes a text in a format string of Rust.
pub fn format_string(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

/// Tells whether a character of identifiers is invisible, so that two names would look alike.
pub fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0100}'..='\u{e01ef}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One character of each kind, and every sequence that ends a literal or a comment in some language.
    const HOSTILE: &str =
        "a\u{202e}b\u{2066}c\u{200f}\u{61c}\u{feff}\r\n\n\r\u{85}\u{2028}\0\u{7f}\t\u{c}'\"\\`*/-->{{ |$1";

    #[test]
    fn nothing_hidden_is_left() {
        let all = [
            line(HOSTILE),
            block_comment(HOSTILE),
            html_comment(HOSTILE),
            markdown_code(HOSTILE),
            markdown_cell(HOSTILE),
            toml(HOSTILE),
            typescript(HOSTILE),
            postgres(HOSTILE),
            sqlite(HOSTILE),
            json(&serde_json::to_string(HOSTILE).expect("a text")),
            proc_macro2::Literal::string(HOSTILE).to_string(),
        ];
        for text in all.iter().chain(&lines(HOSTILE)) {
            assert!(!text.contains(is_hidden), "{text:?}");
        }
    }

    #[test]
    fn literals_say_what_they_said() {
        let json = json(&serde_json::to_string(HOSTILE).expect("a text"));
        assert_eq!(serde_json::from_str::<String>(&json).expect("JSON"), HOSTILE);
        let rust = syn::parse_str::<syn::LitStr>(&proc_macro2::Literal::string(HOSTILE).to_string());
        assert_eq!(rust.expect("a literal").value(), HOSTILE);
        assert_eq!(toml("a\"\\\u{202e}\n"), r#""a\"\\\u202E\u000A""#);
        assert_eq!(typescript("a'\\\u{2028}\n`${}"), r"'a\'\\\u2028\n`${}'");
        assert_eq!(postgres("it's \\"), r"'it''s \'");
        assert_eq!(postgres("it's \\\r\n"), r"E'it''s \\\u000D\u000A'");
        assert_eq!(sqlite("it's \\"), r"'it''s \'");
        assert_eq!(sqlite("it's\n\r."), "('it''s' || char(10) || char(13) || '.')");
    }

    #[test]
    fn comments_do_not_end_early() {
        assert!(!block_comment("a */ b **/").contains("*/"));
        assert!(!html_comment("a --> b ---> c").contains("--"));
        assert_eq!(markdown_code("a"), "`a`");
        assert_eq!(markdown_code("a``b`"), "``` a``b` ```");
        assert_eq!(markdown_cell("a|b"), "a\\|b");
        assert_eq!(lines("a\tb  \r\nc\rd\u{85}e\u{2028}\u{202e}"), ["a    b", "c", "d", "e", "\\u{202e}"]);
        assert_eq!(format_string("{Self}"), "{{Self}}");
    }
}
