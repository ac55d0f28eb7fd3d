//! Random values of a schema: good ones, those at its bounds, and odd ones.

use dcrf_oracle::seed::Dice;
use serde_json::{Map, Value};

use super::definition::texts;
use super::json::Json;

/// A schema with the settings of its field.
pub type Schema = Map<String, Value>;

/// A number with more digits than a float keeps.
pub const LONG_FLOAT: &str = "123456789.123456789";

/// Values that are odd for most fields, as they are written.
const ODD: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1",
    "-1",
    "2",
    "5",
    "1.0",
    "1.5",
    "-0.0",
    "0.1",
    "1e0",
    "1e2",
    "1E+2",
    "1e-7",
    "1e400",
    "-1e400",
    "1e20",
    "100000000",
    "2147483647",
    "2147483648",
    "-2147483649",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "123456789012345678901234567890",
    "0.30000000000000004",
    "99999999.999",
    "1e308",
    "\"\"",
    "\" \"",
    "\"\\t\\n\"",
    "\"\\u00a0\"",
    "\"\\u200b\"",
    "\"\\ufeff\"",
    "\"\\u0000\"",
    "\"a\\u0000b\"",
    "\"\\ud800\"",
    "\"x\\udc00y\"",
    "\"\\ud83d\\ude00\"",
    "\"e\\u0301\"",
    "\"\\u00e9\"",
    "\"null\"",
    "\"None\"",
    "\"true\"",
    "\"True\"",
    "\"yes\"",
    "\"on\"",
    "\"off\"",
    "\"t\"",
    "\"N\"",
    "\"0\"",
    "\"1\"",
    "\"1.0\"",
    "\" 5 \"",
    "\"+5\"",
    "\"-5\"",
    "\"1_0\"",
    "\"\\u0661\"",
    "\"\\uff15\"",
    "\"0x1f\"",
    "\"1e2\"",
    "\"nan\"",
    "\"inf\"",
    "\"-Infinity\"",
    "\"{}\"",
    "\"[]\"",
    "\"'\"",
    "\"\\\\\"",
    "\"%s\"",
    "\"{max_length}\"",
    "\"a b\"",
    "\"A\"",
    "\"-\"",
    "\"x\"",
    "[]",
    "{}",
    "[null]",
    "[1]",
    "[\"a\"]",
    "[[]]",
    "{\"a\": 1}",
    "{\"id\": 1}",
    "{\"\": null}",
    "[{}]",
    "\"2024-02-29\"",
    "\"12:30\"",
    "\"0001-01-01\"",
    "\"9999-12-31T23:59:59.999999Z\"",
];

