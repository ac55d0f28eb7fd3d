//! WebSocket endpoints and what can be called on them.

use super::arena::Node;
use super::built_in::BuiltIn;
use super::docs::Docs;
use super::ids::{ConsumerKind, ObjectId, SerializerId};
use super::name::Name;
use super::observer::{Event, Observer, Signal, Source};
use super::output::Output;
use super::permission::{OwnPermission, PermissionExpr};
use crate::source::Origin;

/// A WebSocket endpoint.
#[derive(Debug, Clone)]
pub struct Consumer {
    /// Its name as words (`user consumer`).
    pub name: Name,
    /// The name without `Consumer`: the handler is `UserHandler`, the actions `UserAction`.
    pub base: Name,
    /// What its types and its module are called in Rust.
    pub rust: Name,
    /// Its name in the multiplexer (`stream`, or the base in snake_case).
    pub stream: String,
    /// Its own path (`path`, or `/ws/<stream>/`).
    pub path: String,
    /// What it shows; always one of a model. None: not bound to a model.
    pub serializer: Option<SerializerId>,
    /// How a row is found. There whenever `serializer` is.
    pub lookup: Option<Lookup>,
    /// The order of lists; the key is appended by the runtime. Positions in the model's fields.
    pub ordering: Vec<Ordering>,
    /// How lists are cut into pages (`pagination` with `paginated_list` or `streamed_list`).
    pub pagination: Option<Pagination>,
    /// What clients may filter by.
    pub filter: Vec<FieldPath>,
    /// What clients may search: texts only.
    pub search: Vec<FieldPath>,
    /// What clients may order by.
    pub order_by: Vec<FieldPath>,
    /// Who may call it (`permission_classes`, joined by `and`).
    pub permissions: PermissionExpr,
    /// Whether the application narrows the rows (`queryset: "custom"`). Only if there is a `serializer`.
    pub queryset: bool,
    /// Whether the application is told of connections.
    pub on_connect: bool,
    /// Whether the application is told of their ends.
    pub on_disconnect: bool,
    /// Built-in actions in the order of [`BuiltIn::ALL`]; then the application's own; then those that subscribe to
    /// observers and signals.
    pub actions: Vec<Action>,
    /// Serializers of models by which the application shows rows inside of what it sends.
    pub rows: Vec<SerializerId>,
    /// Observers; that of the mixin `observer_instance` comes first.
    pub observers: Vec<Observer>,
    /// Signals.
    pub signals: Vec<Signal>,
    /// Events.
    pub events: Vec<Event>,
    /// From `description`.
    pub docs: Docs,
    /// Where it was defined.
    pub origin: Origin,
}

impl Node for Consumer {
    type Kind = ConsumerKind;
}

impl Consumer {
    /// Whether it has a built-in action.
    pub fn has(&self, built_in: BuiltIn) -> bool {
        self.actions.iter().any(|action| matches!(action.kind, ActionKind::BuiltIn(own) if own == built_in))
    }

    /// The built-in actions that it has.
    pub fn built_in(&self) -> impl Iterator<Item = BuiltIn> + '_ {
        self.actions.iter().filter_map(|action| match action.kind {
            ActionKind::BuiltIn(built_in) => Some(built_in),
            _ => None,
        })
    }

    /// The permissions of the application's own that the consumer and its actions name, each once, in the order in
    /// which they are written.
    pub fn own_permissions(&self) -> Vec<OwnPermission<'_>> {
        let mut own = Vec::new();
        self.permissions.collect_own(true, &mut own);
        for action in &self.actions {
            if let ActionKind::Custom(custom) = &action.kind {
                custom.permissions.collect_own(false, &mut own);
            }
        }
        own
    }
}

/// How a row is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// The column (`lookup_field`): a position in the model's fields; unique.
    pub field: usize,
    /// The key of the frame that carries the value (`lookup_url_kwarg`, or `lookup_field` as written: `pk`).
    pub argument: String,
}

/// A part of the order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ordering {
    /// A position in the model's fields.
    pub field: usize,
    /// Written with a leading `-`.
    pub descending: bool,
}

/// A column that clients may name: of the model itself, or of a row that its foreign keys lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPath {
    /// Its name on the wire: `stars`, `room__host__username`.
    pub wire: String,
    /// The foreign keys on the way: positions in the fields of the model that the way has come to.
    pub path: Vec<usize>,
    /// A position in the fields of the model at the end of the way.
    pub field: usize,
}

/// How lists are cut into pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pagination {
    /// Rows of a page when `limit` is not given.
    pub page_size: u64,
    /// The largest `limit` taken; larger ones are cut to it.
    pub max_limit: Option<u64>,
    /// How pages are asked for.
    pub style: PageStyle,
}

/// How pages are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageStyle {
    /// One by one, by `limit` and `offset` (`paginated_list`).
    LimitOffset,
    /// All at once, a frame each (`streamed_list`).
    Streamed,
    /// One by one, by the cursor of the page before (`paginated_list` with the style `cursor`).
    Cursor,
}

/// Something that can be called.
#[derive(Debug, Clone)]
pub struct Action {
    /// Its name as words.
    pub name: Name,
    /// Its name in Rust: unique in the consumer, whatever the case.
    pub rust: Name,
    /// Its name on the wire.
    pub wire: String,
    /// What it does.
    pub kind: ActionKind,
    /// Whether a success is answered. A failure always is.
    pub reply: bool,
    /// From `description`.
    pub docs: Docs,
    /// Where it was defined.
    pub origin: Origin,
}

/// What an [`Action`] does.
#[derive(Debug, Clone)]
pub enum ActionKind {
    /// One that the runtime does by description.
    BuiltIn(BuiltIn),
    /// Subscribes to an observer or signal.
    Subscribe {
        /// Which.
        to: Source,
        /// What it takes, where the application names the groups.
        input: Option<ObjectId>,
    },
    /// Ends a subscription.
    Unsubscribe {
        /// To what.
        from: Source,
        /// What it takes, where the application names the groups: without any of it, it ends all of them.
        input: Option<ObjectId>,
    },
    /// A request to an HTTP service of the application (`view`), with this method.
    View(&'static str),
    /// One of the application's own.
    Custom(CustomAction),
}

/// What the application's own action takes and gives.
#[derive(Debug, Clone)]
pub struct CustomAction {
    /// The arguments, read from the frame itself.
    pub input: Option<ObjectId>,
    /// Whether the arguments are read as fields are, with the coercions of DRF.
    pub coerce: bool,
    /// What goes into `data`; none: `null`.
    pub output: Option<Output>,
    /// `response_status` on success.
    pub status: u16,
    /// Runs in one transaction.
    pub atomic: bool,
    /// That transaction is as if no other ran at the same time.
    pub serializable: bool,
    /// Does not hold up the connection; is cancelled with it.
    pub detached: bool,
    /// Takes the lookup argument and is given the row.
    pub detail: bool,
    /// Who may call it, beside the permissions of the consumer.
    pub permissions: PermissionExpr,
}
