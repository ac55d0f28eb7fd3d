//! The pause between two attempts.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// The longest pause between two attempts.
const PAUSE: Duration = Duration::from_millis(250);

/// How long to wait after so many attempts: at random, so that those who were in each other's way do not meet again.
pub(super) fn pause(attempts: u32) -> Duration {
    let longest = Duration::from_millis(2).saturating_mul(1 << attempts.min(10)).min(PAUSE);
    // Keyed by the operating system's randomness.
    let [random, ..] = RandomState::new().hash_one(()).to_le_bytes();
    longest.mul_f64(f64::from(random) / 255.0)
}
