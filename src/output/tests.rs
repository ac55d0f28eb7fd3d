//! Fails and kills a run at every single change that it makes to the disk; the output must survive each.

use std::{
    cell::Cell,
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::{
    Directory, DriftKind, OutputError, Plan, Written, check,
    fs::{Disk, Fs},
    journal::pending,
    path::STAGING,
};

/// The failure that happens once the allowed changes are used up.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    /// One change fails, as on a full disk; later ones succeed (removing files always does).
    Error,
    /// All further changes fail, because the process was killed.
    Kill,
}

/// A disk that fails at the change with the number `at`; half of a file that fails is written. It does not sync to the
/// hardware, because the tests interrupt the process and not the power.
struct Faulty {
    at: usize,
    fault: Fault,
    done: Cell<usize>,
}

impl Faulty {
    fn new(at: usize, fault: Fault) -> Self {
        Self { at, fault, done: Cell::new(0) }
    }

    fn struck(&self) -> bool {
        self.done.get() > self.at
    }

    fn step(&self) -> io::Result<()> {
        let number = self.done.replace(self.done.get() + 1);
        let fails = number == self.at || (number > self.at && self.fault == Fault::Kill);
        if fails { Err(io::Error::from(io::ErrorKind::StorageFull)) } else { Ok(()) }
    }
}

impl Fs for Faulty {
    fn create_dirs(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        Disk.create_dirs(path)
    }

    fn write_synced(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let first = self.done.get() == self.at;
        if let Err(error) = self.step() {
            if first {
                fs::write(path, &bytes[..bytes.len() / 2])?;
            }
            return Err(error);
        }
        fs::write(path, bytes)
    }

