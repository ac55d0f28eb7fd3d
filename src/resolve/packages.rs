//! The fields of the generated packages' manifests: version, licence, repository, and whether they may be published.

use super::resolver::Resolver;
use crate::ast::Document;
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::Package;
use crate::syntax::Key;

impl<'a> Resolver<'a> {
    pub(super) fn package(&self, documents: &[&'a Document]) -> Package {
        let version = self.said_once(documents, "version", |document| document.version.as_ref());
        if let Some(version) = version.filter(|version| !is_version(&version.value)) {
            let message = format!("{} is not a version", quote(&version.value));
            let help = "write three numbers, as in Semantic Versioning: `1.4.0`, `2.0.0-rc.1`";
            self.report(Diagnostic::error(Code::InvalidValue, version.span, message).help(help));
        }
        let license = self.said_once(documents, "license", |document| document.license.as_ref());
        if let Some(license) = license.filter(|license| !is_licence(&license.value)) {
            let message = format!("{} is not a licence", quote(&license.value));
            let help = "write an SPDX expression: `MIT`, `MIT OR Apache-2.0`";
            self.report(Diagnostic::error(Code::InvalidValue, license.span, message).help(help));
        }
        let repository = self.said_once(documents, "repository", |document| document.repository.as_ref());
        if let Some(repository) = repository.filter(|repository| !is_address(&repository.value)) {
            let message = format!("{} is not the URL of a repository", quote(&repository.value));
            let help = "write a URL such as `https://example.com/team/chat`";
            self.report(Diagnostic::error(Code::InvalidValue, repository.span, message).help(help));
        }
        let private = self.said_once(documents, "private", |document| document.private.as_ref());
        let text = |key: Option<&Key<String>>| key.map(|key| key.value.clone());
        Package {
            version: text(version),
            license: text(license),
            repository: text(repository),
            private: private.map(|key| key.value),
        }
    }

    /// Returns the value of a key that several files may have. It reports files that do not agree.
    pub(super) fn said_once<T: PartialEq>(
        &self,
        documents: &[&'a Document],
        name: &str,
        key: impl Fn(&'a Document) -> Option<&'a Key<T>>,
    ) -> Option<&'a Key<T>> {
        let given: Vec<&'a Key<T>> = documents.iter().filter_map(|document| key(document)).collect();
        let first = *given.first()?;
        for other in given[1..].iter().filter(|other| other.value != first.value) {
            let message = format!("the files do not agree on {}", quote(name));
            let diagnostic = Diagnostic::error(Code::ConflictingKeys, other.span, message);
            self.report(diagnostic.related(first.span, "given first"));
        }
        Some(first)
    }
}

/// Tells whether a text is a version (Semantic Versioning 2.0.0).
fn is_version(text: &str) -> bool {
    let (text, build) = text.split_once('+').unwrap_or((text, "0"));
    let (numbers, before) = text.split_once('-').unwrap_or((text, "0"));
    let is_number = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && (part == "0" || !part.starts_with('0'))
            && part.parse::<u64>().is_ok()
    };
    let is_word = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let is_identifier =
        |part: &str| is_word(part) && (is_number(part) || !part.bytes().all(|byte| byte.is_ascii_digit()));
    numbers.split('.').count() == 3
        && numbers.split('.').all(is_number)
        && before.split('.').all(is_identifier)
        && build.split('.').all(is_word)
}

/// Tells whether a text has the characters of SPDX expressions: names, `AND`, `OR`, `WITH`, parentheses.
fn is_licence(text: &str) -> bool {
    !text.trim().is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '.' | '+' | '(' | ')' | ':'))
}

fn is_address(text: &str) -> bool {
    let host = text.split_once("://").map_or("", |(_, rest)| rest);
    !host.is_empty() && text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '`'))
}

#[cfg(test)]
mod tests {
    use super::is_version;

    #[test]
    fn versions_are_semantic() {
        for version in ["0.1.0", "1.2.3", "2.0.0-rc.1", "1.0.0-alpha+build.5", "1.0.0+20130313144700"] {
            assert!(is_version(version), "{version}");
        }
        for version in
            ["1", "1.2", "v1.2.3", "01.2.3", "1.2.3-", "1.2.3-01", "1.2.3+", "1.2.3.4", "", "1.2.x"]
        {
            assert!(!is_version(version), "{version}");
        }
    }
}
