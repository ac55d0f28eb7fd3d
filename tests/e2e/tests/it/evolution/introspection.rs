//! What a database says of its tables, as one text: a database that has changed step by step is to say the same as one
//! that was made at once.

use std::collections::BTreeMap;

use dcrf_e2e::Database;
use dcrf_runtime::Db;

use super::{Files, generate, migrations};

const SQLITE: &str = "
    WITH tables AS (
        SELECT name, sql FROM sqlite_master
        WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> '_dcrf_migrations'
    ), lines AS (
        SELECT t.name || '.' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' '
            || coalesce(c.dflt_value, '-') || ' ' || c.pk AS line
        FROM tables t, pragma_table_xinfo(t.name) c
        UNION ALL
        SELECT t.name || ' ' || (t.sql LIKE '%AUTOINCREMENT%') || (t.sql LIKE '%STRICT') FROM tables t
        UNION ALL
        SELECT t.name || '.' || f.\"from\" || ' -> ' || f.\"table\" || '.' || f.\"to\" || ' ' || f.on_delete
        FROM tables t, pragma_foreign_key_list(t.name) f
        UNION ALL
        SELECT t.name || ' index ' || i.name || ' ' || i.\"unique\" || ' '
            || (SELECT group_concat(p.name) FROM pragma_index_info(i.name) p)
        FROM tables t, pragma_index_list(t.name) i
        UNION ALL
        SELECT sql FROM sqlite_master WHERE type IN ('trigger', 'view')
    )
    SELECT group_concat(line, char(10)) FROM (SELECT line FROM lines ORDER BY line)";

const POSTGRES: &str = "
    WITH tables AS (
        SELECT oid, relname AS name FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> '_dcrf_migrations'
    ), lines AS (
        SELECT t.name || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || ' '
            || coalesce(pg_get_expr(d.adbin, d.adrelid), '-') || ' ' || a.attidentity::text AS line
        FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attnum > 0 AND NOT a.attisdropped
        UNION ALL
        SELECT t.name || ' ' || c.conname || ' ' || pg_get_constraintdef(c.oid)
        FROM tables t JOIN pg_constraint c ON c.conrelid = t.oid
        UNION ALL
        SELECT pg_get_indexdef(i.indexrelid) FROM tables t JOIN pg_index i ON i.indrelid = t.oid
        UNION ALL
        SELECT pg_get_triggerdef(g.oid) FROM tables t JOIN pg_trigger g ON g.tgrelid = t.oid WHERE NOT g.tgisinternal
        UNION ALL
        SELECT 'sequence ' || s.relname || ' of ' || t.name || '.' || a.attname
        FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.deptype = 'i' JOIN tables t ON t.oid = d.refobjid
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
        WHERE s.relkind = 'S'
    )
    SELECT string_agg(line, E'\\n' ORDER BY line) FROM lines";

fn is_sqlite(database: &Database) -> bool {
    database.url().starts_with("sqlite")
}

async fn described(database: &Database) -> String {
    database.text(if is_sqlite(database) { SQLITE } else { POSTGRES }).await
}

/// An empty database of the same kind.
pub(super) async fn another(database: &Database) -> Database {
    let fresh = if is_sqlite(database) { Some(Database::sqlite()) } else { Database::postgres().await };
    fresh.expect("there is a second database where there is a first")
}

/// Brings a database to the last of the migrations, and holds it against one that was made at once for the definition.
pub(super) async fn applied(database: &Database, definition: &'static str, files: &Files) {
    let db = Db::connect(&database.url(), migrations(files)).await.expect("the migrations apply");
    db.close().await;
    let fresh = another(database).await;
    let at_once = generate(definition, &BTreeMap::new());
    let db = Db::connect(&fresh.url(), migrations(&at_once)).await.expect("the first migration applies");
    db.close().await;
    assert_eq!(described(database).await, described(&fresh).await, "{definition}");
}
