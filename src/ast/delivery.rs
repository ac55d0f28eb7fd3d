//! What subscribers of observers may rely on across time.

use super::shape::{object, words};

words! {
    /// What a subscriber may rely on when its connection was interrupted.
    pub enum Delivery {
        /// Events are sent while a socket is open: after a gap the client reads everything anew.
        Ephemeral = "ephemeral",
        /// A log in the database keeps the changes: after a gap the client gets the last state of each row that has changed.
        Latest = "latest",
    }
}

object! {
    /// How long the log keeps changes.
    pub struct Retention {
        /// The age in seconds after which a change is deleted from the log. The default is a day, 86,400.
        "age" optional age: u64,
        /// The number of changes that the log keeps. The default is 1,000,000.
        "entries" optional entries: u64,
    }
}
