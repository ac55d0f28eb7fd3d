//! Actions: what is read for them, and how they are done.

use super::permission::PermissionMeta;

/// What is read for an action that takes a look at the database or at what the application says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// Nothing: its request says it all.
    Nothing,
    /// The payload of `create`.
    Create,
    /// The payload of `update`.
    Update,
    /// The payload of `patch`.
    Patch,
    /// The row that the lookup argument names.
    Row,
}

/// How a transaction is kept apart from others that run at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// As the database does it by itself: on PostgreSQL each statement sees what was committed before it
    /// (`READ COMMITTED`), on SQLite there is no other that writes.
    Database,
    /// As if transactions ran one after the other (`SERIALIZABLE`). PostgreSQL ends those that it cannot order.
    Serializable,
}

/// An action.
#[derive(Debug)]
pub struct ActionMeta {
    /// Its name on the wire.
    pub name: &'static str,
    /// What is read for it before it is done.
    pub reads: Reads,
    /// Whether it does not hold up its connection, and is cancelled with it.
    pub detached: bool,
    /// Whether it runs in one transaction, from the look-up of its row, which is locked, to its answer.
    pub atomic: bool,
    /// How that transaction is kept apart from others.
    pub isolation: Isolation,
    /// All of these must hold, beside those of the consumer.
    pub permissions: &'static [PermissionMeta],
}

impl ActionMeta {
    /// An action that is answered before the next of its stream starts.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            reads: Reads::Nothing,
            detached: false,
            atomic: false,
            isolation: Isolation::Database,
            permissions: &[],
        }
    }

    /// One for which this is read before.
    pub const fn reads(mut self, reads: Reads) -> Self {
        self.reads = reads;
        self
    }

    /// One that runs in one transaction.
    pub const fn atomic(mut self) -> Self {
        self.atomic = true;
        self
    }

    /// One whose transaction is as if no other ran at the same time.
    pub const fn serializable(mut self) -> Self {
        self.isolation = Isolation::Serializable;
        self
    }

    /// One with permissions of its own.
    pub const fn permissions(mut self, permissions: &'static [PermissionMeta]) -> Self {
        self.permissions = permissions;
        self
    }

    /// One that is not waited for.
    pub const fn detached(mut self) -> Self {
        self.detached = true;
        self
    }
}
