//! Ownership of generated files: what is written, what is refused, what is removed.

use std::{fs, path::Path, sync::Barrier};

use dcrf::output::{Directory, DriftKind, MANIFEST, OutputError, Plan, Refusal, check, write, write_absent};
use tempfile::{TempDir, tempdir};

fn plan(files: &[(&str, &str)]) -> Plan {
    let files = files.iter().map(|&(path, text)| (path.to_owned(), text.to_owned())).collect();
    Plan { files, ..Plan::default() }
}

fn read(root: &Path, path: &str) -> String {
    fs::read_to_string(root.join(path)).unwrap()
}

fn refused(result: Result<impl std::fmt::Debug, OutputError>) -> Vec<Refusal> {
    match result {
        Err(OutputError::Refused(refusals)) => refusals,
        other => panic!("not refused: {other:?}"),
    }
}

fn names(refusals: &[Refusal]) -> Vec<(&str, &str)> {
    refusals.iter().map(|refusal| (&*refusal.path, refusal.kind.name())).collect()
}

fn generated() -> TempDir {
    let directory = tempdir().unwrap();
    write(
        &plan(&[("Cargo.toml", "a\n"), ("src/lib.rs", "b\n"), ("src/old/gone.rs", "c\n")]),
        directory.path(),
        false,
    )
    .unwrap();
    directory
}

#[test]
fn a_second_run_touches_nothing() {
    let directory = tempdir().unwrap();
    let files = plan(&[("Cargo.toml", "a\n"), ("src/lib.rs", "b\n")]);
    let first = write(&files, directory.path(), false).unwrap();
    assert_eq!(first.written, ["Cargo.toml", "src/lib.rs", MANIFEST]);
    let before = fs::metadata(directory.path().join("src/lib.rs")).unwrap().modified().unwrap();
    let second = write(&files, directory.path(), false).unwrap();
    assert_eq!((second.written.len(), second.removed.len(), second.unchanged), (0, 0, 2));
    let after = fs::metadata(directory.path().join("src/lib.rs")).unwrap().modified().unwrap();
    assert_eq!(before, after);
    assert_eq!(check(&files, directory.path()).unwrap(), []);
}

#[test]
fn the_manifest_lists_what_is_owned() {
    let directory = tempdir().unwrap();
    write(&plan(&[("src/lib.rs", "b\n"), ("Cargo.toml", "a\n")]), directory.path(), false).unwrap();
    let expected = format!(
        "{{\n  \"format\": 1,\n  \"version\": \"{}\",\n  \"files\": {{\n    \"Cargo.toml\": \"{}\",\n    \"src/lib.rs\": \"{}\"\n  }}\n}}\n",
        env!("CARGO_PKG_VERSION"),
        "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7",
        "0263829989b6fd954f72baaf2fc64bc2e2f01d692d4de72986ea808f6e99813f",
    );
    assert_eq!(read(directory.path(), MANIFEST), expected);
}

#[test]
fn only_what_is_owned_is_removed() {
    let directory = generated();
    fs::write(directory.path().join("src/mine.rs"), "mine\n").unwrap();
    fs::write(directory.path().join("notes"), "mine\n").unwrap();
    let written =
        write(&plan(&[("Cargo.toml", "a\n"), ("src/lib.rs", "b\n")]), directory.path(), false).unwrap();
    assert_eq!(written.removed, ["src/old/gone.rs"]);
    assert!(!directory.path().join("src/old").exists(), "a directory that is left empty goes too");
    assert_eq!(read(directory.path(), "src/mine.rs"), "mine\n");
    assert_eq!(read(directory.path(), "notes"), "mine\n");
}

