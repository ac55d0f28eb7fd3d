//! Entries of the log as rows of models.

use std::sync::Arc;

use super::by_hand::{self, BY_HAND};
use crate::change::Position;
use crate::db::log::{Logged, What};
use crate::db::{Db, Noted};
use crate::ground::error::Result;
use crate::schema::meta::ModelMeta;
use crate::schema::row::Row;
use crate::schema::value::Value;

/// An entry about rows of a model that is served.
#[derive(Debug)]
pub(crate) struct LogEntry {
    pub(crate) position: Position,
    /// The position of the entry before.
    pub(crate) prior: Position,
    /// The transaction: the entries of one are contiguous.
    pub(crate) transaction: i64,
    pub(crate) model: &'static ModelMeta,
    pub(crate) image: Image,
}

/// The content of an entry.
#[derive(Debug)]
pub(crate) enum Image {
    /// The row before and after the change, without write-only values.
    Row { before: Option<Row>, after: Option<Row> },
    /// Rows have changed, and it is not known which, for this reason.
    Unknown(&'static str),
}

impl LogEntry {
    /// Returns its approximate bytes.
    pub(super) fn bytes(&self) -> usize {
        let rows = match &self.image {
            Image::Row { before, after } => [before, after].into_iter().flatten().map(Row::bytes).sum(),
            Image::Unknown(_) => 0,
        };
        size_of::<Self>() + rows
    }
}

/// Converts entries to rows of these models. Entries of other tables have none.
///
/// # Errors
/// Returns the error of the database, which does the conversion.
pub(crate) async fn read(
    db: &Db,
    models: &[&'static ModelMeta],
    prior: Position,
    logged: &[Logged],
) -> Result<Vec<Option<Arc<LogEntry>>>> {
    let mut images: Vec<Option<(&'static ModelMeta, Image)>> = logged.iter().map(|_| None).collect();
    for model in models.iter().copied() {
        let own: Vec<usize> = (0..logged.len()).filter(|at| logged[*at].table == model.table).collect();
        let sides = |at: &usize| match &logged[*at].what {
            What::Row { before, after } => [before.as_deref(), after.as_deref()],
            What::Many | What::Migrated => [None, None],
        };
        let texts: Vec<&str> = own.iter().flat_map(sides).flatten().collect();
        let mut rows = rows(db, model, &texts).await?.into_iter();
        for at in own {
            let mut next = |side: &Option<String>| side.as_ref().map(|_| rows.next().flatten());
            let image = match &logged[at].what {
                What::Many => Image::Unknown("many"),
                What::Migrated => Image::Unknown("schema"),
                What::Row { before, after } => match (next(before), next(after)) {
                    // A column has another name or type meanwhile.
                    (Some(None), _) | (_, Some(None)) => Image::Unknown("schema"),
                    (before, after) => Image::Row { before: before.flatten(), after: after.flatten() },
                },
            };
            images[at] = Some((model, image));
        }
    }
    let mut prior = prior;
    let mut entries = Vec::with_capacity(logged.len());
    for (logged, image) in logged.iter().zip(images) {
        let (position, transaction) = (logged.position, logged.transaction);
        let entry = |(model, image)| Arc::new(LogEntry { position, prior, transaction, model, image });
        entries.push(image.map(entry));
        prior = position;
    }
    Ok(entries)
}

/// Reads images of rows, in which write-only values are absent.
async fn rows(db: &Db, model: &'static ModelMeta, texts: &[&str]) -> Result<Vec<Option<Row>>> {
    if std::ptr::eq(model, &BY_HAND) {
        return Ok(by_hand::rows(texts));
    }
    let logged = model.columns.iter().filter(|column| !column.secret);
    let columns: Vec<Noted> = logged.map(|column| (column.column, column)).collect();
    let rows = db.noted_rows(model.table, &columns, texts).await?;
    let whole = |row: Row| {
        let mut values = row.into_values().into_iter();
        let mut value =
            |secret: bool| if secret { Value::Null } else { values.next().unwrap_or(Value::Null) };
        let row = Row::new(model.columns.iter().map(|column| value(column.secret)).collect());
        row.without_secrets(model)
    };
    Ok(rows.into_iter().map(|row| row.map(whole)).collect())
}
