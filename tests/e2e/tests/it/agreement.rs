//! What a definition says and what clients send: both are judged by `dcrf-scalars`, so that a default which the generator
//! takes is read by the runtime as the same value, and one that it refuses is refused. Values of JSON are compared in the
//! generator and in the runtime: both give the same verdict.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use dcrf::diag::Code;
use dcrf::syntax::Loader;
use dcrf_runtime::meta::{Kind, Literal, ObjectMeta, PropertyMeta, Rule, TypeMeta};
use dcrf_runtime::{Duration, Json, Value, decode};
use serde_json::json;

struct Text(String);

impl Loader for Text {
    fn load(&self, _: &Path) -> std::io::Result<Vec<u8>> {
        Ok(self.0.clone().into_bytes())
    }
}

/// What stands around properties: the input of an action, which is plain JSON.
const INPUT: (&str, &str) = (
    "{\"name\":\"agreement\",\"consumers\":{\"C\":{\"actions\":{\"a\":{\"input\":{\"type\":\"object\",\"properties\":{\n",
    "}}}}}}}\n",
);

/// A serializer, whose properties are fields: their formats are always asserted.
const SERIALIZER: (&str, &str) =
    ("{\"name\":\"agreement\",\"serializers\":{\"S\":{\"properties\":{\n", "}}}}\n");

/// Compiles schemas, each that of a property on a line of its own.
fn compile((before, after): (&str, &str), schemas: &[String]) -> dcrf::Compiled {
    let mut text = before.to_owned();
    for (index, schema) in schemas.iter().enumerate() {
        let comma = if index + 1 < schemas.len() { "," } else { "" };
        writeln!(text, "\"p{index}\":{schema}{comma}").expect("a text");
    }
    text.push_str(after);
    dcrf::compile(&[PathBuf::from("agreement.json")], &Text(text))
}

/// The defaults of schemas without a misfit, as they stand in generated code.
fn defaults(schemas: &[String]) -> Vec<String> {
    let api = compile(SERIALIZER, schemas).api.expect("nothing is wrong");
    let of_fields =
        |object: &&dcrf::ir::Object| object.properties.iter().any(|property| property.wire == "p0");
    let input = api.objects.values().find(of_fields).expect("the fields");
    let text = |property: &dcrf::ir::Property| match &property.default {
        Some(dcrf::ir::Literal::Text(text)) => text.clone(),
        other => panic!("{}: {other:?} is no text", property.wire),
    };
    input.properties.iter().map(text).collect()
}

/// Which of these schemas the generator finds a default in that does not fit. Each is the schema of a property.
fn misfits(around: (&str, &str), schemas: &[String]) -> HashSet<usize> {
    /// Lines before the first property.
    const BEFORE: usize = 1;
    let compiled = compile(around, schemas);
    let mut lines = HashSet::new();
    for diagnostic in compiled.diagnostics.iter() {
        assert_eq!(diagnostic.code, Code::BadDefault, "{}", diagnostic.message);
        let place = compiled.sources.start(diagnostic.primary.span);
        lines.insert(place.line - 1 - BEFORE);
    }
    lines
}

/// Whether the runtime takes a value of plain JSON for this.
fn takes(ty: TypeMeta, json: &str) -> bool {
    read(ty, json).is_some()
}

/// Whether a column cannot keep this, which is read where there is none: it has 64 bits of microseconds.
fn is_too_long(kind: Kind, text: &str) -> bool {
    matches!(kind, Kind::Duration)
        && text.parse().is_ok_and(|duration: Duration| duration.column_micros().is_none())
}

/// What the runtime reads a value of plain JSON as; none if it refuses it.
fn read(ty: TypeMeta, json: &str) -> Option<Value> {
    let properties: &'static [PropertyMeta] = Box::leak(Box::new([PropertyMeta::new("value", ty)]));
    let meta: &'static ObjectMeta =
        Box::leak(Box::new(ObjectMeta { name: "Value", properties, closed: false, additional: None }));
    let data: Json = format!("{{\"value\":{json}}}").parse().expect(json);
    decode::data(meta, Some(&data)).ok().and_then(|object| object.get(0).cloned())
}

