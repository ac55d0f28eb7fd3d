//! The order of rows: that of a model (`x-ordering`), and that of a consumer's lists (`ordering`).
//!
//! As in Django, a name that ends with a relation means the order of the model to which it leads, or that model's key if
//! it has no order of its own.

use super::consumers::Bound;
use super::declarations::ModelDeclaration;
use super::resolver::Resolver;
use super::write_only::Member;
use crate::ast;
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{ModelId, Ordering, Step};
use crate::source::{Span, Spanned};

/// The end of a name: a column, or a relation to a row of another model.
enum End {
    Column { model: ModelId, field: usize },
    Row { model: ModelId },
}

impl<'a> Resolver<'a> {
    /// Resolves the order of every model. Their relations must be known.
    pub(super) fn resolve_orderings(&mut self, declarations: &[ModelDeclaration<'a>]) {
        for declaration in declarations {
            let Some(written) = self.written_ordering(declaration.id) else { continue };
            self.models[declaration.id].ordering = self.ordered_by(declaration.id, written, "x-ordering");
        }
    }

    /// Reports orders of models by something write-only. What is write-only must be known.
    pub(super) fn check_orderings(&self, declarations: &[ModelDeclaration<'a>]) {
        for declaration in declarations {
            for term in self.written_ordering(declaration.id).unwrap_or_default() {
                for part in self.meant_by(declaration.id, term, &mut vec![declaration.id]) {
                    self.orders_by_readable(declaration.id, &part, term);
                }
            }
        }
    }

    /// Returns the order of a consumer's lists: its own, or that of its model.
    pub(super) fn ordering(&self, definition: &'a ast::Consumer, bound: Bound) -> Vec<Ordering> {
        let Some(written) = &definition.ordering else { return self.models[bound.model].ordering.clone() };
        let mut ordering = self.ordered_by(bound.model, &written.value, "ordering");
        let mut readable = Vec::new();
        for term in &written.value {
            for part in self.meant_by(bound.model, term, &mut vec![bound.model]) {
                readable.push(self.orders_by_readable(bound.model, &part, term));
            }
        }
        if readable.contains(&false) {
            ordering.clear();
        }
        ordering
    }

    /// Returns the parts of an order, each with the place that names it: that of the consumer, or the place `else_at` if
    /// it is the order of the model.
    pub(super) fn parts_of_list(
        &self,
        definition: &'a ast::Consumer,
        bound: Bound,
        else_at: Span,
    ) -> Vec<(Ordering, Span)> {
        let Some(written) = &definition.ordering else {
            let ordering = self.models[bound.model].ordering.iter();
            return ordering.map(|part| (part.clone(), else_at)).collect();
        };
        let parts = |term: &Spanned<String>| {
            let parts = self.meant_by(bound.model, term, &mut vec![bound.model]);
            parts.into_iter().map(|part| (part, term.span)).collect::<Vec<_>>()
        };
        written.value.iter().flat_map(parts).collect()
    }

    fn written_ordering(&self, model: ModelId) -> Option<&'a [Spanned<String>]> {
        let declaration = self.model_declarations.iter().find(|declared| declared.id == model)?;
        Some(declaration.schema?.ordering.as_ref()?.value.as_slice())
    }

    /// Returns the parts of an order, and reports what is wrong with it.
    fn ordered_by(&self, model: ModelId, written: &[Spanned<String>], key: &str) -> Vec<Ordering> {
        let mut ordering: Vec<Ordering> = Vec::new();
        let mut named: Vec<(Vec<Step>, Option<usize>)> = Vec::new();
        for term in written {
            let (name, _) = signed(term);
            let Some((path, end)) = self.end_of(model, &name, true) else { continue };
            let same = match &end {
                End::Column { field, .. } => (path, Some(*field)),
                End::Row { .. } => (path, None),
            };
            if named.contains(&same) {
                let message = format!("{} contains {} twice", quote(key), quote(&name.value));
                self.error(Code::DuplicateName, term.span, message);
                continue;
            }
            named.push(same);
            if let End::Column { model, field } = end
                && !self.is_ordered(model, field)
            {
                let message = format!("rows cannot be ordered by {}", quote(&name.value));
                self.error(Code::BadFilter, term.span, message);
                continue;
            }
            let mut seen = vec![model];
            let parts = self.meant_by(model, term, &mut seen);
            if parts.is_empty() {
                self.ordered_in_a_circle(term);
            }
            for part in parts {
                let is_same = |other: &Ordering| (&other.path, other.field) == (&part.path, part.field);
                if !ordering.iter().any(is_same) {
                    ordering.push(part);
                }
            }
        }
        ordering
    }

    fn ordered_in_a_circle(&self, term: &Spanned<String>) {
        let (name, _) = signed(term);
        let message = format!(
            "the order by {} is the order of the model to which it leads, and that leads in a circle",
            quote(&name.value)
        );
        let help = format!("order by a column of it, such as {}", quote(&format!("{}__pk", name.value)));
        self.report(Diagnostic::error(Code::BadRelation, term.span, message).help(help));
    }

    /// Returns the columns that a part of an order means: one, or those of the order of the model to which it leads.
    /// There are none if something was reported, or if the orders of models lead to each other in a circle.
    fn meant_by(&self, model: ModelId, term: &Spanned<String>, seen: &mut Vec<ModelId>) -> Vec<Ordering> {
        let (name, descending) = signed(term);
        let Some((path, end)) = self.end_of(model, &name, false) else { return Vec::new() };
        let target = match end {
            End::Column { field, .. } => return vec![Ordering { path, field, descending }],
            End::Row { model } => model,
        };
        let Some(further) = self.written_ordering(target).filter(|written| !written.is_empty()) else {
            return vec![self.by_key(path, target, descending)];
        };
        if seen.contains(&target) {
            return Vec::new();
        }
        seen.push(target);
        let mut parts = Vec::new();
        for term in further {
            let inner = self.meant_by(target, term, seen);
            if inner.is_empty() {
                parts.clear();
                break;
            }
            parts.extend(inner.into_iter().map(|part| Ordering {
                path: path.iter().chain(&part.path).copied().collect(),
                descending: part.descending != descending,
                ..part
            }));
        }
        seen.pop();
        parts
    }

    /// Returns the order by the key of a row: a foreign key contains it.
    fn by_key(&self, mut path: Vec<Step>, target: ModelId, descending: bool) -> Ordering {
        match path.pop() {
            Some(Step::ForeignKey(field)) => Ordering { path, field, descending },
            last => {
                path.extend(last);
                Ordering { path, field: self.models[target].key, descending }
            }
        }
    }

    /// Follows a name across foreign keys and one-to-one relations. It returns `None` if there is no such column, which
    /// is reported if `reports` is set.
    fn end_of(&self, id: ModelId, name: &Spanned<String>, reports: bool) -> Option<(Vec<Step>, End)> {
        let is_own = self.find_field(id, &name.value).is_some() || self.back(id, &name.value).is_some();
        let parts: Vec<&str> = if is_own { vec![&name.value] } else { name.value.split("__").collect() };
        let (mut model, mut path) = (id, Vec::new());
        for (index, part) in parts.iter().enumerate() {
            let is_last = index + 1 == parts.len();
            let part = Spanned::new((*part).to_owned(), name.span);
            let step = match (self.find_field(model, &part.value), self.back(model, &part.value)) {
                (Some(field), _) => Step::ForeignKey(field),
                (None, Some(relation)) => Step::Back(relation),
                (None, None) => {
                    if reports {
                        self.field_position(model, &part);
                    }
                    return None;
                }
            };
            match (step, self.models[model].target(step)) {
                // `pk` is the key itself, even if it refers to another row.
                (Step::ForeignKey(field), target) if is_last && (target.is_none() || part.value == "pk") => {
                    return Some((path, End::Column { model, field }));
                }
                (_, Some(target)) => {
                    path.push(step);
                    model = target;
                }
                (_, None) => {
                    if reports {
                        let message = format!("{} is not a foreign key", quote(&part.value));
                        self.error(Code::BadFilter, name.span, message);
                    }
                    return None;
                }
            }
        }
        Some((path, End::Row { model }))
    }

    /// Returns the one-to-one relation with this name that leads back from a model.
    fn back(&self, model: ModelId, name: &str) -> Option<usize> {
        self.find_relation(model, name).filter(|relation| self.models[model].relations[*relation].is_one())
    }

    /// Tells whether clients may find out the order: none of its columns is write-only, which is reported.
    fn orders_by_readable(&self, id: ModelId, part: &Ordering, term: &Spanned<String>) -> bool {
        let mut model = id;
        let mut members = Vec::new();
        for step in &part.path {
            members.push((model, Member::of(*step)));
            model = self.models[model].target(*step).unwrap_or(model);
        }
        members.push((model, Member::Column(part.field)));
        let secret = members.into_iter().find_map(|(model, member)| self.secret(model, member));
        if let Some(secret) = secret {
            let (name, _) = signed(term);
            self.refuse_asked(&name.value, term.span, secret, "order by another field");
        }
        secret.is_none()
    }
}

/// Returns the name of a part of an order, and whether it is descending.
fn signed(term: &Spanned<String>) -> (Spanned<String>, bool) {
    match term.value.strip_prefix('-') {
        Some(name) => (Spanned::new(name.to_owned(), term.span), true),
        None => (term.clone(), false),
    }
}
