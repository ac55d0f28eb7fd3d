//! The names by which clients filter, search and order, and their paths.

use crate::ground::error::{Error, Result};
use crate::schema::meta::{BoundModel, FieldPath};
use crate::schema::step::Step;

/// Returns the path of a name that clients may use: a field, a column, or `pk`.
pub(super) fn reach(
    bound: &'static BoundModel,
    allowed: &'static [FieldPath],
    name: &str,
) -> Option<&'static FieldPath> {
    let model = bound.serializer.model;
    let by_column = |reach: &FieldPath| {
        reach.path.is_empty()
            && (model.columns[reach.column].name == name || (name == "pk" && reach.column == model.key))
    };
    allowed.iter().find(|reach| reach.name == name || by_column(reach))
}

/// Returns the allowed names, for messages.
pub(super) fn names(allowed: &'static [FieldPath]) -> String {
    if allowed.is_empty() {
        "nothing".to_owned()
    } else {
        allowed.iter().map(|reach| reach.name).collect::<Vec<_>>().join(", ")
    }
}

/// Returns the steps of a path.
pub(super) fn steps(bound: &'static BoundModel, reach: &FieldPath) -> Result<Vec<Step>> {
    let mut model = bound.serializer.model;
    let mut steps = Vec::with_capacity(reach.path.len());
    for step in reach.path {
        let nowhere = || Error::internal(format!("a path across {} leads to nothing", model.name));
        let step = step.of(model).ok_or_else(nowhere)?;
        model = step.target;
        steps.push(step);
    }
    Ok(steps)
}
