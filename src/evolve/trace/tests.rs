use super::{Fault, New, Old, Trace, trace};

/// Returns former things, each with the former name that the last run found and the names before that.
fn olds<'a>(names: &[(&'a str, Option<&'a str>, &'a [String])]) -> Vec<Old<'a>> {
    let old = |(wire, was, former): &(&'a str, Option<&'a str>, &'a [String])| Old {
        wire: Some(*wire),
        db: wire,
        derived: true,
        was: *was,
        former,
    };
    names.iter().map(old).collect()
}

fn news<'a>(names: &[(&'a str, Option<&'a str>)]) -> Vec<New<'a>> {
    names.iter().map(|(wire, was)| New { wire, db: wire, was: *was }).collect()
}

/// Traces things that only have names.
fn traced(old: &[&str], new: &[(&str, Option<&str>)]) -> Trace {
    let old: Vec<_> = old.iter().map(|name| (*name, None, &[] as &[String])).collect();
    trace(&olds(&old), &news(new))
}

#[test]
fn former_names_are_obeyed_exactly() {
    let swap = traced(&["a", "b"], &[("a", Some("b")), ("b", Some("a"))]);
    assert_eq!((swap.from, swap.faults), (vec![Some(1), Some(0)], vec![]));
    let chain = traced(&["x", "y"], &[("y", Some("x")), ("z", Some("y"))]);
    assert_eq!((chain.from, chain.faults), (vec![Some(0), Some(1)], vec![]));
    let ring = traced(&["a", "b", "c"], &[("a", Some("c")), ("b", Some("a")), ("c", Some("b"))]);
    assert_eq!((ring.from, ring.faults), (vec![Some(2), Some(0), Some(1)], vec![]));
    let replaced = traced(&["a", "b"], &[("a", Some("b"))]);
    assert_eq!((replaced.from, replaced.faults), (vec![Some(1)], vec![]), "the former `a` goes");
}

#[test]
fn what_was_obeyed_once_is_silent() {
    let former = ["b".to_owned(), "a".to_owned()];
    let old = olds(&[("a", Some("b"), &former[..1]), ("b", Some("a"), &former[1..])]);
    let again = trace(&old, &news(&[("a", Some("b")), ("b", Some("a"))]));
    assert_eq!((again.from, again.faults), (vec![Some(0), Some(1)], vec![]));
    // If a run without former names was in between, the same former names swap them back.
    let old = olds(&[("a", None, &former[..1]), ("b", None, &former[1..])]);
    let back = trace(&old, &news(&[("a", Some("b")), ("b", Some("a"))]));
    assert_eq!((back.from, back.faults), (vec![Some(1), Some(0)], vec![]));
    let next = olds(&[("b", Some("a"), &former[1..])]);
    let renamed = trace(&next, &news(&[("c", Some("a"))]));
    assert_eq!((renamed.from, renamed.faults), (vec![Some(0)], vec![]), "`b` was `a`, and is `c` now");
    let stale = olds(&[("c", Some("b"), &former)]);
    let stale = trace(&stale, &news(&[("c", Some("a"))]));
    assert_eq!((stale.from, stale.faults), (vec![Some(0)], vec![]), "it was `a` once");
}

#[test]
fn a_former_name_that_nothing_had_is_a_fault() {
    let unknown = traced(&["name"], &[("title", Some("nam"))]);
    let near = Some("name".to_owned());
    assert_eq!((unknown.from, unknown.faults), (vec![None], vec![Fault::Unknown { new: 0, near }]));
    let kept = traced(&["name"], &[("title", Some("name")), ("name", None)]);
    assert_eq!(kept.faults, [Fault::Taken { new: 0, by: 1 }]);
    let twice = traced(&["name"], &[("title", Some("name")), ("label", Some("name"))]);
    assert_eq!(twice.faults, [Fault::Taken { new: 1, by: 0 }]);
}

#[test]
fn names_in_the_database_are_the_last_resort() {
    let old = [Old { wire: Some("title"), db: "t", derived: true, was: None, former: &[] }];
    let renamed = trace(&old, &[New { wire: "headline", db: "t", was: None }]);
    assert_eq!(renamed.from, [Some(0)], "the same column under another name");
    let moved =
        trace(&old, &[New { wire: "title", db: "u", was: None }, New { wire: "x", db: "t", was: None }]);
    assert_eq!(moved.from, [Some(0), None], "the property goes on, wherever it is stored");
}

#[test]
fn what_an_earlier_version_described_has_names_of_the_database() {
    let old =
        |db: &'static str, was: Option<&'static str>| Old { wire: None, db, derived: true, was, former: &[] };
    let old = [old("author_id", None), old("first_name", Some("forename"))];
    let new = [
        New { wire: "writer", db: "writer_id", was: Some("author") },
        New { wire: "firstName", db: "first_name", was: Some("forename") },
    ];
    let traced = trace(&old, &new);
    assert_eq!((traced.from, traced.faults), (vec![Some(0), Some(1)], vec![]));
}
