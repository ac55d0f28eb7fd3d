//! Translates the regular expressions of ECMA-262, which JSON Schema uses, to those of Rust.
//!
//! Without look-around and back-references, a search takes linear time in the length of the text (the crate `regex`).
//! With them, it uses `fancy-regex`, which stops after a bounded number of backtracking steps.

use std::fmt::Write as _;

/// The maximal backtracking steps in one search, for patterns with look-around or back-references.
const BACKTRACKS: usize = 10_000;

/// A compiled regular expression.
#[derive(Debug, Clone)]
pub struct Pattern(Engine);

#[derive(Debug, Clone)]
enum Engine {
    Linear(regex::Regex),
    Backtracking(Box<fancy_regex::Regex>),
}

/// The reason why a text is not a regular expression, or not one that is supported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PatternError(String);

/// The error of a search that took too many steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManySteps;

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// Returns [`PatternError`] if the text is not a valid pattern.
    pub fn new(pattern: &str) -> Result<Self, PatternError> {
        let Translation { text, backtracks } = translate(pattern, false)?;
        if backtracks {
            let text = text.replace(BOUNDARY, ASCII_BOUNDARY).replace(NO_BOUNDARY, ASCII_NO_BOUNDARY);
            let mut builder = fancy_regex::RegexBuilder::new(&text);
            let regex = builder.backtrack_limit(BACKTRACKS).build();
            let regex = regex.map_err(|error| PatternError(last_line(&error.to_string())))?;
            return Ok(Self(Engine::Backtracking(Box::new(regex))));
        }
        let regex = regex::Regex::new(&text).map_err(|error| PatternError(last_line(&error.to_string())))?;
        Ok(Self(Engine::Linear(regex)))
    }

    /// Tells whether a text is a regular expression of ECMA-262 with the flag `u`, without the extensions of browsers.
    pub fn is_one(pattern: &str) -> bool {
        translate(pattern, true).is_ok() && Self::new(pattern).is_ok()
    }

    /// Returns the maximal cost of a search in a text of this many bytes, in steps of the validation.
    pub(super) fn cost(&self, bytes: usize) -> u64 {
        match self.0 {
            Engine::Linear(_) => bytes as u64 / 16,
            Engine::Backtracking(_) => BACKTRACKS as u64 / 10 + bytes as u64 / 16,
        }
    }

    /// Tells whether the pattern matches somewhere in the text.
    ///
    /// # Errors
    /// Returns [`TooManySteps`] if the search does not end within the maximal number of steps.
    pub fn is_in(&self, text: &str) -> Result<bool, TooManySteps> {
        match &self.0 {
            Engine::Linear(regex) => Ok(regex.is_match(text)),
            Engine::Backtracking(regex) => regex.is_match(text).map_err(|_| TooManySteps),
        }
    }
}

/// Returns the last line of an error message; the lines before it draw the pattern.
fn last_line(text: &str) -> String {
    let line = text.lines().last().unwrap_or_default().trim();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

struct Translation {
    text: String,
    backtracks: bool,
}

/// The characters that are white space in ECMA-262.
const SPACE: &str = r"\t\n\x0B\x0C\r \u{A0}\u{FEFF}\p{Zs}\u{2028}\u{2029}";
const WORD: &str = "0-9A-Z_a-z";

/// A word boundary is that of ASCII. `regex` has a flag for it, which `fancy-regex` does not have. No other part of a
/// translated pattern has this text, because the brackets of literals are escaped.
const BOUNDARY: &str = r"(?-u:\b)";
const NO_BOUNDARY: &str = r"(?-u:\B)";
const ASCII_BOUNDARY: &str = "(?:(?<=[0-9A-Z_a-z])(?![0-9A-Z_a-z])|(?<![0-9A-Z_a-z])(?=[0-9A-Z_a-z]))";
const ASCII_NO_BOUNDARY: &str = "(?:(?<=[0-9A-Z_a-z])(?=[0-9A-Z_a-z])|(?<![0-9A-Z_a-z])(?![0-9A-Z_a-z]))";

struct Translator<'a> {
    chars: std::iter::Peekable<std::str::Chars<'a>>,
    out: String,
    backtracks: bool,
    /// Whether only ECMA-262 is accepted, without the extensions of browsers.
    strict: bool,
    groups: usize,
    open: usize,
}

fn translate(pattern: &str, strict: bool) -> Result<Translation, PatternError> {
    let chars = pattern.chars().peekable();
    let groups = count_groups(pattern);
    let out = String::with_capacity(pattern.len());
    let mut translator = Translator { chars, out, backtracks: false, strict, groups, open: 0 };
    translator.run()?;
    Ok(Translation { text: translator.out, backtracks: translator.backtracks })
}

