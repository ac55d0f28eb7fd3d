//! A consumer: a class with a method for everything that can be asked of it.

use askama::Template;

use super::compound::list;
use super::maker::Maker;
use super::method::{Method, Methods, OPTIONS, arguments};
use super::names::{key, text};
use super::ty::Types;
use super::{docs, file, link, live, observer};
use crate::ir::{
    Action, ActionKind, ConsumerId, CustomAction, Input, PageStyle, Pagination, Reach, SerializerId,
};

#[derive(Template)]
#[template(path = "ts/consumer.ts.j2", escape = "none")]
struct Class {
    docs: String,
    name: String,
    methods: Vec<Method>,
}

/// The types and the class of a consumer.
pub(super) fn items(types: &mut Types<'_>, id: ConsumerId) -> Vec<String> {
    let api = types.api;
    let consumer = &api.consumers[id];
    let name = types.names.consumer(id).to_owned();
    types.core("Endpoint");
    let mut maker = Maker { types, id, consumer, methods: Methods::new() };
    let mut items = maker.query_types();
    maker.built_in();
    let live = live::plan(&mut maker);
    maker.custom();
    observer::methods(&mut maker);
    if let Some(live) = live {
        live::methods(&mut maker, live);
    }
    let methods = maker.methods.list;
    let fallback = format!("The stream `{}`.", consumer.stream);
    items.push(file::item(&Class { docs: docs::comment(&consumer.docs, &fallback, 0), name, methods }));
    items
}

