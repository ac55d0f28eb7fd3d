//! Lists, conditions and subscriptions, against what the words themselves say.

use super::*;

#[tokio::test]
async fn lists_conditions_and_subscriptions_agree_on_texts() {
    on_each_with(&MIGRATIONS, |db| async move {
        let consumer = Words(Filter::all());
        let mut cases: Vec<Case> = ASCENDING.iter().flat_map(|word| cases(word)).collect();
        cases.push((json!({"word": null}), WORDS.is_null(), Box::new(|word| word.is_none())));
        cases.push((json!({"word__isnull": false}), !WORDS.is_null(), of_words(|_| true)));
        cases.push((json!({"level__gt": "B"}), LEVEL.gt("B"), of_words(|own| ["a", "b"].contains(&own))));
        cases.push((json!({"level__lt": "a"}), LEVEL.lt("a"), of_words(|own| own == "B")));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("ws://{}/ws/words/", listener.local_addr().expect("an address"));
        let mut limits = Limits::default();
        (limits.events, limits.subscriptions) = (100_000, 10_000);
        let service = Service::new("words", MIGRATIONS).consumer(consumer.clone()).limits(limits);
        let (shutdown, signal) = oneshot::channel::<()>();
        let task = tokio::spawn(service.serve(listener, db.clone(), async {
            let _ = signal.await;
        }));
        let mut client = TestClient::connect(url).await;
        for (id, (filter, _, _)) in cases.iter().enumerate() {
            let frame = json!({"action": "subscribe", "request_id": id, "filter": filter});
            assert_eq!(client.request(&frame).await["response_status"], 201, "{frame}");
        }
        let unfiltered = client.request(&json!({"action": "subscribe", "request_id": "all"})).await;
        assert_eq!(unfiltered["response_status"], 201);
        let rows = fill(&db).await;
        let last = *rows.keys().last().expect("rows");
        // Events come in the order of the commits: when all have heard of the last row, nobody hears more.
        let mut heard: BTreeMap<u64, BTreeSet<i64>> = BTreeMap::new();
        let mut ends = 0;
        add(&db, Some("end")).await;
        while ends == 0 {
            let frame = client.expect_frame().await;
            let key = frame["data"]["pk"].as_i64().expect("a key");
            match frame["request_id"].as_u64() {
                Some(id) if key <= last => assert!(heard.entry(id).or_default().insert(key), "{frame}"),
                Some(_) => {}
                None => ends += usize::from(key > last),
            }
        }
        dcrf_runtime::store::delete(&db, &WORD, (last + 1).into()).await.expect("it is there");
        for (id, (filter, condition, has)) in cases.iter().enumerate() {
            let described = format!("{:?} {filter}", db.dialect());
            let expected: BTreeSet<i64> =
                rows.iter().filter(|(_, word)| has(**word)).map(|(key, _)| *key).collect();
            let listed = list(&db, &consumer, &json!({"filter": filter})).await;
            assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), expected, "a list: {described}");
            assert_eq!(found(&db, condition.clone()).await, expected, "a condition: {described}");
            let narrowed = list(&db, &Words(condition.clone()), &json!({})).await;
            assert_eq!(narrowed.into_iter().collect::<BTreeSet<_>>(), expected, "a queryset: {described}");
            let events = heard.remove(&(id as u64)).unwrap_or_default();
            assert_eq!(events, expected, "a subscription: {described}");
        }
        drop(client);
        let _ = shutdown.send(());
        task.await.expect("no panic").expect("an orderly shutdown");
    })
    .await;
}

#[tokio::test]
async fn lists_are_ordered_by_code_points() {
    on_each_with(&MIGRATIONS, |db| async move {
        let consumer = Words(Filter::all());
        let rows = fill(&db).await;
        let mut expected: Vec<i64> = rows.keys().copied().collect();
        // Nothing is less than everything.
        expected.sort_by_key(|key| rows[key]);
        assert_eq!(list(&db, &consumer, &json!({"order_by": "word"})).await, expected);
        assert_eq!(paged(&db, &consumer, "word").await, expected);
        expected.reverse();
        assert_eq!(list(&db, &consumer, &json!({"order_by": "-word"})).await, expected);
        assert_eq!(paged(&db, &consumer, "-word").await, expected);
    })
    .await;
}

