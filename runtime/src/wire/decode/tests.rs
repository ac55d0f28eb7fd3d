//! Tests which values each kind accepts, and the errors for all others, by recorded answers of DRF.

use serde_json::value::RawValue;

use super::key::related_key;
use super::{Reading, accept};
use crate::ground::scalar::Json;
use crate::schema::meta::{Kind, Literal, ObjectMeta, PropertyMeta, Rule, TypeMeta};

/// Returns the JSON of the value, or of the errors.
pub(super) fn read(ty: &TypeMeta, json: &str) -> String {
    let raw: &RawValue = serde_json::from_str(json).expect(json);
    match accept(ty, raw, Reading::STRICT) {
        Ok(value) => {
            let mut out = Vec::new();
            crate::wire::encode::value(&mut out, ty, &value);
            String::from_utf8(out).expect("UTF-8")
        }
        Err(refusal) => refusal.detail(&[]).to_string(),
    }
}

pub(super) fn check(ty: TypeMeta, cases: &[(&str, &str)]) {
    for (json, expected) in cases {
        assert_eq!(read(&ty, json), *expected, "{:?} of {json}", ty.kind);
    }
}

/// Checks that all of these are refused with this text.
fn refuse(ty: TypeMeta, text: &str, cases: &[&str]) {
    let expected = serde_json::to_string(&[text]).expect("JSON");
    for json in cases {
        assert_eq!(read(&ty, json), expected, "{:?} of {json}", ty.kind);
    }
}

const NULL: &str = "This field may not be null.";
const BLANK: &str = "This field may not be blank.";

#[test]
fn booleans() {
    let ty = TypeMeta::new(Kind::Boolean);
    for json in ["true", "1", "1.0", "\"TRUE\"", "\"t\"", "\"yes\"", "\"on\"", "\"1\"", "\"Y\""] {
        assert_eq!(read(&ty, json), "true", "{json}");
    }
    for json in ["false", "0", "0.0", "\"f\"", "\"No\"", "\"off\"", "\"0\"", "\"n\""] {
        assert_eq!(read(&ty, json), "false", "{json}");
    }
    let bad = ["\"null\"", "\"\"", "\"maybe\"", "2", "-1", "1.5", "[]", "{}", "[true]", "\" true \""];
    refuse(ty, "Must be a valid boolean.", &bad);
    refuse(ty, NULL, &["null"]);
    check(ty.nullable(), &[("null", "null"), ("\"null\"", "null"), ("\"\"", "null")]);
}

#[test]
fn integers() {
    let ty = TypeMeta::new(Kind::Integer);
    for json in
        ["5", "\"5\"", "\" 5 \"", "\"5.0\"", "5.0", "5.000", "\"+5\"", "\"٥\"", "\"05\"", "50e-1", "\"5.\""]
    {
        assert_eq!(read(&ty, json), "5", "{json}");
    }
    check(ty, &[("9223372036854775807", "9223372036854775807"), ("-0", "0"), ("1e2", "100")]);
    let bad =
        ["true", "5.5", "\"\"", "\"1e2\"", "\"5.5\"", "[]", "{}", "1e400", "1e20", "\"abc\"", "\"\\ud800\""];
    refuse(ty, "A valid integer is required.", &bad);
    refuse(ty, "String value too large.", &[&format!("\"{}\"", "9".repeat(1001))]);
    let beyond = "Ensure this value is less than or equal to 9223372036854775807.";
    refuse(ty, beyond, &["9223372036854775808", "\"9223372036854775808\""]);
    refuse(
        ty,
        "Ensure this value is greater than or equal to -9223372036854775808.",
        &["-9223372036854775809"],
    );
    let bounded = ty.rules(&[Rule::Minimum("0"), Rule::Maximum("100")]);
    refuse(bounded, "Ensure this value is less than or equal to 100.", &["101", "99999999999999999999"]);
    refuse(bounded, "Ensure this value is greater than or equal to 0.", &["-1", "-99999999999999999999"]);
    let open = ty.rules(&[Rule::ExclusiveMinimum("0"), Rule::ExclusiveMaximum("10"), Rule::MultipleOf("3")]);
    check(open, &[("3", "3"), ("9", "9")]);
    refuse(open, "Ensure this value is greater than 0.", &["0"]);
    refuse(open, "Ensure this value is a multiple of step size 3.", &["4"]);
    let both = r#"["Ensure this value is a multiple of step size 3.","Ensure this value is less than 10."]"#;
    check(open, &[("10", both)]);
}

