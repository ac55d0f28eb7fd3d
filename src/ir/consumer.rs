//! WebSocket endpoints and their actions.

use super::arena::Node;
use super::built_in::BuiltIn;
use super::docs::Docs;
use super::ids::{ConsumerKind, ObjectId, SerializerId};
use super::input::Input;
use super::model::{Ordering, Step};
use super::name::Name;
use super::observer::{Event, Observer, Signal, Source};
use super::output::Output;
use super::permission::{OwnPermission, PermissionExpr};
use crate::source::Origin;

/// A WebSocket endpoint.
#[derive(Debug, Clone)]
pub struct Consumer {
    /// The name of the consumer as words (`user consumer`).
    pub name: Name,
    /// The name without `Consumer`: the handler is `UserHandler`, the actions `UserAction`.
    pub base: Name,
    /// The start of the names of its types and of its module in Rust.
    pub rust: Name,
    /// The name of its stream in the multiplexer (`stream`, or the base in snake_case).
    pub stream: String,
    /// The path of its own WebSocket (`path`, or `/ws/<stream>/`).
    pub path: String,
    /// The parameters of the path (`path_parameters`): an object, all of whose properties are required single values.
    pub path_parameters: Option<ObjectId>,
    /// Its serializer, which is always one of a model. It is `None` if the consumer is not bound to a model.
    pub serializer: Option<SerializerId>,
    /// The look-up of a row. It is `Some` whenever `serializer` is.
    pub lookup: Option<Lookup>,
    /// The order of lists, its own or that of the model. The runtime appends the primary key.
    pub ordering: Vec<Ordering>,
    /// The pagination of lists (`pagination` with `paginated_list` or `streamed_list`).
    pub pagination: Option<Pagination>,
    /// The columns by which clients may filter.
    pub filter: Vec<FieldPath>,
    /// The columns in which clients may search: texts only.
    pub search: Vec<FieldPath>,
    /// The columns by which clients may order.
    pub order_by: Vec<FieldPath>,
    /// The permissions for its actions (`permission_classes`, joined by `and`).
    pub permissions: PermissionExpr,
    /// The throttles of all its actions (`throttle`).
    pub throttles: Vec<Throttle>,
    /// Further throttles of single actions, by their names on the wire (`throttle` of an action, `action_throttle`).
    pub action_throttles: Vec<(String, Vec<Throttle>)>,
    /// The permissions for built-in actions in the place of `permissions` (`action_permissions`).
    pub action_permissions: Vec<(BuiltIn, PermissionExpr)>,
    /// The serializers of built-in actions in the place of `serializer` (`action_serializers`); all are of its model.
    pub action_serializers: Vec<(BuiltIn, SerializerId)>,
    /// Whether the application restricts the rows (`queryset: "custom"`). It is true only if there is a `serializer`.
    pub queryset: bool,
    /// The built-in actions that the application performs itself (`override`), in the order of [`BuiltIn::ALL`].
    pub overrides: Vec<BuiltIn>,
    /// The writes that the application prepares.
    pub performs: Performs,
    /// Whether the handler is called when a connection begins (`on_connect`).
    pub on_connect: bool,
    /// Whether the handler is called when a connection has ended (`on_disconnect`).
    pub on_disconnect: bool,
    /// The built-in actions in the order of [`BuiltIn::ALL`], then the actions of the application, then those that
    /// subscribe to observers and signals.
    pub actions: Vec<Action>,
    /// The serializers of models by which the application shows rows inside of what it sends.
    pub rows: Vec<SerializerId>,
    /// The observers; that of the mixin `observer_instance` is the first.
    pub observers: Vec<Observer>,
    /// The observer of live lists (`list_delivery`).
    pub live_list: Option<Observer>,
    /// The signals.
    pub signals: Vec<Signal>,
    /// The events.
    pub events: Vec<Event>,
    /// The documentation from `description`.
    pub docs: Docs,
    /// The place of its definition.
    pub origin: Origin,
}

impl Node for Consumer {
    type Kind = ConsumerKind;
}

