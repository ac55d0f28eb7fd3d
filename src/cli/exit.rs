//! The end of the process: its exit codes, and the report of a panic.

use std::{
    panic::{self, UnwindSafe},
    process::ExitCode,
    thread,
};

use crate::config::STACK;

/// The outcome of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// The command has succeeded.
    Done,
    /// `--check` found files that are not up to date.
    Drift,
    /// The input, the arguments or the environment do not allow the command; nothing was changed.
    Refused,
    /// The generator has a bug (`EX_SOFTWARE` of sysexits.h).
    Bug,
}

impl Exit {
    fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Drift => 1,
            Self::Refused => 2,
            Self::Bug => 70,
        }
    }
}

/// Runs the command. A panic is reported as a bug of the generator.
pub(super) fn guarded(command: impl FnOnce() -> Exit + UnwindSafe + Send) -> ExitCode {
    panic::set_hook(Box::new(|info| {
        // `eprintln!` would panic again if the error stream cannot be written.
        use std::io::Write as _;
        let _nobody_listens = writeln!(std::io::stderr(), "{}", report(&info.to_string()));
    }));
    ExitCode::from(caught(command).code())
}

fn caught(command: impl FnOnce() -> Exit + UnwindSafe + Send) -> Exit {
    thread::scope(|scope| {
        let command = || panic::catch_unwind(command).unwrap_or(Exit::Bug);
        match thread::Builder::new().stack_size(STACK).spawn_scoped(scope, command) {
            Ok(running) => running.join().unwrap_or(Exit::Bug),
            Err(error) => {
                use std::io::Write as _;
                let _nobody_listens = writeln!(std::io::stderr(), "error: cannot start a thread: {error}");
                Exit::Refused
            }
        }
    })
}

fn report(panic: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "error: this is a bug in dcrf {version}, not in your definition: {panic}\n\
         Please report it with the definition and the line above; no file was left half written."
    )
}

#[cfg(test)]
mod tests {
    use super::{Exit, caught, report};

    #[test]
    fn a_panic_is_exit_70() {
        assert_eq!(caught(|| panic!("invariant: a test")).code(), 70);
        assert_eq!(caught(|| Exit::Drift).code(), 1);
        assert!(report("invariant: a test").contains("this is a bug in dcrf"));
    }
}
