//! What a transaction has done to each row.

use std::collections::HashMap;
use std::sync::Arc;

use super::entry::{Image, LogEntry};
use crate::change::{Change, Position};
use crate::schema::key::Key;
use crate::schema::meta::ModelMeta;
use crate::schema::row::Row;

/// Something to tell subscribers.
#[derive(Debug)]
pub(crate) enum Told {
    /// The change of a row. A client that has got the last event about it has got everything up to `position`, and with
    /// the events before that everything up to `prior`.
    Change { position: Position, prior: Position, change: Change },
    /// Rows of a model have changed, and it is not known which.
    Gap { position: Position, model: &'static ModelMeta, reason: &'static str },
}

/// Returns what the entries of one transaction tell: one change for each row, at the place of its first, so that
/// positions never decrease.
pub(crate) fn fold(entries: &[Arc<LogEntry>]) -> Vec<Told> {
    let mut told: Vec<Option<Told>> = Vec::with_capacity(entries.len());
    let mut places: HashMap<(usize, Key<'static>), usize> = HashMap::new();
    for entry in entries {
        let (position, prior, model) = (entry.position, entry.prior, entry.model);
        let changes = match &entry.image {
            Image::Unknown(reason) => {
                told.push(Some(Told::Gap { position, model, reason }));
                continue;
            }
            Image::Row { before, after } => changes(model, before.as_ref(), after.as_ref()),
        };
        let last = changes.len().saturating_sub(1);
        for (index, change) in changes.into_iter().enumerate() {
            let row = (model.number(), Key::of(change.key()).into_owned());
            let earlier = places.get(&row).copied();
            let earlier = earlier.and_then(|place| Some((place, told.get_mut(place)?.take()?)));
            match earlier {
                Some((place, Told::Change { position, prior, change: first })) => {
                    let both = first.and(change);
                    told[place] = both.map(|change| Told::Change { position, prior, change });
                }
                _ => {
                    places.insert(row, told.len());
                    let position = if index == last { position } else { prior };
                    told.push(Some(Told::Change { position, prior, change }));
                }
            }
        }
    }
    told.into_iter().flatten().collect()
}

fn changes(model: &'static ModelMeta, before: Option<&Row>, after: Option<&Row>) -> Vec<Change> {
    match (before, after) {
        (before, Some(after)) if before.is_some() => Change::saved(model, before.cloned(), after.clone()),
        (_, Some(after)) => vec![Change::created(model, after.clone())],
        (Some(before), None) => vec![Change::deleted(model, before.clone())],
        (None, None) => Vec::new(),
    }
}
