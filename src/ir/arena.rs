//! A vector addressed by typed ids.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// The place of a node in its [`Arena`]; `K` tells the ids of one kind of node from those of others.
pub struct Id<K> {
    index: u32,
    marker: PhantomData<fn() -> K>,
}

/// What an [`Arena`] holds.
pub trait Node {
    /// What tells its ids from others.
    type Kind;
}

impl<K> Id<K> {
    /// The position in the arena, from 0, in definition order.
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
    /// An arena without nodes.
    pub fn new() -> Self {
        Self { items: Vec::new() }
    }

    /// Adds a node and gives its id.
    pub fn push(&mut self, item: T) -> Id<T::Kind> {
        let index = u32::try_from(self.items.len()).expect("invariant: fewer than 2^32 nodes");
        self.items.push(item);
        Id { index, marker: PhantomData }
    }

    /// The id that the next [`push`](Self::push) will give.
    pub fn next_id(&self) -> Id<T::Kind> {
        let index = u32::try_from(self.items.len()).expect("invariant: fewer than 2^32 nodes");
        Id { index, marker: PhantomData }
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The nodes with their ids, in definition order.
    pub fn iter(&self) -> impl Iterator<Item = (Id<T::Kind>, &T)> {
        self.items
            .iter()
            .enumerate()
            .map(|(index, item)| (Id { index: index as u32, marker: PhantomData }, item))
    }

    /// The nodes, in definition order.
    pub fn values(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }

    /// The nodes, in definition order, to be changed.
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
