//! The names in TypeScript, and the modules of the generated types.

use std::collections::HashSet;

pub(super) use crate::escape::typescript as text;
use crate::ir::{
    Api, ConsumerId, EnumId, Home, Input, Name, ObjectId, SerializerId, SerializerOf, UnionId, inputs,
};

/// The names that generated files use by themselves, which types of the definition must not have.
const TAKEN: &[&str] = &[
    "AbortSignal",
    "Array",
    "AsyncIterableIterator",
    "Base64",
    "CannotConnect",
    "Client",
    "ClientOptions",
    "Closed",
    "Comparator",
    "Comparators",
    "CursorPage",
    "CursorQuery",
    "DcrfError",
    "Decimal",
    "Deleted",
    "Duration",
    "Endpoint",
    "Error",
    "FieldErrors",
    "Filter",
    "Gap",
    "InstanceEvent",
    "Int64",
    "IsoDate",
    "IsoDateTime",
    "IsoTime",
    "Json",
    "Link",
    "Live",
    "LiveOptions",
    "LiveStatus",
    "NotAuthenticated",
    "NotFound",
    "OrderBy",
    "Page",
    "PageQuery",
    "ParameterizedClient",
    "PermissionDenied",
    "PresentMember",
    "Promise",
    "ProtocolError",
    "QueueFull",
    "RequestError",
    "RequestOptions",
    "RowEvent",
    "ServerError",
    "SignalEvent",
    "Snapshot",
    "Socket",
    "SocketConstructor",
    "Status",
    "Stop",
    "Subscription",
    "SubscriptionStatus",
    "TimedOut",
    "Uuid",
    "ValidationError",
    "ViewQuery",
    "Backoff",
    "Close",
    "Failure",
    "SubscribeTo",
    "byBytes",
    "byDatabase",
    "byDateTime",
    "byDecimal",
    "byDuration",
    "byInteger",
    "byNumber",
    "byText",
    "byUuid",
    "cursorPages",
    "exactIntegers",
    "gather",
    "gatherLarge",
    "offsetPages",
    "optimistic",
    "orderOf",
    "streamedPages",
    "Codec",
    "LiveRequest",
    "Logger",
    // The following are global in TypeScript.
    "Boolean",
    "Date",
    "Function",
    "Map",
    "Number",
    "Object",
    "Omit",
    "Partial",
    "Pick",
    "Readonly",
    "ReadonlyArray",
    "Record",
    "Set",
    "String",
    "Symbol",
    "WebSocket",
];

/// The members that every object has, or that change what it is (one with `then` is taken for a promise), which members
/// of a definition must not have.
pub(super) const OBJECT: &[&str] = &[
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "then",
    "toLocaleString",
    "toString",
    "valueOf",
];

/// The members of every client, which streams must not have.
const CLIENT: &[&str] = &[
    "at",
    "close",
    "closeSession",
    "connect",
    "endpoint",
    "follow",
    "lastClose",
    "lastError",
    "onError",
    "onStatus",
    "openSession",
    "reconnect",
    "status",
];

/// The names of all types, each of which is unique.
pub(super) struct Names {
    objects: Vec<String>,
    enums: Vec<String>,
    unions: Vec<String>,
    rows: Vec<String>,
    inputs: Vec<[String; 3]>,
    consumers: Vec<String>,
    streams: Vec<String>,
    client: String,
    taken: HashSet<String>,
}

impl Names {
    pub(super) fn of(api: &Api) -> Self {
        let mut taken: HashSet<String> = TAKEN.iter().map(|name| (*name).to_owned()).collect();
        let mut take = |name: String, suffix: &str| unique(&mut taken, name, suffix);
        let objects: Vec<String> =
            api.objects.values().map(|object| take(object.name.pascal(), "Type")).collect();
        let enums = api.enums.values().map(|item| take(item.name.pascal(), "Type")).collect();
        let unions = api.unions.values().map(|union| take(union.name.pascal(), "Type")).collect();
        let client = take(format!("{}Client", api.name.pascal()), "Type");
        let consumers = api.consumers.values().map(|consumer| take(consumer.name.pascal(), "Type")).collect();
        let mut rows = Vec::new();
        let mut payloads = Vec::new();
        for (id, serializer) in api.serializers.iter() {
            match serializer.of {
                SerializerOf::Object(object) => rows.push(objects[object.index()].clone()),
                SerializerOf::Model(_) => rows.push(take(serializer.base.pascal(), "Row")),
            }
            let used = inputs(api, id);
            payloads.push([Input::Create, Input::Update, Input::Patch].map(|input| {
                let name = serializer.base.join(input.word()).pascal();
                if used.contains(&input) { take(name, "Input") } else { name }
            }));
        }
        let mut members: HashSet<String> =
            OBJECT.iter().chain(CLIENT).map(|name| (*name).to_owned()).collect();
        let streams = api.consumers.values();
        let streams =
            streams.map(|consumer| member(&mut members, &Name::parse(&consumer.stream), "Stream")).collect();
        Self { objects, enums, unions, rows, inputs: payloads, consumers, streams, client, taken }
    }

