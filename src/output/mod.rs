//! The only place with I/O on generated files: what is to be written, and how it gets to the disk.
//!
//! # Who owns a file
//!
//! `.generated.json` at the root of the output lists every path the generator wrote, with the sha256 of its text.
//! A run deletes only what that list names and the plan no longer has. It refuses to touch a listed file whose text
//! has changed since (`hand-edited`), and a file that is not listed (`not-ours`), unless it already reads as planned.
//! All refusals come at once, each with a diff, and nothing is written; `force` overrides them.
//! Files that are only ever added ([`Plan::history`]: migrations) are neither changed nor removed, whatever the list
//! and `force` say: one that reads otherwise, or is not among them, is refused.
//! Among them may be files of the user's own ([`Plan::own`]), which are not on the list: they have to be there. A plan may
//! give up some ([`Plan::retired`]) for something that stands for them.
//! The list says who owns a file, never what it has to read like: that is planned anew each time. Whoever can change a
//! file can change the list.
//! Without a manifest nothing is owned. Paths in a manifest or a journal come from a file that anybody may have
//! edited, so they are checked like input: no absolute path, no `..`, and nothing that passes a symbolic link.
//!
//! Line endings are not an edit. Texts are hashed and compared with `\r\n` read as `\n`, so a checkout with CRLF
//! (git's `core.autocrlf`) is neither hand-edited nor drift, and a file that differs in nothing else is left as it is.
//!
//! # All or nothing
//!
//! No system can replace many files in one step, and swapping the whole directory would take along what is not ours
//! (`target/`, a `.git`, a shell that stands in it). So a run is split where it can be cut:
//!
//! 1. *Stage*: every new text, the new manifest among them, is written to `.generated.tmp/` inside the output (the
//!    same file system, even where the output is a mount) and synced. A full disk or a kill up to here changes nothing.
//! 2. *Commit*: the journal, which lists each placement and removal with the hashes before and after, is written to
//!    the staging directory, synced, and renamed to its name. That one rename is the commit point.
//! 3. *Apply*: each staged file is renamed over its place: new files first, so that nothing refers to what is not
//!    there yet, then changed ones, then removals. The manifest goes last. This step needs no new data blocks.
//! 4. *Clean up*: the journal is removed, then the staging directory.
//!
//! Killed in 3, the output is between old and new by a few renames, everything that is missing lies complete beside
//! it, and the next run rolls the journal *forward* before anything else. Applying twice is applying once: a step
//! whose staged file is gone is done. A place that reads neither as before nor as after was changed by a person in
//! between: it is left alone, and the ordinary rules then call it hand-edited. Where the manifest itself is neither,
//! the directory was moved to another state (a checkout), and the journal is dropped.
//!
//! One run at a time: the output directory is locked while it is written, and locked shared while it is checked.

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
