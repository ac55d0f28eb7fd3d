//! Output that scripts read.

use std::io::Write as _;
use std::process::ExitCode;

/// Prints a line at once, because scripts wait for it. A reader that has gone is not a reason to end.
pub(super) fn print(line: &str) -> ExitCode {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    ExitCode::SUCCESS
}
