//! Unmanaged tables on PostgreSQL.

use super::found::instead;
use crate::db::{Arg, Db, DbResult, Shape, Statement, quote};
use crate::schema::meta::is_integer_choice;
use crate::schema::meta::{Kind, Storage, TypeMeta};
use crate::schema::row::Row;
use crate::schema::value::Value;

/// Queries `numeric(10,2)`, and the like. User-defined types are reported by their name.
const COLUMNS: &str = "SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), (a.attnotnull AND NOT a.atthasdef \
                       AND a.attidentity = '' AND a.attgenerated = '')::int::bigint, (NOT a.attnotnull AND NOT \
                       t.typnotnull AND c.relkind IN ('r', 'p'))::int::bigint FROM pg_catalog.pg_attribute AS a JOIN \
                       pg_catalog.pg_class AS c ON c.oid = a.attrelid JOIN pg_catalog.pg_type AS t ON t.oid = \
                       a.atttypid WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY \
                       a.attnum";

/// The two triggers of an observed table, unless they are switched off.
const TRIGGERS: &str = "SELECT COUNT(*) FROM pg_catalog.pg_trigger WHERE tgrelid = to_regclass($1) AND tgenabled <> 'D' \
                        AND tgname IN ('_dcrf_change', '_dcrf_truncate')";

/// The two triggers of a logged table, unless they are switched off.
const LOGGING: &str = "SELECT COUNT(*) FROM pg_catalog.pg_trigger WHERE tgrelid = to_regclass($1) AND tgenabled <> 'D' \
                       AND tgname IN ('_dcrf_log', '_dcrf_log_truncate')";

/// Tells whether a table has the triggers that note its changes, or log them.
pub(super) async fn triggers(db: &Db, table: &str, logged: bool) -> DbResult<bool> {
    let triggers = if logged { LOGGING } else { TRIGGERS };
    let statement = Statement::read(triggers, vec![Arg::plain(quote(table))], Shape::Untyped);
    Ok(db.run(statement).await?.first().is_some_and(|row| row.values().first() == Some(&Value::Integer(2))))
}

pub(super) async fn columns(db: &Db, table: &str) -> DbResult<Vec<Row>> {
    let statement = Statement::read(COLUMNS, vec![Arg::plain(quote(table))], Shape::Untyped);
    Ok(db.run(statement).await?.rows)
}

/// Returns why a column of this type cannot hold these values; `None` if it can.
pub(super) fn misfit(there: &str, ty: &TypeMeta) -> Option<String> {
    let is_django = ty.storage == Storage::Django;
    let name = without_arguments(there);
    let integers: &[&str] = &["bigint", "integer", "smallint"];
    let (fitting, wanted): (&[&str], &str) = match ty.kind {
        Kind::Boolean => (&["boolean"], "`boolean`"),
        Kind::Integer => (integers, "`bigint`, `integer` or `smallint`"),
        Kind::Choice(choices) if is_integer_choice(choices) => {
            (integers, "`bigint`, `integer` or `smallint`")
        }
        // A `real` is not equal to the number that was written into it.
        Kind::Float => (&["double precision", "numeric"], "`double precision`"),
        Kind::Decimal { max_digits, decimal_places } => {
            if name == "numeric" {
                return places_of(there).and_then(|found| misplaced(found, max_digits, decimal_places));
            }
            (&["numeric"], "`numeric`")
        }
        Kind::Uuid => (&["uuid"], "`uuid`"),
        Kind::Date => (&["date"], "`date`"),
        Kind::DateTime => {
            (&["timestamp with time zone", "timestamp without time zone"], "`timestamp with time zone`")
        }
        Kind::Time => (&["time without time zone"], "`time`"),
        Kind::Duration if is_django => (&["interval"], "`interval`"),
        Kind::Duration => (&["bigint"], "`bigint`, of microseconds"),
        Kind::Bytes => (&["bytea"], "`bytea`"),
        Kind::Json | Kind::List(_) | Kind::Tuple(_) | Kind::Map(_) | Kind::Object(_) | Kind::Union(_) => {
            (&["json", "jsonb"], "`jsonb` or `json`")
        }
        _ if ty.is_inet() => (&["inet"], "`inet`"),
        // A `character(8)` is padded with spaces.
        _ => (&["text", "character varying"], "`text` or `varchar`"),
    };
    (!fitting.contains(&&*name)).then(|| instead(ty, wanted))
}

/// Returns `timestamp(6) with time zone` as `timestamp with time zone`.
fn without_arguments(ty: &str) -> String {
    match (ty.find('('), ty.find(')')) {
        (Some(open), Some(close)) if open < close => format!("{}{}", &ty[..open], &ty[close + 1..]),
        _ => ty.to_owned(),
    }
}

/// Returns the digits of a `numeric(10,2)`, and how many of them are after the point; `None` if they are not limited.
fn places_of(ty: &str) -> Option<(u32, u32)> {
    let (digits, places) = ty.split_once('(')?.1.strip_suffix(')')?.split_once(',')?;
    Some((digits.trim().parse().ok()?, places.trim().parse().ok()?))
}

fn misplaced((digits, places): (u32, u32), max_digits: u32, decimal_places: u32) -> Option<String> {
    let before = |digits: u32, places: u32| i64::from(digits) - i64::from(places);
    if places != decimal_places {
        Some(format!("and the model has {decimal_places} digits after the point (`x-decimal-places`)"))
    } else if before(digits, places) < before(max_digits, decimal_places) {
        Some(format!("and the model has {max_digits} digits (`x-max-digits`)"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::misfit;
    use crate::schema::meta::{Kind, Storage, TypeMeta};

    #[test]
    fn numbers_have_their_places() {
        let price = TypeMeta::new(Kind::Decimal { max_digits: 10, decimal_places: 2 });
        for fits in ["numeric", "numeric(10,2)", "numeric(12,2)"] {
            assert_eq!(misfit(fits, &price), None, "{fits}");
        }
        for other in ["numeric(10,1)", "numeric(12,3)", "numeric(9,2)", "money", "bigint"] {
            assert!(misfit(other, &price).is_some(), "{other}");
        }
    }

    #[test]
    fn what_is_stored_otherwise_does_not_fit() {
        for (kind, django, own) in [(Kind::Duration, "interval", "bigint"), (Kind::Ip, "inet", "text")] {
            let (of_django, of_own) = (TypeMeta::new(kind).stored(Storage::Django), TypeMeta::new(kind));
            assert!(misfit(django, &of_django).is_none() && misfit(own, &of_own).is_none(), "{kind:?}");
            assert!(misfit(own, &of_django).is_some() && misfit(django, &of_own).is_some(), "{kind:?}");
        }
        let moment = TypeMeta::new(Kind::DateTime);
        assert_eq!(misfit("timestamp(3) with time zone", &moment), None);
        for other in ["character(8)", "citext", "name", "geometry(Point,4326)", "mood"] {
            assert!(misfit(other, &TypeMeta::new(Kind::Text)).is_some(), "{other}");
        }
    }
}
