//! Paths: the parameters of a consumer's path, the path of the multiplexer, and subprotocols.

use super::consumers::without_names;
use super::declarations::ConsumerDeclaration;
use super::resolver::Resolver;
use super::rules::describe;
use super::stands::{Place, Stands};
use crate::ast::{self, MultiplexerPath};
use crate::diag::{Code, Diagnostic, quote, quote_all};
use crate::ir::{Home, Multiplexer, ObjectId, Type};
use crate::source::{Span, Spanned};
use crate::syntax::Key;

impl<'a> Resolver<'a> {
    /// Resolves the parameters of a path. Each has a segment `{name}` in the path, and each such segment is one of them.
    pub(super) fn path_parameters(
        &mut self,
        declaration: &ConsumerDeclaration<'a>,
        definition: &'a ast::Consumer,
        path: &str,
        span: Span,
    ) -> Option<ObjectId> {
        let names = self.parameters(path, span)?;
        let Some(schema) = &definition.path_parameters else {
            if let Some(name) = names.first() {
                let message = format!("the parameter {} of the path is not described", quote(name));
                let help = format!(
                    "add `\"path_parameters\": {{ \"type\": \"object\", \"properties\": {{ \"{name}\": {{ \"type\": \"integer\" }} }} }}`"
                );
                self.report(Diagnostic::error(Code::MissingKey, span, message).help(help));
            }
            return None;
        };
        if schema.value.poisoned || self.misplaced(&schema.value, Stands::Type) {
            return None;
        }
        let base = self.consumers[declaration.id].base.clone();
        let consumer = self.consumers[declaration.id].origin.0.split('#').nth(1).unwrap_or_default();
        let mut keys: Vec<String> = consumer.split('/').skip(1).map(str::to_owned).collect();
        keys.push("path_parameters".to_owned());
        let place = Place {
            name: base.join("path"),
            home: Home::Consumer(declaration.id),
            stands: Stands::Type,
            span: schema.key,
            keys,
            named: false,
            rows: false,
            member: false,
        };
        let id = self.object(&schema.value, false, &place);
        let written: Vec<(String, Span)> = schema
            .value
            .properties
            .iter()
            .flat_map(|key| &key.value.entries)
            .map(|(name, _)| (name.value.clone(), name.span))
            .collect();
        for (name, span) in &written {
            if !names.contains(name) {
                let message = format!("the path {} has no parameter {}", quote(path), quote(name));
                let help = format!("write the segment `{{{name}}}` where the value stands in the path");
                self.report(Diagnostic::error(Code::UnknownField, *span, message).help(help));
            }
            let own = self.objects[id].properties.iter_mut().find(|property| property.wire == *name);
            if let Some(property) = own {
                property.required = true;
                let (ty, nullable) = (property.ty.clone(), property.nullable);
                if nullable || !matches!(ty, Type::Scalar(_) | Type::Enum(_)) {
                    let kind = if nullable { "nullable" } else { describe(&ty) };
                    let message = format!("{} is {kind}: a path has only single values", quote(name));
                    self.error(Code::InvalidValue, *span, message);
                }
            }
        }
        for name in names.iter().filter(|name| !written.iter().any(|(own, _)| own == *name)) {
            let message = format!("the parameter {} of the path is not described", quote(name));
            self.report(
                Diagnostic::error(Code::MissingKey, span, message)
                    .related(schema.key, "the parameters that are described"),
            );
        }
        Some(id)
    }

    /// Returns the names of a path's parameters; `None` if one is not a whole segment, which it reports.
    fn parameters(&self, path: &str, span: Span) -> Option<Vec<String>> {
        let mut names: Vec<String> = Vec::new();
        for segment in path.split('/').filter(|segment| segment.contains(['{', '}'])) {
            let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
            let is_name = |name: &&str| {
                !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            };
            let Some(name) = name.filter(is_name) else {
                let message = format!("the segment {} of the path is not a parameter", quote(segment));
                let help =
                    "a parameter is a whole segment, with a name of letters, digits and `_`: `{order}`";
                self.report(Diagnostic::error(Code::InvalidValue, span, message).help(help));
                return None;
            };
            if names.iter().any(|own| own == name) {
                let message = format!("the path has the parameter {} twice", quote(name));
                self.error(Code::DuplicateName, span, message);
                return None;
            }
            names.push(name.to_owned());
        }
        Some(names)
    }

