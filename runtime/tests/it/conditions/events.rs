//! Whose events are heard: those of rows that the queryset admits.

use super::*;

static NARROWED: ConsumerMeta = ConsumerMeta {
    name: "Narrowed",
    stream: "narrowed",
    path: "/ws/narrowed/",
    actions: &[],
    model: Some(BOUND),
    access: AccessMeta::OPEN.permissions(&[PermissionMeta::Named("Odd")]).queryset(),
};

/// Sees what a filter admits and, of that, only rows with odd keys.
struct Narrowed(Filter<Probe>);

impl Dispatch for Narrowed {
    fn meta(&self) -> &'static ConsumerMeta {
        &NARROWED
    }

    fn call<'a>(&'a self, _: &'a Context, _: &'a Request<'a>) -> ReplyFuture<'a> {
        Box::pin(async { Ok(Reply::empty(200)) })
    }

    fn has_permission<'a>(
        &'a self,
        ctx: &'a Context,
        _: &'a str,
        request: &'a Request<'a>,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async { Ok(ctx.action() == "update" && request.argument("pk").is_some()) })
    }

    fn has_row_permission<'a>(
        &'a self,
        _: &'a Context,
        _: &'a str,
        row: &'a Row,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async { Ok(Probe(row.clone()).key() % 2 == 1) })
    }

    fn queryset<'a>(&'a self, _: &'a Context) -> BoxFuture<'a, Result<Condition>> {
        Box::pin(async { Ok(self.0.clone().into()) })
    }
}

#[tokio::test]
async fn events_are_of_rows_that_the_subscriber_sees() {
    on_each_with(&MIGRATIONS, |db| async move {
        let rows = fill(&db).await;
        let connection = dcrf_runtime::context::ConnectionInfo::new(1, Identity::Anonymous);
        let ctx = Context::new(db.clone(), connection.into(), "narrowed", "subscribe", "1");
        let third = || PARENT.related(ID.lt(3));
        let twice = PARENT.related(PARENT.related(N.eq(0)) & N.is_null());
        let mut filters = vec![third(), !third(), third() | N.eq(3), !(third() & T.is_null()), twice];
        filters.extend([WIDE.lt(decimal("1")), !WIDE.gte(decimal("-2")) | third()]);
        filters.extend(simple());
        for filter in filters {
            let visible = found(&db, filter.clone()).await;
            let consumer = Narrowed(filter.clone());
            for row in &rows {
                let key = Probe(row.clone()).key();
                let sees = may_see_event(&consumer, &ctx, "update", &PROBE, row).await.expect("an answer");
                assert_eq!(sees, visible.contains(&key) && key % 2 == 1, "{filter:?} {row:?}");
                let sees = may_see_event(&consumer, &ctx, "delete", &PROBE, row).await.expect("an answer");
                assert!(!sees, "the permission lets updates pass alone");
            }
        }
        // Rows of another model are not the queryset's.
        let other = Row::new(vec![Value::Integer(2), "birds".into()]);
        let consumer = Narrowed(Filter::none());
        let sees = may_see_event(&consumer, &ctx, "update", &crate::descriptors::CATEGORY, &other).await;
        assert!(sees.expect("an answer"));
    })
    .await;
}

#[tokio::test]
async fn a_row_that_is_gone_is_judged_by_the_rows_that_are_not() {
    on_each_with(&MIGRATIONS, |db| async move {
        let rows = fill(&db).await;
        let connection = dcrf_runtime::context::ConnectionInfo::new(1, Identity::Anonymous);
        let ctx = Context::new(db.clone(), connection.into(), "narrowed", "subscribe", "1");
        let consumer = Narrowed(PARENT.related(ID.lt(5)));
        // Row 7 refers to row 4.
        let row = rows.iter().find(|row| Probe((*row).clone()).key() == 7).expect("a row");
        dcrf_runtime::store::delete(&db, &PROBE, 7_i64.into()).await.expect("it is there");
        assert!(may_see_event(&consumer, &ctx, "update", &PROBE, row).await.expect("an answer"));
        dcrf_runtime::store::delete(&db, &PROBE, 4_i64.into()).await.expect("it is there");
        assert!(!may_see_event(&consumer, &ctx, "update", &PROBE, row).await.expect("an answer"));
    })
    .await;
}
