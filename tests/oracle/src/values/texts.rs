//! Texts that programs get wrong.

use crate::seed::Dice;

/// Pieces of which texts are made: of either case, of several scripts, composed and decomposed, beyond the first
/// 65,536 code points and just below them, of no letter at all, and of what LIKE, SQL and JSON take for theirs.
const PIECES: &[&str] = &[
    "a",
    "A",
    "b",
    "B",
    "z",
    "Z",
    "ä",
    "Ä",
    "a\u{308}",
    "é",
    "e\u{301}",
    "ß",
    "ss",
    "SS",
    "\u{1e9e}",
    "i",
    "I",
    "\u{130}",
    "\u{131}",
    "σ",
    "ς",
    "Σ",
    "k",
    "K",
    "\u{212a}",
    "å",
    "Å",
    "\u{212b}",
    "ﬁ",
    "fi",
    "ﬀ",
    "\u{17f}",
    "s",
    "𐐀",
    "𐐨",
    "\u{1f600}",
    "\u{ffff}",
    "\u{fffd}",
    "\u{e000}",
    "\u{d7ff}",
    "\u{10000}",
    "\u{10ffff}",
    "ǆ",
    "ǅ",
    "Ǆ",
    "µ",
    "μ",
    "\u{345}",
    "ι",
    "Ι",
    "\u{1fbe}",
    "Ꭰ",
    "ꭰ",
    "\u{1c80}",
    "в",
    "ё",
    "Е",
    "中",
    "あ",
    "ア",
    "ｱ",
    "٣",
    "3",
    "0",
    "10",
    "9",
    "%",
    "_",
    "\\",
    "'",
    "\"",
    "-",
    ".",
    "*",
    " ",
    "\t",
    "\n",
    "\u{a0}",
    "\u{3000}",
    "\u{200b}",
    "\u{7f}",
    "\u{1}",
    "$1",
    ":",
];

/// Domains and the like: what stands in addresses is ASCII.
const WORDS: &[&str] = &["a", "A", "b", "B", "z", "Z", "ab", "Ab", "a-b", "a_b", "x9", "X10", "_", "-"];

/// Any text, short, so that some are equal and many begin alike.
pub(super) fn any(dice: &mut Dice) -> String {
    let count = [0, 1, 1, 1, 2, 2, 3, 4][dice.roll(8)];
    (0..count).map(|_| *dice.pick(PIECES)).collect()
}

/// A piece alone.
pub(super) fn piece(dice: &mut Dice) -> &'static str {
    let piece: &&str = dice.pick(PIECES);
    piece
}

/// Letters, digits, `-` and `_` of ASCII.
pub(super) fn slug(dice: &mut Dice) -> String {
    (0..dice.between(1, 2)).map(|_| *dice.pick(WORDS)).collect()
}

/// Letters and digits of any script, `-` and `_`.
pub(super) fn unicode_slug(dice: &mut Dice) -> String {
    const MORE: &[&str] = &["ä", "Ä", "é", "ß", "\u{130}", "ς", "Σ", "\u{212a}", "𐐀", "𐐨", "中", "٣"];
    (0..dice.between(1, 3))
        .map(|_| if dice.chance(50) { *dice.pick(WORDS) } else { *dice.pick(MORE) })
        .collect()
}

/// An address of electronic mail.
pub(super) fn email(dice: &mut Dice) -> String {
    const DOMAINS: &[&str] = &["example.com", "Example.com", "example.org", "localhost", "a.b.example"];
    format!("{}@{}", dice.pick(WORDS), dice.pick(DOMAINS))
}

/// An address of a page.
pub(super) fn uri(dice: &mut Dice) -> String {
    const PREFIXES: &[&str] = &["http://", "https://", "HTTP://", "ftp://"];
    const HOSTS: &[&str] =
        &["example.com", "EXAMPLE.com", "bücher.example", "127.0.0.1", "[::1]", "localhost"];
    const PATHS: &[&str] = &["", "/", "/a", "/A", "/?q=%20", "/#ä", "/𐐀"];
    format!("{}{}{}", dice.pick(PREFIXES), dice.pick(HOSTS), dice.pick(PATHS))
}

/// An IPv4 address.
pub(super) fn ipv4(dice: &mut Dice) -> String {
    dice.pick(&["0.0.0.0", "9.0.0.1", "10.0.0.1", "127.0.0.1", "192.168.0.1", "255.255.255.255"]).to_string()
}

/// An IPv6 address in its canonical form.
pub(super) fn ipv6(dice: &mut Dice) -> String {
    dice.pick(&["::", "::1", "2001:db8::1", "fe80::1", "ff02::2", "2001:db8:0:1:1:1:1:1"]).to_string()
}
