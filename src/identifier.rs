//! Names in databases: their greatest length, reserved names, and the names that PostgreSQL chooses.

/// The greatest length of an identifier in PostgreSQL, in bytes. PostgreSQL truncates longer ones without an error.
pub const LONGEST: usize = 63;

/// The columns that every table of PostgreSQL has ("System Columns").
const SYSTEM_COLUMNS: [&str; 6] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

/// Returns the reason why no column can have this name, if there is one. SQLite's `rowid`, `oid` and `_rowid_` are
/// allowed: a column with such a name hides that name of the row's number, which this project does not use.
pub fn taken_column(name: &str) -> Option<&'static str> {
    SYSTEM_COLUMNS.contains(&name).then_some("every table of PostgreSQL has a column of this name already")
}

/// Returns the reason why no table can have this name, if there is one. A table that is not managed may be one of
/// PostgreSQL's own.
pub fn taken_table(name: &str, managed: bool) -> Option<&'static str> {
    let begins = |start: &str| name.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start));
    if begins("sqlite_") {
        Some("SQLite reserves names that begin with `sqlite_`")
    } else if begins("_dcrf_") {
        Some("names that begin with `_dcrf_` are reserved for the runtime's own tables")
    } else if managed && name.starts_with("pg_") {
        Some("PostgreSQL reserves names that begin with `pg_` for its own tables, which would hide this one")
    } else {
        None
    }
}

/// Returns the name that PostgreSQL gives the index of a primary key: `post_pkey`.
pub fn key(table: &str) -> String {
    chosen(table, None, "pkey")
}

/// Returns the name that PostgreSQL gives the sequence that numbers a column: `post_id_seq`.
pub fn sequence(table: &str, column: &str) -> String {
    chosen(table, Some(column), "seq")
}

/// Returns a name as PostgreSQL chooses it (`makeObjectName` in its `indexcmds.c`): the longer of two names is
/// truncated first.
fn chosen(first: &str, second: Option<&str>, label: &str) -> String {
    let room = LONGEST - label.len() - 1 - usize::from(second.is_some());
    let (mut one, mut two) = (first.len(), second.map_or(0, str::len));
    while one + two > room {
        if one > two { one -= 1 } else { two -= 1 }
    }
    let cut = |name: &str, most: usize| {
        let most = (0..=most).rev().find(|at| name.is_char_boundary(*at)).unwrap_or(0);
        name[..most].to_owned()
    };
    match second {
        Some(second) => format!("{}_{}_{label}", cut(first, one), cut(second, two)),
        None => format!("{}_{label}", cut(first, one)),
    }
}

#[cfg(test)]
mod tests {
    use super::{key, sequence, taken_column, taken_table};

    #[test]
    fn postgresql_cuts_the_longer_name() {
        assert_eq!((key("post"), sequence("post", "id")), ("post_pkey".into(), "post_id_seq".into()));
        let long = "a".repeat(60);
        assert_eq!(sequence(&long, "id"), format!("{}_id_seq", "a".repeat(56)));
        assert_eq!(sequence(&long, &"b".repeat(60)), format!("{}_{}_seq", "a".repeat(29), "b".repeat(29)));
        assert_eq!(key(&"é".repeat(31)), format!("{}_pkey", "é".repeat(29)), "58 bytes are left");
    }

    #[test]
    fn databases_have_names_of_their_own() {
        for name in ["sqlite_q", "SQLite_", "_dcrf_migrations", "_DCRF_x", "pg_class"] {
            assert!(taken_table(name, true).is_some(), "{name}");
        }
        for name in ["sqlite", "éééé", "_dcrf", "a_sqlite_", "pg", "PG_x", ""] {
            assert!(taken_table(name, true).is_none(), "{name}");
        }
        assert!(taken_table("pg_stat_activity", false).is_none());
        assert!(taken_column("ctid").is_some() && taken_column("CTID").is_none());
    }
}
