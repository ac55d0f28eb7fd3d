//! Consumers with their addresses, mixins, look-ups and pagination.

use super::declarations::ConsumerDeclaration;
use super::performs::told_at;
use super::reserved;
use super::resolver::Resolver;
use super::write_only::Member;
use crate::ast::{self, Mixin, PaginationStyle};
use crate::diag::{Code, Diagnostic, quote, quote_all};
use crate::ir::{
    Answers, Auto, BuiltIn, ConsumerId, Lookup, ModelId, PageStyle, Pagination, SerializerId, SerializerOf,
    Takes,
};
use crate::source::{Span, Spanned};
use crate::syntax::Key;

/// The model and serializer of a consumer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    pub(super) serializer: SerializerId,
    pub(super) model: ModelId,
    /// Whether both are complete, so that a missing part is really missing.
    pub(super) sound: bool,
    /// The serializer by which `list` shows rows: the same, if it has none of its own.
    pub(super) listed: SerializerId,
}

impl<'a> Resolver<'a> {
    pub(super) fn resolve_consumers(&mut self) {
        let declarations = self.consumer_declarations.clone();
        for declaration in &declarations {
            if let Some(definition) = declaration.definition {
                self.resolve_consumer(declaration, definition);
            }
        }
        self.check_addresses(&declarations);
    }

    fn resolve_consumer(&mut self, declaration: &ConsumerDeclaration<'a>, definition: &'a ast::Consumer) {
        self.address(declaration, definition);
        let id = declaration.id;
        let mut bound = definition.serializer.as_ref().and_then(|serializer| self.bound(serializer));
        self.consumers[id].serializer = bound.map(|bound| bound.serializer);
        if definition.serializer.is_none() && !definition.poisoned {
            self.needs_serializer(definition);
        }
        let mixins = self.mixins(definition);
        if let Some(bound) = &mut bound {
            let own = self.action_serializers(definition, &mixins, *bound);
            let listed = own.iter().find(|(action, _)| *action == BuiltIn::List);
            bound.listed = listed.map_or(bound.serializer, |(_, serializer)| *serializer);
            self.consumers[id].action_serializers = own;
        }
        if let Some(bound) = bound {
            self.consumers[id].lookup = self.lookup(definition, bound);
            self.consumers[id].ordering = self.ordering(definition, bound);
            self.filters(declaration, definition, bound);
            self.consumers[id].overrides = self.overrides(definition, &mixins);
            self.consumers[id].performs = self.performs(definition, &mixins);
            self.can_create(id, &mixins, bound);
        }
        self.consumers[id].pagination = self.pagination(declaration, definition, &mixins);
        if let Some(bound) = bound {
            self.cursor_tells_nothing(definition, bound);
        }
        if !definition.poisoned {
            self.needs_list(definition, &mixins);
        }
        match self.view_actions(declaration, definition) {
            Some(actions) => self.consumers[id].actions = actions,
            None => self.actions(declaration, definition, &mixins, bound),
        }
        let stream = self.consumers[id].stream.clone();
        self.consumers[id].throttles = self.throttles(definition.throttle.as_ref(), &stream);
        self.consumers[id].action_throttles = self.action_throttles(declaration, definition, &stream);
        self.consumer_access(declaration, definition, bound);
    }

    /// Resolves the stream and the path.
    fn address(&mut self, declaration: &ConsumerDeclaration<'a>, definition: &'a ast::Consumer) {
        if let Some(stream) = &definition.stream {
            if stream.value.is_empty() || stream.value.chars().any(char::is_control) {
                self.error(
                    Code::InvalidValue,
                    stream.span,
                    "a stream needs a name, without control characters",
                );
            }
            let consumer = &mut self.consumers[declaration.id];
            consumer.stream.clone_from(&stream.value);
            consumer.path = format!("/ws/{}/", stream.value);
        }
        let span =
            definition.path.as_ref().or(definition.stream.as_ref()).map_or(declaration.span, |key| key.span);
        if let Some(path) = &definition.path {
            self.consumers[declaration.id].path.clone_from(&path.value);
        }
        let path = self.consumers[declaration.id].path.clone();
        // A stream may have braces, but a path that follows from it has no parameters.
        let braces = definition.path.is_none().then(|| path.chars().find(|c| "{}".contains(*c))).flatten();
        let bad = path.chars().find(|c| !c.is_ascii_graphic() || "?#*%\"<>\\^`|".contains(*c)).or(braces);
        if let Some(bad) = bad.filter(|_| definition.path.is_none()) {
            let message = format!("the path {} cannot contain {}", quote(&path), quote(&bad.to_string()));
            let diagnostic = Diagnostic::error(Code::InvalidValue, span, message);
            self.report(diagnostic.help("give it a `path` of its own"));
        } else if !self.check_path(&path, span) {
        } else if let Some((_, owner)) =
            reserved::PATHS.iter().find(|(taken, _)| *taken == path.trim_end_matches('/'))
        {
            let message = format!("the path {} belongs to {owner}", quote(&path));
            self.error(Code::ReservedPath, span, message);
        } else {
            let parameters = self.path_parameters(declaration, definition, &path, span);
            self.consumers[declaration.id].path_parameters = parameters;
        }
    }

