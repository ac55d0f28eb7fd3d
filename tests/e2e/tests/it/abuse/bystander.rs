//! Somebody who means no harm, and asks all the time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use dcrf_e2e::{LIMIT, Server, Socket};
use serde_json::json;
use tokio::time::timeout;

/// Asks for a row all the time, and remembers how long each answer took: on a thread of its own, so that it does not
/// wait for the abusers of the same process.
pub struct Bystander {
    waits: Arc<Mutex<Vec<Duration>>>,
    leaves: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Bystander {
    /// Asks for the row with this key at an address.
    pub async fn start(url: String, key: i64) -> Self {
        let (waits, leaves): (Arc<Mutex<Vec<Duration>>>, Arc<AtomicBool>) = Default::default();
        let (seen, ends) = (Arc::clone(&waits), Arc::clone(&leaves));
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("there are threads").block_on(ask(&url, key, &seen, &ends));
        });
        Self { waits, leaves, thread }
    }

    /// Tells what it waited since it was last asked: the median, the 99th percentile and the longest.
    pub async fn tell(&self, what: &str, server: &Server) {
        let [p50, p99, longest, count] = self.waits().await;
        println!(
            "{what:<20} p50 {p50:>7.2} ms  p99 {p99:>7.2} ms  longest {longest:>7.2} ms  of {count:>5}; {:>6} KiB",
            server.resident()
        );
    }

    /// What it waited since it was last asked, in milliseconds: the median, the 99th percentile, the longest; and how
    /// often.
    pub async fn waits(&self) -> [f64; 4] {
        assert!(!self.thread.is_finished(), "the bystander was not answered");
        // However fast an abuse was, the bystander was there.
        let some = async {
            while self.waits.lock().expect("no panic").len() < 20 {
                tokio::task::yield_now().await;
            }
        };
        timeout(LIMIT, some).await.expect("the bystander is answered");
        let mut waits = std::mem::take(&mut *self.waits.lock().expect("no panic"));
        waits.sort();
        let at = |share: usize| waits[(waits.len() - 1) * share / 100].as_secs_f64() * 1e3;
        [at(50), at(99), at(100), u32::try_from(waits.len()).expect("not so many").into()]
    }

    /// Ends it.
    pub fn leave(self) {
        self.leaves.store(true, Ordering::Relaxed);
        self.thread.join().expect("the bystander was answered");
    }
}

async fn ask(url: &str, key: i64, seen: &Mutex<Vec<Duration>>, ends: &AtomicBool) {
    let mut socket = Socket::connect(url).await;
    let mut every = tokio::time::interval(Duration::from_millis(2));
    // What was missed is not made up for: so many requests in a second would be throttled.
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut number = 0_u64;
    while !ends.load(Ordering::Relaxed) {
        every.tick().await;
        number += 1;
        let start = Instant::now();
        let asked = socket.request(json!({"action": "retrieve", "pk": key, "request_id": number}));
        let answer = timeout(LIMIT, asked).await.expect("the bystander is answered");
        assert_eq!(
            (&answer["response_status"], &answer["request_id"]),
            (&json!(200), &json!(number)),
            "{answer}"
        );
        seen.lock().expect("no panic").push(start.elapsed());
    }
}
