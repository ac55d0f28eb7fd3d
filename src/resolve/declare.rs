//! The first pass: declares the id and the names of every model, serializer and consumer.

use std::collections::HashMap;

use super::declarations::{ConsumerDeclaration, Head, ModelDeclaration, ModelFacts, SerializerDeclaration};
use super::reserved;
use super::resolver::Resolver;
use super::shape::docs;
use crate::ast::{self, RuntimeSource};
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{self, Name};
use crate::source::{Span, Spanned};
use crate::syntax::{Key, Mapping};

/// The names of one kind in all documents.
type Seen<'a> = HashMap<&'a str, Span>;

impl<'a> Resolver<'a> {
    /// Declares everything that has a name. It returns `None` if the documents cannot be combined.
    pub(super) fn declare(&mut self) -> Option<Head> {
        self.declare_models();
        self.declare_serializers();
        self.declare_consumers();
        self.head()
    }

    fn head(&mut self) -> Option<Head> {
        let documents: Vec<&'a ast::Document> = self.documents().collect();
        let first = documents.first()?;
        let names: Vec<&Key<String>> =
            documents.iter().filter_map(|document| document.name.as_ref()).collect();
        let text: Vec<&str> = documents
            .iter()
            .filter_map(|document| Some(document.description.as_ref()?.value.trim()))
            .collect();
        let package = self.package(&documents);
        let runtime = self.runtime(&documents);
        let client = self.client(&documents);
        let Some(name) = names.first() else {
            let unread = documents.iter().any(|document| document.poisoned)
                || self.program.files.iter().any(|file| file.given && file.content.is_none());
            if !unread {
                let message = "the key `name` is missing";
                let diagnostic = Diagnostic::error(Code::MissingKey, first.span, message)
                    .help("it is the name of the generated crate: `\"name\": \"blog\"`");
                self.report(diagnostic);
            }
            return None;
        };
        for other in names.iter().filter(|other| other.value != name.value) {
            let diagnostic =
                Diagnostic::error(Code::ConflictingKeys, other.span, "the files do not agree on the name")
                    .related(name.span, "the name given first");
            self.report(diagnostic);
        }
        let parsed = self.name(&name.value, name.span, "a crate")?;
        if reserved::CRATES.contains(&parsed.snake().as_str()) {
            let message = format!("a crate cannot be called {}", quote(&name.value));
            let help = format!("call it {}, for example", quote(&parsed.join("api").kebab()));
            self.report(Diagnostic::error(Code::ReservedName, name.span, message).help(help));
        }
        Some(Head {
            name: parsed,
            docs: ir::Docs { text: text.join("\n\n"), deprecated: false },
            package,
            runtime,
            client,
        })
    }

