//! What has another name keeps its rows and its links, and the tables are then as if they had always been called so.

use std::collections::BTreeMap;

use dcrf_e2e::Database;
use dcrf_runtime::Db;

use super::introspection::applied;
use super::{Files, evolved, generate, leak, migrations, run};
use crate::on_both_databases;

on_both_databases!(
    columns_are_swapped_moved_on_and_replaced,
    models_move_on_with_all_that_refers_to_them,
    links_stay_whatever_is_renamed,
    names_in_the_database_change,
    the_table_of_a_relation_becomes_a_model,
    what_an_earlier_version_described_goes_on,
);

/// A definition of models alone.
fn of(models: &str) -> &'static str {
    leak(format!(r#"{{"name": "blog", "models": {{{models}}}}}"#))
}

/// A model of texts, with more beside its properties.
fn texts(name: &str, properties: &[(&str, &str)], more: &str) -> String {
    let properties: Vec<String> = properties
        .iter()
        .map(|(name, more)| format!(r#""{name}": {{"type": "string", "default": "-"{more}}}"#))
        .collect();
    format!(r#""{name}": {{"type": "object", "properties": {{{}}}{more}}}"#, properties.join(", "))
}

/// Goes on to a definition: the tables are as those of a fresh database, and what is asked for once is done once.
async fn becomes(database: &Database, definition: &'static str, former: &Files) -> Files {
    let files = generate(definition, former);
    applied(database, definition, &files).await;
    assert_eq!(generate(definition, &files), files, "what was done is silent");
    files
}

async fn first(database: &Database, definition: &'static str, rows: &[&'static str]) -> Files {
    let files = generate(definition, &BTreeMap::new());
    let db = Db::connect(&database.url(), migrations(&files)).await.expect("the first migration applies");
    run(&db, rows).await;
    db.close().await;
    files
}

async fn columns_are_swapped_moved_on_and_replaced(database: Database) {
    let indexed = r#", "x-index": true"#;
    let unique = r#", "x-unique": true"#;
    let start = of(&texts("Post", &[("a", indexed), ("b", unique), ("x", ""), ("y", indexed)], ""));
    let rows = ["INSERT INTO post (a, b, x, y) VALUES ('A', 'B', 'X', 'Y')"];
    let files = first(&database, start, &rows).await;
    // A swap, and a chain, whose indexes move along.
    let a = format!(r#"{indexed}, "x-was": "b""#);
    let b = format!(r#"{unique}, "x-was": "a""#);
    let z = format!(r#"{indexed}, "x-was": "y""#);
    let moved = [("a", &*a), ("b", &*b), ("y", r#", "x-was": "x""#), ("z", &*z)];
    let files = becomes(&database, of(&texts("Post", &moved, "")), &files).await;
    assert_eq!(database.text("SELECT a || b || y || z FROM post").await, "BAXY");
    // Without former names, then a ring of all four.
    let named = [("a", ""), ("b", ""), ("y", ""), ("z", "")];
    let files = becomes(&database, of(&texts("Post", &named, "")), &files).await;
    let ring = [
        ("a", r#", "x-was": "z""#),
        ("b", r#", "x-was": "a""#),
        ("y", r#", "x-was": "b""#),
        ("z", r#", "x-was": "y""#),
    ];
    let files = becomes(&database, of(&texts("Post", &ring, "")), &files).await;
    assert_eq!(database.text("SELECT a || b || y || z FROM post").await, "YBAX");
    // `a` is replaced by `b`: what it held is given up.
    let replaced = of(&texts("Post", &[("a", r#", "x-was": "b""#), ("y", ""), ("z", "")], ""));
    let refused = evolved(replaced, &files, &[]).expect_err("the former `a` would be dropped");
    assert_eq!(refused.iter().map(|(code, _)| code.as_str()).collect::<Vec<_>>(), ["drop-column"]);
    let files = super::generate_allowing(replaced, &files, &[dcrf::diag::Code::DropColumn]);
    applied(&database, replaced, &files).await;
    assert_eq!(database.text("SELECT a || y || z FROM post").await, "BAX");
}

async fn models_move_on_with_all_that_refers_to_them(database: Database) {
    let refers = |name: &str, was: &str, other: &str| {
        format!(
            r#""{name}": {{"type": "object", {was} "properties": {{
                "label": {{"type": "string", "x-unique": true}},
                "other": {{"x-foreign-key": "{other}", "type": ["integer", "null"], "x-on-delete": "protect"}}}},
                "required": ["label"]}}"#
        )
    };
    let start = of(&[refers("A", "", "B"), refers("B", "", "A"), refers("Leaf", "", "A")].join(", "));
    let rows = [
        "INSERT INTO a (label) VALUES ('a1'), ('a2')",
        "INSERT INTO b (label, other_id) VALUES ('b1', 2), ('b2', 1), ('b3', 1)",
        "INSERT INTO leaf (label, other_id) VALUES ('l1', 2)",
        "UPDATE a SET other_id = 3",
        "DELETE FROM b WHERE label = 'b1'",
    ];
    let files = first(&database, start, &rows).await;
    // A chain: what was `A` is `B`, what was `B` is `C`.
    let chain =
        [refers("B", r#""x-was": "A","#, "C"), refers("C", r#""x-was": "B","#, "B"), refers("Leaf", "", "B")];
    let files = becomes(&database, of(&chain.join(", ")), &files).await;
    let asked = [
        ("SELECT string_agg(label, ' ' ORDER BY label) FROM b", "a1 a2"),
        ("SELECT string_agg(label, ' ' ORDER BY label) FROM c", "b2 b3"),
        ("SELECT b.label FROM leaf JOIN b ON b.id = leaf.other_id", "a2"),
    ];
    for (query, expected) in asked {
        assert_eq!(database.text(query).await, expected, "{query}");
    }
    // Swapped, with the model that refers to one of them.
    let named = [refers("B", "", "C"), refers("C", "", "B"), refers("Leaf", "", "B")];
    let files = becomes(&database, of(&named.join(", ")), &files).await;
    let swap = [
        refers("B", r#""x-was": "C","#, "C"),
        refers("C", r#""x-was": "B","#, "B"),
        refers("Page", r#""x-was": "Leaf","#, "C"),
    ];
    let files = becomes(&database, of(&swap.join(", ")), &files).await;
    let asked = [
        ("SELECT string_agg(label, ' ' ORDER BY label) FROM c", "a1 a2"),
        ("SELECT string_agg(label, ' ' ORDER BY label) FROM b", "b2 b3"),
        ("SELECT c.label FROM page JOIN c ON c.id = page.other_id", "a2"),
    ];
    for (query, expected) in asked {
        assert_eq!(database.text(query).await, expected, "{query}");
    }
    // Numbers go on, and references hold.
    let db = Db::connect(&database.url(), migrations(&files)).await.expect("nothing is pending");
    run(&db, &["INSERT INTO b (label, other_id) VALUES ('b4', 1)", "INSERT INTO c (label) VALUES ('a3')"])
        .await;
    assert_eq!(database.text("SELECT CAST(max(id) AS TEXT) FROM b").await, "4");
    assert_eq!(database.text("SELECT CAST(max(id) AS TEXT) FROM c").await, "3");
    for refused in ["INSERT INTO page (label, other_id) VALUES ('x', 9)", "DELETE FROM c WHERE label = 'a2'"]
    {
        assert!(db.execute(refused, Vec::new()).await.is_err(), "{refused}");
    }
    db.close().await;
}

async fn links_stay_whatever_is_renamed(database: Database) {
    let book = |name: &str, more: &str, relation: &str, target: &str, of_relation: &str| {
        format!(
            r#""{name}": {{"type": "object", {more} "properties": {{
                "title": {{"type": "string"}},
                "{relation}": {{"x-many-to-many": "{target}"{of_relation}}},
                "sequels": {{"x-many-to-many": "{name}"}}}}, "required": ["title"]}}"#
        )
    };
    let genre = |name: &str, more: &str| texts(name, &[("label", "")], more);
    let start = of(&[book("Book", "", "genres", "Genre", ""), genre("Genre", "")].join(", "));
    let rows = [
        "INSERT INTO book (title) VALUES ('one'), ('two')",
        "INSERT INTO genre (label) VALUES ('g1'), ('g2')",
        "INSERT INTO book_genres (book_id, genre_id) VALUES (1, 2), (2, 1)",
        "INSERT INTO book_sequels (from_book_id, to_book_id) VALUES (1, 2)",
    ];
    let mut files = first(&database, start, &rows).await;
    let was = |name: &str| format!(r#""x-was": "{name}","#);
    let steps = [
        (
            [book("Novel", &was("Book"), "genres", "Genre", ""), genre("Genre", "")],
            "SELECT title || genre_id || to_novel_id FROM novel JOIN novel_genres g ON g.novel_id = novel.id
             JOIN novel_sequels s ON s.from_novel_id = novel.id",
        ),
        (
            [book("Novel", "", "kinds", "Genre", r#", "x-was": "genres""#), genre("Genre", "")],
            "SELECT title || genre_id || to_novel_id FROM novel JOIN novel_kinds g ON g.novel_id = novel.id
             JOIN novel_sequels s ON s.from_novel_id = novel.id",
        ),
        (
            [book("Novel", "", "kinds", "Topic", ""), genre("Topic", r#", "x-was": "Genre""#)],
            "SELECT title || topic_id || to_novel_id FROM novel JOIN novel_kinds g ON g.novel_id = novel.id
             JOIN novel_sequels s ON s.from_novel_id = novel.id",
        ),
        (
            [book("Novel", "", "kinds", "Topic", r#", "x-table": "links""#), genre("Topic", "")],
            "SELECT title || topic_id || to_novel_id FROM novel JOIN links g ON g.novel_id = novel.id
             JOIN novel_sequels s ON s.from_novel_id = novel.id",
        ),
        // Everything at once.
        (
            [
                book("Text", &was("Novel"), "tags", "Tag", r#", "x-was": "kinds""#),
                genre("Tag", r#", "x-was": "Topic""#),
            ],
            "SELECT title || tag_id || to_text_id FROM text JOIN text_tags g ON g.text_id = text.id
             JOIN text_sequels s ON s.from_text_id = text.id",
        ),
    ];
    for (models, query) in steps {
        files = becomes(&database, of(&models.join(", ")), &files).await;
        assert_eq!(database.text(query).await, "one22", "{query}");
    }
    let db = Db::connect(&database.url(), migrations(&files)).await.expect("nothing is pending");
    run(&db, &["INSERT INTO text_tags (text_id, tag_id) VALUES (1, 1)", "DELETE FROM tag WHERE id = 2"])
        .await;
    assert_eq!(database.text("SELECT CAST(id AS TEXT) FROM text_tags WHERE text_id = 1").await, "3");
    db.close().await;
    let other = of(&[book("Text", "", "tags", "Text", ""), genre("Tag", "")].join(", "));
    let refused = evolved(other, &files, &[]).expect_err("keys of other rows are no links");
    assert_eq!(refused.iter().map(|(code, _)| code.as_str()).collect::<Vec<_>>(), ["drop-table"]);
}

async fn names_in_the_database_change(database: Database) {
    let post = |name: &str, more: &str, column: &str| {
        format!(
            r#""{name}": {{"type": "object", {more} "properties": {{
                "title": {{"type": "string", "x-unique": true{column}}},
                "after": {{"x-foreign-key": "{name}", "type": ["integer", "null"]}}}}, "required": ["title"]}}"#
        )
    };
    let rows =
        ["INSERT INTO post (title) VALUES ('one')", "INSERT INTO post (title, after_id) VALUES ('two', 1)"];
    let mut files = first(&database, of(&post("Post", "", "")), &rows).await;
    let steps = [
        (post("Post", r#""x-table": "entry","#, ""), "SELECT title FROM entry WHERE after_id = 1"),
        (post("Post", r#""x-table": "Entry","#, ""), "SELECT title FROM \"Entry\" WHERE after_id = 1"),
        (
            post("Post", r#""x-table": "Entry","#, r#", "x-column": "head""#),
            "SELECT head FROM \"Entry\" WHERE after_id = 1",
        ),
        (
            post("Post", r#""x-table": "Entry","#, r#", "x-column": "Head""#),
            "SELECT \"Head\" FROM \"Entry\" WHERE after_id = 1",
        ),
        // The same table under another model.
        (
            post("Text", r#""x-table": "Entry","#, r#", "x-column": "Head""#),
            "SELECT \"Head\" FROM \"Entry\" WHERE after_id = 1",
        ),
        (post("Text", "", ""), "SELECT title FROM text WHERE after_id = 1"),
    ];
    for (model, query) in steps {
        files = becomes(&database, of(&model), &files).await;
        assert_eq!(database.text(query).await, "two", "{model}");
    }
}

async fn the_table_of_a_relation_becomes_a_model(database: Database) {
    let book = |relation: &str| {
        format!(
            r#""Book": {{"type": "object", "properties": {{"title": {{"type": "string"}},
                "genres": {{"x-many-to-many": "Genre"{relation}}}}}, "required": ["title"]}}"#
        )
    };
    let genre = texts("Genre", &[("label", "")], "");
    let through = r#""BookGenre": {"type": "object", "x-table": "book_genres", "properties": {
        "book": {"x-foreign-key": "Book"}, "genre": {"x-foreign-key": "Genre"},
        "since": {"type": ["string", "null"], "format": "date"}}, "required": ["book", "genre"],
        "x-unique-together": [["book", "genre"]]}"#;
    let rows = [
        "INSERT INTO book (title) VALUES ('one')",
        "INSERT INTO genre (label) VALUES ('g1')",
        "INSERT INTO book_genres (book_id, genre_id) VALUES (1, 1)",
    ];
    let files = first(&database, of(&[book(""), genre.clone()].join(", ")), &rows).await;
    let model = [book(r#", "x-through": "BookGenre""#), genre, through.to_owned()].join(", ");
    becomes(&database, of(&model), &files).await;
    assert_eq!(database.text("SELECT CAST(book_id AS TEXT) FROM book_genres").await, "1");
}

/// The description of the tables as it was before names of the definition were kept in it.
fn nameless(files: &Files) -> Files {
    let mut files = files.clone();
    let text = files.get_mut("migrations/schema.json").expect("it is there");
    let mut description: serde_json::Value = serde_json::from_str(text).expect("JSON");
    for table in description["tables"].as_array_mut().expect("tables") {
        let table = table.as_object_mut().expect("a table");
        for key in ["model", "relation", "former", "dropped"] {
            table.remove(key);
        }
        for column in table["columns"].as_array_mut().expect("columns") {
            column.as_object_mut().expect("a column").remove("property");
        }
    }
    *text = description.to_string();
    files
}

async fn what_an_earlier_version_described_goes_on(database: Database) {
    let post = |name: &str, was: &str, field: &str, of_field: &str, relation: &str, of_relation: &str| {
        format!(
            r#""{name}": {{"type": "object", {was} "properties": {{
                "firstTitle": {{"type": "string"}},
                "{field}": {{"x-foreign-key": "{name}", "type": ["integer", "null"]{of_field}}},
                "{relation}": {{"x-many-to-many": "{name}"{of_relation}}}}}, "required": ["firstTitle"]}}"#
        )
    };
    let before = of(&post("BlogPost", "", "after", "", "bestFriends", ""));
    let rows = [
        "INSERT INTO blog_post (first_title) VALUES ('one')",
        "INSERT INTO blog_post (first_title, after_id) VALUES ('two', 1)",
        "INSERT INTO blog_post_best_friends (from_blog_post_id, to_blog_post_id) VALUES (2, 1)",
    ];
    let files = nameless(&first(&database, before, &rows).await);
    let same = generate(before, &files);
    assert_eq!(migrations(&same).sqlite.len(), 1, "nothing has changed");
    let after = post(
        "Text",
        r#""x-was": "BlogPost","#,
        "previous",
        r#", "x-was": "after""#,
        "friends",
        r#", "x-was": "bestFriends""#,
    );
    becomes(&database, of(&after), &files).await;
    let query = "SELECT first_title || previous_id || to_text_id FROM text JOIN text_friends ON from_text_id = text.id";
    assert_eq!(database.text(query).await, "two11");
}
