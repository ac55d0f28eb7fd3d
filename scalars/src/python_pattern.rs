//! Regular expressions of Python's `re`, translated to those of the crates `regex` and `fancy-regex`.

use std::fmt::Write as _;

/// The reason why a regular expression of Python is not supported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PythonPatternError {
    /// Something that has no counterpart.
    #[error("`{0}` is not supported")]
    Unsupported(String),
    /// It is not a regular expression of Python.
    #[error("{0}")]
    Invalid(&'static str),
}

/// A regular expression of a field: one that takes linear time, or one that backtracks a bounded number of steps.
#[derive(Debug, Clone)]
pub struct FieldPattern(Engine);

#[derive(Debug, Clone)]
enum Engine {
    Linear(regex::Regex),
    Backtracking(Box<fancy_regex::Regex>),
}

/// The steps that a search may backtrack.
const BACKTRACKS: usize = 10_000;

impl FieldPattern {
    /// Compiles a pattern of the crate `regex`; with look-around or back-references it is one of `fancy-regex`.
    ///
    /// # Errors
    /// Returns the reason in words.
    pub fn new(pattern: &str) -> Result<Self, String> {
        if let Ok(regex) = regex::Regex::new(pattern) {
            return Ok(Self(Engine::Linear(regex)));
        }
        let regex = fancy_regex::RegexBuilder::new(pattern).backtrack_limit(BACKTRACKS).build();
        regex.map(|regex| Self(Engine::Backtracking(Box::new(regex)))).map_err(|error| error.to_string())
    }

    /// Tells whether the pattern matches somewhere in a text. A search that takes too many steps finds nothing.
    pub fn is_in(&self, text: &str) -> bool {
        match &self.0 {
            Engine::Linear(regex) => regex.is_match(text),
            Engine::Backtracking(regex) => regex.is_match(text).unwrap_or(false),
        }
    }
}

/// Translates a pattern of Python.
///
/// # Errors
/// Returns an error for what has no counterpart: flags in the pattern other than `i`, `s`, `m` and `u`, named
/// characters, conditions, atomic groups and possessive quantifiers.
pub fn translate_python(pattern: &str) -> Result<String, PythonPatternError> {
    let mut reader =
        Reader { rest: pattern, out: String::with_capacity(pattern.len() * 2), multiline: false };
    while let Some(char) = reader.next() {
        reader.outside(char)?;
    }
    Ok(reader.out)
}

const DIGITS: &str = r"\p{Nd}";
const SPACES: &str = r"\s\x1c-\x1f";
const WORDS: &str = r"\p{L}\p{N}_";
/// `\b` by Python's idea of a word.
const BOUNDARY: &str = r"(?:(?<=[\p{L}\p{N}_])(?![\p{L}\p{N}_])|(?<![\p{L}\p{N}_])(?=[\p{L}\p{N}_]))";
const NO_BOUNDARY: &str = r"(?:(?<=[\p{L}\p{N}_])(?=[\p{L}\p{N}_])|(?<![\p{L}\p{N}_])(?![\p{L}\p{N}_]))";

struct Reader<'a> {
    rest: &'a str,
    out: String,
    multiline: bool,
}

type Outcome = Result<(), PythonPatternError>;

