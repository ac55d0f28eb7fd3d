//! What every broker owes the nodes of an application, over real sockets: Redis, NATS, PostgreSQL, and one that is written
//! here with nothing but the public API.

mod exchange;
mod node;

use std::sync::Arc;

use dcrf_e2e::Broker;

use exchange::Exchange;
use node::Node;

/// A broker, and what is known of it.
enum Carrier {
    /// One of the runtime's, by its URL.
    Named(Box<Broker>),
    /// The one that is written here.
    Own(Arc<Exchange>),
}

impl Carrier {
    /// Each that there is. In CI all have to be.
    async fn all() -> Vec<Self> {
        let named = [Broker::redis().await, Broker::nats().await, Broker::postgres().await];
        let named = named.into_iter().flatten().map(|broker| Self::Named(Box::new(broker)));
        named.chain([Self::Own(Arc::default())]).collect()
    }

    /// A node of the application.
    async fn node(&self) -> Node {
        let node = Node::start().await;
        match self {
            Self::Named(broker) => node.use_broker(&broker.url()).await,
            Self::Own(exchange) => exchange.join(node.db()),
        }
        node
    }
}

fn numbers(range: std::ops::Range<u64>) -> Vec<u64> {
    range.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_node_hears_each_message_once_and_in_order() {
    for carrier in Carrier::all().await {
        let (a, b) = (carrier.node().await, carrier.node().await);
        let (mut here, mut there, mut speaker) = (a.client().await, b.client().await, a.client().await);
        let group = "0:\"ü *.>\u{1f600}\",null,";
        here.join(group).await;
        there.join(group).await;
        there.join("other").await;
        for number in 0..300 {
            // What is said to several groups arrives in this order, too.
            speaker.say(if number % 3 == 0 { "other" } else { group }, number).await;
            speaker.say("nobody", number).await;
        }
        assert_eq!(there.hear(300).await, numbers(0..300));
        let own: Vec<u64> = (0..300).filter(|number| number % 3 != 0).collect();
        assert_eq!(here.hear(own.len()).await, own);
        there.say(group, 1000).await;
        assert_eq!((here.hear(1).await, there.hear(1).await), (vec![1000], vec![1000]));
        // Whatever else was on its way has come by then.
        speaker.say(group, 1001).await;
        assert_eq!((here.hear(1).await, there.hear(1).await), (vec![1001], vec![1001]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_after_a_subscription_is_heard() {
    for carrier in Carrier::all().await {
        let (a, b) = (carrier.node().await, carrier.node().await);
        let (mut speaker, mut listener) = (a.client().await, b.client().await);
        for round in 0..50 {
            let group = format!("group {round}");
            listener.join(&group).await;
            speaker.say(&group, round).await;
            assert_eq!(listener.hear(1).await, [round]);
            if round % 2 == 0 {
                listener.leave(&group).await;
                listener.join(&group).await;
                speaker.say(&group, round).await;
                assert_eq!(listener.hear(1).await, [round]);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_others_leave_stays_with_who_joins() {
    for carrier in Carrier::all().await {
        let (a, b) = (carrier.node().await, carrier.node().await);
        let (mut speaker, mut one, mut other) = (a.client().await, b.client().await, b.client().await);
        for round in 0..50 {
            one.join("g").await;
            tokio::join!(one.leave("g"), other.join("g"));
            speaker.say("g", round).await;
            assert_eq!(other.hear(1).await, [round]);
            other.leave("g").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_ends_concerns_nobody_else() {
    for carrier in Carrier::all().await {
        let (a, b, c) = (carrier.node().await, carrier.node().await, carrier.node().await);
        let (mut speaker, mut listener) = (a.client().await, b.client().await);
        listener.join("g").await;
        c.client().await.join("g").await;
        speaker.say("g", 1).await;
        c.end().await;
        speaker.say("g", 2).await;
        assert_eq!(listener.hear(2).await, [1, 2]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_cut_off_hears_later_what_was_kept_and_is_told_of_the_rest() {
    let exchange = Arc::new(Exchange::default());
    let carrier = Carrier::Own(Arc::clone(&exchange));
    let (a, b) = (carrier.node().await, carrier.node().await);
    let (mut near, mut far) = (a.client().await, b.client().await);
    near.join("g").await;
    near.join("unconcerned").await;
    far.join("g").await;
    exchange.cut(1);
    assert!(!b.is_ready().await && a.is_ready().await);
    assert_eq!(far.try_join("new").await, 503);
    // Its own subscribers hear it meanwhile; the others later, as far as there is room for it.
    for number in 0..100 {
        far.say("g", number).await;
    }
    assert_eq!(far.hear(100).await, numbers(0..100));
    near.say("g", 100).await;
    assert_eq!(near.hear(1).await, [100]);
    exchange.mend(1);
    b.becomes_ready().await;
    near.resyncs().await;
    assert_eq!(near.hear(exchange::KEPT).await, numbers(100 - exchange::KEPT as u64..100));
    // What was said while it was away is lost to it, and it knows.
    far.resyncs().await;
    near.say("g", 101).await;
    assert_eq!((near.hear(1).await, far.hear(1).await), (vec![101], vec![101]));
    far.say("unconcerned", 102).await;
    assert_eq!(near.hear(1).await, [102]);
}
