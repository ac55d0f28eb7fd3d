//! Tests how changes of a row are merged.

use super::*;
use crate::change::ChangeKind::{self, Created, Deleted, Related, Updated};
use crate::schema::meta::{ColumnMeta, Kind, ModelMeta, ModelSql, TypeMeta};
use crate::schema::row::Row;
use crate::schema::value::Value;

static NOTE: ModelMeta = ModelMeta {
    name: "Note",
    verbose_name: "note",
    table: "note",
    columns: &[
        ColumnMeta::new("id", TypeMeta::new(Kind::Integer)),
        ColumnMeta::new("text", TypeMeta::new(Kind::Text)),
    ],
    key: 0,
    constraints: &[],
    ordering: &[],
    relations: &[],
    sql: ModelSql { select: "", get: "", insert: "", delete: "", returning: "" },
};

fn row(text: &str) -> Row {
    Row::new(vec![Value::Integer(1), text.into()])
}

fn created(text: &str) -> Change {
    Change::created(&NOTE, row(text))
}

fn updated(before: &str, after: &str) -> Change {
    Change::updated(&NOTE, Some(row(before)), row(after))
}

fn deleted(text: &str) -> Change {
    Change::deleted(&NOTE, row(text))
}

/// Returns the merged change: its kind, the row before, and the row that is shown.
fn together(changes: Vec<Change>) -> Option<(ChangeKind, Option<Row>, Row)> {
    let buffer = Buffer::default();
    changes.into_iter().for_each(|change| buffer.change(change));
    let mut entries = buffer.take();
    assert!(entries.len() < 2 && buffer.is_empty());
    match entries.pop()? {
        Entry::Change(change) => Some((change.kind, change.before.clone(), change.row().clone())),
        Entry::Message(_) | Entry::Then(_) => None,
    }
}

#[test]
fn several_changes_of_a_row_are_one() {
    let unknown = Change::updated(&NOTE, None, row("b"));
    for (changes, expected) in [
        (vec![created("a"), updated("a", "b")], Some((Created, None, row("b")))),
        (vec![created("a"), updated("a", "b"), deleted("b")], None),
        (vec![updated("a", "b"), updated("b", "c")], Some((Updated, Some(row("a")), row("c")))),
        (vec![updated("a", "b"), deleted("b")], Some((Deleted, Some(row("a")), row("b")))),
        (vec![unknown, deleted("b")], Some((Deleted, Some(row("b")), row("b")))),
        (vec![deleted("a"), created("b")], Some((Updated, Some(row("a")), row("b")))),
        (
            vec![Change::related(&NOTE, row("a")), updated("a", "b")],
            Some((Updated, Some(row("a")), row("b"))),
        ),
        (
            vec![updated("a", "b"), Change::related(&NOTE, row("b"))],
            Some((Updated, Some(row("a")), row("b"))),
        ),
        (
            vec![Change::related(&NOTE, row("a")), Change::related(&NOTE, row("a"))],
            Some((Related, None, row("a"))),
        ),
        (vec![Change::related(&NOTE, row("a")), deleted("a")], Some((Deleted, Some(row("a")), row("a")))),
    ] {
        assert_eq!(together(changes), expected);
    }
}

#[test]
fn a_row_is_told_of_where_it_was_first_changed() {
    let other = |text: &str| Change::created(&NOTE, Row::new(vec![Value::Integer(2), text.into()]));
    let buffer = Buffer::default();
    for change in [updated("a", "b"), other("x"), updated("b", "c")] {
        buffer.change(change);
    }
    let keys: Vec<Value> = buffer
        .take()
        .iter()
        .filter_map(|entry| match entry {
            Entry::Change(change) => Some(change.key().clone()),
            Entry::Message(_) | Entry::Then(_) => None,
        })
        .collect();
    assert_eq!(keys, [Value::Integer(1), Value::Integer(2)]);
}
