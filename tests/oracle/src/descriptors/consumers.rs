//! Consumers and their observers.

use dcrf_runtime::meta::{
    AccessMeta, ActionKind, ActionMeta, BoundModel, ConsumerMeta, FieldPath, GroupsMeta, ObserverMeta,
    PageStyle, Pagination, PermissionMeta,
};
use syn::Expr;

use super::Descriptors;
use super::read::{all, call, chain, fields, number, optional, order, path, referred, step, strange, text};

impl Descriptors {
    /// The consumer of a `static`.
    ///
    /// # Panics
    /// If there is none of the name, or it is not as generated ones are.
    pub fn consumer(&self, name: &str) -> &'static ConsumerMeta {
        let consumer = Self::known(&self.consumers, name, || {
            let mut parts = fields(self.written(name));
            let meta = ConsumerMeta {
                name: text(parts.take("name")),
                stream: text(parts.take("stream")),
                path: text(parts.take("path")),
                actions: all(parts.take("actions"), action),
                model: optional(parts.take("model")).map(|expr| self.bound(expr)),
                access: access(parts.take("access")),
            };
            parts.end();
            Box::leak(Box::new(meta))
        });
        self.link();
        consumer
    }

    /// The observer of a `static`.
    ///
    /// # Panics
    /// As [`consumer`](Self::consumer).
    pub fn observer(&self, name: &str) -> &'static ObserverMeta {
        let observer = Self::known(&self.observers, name, || {
            let expr = self.written(name);
            let (base, calls) = chain(expr);
            let (function, arguments) = call(base);
            let mut observer = match function.as_str() {
                "ObserverMeta::new" => {
                    ObserverMeta::new(text(arguments[0]), self.model(&path(referred(arguments[1]))))
                }
                "ObserverMeta::instance" => {
                    ObserverMeta::instance(self.serializer(&path(referred(arguments[0]))))
                }
                _ => strange(base, "an observer"),
            };
            for (method, arguments) in calls {
                observer = match method.as_str() {
                    "serializer" => observer.serializer(self.serializer(&path(referred(arguments[0])))),
                    "filter" => observer.filter(self.consumer(&path(referred(arguments[0])))),
                    "groups" => observer.groups(groups(arguments[0])),
                    "database" => observer.database(),
                    "queryset" => observer.queryset(),
                    "within" => observer.within(text(arguments[0])),
                    "many_to_many" => observer.many_to_many(),
                    _ => strange(expr, "a known property of an observer"),
                };
            }
            Box::leak(Box::new(observer))
        });
        self.link();
        observer
    }

    fn bound(&self, expr: &Expr) -> BoundModel {
        let (base, calls) = chain(expr);
        let (name, arguments) = call(base);
        if name != "BoundModel::new" {
            strange(base, "a bound model");
        }
        let serializer = self.serializer(&path(referred(arguments[0])));
        let mut bound = BoundModel::new(serializer, number(arguments[1]), text(arguments[2]));
        for (method, arguments) in calls {
            bound = match method.as_str() {
                "ordering" => bound.ordering(all(arguments[0], order)),
                "pagination" => bound.pagination(pagination(arguments[0])),
                "filter" => bound.filter(all(arguments[0], reach)),
                "search" => bound.search(all(arguments[0], reach)),
                "order_by" => bound.order_by(all(arguments[0], reach)),
                _ => strange(expr, "a known property of a bound model"),
            };
        }
        bound
    }
}

fn action(expr: &Expr) -> ActionMeta {
    let (base, calls) = chain(expr);
    let (name, arguments) = call(base);
    let mut action = match name.as_str() {
        "ActionMeta::new" => ActionMeta::new(text(arguments[0])),
        "ActionMeta::LIST" => ActionMeta::LIST,
        "ActionMeta::RETRIEVE" => ActionMeta::RETRIEVE,
        "ActionMeta::CREATE" => ActionMeta::CREATE,
        "ActionMeta::UPDATE" => ActionMeta::UPDATE,
        "ActionMeta::PATCH" => ActionMeta::PATCH,
        "ActionMeta::DELETE" => ActionMeta::DELETE,
        "ActionMeta::COUNT" => ActionMeta::COUNT,
        "ActionMeta::SUBSCRIBE_INSTANCE" => ActionMeta::SUBSCRIBE_INSTANCE,
        "ActionMeta::UNSUBSCRIBE_INSTANCE" => ActionMeta::UNSUBSCRIBE_INSTANCE,
        _ => strange(base, "an action"),
    };
    for (method, arguments) in calls {
        action = match method.as_str() {
            "kind" => action.kind(match path(arguments[0]).as_str() {
                "ActionKind::CustomOnRow" => ActionKind::CustomOnRow,
                _ => strange(arguments[0], "what an action does"),
            }),
            "atomic" => action.atomic(),
            "detached" => action.detached(),
            _ => strange(expr, "a known property of an action"),
        };
    }
    action
}

fn access(expr: &Expr) -> AccessMeta {
    let (base, calls) = chain(expr);
    if path(base) != "AccessMeta::OPEN" {
        strange(base, "an access");
    }
    let mut access = AccessMeta::OPEN;
    for (method, arguments) in calls {
        access = match method.as_str() {
            "permissions" => access.permissions(all(arguments[0], permission)),
            "queryset" => access.queryset(),
            "on_connect" => access.on_connect(),
            "on_disconnect" => access.on_disconnect(),
            _ => strange(expr, "a known property of an access"),
        };
    }
    access
}

fn permission(expr: &Expr) -> PermissionMeta {
    match call(expr) {
        (name, _) if name == "PermissionMeta::AllowAny" => PermissionMeta::AllowAny,
        (name, _) if name == "PermissionMeta::IsAuthenticated" => PermissionMeta::IsAuthenticated,
        (name, arguments) if name == "PermissionMeta::Named" => PermissionMeta::Named(text(arguments[0])),
        _ => strange(expr, "a permission"),
    }
}

fn pagination(expr: &Expr) -> Pagination {
    let mut parts = fields(expr);
    let pagination = Pagination {
        page_size: number(parts.take("page_size")),
        max_limit: optional(parts.take("max_limit")).map(number),
        style: match path(parts.take("style")).as_str() {
            "PageStyle::LimitOffset" => PageStyle::LimitOffset,
            "PageStyle::Streamed" => PageStyle::Streamed,
            "PageStyle::Cursor" => PageStyle::Cursor,
            other => panic!("{other} is not a style of pages that is known here"),
        },
    };
    parts.end();
    pagination
}

fn groups(expr: &Expr) -> GroupsMeta {
    match call(expr) {
        (name, arguments) if name == "GroupsMeta::By" => {
            GroupsMeta::By(all(arguments[0], |set| all(set, number)))
        }
        (name, _) if name == "GroupsMeta::Custom" => GroupsMeta::Custom,
        _ => strange(expr, "groups"),
    }
}

fn reach(expr: &Expr) -> FieldPath {
    match call(expr) {
        (name, arguments) if name == "FieldPath::new" => {
            FieldPath::new(text(arguments[0]), number(arguments[1]))
        }
        (name, arguments) if name == "FieldPath::through" => {
            FieldPath::through(text(arguments[0]), all(arguments[1], step), number(arguments[2]))
        }
        _ => strange(expr, "a name"),
    }
}