    fn runtime(&self, documents: &[&'a ast::Document]) -> Option<ir::Runtime> {
        let given: Vec<&Key<RuntimeSource>> =
            documents.iter().filter_map(|document| document.runtime.as_ref()).collect();
        let first = given.first()?;
        for other in &given[1..] {
            let diagnostic = Diagnostic::error(Code::ConflictingKeys, other.key, "`runtime` is given twice")
                .related(first.key, "first here");
            self.report(diagnostic);
        }
        match &first.value {
            RuntimeSource::Version(version) => Some(ir::Runtime::Version(version.value.clone())),
            RuntimeSource::Elsewhere(elsewhere) => self.runtime_elsewhere(elsewhere),
        }
    }

    fn runtime_elsewhere(&self, elsewhere: &ast::Git) -> Option<ir::Runtime> {
        match (&elsewhere.path, &elsewhere.git) {
            (Some(path), None) => {
                if let Some(rev) = &elsewhere.rev {
                    self.error(Code::ConflictingKeys, rev.key, "`rev` belongs to `git`, not to `path`");
                }
                Some(ir::Runtime::Path(path.value.clone()))
            }
            (None, Some(git)) => {
                let rev = elsewhere.rev.as_ref().map(|rev| rev.value.clone());
                Some(ir::Runtime::Git { url: git.value.clone(), rev })
            }
            _ if elsewhere.poisoned => None,
            _ => {
                let message = "`runtime` needs exactly one of `path` and `git`";
                self.error(Code::ConflictingKeys, elsewhere.span, message);
                None
            }
        }
    }

    fn client(&self, documents: &[&'a ast::Document]) -> Option<ir::Client> {
        let given: Vec<&Key<ast::Client>> =
            documents.iter().filter_map(|document| document.client.as_ref()).collect();
        let first = given.first()?;
        for other in &given[1..] {
            let diagnostic = Diagnostic::error(Code::ConflictingKeys, other.key, "`client` is given twice")
                .related(first.key, "first here");
            self.report(diagnostic);
        }
        let package = first.value.package.as_ref();
        if let Some(package) = package.filter(|package| !is_npm_name(&package.value)) {
            let message = format!("an npm package cannot be called {}", quote(&package.value));
            let help = "use at most 214 lowercase letters, digits, `-`, `_` and `.`, such as `chat-client` or `@team/chat`";
            self.report(Diagnostic::error(Code::InvalidName, package.span, message).help(help));
        }
        let exact_integers = first.value.exact_integers.as_ref().is_some_and(|exact| exact.value);
        Some(ir::Client { package: package.map(|package| package.value.clone()), exact_integers })
    }

    /// Returns the entries of one kind in all documents. It reports a name that two of them have.
    fn merged<T>(
        &self,
        pick: impl Fn(&'a ast::Document) -> Option<&'a Key<Mapping<T>>>,
        what: &str,
    ) -> Vec<(&'a Spanned<String>, Option<&'a T>)> {
        let mut seen: Seen<'a> = HashMap::new();
        let mut merged = Vec::new();
        for mapping in self.documents().filter_map(pick) {
            for (name, value) in &mapping.value.entries {
                if let Some(first) = seen.insert(&name.value, name.span) {
                    let message = format!("the {what} {} is defined twice", quote(&name.value));
                    let diagnostic = Diagnostic::error(Code::DuplicateName, name.span, message)
                        .related(first, "first here");
                    self.report(match what {
                        "model" => diagnostic.help(format!(
                            "models of two applications are told apart by the name of an application and a dot: {}",
                            quote(&format!("accounts.{}", name.value))
                        )),
                        _ => diagnostic,
                    });
                    continue;
                }
                merged.push((name, value.as_ref()));
            }
        }
        merged
    }

    /// Returns the named types of the given documents.
    pub(super) fn defs(&self) -> Vec<(&'a Spanned<String>, Option<&'a ast::Schema>)> {
        self.merged(|document| document.defs.as_ref(), "type")
    }

    fn declare_models(&mut self) {
        for (key, schema) in self.merged(|document| document.models.as_ref(), "model") {
            if schema.is_some_and(|schema| self.is_dropped(schema)) {
                self.dropped_models.push(key);
                continue;
            }
            let name = self.model_name(&key.value, key.span);
            let given = schema.and_then(|schema| schema.rust_name.as_ref());
            let rust =
                name.as_ref().and_then(|name| self.take_type_as(name, given, key.span, "the model", "model"));
            if let Some(rust) = &rust {
                let new = Name::parse(&format!("new_{}", rust.snake()));
                self.take_type(&new, key.span, "the values of a new row of the model", "row");
                self.take_type(&rust.join("changes"), key.span, "the changes of the model's rows", "set");
            }
            let schema = schema.and_then(|schema| self.model_schema(schema));
            let name = name.unwrap_or_else(|| Name::parse(&key.value));
            let id = self.models.push(ir::Model {
                table: name.snake(),
                rust: rust.unwrap_or_else(|| name.clone()),
                name,
                wire: key.value.clone(),
                managed: true,
                storage: ir::Storage::Own,
                observe_database: false,
                fields: Vec::new(),
                key: 0,
                relations: Vec::new(),
                unique_together: Vec::new(),
                constraints: Vec::new(),
                ordering: Vec::new(),
                indexes: Vec::new(),
                was: None,
                dropped: Vec::new(),
                docs: ir::Docs::default(),
                origin: self.origin(key.span, &["models", &key.value]),
            });
            self.model_facts.push(ModelFacts { poisoned: schema.is_none(), broken: Vec::new() });
            self.model_declarations.push(ModelDeclaration { wire: &key.value, span: key.span, schema, id });
        }
    }

    fn declare_serializers(&mut self) {
        for (key, definition) in self.merged(|document| document.serializers.as_ref(), "serializer") {
            let name = self.name(&key.value, key.span, "a serializer");
            let given = definition.and_then(|definition| definition.rust_name.as_ref());
            let of_model = definition.is_some_and(|definition| definition.model.is_some());
            let rust = name.as_ref().and_then(|name| self.take_serializer(name, given, key.span, of_model));
            let name = name.unwrap_or_else(|| Name::parse(&key.value));
            let placeholder = ir::SerializerOf::Object(self.objects.next_id());
            let id = self.serializers.push(ir::Serializer {
                base: name.strip_suffix("serializer"),
                rust: rust.unwrap_or_else(|| name.strip_suffix("serializer")),
                name,
                of: placeholder,
                fields: Vec::new(),
                hidden: Vec::new(),
                validate: false,
                docs: definition
                    .map(|definition| {
                        docs(&definition.title, &definition.description, &definition.deprecated)
                    })
                    .unwrap_or_default(),
                origin: self.origin(key.span, &["serializers", &key.value]),
            });
            self.serializer_poisoned.push(definition.is_none_or(|definition| definition.poisoned));
            let declaration = SerializerDeclaration { wire: &key.value, span: key.span, definition, id };
            self.serializer_declarations.push(declaration);
        }
    }

    /// Takes the names of a serializer's types, and returns the start of these names. A serializer without a model has
    /// one type.
    fn take_serializer(
        &mut self,
        name: &Name,
        given: Option<&Key<String>>,
        span: Span,
        of_model: bool,
    ) -> Option<Name> {
        if !of_model {
            let taken = self.take_type_as(name, given, span, "the serializer", "type")?;
            return Some(taken.strip_suffix("serializer"));
        }
        let (base, span) = match given {
            Some(given) => (self.name(&given.value, given.span, "a type in Rust")?, given.span),
            None => (name.strip_suffix("serializer"), span),
        };
        self.take_type(&base.join("serializer"), span, "the serializer", "type")?;
        for suffix in ["create", "update", "patch"] {
            let what = format!("the input of `{suffix}` of the serializer");
            self.take_type(&base.join(suffix), span, &what, "input")?;
        }
        Some(base)
    }

    /// Takes the names of a consumer's types, and returns the start of these names.
    fn take_consumer(&mut self, name: &Name, given: Option<&Key<String>>, span: Span) -> Option<Name> {
        let (base, span) = match given {
            Some(given) => (self.name(&given.value, given.span, "a type in Rust")?, given.span),
            None => (name.strip_suffix("consumer"), span),
        };
        for (suffix, what) in [
            ("consumer", "the consumer"),
            ("handler", "the handler of the consumer"),
            ("action", "the actions of the consumer"),
        ] {
            self.take_type(&base.join(suffix), span, what, "type")?;
        }
        Some(base)
    }

    fn declare_consumers(&mut self) {
        for (key, definition) in self.merged(|document| document.consumers.as_ref(), "consumer") {
            let name = self.name(&key.value, key.span, "a consumer");
            let given = definition.and_then(|definition| definition.rust_name.as_ref());
            let rust = name.as_ref().and_then(|name| self.take_consumer(name, given, key.span));
            let name = name.unwrap_or_else(|| Name::parse(&key.value));
            let base = name.strip_suffix("consumer");
            let stream = base.snake();
            let id = self.consumers.push(ir::Consumer {
                path: format!("/ws/{stream}/"),
                path_parameters: None,
                stream,
                name,
                rust: rust.unwrap_or_else(|| base.clone()),
                base,
                serializer: None,
                lookup: None,
                ordering: Vec::new(),
                pagination: None,
                filter: Vec::new(),
                search: Vec::new(),
                order_by: Vec::new(),
                actions: Vec::new(),
                rows: Vec::new(),
                permissions: ir::PermissionExpr::And(Vec::new()),
                throttles: Vec::new(),
                action_throttles: Vec::new(),
                action_permissions: Vec::new(),
                action_serializers: Vec::new(),
                queryset: false,
                on_connect: false,
                on_disconnect: false,
                overrides: Vec::new(),
                performs: ir::Performs::default(),
                observers: Vec::new(),
                live_list: None,
                signals: Vec::new(),
                events: Vec::new(),
                docs: definition
                    .map(|definition| {
                        docs(&definition.title, &definition.description, &definition.deprecated)
                    })
                    .unwrap_or_default(),
                origin: self.origin(key.span, &["consumers", &key.value]),
            });
            self.consumer_declarations.push(ConsumerDeclaration {
                wire: &key.value,
                span: key.span,
                definition,
                id,
            });
        }
    }
}

/// Tells whether npm accepts the name for a new package (npm's documentation of `package.json`, "name").
fn is_npm_name(name: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with(['.', '_'])
            && part
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte))
    };
    let parts = match name.strip_prefix('@') {
        Some(scoped) => scoped.split_once('/').is_some_and(|(scope, own)| is_part(scope) && is_part(own)),
        None => is_part(name),
    };
    parts && name.len() <= 214 && name != "node_modules" && name != "favicon.ico"
}