    /// Resolves the path of the multiplexer and the subprotocols. It checks the paths of consumers beside it.
    pub(super) fn sockets(&self) -> (Multiplexer, Vec<String>) {
        let documents: Vec<&'a ast::Document> = self.documents().collect();
        let multiplexer = self
            .multiplexer(self.said_once(&documents, "multiplexer", |document| document.multiplexer.as_ref()));
        if let Some(path) = multiplexer.path() {
            for declaration in &self.consumer_declarations {
                let consumer = &self.consumers[declaration.id];
                if without_names(&consumer.path) == without_names(path) {
                    let span = declaration.definition.and_then(|definition| definition.path.as_ref());
                    let message = format!("the path {} belongs to the multiplexer", quote(&consumer.path));
                    let help = "set `\"multiplexer\": false` for the whole definition, or another path for the multiplexer";
                    let span = span.map_or(declaration.span, |path| path.span);
                    self.report(Diagnostic::error(Code::ReservedPath, span, message).help(help));
                }
            }
        }
        let subprotocols = self.subprotocols(
            self.said_once(&documents, "subprotocols", |document| document.subprotocols.as_ref()),
        );
        (multiplexer, subprotocols)
    }

    /// Resolves the path of the multiplexer, whose parameters are those of the consumers that it serves.
    pub(super) fn multiplexer(&self, written: Option<&Key<MultiplexerPath>>) -> Multiplexer {
        let Some(key) = written else { return Multiplexer::Default };
        match &key.value {
            MultiplexerPath::None => Multiplexer::None,
            MultiplexerPath::At(path) => {
                self.check_path(&path.value, path.span);
                if let Some(names) = self.parameters(&path.value, path.span) {
                    self.check_known(&names, path);
                }
                Multiplexer::At(path.value.clone())
            }
        }
    }

    /// Checks that some consumer has each parameter of the multiplexer's path.
    fn check_known(&self, names: &[String], path: &Spanned<String>) {
        let mut known: Vec<String> = self
            .consumers
            .values()
            .filter_map(|consumer| consumer.path_parameters)
            .flat_map(|id| self.objects[id].properties.iter().map(|property| property.wire.clone()))
            .collect();
        known.sort();
        known.dedup();
        for name in names.iter().filter(|name| !known.contains(name)) {
            let message = format!("no consumer has the path parameter {}", quote(name));
            let diagnostic = Diagnostic::error(Code::UnknownField, path.span, message);
            self.report(match known.as_slice() {
                [] => diagnostic.help("describe it as `path_parameters` of a consumer"),
                known => diagnostic
                    .help(format!("consumers have {}", quote_all(known.iter().map(String::as_str), "and"))),
            });
        }
    }

    /// Checks that a path begins with `/` and has only characters of paths; parameters are checked elsewhere.
    pub(super) fn check_path(&self, path: &str, span: Span) -> bool {
        if !path.starts_with('/') {
            let diagnostic = Diagnostic::error(Code::InvalidValue, span, "a path must begin with `/`");
            self.report(diagnostic.help(format!("write {}", quote(&format!("/{path}")))));
            return false;
        }
        let bad = path.chars().find(|c| !c.is_ascii_graphic() || "?#*%\"<>\\^`|".contains(*c));
        if let Some(bad) = bad {
            let message = format!("the path {} cannot contain {}", quote(path), quote(&bad.to_string()));
            self.report(Diagnostic::error(Code::InvalidValue, span, message));
            return false;
        }
        true
    }

    /// Resolves the subprotocols: tokens of HTTP, each once.
    pub(super) fn subprotocols(&self, written: Option<&Key<Vec<Spanned<String>>>>) -> Vec<String> {
        let Some(key) = written else { return Vec::new() };
        let again = self.no_duplicates(&key.value);
        for name in &key.value {
            let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            if name.value.is_empty() || !name.value.bytes().all(is_token) {
                let message = format!("{} is not the name of a subprotocol", quote(&name.value));
                let help = "use letters, digits and ``!#$%&'*+-.^_`|~``, such as `chat.v1`";
                self.report(Diagnostic::error(Code::InvalidValue, name.span, message).help(help));
            }
        }
        let kept = key.value.iter().enumerate().filter(|(index, _)| !again.contains(index));
        kept.map(|(_, name)| name.value.clone()).collect()
    }
}
