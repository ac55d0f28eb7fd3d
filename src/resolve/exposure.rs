//! What one serializer would leave open without saying so: a way to write others' rows.

use super::declarations::SerializerDeclaration;
use super::resolver::Resolver;
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{Access, FieldSource, Nested, NestedOf, SerializerId};
use crate::source::Span;

/// What a serializer writes, those of nested serializers of the row included: each column that it takes a value for,
/// and each foreign key whose row it changes, by the name of the field.
#[derive(Default)]
struct Written<'a> {
    columns: Vec<(usize, &'a str)>,
    rows: Vec<(usize, &'a str)>,
}

impl<'a> Resolver<'a> {
    /// A key and a nested serializer of one relation, both to be written: any row could be referred to by its key and
    /// then be changed.
    pub(super) fn check_relations_written_twice(&self, declarations: &[SerializerDeclaration<'a>]) {
        for declaration in declarations {
            let mut written = Written::default();
            self.collect_written(declaration.id, &mut Vec::new(), &mut written);
            for (column, nested) in &written.rows {
                let key = written.columns.iter().find(|(own, _)| own == column);
                let Some((_, key)) = key else { continue };
                let message = format!(
                    "{} and {} write one relation: any row could be referred to by its key and then be changed",
                    quote(key),
                    quote(nested)
                );
                let span = nested_span(declaration, nested);
                let diagnostic = Diagnostic::error(Code::RelationWrittenTwice, span, message);
                self.report(diagnostic.help("say `\"read_only\": true` of one of them"));
            }
        }
    }

    fn collect_written<'s>(
        &'s self,
        id: SerializerId,
        within: &mut Vec<SerializerId>,
        written: &mut Written<'s>,
    ) {
        if within.contains(&id) {
            return;
        }
        within.push(id);
        for field in self.serializers[id].fields.iter().filter(|field| field.access != Access::ReadOnly) {
            match field.source {
                FieldSource::Column(column) => written.columns.push((column, &field.wire)),
                FieldSource::Nested(Nested { of: NestedOf::ForeignKey(column), .. }) => {
                    written.rows.push((column, &field.wire));
                }
                FieldSource::Nested(Nested { serializer, of: NestedOf::Row }) => {
                    self.collect_written(serializer, within, written);
                }
                _ => {}
            }
        }
        within.pop();
    }
}

/// Where a serializer says which other one a field is shown by; of a field of one that is nested in it, itself.
fn nested_span(declaration: &SerializerDeclaration<'_>, field: &str) -> Span {
    let entries = declaration.definition.and_then(|definition| definition.nested.as_ref());
    let named = entries.and_then(|key| key.value.entries.iter().find(|(name, _)| name.value == field));
    named.map_or(declaration.span, |(name, _)| name.span)
}
