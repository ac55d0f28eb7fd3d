//! The targets of `$ref`s.

use super::resolver::Resolver;
use super::stands::Place;
use crate::ast::{Content, Document, LoadedFile, Schema};
use crate::diag::{Code, Diagnostic, quote, quote_all};
use crate::ir::SerializerId;
use crate::source::{Span, Spanned};
use crate::syntax::{Key, Mapping, join};

/// The help for a `$ref` to anything else.
const WHAT_CAN_BE_NAMED: &str =
    "a `$ref` names a type (`#/$defs/…`), a model (`#/models/…`), a serializer (`#/serializers/…`) or a file";

/// The target of a `$ref`.
#[derive(Debug, Clone)]
pub(super) enum Target<'a> {
    /// A named type.
    Type {
        /// The name of the type.
        name: &'a str,
        /// The place of the name.
        span: Span,
        /// The schema of the type.
        schema: &'a Schema,
        /// The keys that lead to the type.
        keys: Vec<String>,
    },
    /// A model. It is not a type, but can define another model.
    Model {
        /// The name of the model.
        name: &'a str,
        /// The schema of the model.
        schema: &'a Schema,
    },
    /// A serializer of the given documents.
    Serializer(SerializerId),
}

impl<'a> Resolver<'a> {
    /// Follows a `$ref`. It returns `None` if the target does not exist or could not be read; that was reported.
    pub(super) fn target(&self, reference: &'a Key<String>) -> Option<Target<'a>> {
        let (path, pointer) = reference.value.split_once('#').unwrap_or((&reference.value, ""));
        if path.contains("://") {
            let diagnostic = self.unresolved(reference, "it is on the network");
            self.report(diagnostic.help("keep a copy of the file beside the definition and refer to that"));
            return None;
        }
        let own = self.program.files.iter().find(|file| file.id == reference.span.file)?;
        let file = if path.is_empty() { own } else { self.program.file(&join(&own.path, path))? };
        let segments: Vec<String> = match pointer.strip_prefix('/') {
            Some(rest) => rest.split('/').map(|key| key.replace("~1", "/").replace("~0", "~")).collect(),
            None if pointer.is_empty() => Vec::new(),
            None => {
                let diagnostic = self.unresolved(reference, "the part after `#` is not a JSON pointer");
                self.report(diagnostic.help("write `#/$defs/…`"));
                return None;
            }
        };
        let content = file.content.as_ref()?;
        match (content, segments.as_slice()) {
            (Content::Schema(schema), []) => {
                Some(Target::Type { name: stem(file), span: schema.span, schema, keys: Vec::new() })
            }
            (Content::Schema(schema), [kind, name]) if kind == "$defs" => {
                let defs = schema.defs.as_ref().map(|defs| &defs.value);
                self.found_type(reference, defs.into_iter(), name)
            }
            (Content::Document(document), [kind, name]) => {
                self.in_document(reference, file, document, kind, name)
            }
            _ => {
                let diagnostic =
                    self.unresolved(reference, "that part of a file cannot be the target of a `$ref`");
                self.report(diagnostic.help(WHAT_CAN_BE_NAMED));
                None
            }
        }
    }

    fn in_document(
        &self,
        reference: &'a Key<String>,
        file: &'a LoadedFile,
        document: &'a Document,
        kind: &str,
        name: &str,
    ) -> Option<Target<'a>> {
        // The given files are one document. The names of the file itself take precedence.
        let others = self.documents().filter(|_| file.given);
        let documents = || std::iter::once(document).chain(others);
        match kind {
            "$defs" => {
                let defs = documents().filter_map(|document| document.defs.as_ref()).map(|defs| &defs.value);
                self.found_type(reference, defs, name)
            }
            "models" => {
                let models =
                    documents().filter_map(|document| document.models.as_ref()).map(|key| &key.value);
                let (name, schema) = self.find(reference, models, name)?;
                Some(Target::Model { name: &name.value, schema })
            }
            "serializers" if file.given => {
                let found = self.serializer_declarations.iter().find(|declared| declared.wire == name);
                if found.is_none() && self.serializers_are_known() {
                    let names = self.serializer_declarations.iter().map(|declared| declared.wire);
                    self.report(
                        self.unresolved(reference, "there is no such serializer")
                            .suggest(self.nearest(name, names)),
                    );
                }
                found.map(|declared| Target::Serializer(declared.id))
            }
            _ => {
                let diagnostic =
                    self.unresolved(reference, "that part of a file cannot be the target of a `$ref`");
                self.report(match self.nearest(kind, ["$defs", "models", "serializers"]) {
                    Some(near) => diagnostic.suggest(Some(near)),
                    None => diagnostic.help(WHAT_CAN_BE_NAMED),
                });
                None
            }
        }
    }

