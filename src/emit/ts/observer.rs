//! Subscriptions, and messages that the server sends on its own.

use super::docs;
use super::maker::Maker;
use super::method::{LIVE_OPTIONS, arguments};
use super::names::{key, text, texts};
use super::serializer::key_type;
use crate::ir::{
    ActionKind, BuiltIn, Consumer, Docs, Groups, ObjectId, Observer, PermissionExpr, Signal, Source, Type,
};

/// The actions that subscribe to a source: their names, whether they are answered, and the input of subscribing.
struct Actions<'a> {
    subscribe: &'a str,
    unsubscribe: &'a str,
    reply: bool,
    /// Whether a client that was away is told what it has missed.
    resumes: bool,
    input: Option<ObjectId>,
}

/// Adds `subscribe`, for the events of one row.
pub(super) fn instance(maker: &mut Maker<'_, '_>) {
    let Some((parameter, argument)) = maker.lookup() else { return };
    let Some(key) = maker.model_id().map(|model| key_type(maker.types, model)) else { return };
    let row = maker.row(BuiltIn::SubscribeInstance);
    let event = format!("{}<{row}, {key}>", maker.types.core("InstanceEvent"));
    let name = maker.methods.name("subscribe", "");
    let mut to = vec![
        "subscribe: 'subscribe_instance',".to_owned(),
        "unsubscribe: 'unsubscribe_instance',".to_owned(),
        "events: ['update', 'delete'],".to_owned(),
        format!("args: {},", arguments(&[argument])),
    ];
    if maker.consumer.observers.first().is_some_and(|observer| observer.latest.is_some()) {
        resume(maker, &mut to);
    }
    let docs = docs::sentence("Subscribes to the changes of one row.", 2);
    subscription(maker, docs, name, vec![parameter], &event, to, false);
}

/// Adds the methods of observers, signals and events.
pub(super) fn methods(maker: &mut Maker<'_, '_>) {
    let consumer = maker.consumer;
    for (index, observer) in consumer.observers.iter().enumerate() {
        if let Some(actions) = actions(consumer, Source::Observer(index)) {
            let actions = Actions { resumes: observer.latest.is_some() && actions.reply, ..actions };
            of_observer(maker, index, observer, &actions);
        }
    }
    for (index, signal) in consumer.signals.iter().enumerate() {
        if let Some(actions) = actions(consumer, Source::Signal(index)) {
            of_signal(maker, signal, &actions);
        }
    }
    for event in &consumer.events {
        let payload = maker.types.of(&Type::Object(event.payload));
        listening(maker, &event.docs, &format!("on_{}", event.name.snake()), &event.wire, &payload);
    }
    let custom = consumer.actions.iter().any(|action| matches!(action.kind, ActionKind::Custom(_)));
    if custom || consumer.observers.iter().any(|observer| observer.custom_message) {
        maker.types.imports.core(&["Json", "Stop"]);
        let name = maker.methods.name("on_frame", "Hook");
        let docs = docs::sentence("Calls the listener with every frame in the application's own format.", 2);
        let body = vec!["return this.#at.onFrame(listener);".to_owned()];
        maker.methods.add(
            docs,
            name,
            &["listener: (frame: Json) => void".to_owned()],
            "Stop".to_owned(),
            body,
        );
    }
}

fn actions(consumer: &Consumer, source: Source) -> Option<Actions<'_>> {
    let found = consumer.actions.iter().find_map(|action| match &action.kind {
        ActionKind::Subscribe { to, input } if *to == source => Some((action, *input)),
        _ => None,
    });
    let (subscribe, input) = found?;
    let unsubscribe = consumer
        .actions
        .iter()
        .find(|action| matches!(action.kind, ActionKind::Unsubscribe { from, .. } if from == source))?;
    Some(Actions {
        subscribe: &subscribe.wire,
        unsubscribe: &unsubscribe.wire,
        reply: subscribe.reply,
        resumes: false,
        input,
    })
}

/// Tells whether subscriptions to an observer can be filtered.
pub(super) fn is_filtered(maker: &Maker<'_, '_>, observer: &Observer) -> bool {
    maker.filters() && maker.model_id() == Some(observer.model) && !observer.custom_message
}

