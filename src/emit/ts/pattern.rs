//! The patterns of fields, which the server reads as patterns of the crates `regex` and `fancy-regex`, translated to
//! JavaScript.

/// Returns the pattern for JavaScript's flag `u`; `None` if JavaScript has no such pattern, so that only the server can
/// check it.
pub(super) fn javascript(pattern: &str) -> Option<String> {
    let mut reader = Reader { rest: pattern, out: String::new() };
    while let Some(char) = reader.next() {
        reader.outside(char)?;
    }
    Some(reader.out)
}

struct Reader<'a> {
    rest: &'a str,
    out: String,
}

/// The sets of `\d`, `\w` and `\s` in Unicode, as parts of a class.
const DIGIT: &str = r"\p{Nd}";
const WORD: &str = r"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}";
const SPACE: &str = r"\p{White_Space}";

/// The names of general categories that both have.
const CATEGORIES: &[&str] = &[
    "L", "Ll", "Lu", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps",
    "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp",
];

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

    fn outside(&mut self, char: char) -> Option<()> {
        match char {
            '\\' => self.escape(false),
            '[' => self.class(),
            '(' => self.group(),
            // JavaScript's dot excludes more than the line feed.
            '.' => self.add(r"[^\n]"),
            // A brace that is not part of a count is not a literal with the flag `u`.
            ']' | '}' => {
                self.out.extend(['\\', char]);
                Some(())
            }
            '{' => self.count(),
            char => {
                self.out.push(char);
                Some(())
            }
        }
    }

    fn add(&mut self, text: &str) -> Option<()> {
        self.out.push_str(text);
        Some(())
    }

    fn group(&mut self) -> Option<()> {
        if !self.rest.starts_with('?') {
            return self.add("(");
        }
        if self.take("?:") {
            return self.add("(?:");
        }
        if let Some(look) = ["?=", "?!", "?<=", "?<!"].into_iter().find(|look| self.take(look)) {
            return self.add(&format!("({look}"));
        }
        // Both have named groups; flags have no counterpart.
        let named = self.take("?P<") || self.take("?<");
        if named { self.add("(?<") } else { None }
    }

    /// Translates a count: `{2}`, `{2,}`, `{2,3}`.
    fn count(&mut self) -> Option<()> {
        let (count, rest) = self.rest.split_once('}')?;
        let (least, most) = count.split_once(',').unwrap_or((count, ""));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if least.is_empty() || !is_number(least) || !is_number(most) {
            return None;
        }
        self.rest = rest;
        self.add(&format!("{{{count}}}"))
    }

    /// Translates what follows a backslash.
    fn escape(&mut self, in_class: bool) -> Option<()> {
        let set = |negated: bool, inner: &str| match (in_class, negated) {
            (true, false) => Some(inner.to_owned()),
            (false, false) => Some(format!("[{inner}]")),
            (false, true) => Some(format!("[^{inner}]")),
            (true, true) => None,
        };
        let text = match self.next()? {
            'd' => set(false, DIGIT)?,
            'D' => set(true, DIGIT)?,
            'w' => set(false, WORD)?,
            'W' => set(true, WORD)?,
            's' => set(false, SPACE)?,
            'S' => set(true, SPACE)?,
            'A' if !in_class => "^".to_owned(),
            'z' if !in_class => "$".to_owned(),
            'a' => r"\x07".to_owned(),
            char @ ('f' | 't' | 'n' | 'r' | 'v') => format!("\\{char}"),
            char @ ('p' | 'P') => self.property(char)?,
            char @ ('x' | 'u' | 'U') => self.code(char)?,
            char if char.is_ascii_punctuation() || char == ' ' => literal(char, in_class),
            _ => return None,
        };
        self.add(&text)
    }

    fn property(&mut self, char: char) -> Option<String> {
        let name = if self.take("{") {
            let (name, rest) = self.rest.split_once('}')?;
            self.rest = rest;
            name.to_owned()
        } else {
            self.next()?.to_string()
        };
        CATEGORIES.contains(&name.as_str()).then(|| format!("\\{char}{{{name}}}"))
    }

    /// Translates a character by its code: `\x41`, `\x{41}`, `\u0041`, `\U00000041`.
    fn code(&mut self, char: char) -> Option<String> {
        let digits = if self.take("{") {
            let (digits, rest) = self.rest.split_once('}')?;
            self.rest = rest;
            digits
        } else {
            let length = match char {
                'x' => 2,
                'u' => 4,
                _ => 8,
            };
            let digits = self.rest.get(..length)?;
            self.rest = &self.rest[length..];
            digits
        };
        let code = u32::from_str_radix(digits, 16).ok()?;
        Some(format!("\\u{{{code:X}}}"))
    }

    fn class(&mut self) -> Option<()> {
        self.out.push('[');
        if self.take("^") {
            self.out.push('^');
        }
        // The bracket is a member if it is the first one in a class.
        if self.take("]") {
            self.out.push_str(r"\]");
        }
        loop {
            let sets = ["&&", "--", "~~"];
            if sets.iter().any(|operator| self.rest.starts_with(operator)) {
                return None;
            }
            match self.next()? {
                ']' => return self.add("]"),
                // JavaScript has no nested classes.
                '[' => return None,
                '\\' => self.escape(true)?,
                char => self.out.push(char),
            }
        }
    }
}

/// Returns a literal character: JavaScript only escapes those that have another meaning.
fn literal(char: char, in_class: bool) -> String {
    let means = r"^$\.*+?()[]{}|/".contains(char) || (in_class && char == '-');
    if means { format!("\\{char}") } else { char.to_string() }
}

#[cfg(test)]
mod tests {
    use super::javascript;

    #[test]
    fn patterns_mean_the_same() {
        for (pattern, written) in [
            ("^[A-Z]+$", "^[A-Z]+$"),
            (r"^\d{3}-\d{2,}$", r"^[\p{Nd}]{3}-[\p{Nd}]{2,}$"),
            (r"[\w.-]@", r"[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}.-]@"),
            (r"\S.", r"[^\p{White_Space}][^\n]"),
            (r"(?P<year>\d)(?:a|b)", r"(?<year>[\p{Nd}])(?:a|b)"),
            (r"\-\_\/\@[\-\]]", r"-_\/@[\-\]]"),
            (r"a]b}", r"a\]b\}"),
            ("[]a]", r"[\]a]"),
            (r"\A\p{Lu}\pL\z", r"^\p{Lu}\p{L}$"),
            (r"\x{1F600}\x41", r"\u{1F600}\u{41}"),
            (r"(?<!a)(?<=b)(?!c)(?=d)\z", "(?<!a)(?<=b)(?!c)(?=d)$"),
        ] {
            assert_eq!(javascript(pattern).as_deref(), Some(written), "{pattern}");
        }
        for pattern in
            ["(?i)a", r"[a&&b]", "[[:alpha:]]", r"\bword", r"\p{Greek}", r"[\W]", "(?>a)", r"\1", "a{,2}"]
        {
            assert_eq!(javascript(pattern), None, "{pattern}");
        }
    }
}