impl Consumer {
    /// Tells whether the consumer has a built-in action.
    pub fn has(&self, built_in: BuiltIn) -> bool {
        self.actions.iter().any(|action| matches!(action.kind, ActionKind::BuiltIn(own) if own == built_in))
    }

    /// Returns the built-in actions of the consumer.
    pub fn built_in(&self) -> impl Iterator<Item = BuiltIn> + '_ {
        self.actions.iter().filter_map(|action| match action.kind {
            ActionKind::BuiltIn(built_in) => Some(built_in),
            _ => None,
        })
    }

    /// Returns the serializer by which a built-in action reads and shows rows. It is `Some` whenever `serializer` is.
    pub fn serializer_of(&self, built_in: BuiltIn) -> Option<SerializerId> {
        let own = self.action_serializers.iter().find(|(action, _)| *action == built_in);
        own.map(|(_, serializer)| *serializer).or(self.serializer)
    }

    /// Returns all observers, with that of live lists.
    pub fn all_observers(&self) -> impl Iterator<Item = &Observer> {
        self.observers.iter().chain(&self.live_list)
    }

    /// Returns the payloads that the consumer reads by serializers of models: those of its built-in actions, then those
    /// of the application's own actions.
    pub fn payloads(&self) -> Vec<ReadPayload> {
        let built_in = self.built_in().filter_map(|built_in| {
            let (serializer, input) = (self.serializer_of(built_in)?, built_in.input()?);
            Some(ReadPayload { serializer, input, given: self.overrides.contains(&built_in) })
        });
        let own = self.actions.iter().filter_map(|action| match &action.kind {
            ActionKind::Custom(custom) => {
                let serializer = custom.payload.as_ref()?.serializer;
                Some(ReadPayload { serializer, input: Input::Create, given: true })
            }
            _ => None,
        });
        built_in.chain(own).collect()
    }

    /// Returns the method of the handler that prepares the writes of a built-in action of the consumer, if there is one.
    pub fn performs(&self, built_in: BuiltIn) -> Option<&'static str> {
        let Performs { create, update, destroy } = self.performs;
        match built_in {
            BuiltIn::Create => create.then_some("perform_create"),
            BuiltIn::Update | BuiltIn::Patch => update.then_some("perform_update"),
            BuiltIn::Delete => destroy.then_some("perform_destroy"),
            _ => None,
        }
    }

    /// Returns the permissions of the application that the consumer and its actions name, each once, in the order in
    /// which they are written.
    pub fn own_permissions(&self) -> Vec<OwnPermission<'_>> {
        let mut own = Vec::new();
        self.permissions.collect_own(true, &mut own);
        for (_, permissions) in &self.action_permissions {
            permissions.collect_own(false, &mut own);
        }
        for action in &self.actions {
            if let ActionKind::Custom(custom) = &action.kind {
                custom.permissions.collect_own(false, &mut own);
            }
        }
        own
    }
}

/// A payload that a consumer reads by a serializer of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadPayload {
    /// The serializer.
    pub serializer: SerializerId,
    /// The input as which it is read.
    pub input: Input,
    /// Whether the application gets it.
    pub given: bool,
}

/// The writes of built-in actions that the application prepares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Performs {
    /// Those of `create` (`perform_create`).
    pub create: bool,
    /// Those of `update` and `patch` (`perform_update`).
    pub update: bool,
    /// Those of `delete` (`perform_destroy`).
    pub destroy: bool,
}

impl Performs {
    /// Tells whether the application prepares any write.
    pub fn any(self) -> bool {
        self.create || self.update || self.destroy
    }

    /// Tells whether the application prepares values.
    pub fn values(self) -> bool {
        self.create || self.update
    }
}

/// The look-up of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// The unique column (`lookup_field`): a position in the model's fields.
    pub field: usize,
    /// The key of the frame that carries the value (`lookup_url_kwarg`, or `lookup_field` as written: `pk`).
    pub argument: String,
}