fn of_observer(maker: &mut Maker<'_, '_>, index: usize, observer: &Observer, actions: &Actions<'_>) {
    let key = key_type(maker.types, observer.model);
    let event = if observer.custom_message {
        format!("{{ readonly action: string; readonly data: {} }}", maker.types.core("Json"))
    } else {
        row_event(maker, observer, &key)
    };
    let fields = &maker.types.api.models[observer.model].fields;
    let groups = groups(maker, &observer.groups, |column| {
        let field = &fields[column];
        (&field.wire, &field.ty, field.nullable)
    });
    let events = if observer.custom_message { None } else { Some(vec!["create", "update", "delete"]) };
    let filtered = is_filtered(maker, observer);
    let name = maker.methods.name(&observer.name.snake(), "Observer");
    maker.methods.observers.insert(index, name.clone());
    let docs = docs::comment(&observer.docs, &format!("Subscribes to the observer `{}`.", observer.wire), 2);
    grouped(maker, docs, name, &groups, &event, actions, events, filtered);
}

/// Returns the type of the events of rows. A row that a client cannot see any more has only its key.
fn row_event(maker: &mut Maker<'_, '_>, observer: &Observer, key: &str) -> String {
    let row = match observer.serializer {
        Some(serializer) => maker.types.row(serializer),
        None => format!("{}<{key}>", maker.types.core("Deleted")),
    };
    let event = maker.types.core("RowEvent");
    if observer.serializer.is_some() && hides_rows(maker.consumer) {
        maker.types.core("Deleted");
        format!("{event}<{row}, {row} | Deleted<{key}>>")
    } else {
        format!("{event}<{row}>")
    }
}

/// Tells whether some users may not see every row.
fn hides_rows(consumer: &Consumer) -> bool {
    fn names(permission: &PermissionExpr) -> bool {
        match permission {
            PermissionExpr::AllowAny | PermissionExpr::IsAuthenticated => false,
            PermissionExpr::Named { .. } => true,
            PermissionExpr::And(parts) | PermissionExpr::Or(parts) => parts.iter().any(names),
            PermissionExpr::Not(part) => names(part),
        }
    }
    consumer.queryset || names(&consumer.permissions)
}

fn of_signal(maker: &mut Maker<'_, '_>, signal: &Signal, actions: &Actions<'_>) {
    let payload = maker.types.of(&Type::Object(signal.payload));
    let data = match signal.presence {
        true => format!("{}<{payload}>", maker.types.core("PresentMember")),
        false => payload.clone(),
    };
    let event = format!("{}<{}, {data}>", maker.types.core("SignalEvent"), text(&signal.wire));
    let properties = &maker.types.api.objects[signal.payload].properties;
    let groups = groups(maker, &signal.groups, |index| {
        let property = &properties[index];
        (&property.wire, &property.ty, property.nullable)
    });
    let name = maker.methods.name(&signal.name.snake(), "Signal");
    let docs = docs::comment(&signal.docs, &format!("Subscribes to the signal `{}`.", signal.wire), 2);
    grouped(maker, docs, name.clone(), &groups, &event, actions, Some(vec![&signal.wire]), false);
    if signal.presence {
        of_presence(maker, signal, &name, &groups, &payload);
    }
}

/// Adds the method that returns who is present, as long as it is open.
fn of_presence(
    maker: &mut Maker<'_, '_>,
    signal: &Signal,
    subscribe: &str,
    groups: &[Vec<String>],
    payload: &str,
) {
    maker.types.imports.core_value("present");
    maker.types.imports.core_value("Live");
    maker.types.core("LiveRequest");
    let sets: Vec<String> = groups.iter().map(|set| format!("{{ {} }}", set.join("; "))).collect();
    let (mut parameters, args) = match sets.is_empty() {
        true => (Vec::new(), ""),
        false => (vec![format!("args: {}", sets.join(" | "))], "args, "),
    };
    parameters.push(LIVE_OPTIONS.to_owned());
    let (name_of, name) =
        (text(&signal.wire), maker.methods.name(&format!("present_{}", signal.name.snake()), "Signal"));
    let of = text(&name);
    let shared = if sets.is_empty() { of } else { format!("{of}, args") };
    let body = vec![
        format!("return Live.shared<PresentMember<{payload}>, string>(this.#at, [{shared}], options, () =>"),
        format!(
            "  present<{payload}, {name_of}>((callback, request) => this.{subscribe}({args}callback, request)),"
        ),
        ");".to_owned(),
    ];
    let sentence =
        format!("Returns who is present by the signal `{}`, up to date until `close`.", signal.wire);
    let docs = docs::sentence(&sentence, 2);
    maker.methods.add(docs, name, &parameters, format!("Live<PresentMember<{payload}>, string>"), body);
}

