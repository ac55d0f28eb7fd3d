//! Consumers, in the words of Django Channels REST Framework.

use std::borrow::Cow;

use schemars::{JsonSchema, SchemaGenerator, json_schema};

use super::shape::{object, words};
use super::{Observer, Schema, Signal};
use crate::diag::{Code, Diagnostic, Reported};
use crate::source::Spanned;
use crate::syntax::{Cursor, Decode, Key, Mapping, Value};

object! {
    /// A WebSocket endpoint.
    pub struct Consumer {
        /// Its name in the multiplexer; left out: the name without `Consumer`, in snake_case.
        "stream" optional stream: String,
        /// What its types are called in Rust: `User` gives `UserHandler`.
        "x-rust-name" optional rust_name: String,
        /// Its own path; left out: `/ws/<stream>/`.
        "path" optional path: String,
        /// What it shows and takes. Left out: it is not bound to a model.
        "serializer" optional serializer: String,
        /// The field by which a row is found; left out: `pk`.
        "lookup_field" optional lookup_field: String,
        /// The key of the frame that carries the value; left out: the name of the field.
        "lookup_url_kwarg" optional lookup_url_kwarg: String,
        /// The order of lists: fields, with a leading `-` where it descends.
        "ordering" optional ordering: Vec<Spanned<String>>,
        /// The actions that it has without being told how.
        "mixins" optional mixins: Vec<Spanned<Mixin>>,
        /// How lists are cut into pages; with the mixin `paginated_list`.
        "pagination" optional pagination: Pagination,
        /// The fields by which clients may filter.
        "filter" optional filter: Vec<Spanned<String>>,
        /// The texts in which clients may search.
        "search" optional search: Vec<Spanned<String>>,
        /// The fields by which clients may order.
        "order_by" optional order_by: Vec<Spanned<String>>,
        /// Who may call it: all of these must hold.
        "permission_classes" optional permission_classes: Vec<Spanned<Permission>>,
        /// The application's own actions.
        "actions" optional actions: Mapping<Action>,
        /// Subscriptions to changes of rows, by name.
        "observers" optional observers: Mapping<Observer>,
        /// Subscriptions to the application's own signals, by name.
        "signals" optional signals: Mapping<Signal>,
        /// Messages that the application sends to groups, by name, with their types.
        "events" optional events: Mapping<Schema>,
        /// An HTTP service of the application, called by actions.
        "view" optional view: View,
        /// `custom`: the application narrows the rows that a connection can see.
        "queryset" optional queryset: Queryset,
        /// Whether subscriptions to one row hear of its many-to-many relations, too.
        "observer_many_to_many_relationships" optional follow_many_to_many: bool,
        /// Whether the application is told of connections.
        "on_connect" optional on_connect: bool,
        /// Whether the application is told of disconnections.
        "on_disconnect" optional on_disconnect: bool,
        /// What it is, in Markdown, for the documentation.
        "description" optional description: String,
        /// A short title, for the documentation.
        "title" optional title: String,
        /// Whether it is about to go.
        "deprecated" optional deprecated: bool,
    }
}

words! {
    /// An action that needs no code, or a set of them.
    pub enum Mixin {
        /// All rows.
        List = "list",
        /// One row.
        Retrieve = "retrieve",
        /// A new row.
        Create = "create",
        /// The whole of a row.
        Update = "update",
        /// Some of a row.
        Patch = "patch",
        /// A row goes.
        Delete = "delete",
        /// All rows, page by page.
        PaginatedList = "paginated_list",
        /// All rows, sent page after page.
        StreamedList = "streamed_list",
        /// How many rows there are.
        Count = "count",
        /// Subscriptions to one row.
        ObserverInstance = "observer_instance",
    }
}

impl Mixin {
    /// The names of the actions that it gives a consumer.
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
    /// How lists are cut into pages.
    pub struct Pagination {
        /// Rows of a page when the client says nothing.
        "page_size" required page_size: u64,
        /// The largest page that a client gets.
        "max_limit" optional max_limit: u64,
        /// How pages are asked for.
        "style" optional style: PaginationStyle,
    }
}

words! {
    /// How pages are asked for.
    pub enum PaginationStyle {
        /// By `limit` and `offset`.
        LimitOffset = "limit_offset",
        /// By a cursor that the server gave.
        Cursor = "cursor",
    }
}

words! {
    /// Who narrows the rows.
    pub enum Queryset {
        /// The application.
        Custom = "custom",
    }
}

object! {
    /// An action of the application's own.
    pub struct Action {
        /// What it does, in Markdown, for the documentation.
        "description" optional description: String,
        /// A short title, for the documentation.
        "title" optional title: String,
        /// Whether it is about to go.
        "deprecated" optional deprecated: bool,
        /// What it is called in Rust: `join_room`; the name on the wire stays.
        "x-rust-name" optional rust_name: String,
        /// What it takes: an object.
        "input" optional input: Schema,
        /// How the input is read; left out: as JSON Schema has it.
        "coerce" optional coerce: Coerce,
        /// What it gives.
        "output" optional output: Schema,
        /// Whether a success is answered; left out: it is. A failure always is.
        "reply" optional reply: bool,
        /// The status of its answer; left out: 200.
        "status" optional status: u64,
        /// Whether it runs in one transaction, again if that is lost to others; with `detail`, its row is locked.
        "atomic" optional atomic: bool,
        /// How its transaction is kept apart from others; left out: as the database does by itself.
        "isolation" optional isolation: Isolation,
        /// Whether it lets the connection go on meanwhile.
        "detached" optional detached: bool,
        /// Whether it takes the key of a row, and is given the row.
        "detail" optional detail: bool,
        /// Its name on the wire, where it differs.
        "name" optional name: String,
        /// Who may call it, beside the permissions of the consumer.
        "permission_classes" optional permission_classes: Vec<Spanned<Permission>>,
    }
}

words! {
    /// How plain JSON is read.
    pub enum Coerce {
        /// As fields are, with the coercions of Django REST Framework: `"5"` is 5.
        Drf = "drf",
    }
}

words! {
    /// How a transaction is kept apart from others.
    pub enum Isolation {
        /// As if they ran one after the other.
        Serializable = "serializable",
    }
}

/// Who may do something: a name, or names joined by `and`, `or` and `not`.
#[derive(Debug, Clone, PartialEq)]
pub enum Permission {
    /// `AllowAny`, `IsAuthenticated`, or one of the application's own.
    Named(String),
    /// All of these hold.
    And(Vec<Spanned<Permission>>),
    /// One of these holds.
    Or(Vec<Spanned<Permission>>),
    /// This does not hold.
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
            "description": "Who may do something: `AllowAny`, `IsAuthenticated`, a name of the application's own, or names joined by `and`, `or` and `not`.",
            "anyOf": [
                { "type": "string" },
                {
                    "type": "object",
                    "properties": {
                        "and": with_description(list.clone(), "All of these hold."),
                        "or": with_description(list, "One of these holds."),
                        "not": { "description": "This does not hold.", "allOf": [this] }
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

/// An HTTP service of the application.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum View {
    /// With the usual actions.
    Default(bool),
    /// Each action with its HTTP method.
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
