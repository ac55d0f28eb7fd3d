//! The log of changes (`delivery`), and the triggers that write it.
//!
//! On SQLite there is one writer, so that the numbers of entries are the order of their commits. Each entry has a random
//! tag: a position with its number and another tag is one of a history that a backup has replaced. On PostgreSQL a
//! sequence is drawn before the commit; the runtime numbers entries afterwards, in batches, by their transactions
//! (`_dcrf_batch`). No writing transaction locks or notifies anything here, because that would serialize all commits.

use super::images::row;
use super::statements::quoted;
use crate::escape;
use crate::evolve::ObservedTable;

/// Creates the log on PostgreSQL. The function runs with the rights of the user who migrates, so that others need no
/// rights on the log. Columns that are left out are null in the images.
pub const CREATE_POSTGRES: [&str; 6] = [
    r#"CREATE TABLE "_dcrf_log" (
    "seq" BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "xid" XID8 NOT NULL DEFAULT pg_current_xact_id(),
    "table" TEXT NOT NULL,
    "op" TEXT NOT NULL,
    "before" JSON,
    "after" JSON
);"#,
    r#"CREATE INDEX "_dcrf_log_xid" ON "_dcrf_log" ("xid");"#,
    r#"CREATE TABLE "_dcrf_batch" (
    "k" BIGINT PRIMARY KEY,
    "snap" PG_SNAPSHOT NOT NULL,
    "entries" BIGINT NOT NULL,
    "upto" BIGINT NOT NULL,
    "tag" BIGINT NOT NULL,
    "at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);"#,
    r#"INSERT INTO "_dcrf_batch" ("k", "snap", "entries", "upto", "tag")
VALUES (0, pg_current_snapshot(), 0, 0, floor(random() * 4294967296)::BIGINT);"#,
    r#"CREATE FUNCTION "_dcrf_log"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        INSERT INTO "_dcrf_log" ("table", "op") VALUES (TG_ARGV[0], 'T');
        RETURN NULL;
    END IF;
    IF TG_NARGS > 1 THEN
        IF TG_OP <> 'INSERT' THEN
            OLD := jsonb_populate_record(OLD, TG_ARGV[1]::JSONB);
        END IF;
        IF TG_OP <> 'DELETE' THEN
            NEW := jsonb_populate_record(NEW, TG_ARGV[1]::JSONB);
        END IF;
    END IF;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO "_dcrf_log" ("table", "op", "after") VALUES (TG_ARGV[0], 'I', row_to_json(NEW));
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO "_dcrf_log" ("table", "op", "before", "after")
        VALUES (TG_ARGV[0], 'U', row_to_json(OLD), row_to_json(NEW));
    ELSE
        INSERT INTO "_dcrf_log" ("table", "op", "before") VALUES (TG_ARGV[0], 'D', row_to_json(OLD));
    END IF;
    RETURN NULL;
END;
$$;"#,
    r#"DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION "_dcrf_log"() SET search_path = %I, pg_temp', current_schema());
END;
$$;"#,
];

/// Drops what [`CREATE_POSTGRES`] creates.
pub const DROP_POSTGRES: [&str; 3] =
    [r#"DROP FUNCTION "_dcrf_log"();"#, r#"DROP TABLE "_dcrf_batch";"#, r#"DROP TABLE "_dcrf_log";"#];

/// Creates the log on SQLite. `_dcrf_floor` has the last entry that was deleted.
pub const CREATE_SQLITE: [&str; 3] = [
    r#"CREATE TABLE "_dcrf_log" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT,
    "tag" INTEGER NOT NULL DEFAULT (random() & 4294967295),
    "at" INTEGER NOT NULL DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)),
    "transaction" INTEGER,
    "table" TEXT NOT NULL,
    "op" TEXT NOT NULL,
    "before" TEXT,
    "after" TEXT
) STRICT;"#,
    r#"CREATE TABLE "_dcrf_floor" (
    "id" INTEGER PRIMARY KEY CHECK ("id" = 1),
    "seq" INTEGER NOT NULL,
    "tag" INTEGER NOT NULL
) STRICT;"#,
    r#"INSERT INTO "_dcrf_floor" ("id", "seq", "tag") VALUES (1, 0, random() & 4294967295);"#,
];

