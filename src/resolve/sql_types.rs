//! Which texts can stand for a type behind the name of a column (`x-sql`): a type, and nothing of what may follow it.

/// What says something of a column behind its type, on either database.
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

/// What a column of a STRICT table of SQLite can be (SQLite, "STRICT Tables").
const OF_STRICT: [&str; 6] = ["int", "integer", "real", "text", "blob", "any"];

/// Whether a text is a type alone: names, arguments in parentheses, brackets of arrays.
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

/// Whether a STRICT table takes a column of this type.
pub(super) fn is_strict(text: &str) -> bool {
    OF_STRICT.iter().any(|ty| ty.eq_ignore_ascii_case(text.trim()))
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// How long what stands in quotes is; a quote in it stands twice.
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

/// How long a list of words, numbers and texts in parentheses is.
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
