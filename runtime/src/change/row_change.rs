//! The change of a row, and how two changes of it are merged.

use std::sync::Arc;

use bytes::Bytes;

use crate::schema::meta::ModelMeta;
use crate::schema::row::Row;
use crate::schema::value::Value;

/// The kind of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// The row is new.
    Created,
    /// The row was saved, even if all its values are the same as before.
    Updated,
    /// The row was deleted.
    Deleted,
    /// The many-to-many relations of the row were changed, but not the row itself.
    Related,
}

/// A change of a row.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> dcrf_runtime::Result<()> {
/// use dcrf_runtime::{Change, Db, Model};
/// use things::models::{NewThing, Thing};
///
/// let db = Db::connect("sqlite::memory:", &things::MIGRATIONS).await?;
/// let pen = Thing::objects(&db).create(NewThing { name: "pen".to_owned(), counter: None }).await?;
///
/// // An application that writes with its own SQL reports the change, so that observers receive an event.
/// db.execute("UPDATE thing SET counter = 5 WHERE id = $1", vec![pen.id.into()]).await?;
/// let now = Thing::objects(&db).get(pen.id).await?;
/// db.changed(vec![Change::updated(Thing::META, Some(pen.into_row()), now.into_row())]).await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Change {
    pub(crate) model: &'static ModelMeta,
    pub(crate) kind: ChangeKind,
    /// The row before, for the groups that it was in. `None` if it was new, or was not needed.
    pub(crate) before: Option<Row>,
    /// The row after; `None` if it was deleted.
    pub(crate) after: Option<Row>,
    /// The last state of a deleted row, if it is not `before`.
    last: Option<Row>,
}

impl Change {
    /// Describes a new row.
    pub fn created(model: &'static ModelMeta, row: Row) -> Self {
        Self { model, kind: ChangeKind::Created, before: None, after: Some(row), last: None }
    }

    /// Describes a saved row. Without `before` the row counts as having been in its present groups before.
    pub fn updated(model: &'static ModelMeta, before: Option<Row>, after: Row) -> Self {
        Self { model, kind: ChangeKind::Updated, before, after: Some(after), last: None }
    }

    /// Returns the change of a saved row. If its key is not that of `before`, it is another row: the old one is
    /// deleted, and this one is new.
    pub(crate) fn saved(model: &'static ModelMeta, before: Option<Row>, after: Row) -> Vec<Self> {
        let key = |row: &Row| row.values().get(model.key).cloned();
        match before {
            Some(before) if key(&before) != key(&after) => {
                vec![Self::deleted(model, before), Self::created(model, after)]
            }
            before => vec![Self::updated(model, before, after)],
        }
    }

    /// Describes a deleted row.
    pub fn deleted(model: &'static ModelMeta, row: Row) -> Self {
        Self { model, kind: ChangeKind::Deleted, before: Some(row), after: None, last: None }
    }

    /// Describes a row whose many-to-many relations were changed. Only observers with `many_to_many` send an event for
    /// it.
    pub fn related(model: &'static ModelMeta, row: Row) -> Self {
        Self { model, kind: ChangeKind::Related, before: None, after: Some(row), last: None }
    }

    /// Returns a change from all its parts: one that another node sent.
    pub(crate) fn of_parts(
        model: &'static ModelMeta,
        kind: ChangeKind,
        before: Option<Row>,
        after: Option<Row>,
        last: Option<Row>,
    ) -> Self {
        Self { model, kind, before, after, last }
    }

    /// Returns the change as it is published: without write-only values. The rules of subscribers are evaluated with
    /// it, on every node.
    pub(crate) fn carried(self: &Arc<Self>) -> Arc<Self> {
        if self.model.columns.iter().all(|column| !column.secret) {
            return Arc::clone(self);
        }
        let row = |row: &Option<Row>| row.as_ref().map(|row| row.without_secrets(self.model));
        let (before, after, last) = (row(&self.before), row(&self.after), row(&self.last));
        Arc::new(Self { model: self.model, kind: self.kind, before, after, last })
    }

    /// Returns the last state of a deleted row, if it is not the one before the change.
    pub(crate) fn last(&self) -> Option<&Row> {
        self.last.as_ref()
    }

    /// Returns the kind of the change.
    pub fn kind(&self) -> ChangeKind {
        self.kind
    }

    /// Returns the model of the row.
    pub fn model(&self) -> &'static ModelMeta {
        self.model
    }

    /// Returns the row as it is shown: after the change, or before it was deleted.
    pub fn row(&self) -> &Row {
        static NOTHING: Row = Row::empty();
        self.after.as_ref().or(self.last.as_ref()).or(self.before.as_ref()).unwrap_or(&NOTHING)
    }

    /// Returns the key of the row.
    pub fn key(&self) -> &Value {
        self.row().values().get(self.model.key).unwrap_or(&Value::Null)
    }

    /// Returns its key as the data of an event: `{"pk": …}`.
    pub(crate) fn key_as_data(&self) -> Bytes {
        let mut data = br#"{"pk":"#.to_vec();
        crate::wire::encode::value(&mut data, &self.model.key_column().ty, self.key());
        data.push(b'}');
        Bytes::from(data)
    }

    /// Returns the approximate bytes of its rows.
    pub(crate) fn bytes(&self) -> usize {
        [&self.before, &self.after, &self.last].into_iter().flatten().map(Row::bytes).sum()
    }

    pub(crate) fn is_of_same_row(&self, other: &Self) -> bool {
        std::ptr::eq(self.model, other.model) && self.key() == other.key()
    }

    /// Merges this change with a later one of the same row; returns `None` if the row never existed outside of the
    /// transaction.
    pub(crate) fn and(self, later: Self) -> Option<Self> {
        use ChangeKind::{Created, Deleted, Related, Updated};
        let kind = match (self.kind, later.kind) {
            (Created, Deleted) => return None,
            (Created, _) => Created,
            (Related, Related) => Related,
            (_, Deleted) => Deleted,
            (Deleted | Updated | Related, _) => Updated,
        };
        let last = if kind == Deleted { later.before.clone() } else { None };
        let before = match self.kind {
            Related => later.before,
            // Without the row before, the groups are those that the row was last in.
            _ => self.before.or_else(|| last.clone()),
        };
        Some(Self { model: self.model, kind, before, after: later.after, last })
    }
}
