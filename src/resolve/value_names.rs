//! The names of the values of an `enum` in Rust and TypeScript.
//!
//! A name follows from its value alone, and not from the position of the value: code that uses the name has the same
//! meaning after the definition gets another value. If two values would have the same name, both get a longer one. Then
//! code with the short name does not compile, and never means the other value.

use unicode_ident::{is_xid_continue, is_xid_start};
use unicode_normalization::UnicodeNormalization;

use super::reserved;
use crate::escape::is_invisible;
use crate::ir::{Literal, Name};

/// The amount of detail in names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Detail {
    /// Whether words contain their case: `AscLower`, `AscUpper`.
    case: bool,
    /// Whether names contain separators: `ZhHyphenCn`, `ZhUnderscoreCn`.
    separators: bool,
}

/// The least detail, with the most readable names.
const SHORT: Detail = Detail { case: false, separators: false };

/// More detail, in the order in which it is tried. After the last, names consist of code points.
const LONGER: [Detail; 3] = [
    Detail { case: true, separators: false },
    Detail { case: false, separators: true },
    Detail { case: true, separators: true },
];

/// Returns the name of each value, in UpperCamelCase. The names are unique, and do not depend on the order of the
/// values.
pub(super) fn value_names(values: &[Literal]) -> Vec<String> {
    let mut names: Vec<String> = values.iter().map(|value| name_of(value, SHORT)).collect();
    // A longer name may equal the short name of another value, so that this repeats until nothing changes. A value that
    // shares a name a second time is named by its code points, which happens at most once for each.
    let mut longer = vec![false; values.len()];
    loop {
        let shared: Vec<usize> = (0..names.len())
            .filter(|&at| names.iter().filter(|name| **name == names[at]).count() > 1)
            .collect();
        if shared.is_empty() {
            return names;
        }
        let mut renamed = names.clone();
        for &at in &shared {
            let group: Vec<usize> =
                shared.iter().copied().filter(|&other| names[other] == names[at]).collect();
            let again = group.iter().any(|&other| longer[other]);
            renamed[at] = if again { None } else { told_apart(values, &group, at, &names[at]) }
                .unwrap_or_else(|| by_code_points(&values[at]));
        }
        names = renamed;
        shared.into_iter().for_each(|at| longer[at] = true);
    }
}

/// Returns the name of a text alone, as words.
pub(super) fn text_name(text: &str) -> Name {
    Name::parse(&name_of(&Literal::Text(text.to_owned()), SHORT))
}

/// Returns the name of one of the values that share a short name, with the least detail that distinguishes all of them.
fn told_apart(values: &[Literal], group: &[usize], at: usize, short: &str) -> Option<String> {
    LONGER.into_iter().find_map(|detail| {
        let mut names: Vec<String> = group.iter().map(|&other| name_of(&values[other], detail)).collect();
        names.sort();
        // None of them may keep the name that could mean another value.
        let apart = names.windows(2).all(|pair| pair[0] != pair[1]) && names.iter().all(|name| name != short);
        apart.then(|| name_of(&values[at], detail))
    })
}

/// Returns `Value5` for 5, `ValueMinus5` for -5, `True` for `true`, `Empty` for `""`, and otherwise the words and signs of a text:
/// `CPlusPlus`.
fn name_of(value: &Literal, detail: Detail) -> String {
    let text = match value {
        Literal::Integer(number) => return number_name(&number.to_string(), detail),
        Literal::Number(text) => {
            let number = text.parse::<f64>().map_or_else(|_| text.clone(), |number| format!("{number:?}"));
            return number_name(&number, detail);
        }
        Literal::Boolean(value) => {
            let name = if *value { "True" } else { "False" };
            return if detail == SHORT { name.to_owned() } else { format!("{name}Boolean") };
        }
        Literal::Text(text) => text,
        other => unreachable!("invariant: a value of an enum is a single value, not {other:?}"),
    };
    if text.is_empty() {
        return if detail == SHORT { "Empty" } else { "EmptyText" }.to_owned();
    }
    let parts = parts(text);
    let words = words(&parts, detail);
    // Texts such as `.` and ` ` consist only of separators.
    let words =
        if words.is_empty() { self::words(&parts, Detail { separators: true, ..detail }) } else { words };
    identifier(&Name::of_words(words))
}

/// Returns the name of a number: `Value5`, `ValueMinus1_5`. Beside texts with the same name it is `Number5`.
fn number_name(text: &str, detail: Detail) -> String {
    let noun = if detail == SHORT { "Value" } else { "Number" };
    format!("{noun}{}", text.replace('-', "Minus").replace('.', "_"))
}