/// Returns the members of each set of values that names a group: `["room: number"]`.
fn groups<'a>(
    maker: &mut Maker<'a, '_>,
    groups: &Groups,
    field: impl Fn(usize) -> (&'a String, &'a Type, bool),
) -> Vec<Vec<String>> {
    let Groups::By(sets) = groups else { return Vec::new() };
    let mut member = |index: &usize| {
        let (wire, ty, nullable) = field(*index);
        format!("{}: {}", key(wire), maker.types.ruled(ty, &[], nullable))
    };
    sets.iter().map(|set| set.iter().map(&mut member).collect()).collect()
}

#[allow(clippy::too_many_arguments, reason = "each is a part of one method's text")]
fn grouped(
    maker: &mut Maker<'_, '_>,
    docs: String,
    name: String,
    groups: &[Vec<String>],
    event: &str,
    actions: &Actions<'_>,
    events: Option<Vec<&str>>,
    filtered: bool,
) {
    let mut parameters = Vec::new();
    let mut args = "{}".to_owned();
    if let Some(input) = actions.input {
        parameters.push(maker.types.parameter("args", input));
        args = "{ ...args }".to_owned();
    } else if !groups.is_empty() {
        let sets: Vec<String> = groups.iter().map(|set| format!("{{ {} }}", set.join("; "))).collect();
        parameters.push(format!("args: {}", sets.join(" | ")));
        args = "{ ...args }".to_owned();
    }
    let mut to = vec![
        format!("subscribe: {},", text(actions.subscribe)),
        format!("unsubscribe: {},", text(actions.unsubscribe)),
    ];
    if let Some(events) = events {
        to.push(format!("events: {},", texts(events)));
    }
    to.push(format!("args: {args},"));
    if !actions.reply {
        to.push("reply: false,".to_owned());
    }
    if actions.resumes {
        resume(maker, &mut to);
    }
    subscription(maker, docs, name, parameters, event, to, filtered);
}

/// Lets a subscription keep its place in the log of changes.
fn resume(maker: &mut Maker<'_, '_>, to: &mut Vec<String>) {
    maker.types.imports.core_value("resume");
    to.push("resume,".to_owned());
}

fn subscription(
    maker: &mut Maker<'_, '_>,
    docs: String,
    name: String,
    mut parameters: Vec<String>,
    event: &str,
    mut to: Vec<String>,
    filtered: bool,
) {
    maker.types.imports.core(&["RequestOptions", "Subscription"]);
    parameters.push(format!("callback?: (event: {event}) => void"));
    let mut body = Vec::new();
    if filtered {
        parameters.push(format!(
            "options: RequestOptions & {{ readonly filter?: {} }} = {{}}",
            maker.own("filter")
        ));
        body.push("const { filter, ...request } = options;".to_owned());
        to.push("filter: filter && { filter },".to_owned());
    } else {
        parameters.push("options?: RequestOptions".to_owned());
    }
    body.push("const to = {".to_owned());
    body.extend(to.into_iter().map(|line| format!("  {line}")));
    body.push("};".to_owned());
    let options = if filtered { "request" } else { "options" };
    body.push(format!("return this.#at.subscribe(to, callback, {options});"));
    maker.methods.add(docs, name, &parameters, format!("Subscription<{event}>"), body);
}

fn listening(maker: &mut Maker<'_, '_>, text_of: &Docs, name: &str, wire: &str, payload: &str) {
    maker.types.core("Stop");
    let name = maker.methods.name(name, "Event");
    let docs = docs::comment(text_of, &format!("Calls the listener with every event `{wire}`."), 2);
    let body = vec![format!("return this.#at.onEvent({}, listener);", text(wire))];
    let parameter = format!("listener: (data: {payload}) => void");
    maker.methods.add(docs, name, &[parameter], "Stop".to_owned(), body);
}