/// Values that are odd for one format.
const OF_FORMATS: &[(&str, &[&str])] = &[
    (
        "date",
        &[
            "2024-02-29",
            "2023-02-29",
            "2024-2-9",
            "20240229",
            "2024-W09-4",
            "24-02-29",
            "2024-13-01",
            "0000-01-01",
            "0001-01-01",
            "9999-12-31",
            "10000-01-01",
            "2024-02-29T00:00:00",
            "2024-02-29T00:00:00Z",
            " 2024-02-29",
            "2024-02-29 ",
            "2024/02/29",
            "29.02.2024",
            "２０２４-02-29",
            "2024-060",
            "-2024-01-01",
            "today",
        ],
    ),
    (
        "date-time",
        &[
            "2024-02-29T12:30:45Z",
            "2024-02-29 12:30",
            "2024-02-29T12:30:45.123456789+02:00",
            "2024-02-29T12:30:45,5Z",
            "2024-02-29T12:30:45.1-0530",
            "2024-02-29T12:30:45+01",
            "2024-02-29",
            "2024-02-29T24:00:00Z",
            "2024-02-29T12:30:60Z",
            "2024-02-29T12:30:45z",
            "2024-02-29t12:30:45Z",
            "20240229T123045Z",
            "0001-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59-01:00",
            "9999-12-31T23:59:59.999999Z",
            "0001-01-01T00:00:00Z",
            "2024-02-29T12:30:45 Z",
            "2024-02-29T12:30:45 +02:00",
            "2024-02-29T12:30:45+24:00",
            "2024-02-29T12:30:45.Z",
            "2023-02-29T00:00:00Z",
            "2024-02-29T12Z",
            "2024-02-29T12:30Z",
            "now",
            " 2024-02-29T12:30:45Z ",
            "2024-W09-4T12:30:45Z",
            "1969-12-31T23:59:59.999999Z",
            "2024-02-29T12:30:45.123456+00:00:30",
        ],
    ),
    (
        "time",
        &[
            "12:30",
            "12:30:45",
            "12:30:45.5",
            "12:30:45.1234567",
            "1:2",
            "1:2:3",
            "24:00",
            "12:60",
            "12:30:60",
            "123045",
            "12",
            "T12:30",
            "12:30Z",
            "12:30:45+02:00",
            "12:30:45,5",
            "00:00:00",
            "23:59:59.999999",
            " 12:30 ",
            "12:30 PM",
            "1２:30",
            "12:30:45.",
        ],
    ),
    (
        "duration",
        &[
            "1",
            "1.5",
            "-1",
            "60",
            "1:00",
            "00:01:00",
            "01:02:03.5",
            "1 02:03:04",
            "-1 02:03:04",
            "1 day",
            "2 days, 3:04:05",
            "P1D",
            "PT1H",
            "P1DT2H3M4.5S",
            "-P1D",
            "P1W",
            "P1M",
            "P1Y",
            "999999999 00:00:00",
            "1000000000 00:00:00",
            "-999999999 00:00:00",
            "1:60",
            "1:2:3:4",
            "1 1",
            "1e3",
            " 1:00 ",
            "0",
            "-0",
            "00:00:00.0000001",
            "4 15:30:00.000001",
            "106751991 04:00:54.775807",
            "106751991 04:00:54.775808",
            "+1:00",
            "-00:00:01",
            "P",
            "PT",
            "1,5",
            "86400",
            "3 days 04:00:00",
            "P-1D",
        ],
    ),
    (
        "decimal",
        &[
            "1.5",
            "01.50",
            "1.",
            ".5",
            "-.5",
            "+1",
            "1E+2",
            "1e-1",
            "1e3",
            "0E5",
            "-0",
            "-0.00",
            "0.005",
            "0.004",
            "9999.99",
            "9999.995",
            "10000",
            "99999",
            "NaN",
            "sNaN",
            "Infinity",
            "-inf",
            "1_000",
            "１２",
            "1,5",
            " 1.5 ",
            "1 5",
            "0x1",
            "1.50000",
            "1.500000000000000000000000000001",
            "0.0000",
            "0.00001",
            "12.",
            "1e400",
            "0.9999",
            "0.99999",
            "12e-2",
            "1e1000000",
            "--1",
            "500",
            "500.01",
        ],
    ),
    (
        "email",
        &[
            "a@b.c",
            "a@b",
            "a@localhost",
            "A@EXAMPLE.com",
            "a b@c.de",
            "a@b..c",
            "\"a b\"@c.de",
            "a@[127.0.0.1]",
            "é@b.de",
            "a@é.de",
            "a@xn--9ca.de",
            " a@b.de ",
            "a@b.de\n",
            "a.@b.de",
            ".a@b.de",
            "a@-b.de",
            "a@b-.de",
            "@b.de",
            "a@",
            "a@b.d",
            "a@b.co.",
            "a@[::1]",
            "a@b_c.de",
            "a+b@c.de",
        ],
    ),
    (
        "uri",
        &[
            "http://a.de",
            "https://a.de/b?c=d#e",
            "ftp://a.de",
            "ftps://a.de",
            "HTTP://A.DE",
            "http://localhost",
            "http://127.0.0.1:8000/",
            "http://[::1]/",
            "http://a",
            "http://a.b",
            "mailto:a@b.de",
            "//a.de",
            "a.de",
            "http://",
            "http://a.de:99999",
            "http://a.de:x",
            "http://u:p@a.de",
            "http://é.de",
            "http://a b.de",
            "http://a.de/ b",
            " http://a.de ",
            "http://a_b.de",
            "http://-a.de",
            "http://a.de.",
            "http://256.1.1.1",
            "javascript:1",
            "http://a.de\n",
            "http://[::1",
            "http://a.de/\u{e9}",
            "http://xn--9ca.de",
            "http:///a",
            "http://a..de",
        ],
    ),
    ("slug", &["a", "a-b_c", "A9", "a b", "é", "-", "_", "a/b", " a ", "a\n", "ａ", "a.b", "1"]),
    (
        "unicode-slug",
        &["a", "é-ü", "日本", "a b", "a.b", " é ", "é\n", "e\u{301}", "٣", "_", "²", "a\u{200d}", "ß"],
    ),
    ("ip", ADDRESSES),
    ("ipv4", ADDRESSES),
    ("ipv6", ADDRESSES),
    (
        "uuid",
        &[
            "00000000-0000-0000-0000-000000000000",
            "0123456789abcdef0123456789ABCDEF",
            "{01234567-89ab-cdef-0123-456789abcdef}",
            "urn:uuid:01234567-89ab-cdef-0123-456789abcdef",
            "01234567-89ab-cdef-0123-456789abcdeg",
            "01234567",
            "0123-456789abcdef0123-456789abcdef",
            " 01234567-89ab-cdef-0123-456789abcdef ",
            "01234567-89AB-CDEF-0123-456789ABCDEF",
            "０1234567-89ab-cdef-0123-456789abcdef",
        ],
    ),
];

