//! Compares fields of every kind with recorded answers of DRF, which `runtime/tests/drf/fields.py` produces.

use serde_json::Value as Answer;
use serde_json::value::RawValue;

use super::equality::canonical;
use super::fault::{Fault, Refusal};
use super::key::related_key;
use super::payload::keys_of;
use super::{Reading, accept};
use crate::schema::meta::{Kind, Literal, ObjectMeta, PropertyMeta, Rule, TypeMeta};

const SEEN: &str = include_str!("../../../tests/drf/fields.json");

static INNER: ObjectMeta = ObjectMeta {
    name: "Inner",
    properties: &[
        PropertyMeta::new("name", TypeMeta::new(Kind::Text).rules(&[Rule::MaxLength(5)])).required()
    ],
    closed: false,
    additional: None,
};
const INNER_TYPE: TypeMeta = TypeMeta::new(Kind::Object(|| &INNER));
const WORD: TypeMeta = TypeMeta::new(Kind::Text).rules(&[Rule::MaxLength(5)]);
const WHOLE: TypeMeta = TypeMeta::new(Kind::Integer);
const NATURAL: TypeMeta = TypeMeta::new(Kind::Integer).rules(&[Rule::Minimum("0")]);
const LEVELS: &[Literal] = &[Literal::Text("low"), Literal::Text("mid")];
const WORDS: Rule = Rule::Pattern("^[A-Z]+$");

/// Returns the type that the generator makes of a field in a definition: its rules are in the order of JSON Schema's
/// keywords.
fn type_of(field: &str) -> Option<TypeMeta> {
    let of = TypeMeta::new;
    let decimal = of(Kind::Decimal { max_digits: 6, decimal_places: 2 });
    Some(match field {
        "text" => of(Kind::Text).rules(&[Rule::MaxLength(50)]),
        "text_null" => of(Kind::Text).rules(&[Rule::MaxLength(50)]).nullable(),
        "text_blank" => of(Kind::Text).rules(&[Rule::MaxLength(50)]).blank(),
        "text_ruled" => of(Kind::Text).rules(&[Rule::MinLength(3), Rule::MaxLength(6), WORDS]),
        "email" => of(Kind::Email).rules(&[Rule::MaxLength(12)]),
        "email_ruled" => of(Kind::Email).rules(&[Rule::MaxLength(12), WORDS]),
        "url" => of(Kind::Url).rules(&[Rule::MaxLength(20)]),
        "slug" => of(Kind::Slug).rules(&[Rule::MaxLength(5)]),
        "unicode_slug" => of(Kind::UnicodeSlug).rules(&[Rule::MaxLength(5)]),
        "ip" => of(Kind::Ip),
        "ipv4" => of(Kind::Ipv4),
        "ipv6" => of(Kind::Ipv6),
        "uuid" => of(Kind::Uuid),
        "date" => of(Kind::Date),
        "date_time" => of(Kind::DateTime),
        "time" => of(Kind::Time),
        "duration" => of(Kind::Duration),
        "boolean" => of(Kind::Boolean),
        "boolean_null" => of(Kind::Boolean).nullable(),
        "integer" => of(Kind::Integer),
        "integer_ruled" => {
            of(Kind::Integer).rules(&[Rule::Minimum("1"), Rule::Maximum("100"), Rule::MultipleOf("5")])
        }
        "number" => of(Kind::Float),
        "number_ruled" => {
            of(Kind::Float).rules(&[Rule::Minimum("-1"), Rule::Maximum("100"), Rule::MultipleOf("0.1")])
        }
        "decimal" => decimal,
        "decimal_null" => decimal.nullable(),
        "decimal_ruled" => decimal.rules(&[Rule::Minimum("0"), Rule::Maximum("500"), Rule::MultipleOf("5")]),
        "choice" => of(Kind::Choice(LEVELS)),
        "choice_null" => of(Kind::Choice(LEVELS)).nullable(),
        "choice_blank" => of(Kind::Choice(LEVELS)).blank(),
        "grade" => of(Kind::Choice(&[Literal::Integer(1), Literal::Integer(3)])),
        "json" => of(Kind::Json),
        "json_null" => of(Kind::Json).nullable(),
        "regex" => of(Kind::Text).rules(&[Rule::MinLength(3), Rule::MaxLength(6), Rule::Regex("^[A-Z]+$")]),
        "untrimmed" => of(Kind::Text).rules(&[Rule::MaxLength(5)]).blank().untrimmed(),
        "list" => of(Kind::List(&WORD)).rules(&[Rule::MinItems(1), Rule::MaxItems(3)]),
        "list_filled" => of(Kind::List(&WHOLE)).rules(&[Rule::MinItems(2), Rule::NotEmpty]),
        "dict" => of(Kind::Map(&NATURAL)),
        "dict_filled" => of(Kind::Map(&WORD)).rules(&[Rule::NotEmpty]),
        "object" => INNER_TYPE,
        "objects" => of(Kind::List(&INNER_TYPE)).rules(&[Rule::MinItems(1), Rule::MaxItems(2)]),
        "objects_filled" => of(Kind::List(&INNER_TYPE)).rules(&[Rule::MaxItems(2), Rule::NotEmpty]),
        _ => return None,
    })
}

