//! Actions: what they do, and how they are done.

use super::permission::PermissionMeta;

/// What an action does. All but the application's own are done by the runtime, by the consumer's description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionKind {
    /// The application's own.
    Custom,
    /// The application's own, about the row that the lookup argument names: it is found before.
    CustomOnRow,
    /// Lists rows, by the consumer's [`Pagination`](crate::meta::Pagination).
    List,
    /// Answers a row.
    Retrieve,
    /// Makes a row.
    Create,
    /// Changes a row, whose required fields have to be given.
    Update,
    /// Changes what is given of a row.
    Patch,
    /// Deletes a row.
    Delete,
    /// Counts rows, as they are filtered and searched.
    Count,
    /// Subscribes to a row, by the consumer's observer of single rows.
    SubscribeInstance,
    /// Ends such a subscription.
    UnsubscribeInstance,
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
#[derive(Debug, Clone, Copy)]
pub struct ActionMeta {
    /// Its name on the wire.
    pub name: &'static str,
    /// What it does.
    pub kind: ActionKind,
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
    /// The action `list`.
    pub const LIST: Self = Self::new("list").kind(ActionKind::List);
    /// The action `retrieve`.
    pub const RETRIEVE: Self = Self::new("retrieve").kind(ActionKind::Retrieve);
    /// The action `create`.
    pub const CREATE: Self = Self::new("create").kind(ActionKind::Create);
    /// The action `update`.
    pub const UPDATE: Self = Self::new("update").kind(ActionKind::Update);
    /// The action `patch`.
    pub const PATCH: Self = Self::new("patch").kind(ActionKind::Patch);
    /// The action `delete`.
    pub const DELETE: Self = Self::new("delete").kind(ActionKind::Delete);
    /// The action `count`.
    pub const COUNT: Self = Self::new("count").kind(ActionKind::Count);
    /// The action `subscribe_instance`.
    pub const SUBSCRIBE_INSTANCE: Self = Self::new("subscribe_instance").kind(ActionKind::SubscribeInstance);
    /// The action `unsubscribe_instance`.
    pub const UNSUBSCRIBE_INSTANCE: Self =
        Self::new("unsubscribe_instance").kind(ActionKind::UnsubscribeInstance);

    /// An action of the application's own that is answered before the next of its stream starts.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            kind: ActionKind::Custom,
            detached: false,
            atomic: false,
            isolation: Isolation::Database,
            permissions: &[],
        }
    }

    /// One that does this.
    pub const fn kind(mut self, kind: ActionKind) -> Self {
        self.kind = kind;
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