    fn check_addresses(&self, declarations: &[ConsumerDeclaration<'a>]) {
        let place = |declaration: &ConsumerDeclaration<'a>,
                     own: fn(&ast::Consumer) -> &Option<Key<String>>| {
            let key = declaration.definition.and_then(|definition| own(definition).as_ref());
            key.map_or(declaration.span, |key| key.span)
        };
        for (index, declaration) in declarations.iter().enumerate() {
            let this = &self.consumers[declaration.id];
            let earlier = || declarations[..index].iter();
            if let Some(other) = earlier().find(|other| self.consumers[other.id].stream == this.stream) {
                let message = format!("two consumers have the stream {}", quote(&this.stream));
                let diagnostic = Diagnostic::error(
                    Code::DuplicateStream,
                    place(declaration, |definition| &definition.stream),
                    message,
                )
                .related(place(other, |definition| &definition.stream), "the other");
                self.report(diagnostic.help("give one of them another `stream`"));
                // Their default paths are equal for the same reason.
                let default = |declaration: &ConsumerDeclaration<'a>| {
                    declaration.definition.is_some_and(|definition| definition.path.is_none())
                };
                if default(declaration) || default(other) {
                    continue;
                }
            }
            let path = without_names(&this.path);
            if let Some(other) = earlier().find(|other| without_names(&self.consumers[other.id].path) == path)
            {
                let message = format!("two consumers have the path {}", quote(&this.path));
                let diagnostic = Diagnostic::error(
                    Code::DuplicatePath,
                    place(declaration, |definition| &definition.path),
                    message,
                )
                .related(place(other, |definition| &definition.path), "the other");
                self.report(diagnostic.help("give one of them another `path`"));
            }
        }
    }

    /// Returns the serializer with this name. It reports a serializer that does not exist.
    pub(super) fn serializer_named(&self, serializer: &Key<String>) -> Option<SerializerId> {
        self.serializer_at(&serializer.value, serializer.span)
    }

    fn serializer_at(&self, wire: &str, span: Span) -> Option<SerializerId> {
        let found = self.serializer_declarations.iter().find(|declared| declared.wire == wire);
        if found.is_none() && self.serializers_are_known() {
            let message = format!("there is no serializer {}", quote(wire));
            let names = self.serializer_declarations.iter().map(|declared| declared.wire);
            let near = self.nearest(wire, names);
            self.report(Diagnostic::error(Code::UnknownSerializer, span, message).suggest(near));
        }
        found.map(|found| found.id)
    }

