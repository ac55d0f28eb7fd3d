//! Columns of any SQL type (`x-sql`) in tables that migrations make.

use std::collections::BTreeMap;

use dcrf::diag::Code;
use dcrf::emit;
use dcrf::evolve::{FOLDERS, Language, Previous, SqlType, SqlTypes};
use dcrf_e2e::Database;
use dcrf_runtime::Db;

use super::introspection::{another, applied, is_sqlite};
use super::{Files, compiled, evolved, evolved_from, generate, generate_allowing, leak, migrations, run};
use crate::on_both_databases;

on_both_databases!(
    columns_come_change_and_go_and_what_is_stored_stays,
    a_type_changes_only_by_an_expression,
    a_type_is_made_before,
    a_database_without_a_type_is_not_touched,
    an_extension_has_types,
    types_are_the_same_for_both
);

fn model(model: &str, properties: &str) -> &'static str {
    leak(format!(
        r#"{{"name": "blog", "models": {{"{model}": {{"type": "object", "properties": {{{properties}}}, "required": ["title"]}}}}}}"#
    ))
}

const TITLE: &str = r#""title": {"type": "string"}"#;

/// Small letters outside, capitals inside.
const CODE: &str = r#""x-sql": {
    "type": {"sqlite": "TEXT", "postgres": "varchar(20)"},
    "read": {"sqlite": "lower({column})", "postgres": "lower({column})"},
    "write": {"sqlite": "upper({value})", "postgres": "upper({value})"}}"#;

/// What was noted of migrations, rows and files.
struct Story {
    database: Database,
    files: Files,
}

impl Story {
    async fn begin(database: Database, definition: &'static str, statements: &[&'static str]) -> Self {
        let mut this = Self { database, files: BTreeMap::new() };
        this.go_on(definition, &[]).await;
        this.run(statements).await;
        this
    }

    /// To the next version, whose tables are those of a database that is made at once.
    async fn go_on(&mut self, definition: &'static str, allowed: &[Code]) {
        self.files = generate_allowing(definition, &self.files, allowed);
        applied(&self.database, definition, &self.files).await;
        assert_eq!(generate(definition, &self.files), self.files, "nothing more is asked for");
    }

    async fn run(&self, statements: &[&'static str]) {
        let db =
            Db::connect(&self.database.url(), migrations(&self.files)).await.expect("nothing is pending");
        run(&db, statements).await;
        db.close().await;
    }

    async fn is(&self, sql: &'static str, expected: &str) {
        assert_eq!(self.database.text(sql).await, expected, "{sql}");
    }

    fn count(&self) -> usize {
        migrations(&self.files).sqlite.len()
    }
}

