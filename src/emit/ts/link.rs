//! What links lead to.

use super::compound::list;
use super::ty::Types;
use crate::ir::{ActionKind, Link, PageStyle, Pagination};

/// `Link<Room>`
pub(super) fn of(types: &mut Types<'_>, link: &Link) -> String {
    let target = target(types, link);
    types.core("Link");
    format!("Link<{target}>")
}

/// What the answer to the frame is.
fn target(types: &mut Types<'_>, link: &Link) -> String {
    let api = types.api;
    let consumer = api.consumers.values().find(|consumer| consumer.stream == link.stream);
    let action =
        consumer.and_then(|consumer| consumer.actions.iter().find(|action| action.wire == link.action));
    let (Some(consumer), Some(action)) = (consumer, action) else { return types.core("Json") };
    let row = consumer.serializer;
    match (&action.kind, row) {
        (ActionKind::Custom(custom), _) => types.output(custom.output.as_ref()),
        (ActionKind::Retrieve | ActionKind::Create | ActionKind::Update | ActionKind::Patch, Some(row)) => {
            types.row(row)
        }
        (ActionKind::List, Some(row)) => {
            let row = types.row(row);
            page(types, consumer.pagination.as_ref(), &row)
        }
        (ActionKind::View(_), _) => types.core("Json"),
        _ => "void".to_owned(),
    }
}

/// What `list` answers.
pub(super) fn page(types: &mut Types<'_>, pagination: Option<&Pagination>, row: &str) -> String {
    match pagination.map(|pagination| pagination.style) {
        None => list(row),
        Some(PageStyle::LimitOffset | PageStyle::Streamed) => format!("{}<{row}>", types.core("Page")),
        Some(PageStyle::Cursor) => format!("{}<{row}>", types.core("CursorPage")),
    }
}