    /// Returns the serializers of built-in actions in the place of the consumer's own. They must be of its model.
    fn action_serializers(
        &self,
        definition: &'a ast::Consumer,
        mixins: &[(Mixin, Span)],
        bound: Bound,
    ) -> Vec<(BuiltIn, SerializerId)> {
        let own = Self::built_in(mixins);
        let takes_or_shows = |action: BuiltIn| {
            action.input().is_some()
                || matches!(action.answers().1, Answers::Row | Answers::Rows)
                || action == BuiltIn::SubscribeInstance
        };
        let mut found = Vec::new();
        for (name, serializer) in definition.action_serializers.iter().flat_map(|key| &key.value.entries) {
            let Some((action, _)) = own.iter().find(|(action, _)| action.wire() == name.value) else {
                if !definition.poisoned {
                    let help = "name an action of the consumer's mixins; an action of the application names \
                                serializers in its `input` and `output`";
                    self.missing_built_in(
                        &name.value,
                        name.span,
                        own.iter().map(|(action, _)| *action),
                        help,
                    );
                }
                continue;
            };
            let Some(serializer) = serializer else { continue };
            if !takes_or_shows(*action) {
                let message = format!("{} neither takes a payload nor shows rows", quote(&name.value));
                let diagnostic = Diagnostic::error(Code::MisplacedKeyword, name.span, message);
                self.report(diagnostic.help("leave it out"));
                continue;
            }
            let Some(id) = self.serializer_at(&serializer.value, serializer.span) else { continue };
            if self.serializers[id].of == SerializerOf::Model(bound.model) {
                found.push((*action, id));
            } else if !self.serializer_poisoned[id.index()] {
                let model = quote(&self.models[bound.model].wire);
                let message = format!("{} is not a serializer of {model}", quote(&serializer.value));
                let diagnostic = Diagnostic::error(Code::InvalidValue, serializer.span, message);
                self.report(diagnostic.help("all actions of a consumer are about rows of one model"));
            }
        }
        found
    }

    pub(super) fn bound(&self, serializer: &Key<String>) -> Option<Bound> {
        let id = self.serializer_named(serializer)?;
        let poisoned = self.serializer_poisoned[id.index()];
        match self.serializers[id].of {
            SerializerOf::Model(model) => {
                let sound = !poisoned && !self.model_facts[model.index()].poisoned;
                Some(Bound { serializer: id, model, sound, listed: id })
            }
            SerializerOf::Object(_) => {
                if !poisoned {
                    let message = format!("the serializer {} has no model", quote(&serializer.value));
                    let diagnostic = Diagnostic::error(Code::InvalidValue, serializer.span, message);
                    self.report(
                        diagnostic.help("a consumer shows rows; without a model, leave `serializer` out"),
                    );
                }
                None
            }
        }
    }

    /// Reports the keys that a consumer without a serializer cannot have.
    fn needs_serializer(&self, definition: &ast::Consumer) {
        let actions = definition.actions.iter().flat_map(|key| &key.value.entries);
        let detail = actions
            .filter_map(|(_, action)| action.as_ref()?.detail.as_ref())
            .find(|detail| detail.value)
            .map(|detail| detail.key);
        let mixins = definition.mixins.as_ref().filter(|mixins| !mixins.value.is_empty());
        let found = first_and_others([
            ("mixins", mixins.map(|key| key.key)),
            ("lookup_field", definition.lookup_field.as_ref().map(|key| key.key)),
            ("lookup_url_kwarg", definition.lookup_url_kwarg.as_ref().map(|key| key.key)),
            ("ordering", definition.ordering.as_ref().map(|key| key.key)),
            ("pagination", definition.pagination.as_ref().map(|key| key.key)),
            ("filter", definition.filter.as_ref().map(|key| key.key)),
            ("search", definition.search.as_ref().map(|key| key.key)),
            ("order_by", definition.order_by.as_ref().map(|key| key.key)),
            ("queryset", definition.queryset.as_ref().map(|key| key.key)),
            ("action_permissions", definition.action_permissions.as_ref().map(|key| key.key)),
            ("action_serializers", definition.action_serializers.as_ref().map(|key| key.key)),
            ("override", definition.overrides.as_ref().map(|key| key.key)),
            ("perform_create", told_at(&definition.perform_create)),
            ("perform_update", told_at(&definition.perform_update)),
            ("perform_destroy", told_at(&definition.perform_destroy)),
            ("detail", detail),
        ]);
        let Some((name, span, others)) = found else { return };
        let message = format!("{} needs a `serializer`", quote(name));
        let mut diagnostic = Diagnostic::error(Code::MissingSerializer, span, message)
            .help("name the serializer of the consumer: `\"serializer\": \"…\"`");
        for other in others {
            diagnostic = diagnostic.related(other, "needs it too");
        }
        self.report(diagnostic);
    }

