//! Checks whether names are valid, and whether two names are equal.

use unicode_ident::is_xid_continue;
use unicode_normalization::UnicodeNormalization;

use super::namespaces::Scope;
use super::reserved;
use super::resolver::Resolver;
use super::stands::{Place, Stands};
use crate::ast::Schema;
use crate::diag::{Code, Diagnostic, quote};
use crate::escape::{is_hidden, is_invisible};
use crate::identifier::{self, LONGEST};
use crate::ir::Name;
use crate::source::Span;
use crate::syntax::Key;

/// Something that has a name in the database.
#[derive(Debug, Clone, Copy)]
pub(super) enum Identifier {
    /// A table. `managed` tells whether migrations create it.
    Table { managed: bool },
    /// A column.
    Column,
    /// A constraint.
    Constraint,
}

impl Resolver<'_> {
    /// Reads a name that has a file of its own or is part of other names. It reports a name that cannot become an
    /// identifier.
    pub(super) fn name(&self, text: &str, span: Span, what: &str) -> Option<Name> {
        let invalid = |reason: &str| invalid_name(text, span, what, reason);
        let foreign = text.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-')));
        if text.is_empty() {
            self.report(invalid("it is empty"));
            return None;
        }
        if let Some(foreign) = foreign {
            let reason = format!("it contains {}", quote(&foreign.to_string()));
            self.report(invalid(&reason).help("names are made of ASCII letters, digits, `_` and `-`"));
            return None;
        }
        if !text.contains(|c: char| c.is_ascii_alphabetic()) {
            self.report(invalid("it does not contain a letter"));
            return None;
        }
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            self.report(invalid("it begins with a digit"));
            return None;
        }
        let name = Name::parse(text);
        if name.snake().starts_with(|c: char| c.is_ascii_digit()) {
            self.report(invalid("its first word begins with a digit"));
            return None;
        }
        Some(name)
    }

    /// Reads the name of a model, which may have the name of an application and a dot before it.
    pub(super) fn model_name(&self, text: &str, span: Span) -> Option<Name> {
        let Some((application, own)) = text.split_once('.') else { return self.name(text, span, "a model") };
        if own.contains('.') {
            let invalid = invalid_name(text, span, "a model", "it contains several dots");
            self.report(
                invalid.help("one dot separates the name from that of an application: `accounts.User`"),
            );
            return None;
        }
        self.name(application, span, "an application")?;
        self.name(own, span, "a model")?;
        Some(Name::parse(text))
    }

    /// Reads the name of something that becomes a field, a variable or a method, and returns its name in Rust.
    pub(super) fn member_name(&self, text: &str, span: Span, what: &str) -> Option<Name> {
        self.member_name_as(text, None, span, what)
    }

    /// Reads a name of letters and digits of any script, which is never the name of a file.
    pub(super) fn name_of_any_script(&self, text: &str, span: Span, what: &str) -> Option<Name> {
        match member(text) {
            Ok(name) => Some(name),
            Err(reason) => {
                let invalid = invalid_name(text, span, what, &reason);
                self.report(match reason.starts_with("it contains `") {
                    true => invalid.help("names are made of letters, digits, `_` and `-`"),
                    false => invalid,
                });
                None
            }
        }
    }

    /// Does the same as [`Self::member_name`] for something that may have another name in Rust.
    pub(super) fn member_name_as(
        &self,
        text: &str,
        given: Option<&Key<String>>,
        span: Span,
        what: &str,
    ) -> Option<Name> {
        let name = self.name_of_any_script(text, span, what)?;
        match given {
            Some(given) => self.name_of_any_script(&given.value, given.span, what),
            None => {
                if reserved::IDENTIFIERS.contains(&name.snake().as_str()) {
                    let message = format!(
                        "{} is a keyword that Rust cannot escape: {what} is called {} there",
                        quote(text),
                        quote(&format!("{}_", name.snake()))
                    );
                    let help = "the name on the wire stays the same; `x-rust-name` of a property or an action gives \
                                it another name in Rust";
                    self.report(Diagnostic::warning(Code::ReservedName, span, message).help(help));
                }
                Some(name)
            }
        }
    }

    /// Takes the name of a type of the generated crate, and returns its name in Rust. `what` describes the type:
    /// `the model`. A name that generated code uses itself gets the suffix, which is reported as a warning.
    ///
    /// It returns `None` if the name is not available: names that are derived from it would only be reported again.
    pub(super) fn take_type(&mut self, name: &Name, span: Span, what: &str, suffix: &str) -> Option<Name> {
        self.take_type_as(name, None, span, what, suffix)
    }

    /// Does the same as [`Self::take_type`] for something that may have another name in Rust.
    pub(super) fn take_type_as(
        &mut self,
        name: &Name,
        given: Option<&Key<String>>,
        span: Span,
        what: &str,
        suffix: &str,
    ) -> Option<Name> {
        let (name, span) = match given {
            Some(given) => (self.name(&given.value, given.span, "a type in Rust")?, given.span),
            None => (name.clone(), span),
        };
        let is_reserved = |name: &Name| reserved::TYPES.contains(&name.pascal().as_str());
        let mut rust = name.clone();
        while is_reserved(&rust) {
            rust = rust.join(suffix);
        }
        if rust != name {
            let (own, other) = (quote(&name.pascal()), quote(&rust.pascal()));
            let message = format!("{own} is a name that generated code uses itself");
            if given.is_some() {
                let help = format!("call it {other}, for example");
                self.report(Diagnostic::error(Code::ReservedName, span, message).help(help));
                return None;
            }
            let message = format!("{message}: {what} is called {other} in Rust");
            let help = "`x-rust-name` gives it another name there; the name on the wire stays the same";
            self.report(Diagnostic::warning(Code::ReservedName, span, message).help(help));
        }
        let pascal = rust.pascal();
        if let Some((first, taken)) = self.type_names.taken.get(&pascal) {
            let message = format!("two types are called {}", quote(&pascal));
            let diagnostic = Diagnostic::error(Code::NameCollision, span, message)
                .label(what)
                .related(*first, taken.clone())
                .help("names share one namespace in the generated crate, without regard to case: rename one of them, \
                       or set its name in Rust with `x-rust-name`");
            self.report(diagnostic);
            return None;
        }
        self.type_names.taken.insert(pascal, (span, what.to_owned()));
        Some(rust)
    }

    /// Takes the name of a type that a schema defines, and returns its name in Rust.
    pub(super) fn take_named(&mut self, schema: &Schema, place: &Place, what: &str) -> Name {
        let given = schema.rust_name.as_ref().filter(|_| !place.member);
        if let Some(given) = given {
            self.rust_named.insert(given.span);
        }
        let taken = self.take_type_as(&place.name, given, place.span, what, "type");
        taken.unwrap_or_else(|| place.name.clone())
    }

    /// Reports `x-rust-name` of a schema that has no type of its own in Rust.
    pub(super) fn rust_name_is_used(&self, schema: &Schema, place: &Place) -> Option<()> {
        let given = schema.rust_name.as_ref().filter(|_| !place.member && place.stands == Stands::Type);
        let Some(given) = given.filter(|given| !self.rust_named.contains(&given.span)) else {
            return Some(());
        };
        let message = "`x-rust-name` names a type in Rust, but these values do not have a type of their own";
        self.error(Code::MisplacedKeyword, given.key, message);
        None
    }

    /// Tells whether the name of a type is neither taken nor reserved, and does not begin with a digit.
    pub(super) fn type_is_free(&self, name: &Name) -> bool {
        let pascal = name.pascal();
        !pascal.starts_with(|c: char| c.is_ascii_digit())
            && !self.type_names.taken.contains_key(&pascal)
            && !reserved::TYPES.contains(&pascal.as_str())
    }

    /// Takes a name in a scope, and tells whether it was free.
    pub(super) fn take(&self, scope: &mut Scope, name: &Name, text: &str, span: Span) -> bool {
        self.take_or(scope, name, text, span, "rename one of them")
    }

    /// Does the same as [`Self::take`] for something that may have another name in Rust.
    pub(super) fn take_member(&self, scope: &mut Scope, name: &Name, text: &str, span: Span) -> bool {
        let help = "rename one of them, or set its name in Rust with `x-rust-name`";
        self.take_or(scope, name, text, span, help)
    }

    fn take_or(&self, scope: &mut Scope, name: &Name, text: &str, span: Span, help: &str) -> bool {
        if let Some((first, taken)) = scope.taken.get(&name.pascal()) {
            let message =
                format!("{} and {} are the same name after case conversion", quote(taken), quote(text));
            let diagnostic =
                Diagnostic::error(Code::NameCollision, span, message).related(*first, "the other");
            self.report(diagnostic.help(help));
            return false;
        }
        scope.taken.insert(name.pascal(), (span, text.to_owned()));
        true
    }

    /// Checks the name of a table or column.
    pub(super) fn identifier(&self, text: &str, span: Span, what: Identifier) {
        let taken = match what {
            Identifier::Table { managed } => identifier::taken_table(text, managed),
            Identifier::Column => identifier::taken_column(text),
            Identifier::Constraint => identifier::taken_table(text, true),
        };
        let reason = if text.is_empty() {
            "it is empty".to_owned()
        } else if text.len() > LONGEST {
            format!("it has {} bytes, but PostgreSQL truncates names to {LONGEST} bytes", text.len())
        } else if let Some(bad) = text.chars().find(|c| is_hidden(*c) || matches!(c, '"' | '\'' | '`')) {
            format!("it contains {}", quote(&bad.to_string()))
        } else if let Some(taken) = taken {
            taken.to_owned()
        } else {
            return;
        };
        let (of, keyword) = match what {
            Identifier::Table { .. } => ("a table", "x-table"),
            Identifier::Column => ("a column", "x-column"),
            Identifier::Constraint => ("a constraint", "name"),
        };
        let message = format!("{} cannot be the name of {of}: {reason}", quote(text));
        let diagnostic = Diagnostic::error(Code::InvalidIdentifier, span, message);
        self.report(if taken.is_some() {
            diagnostic.help(format!("give it another name in the database with {}", quote(keyword)))
        } else {
            diagnostic
        });
    }
}

fn invalid_name(text: &str, span: Span, what: &str, reason: &str) -> Diagnostic {
    let message = format!("{} cannot be the name of {what}: {reason}", quote(text));
    Diagnostic::error(Code::InvalidName, span, message)
}

/// Reads the name of a member: letters and digits of any script, `_` and `-`. The error is the reason why it is
/// invalid.
pub(super) fn member(text: &str) -> Result<Name, String> {
    let text: String = text.nfc().collect();
    let foreign = text.chars().find(|c| *c != '-' && (!is_xid_continue(*c) || is_invisible(*c)));
    match foreign {
        _ if text.is_empty() => Err("it is empty".to_owned()),
        Some(foreign) => Err(format!("it contains {}", quote(&foreign.to_string()))),
        None if !text.contains(char::is_alphabetic) => Err("it does not contain a letter".to_owned()),
        None => Ok(Name::parse(&text)),
    }
}
