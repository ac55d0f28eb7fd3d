//! Who is in which room: somebody with two windows is there until both are closed.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many connections of a user are in a room.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    counts: Mutex<HashMap<Place, usize>>,
}

/// A user in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) room: i64,
    pub(crate) user: i64,
}

impl Presence {
    /// One connection more; tells whether it is the first.
    pub(crate) fn enter(&self, place: Place) -> bool {
        let mut counts = self.counts();
        let count = counts.entry(place).or_default();
        *count += 1;
        *count == 1
    }

    /// One connection less; tells whether it was the last.
    pub(crate) fn leave(&self, place: Place) -> bool {
        let mut counts = self.counts();
        let Some(count) = counts.get_mut(&place) else { return false };
        *count -= 1;
        let last = *count == 0;
        if last {
            counts.remove(&place);
        }
        last
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Place, usize>> {
        // Every edit leaves it whole.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Presence};

    #[test]
    fn a_user_is_there_until_the_last_window_is_closed() {
        let (presence, place) = (Presence::default(), Place { room: 1, user: 2 });
        assert!(presence.enter(place));
        assert!(!presence.enter(place));
        assert!(!presence.leave(place));
        assert!(presence.leave(place));
        assert!(!presence.leave(place));
    }
}
