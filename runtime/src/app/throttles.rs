//! The requests that throttles have counted (DRF's `SimpleRateThrottle`).

use std::cmp::Reverse;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::schema::meta::ThrottleMeta;

/// The bytes that the remembered requests of a process may take, for all throttles together.
const MOST: usize = 32 * 1024 * 1024;

/// The bytes of a requester, beside its requests.
const REQUESTER: usize = 256;

/// The bytes of a request.
const REQUEST: usize = size_of::<Instant>();

/// The requests of the last time, by throttle and requester.
#[derive(Default)]
pub(crate) struct Throttles(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    requests: HashMap<(&'static str, String), Requests>,
    bytes: usize,
}

struct Requests {
    times: VecDeque<Instant>,
    within: Duration,
}

impl Throttles {
    /// Counts a request, unless there were as many as the throttle allows: then it returns how long the requester has to
    /// wait.
    pub(super) fn count(&self, throttle: &ThrottleMeta, requester: String, now: Instant) -> Option<Duration> {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.bytes >= MOST {
            remembered.forget(now);
        }
        let within = Duration::from_secs(throttle.seconds.into());
        let Remembered { requests, bytes } = &mut *remembered;
        let own = requests.entry((throttle.scope, requester)).or_insert_with(|| {
            *bytes += REQUESTER;
            Requests { times: VecDeque::new(), within }
        });
        while own.times.front().is_some_and(|time| now.duration_since(*time) >= within) {
            own.times.pop_front();
            *bytes -= REQUEST;
        }
        if let Some(oldest) = own.times.front().filter(|_| own.times.len() >= throttle.requests as usize) {
            return Some(within.saturating_sub(now.duration_since(*oldest)));
        }
        own.times.push_back(now);
        *bytes += REQUEST;
        None
    }
}

impl Remembered {
    /// Forgets what is not needed any more. If that is not enough, the requesters with most requests are forgotten,
    /// because the process must not run out of memory: many at once, so that this is rare.
    fn forget(&mut self, now: Instant) {
        self.requests
            .retain(|_, own| own.times.back().is_some_and(|time| now.duration_since(*time) < own.within));
        self.bytes = self.requests.values().map(Requests::bytes).sum();
        if self.bytes < MOST {
            return;
        }
        tracing::warn!("throttles forget the clients with most requests: too many are remembered");
        let known = self.requests.iter().map(|(key, own)| (own.bytes(), key.clone()));
        let mut known: Vec<(usize, (&'static str, String))> = known.collect();
        known.sort_by_key(|(bytes, _)| Reverse(*bytes));
        for (bytes, key) in known {
            if self.bytes < MOST / 2 {
                break;
            }
            self.requests.remove(&key);
            self.bytes -= bytes;
        }
    }
}

impl Requests {
    fn bytes(&self) -> usize {
        REQUESTER + self.times.len() * REQUEST
    }
}

impl fmt::Debug for Throttles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Throttles").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_in_a_sliding_time() {
        let (throttles, start) = (Throttles::default(), Instant::now());
        let throttle = ThrottleMeta::new("s", 2, 10);
        let at = |who: &str, second: u64| {
            throttles.count(&throttle, who.to_owned(), start + Duration::from_secs(second))
        };
        assert_eq!((at("a", 0), at("a", 4)), (None, None));
        assert_eq!(at("a", 5), Some(Duration::from_secs(5)));
        assert_eq!((at("b", 5), at("a", 10)), (None, None));
        assert_eq!(at("a", 11), Some(Duration::from_secs(3)));
        let other = ThrottleMeta::new("t", 1, 10);
        assert_eq!(throttles.count(&other, "a".to_owned(), start), None);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (throttles, start) = (Throttles::default(), Instant::now());
        let throttle = ThrottleMeta::new("s", u32::MAX, 10);
        for _ in 0..2 * MOST / REQUEST {
            throttles.count(&throttle, "busy".to_owned(), start);
        }
        for number in 0..2 * MOST / REQUESTER {
            throttles.count(&throttle, number.to_string(), start);
        }
        let remembered = throttles.0.lock().expect("no panic");
        assert!(remembered.bytes <= MOST + REQUESTER + REQUEST, "{}", remembered.bytes);
        assert_eq!(remembered.bytes, remembered.requests.values().map(Requests::bytes).sum::<usize>());
    }
}