impl Maker<'_, '_> {
    /// `RoomFilter` and `RoomQuery`.
    fn query_types(&mut self) -> Vec<String> {
        let mut items = Vec::new();
        if self.filters() {
            let fields: Vec<String> = self.consumer.filter.iter().map(|reach| self.reach(reach)).collect();
            self.types.core("Filter");
            let docs = docs::sentence("What rows may be narrowed to.", 0);
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
                members.push(format!("  /** Words that a row mentions, all of them, in {fields}. */"));
                members.push("  readonly search?: string;".to_owned());
            }
            if !self.consumer.order_by.is_empty() {
                let fields: Vec<String> =
                    self.consumer.order_by.iter().map(|reach| text(&reach.wire)).collect();
                self.types.core("OrderBy");
                members.push(format!("  readonly order_by?: readonly OrderBy<{}>[];", fields.join(" | ")));
            }
            let docs = docs::sentence("Which rows are wanted, and in which order.", 0);
            if members.is_empty() {
                items.push(format!("{docs}export type {} = {base};", self.own("query")));
            } else {
                let members = members.join("\n");
                items.push(format!("{docs}export interface {}{known} {{\n{members}\n}}", self.own("query")));
            }
        }
        items
    }

    /// `room__host: number`
    fn reach(&mut self, reach: &Reach) -> String {
        let api = self.types.api;
        let Some(mut model) = self.model() else { return format!("{}: unknown", key(&reach.wire)) };
        let mut nullable = false;
        for step in &reach.path {
            let field = &model.fields[*step];
            nullable |= field.nullable;
            let Some(reference) = &field.foreign_key else { break };
            model = &api.models[reference.model];
        }
        let field = &model.fields[reach.field];
        let ty = self.types.ruled(&field.ty, &[], nullable || field.nullable);
        format!("{}: {ty}", key(&reach.wire))
    }

    fn built_in(&mut self) {
        for action in &self.consumer.actions {
            match &action.kind {
                ActionKind::List => self.list(action),
                ActionKind::Retrieve => self.of_row(action, "read"),
                ActionKind::Create => self.create(action),
                ActionKind::Update => self.change(action, Input::Update),
                ActionKind::Patch => self.change(action, Input::Patch),
                ActionKind::Delete => self.of_row(action, "call"),
                ActionKind::SubscribeInstance => observer::instance(self),
                ActionKind::View(method) => self.view(action, method),
                ActionKind::UnsubscribeInstance
                | ActionKind::Subscribe { .. }
                | ActionKind::Unsubscribe { .. }
                | ActionKind::Custom(_) => {}
            }
        }
    }

    fn list(&mut self, action: &Action) {
        self.types.core("RequestOptions");
        let row = self.row();
        let pagination = self.consumer.pagination;
        let queries = self.queries();
        let query = format!("query: {} = {{}}", self.own("query"));
        let parameters = if queries { vec![query, OPTIONS.to_owned()] } else { vec![OPTIONS.to_owned()] };
        let args = if queries { "{ ...query }" } else { "{}" };
        let streamed = pagination.is_some_and(|pagination| pagination.style == PageStyle::Streamed);
        if let Some(Pagination { style, .. }) = pagination {
            let (method, page) = match style {
                PageStyle::LimitOffset => ("pages", "Page"),
                PageStyle::Streamed => ("streamedPages", "Page"),
                PageStyle::Cursor => ("cursorPages", "CursorPage"),
            };
            let page = self.types.core(page);
            let name = self.methods.name("pages", "");
            let sentence = match style {
                PageStyle::Streamed => "All pages, as they come.",
                _ => "The pages, each asked for when the one before was read.",
            };
            let body = vec![format!("return this.#at.{method}<{row}>({args}, options);")];
            let returns = format!("AsyncIterableIterator<{page}<{row}>>");
            self.methods.add(docs::sentence(sentence, 2), name, &parameters, returns, body);
        }
        let name = self.methods.name("list", "");
        let (returns, body, fallback) = if streamed {
            self.types.imports.core_value("gather");
            let pages = if queries { "this.pages(query, options)" } else { "this.pages(options)" };
            (list(&row), format!("return gather({pages});"), "The rows of all pages.")
        } else {
            let page = link::page(self.types, pagination.as_ref(), &row);
            let fallback = if pagination.is_some() { "One page." } else { "All rows." };
            (page, format!("return this.#at.read({}, {args}, options);", text(&action.wire)), fallback)
        };
        let docs = docs::comment(&action.docs, fallback, 2);
        self.methods.add(docs, name, &parameters, format!("Promise<{returns}>"), vec![body]);
    }

    /// `retrieve` and `delete`.
    fn of_row(&mut self, action: &Action, how: &str) {
        let Some((parameter, argument)) = self.lookup() else { return };
        self.types.core("RequestOptions");
        let returns = if how == "read" { self.row() } else { "void".to_owned() };
        let name = self.methods.name(&action.wire, "Action");
        let args = arguments(&[argument]);
        let body = vec![format!("return this.#at.{how}({}, {args}, options);", text(&action.wire))];
        let docs = docs::comment(&action.docs, if how == "read" { "One row." } else { "Deletes a row." }, 2);
        self.methods.add(docs, name, &[parameter, OPTIONS.to_owned()], format!("Promise<{returns}>"), body);
    }

    fn create(&mut self, action: &Action) {
        let Some(serializer) = self.consumer.serializer else { return };
        self.types.core("RequestOptions");
        let data = self.payload(serializer, Input::Create);
        let row = self.row();
        let name = self.methods.name(&action.wire, "Action");
        let body = vec![format!("return this.#at.call({}, {{ data }}, options);", text(&action.wire))];
        let docs = docs::comment(&action.docs, "Makes a row, and gives it as it was stored.", 2);
        let parameters = [format!("data: {data}"), OPTIONS.to_owned()];
        self.methods.add(docs, name, &parameters, format!("Promise<{row}>"), body);
    }

    fn change(&mut self, action: &Action, input: Input) {
        let (Some(serializer), Some((parameter, argument))) = (self.consumer.serializer, self.lookup())
        else {
            return;
        };
        self.types.core("RequestOptions");
        let data = self.payload(serializer, input);
        let row = self.row();
        let name = self.methods.name(&action.wire, "Action");
        let args = arguments(&[argument, "data".to_owned()]);
        let body = vec![format!("return this.#at.call({}, {args}, options);", text(&action.wire))];
        let sentence = match input {
            Input::Patch => "Changes the fields that are given.",
            _ => "Replaces a row: every required field has to be given.",
        };
        let docs = docs::comment(&action.docs, sentence, 2);
        let parameters = [parameter, format!("data: {data}"), OPTIONS.to_owned()];
        self.methods.add(docs, name, &parameters, format!("Promise<{row}>"), body);
    }

    fn payload(&mut self, serializer: SerializerId, input: Input) -> String {
        let name = self.types.names.input(serializer, input).to_owned();
        self.types.generated(crate::ir::Home::Serializer(serializer), &name)
    }

    fn view(&mut self, action: &Action, method: &str) {
        self.types.imports.core(&["Json", "RequestOptions", "ViewQuery"]);
        let name = self.methods.name(&action.wire, "Action");
        let how = if method == "GET" { "read" } else { "call" };
        let body = vec![format!("return this.#at.{how}({}, {{ ...frame }}, options);", text(&action.wire))];
        let docs = docs::comment(&action.docs, &format!("A {method} request to the service."), 2);
        let parameters = ["frame: ViewQuery = {}".to_owned(), OPTIONS.to_owned()];
        self.methods.add(docs, name, &parameters, "Promise<Json>".to_owned(), body);
    }

    /// The application's own actions.
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
        let docs = docs::comment(&action.docs, &format!("Calls `{}`.", action.wire), 2);
        self.methods.add(docs, name, &parameters, format!("Promise<{returns}>"), body);
    }
}

fn names_of(reaches: &[Reach]) -> String {
    reaches.iter().map(|reach| format!("`{}`", reach.wire)).collect::<Vec<_>>().join(", ")
}