    pub(super) fn object(&self, id: ObjectId) -> &str {
        &self.objects[id.index()]
    }

    pub(super) fn enumeration(&self, id: EnumId) -> &str {
        &self.enums[id.index()]
    }

    pub(super) fn union(&self, id: UnionId) -> &str {
        &self.unions[id.index()]
    }

    /// Returns the name of the rows of a serializer.
    pub(super) fn row(&self, id: SerializerId) -> &str {
        &self.rows[id.index()]
    }

    /// Returns the name of an input of a serializer.
    pub(super) fn input(&self, id: SerializerId, input: Input) -> &str {
        let [create, update, patch] = &self.inputs[id.index()];
        match input {
            Input::Create => create,
            Input::Update => update,
            Input::Patch => patch,
        }
    }

    /// Returns the name of the class of a consumer.
    pub(super) fn consumer(&self, id: ConsumerId) -> &str {
        &self.consumers[id.index()]
    }

    /// Returns the name of the client's property for a consumer.
    pub(super) fn stream(&self, id: ConsumerId) -> &str {
        &self.streams[id.index()]
    }

    /// Returns the name of the class of the client.
    pub(super) fn client(&self) -> &str {
        &self.client
    }

    /// Returns the name of a type of a consumer itself, such as `RoomFilter`.
    pub(super) fn of_consumer(&self, api: &Api, id: ConsumerId, word: &str) -> String {
        let name = api.consumers[id].base.join(word).pascal();
        if self.taken.contains(&name) {
            format!("{}{}", self.consumer(id), Name::parse(word).pascal())
        } else {
            name
        }
    }

    /// Returns the module of a home, without `src/` and `.ts`.
    pub(super) fn module(&self, api: &Api, home: Home) -> String {
        match home {
            Home::Model(id) => format!("models/{}", api.models[id].name.kebab()),
            Home::Serializer(id) => format!("serializers/{}", api.serializers[id].base.kebab()),
            Home::Consumer(id) => format!("consumers/{}", api.consumers[id].base.kebab()),
            Home::Types => "types".to_owned(),
        }
    }
}

/// Returns the name with as many suffixes as are necessary to make it unique.
fn unique(taken: &mut HashSet<String>, mut name: String, suffix: &str) -> String {
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    while !taken.insert(name.clone()) {
        name.push_str(suffix);
    }
    name
}

/// Returns a member with a unique name: `createMessage`.
pub(super) fn member(taken: &mut HashSet<String>, name: &Name, suffix: &str) -> String {
    unique(taken, name.camel(), suffix)
}

/// Returns a key of an object or interface, with quotes if it is not an identifier. `__proto__` would not be a key,
/// even with quotes.
pub(super) fn key(wire: &str) -> String {
    let first = wire.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_' || c == '$');
    let plain = first && wire.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$');
    match wire {
        "__proto__" => format!("[{}]", text(wire)),
        _ if plain => wire.to_owned(),
        _ => text(wire),
    }
}

/// Returns an object without any of these keys, which are all optional. `{}` inherits some keys that a definition may
/// also have: `toString` is a function there.
pub(super) fn empty<'a>(mut keys: impl Iterator<Item = &'a str>) -> &'static str {
    if keys.any(|key| OBJECT.contains(&key)) { "Object.create(null)" } else { "{}" }
}

/// Returns a list of texts: `['create', 'update']`.
pub(super) fn texts<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    format!("[{}]", values.into_iter().map(text).collect::<Vec<_>>().join(", "))
}
