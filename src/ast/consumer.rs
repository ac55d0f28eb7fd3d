//! Consumers, with the keys of Django Channels REST Framework.

use std::borrow::Cow;

use schemars::{JsonSchema, SchemaGenerator, json_schema};

use super::shape::{object, words};
use super::{Delivery, Dependency, Observer, Schema, Signal};
use crate::diag::{Code, Diagnostic, Reported};
use crate::source::Spanned;
use crate::syntax::{Cursor, Decode, Key, Mapping, Value};

object! {
    /// A consumer: a WebSocket endpoint with its actions and subscriptions.
    pub struct Consumer {
        /// The name of the consumer's stream in the multiplexer.
        /// The default is the name of the consumer without `Consumer`, in snake_case.
        "stream" optional stream: String,
        /// The start of the names of the consumer's types in Rust: `User` gives `UserHandler`.
        /// The default is the name of the consumer without `Consumer`. The name on the wire does not change.
        "x-rust-name" optional rust_name: String,
        /// The path of the consumer's own WebSocket; it begins with `/`. The default is `/ws/<stream>/`.
        "path" optional path: String,
        /// The parameters of `path`: an object schema with a property for each segment `{name}`.
        /// A handshake whose segment is not a value of the property's schema is answered with 404.
        "path_parameters" optional path_parameters: Schema,
        /// The name of the serializer that shows and takes the rows; it must have a model.
        /// Without this key the consumer is not bound to a model.
        "serializer" optional serializer: String,
        /// The unique field of the model by which a row is found. The default is `pk`, the primary key.
        "lookup_field" optional lookup_field: String,
        /// The key of a frame that carries the value of `lookup_field`.
        /// The default is the value of `lookup_field`, else `pk`.
        "lookup_url_kwarg" optional lookup_url_kwarg: String,
        /// The order of lists: names of fields, each with a leading `-` where it is descending.
        /// Rows with equal values are in the order of the primary key, which is also the order without this key.
        "ordering" optional ordering: Vec<Spanned<String>>,
        /// The built-in actions of the consumer, which need no code of the application. The default is none.
        "mixins" optional mixins: Vec<Spanned<Mixin>>,
        /// The pagination of lists.
        /// The mixins `paginated_list` and `streamed_list` require this key; no other mixin allows it.
        "pagination" optional pagination: Pagination,
        /// The fields by which clients may filter lists, among those that they can read. The default is none.
        /// `room__host__username` is a field across foreign keys.
        "filter" optional filter: Vec<Spanned<String>>,
        /// The text fields in which clients may search, among those that they can read. The default is none.
        /// `room__host__username` is a field across foreign keys.
        "search" optional search: Vec<Spanned<String>>,
        /// The fields by which clients may order lists, among those that they can read. The default is none.
        /// `room__host__username` is a field across foreign keys.
        "order_by" optional order_by: Vec<Spanned<String>>,
        /// The throttles, in the words of Django REST Framework: a rate such as `"10/min"` (a number, `/`, and `s`, `min`,
        /// `hour` or `day`), an object, or a list of these. A request beyond it is answered with 429.
        "throttle" optional throttle: Throttles,
        /// Throttles of single actions, by their names: `{"create": "10/min"}`.
        "action_throttle" optional action_throttle: Mapping<Throttles>,
        /// The permissions for all actions of the consumer, all of which must hold.
        /// The default is that everyone may call them.
        "permission_classes" optional permission_classes: Vec<Spanned<Permission>>,
        /// The permissions for built-in actions by name, in the place of those of the consumer.
        /// All permissions of an action must hold. Other actions, events and handshakes need those of the consumer.
        /// The default is none.
        "action_permissions" optional action_permissions: Mapping<Vec<Spanned<Permission>>>,
        /// The serializers of built-in actions by name, in the place of `serializer`: such an action reads its payload and
        /// shows its rows by its own serializer, whose model is the same. The default is none.
        "action_serializers" optional action_serializers: Mapping<Spanned<String>>,
        /// The application's own actions by name.
        "actions" optional actions: Mapping<Action>,
        /// The observers by name: subscriptions to the changes of rows.
        "observers" optional observers: Mapping<Observer>,
        /// The signals by name: subscriptions to messages of the application.
        "signals" optional signals: Mapping<Signal>,
        /// The events by name, each with the JSON Schema object of its payload:
        /// messages that the application sends to groups.
        "events" optional events: Mapping<Schema>,
        /// An HTTP service of the application that answers the actions of this consumer.
        /// `true` maps `create` to PUT, `update` to PATCH, and `list` and `retrieve` to GET.
        /// An object maps actions to methods, such as `{"list": "GET"}`. The default is `false`: there is no service.
        "view" optional view: View,
        /// With `"custom"` the application restricts the rows that a connection can read and change:
        /// the method `queryset` of the handler returns a filter.
        /// Without this key the consumer shows every row of its model.
        "queryset" optional queryset: Queryset,
        /// Whether the subscribers to one row also receive an event when its many-to-many relations change,
        /// or when a row at the other end of one is deleted.
        /// It requires the mixin `observer_instance`. The default is `false`.
        "observer_many_to_many_relationships" optional follow_many_to_many: bool,
        /// The `delivery` of the subscriptions to one row. It requires the mixin `observer_instance`.
        /// The default is that of the document.
        "observer_instance_delivery" optional instance_delivery: Delivery,
        /// With `"latest"` a client may ask for a live list: the answer to `list`, and then the changes of its rows.
        /// It requires a mixin with `list`. The default is `"ephemeral"`, also if the document has another `delivery`:
        /// a list is not live.
        "list_delivery" optional list_delivery: Delivery,
        /// The `depends_on` of the subscriptions to one row, and of every observer that does not say its own. It applies to
        /// observers of other consumers, too, if their `queryset` names this consumer. The default is that nothing is said.
        "depends_on" optional depends_on: Vec<Dependency>,
        /// The built-in actions that methods of the handler perform, which have the names of the actions.
        /// Each requires a mixin that adds the action. The default is none.
        "override" optional overrides: Vec<Spanned<Overridable>>,
        /// Whether the handler has a method `perform_create`, which returns the values that `create` stores.
        /// It can set columns that the serializer does not take. It requires the mixin `create`. The default is `false`.
        "perform_create" optional perform_create: bool,
        /// Whether the handler has a method `perform_update`, which returns the values that `update` and `patch` store.
        /// It requires the mixin `update` or `patch`. The default is `false`.
        "perform_update" optional perform_update: bool,
        /// Whether the handler has a method `perform_destroy`, which is called before `delete` deletes a row.
        /// It can refuse the deletion. It requires the mixin `delete`. The default is `false`.
        "perform_destroy" optional perform_destroy: bool,
        /// Whether the handler has a method `connected`,
        /// which is called when the socket is open and before the first request.
        /// An error below 500 refuses the connection. The default is `false`.
        "on_connect" optional on_connect: bool,
        /// Whether the handler has a method `disconnected`,
        /// which is called once when the connection has ended and its requests are done.
        /// The method may take 10 seconds (`Limits::linger`). The default is `false`.
        "on_disconnect" optional on_disconnect: bool,
        /// The description of the consumer in Markdown, for the generated documentation.
        "description" optional description: String,
        /// A short title of the consumer, which begins the generated documentation.
        "title" optional title: String,
        /// Whether the consumer is deprecated; the generated documentation says so. The default is `false`.
        "deprecated" optional deprecated: bool,
    }
}

