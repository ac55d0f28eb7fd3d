//! Limits the number of frames that a connection may send per second.

use std::time::{Duration, Instant};

/// A token bucket with the tokens of one second. The clock is read once per bucket, not for each frame.
#[derive(Debug)]
pub(super) struct RateLimiter {
    left: u32,
    /// The time when the bucket was last filled.
    since: Instant,
}

impl RateLimiter {
    /// Creates a full bucket.
    pub(super) fn new(per_second: u32) -> Self {
        Self { left: per_second, since: Instant::now() }
    }

    /// Takes a token, if there is one, and tells whether there was one.
    pub(super) fn take(&mut self, per_second: u32) -> bool {
        if self.left == 0 {
            self.fill(per_second, Instant::now());
        }
        let taken = self.left > 0;
        self.left = self.left.saturating_sub(1);
        taken
    }

    fn fill(&mut self, per_second: u32, now: Instant) {
        let time = now.duration_since(self.since).min(Duration::from_secs(1));
        let earned = time.as_micros() * u128::from(per_second) / 1_000_000;
        if earned > 0 {
            self.left = u32::try_from(earned).unwrap_or(u32::MAX);
            self.since = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_second_earns_can_be_saved_up_and_no_more() {
        let mut rate_limiter = RateLimiter::new(10);
        let start = rate_limiter.since;
        assert_eq!((0..100).filter(|_| rate_limiter.left > 0 && rate_limiter.take(10)).count(), 10);
        rate_limiter.fill(10, start + Duration::from_millis(50));
        assert_eq!(rate_limiter.left, 0);
        rate_limiter.fill(10, start + Duration::from_millis(150));
        assert_eq!(rate_limiter.left, 1);
        rate_limiter.fill(10, start + Duration::from_secs(60));
        assert_eq!(rate_limiter.left, 10);
    }

    #[test]
    fn none_may_be_allowed() {
        assert!(!RateLimiter::new(0).take(0));
    }
}
