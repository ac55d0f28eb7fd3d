//! A consumer: a class with a method for each of its actions.

use askama::Template;

use super::compound::list;
use super::maker::Maker;
use super::method::{Method, Methods, OPTIONS, argument, arguments};
use super::names::{key, text};
use super::ty::Types;
use super::{docs, file, link, live, observer};
use crate::ir::{
    Access, Action, ActionKind, BuiltIn, ConsumerId, CustomAction, FieldPath, FieldSource, Input, PageStyle,
    Pagination, SerializerId, SerializerOf, Takes,
};

#[derive(Template)]
#[template(path = "ts/consumer.ts.j2", escape = "none")]
struct Class {
    docs: String,
    name: String,
    methods: Vec<Method>,
}

/// Returns the types and the class of a consumer.
pub(super) fn items(types: &mut Types<'_>, id: ConsumerId) -> Vec<String> {
    let api = types.api;
    let consumer = &api.consumers[id];
    let name = types.names.consumer(id).to_owned();
    types.core("Endpoint");
    let mut maker = Maker { types, id, consumer, methods: Methods::new() };
    let mut items = maker.query_types();
    maker.built_in();
    maker.upload();
    let live = live::plan(&mut maker);
    maker.custom();
    observer::methods(&mut maker);
    if let Some(live) = live {
        live::methods(&mut maker, live);
    }
    if consumer.path_parameters.is_some() && !api.multiplexer.serves(&consumer.path) {
        let name = maker.methods.name("disconnect", "Connection");
        let docs = docs::sentence("Closes the connection of this consumer; it cannot be used any more.", 2);
        maker.methods.add(docs, name, &[], "void".to_owned(), vec!["this.#at.disconnect();".to_owned()]);
    }
    let methods = maker.methods.list;
    let fallback = format!("The consumer of the stream `{}`.", consumer.stream);
    items.push(file::item(&Class { docs: docs::comment(&consumer.docs, &fallback, 0), name, methods }));
    items
}

impl Maker<'_, '_> {
    /// Returns the types `RoomFilter` and `RoomQuery`.
    fn query_types(&mut self) -> Vec<String> {
        let mut items = Vec::new();
        if self.filters() {
            let fields: Vec<String> = self.consumer.filter.iter().map(|reach| self.reach(reach)).collect();
            self.types.core("Filter");
            let docs = docs::sentence("The fields by which rows can be filtered.", 0);
            items.push(format!(
                "{docs}export type {} = Filter<{{ {} }}>;",
                self.own("filter"),
                fields.join("; ")
            ));
        }
        if self.queries() {
            let (base, known) = match self.consumer.pagination.map(|pagination| pagination.style) {
                None => (String::new(), ""),
                Some(PageStyle::Cursor) => (self.types.core("CursorQuery"), " extends CursorQuery"),
                Some(PageStyle::LimitOffset | PageStyle::Streamed) => {
                    (self.types.core("PageQuery"), " extends PageQuery")
                }
            };
            let mut members = Vec::new();
            if self.filters() {
                members.push(format!("  readonly filter?: {};", self.own("filter")));
            }
            if !self.consumer.search.is_empty() {
                let fields = names_of(&self.consumer.search);
                members.push(format!("  /** Words that a row has to contain, all of them, in {fields}. */"));
                members.push("  readonly search?: string;".to_owned());
            }
            if !self.consumer.order_by.is_empty() {
                let fields: Vec<String> =
                    self.consumer.order_by.iter().map(|reach| text(&reach.wire)).collect();
                self.types.core("OrderBy");
                members.push(format!("  readonly order_by?: readonly OrderBy<{}>[];", fields.join(" | ")));
            }
            let docs = docs::sentence("The arguments of a list: which rows it has, and in which order.", 0);
            if members.is_empty() {
                items.push(format!("{docs}export type {} = {base};", self.own("query")));
            } else {
                let members = members.join("\n");
                items.push(format!("{docs}export interface {}{known} {{\n{members}\n}}", self.own("query")));
            }
        }
        items
    }

    /// Returns a member of the filter, such as `room__host: number`.
    fn reach(&mut self, reach: &FieldPath) -> String {
        let api = self.types.api;
        let Some(mut model) = self.model() else { return format!("{}: unknown", key(&reach.wire)) };
        let mut nullable = false;
        for step in &reach.path {
            nullable |= model.may_end(*step);
            let Some(target) = model.target(*step) else { break };
            model = &api.models[target];
        }
        let field = &model.fields[reach.field];
        let ty = self.types.ruled(&field.ty, &[], nullable || field.nullable);
        format!("{}: {ty}", key(&reach.wire))
    }

    fn built_in(&mut self) {
        for action in &self.consumer.actions {
            match &action.kind {
                ActionKind::BuiltIn(built_in) => self.built_in_action(action, *built_in),
                ActionKind::View(method) => self.view(action, method),
                ActionKind::Subscribe { .. } | ActionKind::Unsubscribe { .. } | ActionKind::Custom(_) => {}
            }
        }
    }

