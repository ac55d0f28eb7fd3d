//! Checks texts that follow the name of a column as its type (`x-sql`): a type, and nothing that may follow a type.

/// The words that may follow the type of a column, in either database.
const BEHIND: [&str; 12] = [
    "as",
    "check",
    "collate",
    "constraint",
    "default",
    "generated",
    "not",
    "null",
    "on",
    "primary",
    "references",
    "unique",
];

/// The types of columns in a STRICT table of SQLite (SQLite, "STRICT Tables").
const OF_STRICT: [&str; 6] = ["int", "integer", "real", "text", "blob", "any"];

/// Tells whether a text is only a type: names, arguments in parentheses, brackets of arrays.
pub(super) fn is_type(text: &str) -> bool {
    let mut rest = text.trim();
    let mut words = 0;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => match quoted(rest, '"') {
                Some(length) => length,
                None => return false,
            },
            '(' if words > 0 => match arguments(rest) {
                Some(length) => length,
                None => return false,
            },
            '[' if words > 0 => match rest.find(']') {
                Some(end) if rest[1..end].chars().all(|c| c.is_ascii_digit()) => end + 1,
                _ => return false,
            },
            '.' | ' ' | '\t' if words > 0 => 1,
            c if c.is_alphabetic() || c == '_' => {
                let end = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
                if BEHIND.iter().any(|word| rest[..end].eq_ignore_ascii_case(word)) {
                    return false;
                }
                end
            }
            _ => return false,
        };
        words += 1;
        rest = &rest[length..];
    }
    words > 0
}

/// Tells whether a STRICT table can have a column of this type.
pub(super) fn is_strict(text: &str) -> bool {
    OF_STRICT.iter().any(|ty| ty.eq_ignore_ascii_case(text.trim()))
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// Returns the length in bytes of a quoted text. A quote inside it is written twice.
fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut from = 1;
    loop {
        from += text[from..].find(quote)? + 1;
        if !text[from..].starts_with(quote) {
            return Some(from);
        }
        from += 1;
    }
}

/// Returns the length in bytes of a list of words, numbers and texts in parentheses.
fn arguments(text: &str) -> Option<usize> {
    let mut at = 1;
    loop {
        let c = text[at..].chars().next()?;
        at += match c {
            ')' => return (!text[1..at].trim().is_empty()).then_some(at + 1),
            '"' | '\'' => quoted(&text[at..], c)?,
            ',' | ' ' | '-' | '.' => 1,
            c if is_of_word(c) => c.len_utf8(),
            _ => return None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::{is_strict, is_type};

    #[test]
    fn a_type_is_names_and_arguments() {
        for text in [
            "mood",
            "public.\"Mood\"",
            "varchar(40)",
            "character varying ( 40 )",
            "geometry(Polygon, 4326)",
            "timestamp(3) with time zone",
            "numeric(5, -2)",
            "text[]",
            "int[3][3]",
            "vector(3)",
            "\"a \"\"b\"\"\"",
            "größe",
        ] {
            assert!(is_type(text), "{text}");
        }
        for text in [
            "",
            " ",
            "text NOT NULL",
            "text collate \"C\"",
            "text default 'a'",
            "text, b integer",
            "text) STRICT",
            "int check(b)",
            "(text)",
            "text(",
            "text()",
            "text((1))",
            "text(a = 1)",
            "'text'",
            "\"text",
            "text[a]",
            "text unique",
            "int references a(b)",
            "7",
            "text = text",
            "[1]",
        ] {
            assert!(!is_type(text), "{text}");
        }
        assert!(is_strict("Text") && is_strict("ANY") && !is_strict("varchar(40)") && !is_strict("numeric"));
    }
}
