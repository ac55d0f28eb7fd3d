//! The triggers that record changes which are not made by the application (`x-observe-database`).
//!
//! They write the row before and after into `_dcrf_change`; the runtime reads it from there, publishes it and deletes
//! it. Changes that the runtime itself makes and publishes are not recorded: it names the table (`*` for all tables)
//! while the statement runs, on PostgreSQL in the setting `dcrf.told`, which ends with the transaction, on SQLite in a
//! row of `_dcrf_told`, which is deleted before the commit.

use super::images::row;
use super::statements::quoted;
use crate::escape;
use crate::evolve::ObservedTable;

/// Creates the table of recorded changes on PostgreSQL. The function runs with the rights of the user who migrates, so
/// that others need no rights on the table, and searches only this schema for it.
pub const CREATE_POSTGRES: [&str; 3] = [
    r#"CREATE TABLE "_dcrf_change" (
    "id" BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "transaction" BIGINT NOT NULL DEFAULT txid_current(),
    "at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "table" TEXT NOT NULL,
    "before" JSON,
    "after" JSON
);"#,
    r#"CREATE FUNCTION "_dcrf_change"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF current_setting('dcrf.told', true) IN (TG_ARGV[0], '*') THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO "_dcrf_change" ("table", "after") VALUES (TG_ARGV[0], row_to_json(NEW));
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO "_dcrf_change" ("table", "before", "after")
        VALUES (TG_ARGV[0], row_to_json(OLD), row_to_json(NEW));
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO "_dcrf_change" ("table", "before") VALUES (TG_ARGV[0], row_to_json(OLD));
    ELSE
        EXECUTE format(
            'INSERT INTO "_dcrf_change" ("table", "before") SELECT $1, row_to_json(gone) FROM %I.%I AS gone',
            TG_TABLE_SCHEMA,
            TG_TABLE_NAME
        ) USING TG_ARGV[0];
    END IF;
    PERFORM pg_notify('_dcrf_change', '');
    RETURN NULL;
END;
$$;"#,
    r#"DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION "_dcrf_change"() SET search_path = %I, pg_temp', current_schema());
END;
$$;"#,
];

/// Drops what [`CREATE_POSTGRES`] creates.
pub const DROP_POSTGRES: [&str; 2] = [r#"DROP FUNCTION "_dcrf_change"();"#, r#"DROP TABLE "_dcrf_change";"#];

/// Creates the table of recorded changes on SQLite.
pub const CREATE_SQLITE: [&str; 2] = [
    r#"CREATE TABLE "_dcrf_change" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "at" INTEGER NOT NULL DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)),
    "table" TEXT NOT NULL,
    "before" TEXT,
    "after" TEXT,
    "taken" INTEGER NOT NULL DEFAULT 0
) STRICT;"#,
    r#"CREATE TABLE "_dcrf_told" (
    "id" INTEGER PRIMARY KEY,
    "table" TEXT NOT NULL
) STRICT;"#,
];

/// Drops what [`CREATE_SQLITE`] creates.
pub const DROP_SQLITE: [&str; 2] = [r#"DROP TABLE "_dcrf_told";"#, r#"DROP TABLE "_dcrf_change";"#];

/// Returns the triggers that record the changes of a table on PostgreSQL. `TRUNCATE` is recorded before it happens,
/// because no row is left afterwards.
pub fn observe_postgres(observed: &ObservedTable) -> [String; 2] {
    let (table, name) = (quoted(&observed.table), escape::postgres(&observed.table));
    let trigger = |suffix: &str, on: &str, each: &str| {
        format!(
            "CREATE TRIGGER \"_dcrf_{suffix}\" {on} ON {table}\nFOR EACH {each} EXECUTE FUNCTION \
             \"_dcrf_change\"({name});"
        )
    };
    [
        trigger("change", "AFTER INSERT OR UPDATE OR DELETE", "ROW"),
        trigger("truncate", "BEFORE TRUNCATE", "STATEMENT"),
    ]
}

/// Drops what [`observe_postgres`] creates.
pub fn unobserve_postgres(table: &str) -> [String; 2] {
    ["change", "truncate"]
        .map(|suffix| format!("DROP TRIGGER IF EXISTS \"_dcrf_{suffix}\" ON {};", quoted(table)))
}

/// Returns the triggers that record the changes of a table on SQLite.
pub fn observe_sqlite(observed: &ObservedTable) -> [String; 3] {
    let (before, after) = (row("OLD", &observed.columns), row("NEW", &observed.columns));
    let table = escape::sqlite(&observed.table);
    [
        ("insert", "\"after\"", after.clone()),
        ("update", "\"before\", \"after\"", format!("{before}, {after}")),
        ("delete", "\"before\"", before),
    ]
    .map(|(event, columns, rows)| {
        format!(
            "CREATE TRIGGER {} AFTER {} ON {}\nWHEN NOT EXISTS (SELECT 1 FROM \"_dcrf_told\" WHERE \"table\" IN \
             ({table}, '*'))\nBEGIN\n    INSERT INTO \"_dcrf_change\" (\"table\", {columns})\n    VALUES ({table}, \
             {rows});\nEND;",
            trigger_name(&observed.table, event),
            event.to_uppercase(),
            quoted(&observed.table),
        )
    })
}

/// Drops what [`observe_sqlite`] creates.
pub fn unobserve_sqlite(table: &str) -> [String; 3] {
    ["insert", "update", "delete"]
        .map(|event| format!("DROP TRIGGER IF EXISTS {};", trigger_name(table, event)))
}

/// Returns the name of a trigger. It contains that of the table, because names of triggers belong to the whole
/// database.
fn trigger_name(table: &str, event: &str) -> String {
    quoted(&format!("_dcrf_{table}_{event}"))
}
