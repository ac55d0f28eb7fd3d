//! The types of links.

use super::compound::list;
use super::ty::Types;
use crate::ir::{ActionKind, Answers, BuiltIn, Consumer, Link, PageStyle, Pagination};

/// Returns `Link<Room>`.
pub(super) fn of(types: &mut Types<'_>, link: &Link) -> String {
    let target = target(types, link);
    types.core("Link");
    format!("Link<{target}>")
}

/// Returns the type of the answer to the frame.
fn target(types: &mut Types<'_>, link: &Link) -> String {
    let api = types.api;
    let consumer = api.consumers.values().find(|consumer| consumer.stream == link.stream);
    let action =
        consumer.and_then(|consumer| consumer.actions.iter().find(|action| action.wire == link.action));
    let (Some(consumer), Some(action)) = (consumer, action) else { return types.core("Json") };
    match &action.kind {
        ActionKind::BuiltIn(built_in) => answer(types, consumer, *built_in),
        ActionKind::Custom(custom) => types.output(custom.output.as_ref()),
        ActionKind::View(_) => types.core("Json"),
        ActionKind::Subscribe { .. } | ActionKind::Unsubscribe { .. } => "void".to_owned(),
    }
}

/// Returns the type of the answer of a built-in action.
pub(super) fn answer(types: &mut Types<'_>, consumer: &Consumer, built_in: BuiltIn) -> String {
    match (built_in.answers().1, consumer.serializer_of(built_in)) {
        (Answers::Rows, Some(row)) => {
            let row = types.row(row);
            page(types, consumer.pagination.as_ref(), &row)
        }
        (Answers::Row, Some(row)) => types.row(row),
        (Answers::Number, _) => "number".to_owned(),
        (Answers::Rows | Answers::Row | Answers::Nothing, _) => "void".to_owned(),
    }
}

/// Returns the type of the answer of `list`.
pub(super) fn page(types: &mut Types<'_>, pagination: Option<&Pagination>, row: &str) -> String {
    match pagination.map(|pagination| pagination.style) {
        None => list(row),
        Some(PageStyle::LimitOffset | PageStyle::Streamed) => format!("{}<{row}>", types.core("Page")),
        Some(PageStyle::Cursor) => format!("{}<{row}>", types.core("CursorPage")),
    }
}