const ADDRESSES: &[&str] = &[
    "127.0.0.1",
    "0.0.0.0",
    "255.255.255.255",
    "256.0.0.1",
    "1.2.3",
    "01.2.3.4",
    "1.2.3.4.5",
    " 1.2.3.4 ",
    "1.2.3.4/24",
    "1.2.3.4\n",
    "::1",
    "::",
    "::ffff:1.2.3.4",
    "::FFFF:1.2.3.4",
    "2001:DB8::1",
    "2001:0db8:0000:0000:0000:0000:0000:0001",
    "2001:db8::1::2",
    "fe80::1%eth0",
    "[::1]",
    "1::2:3:4:5:6:7:8",
    "1:2:3:4:5:6:7:8",
    "1:2:3:4:5:6:1.2.3.4",
    ":",
    "::12345",
    "::g",
    "１.2.3.4",
    "::ffff:0102:0304",
    "0:0:0:1:0:0:0:0",
    "1",
    "::ffff:256.1.1.1",
];

/// A value that the schema allows.
pub fn good(dice: &mut Dice, schema: &Schema) -> Json {
    let types = texts(schema.get("type").unwrap_or(&Value::Null));
    if allows_null(schema, &types) && dice.chance(12) {
        return Json::raw("null");
    }
    if let Some(Value::Array(values)) = schema.get("enum") {
        return Json::from(dice.pick(values));
    }
    if let Some(Value::Array(values)) = schema.get("examples") {
        return Json::from(dice.pick(values));
    }
    match (types.first().map(String::as_str), schema.get("format").and_then(Value::as_str)) {
        (Some("boolean"), _) => Json::raw(*dice.pick(&["true", "false"])),
        (Some("integer"), _) => Json::raw(integer(dice, schema).to_string()),
        (Some("number"), _) => Json::raw(number(dice, schema)),
        (_, Some("decimal")) => decimal(dice, schema),
        (Some("string"), None) => Json::text(word(dice, schema)),
        (Some("string"), Some(format)) => Json::text(of_format(dice, format)),
        _ => any(dice, 0),
    }
}

/// A value at the bounds of the schema, of another type, or in an unusual spelling.
pub fn odd(dice: &mut Dice, schema: &Schema) -> Json {
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    let of_format =
        OF_FORMATS.iter().find(|(name, _)| *name == format).map_or(&[] as &[&str], |(_, odd)| odd);
    match dice.roll(100) {
        0..40 if !of_format.is_empty() => Json::text(*dice.pick(of_format)),
        0..45 => bound(dice, schema),
        45..60 => {
            let value = good(dice, schema);
            spelled(dice, &value)
        }
        60..64 => Json::List(vec![good(dice, schema)]),
        _ => general(dice),
    }
}

/// Any odd value.
pub fn general(dice: &mut Dice) -> Json {
    match dice.roll(20) {
        0 => Json::text("x".repeat(dice.between(1, 300))),
        // As long as it can be read where answers are compared.
        1 => Json::raw("9".repeat(dice.between(1, 300))),
        2 => Json::text("9".repeat(dice.between(1, 1200))),
        3 => any(dice, 0),
        _ => Json::raw(*dice.pick(ODD)),
    }
}

fn allows_null(schema: &Schema, types: &[String]) -> bool {
    types.iter().any(|name| name == "null") && schema.get("allow_null") != Some(&Value::Bool(false))
}