words! {
    /// A mixin: a set of built-in actions.
    pub enum Mixin {
        /// Adds the action `list`, which answers all rows in one frame.
        List = "list",
        /// Adds the action `retrieve`, which answers one row.
        Retrieve = "retrieve",
        /// Adds the action `create`, which creates a row and answers it as it is stored.
        Create = "create",
        /// Adds the action `update`, which replaces a row: the client must send every required field.
        Update = "update",
        /// Adds the action `patch`, which changes those fields of a row that the client sends.
        Patch = "patch",
        /// Adds the action `delete`, which deletes a row.
        Delete = "delete",
        /// Adds the action `list`, which answers one page of rows.
        PaginatedList = "paginated_list",
        /// Adds the action `list`, which answers all rows in pages, each in a frame of its own.
        StreamedList = "streamed_list",
        /// Adds the action `count`, which answers the number of rows that a filter and a search find.
        Count = "count",
        /// Adds the actions `subscribe_instance` and `unsubscribe_instance` for the changes of one row, and `retrieve`.
        ObserverInstance = "observer_instance",
    }
}

words! {
    /// A built-in action that the application can perform itself.
    pub enum Overridable {
        /// Returns the new row of a payload.
        Create = "create",
        /// Returns a row that a whole payload has changed.
        Update = "update",
        /// Returns a row that some fields have changed.
        Patch = "patch",
        /// Deletes a row.
        Delete = "delete",
        /// Answers the rows.
        List = "list",
        /// Returns the row to show.
        Retrieve = "retrieve",
        /// Subscribes to the changes of one row.
        SubscribeInstance = "subscribe_instance",
        /// Ends such a subscription.
        UnsubscribeInstance = "unsubscribe_instance",
    }
}

impl Mixin {
    /// Returns the names of the actions that the mixin adds to a consumer.
    pub const fn actions(self) -> &'static [&'static str] {
        match self {
            Self::List | Self::PaginatedList | Self::StreamedList => &["list"],
            Self::Retrieve => &["retrieve"],
            Self::Create => &["create"],
            Self::Update => &["update"],
            Self::Patch => &["patch"],
            Self::Delete => &["delete"],
            Self::Count => &["count"],
            Self::ObserverInstance => &["retrieve", "subscribe_instance", "unsubscribe_instance"],
        }
    }
}

