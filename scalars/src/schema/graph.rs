//! A schema as it is judged by: nodes that name each other by number.

use std::collections::{HashMap, HashSet};

use super::format::Format;
use super::json::Value;
use super::pattern::Pattern;
use crate::exact::Exact;

/// The number of a node.
pub(super) type NodeId = u32;

/// A schema, compiled.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    pub(super) nodes: Vec<Node>,
    /// What a `$dynamicRef` finds, by resource and name.
    pub(super) dynamic: HashMap<(u32, String), NodeId>,
}

/// One schema object, or a boolean.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    /// The resource that it is of: the nearest `$id` around it.
    pub(super) resource: u32,
    /// `false`
    pub(super) never: bool,
    /// In the order in which errors are told.
    pub(super) checks: Vec<Check>,
    /// Whether a check asks what the others have looked at.
    pub(super) tracks: bool,
}

/// What a keyword asks for.
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

/// `properties`, `patternProperties`, `additionalProperties`
#[derive(Debug, Clone, Default)]
pub(super) struct Properties {
    pub(super) named: Vec<(String, NodeId)>,
    pub(super) names: HashSet<String>,
    pub(super) patterns: Vec<(Pattern, NodeId)>,
    pub(super) others: Option<NodeId>,
}

/// `enum`
#[derive(Debug, Clone)]
pub(super) struct Choice {
    /// The texts among the values.
    pub(super) texts: HashSet<String>,
    /// The canonical texts of the other values.
    pub(super) others: HashSet<String>,
    pub(super) takes_null: bool,
}

/// Whether a number is the least or the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    Least,
    Most,
}

/// What a number is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    MultipleOf,
    Maximum,
    ExclusiveMaximum,
    Minimum,
    ExclusiveMinimum,
}

/// A number of a schema.
#[derive(Debug, Clone)]
pub(super) struct Number {
    pub(super) text: String,
    pub(super) small: Option<i64>,
    pub(super) exact: Exact,
}

/// The names of types, as bits.
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
    /// Whether it takes any value, as it asks for nothing.
    pub fn says_nothing(&self) -> bool {
        self.nodes.first().is_some_and(|root| !root.never && root.checks.is_empty())
    }

    /// Whether an object may be taken, as far as the outermost `type` tells.
    pub fn may_take_objects(&self) -> bool {
        self.nodes.first().is_some_and(|root| {
            let refuses = |check: &Check| matches!(check, Check::Type(types) if !types.has(Types::OBJECT));
            !root.never && !root.checks.iter().any(refuses)
        })
    }

    /// What takes no value.
    pub fn nothing() -> Self {
        Self { nodes: vec![Node { never: true, ..Node::default() }], ..Self::default() }
    }
}

impl Node {
    /// The nodes that judge the same value.
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