    /// Writes the files one by one, so that the fault can happen at each.
    fn write_all_synced(&self, files: &[(PathBuf, &[u8])]) -> Result<(), (PathBuf, io::Error)> {
        for (path, bytes) in files {
            self.write_synced(path, bytes).map_err(|error| (path.clone(), error))?;
        }
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        Disk.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        Disk.remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        Disk.remove_dir(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        assert!(path.is_dir(), "{}", path.display());
        self.step()
    }
}

fn plan(files: &[(&str, &str)]) -> Plan {
    let files = files.iter().map(|&(path, text)| (path.to_owned(), text.to_owned())).collect();
    Plan { files, ..Plan::default() }
}

fn old() -> Plan {
    plan(&[
        ("Cargo.toml", "old\n"),
        ("same", "same\n"),
        ("src/gone/deep.rs", "gone\n"),
        ("was_dir/a", "a\n"),
        ("was_file", "file\n"),
    ])
}

fn new() -> Plan {
    plan(&[
        ("Cargo.toml", "new\n"),
        ("same", "same\n"),
        ("src/fresh/lib.rs", "fresh\n"),
        ("was_dir", "now a file\n"),
        ("was_file/b", "now a directory\n"),
    ])
}

/// Returns every file and empty directory of the output, without the staging directory.
fn snapshot(root: &Path) -> BTreeMap<String, String> {
    fn visit(root: &Path, at: &Path, into: &mut BTreeMap<String, String>) {
        let mut empty = true;
        for entry in fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            empty = false;
            if path == root.join(STAGING) {
                continue;
            }
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                visit(root, &path, into);
            } else {
                into.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
        if empty && at != root {
            into.insert(format!("{}/", at.display()), String::new());
        }
    }
    let mut files = BTreeMap::new();
    visit(root, root, &mut files);
    files
}

fn written(plan: &Plan) -> BTreeMap<String, String> {
    let directory = TempDir::new().unwrap();
    write(plan, directory.path(), false).unwrap();
    snapshot(directory.path())
}

/// Runs without a fault.
fn write(plan: &Plan, root: &Path, force: bool) -> Result<Written, OutputError> {
    let disk = Faulty::new(usize::MAX, Fault::Error);
    Directory::open_on(&disk, root)?.write_on(&disk, plan, force)
}

/// Runs with a fault. Returns whether the fault happened.
fn run(root: &Path, plan: &Plan, at: usize, fault: Fault) -> (bool, Result<(), OutputError>) {
    let faulty = Faulty::new(at, fault);
    let result = Directory::open_on(&faulty, root).and_then(|open| open.write_on(&faulty, plan, false));
    (faulty.struck(), result.map(|_| ()))
}

#[test]
fn a_run_cut_anywhere_leaves_the_old_output_or_one_that_the_next_run_completes() {
    let (before, after) = (written(&old()), written(&new()));
    for fault in [Fault::Error, Fault::Kill] {
        for case in 0.. {
            // Any plan that comes next finds an output that it can continue from.
            let (at, next) = (case / 2, if case % 2 == 0 { (new(), &after) } else { (old(), &before) });
            let directory = TempDir::new().unwrap();
            let root = directory.path();
            write(&old(), root, false).unwrap();
            let (struck, result) = run(root, &new(), at, fault);
            let case = format!("{fault:?} at change {at}: {result:?}");

            let now = snapshot(root);
            let committed = pending(root).unwrap().is_some();
            assert!(committed || now == before || now == after, "{case}: {now:?}");
            if result.is_ok() {
                assert_eq!(now, after, "{case}");
            } else if !committed {
                assert_eq!(now, before, "{case}");
            }
            if committed && now != after {
                assert!(matches!(result, Err(OutputError::Interrupted { .. })), "{case}");
                assert_eq!(check(&new(), root).unwrap()[0].kind, DriftKind::Interrupted, "{case}");
            }

            write(&next.0, root, false).unwrap_or_else(|error| panic!("{case}: {error}"));
            assert_eq!(&snapshot(root), next.1, "{case}");
            assert!(!root.join(STAGING).exists(), "{case}");
            assert_eq!(check(&next.0, root).unwrap(), [], "{case}");
            if !struck && next.1 == &before {
                break;
            }
        }
    }
}

#[test]
fn a_first_run_cut_anywhere_can_be_repeated() {
    for at in 0.. {
        let directory = TempDir::new().unwrap();
        let root = directory.path().join("not/there/yet");
        let (struck, _) = run(&root, &new(), at, Fault::Kill);
        write(&new(), &root, false).unwrap();
        assert_eq!(snapshot(&root), written(&new()), "killed at change {at}");
        if !struck {
            break;
        }
    }
}

#[test]
fn a_completion_that_is_killed_is_completed_by_the_one_after() {
    let after = written(&new());
    for first in 0.. {
        let probe = TempDir::new().unwrap();
        write(&old(), probe.path(), false).unwrap();
        if !run(probe.path(), &new(), first, Fault::Kill).0 {
            break;
        }
        if pending(probe.path()).unwrap().is_none() {
            continue; // There is nothing to complete: the next run is like a first one.
        }
        for second in 0.. {
            let directory = TempDir::new().unwrap();
            let root = directory.path();
            write(&old(), root, false).unwrap();
            run(root, &new(), first, Fault::Kill).1.ok();
            let (struck, _) = run(root, &new(), second, Fault::Kill);
            write(&new(), root, false).unwrap_or_else(|error| panic!("{first}, {second}: {error}"));
            assert_eq!(snapshot(root), after, "killed at change {first}, then at {second}");
            if !struck {
                break;
            }
        }
    }
}

/// Kills a run right after its commit point: the journal exists, and nothing is applied.
fn committed(root: &Path) {
    write(&old(), root, false).unwrap();
    for at in 0.. {
        run(root, &new(), at, Fault::Kill).1.unwrap_err();
        if pending(root).unwrap().is_some() {
            return;
        }
    }
}

#[test]
fn what_a_person_edits_after_a_kill_is_not_overwritten_by_the_completion() {
    let directory = TempDir::new().unwrap();
    let root = directory.path();
    committed(root);
    fs::write(root.join("Cargo.toml"), "mine\n").unwrap();
    let error = write(&new(), root, false).unwrap_err();
    let OutputError::Refused(refusals) = error else { panic!("{error}") };
    assert_eq!(
        refusals.iter().map(|r| (&*r.path, r.kind.name())).collect::<Vec<_>>(),
        [("Cargo.toml", "hand-edited")]
    );
    assert_eq!(fs::read_to_string(root.join("Cargo.toml")).unwrap(), "mine\n");
}

#[test]
fn a_journal_of_another_state_is_dropped() {
    let directory = TempDir::new().unwrap();
    let root = directory.path();
    committed(root);
    let other = TempDir::new().unwrap();
    write(&plan(&[("other", "other\n")]), other.path(), false).unwrap();
    fs::copy(other.path().join(".generated.json"), root.join(".generated.json")).unwrap();
    fs::copy(other.path().join("other"), root.join("other")).unwrap();
    Directory::open(root).unwrap();
    assert_eq!(fs::read_to_string(root.join("Cargo.toml")).unwrap(), "old\n");
    assert!(!root.join("src/fresh").exists());
    assert!(!root.join(STAGING).exists());
}

#[test]
fn a_journal_that_points_elsewhere_is_void() {
    let directory = TempDir::new().unwrap();
    let root = directory.path().join("out");
    let victim = directory.path().join("victim");
    fs::write(&victim, "theirs").unwrap();
    committed(&root);
    let journal = root.join(STAGING).join("journal.json");
    let text = fs::read_to_string(&journal).unwrap().replace("was_dir/a", "../victim");
    fs::write(&journal, text).unwrap();
    write(&new(), &root, false).unwrap();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "theirs");
    assert_eq!(snapshot(&root), written(&new()));
}