#[test]
fn every_refusal_comes_at_once_and_nothing_is_written() {
    let directory = generated();
    fs::write(directory.path().join("Cargo.toml"), "edited\n").unwrap();
    fs::write(directory.path().join("src/old/gone.rs"), "edited too\n").unwrap();
    fs::write(directory.path().join("fresh"), "mine\n").unwrap();
    let next = plan(&[("Cargo.toml", "new\n"), ("src/lib.rs", "new\n"), ("fresh", "new\n")]);
    let refusals = refused(write(&next, directory.path(), false));
    assert_eq!(
        names(&refusals),
        [("Cargo.toml", "hand-edited"), ("fresh", "not-ours"), ("src/old/gone.rs", "hand-edited")]
    );
    assert_eq!(refusals[0].diff, "--- a/Cargo.toml\n+++ b/Cargo.toml\n@@ -1 +1 @@\n-edited\n+new\n");
    assert_eq!(refusals[2].diff, "--- a/src/old/gone.rs\n+++ /dev/null\n@@ -1 +0,0 @@\n-edited too\n");
    assert_eq!(read(directory.path(), "src/lib.rs"), "b\n");

    write(&next, directory.path(), true).unwrap();
    assert_eq!(read(directory.path(), "Cargo.toml"), "new\n");
    assert_eq!(read(directory.path(), "fresh"), "new\n");
    assert_eq!(check(&next, directory.path()).unwrap(), []);
}

#[test]
fn without_a_manifest_nothing_is_owned() {
    let directory = generated();
    fs::remove_file(directory.path().join(MANIFEST)).unwrap();
    // What already reads as planned is taken over; everything else is somebody's.
    let next = plan(&[("Cargo.toml", "a\n"), ("src/lib.rs", "new\n")]);
    assert_eq!(names(&refused(write(&next, directory.path(), false))), [("src/lib.rs", "not-ours")]);
    write(&plan(&[("Cargo.toml", "a\n")]), directory.path(), false).unwrap();
    assert_eq!(read(directory.path(), "src/lib.rs"), "b\n");
}

#[test]
fn a_checkout_with_crlf_is_not_an_edit() {
    let directory = generated();
    for path in ["Cargo.toml", "src/lib.rs", "src/old/gone.rs", MANIFEST] {
        let text = read(directory.path(), path).replace('\n', "\r\n");
        fs::write(directory.path().join(path), text).unwrap();
    }
    let same = plan(&[("Cargo.toml", "a\n"), ("src/lib.rs", "b\n"), ("src/old/gone.rs", "c\n")]);
    assert_eq!(check(&same, directory.path()).unwrap(), []);
    assert!(write(&same, directory.path(), false).unwrap().written.is_empty());
    assert_eq!(read(directory.path(), "src/lib.rs"), "b\r\n");
    let next = plan(&[("Cargo.toml", "a\n"), ("src/lib.rs", "new\n")]);
    assert_eq!(write(&next, directory.path(), false).unwrap().removed, ["src/old/gone.rs"]);
    assert_eq!(read(directory.path(), "src/lib.rs"), "new\n");
}

#[test]
fn a_check_tells_every_drift_and_writes_nothing() {
    let directory = generated();
    fs::remove_file(directory.path().join("Cargo.toml")).unwrap();
    let next = plan(&[("Cargo.toml", "a\n"), ("src/lib.rs", "new\n")]);
    let drifts = check(&next, directory.path()).unwrap();
    let kinds: Vec<_> = drifts.iter().map(|drift| (&*drift.path, drift.kind)).collect();
    assert_eq!(
        kinds,
        [
            ("Cargo.toml", DriftKind::Missing),
            ("src/lib.rs", DriftKind::Changed),
            ("src/old/gone.rs", DriftKind::Stale),
            (MANIFEST, DriftKind::Changed),
        ]
    );
    assert!(!directory.path().join("Cargo.toml").exists());
    let nowhere = directory.path().join("nowhere");
    assert_eq!(check(&next, &nowhere).unwrap().len(), 3);
    assert!(!nowhere.exists());
}

