//! The outer way across a foreign key, in look-ups, lists, events and writes.

use super::*;

static VISIBLE: ConsumerMeta = ConsumerMeta {
    name: "Visible",
    stream: "visible",
    path: "/ws/visible/",
    actions: &[],
    model: Some(BOUND),
    access: AccessMeta::OPEN.queryset(),
};

/// Sees what a filter admits.
struct Visible(Filter<Probe>);

impl Dispatch for Visible {
    fn meta(&self) -> &'static ConsumerMeta {
        &VISIBLE
    }

    fn call<'a>(&'a self, _: &'a Context, _: &'a Request<'a>) -> ReplyFuture<'a> {
        Box::pin(async { Ok(Reply::empty(200)) })
    }

    fn queryset<'a>(&'a self, _: &'a Context) -> BoxFuture<'a, Result<Condition>> {
        Box::pin(async { Ok(self.0.clone().into()) })
    }
}

fn context(db: &Db) -> Context {
    let connection = dcrf_runtime::context::ConnectionInfo::new(1, Identity::Anonymous);
    Context::new(db.clone(), connection.into(), "visible", "list", "1")
}

/// The keys of what a consumer lists.
async fn listed(consumer: &Visible, ctx: &Context) -> BTreeSet<i64> {
    let request = Request::parse(r#"{"action": "list"}"#).expect("a frame");
    let input = dcrf_runtime::crud::list_input(&VISIBLE, &request).expect("an input");
    let reply = dcrf_runtime::crud::list(consumer, ctx, input).await.expect("a list");
    let rows: serde_json::Value = serde_json::from_slice(&reply.data).expect("JSON");
    rows.as_array().expect("rows").iter().map(|row| row["id"].as_i64().expect("a key")).collect()
}

/// The row that a row refers to, or what stands for it if it refers to none.
fn parent_of<'a>(rows: &'a [Row], row: &Row, none: &'a Row) -> &'a Row {
    let Value::Integer(parent) = row.values()[11] else { return none };
    rows.iter().find(|row| Probe((*row).clone()).key() == parent).expect("a parent")
}

#[tokio::test]
async fn an_outer_way_leads_to_nulls_where_a_reference_is_null() {
    on_each_with(&MIGRATIONS, |db| async move {
        let rows = fill(&db).await;
        let none = Row::new(vec![Value::Null; PROBE.columns.len()]);
        let ctx = context(&db);
        for (index, one) in simple().into_iter().enumerate() {
            for filter in [if index % 2 == 0 { one.clone() } else { !one.clone() }, one.clone() | !one] {
                let holds =
                    |row: &Row| Condition::from(filter.clone()).matches(row).expect("memory can judge it");
                let found_by = |holds: &dyn Fn(&Row) -> bool| -> BTreeSet<i64> {
                    let rows = rows.iter().filter(|row| holds(row));
                    rows.map(|row| Probe(row.clone()).key()).collect()
                };
                let parent = |row: &Row| parent_of(&rows, row, &none).clone();
                let has_parent = |row: &Row| row.values()[11] != Value::Null;
                let once = found_by(&|row| holds(&parent(row)));
                let twice = found_by(&|row| holds(&parent(&parent(row))));
                let inside = found_by(&|row| has_parent(row) && holds(&parent(&parent(row))));
                let behind = found_by(&|row| has_parent(&parent(row)) && holds(&parent(&parent(row))));
                for (found_so, outer) in [
                    (once, PARENT.outer(filter.clone())),
                    (twice, PARENT.outer(PARENT.outer(filter.clone()))),
                    (inside, PARENT.related(PARENT.outer(filter.clone()))),
                    (behind, PARENT.outer(PARENT.related(filter.clone()))),
                ] {
                    assert_eq!(found(&db, outer.clone()).await, found_so, "{outer:?}");
                    // A list joins what other statements ask for.
                    let consumer = Visible(outer.clone());
                    assert_eq!(listed(&consumer, &ctx).await, found_so, "{outer:?}");
                    for row in &rows {
                        let sees = may_see_event(&consumer, &ctx, "update", &PROBE, row).await;
                        let key = Probe(row.clone()).key();
                        assert_eq!(sees.expect("an answer"), found_so.contains(&key), "{outer:?} {row:?}");
                    }
                }
            }
        }
        // Memory judges what has no other row.
        let orphan = rows.iter().find(|row| row.values()[11] == Value::Null).expect("an orphan");
        let child = rows.iter().find(|row| row.values()[11] != Value::Null).expect("a child");
        let matches = |filter: Filter<Probe>, row: &Row| Condition::from(filter).matches(row);
        assert_eq!(matches(PARENT.outer(N.is_null()), orphan), Some(true));
        assert_eq!(matches(PARENT.outer(!N.is_null()), orphan), Some(false));
        assert_eq!(matches(!PARENT.outer(N.eq(1)), orphan), Some(false), "unknown stays unknown");
        assert_eq!(matches(PARENT.outer(N.is_null()), child), None);
    })
    .await;
}

#[tokio::test]
async fn writes_are_narrowed_by_outer_ways() {
    on_each_with(&MIGRATIONS, |db| async move {
        let rows = fill(&db).await;
        let ctx = context(&db);
        let consumer = Visible(PARENT.outer(!N.is_null() & N.lt(2)));
        let seen = found(&db, PARENT.outer(!N.is_null() & N.lt(2))).await;
        assert!(!seen.is_empty() && seen.len() < rows.len());
        // Those that refer to others go first.
        for key in rows.iter().rev().map(|row| Probe(row.clone()).key()) {
            let frame = format!(r#"{{"action": "delete", "pk": {key}}}"#);
            let request = Request::parse(&frame).expect("a frame");
            let deleted = dcrf_runtime::crud::delete(&consumer, &ctx, &request, key.into()).await;
            assert_eq!(deleted.is_ok(), seen.contains(&key), "{key}");
        }
        assert!(found(&db, Filter::all()).await.is_disjoint(&seen));
    })
    .await;
}
