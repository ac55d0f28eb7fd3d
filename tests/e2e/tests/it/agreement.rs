//! Rules that stand in the generator, for what a definition says, and in the runtime, for what clients send: both give
//! the same verdict.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use dcrf::diag::Code;
use dcrf::syntax::Loader;
use dcrf_runtime::meta::{Kind, Literal, ObjectMeta, PropertyMeta, Rule, TypeMeta};
use dcrf_runtime::{Json, decode};
use serde_json::json;

struct Text(String);

impl Loader for Text {
    fn load(&self, _: &Path) -> std::io::Result<Vec<u8>> {
        Ok(self.0.clone().into_bytes())
    }
}

/// Compiles schemas, each that of a property on a line of its own.
fn compile(schemas: &[String]) -> dcrf::Compiled {
    let mut text = String::from(
        "{\"name\":\"agreement\",\"consumers\":{\"C\":{\"actions\":{\"a\":{\"input\":{\"type\":\"object\",\"properties\":{\n",
    );
    for (index, schema) in schemas.iter().enumerate() {
        let comma = if index + 1 < schemas.len() { "," } else { "" };
        writeln!(text, "\"p{index}\":{schema}{comma}").expect("a text");
    }
    text.push_str("}}}}}}}\n");
    dcrf::compile(&[PathBuf::from("agreement.json")], &Text(text))
}

/// The defaults of schemas without a misfit, as they stand in generated code.
fn defaults(schemas: &[String]) -> Vec<String> {
    let api = compile(schemas).api.expect("nothing is wrong");
    let input = api.objects.values().next().expect("the input");
    let text = |property: &dcrf::ir::Property| match &property.default {
        Some(dcrf::ir::Literal::Text(text)) => text.clone(),
        other => panic!("{}: {other:?} is no text", property.wire),
    };
    input.properties.iter().map(text).collect()
}

/// Which of these schemas the generator finds a default in that does not fit. Each is the schema of a property.
fn misfits(schemas: &[String]) -> HashSet<usize> {
    /// Lines before the first property.
    const BEFORE: usize = 1;
    let compiled = compile(schemas);
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
    let properties: &'static [PropertyMeta] = Box::leak(Box::new([PropertyMeta::new("value", ty)]));
    let meta: &'static ObjectMeta =
        Box::leak(Box::new(ObjectMeta { name: "Value", properties, closed: false, additional: None }));
    let data: Json = format!("{{\"value\":{json}}}").parse().expect(json);
    decode::data(meta, Some(&data)).is_ok()
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
    ("slug", Kind::Slug, &["a-slug_1", "A"]),
    ("unicode-slug", Kind::UnicodeSlug, &["été-1", "a_b"]),
    ("ip", Kind::Ip, &["10.0.0.1", "::1", "::ffff:1.2.3.4", "2001:db8::7"]),
    ("ipv4", Kind::Ipv4, &["10.0.0.1", "255.255.255.255"]),
    ("ipv6", Kind::Ipv6, &["::1", "2001:DB8:0:0:0:0:0:7", "::ffff:1.2.3.4"]),
    ("byte", Kind::Bytes, &["", "AA==", "AB==", "AAE=", "AAF=", "abcd", "ab+/"]),
];

#[test]
fn texts_of_a_format_are_judged_alike() {
    let mut dice = Dice(1);
    for (format, kind, samples) in FORMATS {
        // Blank is a default of any text: Django's for "none".
        let texts: Vec<String> = (0..CASES)
            .map(|_| changed(&mut dice, samples, PARTS))
            .filter(|text| !text.is_empty() || *format == "byte")
            .collect();
        let schemas: Vec<String> = texts
            .iter()
            .map(|text| json!({"type": "string", "format": format, "default": text}).to_string())
            .collect();
        let misfits = misfits(&schemas);
        for (index, text) in texts.iter().enumerate() {
            let fits = !misfits.contains(&index);
            let taken = takes(TypeMeta::plain(*kind), &json!(text).to_string());
            assert_eq!(fits, taken, "{format} {text:?}: generator {fits}, runtime {taken}");
        }
        assert!(
            (500..texts.len() - 500).contains(&misfits.len()),
            "{} of {} of {format}",
            misfits.len(),
            texts.len()
        );
    }
}

/// What the generator takes for a default, the runtime reads: else the default would be lost.
#[test]
fn times_and_numbers_of_definitions_are_read() {
    const PIECES: &[&str] = &[
        "-", ":", ".", "T", " ", "Z", "+00:00", "0", "1", "9", "29", "30", "59", "60", "e1", "+", "a", "F",
        "٥",
    ];
    let decimal = Kind::Decimal { max_digits: 8, decimal_places: 3 };
    let formats: [(&str, Kind, &str, &[&str]); 6] = [
        ("date", Kind::Date, "", &["2024-02-29", "0001-01-01", "9999-12-31", "2023-11-30"]),
        (
            "date-time",
            Kind::DateTime,
            "",
            &["2024-02-29T13:30:00Z", "9999-12-31 23:59:59.999999+00:00", "0001-01-01t00:00z"],
        ),
        ("time", Kind::Time, "", &["13:30", "00:00:00.5", "23:59:59.123456"]),
        (
            "duration",
            Kind::Duration,
            "",
            &["02:03:04", "1 02:03:04.5", "-106751990 00:00:00", "106751990 23:59:59"],
        ),
        (
            "uuid",
            Kind::Uuid,
            "",
            &["12345678-1234-1234-1234-1234567890AB", "12345678123412341234123456789012"],
        ),
        (
            "decimal",
            decimal,
            r#","x-max-digits":8,"x-decimal-places":3"#,
            &["0.5", "-00012.30", "+7", "99999.999", "0"],
        ),
    ];
    let mut dice = Dice(2);
    for (format, kind, more, samples) in formats {
        let texts: Vec<String> = (0..CASES).map(|_| changed(&mut dice, samples, PIECES)).collect();
        let schemas: Vec<String> = texts
            .iter()
            .map(|text| format!(r#"{{"type":"string","format":"{format}"{more},"default":{}}}"#, json!(text)))
            .collect();
        let misfits = misfits(&schemas);
        assert!(
            (500..texts.len() - 500).contains(&misfits.len()),
            "{} of {} of {format}",
            misfits.len(),
            texts.len()
        );
        let good: Vec<String> = (0..texts.len())
            .filter(|index| !misfits.contains(index))
            .map(|index| schemas[index].clone())
            .collect();
        let written = defaults(&good);
        assert_eq!(written.len(), good.len());
        for (text, schema) in written.iter().zip(good) {
            assert!(takes(TypeMeta::plain(kind), &json!(text).to_string()), "{schema} became {text:?}");
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
    let misfits = misfits(&schemas);
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
    let misfits = misfits(&schemas);
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
    let misfits = misfits(&schemas);
    for (index, (keyword, rule, limit, number)) in cases.into_iter().enumerate() {
        assert_eq!(
            !misfits.contains(&index),
            takes(ruled(Kind::Float, rule), number),
            "{keyword} {limit} of {number}"
        );
    }
}
