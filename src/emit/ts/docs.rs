//! Descriptions as JSDoc comments.

use crate::emit::docs::lines;
use crate::escape;
use crate::ir::Docs;

/// Returns a comment with its newline, or an empty text for an empty description. Each line is indented by `indent`
/// spaces.
pub(super) fn comment(docs: &Docs, fallback: &str, indent: usize) -> String {
    of_lines(lines(docs, fallback), indent)
}

/// Returns a comment like [`comment`], from a sentence.
pub(super) fn sentence(text: &str, indent: usize) -> String {
    of_lines(vec![text.to_owned()], indent)
}

fn of_lines(lines: Vec<String>, indent: usize) -> String {
    let space = " ".repeat(indent);
    let lines: Vec<String> = lines.iter().map(|line| tagged(&escape::block_comment(line))).collect();
    match lines.as_slice() {
        [] => String::new(),
        [only] if only.is_empty() => String::new(),
        [only] => format!("{space}/** {only} */\n"),
        lines => {
            let body: String =
                lines.iter().map(|line| format!("{space} * {line}").trim_end().to_owned() + "\n").collect();
            format!("{space}/**\n{body}{space} */\n")
        }
    }
}

/// Returns the tag for a line that editors treat as a deprecation.
fn tagged(line: &str) -> String {
    if line == "Deprecated." { "@deprecated".to_owned() } else { line.to_owned() }
}