#[test]
fn a_manifest_cannot_lead_out_of_the_output() {
    let directory = tempdir().unwrap();
    let root = directory.path().join("out");
    let victim = directory.path().join("victim");
    fs::write(&victim, "theirs").unwrap();
    for path in ["../victim", "/etc/hostname", "a/../../victim", "..\\\\victim", ""] {
        write(&plan(&[]), &root, true).unwrap();
        let manifest = format!("{{\"format\": 1, \"version\": \"0\", \"files\": {{\"{path}\": \"0\"}}}}");
        fs::write(root.join(MANIFEST), manifest).unwrap();
        let error = write(&plan(&[]), &root, true).unwrap_err();
        assert!(matches!(error, OutputError::Manifest { .. }), "{path}: {error}");
        assert!(check(&plan(&[]), &root).is_err(), "{path}");
        fs::remove_file(root.join(MANIFEST)).unwrap();
    }
    assert_eq!(fs::read_to_string(&victim).unwrap(), "theirs");
}

#[cfg(unix)]
#[test]
fn a_link_is_never_followed() {
    let directory = tempdir().unwrap();
    let (root, elsewhere) = (directory.path().join("out"), directory.path().join("elsewhere"));
    write(&plan(&[("src/lib.rs", "b\n")]), &root, false).unwrap();
    fs::create_dir(&elsewhere).unwrap();
    fs::rename(root.join("src/lib.rs"), elsewhere.join("lib.rs")).unwrap();
    fs::remove_dir(root.join("src")).unwrap();
    std::os::unix::fs::symlink(&elsewhere, root.join("src")).unwrap();
    for next in [plan(&[("src/lib.rs", "new\n"), ("src/more.rs", "new\n")]), plan(&[])] {
        assert_eq!(names(&refused(write(&next, &root, true))), [("src", "link")]);
        assert_eq!(check(&next, &root).unwrap()[0].kind, DriftKind::Blocked);
    }
    assert_eq!(read(&elsewhere, "lib.rs"), "b\n");
}

#[test]
fn what_is_in_the_way_stays() {
    let directory = tempdir().unwrap();
    fs::write(directory.path().join("src"), "mine\n").unwrap();
    fs::create_dir(directory.path().join("README.md")).unwrap();
    fs::write(directory.path().join("README.md/mine"), "mine\n").unwrap();
    let next = plan(&[("src/lib.rs", "b\n"), ("README.md", "c\n")]);
    let refusals = refused(write(&next, directory.path(), true));
    assert_eq!(names(&refusals), [("README.md", "in-the-way"), ("src", "in-the-way")]);
}

#[test]
fn a_broken_manifest_is_named() {
    let directory = generated();
    for text in ["<<<<<<< HEAD\n", "{}", "{\"format\": 2}", "[]"] {
        fs::write(directory.path().join(MANIFEST), text).unwrap();
        let error = write(&plan(&[]), directory.path(), true).unwrap_err().to_string();
        assert!(error.contains(MANIFEST) && error.contains("restore it, or delete it"), "{error}");
    }
}

#[test]
fn runs_on_one_output_take_turns() {
    let directory = tempdir().unwrap();
    let plans: Vec<Plan> = (0..4)
        .map(|number| {
            let text = format!("{number}\n");
            let own = format!("src/{number}.rs");
            plan(&[("Cargo.toml", &text), (&own, &text), ("src/lib.rs", &text)])
        })
        .collect();
    let start = Barrier::new(plans.len());
    std::thread::scope(|scope| {
        for plan in &plans {
            scope.spawn(|| {
                start.wait();
                for _ in 0..8 {
                    write(plan, directory.path(), false).unwrap();
                }
            });
        }
    });
    assert_eq!(plans.iter().filter(|plan| check(plan, directory.path()).unwrap().is_empty()).count(), 1);
}

