//! Where findings are collected, and what was found in a run.

use std::cell::RefCell;

use super::diagnostic::{Diagnostic, Severity};

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

    /// How many errors there are: whether a step added some tells whether its result can be trusted.
    pub fn count(&self) -> usize {
        self.found.borrow().iter().filter(|found| found.severity == Severity::Error).count()
    }

    /// How many findings there are, for [`rewind`](Self::rewind).
    pub fn mark(&self) -> usize {
        self.found.borrow().len()
    }

    /// Forgets what was found since then: it was only asked whether something can be done. Gives what that was.
    pub fn rewind(&self, mark: usize) -> Vec<Diagnostic> {
        let mut found = self.found.borrow_mut();
        let mark = mark.min(found.len());
        found.split_off(mark)
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