fn unsupported(text: impl Into<String>) -> PythonPatternError {
    PythonPatternError::Unsupported(text.into())
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let char = self.rest.chars().next()?;
        self.rest = &self.rest[char.len_utf8()..];
        Some(char)
    }

    fn take(&mut self, start: &str) -> bool {
        let rest = self.rest.strip_prefix(start);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn outside(&mut self, char: char) -> Outcome {
        match char {
            '\\' => self.escape(),
            '[' => self.class(),
            '(' => self.group(),
            '$' => self.end(),
            '*' | '+' | '?' => self.quantifier(&char.to_string()),
            '{' => self.count(),
            '}' | ']' => self.add(&format!("\\{char}")),
            char => self.add(char.encode_utf8(&mut [0; 4])),
        }
    }

    fn add(&mut self, text: &str) -> Outcome {
        self.out.push_str(text);
        Ok(())
    }

    /// Python's `$` also matches before a line feed at the end of the text.
    fn end(&mut self) -> Outcome {
        if self.multiline {
            return self.add("$");
        }
        // Where nothing can follow, the line feed may as well be matched, which takes no look-ahead.
        let last = self.rest.trim_start_matches(')').is_empty();
        self.add(if last { r"\n?\z" } else { r"(?=\n?\z)" })
    }

    /// Appends a quantifier, which may be lazy but not possessive.
    fn quantifier(&mut self, own: &str) -> Outcome {
        if self.rest.starts_with('+') {
            return Err(unsupported(format!("{own}+")));
        }
        self.out.push_str(own);
        if self.take("?") {
            self.out.push('?');
        }
        Ok(())
    }

    /// Reads `{2,5}`; another brace is a literal.
    fn count(&mut self) -> Outcome {
        let Some((inside, _)) = self.rest.split_once('}') else { return self.add(r"\{") };
        let (least, most) =
            inside.split_once(',').map_or((inside, None), |(least, most)| (least, Some(most)));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let numbers = digits(least) && most.is_none_or(digits);
        if !numbers || (least.is_empty() && most.is_none_or(str::is_empty)) {
            return self.add(r"\{");
        }
        let least = if least.is_empty() { "0" } else { least };
        let own = most.map_or_else(|| format!("{{{least}}}"), |most| format!("{{{least},{most}}}"));
        self.rest = &self.rest[inside.len() + 1..];
        self.quantifier(&own)
    }

    fn group(&mut self) -> Outcome {
        if !self.rest.starts_with('?') {
            return self.add("(");
        }
        for (start, own) in [("?:", "(?:"), ("?=", "(?="), ("?!", "(?!"), ("?<=", "(?<="), ("?<!", "(?<!")] {
            if self.take(start) {
                return self.add(own);
            }
        }
        if self.take("?P<") {
            return self.add("(?P<");
        }
        if self.take("?P=") {
            let (name, rest) =
                self.rest.split_once(')').ok_or(PythonPatternError::Invalid("a group does not end"))?;
            self.rest = rest;
            let _ = write!(self.out, r"\k<{name}>");
            return Ok(());
        }
        if self.take("?#") {
            let (_, rest) =
                self.rest.split_once(')').ok_or(PythonPatternError::Invalid("a comment does not end"))?;
            self.rest = rest;
            return Ok(());
        }
        self.flags()
    }

    /// Reads `(?i)` and `(?i:…)`.
    fn flags(&mut self) -> Outcome {
        let end = self.rest.find([':', ')']).ok_or(PythonPatternError::Invalid("a group does not end"))?;
        let flags = &self.rest[1..end];
        if flags.is_empty() || !flags.chars().all(|flag| "ismu-".contains(flag)) {
            return Err(unsupported(format!("(?{flags}")));
        }
        let scoped = self.rest.as_bytes().get(end) == Some(&b':');
        if flags.contains('m') && (scoped || flags.contains('-')) {
            return Err(unsupported(format!("(?{flags}")));
        }
        self.multiline |= flags.contains('m');
        let own: String = flags.chars().filter(|flag| *flag != 'u').collect();
        self.rest = &self.rest[end + 1..];
        match (own.as_str(), scoped) {
            ("", true) => self.add("(?:"),
            ("", false) => Ok(()),
            (own, true) => self.add(&format!("(?{own}:")),
            (own, false) => self.add(&format!("(?{own})")),
        }
    }

    fn escape(&mut self) -> Outcome {
        let char = self.next().ok_or(PythonPatternError::Invalid("a `\\` at the end"))?;
        match char {
            'd' => self.add(DIGITS),
            'D' => self.add(r"\P{Nd}"),
            's' => self.add(&format!("[{SPACES}]")),
            'S' => self.add(&format!("[^{SPACES}]")),
            'w' => self.add(&format!("[{WORDS}]")),
            'W' => self.add(&format!("[^{WORDS}]")),
            'A' => self.add(r"\A"),
            'Z' => self.add(r"\z"),
            'b' => self.add(BOUNDARY),
            'B' => self.add(NO_BOUNDARY),
            '1'..='9' => {
                let mut number = char.to_string();
                while let Some(digit) = self.rest.chars().next().filter(char::is_ascii_digit) {
                    number.push(digit);
                    self.next();
                }
                self.add(&format!(r"(?:\{number})"))
            }
            char => {
                let literal = self.literal(char)?;
                push_literal(&mut self.out, literal);
                Ok(())
            }
        }
    }

    /// Returns the character of an escape that stands for one.
    fn literal(&mut self, char: char) -> Result<char, PythonPatternError> {
        Ok(match char {
            'a' => '\x07',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            'x' => self.code(2)?,
            'u' => self.code(4)?,
            'U' => self.code(8)?,
            '0' => {
                let digits: String =
                    self.rest.chars().take(2).take_while(|char| ('0'..='7').contains(char)).collect();
                self.rest = &self.rest[digits.len()..];
                char::from_u32(u32::from_str_radix(&format!("0{digits}"), 8).unwrap_or_default())
                    .unwrap_or('\0')
            }
            char if char.is_ascii_alphanumeric() => return Err(unsupported(format!("\\{char}"))),
            char => char,
        })
    }

    fn code(&mut self, length: usize) -> Result<char, PythonPatternError> {
        let digits = self.rest.get(..length).filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let digits = digits.ok_or(PythonPatternError::Invalid("an escape has too few digits"))?;
        self.rest = &self.rest[length..];
        let code = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
        code.ok_or(PythonPatternError::Invalid("an escape is not a character"))
    }

    /// Reads a class, such as `[^a-z\d]`.
    fn class(&mut self) -> Outcome {
        self.out.push('[');
        if self.take("^") {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            let char = self.next().ok_or(PythonPatternError::Invalid("a class does not end"))?;
            if char == ']' && !first {
                self.out.push(']');
                return Ok(());
            }
            first = false;
            let Some(low) = self.member(char)? else { continue };
            push_literal(&mut self.out, low);
            // `a-z`; a hyphen before the end stands for itself.
            if self.rest.starts_with('-') && !self.rest.starts_with("-]") {
                self.next();
                let char = self.next().ok_or(PythonPatternError::Invalid("a class does not end"))?;
                let high =
                    self.member(char)?.ok_or(PythonPatternError::Invalid("a range ends with a set"))?;
                self.out.push('-');
                push_literal(&mut self.out, high);
            }
        }
    }

    /// Reads a member of a class; `None` for a set, which is appended.
    fn member(&mut self, char: char) -> Result<Option<char>, PythonPatternError> {
        if char != '\\' {
            return Ok(Some(char));
        }
        let char = self.next().ok_or(PythonPatternError::Invalid("a `\\` at the end"))?;
        let set = match char {
            'd' => DIGITS.to_owned(),
            'D' => r"\P{Nd}".to_owned(),
            's' => SPACES.to_owned(),
            'S' => format!("[^{SPACES}]"),
            'w' => WORDS.to_owned(),
            'W' => format!("[^{WORDS}]"),
            'b' => return Ok(Some('\x08')),
            '1'..='9' => return Err(unsupported(format!("\\{char}"))),
            char => return self.literal(char).map(Some),
        };
        self.out.push_str(&set);
        Ok(None)
    }
}