object! {
    /// The pagination of lists.
    pub struct Pagination {
        /// The number of rows on a page if the client sends no `limit`: from 1 to 2^63 - 1.
        "page_size" required page_size: u64,
        /// The greatest `limit` in rows, from 1 to 2^63 - 1; a greater one is reduced to it.
        /// Without this key the server's `Limits::page` applies, by default 1,000 rows.
        "max_limit" optional max_limit: u64,
        /// The way in which clients request pages.
        /// The default is `limit_offset`; `cursor` requires the mixin `paginated_list`.
        "style" optional style: PaginationStyle,
    }
}

words! {
    /// The way in which clients request pages.
    pub enum PaginationStyle {
        /// Clients send `limit` and `offset`, both in rows.
        LimitOffset = "limit_offset",
        /// Clients send a cursor that a former page contains.
        Cursor = "cursor",
    }
}

words! {
    /// The source of the filter that restricts the rows.
    pub enum Queryset {
        /// The application returns the filter, in the method `queryset` of the handler.
        Custom = "custom",
    }
}

object! {
    /// An action of the application.
    pub struct Action {
        /// The description of the action in Markdown, for the generated documentation.
        "description" optional description: String,
        /// A short title of the action, which begins the generated documentation.
        "title" optional title: String,
        /// Whether the action is deprecated; the generated documentation says so. The default is `false`.
        "deprecated" optional deprecated: bool,
        /// The name of the action in Rust, such as `join_room`. The default is its name.
        /// The name on the wire does not change.
        "x-rust-name" optional rust_name: String,
        /// The arguments: a JSON Schema object, read from the frame beside `action` and `request_id`.
        /// The default is none.
        "input" optional input: Schema,
        /// With `"drf"` the arguments are read with the coercions of Django REST Framework's fields: `"5"` is 5.
        /// Without this key they must be exactly as JSON Schema says.
        "coerce" optional coerce: Coerce,
        /// The schema of the answer's `data`.
        /// With a `$ref` to a serializer, an array of one, or one or null, the application returns rows.
        /// Without this key `data` is null.
        "output" optional output: Schema,
        /// Whether a success is answered; a failure always is. The default is `true`.
        /// `false` excludes `output` and `status`.
        "reply" optional reply: bool,
        /// The `response_status` of a success: from 200 to 599. The default is 200.
        "status" optional status: u64,
        /// Whether the action runs in one transaction, which an error rolls back; with `detail`, the row is locked.
        /// The server runs it again if the database aborts it because of another transaction. The default is `false`.
        "atomic" optional atomic: bool,
        /// The isolation of the transaction from others; it requires `"atomic": true`.
        /// The default is the isolation level of the database.
        "isolation" optional isolation: Isolation,
        /// Whether the connection goes on with its next request while the action runs.
        /// The action is cancelled when the connection ends. The default is `false`.
        "detached" optional detached: bool,
        /// Whether the action takes the look-up argument of a row and gets the row; the answer is 404 if there is none.
        /// The default is `false`.
        "detail" optional detail: bool,
        /// The name of the action on the wire. The default is its key in `actions`.
        "name" optional name: String,
        /// The throttles, in the words of Django REST Framework: a rate such as `"10/min"` (a number, `/`, and `s`, `min`,
        /// `hour` or `day`), an object, or a list of these. A request beyond it is answered with 429.
        "throttle" optional throttle: Throttles,
        /// The permissions for this action, all of which must hold beside those of the consumer. The default is none.
        "permission_classes" optional permission_classes: Vec<Spanned<Permission>>,
    }
}

words! {
    /// The way in which arguments are read.
    pub enum Coerce {
        /// As fields, with the coercions of Django REST Framework: `"5"` is 5.
        Drf = "drf",
    }
}

words! {
    /// The isolation of a transaction from others.
    pub enum Isolation {
        /// The transaction runs as if no other ran at the same time.
        Serializable = "serializable",
    }
}

/// A permission: a name, or permissions joined by `and`, `or` and `not`.
#[derive(Debug, Clone, PartialEq)]
pub enum Permission {
    /// `AllowAny`, `IsAuthenticated`, or a permission of the application.
    Named(String),
    /// All of these permissions must hold.
    And(Vec<Spanned<Permission>>),
    /// At least one of these permissions must hold.
    Or(Vec<Spanned<Permission>>),
    /// This permission must not hold.
    Not(Box<Spanned<Permission>>),
}

