//! Parses a client's filter from JSON: each entry of `filter` is lowered to a [`Condition`].
//!
//! A name across foreign keys becomes an outer path: if a reference is `null`, so is everything behind it.

use serde_json::value::RawValue;

use super::reach::{names, reach, steps};
use crate::condition::Condition;
use crate::ground::error::{Detail, Error};
use crate::schema::meta::{BoundModel, FieldPath};
use crate::schema::step::Step;
use crate::store::stated::{self, Lookup};
use crate::wire::decode::{Fault, Shape, entries};
use crate::wire::frame::Request;

/// The greatest number of conditions of one filter, because databases limit the depth of an expression.
const MAX_FILTERS: usize = 100;
/// The greatest number of values of all conditions together, because databases limit the parameters of a statement.
const MAX_VALUES: usize = 10_000;

/// The conditions on one name of a filter.
pub(super) struct Wanted {
    /// The path of the name.
    pub(super) reach: &'static FieldPath,
    /// The conditions on the consumer's model, all of which must hold.
    pub(super) conditions: Vec<Condition>,
}

impl Wanted {
    /// Returns the field and the reason, if the condition cannot be evaluated in memory for any row.
    fn beyond_memory(&self) -> Option<(&'static str, &'static str)> {
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

/// Parses `filter`.
///
/// # Errors
/// The errors by key, for everything that the consumer does not allow or the column does not accept.
pub(super) fn filters(bound: &'static BoundModel, raw: &RawValue) -> Result<Vec<Wanted>, Detail> {
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
pub(super) fn all(wanted: Vec<Wanted>) -> Condition {
    Condition::All(wanted.into_iter().flat_map(|wanted| wanted.conditions).collect())
}

/// Reads the `filter` of a subscription: an event is checked with its row alone, without a query.
///
/// # Errors
/// [`Error::Validation`] for everything that the consumer does not allow, and for what the row alone does not decide.
pub(crate) fn row_filter(bound: &'static BoundModel, request: &Request<'_>) -> Result<Condition, Error> {
    let Some(raw) = request.argument("filter").filter(|raw| raw.get() != "null") else {
        return Ok(Condition::all());
    };
    let refusal = |detail| Error::Validation(Detail::Map(vec![("filter".to_owned(), detail)]));
    let wanted = filters(bound, raw).map_err(refusal)?;
    if let Some((name, text)) = wanted.iter().find_map(Wanted::beyond_memory) {
        return Err(refusal(Detail::Map(vec![(name.to_owned(), Detail::message(text))])));
    }
    Ok(all(wanted))
}

fn filter(bound: &'static BoundModel, key: &str, raw: &RawValue) -> Result<Wanted, Detail> {
    let (found, lookup) = match reach(bound, bound.filter, key) {
        Some(reach) => (Some(reach), Some(Lookup::EQUAL)),
        None => {
            let (field, lookup) = Lookup::split(key);
            (reach(bound, bound.filter, field), lookup)
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
        let allowed = Lookup::names_for(kind);
        return Err(Detail::message(format!("Unknown lookup. Allowed are: {allowed}.")));
    };
    let conditions =
        stated::entry(model, reach.column, lookup, raw).map_err(|refusal| refusal.detail(&[]))?;
    let across = |condition| {
        way.iter().zip(reach.path).rev().fold(condition, |condition, (Step { model, .. }, step)| {
            Condition::Outer { model, step: *step, condition: Box::new(condition) }
        })
    };
    Ok(Wanted { reach, conditions: conditions.into_iter().map(across).collect() })
}
