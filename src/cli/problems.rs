//! The problems of a definition, and how they are printed.

use clap::ValueEnum;

use super::terminal::Terminal;
use crate::{
    diag::{Diagnostics, render},
    source::SourceMap,
};

/// The format in which problems are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people: with the lines of the definition, on the error stream
    Human,
    /// One JSON object per line, on the output
    Json,
    /// Workflow commands of GitHub Actions, on the output
    Github,
}

/// The problems that were found.
#[derive(Default)]
pub(super) struct Problems {
    /// The rendered problems; for people they contain ANSI escapes.
    texts: Vec<String>,
    /// The number of errors among them.
    pub(super) errors: usize,
}

impl Problems {
    /// Renders the problems that were found.
    pub(super) fn of(diagnostics: &Diagnostics, sources: &SourceMap, format: Format) -> Self {
        let texts = diagnostics.iter().map(|diagnostic| match format {
            Format::Human => render::human(diagnostic, sources, true) + "\n",
            Format::Json => render::json(diagnostic, sources),
            Format::Github => render::github(diagnostic, sources),
        });
        Self { texts: texts.collect(), errors: diagnostics.errors() }
    }

    /// Prints the problems.
    pub(super) fn tell(&self, format: Format, terminal: &mut Terminal) -> std::io::Result<()> {
        for problem in &self.texts {
            match format {
                Format::Human => terminal.err(problem),
                Format::Json | Format::Github => terminal.out(problem)?,
            }
        }
        Ok(())
    }
}
