//! Output that scripts read.

use std::io::Write as _;
use std::process::ExitCode;

/// Prints a line at once, because scripts wait for it. The process does not end if the reader of stdout has closed it.
pub(super) fn print(line: &str) -> ExitCode {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    ExitCode::SUCCESS
}