/// The keys that a statement of the test's own gives.
async fn asked(db: &Db, sql: &'static str, args: Vec<dcrf_runtime::Value>) -> Vec<i64> {
    let rows = db.query(sql, args).await.expect("rows");
    rows.into_iter().map(|mut row| row.take(0).expect("a key")).collect()
}

#[tokio::test]
async fn an_order_of_the_database_is_asked_of_it() {
    on_each_with(&MIGRATIONS, |db| async move {
        let (consumer, ctx) = (Words(Filter::all()), context(&db));
        let rows = fill(&db).await;
        let ordered = "SELECT id FROM word WHERE local IS NOT NULL ORDER BY local, id";
        let mut expected: Vec<i64> = rows.iter().filter(|(_, word)| word.is_none()).map(|(key, _)| *key).collect();
        expected.extend(asked(&db, ordered, Vec::new()).await);
        assert_eq!(list(&db, &consumer, &json!({"order_by": "local"})).await, expected);
        assert_eq!(paged(&db, &consumer, "local").await, expected);
        assert_ne!(list(&db, &consumer, &json!({"order_by": "word"})).await, expected);
        let stored = dcrf_runtime::store::list(&db, &WORD).await.expect("rows");
        for word in ASCENDING {
            let text = || vec![(*word).into()];
            let less = asked(&db, "SELECT id FROM word WHERE local < $1", text()).await;
            let less: BTreeSet<i64> = less.into_iter().collect();
            let listed = list(&db, &consumer, &json!({"filter": {"local__lt": word}})).await;
            assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), less, "{word:?}");
            assert_eq!(found(&db, LOCAL.lt(*word)).await, less, "{word:?}");
            let greater = asked(&db, "SELECT id FROM word WHERE NOT local < $1", text()).await;
            assert_eq!(found(&db, !LOCAL.lt(*word)).await, greater.iter().copied().collect(), "{word:?}");
            // Memory does not tell, and a row that has gone is judged as if it were there.
            let narrowed = Words(LOCAL.lt(*word));
            for row in &stored {
                let key = Word(row.clone()).key();
                let known = Condition::from(LOCAL.lt(*word)).matches(row);
                assert_eq!(known, rows[&key].is_none().then_some(false), "{word:?} {row:?}");
                let sees = may_see_event(&narrowed, &ctx, "update", &WORD, row).await.expect("an answer");
                assert_eq!(sees, less.contains(&key), "{word:?} {row:?}");
            }
        }
        let gone = stored.iter().find(|row| rows[&Word((*row).clone()).key()] == Some("ab")).expect("a row");
        dcrf_runtime::store::delete(&db, &WORD, Word(gone.clone()).key().into()).await.expect("it is there");
        for (word, expected) in [("b", true), ("B", true), ("AA", false)] {
            let sees = may_see_event(&Words(LOCAL.lt(word)), &ctx, "delete", &WORD, gone).await;
            assert_eq!(sees.expect("an answer"), expected, "{word:?}");
        }
        // An event must not cost a query for each who hears of it.
        for (filter, answer) in [
            (json!({"local__lt": "b"}), Some("local")),
            (json!({"local__range": ["a", "b"]}), Some("local")),
            (json!({"local": "b"}), None),
            (json!({"local__contains": "b", "local__in": ["b"], "local__isnull": false}), None),
        ] {
            let frame = json!({"action": "subscribe", "request_id": 1, "filter": filter}).to_string();
            let request = Request::parse(&frame).expect("a frame");
            let refused = observer::groups(&OBSERVER, &request).err().map(|error| {
                let mut errors = Vec::new();
                error.detail().write_errors(&mut errors);
                (error.status(), String::from_utf8(errors).expect("UTF-8"))
            });
            let text = "The order of these texts is known to the database alone: a subscription is not filtered by it.";
            let expected = answer.map(|name| (400, json!([{"filter": {name: [text]}}]).to_string()));
            assert_eq!(refused, expected, "{filter}");
        }
    })
    .await;
}
