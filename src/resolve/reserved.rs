//! Names that definitions may not use, as the generated code uses them itself. Data only.

/// Names of types that generated code writes without a path: those of the prelude, of `dcrf-runtime`, and of
/// TypeScript.
pub(super) const TYPES: &[&str] = &[
    // Rust's keywords that cannot be escaped, and what they would be as modules.
    "Self", "Super", "Crate", "Mod", "Lib", "Main",
    // Rust's prelude and what it brings along.
    "AsMut", "AsRef", "Box", "Clone", "Copy", "Debug", "Default", "Display", "Drop", "DoubleEndedIterator", "Eq",
    "Err", "ExactSizeIterator", "Extend", "Fn", "FnMut", "FnOnce", "From", "FromIterator", "Future", "Hash", "Into",
    "IntoFuture", "IntoIterator", "Iterator", "None", "Ok", "Option", "Ord", "PartialEq", "PartialOrd", "Pin", "Arc",
    "Result", "Send", "Sized", "Some", "Str", "String", "Sync", "ToOwned", "ToString", "TryFrom", "TryInto", "Unpin",
    "Vec", "Cow", "HashMap", "HashSet", "BTreeMap", "BTreeSet", "Bool", "Char", "Error", "Static",
    // serde.
    "Deserialize", "Deserializer", "Serialize", "Serializer",
    // dcrf-runtime.
    "Access", "ActionKind", "ActionMeta", "Broker", "Bytes", "Changes", "ColumnMeta", "Connection", "Consumer",
    "ConsumerMeta", "Context", "Date", "DateTime", "Db", "Decimal", "Detail", "Dispatch", "Duration", "Email",
    "Event", "Field", "FieldErrors", "FieldMeta", "Fields", "Filter", "FromFields", "FromJson", "FromRow", "Frame",
    "Identity", "Incoming", "Ipv4", "Ipv6", "Json", "Key", "Kind", "Limits", "Literal", "LookupMeta", "Map", "Meta",
    "Model", "ModelMeta", "Multiplexer", "Null", "Object", "ObserverMeta", "OnDelete", "Ordering", "Page",
    "PaginationMeta", "Patch", "Permission", "Query", "Record", "RelationMeta", "Reply", "ReplyFuture", "Repository",
    "Request", "Routes", "Router", "Row", "Rule", "Server", "Service", "Session", "SerializerMeta", "Slug", "Status",
    "Table", "Text", "Time", "Transaction", "Tx", "Type", "Unset", "Url", "Uuid", "Value",
    // TypeScript.
    "Any", "Array", "ArrayBuffer", "Boolean", "Function", "Infinity", "Never", "Number", "Partial", "Pick", "Omit",
    "Promise", "Readonly", "ReadonlyArray", "Required", "Set", "Symbol", "Undefined", "Unknown", "Void", "WebSocket",
];

/// Names that cannot be identifiers in Rust, not even as `r#self`; in snake_case.
pub(super) const IDENTIFIERS: &[&str] = &["self", "super", "crate"];

/// Names of crates that a generated crate cannot have; in snake_case.
pub(super) const CRATES: &[&str] = &[
    "alloc", "core", "crate", "dcrf", "dcrf_runtime", "proc_macro", "self", "serde", "std", "super", "test",
    // Keywords: `cargo` refuses them as names of packages.
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
    // Directories of cargo's output.
    "build", "deps", "examples", "incremental",
];

/// Keys of a request's frame: an argument of an action cannot have their names.
pub(super) const FRAME: &[&str] = &["action", "request_id"];

/// Paths of the server.
pub(super) const PATHS: &[&str] = &["/ws"];