/// Drops what [`CREATE_SQLITE`] creates.
pub const DROP_SQLITE: [&str; 2] = [r#"DROP TABLE "_dcrf_floor";"#, r#"DROP TABLE "_dcrf_log";"#];

/// Returns the triggers that log the changes of a table on PostgreSQL. With `gap` the log says that it does not know
/// earlier changes, because a migration has made them.
pub fn log_postgres(logged: &ObservedTable, gap: bool) -> Vec<String> {
    let (table, name) = (quoted(&logged.table), escape::postgres(&logged.table));
    let blank = (!logged.left_out.is_empty()).then(|| {
        let nulls: serde_json::Map<String, serde_json::Value> =
            logged.left_out.iter().map(|column| (column.clone(), serde_json::Value::Null)).collect();
        format!(", {}", escape::postgres(&serde_json::Value::Object(nulls).to_string()))
    });
    let arguments = format!("{name}{}", blank.unwrap_or_default());
    let mut statements = vec![
        format!(
            "CREATE TRIGGER \"_dcrf_log\" AFTER INSERT OR UPDATE OR DELETE ON {table}\nFOR EACH ROW EXECUTE FUNCTION \
             \"_dcrf_log\"({arguments});"
        ),
        format!(
            "CREATE TRIGGER \"_dcrf_log_truncate\" AFTER TRUNCATE ON {table}\nFOR EACH STATEMENT EXECUTE FUNCTION \
             \"_dcrf_log\"({name});"
        ),
    ];
    statements.extend(gap.then(|| unknown(&name)));
    statements
}

/// Drops the triggers of [`log_postgres`].
pub fn unlog_postgres(table: &str) -> [String; 2] {
    ["log", "log_truncate"]
        .map(|suffix| format!("DROP TRIGGER IF EXISTS \"_dcrf_{suffix}\" ON {};", quoted(table)))
}

/// Returns the triggers that log the changes of a table on SQLite, as [`log_postgres`] does.
pub fn log_sqlite(logged: &ObservedTable, gap: bool) -> Vec<String> {
    let (before, after) = (row("OLD", &logged.columns), row("NEW", &logged.columns));
    let table = escape::sqlite(&logged.table);
    let triggers = [
        ("insert", "I", "\"after\"", after.clone()),
        ("update", "U", "\"before\", \"after\"", format!("{before}, {after}")),
        ("delete", "D", "\"before\"", before),
    ];
    let trigger = |(event, op, columns, rows): (&str, &str, &str, String)| {
        format!(
            "CREATE TRIGGER {} AFTER {} ON {}\nBEGIN\n    INSERT INTO \"_dcrf_log\" (\"table\", \"op\", {columns})\n    \
             VALUES ({table}, '{op}', {rows});\nEND;",
            trigger_name(&logged.table, event),
            event.to_uppercase(),
            quoted(&logged.table),
        )
    };
    let mut statements: Vec<String> = triggers.map(trigger).into();
    statements.extend(gap.then(|| unknown(&table)));
    statements
}

/// Drops the triggers of [`log_sqlite`].
pub fn unlog_sqlite(table: &str) -> [String; 3] {
    ["insert", "update", "delete"]
        .map(|event| format!("DROP TRIGGER IF EXISTS {};", trigger_name(table, event)))
}

/// Returns the name of a trigger: those of recorded changes end differently.
fn trigger_name(table: &str, event: &str) -> String {
    quoted(&format!("_dcrf_{table}_{event}_log"))
}

/// Returns the entry of a table whose earlier changes are not known.
fn unknown(table: &str) -> String {
    format!("INSERT INTO \"_dcrf_log\" (\"table\", \"op\") VALUES ({table}, 'M');")
}