#[test]
fn floats() {
    let ty = TypeMeta::new(Kind::Float).rules(&[Rule::Minimum("-1.5"), Rule::Maximum("1.5")]);
    check(
        ty,
        &[
            ("0", "0.0"),
            ("1.5", "1.5"),
            ("\"1.25\"", "1.25"),
            ("\" 1 \"", "1.0"),
            ("true", "1.0"),
            ("\"1e-3\"", "0.001"),
        ],
    );
    let bad = ["\"abc\"", "\"\"", "[]", "{}", "\"nan\"", "\"inf\"", "\"Infinity\"", "\"1e999\""];
    refuse(ty, "A valid number is required.", &bad);
    refuse(ty, "Ensure this value is less than or equal to 1.5.", &["1.51", "1e308"]);
    refuse(ty, "Ensure this value is greater than or equal to -1.5.", &["-1.51"]);
    refuse(ty, "String value too large.", &[&format!("\"{}\"", "9".repeat(1001))]);
    check(TypeMeta::new(Kind::Float), &[("1e308", "1e+308"), ("0.1", "0.1")]);
    check(TypeMeta::new(Kind::Float).rules(&[Rule::MultipleOf("0.1")]), &[("0.3", "0.3")]);
}

#[test]
fn decimals() {
    let ty = TypeMeta::new(Kind::Decimal { max_digits: 6, decimal_places: 2 });
    check(
        ty,
        &[
            ("\"1\"", "\"1.00\""),
            ("1.5", "\"1.50\""),
            ("\"9999.99\"", "\"9999.99\""),
            ("0.1", "\"0.10\""),
            ("1.50000", "\"1.50\""),
            ("\"1e2\"", "\"100.00\""),
            ("\"-5.25\"", "\"-5.25\""),
            ("\"+5\"", "\"5.00\""),
            ("\" 7 \"", "\"7.00\""),
            ("\"00001.10\"", "\"1.10\""),
            ("0", "\"0.00\""),
            ("-0.0", "\"0.00\""),
        ],
    );
    let bad = ["\"abc\"", "\"\"", "\"NaN\"", "\"Infinity\"", "true", "[]", "{}", "\"1,5\""];
    refuse(ty, "A valid number is required.", &bad);
    let whole = "Ensure that there are no more than 4 digits before the decimal point.";
    refuse(ty, whole, &["\"10000\"", "\"99999.9\""]);
    refuse(
        ty,
        "Ensure that there are no more than 6 digits in total.",
        &["\"10000.00\"", "1e99", "\"1e999999999999\""],
    );
    refuse(
        ty,
        "Ensure that there are no more than 2 decimal places.",
        &["\"1.555\"", "\"1E-3\"", "\"0.005\""],
    );
    refuse(ty, "String value too large.", &[&format!("\"{}\"", "9".repeat(1001))]);
    refuse(ty, NULL, &["null"]);
    let bounded = ty.nullable().rules(&[Rule::Minimum("0"), Rule::Maximum("500")]);
    check(bounded, &[("\"\"", "null"), ("500", "\"500.00\"")]);
    refuse(bounded, "Ensure this value is less than or equal to 500.", &["\"500.01\""]);
    let fraction = TypeMeta::new(Kind::Decimal { max_digits: 1, decimal_places: 1 });
    check(fraction, &[("0.0", "\"0.0\""), ("\"0.0\"", "\"0.0\""), ("-0.00", "\"0.0\""), ("0.5", "\"0.5\"")]);
    let whole = "Ensure that there are no more than 0 digits before the decimal point.";
    refuse(fraction, whole, &["0", "\"0\"", "1"]);
    // Python writes it with two digits.
    refuse(fraction, "Ensure that there are no more than 1 digits in total.", &["1.0", "\"1.0\"", "1e0"]);
    let large = TypeMeta::new(Kind::Decimal { max_digits: 28, decimal_places: 8 });
    check(large, &[("12345678901234567890.12345678", "\"12345678901234567890.12345678\"")]);
}

