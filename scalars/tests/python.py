"""Writes `python.json`: what Python's `strptime`, `strftime` and `re` answer, which the tests of the crate are held to.

    python3.11 scalars/tests/python.py > scalars/tests/python.json
    BLESS=1 cargo test -p dcrf-scalars

The second command adds the patterns of the formats, which the client's tests are held to as well.
"""

import datetime
import json
import random
import re

FORMATS = [
    "%d.%m.%Y", "%d %b %Y", "%B %d, %Y", "%A, %d %B %Y", "%a %d/%m/%y", "%Y-%j", "%G-W%V-%u", "%G %V %a", "%Y %U %w",
    "%Y %W %A", "%I:%M%p, %d %b %Y", "%H:%M:%S", "%H:%M:%S.%f", "%I %p", "%H:%M%z", "%Y-%m-%dT%H:%M:%S%z", "%y%m%d",
    "%d%m%Y", "%m/%d", "100%% %Y", "%d  %b", "[%Y](%m)+*?.{%d}|^$\\", "%S %M %H", "%Y %y", "%H %I %p", "%u %w %d.%m.%Y", "%I:%M%p",
]
PATTERNS = [
    r"^\d+$", r"^\d+\Z", r"\A\w+\Z", r"^[\w.@+-]+\Z", r"^[-a-zA-Z0-9_]+\Z", r"(?i)^[a-z]+$", r"\bon\b", r"^\s*\S+\s*$",
    r"^(?P<a>.)(?P=a)$", r"^(.)(.)\2\1$", r"^(?!admin)\w+$", r"(?<=a)b", r"(?<!a)b", r"^a{2,3}$", r"^a{,2}$", r"^a{x}$",
    r"[]^-]", r"^[^\W\d_]+$", r"(?:a$|b)c?", r"^[&~\[]+$", r"^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!\Z)|\Z)){4}$",
    r"(?m)^b$", r"(?s)a.b", r"a.b", r"^\x41\u00e9$", r"^[\d\s]+$", r"^\D\S\W$", r"\Bon", r"^a+?b*?$", r"^.{3}$",
]
TEXTS = [
    "", "a", "b", "aa", "aaa", "ab", "abba", "abcd", "42", "42\n", "42\n\n", "\u0664\u0662", "ann", "ann@x", "admin", "admin1",
    "on", "put on", "none", "xon", "slug-1", "A\u00e9", "\u00e9t\u00e9", "a\u0301", " a ", "\u001c", "a\nb", "b\n", "\nb\n", "a\r\nb", "]", "^", "-", "&~[",
    "a{x}", "1.2.3.4", "256.1.1.1", "1.2.3", "\u2160", "\u00bd", "x- ", "aab", "\u017f", "\u212a", "K", "_", "a.b", "a b",
]


def moment(chance):
    return datetime.datetime(
        chance.choice([1, 968, 1900, 1969, 2000, 2024, 9999]), chance.randint(1, 12), chance.randint(1, 28), chance.randint(0, 23),
        chance.randint(0, 59), chance.randint(0, 59), chance.randint(0, 999_999),
        chance.choice([None, datetime.timezone.utc, datetime.timezone(datetime.timedelta(minutes=-210))]),
    )


def mutated(chance, text):
    """A text that is nearly one of the format."""
    at = chance.randrange(len(text) + 1)
    kind = chance.randrange(6)
    if kind == 0:
        return text[:at] + text[at + 1:]
    if kind == 1:
        return text[:at] + chance.choice("0123456789 :-.aAzZ%\u0661\t") + text[at:]
    if kind == 2:
        return text.upper()
    if kind == 3:
        return text.lower() + chance.choice(["", " ", "\n"])
    if kind == 4:
        return re.sub("0", "9", text, count=1)
    return text.replace(" ", "\u00a0 ")


def read(format, text):
    try:
        found = datetime.datetime.strptime(text, format)
    except ValueError:
        return None
    offset = found.utcoffset()
    seconds = None if offset is None else int(offset.total_seconds())
    return [found.replace(tzinfo=None).isoformat(timespec="microseconds"), seconds]


def main():
    chance = random.Random(1)
    formats = []
    for format in FORMATS:
        texts = []
        for _ in range(12):
            # `%Y` without zeros is what the C library of Linux writes; formats of the crate have four digits.
            text = moment(chance).strftime(format.replace("%Y", "%4Y").replace("%G", "%4G"))
            texts += [text, mutated(chance, text), mutated(chance, mutated(chance, text))]
        texts += ["", "abc", "29 Feb", "30.02.2024", "31 Feb 2024", "24:00:00", "23:59:60", "12 PM", "0 AM", "2024-366", "2023-366"]
        formats.append({"format": format, "texts": [[text, read(format, text)] for text in dict.fromkeys(texts)]})
    patterns = [[pattern, [text for text in TEXTS if re.search(pattern, text)]] for pattern in PATTERNS]
    lines = ",\n".join(json.dumps(entry) for entry in formats)
    searches = ",\n".join(json.dumps(entry) for entry in patterns)
    print(f'{{"formats": [\n{lines}],\n"texts": {json.dumps(TEXTS)},\n"patterns": [\n{searches}]}}')


main()
