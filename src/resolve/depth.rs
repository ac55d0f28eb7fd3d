//! `depth`: relations that are shown as rows, by generated serializers.
//!
//! Such a serializer shows all fields of its model except those that are write-only. The definition does not name these
//! fields, so that they are left out and not reported.

use super::declarations::SerializerDeclaration;
use super::nested::blank_field;
use super::resolver::Resolver;
use super::write_only::Member;
use crate::diag::{Code, Diagnostic};
use crate::ir::{
    Access, Docs, FieldSource, ModelId, Nested, NestedOf, Serializer, SerializerField, SerializerId,
    SerializerOf,
};
use crate::source::Span;

impl<'a> Resolver<'a> {
    /// Shows the rows to which foreign keys and relations of a serializer lead, across at most `depth` relations.
    pub(super) fn deepen(&mut self, declaration: &SerializerDeclaration<'a>) {
        let depth = declaration.definition.and_then(|definition| definition.depth.as_ref());
        let Some(depth) = depth.filter(|depth| depth.value > 0) else { return };
        let SerializerOf::Model(model) = self.serializers[declaration.id].of else { return };
        if depth.value > 10 {
            let diagnostic =
                Diagnostic::error(Code::InvalidValue, depth.span, "expected a depth from 0 to 10");
            self.report(diagnostic.help("this is Django REST Framework's limit, too"));
            return;
        }
        let mut fields = std::mem::take(&mut self.serializers[declaration.id].fields);
        for field in fields.iter_mut().filter(|field| field.access != Access::WriteOnly) {
            let Some((of, target)) = self.led_to(model, &field.source) else { continue };
            let serializer = self.deep_serializer(target, depth.value - 1, depth.span);
            field.source = FieldSource::Nested(Nested { serializer, of });
            field.access = Access::ReadOnly;
            field.required = false;
            field.rules.clear();
            field.default = None;
        }
        self.serializers[declaration.id].fields = fields;
    }

    /// Returns the relation of a field's keys, and the model to which it leads.
    fn led_to(&self, model: ModelId, source: &FieldSource) -> Option<(NestedOf, ModelId)> {
        match *source {
            FieldSource::Column(column) => {
                let foreign_key = self.models[model].fields[column].foreign_key.as_ref()?;
                Some((NestedOf::ForeignKey(column), foreign_key.model))
            }
            FieldSource::Keys(position) => {
                let relation = &self.models[model].relations[position];
                let of =
                    if relation.is_one() { NestedOf::Back(position) } else { NestedOf::Relation(position) };
                Some((of, relation.target))
            }
            _ => None,
        }
    }

    /// Returns the serializer by which `depth` shows the rows of a model: all fields except those that are write-only.
    fn deep_serializer(&mut self, model: ModelId, depth: u64, span: Span) -> SerializerId {
        let name = self.models[model].name.join(&format!("depth {depth} serializer"));
        let known = self.serializers.iter().find(|(_, serializer)| serializer.name == name).map(|(id, _)| id);
        if let Some(id) = known {
            return id;
        }
        let taken = self.take_type(&name, span, "the fields that `depth` shows of the model", "rows");
        let docs =
            format!("What `depth` shows of a `{}`: every field that may be read.", self.models[model].wire);
        let id = self.serializers.push(Serializer {
            base: name.strip_suffix("serializer"),
            rust: taken.unwrap_or_else(|| name.clone()).strip_suffix("serializer"),
            name,
            of: SerializerOf::Model(model),
            fields: Vec::new(),
            hidden: Vec::new(),
            validate: false,
            docs: Docs { text: docs, deprecated: false },
            origin: self.models[model].origin.clone(),
        });
        self.serializer_poisoned.push(false);
        let mut fields = self.readable_fields(model);
        if depth > 0 {
            for field in &mut fields {
                let Some((of, target)) = self.led_to(model, &field.source) else { continue };
                let serializer = self.deep_serializer(target, depth - 1, span);
                field.source = FieldSource::Nested(Nested { serializer, of });
            }
        }
        self.serializers[id].fields = fields;
        id
    }

    /// Returns the columns and many-to-many relations of a model that may be read.
    fn readable_fields(&self, id: ModelId) -> Vec<SerializerField> {
        let model = &self.models[id];
        let columns = model.columns_in_order().into_iter();
        let columns = columns.filter(|position| self.secret(id, Member::Column(*position)).is_none());
        let columns = columns.map(|position| {
            let field = &model.fields[position];
            let of = FieldSource::Column(position);
            let nullable = field.nullable;
            SerializerField { nullable, ..blank_field(&field.wire, of, Access::ReadOnly, field.docs.clone()) }
        });
        let relations = model.relations.iter().enumerate().filter(|(_, relation)| relation.declared);
        let relations =
            relations.filter(|(position, _)| self.secret(id, Member::Relation(*position)).is_none());
        let relations = relations.map(|(position, relation)| {
            blank_field(&relation.wire, FieldSource::Keys(position), Access::ReadOnly, relation.docs.clone())
        });
        columns.chain(relations).collect()
    }
}
