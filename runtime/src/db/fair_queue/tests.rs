//! Tests the order of turns.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::{Class, FairQueue, QueuePermit, Requester, RequestingConnection, Shares};
use crate::db::DbResult;
use crate::ground::bounds::Bounds;
use crate::ground::limits::Limits;
use crate::ground::stats::LimitKind;

/// A requester that waits for a permit and that the test polls itself.
type Asking = Pin<Box<dyn Future<Output = DbResult<Option<QueuePermit>>>>>;

fn requester(id: u64, address: &str) -> Requester {
    let address = Some(address.parse().expect("an address"));
    Requester::Connection(Arc::new(RequestingConnection { id, address, bounds: Arc::default() }))
}

fn ask(queue: &Arc<FairQueue>, requester: &Requester, class: Class) -> Asking {
    let (queue, requester) = (Arc::clone(queue), requester.clone());
    Box::pin(async move { queue.take(&requester, class).await })
}

fn poll(asking: &mut Asking) -> Option<QueuePermit> {
    match asking.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(permit) => Some(permit.expect("a turn").expect("a permit")),
        Poll::Pending => None,
    }
}

fn one() -> Shares {
    Shares { long: 1, brief: 1, lasting: 1, all: 3 }
}

/// Serves all waiting requesters, one after the other; returns their names in this order.
fn served(first: QueuePermit, mut waiting: Vec<(&'static str, Asking)>) -> Vec<&'static str> {
    let (mut permit, mut order) = (Some(first), Vec::new());
    while !waiting.is_empty() {
        drop(permit.take());
        let ready = waiting.iter_mut().position(|(_, asking)| {
            permit = poll(asking);
            permit.is_some()
        });
        order.push(waiting.remove(ready.expect("somebody has a turn")).0);
    }
    order
}

#[tokio::test]
async fn turns_go_round_by_address_and_by_connection() {
    let queue = FairQueue::new(one());
    let (greedy, beside, away) =
        (requester(1, "10.0.0.1"), requester(2, "10.0.0.1"), requester(3, "10.0.0.2"));
    let first = poll(&mut ask(&queue, &greedy, Class::Long)).expect("a permit");
    let all =
        [("greedy", &greedy); 4].into_iter().chain([("beside", &beside), ("away", &away), ("away", &away)]);
    let waiting = all.map(|(name, requester)| {
        let mut asking = ask(&queue, requester, Class::Long);
        assert!(poll(&mut asking).is_none());
        (name, asking)
    });
    let order = served(first, waiting.collect());
    assert_eq!(order, ["greedy", "away", "beside", "away", "greedy", "greedy", "greedy"]);
    let state = queue.state();
    assert_eq!(state.taken, [0; 3]);
    assert!(state.lines.iter().all(|line| line.order.is_empty() && line.queues.is_empty()));
}

#[tokio::test]
async fn who_has_gone_is_in_nobodys_way() {
    let queue = FairQueue::new(one());
    let (greedy, other) = (requester(1, "10.0.0.1"), requester(2, "10.0.0.1"));
    let first = poll(&mut ask(&queue, &greedy, Class::Long)).expect("a permit");
    let mut gone: Vec<Asking> = (0..10).map(|_| ask(&queue, &greedy, Class::Long)).collect();
    let mut left = ask(&queue, &other, Class::Long);
    assert!(gone.iter_mut().all(|asking| poll(asking).is_none()) && poll(&mut left).is_none());
    // One of them has its turn, and is dropped before it was polled.
    drop(first);
    drop(gone);
    drop(poll(&mut left).expect("a permit"));
    assert_eq!(queue.state().taken, [0; 3]);
    assert!(queue.state().lines.iter().all(|line| line.queues.is_empty()));
}

#[tokio::test]
async fn every_class_has_its_share() {
    let queue = FairQueue::new(Shares::of_pool(10));
    let someone = requester(1, "10.0.0.1");
    let take = |class, count| -> Vec<QueuePermit> {
        (0..count).map(|_| poll(&mut ask(&queue, &someone, class)).expect("a permit")).collect()
    };
    let (mut lists, transactions) = (take(Class::Long, 4), take(Class::Lasting, 3));
    assert!(poll(&mut ask(&queue, &someone, Class::Long)).is_none());
    assert!(poll(&mut ask(&queue, &someone, Class::Lasting)).is_none());
    let write = take(Class::Brief, 1);
    // Two connections are left to look-ups, and handshakes do not wait.
    let mut waiting = ask(&queue, &someone, Class::Brief);
    assert!(poll(&mut waiting).is_none());
    assert!(queue.take(&Requester::Handshake, Class::Long).await.expect("no wait").is_none());
    lists.pop();
    let more = poll(&mut waiting).expect("a permit");
    drop((lists, transactions, write, more));
    assert_eq!(queue.state().taken, [0; 3]);
    take(Class::Brief, 8);
}

#[test]
fn something_is_left_of_every_pool() {
    for connections in 4..=1_000 {
        let Shares { long, brief, lasting, all } = Shares::of_pool(connections);
        assert!(long >= 1 && lasting >= 1 && long + lasting < all && all < connections, "{connections}");
        assert_eq!(brief, all);
    }
}

#[tokio::test]
async fn nobody_waits_for_ever() {
    let queue = FairQueue::new(one());
    let limits = Arc::new(Limits { database_wait: Duration::from_millis(3), ..Limits::default() });
    let bounds = Arc::new(Bounds { limits, ..Bounds::default() });
    let party = RequestingConnection { id: 1, address: None, bounds: Arc::clone(&bounds) };
    let permit = queue.take(&Requester::Application, Class::Long).await.expect("a permit");
    let refused = queue.take(&Requester::Connection(Arc::new(party)), Class::Long).await;
    assert!(matches!(refused, Err(sqlx::Error::PoolTimedOut)), "{refused:?}");
    assert_eq!(bounds.stats.crossed(LimitKind::DatabaseWait), 1);
    drop(permit);
    assert!(queue.take(&Requester::Application, Class::Long).await.expect("a permit").is_some());
}