#[test]
fn what_lies_below_a_folder_can_be_read_whoever_wrote_it() {
    let directory = generated();
    fs::write(directory.path().join("src/mine.rs"), "mine\r\n").unwrap();
    let texts = Directory::open(directory.path()).unwrap().texts_below("src").unwrap();
    assert_eq!(texts.keys().collect::<Vec<_>>(), ["src/lib.rs", "src/mine.rs", "src/old/gone.rs"]);
    assert_eq!(texts["src/mine.rs"], "mine\n");
    assert!(Directory::view(&directory.path().join("nowhere")).unwrap().is_none());
}

/// A plan with a history.
fn history(files: &[(&str, &str)]) -> Plan {
    Plan { history: vec!["steps/".to_owned()], ..plan(files) }
}

#[test]
fn a_history_is_only_ever_added_to() {
    let directory = tempdir().unwrap();
    let root = directory.path();
    let first = history(&[("steps/1.sql", "one\n"), ("steps/list", "1\n")]);
    write(&first, root, false).unwrap();
    let next = history(&[("steps/1.sql", "one\n"), ("steps/2.sql", "two\n"), ("steps/list", "12\n")]);
    write(&next, root, false).unwrap();
    // Another text, whoever is to be believed: the plan, the disk or the list.
    for force in [false, true] {
        let other = history(&[("steps/1.sql", "ONE\n"), ("steps/2.sql", "two\n"), ("steps/list", "12\n")]);
        assert_eq!(names(&refused(write(&other, root, force))), [("steps/1.sql", "rewritten")]);
        fs::write(root.join("steps/1.sql"), "ONE\n").unwrap();
        assert_eq!(names(&refused(write(&other, root, force))), [("steps/1.sql", "rewritten")]);
        let kinds: Vec<_> = check(&other, root).unwrap().iter().map(|drift| drift.kind).collect();
        assert_eq!(kinds, [DriftKind::Rewritten, DriftKind::Changed]);
        assert_eq!(read(root, "steps/1.sql"), "ONE\n");
        fs::write(root.join("steps/1.sql"), "one\r\n").unwrap();
        assert_eq!(check(&next, root).unwrap(), [], "line ends are no edit");
        fs::write(root.join("steps/1.sql"), "one\n").unwrap();
        // Nothing is removed because a list does not name it, be it that of the plan or that of the output.
        let shorter = history(&[("steps/1.sql", "one\n"), ("steps/list", "1\n")]);
        assert_eq!(names(&refused(write(&shorter, root, force))), [("steps/2.sql", "unlisted")]);
        fs::write(root.join("steps/3.sql"), "three\n").unwrap();
        assert_eq!(names(&refused(write(&next, root, force))), [("steps/3.sql", "unlisted")]);
        assert_eq!(check(&next, root).unwrap()[0].kind, DriftKind::Unlisted);
        fs::remove_file(root.join("steps/3.sql")).unwrap();
    }
    fs::remove_file(root.join(MANIFEST)).unwrap();
    write(&next, root, true).unwrap();
    assert_eq!((read(root, "steps/1.sql"), read(root, "steps/2.sql")), ("one\n".into(), "two\n".into()));
}

