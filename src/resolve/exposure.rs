//! Finds serializers by which clients could write rows of others.

use super::declarations::SerializerDeclaration;
use super::resolver::Resolver;
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{Access, FieldSource, Nested, NestedOf, SerializerId};
use crate::source::Span;

/// The columns for which a serializer takes a value, and the foreign keys whose rows it changes, each with the name of
/// the field. Fields of nested serializers of the row itself are included.
#[derive(Default)]
struct Written<'a> {
    columns: Vec<(usize, &'a str)>,
    rows: Vec<(usize, &'a str)>,
}

impl<'a> Resolver<'a> {
    /// Reports a relation that both its key and a nested serializer write: a client could refer to any row by its key
    /// and then change it.
    pub(super) fn check_relations_written_twice(&self, declarations: &[SerializerDeclaration<'a>]) {
        for declaration in declarations {
            let mut written = Written::default();
            self.collect_written(declaration.id, &mut Vec::new(), &mut written);
            for (column, nested) in &written.rows {
                let key = written.columns.iter().find(|(own, _)| own == column);
                let Some((_, key)) = key else { continue };
                let message = format!(
                    "{} and {} write the same relation: a client could refer to any row by its key and then change that row",
                    quote(key),
                    quote(nested)
                );
                let span = nested_span(declaration, nested);
                let diagnostic = Diagnostic::error(Code::RelationWrittenTwice, span, message);
                self.report(diagnostic.help("set `\"read_only\": true` for one of them"));
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

/// Returns the place in `nested` that names a field. For a field of a nested serializer it is the place of the outer
/// serializer.
fn nested_span(declaration: &SerializerDeclaration<'_>, field: &str) -> Span {
    let entries = declaration.definition.and_then(|definition| definition.nested.as_ref());
    let named = entries.and_then(|key| key.value.entries.iter().find(|(name, _)| name.value == field));
    named.map_or(declaration.span, |(name, _)| name.span)
}