    fn found_type(
        &self,
        reference: &'a Key<String>,
        defs: impl Iterator<Item = &'a Mapping<Schema>>,
        name: &str,
    ) -> Option<Target<'a>> {
        let (key, schema) = self.find(reference, defs, name)?;
        let keys = vec!["$defs".to_owned(), key.value.clone()];
        Some(Target::Type { name: &key.value, span: key.span, schema, keys })
    }

    fn find(
        &self,
        reference: &'a Key<String>,
        mappings: impl Iterator<Item = &'a Mapping<Schema>>,
        name: &str,
    ) -> Option<(&'a Spanned<String>, &'a Schema)> {
        let mut names = Vec::new();
        for mapping in mappings {
            for (key, schema) in &mapping.entries {
                if key.value == name {
                    return schema.as_ref().map(|schema| (key, schema));
                }
                names.push(key.value.as_str());
            }
        }
        // If a document could not be read completely, the name may be in the part that was not read.
        let unread =
            |document: &Document| document.poisoned && (document.defs.is_none() || document.models.is_none());
        if !self.documents().any(unread) {
            let near = self.nearest(name, names);
            self.report(self.unresolved(reference, "there is no such name").suggest(near));
        }
        None
    }

    /// Reports a model that does not exist, unless it may be in a part that could not be read.
    pub(super) fn unknown_model(&self, name: &Key<String>) {
        let unread = self.documents().any(|document| document.poisoned && document.models.is_none());
        if unread || !self.all_read() {
            return;
        }
        let message = format!("there is no model {}", quote(&name.value));
        let diagnostic = Diagnostic::error(Code::UnknownModel, name.span, message);
        let known = || self.model_declarations.iter().map(|declared| declared.wire);
        let wanted = own_name(&name.value);
        let same: Vec<&str> = known().filter(|known| own_name(known) == wanted).collect();
        let near = self.nearest(&name.value, known());
        let near_to = || {
            let near = self.nearest(wanted, known().map(own_name))?;
            known().find(|known| own_name(known) == near)
        };
        self.report(match (same.as_slice(), near) {
            // A mistake in the name of the application.
            (_, Some(near)) if wanted != name.value => diagnostic.suggest(Some(near)),
            ([], near) => diagnostic.suggest(near.or_else(near_to)),
            ([only], _) => diagnostic.suggest(Some(only)),
            (several, _) => {
                let several = quote_all(several.iter().copied(), "and");
                diagnostic.help(format!("there are {several}: name one of them with its application"))
            }
        });
    }

    /// Tells whether every serializer could be read.
    pub(super) fn serializers_are_known(&self) -> bool {
        let unread = |document: &Document| document.poisoned && document.serializers.is_none();
        self.all_read() && !self.documents().any(unread)
    }

    /// Tells whether every given file could be read.
    fn all_read(&self) -> bool {
        self.program.files.iter().all(|file| !file.given || file.content.is_some())
    }

    fn unresolved(&self, reference: &Key<String>, reason: &str) -> Diagnostic {
        let message = format!("{} cannot be resolved: {reason}", quote(&reference.value));
        Diagnostic::error(Code::UnresolvedRef, reference.span, message)
    }

    /// Returns the schema of a model, with its `$ref`s followed. It returns `None` if a target does not exist
    /// (reported).
    pub(super) fn model_schema(&mut self, schema: &'a Schema) -> Option<&'a Schema> {
        let mut schema = schema;
        let mut passed: Vec<&'a Key<String>> = Vec::new();
        while let Some(reference) = &schema.reference {
            if let Some(start) = passed.iter().position(|before| before.span == reference.span) {
                self.report_circle(&passed[start..]);
                return None;
            }
            if schema.properties.is_some() || schema.required.is_some() || schema.types.is_some() {
                let message = "a model is defined by its `$ref` or by its own keys, not by both";
                self.error(Code::ConflictingKeys, reference.key, message);
                return None;
            }
            passed.push(reference);
            schema = match self.target(reference)? {
                Target::Type { schema, .. } | Target::Model { schema, .. } => schema,
                Target::Serializer(_) => {
                    let message = "a serializer cannot be a model";
                    self.error(Code::InvalidRef, reference.span, message);
                    return None;
                }
            };
        }
        Some(schema)
    }

    /// Reports a circle of `$ref`s once, whichever of them it was entered by.
    fn report_circle(&mut self, circle: &[&'a Key<String>]) {
        let Some(first) = circle.iter().map(|reference| reference.span).min() else { return };
        if self.circles.contains(&first) {
            return;
        }
        self.circles.push(first);
        let path: Vec<String> =
            circle.iter().chain(circle.first()).map(|reference| quote(&reference.value)).collect();
        let message = format!("`$ref`s refer to each other in a circle: {}", path.join(" → "));
        let diagnostic = Diagnostic::error(Code::CircularRef, first, message);
        self.report(diagnostic.help("one of these must be a model with `properties` of its own"));
    }

    /// Tells whether a schema is the whole of a file.
    pub(super) fn is_whole_file(&self, schema: &Schema) -> bool {
        self.program.files.iter().any(|file| match &file.content {
            Some(Content::Schema(whole)) => whole.span == schema.span,
            _ => false,
        })
    }

    /// Returns the place of a named type.
    pub(super) fn place_of_named(&self, name: &str, span: Span, keys: Vec<String>) -> Option<Place> {
        let name = self.name(name, span, "a type")?;
        Some(Place::named(name, span, keys))
    }
}

/// Returns the name of a type that is a whole file: the name of the file up to its first dot.
fn stem(file: &LoadedFile) -> &str {
    let name = file.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.split('.').next().unwrap_or_default()
}

/// Returns the name of a model without that of its application.
fn own_name(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(_, own)| own)
}
