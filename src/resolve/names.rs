//! Whether names can be names, and whether two are one.

use super::namespaces::Scope;
use super::reserved;
use super::resolver::Resolver;
use crate::diag::{Code, Diagnostic, quote};
use crate::escape::is_hidden;
use crate::identifier::{self, LONGEST};
use crate::ir::Name;
use crate::source::Span;

/// What has a name in the database.
#[derive(Debug, Clone, Copy)]
pub(super) enum Identifier {
    /// A table; whether migrations make it.
    Table { managed: bool },
    /// A column.
    Column,
}

impl Resolver<'_> {
    /// Reads a name of the user's; reports what cannot become an identifier.
    pub(super) fn name(&self, text: &str, span: Span, what: &str) -> Option<Name> {
        let invalid = |reason: &str| {
            let message = format!("{} cannot be the name of {what}: {reason}", quote(text));
            Diagnostic::error(Code::InvalidName, span, message)
        };
        let foreign = text.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-')));
        if text.is_empty() {
            self.report(invalid("it is empty"));
            return None;
        }
        if let Some(foreign) = foreign {
            let reason = format!("it has {} in it", quote(&foreign.to_string()));
            self.report(invalid(&reason).help("names are made of ASCII letters, digits, `_` and `-`"));
            return None;
        }
        if !text.contains(|c: char| c.is_ascii_alphabetic()) {
            self.report(invalid("it has no letter"));
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

    /// Reads the name of something that becomes a field, a variable or a method.
    pub(super) fn member_name(&self, text: &str, span: Span, what: &str) -> Option<Name> {
        let name = self.name(text, span, what)?;
        if reserved::IDENTIFIERS.contains(&name.snake().as_str()) {
            let message = format!("{} cannot be the name of {what}: Rust cannot escape it", quote(text));
            let help = format!("call it {}, for example", quote(&format!("{}_value", name.snake())));
            self.report(Diagnostic::error(Code::ReservedName, span, message).help(help));
            return None;
        }
        Some(name)
    }

    /// Takes the name of a type of the generated crate; `what` says what it is of: `the model`.
    ///
    /// Tells whether it was to be had: names that are derived from one that was not would only be reported again.
    pub(super) fn take_type(&mut self, name: &Name, span: Span, what: &str, suffix: &str) -> bool {
        let pascal = name.pascal();
        if reserved::TYPES.contains(&pascal.as_str()) {
            let message = format!("{} is a name that generated code uses itself", quote(&pascal));
            let help = format!("call it {}, for example", quote(&name.join(suffix).pascal()));
            self.report(Diagnostic::error(Code::ReservedName, span, message).help(help));
            return false;
        }
        if let Some((first, taken)) = self.type_names.taken.get(&pascal) {
            let message = format!("two types are called {}", quote(&pascal));
            let diagnostic = Diagnostic::error(Code::NameCollision, span, message)
                .label(what)
                .related(*first, taken.clone())
                .help("names share one namespace in the generated crate, whatever their case: rename one");
            self.report(diagnostic);
            return false;
        }
        self.type_names.taken.insert(pascal, (span, what.to_owned()));
        true
    }

    /// Whether a name of a type is neither taken nor reserved.
    pub(super) fn type_is_free(&self, name: &Name) -> bool {
        let pascal = name.pascal();
        !self.type_names.taken.contains_key(&pascal) && !reserved::TYPES.contains(&pascal.as_str())
    }

    /// Takes a name in a scope; tells whether it was free.
    pub(super) fn take(&self, scope: &mut Scope, name: &Name, text: &str, span: Span) -> bool {
        if let Some((first, taken)) = scope.taken.get(&name.pascal()) {
            let message = format!("{} and {} are one name after case conversion", quote(taken), quote(text));
            let diagnostic =
                Diagnostic::error(Code::NameCollision, span, message).related(*first, "the other");
            self.report(diagnostic.help("rename one of them"));
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
        };
        let reason = if text.is_empty() {
            "it is empty".to_owned()
        } else if text.len() > LONGEST {
            format!("it has {} bytes, and PostgreSQL cuts names at {LONGEST}", text.len())
        } else if let Some(bad) = text.chars().find(|c| is_hidden(*c) || matches!(c, '"' | '\'' | '`')) {
            format!("it has {} in it", quote(&bad.to_string()))
        } else if let Some(taken) = taken {
            taken.to_owned()
        } else {
            return;
        };
        let (of, keyword) = match what {
            Identifier::Table { .. } => ("a table", "x-table"),
            Identifier::Column => ("a column", "x-column"),
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
