//! A vector addressed by typed ids.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// The position of a node in its [`Arena`]. `K` distinguishes the ids of different kinds of nodes.
pub struct Id<K> {
    index: u32,
    marker: PhantomData<fn() -> K>,
}

/// A value that an [`Arena`] contains.
pub trait Node {
    /// The type that distinguishes its ids from those of other nodes.
    type Kind;
}

impl<K> Id<K> {
    /// Returns the position in the arena, from 0, in definition order.
    pub fn index(self) -> usize {
        self.index as usize
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.index.cmp(&other.index)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.index.hash(state);
    }
}
impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.index)
    }
}

/// Nodes of one kind, in definition order.
#[derive(Debug, Clone)]
pub struct Arena<T> {
    items: Vec<T>,
}

impl<T: Node> Arena<T> {
    /// Returns an arena without nodes.
    pub fn new() -> Self {
        Self { items: Vec::new() }
    }

    /// Adds a node and returns its id.
    pub fn push(&mut self, item: T) -> Id<T::Kind> {
        let index = u32::try_from(self.items.len()).expect("invariant: fewer than 2^32 nodes");
        self.items.push(item);
        Id { index, marker: PhantomData }
    }

    /// Returns the id that the next [`push`](Self::push) returns.
    pub fn next_id(&self) -> Id<T::Kind> {
        let index = u32::try_from(self.items.len()).expect("invariant: fewer than 2^32 nodes");
        Id { index, marker: PhantomData }
    }

    /// Returns the number of nodes.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Tells whether there are no nodes.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Returns the nodes with their ids, in definition order.
    pub fn iter(&self) -> impl Iterator<Item = (Id<T::Kind>, &T)> {
        self.items
            .iter()
            .enumerate()
            .map(|(index, item)| (Id { index: index as u32, marker: PhantomData }, item))
    }

    /// Returns the nodes, in definition order.
    pub fn values(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }

    /// Returns mutable references to the nodes, in definition order.
    pub fn values_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.items.iter_mut()
    }
}

impl<T: Node> Default for Arena<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Node> Index<Id<T::Kind>> for Arena<T> {
    type Output = T;
    fn index(&self, id: Id<T::Kind>) -> &T {
        &self.items[id.index()]
    }
}

impl<T: Node> IndexMut<Id<T::Kind>> for Arena<T> {
    fn index_mut(&mut self, id: Id<T::Kind>) -> &mut T {
        &mut self.items[id.index()]
    }
}
