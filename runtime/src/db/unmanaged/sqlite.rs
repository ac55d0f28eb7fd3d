//! Unmanaged tables on SQLite, where the declared type of a column determines little more than how its values are
//! converted (SQLite, "Datatypes In SQLite").

use super::found::instead;
use crate::db::{Arg, Db, DbResult, Shape, Statement, django};
use crate::ground::scalar::MAX_SCALED_DIGITS;
use crate::schema::meta::is_integer_choice;
use crate::schema::meta::{Kind, Storage, TypeMeta};
use crate::schema::row::Row;
use crate::schema::value::Value;

/// SQLite assigns the number of a row (`rowid`). A key counts as not null, although SQLite allows `null` in it.
const COLUMNS: &str = "SELECT name, type, \"notnull\" AND dflt_value IS NULL AND NOT (pk AND lower(type) = 'integer') \
                       AND hidden = 0, NOT \"notnull\" AND NOT pk AND EXISTS (SELECT 1 FROM sqlite_master WHERE type = \
                       'table' AND lower(name) = lower($1)) FROM pragma_table_xinfo($1)";

/// The three triggers of an observed table.
const TRIGGERS: &str = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'trigger' AND lower(tbl_name) = lower($1) AND \
                        name IN ('_dcrf_' || $1 || '_insert', '_dcrf_' || $1 || '_update', '_dcrf_' || $1 || '_delete')";

/// The three triggers of a logged table.
const LOGGING: &str = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'trigger' AND lower(tbl_name) = lower($1) AND name \
                       IN ('_dcrf_' || $1 || '_insert_log', '_dcrf_' || $1 || '_update_log', '_dcrf_' || $1 || \
                       '_delete_log')";

/// Tells whether a table has the triggers that note its changes, or log them.
pub(super) async fn triggers(db: &Db, table: &str, logged: bool) -> DbResult<bool> {
    let triggers = if logged { LOGGING } else { TRIGGERS };
    let statement = Statement::read(triggers, vec![Arg::plain(table.to_owned())], Shape::Untyped);
    Ok(db.run(statement).await?.first().is_some_and(|row| row.values().first() == Some(&Value::Integer(3))))
}

pub(super) async fn columns(db: &Db, table: &str) -> DbResult<Vec<Row>> {
    let statement = Statement::read(COLUMNS, vec![Arg::plain(table.to_owned())], Shape::Untyped);
    Ok(db.run(statement).await?.rows)
}

/// The conversion of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Affinity {
    Integer,
    Text,
    Blob,
    Real,
    Numeric,
}

fn affinity(declared: &str) -> Affinity {
    let declared = declared.to_ascii_uppercase();
    let has = |part: &str| declared.contains(part);
    if has("INT") {
        Affinity::Integer
    } else if has("CHAR") || has("CLOB") || has("TEXT") {
        Affinity::Text
    } else if has("BLOB") || declared.is_empty() {
        Affinity::Blob
    } else if has("REAL") || has("FLOA") || has("DOUB") {
        Affinity::Real
    } else {
        Affinity::Numeric
    }
}

/// Returns why a column with this declared type cannot hold these values; `None` if it can.
pub(super) fn misfit(declared: &str, ty: &TypeMeta) -> Option<String> {
    let is_decimal = matches!(ty.kind, Kind::Decimal { .. });
    if declared.is_empty() && !is_decimal {
        // A computed column of a view does not have a type, but its values have.
        return None;
    }
    let affinity = affinity(declared);
    let bare = declared.split('(').next().unwrap_or_default().trim().to_ascii_lowercase();
    let digits = declared.replace(' ', "").eq_ignore_ascii_case("char(32)");
    let is_django = ty.storage == Storage::Django;
    let (fits, wanted) = match ty.kind {
        Kind::Boolean => {
            (affinity == Affinity::Integer || matches!(&*bare, "bool" | "boolean"), "`bool` or `integer`")
        }
        Kind::Integer => (affinity == Affinity::Integer, "`integer`"),
        Kind::Choice(choices) if is_integer_choice(choices) => (affinity == Affinity::Integer, "`integer`"),
        Kind::Float => (affinity == Affinity::Real, "`real`"),
        Kind::Decimal { max_digits, .. } if is_django && max_digits > django::MOST_DIGITS => {
            return Some(format!(
                "which keeps {} digits, and the model has {max_digits} (`x-max-digits`)",
                django::MOST_DIGITS
            ));
        }
        Kind::Decimal { .. } if is_django => (affinity == Affinity::Numeric, "`decimal`"),
        Kind::Decimal { max_digits, .. } if max_digits <= MAX_SCALED_DIGITS => {
            (affinity == Affinity::Integer, "`integer`, scaled by its places")
        }
        Kind::Decimal { .. } => (affinity == Affinity::Text, "`text`"),
        Kind::DateTime if is_django => {
            (bare == "datetime" || affinity == Affinity::Text, "`datetime`, a text")
        }
        Kind::DateTime => (affinity == Affinity::Integer, "`integer`, of microseconds since 1970"),
        Kind::Duration => (affinity == Affinity::Integer, "`bigint`, of microseconds"),
        Kind::Date => (bare == "date" || affinity == Affinity::Text, "`date` or `text`"),
        Kind::Time if is_django => (bare == "time", "`time`"),
        Kind::Time => (affinity == Affinity::Text, "`text`, of six digits of a second"),
        Kind::Uuid if is_django => (digits, "`char(32)`"),
        Kind::Uuid => (affinity == Affinity::Text && !digits, "`text`, with hyphens"),
        Kind::Bytes => (affinity == Affinity::Blob, "`blob`"),
        _ => (affinity == Affinity::Text, "`text`"),
    };
    (!fits).then(|| instead(ty, wanted))
}

#[cfg(test)]
mod tests {
    use super::{Affinity, affinity, misfit};
    use crate::schema::meta::{Kind, Storage, TypeMeta};

    #[test]
    fn types_turn_values_into_what_sqlite_says() {
        for (declared, expected) in [
            ("", Affinity::Blob),
            ("varchar(20)", Affinity::Text),
            ("datetime", Affinity::Numeric),
            ("smallint unsigned", Affinity::Integer),
            ("FLOATING POINT", Affinity::Integer),
            ("double precision", Affinity::Real),
            ("decimal", Affinity::Numeric),
        ] {
            assert_eq!(affinity(declared), expected, "{declared}");
        }
    }

    #[test]
    fn what_is_stored_otherwise_does_not_fit() {
        let price = Kind::Decimal { max_digits: 10, decimal_places: 2 };
        let kinds = [
            (Kind::DateTime, "datetime", "INTEGER"),
            (Kind::Uuid, "char(32)", "TEXT"),
            (Kind::Time, "time", "TEXT"),
            (price, "decimal", "INTEGER"),
        ];
        for (kind, django, own) in kinds {
            let (of_django, of_own) = (TypeMeta::new(kind).stored(Storage::Django), TypeMeta::new(kind));
            assert!(misfit(django, &of_django).is_none() && misfit(own, &of_own).is_none(), "{kind:?}");
            assert!(misfit(own, &of_django).is_some(), "{kind:?}");
            assert!(misfit(django, &of_own).is_some_and(|why| why.contains("x-storage")), "{kind:?}");
        }
        let many = TypeMeta::new(Kind::Decimal { max_digits: 16, decimal_places: 2 }).stored(Storage::Django);
        assert!(misfit("decimal", &many).is_some_and(|why| why.contains("15 digits")));
    }
}
