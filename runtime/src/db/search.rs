//! Search as SQL: a word is somewhere in a text, letters of either case.
//!
//! Two letters are the same if Unicode's simple case folding makes them one: `Ä` and `ä`, `ß` and `ẞ`, the three of
//! sigma, the sign of kelvin and `k`. That is said here, letter by letter, as databases have ideas of case that depend
//! on how they were built and on their locale: SQLite knows that of ASCII alone, PostgreSQL that of a collation.

use std::fmt::Write as _;

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::compose::Composer;
use super::place::ColumnRef;

/// What a word is searched by.
#[derive(Debug, PartialEq, Eq)]
enum Pattern {
    /// That of `LIKE`, which ignores the case of ASCII and of nothing else: no letter has another outside of it.
    Like(String),
    /// A regular expression that spells the cases out. It means the same to PostgreSQL and to the crate `regex`.
    Regex(String),
}

impl Pattern {
    fn of(word: &str) -> Self {
        let is_plain = word.chars().all(|letter| match cases(letter).as_slice() {
            // These are one to the LIKE of SQLite (`sqlite3Utf8Read`).
            [_] => !matches!(letter, '\u{fffd}'..='\u{ffff}'),
            cases => cases.iter().all(char::is_ascii),
        });
        if is_plain { Self::Like(format!("%{}%", escape_like(word))) } else { Self::regex(word) }
    }

    fn regex(word: &str) -> Self {
        let mut pattern = String::with_capacity(word.len() * 4);
        for letter in word.chars() {
            match cases(letter).as_slice() {
                [_] if r"\.+*?()|[]{}^$".contains(letter) => pattern.extend(['\\', letter]),
                [_] => pattern.push(letter),
                cases => {
                    let cases: String = cases.iter().collect();
                    // Writing into a string cannot fail. Nothing that has cases means anything between brackets.
                    let _ = write!(pattern, "[{cases}]");
                }
            }
        }
        Self::Regex(pattern)
    }
}

/// The letters that are the same as one, that one included.
fn cases(letter: char) -> Vec<char> {
    let mut class = ClassUnicode::new([ClassUnicodeRange::new(letter, letter)]);
    // It fails without the tables of Unicode alone, which are a feature that is on.
    match class.try_case_fold_simple() {
        Ok(()) => class.ranges().iter().flat_map(|range| range.start()..=range.end()).collect(),
        Err(_) => vec![letter],
    }
}

impl Composer {
    /// The word is somewhere in the column.
    pub(crate) fn mentions<'a>(&mut self, place: impl Into<ColumnRef<'a>>, word: &str) -> &mut Self {
        let place: ColumnRef<'a> = place.into();
        let of_database = place.column.is_ordered_by_database();
        // What a collation of the database's own takes for the same letter is not known.
        let pattern = if of_database { Pattern::regex(word) } else { Pattern::of(word) };
        if place.column.is_text() {
            self.written(place);
        } else {
            self.text("CAST(").place(place).text(" AS TEXT)");
        }
        if !of_database {
            self.by_code_points();
        }
        let dialect = self.dialect();
        match pattern {
            Pattern::Like(like) => self.text(dialect.like()).value(like).text(" ESCAPE '\\'"),
            Pattern::Regex(regex) => self.text(dialect.regex()).value(regex),
        }
    }
}

/// Takes their meaning from LIKE's wildcards.
fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::{Regex, RegexBuilder};

    use super::{Pattern, cases};

    #[test]
    fn words_without_cases_outside_of_ascii_are_those_of_like() {
        let like = |pattern: &str| Pattern::Like(pattern.to_owned());
        let regex = |pattern: &str| Pattern::Regex(pattern.to_owned());
        for (word, pattern) in [
            ("fern", like("%fern%")),
            ("50%_\\", like("%50\\%\\_\\\\%")),
            ("[a-b]*", like("%[a-b]*%")),
            ("desk", regex("[Dd][Ee][Ssſ][Kk\u{212a}]")),
            ("ß.", regex("[ßẞ]\\.")),
            ("σ^$", regex("[Σςσ]\\^\\$")),
            ("İı日", like("%İı日%")),
            ("\u{fffd}", regex("\u{fffd}")),
            ("\u{ffff}", regex("\u{ffff}")),
        ] {
            assert_eq!(Pattern::of(word), pattern, "{word}");
        }
    }

    #[test]
    fn letters_are_the_same_both_ways() {
        for letter in ('\0'..=char::MAX).filter(|letter| letter.is_alphabetic()) {
            let same = cases(letter);
            assert!(same.contains(&letter));
            for other in &same {
                assert_eq!(cases(*other), same, "{letter:?} {other:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_word_is_found_in_whatever_case(word in "[a-zA-ZäÄßẞſkKσςΣ😀.*\\\\\\[\\]^$ǅǆİıﬀ-]{1,6}", text in ".{0,40}") {
            let Pattern::Regex(pattern) = Pattern::regex(&word) else { panic!("not a regular expression") };
            let own = Regex::new(&pattern).expect("a pattern");
            // What the crate itself makes of case.
            let insensitive = RegexBuilder::new(&regex::escape(&word)).case_insensitive(true).build();
            let insensitive = insensitive.expect("a pattern");
            let inside = format!("{text}{}{text}", word.to_lowercase());
            let shouted = format!("{text}{}{text}", word.to_uppercase());
            for text in [&text, &inside, &shouted] {
                prop_assert_eq!(own.is_match(text), insensitive.is_match(text), "{:?} {:?}", word, text);
            }
            let outside = format!("{text}{word}");
            prop_assert!(own.is_match(&outside));
        }
    }
}
