//! The names of groups: of a row, of a payload, of a subscription; and the meaning of a change for each group.

use crate::change::{ChangeKind, Position};
use crate::condition::Condition;
use crate::feed::hub::Observed;
use crate::ground::error::{Error, Result};
use crate::schema::meta::TypeMeta;
use crate::schema::meta::{GroupsMeta, ObserverMeta, SignalMeta};
use crate::schema::row::Row;
use crate::schema::value::{Object, Value};

/// The groups to which a subscription belongs, and the condition on their rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Groups {
    /// The names of the groups. With an empty list the subscription does not receive events. `None` means the groups
    /// that the subscription has already.
    pub(crate) names: Option<Vec<String>>,
    /// The condition on rows.
    pub(crate) filter: Condition,
    /// A condition of the rows of these groups, which also holds for others if the database cannot tell.
    pub(crate) rows: Condition,
    /// Up to where the log was told when the application was asked for the names, if it was.
    pub(crate) begun: Option<Position>,
}

impl Groups {
    /// Creates groups with names that the application chooses.
    pub fn custom(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { names: Some(names.into_iter().map(Into::into).collect()), ..Self::default() }
    }

    /// Selects all groups that the subscription has, in order to unsubscribe from them.
    pub fn every() -> Self {
        Self::default()
    }
}

/// The only group of an observer without groups.
pub(crate) const ALL: &str = "";

/// Returns the name of a group by values: the set of columns, and the values as JSON text.
pub(crate) fn by<'a>(set: usize, values: impl Iterator<Item = (&'a TypeMeta, &'a Value)>) -> String {
    let mut name = format!("{set}:").into_bytes();
    for (ty, value) in values {
        // Positive and negative zero are the same number.
        let value = if *value == Value::Float(0.0) { &Value::Float(0.0) } else { value };
        crate::wire::encode::value(&mut name, ty, value);
        name.push(b',');
    }
    String::from_utf8_lossy(&name).into_owned()
}

/// Returns the name of the group of one row.
pub(crate) fn of_key(meta: &ObserverMeta, key: &Value) -> String {
    by(0, std::iter::once((&meta.model.key_column().ty, key)))
}

/// Returns the groups of a row.
pub(crate) async fn groups_of_row(observed: &Observed, row: &Row) -> Result<Vec<String>> {
    let (meta, model) = (observed.meta, observed.meta.model);
    let value = |column: usize| row.values().get(column).unwrap_or(&Value::Null);
    Ok(match meta.groups {
        GroupsMeta::All => vec![ALL.to_owned()],
        GroupsMeta::Instance => vec![of_key(meta, value(model.key))],
        GroupsMeta::By(sets) => sets
            .iter()
            .enumerate()
            .map(|(index, set)| {
                by(index, set.iter().map(|column| (&model.columns[*column].ty, value(*column))))
            })
            .collect(),
        GroupsMeta::Custom => unique(observed.dispatch.row_groups(meta, row.clone()).await?),
    })
}

/// Returns the groups of a payload, if the signal itself defines them.
pub(crate) fn groups_of_payload(meta: &SignalMeta, payload: &Object) -> Result<Vec<String>> {
    match meta.groups {
        GroupsMeta::All => Ok(vec![ALL.to_owned()]),
        GroupsMeta::By(sets) => Ok(sets
            .iter()
            .enumerate()
            .map(|(index, set)| {
                let property = |property: &usize| {
                    let value = payload.get(*property).unwrap_or(&Value::Null);
                    (&meta.payload.properties[*property].ty, value)
                };
                by(index, set.iter().map(property))
            })
            .collect()),
        GroupsMeta::Custom | GroupsMeta::Instance => {
            let message =
                format!("the groups of the signal {} are the application's: use send_to", meta.name);
            Err(Error::internal(message))
        }
    }
}

fn unique(mut names: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

/// Returns the meaning of a change for each group, in the order of publication: left, kept, joined.
pub(crate) fn diff(
    kind: ChangeKind,
    before: Option<Vec<String>>,
    after: Option<Vec<String>>,
) -> Vec<(ChangeKind, String)> {
    use ChangeKind::{Created, Deleted, Updated};
    let all = |kind: ChangeKind, groups: Option<Vec<String>>| {
        groups.unwrap_or_default().into_iter().map(|group| (kind, group)).collect()
    };
    match (kind, before) {
        (Created, _) => all(Created, after),
        (Deleted, before) => all(Deleted, before),
        (_, None) => all(Updated, after),
        (_, Some(before)) => {
            let after = after.unwrap_or_default();
            let left = before.iter().filter(|group| !after.contains(group)).cloned();
            let mut told: Vec<_> = left.map(|group| (Deleted, group)).collect();
            let (kept, joined): (Vec<_>, Vec<_>) =
                after.into_iter().partition(|group| before.contains(group));
            told.extend(kept.into_iter().map(|group| (Updated, group)));
            told.extend(joined.into_iter().map(|group| (Created, group)));
            told
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{by, diff};
    use crate::change::ChangeKind::{Created, Deleted, Related, Updated};
    use crate::schema::meta::{Kind, TypeMeta};
    use crate::schema::value::Value;

    fn groups(names: &[&str]) -> Option<Vec<String>> {
        Some(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn groups_are_left_kept_and_joined_in_this_order() {
        let told = diff(Updated, groups(&["a", "b", "c"]), groups(&["d", "b"]));
        let named = |(kind, group): &(_, String)| (*kind, group.chars().next().unwrap_or_default());
        let told: Vec<_> = told.iter().map(named).collect();
        assert_eq!(told, [(Deleted, 'a'), (Deleted, 'c'), (Updated, 'b'), (Created, 'd')]);
    }

    #[test]
    fn equal_values_name_one_group() {
        let group = |kind, value: Value| by(0, std::iter::once((&TypeMeta::plain(kind), &value)));
        let decimal = Kind::Decimal { max_digits: 30, decimal_places: 2 };
        for (kind, one, other) in [
            (Kind::Float, Value::Float(0.0), Value::Float(-0.0)),
            (Kind::Float, Value::Float(1.0), Value::Float(1e0)),
            (decimal, Value::Decimal(1.into()), Value::Decimal("1.00".parse().expect("a decimal"))),
        ] {
            assert_eq!(group(kind, one), group(kind, other));
        }
        assert_ne!(group(Kind::Float, Value::Float(0.0)), group(Kind::Float, Value::Null));
    }

    #[test]
    fn without_a_row_before_all_groups_are_kept() {
        assert_eq!(diff(Updated, None, groups(&["a"])), [(Updated, "a".to_owned())]);
        assert_eq!(diff(Related, None, groups(&["a"])), [(Updated, "a".to_owned())]);
        assert_eq!(diff(Created, None, groups(&["a"])), [(Created, "a".to_owned())]);
        assert_eq!(diff(Deleted, groups(&["a"]), None), [(Deleted, "a".to_owned())]);
        assert_eq!(diff(Updated, groups(&[]), groups(&[])), []);
    }
}