#[test]
fn texts() {
    let ty = TypeMeta::new(Kind::Text).rules(&[Rule::MinLength(3), Rule::MaxLength(20)]);
    check(
        ty,
        &[
            ("\"  padded  \"", "\"padded\""),
            ("123", "\"123\""),
            ("12.5", "\"12.5\""),
            ("12.50", "\"12.5\""),
            ("1e20", "\"1e+20\""),
            ("0.00001", "\"1e-05\""),
            ("\"中文字\"", "\"中文字\""),
            (r#""a\ud83d\ude00b""#, "\"a😀b\""),
        ],
    );
    refuse(ty, BLANK, &["\"\"", "\"  \"", "\"\\u001c\""]);
    refuse(ty, NULL, &["null"]);
    refuse(ty, "Not a valid string.", &["true", "[]", "{}"]);
    refuse(ty, "Ensure this field has at least 3 characters.", &["\"ab\"", r#""\ud83d\ude00\ud83d\ude00""#]);
    refuse(ty, "Ensure this field has no more than 20 characters.", &["\"xxxxxxxxxxxxxxxxxxxxx\""]);
    refuse(ty, "Null characters are not allowed.", &[r#""a\u0000b""#]);
    refuse(ty, "Surrogate characters are not allowed: U+D800.", &[r#""a\ud800b""#, r#""\n\ud800\u0041b""#]);
    refuse(ty, "Surrogate characters are not allowed: U+DC01.", &[r#""\ud83d\ude00a\udc01""#]);
    check(
        TypeMeta::new(Kind::Text).nullable().blank(),
        &[("\"\"", "\"\""), ("null", "null"), ("\" x \"", "\"x\"")],
    );
    let code = TypeMeta::new(Kind::Text).rules(&[Rule::Pattern(r"^[A-Z]{2}\d{2,6}$"), Rule::MaxLength(8)]);
    check(code, &[("\"AB12\"", "\"AB12\"")]);
    refuse(code, "Enter a valid value.", &["\"ab\""]);
    let both = r#"["Enter a valid value.","Ensure this field has no more than 8 characters."]"#;
    check(code, &[("\"toolongcode\"", both)]);
}

#[test]
fn texts_of_json_schema_are_taken_as_they_are() {
    let ty = TypeMeta::plain(Kind::Text);
    check(ty, &[("\"  x \"", "\"  x \""), ("\"\"", "\"\"")]);
    refuse(ty.rules(&[Rule::MinLength(1)]), "Ensure this field has at least 1 characters.", &["\"\""]);
    refuse(TypeMeta::plain(Kind::Email), "Enter a valid email address.", &["\"\""]);
    refuse(ty.rules(&[Rule::Const(Literal::Text("a"))]), "Ensure this value is \"a\".", &["\"b\""]);
}

#[test]
fn addresses() {
    let email = TypeMeta::new(Kind::Email);
    for text in
        ["a@localhost", "a@[127.0.0.1]", "a.b+c@example.com", "\\\"a!b\\\"@example.com", "A@EXAMPLE.museum"]
    {
        assert_eq!(read(&email, &format!("\"{text}\"")), format!("\"{text}\""), "{text}");
    }
    let bad = [
        "\"a@b\"",
        "\"ü@example.com\"",
        "\"a\"",
        "\"@b.com\"",
        "\"a@b.com-\"",
        "\"a@-b.com\"",
        "5",
        "\"a@b..com\"",
    ];
    refuse(email, "Enter a valid email address.", &bad);
    let host = TypeMeta::new(Kind::Hostname);
    check(host, &[("\" Example.com \"", "\"Example.com\""), ("\"localhost\"", "\"localhost\"")]);
    refuse(host, "Enter a valid domain name.", &["\"a_b\"", "\"127.0.0.1\"", "\"é.fr\""]);
    refuse(host, "Not a valid string.", &["true", "[]"]);
    refuse(TypeMeta::plain(Kind::Hostname), "Enter a valid domain name.", &["\"\"", "\" a \""]);
    let url = TypeMeta::new(Kind::Url).blank();
    for text in [
        "ftp://example.com",
        "http://localhost:8000/",
        "http://127.0.0.1",
        "http://[::1]/",
        "http://über.example/",
        "HTTPS://a:b@example.com:80/x?y#z",
        "http://example.com.",
        "",
    ] {
        assert_eq!(read(&url, &format!("\"{text}\"")), format!("\"{text}\""), "{text}");
    }
    let bad = [
        "\"example.com\"",
        "\"http://\"",
        "\"javascript:alert(1)\"",
        "\"http://exa mple.com\"",
        "5",
        "\"//example.com\"",
        "\"mailto:a@example.com\"",
        "\"http://[::g]/\"",
        "\"http://-a.com\"",
        "\"http://example.com:123456\"",
        "\"http://a@b@example.com\"",
    ];
    refuse(url, "Enter a valid URL.", &bad);
    check(TypeMeta::new(Kind::Slug), &[("\"a-slug_1\"", "\"a-slug_1\""), ("5", "\"5\"")]);
    let slug = "Enter a valid \"slug\" consisting of letters, numbers, underscores or hyphens.";
    refuse(TypeMeta::new(Kind::Slug), slug, &["\"a b\"", "\"été\"", "\"a/b\""]);
    check(TypeMeta::new(Kind::Ipv4), &[("\"10.0.0.1 \"", "\"10.0.0.1\"")]);
    let bad = ["\"010.0.0.1\"", "\"10.0.0\"", "\"::1\"", "\"10.0.0.1/8\""];
    refuse(TypeMeta::new(Kind::Ipv4), "Enter a valid IPv4 address.", &bad);
    refuse(TypeMeta::new(Kind::Ipv4), "Enter a valid IPv4 or IPv6 address.", &["5", "true", "[]"]);
    refuse(TypeMeta::new(Kind::Ipv4), BLANK, &["\"\""]);
    check(TypeMeta::new(Kind::Ipv6), &[("\"2001:DB8::1\"", "\"2001:db8::1\"")]);
    refuse(TypeMeta::new(Kind::Ipv6), "Enter a valid IPv6 address.", &["\"10.0.0.1\"", "\"x\""]);
}

#[test]
fn uuids_dates_and_durations() {
    let id = "\"6fa459ea-ee8a-3ca4-894e-db77e160355e\"";
    check(
        TypeMeta::new(Kind::Uuid),
        &[
            (id, id),
            ("\"6FA459EAEE8A3CA4894EDB77E160355E\"", id),
            ("\"{6fa459ea-ee8a-3ca4-894e-db77e160355e}\"", id),
            ("\"urn:uuid:6fa459ea-ee8a-3ca4-894e-db77e160355e\"", id),
            ("1", "\"00000000-0000-0000-0000-000000000001\""),
            ("true", "\"00000000-0000-0000-0000-000000000001\""),
        ],
    );
    let bad = ["-1", "340282366920938463463374607431768211456", "\"abc\"", "\"\"", "[]", "{}", "1.5"];
    refuse(TypeMeta::new(Kind::Uuid), "Must be a valid UUID.", &bad);
    let bad = ["\"2023-02-29\"", "\"\"", "20240229", "true", "[]", "{}", "\" 2024-02-28 \""];
    refuse(
        TypeMeta::new(Kind::Date),
        "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.",
        &bad,
    );
    let format = "Time has wrong format. Use one of these formats instead: hh:mm[:ss[.uuuuuu]].";
    refuse(TypeMeta::new(Kind::Time), format, &["\"24:00:00\"", "123045", "true", "\"noon\"", "\"\""]);
    let format = "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].";
    refuse(
        TypeMeta::new(Kind::DateTime),
        format,
        &["\"2024-02-30T00:00:00Z\"", "1709209845", "true", "[]", "\"\""],
    );
    refuse(TypeMeta::new(Kind::DateTime), "Datetime value out of range.", &["\"0001-01-01T00:00:00+14:00\""]);
    check(
        TypeMeta::new(Kind::Duration),
        &[("5", "\"00:00:05\""), ("1.5", "\"00:00:01.500000\""), ("\"\"", "\"00:00:00\"")],
    );
    let format = "Duration has wrong format. Use one of these formats instead: [DD] [HH:[MM:]]ss[.uuuuuu].";
    refuse(TypeMeta::new(Kind::Duration), format, &["\"abc\"", "true", "[]", "{}"]);
    let days = "The number of days must be between -999999999 and 999999999.";
    refuse(TypeMeta::new(Kind::Duration), days, &["\"1000000000 00:00:00\""]);
}

#[test]
fn choices() {
    const LEVELS: &[Literal] = &[Literal::Text("low"), Literal::Text("mid")];
    let ty = TypeMeta::new(Kind::Choice(LEVELS));
    check(ty, &[("\"mid\"", "\"mid\"")]);
    for (json, input) in [
        ("\"LOW\"", "LOW"),
        ("\"\"", ""),
        ("5", "5"),
        ("true", "True"),
        ("[]", "[]"),
        ("{}", "{}"),
        ("[\"low\"]", "['low']"),
        ("{\"a\": [null, 1.0, \"it's\"]}", "{'a': [None, 1.0, \"it's\"]}"),
    ] {
        refuse(ty, &format!("\"{input}\" is not a valid choice."), &[json]);
    }
    const GRADES: &[Literal] = &[Literal::Integer(1), Literal::Integer(3)];
    let ty = TypeMeta::new(Kind::Choice(GRADES));
    check(ty, &[("1", "1"), ("\"3\"", "3")]);
    for (json, input) in
        [("4", "4"), ("\"\"", ""), ("2.0", "2.0"), ("true", "True"), ("\"{input}\"", "{input}")]
    {
        refuse(ty, &format!("\"{input}\" is not a valid choice."), &[json]);
    }
    check(TypeMeta::new(Kind::Choice(LEVELS)).blank(), &[("\"\"", "\"\"")]);
    check(TypeMeta::new(Kind::Choice(LEVELS)).blank().named(), &[("\"\"", "\"\"")]);
    for ty in [
        TypeMeta::new(Kind::Choice(GRADES)).blank(),
        TypeMeta::new(Kind::Choice(LEVELS)).named(),
        TypeMeta::plain(Kind::Choice(LEVELS)).named(),
        TypeMeta::plain(Kind::Choice(GRADES)).named(),
    ] {
        refuse(ty, "\"\" is not a valid choice.", &["\"\""]);
    }
}

static ADDRESS: ObjectMeta = ObjectMeta {
    name: "Address",
    properties: &[
        PropertyMeta::new("street", TypeMeta::new(Kind::Text).rules(&[Rule::MaxLength(20)])).required(),
        PropertyMeta::new("city", TypeMeta::new(Kind::Text)).required(),
        PropertyMeta::new("next", TypeMeta::new(Kind::Object(address)).nullable()),
    ],
    closed: false,
    additional: None,
};

fn address() -> &'static ObjectMeta {
    &ADDRESS
}

#[test]
fn lists_maps_and_objects() {
    const WORD: TypeMeta = TypeMeta::new(Kind::Text).rules(&[Rule::MaxLength(5)]);
    let words =
        TypeMeta::new(Kind::List(&WORD)).rules(&[Rule::MinItems(1), Rule::MaxItems(3), Rule::UniqueItems]);
    check(
        words,
        &[
            ("[1]", "[\"1\"]"),
            ("[]", r#"["Ensure this field has at least 1 elements."]"#),
            ("[1,2,3,4]", r#"["Ensure this field has no more than 3 elements."]"#),
            ("[\"a\", \"a\"]", r#"["Ensure this field has no repeated elements."]"#),
            (
                "[\"toolong\", \"ok\", \"\"]",
                r#"{"0":["Ensure this field has no more than 5 characters."],"2":["This field may not be blank."]}"#,
            ),
            ("[null]", r#"{"0":["This field may not be null."]}"#),
            ("[[\"a\"]]", r#"{"0":["Not a valid string."]}"#),
            ("{}", r#"["Expected a list of items but got type \"dict\"."]"#),
        ],
    );
    check(
        TypeMeta::new(Kind::Map(&WORD)),
        &[
            (r#"{"a": "b", "c": 1, "a": "d"}"#, r#"{"a":"d","c":"1"}"#),
            ("[]", r#"["Expected a dictionary of items but got type \"list\"."]"#),
            (r#"{"a": "toolong"}"#, r#"{"a":["Ensure this field has no more than 5 characters."]}"#),
        ],
    );
    let both = r#"{"street":["This field is required."],"city":["This field is required."]}"#;
    let object = TypeMeta::new(Kind::Object(address));
    check(
        object,
        &[
            ("{}", both),
            (r#"{"city": "b", "street": "a", "x": 1}"#, r#"{"street":"a","city":"b"}"#),
            ("null", r#"["This field may not be null."]"#),
            ("[]", r#"{"non_field_errors":["Invalid data. Expected a dictionary, but got list."]}"#),
        ],
    );
    const ADDRESS_TYPE: TypeMeta = TypeMeta::new(Kind::Object(address));
    check(
        TypeMeta::new(Kind::List(&ADDRESS_TYPE)).rules(&[Rule::MinItems(1)]),
        &[
            ("[]", r#"{"non_field_errors":["Ensure this field has at least 1 elements."]}"#),
            ("\"x\"", r#"{"non_field_errors":["Expected a list of items but got type \"str\"."]}"#),
            ("[1]", r#"{"0":{"non_field_errors":["Invalid data. Expected a dictionary, but got int."]}}"#),
            ("[null]", r#"{"0":["This field may not be null."]}"#),
            ("null", r#"["This field may not be null."]"#),
        ],
    );
}

#[test]
fn numbers_that_most_readers_take_for_infinite_are_refused() {
    let digits = "9".repeat(309);
    let beyond = "Value must be valid JSON.";
    for number in ["1e400", "-1E+400", &digits, "1.8e308", &format!("{digits}.5")] {
        for text in [number.to_owned(), format!("[{number}]"), format!(r#"{{"a\"": ["1e1", {number} ]}}"#)] {
            refuse(TypeMeta::new(Kind::Json), beyond, &[&text]);
        }
    }
    for fine in [
        r#""1e400""#,
        r#"["\"1e400", {"1e400": 1}]"#,
        "1.7e308",
        "1e-400",
        &"9".repeat(308),
        r#""\\""#,
        "-0.0",
    ] {
        assert_eq!(read(&TypeMeta::new(Kind::Json), fine), fine);
    }
}

#[test]
fn deep_input_is_refused_and_not_followed() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    refuse(TypeMeta::new(Kind::Json), "Value is nested too deeply.", &[&deep]);
    refuse(TypeMeta::new(Kind::Text), "Not a valid string.", &[&deep]);
    let object = format!("{}1{}", "{\"next\":".repeat(50_000), "}".repeat(50_000));
    assert!(read(&TypeMeta::new(Kind::Object(address)), &object).contains("required"));
    let choice = read(&TypeMeta::new(Kind::Choice(&[])), &deep);
    assert!(choice.len() < 100, "{choice}");
}

#[test]
fn related_keys() {
    let related = |nullable: bool, json: &str| {
        let raw: &RawValue = serde_json::from_str(json).expect(json);
        related_key(&Kind::Integer, nullable, raw).map_err(|refusal| refusal.detail(&[]).to_string())
    };
    for json in ["2", "\"2\"", "2.0", "2.5"] {
        assert_eq!(related(false, json), Ok(2_i64.into()), "{json}");
    }
    for (json, found) in [("\"abc\"", "str"), ("true", "bool"), ("[1]", "list"), ("{}", "dict")] {
        let text = format!(r#"["Incorrect type. Expected pk value, received {found}."]"#);
        assert_eq!(related(false, json), Err(text), "{json}");
    }
    for json in ["null", "\"\""] {
        assert_eq!(related(true, json), Ok(crate::Value::Null));
        assert_eq!(related(false, json), Err(r#"["This field may not be null."]"#.to_owned()));
    }
    let of_another = |kind: Kind, json: &str| {
        let raw: &RawValue = serde_json::from_str(json).expect(json);
        related_key(&kind, false, raw).expect_err(json).detail(&[]).to_string()
    };
    for (json, found) in [("\"x\"", "x"), ("[\"a\"]", "['a']"), ("1.5", "1.5"), ("{}", "{}")] {
        assert_eq!(of_another(Kind::Uuid, json), format!(r#"["“{found}” is not a valid UUID."]"#));
    }
    let listed = r#"["Invalid pk \"['a']\" - object does not exist."]"#;
    assert_eq!(of_another(Kind::Text, "[\"a\"]"), listed);
    assert_eq!(of_another(Kind::Uuid, "true"), r#"["Incorrect type. Expected pk value, received bool."]"#);
    let large = r#"["Invalid pk \"1180591620717411303424\" - object does not exist."]"#;
    assert_eq!(related(false, "1180591620717411303424"), Err(large.to_owned()));
}

#[test]
fn what_was_stored_is_read_though_rules_have_changed() {
    let json: Json =
        r#"{"street": "a street with far too long a name", "next": {"city": "x"}}"#.parse().expect("JSON");
    let object = super::stored_object(&ADDRESS, &json).expect("an object");
    assert!(object.get(1).is_none());
    assert!(super::stored_object(&ADDRESS, &"[]".parse().expect("JSON")).is_err());
}

/// Tests that no text makes a reader panic, and that the JSON of a value is read as the same value.
#[test]
fn odd_texts_are_read_or_refused() {
    const PARTS: &[&str] = &[
        "0",
        "1",
        "9",
        "20",
        "24",
        "2024",
        "-",
        "+",
        ":",
        ".",
        ",",
        "T",
        "Z",
        "W",
        "P",
        "D",
        "H",
        "M",
        "S",
        " ",
        "e",
        "é",
        "٥",
        "😀",
        "day",
        "days",
        "@",
        "a",
        "http://",
        "[",
        "]",
        "//",
        "/",
        "localhost",
        "=",
        "{",
        "}",
        "urn:",
    ];
    const KINDS: &[Kind] = &[
        Kind::Boolean,
        Kind::Integer,
        Kind::Float,
        Kind::Decimal { max_digits: 28, decimal_places: 4 },
        Kind::Email,
        Kind::Url,
        Kind::Slug,
        Kind::Ipv4,
        Kind::Ipv6,
        Kind::Uuid,
        Kind::Date,
        Kind::DateTime,
        Kind::Time,
        Kind::Duration,
        Kind::Bytes,
        Kind::Json,
    ];
    let mut state = 1_u64;
    let mut next = |below: usize| {
        // Knuth's MMIX generator produces the same texts in every run.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % below
    };
    for _ in 0..20_000 {
        let text: String = (0..=next(8)).map(|_| PARTS[next(PARTS.len())]).collect();
        let json = serde_json::to_string(&text).expect("JSON");
        for kind in KINDS {
            let ty = TypeMeta::plain(*kind);
            let raw: &RawValue = serde_json::from_str(&json).expect("JSON");
            let Ok(value) = accept(&ty, raw, Reading::STRICT) else { continue };
            let mut out = Vec::new();
            crate::wire::encode::value(&mut out, &ty, &value);
            let again: &RawValue = serde_json::from_slice(&out).expect("JSON");
            assert_eq!(accept(&ty, again, Reading::STRICT), Ok(value), "{kind:?} of {json}");
        }
    }
}
