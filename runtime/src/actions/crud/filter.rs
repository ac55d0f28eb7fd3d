//! Parses a client's filter from JSON: each entry of `filter` is lowered to a [`Condition`].
//!
//! `range` becomes two comparisons, an equality with `null` and `isnull` become a null test, and a name across foreign
//! keys becomes an outer path: if a reference is `null`, so is everything behind it.

use serde_json::value::RawValue;

use super::reach::{names, reach, steps};
use crate::condition::{self, Condition};
use crate::ground::error::Detail;
use crate::schema::meta::{BoundModel, ColumnMeta, FieldPath, Kind, ModelMeta, TypeMeta};
use crate::schema::step::Step;
use crate::schema::value::Value;
use crate::wire::decode::{Fault, Reading, Refusal, Shape, accept, entries, items, lookup_key};

/// The greatest number of conditions of one filter, because databases limit the depth of an expression.
const MAX_FILTERS: usize = 100;
/// The greatest number of values of one `in`.
const MAX_IN: usize = 1000;
/// The greatest number of values of all conditions together, because databases limit the parameters of a statement.
const MAX_VALUES: usize = 10_000;

/// The conditions on one name of a filter.
pub(crate) struct Wanted {
    /// The path of the name.
    pub(crate) reach: &'static FieldPath,
    /// The conditions on the consumer's model, all of which must hold.
    pub(crate) conditions: Vec<Condition>,
}

impl Wanted {
    /// Returns the field and the reason, if the condition cannot be evaluated in memory for any row.
    pub(crate) fn beyond_memory(&self) -> Option<(&'static str, &'static str)> {
        let text = if !self.reach.path.is_empty() {
            "A subscription is filtered by fields of the row itself."
        } else if !self.conditions.iter().all(Condition::is_of_the_row_alone) {
            "The order of these texts is known to the database alone: a subscription is not filtered by it."
        } else {
            return None;
        };
        Some((self.reach.name, text))
    }
}

/// The look-ups of clients, by Django's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lookup {
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
    ("eq", Lookup::One(condition::Lookup::Eq)),
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
    /// Tells whether values of this kind have this look-up.
    fn suits(self, kind: &Kind) -> bool {
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

/// Parses `filter`.
///
/// # Errors
/// The errors by key, for everything that the consumer does not allow or the column does not accept.
pub(crate) fn filters(bound: &'static BoundModel, raw: &RawValue) -> Result<Vec<Wanted>, Detail> {
    let shape = Shape::of(raw);
    let entries = if matches!(shape, Shape::Map) { entries(raw) } else { None };
    let Some(entries) = entries else {
        return Err(Detail::message(Fault::not_a_dictionary(&shape).text(&[])));
    };
    if entries.len() > MAX_FILTERS {
        return Err(Detail::message(format!("Ensure this field has no more than {MAX_FILTERS} elements.")));
    }
    let mut filters = Vec::new();
    let mut errors = Vec::new();
    for (index, (key, raw)) in entries.iter().enumerate() {
        // If a key appears twice, the last one counts, as everywhere.
        if entries[index + 1..].iter().any(|(later, _)| later == key) {
            continue;
        }
        match filter(bound, key, raw) {
            Ok(filter) => filters.push(filter),
            Err(detail) => errors.push((key.clone().into_owned(), detail)),
        }
    }
    if !errors.is_empty() {
        return Err(Detail::Map(errors));
    }
    let values = filters.iter().flat_map(|wanted| &wanted.conditions).map(Condition::values).sum::<usize>();
    if values > MAX_VALUES {
        let message = format!("Ensure this field has no more than {MAX_VALUES} values in all.");
        return Err(Detail::message(message));
    }
    Ok(filters)
}

/// Joins all conditions.
pub(crate) fn all(wanted: Vec<Wanted>) -> Condition {
    Condition::All(wanted.into_iter().flat_map(|wanted| wanted.conditions).collect())
}

fn filter(bound: &'static BoundModel, key: &str, raw: &RawValue) -> Result<Wanted, Detail> {
    let (found, lookup) = match reach(bound, bound.filter, key) {
        Some(reach) => (Some(reach), Some(Lookup::One(condition::Lookup::Eq))),
        None => {
            let (field, lookup) = key.rsplit_once("__").unwrap_or((key, ""));
            let found = LOOKUPS.iter().find(|(name, _)| *name == lookup).map(|(_, lookup)| *lookup);
            (reach(bound, bound.filter, field), found)
        }
    };
    let Some(reach) = found else {
        let allowed = names(bound.filter);
        return Err(Detail::message(format!("Unknown field. Filters are allowed by: {allowed}.")));
    };
    let way = steps(bound, reach).map_err(|error| error.detail())?;
    let model = way.last().map_or(bound.serializer.model, |step| step.target);
    let kind = &model.columns[reach.column].ty.kind;
    let Some(lookup) = lookup.filter(|lookup| lookup.suits(kind)) else {
        let suiting = LOOKUPS.iter().filter(|(_, lookup)| lookup.suits(kind)).map(|(name, _)| *name);
        let suiting = suiting.collect::<Vec<_>>().join(", ");
        return Err(Detail::message(format!("Unknown lookup. Allowed are: {suiting}.")));
    };
    let conditions = conditions(model, reach.column, lookup, raw).map_err(|refusal| refusal.detail(&[]))?;
    let across = |condition| {
        way.iter().zip(reach.path).rev().fold(condition, |condition, (Step { model, .. }, step)| {
            Condition::Outer { model, step: *step, condition: Box::new(condition) }
        })
    };
    Ok(Wanted { reach, conditions: conditions.into_iter().map(across).collect() })
}

/// Returns the conditions of an entry, on the column's own model.
fn conditions(
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
