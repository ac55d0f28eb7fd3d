//! One test suite for all brokers: several nodes in one process, with real servers and a network that fails.

mod node;
mod servers;

use futures_util::future::join_all;
use node::{Node, options};
use servers::{Network, Proxy, Server};

use super::BrokerOptions;

/// Returns the data of the events with these numbers.
fn numbers(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}

/// Runs a test on each of these servers, on all at once, because the test waits most of the time.
async fn on_each(servers: Vec<Server>, test: impl AsyncFn(Server)) {
    join_all(servers.into_iter().map(|server| test(server))).await;
}

/// Starts two nodes, the second behind a network of its own.
async fn pair(server: &Server, namespace: &str) -> (Node, Node, Proxy) {
    let proxy = Proxy::to(&server.address).await;
    let near = Node::start(&server.url(), options(namespace)).await;
    let far = Node::start(&server.url_by(&proxy.address), options(namespace)).await;
    (near, far, proxy)
}

/// The last message.
const END: &str = "\"end\"";

/// Returns a unique namespace for the test, because all tests share one PostgreSQL.
fn namespace(test: &str) -> String {
    format!("{test} {}", crate::Uuid::random())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_node_hears_each_message_once_and_in_order() {
    on_each(Server::all().await, async |server| {
        let (a, b, _proxy) = pair(&server, &namespace("order")).await;
        let channel = "0:\"ü *.>\u{1f600}\",null,";
        a.subscribe(channel).await;
        b.subscribe(channel).await;
        b.subscribe("other").await;
        for number in 0..1000 {
            // Messages to several groups arrive in this order, too.
            a.say(if number % 3 == 0 { "other" } else { channel }, number).await;
            a.say("nobody", number).await;
        }
        assert_eq!(b.hear(1000).await, numbers(0..1000));
        let own: Vec<String> = numbers(0..1000)
            .into_iter()
            .enumerate()
            .filter(|(at, _)| at % 3 != 0)
            .map(|(_, text)| text)
            .collect();
        assert_eq!(a.hear(own.len()).await, own);
        b.say(channel, "\"back\"").await;
        assert_eq!(a.hear(1).await, ["\"back\""]);
        assert_eq!(b.hear(1).await, ["\"back\""]);
        // All earlier messages have arrived by then.
        a.say(channel, "\"last\"").await;
        assert_eq!(a.hear(1).await, ["\"last\""]);
        assert_eq!(b.hear(1).await, ["\"last\""]);
        a.is_silent();
        b.is_silent();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_after_a_subscription_is_heard() {
    on_each(Server::all().await, async |server| {
        let (a, b, _proxy) = pair(&server, &namespace("live")).await;
        for round in 0..100 {
            let channel = format!("channel {round}");
            b.subscribe(&channel).await;
            a.say(&channel, round).await;
            assert_eq!(b.hear(1).await, [round.to_string()]);
            if round % 2 == 0 {
                b.unsubscribe(&channel);
                b.subscribe(&channel).await;
                a.say(&channel, "1").await;
                assert_eq!(b.hear(1).await, ["1"]);
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_others_leave_stays_with_who_joins() {
    on_each(Server::all().await, async |server| {
        let (a, b, _proxy) = pair(&server, &namespace("leave")).await;
        let c = b.beside();
        for round in 0..50 {
            b.subscribe("one").await;
            tokio::join!(async { b.unsubscribe("one") }, c.subscribe("one"));
            a.say("one", round).await;
            assert_eq!(c.hear(1).await, [round.to_string()]);
            c.unsubscribe("one");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn long_messages_arrive() {
    on_each(Server::all().await, async |server| {
        let (a, b, _proxy) = pair(&server, &namespace("long")).await;
        b.subscribe("g").await;
        // Around the limit of a notification of PostgreSQL, and far beyond.
        for len in (7600..8100).step_by(7).chain([900_000]) {
            a.say("g", format!("\"{}\"", "ü".repeat(len / 2))).await;
            a.say("g", len).await;
        }
        for len in (7600..8100).step_by(7).chain([900_000]) {
            let heard = b.hear(2).await;
            assert_eq!((heard[0].len(), &heard[1]), (len / 2 * 2 + 2, &len.to_string()));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_cut_off_is_told() {
    on_each(Server::all().await, async |server| {
        let namespace = namespace("cut");
        let (a, b, proxy) = pair(&server, &namespace).await;
        // The witness receives what the server has sent to its subscribers.
        let witness = Node::start(&server.url(), options(&namespace)).await;
        witness.subscribe("g").await;
        a.subscribe("g").await;
        b.subscribe("g").await;
        b.subscribe("h").await;
        for network in [Network::Cut, Network::Paused] {
            a.say("g", 1).await;
            assert_eq!(b.hear(1).await, ["1"]);
            proxy.set(network);
            b.is_cut_off().await;
            b.is_refused("new").await;
            a.say("g", 2).await;
            assert_eq!(witness.hear(2).await, ["1", "2"], "{network:?} at {}", server.url());
            // The node receives its own messages meanwhile.
            b.say("h", 3).await;
            assert_eq!(b.hear(1).await, ["3"], "{network:?} at {}", server.url());
            proxy.set(Network::Up);
            assert_eq!(b.hear(2).await, ["resync", "resync"], "{network:?} at {}", server.url());
            a.say("g", 4).await;
            assert_eq!(b.hear(1).await, ["4"]);
            b.say("g", 5).await;
            assert_eq!(b.hear(1).await, ["5"]);
            // A node that was not cut off receives only messages.
            assert_eq!(a.hear(4).await, ["1", "2", "4", "5"], "{network:?} at {}", server.url());
            assert_eq!(witness.hear(2).await, ["4", "5"], "{network:?} at {}", server.url());
            a.is_silent();
            b.is_silent();
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_while_cut_off_is_sent_later() {
    on_each(Server::all().await, async |server| {
        let (a, b, proxy) = pair(&server, &namespace("later")).await;
        a.subscribe("g").await;
        for network in [Network::Cut, Network::Paused] {
            proxy.set(network);
            for number in 0..300 {
                b.say("g", number).await;
            }
            b.is_cut_off().await;
            proxy.set(Network::Up);
            assert_eq!(a.hear(300).await, numbers(0..300), "{network:?} at {}", server.url());
        }
        b.say("g", 300).await;
        assert_eq!(a.hear(1).await, ["300"]);
        a.is_silent();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_kept_is_told() {
    on_each(Server::all().await, async |server| {
        let namespace = namespace("dropped");
        let proxy = Proxy::to(&server.address).await;
        let a = Node::start(&server.url(), options(&namespace)).await;
        let few = BrokerOptions { outbox: 10, ..options(&namespace) };
        let b = Node::start(&server.url_by(&proxy.address), few).await;
        a.subscribe("g").await;
        a.subscribe("unconcerned").await;
        proxy.set(Network::Cut);
        b.is_cut_off().await;
        for number in 0..100 {
            b.say("g", number).await;
        }
        proxy.set(Network::Up);
        let mut expected = vec!["resync".to_owned()];
        expected.extend(numbers(90..100));
        assert_eq!(a.hear(11).await, expected, "{}", server.url());
        b.say("unconcerned", 1).await;
        assert_eq!(a.hear(1).await, ["1"]);
        a.is_silent();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_faster_than_it_is_delivered_is_told() {
    on_each(Server::all().await, async |server| {
        let namespace = namespace("flood");
        let a = Node::start(&server.url(), options(&namespace)).await;
        let b = Node::start(&server.url(), BrokerOptions { inbox: 1, ..options(&namespace) }).await;
        b.subscribe("g").await;
        for number in 0..2000 {
            a.say("g", number).await;
        }
        a.say("g", END).await;
        // A resync stands in the place of every gap.
        let mut next = Some(0);
        loop {
            let heard = b.hear(1).await.remove(0);
            match heard.as_str() {
                "resync" => {
                    next = None;
                    // It may stand in the place of the end, too.
                    a.say("g", END).await;
                }
                END => break,
                number => {
                    let number: usize = number.parse().expect("a number");
                    assert!(next.is_none_or(|next| next == number), "{number} instead of {next:?}");
                    next = Some(number + 1);
                }
            }
        }
        assert!(next.is_none_or(|next| next == 2000), "nothing after {next:?}, and no resync");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_is_killed_and_back() {
    on_each(Server::own().await, async |mut server| {
        let (a, b, _proxy) = pair(&server, &namespace("killed")).await;
        a.subscribe("g").await;
        b.subscribe("g").await;
        server.kill();
        a.is_cut_off().await;
        b.is_cut_off().await;
        b.is_refused("new").await;
        a.say("g", 1).await;
        assert_eq!(a.hear(1).await, ["1"]);
        server.again().await;
        // Both were cut off. Messages that were kept arrive before or after this resync.
        assert_eq!(a.hear(1).await, ["resync"]);
        let mut heard = b.hear_until("resync").await;
        a.say("g", 2).await;
        heard.extend(b.hear_until("2").await);
        assert!(heard.iter().all(|each| ["1", "2", "resync"].contains(&each.as_str())), "{heard:?}");
        assert_eq!(heard.iter().filter(|each| *each == "resync").count(), 1, "{heard:?}");
        assert_eq!(a.hear(1).await, ["2"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_hangs_and_goes_on() {
    on_each(Server::own().await, async |server| {
        let (a, b, _proxy) = pair(&server, &namespace("hangs")).await;
        b.subscribe("g").await;
        server.signal("STOP");
        b.is_cut_off().await;
        b.is_refused("new").await;
        a.say("g", 1).await;
        server.signal("CONT");
        b.hear_until("resync").await;
        a.say("g", 2).await;
        let heard = b.hear_until("2").await;
        assert!(heard.len() <= 2, "{heard:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn applications_and_nodes_that_end_concern_nobody_else() {
    on_each(Server::all().await, async |server| {
        let (ours, theirs) = (namespace("ours"), namespace("theirs"));
        let (a, b, _proxy) = pair(&server, &ours).await;
        let stranger = Node::start(&server.url(), options(&theirs)).await;
        let friend = Node::start(&server.url(), options(&theirs)).await;
        let gone = Node::start(&server.url(), options(&ours)).await;
        gone.subscribe("g").await;
        b.subscribe("g").await;
        stranger.subscribe("g").await;
        gone.say("g", 1).await;
        // Its messages are sent before it ends.
        gone.end().await;
        assert_eq!(b.hear(1).await, ["1"]);
        a.say("g", 2).await;
        assert_eq!(b.hear(1).await, ["2"]);
        // Messages of its own application arrive after those that were not for it.
        friend.say("g", 3).await;
        assert_eq!(stranger.hear(1).await, ["3"]);
        stranger.is_silent();
    })
    .await;
}

#[tokio::test]
async fn mistakes_are_named() {
    let node = Node::alone();
    for (url, expected) in [
        (
            "kafka://x",
            "a broker URL begins with memory:, redis:, redis+cluster:, postgres: or nats:, or with rediss:, rediss+cluster: or \
             tls: (NATS) where it is encrypted",
        ),
        (
            "",
            "a broker URL begins with memory:, redis:, redis+cluster:, postgres: or nats:, or with rediss:, rediss+cluster: or \
             tls: (NATS) where it is encrypted",
        ),
    ] {
        let error = node.db.use_broker(url, options("x")).await.expect_err(url);
        assert_eq!(error.to_string(), expected);
    }
    for url in ["redis://127.0.0.1:1", "nats://127.0.0.1:1", "postgres://x@127.0.0.1:1/x"] {
        let error = node.db.use_broker(url, options("x")).await.expect_err(url);
        assert!(matches!(error, super::BrokerError::Unreachable(_)), "{error}");
    }
    node.db.use_broker("memory:", options("x")).await.expect("it is always there");
}
