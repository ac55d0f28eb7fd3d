//! Schemas that JSON Schema itself validates. They are compiled here, so that they cannot fail to compile in a server.

use dcrf_scalars::schema::{CompileError, Graph, Place, bundle, compile};

use super::documents::value;
use super::resolver::Resolver;
use crate::ast::Schema;
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{Literal, Rule};
use crate::source::Span;
use crate::syntax::{Key, Node};

/// The greatest length in bytes of a schema that documentation shows.
const SHOWN: usize = 160;

/// A schema that compiles.
pub(super) struct Judged {
    /// The rule. It is `None` if the schema takes any value.
    pub(super) rule: Option<Rule>,
    /// Whether null is a value.
    pub(super) nullable: bool,
    /// The documentation of the schema, for a type that says less.
    pub(super) docs: String,
    graph: Graph,
}

impl Judged {
    /// Tells whether an object may be a value, as far as types tell.
    pub(super) fn may_be_object(&self) -> bool {
        self.graph.may_take_objects()
    }
}

impl Resolver<'_> {
    /// Compiles a schema. It returns `None` if something about it was reported.
    pub(super) fn judged(&self, schema: &Schema) -> Option<Judged> {
        let schemas = self.schemas();
        let place = schemas.place(schema.span)?.clone();
        let compiled = match compile(&schemas.documents, &place) {
            Ok(compiled) => compiled,
            Err(error) => {
                self.does_not_compile(&error, schema.span);
                return None;
            }
        };
        if let Some(reference) =
            compiled.references.iter().find(|reference| schemas.is_no_schema(&reference.to))
        {
            let span = self.place_of_keyword(&reference.from, reference.keyword).unwrap_or(schema.span);
            let message = "this refers to a part that is not a schema, such as a model or a serializer";
            let help = "refer to a type of `$defs`; a property, an item or `anyOf` without other keys can also refer \
                        to a serializer; in a schema with an `$id` or a `$schema`, `#` is the root";
            self.report(Diagnostic::error(Code::InvalidRef, span, message).help(help));
            return None;
        }
        let text = bundle(&schemas.documents, &place, &compiled);
        let nullable = compiled.graph.takes(&dcrf_scalars::schema::Value::Null, 4) == Ok(true);
        let docs = if text.len() <= SHOWN && !text.contains('`') {
            format!("Values obey this JSON Schema, too: `{text}`.")
        } else {
            "Values obey more of JSON Schema than the type says.".to_owned()
        };
        let rule = (!compiled.graph.says_nothing()).then_some(Rule::Schema(text));
        Some(Judged { rule, nullable, docs, graph: compiled.graph })
    }

    /// Returns the text of a schema of what the application sends. Rows of serializers are any JSON there. It returns
    /// `None` if the schema takes any value, or if something was reported.
    pub(super) fn sent_schema(&self, schema: &Schema) -> Option<String> {
        let schemas = self.schemas();
        let place = schemas.place(schema.span)?.clone();
        match compile(&schemas.documents, &place) {
            Ok(mut compiled) => {
                compiled.references.retain(|reference| !schemas.is_no_schema(&reference.to));
                let text = bundle(&schemas.documents, &place, &compiled);
                (!compiled.graph.says_nothing()).then_some(text)
            }
            Err(error) => {
                self.does_not_compile(&error, schema.span);
                None
            }
        }
    }

    fn place_of_keyword(&self, schema: &Place, keyword: &str) -> Option<Span> {
        let place = Place { document: schema.document, pointer: format!("{}/{keyword}", schema.pointer) };
        self.schemas().span(&place)
    }

    fn does_not_compile(&self, error: &CompileError, from: Span) {
        let span = self.schemas().span(&error.place).unwrap_or(from);
        let keyword = error.place.pointer.rsplit('/').next().unwrap_or_default();
        let code = match keyword {
            "$ref" | "$dynamicRef" => Code::UnresolvedRef,
            "pattern" | "patternProperties" => Code::BadPattern,
            "multipleOf" => Code::BadRule,
            _ if error.message.starts_with("leads to itself") => Code::CircularRef,
            _ => Code::InvalidValue,
        };
        let what = if keyword.is_empty() { "the schema".to_owned() } else { quote(keyword) };
        self.error(code, span, format!("{what} {}", error.message));
    }

    /// Checks a default against a schema that JSON Schema validates.
    pub(super) fn judged_default(&self, judged: &Judged, default: &Key<Node>) -> Option<Literal> {
        let node = &default.value;
        let json = value(node);
        let fits = judged.graph.takes(&json, node.to_json().len()) == Ok(true);
        if !fits {
            let message = "the default does not fit: the schema does not accept it";
            self.error(Code::BadDefault, default.span, message);
            return None;
        }
        Some(Literal::Json(node.to_json()))
    }
}
