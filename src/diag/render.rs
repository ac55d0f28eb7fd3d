//! Formats diagnostics for people, for programs and for GitHub's annotations.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::diagnostic::{Diagnostic, Label, Severity};
use crate::source::{FileId, SourceMap, Span};

/// Renders one diagnostic in the format of rustc, with a final line feed. `colour` adds ANSI escapes.
pub fn human(diagnostic: &Diagnostic, sources: &SourceMap, colour: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(&diagnostic.message).id(diagnostic.code.as_str()));
    for file in files_of(diagnostic) {
        let text = sources.file(file).text();
        if text.is_empty() {
            group = group.element(Origin::path(sources.file(file).name()));
        } else {
            group = group.element(snippet(diagnostic, sources, file));
        }
    }
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(help));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut text: String = renderer.render(&[group]).to_string();
    text.push('\n');
    text
}

/// Returns the files that a diagnostic shows, first that of its own place.
fn files_of(diagnostic: &Diagnostic) -> Vec<FileId> {
    let mut files = vec![diagnostic.primary.span.file];
    for label in &diagnostic.related {
        if !files.contains(&label.span.file) {
            files.push(label.span.file);
        }
    }
    files
}

/// Returns the labelled lines of one file. The printer gets only these, because a file may be large.
fn snippet<'a>(
    diagnostic: &'a Diagnostic,
    sources: &'a SourceMap,
    file: FileId,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let labels: Vec<(&Label, AnnotationKind)> =
        std::iter::once((&diagnostic.primary, AnnotationKind::Primary))
            .chain(diagnostic.related.iter().map(|label| (label, AnnotationKind::Context)))
            .filter(|(label, _)| label.span.file == file)
            .collect();
    let source = sources.file(file);
    let spans: Vec<Span> = labels.iter().map(|(label, _)| on_one_line(sources, label.span)).collect();
    let first = spans.iter().map(|span| source.line_of(span.start)).min().unwrap_or(0);
    let last = spans.iter().map(|span| source.line_of(span.end)).max().unwrap_or(0);
    let base = source.line_range(first).start;
    let text = &source.text()[base..source.line_range(last).end];
    let annotations = labels.into_iter().zip(spans).map(|((label, kind), span)| {
        let annotation = kind.span(span.start as usize - base..span.end as usize - base);
        if label.text.is_empty() { annotation } else { annotation.label(label.text.as_str()) }
    });
    Snippet::source(text).line_start(first + 1).path(source.name()).annotations(annotations)
}

/// Shortens a span over several lines, which is an object or an array, to its opening bracket.
fn on_one_line(sources: &SourceMap, span: Span) -> Span {
    let text = sources.text(span);
    if !text.contains('\n') {
        return span;
    }
    let first = text.chars().next().map_or(0, char::len_utf8) as u32;
    Span { end: span.start + first, ..span }
}

/// A place in the JSON rendering.
#[derive(serde::Serialize)]
struct Place<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(serde::Serialize)]
struct Related<'a> {
    message: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
}

#[derive(serde::Serialize)]
struct Line<'a> {
    code: &'a str,
    severity: Severity,
    message: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
    help: &'a [String],
    related: Vec<Related<'a>>,
}

fn place(sources: &SourceMap, span: Span) -> Place<'_> {
    let (start, end) = (sources.start(span), sources.end(span));
    Place {
        file: sources.file(span.file).name(),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}

/// Renders one diagnostic as one line of JSON, with a final line feed.
///
/// Lines and columns count from 1, columns in characters. The end is the character after the last.
pub fn json(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let related = diagnostic.related.iter();
    let line = Line {
        code: diagnostic.code.as_str(),
        severity: diagnostic.severity,
        message: &diagnostic.message,
        place: place(sources, diagnostic.primary.span),
        help: &diagnostic.help,
        related: related
            .map(|label| Related { message: &label.text, place: place(sources, label.span) })
            .collect(),
    };
    let mut text = serde_json::to_string(&line).expect("invariant: a line holds texts and numbers only");
    text.push('\n');
    text
}

/// Renders one diagnostic as a workflow command of GitHub Actions, with a final line feed.
pub fn github(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let span = diagnostic.primary.span;
    let (start, end) = (sources.start(span), sources.end(span));
    let command = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut message = diagnostic.message.clone();
    for help in &diagnostic.help {
        message.push_str("\nhelp: ");
        message.push_str(help);
    }
    format!(
        "::{command} file={},line={},col={},endLine={},endColumn={},title={}::{}\n",
        property(sources.file(span.file).name()),
        start.line,
        start.column,
        end.line,
        end.column,
        property(diagnostic.code.as_str()),
        data(&message),
    )
}

/// Escapes the text of a command as GitHub's toolkit does (`escapeData` of `@actions/core`).
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a command as GitHub's toolkit does (`escapeProperty` of `@actions/core`).
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{github, json};
    use crate::diag::{Code, Diagnostic};
    use crate::source::{SourceMap, Span};

    fn example() -> (Diagnostic, SourceMap) {
        let mut sources = SourceMap::new();
        let file = sources.add("a,b.json", "{\"nmae\": 1}".into());
        let span = Span { file, start: 1, end: 7 };
        (Diagnostic::error(Code::UnknownKey, span, "100% unknown").help("did you mean `name`?"), sources)
    }

    #[test]
    fn programs_read_one_line() {
        let (diagnostic, sources) = example();
        assert_eq!(
            json(&diagnostic, &sources),
            concat!(
                r#"{"code":"unknown-key","severity":"error","message":"100% unknown","file":"a,b.json","line":1,"#,
                r#""column":2,"end_line":1,"end_column":8,"help":["did you mean `name`?"],"related":[]}"#,
                "\n"
            )
        );
    }

    #[test]
    fn github_reads_escaped_text() {
        let (diagnostic, sources) = example();
        assert_eq!(
            github(&diagnostic, &sources),
            "::error file=a%2Cb.json,line=1,col=2,endLine=1,endColumn=8,title=unknown-key::100%25 unknown%0Ahelp: did you mean `name`?\n"
        );
    }
}