    fn built_in_action(&mut self, action: &Action, built_in: BuiltIn) {
        match (built_in, built_in.takes()) {
            (BuiltIn::List, _) => self.list(action),
            // Subscribing and unsubscribing are one method.
            (BuiltIn::SubscribeInstance, _) => observer::instance(self),
            (BuiltIn::UnsubscribeInstance, _) => {}
            (_, takes) => self.call(action, built_in, takes),
        }
    }

    fn list(&mut self, action: &Action) {
        self.types.core("RequestOptions");
        let row = self.row(BuiltIn::List);
        let pagination = self.consumer.pagination;
        let queries = self.queries();
        let query = format!("query: {} = {{}}", self.own("query"));
        let parameters = if queries { vec![query, OPTIONS.to_owned()] } else { vec![OPTIONS.to_owned()] };
        let args = if queries { "{ ...query }" } else { "{}" };
        let streamed = pagination.is_some_and(|pagination| pagination.style == PageStyle::Streamed);
        if let Some(Pagination { style, .. }) = pagination {
            let (method, page) = match style {
                PageStyle::LimitOffset => ("offsetPages", "Page"),
                PageStyle::Streamed => ("streamedPages", "Page"),
                PageStyle::Cursor => ("cursorPages", "CursorPage"),
            };
            let page = self.types.core(page);
            let name = self.methods.name("pages", "");
            let sentence = match style {
                PageStyle::Streamed => "Returns all pages of the list, which one request is answered with.",
                _ => "Returns the pages of the list; each is requested when the one before was read.",
            };
            self.types.imports.core_value(method);
            let body = vec![format!("return {method}<{row}>(this.#at, {args}, options);")];
            let returns = format!("AsyncIterableIterator<{page}<{row}>>");
            self.methods.add(docs::sentence(sentence, 2), name, &parameters, returns, body);
        }
        let name = self.methods.name("list", "");
        let (returns, body, fallback) = if streamed {
            self.types.imports.core_value("gather");
            let pages = if queries { "this.pages(query, options)" } else { "this.pages(options)" };
            (list(&row), format!("return gather({pages});"), "Returns the rows of all pages.")
        } else {
            let page = link::page(self.types, pagination.as_ref(), &row);
            let fallback = if pagination.is_some() { "Returns one page." } else { "Returns all rows." };
            (page, format!("return this.#at.read({}, {args}, options);", text(&action.wire)), fallback)
        };
        let docs = docs::comment(&action.docs, fallback, 2);
        self.methods.add(docs, name, &parameters, format!("Promise<{returns}>"), vec![body]);
    }

    /// Adds the method of an action with one request and one answer.
    fn call(&mut self, action: &Action, built_in: BuiltIn, takes: Takes) {
        self.types.core("RequestOptions");
        let (mut parameters, mut args) = (Vec::new(), Vec::new());
        if takes == Takes::Query && self.queries() {
            parameters.push(format!("query: {} = {{}}", self.own("query")));
            args.push("...query".to_owned());
        }
        if matches!(takes, Takes::Key | Takes::KeyAndData(_)) {
            let Some((parameter, argument)) = self.lookup() else { return };
            parameters.push(parameter);
            args.push(argument);
        }
        if let Some(input) = built_in.input() {
            let Some(serializer) = self.consumer.serializer_of(built_in) else { return };
            let data = self.payload(serializer, input);
            parameters.push(format!("data: {data}"));
            args.push("data".to_owned());
        }
        parameters.push(OPTIONS.to_owned());
        let returns = link::answer(self.types, self.consumer, built_in);
        let how = if built_in.only_reads() { "read" } else { "call" };
        let name = self.methods.name(&action.wire, "Action");
        let args = arguments(&args);
        let body = vec![format!("return this.#at.{how}({}, {args}, options);", text(&action.wire))];
        let docs = docs::comment(&action.docs, built_in.sentence(), 2);
        self.methods.add(docs, name, &parameters, format!("Promise<{returns}>"), body);
    }

    fn payload(&mut self, serializer: SerializerId, input: Input) -> String {
        let name = self.types.names.input(serializer, input).to_owned();
        self.types.generated(crate::ir::Home::Serializer(serializer), &name)
    }

