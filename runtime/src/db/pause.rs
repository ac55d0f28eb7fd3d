//! The pause between two attempts.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// The longest pause between two attempts.
const PAUSE: Duration = Duration::from_millis(250);

/// Returns the pause after this number of attempts. It is random, so that transactions that were in conflict do not
/// meet again.
pub(super) fn pause(attempts: u32) -> Duration {
    let longest = Duration::from_millis(2).saturating_mul(1 << attempts.min(10)).min(PAUSE);
    // The hasher is keyed by the operating system's randomness.
    let [random, ..] = RandomState::new().hash_one(()).to_le_bytes();
    longest.mul_f64(f64::from(random) / 255.0)
}
