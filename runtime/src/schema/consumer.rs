//! Consumers: where they are, what they are bound to, and who may call them.

use super::action::ActionMeta;
use super::permission::PermissionMeta;
use super::serializer::SerializerMeta;

/// A WebSocket endpoint.
#[derive(Debug)]
pub struct ConsumerMeta {
    /// Its name in the definition.
    pub name: &'static str,
    /// Its name in the multiplexer.
    pub stream: &'static str,
    /// Its own path.
    pub path: &'static str,
    /// Every action, by its name on the wire.
    pub actions: &'static [ActionMeta],
    /// What it is bound to; none: no model.
    pub model: Option<BoundModel>,
    /// Who may call it, and what the application is asked and told beside.
    pub access: AccessMeta,
}

/// Who may call a consumer, and what the application is asked and told of its connections.
#[derive(Debug, Clone, Copy)]
pub struct AccessMeta {
    /// All of these must hold, for every action.
    pub permissions: &'static [PermissionMeta],
    /// Whether the application narrows the rows: see [`Dispatch::queryset`](crate::Dispatch::queryset).
    pub queryset: bool,
    /// Whether it is told of connections: see [`Dispatch::connected`](crate::Dispatch::connected).
    pub on_connect: bool,
    /// Whether it is told of their ends: see [`Dispatch::disconnected`](crate::Dispatch::disconnected).
    pub on_disconnect: bool,
}

impl AccessMeta {
    /// Everybody may do everything, with all rows, and nobody is told.
    pub const OPEN: Self =
        Self { permissions: &[], queryset: false, on_connect: false, on_disconnect: false };

    /// With permissions, all of which must hold.
    pub const fn permissions(mut self, permissions: &'static [PermissionMeta]) -> Self {
        self.permissions = permissions;
        self
    }

    /// With a queryset of the application's own.
    pub const fn queryset(mut self) -> Self {
        self.queryset = true;
        self
    }

    /// The application is told of connections.
    pub const fn on_connect(mut self) -> Self {
        self.on_connect = true;
        self
    }

    /// The application is told of the ends of connections.
    pub const fn on_disconnect(mut self) -> Self {
        self.on_disconnect = true;
        self
    }
}

/// How a consumer is bound to a model. Columns are positions in the model's `columns`.
#[derive(Debug, Clone, Copy)]
pub struct BoundModel {
    /// What it shows and takes.
    pub serializer: &'static SerializerMeta,
    /// The column by which a row is found.
    pub lookup: usize,
    /// The key of the frame that carries its value.
    pub lookup_argument: &'static str,
    /// The order of lists: columns, and whether descending. The key comes last by itself.
    pub ordering: &'static [(usize, bool)],
    /// How lists are cut into pages; none: they are not.
    pub pagination: Option<Pagination>,
    /// What clients may filter by.
    pub filter: &'static [FieldPath],
    /// What clients may search.
    pub search: &'static [FieldPath],
    /// What clients may order by.
    pub order_by: &'static [FieldPath],
}

impl BoundModel {
    /// Rows as this serializer shows and takes them, found by a column, whose value this key of the frame carries.
    pub const fn new(
        serializer: &'static SerializerMeta,
        lookup: usize,
        lookup_argument: &'static str,
    ) -> Self {
        Self {
            serializer,
            lookup,
            lookup_argument,
            ordering: &[],
            pagination: None,
            filter: &[],
            search: &[],
            order_by: &[],
        }
    }

    /// Listed in this order.
    pub const fn ordering(mut self, ordering: &'static [(usize, bool)]) -> Self {
        self.ordering = ordering;
        self
    }

    /// Listed in pages.
    pub const fn pagination(mut self, pagination: Pagination) -> Self {
        self.pagination = Some(pagination);
        self
    }

    /// Filtered by these.
    pub const fn filter(mut self, filter: &'static [FieldPath]) -> Self {
        self.filter = filter;
        self
    }

    /// Searched in these.
    pub const fn search(mut self, search: &'static [FieldPath]) -> Self {
        self.search = search;
        self
    }

    /// Ordered by these.
    pub const fn order_by(mut self, order_by: &'static [FieldPath]) -> Self {
        self.order_by = order_by;
        self
    }
}

/// A column that clients may name: one of the model's own, or one of a row that its foreign keys lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldPath {
    /// Its name on the wire: `stars`, `room__host__username`.
    pub name: &'static str,
    /// The foreign keys on the way, each a position in the columns of the model that the way has come to.
    pub path: &'static [usize],
    /// A position in the columns of the model at the end of the way.
    pub column: usize,
}

impl FieldPath {
    /// A column of the model's own.
    pub const fn new(name: &'static str, column: usize) -> Self {
        Self { name, path: &[], column }
    }

    /// A column of the row that these foreign keys lead to.
    pub const fn through(name: &'static str, path: &'static [usize], column: usize) -> Self {
        Self { name, path, column }
    }
}

/// How lists are cut into pages.
#[derive(Debug, Clone, Copy)]
pub struct Pagination {
    /// Rows of a page when `limit` is not given.
    pub page_size: u64,
    /// Larger limits are cut to this.
    pub max_limit: Option<u64>,
    /// How pages are asked for.
    pub style: PageStyle,
}

/// How pages are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageStyle {
    /// One by one, by `limit` and `offset` (DCRF's `PaginatedModelListMixin`).
    LimitOffset,
    /// All at once, from `offset` on, a frame each (DCRF's `StreamedPaginatedListMixin`).
    Streamed,
    /// One by one, by the cursor that the page before gave (DRF's `CursorPagination`).
    Cursor,
}
