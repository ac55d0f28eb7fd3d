//! The permissions that apply, and whether they depend on rows.

use crate::app::context::Context;
use crate::app::dispatch::Dispatch;
use crate::schema::meta::{ActionKind, ModelMeta, PermissionMeta};

/// Tells whether the action has permissions about rows.
pub(crate) fn asks_rows(consumer: &dyn Dispatch, ctx: &Context) -> bool {
    let (of_consumer, of_action) = lists(consumer, ctx);
    of_consumer.iter().chain(of_action).any(names_any)
}

/// Tells whether rows of a model are those of a consumer.
pub(crate) fn is_own(consumer: &dyn Dispatch, model: &'static ModelMeta) -> bool {
    consumer.meta().model.as_ref().is_some_and(|bound| std::ptr::eq(bound.serializer.model, model))
}

/// Tells whether the visibility of a consumer's own rows depends on the client and the row.
pub(crate) fn depends_on_rows(consumer: &dyn Dispatch) -> bool {
    let access = &consumer.meta().access;
    access.queryset || access.permissions.iter().any(names_any)
}

/// Returns the permissions of the consumer that apply to the action, and those of the action.
pub(super) fn lists(
    consumer: &dyn Dispatch,
    ctx: &Context,
) -> (&'static [PermissionMeta], &'static [PermissionMeta]) {
    let of_consumer = consumer.meta().access.permissions;
    match ctx.description(consumer) {
        Some(action) if action.replaces => (&[], action.permissions),
        Some(action) => (of_consumer, action.permissions),
        None => (of_consumer, &[]),
    }
}

/// Returns the permissions that apply if another consumer changes or deletes a row: those of `update` (or of `patch`,
/// if there is no `update`) or `delete` in the place of the consumer's, if it has such.
pub(super) fn of_write(consumer: &dyn Dispatch, action: &str) -> &'static [PermissionMeta] {
    let meta = consumer.meta();
    let named = |name: &str| meta.actions.iter().find(|known| known.name == name);
    let instead = if action == "update" { "patch" } else { action };
    match named(action).or_else(|| named(instead)) {
        Some(action) if action.replaces => action.permissions,
        _ => meta.access.permissions,
    }
}

/// Returns the permissions of `list`.
pub(super) fn of_list(consumer: &dyn Dispatch) -> impl Iterator<Item = &'static [PermissionMeta]> + use<> {
    let meta = consumer.meta();
    let action = meta.actions.iter().find(|known| known.kind == ActionKind::List);
    let replaces = action.is_some_and(|action| action.replaces);
    let of_consumer = if replaces { &[] } else { meta.access.permissions };
    [of_consumer, action.map_or(&[], |action| action.permissions)].into_iter()
}

fn names_any(permission: &PermissionMeta) -> bool {
    match permission {
        PermissionMeta::AllowAny | PermissionMeta::IsAuthenticated => false,
        PermissionMeta::Named(_) => true,
        PermissionMeta::All(parts) | PermissionMeta::Any(parts) => parts.iter().any(names_any),
        PermissionMeta::Not(part) => names_any(part),
    }
}
