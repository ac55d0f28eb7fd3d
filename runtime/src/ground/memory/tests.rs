//! Tests the budget: what is refused, what is not, and which connections are ended.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Context;

use futures_util::task::noop_waker_ref;

use super::backlog::SMALL;
use super::*;
use crate::ground::error::Error;
use crate::ground::limits::Limits;
use crate::schema::row::Row;

const KIB: usize = 1024;

fn budget(memory: usize, of_address: usize, of_connection: usize) -> Arc<Budget> {
    let limits = Limits {
        memory,
        memory_per_address: of_address,
        memory_per_connection: of_connection,
        ..Limits::default()
    };
    Budget::new(&limits, Arc::default())
}

fn address(last: u8) -> Option<IpAddr> {
    Some(Ipv4Addr::new(10, 0, 0, last).into())
}

fn ends(share: &Share) -> bool {
    share.poll_end(&Context::from_waker(noop_waker_ref())).is_ready()
}

#[test]
fn everybody_has_a_share_and_gives_it_back() {
    let budget = budget(1000 * KIB, 500 * KIB, 300 * KIB);
    let (one, other) = (budget.share(address(1)), budget.share(address(1)));
    let held = one.take(250 * KIB).expect("there is a place");
    assert_eq!(one.take(301 * KIB).err(), Some(Excess::Request { most: 300 * KIB }));
    assert_eq!(one.take(60 * KIB).err(), Some(Excess::Connection));
    assert_eq!(other.take(260 * KIB).err(), Some(Excess::Address));
    let third = budget.share(address(2));
    let of_third = third.take(300 * KIB).expect("it is from elsewhere");
    let fourth = budget.share(address(3));
    let of_fourth = fourth.take(300 * KIB).expect("there is a place");
    assert_eq!(budget.used(), 850 * KIB);
    assert_eq!(budget.share(None).take(200 * KIB).err(), Some(Excess::Process));
    assert_eq!(budget.used(), 850 * KIB, "what is refused is not counted");
    drop((held, of_third, of_fourth));
    assert_eq!(budget.used(), 0);
    drop((one, other, third, fourth));
    assert!(budget.is_left_by_all());
}

#[test]
fn a_little_is_there_for_everybody() {
    let budget = budget(100 * KIB, 100 * KIB, 100 * KIB);
    let _most = budget.share(address(1)).take(100 * KIB).expect("there is a place");
    let other = budget.share(address(1));
    let little = other.take(SMALL).expect("a little is always there");
    assert_eq!(other.take(1).err(), Some(Excess::Address));
    drop(little);
    assert!(other.take(1).is_ok());
}

#[test]
fn whoever_leaves_most_unread_is_ended_and_nobody_else() {
    let budget = budget(1000 * KIB, 1000 * KIB, 1000 * KIB);
    let shares: Vec<_> = (0..4).map(|_| budget.share(None)).collect();
    let left: Vec<_> = [100, 400, 300, 60].map(|kib| kib * KIB).into_iter().zip(&shares).collect();
    let left: Vec<Held> = left.into_iter().map(|(bytes, share)| share.left(bytes)).collect();
    assert!(!shares.iter().any(|share| ends(share)));
    // The bytes do not wait for the reader, so that the reader is not the cause.
    let busy = budget.share(None);
    let mut working = busy.take(100 * KIB).expect("there is a place");
    working.add(300 * KIB);
    assert_eq!(shares.iter().map(|share| ends(share)).collect::<Vec<_>>(), [false, true, false, false]);
    assert!(!ends(&busy));
    drop((left, shares, working));
    assert_eq!((budget.used(), budget.ending.load(Relaxed)), (0, 0));
}

#[test]
fn what_all_share_is_counted_once_and_who_does_not_read_it_ends() {
    let budget = budget(1000 * KIB, 1000 * KIB, 1000 * KIB);
    let slow = budget.share(None);
    slow.leaves(900 * KIB, 0);
    let events = budget.hold(900 * KIB);
    assert!(!ends(&slow));
    let more = budget.hold(200 * KIB);
    assert!(ends(&slow));
    drop((events, more));
    slow.leaves(0, 900 * KIB);
    drop(slow);
    assert_eq!((budget.used(), budget.ending.load(Relaxed)), (0, 0));
}

#[test]
fn rows_count_while_they_are_read_or_until_the_answer() {
    let budget = budget(1000 * KIB, 1000 * KIB, 200 * KIB);
    let share = budget.share(None);
    let row = || Row::new(vec![crate::Value::Text("x".repeat(50 * KIB))]);
    let read = |request: &Arc<RequestMemory>, count: usize| {
        let mut rows = RowBytes::of(Some(request));
        (0..count).try_for_each(|_| rows.add(row().bytes()))?;
        let bytes = rows.bytes();
        rows.finish().map(|()| bytes)
    };
    let request = RequestMemory::new(&share);
    for _ in 0..3 {
        assert!(read(&request, 3).expect("there is a place") > 150 * KIB);
    }
    assert_eq!(budget.used(), 0, "they are the application's own now");
    let excess = read(&request, 5).expect_err("they are too many");
    assert_eq!(excess, Excess::Statement { most: 200 * KIB });
    assert_eq!(Error::from(excess).status(), 500, "no client has asked for so much");
    request.keep_rows();
    assert!(read(&request, 3).is_ok() && budget.used() > 150 * KIB);
    assert_eq!(read(&request, 1).err(), Some(Excess::Request { most: 200 * KIB }));
    let answer = request.answered(10 * KIB);
    assert_eq!(budget.used(), 10 * KIB);
    drop(answer);
    request.refuse_nothing();
    assert!(read(&request, 6).is_ok());
    assert_eq!(budget.used(), 0);
}

#[test]
fn sizes_are_written_as_limits_are() {
    assert_eq!([size(48 * KIB * KIB), size(3 * KIB), size(1000)], ["48 MiB", "3 KiB", "1000 bytes"]);
}