/// Returns the number of captured groups, which determines the meaning of a number after a backslash.
fn count_groups(pattern: &str) -> usize {
    let (mut groups, mut in_class) = (0, false);
    let mut rest = pattern;
    while let Some(char) = rest.chars().next() {
        rest = &rest[char.len_utf8()..];
        match char {
            '\\' => rest = rest.chars().next().map_or("", |next| &rest[next.len_utf8()..]),
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => {
                let named = rest.starts_with("?<") && !rest.starts_with("?<=") && !rest.starts_with("?<!");
                groups += usize::from(named || !rest.starts_with('?'));
            }
            _ => {}
        }
    }
    groups
}

fn wrong<T>(text: impl Into<String>) -> Result<T, PatternError> {
    Err(PatternError(text.into()))
}

impl Translator<'_> {
    fn run(&mut self) -> Result<(), PatternError> {
        // Whether the part that was read last may be repeated.
        let mut atom = false;
        while let Some(char) = self.chars.next() {
            match char {
                '\\' => atom = self.escape()?,
                '[' => {
                    self.class()?;
                    atom = true;
                }
                '.' => {
                    self.out.push_str(r"[^\n\r\u{2028}\u{2029}]");
                    atom = true;
                }
                '^' => {
                    self.out.push_str(r"\A");
                    atom = false;
                }
                '$' => {
                    self.out.push_str(r"\z");
                    atom = false;
                }
                '(' => {
                    self.group()?;
                    atom = false;
                }
                ')' => {
                    self.open =
                        self.open.checked_sub(1).ok_or_else(|| PatternError("unopened group".into()))?;
                    self.out.push(')');
                    atom = true;
                }
                '|' => {
                    self.out.push('|');
                    atom = false;
                }
                '*' | '+' | '?' => {
                    if !atom {
                        return wrong("there is nothing to repeat");
                    }
                    self.out.push(char);
                    self.lazy();
                    atom = false;
                }
                '{' => match self.counted() {
                    Some(counted) if atom => {
                        self.out.push_str(&counted);
                        self.lazy();
                        atom = false;
                    }
                    Some(_) => return wrong("there is nothing to repeat"),
                    None if self.strict => return wrong("a brace stands alone"),
                    None => {
                        self.out.push_str(r"\{");
                        atom = true;
                    }
                },
                '}' | ']' if self.strict => return wrong("a bracket stands alone"),
                char => {
                    self.literal(char);
                    atom = true;
                }
            }
        }
        if self.open > 0 { wrong("unclosed group") } else { Ok(()) }
    }

    fn lazy(&mut self) {
        if self.chars.next_if_eq(&'?').is_some() {
            self.out.push('?');
        }
    }

    /// Reads `{2}`, `{2,}` or `{2,3}` after the brace.
    fn counted(&mut self) -> Option<String> {
        let mut ahead = self.chars.clone();
        let mut text = String::from("{");
        let mut digits = false;
        let mut commas = 0;
        for char in ahead.by_ref() {
            text.push(char);
            match char {
                '0'..='9' => digits = true,
                ',' if digits && commas == 0 => commas += 1,
                '}' if digits => {
                    self.chars = ahead;
                    return Some(text);
                }
                _ => return None,
            }
        }
        None
    }

    fn group(&mut self) -> Result<(), PatternError> {
        self.open += 1;
        self.out.push('(');
        if self.chars.next_if_eq(&'?').is_none() {
            return Ok(());
        }
        self.out.push('?');
        match self.chars.next() {
            Some(':') => self.out.push(':'),
            Some(char @ ('=' | '!')) => {
                self.backtracks = true;
                self.out.push(char);
            }
            Some('<') => {
                self.out.push('<');
                match self.chars.peek() {
                    Some(char @ ('=' | '!')) => {
                        self.backtracks = true;
                        self.out.push(*char);
                        self.chars.next();
                    }
                    _ => self.name()?,
                }
            }
            _ => return wrong("unknown group"),
        }
        Ok(())
    }

    fn name(&mut self) -> Result<(), PatternError> {
        let mut empty = true;
        for char in self.chars.by_ref() {
            self.out.push(char);
            match char {
                '>' if !empty => return Ok(()),
                char if char.is_alphanumeric() || char == '_' => empty = false,
                _ => break,
            }
        }
        wrong("a name of a group is not one")
    }

    fn literal(&mut self, char: char) {
        if char.is_ascii_punctuation() {
            self.out.push('\\');
            self.out.push(char);
        } else if char.is_ascii_alphanumeric() || !char.is_ascii() {
            self.out.push(char);
        } else {
            let _ = write!(self.out, r"\x{{{:X}}}", char as u32);
        }
    }

    /// Reads an escape after its backslash, outside of a class. Returns whether it may be repeated.
    fn escape(&mut self) -> Result<bool, PatternError> {
        match self.chars.peek().copied() {
            Some('b') => {
                self.chars.next();
                self.out.push_str(BOUNDARY);
                return Ok(false);
            }
            Some('B') => {
                self.chars.next();
                self.out.push_str(NO_BOUNDARY);
                return Ok(false);
            }
            Some('k') => {
                self.chars.next();
                if self.chars.next_if_eq(&'<').is_none() {
                    return wrong("`\\k` without a name");
                }
                self.backtracks = true;
                self.out.push_str(r"\k<");
                self.name()?;
                return Ok(true);
            }
            Some('1'..='9') => {
                let mut number = String::new();
                while let Some(digit) = self.chars.next_if(char::is_ascii_digit) {
                    number.push(digit);
                }
                if number.parse::<usize>().map_or(true, |number| number > self.groups) {
                    return wrong("a back-reference to no group");
                }
                self.backtracks = true;
                let _ = write!(self.out, r"(?:\{number})");
                return Ok(true);
            }
            _ => {}
        }
        match self.escaped()? {
            Escaped::Char(char) => self.literal(char),
            Escaped::Class(class) => {
                let _ = write!(self.out, "[{class}]");
            }
            Escaped::Not(class) => {
                let _ = write!(self.out, "[^{class}]");
            }
        }
        Ok(true)
    }

    /// Reads an escape that is a character or a class.
    fn escaped(&mut self) -> Result<Escaped, PatternError> {
        let Some(char) = self.chars.next() else { return wrong("a backslash at the end") };
        Ok(match char {
            'd' => Escaped::Class("0-9".into()),
            'D' => Escaped::Not("0-9".into()),
            'w' => Escaped::Class(WORD.into()),
            'W' => Escaped::Not(WORD.into()),
            's' => Escaped::Class(SPACE.into()),
            'S' => Escaped::Not(SPACE.into()),
            't' => Escaped::Char('\t'),
            'n' => Escaped::Char('\n'),
            'r' => Escaped::Char('\r'),
            'v' => Escaped::Char('\u{b}'),
            'f' => Escaped::Char('\u{c}'),
            '0' if !self.chars.peek().is_some_and(char::is_ascii_digit) => Escaped::Char('\0'),
            'c' => match self.chars.next() {
                Some(letter) if letter.is_ascii_alphabetic() => {
                    Escaped::Char(char::from(letter as u8 & 0x1f))
                }
                _ => return wrong("`\\c` without a letter"),
            },
            'x' => Escaped::Char(self.hexadecimal(2)?),
            'u' => Escaped::Char(self.unicode()?),
            'p' => Escaped::Class(format!(r"\p{}", self.property()?)),
            'P' => Escaped::Class(format!(r"\P{}", self.property()?)),
            '^' | '$' | '\\' | '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '/' => {
                Escaped::Char(char)
            }
            char if !self.strict && !char.is_ascii_alphanumeric() => Escaped::Char(char),
            char => return wrong(format!("`\\{char}` is no escape")),
        })
    }

    fn hexadecimal(&mut self, length: usize) -> Result<char, PatternError> {
        self.unit(length)
            .and_then(char::from_u32)
            .ok_or_else(|| PatternError("no code of a character".into()))
    }

    fn unit(&mut self, length: usize) -> Option<u32> {
        let mut code = 0;
        for _ in 0..length {
            code = code * 16 + self.chars.next()?.to_digit(16)?;
        }
        Some(code)
    }

    fn unicode(&mut self) -> Result<char, PatternError> {
        let none = || PatternError("no code of a character".into());
        if self.chars.next_if_eq(&'{').is_some() {
            let mut code = 0_u32;
            let mut digits = 0;
            loop {
                match self.chars.next() {
                    Some('}') if digits > 0 => return char::from_u32(code).ok_or_else(none),
                    Some(digit) if digits < 6 => {
                        code = code * 16 + digit.to_digit(16).ok_or_else(none)?;
                        digits += 1;
                    }
                    _ => return Err(none()),
                }
            }
        }
        let high = self.unit(4).ok_or_else(none)?;
        if !(0xD800..0xDC00).contains(&high) {
            return char::from_u32(high).ok_or_else(none);
        }
        if self.chars.next() != Some('\\') || self.chars.next() != Some('u') {
            return Err(none());
        }
        let low = self.unit(4).filter(|low| (0xDC00..0xE000).contains(low)).ok_or_else(none)?;
        char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00)).ok_or_else(none)
    }

    fn property(&mut self) -> Result<String, PatternError> {
        if self.chars.next_if_eq(&'{').is_none() {
            return wrong("`\\p` without a name");
        }
        let mut name = String::from("{");
        for char in self.chars.by_ref() {
            name.push(char);
            match char {
                '}' => return Ok(name),
                '=' | '_' => {}
                char if char.is_ascii_alphanumeric() => {}
                _ => break,
            }
        }
        wrong("a name of a property is not one")
    }

    /// Reads a class after its bracket.
    fn class(&mut self) -> Result<(), PatternError> {
        let not = self.chars.next_if_eq(&'^').is_some();
        if self.chars.next_if_eq(&']').is_some() {
            self.out.push_str(if not { r"[\x{0}-\x{10FFFF}]" } else { r"[^\x{0}-\x{10FFFF}]" });
            return Ok(());
        }
        self.out.push_str(if not { "[^" } else { "[" });
        loop {
            let first = match self.chars.next() {
                None => return wrong("unclosed class"),
                Some(']') => {
                    self.out.push(']');
                    return Ok(());
                }
                Some(char) => self.class_atom(char)?,
            };
            let mut ahead = self.chars.clone();
            let range = ahead.next() == Some('-') && !matches!(ahead.next(), None | Some(']'));
            if !range {
                self.put(&first);
                continue;
            }
            self.chars.next();
            let last = match self.chars.next() {
                None => return wrong("unclosed class"),
                Some(char) => self.class_atom(char)?,
            };
            match (&first, &last) {
                (Escaped::Char(from), Escaped::Char(to)) if from <= to => {
                    let _ = write!(self.out, r"\x{{{:X}}}-\x{{{:X}}}", *from as u32, *to as u32);
                }
                (Escaped::Char(_), Escaped::Char(_)) => {
                    return wrong("a range from a later to an earlier character");
                }
                _ if self.strict => return wrong("a range of a class"),
                _ => {
                    self.put(&first);
                    self.put(&Escaped::Char('-'));
                    self.put(&last);
                }
            }
        }
    }

    fn class_atom(&mut self, char: char) -> Result<Escaped, PatternError> {
        match char {
            '\\' => match self.chars.peek() {
                Some('b') => {
                    self.chars.next();
                    Ok(Escaped::Char('\u{8}'))
                }
                Some('-') => {
                    self.chars.next();
                    Ok(Escaped::Char('-'))
                }
                _ => self.escaped(),
            },
            char => Ok(Escaped::Char(char)),
        }
    }

    fn put(&mut self, escaped: &Escaped) {
        let _ = match escaped {
            Escaped::Char(char) => write!(self.out, r"\x{{{:X}}}", *char as u32),
            Escaped::Class(class) => write!(self.out, "{class}"),
            Escaped::Not(class) => write!(self.out, "[^{class}]"),
        };
    }
}