    /// Returns the mixins. It reports a mixin that is listed twice, and a second one with the action `list`.
    fn mixins(&self, definition: &'a ast::Consumer) -> Vec<(Mixin, Span)> {
        let mut mixins: Vec<(Mixin, Span)> = Vec::new();
        for mixin in definition.mixins.iter().flat_map(|key| &key.value) {
            if let Some((_, first)) = mixins.iter().find(|(other, _)| *other == mixin.value) {
                let message = format!("{} is listed twice", quote(mixin.value.as_str()));
                let diagnostic = Diagnostic::error(Code::DuplicateName, mixin.span, message);
                self.report(diagnostic.related(*first, "first here"));
                continue;
            }
            let is_list = |mixin: Mixin| mixin.actions() == Mixin::List.actions();
            if let Some((other, first)) =
                mixins.iter().find(|(other, _)| is_list(*other) && is_list(mixin.value))
            {
                let (this, other) = (quote(mixin.value.as_str()), quote(other.as_str()));
                let message = format!("{other} and {this} both provide the action `list`");
                let diagnostic = Diagnostic::error(Code::DuplicateAction, mixin.span, message);
                self.report(diagnostic.related(*first, "the other").help("keep one of them"));
                continue;
            }
            mixins.push((mixin.value, mixin.span));
        }
        mixins
    }

    /// Returns the built-in actions of the mixins, in the order of [`BuiltIn::ALL`].
    pub(super) fn built_in(mixins: &[(Mixin, Span)]) -> Vec<(BuiltIn, Span)> {
        let given = |action: BuiltIn| {
            let (_, span) = mixins.iter().find(|(mixin, _)| mixin.actions().contains(&action.wire()))?;
            Some((action, *span))
        };
        BuiltIn::ALL.into_iter().filter_map(given).collect()
    }

    fn lookup(&self, definition: &'a ast::Consumer, bound: Bound) -> Option<Lookup> {
        let written = definition.lookup_field.as_ref();
        let name = written.map_or("pk", |key| key.value.as_str());
        let argument = definition.lookup_url_kwarg.as_ref();
        if let Some(argument) = argument
            && (argument.value.is_empty() || reserved::FRAME.contains(&argument.value.as_str()))
        {
            let message =
                format!("{} cannot be the key of the lookup value in a frame", quote(&argument.value));
            self.error(Code::ReservedName, argument.span, message);
        }
        let argument = argument.map_or_else(|| name.to_owned(), |key| key.value.clone());
        let Some(written) = written else {
            return Some(Lookup { field: self.models[bound.model].key, argument });
        };
        let field = self.field_position(bound.model, &Spanned::new(written.value.clone(), written.span))?;
        if !self.models[bound.model].is_unique(field) {
            let message = format!("several rows may have the same {}", quote(&written.value));
            let diagnostic = Diagnostic::error(Code::BadLookup, written.span, message);
            self.report(
                diagnostic.help("add `\"x-unique\": true` to it in the model, or look rows up by `pk`"),
            );
        }
        if let Some(secret) = self.secret(bound.model, Member::Column(field)) {
            self.refuse_asked(&written.value, written.span, secret, "look rows up by another column");
        }
        Some(Lookup { field, argument })
    }

    fn pagination(
        &self,
        declaration: &ConsumerDeclaration<'a>,
        definition: &'a ast::Consumer,
        mixins: &[(Mixin, Span)],
    ) -> Option<Pagination> {
        let mixin =
            mixins.iter().find(|(mixin, _)| matches!(mixin, Mixin::PaginatedList | Mixin::StreamedList));
        let Some(pagination) = &definition.pagination else {
            if let Some((mixin, span)) = mixin.filter(|_| !definition.poisoned) {
                let message = format!("{} needs `pagination`", quote(mixin.as_str()));
                let diagnostic = Diagnostic::error(Code::MissingKey, *span, message)
                    .related(declaration.span, "in this consumer");
                self.report(diagnostic.help("set the size of a page: `\"pagination\": {\"page_size\": 20}`"));
            }
            return None;
        };
        // A mixin that was refused beside another list was reported.
        let refused = definition
            .mixins
            .iter()
            .flat_map(|key| &key.value)
            .any(|named| matches!(named.value, Mixin::PaginatedList | Mixin::StreamedList));
        if mixin.is_none() && !refused && !definition.poisoned && definition.serializer.is_some() {
            let message = "`pagination` needs `paginated_list` or `streamed_list`";
            let diagnostic = Diagnostic::error(Code::MissingMixin, pagination.key, message);
            self.report(diagnostic.help("add one of them to `mixins`"));
        }
        let cursor = pagination.value.style.as_ref().filter(|style| style.value == PaginationStyle::Cursor);
        let style = match (mixin, cursor) {
            (Some((Mixin::StreamedList, span)), Some(style)) => {
                let message =
                    "`streamed_list` sends all pages at once: clients do not request a page by a cursor";
                let diagnostic = Diagnostic::error(Code::ConflictingKeys, style.span, message)
                    .related(*span, "streamed here");
                self.report(diagnostic.help("set `limit_offset`, or use `paginated_list`"));
                PageStyle::Streamed
            }
            (Some((Mixin::StreamedList, _)), None) => PageStyle::Streamed,
            (_, Some(_)) => PageStyle::Cursor,
            (_, None) => PageStyle::LimitOffset,
        };
        for key in [&pagination.value.page_size, &pagination.value.max_limit].into_iter().flatten() {
            if key.value == 0 || i64::try_from(key.value).is_err() {
                self.error(Code::InvalidValue, key.span, "expected a number from 1 to 2^63 - 1");
            }
        }
        Some(Pagination {
            page_size: pagination.value.page_size.as_ref()?.value,
            max_limit: pagination.value.max_limit.as_ref().map(|key| key.value),
            style,
        })
    }

