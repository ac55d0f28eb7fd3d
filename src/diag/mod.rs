//! Problems in the input, as data. How they look is in [`render`]; what they mean is in `docs/diagnostics`.

mod code;
pub mod render;

pub use code::{Code, UnknownCode};

use std::cell::RefCell;

use crate::escape::is_hidden;
use crate::source::Span;

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is generated.
    Error,
    /// Worth knowing; generation goes on.
    Warning,
}

/// A place with what is to be said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is there; empty: the message says it all.
    pub text: String,
}

/// One problem in the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of problem.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// One terse sentence, without a final stop.
    pub message: String,
    /// Where it is.
    pub primary: Label,
    /// Other places that have to do with it.
    pub related: Vec<Label>,
    /// What to do about it.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            primary: Label { span, text: String::new() },
            related: Vec::new(),
            help: Vec::new(),
        }
    }

    /// Says what is at the place itself.
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Adds another place.
    pub fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push(Label { span, text: text.into() });
        self
    }

    /// Adds a line of help.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// Adds `did you mean …`, if there is a near name.
    pub fn suggest(self, near: Option<&str>) -> Self {
        match near {
            Some(near) => self.help(format!("did you mean {}?", quote(near))),
            None => self,
        }
    }
}

/// Proof that a diagnostic was pushed: whoever holds one need not complain again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reported(());

/// Where the stages put what they find; shared, since many cursors write to it at once.
#[derive(Debug, Default)]
pub struct Sink {
    found: RefCell<Vec<Diagnostic>>,
}

impl Sink {
    /// A sink without findings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a finding.
    pub fn push(&self, diagnostic: Diagnostic) -> Reported {
        self.found.borrow_mut().push(diagnostic);
        Reported(())
    }

    /// How many findings there are: whether a step added some tells whether its result can be trusted.
    pub fn count(&self) -> usize {
        self.found.borrow().len()
    }

    /// What was found, in the order of the places, file by file.
    pub fn finish(self) -> Diagnostics {
        let mut found = self.found.into_inner();
        found.sort_by_key(|diagnostic| diagnostic.primary.span);
        found.dedup();
        Diagnostics(found)
    }
}

/// Everything that was found in a run, in the order of the places.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// The findings, in the order of the places.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many are errors.
    pub fn errors(&self) -> usize {
        self.0.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
    }

    /// Whether one is an error.
    pub fn has_errors(&self) -> bool {
        self.errors() > 0
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A text of the user between backticks, without characters that are hidden, and cut to a readable length.
pub fn quote(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut shown = String::from("`");
    for (count, c) in text.chars().enumerate() {
        if count == LONGEST {
            shown.push('…');
            break;
        }
        if is_hidden(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown.push('`');
    shown
}

/// Names between backticks, joined by commas and a last "and" or "or".
pub fn quote_all<'a>(names: impl IntoIterator<Item = &'a str>, last: &str) -> String {
    let quoted: Vec<String> = names.into_iter().map(quote).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((end, rest)) => format!("{} {last} {end}", rest.join(", ")),
    }
}

/// The nearest of some names, if it is near enough to be a slip of the hand.
pub fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = |text: &str| text.to_lowercase().replace(['_', '-'], "");
    let wanted = folded(name);
    let length = name.chars().count();
    let mut best: Option<(usize, &str)> = None;
    for candidate in names {
        let other = candidate.chars().count();
        let tolerated = (other.max(length) / 3).clamp(1, 4);
        // Signs that are left out of the comparison may differ too; what is far longer or shorter is not compared.
        if other.abs_diff(length) > 2 * tolerated {
            continue;
        }
        let distance = strsim::osa_distance(&wanted, &folded(candidate));
        if distance <= tolerated && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::{nearest, quote, quote_all};

    #[test]
    fn a_slip_is_recognised() {
        assert_eq!(nearest("maxLenght", ["minLength", "maxLength"]), Some("maxLength"));
        assert_eq!(nearest("max_length", ["maxLength"]), Some("maxLength"));
        assert_eq!(nearest("elephant", ["maxLength"]), None);
    }

    #[test]
    fn user_text_is_tamed() {
        assert_eq!(quote("a\u{1b}[31m\n"), "`a\\u{1b}[31m\\n`");
        assert_eq!(quote_all(["a", "b", "c"], "or"), "`a`, `b` or `c`");
    }
}