/// Returns the name as a valid identifier to which no lint objects: `Value2fa`, `ValueSelf`.
fn identifier(name: &Name) -> String {
    let pascal = name.pascal();
    let begins = pascal.chars().next().is_some_and(|first| is_xid_start(first) && !first.is_lowercase());
    if begins && !reserved::IDENTIFIERS.contains(&name.snake().as_str()) {
        pascal
    } else {
        format!("Value{pascal}")
    }
}

/// Returns the name of code points, which characters without a name of their own have, too: `U43U2bU2b`.
fn by_code_points(value: &Literal) -> String {
    let Literal::Text(text) = value else { return name_of(value, LONGER[0]) };
    text.chars().map(|c| format!("U{:x}", u32::from(c))).collect()
}

/// A part of a value.
enum Part {
    /// Letters and digits, as they are written, in one case.
    Word(String),
    /// A character that is in every name.
    Sign(String),
    /// A character that separates words. Only a longer name contains it.
    Separator(String),
}

/// Returns the words, signs and separators of a text.
fn parts(text: &str) -> Vec<Part> {
    let text: String = text.nfc().collect();
    let body = text.trim_matches('-');
    let leading = text.len() - text.trim_start_matches('-').len();
    let trailing = text.len() - body.len() - leading;
    let mut parts: Vec<Part> = Vec::new();
    let minus = || Part::Sign("minus".to_owned());
    // In `-created` and `A-` the hyphen is a sign, because there are words only on one side.
    parts.extend((0..leading).map(|_| minus()));
    let mut run = String::new();
    for c in body.chars() {
        if is_xid_continue(c) && c != '_' && !is_invisible(c) {
            run.push(c);
            continue;
        }
        parts.extend(Name::split(&std::mem::take(&mut run)).into_iter().map(Part::Word));
        parts.push(match separator(c) {
            Some(name) => Part::Separator(name.to_owned()),
            None => Part::Sign(sign(c)),
        });
    }
    parts.extend(Name::split(&run).into_iter().map(Part::Word));
    parts.extend((0..trailing).map(|_| minus()));
    parts
}

fn words(parts: &[Part], detail: Detail) -> Vec<String> {
    let cases: Vec<&str> =
        parts.iter().filter_map(|part| if let Part::Word(word) = part { case(word) } else { None }).collect();
    let alike = cases.windows(2).all(|pair| pair[0] == pair[1]);
    let mut words = Vec::new();
    for part in parts {
        match part {
            Part::Word(word) => {
                words.push(word.to_lowercase());
                if let Some(case) = case(word).filter(|_| detail.case && !alike) {
                    words.push(case.to_owned());
                }
            }
            Part::Sign(name) => {
                words.push(name.clone());
                if detail != SHORT {
                    words.push("sign".to_owned());
                }
            }
            Part::Separator(name) if detail.separators => words.push(name.clone()),
            Part::Separator(_) => {}
        }
    }
    if let Some(case) = cases.first().filter(|_| detail.case && alike) {
        words.push((*case).to_owned());
    }
    words
}

/// Returns the case of a word. It returns `None` if the word has no letters, or only letters of a script without cases.
fn case(word: &str) -> Option<&'static str> {
    let mut cased = word.chars().filter(|c| c.is_uppercase() || c.is_lowercase());
    let first = cased.next()?;
    let (mut upper, mut lower) = (false, false);
    for c in cased {
        upper |= c.is_uppercase();
        lower |= c.is_lowercase();
    }
    Some(match (first.is_uppercase(), upper, lower) {
        (true, _, false) => "upper",
        (false, false, _) => "lower",
        (true, false, true) => "title",
        _ => "mixed",
    })
}

/// Returns the name of a separator. It returns `None` if the character is a sign.
fn separator(c: char) -> Option<&'static str> {
    Some(match c {
        '_' => "underscore",
        '-' => "hyphen",
        ' ' => "space",
        '.' => "dot",
        ',' => "comma",
        ':' => "colon",
        ';' => "semicolon",
        '/' => "slash",
        '\\' => "backslash",
        '\'' => "apostrophe",
        '"' => "quote",
        '`' => "backtick",
        '(' => "parenthesis",
        ')' => "closing_parenthesis",
        '[' => "bracket",
        ']' => "closing_bracket",
        '{' => "brace",
        '}' => "closing_brace",
        _ => return None,
    })
}

