//! Serializers that nest themselves: trees of rows, down to a number of levels.
//!
//! Each level below the serializer itself is a serializer of its own, which clients only read. The last one shows the
//! keys of the rows below it, as Django REST Framework's `depth` does.

use super::declarations::SerializerDeclaration;
use super::nested::blank_field;
use super::resolver::Resolver;
use crate::ast;
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{
    Access, Docs, FieldSource, Nested, NestedOf, Serializer, SerializerField, SerializerId, SerializerOf,
};
use crate::source::Span;
use crate::syntax::Key;

/// The greatest number of levels, which is that of `depth`.
const MOST: u64 = 10;

/// A field in which a serializer nests itself.
struct Tree {
    /// The position of the field.
    field: usize,
    of: NestedOf,
    /// The number of levels below the serializer itself.
    depth: u64,
    span: Span,
}

impl<'a> Resolver<'a> {
    /// Gives every level of a tree its serializer.
    pub(super) fn unroll(&mut self, declarations: &[SerializerDeclaration<'a>]) {
        for declaration in declarations {
            if let Some(tree) = self.tree(declaration) {
                let below = self.level(declaration, &tree, 1);
                let source = FieldSource::Nested(Nested { serializer: below, of: tree.of });
                self.serializers[declaration.id].fields[tree.field].source = source;
            }
        }
    }

    /// Returns the field in which a serializer nests itself, if the definition says how often.
    fn tree(&self, declaration: &SerializerDeclaration<'a>) -> Option<Tree> {
        let mut found: Option<Tree> = None;
        let nested = declaration.definition?.nested.as_ref()?;
        for (name, nested) in &nested.value.entries {
            let Some((nested, depth)) =
                nested.as_ref().and_then(|nested| Some((nested, nested.depth.as_ref()?)))
            else {
                continue;
            };
            let fields = &self.serializers[declaration.id].fields;
            let Some(field) = fields.iter().position(|field| field.wire == name.value) else { continue };
            let FieldSource::Nested(Nested { serializer, of }) = fields[field].source else { continue };
            if !self.may_be_tree(declaration, nested, depth, serializer, of) {
                continue;
            }
            if let Some(other) = &found {
                let message = "a serializer nests itself in one field";
                let diagnostic = Diagnostic::error(Code::BadRelation, depth.key, message);
                self.report(diagnostic.related(other.span, "it does so here"));
                return None;
            }
            found = Some(Tree { field, of, depth: depth.value, span: depth.key });
        }
        found
    }

    /// Tells whether a field can be a tree of rows; otherwise it is reported.
    fn may_be_tree(
        &self,
        declaration: &SerializerDeclaration<'a>,
        nested: &'a ast::Nested,
        depth: &Key<u64>,
        serializer: SerializerId,
        of: NestedOf,
    ) -> bool {
        let own = &self.serializers[declaration.id];
        let is_read = |field: &SerializerField| field.access == Access::ReadOnly;
        let field = own.fields.iter().find(
            |field| matches!(field.source, FieldSource::Nested(own) if own == Nested { serializer, of }),
        );
        let by_method = own.fields.iter().any(|field| matches!(field.source, FieldSource::Method(_)));
        let links = declaration.definition.is_some_and(|definition| definition.links.is_some());
        let (span, message, help) = if serializer != declaration.id || of == NestedOf::Row {
            let message = format!("{} is for a serializer that nests itself", quote("depth"));
            (depth.key, message, "leave it out: other serializers are nested as often as they are named")
        } else if !(1..=MOST).contains(&depth.value) {
            (
                depth.span,
                format!("expected a number of levels from 1 to {MOST}"),
                "this is the limit of `depth`, too",
            )
        } else if !field.is_some_and(is_read) {
            let message = "clients do not write rows of several levels at once".to_owned();
            (nested.span, message, "add `\"read_only\": true`")
        } else if by_method || links {
            let what = if by_method { "methods" } else { "links" };
            let message = format!("a serializer that nests itself cannot have {}", quote(what));
            (depth.key, message, "leave them out of this serializer, and show them by another one")
        } else {
            return true;
        };
        let code = if span == depth.span { Code::InvalidValue } else { Code::BadRelation };
        self.report(Diagnostic::error(code, span, message).help(help));
        false
    }

    /// Returns the serializer of the rows at a level of a tree.
    fn level(&mut self, declaration: &SerializerDeclaration<'a>, tree: &Tree, level: u64) -> SerializerId {
        let below = (level < tree.depth).then(|| self.level(declaration, tree, level + 1));
        let SerializerOf::Model(model) = self.serializers[declaration.id].of else {
            unreachable!("invariant: a serializer with nested rows has a model")
        };
        let own = &self.serializers[declaration.id];
        let name = own.base.join(&format!("level {level} serializer"));
        let docs = format!(
            "A `{}` at level {level} below the one of `{}`.",
            self.models[model].wire, declaration.wire
        );
        let origin = own.origin.clone();
        let mut fields: Vec<SerializerField> = Vec::new();
        for (position, field) in own.fields.iter().enumerate() {
            let is_stored = !matches!(field.source, FieldSource::Payload(_));
            if field.access == Access::WriteOnly || !is_stored {
                continue;
            }
            let source = match below {
                _ if position != tree.field => field.source.clone(),
                Some(serializer) => FieldSource::Nested(Nested { serializer, of: tree.of }),
                None => keys(tree.of),
            };
            let read = blank_field(&field.wire, source, Access::ReadOnly, field.docs.clone());
            fields.push(SerializerField {
                nullable: field.nullable,
                format: field.format.clone(),
                slug: field.slug,
                ..read
            });
        }
        let taken = self.take_type(&name, tree.span, "a level of a serializer that nests itself", "rows");
        self.serializer_poisoned.push(false);
        self.serializers.push(Serializer {
            base: name.strip_suffix("serializer"),
            rust: taken.unwrap_or_else(|| name.clone()).strip_suffix("serializer"),
            name,
            of: SerializerOf::Model(model),
            fields,
            hidden: Vec::new(),
            validate: false,
            docs: Docs { text: docs, deprecated: false },
            origin,
        })
    }
}

/// Returns the source of the keys of the rows that a nested serializer would show.
fn keys(of: NestedOf) -> FieldSource {
    match of {
        NestedOf::ForeignKey(column) => FieldSource::Column(column),
        NestedOf::Relation(relation) | NestedOf::Back(relation) => FieldSource::Keys(relation),
        NestedOf::Row => unreachable!("invariant: a row is not below itself"),
    }
}
