//! The order of a model's rows (`x-ordering`) in statements.

use super::compose::Composer;
use super::place::{At, ColumnRef};
use crate::schema::meta::{ModelMeta, OrderMeta};
use crate::schema::step::Step;

impl Composer {
    /// Appends ` ORDER BY …`: the order of a model, with its key as the last part, in a statement over its table alone.
    pub(crate) fn ordered(&mut self, model: &'static ModelMeta) -> &mut Self {
        self.ordered_at(model, At::Own)
    }

    /// Appends the same in a statement whose other tables have columns with the same names.
    pub(crate) fn ordered_among_others(&mut self, model: &'static ModelMeta) -> &mut Self {
        self.ordered_at(model, At::Named(model.table))
    }

    fn ordered_at(&mut self, model: &'static ModelMeta, own: At<'static>) -> &mut Self {
        let ways: Vec<Vec<Step>> = model.ordering.iter().map(|part| way(model, part)).collect();
        let mut order: Vec<(ColumnRef<'_>, bool)> = Vec::with_capacity(ways.len() + 1);
        for (part, way) in model.ordering.iter().zip(&ways) {
            let (target, at) = match way.last() {
                Some(step) => (step.target, At::Across(way)),
                None => (model, own),
            };
            order.push((ColumnRef { column: &target.columns[part.column], at }, part.descending));
            if way.is_empty() && part.column == model.key {
                // The key is unique: later parts have no effect.
                return self.order_by(&order);
            }
        }
        order.push((ColumnRef { column: model.key_column(), at: own }, false));
        self.order_by(&order)
    }
}

/// Returns the steps of a part of the order.
fn way(model: &'static ModelMeta, part: &OrderMeta) -> Vec<Step> {
    let mut at = model;
    let mut way = Vec::with_capacity(part.path.len());
    for step in part.path.iter().map_while(|step| {
        let step = step.of(at)?;
        at = step.target;
        Some(step)
    }) {
        way.push(step);
    }
    way
}
