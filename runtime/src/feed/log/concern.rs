//! Whom an entry of the log concerns, because rights depend on its row.

use super::by_hand::{BY_HAND, USER};
use super::entry::{Image, LogEntry};
use crate::app::identity::Identity;
use crate::schema::key::Key;
use crate::schema::meta::{DependencyMeta, ModelMeta, ObserverMeta};
use crate::schema::row::Row;
use crate::schema::value::Value;
use crate::wire::decode::parameter;

/// The reason of a gap after which a client reads everything anew, because its rights may be others.
pub(crate) const RIGHTS: &str = "rights";

/// Those who depend on the rows of a model: all of them, or those with one user.
///
/// A subscriber has one for each way in which an entry may concern it, and an entry names those that it concerns: it
/// concerns a subscriber if they have one in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Concerned {
    model: usize,
    /// The position of the column with the user. Those who do not name one depend on every row.
    column: Option<usize>,
    /// The user; `None` stands for all of them.
    user: Option<Key<'static>>,
}

/// The dependency of every observer that has any: what is said by hand.
const SAID: DependencyMeta = DependencyMeta { model: &BY_HAND, user: Some(USER) };

impl Concerned {
    /// Returns those to which a subscriber of an observer belongs. Without a user these are only those of everybody.
    pub(crate) fn of_subscriber(observer: &'static ObserverMeta, user: &Identity) -> Vec<Self> {
        let mut all = Vec::new();
        for DependencyMeta { model, user: column } in dependencies(observer) {
            let (number, key) = (model.number(), column.and_then(|column| key(model, column, user)));
            all.push(Self { model: number, column, user: None });
            all.extend(key.map(|key| Self { model: number, column, user: Some(key) }));
        }
        all
    }

    /// Returns those whom the change of a row concerns: both the user before and the one after. `columns` are those by
    /// which observers name the user. A row without a user concerns everybody.
    pub(crate) fn of_rows<'a>(
        model: &'static ModelMeta,
        columns: &[Option<usize>],
        rows: impl Iterator<Item = &'a Row> + Clone,
    ) -> Vec<Self> {
        let mut all = Vec::new();
        for column in columns.iter().copied() {
            let Some(position) = column else {
                all.push(Self { model: model.number(), column, user: None });
                continue;
            };
            for row in rows.clone() {
                let user = match row.get(position) {
                    Value::Null | Value::Absent(_) => None,
                    user => Some(Key::of(user).into_owned()),
                };
                all.push(Self { model: model.number(), column, user });
            }
        }
        all
    }

    /// Returns everybody who depends on a model.
    pub(crate) fn everybody(model: &'static ModelMeta, columns: &[Option<usize>]) -> Vec<Self> {
        let all = columns.iter().copied();
        all.map(|column| Self { model: model.number(), column, user: None }).collect()
    }

    /// Returns its approximate bytes.
    pub(crate) fn bytes(&self) -> usize {
        let text = match &self.user {
            Some(Key::Text(text)) => text.len(),
            _ => 0,
        };
        2 * (size_of::<Self>() + size_of::<usize>() + text)
    }
}

/// Returns the models on which the rights of an observer's subscribers depend.
pub(crate) fn dependencies(observer: &'static ObserverMeta) -> impl Iterator<Item = DependencyMeta> {
    let said = observer.depends_on.map(|_| SAID);
    observer.depends_on.unwrap_or_default().iter().copied().chain(said)
}

/// Tells whether an entry changes the rights of a subscriber who belongs to these.
pub(crate) fn changes_rights(
    observer: &'static ObserverMeta,
    subscriber: &[Concerned],
    entry: &LogEntry,
) -> bool {
    let own = dependencies(observer).filter(|own| std::ptr::eq(own.model, entry.model));
    let columns: Vec<Option<usize>> = own.map(|own| own.user).collect();
    let concerned = match &entry.image {
        Image::Row { before, after } => {
            Concerned::of_rows(entry.model, &columns, [before, after].into_iter().flatten())
        }
        Image::Unknown(_) => Concerned::everybody(entry.model, &columns),
    };
    concerned.iter().any(|concerned| subscriber.contains(concerned))
}

/// Tells whether a subscriber who belongs to these has to be told of an entry: it is about a row of the observed model, or
/// changes the subscriber's rights.
pub(crate) fn matters(observer: &'static ObserverMeta, subscriber: &[Concerned], entry: &LogEntry) -> bool {
    std::ptr::eq(entry.model, observer.model) || changes_rights(observer, subscriber, entry)
}

/// Returns the key of a user as a value of a column; `None` if there is no user, or no row can have this key.
fn key(model: &'static ModelMeta, column: usize, user: &Identity) -> Option<Key<'static>> {
    let id = user.id()?;
    if std::ptr::eq(model, &BY_HAND) {
        return Some(Key::Text(id.to_owned().into()));
    }
    let value = parameter(&model.columns.get(column)?.ty, id)?;
    Some(Key::of(&value).into_owned())
}