#[test]
fn a_file_of_the_users_own_is_written_once() {
    let directory = tempdir().unwrap();
    let root = directory.path();
    let mut both = history(&[("steps/1.sql", "1"), ("src/lib.rs", "")]);
    both.own.insert("steps/2.sql".to_owned(), "-- yours".to_owned());
    let missing: Vec<_> =
        check(&both, root).unwrap().into_iter().map(|drift| (drift.path, drift.kind)).collect();
    assert!(missing.contains(&("steps/2.sql".to_owned(), DriftKind::Missing)), "{missing:?}");
    write(&both, root, false).unwrap();
    assert_eq!(read(root, "steps/2.sql"), "-- yours");
    assert!(!read(root, MANIFEST).contains("steps/2.sql"));
    fs::write(root.join("steps/2.sql"), "SELECT 1;").unwrap();
    for force in [false, true] {
        write(&both, root, force).unwrap();
        assert_eq!(read(root, "steps/2.sql"), "SELECT 1;");
    }
    assert_eq!(check(&both, root).unwrap(), []);
    // Given up together, they go: but what was generated only as it was.
    let mut one = history(&[("steps/2_squashed.sql", "3"), ("src/lib.rs", "")]);
    one.retired.extend(["steps/1.sql", "steps/2.sql"].map(str::to_owned));
    fs::write(root.join("steps/1.sql"), "edited").unwrap();
    let refusals = refused(write(&one, root, true));
    assert_eq!(names(&refusals), [("steps/1.sql", "rewritten")]);
    fs::write(root.join("steps/1.sql"), "1").unwrap();
    let written = write(&one, root, false).unwrap();
    assert_eq!(written.removed, ["steps/1.sql", "steps/2.sql"]);
    assert_eq!(check(&one, root).unwrap(), []);
}

#[test]
fn a_check_believes_no_list_that_came_with_the_files() {
    let directory = generated();
    let root = directory.path();
    let same = plan(&[("Cargo.toml", "a\n"), ("src/lib.rs", "b\n"), ("src/old/gone.rs", "c\n")]);
    let evil = plan(&[("Cargo.toml", "a\n"), ("src/lib.rs", "evil\n"), ("src/old/gone.rs", "c\n")]);
    let elsewhere = tempdir().unwrap();
    write(&evil, elsewhere.path(), false).unwrap();
    for path in ["src/lib.rs", MANIFEST] {
        fs::copy(elsewhere.path().join(path), root.join(path)).unwrap();
    }
    let drifts = check(&same, root).unwrap();
    let kinds: Vec<_> = drifts.iter().map(|drift| (&*drift.path, drift.kind)).collect();
    assert_eq!(kinds, [("src/lib.rs", DriftKind::Changed), (MANIFEST, DriftKind::Changed)]);
    write(&same, root, false).unwrap();
    assert_eq!(read(root, "src/lib.rs"), "b\n");
}

#[test]
fn what_takes_part_without_being_generated_is_told() {
    let directory = generated();
    let same = plan(&[("Cargo.toml", "a\n"), ("src/lib.rs", "b\n"), ("src/old/gone.rs", "c\n")]);
    for path in ["build.rs", ".cargo/config.toml", "src/more.rs", "src/old/deep/more.rs", "examples/more.rs"]
    {
        let file = directory.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, "").unwrap();
        let drifts = check(&same, directory.path()).unwrap();
        let found: Vec<_> = drifts.iter().map(|drift| (&*drift.path, drift.kind)).collect();
        assert_eq!(found, [(path, DriftKind::Unlisted)]);
        fs::remove_file(&file).unwrap();
    }
    for path in ["notes.md", "src/notes.md", "target/debug/more.rs", "client/node_modules/a/src/b.ts"] {
        let file = directory.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, "").unwrap();
    }
    assert_eq!(check(&same, directory.path()).unwrap(), []);
}

#[test]
fn a_scaffold_touches_nothing_that_exists() {
    let directory = tempdir().unwrap();
    fs::write(directory.path().join("mine"), "mine\n").unwrap();
    let stubs = plan(&[("mine", "stub\n"), ("src/handlers/task.rs", "stub\n")]);
    let written = write_absent(&stubs, directory.path()).unwrap();
    assert_eq!(written.written, ["src/handlers/task.rs"]);
    assert_eq!(read(directory.path(), "mine"), "mine\n");
    assert_eq!(write_absent(&stubs, directory.path()).unwrap().unchanged, 2);
    assert!(!directory.path().join(MANIFEST).exists());
}

#[test]
fn an_output_that_is_a_file_is_named() {
    let directory = tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "mine").unwrap();
    let error = write(&plan(&[]), &file, true).unwrap_err().to_string();
    assert_eq!(error, format!("{} is not a directory", file.display()));
}
