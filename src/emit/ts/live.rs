//! The method `live`: rows that stay up to date, if a consumer has the actions for it.

use super::docs;
use super::maker::Maker;
use super::method::LIVE_OPTIONS;
use super::names::{empty, key, text};
use super::observer::is_filtered;
use super::order;
use super::serializer::{key_type, shown};
use crate::ir::{
    Api, BuiltIn, Collation, Field, Groups, Literal, Observer, PageStyle, Scalar, Serializer, SerializerId,
    Type,
};

/// The live methods of a consumer, and their names.
pub(super) struct Plan<'a> {
    /// The method for all rows of the list, if there is an observer of them.
    list: Option<ListPlan<'a>>,
    /// The method for one row, if rows can be subscribed to one by one: its name, and the expression that reads the key
    /// of a row.
    one: Option<(String, String)>,
}

/// The method for all rows of a list.
struct ListPlan<'a> {
    serializer: &'a Serializer,
    /// The position of the observer in the consumer.
    index: usize,
    observer: &'a Observer,
    /// The name of the method.
    name: String,
    /// The expression that reads the key of a row.
    access: String,
}

/// Finds which methods the consumer can have, and takes their names.
pub(super) fn plan<'a>(maker: &mut Maker<'a, '_>) -> Option<Plan<'a>> {
    let (api, consumer) = (maker.types.api, maker.consumer);
    let model = maker.model()?;
    let access = |serializer: SerializerId| {
        let key_field = shown(&api.serializers[serializer], model.key)?;
        let is_name = key(key_field) == *key_field;
        Some(if is_name { format!("row.{key_field}") } else { format!("row[{}]", text(key_field)) })
    };
    // Events show rows as the list does.
    let of_list = consumer.serializer_of(BuiltIn::List)?;
    let observer = consumer.observers.iter().enumerate().find(|(_, observer)| {
        matches!(observer.groups, Groups::All)
            && Some(observer.model) == maker.model_id()
            && observer.serializer == Some(of_list)
            && !observer.custom_message
    });
    let list = observer.filter(|_| consumer.has(BuiltIn::List)).zip(access(of_list));
    let list = list.map(|((index, observer), access)| {
        let name = maker.methods.name("live", "");
        ListPlan { serializer: &api.serializers[of_list], index, observer, name, access }
    });
    let of_row = consumer.serializer_of(BuiltIn::Retrieve)?;
    let one = consumer.has(BuiltIn::SubscribeInstance)
        && consumer.has(BuiltIn::Retrieve)
        && consumer.serializer_of(BuiltIn::SubscribeInstance) == Some(of_row)
        && list.as_ref().is_none_or(|_| of_list == of_row);
    // If there are both, `live` does both: its argument says which.
    let one = access(of_row)
        .filter(|_| one)
        .map(|access| (maker.methods.name(if list.is_some() { "live_row" } else { "live" }, ""), access));
    Some(Plan { list, one })
}

/// Adds the methods.
pub(super) fn methods(maker: &mut Maker<'_, '_>, plan: Plan<'_>) {
    let Plan { list, one } = plan;
    if let Some(list) = list
        && let Some(subscribe) = maker.methods.observers.get(&list.index).cloned()
    {
        of_list(maker, list, &subscribe, one.as_ref().map(|(name, _)| name.as_str()));
    }
    if let Some((name, access)) = one {
        of_row(maker, &access, name);
    }
}

/// Returns the function of the core that compares the values of a column as the server orders them.
fn comparator(api: &Api, field: &Field) -> &'static str {
    match &field.ty {
        Type::Scalar(scalar) => match scalar {
            Scalar::Boolean | Scalar::Float => "byNumber",
            Scalar::Integer | Scalar::BigInteger => "byInteger",
            Scalar::Text | Scalar::Form(_) => of_text(field.collation),
            Scalar::Uuid => "byUuid",
            Scalar::Date | Scalar::DateTime => "byDateTime",
            Scalar::Time | Scalar::Duration => "byDuration",
            Scalar::Decimal { .. } => "byDecimal",
            Scalar::Bytes => "byBytes",
        },
        // An enum is ordered by the stored value, not by the position among the variants.
        Type::Enum(id) => match api.enums[*id].variants.first().map(|variant| &variant.value) {
            Some(Literal::Integer(_)) => "byInteger",
            Some(
                Literal::Null
                | Literal::Boolean(_)
                | Literal::Number(_)
                | Literal::Text(_)
                | Literal::Json(_),
            )
            | None => of_text(field.collation),
        },
        Type::Object(_)
        | Type::Union(_)
        | Type::List(_)
        | Type::Tuple(_)
        | Type::Map(_)
        | Type::Row(_)
        | Type::Json => "byDatabase",
    }
}

/// Returns the comparator of texts. Only the database knows the order of its own collation.
fn of_text(collation: Option<Collation>) -> &'static str {
    match collation {
        Some(Collation::Codepoint) | None => "byText",
        Some(Collation::Database) => "byDatabase",
    }
}

