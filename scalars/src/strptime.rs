//! Reads dates and times by the format strings of Python's `strptime`, in the locale C.
//!
//! As in Python, a format is a regular expression, so that a text is read in linear time.

use regex::{Captures, Regex};

use crate::directives::{DAYS, FormatError, MONTHS, Piece, pieces};
use crate::iso;
use crate::python::ascii_digits;
use crate::strftime::Civil;

/// A format by which texts are read.
#[derive(Debug, Clone)]
pub struct Strptime {
    regex: Regex,
    /// The directives in their order: the later one of two for the same part counts.
    letters: Vec<char>,
}

impl Strptime {
    /// Compiles a format string.
    ///
    /// # Errors
    /// Returns an error for a directive that is unknown, that depends on the locale of a server or occurs twice, and
    /// for directives that Python does not read together.
    pub fn new(format: &str) -> Result<Self, FormatError> {
        let letters = letters(format)?;
        let regex = Regex::new(&format!(r"\A(?i:{})\z", pattern(format, &group)?));
        let regex = regex.map_err(|_| FormatError::Unreadable("the format is too long"))?;
        Ok(Self { regex, letters })
    }

    /// Reads a text.
    pub fn read(&self, text: &str) -> Option<Civil> {
        let found = self.regex.captures(text)?;
        let mut parts = Parts::default();
        for letter in &self.letters {
            parts.set(*letter, &found)?;
        }
        Some(Civil {
            date: parts.date()?,
            time: iso::hms(parts.hour, parts.minute, parts.second, parts.micros)?,
            offset: parts.offset,
            zone: None,
        })
    }
}

/// Returns a format as a pattern of ECMA-262 with the flags `i` and `u`, in which each directive is a group of its
/// letter.
///
/// # Errors
/// Returns the errors of [`Strptime::new`].
pub fn ecma_pattern(format: &str) -> Result<String, FormatError> {
    letters(format)?;
    let group = |letter: char| {
        group(letter)
            .map(|group| group.replace("(?P<", "(?<").replace(r"\d", r"\p{Nd}").replace("(?-i:Z)", "Z"))
    };
    pattern(format, &group).map(|pattern| format!("^(?:{})$", pattern.replace(SPACES, ECMA_SPACES)))
}

/// Returns formats as DRF names them in its messages; `iso` stands for `iso-8601`.
pub fn humanized<'a>(formats: impl IntoIterator<Item = &'a str>, iso: &str) -> String {
    const WORDS: [(&str, &str); 15] = [
        ("%Y", "YYYY"),
        ("%y", "YY"),
        ("%m", "MM"),
        ("%b", "[Jan-Dec]"),
        ("%B", "[January-December]"),
        ("%d", "DD"),
        ("%H", "hh"),
        ("%I", "hh"),
        ("%M", "mm"),
        ("%S", "ss"),
        ("%f", "uuuuuu"),
        ("%a", "[Mon-Sun]"),
        ("%A", "[Monday-Sunday]"),
        ("%p", "[AM|PM]"),
        ("%z", "[+HHMM|-HHMM]"),
    ];
    let all = formats.into_iter().collect::<Vec<_>>().join(", ").replace("iso-8601", iso);
    WORDS.iter().fold(all, |text, (directive, word)| text.replace(directive, word))
}

/// White space as Python knows it.
const SPACES: &str = r"[\s\x1c-\x1f]+";
const ECMA_SPACES: &str = r"[\p{White_Space}\x1c-\x1f]+";

fn pattern(format: &str, group: &dyn Fn(char) -> Option<String>) -> Result<String, FormatError> {
    let mut pattern = String::new();
    for piece in pieces(format)? {
        match piece {
            Piece::Text(text) => literal(&mut pattern, text),
            Piece::Directive { letter, bare } => {
                let unknown = || FormatError::Unknown(format!("{}{letter}", if bare { "-" } else { "" }));
                pattern.push_str(&group(letter).filter(|_| !bare).ok_or_else(unknown)?);
            }
        }
    }
    Ok(pattern)
}

