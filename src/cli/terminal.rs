//! Where messages go: colour only where it is wanted, progress only for people, and a closed pipe is no failure.

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

/// The two streams of the process. What is written may hold ANSI escapes: they are taken out where not wanted.
pub(super) struct Terminal {
    out: AutoStream<Stdout>,
    err: AutoStream<Stderr>,
    watched: bool,
}

impl Terminal {
    /// Decides on colour for each stream: `--color`, then `NO_COLOR`, `CLICOLOR_FORCE` and `CLICOLOR`, then whether
    /// it is a terminal.
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

    /// Writes what was asked for. Whoever reads it may stop early (`dcrf dump | head`).
    pub(super) fn out(&mut self, text: &str) -> io::Result<()> {
        unless_closed(self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush()))
    }

    /// Writes a unified diff to the output.
    pub(super) fn diff(&mut self, diff: &str) -> io::Result<()> {
        self.out(&coloured(diff))
    }

    /// Writes to the error stream; there is nobody to tell if that fails.
    pub(super) fn err(&mut self, text: &str) {
        let _nobody_to_tell = self.err.write_all(text.as_bytes());
    }

    /// Writes a unified diff to the error stream.
    pub(super) fn err_diff(&mut self, diff: &str) {
        self.err(&coloured(diff));
    }

    /// Says what keeps the command from being done.
    pub(super) fn error(&mut self, message: &str) {
        self.err(&format!("{BOLD_RED}error{RESET}: {message}\n"));
    }

    /// Says what somebody should look at.
    pub(super) fn warning(&mut self, message: &str) {
        self.err(&format!("{BOLD_YELLOW}warning{RESET}: {message}\n"));
    }

    /// Says what was done, if somebody watches.
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
