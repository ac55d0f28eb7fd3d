//! Search as SQL: a word is somewhere in a text, letters of either case.
//!
//! Two letters are the same if Unicode's simple case folding makes them equal: `Ä` and `ä`, `ß` and `ẞ`, the three
//! forms of sigma, the Kelvin sign and `k`. The pattern spells this out letter by letter, because case-insensitivity of
//! databases depends on how they were built and on their locale: SQLite knows only that of ASCII, PostgreSQL that of a
//! collation.

use std::fmt::Write as _;

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::compose::Composer;
use super::place::ColumnRef;

/// The pattern for a word.
#[derive(Debug, PartialEq, Eq)]
enum Pattern {
    /// A pattern of `LIKE`, which ignores the case of ASCII letters only: no letter of the word has another case
    /// outside of ASCII.
    Like(String),
    /// A regular expression that spells out the cases. It means the same to PostgreSQL and to the crate `regex`.
    Regex(String),
}

impl Pattern {
    fn of(word: &str) -> Self {
        let is_plain = word.chars().all(|letter| match cases(letter).as_slice() {
            // These are equal to the LIKE of SQLite (`sqlite3Utf8Read`).
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
                    // Writing into a string cannot fail. No letter with cases has a special meaning between brackets.
                    let _ = write!(pattern, "[{cases}]");
                }
            }
        }
        Self::Regex(pattern)
    }
}

/// Returns the letters that are equal to a letter, including itself.
fn cases(letter: char) -> Vec<char> {
    let mut class = ClassUnicode::new([ClassUnicodeRange::new(letter, letter)]);
    // It fails only without the tables of Unicode, which are an enabled feature.
    match class.try_case_fold_simple() {
        Ok(()) => class.ranges().iter().flat_map(|range| range.start()..=range.end()).collect(),
        Err(_) => vec![letter],
    }
}

/// Returns a text in which letters that a search treats as equal are the same, so that a word is in a text exactly if
/// its folded form is in the folded text.
pub(crate) fn folded(text: &str) -> String {
    let fold = |letter: char| match letter.is_ascii() {
        // No letter beyond ASCII comes before those of ASCII.
        true => letter.to_ascii_uppercase(),
        false => cases(letter).first().copied().unwrap_or(letter),
    };
    text.chars().map(fold).collect()
}

impl Composer {
    /// Appends the condition that the word is somewhere in the column.
    pub(crate) fn mentions<'a>(&mut self, place: impl Into<ColumnRef<'a>>, word: &str) -> &mut Self {
        let place: ColumnRef<'a> = place.into();
        let of_database = place.column.is_ordered_by_database();
        // It is unknown which letters a collation of the database treats as equal.
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

/// Escapes LIKE's wildcards.
fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::{Regex, RegexBuilder};

    use super::{Pattern, cases, folded};

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
            // The case-insensitivity of the crate itself.
            let insensitive = RegexBuilder::new(&regex::escape(&word)).case_insensitive(true).build();
            let insensitive = insensitive.expect("a pattern");
            let inside = format!("{text}{}{text}", word.to_lowercase());
            let shouted = format!("{text}{}{text}", word.to_uppercase());
            for text in [&text, &inside, &shouted] {
                prop_assert_eq!(own.is_match(text), insensitive.is_match(text), "{:?} {:?}", word, text);
                prop_assert_eq!(own.is_match(text), folded(text).contains(&folded(&word)), "{:?} {:?}", word, text);
            }
            let outside = format!("{text}{word}");
            prop_assert!(own.is_match(&outside));
        }
    }
}
