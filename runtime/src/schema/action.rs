//! Actions: their kinds, their transactions and their permissions.

use super::permission::PermissionMeta;
use super::serializer::SerializerMeta;

/// The kind of an action. The runtime executes all kinds except the custom ones, by the description of the consumer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionKind {
    /// An action of the application.
    Custom,
    /// An action of the application about the row that the lookup argument names: the row is looked up before.
    CustomOnRow,
    /// Lists rows, by the consumer's [`Pagination`](crate::meta::Pagination).
    List,
    /// Returns one row.
    Retrieve,
    /// Creates a row.
    Create,
    /// Updates a row; required fields must be given.
    Update,
    /// Updates the given fields of a row.
    Patch,
    /// Deletes a row.
    Delete,
    /// Counts the rows that a filter and a search find.
    Count,
    /// Subscribes to one row, by the consumer's observer of single rows.
    SubscribeInstance,
    /// Ends such a subscription.
    UnsubscribeInstance,
}

/// The isolation of a transaction from others that run at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// The default of the database: on PostgreSQL each statement sees what was committed before it (`READ COMMITTED`);
    /// on SQLite no other transaction writes at the same time.
    Database,
    /// Transactions have the same result as if they ran one after the other (`SERIALIZABLE`). PostgreSQL aborts those
    /// for which this is not possible.
    Serializable,
}

/// The description of an action.
#[derive(Debug, Clone, Copy)]
pub struct ActionMeta {
    /// The name on the wire.
    pub name: &'static str,
    /// The kind.
    pub kind: ActionKind,
    /// Whether other requests of its stream do not wait for it, and it is cancelled when its connection ends.
    pub detached: bool,
    /// Whether it runs in one transaction, from the look-up of its row, which is locked, to its answer.
    pub atomic: bool,
    /// The isolation of that transaction.
    pub isolation: Isolation,
    /// The permissions, all of which must hold, in addition to those of the consumer.
    pub permissions: &'static [PermissionMeta],
    /// The throttles, which count its requests in addition to those of the consumer.
    pub throttles: &'static [ThrottleMeta],
    /// Whether its permissions apply in the place of those of the consumer.
    pub replaces: bool,
    /// Whether the application runs a built-in action itself: see
    /// [`Dispatch::overridden`](crate::Dispatch::overridden).
    pub overridden: bool,
    /// Whether the application prepares the write of a built-in action: see
    /// [`Dispatch::perform`](crate::Dispatch::perform).
    pub perform: bool,
    /// The serializer of a built-in action in the place of that of the consumer.
    pub serializer: Option<&'static SerializerMeta>,
    /// The payload that an action of the application takes by a serializer of a model.
    pub payload: Option<PayloadMeta>,
}

/// The payload of a new row that an action of the application takes.
#[derive(Debug, Clone, Copy)]
pub struct PayloadMeta {
    /// The serializer that reads and validates it.
    pub serializer: &'static SerializerMeta,
    /// The key of the frame that contains it; `None` if its fields are keys of the frame.
    pub argument: Option<&'static str>,
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

    /// Describes a custom action that is answered before the next request of its stream begins.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            kind: ActionKind::Custom,
            detached: false,
            atomic: false,
            isolation: Isolation::Database,
            permissions: &[],
            throttles: &[],
            replaces: false,
            overridden: false,
            perform: false,
            serializer: None,
            payload: None,
        }
    }

    /// Sets the kind.
    pub const fn kind(mut self, kind: ActionKind) -> Self {
        self.kind = kind;
        self
    }

    /// Runs the action in one transaction.
    pub const fn atomic(mut self) -> Self {
        self.atomic = true;
        self
    }

    /// Sets the isolation of its transaction to [`Isolation::Serializable`].
    pub const fn serializable(mut self) -> Self {
        self.isolation = Isolation::Serializable;
        self
    }

    /// Sets permissions that are required in addition to those of the consumer.
    pub const fn permissions(mut self, permissions: &'static [PermissionMeta]) -> Self {
        self.permissions = permissions;
        self
    }

    /// Sets throttles that count its requests in addition to those of the consumer.
    pub const fn throttles(mut self, throttles: &'static [ThrottleMeta]) -> Self {
        self.throttles = throttles;
        self
    }

    /// Lets the application run the built-in action itself.
    pub const fn overridden(mut self) -> Self {
        self.overridden = true;
        self
    }

    /// Lets the application prepare the write.
    pub const fn perform(mut self) -> Self {
        self.perform = true;
        self
    }

    /// Sets the serializer of a built-in action in the place of that of the consumer (DRF's `get_serializer_class`).
    pub const fn serializer(mut self, serializer: &'static SerializerMeta) -> Self {
        self.serializer = Some(serializer);
        self
    }

    /// Gives the action a validated payload of a new row, which is the value of this key of the frame; with `None` its
    /// fields are keys of the frame.
    pub const fn payload(
        mut self,
        serializer: &'static SerializerMeta,
        argument: Option<&'static str>,
    ) -> Self {
        self.payload = Some(PayloadMeta { serializer, argument });
        self
    }

    /// Sets permissions that are required in the place of those of the consumer (DCRF's `get_permissions`).
    pub const fn own_permissions(mut self, permissions: &'static [PermissionMeta]) -> Self {
        self.permissions = permissions;
        self.replaces = true;
        self
    }

    /// Makes it an action for which other requests of its stream do not wait.
    pub const fn detached(mut self) -> Self {
        self.detached = true;
        self
    }
}

/// The number of requests that somebody may make in a time (DRF's throttles). Each node of a service counts by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottleMeta {
    /// The name under which requests are counted: throttles with the same name count together.
    pub scope: &'static str,
    /// The greatest number of requests within the time.
    pub requests: u32,
    /// The time, in seconds.
    pub seconds: u32,
    /// Whose requests are counted together.
    pub by: ThrottleBy,
}

impl ThrottleMeta {
    /// Allows each user this number of requests within this number of seconds.
    pub const fn new(scope: &'static str, requests: u32, seconds: u32) -> Self {
        Self { scope, requests, seconds, by: ThrottleBy::User }
    }

    /// Sets whose requests are counted together.
    pub const fn by(mut self, by: ThrottleBy) -> Self {
        self.by = by;
        self
    }
}

/// Whose requests a throttle counts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThrottleBy {
    /// Those of a user; those of an address if nobody is logged in (DRF's `UserRateThrottle`).
    User,
    /// Those of an address (DRF's `AnonRateThrottle`).
    Address,
    /// Those of a connection.
    Connection,
}