/// Returns the name of a sign, or its code point if it has no name.
fn sign(c: char) -> String {
    let name = match c {
        '+' => "plus",
        '#' => "sharp",
        '&' => "and",
        '*' => "star",
        '%' => "percent",
        '$' => "dollar",
        '€' => "euro",
        '£' => "pound",
        '¥' => "yen",
        '@' => "at",
        '!' => "bang",
        '?' => "question",
        '=' => "equals",
        '<' => "less",
        '>' => "greater",
        '^' => "caret",
        '|' => "pipe",
        '~' => "tilde",
        '°' => "degree",
        '§' => "section",
        '±' => "plus_minus",
        '×' => "times",
        '÷' => "divided",
        _ => return format!("u{:x}", u32::from(c)),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::value_names;
    use crate::ir::Literal;

    fn names(values: &[&str]) -> Vec<String> {
        value_names(&values.iter().map(|value| Literal::Text((*value).to_owned())).collect::<Vec<_>>())
    }

    #[test]
    fn a_name_is_the_words_and_signs_of_its_value() {
        let cases = [
            ("in_progress", "InProgress"),
            ("IN-PROGRESS", "InProgress"),
            ("inProgress", "InProgress"),
            ("C++", "CPlusPlus"),
            ("C#", "CSharp"),
            ("R&D", "RAndD"),
            ("-created", "MinusCreated"),
            ("A-", "AMinus"),
            ("<=", "LessEquals"),
            ("", "Empty"),
            (".", "Dot"),
            ("1.0", "Value1_0"),
            ("10", "Value10"),
            ("2fa", "Value2fa"),
            ("self", "ValueSelf"),
            ("открыт", "Открыт"),
            ("开放", "开放"),
            ("हिन्दी", "हिन्दी"),
            ("été", "Été"),
            ("e\u{301}te\u{301}", "Été"),
            ("🙂", "U1f642"),
            ("½", "Ubd"),
            ("ª", "Valueª"),
            ("a\u{fe0f}b", "AUfe0fB"),
        ];
        for (value, name) in cases {
            assert_eq!(names(&[value]), [name], "{value:?}");
        }
    }

    #[test]
    fn what_would_share_a_name_is_told_apart() {
        assert_eq!(names(&["asc", "ASC"]), ["AscLower", "AscUpper"]);
        assert_eq!(names(&["zh-CN", "zh_CN"]), ["ZhHyphenCn", "ZhUnderscoreCn"]);
        assert_eq!(names(&["in_progress", "inProgress"]), ["InProgressLower", "InLowerProgressTitle"]);
        assert_eq!(names(&["+", "plus"]), ["PlusSign", "PlusLower"]);
        assert_eq!(names(&["", "empty"]), ["EmptyText", "EmptyLower"]);
        assert_eq!(names(&["é", "e\u{301}"]), ["Ue9", "U65U301"]);
        assert_eq!(names(&["AscLower", "asc", "ASC"]), ["U41U73U63U4cU6fU77U65U72", "U61U73U63", "AscUpper"]);
    }

    #[test]
    fn values_of_several_types_have_names_of_their_own() {
        let texts = |values: &[&str]| values.iter().map(|&text| Literal::Text(text.to_owned())).collect();
        let values = [
            Literal::Integer(5),
            Literal::Integer(-5),
            Literal::Boolean(true),
            Literal::Number("-1.5".to_owned()),
            Literal::Number("1e300".to_owned()),
        ];
        assert_eq!(value_names(&values), ["Value5", "ValueMinus5", "True", "ValueMinus1_5", "Value1e300"]);
        let mut same: Vec<Literal> = texts(&["5", "true", "number5", "-5"]);
        same.extend(values);
        let names = value_names(&same);
        let alike = ["U35", "TrueLower", "U6eU75U6dU62U65U72U35", "Minus5"];
        assert_eq!(names[..4], alike);
        let longer = ["Number5", "ValueMinus5", "TrueBoolean", "ValueMinus1_5", "Value1e300"];
        assert_eq!(names[4..], longer);
    }

    #[test]
    fn the_order_of_values_changes_no_name() {
        let values =
            ["asc", "ASC", "C", "C++", "zh-CN", "zh_CN", "открыт", "", "empty", "asc_lower", "5", "value_5"];
        let forwards = names(&values);
        let mut turned = values;
        turned.reverse();
        let mut backwards = names(&turned);
        backwards.reverse();
        assert_eq!(forwards, backwards);
        assert_eq!(names(&["новый", "C", "C++"])[1..], names(&["C", "C++"]));
    }

    #[test]
    fn every_character_gives_a_name() {
        for c in ('\u{1}'..='\u{2ffff}').filter(|c| !c.is_control()) {
            let [name] = <[String; 1]>::try_from(names(&[&c.to_string()])).expect("one name");
            assert!(syn::parse_str::<proc_macro2::Ident>(&name).is_ok(), "{c:?}: {name}");
            assert!(!name.starts_with(char::is_lowercase), "{c:?}: {name}");
        }
    }
}
