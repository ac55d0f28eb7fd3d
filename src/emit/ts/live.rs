//! `live`: rows that stay up to date, where a consumer has what it takes.

use super::consumer::Maker;
use super::docs;
use super::names::{empty, key, text, texts};
use super::observer::is_filtered;
use super::serializer::key_type;
use crate::ir::{Access, ActionKind, FieldSource, Groups, Observer, PageStyle, Serializer};

/// What a consumer has of it, and what the methods are called.
pub(super) struct Plan<'a> {
    serializer: &'a Serializer,
    /// How the key of a row is read.
    access: String,
    /// The observer that tells of all rows of the list, and the name.
    list: Option<(usize, &'a Observer, String)>,
    /// The name, if rows can be subscribed to one by one.
    one: Option<String>,
}

/// Finds out what there is, and takes the names.
pub(super) fn plan<'a>(maker: &mut Maker<'a, '_>) -> Option<Plan<'a>> {
    let serializer = &maker.types.api.serializers[maker.consumer.serializer?];
    let model = maker.model()?;
    let key_field = shown(serializer, model.key)?;
    let access = if key(key_field) == *key_field {
        format!("row.{key_field}")
    } else {
        format!("row[{}]", text(key_field))
    };
    let has =
        |wanted: fn(&ActionKind) -> bool| maker.consumer.actions.iter().any(|action| wanted(&action.kind));
    let lists = has(|kind| matches!(kind, ActionKind::List));
    let one = has(|kind| matches!(kind, ActionKind::SubscribeInstance))
        && has(|kind| matches!(kind, ActionKind::Retrieve));
    let observer = maker.consumer.observers.iter().enumerate().find(|(_, observer)| {
        matches!(observer.groups, Groups::All)
            && Some(observer.model) == maker.model_id()
            && observer.serializer == maker.consumer.serializer
            && !observer.custom_message
    });
    let list =
        observer.filter(|_| lists).map(|(index, observer)| (index, observer, maker.methods.name("live", "")));
    // Both are `live`, where there are both: what it is given says which.
    let one = one.then(|| maker.methods.name(if list.is_some() { "live_row" } else { "live" }, ""));
    Some(Plan { serializer, access, list, one })
}

/// The methods.
pub(super) fn methods(maker: &mut Maker<'_, '_>, plan: Plan<'_>) {
    let Plan { serializer, access, list, one } = plan;
    if let Some((index, observer, name)) = list
        && let Some(subscribe) = maker.methods.observers.get(&index).cloned()
    {
        of_list(maker, serializer, (observer, &subscribe), &access, (name, one.as_deref()));
    }
    if let Some(name) = one {
        of_row(maker, &access, name);
    }
}

/// The field that shows a column as it is.
fn shown(serializer: &Serializer, column: usize) -> Option<&String> {
    let field = serializer.fields.iter().find(|field| {
        field.source == FieldSource::Column(column)
            && field.access != Access::WriteOnly
            && field.link.is_none()
    });
    field.map(|field| &field.wire)
}

/// `observer` comes with the name of its method, and `name` with that of the method of one row.
fn of_list(
    maker: &mut Maker<'_, '_>,
    serializer: &Serializer,
    (observer, subscribe): (&Observer, &str),
    access: &str,
    (name, one): (String, Option<&str>),
) {
    let Some(model) = maker.model_id() else { return };
    let (row, key) = (maker.row(), key_type(maker.types, model));
    maker.types.imports.core_value("Live");
    let filtered = is_filtered(maker, observer);
    let filter = format!("{{ readonly filter?: {} }}", maker.own("filter"));
    let nothing = empty(maker.consumer.filter.iter().map(|reach| reach.wire.as_str()));
    let (parameters, given, which) = match (one, filtered) {
        (Some(_), true) => {
            (vec![format!("of: {key} | {filter} = {nothing}")], "of", "typeof of !== 'object'")
        }
        (Some(_), false) => (vec![format!("pk?: {key}")], "", "pk !== undefined"),
        (None, true) => (vec![format!("of: {filter} = {nothing}")], "of", ""),
        (None, false) => (Vec::new(), "", ""),
    };
    let load = match maker.consumer.pagination.map(|pagination| pagination.style) {
        None if maker.queries() => format!("this.list({given})"),
        None => "this.list()".to_owned(),
        Some(PageStyle::Streamed) => format!("this.list({given})"),
        Some(_) => {
            maker.types.imports.core_value("gather");
            format!("gather(this.pages({given}))")
        }
    };
    let arguments = if filtered { "callback, of" } else { "callback" };
    let narrowed = format!("(callback) => this.{subscribe}({arguments})");
    let mut body = Vec::new();
    if let Some(one) = one {
        let pk = if filtered { "of" } else { "pk" };
        body.push(format!("if ({which}) return this.{one}({pk});"));
    }
    body.extend([
        format!("return new Live<{row}, {key}>({{"),
        format!("  subscribe: {narrowed},"),
        format!("  load: () => {load},"),
        format!("  key: (row) => {access},"),
    ]);
    if let Some(order) = order(maker, serializer) {
        maker.types.imports.core_value("orderOf");
        body.push(format!("  compare: orderOf({}),", texts(order.iter().map(String::as_str))));
    }
    body.push("});".to_owned());
    let sentence = match one {
        Some(_) => "Rows that stay up to date, until `close`: all of them, or the one of a key.",
        None => "Rows that stay up to date, until `close`.",
    };
    let docs = docs::sentence(sentence, 2);
    maker.methods.add(docs, name, &parameters, format!("Live<{row}, {key}>"), body);
}

/// The fields by which lists are ordered, where all of them are shown.
fn order(maker: &Maker<'_, '_>, serializer: &Serializer) -> Option<Vec<String>> {
    let model = maker.model()?;
    let mut order = Vec::new();
    for part in &maker.consumer.ordering {
        let field = shown(serializer, part.field)?;
        order.push(if part.descending { format!("-{field}") } else { field.clone() });
    }
    if !maker.consumer.ordering.iter().any(|part| part.field == model.key) {
        order.push(shown(serializer, model.key)?.clone());
    }
    Some(order)
}

fn of_row(maker: &mut Maker<'_, '_>, access: &str, name: String) {
    let (Some(model), Some((parameter, _))) = (maker.model_id(), maker.lookup()) else { return };
    let (row, key) = (maker.row(), key_type(maker.types, model));
    maker.types.imports.core_value("Live");
    let body = vec![
        format!("return new Live<{row}, {key}>({{"),
        "  subscribe: (callback) => this.subscribe(pk, callback),".to_owned(),
        "  load: async () => [await this.retrieve(pk)],".to_owned(),
        format!("  key: (row) => {access},"),
        "});".to_owned(),
    ];
    let docs = docs::sentence("One row that stays up to date, until `close`; none when it is gone.", 2);
    maker.methods.add(docs, name, &[parameter], format!("Live<{row}, {key}>"), body);
}
