//! Consumers: their endpoints, their models, and the permissions to call them.

use super::action::{ActionMeta, ThrottleMeta};
use super::kind::ObjectMeta;
use super::path::{OrderMeta, PathStep};
use super::permission::PermissionMeta;
use super::serializer::SerializerMeta;

/// The description of a WebSocket endpoint.
#[derive(Debug)]
pub struct ConsumerMeta {
    /// The name in the definition.
    pub name: &'static str,
    /// The name of its stream in the multiplexer.
    pub stream: &'static str,
    /// The path of its own socket.
    pub path: &'static str,
    /// All actions, by their names on the wire.
    pub actions: &'static [ActionMeta],
    /// The model and its serializer; `None` if it has no model.
    pub model: Option<BoundModel>,
    /// The permissions to call it, and the hooks that the application implements.
    pub access: AccessMeta,
}

/// The permissions to call a consumer, the parameters of its path, and the hooks for its connections that the application
/// implements.
#[derive(Debug, Clone, Copy)]
pub struct AccessMeta {
    /// The parameters of the path, if it has any.
    pub path: Option<&'static ObjectMeta>,
    /// The permissions, all of which must hold, for every action.
    pub permissions: &'static [PermissionMeta],
    /// The throttles, which count the requests of all its actions.
    pub throttles: &'static [ThrottleMeta],
    /// Whether the application limits the rows: see [`Dispatch::queryset`](crate::Dispatch::queryset).
    pub queryset: bool,
    /// Whether the application is notified of connections: see [`Dispatch::connected`](crate::Dispatch::connected).
    pub on_connect: bool,
    /// Whether the application is notified when connections end: see
    /// [`Dispatch::disconnected`](crate::Dispatch::disconnected).
    pub on_disconnect: bool,
}

impl AccessMeta {
    /// Allows everything with all rows to everybody, and notifies the application of nothing.
    pub const OPEN: Self = Self {
        path: None,
        permissions: &[],
        throttles: &[],
        queryset: false,
        on_connect: false,
        on_disconnect: false,
    };

    /// Sets the parameters of the path: `{order}` in the path `/ws/orders/{order}/` is the value of the property `order`.
    pub const fn path(mut self, parameters: &'static ObjectMeta) -> Self {
        self.path = Some(parameters);
        self
    }

    /// Sets permissions, all of which must hold.
    pub const fn permissions(mut self, permissions: &'static [PermissionMeta]) -> Self {
        self.permissions = permissions;
        self
    }

    /// Sets throttles, which count the requests of all actions.
    pub const fn throttles(mut self, throttles: &'static [ThrottleMeta]) -> Self {
        self.throttles = throttles;
        self
    }

    /// Limits the rows to those of the application's queryset.
    pub const fn queryset(mut self) -> Self {
        self.queryset = true;
        self
    }

    /// Notifies the application of connections.
    pub const fn on_connect(mut self) -> Self {
        self.on_connect = true;
        self
    }

    /// Notifies the application when connections end.
    pub const fn on_disconnect(mut self) -> Self {
        self.on_disconnect = true;
        self
    }
}

/// The model of a consumer. Columns are positions in the model's `columns`.
#[derive(Debug, Clone, Copy)]
pub struct BoundModel {
    /// The serializer of its rows.
    pub serializer: &'static SerializerMeta,
    /// The column by which a row is looked up.
    pub lookup: usize,
    /// The key in the frame whose value is looked up in this column.
    pub lookup_argument: &'static str,
    /// The order of lists. The primary key is added as the last column.
    pub ordering: &'static [OrderMeta],
    /// The pagination of lists; `None` if they have no pages.
    pub pagination: Option<Pagination>,
    /// The columns by which clients may filter.
    pub filter: &'static [FieldPath],
    /// The columns that clients may search.
    pub search: &'static [FieldPath],
    /// The columns by which clients may order.
    pub order_by: &'static [FieldPath],
}

impl BoundModel {
    /// Describes a model by its serializer, the column by which a row is looked up, and the key in the frame that
    /// contains its value.
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

    /// Sets the order of lists.
    pub const fn ordering(mut self, ordering: &'static [OrderMeta]) -> Self {
        self.ordering = ordering;
        self
    }

    /// Divides lists into pages.
    pub const fn pagination(mut self, pagination: Pagination) -> Self {
        self.pagination = Some(pagination);
        self
    }

    /// Sets the columns by which clients may filter.
    pub const fn filter(mut self, filter: &'static [FieldPath]) -> Self {
        self.filter = filter;
        self
    }

    /// Sets the columns that clients may search.
    pub const fn search(mut self, search: &'static [FieldPath]) -> Self {
        self.search = search;
        self
    }

    /// Sets the columns by which clients may order.
    pub const fn order_by(mut self, order_by: &'static [FieldPath]) -> Self {
        self.order_by = order_by;
        self
    }
}

/// A column that clients may name: one of the model itself, or one of a row to which steps lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldPath {
    /// The name on the wire: `stars`, `room__host__username`.
    pub name: &'static str,
    /// The steps of the path, each of the model that the previous ones lead to.
    pub path: &'static [PathStep],
    /// The position of the column in the columns of the model at the end of the path.
    pub column: usize,
}

impl FieldPath {
    /// Names a column of the model itself.
    pub const fn new(name: &'static str, column: usize) -> Self {
        Self { name, path: &[], column }
    }

    /// Names a column of the row to which these steps lead.
    pub const fn through(name: &'static str, path: &'static [PathStep], column: usize) -> Self {
        Self { name, path, column }
    }
}

/// The division of lists into pages.
#[derive(Debug, Clone, Copy)]
pub struct Pagination {
    /// The rows of a page if the client gives no `limit`.
    pub page_size: u64,
    /// The maximal `limit`: a larger one is reduced to it.
    pub max_limit: Option<u64>,
    /// The way in which clients request pages.
    pub style: PageStyle,
}

/// The way in which clients request pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageStyle {
    /// Clients request each page by `limit` and `offset` (DCRF's `PaginatedModelListMixin`).
    LimitOffset,
    /// The server sends all pages from `offset` on, each in a frame (DCRF's `StreamedPaginatedListMixin`).
    Streamed,
    /// Clients request each page by the cursor of the previous page (DRF's `CursorPagination`).
    Cursor,
}
