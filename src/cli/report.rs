//! The reports about files: refusals and differences from the plan, for people and for programs.

use std::path::Path;

use serde::Serialize;

use super::{problems::Format, terminal::Terminal};
use crate::output::{Drift, DriftKind, Refusal, RefusalKind, Written};

/// A finding about a generated file as one JSON line; it has the keys of diagnostics.
#[derive(Serialize)]
struct Line<'a> {
    code: &'a str,
    severity: &'a str,
    message: &'a str,
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    diff: &'a str,
}

/// Reports which files were written and removed, if the error stream is a terminal.
pub(super) fn written(written: &Written, root: &Path, terminal: &mut Terminal) {
    for path in &written.written {
        terminal.progress("Wrote", &shown(root, path));
    }
    for path in &written.removed {
        terminal.progress("Removed", &shown(root, path));
    }
    if written.written.is_empty() && written.removed.is_empty() {
        terminal.progress("Up to date", &root.display().to_string());
    }
}

/// Shows the files that are not up to date.
pub(super) fn drift(
    drifts: &[Drift],
    root: &Path,
    format: Format,
    terminal: &mut Terminal,
) -> std::io::Result<()> {
    // The list of hashes follows from the files, so its diff is not shown beside theirs.
    let alone = drifts.len() == 1;
    for drift in drifts {
        let message = sentence(drift.kind);
        let file = shown(root, &drift.path);
        match format {
            Format::Human if alone || drift.path != crate::output::MANIFEST => terminal.diff(&drift.diff)?,
            Format::Human => {}
            Format::Json => {
                let kind = Some(drift.kind.name());
                terminal.out(&json(&Line {
                    code: "drift",
                    severity: "error",
                    message,
                    file: &file,
                    kind,
                    diff: &drift.diff,
                }))?;
            }
            Format::Github => terminal.out(&github(&file, "drift", message))?,
        }
    }
    if format == Format::Human {
        for drift in drifts.iter().filter(|drift| drift.diff.is_empty()) {
            terminal.error(&format!("{} {}", shown(root, &drift.path), sentence(drift.kind)));
        }
    }
    let files = if alone { "1 file differs" } else { &format!("{} files differ", drifts.len()) };
    terminal
        .error(&format!("{} is not up to date: {files}; run the command without --check", root.display()));
    Ok(())
}

/// Shows every file that was refused, and the change that would have been made to it.
pub(super) fn refusals(
    refusals: &[Refusal],
    root: &Path,
    format: Format,
    terminal: &mut Terminal,
) -> std::io::Result<()> {
    for refusal in refusals {
        let file = shown(root, &refusal.path);
        let message = format!("{} {}", file, reason(refusal.kind));
        let code = refusal.kind.name();
        match format {
            Format::Human => {
                terminal.error(&format!("[{code}] {message}"));
                terminal.err_diff(&refusal.diff);
            }
            Format::Json => {
                let (severity, diff) = ("error", &*refusal.diff);
                terminal.out(&json(&Line {
                    code,
                    severity,
                    message: &message,
                    file: &file,
                    kind: None,
                    diff,
                }))?;
            }
            Format::Github => terminal.out(&github(&file, code, &message))?,
        }
    }
    let any = |kind: RefusalKind| refusals.iter().any(|refusal| refusal.kind == kind);
    let help = if any(RefusalKind::Rewritten) {
        "databases that have applied a migration refuse a different one with the same number: restore the file from \
         version control, and let the next run add a migration (for one of your own, run `dcrf migrate new`)"
    } else if any(RefusalKind::Unlisted) {
        "after a merge, run `dcrf migrate rebase`, which puts them after the listed ones; otherwise restore the \
         migrations/schema.json that lists them; to add a migration of your own, run `dcrf migrate new`"
    } else if refusals.iter().all(|refusal| refusal.kind.yields_to_force()) {
        "move your changes to a file of your own, or run with --force to discard them"
    } else {
        "move the files that are in the way, and run the command again"
    };
    terminal.error(&format!("nothing was written; {help}"));
    Ok(())
}

fn sentence(kind: DriftKind) -> &'static str {
    match kind {
        DriftKind::Missing => "does not exist",
        DriftKind::Changed => "differs from the file that the definition generates",
        DriftKind::Stale => "is no longer generated",
        DriftKind::Blocked => "is at the path of a generated file or directory",
        DriftKind::Rewritten => "is a migration, and its text differs from the generated one",
        DriftKind::Unlisted => "was not generated, and would count as a generated file",
        DriftKind::Interrupted => {
            "was left by an interrupted run; run the command without --check to complete the run"
        }
    }
}

fn reason(kind: RefusalKind) -> &'static str {
    match kind {
        RefusalKind::HandEdited => "was edited by hand since it was generated",
        RefusalKind::NotOurs => "exists, and dcrf did not write it",
        RefusalKind::InTheWay => "is at the path of a generated file or directory",
        RefusalKind::Link => "is a symbolic link or a special file",
        RefusalKind::Rewritten => "is a migration, and its text differs from the generated one",
        RefusalKind::Unlisted => "is a migration that migrations/schema.json does not list",
    }
}

fn shown(root: &Path, path: &str) -> String {
    root.join(path).display().to_string()
}

fn json(line: &Line<'_>) -> String {
    serde_json::to_string(line).expect("invariant: a line is plain JSON") + "\n"
}

/// Returns a workflow command of GitHub Actions, escaped as its toolkit does it (`@actions/core`, command.ts).
fn github(file: &str, title: &str, message: &str) -> String {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let file = data(file).replace(':', "%3A").replace(',', "%2C");
    format!("::error file={file},title={title}::{}\n", data(message))
}
