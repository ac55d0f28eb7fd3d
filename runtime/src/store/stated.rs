//! Conditions that are stated in JSON: the entries of clients' filters, and the conditions of a definition's
//! constraints.
//!
//! An entry compares one column: `range` becomes two comparisons, an equality with `null` and `isnull` become a null
//! test.

use serde_json::value::RawValue;

use crate::condition::{self, Condition};
use crate::ground::error::{Error, Result};
use crate::schema::meta::{ColumnMeta, ConditionMeta, Kind, ModelMeta, TypeMeta};
use crate::schema::value::Value;
use crate::wire::decode::{Fault, Reading, Refusal, Shape, accept, entries, items, lookup_key};

/// The greatest number of values of one `in`.
const MAX_IN: usize = 1000;

/// The look-ups of entries, by Django's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// A comparison with one value.
    One(condition::Lookup),
    /// A comparison with several values.
    In,
    /// A range, both ends included.
    Range,
    /// A test for `null`.
    IsNull,
}

const LOOKUPS: [(&str, Lookup); 10] = [
    ("eq", Lookup::EQUAL),
    ("in", Lookup::In),
    ("lt", Lookup::One(condition::Lookup::Lt)),
    ("lte", Lookup::One(condition::Lookup::Lte)),
    ("gt", Lookup::One(condition::Lookup::Gt)),
    ("gte", Lookup::One(condition::Lookup::Gte)),
    ("contains", Lookup::One(condition::Lookup::Contains)),
    ("starts_with", Lookup::One(condition::Lookup::StartsWith)),
    ("isnull", Lookup::IsNull),
    ("range", Lookup::Range),
];

impl Lookup {
    /// The look-up of an entry that names none.
    pub(crate) const EQUAL: Self = Self::One(condition::Lookup::Eq);

    /// Splits a key into a name and a look-up, if it names one.
    pub(crate) fn split(key: &str) -> (&str, Option<Self>) {
        let (name, lookup) = key.rsplit_once("__").unwrap_or((key, ""));
        (name, LOOKUPS.iter().find(|(name, _)| *name == lookup).map(|(_, lookup)| *lookup))
    }

    /// Returns the names of the look-ups that values of this kind have.
    pub(crate) fn names_for(kind: &Kind) -> String {
        let suiting = LOOKUPS.iter().filter(|(_, lookup)| lookup.suits(kind)).map(|(name, _)| *name);
        suiting.collect::<Vec<_>>().join(", ")
    }

    /// Tells whether values of this kind have this look-up.
    pub(crate) fn suits(self, kind: &Kind) -> bool {
        use condition::Lookup::{Contains, Eq, StartsWith};
        let json = kind.is_json();
        match self {
            Self::IsNull => true,
            Self::One(Contains | StartsWith) => kind.is_text(),
            Self::One(Eq) | Self::In => !json,
            Self::One(_) | Self::Range => !json && !matches!(kind, Kind::Boolean | Kind::Bytes),
        }
    }
}

/// Returns the conditions of an entry on a column.
pub(crate) fn entry(
    model: &'static ModelMeta,
    index: usize,
    lookup: Lookup,
    raw: &RawValue,
) -> Result<Vec<Condition>, Refusal> {
    use condition::Lookup::{Eq, Gte, Lte};
    let column = &model.columns[index];
    let is_null = |wanted: bool| {
        let null = Condition::is_null(model, index);
        vec![if wanted { null } else { null.negated() }]
    };
    let compare = |how, value| Condition::compare(model, index, how, value);
    Ok(match lookup {
        Lookup::IsNull => {
            let wanted = accept(&TypeMeta::plain(Kind::Boolean), raw, Reading::COERCED)?;
            is_null(wanted == Value::Boolean(true))
        }
        Lookup::One(Eq) if raw.get() == "null" => is_null(true),
        Lookup::One(how) => vec![compare(how, value(column, raw)?)],
        Lookup::In => {
            let values = list(raw)?.into_iter().map(|raw| value(column, raw)).collect::<Result<_, _>>()?;
            vec![Condition::one_of(model, index, values)]
        }
        Lookup::Range => match list(raw)?.as_slice() {
            [first, last] => vec![compare(Gte, value(column, first)?), compare(Lte, value(column, last)?)],
            _ => return Err(Fault::new("range", "Expected a list of two items.").into()),
        },
    })
}

