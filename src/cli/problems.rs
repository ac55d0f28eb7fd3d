//! What is wrong with a definition, and how that is printed.

use clap::ValueEnum;

use super::terminal::Terminal;
use crate::{
    diag::{Diagnostics, render},
    source::SourceMap,
};

/// How problems are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// With the lines of the definition, on the error stream
    Human,
    /// One JSON object a line, on the output
    Json,
    /// Workflow commands, on the output
    Github,
}

/// What was found, and how bad it is.
#[derive(Default)]
pub(super) struct Problems {
    /// Rendered; in human form with ANSI escapes.
    texts: Vec<String>,
    /// How many of them are errors.
    pub(super) errors: usize,
}

impl Problems {
    /// Renders what was found.
    pub(super) fn of(diagnostics: &Diagnostics, sources: &SourceMap, format: Format) -> Self {
        let texts = diagnostics.iter().map(|diagnostic| match format {
            Format::Human => render::human(diagnostic, sources, true) + "\n",
            Format::Json => render::json(diagnostic, sources),
            Format::Github => render::github(diagnostic, sources),
        });
        Self { texts: texts.collect(), errors: diagnostics.errors() }
    }

    /// Says what was found.
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
