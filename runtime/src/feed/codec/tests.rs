//! Tests that an encoded message is decoded to the same message.

use proptest::prelude::*;

use super::*;
use crate::change::Topic;
use crate::ground::scalar::{Date, Decimal, Time, Uuid};
use crate::schema::meta::{ColumnMeta, Kind as Type, ModelSql, ObserverMeta, TypeMeta};
use crate::schema::value::FromValue as _;

static NOTE: ModelMeta = ModelMeta {
    name: "Note",
    verbose_name: "note",
    table: "note",
    columns: &[
        ColumnMeta::new("id", TypeMeta::new(Type::Integer)),
        ColumnMeta::new("text", TypeMeta::new(Type::Text)),
        ColumnMeta::new("pin", TypeMeta::new(Type::Text)).secret(),
    ],
    key: 0,
    constraints: &[],
    ordering: &[],
    relations: &[],
    sql: ModelSql { select: "", get: "", insert: "", delete: "", returning: "" },
};

static NOTES: ObserverMeta = ObserverMeta::new("notes", &NOTE);

fn watched() -> Watched {
    let mut watched = Watched::default();
    watched.add(&NOTES, Topic { stream: "notes", name: "notes" }, false);
    watched
}

/// Returns the text that is sent to other nodes.
fn sent(letter: BrokerMessage) -> String {
    String::from_utf8(letter.bytes.into()).expect("JSON")
}

fn encoded(message: &Message) -> String {
    sent(encode(7, 9, message).expect("JSON"))
}

fn any_value() -> impl Strategy<Value = Value> {
    let date = || {
        (1..=9999, 1..=365u16)
            .prop_map(|(year, day)| time::Date::from_ordinal_date(year, day).expect("a day"))
    };
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Boolean),
        any::<i64>().prop_map(Value::Integer),
        // All bits except those of NaN, which is not equal to itself.
        any::<f64>().prop_map(Value::Float),
        ".*".prop_map(Value::Text),
        (any::<i64>(), 0..20u32).prop_filter_map("a decimal", |(own, places)| {
            Decimal::new(own.into(), places).map(Value::Decimal)
        }),
        date().prop_filter_map("a date", |date| date.to_string().parse::<Date>().ok().map(Value::Date)),
        (0..253_402_300_799_999_999i64)
            .prop_filter_map("a moment", |micros| { DateTime::from_micros(micros).map(Value::DateTime) }),
        (0..24u8, 0..60u8, 0..60u8, 0..1_000_000u32).prop_filter_map("a time", |(h, m, s, micros)| {
            format!("{h:02}:{m:02}:{s:02}.{micros:06}").parse::<Time>().ok().map(Value::Time)
        }),
        any::<i64>().prop_map(|micros| Value::Duration(Duration::from_micros(micros))),
        any::<u128>().prop_map(|number| Value::Uuid(Uuid::from_u128(number))),
        any::<Vec<u8>>().prop_map(|bytes| Value::Bytes(Bytes::new(bytes))),
        ".*".prop_map(|text| Value::Json(Json::new(&[text]).expect("JSON"))),
        Just(Value::Json(Json::trusted("{\"b\": 1.00, \"a\":\t1e400}"))),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        let entries = prop::collection::vec((".*", inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            entries.clone().prop_map(Value::Map),
            (0..9usize, inner.clone()).prop_map(|(index, value)| Value::variant(index, value)),
            (prop::collection::vec(prop::option::of(inner), 0..4), entries).prop_map(|(slots, entries)| {
                let mut object = Object::empty(slots.len());
                slots.into_iter().enumerate().for_each(|(index, slot)| object.set_some(index, slot));
                entries.into_iter().for_each(|(key, value)| object.add(key, value));
                Value::Object(object)
            }),
        ]
    })
}

fn any_row() -> impl Strategy<Value = Row> {
    prop::collection::vec(any_value(), 3).prop_map(Row::new)
}

fn any_kind() -> impl Strategy<Value = ChangeKind> {
    prop::sample::select(vec![
        ChangeKind::Created,
        ChangeKind::Updated,
        ChangeKind::Deleted,
        ChangeKind::Related,
    ])
}