fn push_literal(out: &mut String, char: char) {
    if char.is_ascii_alphanumeric() || !char.is_ascii() || matches!(char, '<' | '>' | ' ' | '_') {
        out.push(char);
    } else if char.is_ascii_control() {
        let _ = write!(out, r"\x{:02x}", u32::from(char));
    } else {
        out.extend(['\\', char]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(pattern: &str, text: &str) -> bool {
        let own = translate_python(pattern).expect(pattern);
        FieldPattern::new(&own).unwrap_or_else(|error| panic!("{pattern} as {own}: {error}")).is_in(text)
    }

    #[test]
    fn patterns_match_as_in_python() {
        for (pattern, text, expected) in [
            (r"^\d+$", "\u{664}\u{662}", true),
            (r"^\d+$", "42\n", true),
            (r"^\d+\Z", "42\n", false),
            (r"^\d+$", "42\n\n", false),
            (r"\A(?P<year>\d{4})-(?P=year)\Z", "2024-2024", true),
            (r"\A(?P<year>\d{4})-(?P=year)\Z", "2024-2025", false),
            (r"^(a)(b)\2\1$", "abba", true),
            (r"^(?!admin)\w+$", "admin1", false),
            (r"^(?!admin)\w+$", "anna", true),
            (r"^(?:a$|b)c?", "b", true),
            (r"^[-a-zA-Z0-9_]+\Z", "slug-1", true),
            (r"[]x]", "]", true),
            (r"^[\w.@+-]+\Z", "ann@x", true),
            (r"^a{,2}$", "aaa", false),
            (r"^a{x}$", "a{x}", true),
            (r"\bon\b", "put on", true),
            (r"\bon\b", "none", false),
            (r"(?i)^ABC$", "abc", true),
            (r"^a(?#what)b$", "ab", true),
            (r"^[&&~~[]+$", "&~[", true),
            (r"^\s$", "\u{1c}", true),
            (r"^\w$", "\u{301}", false),
            (r"^a\<b$", "a<b", true),
            (r"^\x41\u0042\n$", "AB\n", true),
            (r"^\/a$", "/a", true),
        ] {
            assert_eq!(is_in(pattern, text), expected, "{pattern} in {text:?}");
        }
    }

    #[test]
    fn what_has_no_counterpart_is_an_error() {
        for pattern in
            [r"\N{DIGIT ONE}", "a++", "(?>a)", "(?(1)a|b)", "(?x)a b", "(?a)\\w", r"\q", "[a", "(?P=a"]
        {
            assert!(translate_python(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn a_search_without_end_finds_nothing() {
        assert!(!is_in(r"^(a+)+(?=b)c$", &"a".repeat(60)));
    }
}
