//! Schemas that are created while a program is resolved.

use std::cell::OnceCell;

use crate::ast::Schema;

/// Schemas that are not in a file, because they are merged from several. They live as long as the resolver.
#[derive(Debug, Default)]
pub(super) struct Merged {
    first: OnceCell<Box<Link>>,
}

#[derive(Debug)]
struct Link {
    schema: Schema,
    next: OnceCell<Box<Link>>,
}

impl Merged {
    /// Stores a schema.
    pub(super) fn keep(&self, schema: Schema) -> &Schema {
        let mut cell = &self.first;
        while let Some(link) = cell.get() {
            cell = &link.next;
        }
        &cell.get_or_init(|| Box::new(Link { schema, next: OnceCell::new() })).schema
    }
}

impl Drop for Merged {
    /// Drops one link after the other: a long chain would otherwise be dropped by recursion.
    fn drop(&mut self) {
        let mut next = self.first.take();
        while let Some(mut link) = next {
            next = link.next.take();
        }
    }
}