async fn columns_come_change_and_go_and_what_is_stored_stays(database: Database) {
    let insert = &["INSERT INTO note (title) VALUES ('One'), ('Two')"];
    let mut story = Story::begin(database, model("Note", TITLE), insert).await;

    // What rows get goes through what writes the column, be it a default or said for the rows.
    let code = format!(r#""code": {{"type": "string", "default": "abc", {CODE}}}"#);
    let kind = format!(r#""kind": {{"enum": ["a", "b"], "default": "a", "x-backfill": "b", {CODE}}}"#);
    let more = format!(r#""more": {{"type": ["string", "null"], {CODE}}}"#);
    story.go_on(model("Note", &format!("{TITLE}, {code}, {kind}, {more}")), &[]).await;
    story.is("SELECT code || kind || COALESCE(more, '-') FROM note WHERE id = 2", "ABCB-").await;
    let db = Db::connect(&story.database.url(), migrations(&story.files)).await.expect("nothing is pending");
    let outcome = db.execute("INSERT INTO note (title, kind) VALUES ('Three', 'A')", Vec::new()).await;
    assert!(outcome.is_err(), "the server has the default, and the database none");
    db.close().await;

    // Neither the names nor other columns, for which SQLite makes the table anew, change what is stored.
    story
        .run(&["UPDATE note SET code = 'AbC' WHERE id = 1", "UPDATE note SET more = 'x' WHERE id = 1"])
        .await;
    let label = format!(r#""label": {{"type": "string", "default": "abc", "x-was": "code", {CODE}}}"#);
    let memo = |properties: &str| {
        model("Memo", properties).replacen(r#""type": "object""#, r#""x-was": "Note", "type": "object""#, 1)
    };
    let title = r#""title": {"type": ["integer", "null"]}"#;
    story.run(&["UPDATE note SET title = '7'"]).await;
    story.go_on(leak(memo(&format!("{title}, {kind}, {label}, {more}"))), &[]).await;
    story.is("SELECT label || more || title FROM memo WHERE id = 1", "AbCx7").await;

    // Values of an enum become others, by what reads and writes them; null is filled by the default.
    let kind = format!(
        r#""kind": {{"enum": ["a", "c"], "default": "a", "x-backfill": {{"values": {{"b": "c"}}}}, {CODE}}}"#
    );
    let more = format!(r#""more": {{"type": "string", "default": "y", {CODE}}}"#);
    story.go_on(model("Memo", &format!("{title}, {kind}, {label}, {more}")), &[]).await;
    story.is("SELECT kind || more FROM memo WHERE id = 1", "Cx").await;
    story.is("SELECT kind || more FROM memo WHERE id = 2", "CY").await;

    // A row with another value stops the migration.
    let less = format!(r#""kind": {{"enum": ["a"], "default": "a", {CODE}}}"#);
    let definition = model("Memo", &format!("{title}, {less}, {label}, {more}"));
    let stopped = generate_allowing(definition, &story.files, &[Code::NarrowedEnum]);
    let error = Db::connect(&story.database.url(), migrations(&stopped)).await.expect_err("two rows have it");
    assert!(error.to_string().contains("memo.kind: these rows have a value that is not allowed"), "{error}");
    assert!(error.to_string().contains("id 1 has \"c\", id 2 has \"c\""), "as it is read: {error}");

    let gone = format!(r#"{title}, {kind}, {label}, "more": {{"x-drop": true}}"#);
    story.go_on(model("Memo", &gone), &[]).await;
    story.is("SELECT label || kind FROM memo WHERE id = 1", "AbCC").await;
}

fn coded(code: &str) -> &'static str {
    model("Note", &format!(r#"{TITLE}, "code": {code}"#))
}

async fn a_type_changes_only_by_an_expression(database: Database) {
    let sql = |sqlite: &str, postgres: &str, more: &str| {
        let read = r#""read": {"sqlite": "lower({column})", "postgres": "lower({column})"}"#;
        let more = if more.is_empty() { read } else { more };
        coded(&format!(
            r#"{{"type": ["string", "null"], "x-sql": {{"type": {{"sqlite": "{sqlite}", "postgres": "{postgres}"}}, {more}}}}}"#
        ))
    };
    let first = sql("TEXT", "varchar(20)", "");
    let insert = &["INSERT INTO note (title, code) VALUES ('One', 'ABC'), ('Two', NULL)"];
    let mut story = Story::begin(database, first, insert).await;

    // Other words for the same, and other expressions, are no migration.
    let write = r#""write": {"sqlite": "upper({value})", "postgres": "upper({value})"}"#;
    for same in [sql("text", "CHARACTER VARYING (20)", ""), sql("TEXT", "varchar(20)", write), first] {
        story.files = evolved(same, &story.files, &[]).expect("it is the same");
        assert_eq!(story.count(), 1, "{same}");
    }

    // Another type is refused, and so is one instead of none, and none instead of one.
    let plain = r#"{"type": ["string", "null"]}"#;
    for (definition, change) in [
        (
            sql("TEXT", "varchar(40)", ""),
            "the SQL type `varchar(20)` (on SQLite `TEXT`) to the SQL type `varchar(40)`",
        ),
        (sql("BLOB", "varchar(20)", ""), "(on SQLite `BLOB`)"),
        (coded(plain), "to string"),
    ] {
        let refused = evolved(definition, &story.files, &[]).expect_err("values may be lost");
        assert_eq!(refused.len(), 1, "{refused:?}");
        assert_eq!(refused[0].0, Code::RetypeColumn);
        assert!(
            refused[0].1.contains("the values of `code` cannot be converted from")
                && refused[0].1.contains(change),
            "{refused:?}"
        );
    }

    // What the values become, an expression says, which sees them.
    let with = |definition: &'static str, expression: &str| {
        let backfill = format!(r#""x-backfill": {{"sql": "{expression}"}}, "type": ["#);
        leak(definition.replacen(r#""type": ["#, &backfill, 1))
    };
    let wider = with(sql("TEXT", "varchar(40)", ""), "code || '!'");
    story.go_on(wider, &[Code::RetypeColumn]).await;
    story.is("SELECT code FROM note WHERE id = 1", "ABC!").await;
    story.is("SELECT COALESCE(code, 'none') FROM note WHERE id = 2", "none").await;
    let refused = evolved(coded(plain), &story.files, &[]).expect_err("values may be lost");
    assert_eq!(refused[0].0, Code::RetypeColumn);
    story.go_on(with(coded(plain), "lower(code)"), &[Code::RetypeColumn]).await;
    story.is("SELECT code FROM note WHERE id = 1", "abc!").await;
    // Back again; nobody says what becomes of them.
    story.go_on(first, &[Code::RetypeColumn]).await;
    story.is("SELECT COALESCE(code, 'none') FROM note WHERE id = 1", "none").await;

    // Columns of other types keep their indexes, too.
    let due = |ty: &str| {
        leak(
            coded(plain)
                .replacen(plain, &format!(r#"{{"type": "{ty}", "x-index": true}}"#), 1)
                .replace(r#""required": ["title"]"#, r#""required": ["title", "code"]"#),
        )
    };
    let dropped = format!(r#"{TITLE}, "code": {{"x-drop": true}}"#);
    story.go_on(model("Note", &dropped), &[]).await;
    let date = r#"string", "format": "date", "x-backfill": "2024-02-29"#;
    story.go_on(due(date), &[]).await;
    let flag = r#"boolean", "x-backfill": {"sql": {"sqlite": "code > '2024'", "postgres": "code > '2024-01-01'"}}, "title": "Code"#;
    story.go_on(due(flag), &[Code::RetypeColumn]).await;
    let is_true = "SELECT CASE WHEN code THEN 'yes' ELSE 'no' END FROM note WHERE id = 1";
    story.is(is_true, "yes").await;
}

const MOOD: &str = r#""mood": {"enum": ["sad", "happy"], "default": "happy", "x-sql": {
    "type": {"postgres": "mood", "sqlite": "TEXT"},
    "read": {"postgres": "{column}::text", "sqlite": "{column}"},
    "write": {"postgres": "{value}::mood", "sqlite": "{value}"}}}"#;

/// Adds a migration of the user's own for PostgreSQL.
fn own(files: &Files, word: &str, sql: &str, definition: &'static str) -> Files {
    let mut previous = Previous::read(files).expect("what was generated");
    previous.add_own(word, Language::Sql, ["-- Nothing on SQLite.\n".to_owned(), format!("{sql}\n")]);
    evolved_from(definition, &previous, &[]).expect("nothing is refused")
}

fn squash(definition: &'static str, files: &Files, name: &str, with: &[&str]) -> Files {
    let mut previous = Previous::read(files).expect("what was generated");
    let told = FOLDERS.map(|folder| previous.told(folder));
    let with: Vec<String> = with.iter().map(|name| (*name).to_owned()).collect();
    let first = FOLDERS.map(|folder| previous.first(folder, &with));
    let (api, _) = compiled(definition);
    previous.replace_all(name.to_owned(), emit::squashed(&api, told, first));
    evolved_from(definition, &previous, &[]).expect("nothing is refused")
}

async fn connect(database: &Database, files: &Files) -> Result<(), String> {
    let db = Db::connect(&database.url(), migrations(files)).await.map_err(|error| error.to_string())?;
    db.close().await;
    Ok(())
}

async fn a_type_is_made_before(database: Database) {
    let (plain, moody) = (model("Note", TITLE), model("Note", &format!("{TITLE}, {MOOD}")));
    let mut story = Story::begin(database, plain, &["INSERT INTO note (title) VALUES ('One')"]).await;
    if !is_sqlite(&story.database) {
        // Whether the table is new or not: the column and its type are named, and nothing is applied.
        for files in [generate(moody, &story.files), generate(moody, &BTreeMap::new())] {
            let database = if files.keys().any(|path| path.contains("0002")) {
                &story.database
            } else {
                &another(&story.database).await
            };
            let error = connect(database, &files).await.expect_err("there is no such type");
            for part in
                ["note.mood is to be of the type mood, which the database does not have", "`dcrf migrate new"]
            {
                assert!(error.contains(part), "{error}");
            }
            let applied =
                "SELECT CAST(count(*) AS TEXT) FROM pg_class WHERE relname IN ('note', '_dcrf_migrations')";
            let expected = if std::ptr::eq(database, &raw const story.database) { "2" } else { "0" };
            assert_eq!(database.text(applied).await, expected);
        }
    }
    let sql = "CREATE TYPE mood AS ENUM ('sad', 'happy');";
    story.files = own(&story.files, "mood_type", sql, moody);
    assert_eq!(story.count(), 3);
    connect(&story.database, &story.files).await.expect("the type is there before");
    story.is("SELECT CAST(mood AS TEXT) FROM note", "happy").await;
    let fresh = another(&story.database).await;
    connect(&fresh, &story.files).await.expect("in one transaction");

    // What makes the type can be the first of all, and goes into the one that stands for all.
    let from_nothing = own(&BTreeMap::new(), "mood_type", sql, moody);
    assert_eq!(migrations(&from_nothing).sqlite.len(), 2);
    connect(&another(&story.database).await, &from_nothing).await.expect("it makes all");
    let squashed = squash(moody, &story.files, "0003_squashed", &["0002_mood_type"]);
    assert_eq!(migrations(&squashed).sqlite.len(), 1);
    connect(&story.database, &squashed).await.expect("it has applied all");
    connect(&another(&story.database).await, &squashed).await.expect("it makes all");
    // And into the one that stands for that.
    let more = model("Note", &format!("{TITLE}, {MOOD}, \"more\": {{\"type\": [\"string\", \"null\"]}}"));
    let again = squash(more, &generate(more, &squashed), "0004_squashed", &[]);
    connect(&another(&story.database).await, &again).await.expect("it makes all");
    let without = squash(moody, &story.files, "0003_squashed", &[]);
    let outcome = connect(&another(&story.database).await, &without).await;
    assert_eq!(outcome.is_ok(), is_sqlite(&story.database), "{outcome:?}");
}

async fn a_database_without_a_type_is_not_touched(database: Database) {
    let (other, on) = if is_sqlite(&database) { ("postgres", "SQLite") } else { ("sqlite", "PostgreSQL") };
    let one =
        coded(&format!(r#"{{"type": ["string", "null"], "x-sql": {{"type": {{"{other}": "TEXT"}}}}}}"#));
    let both =
        coded(r#"{"type": ["string", "null"], "x-sql": {"type": {"sqlite": "TEXT", "postgres": "TEXT"}}}"#);
    let refused = |error: String| {
        assert!(error.contains("`x-sql` of note.code says nothing for"), "{error}");
        assert!(error.contains(&format!("so that {on} cannot be used")), "{error}");
    };
    // Not even what comes before.
    let plain = model("Note", TITLE);
    let first = generate(plain, &BTreeMap::new());
    let added = generate(one, &first);
    refused(connect(&database, &added).await.expect_err("it has no type"));
    let story = Story::begin(database, plain, &["INSERT INTO note (title) VALUES ('One')"]).await;
    refused(connect(&story.database, &added).await.expect_err("it has no type"));
    story.is("SELECT CAST(count(*) AS TEXT) FROM _dcrf_migrations", "1").await;

    // A type for this one, too, is no migration; what stands for all has it.
    let again = generate(both, &added);
    assert_eq!(migrations(&again).sqlite.len(), 2);
    refused(connect(&another(&story.database).await, &again).await.expect_err("it had no type"));
    let squashed = squash(both, &again, "0002_squashed", &[]);
    let fresh = another(&story.database).await;
    applied(&fresh, both, &squashed).await;
    // A type that is no more stops what comes.
    let lost = generate(one, &squashed);
    assert_eq!(migrations(&lost).sqlite.len(), 2);
    refused(connect(&fresh, &lost).await.expect_err("it has no type any more"));
}

/// `citext` is among the modules that come with PostgreSQL.
async fn an_extension_has_types(database: Database) {
    let nick = r#"{"type": "string", "default": "Ada", "x-sql": {
        "type": {"postgres": "citext", "sqlite": "TEXT"},
        "read": {"postgres": "{column}::text", "sqlite": "{column}"}}}"#;
    let named = coded(nick);
    let story =
        Story::begin(database, model("Note", TITLE), &["INSERT INTO note (title) VALUES ('One')"]).await;
    let files = own(&story.files, "extensions", "CREATE EXTENSION IF NOT EXISTS citext;", named);
    connect(&story.database, &files).await.expect("the extension is there");
    let found = if is_sqlite(&story.database) {
        "SELECT code FROM note WHERE code = 'Ada'"
    } else {
        "SELECT code::text FROM note WHERE code = 'ADA'"
    };
    assert_eq!(story.database.text(found).await, "Ada");
}

/// What is the same type to the generator is the same to PostgreSQL, and what is not is not.
async fn types_are_the_same_for_both(database: Database) {
    const TYPES: &[&str] = &[
        "varchar(40)",
        "character varying (40)",
        "varchar(20)",
        "varchar",
        "CHARACTER VARYING",
        "char(4)",
        "character(4)",
        "text",
        "TEXT",
        "int",
        "integer",
        "int4",
        "INT8",
        "bigint",
        "smallint",
        "int2",
        "real",
        "float4",
        "double precision",
        "float8",
        "bool",
        "boolean",
        "numeric(10,2)",
        "decimal(10, 2)",
        "numeric",
        "decimal",
        "numeric(12,2)",
        "timestamptz",
        "timestamp with time zone",
        "timestamp",
        "timestamp without time zone",
        "timestamp(3) with time zone",
        "timestamptz(3)",
        "timestamp(3)",
        "timestamp(3) without time zone",
        "time",
        "time with time zone",
        "timetz",
        "time(3) with time zone",
        "timetz(3)",
        "bit(3)",
        "bit varying(3)",
        "varbit(3)",
        "int[]",
        "integer[]",
        "integer [ ]",
        "int8[]",
        "text[]",
        "timestamptz[]",
        "inet",
        "cidr",
        "\"Mood\"",
        "Mood",
        "mood",
        "public . mood",
        "public.\"Mood\"",
    ];
    if is_sqlite(&database) {
        return;
    }
    let story = Story::begin(database, model("Note", TITLE), &[]).await;
    let columns: Vec<String> = TYPES.iter().enumerate().map(|(at, ty)| format!("c{at} {ty}")).collect();
    let table = leak(format!("CREATE TABLE types ({})", columns.join(", ")));
    let types = ["CREATE TYPE mood AS ENUM ('sad')", "CREATE TYPE \"Mood\" AS ENUM ('sad')", table];
    story.run(&types).await;
    let told = "SELECT string_agg(format_type(atttypid, atttypmod), ';' ORDER BY attnum) FROM pg_attribute WHERE attrelid \
                = 'types'::regclass AND attnum > 0";
    let told = story.database.text(told).await;
    let told: Vec<&str> = told.split(';').collect();
    let sql = |ty: &str| SqlTypes { sqlite: None, postgres: Some(SqlType::from(ty.to_owned())) };
    for (one, of_one) in TYPES.iter().zip(&told) {
        for (other, of_other) in TYPES.iter().zip(&told) {
            // A name behind its schema is another text, as a path may lead to another type.
            let is_found = one.contains('.') == other.contains('.');
            let keeps = sql(one).keep(&sql(other));
            assert!(!keeps || of_one == of_other, "{one} and {other} are not the same");
            assert!(keeps || of_one != of_other || !is_found, "{one} and {other} are the same");
        }
    }
}
