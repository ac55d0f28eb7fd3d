//! A compiled schema: nodes that refer to each other by number.

use std::collections::{HashMap, HashSet};

use super::format::Format;
use super::json::Value;
use super::pattern::Pattern;
use crate::exact::Exact;

/// The number of a node.
pub(super) type NodeId = u32;

/// A compiled schema.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    pub(super) nodes: Vec<Node>,
    /// The targets of a `$dynamicRef`, by resource and name.
    pub(super) dynamic: HashMap<(u32, String), NodeId>,
}

/// A schema object, or a boolean.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    /// The resource that contains the schema: the nearest `$id` around it.
    pub(super) resource: u32,
    /// Whether the schema is `false`.
    pub(super) never: bool,
    /// The checks, in the order of their errors.
    pub(super) checks: Vec<Check>,
    /// Whether a check depends on the properties or items that other checks have evaluated.
    pub(super) tracks: bool,
}

/// The check of a keyword.
#[derive(Debug, Clone)]
pub(super) enum Check {
    Reference(NodeId),
    Dynamic { name: String, otherwise: NodeId },
    Type(Types),
    Constant(Value<'static>),
    Choice(Choice),
    Number(Limit, Number),
    Length(Bound, u64),
    Pattern(Pattern),
    Items(Bound, u64),
    Entries(Bound, u64),
    Format(Format),
    Unique,
    Contains { of: NodeId, least: u64, most: Option<u64> },
    Required(Vec<String>),
    DependentRequired(Vec<(String, Vec<String>)>),
    Names(NodeId),
    Properties(Properties),
    Elements { first: Vec<NodeId>, rest: Option<NodeId> },
    Dependent(Vec<(String, NodeId)>),
    All(Vec<NodeId>),
    Any(Vec<NodeId>),
    One(Vec<NodeId>),
    Not(NodeId),
    Condition { test: NodeId, then: Option<NodeId>, otherwise: Option<NodeId> },
    Unevaluated { items: bool, of: NodeId },
}

/// The keywords `properties`, `patternProperties` and `additionalProperties`.
#[derive(Debug, Clone, Default)]
pub(super) struct Properties {
    pub(super) named: Vec<(String, NodeId)>,
    pub(super) names: HashSet<String>,
    pub(super) patterns: Vec<(Pattern, NodeId)>,
    pub(super) others: Option<NodeId>,
}

/// The keyword `enum`.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    /// The texts among the values.
    pub(super) texts: HashSet<String>,
    /// The canonical texts of the other values.
    pub(super) others: HashSet<String>,
    pub(super) takes_null: bool,
}

/// Whether a number is the minimum or the maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    Least,
    Most,
}

/// The kind of a limit of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    MultipleOf,
    Maximum,
    ExclusiveMaximum,
    Minimum,
    ExclusiveMinimum,
}

/// A number in a schema.
#[derive(Debug, Clone)]
pub(super) struct Number {
    pub(super) text: String,
    pub(super) small: Option<i64>,
    pub(super) exact: Exact,
}

/// A set of type names, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Types(u8);

impl Types {
    pub(super) const NULL: Self = Self(1);
    pub(super) const BOOLEAN: Self = Self(2);
    pub(super) const INTEGER: Self = Self(4);
    pub(super) const NUMBER: Self = Self(8);
    pub(super) const STRING: Self = Self(16);
    pub(super) const ARRAY: Self = Self(32);
    pub(super) const OBJECT: Self = Self(64);

    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "null" => Self::NULL,
            "boolean" => Self::BOOLEAN,
            "integer" => Self::INTEGER,
            "number" => Self::NUMBER,
            "string" => Self::STRING,
            "array" => Self::ARRAY,
            "object" => Self::OBJECT,
            _ => return None,
        })
    }

    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(super) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl Graph {
    /// Tells whether it accepts every value because it has no checks.
    pub fn says_nothing(&self) -> bool {
        self.nodes.first().is_some_and(|root| !root.never && root.checks.is_empty())
    }

    /// Tells whether it may accept objects, as far as the outermost `type` shows.
    pub fn may_take_objects(&self) -> bool {
        self.nodes.first().is_some_and(|root| {
            let refuses = |check: &Check| matches!(check, Check::Type(types) if !types.has(Types::OBJECT));
            !root.never && !root.checks.iter().any(refuses)
        })
    }

    /// Creates a schema that accepts no value.
    pub fn nothing() -> Self {
        Self { nodes: vec![Node { never: true, ..Node::default() }], ..Self::default() }
    }
}

impl Node {
    /// Returns the nodes that validate the same value.
    pub(super) fn in_place(&self) -> Vec<NodeId> {
        let mut nodes = Vec::new();
        for check in &self.checks {
            match check {
                Check::Reference(node) | Check::Dynamic { otherwise: node, .. } | Check::Not(node) => {
                    nodes.push(*node)
                }
                Check::All(members) | Check::Any(members) | Check::One(members) => nodes.extend(members),
                Check::Dependent(members) => nodes.extend(members.iter().map(|(_, node)| *node)),
                Check::Condition { test, then, otherwise } => {
                    nodes.push(*test);
                    nodes.extend(then.iter().chain(otherwise));
                }
                _ => {}
            }
        }
        nodes
    }
}
