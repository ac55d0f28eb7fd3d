//! The order of the texts of each column.

use super::declarations::ModelDeclaration;
use super::resolver::Resolver;
use crate::ast::{self, Schema};
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{Collation, Field, Literal, ModelId, Type};

impl<'a> Resolver<'a> {
    /// Resolves the collation of every column: that of the column itself, else that of its table, else the default. All
    /// columns must be known.
    pub(super) fn resolve_collations(&mut self, declarations: &[ModelDeclaration<'a>]) {
        for declaration in declarations {
            let Some(schema) = declaration.schema else { continue };
            let default = default_of(schema);
            for position in 0..self.models[declaration.id].fields.len() {
                self.resolve_collation(declaration.id, position, schema, default);
            }
        }
        self.collate_foreign_keys();
    }

    fn resolve_collation(&mut self, model: ModelId, position: usize, table: &Schema, default: Collation) {
        let field = &self.models[model].fields[position];
        let said = property(table, field).and_then(|schema| schema.collation.as_ref());
        if self.is_text(&field.ty) {
            let collation = said.map_or(default, |key| collation(key.value));
            self.models[model].fields[position].collation = Some(collation);
        } else if let Some(key) = said.filter(|_| field.foreign_key.is_none()) {
            let message = format!("{} is not a text: its values have only one order", quote(&field.wire));
            let help = "leave `x-collation` out";
            self.report(Diagnostic::error(Code::MisplacedKeyword, key.key, message).help(help));
        }
    }

    /// Gives foreign keys the collation of the key to which they refer, because databases compare texts within one
    /// collation.
    fn collate_foreign_keys(&mut self) {
        let ids: Vec<ModelId> = self.models.iter().map(|(id, _)| id).collect();
        let keys: Vec<Option<Collation>> = ids.iter().map(|id| self.collation_of_key(*id)).collect();
        for model in self.models.values_mut() {
            for field in &mut model.fields {
                if let Some(foreign_key) = &field.foreign_key {
                    field.collation = keys[foreign_key.model.index()];
                }
            }
        }
    }

    /// Returns the collation of a model's primary key. A key that refers to a row has that of the other key.
    fn collation_of_key(&self, id: ModelId) -> Option<Collation> {
        let key = self.key_behind(id).unwrap_or(id);
        let model = &self.models[key];
        model.fields.get(model.key).and_then(|field| field.collation)
    }

    fn is_text(&self, ty: &Type) -> bool {
        match ty {
            Type::Scalar(scalar) => scalar.is_text(),
            Type::Enum(id) => {
                let first = self.enums[*id].variants.first();
                first.is_some_and(|variant| matches!(variant.value, Literal::Text(_)))
            }
            _ => false,
        }
    }
}

fn default_of(table: &Schema) -> Collation {
    match &table.collation {
        Some(key) => collation(key.value),
        None if table.managed.as_ref().is_some_and(|managed| !managed.value) => Collation::Database,
        None => Collation::Codepoint,
    }
}

fn collation(written: ast::Collation) -> Collation {
    match written {
        ast::Collation::Codepoint => Collation::Codepoint,
        ast::Collation::Database => Collation::Database,
    }
}

/// Returns the property of a column. An implicit key has none.
fn property<'s>(table: &'s Schema, field: &Field) -> Option<&'s Schema> {
    table.properties.as_ref()?.value.get(&field.wire)?
}