impl Decode for Permission {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        if let Value::Text(name) = &cursor.node().value {
            return Ok(Self::Named(name.clone()));
        }
        if !matches!(cursor.node().value, Value::Object(_)) {
            return Err(cursor.wrong_type("a permission"));
        }
        let before = cursor.sink().count();
        let mut fields = cursor.fields()?;
        let and: Option<Key<Vec<_>>> = fields.optional("and");
        let or: Option<Key<Vec<_>>> = fields.optional("or");
        for (name, list) in [("and", &and), ("or", &or)] {
            if let Some(list) = list.as_ref().filter(|list| list.value.is_empty()) {
                let message = format!("`{name}` needs at least one permission");
                cursor.sink().push(Diagnostic::error(Code::InvalidValue, list.span, message));
            }
        }
        let and = and.map(|key| Self::And(key.value));
        let or = or.map(|key| Self::Or(key.value));
        let not = fields.optional("not").map(|key| Self::Not(key.value));
        fields.finish();
        let mut given = [and, or, not].into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(one), None) => Ok(one),
            _ if cursor.sink().count() > before => Ok(Self::And(Vec::new())),
            _ => {
                let message = "a permission is a name, or an object with one of `and`, `or` and `not`";
                Err(cursor.sink().push(Diagnostic::error(Code::ConflictingKeys, cursor.span(), message)))
            }
        }
    }
}

impl JsonSchema for Permission {
    fn schema_name() -> Cow<'static, str> {
        "Permission".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> schemars::Schema {
        let this = generator.subschema_for::<Self>();
        let list = json_schema!({ "type": "array", "items": this, "minItems": 1 });
        json_schema!({
            "description": "The permission that a request needs: `AllowAny`, `IsAuthenticated`, the name of a permission of the application, or several permissions combined with `and`, `or` and `not`.",
            "anyOf": [
                { "type": "string" },
                {
                    "type": "object",
                    "properties": {
                        "and": with_description(list.clone(), "All of these permissions must grant access."),
                        "or": with_description(list, "At least one of these permissions must grant access."),
                        "not": { "description": "This permission must not grant access.", "allOf": [this] }
                    },
                    "additionalProperties": false,
                    "minProperties": 1,
                    "maxProperties": 1
                }
            ]
        })
    }
}

fn with_description(mut schema: schemars::Schema, text: &str) -> schemars::Schema {
    schema.insert("description".into(), text.into());
    schema
}

/// An HTTP service of the application that answers actions.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum View {
    /// `true`: `create` is PUT, `update` is PATCH, `list` and `retrieve` are GET. `false`: there is no service.
    Default(bool),
    /// The HTTP method of each action: `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    Actions(Mapping<String>),
}

impl Decode for View {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        match &cursor.node().value {
            Value::Boolean(default) => Ok(Self::Default(*default)),
            Value::Object(_) => Decode::decode(cursor).map(Self::Actions),
            _ => Err(cursor.wrong_type("a boolean or an object")),
        }
    }
}

object! {
    /// A throttle.
    pub struct Throttle {
        /// The greatest number of requests within a time: `"10/min"` (DRF's `rate`).
        "rate" required rate: String,
        /// Whose requests are counted together. The default is `user`.
        "by" optional by: ThrottleBy,
        /// The name under which requests are counted: throttles of one name count together (DRF's `throttle_scope`).
        /// The default is the name of the stream, for an action with its name.
        "scope" optional scope: String,
    }
}

words! {
    /// Whose requests a throttle counts together.
    pub enum ThrottleBy {
        /// Those of a user, or of an address if nobody is logged in (DRF's `UserRateThrottle`).
        User = "user",
        /// Those of an address (DRF's `AnonRateThrottle`).
        Address = "address",
        /// Those of a connection.
        Connection = "connection",
    }
}

/// One throttle or several.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Throttles {
    /// A rate, by user.
    Rate(Spanned<String>),
    /// One throttle.
    One(Box<Throttle>),
    /// Several throttles, all of which count.
    Several(Vec<OneThrottle>),
}

/// An entry of a list of throttles.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum OneThrottle {
    /// A rate, by user.
    Rate(Spanned<String>),
    /// A throttle.
    Whole(Box<Throttle>),
}

impl Decode for OneThrottle {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        match &cursor.node().value {
            Value::Text(_) => Decode::decode(cursor).map(Self::Rate),
            Value::Object(_) => Decode::decode(cursor).map(Self::Whole),
            _ => Err(cursor.wrong_type("a rate or an object")),
        }
    }
}

impl Decode for Throttles {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        match &cursor.node().value {
            Value::Text(_) => Decode::decode(cursor).map(Self::Rate),
            Value::Object(_) => Decode::decode(cursor).map(Self::One),
            Value::Array(_) => Decode::decode(cursor).map(Self::Several),
            _ => Err(cursor.wrong_type("a rate, an object or a list of these")),
        }
    }
}
