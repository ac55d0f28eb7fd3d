//! Search: letters of either case.

use super::*;

/// The same rows, searched by texts whose order is the database's.
static LOCALS: ConsumerMeta = ConsumerMeta {
    name: "Locals",
    stream: "locals",
    path: "/ws/locals/",
    actions: &[],
    model: Some(BoundModel {
        serializer: &SERIALIZER,
        lookup: 0,
        lookup_argument: "pk",
        ordering: &[],
        pagination: None,
        filter: &[],
        search: &[FieldPath::new("local", 3)],
        order_by: &[],
    }),
    access: AccessMeta::OPEN,
};

/// What a search finds, by the word of each row, in the order in which they were stored.
async fn searched(db: &Db, consumer: &'static ConsumerMeta, search: &str) -> Vec<String> {
    let (status, body) = searched_as(db, consumer, search).await;
    assert_eq!(status, 200, "{body}");
    let body: Value = serde_json::from_str(&body).expect("JSON");
    let rows = body.get("results").unwrap_or(&body).as_array().expect("rows").clone();
    rows.iter().filter_map(|row| row["word"].as_str().map(str::to_owned)).collect()
}

async fn searched_as(db: &Db, consumer: &'static ConsumerMeta, search: &str) -> (u16, String) {
    crate::wire::send(db, consumer, &json!({"action": "list", "search": search}).to_string()).await
}

static SEARCHED: ConsumerMeta = ConsumerMeta {
    name: "Searched",
    stream: "searched",
    path: "/ws/searched/",
    actions: &[],
    model: Some(BoundModel {
        serializer: &SERIALIZER,
        lookup: 0,
        lookup_argument: "pk",
        ordering: &[],
        pagination: Some(Pagination { page_size: 100, max_limit: None, style: PageStyle::LimitOffset }),
        filter: &[],
        search: SEARCH,
        order_by: &[],
    }),
    access: AccessMeta::OPEN,
};

#[tokio::test]
async fn a_search_ignores_case_alike_everywhere() {
    on_each_with(&MIGRATIONS, |db| async move {
        let stored = [
            "ein Äpfel",
            "EIN ÄPFEL",
            "straße",
            "STRAẞE",
            "strasse",
            "Desk",
            "de\u{17f}\u{212a}",
            "ΣΊΣΥΦΟΣ",
            "σίσυφος",
            "İstanbul",
            "istanbul",
            "日本",
            "a.b",
            "axb",
            "100%",
            "1000",
            "C:\\x",
            "[a-z]",
            "",
            "ǅ ǆ",
        ];
        for word in stored {
            add(&db, Some(word)).await;
        }
        add(&db, None).await;
        let cases: &[(&str, &[&str])] = &[
            ("äpfel", &["ein Äpfel", "EIN ÄPFEL"]),
            ("ÄPFEL ein", &["ein Äpfel", "EIN ÄPFEL"]),
            ("pfel", &["ein Äpfel", "EIN ÄPFEL"]),
            ("Straße", &["straße", "STRAẞE"]),
            ("STRASSE", &["strasse"]),
            ("desk", &["Desk", "de\u{17f}\u{212a}"]),
            ("DE\u{17f}K", &["Desk", "de\u{17f}\u{212a}"]),
            ("de", &["Desk", "de\u{17f}\u{212a}"]),
            ("Σίσυφοσ", &["ΣΊΣΥΦΟΣ", "σίσυφος"]),
            ("istanbul", &["istanbul"]),
            ("İST", &["İstanbul"]),
            ("本", &["日本"]),
            ("a.b", &["a.b"]),
            ("A.", &["a.b"]),
            ("k.", &[]),
            ("0%", &["100%"]),
            ("c:\\X", &["C:\\x"]),
            ("[A-", &["[a-z]"]),
            ("[ä-", &[]),
            ("Ǆ", &["ǅ ǆ"]),
            ("\u{308}", &[]),
            ("*", &[]),
            ("***", &[]),
            ("(?i)k", &[]),
            ("\\w\u{17f}", &[]),
        ];
        for (search, expected) in cases {
            for consumer in [&SEARCHED, &LOCALS] {
                assert_eq!(searched(&db, consumer, search).await, *expected, "{:?} {search:?}", db.dialect());
            }
            // A transaction of the application has another connection, and on SQLite another driver.
            let transaction = db.begin().await.expect("a transaction");
            let within = searched(transaction.db(), &SEARCHED, search).await;
            transaction.commit().await.expect("a commit");
            assert_eq!(within, *expected, "{:?} {search:?}", db.dialect());
        }
        assert_eq!(searched(&db, &SEARCHED, " ").await, stored);
        // Long searches are bounded, and what is within the bound is answered.
        for letter in ["k", "ä", "x", "😀", "\\"] {
            assert_eq!(searched(&db, &SEARCHED, &letter.repeat(1000)).await, [""; 0], "{letter}");
        }
        let long = searched_as(&db, &SEARCHED, &"k".repeat(1001)).await;
        let answer = r#"[{"search":["Ensure this field has no more than 1000 characters."]}]"#;
        assert_eq!(long, (400, answer.to_owned()));
        let nul = searched_as(&db, &SEARCHED, "a\0k").await;
        assert_eq!(nul, (400, r#"[{"search":["Null characters are not allowed."]}]"#.to_owned()));
    })
    .await;
}