    /// Checks that `create` takes a value for every column that a new row requires and nothing else sets. A
    /// `perform_create` sets every column except the key.
    fn can_create(&self, consumer: ConsumerId, mixins: &[(Mixin, Span)], bound: Bound) {
        let Some((_, span)) = mixins.iter().find(|(mixin, _)| *mixin == Mixin::Create) else { return };
        // An application that overrides `create` may set every column.
        if !bound.sound || self.consumers[consumer].overrides.contains(&BuiltIn::Create) {
            return;
        }
        let by = self.consumers[consumer].serializer_of(BuiltIn::Create).unwrap_or(bound.serializer);
        let serializer = &self.serializers[by];
        let written = self.written_columns(by);
        let (performs, key) = (self.consumers[consumer].performs.create, self.models[bound.model].key);
        let taken = |column: usize| written.contains(&column) || (performs && column != key);
        let needed = self.models[bound.model]
            .fields
            .iter()
            .enumerate()
            .filter(|(_, field)| field.auto == Auto::No && field.default.is_none() && !field.nullable);
        let missing: Vec<&str> =
            needed.filter(|(column, _)| !taken(*column)).map(|(_, field)| field.wire.as_str()).collect();
        if missing.is_empty() {
            return;
        }
        let message = format!(
            "`create` cannot create a row: {} does not accept {}",
            quote(&serializer.name.pascal()),
            quote_all(missing.iter().copied(), "and")
        );
        let diagnostic = Diagnostic::error(Code::IncompleteCreate, *span, message);
        self.report(diagnostic.help(
            "add it to the serializer's fields, give the model's field a `default`, allow null there, or set it in a \
             `perform_create`",
        ));
    }

    fn needs_list(&self, definition: &ast::Consumer, mixins: &[(Mixin, Span)]) {
        let is_query = |(action, _): &(BuiltIn, Span)| action.takes() == Takes::Query;
        if definition.serializer.is_none() || Self::built_in(mixins).iter().any(is_query) {
            return;
        }
        let found = first_and_others([
            ("filter", definition.filter.as_ref().map(|key| key.key)),
            ("search", definition.search.as_ref().map(|key| key.key)),
            ("order_by", definition.order_by.as_ref().map(|key| key.key)),
        ]);
        let Some((name, span, others)) = found else { return };
        let message = format!("{} needs the mixin `list`, `paginated_list` or `streamed_list`", quote(name));
        let mut diagnostic = Diagnostic::error(Code::MissingMixin, span, message);
        for other in others {
            diagnostic = diagnostic.related(other, "needs it too");
        }
        self.report(diagnostic);
    }
}

/// Returns the first key that is present, and the places of the others: one mistake is one diagnostic.
fn first_and_others<const N: usize>(
    keys: [(&'static str, Option<Span>); N],
) -> Option<(&'static str, Span, Vec<Span>)> {
    let mut found = keys.into_iter().filter_map(|(name, span)| Some((name, span?)));
    let (name, span) = found.next()?;
    Some((name, span, found.map(|(_, span)| span).collect()))
}

/// Returns a path without the slash at its end and the names of its parameters: paths that differ in these alone are the
/// same.
pub(super) fn without_names(path: &str) -> String {
    let segments = path.trim_end_matches('/').split('/');
    let segments = segments.map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}
