//! Checks whether tables can exist beside each other in a database, and whether columns can have an index.

use super::declarations::ModelDeclaration;
use super::resolver::Resolver;
use crate::ast::{self, Index, Schema};
use crate::diag::{Code, Diagnostic, quote};
use crate::identifier;
use crate::ir::{Auto, Between, Field, ModelId, Storage, Via};
use crate::source::Span;

impl<'a> Resolver<'a> {
    /// Checks that no two models have the same table. SQLite ignores the case of ASCII letters.
    pub(super) fn check_tables(&self, declarations: &[ModelDeclaration<'a>]) {
        for (index, declaration) in declarations.iter().enumerate() {
            let table = &self.models[declaration.id].table;
            let same = declarations[..index]
                .iter()
                .find(|other| self.models[other.id].table.eq_ignore_ascii_case(table))
                // Models with the same name were reported as such.
                .filter(|other| self.models[other.id].name != self.models[declaration.id].name);
            if let Some(other) = same {
                let message = format!("two models have the table {}", quote(table));
                let diagnostic = Diagnostic::error(Code::NameCollision, declaration.span, message)
                    .related(other.span, "the other")
                    .help("give one of them another table with `x-table`");
                self.report(diagnostic);
            }
        }
    }

    /// Checks that no table has a name that PostgreSQL gives an index or a sequence of another table.
    pub(super) fn check_chosen_names(&self, declarations: &[ModelDeclaration<'a>]) {
        let tables: Vec<(String, Span, String)> = declarations
            .iter()
            .filter(|declaration| self.models[declaration.id].managed)
            .flat_map(|declaration| self.tables_of(declaration))
            .collect();
        for (table, span, _) in &tables {
            for (owner, owner_span, numbered) in &tables {
                let what = if *table == identifier::key(owner) {
                    "the index of the key"
                } else if !numbered.is_empty() && *table == identifier::sequence(owner, numbered) {
                    "the sequence of the key"
                } else {
                    continue;
                };
                let message = format!(
                    "{} cannot be the name of a table: PostgreSQL gives this name to {what} of {}",
                    quote(table),
                    quote(owner)
                );
                let diagnostic = Diagnostic::error(Code::NameCollision, *span, message)
                    .related(*owner_span, "the other")
                    .help("give one of them another table with `x-table`");
                self.report(diagnostic);
            }
        }
    }

    /// Returns the tables of a model and of its many-to-many relations: the name, the place, and the column that the
    /// database numbers (or an empty text).
    pub(super) fn tables_of(&self, declaration: &ModelDeclaration<'a>) -> Vec<(String, Span, String)> {
        let model = &self.models[declaration.id];
        let numbered = model.fields.get(model.key).filter(|key| key.auto == Auto::Key);
        let own = numbered.map(|key| key.column.clone()).unwrap_or_default();
        let mut tables = vec![(model.table.clone(), declaration.span, own)];
        for relation in model.relations.iter().filter(|relation| relation.declared) {
            if let Via::Table(Between { table, model: None, .. }) = &relation.via {
                let span = self.property_span(declaration.id, &relation.wire).unwrap_or(declaration.span);
                tables.push((table.clone(), span, "id".to_owned()));
            }
        }
        tables
    }

    /// Returns how the values of a table are stored. A table that migrations create has no choice.
    pub(super) fn storage(&self, schema: &Schema, managed: bool) -> Storage {
        let Some(key) = schema.storage.as_ref().filter(|key| key.value == ast::Storage::Django) else {
            return Storage::Own;
        };
        if managed {
            let message = "a table that migrations create always uses the storage of the runtime";
            let diagnostic = Diagnostic::error(Code::MisplacedKeyword, key.key, message);
            self.report(diagnostic.help("add `\"x-managed\": false` beside it, or leave it out"));
        }
        Storage::Django
    }

    fn property_span(&self, model: ModelId, wire: &str) -> Option<Span> {
        let properties = self.model_declarations[model.index()].schema?.properties.as_ref()?;
        let entries = &properties.value.entries;
        entries.iter().find(|(name, _)| name.value == wire).map(|(name, _)| name.span)
    }

    /// Reports an index of a JSON column: PostgreSQL cannot compare two JSON values, so that no index can contain them.
    pub(super) fn check_index(&self, field: &Field, schema: &Schema) {
        let unique = schema.unique.as_ref().filter(|key| key.value).map(|key| key.key);
        let index = schema.index.as_ref().filter(|key| matches!(key.value, Index::Single(true)));
        if let Some(span) = unique.or(index.map(|key| key.key)) {
            self.is_comparable(field, span);
        }
    }

    /// Tells whether a column can be in an index. It reports a column that cannot.
    pub(super) fn is_comparable(&self, field: &Field, span: Span) -> bool {
        if field.ty.is_json() {
            let message = format!(
                "{} is stored as JSON, whose values PostgreSQL cannot compare: an index cannot contain it",
                quote(&field.wire)
            );
            self.error(Code::MisplacedKeyword, span, message);
        }
        !field.ty.is_json()
    }
}