fn limit(schema: &Schema, key: &str) -> Option<i128> {
    let value = schema.get(key)?;
    value.as_i64().map(i128::from).or_else(|| value.as_f64().map(|value| value as i128))
}

fn integer(dice: &mut Dice, schema: &Schema) -> i128 {
    let (least, most) = (limit(schema, "minimum").unwrap_or(-1000), limit(schema, "maximum").unwrap_or(1000));
    let step = limit(schema, "multipleOf").unwrap_or(1);
    let value = *dice.pick(&[0, 1, 2, 3, 5, 7, 10, 42, -1, -7, 100, 1000, 30000, -30000]) * step;
    value.clamp(least - least.rem_euclid(step), most - most.rem_euclid(step))
}

fn number(dice: &mut Dice, schema: &Schema) -> String {
    let (least, most) = (limit(schema, "minimum").unwrap_or(-1000), limit(schema, "maximum").unwrap_or(1000));
    let value = *dice.pick(&[0.0, 1.0, 0.5, 2.25, -0.5, 3.125, 99.9, 1e-7, 1.0 / 3.0, 1e15, -12345.678]);
    let value = f64::clamp(value, least as f64, most as f64);
    if value.fract() == 0.0 && dice.chance(50) { format!("{value:.0}") } else { format!("{value:?}") }
}

fn decimal(dice: &mut Dice, schema: &Schema) -> Json {
    let digits = schema.get("x-max-digits").and_then(Value::as_u64).unwrap_or(4);
    let places = schema.get("x-decimal-places").and_then(Value::as_u64).unwrap_or(0);
    let (least, most) = (limit(schema, "minimum").unwrap_or(-9999), limit(schema, "maximum").unwrap_or(9999));
    let whole = usize::try_from(digits - places).unwrap_or(0).min(3);
    let mut text: String = (0..whole.max(1)).map(|_| if whole == 0 { '0' } else { digit(dice) }).collect();
    if least >= 0 || dice.chance(70) {
        let value: i128 = text.parse().unwrap_or_default();
        text = value.clamp(least.max(0), most - 1).to_string();
    } else {
        text = format!("-{}", text.trim_start_matches('0'));
        text = if text == "-" { "-0".to_owned() } else { text };
    }
    let places = dice.between(0, usize::try_from(places).unwrap_or(0));
    if places > 0 {
        text.push('.');
        text.extend((0..places).map(|_| digit(dice)));
    }
    if dice.chance(30) { Json::raw(text) } else { Json::text(text) }
}

fn digit(dice: &mut Dice) -> char {
    *dice.pick(&['0', '1', '2', '5', '9'])
}

fn word(dice: &mut Dice, schema: &Schema) -> String {
    let least = limit(schema, "minLength").map_or(1, |least| usize::try_from(least).unwrap_or(1).max(1));
    let most = limit(schema, "maxLength").map_or(12, |most| usize::try_from(most).unwrap_or(1));
    let length = if dice.chance(60) { least.max(most.min(3)) } else { dice.between(least, most.max(least)) };
    let letters = if dice.chance(85) { ["a", "b", "Z", "9"] } else { ["é", "ß", "日", "😀"] };
    (0..length).map(|_| *dice.pick(&letters)).collect()
}

fn of_format(dice: &mut Dice, format: &str) -> String {
    let name: String = (0..3).map(|_| *dice.pick(&["a", "b", "c"])).collect();
    let two = |dice: &mut Dice, most: usize| format!("{:02}", dice.between(1, most));
    let date = |dice: &mut Dice| format!("20{}-{}-{}", two(dice, 40), two(dice, 12), two(dice, 28));
    let clock = |dice: &mut Dice| format!("{}:{}:{}", two(dice, 23), two(dice, 59), two(dice, 59));
    match format {
        "email" => format!("{name}@example.com"),
        "uri" => format!("https://{name}.example.com/"),
        "slug" => name,
        "unicode-slug" => format!("é{name}"),
        "ip" | "ipv4" => format!("10.0.{}.{}", dice.roll(256), dice.roll(256)),
        "ipv6" => format!("2001:db8::{:x}", dice.roll(65536)),
        "uuid" => format!("01234567-89ab-4def-8123-4567{:08x}", dice.roll(0xffff_ffff)),
        "date" => date(dice),
        "time" => clock(dice),
        "date-time" => {
            let fraction = *dice.pick(&["", ".5", ".123456"]);
            format!("{}T{}{fraction}{}", date(dice), clock(dice), *dice.pick(&["Z", "+02:00", "-05:30", ""]))
        }
        "duration" => format!("{} {}", dice.roll(10), clock(dice)),
        other => panic!("there are no values of the format {other}"),
    }
}