fn ruled(kind: Kind, rule: Rule) -> TypeMeta {
    TypeMeta::plain(kind).rules(Box::leak(Box::new([rule])))
}

fn forever(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

/// Knuth's MMIX generator: the same cases on every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

const CASES: usize = 4000;

/// One of some texts with up to two changes.
fn changed(dice: &mut Dice, texts: &[&str], parts: &[&str]) -> String {
    let mut chars: Vec<String> = dice.one(texts).chars().map(String::from).collect();
    for _ in 0..dice.below(3) {
        let at = dice.below(chars.len() + 1);
        match dice.below(3) {
            0 => chars.insert(at, dice.one(parts).to_owned()),
            1 if at < chars.len() => drop(chars.remove(at)),
            _ if at < chars.len() => dice.one(parts).clone_into(&mut chars[at]),
            _ => {}
        }
    }
    chars.concat()
}

/// Parts of addresses and of other texts with a form.
const PARTS: &[&str] = &[
    "a",
    "b-",
    "-",
    ".",
    "@",
    "x.",
    "localhost",
    "example",
    ".com",
    ".c",
    "com",
    "[",
    "]",
    "::1",
    "127.0.0.1",
    "256.1.1.1",
    "http",
    "https",
    "ftp",
    "foo",
    "://",
    ":",
    "/",
    "//",
    "?",
    "#",
    " ",
    "\t",
    "é",
    "ü.de",
    "xn--p1ai",
    "_",
    "+",
    "\"",
    "\\",
    "80",
    ":80",
    ":99999",
    ":123456",
    "user",
    "user:pw@",
    "A",
    "ab",
    "A=",
    "==",
    "=",
    "AA",
    "AB",
    "+/",
    "abcd",
    "1.2.3.4",
    "ffff:",
    "😀",
    "\u{0}",
    "0",
    "9",
];

const FORMATS: &[(&str, Kind, &[&str])] = &[
    (
        "email",
        Kind::Email,
        &[
            "x@.",
            "a@localhost",
            "a@b",
            "a.b+c@example.com",
            "\"a b\"@x.org",
            "a@[127.0.0.1]",
            "a@xn--p1ai.xn--p1ai",
        ],
    ),
    (
        "uri",
        Kind::Url,
        &[
            "foo://x",
            "http://a.bc",
            "https://user:pw@example.com:80/x?y#z",
            "ftp://localhost/",
            "http://[::1]:8000",
            "http://über.example.",
        ],
    ),
    ("hostname", Kind::Hostname, &["localhost", "a-b.example.com", "xn--p1ai", "1.2.3"]),
    ("slug", Kind::Slug, &["a-slug_1", "A"]),
    ("unicode-slug", Kind::UnicodeSlug, &["été-1", "a_b"]),
    ("ip", Kind::Ip, &["10.0.0.1", "::1", "::ffff:1.2.3.4", "2001:db8::7"]),
    ("ipv4", Kind::Ipv4, &["10.0.0.1", "255.255.255.255"]),
    ("ipv6", Kind::Ipv6, &["::1", "2001:DB8:0:0:0:0:0:7", "::ffff:1.2.3.4"]),
    ("byte", Kind::Bytes, &["", "AA==", "AB==", "AAE=", "AAF=", "abcd", "ab+/"]),
];

/// Pieces of dates, times, UUIDs and decimals.
const PIECES: &[&str] = &[
    "-", ":", ".", "T", "t", " ", "Z", "z", "+00:00", "+02:30", "0", "1", "9", "29", "30", "59", "60", "e1",
    "+", "_", "a", "F", "{", "P1D", "W", "٥",
];

const SCALARS: &[(&str, Kind, &[&str])] = &[
    ("date", Kind::Date, &["2024-02-29", "0001-01-01", "9999-12-31", "2023-11-30", "2024-W09-4"]),
    (
        "date-time",
        Kind::DateTime,
        &["2024-02-29T13:30:00Z", "9999-12-31 23:59:59.999999+00:00", "0001-01-01T00:00Z"],
    ),
    ("time", Kind::Time, &["13:30", "00:00:00.5", "23:59:59.123456"]),
    (
        "duration",
        Kind::Duration,
        &["02:03:04", "1 02:03:04.5", "P1DT2H", "-106751990 00:00:00", "106751990 23:59:59"],
    ),
    ("uuid", Kind::Uuid, &["12345678-1234-1234-1234-1234567890AB", "12345678123412341234123456789012"]),
    (
        "decimal",
        Kind::Decimal { max_digits: 8, decimal_places: 3 },
        &["0.5", "-00012.30", "+7", "99999.999", "0"],
    ),
];

/// Of decimals a default may have more zeros at its end than a client may send: they say nothing.
fn may_be_refused_as_written(kind: Kind) -> bool {
    matches!(kind, Kind::Decimal { .. })
}

#[test]
fn defaults_are_what_the_runtime_reads() {
    let mut dice = Dice(1);
    let formats = FORMATS.iter().map(|format| (format, PARTS));
    for ((format, kind, samples), parts) in formats.chain(SCALARS.iter().map(|format| (format, PIECES))) {
        // Blank is a default of any text: Django's for "none".
        let texts: Vec<String> = (0..CASES)
            .map(|_| changed(&mut dice, samples, parts))
            .filter(|text| !text.is_empty() || matches!(*format, "byte" | "duration"))
            .collect();
        let digits = if *format == "decimal" { r#","x-max-digits":8,"x-decimal-places":3"# } else { "" };
        let schema = |text: &String| {
            format!(r#"{{"type":"string","format":"{format}"{digits},"default":{}}}"#, json!(text))
        };
        let schemas: Vec<String> = texts.iter().map(schema).collect();
        let misfits = misfits(SERIALIZER, &schemas);
        let (bad, good): (Vec<usize>, Vec<usize>) =
            (0..texts.len()).partition(|index| misfits.contains(index));
        assert!(bad.len() > 500 && good.len() > 500, "{} of {} of {format}", bad.len(), texts.len());
        let ty = TypeMeta::plain(*kind);
        for index in bad {
            let text = &texts[index];
            assert!(
                is_too_long(*kind, text) || !takes(ty, &json!(text).to_string()),
                "{format} {text:?} is refused by the generator only"
            );
        }
        let written = defaults(&good.iter().map(|index| schemas[*index].clone()).collect::<Vec<_>>());
        assert_eq!(written.len(), good.len());
        for (index, written) in good.into_iter().zip(written) {
            let text = &texts[index];
            let value = read(ty, &json!(written).to_string());
            assert!(value.is_some(), "{format} {text:?} became {written:?}");
            let sent = read(ty, &json!(text).to_string());
            if sent.is_some() || !may_be_refused_as_written(*kind) {
                assert_eq!(sent, value, "{format} {text:?} became {written:?}");
            }
        }
    }
}

/// A JSON value, written in one of several ways.
fn json_of(dice: &mut Dice, depth: usize) -> String {
    const LEAVES: &[&str] = &[
        "null",
        "true",
        "false",
        "0",
        "-0",
        "0.0",
        "1",
        "1.0",
        "10e-1",
        "1e0",
        "100",
        "1e2",
        "0.1",
        "1e-1",
        "9007199254740992",
        "9007199254740993",
        "9007199254740993.0",
        "12345678901234567890",
        "1.234567890123456789e19",
        "1e400",
        "10e399",
        "\"\"",
        "\"0\"",
        "\"1\"",
        "\"a\"",
        "\"\\u0061\"",
        "\"é\"",
        "\"\\u00e9\"",
        "\"e\\u0301\"",
        "\"null\"",
        "\"a/b\"",
        "\"a\\/b\"",
    ];
    const KEYS: &[&str] = &["\"a\"", "\"\\u0061\"", "\"b\"", "\"\"", "\"é\""];
    match dice.below(if depth == 0 { 2 } else { 4 }) {
        0 | 1 => dice.one(LEAVES).to_owned(),
        2 => {
            let items: Vec<String> = (0..dice.below(3)).map(|_| json_of(dice, depth - 1)).collect();
            format!("[{}]", items.join(dice.one(&[",", " , "])))
        }
        _ => {
            let mut keys: Vec<&str> = KEYS.to_vec();
            // A definition has each key once.
            keys.swap_remove(dice.below(2));
            let entries: Vec<String> = (0..dice.below(3))
                .map(|_| {
                    let key = keys.swap_remove(dice.below(keys.len()));
                    format!("{key}: {}", json_of(dice, depth - 1))
                })
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

#[test]
fn values_are_the_same_for_both() {
    let mut dice = Dice(3);
    let pairs: Vec<(String, String)> =
        (0..4 * CASES).map(|_| (json_of(&mut dice, 2), json_of(&mut dice, 2))).collect();
    // `const` of any JSON, so that the types of the two do not matter.
    let wrapped: Vec<(String, String)> =
        pairs.iter().map(|(one, two)| (format!("[{one}]"), format!("[{two}]"))).collect();
    let schemas: Vec<String> =
        wrapped.iter().map(|(one, two)| format!(r#"{{"const":{one},"default":{two}}}"#)).collect();
    let misfits = misfits(INPUT, &schemas);
    let mut same = 0;
    for (index, (one, two)) in wrapped.iter().enumerate() {
        let fits = !misfits.contains(&index);
        same += usize::from(fits);
        let rule = Rule::Const(Literal::Json(forever(one)));
        assert_eq!(fits, takes(ruled(Kind::Json, rule), two), "{one} and {two}");
    }
    assert!(same > 100, "{same} pairs are the same");
}

#[test]
fn items_are_unique_for_both() {
    let mut dice = Dice(4);
    let lists: Vec<String> = (0..CASES)
        .map(|_| {
            let items: Vec<String> = (0..dice.below(6)).map(|_| json_of(&mut dice, 1)).collect();
            format!("[{}]", items.join(","))
        })
        .collect();
    let schemas: Vec<String> = lists
        .iter()
        .map(|list| format!(r#"{{"type":"array","items":true,"uniqueItems":true,"default":{list}}}"#))
        .collect();
    let misfits = misfits(INPUT, &schemas);
    const ANY: TypeMeta = TypeMeta::plain(Kind::Json).nullable();
    for (index, list) in lists.iter().enumerate() {
        assert_eq!(
            !misfits.contains(&index),
            takes(ruled(Kind::List(&ANY), Rule::UniqueItems), list),
            "{list}"
        );
    }
    assert!(misfits.len() > 100 && misfits.len() < lists.len() - 100, "{} of {}", misfits.len(), lists.len());
}

#[test]
fn numbers_are_limited_alike() {
    const NUMBERS: &[&str] = &[
        "0",
        "-0.0",
        "1",
        "-1",
        "3",
        "7",
        "10",
        "0.1",
        "0.01",
        "0.3",
        "0.30",
        "1e-7",
        "1.5e-7",
        "1e2",
        "100",
        "100000000",
        "1e308",
        "9007199254740992",
        "9007199254740993",
        "9007199254740994",
        "12345.678",
        "-4.35",
        "4.351",
        "0.123456789",
        "2.5e-3",
        "1e17",
        "123456789012345680000",
        "5e-324",
        "0.1000000000000000055",
    ];
    type Make = fn(&'static str) -> Rule;
    let rules: [(&str, Make); 5] = [
        ("minimum", Rule::Minimum),
        ("maximum", Rule::Maximum),
        ("exclusiveMinimum", Rule::ExclusiveMinimum),
        ("exclusiveMaximum", Rule::ExclusiveMaximum),
        ("multipleOf", Rule::MultipleOf),
    ];
    let mut cases: Vec<(&str, Rule, &str, &str)> = Vec::new();
    for (keyword, rule) in rules {
        let limits = NUMBERS
            .iter()
            .copied()
            .filter(|limit| keyword != "multipleOf" || limit.parse::<f64>().is_ok_and(|step| step > 0.0));
        for limit in limits {
            cases.extend(NUMBERS.iter().map(|number| (keyword, rule(limit), limit, *number)));
        }
    }
    let schemas: Vec<String> = cases
        .iter()
        .map(|(keyword, _, limit, number)| {
            format!(r#"{{"type":"number","{keyword}":{limit},"default":{number}}}"#)
        })
        .collect();
    let misfits = misfits(INPUT, &schemas);
    for (index, (keyword, rule, limit, number)) in cases.into_iter().enumerate() {
        assert_eq!(
            !misfits.contains(&index),
            takes(ruled(Kind::Float, rule), number),
            "{keyword} {limit} of {number}"
        );
    }
}