fn heard(text: &str) -> Message {
    let heard = decode(text, 8, &watched()).expect("what was encoded can be read");
    assert_eq!((heard.node, heard.sequence), (7, 9));
    match heard.said {
        Some(Said::Message(message)) => message,
        other => panic!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn a_change_travels(
        channel in ".*",
        data in any_value(),
        (kind, told) in (any_kind(), any_kind()),
        rows in (prop::option::of(any_row()), prop::option::of(any_row()), prop::option::of(any_row())),
    ) {
        let data = format!("[ {:?},1.0]", format!("{data:?}").len());
        let change = Arc::new(Change::of_parts(&NOTE, kind, rows.0, rows.1, rows.2)).carried();
        let body = Body::Event { action: Cow::Borrowed("\"update\""), status: 204, data: data.clone().into() };
        let channel: Arc<str> = channel.into();
        let message =
            Message { channel: channel.clone(), body: Arc::new(body), change: Some((Arc::clone(&change), told)) };
        let other = heard(&encoded(&message));
        prop_assert_eq!(&other.channel, &channel);
        let Body::Event { action, status, data: own } = &*other.body else { panic!("an event") };
        prop_assert_eq!((&**action, *status, &own[..]), ("\"update\"", 204, data.as_bytes()));
        let (own, own_told) = other.change.expect("a change");
        prop_assert_eq!(own_told, told);
        prop_assert_eq!(own.kind, kind);
        prop_assert!(std::ptr::eq(own.model, &raw const NOTE));
        prop_assert_eq!((&own.before, &own.after, own.last()), (&change.before, &change.after, change.last()));
    }

    #[test]
    fn a_frame_travels(channel in ".*", text in ".*") {
        let frame = serde_json::to_vec(&text).expect("JSON");
        let body = Arc::new(Body::Raw(frame.clone().into()));
        let message = Message { channel: channel.clone().into(), body, change: None };
        let other = heard(&encoded(&message));
        prop_assert_eq!(&*other.channel, channel.as_str());
        let Body::Raw(own) = &*other.body else { panic!("a frame") };
        prop_assert_eq!(&own[..], &frame[..]);
    }

    #[test]
    fn other_texts_are_refused(text in ".*") {
        prop_assert!(decode(&text, 8, &watched()).is_err());
    }
}

#[test]
fn what_this_node_does_not_know_is_refused() {
    let change = Change::created(&NOTE, Row::new(vec![Value::Integer(1), Value::Null, Value::Null]));
    let body = Arc::new(Body::Event { action: Cow::Borrowed("\"create\""), status: 200, data: "{}".into() });
    let message =
        Message { channel: "c".into(), body, change: Some((Arc::new(change), ChangeKind::Created)) };
    let text = encoded(&message);
    assert!(matches!(decode(&text, 8, &Watched::default()), Err(Unreadable::Model(_))));
    let columns = text.replace(r#"[{"i":1},"n","n"]"#, r#"[{"i":1}]"#);
    assert_ne!(columns, text);
    assert!(matches!(decode(&columns, 8, &watched()), Err(Unreadable::Model(_))));
    assert!(matches!(decode(r#"{"v":2,"node":7,"new":[]}"#, 8, &watched()), Err(Unreadable::Version(2))));
    assert!(matches!(decode(&text, 7, &watched()), Ok(Heard { said: None, .. })));
    let missed = sent(missed(7, Some(&["c".into()])));
    let heard = decode(&missed, 8, &watched()).expect("it is of this form");
    assert!(matches!(heard.said, Some(Said::Missed(Some(channels))) if channels == ["c"]));
}

#[test]
fn what_is_write_only_does_not_travel() {
    let row = |pin: &str| Row::new(vec![Value::Integer(1), Value::from("a note"), Value::from(pin)]);
    let change = Arc::new(Change::updated(&NOTE, Some(row("4711")), row("0815")));
    let body = Arc::new(Body::Event { action: Cow::Borrowed("\"update\""), status: 200, data: "{}".into() });
    let message = |change| Message {
        channel: "c".into(),
        body: Arc::clone(&body),
        change: Some((change, ChangeKind::Updated)),
    };
    let text = encoded(&message(change.carried()));
    assert!(text.contains("a note") && !text.contains("4711") && !text.contains("0815"), "{text}");
    // A node that receives it does not know the value, either.
    for text in [text, encoded(&message(Arc::clone(&change)))] {
        let (other, _) = heard(&text).change.expect("a change");
        for row in [&other.before, &other.after] {
            let row = row.as_ref().expect("a row");
            assert_eq!(row.values()[1], Value::from("a note"));
            let read = String::from_value(row.values()[2].clone());
            let error = read.expect_err("it is not there").to_string();
            assert!(error.contains("pin of Note"), "{error}");
        }
    }
}