/// A value at a bound of the schema, or just beyond it.
fn bound(dice: &mut Dice, schema: &Schema) -> Json {
    let by = i128::try_from(dice.roll(3)).unwrap_or(0) - 1;
    let mut found = Vec::new();
    for key in ["minLength", "maxLength"] {
        if let Some(length) = limit(schema, key) {
            let letter = *dice.pick(&["a", "Z", "é", "😀", "1", " "]);
            let text = letter.repeat(usize::try_from(length + by).unwrap_or(0));
            let around = *dice.pick(&["", "", " ", "\u{a0}", "\n"]);
            found.push(Json::text(format!("{around}{text}{around}")));
        }
    }
    for key in ["minimum", "maximum"] {
        if let Some(value) = limit(schema, key) {
            let text = (value + by).to_string();
            let fraction = *dice.pick(&["", "", ".0", ".01", ".5"]);
            let text = format!("{text}{fraction}");
            found.push(if dice.chance(30) { Json::text(text) } else { Json::raw(text) });
        }
    }
    // Next to a choice.
    for choice in schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_i64)
    {
        found.push(Json::raw((i128::from(choice) + by).to_string()));
    }
    match schema.get("x-max-digits").and_then(Value::as_u64) {
        Some(digits) => {
            let digits = usize::try_from(digits).unwrap_or(0);
            let whole: String = (0..dice.between(0, digits + 1)).map(|_| digit(dice)).collect();
            let places: String = (0..dice.between(0, digits)).map(|_| digit(dice)).collect();
            found.push(Json::text(format!("{whole}.{places}")));
        }
        None if found.is_empty() => return general(dice),
        None => {}
    }
    dice.pick(&found).clone()
}

/// The value in another spelling, or as another type.
fn spelled(dice: &mut Dice, value: &Json) -> Json {
    let Json::Raw(text) = value else { return value.clone() };
    let other = another_spelling(dice, text);
    // An escape or an exponent may have been cut.
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&other.to_string()).is_ok();
    if is_json { other } else { value.clone() }
}

fn another_spelling(dice: &mut Dice, text: &str) -> Json {
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    match (inner, dice.roll(6)) {
        (None, 0) => Json::text(format!(" {text} ")),
        (None, 1) => Json::raw(format!("{text}.0").replace("null.0", "null").replace("e.0", "e")),
        (None, 2) => Json::text(format!("{text}.0")),
        (None, 3) => Json::text(text.to_uppercase()),
        (None, _) => Json::text(text),
        (Some(inner), 0) => Json::raw(format!("\" {inner}\"")),
        (Some(inner), 1) => Json::raw(format!("\"{inner} \"")),
        (Some(inner), 2) => Json::raw(format!("\"{inner}\\n\"")),
        (Some(inner), 3) => Json::raw(format!("\"{}\"", inner.to_uppercase().replace("\\U", "\\u"))),
        (Some(inner), 4) if inner.parse::<i64>().is_ok_and(|number| number.to_string() == inner) => {
            Json::raw(inner)
        }
        (Some(inner), _) => Json::raw(format!("\"{inner}{inner}\"")),
    }
}

/// Any JSON.
fn any(dice: &mut Dice, depth: usize) -> Json {
    match dice.roll(if depth > 2 { 4 } else { 8 }) {
        0..4 => Json::raw(*dice.pick(&[
            "1",
            "0.5",
            "1.0",
            "true",
            "null",
            "\"a\"",
            "\"\"",
            "\" é \"",
            "1e2",
            "-0.0",
            "12345678901234567890",
            "\"\\ud83d\\ude00\"",
            "[]",
            "{}",
            "1e-7",
            "1e16",
            LONG_FLOAT,
        ])),
        4..6 => Json::List((0..dice.roll(4)).map(|_| any(dice, depth + 1)).collect()),
        _ => {
            let keys = ["b", "a", "é", "", "id"];
            let count = dice.roll(4);
            Json::Object(keys[..count].iter().map(|key| ((*key).to_owned(), any(dice, depth + 1))).collect())
        }
    }
}
