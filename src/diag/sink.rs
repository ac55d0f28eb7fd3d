//! Collects the diagnostics of a run.

use std::cell::RefCell;

use super::diagnostic::{Diagnostic, Severity};

/// The proof that a diagnostic was pushed. Code that has one need not report the problem again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reported(());

/// The sink to which the stages push diagnostics. It is shared, because many cursors write to it.
#[derive(Debug, Default)]
pub struct Sink {
    found: RefCell<Vec<Diagnostic>>,
}

impl Sink {
    /// Returns an empty sink.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a diagnostic.
    pub fn push(&self, diagnostic: Diagnostic) -> Reported {
        self.found.borrow_mut().push(diagnostic);
        Reported(())
    }

    /// Returns the number of errors. If a step has added some, its result is not reliable.
    pub fn count(&self) -> usize {
        self.found.borrow().iter().filter(|found| found.severity == Severity::Error).count()
    }

    /// Returns the number of diagnostics, for [`rewind`](Self::rewind).
    pub fn mark(&self) -> usize {
        self.found.borrow().len()
    }

    /// Removes and returns the diagnostics since a mark. The caller only asked whether something is possible.
    pub fn rewind(&self, mark: usize) -> Vec<Diagnostic> {
        let mut found = self.found.borrow_mut();
        let mark = mark.min(found.len());
        found.split_off(mark)
    }

    /// Returns the diagnostics, file by file in the order of their places.
    pub fn finish(self) -> Diagnostics {
        let mut found = self.found.into_inner();
        found.sort_by_key(|diagnostic| diagnostic.primary.span);
        found.dedup();
        Diagnostics(found)
    }
}

/// All diagnostics of a run, in the order of their places.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// Returns an iterator over the diagnostics, in the order of their places.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// Returns the number of diagnostics.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Tells whether there are no diagnostics.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the number of errors.
    pub fn errors(&self) -> usize {
        self.0.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
    }

    /// Tells whether one of the diagnostics is an error.
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