    /// Adds the method that sends files, if clients can write columns of files. An upload belongs to the action in which
    /// it is used: `create`, or for a row that exists `patch`, or else `update`.
    fn upload(&mut self) {
        let consumer = self.consumer;
        if consumer.path_parameters.is_some() {
            return;
        }
        let of_row = [BuiltIn::Patch, BuiltIn::Update].into_iter().find(|action| consumer.has(*action));
        let of_new = Some(BuiltIn::Create).filter(|action| consumer.has(*action));
        let mut fields: Vec<String> = Vec::new();
        for action in of_new.into_iter().chain(of_row) {
            let Some(serializer) = consumer.serializer_of(action) else { continue };
            fields.extend(self.files(serializer).filter(|field| !fields.contains(field)).collect::<Vec<_>>());
        }
        if fields.is_empty() {
            return;
        }
        self.types.core("UploadOptions");
        self.types.imports.core_value("upload");
        let key = self.lookup().filter(|_| of_row.is_some());
        let (key, query) = match (key, &consumer.lookup) {
            (Some((parameter, _)), Some(lookup)) => {
                let argument = super::names::key(&lookup.argument);
                let action = match of_row {
                    Some(BuiltIn::Update) => ", action: options?.of === undefined ? undefined : 'update'",
                    _ => "",
                };
                let ty = parameter.strip_prefix("pk: ").unwrap_or(&parameter).to_owned();
                (ty, format!("{{ {argument}: options?.of{action} }}"))
            }
            _ => ("never".to_owned(), "{}".to_owned()),
        };
        let options = match of_new {
            Some(_) => format!("options?: UploadOptions<{key}>"),
            None => format!("options: UploadOptions<{key}> & {{ readonly of: {key} }}"),
        };
        let names: Vec<String> = fields.iter().map(|field| text(field)).collect();
        let parameters = [format!("field: {}", names.join(" | ")), "file: Blob".to_owned(), options];
        let name = self.methods.name("upload", "File");
        let body = vec![format!("return upload(this.#at, field, file, {query}, options);")];
        let docs = "Sends a file over HTTP, and returns the value for its field in the request that follows.";
        self.methods.add(docs::sentence(docs, 2), name, &parameters, "Promise<string>".to_owned(), body);
    }

    /// Returns the fields of a serializer that take files.
    fn files(&self, serializer: SerializerId) -> impl Iterator<Item = String> + '_ {
        let api = self.types.api;
        let serializer = &api.serializers[serializer];
        let model = match serializer.of {
            SerializerOf::Model(model) => Some(model),
            SerializerOf::Object(_) => None,
        };
        serializer.fields.iter().filter(|field| field.access != Access::ReadOnly).filter_map(move |field| {
            let FieldSource::Column(column) = field.source else { return None };
            api.models[model?].fields[column].file.as_ref().map(|_| field.wire.clone())
        })
    }

    fn view(&mut self, action: &Action, method: &str) {
        self.types.imports.core(&["Json", "RequestOptions", "ViewQuery"]);
        let name = self.methods.name(&action.wire, "Action");
        let how = if method == "GET" { "read" } else { "call" };
        let body = vec![format!("return this.#at.{how}({}, {{ ...frame }}, options);", text(&action.wire))];
        let docs = docs::comment(&action.docs, &format!("Sends a {method} request to the service."), 2);
        let parameters = ["frame: ViewQuery = {}".to_owned(), OPTIONS.to_owned()];
        self.methods.add(docs, name, &parameters, "Promise<Json>".to_owned(), body);
    }

    /// Adds the methods of the application's own actions.
    fn custom(&mut self) {
        for action in &self.consumer.actions {
            if let ActionKind::Custom(custom) = &action.kind {
                self.custom_action(action, custom);
            }
        }
    }

    fn custom_action(&mut self, action: &Action, custom: &CustomAction) {
        self.types.core("RequestOptions");
        let (mut parameters, mut args) = (Vec::new(), Vec::new());
        if custom.detail
            && let Some((parameter, argument)) = self.lookup()
        {
            parameters.push(parameter);
            args.push(argument);
        }
        if let Some(payload) = &custom.payload {
            let data = self.payload(payload.serializer, Input::Create);
            parameters.push(format!("data: {data}"));
            args.push(payload.argument.as_ref().map_or("...data".to_owned(), |name| argument(name, "data")));
        }
        if let Some(input) = custom.input {
            parameters.push(self.types.parameter("input", input));
            args.push("...input".to_owned());
        }
        parameters.push(OPTIONS.to_owned());
        let (how, returns) = match (action.reply, &custom.output) {
            (false, _) => ("tell", "void".to_owned()),
            (true, output) => ("call", self.types.output(output.as_ref())),
        };
        let name = self.methods.name(&action.name.snake(), "Action");
        let args = arguments(&args);
        let body = vec![format!("return this.#at.{how}({}, {args}, options);", text(&action.wire))];
        let docs = docs::comment(&action.docs, &format!("Calls the action `{}`.", action.wire), 2);
        self.methods.add(docs, name, &parameters, format!("Promise<{returns}>"), body);
    }
}

fn names_of(reaches: &[FieldPath]) -> String {
    reaches.iter().map(|reach| format!("`{}`", reach.wire)).collect::<Vec<_>>().join(", ")
}
