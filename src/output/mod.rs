//! Writes generated files: this is the only module with I/O on them.
//!
//! # Who owns a file
//!
//! `.generated.json` at the root of the output lists every path that the generator wrote, with the SHA-256 of its text.
//! A run deletes only files that this list names and that are not planned any more. It refuses to change a listed file
//! whose text has changed since (`hand-edited`), and a file that is not listed (`not-ours`), unless it already has the
//! planned text. All refusals are reported at once, each with a diff, and nothing is written; `force` overrides them.
//! Files that are only ever added ([`Plan::history`]: migrations) are not changed or removed, even if the list and
//! `force` allow it: one whose text differs, or that is not among them, is refused.
//! Among them may be files of the user's own ([`Plan::own`]), which are not on the list: they have to exist. A plan may
//! remove some ([`Plan::retired`]) that others replace.
//! The list says who owns a file, but not what its text has to be: every run plans that again. Anyone who can change a
//! file can change the list.
//! Without a manifest the generator owns nothing. The paths in a manifest or a journal come from a file that may have
//! been edited, so they are checked like input: they must not be absolute, contain `..` or pass a symbolic link.
//!
//! A changed line ending is not an edit. Texts are hashed and compared with `\r\n` read as `\n`, so a checkout with
//! CRLF (git's `core.autocrlf`) is neither hand-edited nor out of date, and a file that differs in nothing else is left
//! unchanged.
//!
//! # All or nothing
//!
//! No system can replace many files in one step, and replacing the whole directory would also replace files that are
//! not generated (`target/`, a `.git`, the working directory of a shell). So a run has four steps:
//!
//! 1. *Stage*: every new text, and the new manifest, is written to `.generated.tmp/` inside the output (the same file
//!    system, even where the output is a mount) and synced. A full disk or a kill up to here changes nothing.
//! 2. *Commit*: the journal, which lists each placement and removal with the hashes before and after, is written to the
//!    staging directory, synced, and renamed to its name. That one rename is the commit point.
//! 3. *Apply*: each staged file is renamed to its path: new files first, so that no file refers to one that does not
//!    exist yet, then changed ones, then removals. The manifest is last. This step needs no new data blocks.
//! 4. *Clean up*: the journal is removed, then the staging directory.
//!
//! If a run is killed in step 3, the output is between old and new by a few renames, all missing files are complete in
//! the staging directory, and the next run first rolls the journal *forward*. Applying it twice has the same effect as
//! once: a step whose staged file is gone is done. A file whose text is neither that before nor that after was changed
//! by the user meanwhile: it is left unchanged, and the ordinary rules then report it as hand-edited. If the manifest
//! itself is neither, the directory was moved to another state (a checkout), and the journal is ignored.
//!
//! There is one run at a time: the output directory is locked while it is written, and locked shared while it is
//! checked.

mod check;
mod compare;
mod digest;
mod directory;
mod error;
mod foreign;
mod fs;
mod journal;
mod lock;
mod manifest;
mod path;
mod plan;
mod refusal;
mod scaffold;
mod tree;

#[cfg(test)]
mod tests;

pub use check::{Drift, DriftKind, check};
pub use directory::{Directory, Written, write};
pub use error::OutputError;
pub use path::{MANIFEST, OwnedPath};
pub use plan::Plan;
pub use refusal::{Refusal, RefusalKind};
pub use scaffold::write_absent;
