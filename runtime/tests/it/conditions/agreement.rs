//! What a database finds is what memory admits.

use super::*;

#[tokio::test]
async fn memory_and_databases_agree() {
    on_each_with(&MIGRATIONS, |db| async move {
        let rows = fill(&db).await;
        for (index, one) in simple().into_iter().enumerate() {
            agree(&db, &rows, one.clone()).await;
            agree(&db, &rows, !one.clone()).await;
            // Each with some of the others, all of which have their turn.
            for other in simple().into_iter().skip(index % 7).step_by(7) {
                agree(&db, &rows, one.clone() & other.clone()).await;
                agree(&db, &rows, !(one.clone() | !other)).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn rows_are_found_by_what_they_refer_to() {
    on_each_with(&MIGRATIONS, |db| async move {
        let rows = fill(&db).await;
        let parents = |admits: &dyn Fn(i64) -> bool| -> BTreeSet<i64> {
            let keys = rows.iter().filter(|row| match row.values()[11] {
                Value::Integer(parent) => admits(parent),
                _ => admits(-1),
            });
            keys.map(|row| Probe(row.clone()).key()).collect()
        };
        let third = || PARENT.related(ID.lt(3));
        assert_eq!(found(&db, third()).await, parents(&|parent| (1..3).contains(&parent)));
        assert_eq!(found(&db, !third()).await, parents(&|parent| !(1..3).contains(&parent)));
        let twice = PARENT.related(PARENT.related(Filter::all()) & N.is_null());
        assert!(found(&db, twice).await.len() < rows.len());
        // Only a query can tell, but where it does not matter.
        let some = rows.iter().find(|row| row.values()[11] != Value::Null).expect("a child");
        let orphan = rows.iter().find(|row| row.values()[11] == Value::Null).expect("an orphan");
        let matches = |filter: Filter<Probe>, row: &Row| Condition::from(filter).matches(row);
        assert_eq!(matches(third(), some), None);
        assert_eq!(matches(third(), orphan), Some(false));
        assert_eq!(matches(third() & Filter::none(), some), Some(false));
        assert_eq!(matches(third() | Filter::all(), some), Some(true));
        assert_eq!(matches(!third() | N.eq(99), some), None);
    })
    .await;
}

#[tokio::test]
async fn queries_count_and_look() {
    on_each_with(&MIGRATIONS, |db| async move {
        let rows = fill(&db).await;
        let probes = Probe::objects(&db);
        assert_eq!(probes.filter(Filter::all()).count().await.expect("a read"), rows.len() as u64);
        assert_eq!(probes.filter(Filter::none()).count().await.expect("a read"), 0);
        let first = probes.filter(ID.gt(3)).first().await.expect("a read").expect("a row");
        assert_eq!(first.key(), 4);
        assert!(probes.filter(ID.gt(3)).filter(ID.lt(5)).exists().await.expect("a read"));
        assert!(!probes.filter(ID.gt(3)).filter(ID.lt(4)).exists().await.expect("a read"));
    })
    .await;
}
