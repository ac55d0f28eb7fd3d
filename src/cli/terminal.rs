//! The output of messages: colour only where it is wanted, progress only on terminals; a closed pipe is not a failure.

use std::io::{self, IsTerminal as _, Stderr, Stdout, Write as _};

use anstream::AutoStream;
use clap::ColorChoice;

const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[31m";
const CYAN: &str = "\x1b[36m";
const BOLD_RED: &str = "\x1b[1;31m";
const BOLD_YELLOW: &str = "\x1b[1;33m";
const BOLD_GREEN: &str = "\x1b[1;32m";
const RESET: &str = "\x1b[0m";

/// The two streams of the process. Texts may contain ANSI escapes, which are removed where colour is not wanted.
pub(super) struct Terminal {
    out: AutoStream<Stdout>,
    err: AutoStream<Stderr>,
    watched: bool,
}

impl Terminal {
    /// Decides for each stream whether to use colour: by `--color`, then by `NO_COLOR`, `CLICOLOR_FORCE` and
    /// `CLICOLOR`, then by whether it is a terminal.
    pub(super) fn new(color: ColorChoice) -> Self {
        let choice = match color {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        };
        Self {
            out: AutoStream::new(io::stdout(), choice),
            err: AutoStream::new(io::stderr(), choice),
            watched: io::stderr().is_terminal(),
        }
    }

    /// Writes to the output stream. Its reader may stop early (`dcrf dump | head`).
    pub(super) fn out(&mut self, text: &str) -> io::Result<()> {
        unless_closed(self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush()))
    }

    /// Writes a unified diff to the output.
    pub(super) fn diff(&mut self, diff: &str) -> io::Result<()> {
        self.out(&coloured(diff))
    }

    /// Writes to the error stream. A failure is ignored, because it cannot be reported.
    pub(super) fn err(&mut self, text: &str) {
        let _nobody_to_tell = self.err.write_all(text.as_bytes());
    }

    /// Writes a unified diff to the error stream.
    pub(super) fn err_diff(&mut self, diff: &str) {
        self.err(&coloured(diff));
    }

    /// Reports why the command cannot be done.
    pub(super) fn error(&mut self, message: &str) {
        self.err(&format!("{BOLD_RED}error{RESET}: {message}\n"));
    }

    /// Reports something that the user should check.
    pub(super) fn warning(&mut self, message: &str) {
        self.err(&format!("{BOLD_YELLOW}warning{RESET}: {message}\n"));
    }

    /// Reports what was done, if the error stream is a terminal.
    pub(super) fn progress(&mut self, verb: &str, what: &str) {
        if self.watched {
            self.err(&format!("{BOLD_GREEN}{verb:>12}{RESET} {what}\n"));
        }
    }
}

fn unless_closed(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

fn coloured(diff: &str) -> String {
    let line = |line: &str| match line.as_bytes().first() {
        Some(b'+') => format!("{GREEN}{line}{RESET}\n"),
        Some(b'-') => format!("{RED}{line}{RESET}\n"),
        Some(b'@') => format!("{CYAN}{line}{RESET}\n"),
        _ => format!("{line}\n"),
    };
    diff.lines().map(line).collect()
}