/// A column that clients may name: one of the model itself, or of a row to which steps lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPath {
    /// The name on the wire: `stars`, `room__host__username`.
    pub wire: String,
    /// The steps of the path, each of the model to which the one before leads.
    pub path: Vec<Step>,
    /// The position of the column in the fields of the last model.
    pub field: usize,
}

/// The pagination of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pagination {
    /// The number of rows on a page if the client sends no `limit`.
    pub page_size: u64,
    /// The greatest `limit` in rows; a greater one is reduced to it.
    pub max_limit: Option<u64>,
    /// The way in which clients request pages.
    pub style: PageStyle,
}

/// The way in which clients request pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageStyle {
    /// One page per request, by `limit` and `offset` (`paginated_list`).
    LimitOffset,
    /// All pages in one request, each in a frame of its own (`streamed_list`).
    Streamed,
    /// One page per request, by the cursor of the page before (`paginated_list` with the style `cursor`).
    Cursor,
}

/// An action of a consumer.
#[derive(Debug, Clone)]
pub struct Action {
    /// The name of the action as words.
    pub name: Name,
    /// The name in Rust, which is unique in the consumer regardless of case.
    pub rust: Name,
    /// The name on the wire.
    pub wire: String,
    /// What the action does.
    pub kind: ActionKind,
    /// Whether a success is answered. A failure always is.
    pub reply: bool,
    /// The documentation from `description`.
    pub docs: Docs,
    /// The place of its definition.
    pub origin: Origin,
}

/// What an [`Action`] does.
#[derive(Debug, Clone)]
pub enum ActionKind {
    /// An action that the runtime performs from its description.
    BuiltIn(BuiltIn),
    /// Subscribes to an observer or signal.
    Subscribe {
        /// The observer or signal.
        to: Source,
        /// The arguments, if the application names the groups.
        input: Option<ObjectId>,
    },
    /// Ends a subscription.
    Unsubscribe {
        /// The observer or signal.
        from: Source,
        /// The arguments, if the application names the groups. Without any of them the action ends all subscriptions.
        input: Option<ObjectId>,
    },
    /// A request to an HTTP service of the application (`view`), with this method.
    View(&'static str),
    /// An action of the application.
    Custom(CustomAction),
}

/// The arguments, the output and the options of an action of the application.
#[derive(Debug, Clone)]
pub struct CustomAction {
    /// The payload of a new row, which a serializer of a model reads and validates.
    pub payload: Option<ActionPayload>,
    /// The other arguments, read from the frame itself.
    pub input: Option<ObjectId>,
    /// Whether the arguments are read as fields are, with the coercions of DRF.
    pub coerce: bool,
    /// The content of `data` in the answer. It is `None` if `data` is always `null`.
    pub output: Option<Output>,
    /// The JSON Schema of the output, if its type says less.
    pub output_schema: Option<String>,
    /// `response_status` on success.
    pub status: u16,
    /// Whether the action runs in one transaction.
    pub atomic: bool,
    /// Whether that transaction runs as if no other ran at the same time.
    pub serializable: bool,
    /// Whether the connection continues while the action runs. The action is cancelled when the connection ends.
    pub detached: bool,
    /// Whether the action takes the look-up argument and gets the row.
    pub detail: bool,
    /// The permissions for the action, beside those of the consumer.
    pub permissions: PermissionExpr,
}

/// The payload of a new row that an action of the application takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionPayload {
    /// The serializer, which is one of a model.
    pub serializer: SerializerId,
    /// The key of the frame that contains the payload; `None` if its fields are keys of the frame.
    pub argument: Option<String>,
}

/// The number of requests that somebody may make in a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Throttle {
    /// The name under which requests are counted.
    pub scope: String,
    /// The greatest number of requests within the time.
    pub requests: u32,
    /// The time, in seconds.
    pub seconds: u32,
    /// Whose requests are counted together.
    pub by: ThrottleBy,
}

/// Whose requests a throttle counts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThrottleBy {
    /// Those of a user, or of an address if nobody is logged in.
    User,
    /// Those of an address.
    Address,
    /// Those of a connection.
    Connection,
}
