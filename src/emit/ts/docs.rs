//! Descriptions as comments of JSDoc.

use crate::emit::docs::lines;
use crate::escape;
use crate::ir::Docs;

/// A comment with its newline; nothing where there is nothing to say. Each line is indented by so many spaces.
pub(super) fn comment(docs: &Docs, fallback: &str, indent: usize) -> String {
    of_lines(lines(docs, fallback), indent)
}

/// As [`comment`], of a sentence.
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

/// What editors strike through.
fn tagged(line: &str) -> String {
    if line == "Deprecated." { "@deprecated".to_owned() } else { line.to_owned() }
}