/// Appends a text that stands for itself; a run of white space stands for any.
fn literal(pattern: &mut String, text: &str) {
    let is_space = |char: char| char.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&char);
    let mut after_space = false;
    for char in text.chars() {
        if is_space(char) {
            if !after_space {
                pattern.push_str(SPACES);
            }
        } else {
            if r"\.^$*+?(){}[]|/".contains(char) {
                pattern.push('\\');
            }
            pattern.push(char);
        }
        after_space = is_space(char);
    }
}

/// Returns the pattern of a directive, which is that of Python.
fn group(letter: char) -> Option<String> {
    let pattern = match letter {
        'd' => r"3[0-1]|[1-2]\d|0[1-9]|[1-9]| [1-9]",
        'f' => "[0-9]{1,6}",
        'H' => r"2[0-3]|[0-1]\d|\d",
        'I' => "1[0-2]|0[1-9]|[1-9]",
        'G' | 'Y' => r"\d\d\d\d",
        'j' => r"36[0-6]|3[0-5]\d|[1-2]\d\d|0[1-9]\d|00[1-9]|[1-9]\d|0[1-9]|[1-9]",
        'm' => "1[0-2]|0[1-9]|[1-9]",
        'M' => r"[0-5]\d|\d",
        'S' => r"6[0-1]|[0-5]\d|\d",
        'U' | 'W' => r"5[0-3]|[0-4]\d|\d",
        'w' => "[0-6]",
        'u' => "[1-7]",
        'V' => r"5[0-3]|0[1-9]|[1-4]\d|\d",
        'y' => r"\d\d",
        'z' => r"[+-]\d\d:?[0-5]\d(?::?[0-5]\d(?:\.\d{1,6})?)?|(?-i:Z)",
        'p' => "am|pm",
        'A' => return Some(names(letter, &DAYS, false)),
        'a' => return Some(names(letter, &DAYS, true)),
        'B' => return Some(names(letter, &MONTHS, false)),
        'b' => return Some(names(letter, &MONTHS, true)),
        _ => return None,
    };
    Some(format!("(?P<{letter}>{pattern})"))
}

fn names(letter: char, names: &[&str], short: bool) -> String {
    let name = |name: &&str| if short { name[..3].to_lowercase() } else { name.to_lowercase() };
    let names: Vec<String> = names.iter().map(name).collect();
    format!("(?P<{letter}>{})", names.join("|"))
}

/// Returns the directives of a format, if Python reads them together.
fn letters(format: &str) -> Result<Vec<char>, FormatError> {
    let mut letters = Vec::new();
    for piece in pieces(format)? {
        let Piece::Directive { letter, .. } = piece else { continue };
        if letters.contains(&letter) {
            return Err(FormatError::Twice(letter));
        }
        letters.push(letter);
    }
    let has = |any: &str| letters.iter().any(|letter| any.contains(*letter));
    if has("V") && (!has("G") || !has("Aawu") || has("YyUWj")) {
        return Err(FormatError::Unreadable(
            "`%V` is read only together with `%G` and the day of the week (`%A`, `%a`, `%w` or `%u`)",
        ));
    }
    if has("G") && !has("V") && !has("Yy") {
        return Err(FormatError::Unreadable("`%G` is read only together with `%V`"));
    }
    Ok(letters)
}

/// What the directives have said so far.
#[derive(Debug)]
struct Parts {
    year: Option<i32>,
    iso_year: Option<i32>,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    micros: u32,
    /// The day of the week, from 0 for Monday.
    weekday: Option<i32>,
    /// The day of the year, from 1.
    julian: Option<i32>,
    /// The week of the year, and whether weeks begin on Monday.
    week: Option<(i32, bool)>,
    iso_week: Option<i32>,
    offset: Option<i32>,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            year: None,
            iso_year: None,
            month: 1,
            day: 1,
            hour: 0,
            minute: 0,
            second: 0,
            micros: 0,
            weekday: None,
            julian: None,
            week: None,
            iso_week: None,
            offset: None,
        }
    }
}

