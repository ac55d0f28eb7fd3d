//! Random requests: payloads that are good but for a few changes.

use std::collections::BTreeMap;

use dcrf_oracle::seed::Dice;
use serde_json::Value;

use super::definition::{Field, Shape, Target};
use super::json::Json;
use super::values::{general, good, odd};

/// What is stored before a request.
#[derive(Debug, Clone, Default)]
pub struct Stored {
    /// The keys of rows, by a serializer that shows them.
    pub keys: BTreeMap<String, Vec<Value>>,
    /// The rows, as a serializer shows them.
    pub shown: BTreeMap<String, Vec<Value>>,
}

/// A request.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub stream: String,
    pub serializer: String,
    pub action: String,
    pub key: Option<Json>,
    pub data: Option<Json>,
}

impl Stored {
    /// Adds the rows of some serializers, as Django shows them.
    pub fn add(&mut self, mut shown: Value) {
        let read = |value: Value| -> BTreeMap<String, Vec<Value>> {
            serde_json::from_value(value).expect("the rows of each serializer")
        };
        self.keys.extend(read(shown["keys"].take()));
        self.shown.extend(read(shown["shown"].take()));
    }

    fn keys(&self, serializer: &str) -> &[Value] {
        self.keys.get(serializer).map_or(&[], Vec::as_slice)
    }

    fn shown(&self, serializer: &str) -> &[Value] {
        self.shown.get(serializer).map_or(&[], Vec::as_slice)
    }
}

impl Request {
    /// A request to one of several consumers.
    pub fn random(dice: &mut Dice, targets: &[Target], stored: &Stored) -> Self {
        let target = dice.pick(targets);
        let wanted = match dice.roll(100) {
            0..45 => "create",
            45..70 => "update",
            70..95 => "patch",
            95..98 => "retrieve",
            _ => "list",
        };
        let action = if target.mixins.iter().any(|name| name == wanted) { wanted } else { "retrieve" };
        let keys = stored.keys(&target.serializer);
        let key = match action {
            "create" | "list" => None,
            _ if keys.is_empty() || dice.chance(2) => Some(odd_key(dice, keys)),
            _ => Some(Json::from(dice.pick(keys))),
        };
        let data = ["create", "update", "patch"].contains(&action).then(|| {
            let mut payload = payload(dice, target, stored, action == "patch");
            for _ in 0..*dice.pick(&[0, 0, 1, 1, 1, 1, 2, 2, 3, 5]) {
                change(dice, &mut payload, &target.fields, stored, &target.serializer);
            }
            if dice.chance(1) { general(dice) } else { payload }
        });
        Self {
            stream: target.stream.clone(),
            serializer: target.serializer.clone(),
            action: action.to_owned(),
            key,
            data,
        }
    }
}

/// A payload in which all is good, as far as that is known: a new one, or that of a row.
pub fn payload(dice: &mut Dice, target: &Target, stored: &Stored, is_partial: bool) -> Json {
    let shown = stored.shown(&target.serializer);
    if !shown.is_empty() && dice.chance(15) {
        return Json::from(dice.pick(shown));
    }
    object(dice, &target.fields, stored, is_partial)
}

fn object(dice: &mut Dice, fields: &[Field], stored: &Stored, is_partial: bool) -> Json {
    let mut entries = Vec::new();
    for field in fields {
        let leaves_out = if is_partial {
            50
        } else if field.is_optional {
            35
        } else {
            0
        };
        if !dice.chance(leaves_out)
            && let Some(value) = value(dice, &field.shape, stored)
        {
            entries.push((field.name.clone(), value));
        }
    }
    if dice.chance(10) {
        dice.shuffle(&mut entries);
    }
    Json::Object(entries)
}

