//! The constraints of models (`x-constraints`).

use super::declarations::ModelDeclaration;
use super::names::Identifier;
use super::predicates::Stated;
use super::resolver::Resolver;
use crate::ast;
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{Constraint, ConstraintRule, ModelId};
use crate::source::Span;

impl<'a> Resolver<'a> {
    /// Resolves the constraints of every model. The types and expressions of all columns must be known.
    pub(super) fn resolve_constraints(&mut self, declarations: &[ModelDeclaration<'a>]) {
        for declaration in declarations {
            let written = declaration.schema.and_then(|schema| schema.constraints.as_ref());
            let resolved = written.iter().flat_map(|key| &key.value);
            let resolved = resolved.filter_map(|constraint| self.constraint(declaration.id, constraint));
            let resolved = resolved.collect();
            self.models[declaration.id].constraints = resolved;
        }
        self.check_constraint_names(declarations);
    }

    fn constraint(&self, model: ModelId, written: &'a ast::Constraint) -> Option<Constraint> {
        let name = written.name.as_ref()?;
        self.identifier(&name.value, name.span, Identifier::Constraint);
        let rule = match (&written.unique, &written.check) {
            (Some(unique), None) => {
                let groups = std::slice::from_ref(&unique.value);
                let fields = self.columns_together(model, groups, unique.span).pop()?;
                for (field, name) in fields.iter().zip(&unique.value) {
                    self.is_stored_as_read(model, *field, name.span)?;
                }
                let stated = Stated { model, in_memory: true };
                let condition = written.condition.as_ref().map(|key| self.predicate(stated, &key.value.0));
                let condition = match condition {
                    Some(resolved) => Some(resolved?),
                    None => None,
                };
                (!fields.is_empty()).then_some(ConstraintRule::Unique { fields, condition })?
            }
            (None, Some(check)) => {
                if let Some(condition) = &written.condition {
                    let message = format!(
                        "{} belongs to {}, not to {}",
                        quote("condition"),
                        quote("unique"),
                        quote("check")
                    );
                    self.error(Code::MisplacedKeyword, condition.key, message);
                }
                ConstraintRule::Check(self.predicate(Stated { model, in_memory: false }, &check.value.0)?)
            }
            (Some(unique), Some(check)) => {
                let message = format!("a constraint is either {} or {}", quote("unique"), quote("check"));
                let diagnostic = Diagnostic::error(Code::ConflictingKeys, check.key, message)
                    .related(unique.key, "the other")
                    .help("write two constraints");
                self.report(diagnostic);
                return None;
            }
            (None, None) => {
                if !written.poisoned {
                    let message = format!("a constraint needs {} or {}", quote("unique"), quote("check"));
                    self.error(Code::MissingKey, written.span, message);
                }
                return None;
            }
        };
        let message = written.message.as_ref().map(|key| key.value.clone());
        Some(Constraint { name: name.value.clone(), rule, message })
    }

    /// Tells whether the values of a column are compared as they are stored; otherwise it is reported.
    fn is_stored_as_read(&self, model: ModelId, field: usize, span: Span) -> Option<()> {
        let column = &self.models[model].fields[field];
        if column.sql.is_none() {
            return Some(());
        }
        let message = format!(
            "unique values are compared as they are stored, and {} has {}",
            quote(&column.wire),
            quote("x-sql")
        );
        self.error(Code::BadConstraint, span, message);
        None
    }

    /// Checks that no two constraints have the same name, and that none has the name of a table.
    fn check_constraint_names(&self, declarations: &[ModelDeclaration<'a>]) {
        let mut seen: Vec<(&str, Span)> = Vec::new();
        let tables: Vec<(String, Span)> = declarations
            .iter()
            .flat_map(|declaration| self.tables_of(declaration))
            .map(|(table, span, _)| (table, span))
            .collect();
        for constraint in declarations.iter().flat_map(|declaration| {
            let schema = declaration.schema.and_then(|schema| schema.constraints.as_ref());
            schema.into_iter().flat_map(|key| &key.value)
        }) {
            let Some(name) = &constraint.name else { continue };
            let is_it = |other: &str| other.eq_ignore_ascii_case(&name.value);
            let constraints = seen.iter().find(|(other, _)| is_it(other)).map(|(_, span)| *span);
            let table = || tables.iter().find(|(other, _)| is_it(other)).map(|(_, span)| *span);
            match constraints.or_else(table) {
                Some(other) => {
                    let message =
                        format!("{} is the name of something else in the database", quote(&name.value));
                    let diagnostic = Diagnostic::error(Code::NameCollision, name.span, message);
                    self.report(diagnostic.related(other, "the other"));
                }
                None => seen.push((&name.value, name.span)),
            }
        }
    }
}