impl Parts {
    fn set(&mut self, letter: char, found: &Captures<'_>) -> Option<()> {
        let text = found.name(letter.encode_utf8(&mut [0; 4]))?.as_str();
        let number = || ascii_digits(text.trim_start()).and_then(|digits| iso::number(&digits));
        let signed = || number().and_then(|number| i32::try_from(number).ok());
        let lower = text.to_lowercase();
        let named = |names: &[&str], length: usize| {
            names
                .iter()
                .position(|name| name.to_lowercase().get(..length.min(name.len())) == Some(lower.as_str()))
        };
        match letter {
            'y' => self.year = signed().map(|year| if year <= 68 { 2000 + year } else { 1900 + year }),
            'Y' => self.year = signed(),
            'G' => self.iso_year = signed(),
            'm' => self.month = number()?,
            'B' => self.month = u32::try_from(named(&MONTHS, usize::MAX)? + 1).ok()?,
            'b' => self.month = u32::try_from(named(&MONTHS, 3)? + 1).ok()?,
            'd' => self.day = number()?,
            'H' => self.hour = number()?,
            'I' => {
                let afternoon = found.name("p").is_some_and(|half| half.as_str().eq_ignore_ascii_case("pm"));
                self.hour = number()? % 12 + if afternoon { 12 } else { 0 };
            }
            'M' => self.minute = number()?,
            'S' => self.second = number()?,
            'f' => self.micros = iso::micros(text)?,
            'A' => self.weekday = i32::try_from(named(&DAYS, usize::MAX)?).ok(),
            'a' => self.weekday = i32::try_from(named(&DAYS, 3)?).ok(),
            'w' => self.weekday = Some((signed()? + 6) % 7),
            'u' => self.weekday = Some(signed()? - 1),
            'j' => self.julian = signed(),
            'U' => self.week = Some((signed()?, false)),
            'W' => self.week = Some((signed()?, true)),
            'V' => self.iso_week = signed(),
            'z' => self.offset = Some(offset(text)?),
            _ => {}
        }
        Some(())
    }

    /// Returns the date; without a year it is in 1900.
    fn date(&self) -> Option<time::Date> {
        let (year, julian) = match (self.julian, self.weekday, self.week, self.iso_year, self.iso_week) {
            (None, Some(weekday), None, Some(year), Some(week)) if self.year.is_none() => {
                return iso_date(year, week, weekday);
            }
            (None, Some(weekday), Some((week, monday)), ..) => {
                let year = self.year.unwrap_or(1900);
                (year, Some(day_of_year(year, week, weekday, monday)?))
            }
            (julian, ..) => (self.year.unwrap_or(1900), julian),
        };
        let year = u32::try_from(year).ok()?;
        match julian {
            None => iso::ymd(year, self.month, self.day),
            Some(julian) => {
                let day = iso::ymd(year, 1, 1)?.checked_add(time::Duration::days((julian - 1).into()))?;
                (1..=9999).contains(&day.year()).then_some(day)
            }
        }
    }
}

/// Returns the day of the year of a day in a week, which may be before the year.
fn day_of_year(year: i32, week: i32, weekday: i32, monday: bool) -> Option<i32> {
    let first = iso::ymd(u32::try_from(year).ok()?, 1, 1)?.weekday();
    let (first, weekday) = if monday {
        (i32::from(first.number_days_from_monday()), weekday)
    } else {
        (i32::from(first.number_days_from_sunday()), (weekday + 1) % 7)
    };
    Some(if week == 0 { 1 + weekday - first } else { 1 + (7 - first) % 7 + 7 * (week - 1) + weekday })
}

/// Returns a day of a week of ISO 8601; week 0 is the one before the first.
fn iso_date(year: i32, week: i32, weekday: i32) -> Option<time::Date> {
    let fourth = iso::ymd(u32::try_from(year).ok()?, 1, 4)?;
    let to_monday = i64::from(fourth.weekday().number_days_from_monday());
    let days = i64::from(7 * (week - 1) + weekday) - to_monday;
    let day = fourth.checked_add(time::Duration::days(days))?;
    (1..=9999).contains(&day.year()).then_some(day)
}

