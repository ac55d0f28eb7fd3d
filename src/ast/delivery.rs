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
    /// Rows of a model that the application reads to decide about events: a change of them may change the rights of users.
    pub struct Dependency {
        /// The model whose rows are read.
        "model" required model: String,
        /// The field of this model, such as a foreign key, that contains the key of the user whom a row concerns.
        /// Without this key, and for a row with `null`, a change concerns everybody.
        "user" optional user: String,
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
