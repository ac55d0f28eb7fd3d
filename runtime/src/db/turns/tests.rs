//! Whose turn it is.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::{Asker, Class, Party, Place, Shares, Turns};
use crate::db::DbResult;
use crate::ground::bounds::Bounds;
use crate::ground::limits::Limits;
use crate::ground::stats::Limit;

/// Somebody who asks for a place, driven by hand.
type Asking = Pin<Box<dyn Future<Output = DbResult<Option<Place>>>>>;

fn asker(id: u64, address: &str) -> Asker {
    let address = Some(address.parse().expect("an address"));
    Asker::Connection(Arc::new(Party { id, address, bounds: Arc::default() }))
}

fn ask(turns: &Arc<Turns>, asker: &Asker, class: Class) -> Asking {
    let (turns, asker) = (Arc::clone(turns), asker.clone());
    Box::pin(async move { turns.take(&asker, class).await })
}

fn poll(asking: &mut Asking) -> Option<Place> {
    match asking.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(place) => Some(place.expect("a turn").expect("a place")),
        Poll::Pending => None,
    }
}

fn one() -> Shares {
    Shares { long: 1, brief: 1, lasting: 1, all: 3 }
}

/// Lets everybody who waits have their turn, each until they have had it; gives their names in that order.
fn served(first: Place, mut waiting: Vec<(&'static str, Asking)>) -> Vec<&'static str> {
    let (mut place, mut order) = (Some(first), Vec::new());
    while !waiting.is_empty() {
        drop(place.take());
        let ready = waiting.iter_mut().position(|(_, asking)| {
            place = poll(asking);
            place.is_some()
        });
        order.push(waiting.remove(ready.expect("somebody has a turn")).0);
    }
    order
}

#[tokio::test]
async fn turns_go_round_by_address_and_by_connection() {
    let turns = Turns::new(one());
    let (greedy, beside, away) = (asker(1, "10.0.0.1"), asker(2, "10.0.0.1"), asker(3, "10.0.0.2"));
    let first = poll(&mut ask(&turns, &greedy, Class::Long)).expect("a place");
    let all =
        [("greedy", &greedy); 4].into_iter().chain([("beside", &beside), ("away", &away), ("away", &away)]);
    let waiting = all.map(|(name, asker)| {
        let mut asking = ask(&turns, asker, Class::Long);
        assert!(poll(&mut asking).is_none());
        (name, asking)
    });
    let order = served(first, waiting.collect());
    assert_eq!(order, ["greedy", "away", "beside", "away", "greedy", "greedy", "greedy"]);
    let state = turns.state();
    assert_eq!(state.taken, [0; 3]);
    assert!(state.lines.iter().all(|line| line.order.is_empty() && line.queues.is_empty()));
}

#[tokio::test]
async fn who_has_gone_is_in_nobodys_way() {
    let turns = Turns::new(one());
    let (greedy, other) = (asker(1, "10.0.0.1"), asker(2, "10.0.0.1"));
    let first = poll(&mut ask(&turns, &greedy, Class::Long)).expect("a place");
    let mut gone: Vec<Asking> = (0..10).map(|_| ask(&turns, &greedy, Class::Long)).collect();
    let mut left = ask(&turns, &other, Class::Long);
    assert!(gone.iter_mut().all(|asking| poll(asking).is_none()) && poll(&mut left).is_none());
    // One of them has its turn, and goes without having looked.
    drop(first);
    drop(gone);
    drop(poll(&mut left).expect("a place"));
    assert_eq!(turns.state().taken, [0; 3]);
    assert!(turns.state().lines.iter().all(|line| line.queues.is_empty()));
}

#[tokio::test]
async fn every_class_has_its_share() {
    let turns = Turns::new(Shares::of_pool(10));
    let someone = asker(1, "10.0.0.1");
    let take = |class, count| -> Vec<Place> {
        (0..count).map(|_| poll(&mut ask(&turns, &someone, class)).expect("a place")).collect()
    };
    let (mut lists, transactions) = (take(Class::Long, 4), take(Class::Lasting, 3));
    assert!(poll(&mut ask(&turns, &someone, Class::Long)).is_none());
    assert!(poll(&mut ask(&turns, &someone, Class::Lasting)).is_none());
    let write = take(Class::Brief, 1);
    // Two connections are left to those who ask for no place, and who is at the door does not wait.
    let mut waiting = ask(&turns, &someone, Class::Brief);
    assert!(poll(&mut waiting).is_none());
    assert!(turns.take(&Asker::Door, Class::Long).await.expect("no wait").is_none());
    lists.pop();
    let more = poll(&mut waiting).expect("a place");
    drop((lists, transactions, write, more));
    assert_eq!(turns.state().taken, [0; 3]);
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
    let turns = Turns::new(one());
    let limits = Arc::new(Limits { database_wait: Duration::from_millis(3), ..Limits::default() });
    let bounds = Arc::new(Bounds { limits, ..Bounds::default() });
    let party = Party { id: 1, address: None, bounds: Arc::clone(&bounds) };
    let place = turns.take(&Asker::Application, Class::Long).await.expect("a place");
    let refused = turns.take(&Asker::Connection(Arc::new(party)), Class::Long).await;
    assert!(matches!(refused, Err(sqlx::Error::PoolTimedOut)), "{refused:?}");
    assert_eq!(bounds.stats.crossed(Limit::DatabaseWait), 1);
    drop(place);
    assert!(turns.take(&Asker::Application, Class::Long).await.expect("a place").is_some());
}