/// Reads a value, and returns its JSON or the refusal.
fn read(field: &str, raw: &RawValue) -> Result<String, Refusal> {
    let keys_ty = TypeMeta::new(Kind::List(&WHOLE));
    match field {
        "key" | "key_null" => {
            related_key(&Kind::Integer, field == "key_null", raw).map(|_| "a key".to_owned())
        }
        "keys" => keys_of(&keys_ty, &Kind::Integer, raw).map(|_| "keys".to_owned()),
        "keys_blank" => keys_of(&keys_ty.blank(), &Kind::Integer, raw).map(|_| "keys".to_owned()),
        _ => {
            let ty = type_of(field).unwrap_or_else(|| panic!("the test knows no field {field}"));
            let value = accept(&ty, raw, Reading::STRICT)?;
            let mut out = Vec::new();
            crate::wire::encode::value(&mut out, &ty, &value);
            Ok(String::from_utf8(out).expect("UTF-8"))
        }
    }
}

/// Returns why an answer differs from DRF's; `None` if it must not differ.
fn differs(field: &str, input: &str, said: &str) -> Option<&'static str> {
    Some(match field {
        _ if said == r#"{"raises":true}"# => "Django raises an exception",
        _ if said == r#"{"unicode":false}"# => "DRF repeats a text that is no Unicode",
        "unicode_slug" if said.contains("\\u201c") => "Django's validator and DRF's say the same twice",
        "key" | "key_null" | "keys" | "keys_blank" if said.contains("does_not_exist") => {
            "whether there is such a row is the database's to say"
        }
        "key" | "key_null" | "keys" | "keys_blank" if said.contains("object does not exist") => {
            "whether there is such a row is the database's to say"
        }
        "number_ruled" if matches!(input, "1e20" | "100000000" | "\"20240229\"") => {
            "Django divides floats, and finds that 100000000 is no multiple of 0.1"
        }
        "integer_ruled" if input.starts_with("340") => {
            "Django divides floats, which do not hold this multiple of 5"
        }
        "decimal" | "decimal_null" | "decimal_ruled" if input == "-0.0" => "decimals have no negative zero",
        "json" | "json_null" if matches!(input.parse(), Ok(f64::INFINITY)) => {
            "most readers of JSON refuse numbers beyond the range of floats"
        }
        "time" if input == "\"20240229\"" => "Python 3.11 takes digits without a separator for a fraction",
        _ => return None,
    })
}

fn raw(json: &str) -> &RawValue {
    serde_json::from_str(json).expect(json)
}

/// Returns the value of a recorded answer, as DRF shows it; `None` if the answer is an error.
fn shown(said: &str) -> Option<&RawValue> {
    let answer: std::collections::HashMap<&str, &RawValue> = serde_json::from_str(said).ok()?;
    answer.get("ok").copied()
}

fn agrees(field: &str, found: &Result<String, Refusal>, said: &str, messages: &[(&str, &str)]) -> bool {
    match (found, shown(said)) {
        (Ok(_), Some(_)) if field.starts_with("key") => true,
        (Ok(json), Some(ok)) => canonical(raw(json)) == canonical(ok),
        (Err(refusal), None) => canonical(raw(&refusal.detail(messages).to_string())) == canonical(raw(said)),
        _ => false,
    }
}

#[test]
fn fields_answer_as_those_of_drf() {
    let seen: Answer = serde_json::from_str(SEEN).expect("the file is JSON");
    let messages = seen["messages"].as_object().expect("messages").iter();
    let own: Vec<(&str, &str)> =
        messages.map(|(code, text)| (code.as_str(), text.as_str().expect("a text"))).collect();
    // The generator turns the messages of a `RegexField` into these: `invalid` is the message of both of its errors.
    let of_regex: Vec<(&str, &str)> = own.iter().copied().chain([("pattern", "own invalid")]).collect();
    let inputs = seen["inputs"].as_array().expect("inputs");
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for class in seen["classes"].as_array().expect("classes") {
        let field = class["field"].as_str().expect("a field");
        let messages: &[(&str, &str)] = match (class["own"] == true, field) {
            (true, "regex") => &of_regex,
            (true, _) => &own,
            (false, _) => &[],
        };
        for answer in class["answers"].as_array().expect("answers") {
            let said = answer[0].as_str().expect("an answer");
            let positions = answer[1].as_array().expect("positions").iter();
            let inputs =
                positions.map(|at| &inputs[usize::try_from(at.as_u64().expect("a number")).expect("small")]);
            for input in inputs {
                let Some(input) = input.as_str() else {
                    let absent: Result<String, _> = Err(Refusal::from(Fault::required()));
                    if said != r#"{"absent":true}"# && !agrees(field, &absent, said, messages) {
                        wrong.push(format!("{field} of nothing: {said}"));
                    }
                    continue;
                };
                if differs(field, input, said).is_some() {
                    continue;
                }
                compared += 1;
                let found = read(field, raw(input));
                if !agrees(field, &found, said, messages) {
                    let found = found.map_err(|refusal| refusal.detail(messages).to_string());
                    wrong.push(format!("{field} of {input:.60}: {found:.300?}, not {said:.300}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {compared} answers differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared > 10_000, "{compared} answers");
}