enum Escaped {
    Char(char),
    /// The content of a class.
    Class(String),
    /// The content of a negated class.
    Not(String),
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    fn found(pattern: &str, text: &str) -> bool {
        Pattern::new(pattern).expect(pattern).is_in(text).expect("few steps")
    }

    #[test]
    fn patterns_are_those_of_ecma_262() {
        for (pattern, text, expected) in [
            (r"^\d+$", "١", false),
            (r"^\w$", "é", false),
            (r"^\s$", "\u{feff}", true),
            (r"a.c", "a\u{2028}c", false),
            (r"^a$", "a\n", false),
            (r"[^]", "\n", true),
            (r"[]", "a", false),
            (r"[[&&a]", "&", true),
            (r"^[\w-]+$", "a-b", true),
            (r"^[\S\d]$", " ", false),
            (r"\bé", "aé", true),
            (r"\u{1F432}|\uD83D\uDC33", "🐳", true),
            (r"^\cC$", "\u{3}", true),
            (r"^(?=.*\d)(?=.*[a-z]).{4,}$", "abc1", true),
            (r"^(?=.*\d)(?=.*[a-z]).{4,}$", "abcd", false),
            (r"(?<!a)b\b", "ab", false),
            (r"^(a|b)\1$", "aa", true),
            (r"^(?<x>a|b)\k<x>$", "ab", false),
            (r"\p{Script=Greek}", "α", true),
            (r"a{,2}", "a{,2}", true),
            (r"\-", "-", true),
        ] {
            assert_eq!(found(pattern, text), expected, "{pattern} {text:?}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for pattern in
            ["(", ")", "[", "a**", "*", r"\", r"\a", r"\2(a)", "(?a)", "[b-a]", r"\p{No_Such}", "(?<>a)"]
        {
            assert!(Pattern::new(pattern).is_err(), "{pattern}");
        }
        assert!(!Pattern::is_one(r"\-") && !Pattern::is_one("{") && Pattern::is_one(r"\$\/"));
    }

    #[test]
    fn hostile_patterns_end() {
        let text = "a".repeat(40);
        assert_eq!(Pattern::new(r"^(a+)+$").expect("linear").is_in(&(text.clone() + "!")), Ok(false));
        assert!(Pattern::new(r"^((a+)\2?)+$").expect("backtracking").is_in(&(text + "!")).is_err());
    }
}
