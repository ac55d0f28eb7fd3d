//! The order of values of one kind, and what a search finds.

use std::cmp::Ordering;

use regex::{Regex, RegexBuilder};

use super::Value;

/// The order of two values of one column: `null` is less than everything, texts are ordered by their code points.
///
/// # Panics
/// If they are of different kinds.
pub fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (Value::Boolean(a), Value::Boolean(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => a.partial_cmp(b).expect("numbers are finite"),
        (Value::Text(a), Value::Text(b)) => a.chars().cmp(b.chars()),
        (Value::Decimal { mantissa: a, places: p }, Value::Decimal { mantissa: b, places: q }) => {
            let scaled =
                |number: &i128, own: u32, other: u32| number * 10_i128.pow(other.saturating_sub(own));
            scaled(a, *p, *q).cmp(&scaled(b, *q, *p))
        }
        (Value::Date(a), Value::Date(b)) => a.cmp(b),
        (Value::Integer(a), Value::Integer(b))
        | (Value::DateTime(a), Value::DateTime(b))
        | (Value::Time(a), Value::Time(b))
        | (Value::Duration(a), Value::Duration(b)) => a.cmp(b),
        (Value::Uuid(a), Value::Uuid(b)) => a.cmp(b),
        (Value::Bytes(a), Value::Bytes(b)) => a.cmp(b),
        _ => panic!("{a:?} and {b:?} are of different kinds"),
    }
}

/// A word to be found in texts, whatever the case of the letters of either: by Unicode's simple case folding, as regular
/// expressions have it (UTS #18, RL1.5).
#[derive(Debug, Clone)]
pub struct Folded(Regex);

impl Folded {
    /// A word.
    ///
    /// # Panics
    /// If it is longer than a pattern may be.
    pub fn new(word: &str) -> Self {
        let pattern = RegexBuilder::new(&regex::escape(word)).case_insensitive(true).build();
        Self(pattern.expect("an escaped text is a pattern"))
    }

    /// Whether a text holds it.
    pub fn is_in(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_ordered_by_code_points() {
        let text = |text: &str| Value::Text(text.to_owned());
        for (less, greater) in [("", "a"), ("B", "a"), ("Z", "ä"), ("\u{ffff}", "\u{10000}"), ("a", "ab")] {
            assert_eq!(order(&text(less), &text(greater)), Ordering::Less, "{less} {greater}");
        }
    }

    #[test]
    fn letters_are_found_in_either_case() {
        for (text, word) in [("ÄRZTE", "ä"), ("\u{212a}", "k"), ("ς", "Σ"), ("\u{1e9e}", "ß"), ("𐐀", "𐐨")]
        {
            assert!(Folded::new(word).is_in(text), "{text} {word}");
        }
        for (text, word) in [("ß", "ss"), ("\u{130}", "i"), ("e\u{301}", "é"), ("ﬁ", "fi"), ("a.c", "abc")]
        {
            assert!(!Folded::new(word).is_in(text), "{text} {word}");
        }
    }
}