/// Returns an offset in seconds: `+0530`, `+05:30`, `+05:30:10`, `Z`. Fractions of seconds are cut.
fn offset(text: &str) -> Option<i32> {
    if text == "Z" {
        return Some(0);
    }
    let text = ascii_digits(text)?;
    let (sign, rest) = text.split_at_checked(1)?;
    let colon = rest.as_bytes().get(2) == Some(&b':');
    if colon && rest.len() > 5 && rest.as_bytes().get(5) != Some(&b':') {
        return None;
    }
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    let part = |at: usize| digits.get(at..at + 2).map_or(Some(0), iso::number);
    let size = i32::try_from(part(0)? * 3600 + part(2)? * 60 + part(4)?).ok()?;
    (size < 86_400).then_some(if sign == "-" { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: &str, text: &str) -> Option<String> {
        let found = Strptime::new(format).expect(format).read(text)?;
        Some(found.write("%Y-%m-%d %H:%M:%S.%f%z"))
    }

    #[test]
    fn texts_are_read_as_by_python() {
        for (format, text, expected) in [
            ("%d %b %Y", "1 Jan 2001", "2001-01-01 00:00:00.000000"),
            ("%d %b %Y", "01  jAN   2001", "2001-01-01 00:00:00.000000"),
            ("%I:%M%p, %d %b %Y", "1:35pm, 1 Jan 2001", "2001-01-01 13:35:00.000000"),
            ("%I%p", "12AM", "1900-01-01 00:00:00.000000"),
            ("%d/%m/%y %H:%M:%S.%f", "5/2/68 7:08:09.5", "2068-02-05 07:08:09.500000"),
            ("%A, %B %d %Y", "Monday, February 05 2024", "2024-02-05 00:00:00.000000"),
            ("%Y-%j", "2024-060", "2024-02-29 00:00:00.000000"),
            ("%G-W%V-%u", "2024-W01-1", "2024-01-01 00:00:00.000000"),
            ("%Y %U %w", "2024 05 1", "2024-02-05 00:00:00.000000"),
            ("%Y %W %a", "2024 06 Mon", "2024-02-05 00:00:00.000000"),
            ("%Y %W %a", "2025 00 Mon", "2024-12-30 00:00:00.000000"),
            ("%H:%M %z", "10:00 +05:30", "1900-01-01 10:00:00.000000+0530"),
            ("%H:%M%z", "10:00Z", "1900-01-01 10:00:00.000000+0000"),
            ("100%% %Y", "100% 2024", "2024-01-01 00:00:00.000000"),
            ("%Y", "\u{662}\u{660}\u{662}\u{664}", "2024-01-01 00:00:00.000000"),
        ] {
            assert_eq!(read(format, text).as_deref(), Some(expected), "{format} of {text}");
        }
        for (format, text) in [
            ("%d %b %Y", "2001-01-01"),
            ("%d %b %Y", "1 Jan 2001 "),
            ("%d.%m.%Y", "30.02.2001"),
            ("%d.%m.%Y", "30x02x2001"),
            ("%d %b", "29 Feb"),
            ("%H:%M:%S", "10:00:60"),
            ("%H:%M%z", "10:00z"),
            ("%H:%M%z", "10:00+99:00"),
            ("%Y", "0000"),
        ] {
            assert_eq!(read(format, text), None, "{format} of {text}");
        }
    }

    #[test]
    fn formats_that_python_does_not_read_are_errors() {
        let error = |format: &str| Strptime::new(format).map(|_| ()).expect_err(format);
        assert_eq!(error("%d %d"), FormatError::Twice('d'));
        assert_eq!(error("%c"), FormatError::Unknown("c".to_owned()));
        assert_eq!(error("%-d"), FormatError::Unknown("-d".to_owned()));
        assert_eq!(error("%"), FormatError::Stray);
        assert!(matches!(error("%Y-W%V"), FormatError::Unreadable(_)));
        assert!(matches!(error("%G"), FormatError::Unreadable(_)));
    }

    #[test]
    fn formats_have_the_names_of_drf() {
        assert_eq!(humanized(["%d %b %Y"], "YYYY-MM-DD"), "DD [Jan-Dec] YYYY");
        assert_eq!(humanized(["iso-8601", "%H:%M"], "hh:mm[:ss[.uuuuuu]]"), "hh:mm[:ss[.uuuuuu]], hh:mm");
    }
}