fn value(dice: &mut Dice, shape: &Shape, stored: &Stored) -> Option<Json> {
    Some(match shape {
        Shape::Value(schema) => good(dice, schema),
        Shape::Key(_, true) if dice.chance(20) => Json::raw("null"),
        Shape::Key(serializer, _) if stored.keys(serializer).is_empty() => Json::raw("1"),
        Shape::Key(serializer, _) => Json::from(dice.pick(stored.keys(serializer))),
        Shape::Keys(serializer) => {
            let count = dice.between(1, 3);
            Json::List(dice.some_of(stored.keys(serializer), count).iter().map(Json::from).collect())
        }
        Shape::Row(_, true) if dice.chance(20) => Json::raw("null"),
        Shape::Row(fields, _) => object(dice, fields, stored, false),
        Shape::Rows(fields) => {
            Json::List((0..dice.roll(4)).map(|_| object(dice, fields, stored, false)).collect())
        }
        Shape::Ignored => return None,
    })
}

/// Makes one part of a payload odd.
fn change(dice: &mut Dice, payload: &mut Json, fields: &[Field], stored: &Stored, serializer: &str) {
    let field = dice.pick(fields);
    match dice.roll(100) {
        0..12 => payload.remove(&field.name),
        12..18 => payload.set(&field.name, Json::raw("null")),
        18..30 => {
            // What another row has.
            let shown = stored.shown(serializer);
            if !shown.is_empty()
                && let Some(value) = dice.pick(shown).get(&field.name)
            {
                payload.set(&field.name, value.into());
            }
        }
        30..32 => payload.set(dice.pick::<&str>(&["", "unknown", "pk", "id", "__class__"]), general(dice)),
        32..34 => {
            if let Json::Object(entries) = payload {
                entries.push((field.name.clone(), general(dice)));
            }
        }
        _ => {
            let odd = odd_of(dice, &field.shape, stored, payload, &field.name);
            payload.set(&field.name, odd);
        }
    }
}

fn odd_of(dice: &mut Dice, shape: &Shape, stored: &Stored, payload: &Json, name: &str) -> Json {
    let mut present =
        payload.entries().into_iter().flatten().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    match shape {
        Shape::Value(schema) => odd(dice, schema),
        Shape::Key(serializer, _) => odd_key(dice, stored.keys(serializer)),
        Shape::Keys(serializer) => {
            let keys = stored.keys(serializer);
            let mut list = match value(dice, shape, stored) {
                Some(Json::List(list)) if dice.chance(80) => list,
                _ => return general(dice),
            };
            for _ in 0..dice.roll(3) {
                let at = dice.roll(list.len() + 1);
                list.insert(at, odd_key(dice, keys));
            }
            Json::List(list)
        }
        Shape::Row(fields, _) => match &mut present {
            Some(row @ Json::Object(_)) if dice.chance(80) => {
                change(dice, row, fields, stored, "");
                row.clone()
            }
            _ => general(dice),
        },
        Shape::Rows(fields) => match &mut present {
            Some(Json::List(rows)) if !rows.is_empty() && dice.chance(85) => {
                let at = dice.roll(rows.len());
                if dice.chance(85) {
                    change(dice, &mut rows[at], fields, stored, "");
                } else {
                    rows[at] = general(dice);
                }
                Json::List(rows.clone())
            }
            _ => general(dice),
        },
        Shape::Ignored => general(dice),
    }
}

/// A key of no row, or of a row but in another spelling.
fn odd_key(dice: &mut Dice, keys: &[Value]) -> Json {
    let Some(key) = (!keys.is_empty()).then(|| dice.pick(keys)) else { return general(dice) };
    match (dice.roll(10), key) {
        (0, Value::Number(key)) => Json::text(key.to_string()),
        (1, Value::Number(key)) => Json::raw(format!("{key}.0")),
        (2, Value::Number(key)) => Json::text(format!(" {key} ")),
        (3, Value::Number(_)) => Json::raw(*dice.pick(&["999999", "-1", "0"])),
        (0, Value::String(key)) => Json::text(key.to_uppercase()),
        (1, Value::String(key)) => Json::text(key.replace('-', "")),
        (2, Value::String(key)) => Json::text(format!(" {key}")),
        (3, Value::String(_)) => Json::text("01234567-0000-4000-8000-000000000000"),
        (4, key) => Json::List(vec![key.into()]),
        (5, key) => Json::Object(vec![("id".to_owned(), key.into())]),
        _ => general(dice),
    }
}
