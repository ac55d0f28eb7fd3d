//! Limits the log while a database is down and every request fails for the same reason: it contains the first lines of
//! each second, and the number of the others.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

/// The lines per second.
const LINES: usize = 20;
const SECOND: Duration = Duration::from_secs(1);

/// The begin of this second, and the number of its lines.
static NOW: Mutex<Option<(Instant, usize)>> = Mutex::new(None);

/// Tells whether another line is written.
pub(super) fn has_room() -> bool {
    // Without a runtime no task could report how many lines are left out.
    let Ok(runtime) = Handle::try_current() else { return true };
    end_if_over();
    let mut now = NOW.lock().unwrap_or_else(PoisonError::into_inner);
    let (_, count) = now.get_or_insert_with(|| (Instant::now(), 0));
    *count += 1;
    if *count == LINES + 1 {
        runtime.spawn(async {
            tokio::time::sleep(SECOND).await;
            end_if_over();
        });
    }
    *count <= LINES
}

/// Ends a second that is over, and logs how many lines were left out.
fn end_if_over() {
    let mut now = NOW.lock().unwrap_or_else(PoisonError::into_inner);
    let over = now.take_if(|(began, _)| began.elapsed() >= SECOND);
    drop(now);
    let more = over.map_or(0, |(_, count)| count.saturating_sub(LINES));
    if more > 0 {
        tracing::error!(parent: None, more, "more operations failed because the database was not available");
    }
}

#[cfg(test)]
mod tests {
    use super::{LINES, NOW, SECOND, has_room};

    /// No other test may use the same second: this is the only test of the module, and only this test causes outages.
    #[tokio::test]
    async fn a_second_has_so_many_lines_and_the_next_one_too() {
        NOW.lock().expect("nobody panics").take();
        assert_eq!((0..10 * LINES).filter(|_| has_room()).count(), LINES);
        let (began, count) = NOW.lock().expect("nobody panics").expect("a second has begun");
        assert_eq!(count, 10 * LINES);
        NOW.lock().expect("nobody panics").replace((began - SECOND, count));
        assert_eq!((0..10 * LINES).filter(|_| has_room()).count(), LINES);
    }
}