/// Adds the method for a list. `subscribe` is the name of the observer's method, and `one` that of the method for one row.
fn of_list(maker: &mut Maker<'_, '_>, list: ListPlan<'_>, subscribe: &str, one: Option<&str>) {
    let ListPlan { serializer, observer, name, access, .. } = list;
    let Some(model) = maker.model_id() else { return };
    let (row, key) = (maker.row(BuiltIn::List), key_type(maker.types, model));
    maker.types.imports.core_value("Live");
    maker.types.core("LiveRequest");
    let filtered = is_filtered(maker, observer);
    let query = query(maker, filtered);
    let nothing = empty(maker.consumer.filter.iter().map(|reach| reach.wire.as_str()));
    let parameter = match one {
        Some(_) => format!("of: {key} | ({query}) = {nothing}"),
        None => format!("of: {query} = {nothing}"),
    };
    let mut body = Vec::new();
    if let Some(one) = one {
        body.push(format!("if (typeof of !== 'object') return this.{one}(of, options);"));
    }
    let load = load(maker);
    let queries = maker.queries();
    if queries {
        body.push("const { limit, ...query } = of;".to_owned());
    }
    let given = if filtered { "{ ...query, ...request }" } else { "request" };
    let mut view = vec![
        format!("subscribe: (callback, request) => this.{subscribe}(callback, {given}),"),
        load,
        format!("key: (row) => {access},"),
    ];
    view.extend(order::compare(maker, serializer, comparator).unwrap_or_default());
    view.push(if queries { "limit," } else { "limit: of.limit," }.to_owned());
    if !maker.consumer.search.is_empty() {
        view.push("searched: Boolean(query.search),".to_owned());
    }
    body.extend(shared(&row, &key, &name, "of", view));
    let sentence = match one {
        Some(_) => "Returns rows that stay up to date until `close`: all of them, or the one with a key.",
        None => "Returns rows that stay up to date until `close`.",
    };
    let docs = docs::sentence(sentence, 2);
    maker.methods.add(docs, name, &[parameter, LIVE_OPTIONS.to_owned()], format!("Live<{row}, {key}>"), body);
}

/// Returns the statement that shares live rows with all others of the method `name` and the same argument.
fn shared(row: &str, key: &str, name: &str, argument: &str, view: Vec<String>) -> Vec<String> {
    let mut lines = vec![format!(
        "return Live.shared<{row}, {key}>(this.#at, [{}, {argument}], options, () => ({{",
        text(name)
    )];
    lines.extend(view.into_iter().map(|line| format!("  {line}")));
    lines.push("}));".to_owned());
    lines
}

/// Returns the type of the arguments that select and order the rows.
fn query(maker: &Maker<'_, '_>, filtered: bool) -> String {
    let consumer = maker.consumer;
    let mut names = Vec::new();
    if filtered {
        names.push("'filter'");
    }
    if !consumer.search.is_empty() {
        names.push("'search'");
    }
    if !consumer.order_by.is_empty() {
        names.push("'order_by'");
    }
    let limit = "{ readonly limit?: number }";
    match names.is_empty() {
        true => limit.to_owned(),
        false => format!("Pick<{}, {}> & {limit}", maker.own("query"), names.join(" | ")),
    }
}

/// Returns the function that reads the rows.
fn load(maker: &mut Maker<'_, '_>) -> String {
    match maker.consumer.pagination.map(|pagination| pagination.style) {
        None | Some(PageStyle::Streamed) => {
            let query = if maker.queries() { "query, " } else { "" };
            format!("load: (signal) => this.list({query}{{ signal }}),")
        }
        Some(PageStyle::LimitOffset | PageStyle::Cursor) => {
            maker.types.imports.core_value("gatherLarge");
            let pages = "this.pages({ ...query, ...page }, { signal })";
            format!("load: (signal, count) => gatherLarge((page) => {pages}, count),")
        }
    }
}

fn of_row(maker: &mut Maker<'_, '_>, access: &str, name: String) {
    let (Some(model), Some((parameter, _))) = (maker.model_id(), maker.lookup()) else { return };
    let (row, key) = (maker.row(BuiltIn::Retrieve), key_type(maker.types, model));
    maker.types.imports.core_value("Live");
    maker.types.core("LiveRequest");
    let view = vec![
        "subscribe: (callback, request) => this.subscribe(pk, callback, request),".to_owned(),
        "load: async (signal) => [await this.retrieve(pk, { signal })],".to_owned(),
        format!("key: (row) => {access},"),
    ];
    let body = shared(&row, &key, &name, "pk", view);
    let docs = docs::sentence("Returns a row that stays up to date until `close`; none if it is deleted.", 2);
    maker.methods.add(docs, name, &[parameter, LIVE_OPTIONS.to_owned()], format!("Live<{row}, {key}>"), body);
}