fn list(raw: &RawValue) -> Result<Vec<&RawValue>, Refusal> {
    let shape = Shape::of(raw);
    let raws = if matches!(shape, Shape::List) { items(raw) } else { None };
    let Some(raws) = raws else {
        let text = "Expected a list of items but got type \"{input_type}\".";
        return Err(Fault::new("not_a_list", text).with("input_type", shape.python_type()).into());
    };
    if raws.len() > MAX_IN {
        let text = "Ensure this field has no more than {max_length} elements.";
        return Err(Fault::new("max_length", text).with("max_length", MAX_IN).into());
    }
    Ok(raws)
}

/// Parses a value of the column's kind; the column's rules are not applied, because no row has a value that violates
/// them. Any text is accepted, but for a choice only its values.
fn value(column: &'static ColumnMeta, raw: &RawValue) -> Result<Value, Refusal> {
    if let Some(model) = column.references {
        let key = lookup_key(&model().key_column().ty, raw);
        return key.ok_or_else(|| Fault::new("invalid", "A valid key is required.").into());
    }
    let ty = match column.ty.kind {
        Kind::Choice(_) => TypeMeta { nullable: false, rules: &[], ..column.ty },
        kind if kind.is_text() => TypeMeta::plain(Kind::Text),
        kind => TypeMeta::plain(kind),
    };
    accept(&ty.named(), raw, Reading::COERCED)
}

/// Reads the condition of a constraint.
///
/// # Errors
/// [`Error::Internal`] if it is not a condition on the model. The generator writes no such descriptor.
pub(crate) fn condition(model: &'static ModelMeta, stated: ConditionMeta) -> Result<Condition> {
    let parsed = serde_json::from_str::<&RawValue>(stated.text).ok().and_then(|raw| predicate(model, raw));
    parsed.ok_or_else(|| {
        Error::internal(format!("{}: {} is not a condition on its columns", model.name, stated.text))
    })
}

/// Reads an object all of whose entries must hold.
fn predicate(model: &'static ModelMeta, raw: &RawValue) -> Option<Condition> {
    let parts: Option<Vec<Condition>> =
        entries(raw)?.iter().map(|(key, raw)| part(model, key.as_ref(), raw)).collect();
    Some(match parts? {
        mut parts if parts.len() == 1 => parts.swap_remove(0),
        parts => Condition::All(parts),
    })
}

fn part(model: &'static ModelMeta, key: &str, raw: &RawValue) -> Option<Condition> {
    let several = || items(raw)?.into_iter().map(|raw| predicate(model, raw)).collect::<Option<Vec<_>>>();
    match key {
        "allOf" => return several().map(Condition::All),
        "anyOf" => return several().map(Condition::Any),
        "not" => return predicate(model, raw).map(Condition::negated),
        _ => {}
    }
    let column = |name: &str| model.columns.iter().position(|column| column.name == name);
    let (index, lookup) = match column(key) {
        Some(index) => (index, Lookup::EQUAL),
        None => {
            let (name, lookup) = Lookup::split(key);
            (column(name)?, lookup?)
        }
    };
    if let (Lookup::One(lookup), Some(other)) = (lookup, other_column(raw)) {
        return Some(Condition::CompareColumns { model, column: index, lookup, other: column(&other)? });
    }
    let mut conditions = entry(model, index, lookup, raw).ok()?;
    Some(if conditions.len() == 1 { conditions.swap_remove(0) } else { Condition::All(conditions) })
}

/// Returns the name of the other column, if the value is one: `{"field": "begins"}`.
fn other_column(raw: &RawValue) -> Option<String> {
    match entries(raw)?.as_slice() {
        [(key, raw)] if key.as_ref() == "field" => serde_json::from_str(raw.get()).ok(),
        _ => None,
    }
}
